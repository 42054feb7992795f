//! Random values for tags, branches and waiting times, from a seed that the caller chooses.

/// The generator xoshiro256++, seeded through splitmix64. The same seed gives the same values: what
/// a replay needs. Live, the seed comes from the operating system.
#[derive(Clone, Debug)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// Starts from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut splitmix = seed;
        Self {
            state: std::array::from_fn(|_| {
                splitmix = splitmix.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (splitmix ^ (splitmix >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
                mixed ^ (mixed >> 31)
            }),
        }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        let [mut a, mut b, mut c, mut d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let shifted = b << 17;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        self.state = [a, b, c, d.rotate_left(45)];
        result
    }

    /// A number below `bound`; 0 when that is 0. The bias is below `bound` / 2^64.
    pub fn below(&mut self, bound: u64) -> u64 {
        let wide = u128::from(self.bits()) * u128::from(bound);
        u64::try_from(wide >> 64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_values_are_those_of_the_published_algorithm() {
        let mut random = Random {
            state: [1, 2, 3, 4],
        };
        // From the reference implementation with the state 1, 2, 3, 4.
        let expected = [
            41_943_041,
            58_720_359,
            3_588_806_011_781_223,
            3_591_011_842_654_386,
        ];
        assert_eq!([(); 4].map(|()| random.bits()), expected);
    }

    #[test]
    fn a_bound_is_kept_and_reached() {
        let mut random = Random::new(7);
        let mut seen = [false; 5];
        for _ in 0..200 {
            let value = usize::try_from(random.below(5)).unwrap();
            seen[value] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(random.below(0), 0);
    }
}
