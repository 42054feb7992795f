//! The gateway, step by step: any traffic, any passing of time, any humour of the log, any mixture
//! of rows and log to start from.
//!
//! An input is a row of moves, each with an operand and some with octets ([`Script`]). What stands
//! behind an authenticator, a tag or an entity-tag cannot be guessed, so RADIUS may be signed anew,
//! NOTIFYs and what other network elements are asked are answered as their peer would, and two octets stand for tags that we told.

mod bench;
mod checks;
mod feeds;
mod log;
mod script;

use bench::Bench;
use script::{Move, Script};

/// One input.
pub fn run(octets: &[u8]) {
    let mut bench = Bench::new();
    for (order, octets) in Script::new(octets).take(MOVES_MAX) {
        let Move {
            kind,
            joins,
            peer,
            operand,
        } = order;
        match kind {
            0 => bench.radius(peer, octets.to_vec()),
            1 => bench.signed_radius(peer, octets),
            2 => bench.datagram(peer, octets),
            3 => bench.stream(peer, octets),
            4 => bench.answer_notify(operand),
            5 => bench.up(peer, operand),
            6 => bench.down(peer),
            7 => bench.refused(peer, operand),
            8 => bench.pass(peer, operand),
            9 => bench.log.refuse(operand),
            10 => bench.log.hold(),
            11 => bench.log.settle(operand),
            12 => bench.log.release(),
            13 => bench.restart(operand),
            14 => bench.repeat(),
            15 => bench.fall_due(operand),
            16 => bench.keep(operand),
            17 => bench.log.fail(),
            18 => bench.register(peer, operand),
            19 => bench.message(peer, operand),
            20 => bench.link(peer, operand),
            21 => bench.answer_feed(peer, operand),
            script::RAW => bench.raw(peer, octets),
            _ => {}
        }
        if !joins {
            bench.step();
        }
    }
    bench.finish();
}

/// Enough for any story, and little enough that an input takes no time.
const MOVES_MAX: usize = 200;
