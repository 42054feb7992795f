//! Shapes of an estimate (MLP element `shape`).

use super::{
    Coordinate, MlpError, MlpErrorKind,
    number::{ONE, billionths, divide},
    scanner::{Scanner, Tag},
};

/// Where the subscriber is supposed to be. Lengths in centimetres, angles in ten-millionths of a
/// degree.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Shape {
    /// A point.
    Point(Coordinate),
    /// A circle.
    CircularArea {
        /// Its centre.
        centre: Coordinate,
        /// Its radius.
        radius: u32,
    },
    /// A part of a ring.
    CircularArcArea {
        /// The centre of both circles.
        centre: Coordinate,
        /// Radius of the inner circle.
        inner_radius: u32,
        /// Radius of the outer circle.
        outer_radius: u32,
        /// From north to the first radius, clockwise.
        start_angle: u32,
        /// Between the first and the second radius, clockwise: not a bearing.
        stop_angle: u32,
    },
    /// An ellipse.
    EllipticalArea {
        /// Its centre.
        centre: Coordinate,
        /// From north to the semi-major axis, clockwise.
        angle: u32,
        /// The semi-major axis.
        semi_major: u32,
        /// The semi-minor axis.
        semi_minor: u32,
    },
    /// A polygon: its outer boundary. Holes are passed over.
    Polygon(Vec<Coordinate>),
    /// The area between two parallels and two meridians.
    Box {
        /// Its corner in the south-west.
        minimum: Coordinate,
        /// Its corner in the north-east.
        maximum: Coordinate,
    },
    /// A line.
    LineString(Vec<Coordinate>),
    /// A closed line.
    LinearRing(Vec<Coordinate>),
    /// Several points.
    MultiPoint(Vec<Coordinate>),
    /// Several lines.
    MultiLineString(Vec<Vec<Coordinate>>),
    /// Several areas.
    MultiPolygon(Vec<Shape>),
}

impl Shape {
    /// The one shape that an element (`shape`) holds.
    pub(super) fn read_inside<'a>(
        scanner: &mut Scanner<'a>,
        of: &Tag<'a>,
    ) -> Result<Self, MlpError> {
        let mut left = scanner.limits.coordinates_max;
        let Some(tag) = scanner.child(of)? else {
            return Err(MlpErrorKind::Shape.at(of.at));
        };
        let shape = Self::read(scanner, &tag, &mut left)?;
        match scanner.child(of)? {
            None => Ok(shape),
            Some(another) => Err(MlpErrorKind::Shape.at(another.at)),
        }
    }

    /// The shape that begins with a tag; `left` coordinates may be read.
    fn read<'a>(
        scanner: &mut Scanner<'a>,
        tag: &Tag<'a>,
        left: &mut usize,
    ) -> Result<Self, MlpError> {
        check_reference_system(tag)?;
        match tag.name {
            "Point" => Parts::read(scanner, tag, left)?.centre().map(Self::Point),
            "CircularArea" | "CircularArcArea" | "EllipticalArea" => {
                Parts::read(scanner, tag, left)?.area(tag)
            }
            "Polygon" => polygon(scanner, tag, left).map(Self::Polygon),
            "Box" => match *coordinates(scanner, tag, left)? {
                [minimum, maximum] => Ok(Self::Box { minimum, maximum }),
                _ => Err(MlpErrorKind::Shape.at(tag.at)),
            },
            "LineString" => line(scanner, tag, left, 2).map(Self::LineString),
            "LinearRing" => line(scanner, tag, left, 3).map(Self::LinearRing),
            "MultiPoint" => members(scanner, tag, |scanner, tag| match tag.name {
                "Point" => Parts::read(scanner, tag, left)?.centre(),
                _ => Err(MlpErrorKind::Shape.at(tag.at)),
            })
            .map(Self::MultiPoint),
            "MultiLineString" => members(scanner, tag, |scanner, tag| match tag.name {
                "LineString" => line(scanner, tag, left, 2),
                _ => Err(MlpErrorKind::Shape.at(tag.at)),
            })
            .map(Self::MultiLineString),
            "MultiPolygon" => members(scanner, tag, |scanner, tag| match tag.name {
                "Polygon" | "Box" | "CircularArea" | "CircularArcArea" | "EllipticalArea" => {
                    Self::read(scanner, tag, left)
                }
                _ => Err(MlpErrorKind::Shape.at(tag.at)),
            })
            .map(Self::MultiPolygon),
            _ => Err(MlpErrorKind::Shape.at(tag.at)),
        }
    }
}

/// One or more members of a collection.
fn members<'a, T>(
    scanner: &mut Scanner<'a>,
    of: &Tag<'a>,
    mut read: impl FnMut(&mut Scanner<'a>, &Tag<'a>) -> Result<T, MlpError>,
) -> Result<Vec<T>, MlpError> {
    let mut members = Vec::new();
    while let Some(tag) = scanner.child(of)? {
        check_reference_system(&tag)?;
        members.push(read(scanner, &tag)?);
    }
    match members.is_empty() {
        true => Err(MlpErrorKind::Shape.at(of.at)),
        false => Ok(members),
    }
}

fn polygon<'a>(
    scanner: &mut Scanner<'a>,
    of: &Tag<'a>,
    left: &mut usize,
) -> Result<Vec<Coordinate>, MlpError> {
    let mut outer = None;
    while let Some(boundary) = scanner.child(of)? {
        if boundary.name != "outerBoundaryIs" {
            continue;
        }
        let Some(ring) = scanner.child(&boundary)? else {
            return Err(MlpErrorKind::Shape.at(boundary.at));
        };
        if ring.name != "LinearRing" || outer.is_some() {
            return Err(MlpErrorKind::Shape.at(ring.at));
        }
        check_reference_system(&ring)?;
        outer = Some(line(scanner, &ring, left, 3)?);
    }
    outer.ok_or(MlpErrorKind::Shape.at(of.at))
}

fn line<'a>(
    scanner: &mut Scanner<'a>,
    of: &Tag<'a>,
    left: &mut usize,
    least: usize,
) -> Result<Vec<Coordinate>, MlpError> {
    let line = coordinates(scanner, of, left)?;
    if line.len() < least {
        return Err(MlpErrorKind::Shape.at(of.at));
    }
    Ok(line)
}

fn coordinates<'a>(
    scanner: &mut Scanner<'a>,
    of: &Tag<'a>,
    left: &mut usize,
) -> Result<Vec<Coordinate>, MlpError> {
    let mut coordinates = Vec::new();
    while let Some(tag) = scanner.child(of)? {
        if tag.name == "coord" {
            coordinates.push(coordinate(scanner, &tag, left)?);
        }
    }
    Ok(coordinates)
}

fn coordinate<'a>(
    scanner: &mut Scanner<'a>,
    of: &Tag<'a>,
    left: &mut usize,
) -> Result<Coordinate, MlpError> {
    *left = left
        .checked_sub(1)
        .ok_or(MlpErrorKind::TooManyCoordinates.at(of.at))?;
    let (mut x, mut y) = (None, None);
    while let Some(tag) = scanner.child(of)? {
        match tag.name {
            "X" => x = Some(scanner.text(&tag)?),
            "Y" => y = Some(scanner.text(&tag)?),
            // Eastings and northings of a zone are no degrees.
            "Zone" => return Err(MlpErrorKind::ReferenceSystem.at(tag.at)),
            _ => {}
        }
    }
    let (Some(x), Some(y)) = (x, y) else {
        return Err(MlpErrorKind::MissingElement.at(of.at));
    };
    Coordinate::read(&x.value, &y.value).ok_or(MlpErrorKind::Coordinate.at(x.at))
}

/// Shapes are in WGS 84 unless they say something else: EPSG 4326 at the end of `srsName`.
fn check_reference_system(tag: &Tag<'_>) -> Result<(), MlpError> {
    let Some(name) = tag.attribute("srsName") else {
        return Ok(());
    };
    let code = name.value.rsplit(['#', ':']).next().unwrap_or_default();
    match code {
        "" | "4326" => Ok(()),
        _ => Err(MlpErrorKind::ReferenceSystem.at(name.at)),
    }
}

/// What stands in a shape with a centre.
#[derive(Default)]
struct Parts<'a> {
    at: usize,
    centre: Option<Coordinate>,
    numbers: [Option<Number<'a>>; 4],
    /// Nanometres.
    distance_unit: Option<i128>,
    /// Ten-thousandths of a billionth of a degree.
    angular_unit: Option<i128>,
}

#[derive(Clone, Copy)]
struct Number<'a> {
    name: &'a str,
    at: usize,
    billionths: i64,
}

/// The lengths and angles of all areas with a centre.
const NUMBERS: [&str; 8] = [
    "radius",
    "inRadius",
    "outRadius",
    "startAngle",
    "stopAngle",
    "angle",
    "semiMajor",
    "semiMinor",
];

const METRE: i128 = 1_000_000_000;
const DEGREE: i128 = 10_000_000_000_000;

impl<'a> Parts<'a> {
    fn read(scanner: &mut Scanner<'a>, of: &Tag<'a>, left: &mut usize) -> Result<Self, MlpError> {
        let mut parts = Self {
            at: of.at,
            ..Self::default()
        };
        while let Some(tag) = scanner.child(of)? {
            match tag.name {
                "coord" => parts.centre = Some(coordinate(scanner, &tag, left)?),
                "distanceUnit" => {
                    let text = scanner.text(&tag)?;
                    let unit = distance_unit(&text.value);
                    parts.distance_unit = Some(unit.ok_or(MlpErrorKind::Unit.at(text.at))?);
                }
                "angularUnit" => {
                    let text = scanner.text(&tag)?;
                    let unit = angular_unit(&text.value);
                    parts.angular_unit = Some(unit.ok_or(MlpErrorKind::Unit.at(text.at))?);
                }
                name if NUMBERS.contains(&name) => {
                    let Some(place) = parts.numbers.iter_mut().find(|number| number.is_none())
                    else {
                        return Err(MlpErrorKind::Shape.at(tag.at));
                    };
                    let text = scanner.text(&tag)?;
                    *place = Some(Number {
                        name,
                        at: text.at,
                        billionths: billionths(&text.value)
                            .ok_or(MlpErrorKind::Number.at(text.at))?,
                    });
                }
                // Of a version or a vendor that we do not know.
                _ => {}
            }
        }
        Ok(parts)
    }

    fn centre(&self) -> Result<Coordinate, MlpError> {
        self.centre.ok_or(MlpErrorKind::MissingElement.at(self.at))
    }

    fn area(&self, tag: &Tag<'_>) -> Result<Shape, MlpError> {
        let centre = self.centre()?;
        Ok(match tag.name {
            "CircularArea" => Shape::CircularArea {
                centre,
                radius: self.length("radius")?,
            },
            "CircularArcArea" => {
                let (inner_radius, outer) = (self.length("inRadius")?, self.length("outRadius")?);
                Shape::CircularArcArea {
                    centre,
                    inner_radius,
                    // Some servers write the difference that 3GPP shapes carry.
                    outer_radius: match outer < inner_radius {
                        true => inner_radius.saturating_add(outer),
                        false => outer,
                    },
                    start_angle: self.angle("startAngle")?,
                    stop_angle: self.angle("stopAngle")?,
                }
            }
            _ => Shape::EllipticalArea {
                centre,
                angle: self.angle("angle")?,
                semi_major: self.length("semiMajor")?,
                semi_minor: self.length("semiMinor")?,
            },
        })
    }

    fn number(&self, name: &str) -> Result<Number<'a>, MlpError> {
        let mut numbers = self.numbers.iter().flatten();
        numbers
            .find(|number| number.name == name)
            .copied()
            .ok_or(MlpErrorKind::MissingElement.at(self.at))
    }

    /// In centimetres.
    fn length(&self, name: &str) -> Result<u32, MlpError> {
        const CENTIMETRE: i128 = ONE as i128 * 10_000_000;
        let number = self.number(name)?;
        let length = i128::from(number.billionths) * self.distance_unit.unwrap_or(METRE);
        u32::try_from((length + CENTIMETRE / 2) / CENTIMETRE)
            .map_err(|_| MlpErrorKind::Number.at(number.at))
    }

    /// In ten-millionths of a degree, up to a whole turn.
    fn angle(&self, name: &str) -> Result<u32, MlpError> {
        let number = self.number(name)?;
        let angle = i128::from(number.billionths) * self.angular_unit.unwrap_or(DEGREE) / DEGREE;
        i64::try_from(angle)
            .ok()
            .filter(|angle| *angle <= 360 * ONE)
            .and_then(|angle| u32::try_from(divide(angle, 100)).ok())
            .ok_or(MlpErrorKind::Number.at(number.at))
    }
}

fn distance_unit(name: &str) -> Option<i128> {
    let is = |known: &[&str]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
    if is(&["meter", "metre", "meters", "metres", "m"]) {
        Some(METRE)
    } else if is(&["kilometer", "kilometre", "kilometers", "kilometres", "km"]) {
        Some(1_000 * METRE)
    } else if is(&["surveyfoot"]) {
        // 1200/3937 of a metre.
        Some(304_800_610)
    } else if is(&["foot", "feet", "ft"]) {
        Some(304_800_000)
    } else {
        None
    }
}

fn angular_unit(name: &str) -> Option<i128> {
    let is = |known: &[&str]| known.iter().any(|known| name.eq_ignore_ascii_case(known));
    if is(&["degrees", "degree"]) {
        Some(DEGREE)
    } else if is(&["radians", "radian"]) {
        // 180 divided by pi.
        Some(572_957_795_130_823)
    } else {
        None
    }
}
