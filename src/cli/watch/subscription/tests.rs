use super::*;

const SERVER: &str = "192.0.2.9:5060";

struct Side {
    watcher: Subscription,
    now: Stamp,
}

impl Side {
    fn new(expires: u64, tcp: bool) -> Self {
        let terms = Terms {
            presentity: "sip:alice@ims.example".to_owned(),
            watcher: "sip:watcher@ims.example".to_owned(),
            local: "192.0.2.1:5070".parse().unwrap(),
            tcp,
            expires: Duration::from_secs(expires),
            seed: 0x0123_4567_89ab_cdef,
        };
        let now = Stamp::from_secs(1_000);
        Self {
            watcher: Subscription::new(terms, now),
            now,
        }
    }

    fn outputs(&mut self) -> Vec<Output> {
        std::iter::from_fn(|| self.watcher.poll()).collect()
    }

    /// The only thing to be done: a request.
    fn request(&mut self) -> String {
        match <[Output; 1]>::try_from(self.outputs()).unwrap() {
            [Output::Request(octets)] => String::from_utf8(octets).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    fn advance(&mut self, span: Duration) {
        self.now = self.now + span;
        self.watcher.due(self.now);
    }

    fn receive(&mut self, text: &str) {
        let source = SERVER.parse().unwrap();
        self.watcher.receive(self.now, text.as_bytes(), source);
    }

    /// Answers a request of ours.
    fn answer(&mut self, request: &str, status: u16, more: &str) {
        let message = Message::decode(request.as_bytes(), Framing::Datagram).unwrap();
        let mut octets = Vec::new();
        let mut writer = Writer::answer(&mut octets, &message, status, None, Some("srv")).unwrap();
        for line in more.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            writer.named(name, value);
        }
        writer.finish();
        self.receive(str::from_utf8(&octets).unwrap());
    }

    fn notify(&mut self, request: &str, sequence: u32, state: &str, body: &str) {
        let field = |name| {
            let message = Message::decode(request.as_bytes(), Framing::Datagram).unwrap();
            message.field(name).unwrap().text().unwrap().to_owned()
        };
        self.receive(&format!(
            "NOTIFY sip:watcher@192.0.2.1:5070 SIP/2.0\r\n\
             Via: SIP/2.0/UDP {SERVER};branch=z9hG4bKn{sequence}\r\n\
             From: <sip:alice@ims.example>;tag=srv\r\nTo: {}\r\nCall-ID: {}\r\n\
             CSeq: {sequence} NOTIFY\r\nContact: <sip:{SERVER}>\r\nEvent: presence\r\n\
             Subscription-State: {state}\r\nContent-Type: application/pidf+xml\r\n\
             Content-Length: {}\r\n\r\n{body}",
            field(Name::From),
            field(Name::CallId),
            body.len(),
        ));
    }
}

fn status_of(output: &Output) -> u16 {
    let Output::Answer(_, octets) = output else {
        panic!("{output:?}");
    };
    let message = Message::decode(octets, Framing::Datagram).unwrap();
    message.response().unwrap().status
}

fn notified(state: &str, body: &str) -> Output {
    Output::Notified(Notified {
        state: state.to_owned(),
        content_type: Some("application/pidf+xml".to_owned()),
        body: body.as_bytes().to_vec(),
    })
}

#[test]
fn a_subscribe_says_what_is_wanted_and_where_we_are() {
    let request = Side::new(3600, false).request();
    for line in [
        "SUBSCRIBE sip:alice@ims.example SIP/2.0",
        "From: <sip:watcher@ims.example>;tag=89abcdef1",
        "To: <sip:alice@ims.example>",
        "CSeq: 1 SUBSCRIBE",
        "Contact: <sip:watcher@192.0.2.1:5070>",
        "Event: presence",
        "Accept: application/pidf+xml",
        "Expires: 3600",
        "Content-Length: 0",
    ] {
        assert!(
            request.contains(&format!("{line}\r\n")),
            "{line} in {request}"
        );
    }
    let request = Side::new(0, true).request();
    assert!(request.contains("Contact: <sip:watcher@192.0.2.1:5070;transport=tcp>\r\n"));
    assert!(request.contains("Via: SIP/2.0/TCP 192.0.2.1:5070;"));
}

#[test]
fn over_udp_a_request_is_sent_again_at_growing_intervals_until_it_is_given_up() {
    let mut side = Side::new(3600, false);
    let request = side.request();
    for millis in [
        500, 1_000, 2_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000, 4_000,
    ] {
        assert_eq!(
            side.watcher.deadline(),
            Some(side.now + Duration::from_millis(millis))
        );
        side.advance(Duration::from_millis(millis));
        assert_eq!(side.request(), request);
    }
    side.advance(Duration::from_millis(500));
    let reason = "the server does not answer".to_owned();
    assert_eq!(side.outputs(), [Output::Over(Err(reason))]);
}

#[test]
fn a_notify_is_taken_before_the_answer_and_taken_once() {
    let mut side = Side::new(3600, false);
    let request = side.request();
    side.notify(&request, 7, "active;expires=3600", "<a/>");
    side.notify(&request, 7, "active;expires=3600", "<a/>");
    side.answer(&request, 200, "Expires: 3600");
    let outputs = side.outputs();
    assert_eq!(
        outputs
            .iter()
            .map(|output| matches!(output, Output::Answer(..)))
            .collect::<Vec<_>>(),
        [true, false, true]
    );
    assert_eq!(status_of(&outputs[0]), 200);
    assert_eq!(outputs[1], notified("active;expires=3600", "<a/>"));
    side.notify(&request, 6, "active", "<old/>");
    assert_eq!(
        side.outputs().iter().map(status_of).collect::<Vec<_>>(),
        [500]
    );
}

#[test]
fn at_half_time_the_subscription_is_refreshed_within_its_dialog() {
    let mut side = Side::new(3600, false);
    let request = side.request();
    side.answer(
        &request,
        200,
        "Expires: 600\nContact: <sip:shard@192.0.2.9>\nRecord-Route: <sip:p2;lr>, <sip:p1;lr>",
    );
    side.notify(&request, 1, "active;expires=599", "");
    side.outputs();
    assert_eq!(
        side.watcher.deadline(),
        Some(side.now + Duration::from_millis(299_500))
    );
    side.advance(Duration::from_secs(300));
    let refresh = side.request();
    assert!(
        refresh.starts_with("SUBSCRIBE sip:192.0.2.9:5060 SIP/2.0\r\n"),
        "{refresh}"
    );
    assert!(refresh.contains("Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\n"));
    assert!(refresh.contains("To: <sip:alice@ims.example>;tag=srv\r\n"));
    assert!(refresh.contains("CSeq: 2 SUBSCRIBE\r\n"));
}

#[test]
fn leaving_waits_for_the_last_notify() {
    let mut side = Side::new(3600, false);
    let request = side.request();
    side.answer(&request, 200, "Expires: 3600");
    side.notify(&request, 1, "active", "<a/>");
    side.outputs();
    side.watcher.leave(side.now);
    let bye = side.request();
    assert!(bye.contains("Expires: 0\r\n"));
    side.answer(&bye, 200, "Expires: 0");
    assert_eq!(side.outputs(), []);
    side.notify(&request, 2, "terminated;reason=timeout", "");
    let outputs = side.outputs();
    assert_eq!(
        (status_of(&outputs[0]), &outputs[1..]),
        (200, &[Output::Over(Ok(()))][..])
    );
}

#[test]
fn a_fetch_ends_with_its_document() {
    let mut side = Side::new(0, false);
    let request = side.request();
    assert!(request.contains("Expires: 0\r\n"));
    side.answer(&request, 200, "Expires: 0");
    side.notify(&request, 1, "terminated;reason=timeout", "<a/>");
    assert_eq!(
        side.outputs()[1..],
        [
            notified("terminated;reason=timeout", "<a/>"),
            Output::Over(Ok(()))
        ]
    );
}

#[test]
fn what_ends_for_now_is_begun_anew_and_what_is_refused_is_not() {
    for (state, again) in [
        ("terminated;reason=deactivated", 0),
        ("terminated;reason=probation;retry-after=5", 5),
        ("terminated", 30),
    ] {
        let mut side = Side::new(3600, false);
        let request = side.request();
        side.notify(&request, 1, state, "");
        side.outputs();
        if again > 0 {
            side.advance(Duration::from_secs(again));
            let request = side.request();
            assert!(
                request.contains("CSeq: 1 SUBSCRIBE\r\n") && request.contains("-2\r\n"),
                "{request}"
            );
        } else {
            assert_eq!(side.watcher.dialog_count, 2);
        }
    }
    let mut side = Side::new(3600, false);
    let request = side.request();
    side.notify(&request, 1, "terminated;reason=rejected", "");
    let reason = "the subscription ended: rejected".to_owned();
    assert_eq!(side.outputs().last(), Some(&Output::Over(Err(reason))));
}

#[test]
fn a_refusal_ends_it_and_a_longer_interval_is_tried() {
    let mut side = Side::new(3600, false);
    let request = side.request();
    side.answer(&request, 403, "");
    let reason = "the server refuses: 403 Forbidden".to_owned();
    assert_eq!(side.outputs(), [Output::Over(Err(reason))]);

    let mut side = Side::new(10, false);
    let request = side.request();
    side.answer(&request, 423, "Min-Expires: 60");
    assert!(side.request().contains("Expires: 60\r\n"));
}

#[test]
fn other_requests_are_answered_as_is_due() {
    let mut side = Side::new(3600, false);
    let request = side.request();
    side.notify(&request.replace("-1\r\n", "-9\r\n"), 1, "active", "");
    let text = |method| {
        format!(
            "{method} sip:w SIP/2.0\r\nVia: SIP/2.0/UDP h:5090;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:w>\r\nCall-ID: 1\r\nCSeq: 1 {method}\r\n\r\n"
        )
    };
    for method in ["OPTIONS", "MESSAGE", "CANCEL", "ACK"] {
        side.receive(&text(method));
    }
    let outputs = side.outputs();
    assert_eq!(
        outputs.iter().map(status_of).collect::<Vec<_>>(),
        [481, 200, 405, 481]
    );
    // Without rport the answer goes to the port of the Via.
    let Output::Answer(to, _) = &outputs[1] else {
        panic!()
    };
    assert_eq!(to.to_string(), "192.0.2.9:5090");
}
