use super::*;
use crate::event::{Imsi, Msisdn};

fn imsi(text: &str) -> Option<Imsi> {
    text.parse().ok().map(Imsi)
}

fn msisdn(text: &str) -> Option<Msisdn> {
    text.parse().ok().map(Msisdn)
}

fn at(secs: i64) -> Order {
    Order {
        at: pengate_codecs::Stamp::from_secs(secs),
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
    let resolved = table.resolve(subject, at(secs)).unwrap();
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
            former: None,
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
    table.forget_session(session, Some(address), at(3));
    assert_eq!(resolve(&mut table, &by_address, 4).0, "address:10.0.0.1");
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
    };
    let mut table = Identities::new(options);
    resolve(&mut table, &subject("001010000000001", ""), 1);
    let stranger = subject("001010000000002", "");
    assert_eq!(
        table.resolve(&stranger, at(2)).unwrap_err(),
        Unresolved::Full
    );
    assert_eq!(
        table.resolve(&Subject::default(), at(3)).unwrap_err(),
        Unresolved::Nobody
    );
    assert_eq!(table.overflow, 1);
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
