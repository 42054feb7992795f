//! What an HSS tells over Sh (Ph), and a 3GPP AAA server over Diameter accounting (Pr).

use std::net::SocketAddr;

use pengate::{
    event::Source,
    feed::{Carrier, Channel, Heading},
    gateway::Service,
};
use pengate_codecs::diameter::{
    Application, BASE_ACCOUNTING, Builder, Flags, Header, Kind, Message, Origin, ResultCode, Role,
    TGPP, answer, command, kinds,
};

use crate::{Made, scene::Scene, sip::Watcher};

/// The cases.
pub const CASES: &[Made] = &[
    (
        "ph/asked-and-notified-while-watched",
        "TS 29.328 clauses 6.1.1, 6.1.3 and 6.1.4",
        "Bob watches alice: the HSS is asked and subscribed to, tells that she is registered and idle \
         in a cell, and later that she is not registered any more.",
        |scene| {
            connect(scene);
            Watcher::new("bob", 5071).subscribe(scene, 600);
            answer_all(scene);
            scene.wait(20);
            push(scene, 1, 0);
            assert_eq!(results(scene), [2001]);
        },
    ),
    (
        "ph/notification-is-repeated",
        "RFC 6733 clause 5.5.4, TS 29.329 clause 7",
        "The HSS sends a notification again, under the same and under another End-to-End Identifier: \
         it is answered each time, and is one event.",
        |scene| {
            connect(scene);
            Watcher::new("bob", 5071).subscribe(scene, 600);
            answer_all(scene);
            push(scene, 1, 1);
            push(scene, 1, 1);
            push_as(scene, 1, 2, 1);
            assert_eq!(results(scene), [2001, 2001, 2001]);
        },
    ),
    (
        "ph/what-cannot-be-taken-is-refused",
        "RFC 6733 clauses 7.1.3 and 7.1.5, TS 29.329 clause 6.2",
        "A notification that nobody subscribed to, one without User-Data, an unknown command and \
         another application: each is answered, and the link stays.",
        |scene| {
            connect(scene);
            push(scene, 1, 1);
            assert_eq!(results(scene), [5107]);
            Watcher::new("bob", 5071).subscribe(scene, 600);
            answer_all(scene);
            let link = hss();
            for (command, application, number) in [
                (command::PUSH_NOTIFICATION, SH, 2),
                (9999, SH, 3),
                (command::PUSH_NOTIFICATION, 4, 4),
            ] {
                let octets = request(HSS, (command, application), (number, number), named);
                scene.arrive(PH, link, &octets);
            }
            assert_eq!(results(scene), [5005, 3001, 3007]);
            push(scene, 5, 1);
            assert_eq!(results(scene), [2001]);
        },
    ),
    (
        "pr/accounting-over-diameter",
        "RFC 6733 clause 9, TS 23.141 clause 5.2.2.2",
        "Alice attaches to the WLAN, goes on and leaves, told by ACRs; the first one is sent again.",
        |scene| {
            scene.configure(ACCOUNTING);
            let link = aaa();
            scene.up(PR, link, Heading::In);
            let capabilities = request(AAA, (command::CAPABILITIES_EXCHANGE, 0), (1, 1), |b| {
                b.unsigned32(kinds::ACCT_APPLICATION_ID, BASE_ACCOUNTING)
            });
            scene.arrive(PR, link, &capabilities);
            for (kind, number) in [(2, 0), (2, 0), (3, 1), (4, 2)] {
                record(scene, kind, number);
                // Before the first watchdog.
                scene.wait(5);
            }
            assert_eq!(results(scene), [2001; 5]);
        },
    ),
    (
        "pr/server-that-restarted-lost-its-sessions",
        "RFC 6733 clause 8.16, TS 23.141 clause 5.2.2.2",
        "Alice is on the WLAN when the AAA server restarts: it comes back with a greater \
         Origin-State-Id, and she is gone until she attaches again.",
        |scene| {
            scene.configure(ACCOUNTING);
            for (state, link) in [
                (5, aaa()),
                (
                    6,
                    Channel {
                        peer: again(),
                        ..aaa()
                    },
                ),
            ] {
                scene.up(PR, link, Heading::In);
                let capabilities = request(AAA, (command::CAPABILITIES_EXCHANGE, 0), (1, 1), |b| {
                    b.unsigned32(kinds::ORIGIN_STATE_ID, state)
                        .unsigned32(kinds::ACCT_APPLICATION_ID, BASE_ACCOUNTING)
                });
                scene.arrive(PR, link, &capabilities);
                scene.wait(5);
                record_on(scene, link, state, (2, 0));
                scene.wait(5);
                if state == 5 {
                    scene.down(PR, link);
                    scene.wait(10);
                }
            }
            assert_eq!(results(scene), [2001; 4]);
        },
    ),
];

const PH: Service = Service::Diameter(Source::Ph);
const PR: Service = Service::Diameter(Source::Pr);
const SH: u32 = 16_777_217;

const ASKING: &str = "[normalise]
home_networks = [\"001-01\"]

[ph.diameter]
host = \"pna.ims.example\"
realm = \"ims.example\"

[[ph.diameter.peers]]
host = \"hss.ims.example\"
address = \"127.0.0.5:3868\"
";

const ACCOUNTING: &str = "[pr.diameter]
host = \"pna.ims.example\"
realm = \"ims.example\"
listen = [\"127.0.0.1:3869\"]

[[pr.diameter.peers]]
host = \"aaa.ims.example\"
";

const HSS: Origin<'static> = Origin {
    host: "hss.ims.example",
    realm: "ims.example",
};
const AAA: Origin<'static> = Origin {
    host: "aaa.ims.example",
    realm: "ims.example",
};

const IDLE: &str = "<Sh-Data><CSLocationInformation><CellGlobalId>APEQEjRWeA==</CellGlobalId>\
    <AgeOfLocationInformation>0</AgeOfLocationInformation></CSLocationInformation>\
    <CSUserState>2</CSUserState></Sh-Data>";

fn registered(state: u8) -> String {
    format!("<Sh-Data><Sh-IMS-Data><IMSUserState>{state}</IMSUserState></Sh-IMS-Data></Sh-Data>")
}

fn hss() -> Channel {
    link(40_868, ([127, 0, 0, 5], 3868))
}

fn aaa() -> Channel {
    link(3869, ([127, 0, 0, 6], 40_869))
}

/// The port that the AAA server connects from after its restart.
fn again() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 6], 40_870))
}

fn link(local: u16, peer: ([u8; 4], u16)) -> Channel {
    Channel {
        carrier: Carrier::Tcp,
        local: SocketAddr::from(([127, 0, 0, 1], local)),
        peer: peer.into(),
    }
}

/// The connection with the HSS, up to open.
fn connect(scene: &mut Scene) {
    scene.configure(ASKING);
    assert_eq!(scene.connects.pop(), Some((PH, Carrier::Tcp, hss().peer)));
    scene.up(PH, hss(), Heading::Out);
    let (_, capabilities) = scene.sent.pop().unwrap();
    let speaks = Application {
        vendor: TGPP,
        role: Role::Authorization,
        id: SH,
    };
    reply(scene, &capabilities, |builder| speaks.encode(builder));
}

/// Success, with what `write` adds.
fn reply(
    scene: &mut Scene,
    request: &[u8],
    write: impl for<'o> FnOnce(Builder<'o>) -> Builder<'o>,
) {
    let mut octets = Vec::new();
    let request = Message::decode(request).unwrap();
    write(answer(&mut octets, &request, HSS, ResultCode::Success))
        .finish()
        .unwrap();
    scene.arrive(PH, hss(), &octets);
}

/// Answers what the HSS was asked: it knows the registration and the circuit-switched domain.
fn answer_all(scene: &mut Scene) {
    let asked = std::mem::take(&mut scene.sent);
    assert_eq!(
        asked.len(),
        4,
        "SNR, and UDR for the registration and each domain"
    );
    for (number, (_, request)) in asked.iter().enumerate() {
        let document = [None, Some(registered(1)), Some(IDLE.to_owned()), None][number].clone();
        reply(scene, request, |builder| match &document {
            Some(document) => builder.avp(Kind::tgpp(702), document.as_bytes()),
            None => builder,
        });
    }
}

fn request(
    by: Origin<'_>,
    (command, application): (u32, u32),
    (session, number): (u32, u32),
    write: impl for<'o> FnOnce(Builder<'o>) -> Builder<'o>,
) -> Vec<u8> {
    let header = Header {
        length: 0,
        flags: Flags::REQUEST,
        command,
        application,
        hop_by_hop: number,
        end_to_end: number,
    };
    let mut octets = Vec::new();
    let builder = Builder::new(&mut octets, &header);
    // A session is none of the base protocol's own.
    let builder = match application {
        0 => builder,
        _ => builder.text(kinds::SESSION_ID, &format!("{};1;{session}", by.host)),
    };
    let builder = builder
        .text(kinds::ORIGIN_HOST, by.host)
        .text(kinds::ORIGIN_REALM, by.realm);
    write(builder).finish().unwrap();
    octets
}

fn named(builder: Builder<'_>) -> Builder<'_> {
    builder.group(Kind::tgpp(700), |group| {
        group.text(Kind::tgpp(601), "sip:alice@ims.example")
    })
}

/// A notification of the registration.
fn push(scene: &mut Scene, session: u32, state: u8) {
    push_as(scene, session, session, state);
}

/// Under an End-to-End Identifier that is not the session's.
fn push_as(scene: &mut Scene, session: u32, number: u32, state: u8) {
    let which = (command::PUSH_NOTIFICATION, SH);
    let octets = request(HSS, which, (session, number), |builder| {
        named(builder).avp(Kind::tgpp(702), registered(state).as_bytes())
    });
    scene.arrive(PH, hss(), &octets);
}

fn record(scene: &mut Scene, kind: u32, number: u32) {
    record_on(scene, aaa(), 1, (kind, number));
}

fn record_on(scene: &mut Scene, link: Channel, session: u32, (kind, number): (u32, u32)) {
    let which = (command::ACCOUNTING, BASE_ACCOUNTING);
    let octets = request(AAA, which, (session, 100 * session + number), |builder| {
        builder
            .unsigned32(kinds::ACCOUNTING_RECORD_TYPE, kind)
            .unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, number)
            .text(
                kinds::USER_NAME,
                "0001010000000001@wlan.mnc001.mcc001.3gppnetwork.org",
            )
    });
    scene.arrive(PR, link, &octets);
}

/// The results of the answers that were sent since the last time; watchdog requests are none.
fn results(scene: &mut Scene) -> Vec<u32> {
    let sent = std::mem::take(&mut scene.sent);
    let results = sent.iter().filter_map(|(_, octets)| {
        let message = Message::decode(octets).unwrap();
        let plain = message.avp(kinds::RESULT_CODE);
        let experimental = || {
            let mut members = message.avp(kinds::EXPERIMENTAL_RESULT)?.group().ok()?;
            members.find(|avp| avp.kind == kinds::EXPERIMENTAL_RESULT_CODE)
        };
        plain.or_else(experimental)?.unsigned32().ok()
    });
    results.collect()
}
