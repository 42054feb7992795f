//! What is read the short way, because nearly every message is like that, says the same as what is
//! read the long way.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use pengate_asn1::Cursor;
use pengate_codecs::{
    m3ua::{Data, Message},
    sccp,
    tcap::{self, Begin},
};
use proptest::prelude::*;

#[path = "data/m3ua/mod.rs"]
mod vectors;

fn messages() -> Vec<Vec<u8>> {
    [
        vectors::NOTE_MM_EVENT_CS,
        vectors::NOTE_MM_EVENT_PS,
        vectors::INITIAL_DP,
        vectors::INITIAL_DP_GPRS,
    ]
    .map(vectors::octets)
    .to_vec()
}

fn transaction(octets: &[u8]) -> Vec<u8> {
    let data = Data::decode(octets).unwrap().unwrap().protocol_data;
    let transfer = sccp::Message::decode(data.payload).unwrap().transfer();
    transfer.unwrap().data.to_vec()
}

fn data_agrees(octets: &[u8]) {
    if let Some(data) = Data::usual(octets) {
        let message = Message::decode(octets).unwrap();
        assert_eq!(Data::of(&message), Ok(data));
    }
}

fn begin_agrees(octets: &[u8]) {
    if let Some(begin) = Begin::usual(octets) {
        let whole = tcap::Message::decode_at(Cursor::new(octets)).unwrap();
        assert_eq!(tcap::Message::Begin(begin), whole);
    }
}

#[test]
fn the_usual_messages_are_read_the_short_way() {
    for octets in messages() {
        assert!(Data::usual(&octets).is_some());
        data_agrees(&octets);
        let octets = transaction(&octets);
        assert!(Begin::usual(&octets).is_some());
        begin_agrees(&octets);
        for end in 0..octets.len() {
            assert_eq!(Begin::usual(&octets[..end]), None, "{end}");
        }
    }
}

proptest! {
    #[test]
    fn a_message_with_octets_changed_agrees(
        which in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in 0..8_usize,
    ) {
        let whole = &messages()[which];
        for octets in [whole.clone(), transaction(whole)] {
            let mut octets = octets;
            for (place, octet) in &changes {
                *place.get_mut(&mut octets) = *octet;
            }
            octets.truncate(octets.len() - cut);
            data_agrees(&octets);
            begin_agrees(&octets);
        }
    }
}
