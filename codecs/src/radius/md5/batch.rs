//! Many messages at once, on lanes that are refilled as messages end.

#[cfg(target_arch = "x86_64")]
use super::{
    Block, Blocks, State,
    lanes::{self, LANES, Registers},
};
use super::{Digest, Message};

/// How many messages are hashed side by side when there are that many.
pub const BATCH: usize = 16;

/// Hashes `messages[n]` into `digests[n]`; what one list has more than the other is left alone.
///
/// On a processor with AVX2 up to [`BATCH`] messages of any lengths advance together; elsewhere
/// each is hashed alone. The digests are the same.
pub fn digest_batch(messages: &[Message<'_>], digests: &mut [Digest]) {
    let mut rest = messages.iter().zip(digests.iter_mut());
    #[cfg(target_arch = "x86_64")]
    if messages.len() > 1 && lanes::available() {
        if messages.len() > LANES {
            Batch::<{ BATCH / LANES }>::start(&mut rest).run(&mut rest);
        } else {
            Batch::<1>::start(&mut rest).run(&mut rest);
        }
    }
    for (message, digest) in rest {
        *digest = message.digest();
    }
}

#[cfg(target_arch = "x86_64")]
struct Lane<'m, 'd> {
    blocks: Blocks<'m>,
    digest: &'d mut Digest,
}

/// The messages under way on the lanes of `N` vectors.
#[cfg(target_arch = "x86_64")]
struct Batch<'m, 'd, const N: usize> {
    lanes: [[Option<Lane<'m, 'd>>; LANES]; N],
    registers: [Registers; N],
    busy: usize,
}

#[cfg(target_arch = "x86_64")]
impl<'m, 'd, const N: usize> Batch<'m, 'd, N> {
    fn start(work: &mut impl Iterator<Item = (&'m Message<'m>, &'d mut Digest)>) -> Self {
        let mut batch = Self {
            lanes: [const { [const { None }; LANES] }; N],
            registers: [[[0; LANES]; 4]; N],
            busy: 0,
        };
        for vector in 0..N {
            for lane in 0..LANES {
                batch.refill(vector, lane, work);
            }
        }
        batch
    }

    fn refill(
        &mut self,
        vector: usize,
        lane: usize,
        work: &mut impl Iterator<Item = (&'m Message<'m>, &'d mut Digest)>,
    ) {
        self.lanes[vector][lane] = work.next().map(|(message, digest)| {
            for (register, word) in self.registers[vector].iter_mut().zip(message.start.0) {
                register[lane] = word;
            }
            self.busy += 1;
            Lane {
                blocks: Blocks::new(message),
                digest,
            }
        });
    }

    /// Advances all lanes by as many blocks as each has ahead, until no message is left.
    fn run(&mut self, work: &mut impl Iterator<Item = (&'m Message<'m>, &'d mut Digest)>) {
        let mut rooms = [[[0; _]; LANES]; N];
        while self.busy > 0 {
            let ahead = self.lanes.as_flattened().iter().flatten();
            let count = ahead.map(|lane| lane.blocks.ahead()).min().unwrap_or(0);
            let mut runs: [[&[Block]; LANES]; N] = [[&[]; LANES]; N];
            let lanes = self.lanes.as_flattened_mut().iter_mut();
            let rooms = rooms.as_flattened_mut().iter_mut();
            for ((lane, run), room) in lanes.zip(runs.as_flattened_mut()).zip(rooms) {
                if let Some(lane) = lane {
                    *run = lane.blocks.take(count, room);
                }
            }
            lanes::compress(&mut self.registers, &runs, count);
            for vector in 0..N {
                for lane in 0..LANES {
                    self.settle(vector, lane, work);
                }
            }
        }
    }

    /// Gives a lane whose message has ended the next one.
    #[inline]
    fn settle(
        &mut self,
        vector: usize,
        lane: usize,
        work: &mut impl Iterator<Item = (&'m Message<'m>, &'d mut Digest)>,
    ) {
        if let Some(Lane { blocks, digest }) = &mut self.lanes[vector][lane]
            && blocks.is_done()
        {
            **digest = State(self.registers[vector].map(|register| register[lane])).digest();
            self.busy -= 1;
            self.refill(vector, lane, work);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Some whole messages of 55 octets: each is one block with its padding.
    #[cfg(target_arch = "x86_64")]
    fn blocks() -> [[Block; 2]; LANES] {
        std::array::from_fn(|lane| {
            std::array::from_fn(|n| {
                let mut block = std::array::from_fn(|octet| {
                    u8::try_from((lane * 67 + n * 13 + octet * 31) % 251).unwrap()
                });
                block[55..].copy_from_slice(&[0x80, 0xb8, 0x01, 0, 0, 0, 0, 0, 0]);
                block
            })
        })
    }

    /// `compress` on `N` vectors, of one block and of two, agrees with one lane and with the md-5
    /// crate.
    #[cfg(target_arch = "x86_64")]
    fn agrees_with_one_lane<const N: usize>(
        compress: impl Fn(&mut [Registers; N], &[lanes::Runs<'_>; N], usize) -> bool,
    ) {
        let blocks = blocks();
        let runs = [blocks.each_ref().map(<[Block; 2]>::as_slice); N];
        for count in 1..=2 {
            let mut registers = [State::INITIAL.0.map(|word| [word; LANES]); N];
            assert!(compress(&mut registers, &runs, count));
            for registers in registers {
                for (n, blocks) in blocks.iter().enumerate() {
                    let lane = State(registers.map(|register| register[n]));
                    let alone = blocks[..count].iter().fold(State::INITIAL, State::after);
                    assert_eq!(lane.0, alone.0, "lane {n}, {count} blocks");
                    if count == 1 {
                        let whole = <md5::Md5 as md5::Digest>::digest(&blocks[0][..55]);
                        assert_eq!(lane.digest(), Digest::from(whole), "lane {n}");
                    }
                }
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn many_lanes_agree_with_one() {
        if !lanes::available() {
            eprintln!("skipped: this processor has no AVX2");
            return;
        }
        agrees_with_one_lane::<1>(lanes::compress_plain);
        agrees_with_one_lane::<2>(lanes::compress_plain);
        if !lanes::has_ternary_logic() {
            eprintln!("skipped: this processor has no AVX-512VL");
            return;
        }
        agrees_with_one_lane::<1>(lanes::compress);
        agrees_with_one_lane::<2>(lanes::compress);
    }

    proptest! {
        #[test]
        fn a_batch_of_any_lengths_agrees_with_single_digests(
            octets in proptest::collection::vec(
                proptest::collection::vec(any::<u8>(), 0..400), 0..50),
        ) {
            let messages: Vec<_> = octets.iter().map(|octets| {
                let (head, tail) = octets.split_at(octets.len() / 3);
                Message::new([head, tail])
            }).collect();
            let mut digests = vec![[0; 16]; messages.len()];
            digest_batch(&messages, &mut digests);
            for (message, digest) in messages.iter().zip(digests) {
                prop_assert_eq!(message.digest(), digest);
            }
        }
    }
}
