//! Documents as a whole.

mod refusals;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::Plmn;

const CIRCLE: &str = include_str!("../../../tests/data/mlp/slia-circle.xml");
const SHAPES: &str = include_str!("../../../tests/data/mlp/slia-shapes.xml");
const SAMPLES: [&str; 15] = [
    CIRCLE,
    SHAPES,
    include_str!("../../../tests/data/mlp/slia-refused.xml"),
    include_str!("../../../tests/data/mlp/slia-later.xml"),
    include_str!("../../../tests/data/mlp/slirep.xml"),
    include_str!("../../../tests/data/mlp/tlra.xml"),
    include_str!("../../../tests/data/mlp/tlrep.xml"),
    include_str!("../../../tests/data/mlp/tlrep-cancelled.xml"),
    include_str!("../../../tests/data/mlp/tlrsa.xml"),
    include_str!("../../../tests/data/mlp/slra.xml"),
    include_str!("../../../tests/data/mlp/slrep.xml"),
    include_str!("../../../tests/data/mlp/eme_lirep.xml"),
    include_str!("../../../tests/data/mlp/emerep.xml"),
    include_str!("../../../tests/data/mlp/hlirep.xml"),
    include_str!("../../../tests/data/mlp/gem.xml"),
];

fn parse(text: &str) -> Result<Document<'_>, MlpError> {
    read(text, &Limits::default())
}

fn located<'a>(position: &'a Position<'_>) -> &'a PositionData {
    match &position.estimate {
        Estimate::Located(data) => data,
        other => panic!("{other:?}"),
    }
}

fn point(latitude: i32, longitude: i32) -> Coordinate {
    Coordinate {
        latitude,
        longitude,
    }
}

/// Where most samples are.
const HERE: Coordinate = Coordinate {
    latitude: 304_625_833,
    longitude: 454_313_611,
};

#[test]
fn a_position_is_read_in_full() {
    let document = parse(CIRCLE).unwrap();
    assert_eq!(
        (document.service, &*document.version),
        (Service::Slia, "3.4.0")
    );
    let [position] = document.positions() else {
        panic!("one position");
    };
    assert_eq!(position.msids[..], [Msid::msisdn("99900000001")]);
    assert_eq!(position.method, Some(Method::Cell));
    assert_eq!(
        position.cell,
        Some(ServingCell::Cgi {
            plmn: Plmn::from_digits(b"00101").unwrap(),
            lac: 4660,
            ci: 22136,
        })
    );
    assert_eq!(
        *located(position),
        PositionData {
            time: "2026-03-01T10:15:30Z".parse().unwrap(),
            shape: Some(Shape::CircularArea {
                centre: point(304_625_833, 454_307_722),
                radius: 57_000,
            }),
            altitude: None,
            altitude_accuracy: None,
            speed: None,
            direction: None,
            level_of_confidence: Some(90),
            quality_not_met: false,
        }
    );
}

#[test]
fn every_shape_is_read() {
    let document = parse(SHAPES).unwrap();
    let positions = document.positions();
    let shape = |at: usize| located(&positions[at]).shape.clone().unwrap();
    assert_eq!(positions.len(), 13);
    assert_eq!(shape(0), Shape::Point(HERE));
    assert_eq!(
        shape(1),
        Shape::CircularArea {
            centre: HERE,
            radius: 57_000
        }
    );
    let arc = |outer_radius, start_angle, stop_angle| Shape::CircularArcArea {
        centre: HERE,
        inner_radius: 28_000,
        outer_radius,
        start_angle,
        stop_angle,
    };
    assert_eq!(shape(2), arc(36_000, 50_000_000, 2_400_000_000));
    // An outer radius below the inner one is a difference; angles in radians.
    assert_eq!(shape(3), arc(36_000, 859_436_693, 286_478_898));
    assert_eq!(
        shape(4),
        Shape::EllipticalArea {
            centre: HERE,
            angle: 2_400_000_000,
            semi_major: 15_000,
            semi_minor: 27_500,
        }
    );
    let ring = vec![
        point(304_000_000, 454_000_000),
        point(304_600_000, 454_000_000),
        point(304_600_000, 454_600_000),
        point(304_000_000, 454_600_000),
    ];
    assert_eq!(shape(5), Shape::Polygon(ring.clone()));
    assert_eq!(
        shape(6),
        Shape::Box {
            minimum: point(-304_000_000, -454_600_000),
            maximum: point(-303_333_333, -454_000_000),
        }
    );
    let line = vec![
        point(304_000_000, 454_000_000),
        point(304_000_000, 454_166_667),
    ];
    assert_eq!(shape(7), Shape::LineString(line.clone()));
    assert_eq!(shape(8), Shape::LinearRing(ring));
    assert_eq!(
        shape(9),
        Shape::MultiPoint(vec![HERE, point(-5_000_000, 1_799_999_999)])
    );
    assert_eq!(shape(10), Shape::MultiLineString(vec![line]));
    let Shape::MultiPolygon(areas) = shape(11) else {
        panic!("several areas");
    };
    assert!(matches!(
        areas[..],
        [
            Shape::CircularArea { radius: 10_000, .. },
            Shape::Box { .. }
        ]
    ));
}

#[test]
fn what_stands_beside_a_shape_is_read() {
    let document = parse(SHAPES).unwrap();
    let positions = document.positions();
    let first = located(&positions[0]);
    assert_eq!(
        (
            first.altitude,
            first.altitude_accuracy,
            first.speed,
            first.direction
        ),
        (Some(1200), Some(8), Some(23), Some(120))
    );
    let second = located(&positions[1]);
    assert!(second.quality_not_met && positions[1].is_intermediate);
    assert_eq!(second.level_of_confidence, Some(100));
    let kinds: Vec<_> = positions.iter().map(|each| each.msids[0].kind).collect();
    let msisdn = MsidType::Msisdn;
    assert_eq!(kinds[..3], [msisdn, MsidType::Imsi, msisdn]);
    assert_eq!(
        kinds[7..],
        [
            MsidType::SipUri,
            MsidType::TelUrl,
            MsidType::Ipv6,
            MsidType::Ipv4,
            MsidType::Nai,
            msisdn
        ]
    );
    let Estimate::Failed(error) = &positions[12].estimate else {
        panic!("an error");
    };
    assert_eq!(error.outcome.code, ResultCode::ABSENT_SUBSCRIBER);
    assert_eq!(error.outcome.words.as_deref(), Some("ABSENT SUBSCRIBER"));
    assert_eq!(error.outcome.add_info.as_deref(), Some("detached & gone"));
    assert_eq!(error.time, "2026-03-01T10:15:30Z".parse().ok());
}

#[test]
fn what_nobody_knows_in_a_shape_spoils_no_position() {
    let odd = "<vendor xmlns:v='urn:v'><v:radius>x</v:radius></vendor><one/><two>2</two><three/>";
    for (shape, known) in [
        (0, "</Point>"),
        (1, "<radius"),
        (2, "<inRadius"),
        (4, "<angle"),
    ] {
        let with = SHAPES.replacen(known, &format!("{odd}{known}"), 1);
        assert_ne!(with, SHAPES);
        let with = parse(&with).unwrap();
        let without = parse(SHAPES).unwrap();
        assert_eq!(
            located(&with.positions()[shape]),
            located(&without.positions()[shape])
        );
    }
}

#[test]
fn answers_and_reports_are_told_apart() {
    let told: Vec<_> = SAMPLES
        .iter()
        .map(|sample| {
            let document = parse(sample).unwrap();
            let id = document.request_id().unwrap_or("-").to_owned();
            let code = document.outcome().map(|outcome| outcome.code.0);
            (
                document.service.element(),
                id,
                document.positions().len(),
                code,
            )
        })
        .collect();
    let row = |service, id: &str, positions, code| (service, id.to_owned(), positions, code);
    assert_eq!(
        told,
        [
            row("slia", "-", 1, None),
            row("slia", "-", 13, None),
            row("slia", "-", 0, Some(108)),
            row("slia", "25267", 0, None),
            row("slirep", "25267", 1, None),
            row("tlra", "25293", 0, None),
            row("tlrep", "25293", 2, None),
            row("tlrep", "25293", 1, None),
            row("tlrsa", "25293", 0, None),
            row("slra", "-", 0, Some(4)),
            row("slrep", "-", 1, None),
            row("eme_lirep", "25687", 1, None),
            row("emerep", "-", 1, None),
            row("hlirep", "25267", 1, None),
            row("gem", "-", 0, Some(108)),
        ]
    );
}

#[test]
fn a_triggered_report_says_why_and_how_long() {
    let document = parse(SAMPLES[6]).unwrap();
    let Body::Report(report) = &document.body else {
        panic!("a report");
    };
    assert_eq!(
        report.time_remaining,
        Some(Duration::from_secs(5 * 3_600 + 45 * 60))
    );
    assert!(report.more);
    assert_eq!(report.positions[0].trigger, Some(Trigger::Periodic));
    assert_eq!(
        report.positions[1].estimate,
        Estimate::At("2026-03-01T10:15:30Z".parse().unwrap())
    );
}

#[test]
fn the_sender_of_a_report_is_known_by_its_password() {
    let document = parse(SAMPLES[10]).unwrap();
    let client = document.header.unwrap().client.unwrap();
    let password = client.password.unwrap();
    assert_eq!(client.id, "gmlc1");
    assert!(password.is("secret"));
    assert!(!password.is("secret1") && !password.is("secreT") && !password.is(""));
    assert_eq!(format!("{password:?}"), "Password(~)");
}

#[test]
fn names_count_without_their_prefix_and_any_version_3_is_read() {
    let mut text = String::new();
    for (place, piece) in CIRCLE
        .replace("\"3.4.0\"", "\"3.5.0\"")
        .split('<')
        .enumerate()
    {
        let name = piece.trim_start_matches('/');
        text += if place > 0 { "<" } else { "" };
        text += &piece[..piece.len() - name.len()];
        text += if name.starts_with(char::is_alphabetic) {
            "m:"
        } else {
            ""
        };
        text += name;
    }
    let plain = parse(CIRCLE).unwrap();
    let prefixed = parse(&text).unwrap();
    assert_eq!(prefixed.body, plain.body);
    assert_eq!(Version::of_document(&prefixed.version), Version::V35);
}

fn slir(version: Version, msids: &[Msid<'_>], push_url: Option<&str>) -> String {
    let mut out = Vec::new();
    Slir {
        version,
        client: Client {
            id: "pengate".into(),
            password: Some(Password::new("a<b>&\"c")),
            service_id: None,
        },
        requestor: Some(Requestor {
            kind: "SIPURL".into(),
            id: "sip:bob@ims.example".into(),
        }),
        msids,
        quality: Quality {
            response: ResponseRequirement::LowDelay,
            response_timer: Some(10),
            horizontal_accuracy: None,
            max_location_age: Some(300),
        },
        location_type: LocationType::CurrentOrLast,
        priority: Priority::Normal,
        push_url,
    }
    .write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn a_request_that_is_written_reads_again() {
    let msids = [Msid::msisdn("99900000001"), Msid::imsi("001010000000001")];
    for version in [Version::V31, Version::V34, Version::V35] {
        let text = slir(version, &msids, Some("http://192.0.2.1:9210/a?b&c"));
        let document = parse(&text).unwrap();
        let header = document.header.unwrap();
        let client = header.client.unwrap();
        assert!(client.password.unwrap().is("a<b>&\"c") && client.id == "pengate");
        assert_eq!(header.requestor.unwrap().id, "sip:bob@ims.example");
        assert_eq!(Version::of_document(&document.version), version);
        let Body::Request(request) = document.body else {
            panic!("a request");
        };
        assert_eq!(request.msids[..], msids);
        assert!(request.is_asynchronous);
        assert_eq!(
            request.push_url.as_deref(),
            Some("http://192.0.2.1:9210/a?b&c")
        );
    }
}

#[test]
fn version_3_1_has_two_numbers() {
    let text = slir(Version::V31, &[Msid::msisdn("99900000001")], None);
    assert!(text.contains("<svc_init ver=\"3.1.0\"><hdr ver=\"3.0.0\">"));
    assert!(text.contains("<slir ver=\"3.0.0\" res_type=\"SYNC\">"));
    assert!(text.contains("SYSTEM \"MLP_SVC_INIT_310.DTD\""));
}

#[test]
fn answers_that_are_written_read_again() {
    let outcome = Outcome {
        code: ResultCode::SUBSCRIBER_NOT_VALID,
        words: Some("NOBODY".into()),
        add_info: Some("nobody <here>".into()),
    };
    let mut out = Vec::new();
    write_slra(Version::V34, None, &outcome, &mut out);
    let text = String::from_utf8(out).unwrap();
    let document = parse(&text).unwrap();
    assert_eq!(document.service, Service::Slra);
    assert_eq!(document.outcome(), Some(&outcome));
}

proptest! {
    #[test]
    fn any_octets_are_read_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        exercise(&octets);
    }

    #[test]
    fn damaged_documents_are_read_or_refused(
        sample in 0..SAMPLES.len(),
        damages in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut octets = SAMPLES[sample].as_bytes().to_vec();
        for (place, octet) in damages {
            let place = place.index(octets.len());
            octets[place] = octet;
        }
        exercise(&octets);
    }

    #[test]
    fn documents_of_any_elements_are_read_or_refused(
        names in proptest::collection::vec(
            prop::sample::select(vec![
                "<slia>", "</slia>", "<pos>", "</pos>", "<msid>1</msid>", "<pd>", "</pd>",
                "<time>20260301101530</time>", "<shape>", "</shape>", "<Point>", "</Point>",
                "<coord>", "</coord>", "<X>1</X>", "<Y>1</Y>", "<result resid='202'/>",
                "<poserr>", "</poserr>", "<req_id>1</req_id>", "<hdr/>", "x", "&lt;", "<!-- -->",
            ]),
            0..20,
        ),
    ) {
        exercise(format!("<svc_result ver='3.4.0'>{}</svc_result>", names.concat()).as_bytes());
    }
}
