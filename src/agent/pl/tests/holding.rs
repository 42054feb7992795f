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
            let out = world.pass(most - before);
            assert_eq!(
                (requests(out).len(), states(out)),
                (1, vec![("gmlc", "up")])
            );
            let out = world.answer(to(SERVER), &congested);
            assert_eq!(states(out), [("gmlc", "paused")], "nothing else in between");
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
            let out = world.pass(Duration::from_secs(1));
            assert_eq!(
                (requests(out).len(), states(out)),
                (1, vec![("gmlc", "up")])
            );
            let out = world.answer(to(SERVER), &answer);
            assert_eq!(
                states(out),
                [("gmlc", "paused")],
                "{resid}: nothing else in between"
            );
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

/// After how many seconds somebody is asked for again, at whichever server.
fn seconds_until_asked(world: &mut World) -> Option<u32> {
    (1..=600).find(|_| {
        let out = world.pass(Duration::from_secs(1));
        let mut count = requests(out).len();
        for (_, peer) in out.connects.clone() {
            count += requests(world.enter(Input::Up(to(&peer.to_string())))).len();
        }
        count > 0
    })
}

#[test]
fn whose_question_failed_is_asked_for_again_after_the_interval() {
    for (status, secs) in [
        (500, 30),
        (503, 30),
        (401, 30),
        (429, 30),
        (302, 30),
        (400, 60),
    ] {
        let mut world = World::asked();
        let out = world.chunk(to(SERVER), http(status, "").as_bytes());
        assert!(
            requests(out).is_empty() && out.connects.is_empty(),
            "{status}"
        );
        assert_eq!(seconds_until_asked(&mut world), Some(secs), "{status}");
    }
}

#[test]
fn who_is_never_served_is_asked_for_ever_later() {
    for status in [400, 500] {
        let mut world = alone();
        let waits = std::array::from_fn(|_| {
            let out = world.chunk(to(SERVER), http(status, "").as_bytes());
            assert!(status == 500 || states(out).is_empty());
            seconds_until_asked(&mut world).unwrap()
        });
        let expected = match status {
            500 => [30, 60, 120, 240, 300, 300],
            _ => [60, 120, 240, 300, 300, 300],
        };
        assert_eq!(waits, expected, "{status}");
    }
}

#[test]
fn a_request_that_is_refused_is_its_subscribers_failure() {
    for status in [400, 404, 413] {
        let mut world = both_asked();
        let out = world.chunk(to(SERVER), http(status, "").as_bytes());
        assert_eq!((kinds(out), states(out)), (vec!["http-status"], vec![]));
        // Others are asked for as before.
        watch(&mut world, "carol", '3');
        let asked = requests(world.pass(Duration::from_millis(10)));
        assert_eq!(asked, [(to(SERVER), "99900000003".to_owned())]);
    }
}

#[test]
fn a_server_that_refuses_the_requests_for_one_after_the_other_is_held_back() {
    let mut world = both_asked();
    let refused = http(404, "");
    assert_eq!(states(world.chunk(to(SERVER), refused.as_bytes())), []);
    let out = world.chunk(second_to(SERVER), refused.as_bytes());
    assert_eq!(states(out), [("gmlc", "paused")]);
    let out = watch(&mut world, "carol", '3');
    assert_eq!(out.connects, [(Carrier::Tcp, SPARE.parse().unwrap())]);
    // A good answer in between has it begin anew.
    let mut world = both_asked();
    world.chunk(to(SERVER), refused.as_bytes());
    world.answer(second_to(SERVER), SLIA);
    watch(&mut world, "carol", '3');
    assert_eq!(requests(world.pass(Duration::from_millis(10))).len(), 1);
    assert_eq!(states(world.chunk(to(SERVER), refused.as_bytes())), []);
}

#[test]
fn a_connection_that_is_lost_again_and_again_leaves_the_interval() {
    let mut world = both_asked();
    world.enter(Input::Down(to(SERVER)));
    world.answer(second_to(SERVER), SLIA);
    let asked = requests(world.pass(Duration::from_millis(10)));
    assert_eq!(asked, [(second_to(SERVER), "99900000001".to_owned())]);
    world.enter(Input::Down(second_to(SERVER)));
    assert_eq!(seconds_until_asked(&mut world), Some(60));
}
