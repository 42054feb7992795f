//! One block on one lane.

use super::{
    Block,
    rounds::{SINES, rounds},
};

/// Hashes `block` into `state`.
#[inline]
pub(super) fn compress(state: &mut [u32; 4], block: &Block) {
    let mut words = [0_u32; 16];
    for (word, octets) in words.iter_mut().zip(block.as_chunks::<4>().0) {
        *word = u32::from_le_bytes(*octets);
    }
    let [mut a, mut b, mut c, mut d] = *state;
    rounds!(a, b, c, d, words, SINES);
    let [a0, b0, c0, d0] = *state;
    *state = [
        a0.wrapping_add(a),
        b0.wrapping_add(b),
        c0.wrapping_add(c),
        d0.wrapping_add(d),
    ];
}

#[inline(always)]
fn f<const LEFT: u32, const RIGHT: u32>(a: u32, b: u32, c: u32, d: u32, m: u32, t: u32) -> u32 {
    let mixed = d ^ (b & (c ^ d));
    a.wrapping_add(m)
        .wrapping_add(t)
        .wrapping_add(mixed)
        .rotate_left(LEFT)
        .wrapping_add(b)
}

/// The two halves of G share no bit, so they may be added: `b`, which comes last, is needed later.
#[inline(always)]
fn g<const LEFT: u32, const RIGHT: u32>(a: u32, b: u32, c: u32, d: u32, m: u32, t: u32) -> u32 {
    let early = a.wrapping_add(m).wrapping_add(t).wrapping_add(c & !d);
    early.wrapping_add(b & d).rotate_left(LEFT).wrapping_add(b)
}

#[inline(always)]
fn h<const LEFT: u32, const RIGHT: u32>(a: u32, b: u32, c: u32, d: u32, m: u32, t: u32) -> u32 {
    let mixed = b ^ (c ^ d);
    a.wrapping_add(m)
        .wrapping_add(t)
        .wrapping_add(mixed)
        .rotate_left(LEFT)
        .wrapping_add(b)
}

#[inline(always)]
fn i<const LEFT: u32, const RIGHT: u32>(a: u32, b: u32, c: u32, d: u32, m: u32, t: u32) -> u32 {
    let mixed = c ^ (b | !d);
    a.wrapping_add(m)
        .wrapping_add(t)
        .wrapping_add(mixed)
        .rotate_left(LEFT)
        .wrapping_add(b)
}
