//! The day as data: what happens, and what each peer says of it.

use pengate_codecs::cap::EventTypeBcsm;

use crate::{
    peers::{Network, Registered},
    signalling::{self, Element, HOME_MSC, HOME_SGSN, VISITED_MSC, VISITED_SGSN},
    world::World,
};

/// One step: its name is that of its document.
pub struct Step {
    pub name: &'static str,
    pub act: fn(&mut World),
}

const fn step(name: &'static str, act: fn(&mut World)) -> Step {
    Step { name, act }
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
        day.truth().on = true;
        mobility(day, HOME_MSC, 0x02, FIRST);
    }),
    step("gprs-attach", |day| mobility(day, HOME_SGSN, 0x83, FIRST)),
    step("pdp-context-up", |day| day.session_starts()),
    step("ims-registered", |day| {
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
    step("hss-is-asked-again", |day| day.wait_for_poll()),
    step("wlan-attach", |day| day.wlan_starts()),
    step("located", |day| {
        day.truth().located = Some(day.now());
        day.wait_for_location();
    }),
    step("ps-not-reachable", |day| {
        mobility(day, VISITED_SGSN, 0x86, ABROAD);
    }),
    step("cs-not-reachable", |day| {
        day.truth().on = false;
        mobility(day, VISITED_MSC, 0x04, ABROAD);
    }),
    step("attached-again", |day| {
        day.truth().on = true;
        mobility(day, VISITED_MSC, 0x02, ABROAD);
        mobility(day, VISITED_SGSN, 0x83, ABROAD);
    }),
    step("wlan-off", |day| day.wlan_stops()),
    step("ims-deregistered", |day| {
        day.register(0);
        day.push(Registered::No);
    }),
    step("pdp-context-down", |day| day.session_stops()),
    step("gprs-detach", |day| {
        mobility(day, VISITED_SGSN, 0x84, ABROAD);
    }),
    step("everything-off", |day| {
        day.truth().on = false;
        mobility(day, VISITED_MSC, 0x03, ABROAD);
    }),
];

fn mobility(day: &mut World, by: Element, code: u8, cell: [u8; 7]) {
    day.signal(&signalling::note(by, code, cell));
}
