//! Names that the home network gives out for a while (TS 23.003 clauses 14.4 and 19.3.4).

use super::*;

/// What a subscriber of a WLAN is called after an authentication (RFC 4187 clause 4.1.1.7).
fn pseudonym(number: u64) -> Subject {
    Subject {
        nai: Some(format!("2pseudonym{number}@wlan.mnc001.mcc001.3gppnetwork.org").into()),
        ..Subject::default()
    }
}

#[test]
fn a_pseudonym_takes_no_place_for_good() {
    let mut table = Identities::new(Options {
        identities_max: 100,
        ..Options::default()
    });
    for number in 0..200 {
        let named = Subject {
            imsi: imsi("001010000000001"),
            session: Some(SessionKey(number)),
            ..pseudonym(number)
        };
        let (name, binds) = resolve(&mut table, &named, i64::try_from(number).unwrap());
        assert_eq!((name.as_str(), binds), ("imsi:001010000000001", vec![]));
    }
    assert_eq!((table.len(), table.people(), table.overflow), (1, 1, 0));
}

#[test]
fn who_tells_a_pseudonym_alone_is_known_by_session_or_address() {
    let mut table = Identities::default();
    let session = Some(SessionKey(7));
    let address = Some("10.0.0.1".parse().unwrap());
    let in_session = Subject {
        session,
        address,
        ..pseudonym(1)
    };
    let (name, _) = resolve(&mut table, &in_session, 1);
    assert_eq!(name, "session:0000000000000007");
    let at_address = Subject {
        address,
        ..pseudonym(2)
    };
    assert_eq!(resolve(&mut table, &at_address, 2).0, name);
    let nobody = table
        .resolve(&pseudonym(3), Origin::default(), at(3))
        .unwrap_err();
    assert_eq!(nobody, Unresolved::Nobody);
    table.end_session(SessionKey(7), address, at(4));
    table.end_session(SessionKey(8), None, at(4 + 3600));
    assert_eq!(table.people(), 0, "nothing is left of it");
}

#[test]
fn a_bind_that_noted_a_pseudonym_is_not_taken_back() {
    let mut table = Identities::default();
    table.apply(&Bind {
        key: IdentityKey::Nai(pseudonym(1).nai.unwrap()),
        presentity: Presentity::canonical("imsi:001010000000001"),
        former: None,
        order: at(1),
        tie: Tie::Learned,
    });
    assert!(table.is_empty());
}
