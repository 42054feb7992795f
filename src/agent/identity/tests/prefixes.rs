//! Addresses of IPv6: a bearer has a prefix, and its device chooses the rest.

use std::net::Ipv6Addr;

use super::*;
use crate::agent::identity::passing::of_bearer;

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
    let mut table = Identities::default();
    // Somebody met the device before the network element told whose it is.
    let (nobody, _) = resolve(&mut table, &at_address("2001:db8:0:1::9"), 0);
    assert_eq!(nobody, "address:2001:db8:0:1::9");
    begin(&mut table, "2001:db8:0:1::");
    for address in ["2001:db8:0:1::9", "2001:db8:0:1:ffff::1", "2001:db8:0:1::"] {
        let (name, _) = resolve(&mut table, &at_address(address), 2);
        assert_eq!(name, "imsi:001010000000001", "{address}");
        let key = IdentityKey::Address(address.parse().unwrap());
        assert_eq!(table.find(&key).unwrap().as_str(), name);
    }
    let (other, _) = resolve(&mut table, &at_address("2001:db8:0:2::9"), 2);
    assert_eq!(other, "address:2001:db8:0:2::9");
    let prefix = "2001:db8:0:1::".parse().unwrap();
    table.end_session(SessionKey(7), Some(prefix), at(3));
    let (nobody, _) = resolve(&mut table, &at_address("2001:db8:0:1::9"), 4);
    assert_eq!(nobody, "address:2001:db8:0:1::9");
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

#[test]
fn each_host_of_a_shared_prefix_is_its_own_subscriber() {
    let mut table = Identities::default();
    let hosts = [
        ("2001:db8:0:1::a", "001010000000001"),
        ("2001:db8:0:1::b", "001010000000002"),
    ];
    for (number, (address, digits)) in (7..).zip(hosts) {
        let start = Subject {
            imsi: imsi(digits),
            session: Some(SessionKey(number)),
            ..at_address(address)
        };
        let origin = Origin::new(crate::event::Source::Pr, "ac1", None);
        table.resolve(&start, origin, at(1)).unwrap();
    }
    for (address, digits) in hosts {
        let (name, _) = resolve(&mut table, &at_address(address), 2);
        assert_eq!(name, format!("imsi:{digits}"), "{address}");
    }
}
