//! Shapes there and back, and what stands beside them.

use pengate_codecs::{Stamp, pidf::write_presence};
use proptest::prelude::*;

use super::*;
use crate::{
    event::{Corner, Order, Source},
    server::facets::NameId,
};

/// The place as a document.
fn document(place: &Place) -> String {
    let told = Told {
        value: place,
        order: Order {
            at: Stamp::from_secs(0),
            id: 0,
        },
        source: Source::Pl,
        reporter: NameId::NONE,
    };
    let mut body = Vec::new();
    let mut writer = Writer::new(&mut body);
    write(&mut writer, &told, &Options::default());
    let namespaces = writer.namespaces();
    let mut out = Vec::new();
    write_presence("sip:alice@ims.example", namespaces, &mut out, |out| {
        out.extend_from_slice(&body);
    });
    String::from_utf8(out).unwrap()
}

/// A decimal number in units of 10^-places.
fn units(text: &str, places: usize) -> i64 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    assert!(fraction.len() <= places, "{text}");
    format!("{whole}{fraction:0<places$}").parse().unwrap()
}

fn degrees(text: &str) -> i32 {
    units(text, 7).try_into().unwrap()
}

/// The shape that a document tells, by the names of RFC 5491 alone.
fn read_back(xml: &str) -> Shape {
    let document = roxmltree::Document::parse(xml).unwrap();
    let is = |name: &'static str| move |node: &roxmltree::Node<'_, '_>| node.has_tag_name(name);
    let find = |name: &'static str| {
        let mut nodes = document.descendants();
        nodes.find(|node| node.tag_name().name() == name)
    };
    let number = |name: &'static str, unit: &str, places: usize| -> u32 {
        let node = find(name).unwrap();
        assert_eq!(node.attribute("uom"), Some(unit));
        units(node.text().unwrap(), places).try_into().unwrap()
    };
    let metres = |name| number(name, "urn:ogc:def:uom:EPSG::9001", 2);
    let angle = |name| number(name, "urn:ogc:def:uom:EPSG::9102", 7);
    let info = find("location-info").unwrap();
    let shape = info.first_element_child().unwrap();
    assert_eq!(
        shape.attribute("srsName"),
        Some("urn:ogc:def:crs:EPSG::4326")
    );
    if let Some(list) = find("posList") {
        let numbers: Vec<_> = list.text().unwrap().split(' ').map(degrees).collect();
        let corners: Vec<_> = numbers
            .chunks(2)
            .map(|pair| Corner {
                latitude: pair[0],
                longitude: pair[1],
            })
            .collect();
        assert_eq!(corners.first(), corners.last(), "the ring is closed");
        return Shape::polygon(&corners).unwrap();
    }
    let position = shape
        .children()
        .find(is("pos"))
        .or_else(|| find("pos"))
        .unwrap();
    let (latitude, longitude) = position.text().unwrap().split_once(' ').unwrap();
    let (latitude, longitude) = (degrees(latitude), degrees(longitude));
    match shape.tag_name().name() {
        "Point" => Shape::Point {
            latitude,
            longitude,
        },
        "Circle" => Shape::Circle {
            latitude,
            longitude,
            radius: metres("radius"),
        },
        "Ellipse" => Shape::Ellipse {
            latitude,
            longitude,
            semi_major: metres("semiMajorAxis"),
            semi_minor: metres("semiMinorAxis"),
            orientation: angle("orientation"),
        },
        "ArcBand" => Shape::ArcBand {
            latitude,
            longitude,
            inner_radius: metres("innerRadius"),
            outer_radius: metres("outerRadius"),
            start_angle: angle("startAngle"),
            opening_angle: angle("openingAngle"),
        },
        other => panic!("{other}"),
    }
}

fn corner() -> impl Strategy<Value = Corner> {
    let latitudes = -900_000_000..=900_000_000_i32;
    (latitudes, -1_800_000_000..=1_800_000_000_i32).prop_map(|(latitude, longitude)| Corner {
        latitude,
        longitude,
    })
}

fn shape() -> impl Strategy<Value = Shape> {
    let turn = 0..3_600_000_000_u32;
    prop_oneof![
        corner().prop_map(|corner| Shape::Point {
            latitude: corner.latitude,
            longitude: corner.longitude,
        }),
        (corner(), any::<u32>()).prop_map(|(corner, radius)| Shape::Circle {
            latitude: corner.latitude,
            longitude: corner.longitude,
            radius,
        }),
        (corner(), any::<[u32; 2]>(), turn.clone())
            .prop_map(|(corner, axes, angle)| Shape::ellipse(corner, axes, angle)),
        (corner(), any::<[u32; 2]>(), turn.clone(), turn).prop_map(
            |(corner, radii, start, opening)| Shape::arc_band(corner, radii, start, opening)
        ),
        proptest::collection::vec(corner(), 3..16)
            .prop_filter_map("no area", |corners| Shape::polygon(&corners)),
    ]
}

proptest! {
    #[test]
    fn every_shape_reads_back_as_it_was(shape in shape()) {
        let place = Place { shape: Some(shape.clone()), ..Place::default() };
        prop_assert_eq!(read_back(&document(&place)), shape);
    }
}

#[test]
fn decimals_are_exact() {
    assert_eq!(decimal(-5_000_000, 7), "-0.5");
    assert_eq!(decimal(304_625_830, 7), "30.462583");
    assert_eq!(decimal(57_000, 2), "570");
    assert_eq!(decimal(1, 2), "0.01");
    assert_eq!(decimal(0, 7), "0");
}

#[test]
fn what_is_known_beside_a_shape_is_told() {
    let place = |confidence, shape| Place {
        shape: Some(shape),
        fix: Some(Box::new(Fix {
            altitude: Some(-12),
            confidence: Some(confidence),
            speed: Some(23),
            heading: Some(120),
            method: Some(Method::AGps),
        })),
        ..Place::default()
    };
    let point = Shape::Point {
        latitude: 10_000_000,
        longitude: -20_000_000,
    };
    let xml = document(&place(90, point.clone()));
    for expected in [
        "<gml:Point srsName=\"urn:ogc:def:crs:EPSG::4979\"><gml:pos>1 -2 -12</gml:pos></gml:Point>\
         <con:confidence>90</con:confidence><dyn:Dynamic><dyn:speed>23</dyn:speed>\
         <dyn:heading>120</dyn:heading></dyn:Dynamic></gp:location-info>",
        "<gp:method>A-GPS</gp:method>",
    ] {
        assert!(xml.contains(expected), "{xml}");
    }
    let confidence = |per_cent| {
        let xml = document(&place(per_cent, point.clone()));
        let (_, rest) = xml.split_once("<con:confidence>")?;
        rest.split_once('<').map(|(number, _)| number.to_owned())
    };
    assert_eq!(confidence(0), None);
    assert_eq!(confidence(100).as_deref(), Some("99.9"));
    let circle = Shape::Circle {
        latitude: 10_000_000,
        longitude: -20_000_000,
        radius: 100,
    };
    assert!(document(&place(90, circle)).contains("<gml:pos>1 -2</gml:pos>"));
}

#[test]
fn a_place_that_is_withheld_is_not_shown() {
    assert!(!is_shown(&Place::default(), &Options::default()));
    assert!(Place::default().is_withheld());
}
