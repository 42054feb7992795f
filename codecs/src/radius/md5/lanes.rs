//! One block on each of eight lanes, with the 256-bit integers of AVX2.
#![expect(unsafe_code, reason = "vector loads and stores go through pointers")]

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_andnot_si256, _mm256_loadu_si256,
    _mm256_or_si256, _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_slli_epi32,
    _mm256_srli_epi32, _mm256_storeu_si256, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64,
    _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use super::{
    BLOCK_OCTETS,
    batch::LANES,
    rounds::{SINES, rounds},
};

/// Whether this processor has what [`compress`] needs. The standard library caches the answer.
pub(super) fn available() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

/// Hashes block `n` into lane `n` of every register in `state`; false if the processor cannot.
#[inline]
pub(super) fn compress(
    state: &mut [[u32; LANES]; 4],
    blocks: &[&[u8; BLOCK_OCTETS]; LANES],
) -> bool {
    let available = available();
    if available {
        // SAFETY: AVX2 was just found to be there, and the function has no other condition.
        unsafe { compress_avx2(state, blocks) };
    }
    available
}

#[target_feature(enable = "avx2")]
fn compress_avx2(state: &mut [[u32; LANES]; 4], blocks: &[&[u8; BLOCK_OCTETS]; LANES]) {
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

/// Word `n` of all eight blocks in vector `n`.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn words(blocks: &[&[u8; BLOCK_OCTETS]; LANES]) -> [__m256i; 16] {
    let mut low = [_mm256_set1_epi32(0); LANES];
    let mut high = low;
    for ((block, low), high) in blocks.iter().zip(&mut low).zip(&mut high) {
        let at = block.as_ptr().cast::<__m256i>();
        // SAFETY: a block is 64 octets, two whole vectors, and unaligned loads are meant here.
        (*low, *high) = unsafe { (_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))) };
    }
    let (low, high) = (transpose(low), transpose(high));
    let mut words = [_mm256_set1_epi32(0); 16];
    words[..8].copy_from_slice(&low);
    words[8..].copy_from_slice(&high);
    words
}

/// Turns eight rows of eight words into eight columns.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose(rows: [__m256i; 8]) -> [__m256i; 8] {
    let [r0, r1, r2, r3, r4, r5, r6, r7] = rows;
    let pair = |x, y| (_mm256_unpacklo_epi32(x, y), _mm256_unpackhi_epi32(x, y));
    let quad = |x, y| (_mm256_unpacklo_epi64(x, y), _mm256_unpackhi_epi64(x, y));
    let halves = |x, y| {
        (
            _mm256_permute2x128_si256::<0x20>(x, y),
            _mm256_permute2x128_si256::<0x31>(x, y),
        )
    };
    let ((a0, a1), (b0, b1)) = (pair(r0, r1), pair(r2, r3));
    let ((c0, c1), (d0, d1)) = (pair(r4, r5), pair(r6, r7));
    let ((e0, e1), (e2, e3)) = (quad(a0, b0), quad(a1, b1));
    let ((f0, f1), (f2, f3)) = (quad(c0, d0), quad(c1, d1));
    let ((w0, w4), (w1, w5)) = (halves(e0, f0), halves(e1, f1));
    let ((w2, w6), (w3, w7)) = (halves(e2, f2), halves(e3, f3));
    [w0, w1, w2, w3, w4, w5, w6, w7]
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn load(lanes: &[u32; LANES]) -> __m256i {
    // SAFETY: eight words are exactly one vector, and the load may be unaligned.
    unsafe { _mm256_loadu_si256(lanes.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn store(lanes: &mut [u32; LANES], vector: __m256i) {
    // SAFETY: eight words are exactly one vector, and the store may be unaligned.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), vector) }
}

/// The end of every step: `b + rotate_left(early + mixed)`.
#[inline]
#[target_feature(enable = "avx2")]
fn turn<const LEFT: i32, const RIGHT: i32>(sum: __m256i, b: __m256i) -> __m256i {
    let turned = _mm256_or_si256(
        _mm256_slli_epi32::<LEFT>(sum),
        _mm256_srli_epi32::<RIGHT>(sum),
    );
    _mm256_add_epi32(turned, b)
}

/// What of a step does not wait for the step before.
#[inline]
#[target_feature(enable = "avx2")]
pub(super) fn early(a: __m256i, m: __m256i, t: u32) -> __m256i {
    _mm256_add_epi32(a, _mm256_add_epi32(m, _mm256_set1_epi32(t.cast_signed())))
}

#[inline]
#[target_feature(enable = "avx2")]
fn f<const LEFT: i32, const RIGHT: i32>(
    a: __m256i,
    b: __m256i,
    c: __m256i,
    d: __m256i,
    m: __m256i,
    t: u32,
) -> __m256i {
    let mixed = _mm256_xor_si256(d, _mm256_and_si256(b, _mm256_xor_si256(c, d)));
    turn::<LEFT, RIGHT>(_mm256_add_epi32(early(a, m, t), mixed), b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn g<const LEFT: i32, const RIGHT: i32>(
    a: __m256i,
    b: __m256i,
    c: __m256i,
    d: __m256i,
    m: __m256i,
    t: u32,
) -> __m256i {
    let sooner = _mm256_add_epi32(early(a, m, t), _mm256_andnot_si256(d, c));
    turn::<LEFT, RIGHT>(_mm256_add_epi32(sooner, _mm256_and_si256(b, d)), b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn h<const LEFT: i32, const RIGHT: i32>(
    a: __m256i,
    b: __m256i,
    c: __m256i,
    d: __m256i,
    m: __m256i,
    t: u32,
) -> __m256i {
    let mixed = _mm256_xor_si256(b, _mm256_xor_si256(c, d));
    turn::<LEFT, RIGHT>(_mm256_add_epi32(early(a, m, t), mixed), b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn i<const LEFT: i32, const RIGHT: i32>(
    a: __m256i,
    b: __m256i,
    c: __m256i,
    d: __m256i,
    m: __m256i,
    t: u32,
) -> __m256i {
    let not_d = _mm256_xor_si256(d, _mm256_set1_epi32(-1));
    let mixed = _mm256_xor_si256(c, _mm256_or_si256(b, not_d));
    turn::<LEFT, RIGHT>(_mm256_add_epi32(early(a, m, t), mixed), b)
}
