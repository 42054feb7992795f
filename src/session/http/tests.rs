//! Connections as a whole.

use std::time::Duration;

use pengate_codecs::Stamp;
use proptest::prelude::*;

use super::*;

/// What a connection said.
#[derive(Debug, Default)]
struct Said {
    octets: Vec<u8>,
    closed: bool,
    faults: Vec<&'static str>,
}

impl Sink for Said {
    fn send(&mut self, octets: &[u8]) {
        assert!(!self.closed, "nothing is sent after the end");
        self.octets.extend_from_slice(octets);
    }

    fn close(&mut self) {
        self.closed = true;
    }

    fn fault(&mut self, kind: &'static str) {
        self.faults.push(kind);
    }
}

impl Said {
    fn statuses(&self) -> Vec<u16> {
        let text = String::from_utf8_lossy(&self.octets);
        let lines = text.split("HTTP/1.1 ").skip(1);
        lines.map(|line| line[..3].parse().unwrap()).collect()
    }
}

const POST: &str = "POST /mlp HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody";

fn at(secs: i64) -> Stamp {
    Stamp::from_secs(secs)
}

/// Sends octets to a server that answers every request at once with its body.
fn echo(octets: &[u8]) -> Said {
    let (mut server, mut said, options) = (Server::new(at(0)), Said::default(), Options::default());
    let mut asked = Vec::new();
    server.take(
        at(0),
        octets,
        &options,
        &mut said,
        |exchange, request, _| {
            asked.push((exchange, request.body.to_vec()));
        },
    );
    for (exchange, body) in asked {
        server.answer(at(0), exchange, (200, "text/plain", &body), &mut said);
    }
    said
}

#[test]
fn a_target_with_scheme_and_host_is_its_path() {
    for (target, path) in [
        ("/mlp", "/mlp"),
        ("/mlp?of=http://a/b", "/mlp?of=http://a/b"),
        ("http://192.0.2.1:9210/mlp", "/mlp"),
        ("HTTP://[2001:db8::1]/mlp?a", "/mlp?a"),
        ("https://a/", "/"),
        ("http://a", "/"),
        ("http://a?b/c", "?b/c"),
        ("ftp://a/mlp", "ftp://a/mlp"),
        ("*", "*"),
    ] {
        let request = Request {
            method: Method::Post,
            target,
            body: b"",
            is_kept: true,
        };
        assert_eq!(request.origin_form(), path, "{target}");
    }
}

#[test]
fn a_request_is_answered_and_the_connection_kept() {
    let said = echo(POST.as_bytes());
    assert_eq!(
        String::from_utf8(said.octets).unwrap(),
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nbody"
    );
    assert!(!said.closed && said.faults.is_empty());
}

#[test]
fn the_end_of_a_connection_is_as_its_request_says() {
    for (head, closed) in [
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close",
            true,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: x, Keep-Alive",
            false,
        ),
        ("POST / HTTP/1.0\r\nContent-Length: 0", true),
        (
            "POST / HTTP/1.0\r\nContent-Length: 0\r\nConnection: keep-alive",
            false,
        ),
    ] {
        let said = echo(format!("{head}\r\n\r\n").as_bytes());
        assert_eq!(
            (said.statuses(), said.closed),
            (vec![200], closed),
            "{head}"
        );
    }
}

#[test]
fn what_is_no_request_is_answered_and_ends_the_connection() {
    let long = "x".repeat(20_000);
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), 400),
        ("POST / HTTP/2.0\r\n\r\n".to_owned(), 505),
        ("POST / HTTP/1.1\r\n\r\n".to_owned(), 400),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n".to_owned(),
            400,
        ),
        ("POST / HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(), 411),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n".to_owned(),
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n"
                .to_owned(),
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 262145\r\n\r\n".to_owned(),
            413,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n"
                .to_owned(),
            413,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n"
                .to_owned(),
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n".to_owned(),
            501,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n".to_owned(),
            400,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n40001\r\n".to_owned(),
            413,
        ),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n".to_owned(),
            417,
        ),
        (format!("POST / HTTP/1.1\r\nHost: {long}"), 431),
        (
            format!("POST / HTTP/1.1\r\n{}\r\n", "X: y\r\n".repeat(65)),
            431,
        ),
    ] {
        let said = echo(request.as_bytes());
        let shown = &request[..request.len().min(80)];
        assert_eq!(
            (said.statuses(), said.closed),
            (vec![status], true),
            "{shown}"
        );
        assert_eq!(said.faults.len(), 1, "{shown}");
    }
}

#[test]
fn a_refusal_waits_for_the_answers_before_it() {
    let (mut server, mut said, options) = (Server::new(at(0)), Said::default(), Options::default());
    let mut asked = Vec::new();
    let octets = format!("{POST}nonsense\r\n\r\n{POST}");
    server.take(
        at(0),
        octets.as_bytes(),
        &options,
        &mut said,
        |exchange, _, _| {
            asked.push(exchange);
        },
    );
    assert!(said.octets.is_empty() && !said.closed);
    server.answer(at(1), asked[0], (200, "", &[]), &mut said);
    assert_eq!((said.statuses(), said.closed), (vec![200, 400], true));
    assert_eq!(asked.len(), 1);
}

#[test]
fn answers_leave_in_the_order_of_the_requests() {
    let (mut server, mut said, options) = (Server::new(at(0)), Said::default(), Options::default());
    let mut asked = Vec::new();
    let octets = POST.repeat(3);
    server.take(
        at(0),
        octets.as_bytes(),
        &options,
        &mut said,
        |exchange, _, _| {
            asked.push(exchange);
        },
    );
    server.answer(at(1), asked[2], (404, "", &[]), &mut said);
    server.answer(at(1), asked[1], (503, "", &[]), &mut said);
    assert!(said.octets.is_empty());
    server.answer(at(1), asked[0], (200, "", &[]), &mut said);
    server.answer(at(1), asked[0], (400, "", &[]), &mut said);
    assert_eq!(said.statuses(), [200, 503, 404]);
}

#[test]
fn more_requests_than_may_wait_end_the_connection() {
    let options = Options {
        pipelined_max: 2,
        ..Options::default()
    };
    let (mut server, mut said) = (Server::new(at(0)), Said::default());
    let mut asked = Vec::new();
    let octets = POST.repeat(4);
    server.take(
        at(0),
        octets.as_bytes(),
        &options,
        &mut said,
        |exchange, _, _| {
            asked.push(exchange);
        },
    );
    assert_eq!(
        (asked.len(), &said.faults[..]),
        (2, &["http-pipelined"][..])
    );
    for exchange in asked {
        server.answer(at(1), exchange, (200, "", &[]), &mut said);
    }
    assert_eq!((said.statuses(), said.closed), (vec![200, 200, 503], true));
}

#[test]
fn slow_messages_and_silent_connections_come_to_an_end() {
    let options = Options::default();
    let (mut server, mut said) = (Server::new(at(0)), Said::default());
    assert_eq!(server.deadline(&options), Some(at(300)));
    server.take(
        at(100),
        b"POST / HTTP/1.1\r\n",
        &options,
        &mut said,
        |_, _, _| {},
    );
    assert_eq!(server.deadline(&options), Some(at(110)));
    server.take(at(105), b"Host: a\r\n", &options, &mut said, |_, _, _| {});
    server.tick(at(109), &options, &mut said);
    assert!(!said.closed);
    server.tick(at(110), &options, &mut said);
    assert_eq!((said.statuses(), said.closed), (vec![408], true));
    assert_eq!(server.deadline(&options), None);

    let (mut server, mut said) = (Server::new(at(0)), Said::default());
    server.tick(at(299), &options, &mut said);
    assert!(!said.closed);
    server.tick(at(300), &options, &mut said);
    assert!(said.closed && said.octets.is_empty());
}

#[test]
fn every_message_has_its_own_time() {
    let (mut server, mut said, options) = (Server::new(at(0)), Said::default(), Options::default());
    let stream = POST.repeat(4);
    let (first, rest) = stream.split_at(10);
    let mut chunks = vec![first];
    chunks.extend((0..3).map(|round| &rest[round * POST.len()..(round + 1) * POST.len()]));
    for (secs, chunk) in (0..).step_by(6).zip(chunks) {
        server.tick(at(secs), &options, &mut said);
        let mut asked = Vec::new();
        server.take(
            at(secs),
            chunk.as_bytes(),
            &options,
            &mut said,
            |exchange, _, _| {
                asked.push(exchange);
            },
        );
        for exchange in asked {
            server.answer(at(secs), exchange, (200, "", b""), &mut said);
        }
    }
    assert_eq!((said.statuses(), &said.faults[..]), (vec![200; 3], &[][..]));
    // One that has begun and does not go on is still given up.
    server.tick(at(28), &options, &mut said);
    assert_eq!(said.statuses().last(), Some(&408));
}

#[test]
fn who_waits_for_a_word_before_the_body_is_told_to_go_on_once() {
    let options = Options::default();
    let (mut server, mut said) = (Server::new(at(0)), Said::default());
    let (head, body) = POST.split_at(POST.len() - 4);
    let head = head.replace("Host", "Expect: 100-continue\r\nHost");
    let mut bodies = Vec::new();
    for piece in [
        head.as_bytes(),
        &body.as_bytes()[..2],
        &body.as_bytes()[2..],
    ] {
        server.take(at(0), piece, &options, &mut said, |_, request, _| {
            bodies.push(request.body.to_vec());
        });
    }
    assert_eq!(said.octets, b"HTTP/1.1 100 Continue\r\n\r\n");
    assert_eq!(bodies, [b"body"]);
}

#[test]
fn chunks_are_put_together_and_their_trailers_passed_over() {
    let request = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n\
        3;x=\"y\"\r\nabc\r\n0A \r\n0123456789\r\n0\r\nX: y\r\n\r\n";
    let said = echo(format!("{request}{POST}").as_bytes());
    assert_eq!(said.statuses(), [200, 200]);
    assert!(String::from_utf8_lossy(&said.octets).contains("\r\n\r\nabc0123456789HTTP"));
}

fn answers(octets: &[u8]) -> (Vec<String>, Client) {
    let options = Options::default();
    let mut client = Client::default();
    let mut out = Vec::new();
    let request = PostRequest {
        host: "192.0.2.1:9210",
        target: "/mlp",
        content_type: "text/xml",
        body: b"<a/>",
    };
    client.ask(at(7), &request, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        "POST /mlp HTTP/1.1\r\nHost: 192.0.2.1:9210\r\nContent-Type: text/xml\r\n\
         Content-Length: 4\r\n\r\n<a/>"
    );
    assert_eq!((client.is_free(), client.asked()), (false, Some(at(7))));
    let mut told = Vec::new();
    let mut tell = |reply: Reply<'_>| {
        told.push(match reply {
            Reply::Answer(response) => format!(
                "{} {} {:?}",
                response.status,
                String::from_utf8_lossy(response.body),
                response.retry_after
            ),
            Reply::Unasked(response) => format!("unasked {}", response.status),
        });
    };
    if let Err(error) = client.take(octets, &options, &mut tell) {
        tell(Reply::Unasked(Response {
            status: error.status(),
            body: &[],
            retry_after: None,
            is_kept: false,
        }));
    }
    client.end(&mut tell);
    (told, client)
}

#[test]
fn responses_end_by_length_by_chunks_or_with_the_connection() {
    for (octets, expected) in [
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
            "200 hi None",
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
            "200 hi None",
        ),
        ("HTTP/1.0 200 OK\r\n\r\nhi", "200 hi None"),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 None\r\n\r\n",
            "204  None",
        ),
        (
            "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
            "503  Some(7s)",
        ),
        (
            "HTTP/1.1 503 Busy\r\nRetry-After: Mon\r\nContent-Length: 0\r\n\r\n",
            "503  None",
        ),
    ] {
        let (told, client) = answers(octets.as_bytes());
        assert_eq!(told, [expected], "{octets}");
        assert_eq!(client.asked(), None);
    }
}

#[test]
fn an_answer_to_nothing_is_told_apart() {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert_eq!(
        answers(answer.repeat(2).as_bytes()).0,
        ["200  None", "unasked 200"]
    );
    assert_eq!(answers(b"SMTP ready\r\n\r\n").0, ["unasked 505"]);
    assert_eq!(answers(b"HTTP/1.1 200 OK\r\nContent-Le").0, [""; 0]);
}

proptest! {
    #[test]
    fn where_a_stream_is_cut_makes_no_difference(
        pieces in proptest::collection::vec(
            prop::sample::select(vec![
                POST, "\r\n", "\r", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
                "3\r\nabc\r\n", "0\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "x",
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "HTTP/1.1 200 OK\r\n\r\n",
            ]),
            0..6,
        ),
        cut in 1_u8..40,
    ) {
        let mut octets = vec![cut];
        pieces.iter().for_each(|piece| octets.extend_from_slice(piece.as_bytes()));
        exercise(&octets);
    }

    #[test]
    fn any_octets_are_taken_or_refused(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        exercise(&octets);
    }
}

#[test]
fn every_prefix_of_a_request_waits_for_the_rest() {
    for end in 0..POST.len() {
        let said = echo(&POST.as_bytes()[..end]);
        assert!(said.octets.is_empty() && !said.closed, "{end}");
    }
    assert_eq!(Options::default().receive_timeout, Duration::from_secs(10));
}
