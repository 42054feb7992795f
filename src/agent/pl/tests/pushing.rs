//! What servers push.

use super::*;

const SLREP: &str = include_str!("../../../../codecs/tests/data/mlp/slrep.xml");
const TLREP: &str = include_str!("../../../../codecs/tests/data/mlp/tlrep.xml");

/// A connection that the server opened.
fn from(server: &str) -> Channel {
    let ip = server.parse::<SocketAddr>().unwrap().ip();
    Channel {
        carrier: Carrier::Tcp,
        local: "192.0.2.1:9210".parse().unwrap(),
        peer: SocketAddr::new(ip, 51_000),
    }
}

fn post(body: &str) -> String {
    let length = body.len();
    format!("POST /mlp HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\n{body}")
}

/// Status and body of what was answered, and the result's number in it.
fn answers(out: &Outbox) -> Vec<(u16, Option<u16>)> {
    let sends = out.sends().map(|(_, octets)| {
        let text = std::str::from_utf8(octets).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head[9..12].parse().unwrap();
        let code = (!body.is_empty()).then(|| {
            let document = read(body, &Limits::default()).unwrap();
            document.outcome().unwrap().code.0
        });
        (status, code)
    });
    sends.collect()
}

fn world() -> World {
    let mut world = World::new(options());
    world.enter(Input::Up(from(SERVER)));
    world
}

/// A report with the credentials of the server.
fn signed(report: &str) -> String {
    let header = "<hdr><client><id>gmlc1</id><pwd>secret</pwd></client></hdr>";
    report.replacen("<tlrep", &format!("{header}<tlrep"), 1)
}

#[test]
fn a_subscribers_own_report_is_answered_when_it_is_durable() {
    for (verdict, code) in [(Verdict::Settled, 0), (Verdict::Refused, 602)] {
        let mut world = world();
        let out = world.chunk(from(SERVER), post(SLREP).as_bytes());
        assert!(answers(out).is_empty());
        let [(ticket, event)] = out.events[..].to_vec().try_into().unwrap();
        assert_eq!(event.subject.uri.as_deref(), Some("sip:alice@ims.example"));
        assert_eq!(event.reporter, "gmlc");
        let out = world.enter(Input::Settled(ticket, verdict));
        assert_eq!(answers(out), [(200, Some(code))]);
        assert!(answers(world.enter(Input::Settled(ticket, verdict))).is_empty());
    }
}

#[test]
fn a_target_may_be_told_with_scheme_and_host() {
    let mut world = world();
    let request = post(SLREP).replacen("/mlp", "http://192.0.2.1:9210/mlp", 1);
    let out = world.chunk(from(SERVER), request.as_bytes());
    assert_eq!((out.events.len(), kinds(out)), (1, vec![]));
}

#[test]
fn a_triggered_report_is_answered_with_nothing_once_all_of_it_is_durable() {
    let report = signed(TLREP).replace(
        "</trl_pos><trl_pos",
        "</trl_pos><trl_pos><msid>99900000003</msid><poserr><result resid=\"204\"/></poserr></trl_pos><trl_pos",
    );
    for (verdicts, status) in [
        ([Verdict::Settled, Verdict::Settled], 200),
        ([Verdict::Refused, Verdict::Settled], 503),
    ] {
        let mut world = world();
        let out = world.chunk(from(SERVER), post(&report).as_bytes());
        let tickets: Vec<_> = out.events.iter().map(|(ticket, _)| *ticket).collect();
        assert_eq!(tickets.len(), 2);
        assert!(!places(out)[0].place.is_withheld() && places(out)[1].place.is_withheld());
        let out = world.enter(Input::Settled(tickets[1], verdicts[0]));
        assert!(answers(out).is_empty());
        let out = world.enter(Input::Settled(tickets[0], verdicts[1]));
        assert_eq!(answers(out), [(status, None)]);
    }
}

#[test]
fn reports_of_strangers_are_refused() {
    let stranger = SLREP.replace("<pwd>secret", "<pwd>Secret");
    let nameless = TLREP.to_owned();
    for body in [stranger, nameless] {
        let mut world = world();
        let out = world.chunk(from(SERVER), post(&body).as_bytes());
        assert_eq!(
            (answers(out), kinds(out)),
            (vec![(403, None)], vec!["unknown-server"])
        );
        assert!(out.events.is_empty());
    }
}

#[test]
fn a_server_without_a_name_is_known_by_its_address() {
    let mut options = options();
    options.servers[0].push_client = SmolStr::default();
    for (server, count) in [(SERVER, 1), ("192.0.2.77:1", 0)] {
        let mut world = World::new(options.clone());
        world.enter(Input::Up(from(server)));
        let events = world
            .chunk(from(server), post(TLREP).as_bytes())
            .events
            .len();
        assert_eq!(events, count, "{server}");
    }
}

#[test]
fn an_empty_password_is_nobodys() {
    let mut options = options();
    for server in &mut options.servers {
        server.push_password = SmolStr::default();
    }
    let stranger = from("198.51.100.66:1");
    for password in ["<pwd/>", "<pwd></pwd>", ""] {
        let mut world = World::new(options.clone());
        world.enter(Input::Up(stranger));
        let report = signed(TLREP).replace("<pwd>secret</pwd>", password);
        let out = world.chunk(stranger, post(&report).as_bytes());
        assert!(out.events.is_empty(), "{password}");
        assert_eq!(kinds(out), ["unknown-server"], "{password}");
    }
}

#[test]
fn what_is_no_report_is_answered_as_the_protocol_says() {
    let result = |inside: &str| {
        let header = "<hdr><client><id>gmlc1</id><pwd>secret</pwd></client></hdr>";
        post(&format!(
            "<svc_result ver='3.4.0'>{header}{inside}</svc_result>"
        ))
    };
    let position =
        "<req_id>1</req_id><pos><msid>1</msid><poserr><result resid='1'/></poserr></pos>";
    for (request, answer, fault) in [
        (
            "GET /mlp HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
            (405, None),
            "http-method",
        ),
        (
            post(SLREP).replace("/mlp", "/else"),
            (404, None),
            "http-target",
        ),
        (
            post(SLREP).replace("/mlp", "http://192.0.2.1:9210/else"),
            (404, None),
            "http-target",
        ),
        (post("nonsense"), (400, Some(106)), "not-well-formed"),
        (post("<a/>"), (404, Some(108)), "root"),
        (result("<new_service/>"), (404, Some(108)), "service"),
        (result("<slrep/>"), (400, Some(105)), "missing-element"),
        (
            result("<slia><req_id>1</req_id></slia>"),
            (404, Some(108)),
            "service",
        ),
        (result("<tlrsa><req_id>1</req_id></tlrsa>"), (200, None), ""),
        (
            result(&format!("<slirep>{position}</slirep>")),
            (200, None),
            "report-not-used",
        ),
        (
            post("<svc_result ver='4.0.0'/>"),
            (400, Some(103)),
            "version",
        ),
    ] {
        let mut world = world();
        let out = world.chunk(from(SERVER), request.as_bytes());
        assert_eq!(answers(out), [answer], "{request}");
        let expected: Vec<_> = Some(fault)
            .filter(|fault| !fault.is_empty())
            .into_iter()
            .collect();
        assert_eq!(kinds(out), expected, "{request}");
        assert!(out.hang_ups.is_empty(), "the connection goes on");
    }
}

#[test]
fn a_report_of_nothing_that_can_be_used_is_not_accepted() {
    let mut world = world();
    let body = SLREP.replace("30 27 45.3N", "30 27 75.3N");
    let out = world.chunk(from(SERVER), post(&body).as_bytes());
    assert_eq!(
        (answers(out), kinds(out)),
        (vec![(200, Some(603))], vec!["coordinate"])
    );
}

#[test]
fn an_answer_to_a_connection_that_is_gone_is_dropped() {
    let mut world = world();
    let ticket = world.chunk(from(SERVER), post(SLREP).as_bytes()).events[0].0;
    world.enter(Input::Down(from(SERVER)));
    assert!(answers(world.enter(Input::Settled(ticket, Verdict::Settled))).is_empty());
}

#[test]
fn connections_that_push_are_bounded_and_end_when_they_are_silent() {
    let mut world = World::new(Options {
        push_connections_max: 1,
        ..options()
    });
    world.enter(Input::Up(from(SERVER)));
    let out = world.enter(Input::Up(from(SPARE)));
    assert_eq!(
        (kinds(out), out.hang_ups.len()),
        (vec!["connections-full"], 1)
    );
    let out = world.pass(Duration::from_mins(5));
    assert_eq!(out.hang_ups, [from(SERVER)]);
}
