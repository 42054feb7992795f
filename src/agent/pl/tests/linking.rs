//! The states of a server's link.

use super::*;

const BUSY: &str = "HTTP/1.1 503 X\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n";

/// The last answer on its connection.
fn last(answer: &str) -> String {
    answer.replacen("\r\n\r\n", "\r\nConnection: close\r\n\r\n", 1)
}

/// Nobody is asked for any more.
fn unwatch(world: &mut World) {
    world.watch("alice", &alice(), false);
}

#[test]
fn a_pause_is_over_when_its_time_is_though_nobody_is_asked_for() {
    for closes in [false, true] {
        let mut world = World::asked();
        let out = world.chunk(to(SERVER), BUSY.as_bytes());
        assert_eq!(states(out), [("gmlc", "paused")]);
        unwatch(&mut world);
        if closes {
            assert_eq!(states(world.enter(Input::Down(to(SERVER)))), []);
        }
        let before = Duration::from_millis(4_999);
        assert_eq!(states(world.pass(before)), []);
        let out = world.pass(Duration::from_millis(1));
        assert_eq!(states(out), [("gmlc", "up")]);
        assert_eq!(states(world.pass(Duration::from_hours(1))), []);
    }
}

#[test]
fn a_server_that_is_lost_while_it_is_held_back_is_down_after_it() {
    let mut world = World::asked();
    let out = world.watch("bob", &subject("99900000002"), true);
    assert_eq!(out.connects, [(Carrier::Tcp, SERVER.parse().unwrap())]);
    world.chunk(to(SERVER), last(BUSY).as_bytes());
    assert_eq!(states(world.enter(Input::Down(to(SERVER)))), []);
    let out = world.enter(Input::Refused(SERVER.parse().unwrap()));
    assert_eq!((kinds(out), states(out)), (vec!["not-connected"], vec![]));
    let out = world.pass(Duration::from_secs(5));
    assert_eq!(states(out), [("gmlc", "down"), ("gmlc", "connecting")]);
}

#[test]
fn a_connection_that_ends_after_its_answer_changes_nothing_until_one_is_refused() {
    let told = last(&http(200, SLIA));
    // The end of the connection is that of the answer.
    let ended = format!("HTTP/1.1 200 X\r\n\r\n{SLIA}");
    let mut world = World::asked();
    for answer in [&told, &ended, &told] {
        assert_eq!(states(world.chunk(to(SERVER), answer.as_bytes())), []);
        assert_eq!(states(world.enter(Input::Down(to(SERVER)))), []);
        let out = world.pass(Duration::from_mins(5));
        assert_eq!((out.connects.len(), states(out)), (1, vec![]));
        let out = world.enter(Input::Up(to(SERVER)));
        assert_eq!((requests(out).len(), states(out)), (1, vec![]));
    }
    world.chunk(to(SERVER), told.as_bytes());
    world.enter(Input::Down(to(SERVER)));
    world.pass(Duration::from_mins(5));
    let out = world.enter(Input::Refused(SERVER.parse().unwrap()));
    assert_eq!(states(out)[0], ("gmlc", "down"));
}

#[test]
fn a_connection_that_is_lost_or_makes_no_sense_is_down_unless_there_is_another() {
    for fails in ["", "no HTTP at all\r\n\r\n"] {
        for another in [false, true] {
            let mut world = World::asked();
            if another {
                world.watch("bob", &subject("99900000002"), true);
                world.pass(Duration::from_millis(10));
                let mut second = to(SERVER);
                second.local.set_port(40_001);
                world.enter(Input::Up(second));
            }
            let mut told: Vec<_> = Vec::new();
            if !fails.is_empty() {
                let out = world.chunk(to(SERVER), fails.as_bytes());
                told.extend(out.links.iter().map(|link| link.state));
            }
            let out = world.enter(Input::Down(to(SERVER)));
            let changes = out.links.iter().filter(|link| link.link == "gmlc");
            told.extend(changes.map(|link| link.state));
            assert_eq!(told.contains(&"down"), !another, "{fails}: {told:?}");
        }
    }
}
