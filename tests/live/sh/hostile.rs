//! What an HSS should not send: answered as RFC 6733 says, and the link stays.

use pengate_codecs::diameter::{Builder, Flags, Header, Kind};
use serde_json::json;

use super::{ALICE, Bench, PNR, SH, ims, is, registration};
use crate::{gateway::eventually, http::faults};

/// A request, as it is sent.
pub fn message(
    command: u32,
    application: u32,
    number: u32,
    write: impl FnOnce(Builder<'_>) -> Builder<'_>,
) -> Vec<u8> {
    let header = Header {
        length: 0,
        flags: Flags(0xc0),
        command,
        application,
        hop_by_hop: number,
        end_to_end: number,
    };
    let mut octets = Vec::new();
    write(Builder::new(&mut octets, &header)).finish().unwrap();
    octets
}

/// As a script is told octets.
pub fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Whose it is, and nothing else.
fn of_the_hss(builder: Builder<'_>) -> Builder<'_> {
    builder
        .avp(Kind::base(263), b"hss.ims.example;1;9")
        .avp(Kind::base(264), b"hss.ims.example")
        .avp(Kind::base(296), b"ims.example")
}

/// A PNR but for what `write` makes of it.
fn pnr(number: u32, write: impl FnOnce(Builder<'_>) -> Builder<'_>) -> Vec<u8> {
    message(PNR, SH, number, |builder| {
        let builder = builder
            .avp(
                Kind::base(263),
                format!("hss.ims.example;{number}").as_bytes(),
            )
            .group(Kind::base(260), |group| {
                group
                    .avp(Kind::base(266), &10_415_u32.to_be_bytes())
                    .avp(Kind::base(258), &SH.to_be_bytes())
            })
            .avp(Kind::base(277), &1_u32.to_be_bytes())
            .avp(Kind::base(264), b"hss.ims.example")
            .avp(Kind::base(296), b"ims.example")
            .avp(Kind::base(293), b"pna.ims.example")
            .avp(Kind::base(283), b"ims.example")
            .group(Kind::tgpp(700), |group| {
                group.avp(Kind::tgpp(601), ALICE.as_bytes())
            });
        write(builder)
    })
}

fn with_data(builder: Builder<'_>) -> Builder<'_> {
    builder.avp(Kind::tgpp(702), ims(1).as_bytes())
}

/// A message with its name, the result of its answer, the AVP in its Failed-AVP, and whether the
/// answer has the E bit.
type Hostile = (&'static str, Vec<u8>, u32, Option<u32>, bool);

fn hostile() -> Vec<Hostile> {
    const UNKNOWN: Kind = Kind {
        vendor: 99_999,
        code: 7,
    };
    let data = Kind::tgpp(702);
    let mut overrun = pnr(11, with_data);
    // The last AVP, User-Data, says that it is longer than the message.
    let at = overrun.len() - ims(1).len().next_multiple_of(4) - 12;
    overrun[at + 5] = 0x10;
    let mut version = pnr(12, with_data);
    version[0] = 2;
    let mandatory = pnr(13, |builder| {
        with_data(builder).avp(UNKNOWN, b"what is this")
    });
    let optional = pnr(14, |builder| {
        with_data(builder).optional(UNKNOWN, b"never mind")
    });
    let oversized = pnr(15, |builder| builder.avp(data, &[b' '; 5000]));
    let no_data = pnr(16, |builder| builder);
    let not_xml = pnr(17, |builder| builder.avp(data, b"<Sh-Data><x></Sh-Data>"));
    let command = message(9999, SH, 18, of_the_hss);
    let of_the_base = message(9999, 0, 21, of_the_hss);
    let application = message(PNR, 4, 19, of_the_hss);
    vec![
        ("AVP length", overrun, 5014, Some(702), false),
        ("version", version, 5011, None, false),
        ("unknown AVP", mandatory, 5001, Some(7), false),
        ("AVP to be passed over", optional, 2001, None, false),
        ("oversized", oversized, 5015, None, false),
        ("missing AVP", no_data, 5005, Some(702), false),
        ("document", not_xml, 5100, None, false),
        ("command", command, 3001, None, true),
        ("command of no application", of_the_base, 3001, None, true),
        ("application", application, 3007, None, true),
    ]
}

#[test]
fn what_is_malformed_unknown_or_oversized_is_answered_and_the_link_stays_up() {
    let Some(mut bench) = Bench::start(&["ph.diameter.message_bytes_max=4096"]) else {
        return;
    };
    let (mut watcher, _) = bench.watch("bob");
    for (what, octets, code, failed, is_error) in hostile() {
        bench.send(&octets);
        let number = u32::from_be_bytes(octets[16..20].try_into().unwrap());
        let answer = bench.hss.hear(what, |line| {
            line["what"] == "answer" && line["end_to_end"] == number
        });
        let told = [&answer["result"], &answer["experimental"]];
        assert!(told.contains(&&json!(code)), "{what}: {answer}");
        let failed = json!(failed.as_slice());
        assert_eq!(answer["failed"], failed, "{what}: {answer}");
        assert_eq!(answer["error"], is_error, "{what}: {answer}");
    }
    // An answer to nothing is counted and nothing else.
    let mut stray = pnr(20, with_data);
    stray[4] &= 0x7f;
    bench.send(&stray);
    eventually("the stray answer is counted", || {
        (faults(&bench.gateway, "ph", "unexpected-answer") >= 1.0).then_some(())
    });
    bench.push(&ims(0), &json!({}));
    assert_eq!(bench.pushed()["result"], 2001);
    watcher.notified_until(|document| registration(document) == Some("terminated"));
    assert_eq!(bench.link(), "open");
    let gone = bench.hss.count(is("gone"));
    assert_eq!(gone, 0, "the connection was never ended");
}

impl Bench {
    /// Has the HSS send these octets.
    fn send(&mut self, octets: &[u8]) {
        let octets = hexadecimal(octets);
        self.hss.tell(&json!({ "do": "send", "octets": octets }));
    }
}
