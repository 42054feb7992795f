//! One block on each of eight lanes, with the three-input logic and the rotations of AVX-512VL.
//!
//! A step is six instructions here and ten in AVX2, and each step waits for the one before. The
//! vectors stay 256 bits wide: a gateway seldom has more than eight packets at hand, and wider ones
//! may slow the clock of the whole processor.
#![expect(unsafe_code, reason = "calls what only some processors have")]

use std::arch::x86_64::{__m256i, _mm256_add_epi32, _mm256_rol_epi32, _mm256_ternarylogic_epi32};

use super::{
    BLOCK_OCTETS,
    batch::LANES,
    lanes::{early, load, store, words},
    rounds::{SINES, rounds},
};

/// Whether this processor has what [`compress`] needs. The standard library caches the answer.
pub(super) fn available() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

/// Hashes block `n` into lane `n` of every register in `state`; false if the processor cannot.
#[inline]
pub(super) fn compress(
    state: &mut [[u32; LANES]; 4],
    blocks: &[&[u8; BLOCK_OCTETS]; LANES],
) -> bool {
    let available = available();
    if available {
        // SAFETY: AVX2, AVX-512F and AVX-512VL were just found to be there, and the function has
        // no other condition.
        unsafe { compress_avx512vl(state, blocks) };
    }
    available
}

#[target_feature(enable = "avx2,avx512f,avx512vl")]
fn compress_avx512vl(state: &mut [[u32; LANES]; 4], blocks: &[&[u8; BLOCK_OCTETS]; LANES]) {
    let words = words(blocks);
    let start = [
        load(&state[0]),
        load(&state[1]),
        load(&state[2]),
        load(&state[3]),
    ];
    let [mut a, mut b, mut c, mut d] = start;
    rounds!(a, b, c, d, words);
    for (lanes, (before, after)) in state.iter_mut().zip(start.into_iter().zip([a, b, c, d])) {
        store(lanes, _mm256_add_epi32(before, after));
    }
}

/// A step, where the truth table `MIX` of three registers is mixed in: bit `4x + 2y + z` of it is
/// the result for the bits `x`, `y` and `z`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl")]
fn step<const MIX: i32, const LEFT: i32>(
    early: __m256i,
    [x, y, z]: [__m256i; 3],
    b: __m256i,
) -> __m256i {
    let mixed = _mm256_ternarylogic_epi32::<MIX>(x, y, z);
    _mm256_add_epi32(_mm256_rol_epi32::<LEFT>(_mm256_add_epi32(early, mixed)), b)
}

/// F: where `b` is set that of `c`, else that of `d`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl")]
fn f<const LEFT: i32, const RIGHT: i32>(
    a: __m256i,
    b: __m256i,
    c: __m256i,
    d: __m256i,
    m: __m256i,
    t: u32,
) -> __m256i {
    step::<0xca, LEFT>(early(a, m, t), [b, c, d], b)
}

/// G: where `d` is set that of `b`, else that of `c`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl")]
fn g<const LEFT: i32, const RIGHT: i32>(
    a: __m256i,
    b: __m256i,
    c: __m256i,
    d: __m256i,
    m: __m256i,
    t: u32,
) -> __m256i {
    step::<0xca, LEFT>(early(a, m, t), [d, b, c], b)
}

/// H: `b ^ c ^ d`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl")]
fn h<const LEFT: i32, const RIGHT: i32>(
    a: __m256i,
    b: __m256i,
    c: __m256i,
    d: __m256i,
    m: __m256i,
    t: u32,
) -> __m256i {
    step::<0x96, LEFT>(early(a, m, t), [b, c, d], b)
}

/// I: `c ^ (b | !d)`.
#[inline]
#[target_feature(enable = "avx2,avx512f,avx512vl")]
fn i<const LEFT: i32, const RIGHT: i32>(
    a: __m256i,
    b: __m256i,
    c: __m256i,
    d: __m256i,
    m: __m256i,
    t: u32,
) -> __m256i {
    step::<0x39, LEFT>(early(a, m, t), [b, c, d], b)
}
