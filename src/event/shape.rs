//! Computed positions (TS 23.032) and their geometry.

use serde::{Deserialize, Serialize};

/// A computed position. Angles in units of 1e-7 degree, lengths in centimetres.
///
/// Whole numbers, so that facts are comparable and the same in every replay.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// A point without uncertainty.
    Point {
        /// Degrees north, times 1e7.
        latitude: i32,
        /// Degrees east, times 1e7.
        longitude: i32,
    },
    /// A point with a radius of uncertainty.
    Circle {
        /// Degrees north, times 1e7.
        latitude: i32,
        /// Degrees east, times 1e7.
        longitude: i32,
        /// Centimetres.
        radius: u32,
    },
    /// An ellipse around a point.
    Ellipse {
        /// Degrees north, times 1e7.
        latitude: i32,
        /// Degrees east, times 1e7.
        longitude: i32,
        /// The longer axis; centimetres.
        semi_major: u32,
        /// The shorter axis; centimetres.
        semi_minor: u32,
        /// From north to the longer axis, clockwise; below 180 degrees.
        orientation: u32,
    },
    /// A part of a ring around a point.
    ArcBand {
        /// Degrees north, times 1e7.
        latitude: i32,
        /// Degrees east, times 1e7.
        longitude: i32,
        /// Centimetres.
        inner_radius: u32,
        /// Centimetres.
        outer_radius: u32,
        /// From north to the first radius, clockwise; below 360 degrees.
        start_angle: u32,
        /// Between the first and the second radius, clockwise; up to 360 degrees.
        opening_angle: u32,
    },
    /// The area within a ring.
    Polygon(Ring),
}

/// A corner of a polygon.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
pub struct Corner {
    /// Degrees north, times 1e7.
    pub latitude: i32,
    /// Degrees east, times 1e7.
    pub longitude: i32,
}

/// Three to [`CORNERS_MAX`](Self::CORNERS_MAX) corners, counter-clockwise; the last one is not the
/// first one again.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Ring(Box<[Corner]>);

impl Ring {
    /// Documents have no polygon of more (RFC 5491 clause 5.2.2: 16 points, with the first one again).
    pub const CORNERS_MAX: usize = 15;

    /// The corners.
    #[must_use]
    pub const fn corners(&self) -> &[Corner] {
        &self.0
    }
}

/// Units of a degree.
const DEGREE: u32 = 10_000_000;
const TURN: i64 = 360 * DEGREE as i64;
/// Mean radius of the earth in metres.
const EARTH: f64 = 6_371_008.8;

impl Shape {
    /// An ellipse, whichever of its axes is the longer one; `orientation` is that of the first.
    #[must_use]
    pub fn ellipse(centre: Corner, axes: [u32; 2], orientation: u32) -> Self {
        let [first, second] = axes;
        let turned = orientation % (180 * DEGREE);
        Self::Ellipse {
            latitude: centre.latitude,
            longitude: centre.longitude,
            semi_major: first.max(second),
            semi_minor: first.min(second),
            orientation: match first < second {
                true => (turned + 90 * DEGREE) % (180 * DEGREE),
                false => turned,
            },
        }
    }

    /// A part of a ring; a whole one without a hole is a circle.
    #[must_use]
    pub fn arc_band(centre: Corner, radii: [u32; 2], start_angle: u32, opening_angle: u32) -> Self {
        let Corner {
            latitude,
            longitude,
        } = centre;
        let [inner_radius, outer_radius] = radii;
        if inner_radius == 0 && opening_angle >= 360 * DEGREE {
            return Self::Circle {
                latitude,
                longitude,
                radius: outer_radius,
            };
        }
        Self::ArcBand {
            latitude,
            longitude,
            inner_radius,
            outer_radius,
            start_angle: start_angle % (360 * DEGREE),
            opening_angle: opening_angle.min(360 * DEGREE),
        }
    }

    /// The area within corners, in whichever direction and whether or not the first is repeated at
    /// the end; nothing when they enclose nothing, or are more than a ring has
    /// ([`Ring::CORNERS_MAX`]).
    #[must_use]
    pub fn polygon(corners: &[Corner]) -> Option<Self> {
        let mut corners = corners.to_vec();
        corners.dedup();
        if corners.len() > 1 && corners.first() == corners.last() {
            corners.pop();
        }
        if corners.len() > Ring::CORNERS_MAX {
            return None;
        }
        match doubled_area(&corners) {
            0 => return None,
            area if area < 0 => corners.reverse(),
            _ => {}
        }
        Some(Self::Polygon(Ring(corners.into())))
    }

    /// The area between two parallels and two meridians; one whose western meridian is the greater
    /// number crosses the meridian of 180 degrees.
    #[must_use]
    pub fn rectangle(one: Corner, other: Corner) -> Option<Self> {
        let (west, east) = (one.longitude, other.longitude);
        let south = one.latitude.min(other.latitude);
        let north = one.latitude.max(other.latitude);
        let corner = |latitude, longitude| Corner {
            latitude,
            longitude,
        };
        Self::polygon(&[
            corner(south, west),
            corner(south, east),
            corner(north, east),
            corner(north, west),
        ])
    }

    /// The circle around everything within the given distances (centimetres) of corners; nothing
    /// when there is none. Its radius is a whole number of metres.
    #[must_use]
    pub fn enclosing(corners: &[(Corner, u32)]) -> Option<Self> {
        let (first, _) = corners.first()?;
        let unwrap = |corner: &Corner| first.longitude_to(*corner);
        let latitudes = corners.iter().map(|(corner, _)| i64::from(corner.latitude));
        let longitudes = corners.iter().map(|(corner, _)| unwrap(corner));
        let middle = |least: Option<i64>, most: Option<i64>| Some((least? + most?) / 2);
        let latitude = middle(latitudes.clone().min(), latitudes.max())?;
        let longitude = middle(longitudes.clone().min(), longitudes.max())?;
        let centre = Corner {
            latitude: i32::try_from(latitude).ok()?,
            longitude: i32::try_from(wrap(longitude)).ok()?,
        };
        let metres = corners
            .iter()
            .map(|(corner, around)| centre.distance(*corner) + f64::from(*around) / 100.0)
            .fold(0.0, f64::max);
        // Upwards, so that the last bits of a sine do not count. Half of the earth's circumference
        // is 2e9 centimetres, and what is beyond the range is cut off.
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a float as an integer saturates"
        )]
        let centimetres = (metres.ceil() * 100.0) as i64;
        Some(Self::Circle {
            latitude: centre.latitude,
            longitude: centre.longitude,
            radius: u32::try_from(centimetres).unwrap_or(u32::MAX),
        })
    }
}

impl Corner {
    /// The longitude of another corner on the shorter way from here: it may be beyond 180 degrees.
    fn longitude_to(self, other: Self) -> i64 {
        let from = i64::from(self.longitude);
        from + wrap(i64::from(other.longitude) - from)
    }

    /// Great-circle distance in metres (haversine).
    fn distance(self, other: Self) -> f64 {
        let radians = |angle: i32| (f64::from(angle) / f64::from(DEGREE)).to_radians();
        let (one, two) = (radians(self.latitude), radians(other.latitude));
        let across = radians(other.longitude) - radians(self.longitude);
        let half = |angle: f64| (angle / 2.0).sin().powi(2);
        let chord = half(two - one) + one.cos() * two.cos() * half(across);
        2.0 * EARTH * chord.clamp(0.0, 1.0).sqrt().asin()
    }
}

/// An angle between -180 and 180 degrees.
const fn wrap(angle: i64) -> i64 {
    let wrapped = (angle + TURN / 2).rem_euclid(TURN) - TURN / 2;
    // East of the antimeridian and west of it are one line.
    if wrapped == -TURN / 2 && angle > 0 {
        TURN / 2
    } else {
        wrapped
    }
}

/// Twice the area, positive when the corners go counter-clockwise (longitude to the right, latitude
/// upwards). Every edge goes the shorter way around the earth.
fn doubled_area(corners: &[Corner]) -> i128 {
    let (Some(first), Some(last)) = (corners.first(), corners.last()) else {
        return 0;
    };
    let mut area = 0;
    let mut x = i128::from(first.longitude);
    for (one, two) in corners.iter().zip(corners.iter().skip(1)) {
        let step = one.longitude_to(*two) - i64::from(one.longitude);
        let next = x + i128::from(step);
        area += x * i128::from(two.latitude) - next * i128::from(one.latitude);
        x = next;
    }
    area + x * i128::from(first.latitude) - i128::from(first.longitude) * i128::from(last.latitude)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn corner(latitude: i32, longitude: i32) -> Corner {
        Corner {
            latitude: latitude * 10_000_000,
            longitude: longitude * 10_000_000,
        }
    }

    fn corners(shape: Option<Shape>) -> Vec<Corner> {
        match shape {
            Some(Shape::Polygon(ring)) => ring.corners().to_vec(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_longer_axis_of_an_ellipse_counts() {
        let centre = corner(1, 2);
        let orientation = |axes, angle: u32| match Shape::ellipse(centre, axes, angle * DEGREE) {
            Shape::Ellipse {
                semi_major: 300,
                semi_minor: 200,
                orientation,
                ..
            } => orientation / DEGREE,
            other => panic!("{other:?}"),
        };
        assert_eq!(orientation([300, 200], 60), 60);
        assert_eq!(orientation([300, 200], 240), 60);
        assert_eq!(orientation([200, 300], 60), 150);
        assert_eq!(orientation([200, 300], 120), 30);
    }

    #[test]
    fn a_whole_ring_without_a_hole_is_a_circle() {
        let centre = corner(1, 2);
        let whole = Shape::arc_band(centre, [0, 500], 0, 360 * DEGREE);
        assert!(matches!(whole, Shape::Circle { radius: 500, .. }));
        let band = Shape::arc_band(centre, [100, 500], 370 * DEGREE, 360 * DEGREE);
        assert!(matches!(band, Shape::ArcBand { start_angle, .. } if start_angle == 10 * DEGREE));
    }

    #[test]
    fn corners_go_counter_clockwise_and_are_not_repeated() {
        let clockwise = [
            corner(0, 0),
            corner(1, 0),
            corner(1, 0),
            corner(1, 1),
            corner(0, 0),
        ];
        let expected = [corner(1, 1), corner(1, 0), corner(0, 0)];
        assert_eq!(corners(Shape::polygon(&clockwise)), expected);
        assert_eq!(corners(Shape::polygon(&expected)), expected);
        for nothing in [&clockwise[..1], &clockwise[..2], &[]] {
            assert_eq!(Shape::polygon(nothing), None);
        }
        let line = [corner(0, 0), corner(1, 1), corner(2, 2)];
        assert_eq!(Shape::polygon(&line), None);
    }

    #[test]
    fn a_rectangle_may_cross_the_antimeridian() {
        let south_west = corner(10, 179);
        let ring = corners(Shape::rectangle(south_west, corner(11, -179)));
        let expected = [
            south_west,
            corner(10, -179),
            corner(11, -179),
            corner(11, 179),
        ];
        assert_eq!(ring, expected);
        let circle = Shape::enclosing(&expected.map(|corner| (corner, 0)));
        let Some(Shape::Circle {
            latitude,
            longitude,
            radius,
        }) = circle
        else {
            panic!("{circle:?}");
        };
        assert_eq!(
            (latitude, longitude.abs()),
            (105_000_000, 1_800_000_000),
            "the centre is on the antimeridian"
        );
        // A degree is 111.2 km, and less along a parallel.
        assert!((12_200_000..12_500_000).contains(&radius), "{radius}");
    }

    #[test]
    fn a_point_with_a_distance_is_enclosed_by_that() {
        let alone = Shape::enclosing(&[(corner(1, 2), 12_345)]);
        assert!(matches!(alone, Some(Shape::Circle { radius: 12_400, .. })));
        assert_eq!(Shape::enclosing(&[]), None);
    }

    prop_compose! {
        fn any_corner()(
            latitude in -900_000_000..=900_000_000_i32,
            longitude in -1_800_000_000..=1_800_000_000_i32,
        ) -> Corner {
            Corner { latitude, longitude }
        }
    }

    proptest! {
        #[test]
        fn a_polygon_of_a_polygon_is_itself(points in proptest::collection::vec(any_corner(), 0..16)) {
            if let Some(Shape::Polygon(ring)) = Shape::polygon(&points) {
                prop_assert!(doubled_area(ring.corners()) > 0);
                prop_assert_eq!(
                    Shape::polygon(ring.corners()),
                    Some(Shape::Polygon(ring))
                );
            }
        }

        #[test]
        fn an_enclosing_circle_encloses(points in proptest::collection::vec(any_corner(), 1..8)) {
            let near: Vec<_> = points.iter().map(|point| (Corner {
                latitude: point.latitude / 100,
                longitude: point.longitude / 100,
            }, 0)).collect();
            let Some(Shape::Circle { latitude, longitude, radius }) = Shape::enclosing(&near) else {
                panic!("a circle");
            };
            let centre = Corner { latitude, longitude };
            for (corner, _) in near {
                prop_assert!(centre.distance(corner) <= f64::from(radius) / 100.0);
            }
        }
    }
}
