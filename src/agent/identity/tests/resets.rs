//! Network elements that lost their sessions.

use super::*;
use crate::{
    event::Source,
    pen::{
        SourceReset,
        state::{Row, StateBatch},
    },
};

const SESSION: IdentityKey = IdentityKey::Session(SessionKey(7));

fn address() -> IpAddr {
    "10.0.0.1".parse().unwrap()
}

/// A table where an element told alice's session and its address at 10.
fn begun() -> Identities {
    let mut table = Identities::default();
    table.collect_writes();
    tell(&mut table, "001010000000001", 10);
    table
}

/// Somebody's session, told by an access point of an element.
fn tell(table: &mut Identities, imsi_digits: &str, secs: i64) -> String {
    let told = Subject {
        session: Some(SessionKey(7)),
        address: Some(address()),
        ..subject(imsi_digits, "")
    };
    let origin = Origin::new(Source::Pk, "ggsn1", Some("internet"));
    let resolved = table.resolve(&told, origin, at(secs)).unwrap();
    resolved.presentity.to_string()
}

fn by_address(table: &mut Identities, secs: i64) -> String {
    let asked = Subject {
        address: Some(address()),
        ..Subject::default()
    };
    resolve(table, &asked, secs).0
}

fn reset(source: Source, reporter: &str, apn: Option<&str>, secs: i64) -> SourceReset {
    SourceReset {
        source,
        reporter: reporter.into(),
        apn: apn.map(Into::into),
        order: at(secs),
    }
}

#[test]
fn what_an_element_told_before_it_restarted_leads_to_nobody() {
    for apn in [None, Some("internet")] {
        let mut table = begun();
        table.reset(&reset(Source::Pk, "ggsn1", apn, 20));
        for key in [SESSION, IdentityKey::Address(address())] {
            assert_eq!(table.find(&key), None);
        }
        // A word of before the restart is of who was there before.
        assert_eq!(tell(&mut table, "", 15), "imsi:001010000000001");
        assert_eq!(by_address(&mut table, 16), "imsi:001010000000001");
        let nobody = "session:0000000000000007";
        assert_eq!(tell(&mut table, "", 21), nobody);
        assert_eq!(by_address(&mut table, 22), nobody);
        assert_eq!(
            tell(&mut table, "001010000000002", 23),
            "imsi:001010000000002"
        );
        assert_eq!(by_address(&mut table, 24), "imsi:001010000000002");
    }
}

#[test]
fn a_reset_ends_what_its_element_told_and_before_it_alone() {
    for other in [
        reset(Source::Pr, "ggsn1", None, 20),
        reset(Source::Pk, "ggsn2", None, 20),
        reset(Source::Pk, "ggsn1", Some("ims"), 20),
        reset(Source::Pk, "ggsn1", None, 10),
    ] {
        let mut table = begun();
        table.reset(&other);
        assert_eq!(
            tell(&mut table, "", 30),
            "imsi:001010000000001",
            "{other:?}"
        );
        assert_eq!(by_address(&mut table, 31), "imsi:001010000000001");
    }
}

#[test]
fn a_question_about_an_address_does_not_outlive_the_restart_of_its_element() {
    let mut table = begun();
    assert_eq!(by_address(&mut table, 25), "imsi:001010000000001");
    table.reset(&reset(Source::Pk, "ggsn1", None, 20));
    assert_eq!(by_address(&mut table, 30), "address:10.0.0.1");
}

#[test]
fn a_restart_is_known_after_ours_and_from_the_log_alike() {
    let mut table = begun();
    table.reset(&reset(Source::Pk, "ggsn1", None, 20));
    table.reset(&reset(Source::Pk, "ggsn1", None, 15));
    let mut rows = StateBatch::default();
    table.take_writes(&mut rows);
    let mut after = Identities::default();
    for row in rows.changes() {
        after.load(Row {
            table: row.table,
            partition: row.partition,
            key: row.key,
            value: row.value.unwrap(),
        });
    }
    assert_eq!(tell(&mut after, "", 19), "imsi:001010000000001");
    assert_eq!(tell(&mut after, "", 22), "session:0000000000000007");
}

#[test]
fn of_many_restarts_the_oldest_is_forgotten() {
    let mut table = Identities::new(Options {
        resets_max: 2,
        ..Options::default()
    });
    for (secs, reporter) in ["ggsn1", "ggsn2", "ggsn3"].into_iter().enumerate() {
        let secs = 20 + i64::try_from(secs).unwrap();
        table.reset(&reset(Source::Pk, reporter, None, secs));
    }
    assert_eq!(table.resets.len(), 2);
    let oldest = table.resets.values().min();
    assert_eq!(oldest, Some(&at(21)));
}

#[test]
fn a_name_that_somebody_had_for_a_while_is_free_after_the_restart() {
    let mut table = Identities::default();
    let nobody = "session:0000000000000007";
    assert_eq!(tell(&mut table, "", 10), nobody);
    let named = Subject {
        session: Some(SessionKey(7)),
        ..subject("001010000000001", "")
    };
    resolve(&mut table, &named, 11);
    table.reset(&reset(Source::Pk, "ggsn1", None, 20));
    assert_eq!(tell(&mut table, "", 21), nobody);
}

#[test]
fn who_was_known_by_an_address_is_not_who_has_it_after_the_restart() {
    let mut table = Identities::default();
    assert_eq!(by_address(&mut table, 5), "address:10.0.0.1");
    let origin = Origin::new(Source::Pk, "ggsn1", Some("internet"));
    let nameless = Subject {
        session: Some(SessionKey(7)),
        address: Some(address()),
        ..Subject::default()
    };
    table.resolve(&nameless, origin, at(6)).unwrap();
    let named = Subject {
        session: Some(SessionKey(7)),
        ..subject("001010000000001", "")
    };
    table.resolve(&named, origin, at(7)).unwrap();
    table.reset(&SourceReset {
        source: Source::Pk,
        reporter: "ggsn1".into(),
        apn: None,
        order: at(8),
    });
    assert_eq!(by_address(&mut table, 9), "address:10.0.0.1");
}
