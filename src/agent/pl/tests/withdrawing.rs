//! Places that are told or taken away, and the log.

use super::*;

fn forbidden(world: &mut World) -> Ticket {
    let out = world.answer(to(SERVER), &poserr(202));
    let [(ticket, _)] = &out.events[..] else {
        panic!("an event");
    };
    *ticket
}

#[test]
fn who_may_not_be_located_is_asked_for_again_when_the_log_did_not_take_it() {
    let mut world = World::asked();
    let ticket = forbidden(&mut world);
    world.enter(Input::Settled(ticket, Verdict::Refused));
    assert!(requests(world.pass(Duration::from_secs(29))).is_empty());
    assert_eq!(requests(world.pass(Duration::from_secs(31))).len(), 1);
    let ticket = forbidden(&mut world);
    world.enter(Input::Settled(ticket, Verdict::Settled));
    assert!(requests(world.pass(Duration::from_hours(23))).is_empty());
}

#[test]
fn a_position_that_the_log_did_not_take_is_asked_for_again() {
    for (verdict, sooner) in [(Verdict::Refused, 1), (Verdict::Settled, 0)] {
        let mut world = World::asked();
        let ticket = world.answer(to(SERVER), SLIA).events[0].0;
        world.enter(Input::Settled(ticket, verdict));
        assert_eq!(world.room.unrecorded.len(), 0);
        assert!(requests(world.pass(Duration::from_secs(29))).is_empty());
        let again = requests(world.pass(Duration::from_secs(31))).len();
        assert_eq!(again, sooner, "{verdict:?}");
    }
    // Never later than when it is too old.
    let mut world = World::new(Options {
        max_age: Duration::from_secs(40),
        ..options()
    });
    world.watch("alice", &alice(), true);
    world.enter(Input::Up(to(SERVER)));
    let ticket = world.answer(to(SERVER), SLIA).events[0].0;
    world.pass(Duration::from_secs(20));
    world.enter(Input::Settled(ticket, Verdict::Refused));
    assert_eq!(requests(world.pass(Duration::from_secs(20))).len(), 1);
}

#[test]
fn who_is_not_watched_when_the_log_refuses_is_asked_for_once_somebody_watches() {
    let mut world = World::asked();
    let ticket = forbidden(&mut world);
    world.watch("alice", &alice(), false);
    world.enter(Input::Settled(ticket, Verdict::Refused));
    assert!(requests(world.pass(Duration::from_mins(1))).is_empty());
    assert_eq!(requests(world.watch("alice", &alice(), true)).len(), 1);
}

#[test]
fn what_waits_for_the_log_is_bounded() {
    let mut world = World::asked();
    let answer = slia(
        &"<pos><msid>99900000001</msid><poserr><result resid='202'/>\
         <time>20260301101530</time></poserr></pos>"
            .repeat(9),
    );
    assert_eq!(world.answer(to(SERVER), &answer).events.len(), 9);
    assert_eq!(world.room.unrecorded.len(), 1, "one for each subscriber");
    let mut world = World::new(Options {
        subscribers_max: 1,
        refusal_interval: Duration::from_secs(30),
        ..options()
    });
    world.watch("alice", &alice(), true);
    world.enter(Input::Up(to(SERVER)));
    forbidden(&mut world);
    world.watch("alice", &alice(), false);
    world.pass(Duration::from_mins(1));
    world.watch("bob", &subject("99900000002"), true);
    let answer = poserr(204).replace("99900000001", "99900000002");
    let out = world.answer(to(SERVER), &answer);
    assert_eq!(
        (out.events.len(), kinds(out)),
        (1, vec!["subscribers-full"])
    );
    assert_eq!(world.room.unrecorded.len(), 1);
}

#[test]
fn a_clock_that_was_set_back_over_a_restart_does_not_undo_a_withdrawal() {
    let recorded = World::asked().answer(to(SERVER), SLIA).events[0].1.order;
    for answer in [poserr(202), slia("<result resid='204'/>")] {
        let mut world = World::new(options());
        world.now = "2026-03-01T09:00:00Z".parse().unwrap();
        world.room.resume(Source::Pl, recorded.at);
        let elsewhere = recorded.at + Duration::from_hours(9);
        world.room.resume(Source::Pi, elsewhere);
        world.watch("alice", &alice(), true);
        world.enter(Input::Up(to(SERVER)));
        let out = world.answer(to(SERVER), &answer);
        let order = out.events[0].1.order;
        assert!(order > recorded && order.at < elsewhere, "{order:?}");
    }
}
