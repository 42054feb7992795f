//! Random choices that can be made again: a test prints its seed.

use std::{
    env,
    time::{SystemTime, UNIX_EPOCH},
};

/// A small generator (splitmix64).
#[derive(Debug)]
pub struct Seeded(u64);

impl Seeded {
    /// The seed of `PENGATE_SEED`, else one of the clock's; printed, so that it can be used again.
    pub fn announced(test: &str) -> Self {
        let given = env::var("PENGATE_SEED").ok();
        let seed = given.map_or_else(
            || {
                SystemTime::now()
                    .duration_since(UNIX_EPOCH)
                    .unwrap()
                    .as_secs()
            },
            |seed| seed.parse().unwrap(),
        );
        eprintln!("{test}: PENGATE_SEED={seed}");
        Self(seed)
    }

    /// The next number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
