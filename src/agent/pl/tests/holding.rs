//! Servers that are held back, and who is asked for meanwhile.

use super::*;

const BUSY: &str = "HTTP/1.1 503 X\r\nRetry-After: 300\r\nContent-Length: 0\r\n\r\n";

fn second_to(server: &str) -> Channel {
    let mut channel = to(server);
    channel.local.set_port(40_001);
    channel
}

/// Somebody else is watched.
fn watch<'w>(world: &'w mut World, name: &str, digit: char) -> &'w Outbox {
    world.watch(name, &subject(&format!("9990000000{digit}")), true)
}

/// Alice and Bob are asked for at the first server, each on a connection of her or his own.
fn both_asked() -> World {
    let mut world = World::asked();
    watch(&mut world, "bob", '2');
    world.pass(Duration::from_millis(10));
    let out = world.enter(Input::Up(second_to(SERVER)));
    assert_eq!(requests(out).len(), 1);
    world
}

#[test]
fn a_good_answer_to_an_earlier_question_does_not_end_a_pause() {
    let mut world = both_asked();
    let out = world.chunk(to(SERVER), BUSY.as_bytes());
    assert_eq!(states(out)[0], ("gmlc", "paused"));
    assert_eq!(states(world.answer(second_to(SERVER), SLIA)), []);
    let out = watch(&mut world, "carol", '3');
    let spare = (Carrier::Tcp, SPARE.parse().unwrap());
    assert!(out.connects.is_empty() || out.connects == [spare]);
    let out = world.enter(Input::Up(to(SPARE)));
    assert_eq!(requests(out).len(), 1, "the next server is asked");
}

#[test]
fn a_pause_outlasts_the_connection_that_it_was_told_on() {
    let mut world = both_asked();
    let last = BUSY.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
    world.chunk(to(SERVER), last.as_bytes());
    world.enter(Input::Down(to(SERVER)));
    world.answer(second_to(SERVER), SLIA);
    let out = world.enter(Input::Down(second_to(SERVER)));
    assert_eq!(states(out), []);
    watch(&mut world, "carol", '3');
    let out = world.enter(Input::Up(to(SPARE)));
    assert_eq!(requests(out).len(), 1, "the next server is asked");
}

/// The first server alone is there, and Alice is asked for.
fn alone() -> World {
    let mut options = options();
    options.servers.pop();
    let mut world = World::new(options);
    world.watch("alice", &alice(), true);
    world.enter(Input::Up(to(SERVER)));
    world
}

#[test]
fn a_congested_server_is_held_back_ever_longer() {
    for whole in [false, true] {
        let congested = match whole {
            true => slia("<result resid='101'/>"),
            false => poserr(101),
        };
        let mut world = alone();
        let out = world.answer(to(SERVER), &congested);
        assert_eq!(states(out), [("gmlc", "paused")]);
        for (round, digit) in ('2'..='6').enumerate() {
            let name = format!("user{digit}");
            assert!(requests(watch(&mut world, &name, digit)).is_empty());
            let least = Duration::from_secs(1 << round);
            let most = least + least / 4;
            let before = least - Duration::from_millis(1);
            assert!(requests(world.pass(before)).is_empty(), "{round}");
            assert_eq!(requests(world.pass(most - before)).len(), 1, "{round}");
            let out = world.answer(to(SERVER), &congested);
            assert_eq!(states(out), [], "it does not come up in between");
        }
    }
}

#[test]
fn a_server_that_does_not_serve_us_is_held_back_for_long() {
    for resid in [3, 103] {
        for answer in [poserr(resid), slia(&format!("<result resid='{resid}'/>"))] {
            let mut world = alone();
            let out = world.answer(to(SERVER), &answer);
            assert_eq!(states(out), [("gmlc", "paused")], "{resid}");
            watch(&mut world, "bob", '2');
            assert!(requests(world.pass(Duration::from_secs(299))).is_empty());
            assert_eq!(requests(world.pass(Duration::from_secs(1))).len(), 1);
            let out = world.answer(to(SERVER), &answer);
            assert_eq!(states(out), [], "{resid}: it does not come up in between");
        }
    }
}

#[test]
fn a_free_connection_waits_for_the_pace_and_not_for_another_connection() {
    let mut world = both_asked();
    world.enter(Input::Down(second_to(SERVER)));
    world.answer(to(SERVER), SLIA);
    let asked = requests(world.pass(Duration::from_millis(10)));
    assert_eq!(asked, [(to(SERVER), "99900000002".to_owned())]);
}
