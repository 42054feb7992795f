//! Finding octets without looking at each by itself: eight at a time, or sixteen.

/// Eight octets, looked at together.
///
/// Predicates mark octets by their highest bit, each octet that they are about and perhaps others
/// behind the first one, for a subtraction borrows from them. So the first that is marked is sure,
/// also of what several predicates mark, joined by `|`. Octets beyond ASCII are never found.
#[derive(Clone, Copy)]
pub(super) struct Word(u64);

impl Word {
    /// The eight octets of `octets` from `at` on; zeros where there are none.
    #[inline]
    fn at(octets: &[u8], at: usize) -> Self {
        let rest = octets.get(at..).unwrap_or_default();
        match rest.first_chunk() {
            Some(octets) => Self(u64::from_le_bytes(*octets)),
            None => Self::last(octets, rest),
        }
    }

    /// What `octets` end with, which is less than eight.
    #[inline]
    fn last(octets: &[u8], rest: &[u8]) -> Self {
        let Some(last) = octets.last_chunk() else {
            return Self::few(rest);
        };
        let beyond = 8_usize.wrapping_sub(rest.len()).wrapping_mul(8);
        Self(u64::from_le_bytes(*last) >> (beyond % 64))
    }

    #[cold]
    fn few(octets: &[u8]) -> Self {
        let mut word = [0; 8];
        word.iter_mut()
            .zip(octets)
            .for_each(|(to, from)| *to = *from);
        Self(u64::from_le_bytes(word))
    }

    /// Marks the octets that are `wanted`, which is of ASCII.
    #[inline]
    pub(super) const fn is(self, wanted: u8) -> u64 {
        (self.0 ^ (ONES * wanted as u64)).wrapping_sub(ONES)
    }

    /// Marks the octets that are `one` or `other`, which differ in one bit.
    #[inline]
    pub(super) const fn is_either(self, one: u8, other: u8) -> u64 {
        debug_assert!((one ^ other).is_power_of_two(), "one bit apart");
        Self(self.0 | (ONES * (one ^ other) as u64)).is(one | other)
    }

    /// Marks the octets less than `bound`, which is of ASCII.
    #[inline]
    pub(super) const fn is_below(self, bound: u8) -> u64 {
        self.0.wrapping_sub(ONES * bound as u64)
    }

    /// Marks the octets from `first` to `?`. Not sure behind octets beyond ASCII, for [`search`] only.
    #[inline]
    pub(super) const fn may_be_from(self, first: u8) -> u64 {
        // Of ASCII, those up to `?` have no bit 6.
        self.0.wrapping_add(ONES * (0x80 - first as u64)) & !(self.0 << 1)
    }

    /// Marks the octets that are DEL. Not sure behind octets beyond ASCII, for [`search`] only.
    #[inline]
    pub(super) const fn may_be_delete(self) -> u64 {
        self.0.wrapping_add(ONES)
    }

    /// Where the first marked octet is.
    #[inline]
    const fn first(self, marks: u64) -> Option<usize> {
        let marks = marks & !self.0 & HIGHS;
        if marks == 0 {
            return None;
        }
        Some((marks.trailing_zeros() / 8) as usize)
    }
}

const ONES: u64 = u64::MAX / 0xff;
const HIGHS: u64 = ONES * 0x80;

/// Where the first octet of `octets` is, from `at` on, that `marks` marks; their end when none is.
#[inline]
pub(super) fn seek(octets: &[u8], mut at: usize, marks: impl Fn(Word) -> u64) -> usize {
    while at < octets.len() {
        let word = Word::at(octets, at);
        if let Some(step) = word.first(marks(word)) {
            // Beyond the end there are zeros, which may be marked.
            return at.wrapping_add(step).min(octets.len());
        }
        at = at.wrapping_add(8);
    }
    octets.len()
}

/// Where the first octet of `octets` is, from `at` on, that `wanted` likes; their end when none is.
/// Only what `marks` marks is offered to it: fewer steps than to mark exactly those.
#[inline]
pub(super) fn search(
    octets: &[u8],
    at: usize,
    marks: impl Fn(Word) -> u64,
    wanted: impl Fn(u8) -> bool,
) -> usize {
    let mut found = seek(octets, at, &marks);
    while octets.get(found).is_some_and(|octet| !wanted(*octet)) {
        found = seek(octets, found.wrapping_add(1), &marks);
    }
    found
}

/// Where the first `wanted` is, which tends to be further away than a few octets: sixteen are
/// compared at once, which the compiler makes vector instructions of.
#[inline(always)]
pub(super) fn find(octets: &[u8], wanted: u8) -> Option<usize> {
    let (chunks, rest) = octets.as_chunks::<16>();
    let mut at = 0_usize;
    for chunk in chunks {
        let any = chunk
            .iter()
            .fold(false, |any, octet| any | (*octet == wanted));
        if any {
            return Some(at.wrapping_add(near(chunk, wanted)));
        }
        at = at.wrapping_add(16);
    }
    let found = rest.iter().position(|octet| *octet == wanted)?;
    Some(at.wrapping_add(found))
}

/// Where the first `wanted` is, or `N`: for what is nearer still.
#[inline(always)]
pub(super) fn near<const N: usize>(octets: &[u8; N], wanted: u8) -> usize {
    let mut at = 0_usize;
    for octets in octets.as_chunks::<8>().0 {
        let word = Word(u64::from_le_bytes(*octets));
        if let Some(step) = word.first(word.is(wanted)) {
            return at.wrapping_add(step);
        }
        at = at.wrapping_add(8);
    }
    N
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What [`seek`] finds is what is found octet by octet, whatever stands before it.
    fn agree(marks: impl Fn(Word) -> u64, wanted: impl Fn(u8) -> bool) {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let octets = [
                    b'x', first, second, b'x', 0xff, second, first, b'x', b'x', second,
                ];
                for at in 0..=octets.len() {
                    let rest = octets.get(at..).unwrap();
                    let plain = rest.iter().position(|octet| wanted(*octet));
                    let plain = plain.map_or(octets.len(), |step| at + step);
                    assert_eq!(
                        search(&octets, at, &marks, &wanted),
                        plain,
                        "{octets:x?} {at}"
                    );
                }
            }
        }
    }

    fn agree_alone(marks: impl Fn(Word) -> u64, wanted: impl Fn(u8) -> bool) {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let octets = [
                    first, second, b'x', second, first, 0xff, second, first, second,
                ];
                let plain = octets.iter().position(|octet| wanted(*octet));
                let plain = plain.unwrap_or(octets.len());
                assert_eq!(seek(&octets, 0, &marks), plain, "{octets:x?}");
            }
        }
        agree(marks, wanted);
    }

    #[test]
    fn predicates_mark_what_they_say_and_the_first_mark_is_sure() {
        agree_alone(|word| word.is(b';'), |octet| octet == b';');
        agree_alone(|word| word.is(0x7f), |octet| octet == 0x7f);
        agree_alone(|word| word.is_below(b'!'), |octet| octet < b'!');
        agree_alone(
            |word| word.is_either(b'<', b'>'),
            |octet| matches!(octet, b'<' | b'>'),
        );
        agree_alone(
            |word| word.is_below(b'#') | word.is(b'@'),
            |octet| octet < b'#' || octet == b'@',
        );
    }

    #[test]
    fn predicates_that_may_mark_more_miss_nothing() {
        agree(
            |word| word.may_be_from(b';'),
            |octet| matches!(octet, b';'..=b'?'),
        );
        agree(|word| word.may_be_delete(), |octet| octet == 0x7f);
    }

    #[test]
    fn the_first_octet_is_found_wherever_it_is_and_none_where_none_is() {
        for len in 0..70 {
            let mut octets = vec![0xba; len];
            assert_eq!(find(&octets, b':'), None);
            assert_eq!(seek(&octets, 0, |word| word.is(b':')), len);
            // Beyond the end there is nothing, not even zeros.
            assert_eq!(seek(&octets, 0, |word| word.is_below(b' ')), len);
            for at in (0..len).rev() {
                // One bit and one step away from what is sought, and then it.
                octets[at] = b';';
                assert_eq!(find(&octets, b':'), (at + 1 < len).then_some(at + 1));
                octets[at] = b':';
                assert_eq!(find(&octets, b':'), Some(at));
                assert_eq!(seek(&octets, 0, |word| word.is(b':')), at);
                assert_eq!(seek(&octets, at, |word| word.is(b':')), at);
            }
        }
        let mut window = [b';'; 32];
        assert_eq!(near(&window, b':'), 32);
        for at in (0..32).rev() {
            window[at] = b':';
            assert_eq!(near(&window, b':'), at);
        }
    }
}
