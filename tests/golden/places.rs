//! What a location server computes, and what it tells beside it.

use pengate::{
    event::{Corner, Fix, Method, Place, Shape, Source},
    pen::Change,
};

use super::Case;

/// A case for each shape, and one of a place that may not be told.
pub fn shapes() -> Vec<Case> {
    let corner = |latitude, longitude| Corner {
        latitude,
        longitude,
    };
    let centre = corner(304_625_830, 454_313_610);
    let fix = |shape| Place {
        shape: Some(shape),
        fix: Some(Box::new(Fix {
            altitude: Some(1_200),
            confidence: Some(100),
            speed: Some(23),
            heading: Some(360),
            method: Some(Method::Otdoa),
        })),
        ..Place::default()
    };
    let point = Shape::Point {
        latitude: centre.latitude,
        longitude: centre.longitude,
    };
    let corners = [
        centre,
        corner(305_000_000, 454_000_000),
        corner(304_000_000, 453_000_000),
    ];
    [
        ("place-point-with-altitude", point),
        (
            "place-ellipse",
            Shape::ellipse(centre, [15_000, 27_550], 2_400_000_000),
        ),
        (
            "place-arc-band",
            Shape::arc_band(centre, [28_000, 36_000], 50_000_000, 2_400_000_000),
        ),
        ("place-polygon", Shape::polygon(&corners).unwrap()),
    ]
    .into_iter()
    .map(|(name, shape)| (name, Change::Place(fix(shape))))
    .chain([("place-withheld", Change::Place(Place::default()))])
    .map(|(name, change)| {
        Case::told(name, [(Source::Pl, change)]).with(|case| case.options.show_location = true)
    })
    .collect()
}
