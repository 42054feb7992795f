//! Watchers and publishers over SIP.

use crate::{
    Made,
    scene::{Scene, header},
};

/// The cases.
pub const CASES: &[Made] = &[
    (
        "pw/subscribe-notify-refresh-unsubscribe",
        "RFC 6665 clause 4.1.2, RFC 3856",
        "Bob watches alice, refreshes his subscription and ends it.",
        |scene| {
            let mut bob = Watcher::new("bob", 5071);
            bob.subscribe(scene, 600);
            scene.wait(300);
            bob.subscribe(scene, 600);
            scene.wait(60);
            bob.subscribe(scene, 0);
            assert_eq!(scene.notifies, 3);
        },
    ),
    (
        "pw/fetch",
        "RFC 6665 clause 4.4.3",
        "Bob asks once, with Expires 0.",
        |scene| {
            Watcher::new("bob", 5071).subscribe(scene, 0);
            assert_eq!(scene.notifies, 1);
        },
    ),
    (
        "pw/subscription-expires",
        "RFC 6665 clause 4.2.2",
        "Bob does not refresh; the last NOTIFY says timeout.",
        |scene| {
            Watcher::new("bob", 5071).subscribe(scene, 60);
            scene.wait(120);
            assert_eq!(scene.notifies, 2);
        },
    ),
    (
        "pw/interval-is-too-brief",
        "RFC 6665 clause 4.2.1.1",
        "A subscription of ten seconds is answered 423.",
        |scene| {
            Watcher::new("bob", 5071).ask(scene, 10, "presence");
            expect(scene, 423);
        },
    ),
    (
        "pw/event-package-is-unknown",
        "RFC 6665 clause 4.2.1.1",
        "A subscription to dialogs is answered 489.",
        |scene| {
            Watcher::new("bob", 5071).ask(scene, 600, "dialog");
            expect(scene, 489);
        },
    ),
    (
        "pep/publish-modify-remove-with-two-watchers",
        "RFC 3903 clauses 4.1 to 4.5",
        "Alice publishes, modifies and removes; bob and carol are told each time.",
        |scene| {
            Watcher::new("bob", 5071).subscribe(scene, 600);
            Watcher::new("carol", 5072).subscribe(scene, 600);
            let etag = publish(scene, 1, "", 600, "at home");
            scene.wait(10);
            let etag = publish(scene, 2, &etag, 600, "on the train");
            scene.wait(10);
            publish(scene, 3, &etag, 0, "");
            assert_eq!(scene.notifies, 8);
        },
    ),
    (
        "pep/publication-expires",
        "RFC 3903 clause 4.3",
        "Alice publishes for a minute and does not refresh; bob is told of both.",
        |scene| {
            Watcher::new("bob", 5071).subscribe(scene, 600);
            publish(scene, 1, "", 60, "back soon");
            scene.wait(120);
            assert_eq!(scene.notifies, 3);
        },
    ),
    (
        "pep/entity-tag-is-unknown",
        "RFC 3903 clause 6 step 4",
        "A modification with a tag that is no more is answered 412.",
        |scene| {
            let etag = publish(scene, 1, "", 600, "one");
            publish(scene, 2, &etag, 600, "two");
            send_publish(scene, 3, &etag, 600, "three");
            expect(scene, 412);
        },
    ),
    (
        "pep/interval-is-too-brief",
        "RFC 3903 clause 6 step 5",
        "A publication for ten seconds is answered 423.",
        |scene| {
            send_publish(scene, 1, "", 10, "one");
            expect(scene, 423);
        },
    ),
    (
        "pep/event-package-is-unknown",
        "RFC 3903 clause 6 step 2",
        "A publication of a dialog is answered 489, with the packages that there are.",
        |scene| {
            publish_to(scene, "dialog", 1, "", 600, "one");
            expect(scene, 489);
            assert_eq!(header(&scene.response, "Allow-Events"), "presence");
        },
    ),
];

fn expect(scene: &Scene, status: u16) {
    let start = format!("SIP/2.0 {status} ");
    assert!(scene.response.starts_with(&start), "{}", scene.response);
}

/// One watcher of alice.
pub struct Watcher {
    user: &'static str,
    port: u16,
    cseq: u32,
    to: String,
}

impl Watcher {
    pub fn new(user: &'static str, port: u16) -> Self {
        Self {
            user,
            port,
            cseq: 0,
            to: "<sip:alice@ims.example>".to_owned(),
        }
    }

    pub fn subscribe(&mut self, scene: &mut Scene, expires: u32) {
        self.ask(scene, expires, "presence");
        expect(scene, 200);
        header(&scene.response, "To").clone_into(&mut self.to);
    }

    fn ask(&mut self, scene: &mut Scene, expires: u32, event: &str) {
        self.cseq += 1;
        let Self {
            user,
            port,
            cseq,
            to,
        } = self;
        let request = format!(
            "SUBSCRIBE sip:alice@ims.example SIP/2.0\r\n\
             Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bKs{user}{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{user}@ims.example>;tag={user}\r\nTo: {to}\r\n\
             Call-ID: subscription-{user}\r\nCSeq: {cseq} SUBSCRIBE\r\n\
             Contact: <sip:{user}@127.0.0.1:{port}>\r\nEvent: {event}\r\n\
             Expires: {expires}\r\nAccept: application/pidf+xml\r\nContent-Length: 0\r\n\r\n"
        );
        let peer = format!("127.0.0.1:{port}");
        scene.sip(&peer, &request);
    }
}

/// A PUBLISH of alice that succeeds; gives the entity-tag.
fn publish(scene: &mut Scene, cseq: u32, etag: &str, expires: u32, note: &str) -> String {
    send_publish(scene, cseq, etag, expires, note);
    expect(scene, 200);
    header(&scene.response, "SIP-ETag").to_owned()
}

fn send_publish(scene: &mut Scene, cseq: u32, etag: &str, expires: u32, note: &str) {
    publish_to(scene, "presence", cseq, etag, expires, note);
}

fn publish_to(scene: &mut Scene, event: &str, cseq: u32, etag: &str, expires: u32, note: &str) {
    let body = match note {
        "" => String::new(),
        note => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:alice@ims.example\">\
             <tuple id=\"im\"><status><basic>open</basic></status>\
             <contact>sip:alice@ims.example</contact><note>{note}</note></tuple></presence>"
        ),
    };
    let mut extra = String::new();
    if !etag.is_empty() {
        extra += &format!("SIP-If-Match: {etag}\r\n");
    }
    if !body.is_empty() {
        extra += "Content-Type: application/pidf+xml\r\n";
    }
    let request = format!(
        "PUBLISH sip:alice@ims.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP 127.0.0.1:5073;branch=z9hG4bKp{cseq}\r\nMax-Forwards: 70\r\n\
         From: <sip:alice@ims.example>;tag=p{cseq}\r\nTo: <sip:alice@ims.example>\r\n\
         Call-ID: publication-{cseq}\r\nCSeq: 1 PUBLISH\r\nEvent: {event}\r\n\
         Expires: {expires}\r\n{extra}Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    scene.sip("127.0.0.1:5073", &request);
}
