//! The crate `diameter` reads what ours writes, and ours what it writes.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use std::sync::LazyLock;

use diameter::dictionary::Dictionary;
use pengate_codecs::diameter::{
    Builder, Flags, Header, Message, command,
    dict::{self, Entry, Type},
};
use proptest::prelude::*;

#[path = "../../codecs/tests/data/diameter/mod.rs"]
mod vectors;

static DICTIONARY: LazyLock<std::sync::Arc<Dictionary>> = LazyLock::new(pengate_oracles::dictionary);

/// Data as the type wants it; nothing for groups, whose members are made apart.
fn data(entry: &Entry) -> BoxedStrategy<Vec<u8>> {
    let text = "[ -~]{0,40}".prop_map(String::into_bytes);
    match entry.data_type {
        Type::Utf8 | Type::FilterRule | Type::Xml | Type::Identity => text.boxed(),
        // It wants a scheme, a host and a port.
        Type::Uri => Just(b"aaa://hss.ims.example:3868;transport=tcp".to_vec()).boxed(),
        // It counts seconds from 1900 to 2036 only.
        Type::Time => (0x8000_0000..=u32::MAX)
            .prop_map(|secs| secs.to_be_bytes().to_vec())
            .boxed(),
        Type::Unsigned32 | Type::Integer32 | Type::Float32 | Type::Enumerated | Type::Ipv4 => {
            any::<[u8; 4]>().prop_map(Vec::from).boxed()
        }
        Type::Unsigned64 | Type::Integer64 => any::<[u8; 8]>().prop_map(Vec::from).boxed(),
        Type::Ipv6 => any::<[u8; 16]>().prop_map(Vec::from).boxed(),
        Type::Address => any::<[u8; 4]>()
            .prop_map(|octets| [&[0, 1][..], &octets].concat())
            .boxed(),
        Type::Octets | Type::Secret | Type::Ipv6Prefix | Type::Tbcd => {
            proptest::collection::vec(any::<u8>(), 0..40).boxed()
        }
        Type::Grouped => Just(Vec::new()).boxed(),
    }
}

fn avp() -> impl Strategy<Value = (&'static Entry, Vec<u8>)> {
    let entries: Vec<&'static Entry> = dict::entries()
        .iter()
        .filter(|entry| entry.data_type != Type::Float32)
        .collect();
    proptest::sample::select(entries).prop_flat_map(|entry| (Just(entry), data(entry)))
}

fn message(avps: &[(&Entry, Vec<u8>)]) -> Vec<u8> {
    let header = Header {
        length: 0,
        flags: Flags::REQUEST,
        command: command::ACCOUNTING,
        application: 3,
        hop_by_hop: 0x0102_0304,
        end_to_end: 0x0506_0708,
    };
    let mut out = Vec::new();
    let mut builder = Builder::new(&mut out, &header);
    for (entry, data) in avps {
        builder = if entry.is_mandatory {
            builder.avp(entry.kind, data)
        } else {
            builder.optional(entry.kind, data)
        };
    }
    builder.finish().unwrap();
    out
}

/// Reads with both, compares field by field, and lets the oracle write what it read.
fn compare(octets: &[u8]) {
    let theirs = pengate_oracles::read(octets, &DICTIONARY).unwrap();
    let ours = Message::decode(octets).unwrap();
    assert_eq!(theirs.get_length(), ours.header().length);
    assert_eq!(theirs.get_flags(), ours.header().flags.0);
    assert_eq!(theirs.get_hop_by_hop_id(), ours.header().hop_by_hop);
    assert_eq!(theirs.get_end_to_end_id(), ours.header().end_to_end);
    assert_eq!(theirs.get_avps().len(), ours.avps().count());
    for (theirs, ours) in theirs.get_avps().iter().zip(ours.avps()) {
        assert_eq!(theirs.get_code(), ours.kind.code);
        assert_eq!(theirs.get_vendor_id().unwrap_or(0), ours.kind.vendor);
        assert_eq!(theirs.get_flags().mandatory, ours.flags.is_mandatory());
        let length = ours.header_octets() + ours.data.len();
        assert_eq!(theirs.get_length() as usize, length);
        if let Some(number) = theirs.get_unsigned32() {
            assert_eq!(Ok(number), ours.unsigned32());
        }
        if let Some(group) = theirs.get_grouped() {
            let members = ours.group().unwrap().count();
            assert_eq!(group.avps().len(), members);
        }
    }
    let mut written = Vec::new();
    theirs.encode_to(&mut written).unwrap();
    assert_eq!(written, octets);
}

#[test]
fn messages_of_the_test_network_are_read_alike() {
    compare(&pengate_oracles::disguised(&vectors::push_notification()));
    compare(&vectors::accounting_start());
}

#[test]
fn it_cannot_name_a_command_of_sh() {
    assert!(pengate_oracles::read(&vectors::push_notification(), &DICTIONARY).is_err());
    assert!(Message::decode(&vectors::push_notification()).is_ok());
}

proptest! {
    #[test]
    fn any_avps_are_read_alike(avps in proptest::collection::vec(avp(), 0..8)) {
        compare(&message(&avps));
    }

    #[test]
    fn groups_are_read_alike(members in proptest::collection::vec(avp(), 0..6)) {
        let mut within = Vec::new();
        let whole = message(&members);
        within.extend_from_slice(&whole[20..]);
        let group = dict::entries().iter().find(|entry| entry.name == "Failed-AVP").unwrap();
        compare(&message(&[(group, within)]));
    }
}
