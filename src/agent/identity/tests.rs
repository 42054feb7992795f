mod places;
mod prefixes;
mod pseudonyms;
mod resets;

use std::{collections::BTreeMap, net::IpAddr};

use proptest::prelude::*;

use super::*;
use crate::{
    event::{Imsi, Msisdn, Order},
    pen::Tie,
};

fn imsi(text: &str) -> Option<Imsi> {
    text.parse().ok().map(Imsi)
}

fn msisdn(text: &str) -> Option<Msisdn> {
    text.parse().ok().map(Msisdn)
}

fn at(secs: i64) -> Order {
    Order {
        at: Stamp::from_secs(secs),
        id: 0,
    }
}

fn alice() -> Subscriber {
    Subscriber {
        imsi: imsi("001010000000001"),
        msisdn: msisdn("99900000001"),
        uris: ["sip:alice@ims.example".into(), "tel:+99900000001".into()]
            .into_iter()
            .collect(),
    }
}

fn subject(imsi_digits: &str, msisdn_digits: &str) -> Subject {
    Subject {
        imsi: imsi(imsi_digits),
        msisdn: msisdn(msisdn_digits),
        ..Subject::default()
    }
}

fn resolve(table: &mut Identities, subject: &Subject, secs: i64) -> (String, Vec<Bind>) {
    let resolved = table.resolve(subject, Origin::default(), at(secs)).unwrap();
    (resolved.presentity.to_string(), resolved.binds.into_vec())
}

#[test]
fn every_provisioned_identity_leads_to_the_first_uri() {
    let mut table = Identities::default();
    table.provision(&alice());
    for subject in [
        subject("001010000000001", ""),
        subject("", "99900000001"),
        Subject {
            uri: Some("tel:+99900000001".into()),
            ..Subject::default()
        },
    ] {
        assert_eq!(
            resolve(&mut table, &subject, 1),
            ("sip:alice@ims.example".into(), vec![])
        );
    }
}

#[test]
fn an_unknown_subscriber_is_filed_under_a_provisional_presentity() {
    let mut table = Identities::default();
    let (name, binds) = resolve(&mut table, &subject("001010000000009", ""), 1);
    assert_eq!((name.as_str(), binds), ("imsi:001010000000009", vec![]));
    assert!(Presentity::canonical(name).is_provisional());
}

#[test]
fn an_identity_beside_a_known_one_is_learned_once() {
    let mut table = Identities::default();
    table.provision(&alice());
    let named = Subject {
        nai: Some("alice@isp".into()),
        ..subject("001010000000001", "")
    };
    let (_, binds) = resolve(&mut table, &named, 5);
    assert_eq!(
        binds,
        [Bind {
            key: IdentityKey::Nai("alice@isp".into()),
            presentity: Presentity::canonical("sip:alice@ims.example"),
            former: Some(Presentity::canonical("nai:alice@isp")),
            order: at(5),
            tie: Tie::Learned,
        }]
    );
    assert_eq!(resolve(&mut table, &named, 6).1, vec![]);
    let by_name = Subject {
        nai: Some("alice@isp".into()),
        ..Subject::default()
    };
    assert_eq!(resolve(&mut table, &by_name, 7).0, "sip:alice@ims.example");
}

#[test]
fn a_public_identity_learned_later_takes_over_every_provisional_one() {
    let mut table = Identities::default();
    assert_eq!(
        resolve(&mut table, &subject("001010000000009", ""), 1).0,
        "imsi:001010000000009"
    );
    assert_eq!(
        resolve(&mut table, &subject("", "99900000009"), 2).0,
        "msisdn:99900000009"
    );
    let (name, binds) = resolve(&mut table, &subject("001010000000009", "99900000009"), 3);
    assert_eq!(name, "imsi:001010000000009");
    assert_eq!(
        binds[0].former,
        Some(Presentity::canonical("msisdn:99900000009"))
    );

    let public = Subject {
        uri: Some("sip:ida@ims.example".into()),
        ..subject("001010000000009", "")
    };
    let (name, binds) = resolve(&mut table, &public, 4);
    assert_eq!(name, "sip:ida@ims.example");
    assert_eq!(
        binds[0].former,
        Some(Presentity::canonical("imsi:001010000000009"))
    );
    assert_eq!(
        resolve(&mut table, &subject("", "99900000009"), 5).0,
        "sip:ida@ims.example"
    );
}

#[test]
fn nobody_takes_an_identity_that_is_provisioned_for_somebody_else() {
    let mut table = Identities::default();
    table.provision(&alice());
    table.provision(&Subscriber {
        imsi: imsi("001010000000002"),
        msisdn: None,
        uris: ["sip:bob@ims.example".into()].into_iter().collect(),
    });
    let (name, binds) = resolve(&mut table, &subject("001010000000002", "99900000001"), 1);
    assert_eq!((name.as_str(), binds), ("sip:bob@ims.example", vec![]));
    assert_eq!(
        resolve(&mut table, &subject("", "99900000001"), 2).0,
        "sip:alice@ims.example"
    );
}

#[test]
fn a_session_and_its_address_lead_to_the_person_until_it_ends() {
    let mut table = Identities::default();
    table.provision(&alice());
    let session = SessionKey::new(b"ggsn", b"1");
    let address: IpAddr = "10.0.0.1".parse().unwrap();
    let start = Subject {
        session: Some(session),
        address: Some(address),
        ..subject("001010000000001", "")
    };
    resolve(&mut table, &start, 1);
    let by_session = Subject {
        session: Some(session),
        ..Subject::default()
    };
    let by_address = Subject {
        address: Some(address),
        ..Subject::default()
    };
    for subject in [&by_session, &by_address] {
        assert_eq!(resolve(&mut table, subject, 2).0, "sip:alice@ims.example");
    }
    table.end_session(session, Some(address), at(3));
    assert_eq!(resolve(&mut table, &by_address, 4).0, "address:10.0.0.1");
}

#[test]
fn an_address_that_was_nobodys_is_its_holders_once_he_is_told() {
    let mut table = Identities::default();
    let address = Some("10.0.0.1".parse().unwrap());
    let nameless = Subject {
        address,
        ..Subject::default()
    };
    assert_eq!(resolve(&mut table, &nameless, 5).0, "address:10.0.0.1");
    let holder = Subject {
        address,
        ..subject("001010000000001", "")
    };
    let (_, binds) = resolve(&mut table, &holder, 3);
    assert_eq!(binds, [], "what an unknown holder did stays nobody's");
    assert_eq!(resolve(&mut table, &nameless, 6).0, "imsi:001010000000001");
}

#[test]
fn what_was_filed_under_a_session_moves_when_its_owner_is_told() {
    let mut table = Identities::default();
    table.provision(&alice());
    let session = Some(SessionKey(7));
    let nameless = Subject {
        session,
        ..Subject::default()
    };
    let (provisional, _) = resolve(&mut table, &nameless, 1);
    let (name, binds) = resolve(
        &mut table,
        &Subject {
            session,
            ..subject("001010000000001", "")
        },
        2,
    );
    assert_eq!(name, "sip:alice@ims.example");
    assert_eq!(binds[0].former, Some(Presentity::canonical(provisional)));
    assert_eq!(resolve(&mut table, &nameless, 3).0, "sip:alice@ims.example");
}

#[test]
fn an_address_given_to_somebody_else_leads_to_the_new_holder() {
    let mut table = Identities::default();
    let address = Some("10.0.0.1".parse().unwrap());
    resolve(
        &mut table,
        &Subject {
            address,
            ..subject("001010000000001", "")
        },
        10,
    );
    resolve(
        &mut table,
        &Subject {
            address,
            ..subject("001010000000002", "")
        },
        20,
    );
    // A late word of the former holder changes nothing.
    resolve(
        &mut table,
        &Subject {
            address,
            ..subject("001010000000001", "")
        },
        15,
    );
    let by_address = Subject {
        address,
        ..Subject::default()
    };
    assert_eq!(
        resolve(&mut table, &by_address, 30).0,
        "imsi:001010000000002"
    );
}

#[test]
fn a_full_table_refuses_new_persons_and_counts_them() {
    let options = Options {
        identities_max: 1,
        sessions_max: 0,
        ..Options::default()
    };
    let mut table = Identities::new(options);
    resolve(&mut table, &subject("001010000000001", ""), 1);
    let stranger = subject("001010000000002", "");
    assert_eq!(
        table
            .resolve(&stranger, Origin::default(), at(2))
            .unwrap_err(),
        Unresolved::Full
    );
    assert_eq!(
        table
            .resolve(&Subject::default(), Origin::default(), at(3))
            .unwrap_err(),
        Unresolved::Nobody
    );
    assert_eq!(table.overflow, 1);
}

#[test]
fn two_whom_the_operator_named_stay_two() {
    let mut table = Identities::default();
    table.provision(&alice());
    table.provision(&Subscriber {
        imsi: imsi("001010000000002"),
        msisdn: None,
        uris: ["sip:bob@ims.example".into()].into_iter().collect(),
    });
    let both = Subject {
        uri: Some("sip:bob@ims.example".into()),
        ..subject("001010000000001", "")
    };
    let (name, binds) = resolve(&mut table, &both, 1);
    assert_eq!((name.as_str(), binds), ("sip:bob@ims.example", vec![]));
    let known = table.find(&IdentityKey::Imsi(imsi("001010000000001").unwrap()));
    assert_eq!(known.unwrap().as_str(), "sip:alice@ims.example");
}

#[test]
fn a_session_used_again_makes_no_one_of_two_with_public_identities() {
    let mut table = Identities::default();
    let of = |user: &str| Subject {
        uri: Some(format!("sip:{user}@ims.example").into()),
        session: Some(SessionKey(7)),
        ..Subject::default()
    };
    resolve(&mut table, &of("ida"), 1);
    let (name, binds) = resolve(&mut table, &of("eve"), 2);
    assert_eq!((name.as_str(), binds), ("sip:eve@ims.example", vec![]));
    let session = table.find(&IdentityKey::Session(SessionKey(7)));
    assert_eq!(session.unwrap().as_str(), "sip:eve@ims.example");
}

#[test]
fn a_session_used_again_makes_no_one_of_two_with_numbers_of_their_own() {
    let mut table = Identities::default();
    let of = |imsi| Subject {
        session: Some(SessionKey(7)),
        ..subject(imsi, "")
    };
    resolve(&mut table, &of("001010000000001"), 1);
    let (name, binds) = resolve(&mut table, &of("001010000000002"), 2);
    assert_eq!((name.as_str(), binds), ("imsi:001010000000002", vec![]));
    for imsi in ["001010000000001", "001010000000002"] {
        let (name, _) = resolve(&mut table, &subject(imsi, ""), 3);
        assert_eq!(name, format!("imsi:{imsi}"));
    }
    let nameless = Subject {
        session: Some(SessionKey(7)),
        ..Subject::default()
    };
    assert_eq!(resolve(&mut table, &nameless, 4).0, "imsi:001010000000002");
}

#[test]
fn a_number_in_a_name_counts_where_a_session_is_used_again() {
    let mut table = Identities::default();
    let of = |imsi| Subject {
        nai: Some(format!("0{imsi}@wlan.mnc001.mcc001.3gppnetwork.org").into()),
        session: Some(SessionKey(7)),
        ..Subject::default()
    };
    for imsi in ["001010000000001", "001010000000002"] {
        let (name, _) = resolve(&mut table, &of(imsi), 1);
        assert_eq!(name, format!("imsi:{imsi}"));
    }
}

#[test]
fn a_restart_between_two_events_loses_no_tie() {
    let mut table = Identities::default();
    // Neither needs a record: each is filed under its own name.
    resolve(&mut table, &subject("001010000000009", ""), 1);
    resolve(&mut table, &subject("", "99900000009"), 2);
    let mut table = Identities::default();
    let named = Subject {
        uri: Some("sip:ida@ims.example".into()),
        ..subject("001010000000009", "99900000009")
    };
    let (_, binds) = resolve(&mut table, &named, 3);
    let mut former: Vec<_> = binds
        .iter()
        .filter_map(|bind| bind.former.as_ref())
        .collect();
    former.sort();
    assert_eq!(
        former,
        [
            &Presentity::canonical("imsi:001010000000009"),
            &Presentity::canonical("msisdn:99900000009")
        ],
        "what was filed there moves"
    );
}

#[test]
fn what_the_operator_provisions_meanwhile_is_not_overruled_by_the_log() {
    let mut table = Identities::default();
    resolve(&mut table, &subject("001010000000001", ""), 1);
    let ida = Subject {
        uri: Some("sip:ida@ims.example".into()),
        ..subject("001010000000001", "99900000001")
    };
    let (_, log) = resolve(&mut table, &ida, 2);
    let mut table = Identities::default();
    table.provision(&alice());
    log.iter().for_each(|bind| table.apply(bind));
    for subject in [subject("001010000000001", ""), subject("", "99900000001")] {
        assert_eq!(resolve(&mut table, &subject, 3).0, "sip:alice@ims.example");
    }
}

/// Everything that network elements call a person by.
#[derive(Clone, Debug)]
struct Human {
    names: Vec<Subject>,
    is_provisioned: bool,
}

/// Nobody shares anything with another: number, URIs, name and session follow from the number `n`.
fn human(n: u8, is_provisioned: bool) -> Human {
    let uri = |text: String| Subject {
        uri: Some(text.into()),
        ..Subject::default()
    };
    let names = vec![
        subject(&format!("00101000000000{n}"), ""),
        subject("", &format!("9990000000{n}")),
        uri(format!("sip:z{n}@ims.example")),
        uri(format!("sip:a{n}@ims.example")),
        uri(format!("tel:+9990000001{n}")),
        Subject {
            nai: Some(format!("user{n}@isp").into()),
            ..Subject::default()
        },
        Subject {
            session: Some(SessionKey(n.into())),
            ..Subject::default()
        },
    ];
    Human {
        names,
        is_provisioned,
    }
}

fn both(one: &Subject, other: &Subject) -> Subject {
    Subject {
        imsi: one.imsi.or(other.imsi),
        msisdn: one.msisdn.or(other.msisdn),
        nai: one.nai.clone().or_else(|| other.nai.clone()),
        uri: one.uri.clone().or_else(|| other.uri.clone()),
        address: None,
        session: one.session.or(other.session),
    }
}

/// Whom each name of the humans leads to.
fn ends(table: &mut Identities, humans: &[Human]) -> Vec<Vec<String>> {
    let names = |human: &Human| {
        let found = human.names.iter();
        found.map(|name| resolve(table, name, 1_000).0).collect()
    };
    humans.iter().map(names).collect()
}

/// A table that knows whom the operator named: the second of the humans by IMSI and a URI.
fn provisioned(humans: &[Human]) -> Identities {
    let mut table = Identities::default();
    for human in humans.iter().filter(|human| human.is_provisioned) {
        table.provision(&Subscriber {
            imsi: human.names[0].imsi,
            msisdn: None,
            uris: human.names[2].uri.iter().cloned().collect(),
        });
    }
    table
}

proptest! {
    /// Events that tie the names of a person to each other, one by one, and events of each name
    /// alone: in every order they lead to one presentity, live, from the log and from rows.
    #[test]
    fn one_person_is_one_presentity_in_whatever_order_events_come(
        events in Just((0..2_u8).flat_map(|who| {
            // A chain of ties through all names; the session is tied to the IMSI.
            let ties = [(0, 1), (1, 2), (0, 3), (1, 4), (2, 5), (0, 6)].map(|(a, b)| (who, a, Some(b)));
            let alone = (0..7).map(move |a| (who, a, None));
            ties.into_iter().chain(alone).collect::<Vec<_>>()
        }).collect::<Vec<_>>()).prop_shuffle(),
        again in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
    ) {
        let humans = [human(1, false), human(2, true)];
        let mut table = provisioned(&humans);
        let mut log = Vec::new();
        let repeated = again.iter().map(|index| index.get(&events));
        for (secs, (who, one, other)) in events.iter().chain(repeated).enumerate() {
            let names = &humans[usize::from(*who)].names;
            let one: &Subject = &names[*one];
            let subject = other.map_or_else(|| one.clone(), |other: usize| both(one, &names[other]));
            let secs = i64::try_from(secs).unwrap();
            log.extend(resolve(&mut table, &subject, secs).1);
        }
        let expected = [vec!["sip:a1@ims.example"; 7], vec!["sip:z2@ims.example"; 7]];
        prop_assert_eq!(&ends(&mut table, &humans)[..], &expected[..]);

        // A session is known again from updates, not from binds.
        let lasting = |found: &[Vec<String>]| -> Vec<_> {
            found.iter().flat_map(|found| found[..6].to_vec()).collect()
        };
        let found = lasting(&ends(&mut table, &humans));
        let mut from_log = provisioned(&humans);
        log.iter().for_each(|bind| from_log.apply(bind));
        prop_assert_eq!(&lasting(&ends(&mut from_log, &humans)), &found);

        // The store keeps the last bind of each key, in the order of the keys.
        let rows: BTreeMap<_, _> = log.iter().map(|bind| (bind.key.clone(), bind)).collect();
        let mut from_rows = provisioned(&humans);
        rows.values().for_each(|bind| from_rows.apply(bind));
        prop_assert_eq!(&lasting(&ends(&mut from_rows, &humans)), &found);
    }
}

#[test]
fn binds_of_the_log_rebuild_the_table() {
    let mut table = Identities::default();
    let mut log = vec![];
    for (secs, subject) in [
        subject("001010000000009", ""),
        subject("001010000000009", "99900000009"),
        Subject {
            uri: Some("sip:ida@ims.example".into()),
            ..subject("001010000000009", "")
        },
    ]
    .iter()
    .enumerate()
    {
        log.extend(resolve(&mut table, subject, i64::try_from(secs).unwrap()).1);
    }
    let mut rebuilt = Identities::default();
    log.iter().for_each(|bind| rebuilt.apply(bind));
    for subject in [subject("001010000000009", ""), subject("", "99900000009")] {
        assert_eq!(resolve(&mut rebuilt, &subject, 9).0, "sip:ida@ims.example");
    }
}
