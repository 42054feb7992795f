//! Addresses of IPv6: a bearer has a prefix, and its device chooses the rest.

use std::net::Ipv6Addr;

use super::*;
use crate::{
    agent::identity::passing::of_bearer,
    pen::{
        log::Partition,
        state::{Row, StateBatch, Table},
    },
};

fn at_address(address: &str) -> Subject {
    Subject {
        address: Some(address.parse().unwrap()),
        ..Subject::default()
    }
}

/// Alice's session begins with this address, or prefix.
fn begin(table: &mut Identities, address: &str) {
    let start = Subject {
        imsi: imsi("001010000000001"),
        session: Some(SessionKey(7)),
        ..at_address(address)
    };
    resolve(table, &start, 1);
}

#[test]
fn every_address_of_a_session_s_prefix_leads_to_its_subscriber() {
    for told in ["2001:db8:0:1::", "2001:db8:0:1::77"] {
        let mut table = Identities::default();
        begin(&mut table, told);
        for address in ["2001:db8:0:1::9", "2001:db8:0:1:ffff::1"] {
            let (name, _) = resolve(&mut table, &at_address(address), 2);
            assert_eq!(name, "imsi:001010000000001", "{address}");
            let key = IdentityKey::Address(address.parse().unwrap());
            assert_eq!(table.find(&key).unwrap().as_str(), name);
        }
        let (other, _) = resolve(&mut table, &at_address("2001:db8:0:2::9"), 2);
        assert_eq!(other, "address:2001:db8:0:2::");
        table.end_session(
            SessionKey(7),
            Some("2001:db8:0:1::5".parse().unwrap()),
            at(3),
        );
        let (nobody, _) = resolve(&mut table, &at_address("2001:db8:0:1::9"), 4);
        assert_eq!(nobody, "address:2001:db8:0:1::");
    }
}

#[test]
fn an_address_of_ipv4_is_whole_in_either_form() {
    let mut table = Identities::default();
    begin(&mut table, "10.0.0.1");
    for (address, holder) in [
        ("::ffff:10.0.0.1", "imsi:001010000000001"),
        ("10.0.0.2", "address:10.0.0.2"),
    ] {
        assert_eq!(resolve(&mut table, &at_address(address), 2).0, holder);
    }
}

#[test]
fn rows_of_whole_addresses_are_taken_back_by_their_prefix() {
    let (older, newer) = ("2001:db8:0:1::9", "2001:db8:0:1::5");
    let mut table = Identities::default();
    for (address, imsi, secs) in [(newer, "001010000000002", 2), (older, "001010000000001", 1)] {
        let key = IdentityKey::Address(address.parse().unwrap());
        let held = (
            Presentity::canonical(format!("imsi:{imsi}")),
            at(secs),
            false,
        );
        table.load(Row {
            table: Table::Index,
            partition: Partition::ALL,
            key: &postcard::to_stdvec(&key).unwrap(),
            value: &postcard::to_stdvec(&held).unwrap(),
        });
    }
    let found = resolve(&mut table, &at_address("2001:db8:0:1::"), 3).0;
    assert_eq!(
        (found.as_str(), table.addresses.len()),
        ("imsi:001010000000002", 1)
    );
    // The row of the prefix stands in for both.
    table.collect_writes();
    let mut rows = StateBatch::default();
    table.take_writes(&mut rows);
    let kept = rows.changes().map(|row| {
        let key: IdentityKey = postcard::from_bytes(row.key).unwrap();
        (key, row.value.is_some())
    });
    let kept: BTreeMap<_, _> = kept.collect();
    let key = |address: &str| IdentityKey::Address(address.parse().unwrap());
    let expected = [("2001:db8:0:1::", true), (newer, false), (older, false)];
    assert_eq!(
        kept,
        expected
            .map(|(address, stands)| (key(address), stands))
            .into()
    );
}

proptest! {
    #[test]
    fn addresses_of_one_prefix_and_no_others_are_one(one in any::<u128>(), other in any::<u64>()) {
        // What is mapped from IPv4 is no address of a prefix.
        let one = one | 1 << 127;
        let of = |bits: u128| of_bearer(IpAddr::V6(Ipv6Addr::from_bits(bits)));
        prop_assert_eq!(of(one), of(one ^ u128::from(other)));
        prop_assert_eq!(of(one) == of(one ^ u128::from(other) << 64 & u128::MAX >> 1), other << 1 == 0);
    }
}
