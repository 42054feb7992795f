//! Shapes there and back.

use proptest::prelude::*;

use super::*;

fn coordinate(latitude: i32, longitude: i32) -> Coordinate {
    Coordinate {
        latitude,
        longitude,
    }
}

fn coord(latitude: i32, longitude: i32) -> String {
    let (x, y) = coordinate(latitude, longitude).to_dms();
    format!("<coord><X>{x}</X><Y>{y}</Y></coord>")
}

fn decimal(value: u32, places: usize) -> String {
    let unit = 10_u32.pow(places.try_into().unwrap());
    format!("{}.{:0places$}", value / unit, value % unit)
}

/// A shape as a location server writes it.
fn written(shape: &Shape) -> String {
    let length = |name, value| format!("<{name}>{}</{name}>", decimal(value, 2));
    let angle = |name, value| format!("<{name}>{}</{name}>", decimal(value, 7));
    match *shape {
        Shape::Point {
            latitude,
            longitude,
        } => format!("<Point>{}</Point>", coord(latitude, longitude)),
        Shape::Circle {
            latitude,
            longitude,
            radius,
        } => {
            let centre = coord(latitude, longitude);
            format!(
                "<CircularArea>{centre}{}</CircularArea>",
                length("radius", radius)
            )
        }
        Shape::Ellipse {
            latitude,
            longitude,
            semi_major,
            semi_minor,
            orientation,
        } => format!(
            "<EllipticalArea>{}{}{}{}</EllipticalArea>",
            coord(latitude, longitude),
            angle("angle", orientation),
            length("semiMajor", semi_major),
            length("semiMinor", semi_minor)
        ),
        Shape::ArcBand {
            latitude,
            longitude,
            inner_radius,
            outer_radius,
            start_angle,
            opening_angle,
        } => format!(
            "<CircularArcArea>{}{}{}{}{}</CircularArcArea>",
            coord(latitude, longitude),
            length("inRadius", inner_radius),
            length("outRadius", outer_radius),
            angle("startAngle", start_angle),
            angle("stopAngle", opening_angle)
        ),
        // Servers go around clockwise.
        Shape::Polygon(ref ring) => polygon(ring.corners().iter().rev()),
    }
}

fn polygon<'a>(corners: impl Iterator<Item = &'a Corner>) -> String {
    let coords: String = corners
        .map(|corner| coord(corner.latitude, corner.longitude))
        .collect();
    let ring = format!("<LinearRing>{coords}</LinearRing>");
    format!("<Polygon><outerBoundaryIs>{ring}</outerBoundaryIs></Polygon>")
}

/// What is read of a shape that a location server wrote.
fn read_back(xml: &str) -> Shape {
    let text = format!(
        "<svc_result ver='3.4.0'><slia><pos><msid>1</msid><pd><time>20260301101530</time>\
         <shape>{xml}</shape></pd></pos></slia></svc_result>"
    );
    let document = mlp::read(&text, &mlp::Limits::default()).unwrap();
    match &document.positions()[0].estimate {
        mlp::Estimate::Located(data) => shape(data.shape.as_ref().unwrap()).unwrap(),
        other => panic!("{other:?} of {xml}"),
    }
}

/// Whole thousandths of a second of arc, so that nothing is lost in degrees, minutes and seconds.
fn corner() -> impl Strategy<Value = Corner> {
    (-89 * 36..89 * 36_i32, -179 * 36..179 * 36_i32).prop_map(|(latitude, longitude)| Corner {
        latitude: latitude * 250_000,
        longitude: longitude * 250_000,
    })
}

fn any_shape() -> impl Strategy<Value = Shape> {
    let length = 0..2_000_000_000_u32;
    let axes = (length.clone(), length.clone()).prop_map(|(one, other)| [one, other]);
    let radii = (length.clone(), 0..1_000_000_u32).prop_map(|(inner, more)| [inner, inner + more]);
    let turn = 0..3_600_000_000_u32;
    prop_oneof![
        corner().prop_map(|corner| Shape::Point {
            latitude: corner.latitude,
            longitude: corner.longitude,
        }),
        (corner(), length).prop_map(|(corner, radius)| Shape::Circle {
            latitude: corner.latitude,
            longitude: corner.longitude,
            radius,
        }),
        (corner(), axes, turn.clone())
            .prop_map(|(corner, axes, angle)| Shape::ellipse(corner, axes, angle)),
        (corner(), radii, turn.clone(), turn).prop_map(|(corner, radii, start, opening)| {
            Shape::arc_band(corner, radii, start, opening)
        }),
        proptest::collection::vec(corner(), 3..=15)
            .prop_filter_map("no area", |corners| Shape::polygon(&corners)),
    ]
}

proptest! {
    #[test]
    fn every_shape_is_read_as_it_was_written(shape in any_shape()) {
        prop_assert_eq!(read_back(&written(&shape)), shape);
    }

    #[test]
    fn a_polygon_of_too_many_corners_becomes_the_circle_around_it(
        corners in proptest::collection::btree_set(corner(), 16..=40)
    ) {
        let circle = Shape::enclosing(&corners.iter().map(|at| (*at, 0)).collect::<Vec<_>>());
        prop_assert_eq!(Some(read_back(&polygon(corners.iter()))), circle);
    }
}

#[test]
fn a_polygon_has_fifteen_corners_at_most_and_the_first_one_again() {
    let corners = |count: i32| {
        let sixty = |number: i32| (number % 60, number * number);
        let corners = (0..count).map(sixty);
        corners.map(|(latitude, longitude)| Corner {
            latitude: latitude * 250_000,
            longitude: longitude * 250_000,
        })
    };
    for (count, expected) in [(15, Some(15)), (16, None)] {
        let corners: Vec<_> = corners(count).collect();
        for again in [0, 1] {
            let shape = read_back(&polygon(corners.iter().chain(&corners[..again])));
            let count = match &shape {
                Shape::Polygon(ring) => Some(ring.corners().len()),
                Shape::Circle { .. } => None,
                other => panic!("{other:?}"),
            };
            assert_eq!(count, expected);
        }
    }
}

#[test]
fn what_documents_have_no_form_for_becomes_the_circle_around_it() {
    let point = coord(0, 0);
    let other = coord(0, 100_000);
    // A hundredth of a degree of the equator is 1,112 metres.
    let line = format!("<LineString>{point}{other}</LineString>");
    let around_line = Shape::Circle {
        latitude: 0,
        longitude: 50_000,
        radius: 55_600,
    };
    let points = format!("<Point>{point}</Point><Point>{other}</Point>");
    let area = format!("<CircularArea>{point}<radius>100</radius></CircularArea>");
    for (xml, expected) in [
        (line.clone(), around_line.clone()),
        (
            format!("<MultiPoint>{points}</MultiPoint>"),
            around_line.clone(),
        ),
        (
            format!("<MultiPoint><Point>{point}</Point></MultiPoint>"),
            Shape::Point {
                latitude: 0,
                longitude: 0,
            },
        ),
        (
            format!("<MultiLineString>{line}</MultiLineString>"),
            around_line.clone(),
        ),
        (
            format!("<LinearRing>{point}{other}{point}</LinearRing>"),
            around_line,
        ),
        (
            format!("<MultiPolygon>{area}</MultiPolygon>"),
            Shape::Circle {
                latitude: 0,
                longitude: 0,
                radius: 10_000,
            },
        ),
    ] {
        assert_eq!(read_back(&xml), expected, "{xml}");
    }
}

#[test]
fn identities_lead_to_subjects_unless_they_are_encrypted() {
    let number = Msid::msisdn("+99900000001");
    let both = [number.clone(), Msid::imsi("001010000000001")];
    let found = subject(&both).unwrap();
    assert!(found.msisdn.is_some() && found.imsi.is_some());
    let encrypted = Msid {
        encrypted: true,
        ..number
    };
    assert_eq!(subject(&[encrypted]), None);
    assert_eq!(subject(&[Msid::msisdn("not a number")]), None);
}

#[test]
fn equal_positions_are_one_event() {
    let located = |radius| Located {
        place: Place {
            shape: Some(Shape::Circle {
                latitude: 0,
                longitude: 0,
                radius,
            }),
            ..Place::default()
        },
        lifetime: None,
    };
    let order = |radius| {
        let subject = Subject::default();
        event("gmlc".into(), Stamp::from_secs(1), subject, located(radius)).order
    };
    assert_eq!(order(1), order(1));
    assert_ne!(order(1), order(2));
}
