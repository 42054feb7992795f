//! How facets converge, expire and are bounded.

mod names;

use std::time::Duration;

use proptest::{prelude::*, sample::Index};
use smallvec::smallvec;
use xxhash_rust::xxh3::xxh3_64;

use super::*;
use crate::{
    event::{
        AccessNetwork, Bearer, CallState, Cell, Domain, Place, Plmn, Rat, RegistrationState,
        Roaming,
    },
    pen::{Ended, NetworkId, Presentity},
};

const NOW: i64 = 1_800_000_000;

fn at(seconds: i64) -> Stamp {
    Stamp::from_secs(NOW + seconds)
}

fn order(seconds: i64) -> Order {
    Order {
        at: at(seconds),
        id: 0,
    }
}

fn update(source: Source, seconds: i64, change: Change) -> PresentityUpdate {
    PresentityUpdate {
        presentity: Presentity::canonical("sip:alice@ims.example"),
        source,
        reporter: "ggsn1".into(),
        order: order(seconds),
        changes: smallvec![change],
        expires: None,
    }
}

fn session(session: u64, context: u8, ended: Option<Ended>) -> Change {
    Change::Session {
        key: SessionKey(session),
        context,
        ended,
        apn: Some("internet".into()),
        rat: Some(Rat::Eutran),
        address: None,
    }
}

fn mobility(state: MobilityState) -> Change {
    Change::Mobility {
        domain: Domain::Cs,
        state,
    }
}

#[derive(Default)]
struct World {
    now: Stamp,
    names: Names,
    resets: Resets,
    options: Options,
    facets: Facets,
}

impl World {
    fn new() -> Self {
        Self {
            now: at(0),
            ..Self::default()
        }
    }

    fn tell(&mut self, update: &PresentityUpdate) -> bool {
        let mut scope = Scope {
            now: self.now,
            names: &mut self.names,
            resets: &self.resets,
            options: &self.options,
        };
        self.facets.apply(update, &mut scope)
    }

    fn reset(&mut self, reset: &SourceReset) -> bool {
        self.resets.insert(reset, &mut self.names) && self.facets.reset(reset, &self.names)
    }

    fn expire(&mut self, now: Stamp) -> bool {
        self.now = now;
        self.facets.expire(now, &self.options)
    }

    fn live(&self) -> usize {
        self.facets.contexts().count()
    }

    fn bytes(&self) -> Vec<u8> {
        self.facets.to_bytes(&self.names)
    }
}

fn reset(apn: Option<&str>, seconds: i64) -> SourceReset {
    SourceReset {
        source: Source::Pk,
        reporter: "ggsn1".into(),
        apn: apn.map(Into::into),
        order: order(seconds),
    }
}

#[test]
fn a_session_lasts_until_its_end_and_is_not_brought_back_by_a_late_start() {
    let mut world = World::new();
    assert!(world.tell(&update(Source::Pk, 1, session(7, 5, None))));
    assert!(!world.tell(&update(Source::Pk, 2, session(7, 5, None))));
    assert!(world.tell(&update(Source::Pk, 3, session(7, 6, None))));
    assert_eq!(world.live(), 2);
    assert!(world.tell(&update(Source::Pk, 4, session(7, 6, Some(Ended::Context)))));
    assert_eq!(world.live(), 1);
    assert!(world.tell(&update(Source::Pk, 5, session(7, 0, Some(Ended::Session)))));
    assert!(!world.tell(&update(Source::Pk, 2, session(7, 5, None))));
    assert_eq!(world.live(), 0);
    assert!(world.tell(&update(Source::Pk, 6, session(7, 5, None))));
    assert_eq!(world.live(), 1);
}

#[test]
fn a_session_without_named_contexts_counts_once() {
    let mut world = World::new();
    world.tell(&update(Source::Pk, 1, session(7, 0, None)));
    assert_eq!(world.live(), 1);
    world.tell(&update(Source::Pk, 2, session(7, 5, None)));
    assert_eq!(world.live(), 1);
    world.tell(&update(Source::Pk, 2, session(8, 0, None)));
    assert_eq!(world.live(), 2);
}

#[test]
fn a_reset_closes_what_was_told_before_also_when_it_is_told_late() {
    let mut world = World::new();
    world.tell(&update(Source::Pk, 1, session(7, 5, None)));
    world.tell(&update(Source::Pk, 9, session(8, 5, None)));
    assert!(world.reset(&reset(None, 5)));
    assert_eq!(world.live(), 1);
    assert!(!world.tell(&update(Source::Pk, 4, session(9, 5, None))));
    assert!(!world.reset(&reset(None, 4)));
    assert_eq!(world.live(), 1);
    assert!(!world.reset(&reset(Some("ims"), 20)));
    assert!(world.reset(&reset(Some("internet"), 20)));
    assert_eq!(world.live(), 0);
}

#[test]
fn what_expires_is_not_believed_and_not_brought_back() {
    let mut world = World::new();
    let mut start = update(Source::Pk, 0, session(7, 5, None));
    start.expires = Some(at(60));
    assert!(world.tell(&start));
    assert_eq!(world.facets.next_deadline(&world.options), Some(at(60)));
    assert!(!world.expire(at(59)));
    assert!(world.expire(at(60)));
    assert_eq!(world.live(), 0);
    assert!(!world.tell(&start));
    assert_eq!(world.facets.next_deadline(&world.options), Some(at(3_600)));
    world.expire(at(3_600));
    assert!(world.facets.is_empty());
    assert_eq!(world.facets.next_deadline(&world.options), None);
}

#[test]
fn forgetting_the_last_ended_session_is_a_visible_change() {
    let mut world = World::new();
    world.tell(&update(Source::Pk, 0, session(7, 5, None)));
    world.tell(&update(Source::Pk, 1, session(7, 0, Some(Ended::Session))));
    assert!(world.expire(at(3_601)));
    assert!(world.facets.is_empty());
}

#[test]
fn a_device_out_of_reach_is_held_for_the_time_configured() {
    let mut world = World::new();
    world.options.unreachable_hold_off = Duration::from_secs(30);
    world.tell(&update(Source::Pc, -1, mobility(MobilityState::Attached)));
    world.tell(&update(
        Source::Pc,
        0,
        mobility(MobilityState::NotReachable),
    ));
    let held = |world: &World| world.facets.mobility(Domain::Cs).unwrap().value.1;
    assert!(held(&world));
    assert_eq!(world.facets.next_deadline(&world.options), Some(at(30)));
    assert!(world.expire(at(30)));
    assert!(!held(&world));
    world.now = at(31);
    world.tell(&update(
        Source::Pg,
        1,
        mobility(MobilityState::NotReachable),
    ));
    assert!(!held(&world), "the time is the event's own");
}

#[test]
fn the_newest_of_all_sources_counts() {
    let mut world = World::new();
    world.tell(&update(Source::Ph, 5, mobility(MobilityState::Idle)));
    world.tell(&update(Source::Pc, 3, mobility(MobilityState::Attached)));
    let told = world.facets.mobility(Domain::Cs).unwrap();
    assert_eq!(
        (told.source, told.value.0),
        (Source::Ph, MobilityState::Idle)
    );
    assert_eq!(world.names.reporters.text(told.reporter), "ggsn1");
}

#[test]
fn a_word_told_again_counts_before_what_others_told_in_between() {
    let call = |state| Change::Call {
        state,
        bearer: Bearer::Speech,
    };
    let detached = Change::Mobility {
        domain: Domain::Ps,
        state: MobilityState::DetachedByDevice,
    };
    let (attached, away) = (
        mobility(MobilityState::Attached),
        mobility(MobilityState::NotReachable),
    );
    for [repeated, between] in [
        [away.clone(), attached],
        [mobility(MobilityState::Idle), call(CallState::Busy)],
        [session(7, 5, None), detached],
    ] {
        let mut world = World::new();
        assert!(world.tell(&update(Source::Ph, -3, repeated.clone())));
        assert!(
            !world.tell(&update(Source::Ph, -3, repeated.clone())),
            "the same event"
        );
        assert!(world.tell(&update(Source::Pc, -2, between.clone())));
        let again = update(Source::Ph, -1, repeated);
        assert!(world.tell(&again), "{again:?} is shown again");
    }
    // Nobody else said anything: a later time alone is nothing to tell.
    let mut world = World::new();
    assert!(world.tell(&update(Source::Ph, -3, away.clone())));
    assert!(!world.tell(&update(Source::Ph, -1, away)));
}

#[test]
fn since_when_a_state_has_been_does_not_change_with_each_word() {
    use MobilityState::{Attached, Detached, DetachedByDevice, Idle, NotReachable};
    for (told, state, since) in [
        (&[(-9, Attached), (-8, Attached)][..], Attached, -9),
        (&[(-9, Idle), (-8, Attached), (-7, Attached)], Idle, -9),
        (&[(-9, Attached), (-8, Idle), (-7, Attached)], Idle, -8),
        (
            &[(-9, Idle), (-8, NotReachable), (-7, Attached)],
            Attached,
            -7,
        ),
        (&[(-9, Idle), (-8, Detached), (-7, Attached)], Attached, -7),
        // Whoever does not know who did it, or says less, contradicts nobody.
        (
            &[(-9, DetachedByDevice), (-8, Detached)],
            DetachedByDevice,
            -9,
        ),
        (
            &[(-9, DetachedByDevice), (-8, NotReachable)],
            DetachedByDevice,
            -9,
        ),
        (&[(-9, NotReachable), (-8, Detached)], Detached, -8),
    ] {
        // In either order, and by one element or several.
        for backwards in [false, true] {
            let mut world = World::new();
            let mut told: Vec<_> = told
                .iter()
                .zip([Source::Pc, Source::Ph].iter().cycle())
                .collect();
            if backwards {
                told.reverse();
            }
            for ((seconds, state), source) in told {
                world.tell(&update(*source, *seconds, mobility(*state)));
            }
            let found = world.facets.mobility_since(Domain::Cs);
            assert_eq!(found, Some((state, order(since))), "{backwards}");
        }
    }
}

#[test]
fn since_when_is_remembered_beyond_the_horizon_and_forgotten_with_the_state() {
    let mut world = World::new();
    world.tell(&update(Source::Pc, 0, mobility(MobilityState::Attached)));
    let mut roaming = update(
        Source::Pk,
        0,
        Change::Roaming {
            network: NetworkId::Ps,
            roaming: Roaming::Home,
        },
    );
    roaming.expires = Some(at(60));
    world.tell(&roaming);
    for hour in 1..30 {
        world.expire(at(3_600 * hour));
        world.tell(&update(
            Source::Pc,
            3_600 * hour,
            mobility(MobilityState::Attached),
        ));
    }
    let since = world.facets.mobility_since(Domain::Cs);
    assert_eq!(since, Some((MobilityState::Attached, order(0))));
    assert_eq!(world.facets.roaming(NetworkId::Ps), None);
    let size = world.facets.size();
    assert!(size <= 320, "{size}: no word more than is needed");
}

#[test]
fn a_place_counts_by_when_the_subscriber_was_there() {
    let mut world = World::new();
    let place = |lac, seen: Option<i64>| {
        Change::Place(Place {
            cell: Some(cell(lac)),
            seen: seen.map(at),
            ..Place::default()
        })
    };
    world.tell(&update(Source::Pc, 5, place(1, None)));
    world.tell(&update(Source::Ph, 9, place(2, Some(1))));
    assert_eq!(world.facets.place().unwrap().value.cell, Some(cell(1)));
}

fn cell(lac: u16) -> Cell {
    let plmn = Plmn::from_digits("00101").unwrap();
    Cell::Lai { plmn, lac }
}

#[test]
fn sessions_and_tombstones_are_bounded() {
    let mut world = World::new();
    world.options.sessions_max = 3;
    world.options.tombstones_max = 2;
    for key in 0_i64..10 {
        world.tell(&update(
            Source::Pk,
            key,
            session(key.unsigned_abs(), 5, None),
        ));
    }
    let keys: Vec<_> = world
        .facets
        .contexts()
        .map(|told| told.value.key.0)
        .collect();
    assert_eq!(keys, [7, 8, 9]);
    for key in 0_i64..10 {
        let end = session(key.unsigned_abs(), 0, Some(Ended::Session));
        world.tell(&update(Source::Pk, 20 + key, end));
    }
    assert_eq!(world.live(), 0);
    assert_eq!(world.facets.ended_contexts().count(), 2);
}

#[test]
fn an_idle_presentity_with_one_session_is_small() {
    let mut world = World::new();
    let mut start = update(Source::Pk, 0, session(7, 5, None));
    start.changes.push(Change::Roaming {
        network: NetworkId::Ps,
        roaming: Roaming::Home,
    });
    start.changes.push(Change::Place(Place {
        cell: Some(cell(1)),
        ..Place::default()
    }));
    start.changes.push(Change::TimeOffset(60));
    world.tell(&start);
    assert!(world.facets.size() <= 352, "{}", world.facets.size());
}

#[test]
fn stored_facets_are_read_by_a_shard_with_other_numbers() {
    let mut world = World::new();
    world.tell(&update(Source::Pk, 1, session(7, 5, None)));
    world.tell(&update(Source::Pc, 1, mobility(MobilityState::Idle)));
    let octets = world.bytes();
    let mut names = Names::default();
    names.reporters.intern("another");
    let facets = Facets::from_bytes(&octets, &mut names).unwrap();
    assert_eq!(facets.to_bytes(&names), octets);
    let told = facets.contexts().next().unwrap();
    assert_eq!(names.access_points.text(told.value.apn), "internet");
    for length in 0..octets.len() {
        assert_eq!(
            Facets::from_bytes(&octets[..length], &mut names),
            Err(FacetsError)
        );
    }
}

#[test]
fn what_was_filed_under_another_name_moves() {
    let (mut one, mut two) = (World::new(), World::new());
    let updates = [
        update(Source::Pk, 1, session(7, 5, None)),
        update(Source::Pk, 3, session(7, 0, Some(Ended::Session))),
        update(Source::Pc, 2, mobility(MobilityState::Idle)),
    ];
    updates.iter().for_each(|update| {
        one.tell(update);
    });
    two.names = one.names.clone();
    two.tell(&update(Source::Pk, 2, session(7, 5, None)));
    let mut scope = Scope {
        now: two.now,
        names: &mut two.names,
        resets: &two.resets,
        options: &two.options,
    };
    assert!(two.facets.absorb(one.facets.clone(), &mut scope));
    assert_eq!(two.bytes(), one.bytes());
}

#[test]
fn sessions_of_wlan_and_tunnel_are_accesses_and_no_packet_sessions() {
    let mut world = World::new();
    world.tell(&update(Source::Pr, 1, session(1, 0, None)));
    world.tell(&update(Source::Pr, 2, session(2, 0, None)));
    world.tell(&update(Source::Pp, 3, session(3, 0, None)));
    assert_eq!(world.live(), 0);
    let up = |world: &World, network| world.facets.access(network).map(|told| told.value);
    assert_eq!(up(&world, AccessNetwork::Wlan), Some(true));
    assert_eq!(up(&world, AccessNetwork::Tunnel), Some(true));
    world.tell(&update(Source::Pr, 4, session(2, 0, Some(Ended::Session))));
    world.tell(&update(Source::Pp, 5, session(3, 0, Some(Ended::Session))));
    assert_eq!(
        up(&world, AccessNetwork::Wlan),
        Some(true),
        "one of two is left"
    );
    assert_eq!(up(&world, AccessNetwork::Tunnel), Some(false));
    assert_eq!(world.facets.ended_contexts().count(), 0);
    world.tell(&update(Source::Pr, 6, session(1, 0, Some(Ended::Session))));
    assert_eq!(up(&world, AccessNetwork::Wlan), Some(false));
}

#[derive(Clone, Debug)]
enum Step {
    Update(PresentityUpdate),
    Reset(SourceReset),
    Expire,
}

fn changes() -> impl Strategy<Value = Change> {
    let ended = prop_oneof![
        3 => Just(None),
        1 => Just(Some(Ended::Context)),
        1 => Just(Some(Ended::Session)),
    ];
    let apn = prop_oneof![Just(None), Just(Some("internet")), Just(Some("ims"))];
    let session =
        (0_u64..3, 0_u8..3, ended, apn).prop_map(|(key, context, ended, apn)| Change::Session {
            key: SessionKey(key),
            context,
            ended,
            apn: apn.map(Into::into),
            rat: None,
            address: None,
        });
    let states = prop_oneof![
        Just(MobilityState::Attached),
        Just(MobilityState::Idle),
        Just(MobilityState::Connected),
        Just(MobilityState::NotReachable),
        Just(MobilityState::DetachedByDevice),
    ];
    let domains = prop_oneof![Just(Domain::Cs), Just(Domain::Ps)];
    prop_oneof![
        6 => session,
        2 => (domains, states).prop_map(|(domain, state)| Change::Mobility { domain, state }),
        1 => any::<bool>().prop_map(|busy| Change::Call {
            state: if busy { CallState::Busy } else { CallState::Idle },
            bearer: Bearer::Speech,
        }),
        1 => any::<bool>().prop_map(|active| Change::Registration {
            state: if active { RegistrationState::Active } else { RegistrationState::Terminated },
        }),
        1 => any::<bool>().prop_map(|up| Change::Access { network: AccessNetwork::Wlan, up }),
        1 => any::<bool>().prop_map(Change::Barring),
        1 => (0_u16..3, 0_i64..20).prop_map(|(lac, seen)| Change::Place(Place {
            cell: Some(cell(lac)),
            seen: Some(at(seen)),
            ..Place::default()
        })),
    ]
}

fn steps() -> impl Strategy<Value = Step> {
    let sources = prop_oneof![Just(Source::Pk), Just(Source::Pc)];
    let reporters = prop_oneof![Just("ggsn1"), Just("ggsn2")];
    let expiry = prop::option::of(-20_i64..20);
    let updates = (sources, reporters.clone(), -20_i64..20, changes(), expiry).prop_map(
        |(source, reporter, seconds, change, expires)| {
            let mut update = update(source, seconds, change);
            update.reporter = reporter.into();
            update.expires = expires.map(at);
            // As feeds do: the identifier is a digest of what makes the event that event.
            update.order.id = xxh3_64(format!("{update:?}").as_bytes());
            Step::Update(update)
        },
    );
    let apn = prop_oneof![Just(None), Just(Some("internet"))];
    let resets = (reporters, apn, -20_i64..20).prop_map(|(reporter, apn, seconds)| {
        let mut reset = reset(apn, seconds);
        reset.reporter = reporter.into();
        Step::Reset(reset)
    });
    prop_oneof![8 => updates, 2 => resets, 1 => Just(Step::Expire)]
}

fn run(steps: &[Step]) -> World {
    let mut world = World::new();
    world.options.unreachable_hold_off = Duration::from_secs(10);
    for step in steps {
        match step {
            Step::Update(update) => {
                world.tell(update);
            }
            Step::Reset(reset) => {
                world.reset(reset);
            }
            Step::Expire => {
                world.expire(at(0));
            }
        }
    }
    world.expire(at(0));
    world
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn any_order_and_repetition_ends_in_the_same_state(
        steps in prop::collection::vec(steps(), 1..16),
        moves in prop::collection::vec((any::<Index>(), any::<Index>()), 0..24),
        repeated in prop::collection::vec(any::<Index>(), 0..8),
    ) {
        let expected = run(&steps).bytes();
        let mut shuffled = steps.clone();
        for place in &repeated {
            shuffled.push(steps[place.index(steps.len())].clone());
        }
        for (one, other) in &moves {
            let length = shuffled.len();
            shuffled.swap(one.index(length), other.index(length));
        }
        prop_assert_eq!(run(&shuffled).bytes(), expected);
    }

    #[test]
    fn a_change_that_is_not_reported_does_not_show(
        steps in prop::collection::vec(steps(), 1..12),
    ) {
        let mut world = World::new();
        let looks = |world: &World| {
            let mut live: Vec<_> = world.facets.live().map(|entry| (entry.key(), entry.value.clone(), entry.held)).collect();
            live.sort();
            live
        };
        for step in &steps {
            let before = looks(&world);
            let changed = match step {
                Step::Update(update) => world.tell(update),
                Step::Reset(reset) => world.reset(reset),
                Step::Expire => world.expire(at(0)),
            };
            prop_assert!(changed || looks(&world) == before);
        }
    }
}
