//! The same blocks on many lanes: each register of MD5 is a few vectors of eight words.
//!
//! Every step waits for the one before it, so a processor that works on one vector alone is idle
//! most of the time: two vectors a register take hardly longer than one. They stay 256 bits wide,
//! since wider ones may slow the clock of the whole processor.
//!
//! The source is written once, for AVX2. Where the processor has AVX-512VL too the compiler makes
//! one instruction of each rotation and of each logic function, and a step is six instructions
//! instead of ten.
#![expect(unsafe_code, reason = "vector loads and stores go through pointers")]

use std::{
    arch::x86_64::{
        __m256i, _mm256_add_epi32, _mm256_and_si256, _mm256_andnot_si256, _mm256_loadu_si256,
        _mm256_or_si256, _mm256_permute2x128_si256, _mm256_set1_epi32, _mm256_slli_epi32,
        _mm256_srli_epi32, _mm256_storeu_si256, _mm256_unpackhi_epi32, _mm256_unpackhi_epi64,
        _mm256_unpacklo_epi32, _mm256_unpacklo_epi64, _mm256_xor_si256,
    },
    hint::black_box,
};

use super::{
    BLOCK_OCTETS, Block,
    rounds::{SINES, rounds},
};

/// How many lanes one vector has.
pub(super) const LANES: usize = 8;

/// The four registers of MD5 on the lanes of one vector.
pub(super) type Registers = [[u32; LANES]; 4];

/// What the lanes of one vector go through.
pub(super) type Runs<'a> = [&'a [Block]; LANES];

/// What a lane goes through that has no block; nobody looks at the result.
const IDLE: Block = [0; BLOCK_OCTETS];

/// Whether this processor has what [`compress`] needs. The standard library caches the answer.
pub(super) fn available() -> bool {
    std::arch::is_x86_feature_detected!("avx2")
}

/// Whether this processor has what makes [`compress`] faster.
pub(super) fn has_ternary_logic() -> bool {
    available()
        && std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

/// Hashes the first `count` blocks of each lane's run into its registers, in the best way that this
/// processor has; false if it has none.
#[inline]
pub(super) fn compress<const N: usize>(
    registers: &mut [Registers; N],
    runs: &[Runs<'_>; N],
    count: usize,
) -> bool {
    if has_ternary_logic() {
        // SAFETY: AVX2, AVX-512F and AVX-512VL were just found to be there, and the function has
        // no other condition.
        unsafe { compress_avx512vl(registers, runs, count) };
        true
    } else {
        compress_plain(registers, runs, count)
    }
}

/// As [`compress`], with AVX2 alone.
pub(super) fn compress_plain<const N: usize>(
    registers: &mut [Registers; N],
    runs: &[Runs<'_>; N],
    count: usize,
) -> bool {
    let available = available();
    if available {
        // SAFETY: AVX2 was just found to be there, and the function has no other condition.
        unsafe { compress_avx2(registers, runs, count) };
    }
    available
}

/// Defines the function `$name`, made for processors with `$features`.
macro_rules! compress {
    ($name:ident, $features:literal) => {
        #[target_feature(enable = $features)]
        fn $name<const N: usize>(
            registers: &mut [Registers; N],
            runs: &[Runs<'_>; N],
            count: usize,
        ) {
            // Were they known here, the compiler would add them last, when all else waits for it.
            let sines: &[u32; 64] = black_box(&SINES);
            let [mut a, mut b, mut c, mut d] = load(registers);
            for n in 0..count {
                let words = words(runs, n);
                let before = [a, b, c, d];
                rounds!(a, b, c, d, words, sines, N);
                a = add(before[0], a);
                b = add(before[1], b);
                c = add(before[2], c);
                d = add(before[3], d);
            }
            store(registers, [a, b, c, d]);
        }
    };
}

compress!(compress_avx2, "avx2");
compress!(compress_avx512vl, "avx2,avx512f,avx512vl");

/// Word `w` of block `n` of all lanes in element `w`.
#[inline]
#[target_feature(enable = "avx2")]
fn words<const N: usize>(runs: &[Runs<'_>; N], n: usize) -> [[__m256i; N]; 16] {
    let mut words = [zeros(); 16];
    for (vector, runs) in runs.iter().enumerate() {
        let mut low = [_mm256_set1_epi32(0); LANES];
        let mut high = low;
        for lane in 0..LANES {
            let block: &Block = runs[lane].get(n).unwrap_or(&IDLE);
            let at = block.as_ptr().cast::<__m256i>();
            // SAFETY: a block is 64 octets, two whole vectors, and the loads may be unaligned.
            (low[lane], high[lane]) =
                unsafe { (_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))) };
        }
        let (low, high) = (transpose(low), transpose(high));
        for n in 0..LANES {
            words[n][vector] = low[n];
            words[n + LANES][vector] = high[n];
        }
    }
    words
}

/// Turns eight rows of eight words into eight columns.
#[inline]
#[target_feature(enable = "avx2")]
fn transpose(rows: [__m256i; LANES]) -> [__m256i; LANES] {
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
fn load<const N: usize>(registers: &[Registers; N]) -> [[__m256i; N]; 4] {
    let mut loaded = [zeros(); 4];
    for (vector, registers) in registers.iter().enumerate() {
        for (loaded, words) in loaded.iter_mut().zip(registers) {
            // SAFETY: eight words are exactly one vector, and the load may be unaligned.
            loaded[vector] = unsafe { _mm256_loadu_si256(words.as_ptr().cast()) };
        }
    }
    loaded
}

#[inline]
#[target_feature(enable = "avx2")]
fn store<const N: usize>(registers: &mut [Registers; N], values: [[__m256i; N]; 4]) {
    for (vector, registers) in registers.iter_mut().enumerate() {
        for (words, value) in registers.iter_mut().zip(values) {
            // SAFETY: eight words are exactly one vector, and the store may be unaligned.
            unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), value[vector]) };
        }
    }
}

#[inline]
#[target_feature(enable = "avx2")]
fn zeros<const N: usize>() -> [__m256i; N] {
    [_mm256_set1_epi32(0); N]
}

#[inline]
#[target_feature(enable = "avx2")]
fn add<const N: usize>(mut x: [__m256i; N], y: [__m256i; N]) -> [__m256i; N] {
    for (x, y) in x.iter_mut().zip(y) {
        *x = _mm256_add_epi32(*x, y);
    }
    x
}

/// Defines a step of a round: `b + rotate_left(a + m + t + mixed)`.
macro_rules! step {
    ($name:ident, |$b:ident, $c:ident, $d:ident| $mixed:expr) => {
        #[inline]
        #[target_feature(enable = "avx2")]
        fn $name<const LEFT: i32, const RIGHT: i32, const N: usize>(
            a: [__m256i; N],
            b: [__m256i; N],
            c: [__m256i; N],
            d: [__m256i; N],
            m: [__m256i; N],
            t: u32,
        ) -> [__m256i; N] {
            let t = _mm256_set1_epi32(t.cast_signed());
            let mut next = b;
            for n in 0..N {
                let ($b, $c, $d) = (b[n], c[n], d[n]);
                // First what does not wait for the step before.
                let sum = _mm256_add_epi32(_mm256_add_epi32(m[n], t), a[n]);
                let sum = _mm256_add_epi32(sum, $mixed);
                let turned = _mm256_or_si256(
                    _mm256_slli_epi32::<LEFT>(sum),
                    _mm256_srli_epi32::<RIGHT>(sum),
                );
                next[n] = _mm256_add_epi32(turned, b[n]);
            }
            next
        }
    };
}

step!(f, |b, c, d| _mm256_or_si256(
    _mm256_and_si256(b, c),
    _mm256_andnot_si256(b, d)
));
step!(g, |b, c, d| _mm256_or_si256(
    _mm256_and_si256(d, b),
    _mm256_andnot_si256(d, c)
));
step!(h, |b, c, d| _mm256_xor_si256(_mm256_xor_si256(b, c), d));
step!(i, |b, c, d| _mm256_xor_si256(
    c,
    _mm256_or_si256(b, _mm256_xor_si256(d, _mm256_set1_epi32(-1)))
));
