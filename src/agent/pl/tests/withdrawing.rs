//! Places that are taken away, and the log.

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
    assert_eq!(world.room.withdrawals.len(), 1, "one for each subscriber");
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
    assert_eq!(world.room.withdrawals.len(), 1);
}
