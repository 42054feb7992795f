//! MD5 (RFC 1321) as RADIUS needs it: over scattered octets, from a prepared state, many at once.
//!
//! MD5 is broken as a hash; RADIUS demands it all the same. Nothing else may use it.

mod batch;
#[cfg(target_arch = "x86_64")]
mod lanes;
mod rounds;
mod scalar;

pub use batch::{BATCH, digest_batch};

use std::{array, slice};

/// Octets of a digest.
pub const DIGEST_OCTETS: usize = 16;
/// Octets hashed in one go.
pub const BLOCK_OCTETS: usize = 64;
/// How many pieces a [`Message`] may consist of.
pub const SEGMENTS_MAX: usize = 6;

/// A finished digest.
pub type Digest = [u8; DIGEST_OCTETS];

type Block = [u8; BLOCK_OCTETS];

/// The chaining value between two blocks.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct State([u32; 4]);

impl State {
    /// The value every digest starts from (RFC 1321 clause 3.3).
    pub const INITIAL: Self = Self([0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476]);

    /// The state after one more block.
    #[must_use]
    pub fn after(mut self, block: &Block) -> Self {
        scalar::compress(&mut self.0, block);
        self
    }

    fn digest(self) -> Digest {
        let mut digest = [0; DIGEST_OCTETS];
        for (octets, word) in digest.chunks_exact_mut(4).zip(self.0) {
            octets.copy_from_slice(&word.to_le_bytes());
        }
        digest
    }
}

/// What is to be hashed: up to [`SEGMENTS_MAX`] pieces, read one after the other as if they were
/// one, after a state that stands for octets hashed before.
#[derive(Clone, Copy)]
pub struct Message<'a> {
    start: State,
    hashed: u64,
    segments: [&'a [u8]; SEGMENTS_MAX],
}

impl<'a> Message<'a> {
    /// A message from its first octet on.
    #[must_use]
    pub fn new<const N: usize>(segments: [&'a [u8]; N]) -> Self {
        Self::resume(State::INITIAL, 0, segments)
    }

    /// A message whose first `blocks` blocks are already in `start`.
    #[must_use]
    pub fn resume<const N: usize>(start: State, blocks: u64, segments: [&'a [u8]; N]) -> Self {
        const { assert!(N <= SEGMENTS_MAX) };
        Self {
            start,
            hashed: blocks.wrapping_mul(BLOCK_OCTETS as u64),
            segments: array::from_fn(|n| segments.get(n).copied().unwrap_or_default()),
        }
    }

    /// The digest, one lane.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut state = self.start;
        let mut blocks = Blocks::new(self);
        let mut room = [0; BLOCK_OCTETS];
        while !blocks.is_done() {
            for block in blocks.take(blocks.ahead(), &mut room) {
                scalar::compress(&mut state.0, block);
            }
        }
        state.digest()
    }
}

/// The digest of `segments` read as one.
#[must_use]
pub fn digest<const N: usize>(segments: [&[u8]; N]) -> Digest {
    Message::new(segments).digest()
}

/// Cuts a message into blocks and pads the last ones (RFC 1321 clauses 3.1 and 3.2).
#[derive(Clone)]
struct Blocks<'a> {
    message: &'a Message<'a>,
    /// The segment that is being read, and where.
    current: usize,
    at: usize,
    hashed: u64,
    stage: Stage,
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Stage {
    Octets,
    /// The mark fitted into the last block, the length did not.
    Length,
    Done,
}

impl<'a> Blocks<'a> {
    fn new(message: &'a Message<'a>) -> Self {
        Self {
            message,
            current: 0,
            at: 0,
            hashed: message.hashed,
            stage: Stage::Octets,
        }
    }

    /// Whether [`Self::take`] has given the last block.
    const fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done)
    }

    /// How many blocks can be taken at once: those that lie whole in the current segment, else the
    /// one that must be put together.
    #[inline]
    fn ahead(&self) -> usize {
        (self.rest().len() / BLOCK_OCTETS).max(1)
    }

    /// What is left of the current segment.
    #[inline]
    fn rest(&self) -> &'a [u8] {
        let segment = self.message.segments.get(self.current);
        segment
            .and_then(|segment| segment.get(self.at..))
            .unwrap_or_default()
    }

    /// The next `count` blocks of those [`Self::ahead`]: where they lie, or put together in `room`.
    #[inline]
    fn take<'b>(&mut self, count: usize, room: &'b mut Block) -> &'b [Block]
    where
        'a: 'b,
    {
        if let Some(run) = self.rest().as_chunks().0.get(..count) {
            self.advance(run.as_flattened().len());
            return run;
        }
        self.put_together(room);
        slice::from_ref(room)
    }

    fn advance(&mut self, octets: usize) {
        self.at += octets;
        self.hashed = self.hashed.wrapping_add(octets as u64);
    }

    /// Writes the next block.
    fn put_together(&mut self, block: &mut Block) {
        *block = [0; BLOCK_OCTETS];
        if self.stage == Stage::Length {
            self.put_length(block);
            return;
        }
        let filled = self.fill(block);
        if let Some((mark, rest)) = block[filled..].split_first_mut() {
            *mark = 0x80;
            self.stage = Stage::Length;
            if rest.len() >= 8 {
                self.put_length(block);
            }
        }
    }

    /// Copies as many octets as are left and fit; returns how many.
    #[inline]
    fn fill(&mut self, block: &mut Block) -> usize {
        let mut filled = 0;
        while self.current < SEGMENTS_MAX {
            let rest = self.rest();
            let taken = rest.len().min(BLOCK_OCTETS - filled);
            copy_short(&mut block[filled..filled + taken], &rest[..taken]);
            filled += taken;
            self.advance(taken);
            if filled == BLOCK_OCTETS {
                break;
            }
            self.current += 1;
            self.at = 0;
        }
        filled
    }

    fn put_length(&mut self, block: &mut Block) {
        let bits = self.hashed.wrapping_mul(8);
        block[BLOCK_OCTETS - 8..].copy_from_slice(&bits.to_le_bytes());
        self.stage = Stage::Done;
    }
}

/// Copies up to a block between slices of one length. Most pieces of a block are short, and a call
/// of `memcpy` costs more than they do.
#[inline]
fn copy_short(to: &mut [u8], from: &[u8]) {
    let is_copied = match from.len() {
        32.. => copy_ends::<32>(to, from),
        16.. => copy_ends::<16>(to, from),
        8.. => copy_ends::<8>(to, from),
        4.. => copy_ends::<4>(to, from),
        _ => None,
    };
    if is_copied.is_none() {
        for (to, from) in to.iter_mut().zip(from) {
            *to = *from;
        }
    }
}

/// Copies the first `N` octets and the last, which overlap: all that there is up to `2 * N`.
#[inline]
fn copy_ends<const N: usize>(to: &mut [u8], from: &[u8]) -> Option<()> {
    *to.first_chunk_mut::<N>()? = *from.first_chunk()?;
    *to.last_chunk_mut::<N>()? = *from.last_chunk()?;
    Some(())
}

#[cfg(test)]
mod tests {
    use md5::Digest as _;
    use proptest::prelude::*;

    use super::*;

    fn oracle(octets: &[u8]) -> Digest {
        md5::Md5::digest(octets).into()
    }

    #[test]
    fn the_vectors_of_rfc_1321_hold() {
        let hex = |digest: Digest| {
            digest
                .iter()
                .map(|o| format!("{o:02x}"))
                .collect::<String>()
        };
        assert_eq!(hex(digest([b""])), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(hex(digest([b"abc"])), "900150983cd24fb0d6963f7d28e17f72");
        assert_eq!(
            hex(digest([b"message ", b"", b"digest"])),
            "f96b697d7cb7938d525a2f31aaf161d0"
        );
    }

    #[test]
    fn every_length_around_the_block_borders_agrees_with_the_oracle() {
        let octets: Vec<u8> = (0..300_u32).map(|n| n.to_le_bytes()[0] ^ 0x5a).collect();
        for end in 0..octets.len() {
            assert_eq!(
                digest([&octets[..end]]),
                oracle(&octets[..end]),
                "{end} octets"
            );
        }
    }

    #[test]
    fn a_resumed_message_counts_the_octets_hashed_before() {
        let octets = [0x17; 100];
        let first: &Block = octets.first_chunk().unwrap();
        let resumed = Message::resume(State::INITIAL.after(first), 1, [&octets[BLOCK_OCTETS..]]);
        assert_eq!(resumed.digest(), oracle(&octets));
    }

    proptest! {
        #[test]
        fn how_a_message_is_cut_does_not_matter(
            octets in proptest::collection::vec(any::<u8>(), 0..500),
            cuts in proptest::array::uniform3(0_usize..500),
        ) {
            let mut cuts = cuts.map(|cut| cut.min(octets.len()));
            cuts.sort_unstable();
            let [x, y, z] = cuts;
            let parts = [&octets[..x], &octets[x..y], &octets[y..z], &octets[z..]];
            prop_assert_eq!(digest(parts), oracle(&octets));
        }
    }
}
