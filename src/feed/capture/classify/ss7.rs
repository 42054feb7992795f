//! M3UA, MTP3 and SCCP: which side is ours, and associations that carry several protocols.

use super::{super::testing::address, *};

const ASP: &str = "192.0.2.1:2905";
const SG: &str = "192.0.2.2:2905";
const UP: &[u8] = &[1, 0, 3, 1, 0, 0, 0, 8];
/// UDT to a subsystem, from another, behind Protocol Data's header.
const fn data(called: u8, calling: u8) -> [u8; 40] {
    [
        1, 0, 1, 1, 0, 0, 0, 40, 2, 0x10, 0, 29, 0, 0, 3, 0xe9, 0, 0, 7, 0xd2, 3, 2, 0, 5, 9, 0, 3,
        5, 7, 2, 0x42, called, 2, 0x42, calling, 1, 0, 0, 0, 0,
    ]
}

fn hear(
    classifier: &mut Classifier,
    (source, destination): (&str, &str),
    payload_protocol: u32,
    bytes: &[u8],
) -> Option<(Protocol, Heading)> {
    let item = Item {
        frame: 1,
        at: Stamp::from_secs(1),
        kind: Kind::Packet(Packet {
            source: address(source),
            destination: address(destination),
            carrier: Carrier::Sctp,
            heading: None,
            name: b"",
            part: Part::Message {
                bytes,
                missing: 0,
                payload_protocol,
            },
        }),
    };
    let mut said = None;
    classifier.classify(&item, |entry| {
        if let Event::Chunk(protocol, chunk) = entry.event {
            said = Some((protocol, chunk.heading));
        }
    });
    said
}

fn classifier() -> Classifier {
    Classifier::new(&Options::default())
}

#[test]
fn who_says_up_is_ours_and_so_is_whose_subsystem_is_146_or_147() {
    let m3ua = |heading| Some((Protocol::M3ua, heading));
    assert_eq!(
        hear(&mut classifier(), (ASP, SG), 3, UP),
        m3ua(Heading::Out)
    );
    for number in [146, 147] {
        let to_us = hear(&mut classifier(), (SG, ASP), 3, &data(number, 7));
        assert_eq!(to_us, m3ua(Heading::In));
        let from_us = hear(&mut classifier(), (ASP, SG), 3, &data(7, number));
        assert_eq!(from_us, m3ua(Heading::Out));
    }
}

#[test]
fn an_association_may_carry_other_protocols_too() {
    let mut classifier = classifier();
    let m3ua = Some((Protocol::M3ua, Heading::Out));
    assert_eq!(hear(&mut classifier, (ASP, SG), 3, UP), m3ua);
    assert_eq!(hear(&mut classifier, (ASP, SG), 2, UP), None);
    assert_eq!(hear(&mut classifier, (ASP, SG), 0, UP), m3ua, "by its port");
    let elsewhere = ("192.0.2.1:30000", "192.0.2.2:30001");
    assert_eq!(hear(&mut classifier, elsewhere, 0, UP), None);
    assert_eq!(hear(&mut classifier, elsewhere, 3, UP), m3ua);
}

#[test]
fn a_message_cut_anywhere_is_no_evidence_and_no_harm() {
    for octets in [&data(147, 7)[..], UP] {
        for end in 0..octets.len() {
            for protocol in [Protocol::M3ua, Protocol::Mtp3, Protocol::Sccp] {
                let found = sniff::ss7_server(protocol, &octets[..end]);
                let whole = sniff::ss7_server(protocol, octets);
                assert!(found.is_none() || found == whole, "{protocol:?} {end}");
            }
        }
    }
}
