//! The whole gateway on virtual time, among network elements, watchers and publishers that a seed
//! makes up, over a network that loses, repeats, delays and reorders, with a log that refuses, and
//! power cuts that leave rows of some time before and the log after them. After quiet everything is as if none of that had been.
//!
//! A failure names its seed; `PENGATE_SEED=N` runs that one alone, `PENGATE_SEEDS=N` so many.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

mod elements;
mod parties;
mod script;
mod world;

use std::env;

use crate::{
    script::Script,
    world::{Faults, World},
};

fn seeds() -> std::ops::Range<u64> {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    match number("PENGATE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("PENGATE_SEEDS").unwrap_or(200),
    }
}

#[test]
fn after_quiet_everything_is_as_if_nothing_had_gone_wrong() {
    let (mut faulty, mut mixed) = (0, 0);
    for seed in seeds() {
        let script = Script::new(seed);
        let calm = World::run(&script, Faults::None);
        let rough = World::run(&script, Faults::All);
        calm.check(seed, &script);
        rough.check(seed, &script);
        for user in &script.users {
            let (expected, found) = (calm.document(user), rough.document(user));
            assert_eq!(found, expected, "seed {seed}, {user}");
        }
        faulty += rough.crashes + rough.lost + rough.refusals;
        mixed += rough.mixed;
    }
    assert!(faulty > 0, "nothing went wrong, so nothing was tested");
    let is_alone = env::var_os("PENGATE_SEED").is_some();
    assert!(mixed > 0 || is_alone, "no start read rows and log");
}
