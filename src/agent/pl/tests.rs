//! The room as a whole: what it asks, tells and answers.

mod holding;
mod linking;
mod pushing;
mod withdrawing;

use std::time::Duration;

use pengate_codecs::mlp::{Body, Service, read};
use proptest::prelude::*;

use super::{subscribers::Name, *};
use crate::{
    agent::room::{Ticket, Verdict},
    event::{Fact, Imsi, Located, Msisdn, NetworkEvent, Place, Shape, Subject},
    feed::Carrier,
    pen::Presentity,
};

const SERVER: &str = "192.0.2.9:9210";
const SPARE: &str = "192.0.2.10:9210";
const SLIA: &str = include_str!("../../../codecs/tests/data/mlp/slia-circle.xml");
/// When the position of the sample was: a quarter past ten.
const THEN: &str = "2026-03-01T10:15:30Z";

struct World {
    room: Pl,
    now: Stamp,
    out: Outbox,
}

fn options() -> Options {
    let server = |name, address: &str| ServerOptions {
        name: SmolStr::new_static(name),
        address: address.parse().unwrap(),
        client: SmolStr::new_static("pengate"),
        password: SmolStr::new_static("secret"),
        push_client: SmolStr::new_static("gmlc1"),
        push_password: SmolStr::new_static("secret"),
        ..ServerOptions::default()
    };
    Options {
        servers: vec![server("gmlc", SERVER), server("spare", SPARE)],
        push_target: SmolStr::new_static("/mlp"),
        ..Options::default()
    }
}

impl World {
    fn new(options: Options) -> Self {
        Self {
            room: Pl::new(options, Random::new(1)),
            now: THEN.parse().unwrap(),
            out: Outbox::default(),
        }
    }

    fn enter(&mut self, input: Input<'_>) -> &Outbox {
        self.out.clear();
        self.room.input(self.now, &[input], &mut self.out);
        &self.out
    }

    /// Time goes on, and every timer on the way is met; what comes of it is put together.
    fn pass(&mut self, span: Duration) -> &Outbox {
        self.out.clear();
        let end = self.now + span;
        while let Some(due) = self.room.deadline().filter(|due| *due <= end) {
            assert!(due > self.now, "a deadline is in the future");
            self.now = due;
            self.room.input(due, &[], &mut self.out);
        }
        self.now = end;
        &self.out
    }

    fn watch(&mut self, name: &str, subject: &Subject, place: bool) -> &Outbox {
        let presentity = Presentity::canonical(format!("sip:{name}@ims.example"));
        self.enter(Input::Watch(Watch {
            presentity: &presentity,
            subject,
            watched: true,
            place,
        }))
    }

    fn chunk(&mut self, channel: Channel, octets: &[u8]) -> &Outbox {
        let chunk = Chunk {
            at: self.now,
            channel,
            heading: Heading::In,
            bytes: octets,
        };
        self.enter(Input::Chunk(chunk))
    }

    fn answer(&mut self, channel: Channel, body: &str) -> &Outbox {
        self.chunk(channel, http(200, body).as_bytes())
    }

    /// Alice is watched and asked for at the first server.
    fn asked() -> Self {
        let mut world = Self::new(options());
        world.watch("alice", &alice(), true);
        world.enter(Input::Up(to(SERVER)));
        world
    }
}

fn to(server: &str) -> Channel {
    Channel {
        carrier: Carrier::Tcp,
        local: "192.0.2.1:40000".parse().unwrap(),
        peer: server.parse().unwrap(),
    }
}

fn alice() -> Subject {
    subject("99900000001")
}

fn subject(number: &str) -> Subject {
    Subject {
        msisdn: Some(Msisdn(number.parse().unwrap())),
        imsi: Some(Imsi("001010000000001".parse().unwrap())),
        ..Subject::default()
    }
}

fn http(status: u16, body: &str) -> String {
    format!(
        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn slia(inside: &str) -> String {
    format!("<svc_result ver='3.4.0'><slia ver='3.4.0'>{inside}</slia></svc_result>")
}

fn poserr(resid: u16) -> String {
    slia(&format!(
        "<pos><msid>99900000001</msid><poserr><result resid='{resid}'/>\
         <time>20260301101530</time></poserr></pos>"
    ))
}

fn kinds(out: &Outbox) -> Vec<&'static str> {
    out.faults.iter().map(|fault| fault.kind).collect()
}

fn states(out: &Outbox) -> Vec<(&str, &'static str)> {
    let links = out.links.iter();
    links.map(|link| (link.link.as_str(), link.state)).collect()
}

fn places(out: &Outbox) -> Vec<&Located> {
    let events = out.events.iter();
    let located = events.map(|(_, NetworkEvent { fact, .. })| match fact {
        Fact::Located(located) => located,
        other => panic!("{other:?}"),
    });
    located.collect()
}

/// About whom the servers were asked.
fn requests(out: &Outbox) -> Vec<(Channel, String)> {
    let sends = out.sends().map(|(channel, octets)| {
        let text = std::str::from_utf8(octets).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("POST / HTTP/1.1\r\nHost: 192.0.2."),
            "{head}"
        );
        let document = read(body, &Limits::default()).unwrap();
        assert_eq!(document.service, Service::Slir);
        let Body::Request(request) = &document.body else {
            panic!("a request");
        };
        (channel, request.msids[0].value.to_string())
    });
    sends.collect()
}

#[test]
fn who_is_watched_is_located_by_the_first_server() {
    let mut world = World::new(options());
    let out = world.watch("alice", &alice(), true);
    assert_eq!(out.connects, [(Carrier::Tcp, SERVER.parse().unwrap())]);
    assert_eq!(states(out), [("gmlc", "connecting")]);
    let out = world.enter(Input::Up(to(SERVER)));
    assert_eq!(requests(out), [(to(SERVER), "99900000001".to_owned())]);
    let out = world.answer(to(SERVER), SLIA);
    let [(_, event)] = &out.events[..] else {
        panic!("an event");
    };
    assert_eq!(
        (event.source, event.reporter.as_str()),
        (Source::Pl, "gmlc")
    );
    assert_eq!(event.order.at, THEN.parse().unwrap());
    assert_eq!(event.subject, Name::of(&alice()).unwrap().subject());
    let [located] = places(out)[..] else {
        panic!("a place");
    };
    assert!(matches!(
        located.place.shape,
        Some(Shape::Circle {
            latitude: 304_625_833,
            longitude: 454_307_722,
            radius: 57_000
        })
    ));
    assert!(located.place.cell.is_some());
    assert_eq!(located.place.fix.as_ref().unwrap().confidence, Some(90));
    assert_eq!(located.lifetime, Some(Duration::from_mins(15)));
    assert!(out.faults.is_empty());
}

#[test]
fn nobody_is_asked_for_whose_place_nobody_is_shown() {
    let mut world = World::new(options());
    let out = world.watch("alice", &alice(), false);
    assert!(out.connects.is_empty());
    let nameless = Subject::default();
    assert!(world.watch("bob", &nameless, true).connects.is_empty());
    let by_uri = Subject {
        uri: Some(SmolStr::new_static("tel:+99900000002;phone-context=x")),
        ..nameless
    };
    world.watch("bob", &by_uri, true);
    let out = world.enter(Input::Up(to(SERVER)));
    assert_eq!(requests(out), [(to(SERVER), "99900000002".to_owned())]);
}

#[test]
fn a_position_is_asked_for_anew_when_it_is_old_while_somebody_watches() {
    let mut world = World::asked();
    world.answer(to(SERVER), SLIA);
    assert!(requests(world.pass(Duration::from_secs(299))).is_empty());
    assert_eq!(requests(world.pass(Duration::from_secs(1))).len(), 1);
    world.answer(to(SERVER), SLIA);
    world.watch("alice", &alice(), false);
    assert!(requests(world.pass(Duration::from_hours(1))).is_empty());
    assert_eq!(
        world.room.subscribers.len(),
        0,
        "nothing is kept of who is not watched"
    );
}

#[test]
fn watchers_that_come_and_go_cause_no_more_requests_than_the_interval_allows() {
    let mut world = World::asked();
    for _ in 0..5 {
        assert!(requests(world.watch("alice", &alice(), false)).is_empty());
        assert!(requests(world.watch("alice", &alice(), true)).is_empty());
    }
    world.answer(to(SERVER), SLIA);
    for _ in 0..5 {
        assert!(requests(world.watch("alice", &alice(), false)).is_empty());
        assert!(requests(world.watch("alice", &alice(), true)).is_empty());
    }
    assert!(requests(world.pass(Duration::from_secs(29))).is_empty());
    assert_eq!(requests(world.pass(Duration::from_secs(1))).len(), 1);
}

#[test]
fn requests_to_a_server_keep_its_pace() {
    let mut world = World::new(Options {
        servers: vec![ServerOptions {
            address: SERVER.parse().unwrap(),
            interval: Duration::from_secs(2),
            connections_max: 1,
            ..ServerOptions::default()
        }],
        ..options()
    });
    for number in 0..3 {
        let subject = subject(&format!("9990000000{number}"));
        world.watch(&format!("user{number}"), &subject, true);
    }
    assert_eq!(requests(world.enter(Input::Up(to(SERVER)))).len(), 1);
    let out = world.answer(to(SERVER), &poserr(5));
    assert!(requests(out).is_empty() && out.connects.is_empty());
    assert_eq!(requests(world.pass(Duration::from_secs(2))).len(), 1);
    world.now = world.now + Duration::from_secs(5);
    assert_eq!(requests(world.answer(to(SERVER), &poserr(5))).len(), 1);
}

#[test]
fn busy_connections_are_joined_by_more_up_to_the_limit() {
    let mut world = World::asked();
    let mut opened = 1;
    for number in 2..10 {
        let subject = subject(&format!("9990000000{number}"));
        let connects = world
            .watch(&format!("user{number}"), &subject, true)
            .connects
            .len();
        if connects > 0 {
            opened += connects;
            let mut channel = to(SERVER);
            channel.local.set_port(40_000 + number);
            world.enter(Input::Up(channel));
        }
        world.pass(Duration::from_millis(10));
    }
    assert_eq!(opened, ServerOptions::default().connections_max);
}

#[test]
fn what_forbids_to_locate_takes_the_place_away_at_once_and_for_long() {
    for resid in [202, 204] {
        for answer in [poserr(resid), slia(&format!("<result resid='{resid}'/>"))] {
            let mut world = World::asked();
            let out = world.answer(to(SERVER), SLIA);
            let before = out.events[0].1.order;
            world.pass(Duration::from_mins(5));
            let out = world.answer(to(SERVER), &answer);
            assert_eq!(places(out)[0].place, Place::default());
            assert_eq!(places(out)[0].lifetime, None);
            assert!(out.events[0].1.order > before && out.faults.is_empty());
            assert!(requests(world.pass(Duration::from_hours(23))).is_empty());
            assert!(requests(world.watch("alice", &alice(), false)).is_empty());
            assert!(requests(world.watch("alice", &alice(), true)).is_empty());
        }
    }
}

#[test]
fn at_one_instant_what_forbids_counts() {
    let mut world = World::asked();
    let located = world.answer(to(SERVER), SLIA).events[0].1.order;
    let mut world = World::asked();
    let withheld = world.answer(to(SERVER), &poserr(202)).events[0].1.order;
    assert_eq!(located.at, withheld.at);
    assert!(withheld > located);
}

#[test]
fn other_results_leave_what_is_known_and_are_tried_again_ever_later() {
    for (resid, fault) in [
        (0, Some("result-server")),
        (1, Some("result-server")),
        (5, None),
        (10, Some("result-server")),
        (105, Some("result-request")),
        (201, Some("result-network")),
        (203, Some("result-network")),
        (599, Some("result-other")),
    ] {
        let mut world = World::asked();
        let out = world.answer(to(SERVER), &poserr(resid));
        assert!(out.events.is_empty(), "{resid}");
        assert_eq!(kinds(out), Vec::from_iter(fault), "{resid}");
        assert!(requests(world.pass(Duration::from_secs(59))).is_empty());
        assert_eq!(
            requests(world.pass(Duration::from_secs(1))).len(),
            1,
            "{resid}"
        );
        world.answer(to(SERVER), &poserr(resid));
        assert!(requests(world.pass(Duration::from_secs(119))).is_empty());
        assert_eq!(
            requests(world.pass(Duration::from_secs(1))).len(),
            1,
            "{resid}"
        );
    }
}

#[test]
fn an_unknown_subscriber_is_left_alone_for_long() {
    let mut world = World::asked();
    let out = world.answer(to(SERVER), &poserr(4));
    assert!(out.events.is_empty());
    assert!(requests(world.pass(Duration::from_hours(23))).is_empty());
    assert_eq!(requests(world.pass(Duration::from_hours(1))).len(), 1);
}

#[test]
fn what_cannot_be_used_is_a_fault_and_no_event() {
    let body = |inside: &str| slia(&format!("<pos><msid>99900000001</msid>{inside}</pos>"));
    let ahead = SLIA.replace("20260301121530", "20260301121631");
    let bad = SLIA.replace("30 27 45.3N", "30 27 75.3N");
    let other = SLIA.replace("99900000001", "99900000002");
    let civic = "<pd><time>20260301101530</time><civicloc/></pd>";
    for (answer, fault) in [
        ("<html/>".to_owned(), "root"),
        ("\u{1}".to_owned(), "not-well-formed"),
        (body(""), ""),
        (body(civic), "no-place"),
        (slia("<req_id>1</req_id>"), "service"),
        (ahead, "time-ahead"),
        (bad, "coordinate"),
        (other, "other-subscriber"),
    ] {
        let mut world = World::asked();
        let out = world.answer(to(SERVER), &answer);
        assert!(out.events.is_empty(), "{answer}");
        let expected: Vec<_> = Some(fault)
            .filter(|fault| !fault.is_empty())
            .into_iter()
            .collect();
        assert_eq!(kinds(out), expected, "{answer}");
        assert!(out.hang_ups.is_empty(), "a bad document takes no link down");
        assert_eq!(requests(world.pass(Duration::from_mins(1))).len(), 1);
    }
}

#[test]
fn a_clock_that_is_a_little_fast_does_not_lead() {
    let mut world = World::asked();
    let answer = SLIA.replace("20260301121530", "20260301121629");
    let out = world.answer(to(SERVER), &answer);
    assert_eq!(out.events[0].1.order.at, THEN.parse().unwrap());
}

#[test]
fn an_unavailable_server_is_left_alone_and_the_next_one_asked() {
    let busy = "HTTP/1.1 503 X\r\nRetry-After: 20\r\nContent-Length: 0\r\n\r\n".to_owned();
    for (answer, fault) in [
        (busy, "http-unavailable"),
        (http(401, ""), "http-unauthorized"),
        (http(302, ""), "http-status"),
    ] {
        let mut world = World::asked();
        world.watch("bob", &subject("99900000002"), true);
        let out = world.chunk(to(SERVER), answer.as_bytes());
        assert_eq!(kinds(out), [fault]);
        assert_eq!(out.connects, [(Carrier::Tcp, SPARE.parse().unwrap())]);
        assert_eq!(states(out), [("gmlc", "paused"), ("spare", "connecting")]);
        let out = world.enter(Input::Up(to(SPARE)));
        assert_eq!(requests(out), [(to(SPARE), "99900000002".to_owned())]);
        let answer = SLIA.replace("99900000001", "99900000002");
        assert_eq!(world.answer(to(SPARE), &answer).events.len(), 1);
    }
}

#[test]
fn a_server_is_tried_again_after_the_time_it_told() {
    let mut options = options();
    options.servers.pop();
    let mut world = World::new(options);
    world.watch("alice", &alice(), true);
    world.enter(Input::Up(to(SERVER)));
    let busy = "HTTP/1.1 503 X\r\nRetry-After: 40\r\nContent-Length: 0\r\n\r\n";
    world.chunk(to(SERVER), busy.as_bytes());
    assert!(requests(world.pass(Duration::from_secs(39))).is_empty());
    let out = world.pass(Duration::from_secs(1));
    assert_eq!(
        (requests(out).len(), states(out)),
        (1, vec![("gmlc", "up")])
    );
}

#[test]
fn connections_that_fail_are_tried_again_ever_later() {
    let mut options = options();
    options.servers.pop();
    let mut world = World::new(options);
    let mut connects = world.watch("alice", &alice(), true).connects.len();
    for round in 0..6_u32 {
        assert_eq!(connects, 1, "{round}");
        let out = world.enter(Input::Refused(SERVER.parse().unwrap()));
        assert_eq!(kinds(out), ["not-connected"]);
        let least = Duration::from_secs(1 << round) - Duration::from_millis(1);
        assert!(world.pass(least).connects.is_empty(), "{round}");
        connects = world
            .pass(least / 4 + Duration::from_millis(2))
            .connects
            .len();
    }
}

#[test]
fn a_request_whose_connection_is_lost_is_made_again() {
    let mut world = World::asked();
    let (first, _) = SLIA.split_at(200);
    let head = format!(
        "HTTP/1.1 200 X\r\nContent-Length: {}\r\n\r\n{first}",
        SLIA.len()
    );
    world.chunk(to(SERVER), head.as_bytes());
    let out = world.enter(Input::Down(to(SERVER)));
    assert_eq!(kinds(out), ["connection-lost"]);
    assert_eq!(out.connects, [(Carrier::Tcp, SPARE.parse().unwrap())]);
    assert_eq!(requests(world.enter(Input::Up(to(SPARE)))).len(), 1);
}

#[test]
fn an_answer_that_does_not_come_is_given_up() {
    let mut world = World::asked();
    let out = world.pass(Duration::from_secs(30));
    assert_eq!(
        (kinds(out), &out.hang_ups[..]),
        (vec!["no-answer"], &[to(SERVER)][..])
    );
    assert_eq!(states(out)[0], ("gmlc", "down"));
    // What comes late after all is nobody's.
    assert!(world.answer(to(SERVER), SLIA).events.is_empty());
    world.enter(Input::Down(to(SERVER)));
    let connects = &world.pass(Duration::from_mins(1)).connects;
    assert_eq!(connects.len(), 1, "{connects:?}");
}

#[test]
fn an_answer_to_nothing_ends_the_connection() {
    let mut world = World::asked();
    let out = world.chunk(to(SERVER), http(200, SLIA).repeat(2).as_bytes());
    assert_eq!((out.events.len(), kinds(out)), (1, vec!["unasked-answer"]));
    assert_eq!(out.hang_ups, [to(SERVER)]);
}

#[test]
fn tables_and_queues_are_bounded() {
    let mut world = World::new(Options {
        subscribers_max: 3,
        queue_max: 2,
        ..options()
    });
    let mut faults = Vec::new();
    for number in 1..=4 {
        let subject = subject(&format!("9990000000{number}"));
        faults.extend(kinds(world.watch(&format!("user{number}"), &subject, true)));
    }
    assert_eq!(faults, ["queue-full", "subscribers-full"]);
    assert_eq!(world.room.subscribers.len(), 3);
}

#[test]
fn every_prefix_of_an_answer_tells_nothing() {
    let answer = http(200, SLIA);
    for end in 0..answer.len() {
        let mut world = World::asked();
        let out = world.chunk(to(SERVER), &answer.as_bytes()[..end]);
        assert!(out.events.is_empty() && out.faults.is_empty(), "{end}");
    }
}

proptest! {
    #[test]
    fn where_an_answer_is_cut_makes_no_difference(cut in 1..800_usize) {
        let answer = http(200, SLIA);
        let mut world = World::asked();
        let mut events = Vec::new();
        for piece in answer.as_bytes().chunks(cut) {
            events.extend(world.chunk(to(SERVER), piece).events.iter().cloned());
        }
        let mut whole = World::asked();
        prop_assert_eq!(&events, &whole.answer(to(SERVER), SLIA).events);
    }

    #[test]
    fn no_story_upsets_the_room(steps in proptest::collection::vec((0..9_u8, 0..4_u16), 0..60)) {
        let mut world = World::new(Options { subscribers_max: 3, queue_max: 2, ..options() });
        for (step, which) in steps {
            let server = if which % 2 == 0 { SERVER } else { SPARE };
            let mut channel = to(server);
            channel.local.set_port(40_000 + which);
            let subject = subject(&format!("9990000000{which}"));
            let name = format!("user{which}");
            match step {
                0 => { world.watch(&name, &subject, true); }
                1 => { world.watch(&name, &subject, false); }
                2 => { world.enter(Input::Up(channel)); }
                3 => { world.enter(Input::Down(channel)); }
                4 => { world.enter(Input::Refused(channel.peer)); }
                5 => { world.answer(channel, SLIA); }
                6 => { world.answer(channel, &poserr(202)); }
                7 => { world.chunk(channel, b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"); }
                _ => { world.pass(Duration::from_secs(1 << (which * 4))); }
            }
            prop_assert!(world.room.subscribers.len() <= 3);
            prop_assert!(world.room.servers.iter().all(|server| server.connections.len() <= 8));
        }
    }
}
