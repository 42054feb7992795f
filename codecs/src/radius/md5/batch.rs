//! Many messages at once: eight lanes that are refilled as messages end.

use super::{BLOCK_OCTETS, Blocks, Digest, Message, State};

/// How many messages are hashed side by side.
pub const LANES: usize = 8;

/// Hashes `messages[n]` into `digests[n]`; what one list has more than the other is left alone.
///
/// On a processor with AVX2 eight messages of any lengths advance together; elsewhere, and for the
/// last messages when few are left, each is hashed alone. The digests are the same.
pub fn digest_batch(messages: &[Message<'_>], digests: &mut [Digest]) {
    let mut rest = messages.iter().zip(digests.iter_mut());
    #[cfg(target_arch = "x86_64")]
    if messages.len() >= WORTHWHILE && super::lanes::available() {
        Lanes::start(&mut rest).run(&mut rest);
    }
    for (message, digest) in rest {
        *digest = message.digest();
    }
}

/// Hashes eight blocks in the best way that the processor has; [`super::lanes::available`] was asked
/// before.
#[cfg(target_arch = "x86_64")]
fn compress(state: &mut [[u32; LANES]; 4], blocks: &[&[u8; BLOCK_OCTETS]; LANES]) {
    if !super::ternary::compress(state, blocks) {
        super::lanes::compress(state, blocks);
    }
}

/// From how many busy lanes on eight together are faster than one after the other (measured: a
/// block on eight lanes takes about as long as two blocks on one).
#[cfg(target_arch = "x86_64")]
const WORTHWHILE: usize = 3;

/// What a lane without a message goes through; nobody looks at the result.
#[cfg(target_arch = "x86_64")]
const IDLE: [u8; BLOCK_OCTETS] = [0; BLOCK_OCTETS];

#[cfg(target_arch = "x86_64")]
struct Lane<'m, 'd> {
    blocks: Blocks<'m>,
    digest: &'d mut Digest,
}

#[cfg(target_arch = "x86_64")]
struct Lanes<'m, 'd> {
    lanes: [Option<Lane<'m, 'd>>; LANES],
    state: [[u32; LANES]; 4],
    busy: usize,
}

#[cfg(target_arch = "x86_64")]
impl<'m, 'd> Lanes<'m, 'd> {
    fn start<'l>(work: &mut impl Iterator<Item = (&'l Message<'m>, &'d mut Digest)>) -> Self
    where
        'm: 'l,
    {
        let mut lanes = Self {
            lanes: [const { None }; LANES],
            state: [[0; LANES]; 4],
            busy: 0,
        };
        for n in 0..LANES {
            lanes.refill(n, work);
        }
        lanes
    }

    fn refill<'l>(
        &mut self,
        n: usize,
        work: &mut impl Iterator<Item = (&'l Message<'m>, &'d mut Digest)>,
    ) where
        'm: 'l,
    {
        self.lanes[n] = work.next().map(|(message, digest)| {
            for (register, word) in self.state.iter_mut().zip(message.start.0) {
                register[n] = word;
            }
            self.busy += 1;
            Lane {
                blocks: Blocks::new(message),
                digest,
            }
        });
    }

    fn run<'l>(&mut self, work: &mut impl Iterator<Item = (&'l Message<'m>, &'d mut Digest)>)
    where
        'm: 'l,
    {
        let mut rooms = [[0; BLOCK_OCTETS]; LANES];
        while self.busy >= WORTHWHILE {
            let mut blocks = [&IDLE; LANES];
            for ((lane, block), room) in self.lanes.iter_mut().zip(&mut blocks).zip(&mut rooms) {
                if let Some(next) = lane.as_mut().and_then(|lane| lane.blocks.next(room)) {
                    *block = next;
                }
            }
            compress(&mut self.state, &blocks);
            for n in 0..LANES {
                if let Some(lane) = self.lanes[n].as_mut()
                    && lane.blocks.is_done()
                {
                    let state = State(self.state.map(|register| register[n]));
                    *lane.digest = state.digest();
                    self.busy -= 1;
                    self.refill(n, work);
                }
            }
        }
        self.finish_alone();
    }

    /// Ends what is left in the lanes one by one.
    fn finish_alone(&mut self) {
        for n in 0..LANES {
            if let Some(lane) = self.lanes[n].take() {
                let mut state = State(self.state.map(|register| register[n]));
                let mut room = [0; BLOCK_OCTETS];
                let Lane { mut blocks, digest } = lane;
                while let Some(block) = blocks.next(&mut room) {
                    state = state.after(block);
                }
                *digest = state.digest();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each way that this processor has agrees with one lane and with the md-5 crate.
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn eight_lanes_agree_with_one() {
        type Compress = fn(&mut [[u32; LANES]; 4], &[&[u8; BLOCK_OCTETS]; LANES]) -> bool;
        let ways: [(&str, bool, Compress); 2] = [
            (
                "AVX2",
                super::super::lanes::available(),
                super::super::lanes::compress,
            ),
            (
                "AVX-512VL",
                super::super::ternary::available(),
                super::super::ternary::compress,
            ),
        ];
        // One block of octets and padding is a whole message of 55 octets.
        let mut blocks: [[u8; BLOCK_OCTETS]; LANES] = std::array::from_fn(|lane| {
            std::array::from_fn(|n| u8::try_from((lane * 67 + n * 31) % 251).unwrap())
        });
        for block in &mut blocks {
            block[55..].copy_from_slice(&[0x80, 0xb8, 0x01, 0, 0, 0, 0, 0, 0]);
        }
        for (name, is_available, compress) in ways {
            let mut state = State::INITIAL.0.map(|word| [word; LANES]);
            assert_eq!(
                compress(&mut state, &blocks.each_ref()),
                is_available,
                "{name}"
            );
            if !is_available {
                eprintln!("skipped: this processor has no {name}");
                continue;
            }
            for (n, block) in blocks.iter().enumerate() {
                let lane = State(state.map(|register| register[n]));
                assert_eq!(lane.0, State::INITIAL.after(block).0, "{name} {n}");
                let whole: Digest = <md5::Md5 as md5::Digest>::digest(&block[..55]).into();
                assert_eq!(lane.digest(), whole, "{name} {n}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_batch_of_any_lengths_agrees_with_single_digests(
            octets in proptest::collection::vec(
                proptest::collection::vec(any::<u8>(), 0..400), 0..30),
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
