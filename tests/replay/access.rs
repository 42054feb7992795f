//! What a 3GPP AAA server (Pr) and a PDG (Pp) tell over RADIUS.

use pengate::event::Source;
use pengate_codecs::radius::Builder;

use crate::Made;

const START: u32 = 1;
const STOP: u32 = 2;
const OFF: u32 = 8;

const AAA: (Source, u16) = (Source::Pr, 1814);
const PDG: (Source, u16) = (Source::Pp, 1815);

const LISTENERS: &str = "[radius]
listen_pr = [\"127.0.0.1:1814\"]
listen_pp = [\"127.0.0.1:1815\"]
";

/// The cases.
pub const CASES: &[Made] = &[
    (
        "pr/two-accesses-of-a-subscriber-end-one-by-one",
        "TS 23.141 clause 5.2.2.2",
        "Alice attaches to the WLAN with two devices and leaves with one after the other.",
        |scene| {
            scene.configure(LISTENERS);
            scene.account_to(AAA, START, 1, |b| alice(b, b"w1"));
            scene.account_to(AAA, START, 2, |b| alice(b, b"w2"));
            scene.wait(60);
            scene.account_to(AAA, STOP, 3, |b| alice(b, b"w1"));
            scene.wait(60);
            scene.account_to(AAA, STOP, 4, |b| alice(b, b"w2"));
        },
    ),
    (
        "pp/tunnels-end-with-their-gateway",
        "TS 23.141 clause 5.2.2.2",
        "A tunnel of alice is set up; the PDG goes down and takes it with it.",
        |scene| {
            scene.configure(LISTENERS);
            scene.account_to(PDG, START, 1, |b| alice(b, b"t1"));
            scene.wait(60);
            scene.account_to(PDG, OFF, 2, |b| b.attribute(32, b"pdg1"));
        },
    ),
];

fn alice<'o>(builder: Builder<'o>, session: &[u8]) -> Builder<'o> {
    builder
        .attribute(1, b"0001010000000001@wlan.mnc001.mcc001.3gppnetwork.org")
        .attribute(44, session)
        .attribute(32, b"pdg1")
        .gi(1, b"001010000000001")
}
