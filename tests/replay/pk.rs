//! What a GGSN tells over RADIUS.

use pengate_codecs::radius::{Builder, Code};

use crate::{
    Made,
    scene::{GGSN, SECRET, Scene, request},
};

const START: u32 = 1;
const STOP: u32 = 2;
const INTERIM: u32 = 3;
const ON: u32 = 7;

/// The cases.
pub const CASES: &[Made] = &[
    (
        "pk/session-starts-moves-and-stops",
        "TS 29.061 clause 16.3",
        "A packet session of alice starts, an interim update tells another cell, and it stops.",
        |scene| {
            scene.account(START, 1, |b| place(alice(b, "s1"), 1));
            scene.wait(60);
            scene.account(INTERIM, 2, |b| place(alice(b, "s1"), 2).integer(46, 60));
            scene.wait(60);
            scene.account(STOP, 3, |b| alice(b, "s1").integer(46, 120).gi(11, &[0xff]));
        },
    ),
    (
        "pk/contexts-of-one-session-end-one-by-one",
        "TS 29.061 clause 16.4.7, 3GPP-Session-Stop-Indicator",
        "A second context is opened; the first stops alone, then the second with the session.",
        |scene| {
            scene.account(START, 1, |b| alice(b, "s1"));
            scene.account(START, 2, |b| subscriber(b, "s2", 1, b"6"));
            scene.wait(10);
            scene.account(STOP, 3, |b| alice(b, "s1"));
            scene.wait(10);
            scene.account(STOP, 4, |b| subscriber(b, "s2", 1, b"6").gi(11, &[0xff]));
        },
    ),
    (
        "pk/restart-ends-the-sessions-of-that-gateway-only",
        "RFC 2866 clause 5.1, Accounting-On",
        "Alice has a session at each of two gateways; one of them restarts.",
        |scene| {
            scene.account(START, 1, |b| alice(b, "s1"));
            scene.account(START, 2, |b| session(b, "s2", b"ggsn2", 1, b"6"));
            scene.wait(10);
            scene.account(ON, 3, |b| b.attribute(32, b"ggsn1"));
        },
    ),
    (
        "pk/restart-of-one-access-point",
        "TS 29.061 clause 16.3, Accounting-On",
        "Accounting-On with Called-Station-Id ends the sessions of that access point only.",
        |scene| {
            scene.account(START, 1, |b| alice(b, "s1"));
            scene.account(START, 2, |b| {
                let b = b.attribute(44, b"s2").attribute(32, b"ggsn1");
                b.attribute(30, b"corporate").gi(1, &imsi(2))
            });
            scene.wait(10);
            scene.account(ON, 3, |b| {
                b.attribute(32, b"ggsn1").attribute(30, b"internet")
            });
        },
    ),
    (
        "pk/stop-is-lost-and-the-session-expires",
        "RFC 2869 clause 5.16",
        "A session with an interim interval of 600 s tells nothing more; after three it is over.",
        |scene| {
            scene.account(START, 1, |b| alice(b, "s1").integer(85, 600));
            scene.wait(3_600);
            status_server(scene, 2);
        },
    ),
    (
        "pk/request-again-and-fact-again",
        "RFC 5080 clause 2.2.1",
        "The same packet comes again and then the same fact under a new identifier.",
        |scene| {
            let at = scene.secs();
            let packet = scene.account(START, 1, |b| alice(b, "s1"));
            scene.wait(3);
            scene.radius(GGSN, &packet);
            scene.wait(3);
            let again = request(Code::AccountingRequest, 2, SECRET, |b| {
                let b = b.integer(40, START).integer(55, at).integer(41, 6);
                alice(b, "s1")
            });
            scene.radius(GGSN, &again);
        },
    ),
    (
        "pk/stop-comes-before-its-start",
        "RFC 2866 clause 2",
        "Stop arrives first, then the older Start and a late interim update: nothing revives.",
        |scene| {
            let at = scene.secs();
            for (identifier, status, time) in [(1, STOP, 0), (2, START, 100), (3, INTERIM, 50)] {
                let packet = request(Code::AccountingRequest, identifier, SECRET, |b| {
                    let b = b.integer(40, status).integer(55, at - time);
                    alice(b, "s1").integer(46, 100 - time)
                });
                scene.radius(GGSN, &packet);
                scene.wait(1);
            }
        },
    ),
    (
        "pk/clock-of-the-gateway-is-ahead",
        "RFC 2869 clause 5.3",
        "Event-Timestamp lies an hour ahead: the arrival counts.",
        |scene| {
            let at = scene.secs() + 3_600;
            let packet = request(Code::AccountingRequest, 1, SECRET, |b| {
                alice(b.integer(40, START).integer(55, at), "s1")
            });
            scene.radius(GGSN, &packet);
        },
    ),
    (
        "pk/access-request-tells-the-place",
        "TS 23.141 clause 4.3.11",
        "An Access-Request with Message-Authenticator is accepted, and tells network and cell.",
        |scene| {
            let packet = request(Code::AccessRequest, 1, SECRET, |b| {
                let b = b.attribute(1, b"alice@ims.example").attribute(32, b"ggsn1");
                let b = place(b.gi(1, &imsi(1)).gi(18, b"00101"), 1);
                b.message_authenticator()
            });
            scene.radius(GGSN, &packet);
        },
    ),
    (
        "pk/what-cannot-be-trusted-is-not-answered",
        "RFC 2865 clause 3, RFC 2866 clause 3",
        "An unknown client, a wrong secret and broken packets get silence, an unknown status an answer.",
        |scene| {
            let good = request(Code::AccountingRequest, 1, SECRET, |b| {
                alice(b.integer(40, START), "s1")
            });
            scene.radius("192.0.2.1:50000", &good);
            let wrong = request(Code::AccountingRequest, 2, "wrong", |b| {
                alice(b.integer(40, START), "s1")
            });
            scene.radius(GGSN, &wrong);
            scene.radius(GGSN, &good[..good.len() - 1]);
            scene.radius(GGSN, &good[..19]);
            let unknown = request(Code::AccountingRequest, 3, SECRET, |b| {
                alice(b.integer(40, 99), "s1")
            });
            scene.radius(GGSN, &unknown);
            scene.radius(GGSN, &good);
        },
    ),
    (
        "pk/status-server",
        "RFC 5997 clause 4.2",
        "A client asks whether we are there.",
        |scene| status_server(scene, 1),
    ),
    (
        "pk/proxy-states-are-returned-in-order",
        "RFC 2865 clause 5.33",
        "A request came through two proxies; their states return unchanged and in order.",
        |scene| {
            scene.account(START, 1, |b| {
                let b = b.attribute(33, b"first").attribute(33, b"\x00second");
                alice(b, "s1")
            });
        },
    ),
    (
        "pk/gateway-and-subscriber-with-ipv6",
        "RFC 3162 clauses 2.1 and 2.3",
        "NAS-IPv6-Address names the gateway, Framed-IPv6-Prefix the subscriber's addresses.",
        |scene| {
            let nas = "2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap();
            let prefix = "2001:db8:1:2::".parse::<std::net::Ipv6Addr>().unwrap();
            let framed = [&[0, 64][..], &prefix.octets()[..8]].concat();
            scene.account(START, 1, |b| {
                let b = b.attribute(95, &nas.octets()).attribute(97, &framed);
                b.attribute(44, b"s1").gi(1, &imsi(1)).gi(10, b"5")
            });
        },
    ),
    (
        "pk/subscriber-roams-and-returns",
        "TS 29.061 clause 16.4.7, 3GPP-SGSN-MCC-MNC",
        "A session is served by another operator's SGSN, then by one at home.",
        |scene| {
            for (identifier, status, serving) in [(1, START, b"99970"), (2, INTERIM, b"00101")] {
                scene.account(status, identifier, |b| {
                    let b = b.attribute(44, b"s1").attribute(32, b"ggsn1");
                    b.gi(1, &imsi(1)).gi(8, b"00101").gi(18, serving)
                });
                scene.wait(60);
            }
        },
    ),
    (
        "pk/number-is-learned-after-the-imsi",
        "TS 23.141 clause 4.3.2",
        "A subscriber nobody knows is filed under its IMSI until an update tells alice's number.",
        |scene| {
            scene.account(START, 1, |b| {
                let b = b.attribute(44, b"s1").attribute(32, b"ggsn1");
                b.gi(1, &imsi(9)).gi(10, b"5")
            });
            scene.wait(60);
            scene.account(INTERIM, 2, |b| {
                let b = b.attribute(44, b"s1").attribute(32, b"ggsn1");
                let b = b.attribute(31, b"99900000001").integer(46, 60);
                b.gi(1, &imsi(9)).gi(10, b"5")
            });
            scene.wait(60);
            scene.account(STOP, 3, |b| {
                let b = b.attribute(44, b"s1").attribute(32, b"ggsn1");
                b.gi(1, &imsi(9)).gi(10, b"5").gi(11, &[0xff])
            });
        },
    ),
];

fn imsi(number: u8) -> Vec<u8> {
    format!("00101000000000{number}").into_bytes()
}

fn alice<'o>(builder: Builder<'o>, id: &str) -> Builder<'o> {
    subscriber(builder, id, 1, b"5")
}

fn subscriber<'o>(builder: Builder<'o>, id: &str, number: u8, nsapi: &[u8]) -> Builder<'o> {
    session(builder, id, b"ggsn1", number, nsapi)
}

/// What a GGSN tells of every session.
fn session<'o>(
    builder: Builder<'o>,
    id: &str,
    nas: &[u8],
    number: u8,
    nsapi: &[u8],
) -> Builder<'o> {
    builder
        .attribute(44, id.as_bytes())
        .attribute(32, nas)
        .attribute(31, format!("9990000000{number}").as_bytes())
        .attribute(30, b"internet")
        .attribute(8, &[10, 0, 0, number])
        .gi(1, &imsi(number))
        .gi(8, b"00101")
        .gi(10, nsapi)
        .gi(18, b"00101")
        .gi(21, &[1])
}

/// A cell of PLMN 001/01, as 3GPP-User-Location-Info.
fn place(builder: Builder<'_>, cell: u8) -> Builder<'_> {
    builder.gi(22, &[0, 0x00, 0xf1, 0x10, 0, 1, 0, cell])
}

fn status_server(scene: &mut Scene, identifier: u8) {
    let packet = request(Code::StatusServer, identifier, SECRET, |builder| {
        builder.message_authenticator()
    });
    scene.radius(GGSN, &packet);
}
