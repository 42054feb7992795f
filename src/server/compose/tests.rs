//! Composition as a whole; documents of single states are golden files.

use pengate_codecs::{
    Stamp,
    pidf::{self, Document, Kind, Limits},
};
use proptest::prelude::*;
use serde_json::json;
use smallvec::smallvec;

use super::*;
use crate::{
    event::{MobilityState, Order, SessionKey, Source},
    pen::{Change, PresentityUpdate},
    server::facets::{Options as FacetsOptions, Resets, Scope},
};

fn alice() -> Presentity {
    Presentity::canonical("sip:alice@ims.example")
}

fn at(seconds: i64) -> Stamp {
    Stamp::from_secs(1_772_360_130 + seconds)
}

fn document(components: &str) -> Document {
    let xml = format!(
        "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" xmlns:r=\"urn:ietf:params:xml:ns:pidf:rpid\" xmlns:op=\"urn:oma:xml:prs:pidf:oma-pres\" xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\" entity=\"sip:alice@ims.example\">{components}</presence>"
    );
    pidf::parse(xml.as_bytes(), &Limits::default()).unwrap()
}

fn published(documents: &[(Publisher, i64, Document)]) -> Vec<Publication<'_>> {
    documents
        .iter()
        .zip(1..)
        .map(|((publisher, seconds, document), number)| Publication {
            number,
            publisher: *publisher,
            at: at(*seconds),
            document,
        })
        .collect()
}

fn facets(told: &[(Source, i64, Change)]) -> (Facets, Names) {
    let (mut facets, mut names) = (Facets::default(), Names::default());
    let (resets, options) = (Resets::default(), FacetsOptions::default());
    for (source, seconds, change) in told {
        let update = PresentityUpdate {
            presentity: alice(),
            source: *source,
            reporter: "element1".into(),
            order: Order {
                at: at(*seconds),
                id: 0,
            },
            changes: smallvec![change.clone()],
            expires: None,
        };
        let mut scope = Scope {
            now: at(60),
            names: &mut names,
            resets: &resets,
            options: &options,
        };
        facets.apply(&update, &mut scope);
    }
    (facets, names)
}

fn rendered(facets: &Facets, names: &Names, publications: &[Publication<'_>]) -> String {
    let sources = Sources {
        presentity: &alice(),
        identities: Identities::default(),
        facets: Some(facets),
        names,
        publications,
    };
    let mut out = Vec::new();
    compose(&sources, &Options::default()).write(&mut out);
    String::from_utf8(out).unwrap()
}

fn composed(documents: &[(Publisher, i64, Document)]) -> String {
    rendered(&Facets::default(), &Names::default(), &published(documents))
}

#[test]
fn nothing_known_is_an_empty_document() {
    let empty = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:alice@ims.example\"/>";
    assert_eq!(composed(&[]), empty);
    let nothing = [(Publisher::Pua, 0, document(""))];
    assert_eq!(composed(&nothing), empty);
}

#[test]
fn one_publication_is_not_touched_but_for_the_entity() {
    let xml = "<presence xmlns='urn:ietf:params:xml:ns:pidf' entity='tel:+99900000001'><tuple id='a'><status/><!-- c --> <note> x</note></tuple></presence>";
    let document = pidf::parse(xml.as_bytes(), &Limits::default()).unwrap();
    let documents = [(Publisher::Pua, 0, document)];
    let sources = Sources {
        presentity: &alice(),
        identities: Identities::default(),
        facets: None,
        names: &Names::default(),
        publications: &published(&documents),
    };
    let composed = compose(&sources, &Options::default());
    assert!(
        matches!(composed.text, Cow::Borrowed(_)),
        "nothing is copied"
    );
    let mut out = Vec::new();
    composed.write(&mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:alice@ims.example\"><tuple id='a'><status/><!-- c --> <note> x</note></tuple></presence>"
    );
}

#[test]
fn a_service_is_open_only_if_everybody_says_so() {
    let tuple = |id, basic| {
        document(&format!(
            "<tuple id=\"{id}\"><status><basic>{basic}</basic></status><contact>sip:alice@ims.example</contact></tuple>"
        ))
    };
    let basic = |one, other| {
        let documents = [
            (Publisher::Pua, 0, tuple("a", one)),
            (Publisher::Pna, 0, tuple("b", other)),
        ];
        let composed = composed(&documents);
        let document = pidf::parse(composed.as_bytes(), &Limits::default()).unwrap();
        assert_eq!(document.components().len(), 1, "{composed}");
        document
            .components()
            .next()
            .unwrap()
            .basic()
            .unwrap()
            .name()
    };
    assert_eq!(basic("open", "open"), "open");
    assert_eq!(basic("open", "closed"), "closed");
    assert_eq!(basic("closed", "open"), "closed");
}

#[test]
fn components_of_one_publication_never_merge() {
    let tuple = |id| {
        format!("<tuple id=\"{id}\"><status/><contact>sip:alice@ims.example</contact></tuple>")
    };
    let both = tuple("a") + &tuple("b");
    let documents = [
        (Publisher::Pua, 0, document(&both)),
        (Publisher::Pua, 0, document(&tuple("c"))),
    ];
    let composed = composed(&documents);
    let document = pidf::parse(composed.as_bytes(), &Limits::default()).unwrap();
    let ids: Vec<_> = document.components().map(|c| c.id().unwrap()).collect();
    assert_eq!(ids, ["a", "b"]);
}

#[test]
fn services_that_say_nothing_of_themselves_stay_apart_under_two_names() {
    let silent = || document("<tuple id=\"t\"><status><basic>open</basic></status></tuple>");
    let documents = [(Publisher::Pua, 0, silent()), (Publisher::Pua, 0, silent())];
    let composed = composed(&documents);
    assert!(composed.contains("<tuple id=\"t\">") && composed.contains("<tuple id=\"t-2\">"));
}

#[test]
fn of_two_locations_of_a_device_the_younger_counts_then_the_more_exact() {
    let device = |timestamp: &str, radius| {
        document(&format!(
            "<dm:device id=\"d\"><gp:geopriv><gp:location-info><Circle xmlns=\"http://www.opengis.net/pidflo/1.0\"><radius>{radius}</radius></Circle></gp:location-info><gp:usage-rules/></gp:geopriv><dm:deviceID>urn:x:1</dm:deviceID><dm:timestamp>{timestamp}</dm:timestamp></dm:device>"
        ))
    };
    let (early, late) = ("2026-03-01T10:00:00Z", "2026-03-01T10:00:01Z");
    let younger = composed(&[
        (Publisher::Pua, 0, device(early, "5")),
        (Publisher::Pex, 0, device(late, "500")),
    ]);
    assert!(younger.contains(">500<") && !younger.contains(">5<"));
    let exact = composed(&[
        (Publisher::Pua, 0, device(early, "12.5")),
        (Publisher::Pex, 0, device(early, "12.25")),
    ]);
    assert!(exact.contains(">12.25<") && !exact.contains(">12.5<"));
}

#[test]
fn a_session_that_two_network_elements_tell_counts_once() {
    let session = |key| Change::Session {
        key: SessionKey(key),
        context: 5,
        ended: None,
        apn: Some("internet".into()),
        rat: None,
        address: None,
    };
    let told = [
        (Source::Pk, 0, session(1)),
        (Source::Pk, 1, session(2)),
        (Source::Pg, 2, session(3)),
    ];
    let (facets, names) = facets(&told);
    let text = rendered(&facets, &names, &[]);
    assert!(text.contains("<pn:pdp active=\"2\""), "{text}");
}

#[test]
fn provenance_names_events_and_publications() {
    let session = Change::Session {
        key: SessionKey(1),
        context: 5,
        ended: None,
        apn: None,
        rat: None,
        address: None,
    };
    let attached = Change::Mobility {
        domain: crate::event::Domain::Cs,
        state: MobilityState::Attached,
    };
    let (facets, names) = facets(&[(Source::Pk, 2, session), (Source::Pc, 1, attached)]);
    let documents = [(
        Publisher::Pua,
        3,
        document("<tuple id=\"tel\"><status/></tuple><note>n</note>"),
    )];
    let sources = Sources {
        presentity: &alice(),
        identities: Identities::default(),
        facets: Some(&facets),
        names: &names,
        publications: &published(&documents),
    };
    let network = |element: &str, source: &str, seconds| json!({"element": element, "source": source, "reporter": "element1", "at": at(seconds)});
    let user = |element: &str| json!({"element": element, "publisher": "pua", "publication": 1, "at": at(3)});
    assert_eq!(
        provenance(&sources, &Options::default()),
        json!([
            user("tuple[@id='tel']"),
            network("tuple[@id='tel-2']/status", "pc", 1),
            network("tuple[@id='sms']/status", "pc", 1),
            user("note"),
            network("device[@id='dev1']/network[@id='CS']", "pc", 1),
            network("device[@id='dev1']/network[@id='PS']", "pk", 2),
        ])
    );
}

fn publications() -> impl Strategy<Value = (Publisher, i64, String)> {
    let publishers = prop::sample::select(vec![
        Publisher::Pua,
        Publisher::Pna,
        Publisher::Pex,
        Publisher::Permanent,
    ]);
    let tuples = (0..3_u8, "open|closed", "(sip|im):alice@ims\\.example", 0..3_u8).prop_map(
        |(id, basic, contact, extra)| {
            format!(
                "<tuple id=\"t{id}\"><status><basic>{basic}</basic></status><x:e{extra} xmlns:x=\"urn:example:x\">{id}</x:e{extra}><contact>{contact}</contact><note>{extra}</note></tuple>"
            )
        },
    );
    let persons = prop::sample::select(vec!["busy", "away", "unknown"]).prop_map(|activity| {
        format!(
            "<dm:person id=\"p\"><r:activities><r:{activity}/></r:activities><op:overriding-willingness><op:basic>open</op:basic></op:overriding-willingness></dm:person>"
        )
    });
    let devices = (0..2_u8, "IMS|CS|PS", "active|terminated").prop_map(|(device, id, state)| {
        format!(
            "<dm:device id=\"d\"><op:network-availability><op:network id=\"{id}\"><op:{state}/></op:network></op:network-availability><dm:deviceID>urn:uuid:{device}</dm:deviceID></dm:device>"
        )
    });
    let components = (
        prop::option::of(tuples),
        prop::option::of(persons),
        prop::option::of(devices),
    )
        .prop_map(|(tuple, person, device)| {
            [tuple, person, device]
                .into_iter()
                .flatten()
                .collect::<String>()
        });
    (publishers, 0..3_i64, components)
}

proptest! {
    #[test]
    fn the_order_of_publications_does_not_matter_and_nothing_unknown_is_lost(
        told in prop::collection::vec(publications(), 0..5),
        turn in any::<prop::sample::Index>(),
        known in any::<bool>(),
    ) {
        let documents: Vec<_> = told
            .iter()
            .map(|(publisher, seconds, xml)| (*publisher, *seconds, document(xml)))
            .collect();
        let busy = Change::Call {
            state: crate::event::CallState::Busy,
            bearer: crate::event::Bearer::Speech,
        };
        let told = if known { vec![(Source::Pc, 1, busy)] } else { Vec::new() };
        let (facets, names) = facets(&told);
        let mut publications = published(&documents);
        let expected = rendered(&facets, &names, &publications);
        if !publications.is_empty() {
            publications.rotate_left(turn.index(documents.len()));
            publications.reverse();
        }
        prop_assert_eq!(&rendered(&facets, &names, &publications), &expected);
        let limits = Limits::default();
        let read = pidf::parse(expected.as_bytes(), &limits);
        prop_assert!(read.is_ok(), "{:?}: {}", read, expected);
        let unknown = documents.iter().flat_map(|(_, _, document)| document.components());
        for component in unknown.filter(|component| component.kind() == Kind::Tuple) {
            let (_, rest) = component.text().split_once("<x:e").unwrap();
            let (element, _) = rest.split_once('>').unwrap();
            let name = element.split(' ').next().unwrap();
            prop_assert!(expected.contains(&format!("<x:e{name}")), "{}", expected);
        }
    }
}
