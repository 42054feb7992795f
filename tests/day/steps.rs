//! The day as data: what happens, and what each peer says of it.

use pengate_codecs::cap::EventTypeBcsm;

use crate::{
    peers::{Network, Reach, Registered},
    signalling::{self, Element, HOME_MSC, HOME_SGSN, VISITED_MSC, VISITED_SGSN},
    world::World,
};

/// One step: its name is that of its document.
pub struct Step {
    pub name: &'static str,
    pub act: fn(&mut World),
    /// Whether who tells it does so again until it is acknowledged: not so in SS7, where what was
    /// not recorded is lost.
    pub is_resent: bool,
}

const fn step(name: &'static str, act: fn(&mut World)) -> Step {
    Step {
        name,
        act,
        is_resent: false,
    }
}

const fn resent(name: &'static str, act: fn(&mut World)) -> Step {
    Step {
        is_resent: true,
        ..step(name, act)
    }
}

/// Three cells of the home network and one abroad.
const FIRST: [u8; 7] = [0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x78];
const SECOND: [u8; 7] = [0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x79];
const THIRD: [u8; 7] = [0x00, 0xf1, 0x10, 0x12, 0x35, 0x00, 0x01];
const ABROAD: [u8; 7] = [0x09, 0xf8, 0x10, 0x00, 0x01, 0x00, 0x02];

/// The day, a minute a step; the first is told at six in the morning.
pub const DAY: &[Step] = &[
    step("watched-while-off", |day| day.watch()),
    step("cs-attach", |day| {
        day.truth().cs = Reach::Attached;
        mobility(day, HOME_MSC, 0x02, FIRST);
    }),
    step("gprs-attach", |day| {
        day.truth().ps = Reach::Attached;
        mobility(day, HOME_SGSN, 0x83, FIRST);
    }),
    resent("pdp-context-up", |day| day.session_starts()),
    resent("ims-registered", |day| {
        day.register(3_600);
        day.push(Registered::Yes);
    }),
    step("call-is-set-up", |day| {
        day.truth().in_a_call = true;
        day.call_begins();
    }),
    step("call-is-answered", |day| {
        day.call_becomes(EventTypeBcsm::OAnswer)
    }),
    step("call-is-over", |day| {
        day.truth().in_a_call = false;
        day.call_becomes(EventTypeBcsm::ODisconnect);
    }),
    step("second-cell", |day| mobility(day, HOME_MSC, 0x00, SECOND)),
    step("third-cell", |day| {
        mobility(day, HOME_MSC, 0x00, THIRD);
        mobility(day, HOME_SGSN, 0x80, THIRD);
    }),
    step("abroad", |day| {
        day.truth().network = Network::Visited;
        mobility(day, VISITED_MSC, 0x01, ABROAD);
        mobility(day, VISITED_SGSN, 0x81, ABROAD);
        // The SGSN that was left tells as well.
        mobility(day, HOME_SGSN, 0x82, THIRD);
    }),
    step("hss-is-asked-again", |_| {}),
    resent("wlan-attach", |day| day.wlan_starts()),
    step("located", |day| {
        let now = day.now();
        day.truth().located = Some(now);
    }),
    step("ps-not-reachable", |day| {
        day.truth().ps = Reach::NotReachable;
        mobility(day, VISITED_SGSN, 0x86, ABROAD);
    }),
    step("cs-not-reachable", |day| {
        day.truth().cs = Reach::Detached;
        mobility(day, VISITED_MSC, 0x04, ABROAD);
    }),
    step("attached-again", |day| {
        (day.truth().cs, day.truth().ps) = (Reach::Attached, Reach::Attached);
        mobility(day, VISITED_MSC, 0x02, ABROAD);
        mobility(day, VISITED_SGSN, 0x83, ABROAD);
    }),
    resent("wlan-off", |day| day.wlan_stops()),
    resent("ims-deregistered", |day| {
        day.register(0);
        day.push(Registered::No);
    }),
    resent("pdp-context-down", |day| day.session_stops()),
    step("gprs-detach", |day| {
        day.truth().ps = Reach::Detached;
        mobility(day, VISITED_SGSN, 0x84, ABROAD);
    }),
    step("everything-off", |day| {
        day.truth().cs = Reach::Detached;
        mobility(day, VISITED_MSC, 0x03, ABROAD);
    }),
];

fn mobility(day: &mut World, by: Element, code: u8, cell: [u8; 7]) {
    day.signal(&signalling::note(by, code, cell));
}
