//! What is refused, in whole or in part, and where it shows.

use super::*;

#[test]
fn every_prefix_is_an_error() {
    for sample in SAMPLES {
        let end = sample.rfind('>').unwrap();
        for cut in (0..=end).filter(|cut| sample.is_char_boundary(*cut)) {
            let error = parse(&sample[..cut]).unwrap_err();
            assert!(error.at <= cut, "{error} of {cut}");
        }
    }
}

#[test]
fn a_declaration_is_passed_over_unless_it_declares_an_entity() {
    let with = |declaration: &str| {
        let body = SAMPLES[3].split_once(".dtd\">").unwrap().1;
        format!("{declaration}{body}")
    };
    for declaration in [
        "",
        "<!DOCTYPE svc_result>",
        "<!DOCTYPE svc_result PUBLIC \"-//OMA//DTD MLP 3.4//EN\" \"x.dtd\">",
        "<!DOCTYPE svc_result SYSTEM 'x' [<!ENTITY % extension SYSTEM \"e.dtd\">%extension;]>",
        "<?xml version='1.0'?><!-- no --><!DOCTYPE svc_result SYSTEM 'x' [<?p q?>]>",
    ] {
        assert!(parse(&with(declaration)).is_ok(), "{declaration}");
    }
    for (declaration, at) in [
        ("<!DOCTYPE a [<!ENTITY b \"c\">]>", 13),
        (
            "<!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]>",
            13,
        ),
        ("<!DOCTYPE a [ ", 0),
    ] {
        let error = parse(&with(declaration)).unwrap_err();
        assert_eq!(error, MlpErrorKind::Doctype.at(at), "{declaration}");
    }
    let long = format!("<!DOCTYPE a [{}]>", " ".repeat(4_096));
    assert_eq!(parse(&with(&long)), Err(MlpErrorKind::Doctype.at(0)));
}

#[test]
fn what_spoils_a_document_is_told_with_its_offset() {
    use MlpErrorKind as K;
    for (text, kind, at) in [
        ("", K::NotWellFormed, 0),
        ("x<gem/>", K::NotWellFormed, 0),
        ("<svc_result ver='3.4.0'>", K::NotWellFormed, 24),
        ("<html/>", K::Root, 0),
        ("<svc_result/>", K::MissingAttribute, 0),
        ("<svc_result ver='2.0.0'/>", K::Version, 17),
        ("<svc_result ver='3.4.0'/>", K::Service, 0),
        (
            "<svc_result ver='3.4.0'><slir/></svc_result>",
            K::Service,
            24,
        ),
        (
            "<svc_result ver='3.4.0'><new_one/></svc_result>",
            K::Service,
            24,
        ),
        (
            "<svc_result ver='3.4.0'><slia/></svc_result>",
            K::MissingElement,
            24,
        ),
        (
            "<svc_result ver='3.4.0'><slrep/></svc_result>",
            K::MissingElement,
            24,
        ),
        ("<gem ver='3.0.0'><result/></gem>", K::MissingAttribute, 17),
        ("<gem ver='3.0.0'><result resid='+1'/></gem>", K::Resid, 32),
        (
            "<gem ver='3.0.0'><result resid='65536'/></gem>",
            K::Resid,
            32,
        ),
        (
            "<gem ver='3.0.0'><result resid='1'/></gem><gem/>",
            K::NotWellFormed,
            42,
        ),
        (
            "<gem ver='3.0.0'><result resid='1'/></gem>x",
            K::NotWellFormed,
            42,
        ),
        ("<gem ver='3.0.0'>&entity;</gem>", K::Entity, 17),
        ("<gem ver='&entity;'/>", K::Entity, 10),
        ("<gem ver='3.0.0'>&#0;</gem>", K::Character, 17),
        ("<gem ver='3.0.0'>\u{1}</gem>", K::Character, 17),
        ("<gem ver='3.0.0'>&amp</gem>", K::NotWellFormed, 17),
        ("<gem ver='3.0.0' x></gem>", K::NotWellFormed, 17),
        ("<gem ver='3<0'></gem>", K::NotWellFormed, 11),
        ("<gem ver='3.0.0'></gen>", K::NotWellFormed, 17),
        ("<1gem ver='3.0.0'/>", K::NotWellFormed, 1),
        (
            "<svc_init ver='3.4.0'><hdr><client/></hdr></svc_init>",
            K::MissingElement,
            27,
        ),
        (
            "<svc_result ver='3.4.0'><tlrep><req_id>1</req_id><time_remaining>1</time_remaining></tlrep></svc_result>",
            K::Time,
            65,
        ),
    ] {
        assert_eq!(parse(text), Err(kind.at(at)), "{text}");
    }
}

/// An answer with two positions; `inside` is what the first one holds.
fn with_position(inside: &str) -> String {
    let good = "<msid>99900000002</msid><poserr><result resid='5'/></poserr>";
    format!(
        "<svc_result ver='3.4.0'><slia><pos>{inside}</pos><pos>{good}</pos></slia></svc_result>"
    )
}

fn with_shape(shape: &str) -> String {
    let inside = "<msid>1</msid><pd><time>20260301101530</time><shape>";
    with_position(&format!("{inside}{shape}</shape></pd>"))
}

/// The first position is spoiled where `mark` stands, and the second one is read.
fn spoils(text: &str, kind: MlpErrorKind, mark: &str) {
    let document = parse(text).unwrap();
    let [spoiled, good] = document.positions() else {
        panic!("two positions in {text}");
    };
    let at = text.find(mark).unwrap();
    assert_eq!(
        spoiled.estimate,
        Estimate::Unreadable(kind.at(at)),
        "{text}"
    );
    assert!(matches!(good.estimate, Estimate::Failed(_)));
}

#[test]
fn what_spoils_a_position_leaves_the_others() {
    use MlpErrorKind as K;
    let msid = |inside: &str| with_position(&format!("<msid>1</msid>{inside}"));
    let pd = |inside: &str| msid(&format!("<pd>{inside}</pd>"));
    let shape = "<shape><Point><coord><X>1</X><Y>2</Y></coord></Point></shape>";
    let time = "<time>20260301101530</time>";
    let with = |inside: &str| pd(&format!("{time}{shape}{inside}"));
    spoils(&with_position(""), K::MissingElement, "<pos>");
    spoils(
        &with_position("<msid> </msid>"),
        K::MissingElement,
        "<msid>",
    );
    spoils(&msid("<poserr/>"), K::MissingElement, "<poserr/>");
    spoils(
        &msid("<poserr><result/></poserr>"),
        K::MissingAttribute,
        "<result/>",
    );
    spoils(&pd(shape), K::MissingElement, "<pd>");
    spoils(&pd(time), K::MissingElement, "<pd>");
    spoils(
        &pd(&format!("<time>20260230101530</time>{shape}")),
        K::Time,
        "20260230",
    );
    let zone = "<time utc_off='+9'>20260301101530</time>";
    spoils(&pd(&format!("{zone}{shape}")), K::Time, "20260301");
    spoils(&with("<direction>361</direction>"), K::Number, "361");
    spoils(&with("<speed>-1</speed>"), K::Number, "-1");
    spoils(&with("<lev_conf>101</lev_conf>"), K::Number, "101</lev");
}

#[test]
fn a_shape_that_cannot_be_used_spoils_its_position() {
    use MlpErrorKind as K;
    let coord = "<coord><X>1</X><Y>2</Y></coord>";
    let point = format!("<Point>{coord}</Point>");
    let area = |inside: &str| with_shape(&format!("<CircularArea>{coord}{inside}</CircularArea>"));
    let at = |coord: &str| with_shape(&format!("<Point><coord>{coord}</coord></Point>"));
    spoils(&with_shape(""), K::Shape, "<shape>");
    spoils(&with_shape("<Blob/>"), K::Shape, "<Blob/>");
    let another = format!("{point}</shape>");
    spoils(&with_shape(&format!("{point}{point}")), K::Shape, &another);
    spoils(&with_shape("<Point/>"), K::MissingElement, "<Point/>");
    spoils(&at("<X>1</X>"), K::MissingElement, "<coord>");
    spoils(&at("<X>91</X><Y>0</Y>"), K::Coordinate, "91");
    spoils(
        &at("<X>1</X><Y>2</Y><Zone>33</Zone>"),
        K::ReferenceSystem,
        "<Zone>",
    );
    let other = "<Point srsName='www.epsg.org#4325'/>";
    spoils(&with_shape(other), K::ReferenceSystem, "www.epsg");
    spoils(
        &with_shape(&format!("<Box>{coord}</Box>")),
        K::Shape,
        "<Box>",
    );
    let short = format!("<LineString>{coord}</LineString>");
    spoils(&with_shape(&short), K::Shape, "<LineString>");
    spoils(&with_shape("<Polygon/>"), K::Shape, "<Polygon/>");
    spoils(&with_shape("<MultiPoint/>"), K::Shape, "<MultiPoint/>");
    let mixed = "<MultiPolygon><Point/></MultiPolygon>";
    spoils(&with_shape(mixed), K::Shape, "<Point/>");
    spoils(&area(""), K::MissingElement, "<CircularArea>");
    spoils(&area("<radius>ten</radius>"), K::Number, "ten");
    spoils(&area("<radius>999999999</radius>"), K::Number, "999999999");
    let unit = "<radius>1</radius><distanceUnit>cubit</distanceUnit>";
    spoils(&area(unit), K::Unit, "cubit");
}

#[test]
fn limits_hold() {
    let tight = |limits: Limits, sample: &str| read(sample, &limits).map(|_| ()).unwrap_err();
    let limits = Limits::default();
    let error = tight(
        Limits {
            octets_max: 9,
            ..limits
        },
        CIRCLE,
    );
    assert_eq!(error, MlpErrorKind::TooLarge.at(9));
    let error = tight(
        Limits {
            depth_max: 2,
            ..limits
        },
        CIRCLE,
    );
    assert_eq!(
        error,
        MlpErrorKind::TooDeep.at(CIRCLE.find("<pos ").unwrap())
    );
    let error = tight(
        Limits {
            positions_max: 1,
            ..limits
        },
        SAMPLES[6],
    );
    let second = SAMPLES[6].rfind("<trl_pos").unwrap();
    assert_eq!(error, MlpErrorKind::TooManyPositions.at(second));
    let error = tight(
        Limits {
            text_max: 10,
            ..limits
        },
        CIRCLE,
    );
    assert_eq!(error.kind, MlpErrorKind::TextTooLong);
    let error = tight(
        Limits {
            msids_max: 1,
            ..limits
        },
        SAMPLES[12],
    );
    assert_eq!(error.kind, MlpErrorKind::TooManyMsids);
    let few = Limits {
        coordinates_max: 3,
        ..limits
    };
    let document = read(SHAPES, &few).unwrap();
    assert!(matches!(
        document.positions()[5].estimate,
        Estimate::Unreadable(MlpError {
            kind: MlpErrorKind::TooManyCoordinates,
            ..
        })
    ));
}
