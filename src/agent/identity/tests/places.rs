//! Places that are given back.

use std::time::Duration;

use super::*;
use crate::{
    agent::identity::{name::name_of, passing::Led},
    event::Source,
    pen::{
        Change, Ended, PresentityUpdate, SourceReset,
        state::{Row, StateBatch},
    },
};

/// A subject of a session, and perhaps of an address and somebody's IMSI.
fn in_session(key: u64, address: Option<&str>, imsi_digits: &str) -> Subject {
    Subject {
        session: Some(SessionKey(key)),
        address: address.map(|address| address.parse().unwrap()),
        ..subject(imsi_digits, "")
    }
}

#[test]
fn whoever_is_known_by_a_session_alone_gives_the_place_back_when_it_ends() {
    let options = Options {
        identities_max: 2,
        sessions_max: 10,
        linger: Duration::ZERO,
        ..Options::default()
    };
    let mut table = Identities::new(options);
    let address = Some("10.0.0.1");
    for round in 0..20 {
        let nameless = in_session(round, address, "");
        let (name, _) = resolve(&mut table, &nameless, 1);
        assert_eq!(name, format!("session:{round:016x}"));
        // Whom the address is told of beside another session is the same nobody.
        assert_eq!(resolve(&mut table, &in_session(99, address, ""), 2).0, name);
        table.end_session(SessionKey(99), None, at(3));
        assert_eq!(resolve(&mut table, &nameless, 4).0, name, "it goes on");
        // Or it turns out to be somebody known, who stays.
        if round % 2 == 1 {
            let named = in_session(round, address, "001010000000001");
            assert_eq!(resolve(&mut table, &named, 5).0, "imsi:001010000000001");
        }
        table.end_session(SessionKey(round), nameless.address, at(6));
    }
    assert_eq!((table.overflow, table.people()), (0, 1));
    assert!(table.former.is_empty());
    assert_eq!((table.by_name.len(), table.persons.len()), (1, 2));
    let (name, _) = resolve(&mut table, &subject("001010000000001", ""), 7);
    assert_eq!(name, "imsi:001010000000001");
}

#[test]
fn whoever_an_address_leads_to_still_keeps_the_place_until_it_is_somebody_elses() {
    let mut table = Identities::new(Options {
        linger: Duration::ZERO,
        ..Options::default()
    });
    let address = Some("10.0.0.1");
    let nameless = in_session(1, address, "");
    let by_address = Subject {
        session: None,
        ..nameless.clone()
    };
    let (name, _) = resolve(&mut table, &nameless, 1);
    // The end of the session did not tell the address.
    table.end_session(SessionKey(1), None, at(2));
    assert_eq!(resolve(&mut table, &by_address, 3).0, name);
    assert_eq!(table.people(), 1);
    resolve(&mut table, &in_session(2, address, "001010000000001"), 4);
    assert_eq!(table.people(), 1);
    assert!(!table.by_name.contains_key(&Presentity::canonical(name)));
}

#[test]
fn a_session_that_there_is_no_room_for_takes_no_place_among_persons() {
    let options = Options {
        identities_max: 1,
        sessions_max: 0,
        ..Options::default()
    };
    let mut table = Identities::new(options);
    for key in 0..3 {
        let nameless = in_session(key, Some("10.0.0.1"), "");
        let (name, _) = resolve(&mut table, &nameless, 1);
        assert_eq!(name, format!("session:{key:016x}"));
    }
    assert_eq!((table.people(), table.overflow), (0, 6));
}

#[test]
fn where_there_is_no_room_what_was_told_of_least_recently_is_forgotten() {
    let options = Options {
        identities_max: 100,
        sessions_max: 16,
        ..Options::default()
    };
    let mut table = Identities::new(options);
    table.collect_writes();
    let nameless = |round: u8| {
        let address = format!("10.0.0.{round}");
        in_session(u64::from(round), Some(&address), "")
    };
    for round in 0..16 {
        resolve(&mut table, &nameless(round), i64::from(round));
    }
    // The first is told of again; of the next two the end is lost.
    resolve(&mut table, &nameless(0), 16);
    assert_eq!((table.forgotten, table.people()), (0, 16));
    resolve(&mut table, &nameless(16), 17);
    resolve(&mut table, &nameless(17), 18);
    assert_eq!((table.forgotten, table.overflow), (4, 0));
    assert_eq!((table.sessions.len(), table.addresses.len()), (16, 16));
    assert_eq!(table.people(), 16, "nobody is left behind");
    let holds = |table: &Identities, round| {
        let key = IdentityKey::Session(SessionKey(round));
        table.find(&key).is_some()
    };
    let stand: Vec<_> = (0..18).filter(|round| holds(&table, *round)).collect();
    let others: Vec<_> = [0].into_iter().chain(3..18).collect();
    assert_eq!(stand, others);
    // One that ended goes before any that goes on, and nobody misses it.
    table.end_session(SessionKey(17), None, at(19));
    resolve(&mut table, &in_session(18, None, ""), 20);
    assert_eq!((table.forgotten, table.sessions.len()), (4, 16));
    assert!(holds(&table, 3) && !table.sessions.contains_key(&SessionKey(17)));
    let mut rows = StateBatch::default();
    table.take_writes(&mut rows);
    // A table that may hold less by now shrinks with what is new.
    let mut after = Identities::new(Options {
        sessions_max: 8,
        ..options
    });
    load(&mut after, &rows);
    assert_eq!(standing(&after), standing(&table), "after a restart");
    for round in 20..30 {
        resolve(&mut after, &nameless(round), i64::from(round));
        assert!(holds(&after, u64::from(round)));
    }
    assert_eq!((after.sessions.len(), after.addresses.len()), (8, 8));
}

#[test]
fn a_session_whose_end_comes_first_is_whose_it_turns_out_to_be() {
    let mut table = Identities::default();
    let address = Some("10.0.0.1");
    let nameless = in_session(1, address, "");
    let (name, _) = resolve(&mut table, &nameless, 5);
    table.end_session(SessionKey(1), nameless.address, at(5));
    assert_eq!(name, "session:0000000000000001");
    let named = in_session(1, address, "001010000000001");
    let (owner, binds) = resolve(&mut table, &named, 1);
    assert_eq!(owner, "imsi:001010000000001");
    assert_eq!(binds.len(), 1, "what was filed under the session moves");
    assert_eq!(resolve(&mut table, &nameless, 3).0, owner);
    assert!(table.addresses.is_empty(), "nobody holds it any more");
    assert!(table.find(&IdentityKey::Session(SessionKey(1))).is_none());
    // Under the same name one begins after that end, and it is another.
    assert_eq!(resolve(&mut table, &in_session(1, None, ""), 6).0, name);
    assert!(table.ended.is_empty());
    // After its time nothing is known of it.
    table.end_session(SessionKey(1), None, at(7));
    resolve(&mut table, &in_session(2, None, ""), 8);
    table.end_session(SessionKey(2), None, at(7 + 3600));
    assert_eq!((table.sessions.len(), table.ended.len()), (1, 1));
}

#[test]
fn whoever_is_told_of_is_not_forgotten_with_the_row_that_makes_room() {
    let options = Options {
        identities_max: 10,
        sessions_max: 1,
        ..Options::default()
    };
    let mut table = Identities::new(options);
    let in_both = |key| in_session(key, Some("10.0.0.1"), "");
    let (name, _) = resolve(&mut table, &in_both(1), 1);
    let by_address = Subject {
        session: Some(SessionKey(2)),
        ..in_both(1)
    };
    // The session of the same person takes the only row.
    assert_eq!(resolve(&mut table, &by_address, 2).0, name);
    assert!(table.sessions.contains_key(&SessionKey(2)));
    // As does somebody else's, to whom the address goes over.
    let named = in_session(3, Some("10.0.0.2"), "001010000000001");
    assert_eq!(resolve(&mut table, &named, 3).0, "imsi:001010000000001");
    assert_eq!((table.people(), table.forgotten), (1, 3));
    let held: Vec<_> = standing(&table).into_iter().map(|(key, ..)| key).collect();
    assert_eq!(held, ["address:10.0.0.2", "session:0000000000000003"]);
}

/// Whom sessions and addresses lead to.
fn standing(table: &Identities) -> Vec<(String, String, bool)> {
    let sessions = table.sessions.iter();
    let sessions = sessions.map(|(key, row)| (IdentityKey::Session(*key), *row));
    let addresses = table.addresses.iter();
    let addresses = addresses.map(|(key, row)| (IdentityKey::Address(*key), *row));
    let led = |(key, row): (_, Led)| {
        let name = table.name(row.person).unwrap().to_string();
        (
            name_of(&key).to_string(),
            name,
            table.end_of(&row).is_some(),
        )
    };
    // What is of before the element restarted is over, whatever is known of it.
    let stands = |row: &Led| table.resets.values().all(|reset| *reset <= row.order);
    let rows = sessions.chain(addresses).filter(|(_, row)| stands(row));
    let mut names: Vec<_> = rows.map(led).collect();
    names.sort();
    names
}

/// An update of a session, as the log holds it.
fn of_session(
    presentity: &str,
    key: u64,
    address: Option<IpAddr>,
    ended: bool,
    secs: i64,
) -> PresentityUpdate {
    PresentityUpdate {
        presentity: Presentity::canonical(presentity),
        source: Source::Pk,
        reporter: "ggsn1".into(),
        order: at(secs),
        changes: [Change::Session {
            key: SessionKey(key),
            context: 0,
            ended: ended.then_some(Ended::Session),
            apn: None,
            rat: None,
            address,
        }]
        .into_iter()
        .collect(),
        expires: None,
    }
}

#[test]
fn a_session_that_uses_a_name_again_is_not_whom_its_row_says() {
    let mut table = Identities::default();
    table.collect_writes();
    resolve(&mut table, &in_session(1, None, ""), 1);
    let named = in_session(1, None, "001010000000001");
    let (_, binds) = resolve(&mut table, &named, 2);
    assert_eq!(binds.len(), 1);
    table.end_session(SessionKey(1), None, at(3));
    resolve(&mut table, &in_session(1, None, ""), 4);
    let mut rows = StateBatch::default();
    table.take_writes(&mut rows);
    let mut after = Identities::default();
    load(&mut after, &rows);
    assert_eq!(standing(&after), standing(&table));
    assert_eq!(standing(&after)[0].1, "session:0000000000000001");
}

/// Takes back rows as they stand after all changes.
fn load(table: &mut Identities, changes: &StateBatch) {
    let rows: BTreeMap<_, _> = changes.changes().map(|row| (row.key, row)).collect();
    for change in rows.values() {
        if let Some(value) = change.value {
            table.load(Row {
                table: change.table,
                partition: change.partition,
                key: change.key,
                value,
            });
        }
    }
}

/// An event: its session, the end of its address, whose it is if that is told, whether it ends, and
/// whether the network element restarts before all that.
type Step = (u64, Option<u8>, Option<u8>, bool, bool);

/// What an event leaves in the log.
#[derive(Debug)]
struct Told {
    reset: Option<SourceReset>,
    binds: Vec<Bind>,
    update: PresentityUpdate,
}

fn tell(table: &mut Identities, (key, last, who, ends, restarts): Step, secs: i64) -> Told {
    let reset = restarts.then(|| SourceReset {
        source: Source::Pk,
        reporter: "ggsn1".into(),
        apn: None,
        order: at(secs - 1),
    });
    if let Some(reset) = &reset {
        table.reset(reset);
    }
    let address = last.map(|last| IpAddr::from([10, 0, 0, last]));
    let subject = Subject {
        session: Some(SessionKey(key)),
        address,
        imsi: who.and_then(|who| imsi(&format!("00101000000000{who}"))),
        ..Subject::default()
    };
    let origin = Origin::new(Source::Pk, "ggsn1", None);
    let resolved = table.resolve(&subject, origin, at(secs)).unwrap();
    let (name, binds) = (resolved.presentity.to_string(), resolved.binds.into_vec());
    if ends {
        table.end_session(SessionKey(key), address, at(secs));
    }
    let update = of_session(&name, key, address, ends, secs);
    Told {
        reset,
        binds,
        update,
    }
}

fn recover(table: &mut Identities, log: &[Told]) {
    for Told {
        reset,
        binds,
        update,
    } in log
    {
        reset.iter().for_each(|reset| table.reset(reset));
        binds.iter().for_each(|bind| table.apply(bind));
        table.apply_update(update);
    }
}

/// Events of four sessions at a time; whatever session has ended begins anew under another key.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let one_of = |count: u8, of: u8| (0..of).prop_map(move |it| Some(it).filter(|it| *it < count));
    let step = (
        0..4_u64,
        one_of(3, 4),
        one_of(2, 4),
        prop::bool::weighted(0.25),
        prop::bool::weighted(0.1),
    );
    proptest::collection::vec(step, 1..60).prop_map(|mut steps: Vec<Step>| {
        let mut ends = [0; 4];
        for (key, _, _, is_end, _) in &mut steps {
            let count = &mut ends[usize::try_from(*key).unwrap()];
            *key += 4 * *count;
            *count += u64::from(*is_end);
        }
        steps
    })
}

proptest! {
    /// Sessions of a few persons, with few addresses: live, from the log and from rows the same
    /// persons are known, and of those that are called by a session or an address none that nothing
    /// leads to.
    #[test]
    fn places_are_given_back_live_and_after_a_restart_alike(
        steps in steps(),
        restart in any::<prop::sample::Index>(),
        flushes in proptest::collection::vec(any::<bool>(), 60),
        linger in prop::sample::select(vec![0, 5, 3600]),
    ) {
        let options = Options {
            linger: Duration::from_secs(linger),
            ..Options::default()
        };
        let mut table = Identities::new(options);
        table.collect_writes();
        let stands = restart.index(steps.len());
        let (mut log, mut rows) = (Vec::new(), StateBatch::default());
        for (place, step) in steps.into_iter().enumerate() {
            log.push(tell(&mut table, step, i64::try_from(2 * place + 1).unwrap()));
            // What changes between two flushes is written as it is by then.
            if place + 1 == stands || place < stands && flushes[place] {
                table.take_writes(&mut rows);
            }
        }
        let mut from_log = Identities::new(options);
        recover(&mut from_log, &log);
        let mut from_rows = Identities::new(options);
        load(&mut from_rows, &rows);
        let (before, tail) = log.split_at(stands);
        // The server keeps the last bind of each lasting key, in the order of the keys.
        let binds = before.iter().flat_map(|told| &told.binds);
        let binds = binds.filter(|bind| !is_passing(&name_of(&bind.key)));
        let binds: BTreeMap<_, _> = binds.map(|bind| (&bind.key, bind)).collect();
        binds.values().for_each(|bind| from_rows.apply(bind));
        recover(&mut from_rows, tail);
        prop_assert_eq!(standing(&from_log), standing(&table), "from the log");
        prop_assert_eq!(standing(&from_rows), standing(&table), "from rows, {}", stands);
        for table in [&table, &from_log, &from_rows] {
            let led = |person: &Person| table.traits[*person as usize].held > 0;
            for (name, person) in &table.by_name {
                prop_assert!(!is_passing(name) || led(person), "{name}");
            }
            let ended = table.sessions.iter().filter(|(_, row)| row.has_ended);
            prop_assert_eq!(table.ended.len(), ended.count());
        }
    }
}

#[test]
fn a_bind_of_a_former_name_takes_no_later_session_of_that_name_away() {
    let mut table = Identities::default();
    let log = [
        (2, Some(2), None, false, false),
        (2, None, None, true, false),
        // The address led to whoever had that session.
        (3, Some(2), None, false, false),
        // The name is used again, by somebody who is known.
        (2, Some(0), Some(1), false, false),
        // And the other one is known as well by now.
        (3, Some(2), Some(0), false, false),
    ];
    let steps = log.into_iter().zip([1, 3, 5, 7, 9]);
    let log: Vec<_> = steps
        .map(|(step, secs)| tell(&mut table, step, secs))
        .collect();
    let mut after = Identities::default();
    recover(&mut after, &log);
    assert_eq!(standing(&after), standing(&table));
}
