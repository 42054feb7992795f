//! Areas of the Mobile Location Protocol in a short form.

use std::fmt::{self, Display};

use pengate_codecs::mlp::{Coordinate, Shape};

/// Degrees north and east, then lengths in metres and angles in degrees clockwise from north.
pub(super) struct Area<'a>(pub(super) &'a Shape);

/// The name of a shape's element.
pub(super) const fn name(shape: &Shape) -> &'static str {
    match shape {
        Shape::Point(_) => "Point",
        Shape::CircularArea { .. } => "CircularArea",
        Shape::CircularArcArea { .. } => "CircularArcArea",
        Shape::EllipticalArea { .. } => "EllipticalArea",
        Shape::Polygon(_) => "Polygon",
        Shape::Box { .. } => "Box",
        Shape::LineString(_) => "LineString",
        Shape::LinearRing(_) => "LinearRing",
        Shape::MultiPoint(_) => "MultiPoint",
        Shape::MultiLineString(_) => "MultiLineString",
        Shape::MultiPolygon(_) => "MultiPolygon",
    }
}

impl Display for Area<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self.0 {
            Shape::Point(point) => point.told(to),
            Shape::CircularArea { centre, radius } => {
                centre.told(to)?;
                write!(to, " {} m", metres(radius))
            }
            Shape::CircularArcArea {
                centre,
                inner_radius,
                outer_radius,
                start_angle,
                stop_angle,
            } => {
                let (inner, outer) = (metres(inner_radius), metres(outer_radius));
                let (start, over) = (degrees(start_angle), degrees(stop_angle));
                centre.told(to)?;
                write!(to, " {inner} to {outer} m, {over} degrees from {start}")
            }
            Shape::EllipticalArea {
                centre,
                angle,
                semi_major,
                semi_minor,
            } => {
                let (major, minor) = (metres(semi_major), metres(semi_minor));
                centre.told(to)?;
                write!(to, " {major} by {minor} m, at {} degrees", degrees(angle))
            }
            Shape::Box { minimum, maximum } => {
                minimum.told(to)?;
                to.write_str(" to ")?;
                maximum.told(to)
            }
            Shape::Polygon(ref points)
            | Shape::LineString(ref points)
            | Shape::LinearRing(ref points)
            | Shape::MultiPoint(ref points) => points.told(to),
            Shape::MultiLineString(ref lines) => each(to, lines, "; ", |line, to| line.told(to)),
            Shape::MultiPolygon(ref areas) => each(to, areas, "; ", |area, to| {
                write!(to, "{} {}", name(area), Area(area))
            }),
        }
    }
}

/// What is told with a formatter.
trait Told {
    fn told(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result;
}

impl Told for Coordinate {
    fn told(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let degrees = |units| f64::from(units) / TEN_MILLION;
        let (north, east) = (degrees(self.latitude), degrees(self.longitude));
        write!(to, "{north:.5} {east:.5}")
    }
}

impl Told for Vec<Coordinate> {
    fn told(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        each(to, self, ", ", Told::told)
    }
}

fn each<T>(
    to: &mut fmt::Formatter<'_>,
    of: &[T],
    between: &str,
    tell: impl Fn(&T, &mut fmt::Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (place, one) in of.iter().enumerate() {
        if place > 0 {
            to.write_str(between)?;
        }
        tell(one, to)?;
    }
    Ok(())
}

fn metres(centimetres: u32) -> f64 {
    f64::from(centimetres) / 100.0
}

fn degrees(units: u32) -> f64 {
    f64::from(units) / TEN_MILLION
}

const TEN_MILLION: f64 = 1e7;

#[cfg(test)]
mod tests {
    use pengate_codecs::mlp::{Estimate, Limits, read};

    use super::*;

    const SHAPES: &str = include_str!("../../../codecs/tests/data/mlp/slia-shapes.xml");

    #[test]
    fn every_shape_has_a_short_form_in_degrees_and_metres() {
        let document = read(SHAPES, &Limits::default()).unwrap();
        let areas = document.positions().iter().filter_map(|position| {
            let Estimate::Located(data) = &position.estimate else {
                return None;
            };
            let shape = data.shape.as_ref()?;
            Some(format!("{} {}", name(shape), Area(shape)))
        });
        assert_eq!(
            areas.collect::<Vec<_>>(),
            [
                "Point 30.46258 45.43136",
                "CircularArea 30.46258 45.43136 570 m",
                "CircularArcArea 30.46258 45.43136 280 to 360 m, 240 degrees from 5",
                "CircularArcArea 30.46258 45.43136 280 to 360 m, 28.6478898 degrees from 85.9436693",
                "EllipticalArea 30.46258 45.43136 150 by 275 m, at 240 degrees",
                "Polygon 30.40000 45.40000, 30.46000 45.40000, 30.46000 45.46000, 30.40000 45.46000",
                "Box -30.40000 -45.46000 to -30.33333 -45.40000",
                "LineString 30.40000 45.40000, 30.40000 45.41667",
                "LinearRing 30.40000 45.40000, 30.46000 45.40000, 30.46000 45.46000, 30.40000 45.46000",
                "MultiPoint 30.46258 45.43136, -0.50000 180.00000",
                "MultiLineString 30.40000 45.40000, 30.40000 45.41667",
                "MultiPolygon CircularArea 30.46258 45.43136 100 m; \
                 Box 10.00000 179.00000 to 11.00000 -179.00000",
            ]
        );
    }
}
