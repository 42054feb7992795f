//! The scanner that typed headers are read with (RFC 3261 clause 25.1).

use super::{DecodeError, Name, Params};

/// A position in the value of one header field.
///
/// Linear white space is skipped before every element, also where it folds over lines.
#[derive(Clone, Copy, Debug)]
pub struct Scan<'a> {
    name: Name,
    text: &'a str,
    position: usize,
    base: usize,
}

impl<'a> Scan<'a> {
    /// Starts at the first octet of `text`, which lies at offset `base` of the message.
    #[must_use]
    pub const fn new(name: Name, text: &'a str, base: usize) -> Self {
        Self {
            name,
            text,
            position: 0,
            base,
        }
    }

    /// The header this value belongs to.
    #[must_use]
    pub const fn name(&self) -> Name {
        self.name
    }

    /// Offset of the next octet in the message.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.base + self.position
    }

    /// The error that says the next octet does not fit.
    #[must_use]
    pub const fn error(&self) -> DecodeError {
        DecodeError::Value {
            at: self.at(),
            name: self.name,
        }
    }

    /// What is left, unread.
    #[must_use]
    pub fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// The next octet after white space, which is consumed.
    pub fn peek(&mut self) -> Option<u8> {
        while let Some(&octet) = self.text.as_bytes().get(self.position) {
            if !is_space(octet) {
                return Some(octet);
            }
            self.position += 1;
        }
        None
    }

    /// Whether nothing but white space is left.
    pub fn is_done(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Consumes `octet` if it comes next.
    pub fn eat(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.position += usize::from(found);
        found
    }

    /// Consumes `octet`.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when another one comes next.
    pub fn expect(&mut self, octet: u8) -> Result<(), DecodeError> {
        if self.eat(octet) {
            Ok(())
        } else {
            Err(self.error())
        }
    }

    /// Consumes the longest run of octets that `accept` likes, after white space; it may be empty.
    /// Octets beyond ASCII are offered one by one, so `accept` must treat them all alike.
    pub fn run(&mut self, accept: impl Fn(u8) -> bool) -> &'a str {
        let _ = self.peek();
        let rest = self.rest();
        let end = rest.bytes().position(|octet| !accept(octet));
        let run = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.position += run.len();
        run
    }

    /// As [`Scan::run`] up to the first octet that `ends` likes, for runs that tend to be long;
    /// `ends` is as [`find_any`] wants it.
    #[inline]
    pub(super) fn stretch(&mut self, ends: impl Fn(u8) -> bool + Copy) -> &'a str {
        let _ = self.peek();
        let rest = self.rest();
        let end = find_any(rest.as_bytes(), ends);
        let stretch = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.position += stretch.len();
        stretch
    }

    /// The next `len` octets, or none when that is not a whole number of characters.
    pub fn take(&mut self, len: usize) -> &'a str {
        let taken = self.rest().get(..len).unwrap_or_default();
        self.position += taken.len();
        taken
    }

    /// A token.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when none comes next.
    pub fn token(&mut self) -> Result<&'a str, DecodeError> {
        let token = self.run(is_token);
        if token.is_empty() {
            Err(self.error())
        } else {
            Ok(token)
        }
    }

    /// A decimal number of at most 32 bits.
    ///
    /// # Errors
    /// [`DecodeError::Value`] at its first digit when it is too large, or when no digit comes next.
    pub fn number(&mut self) -> Result<u32, DecodeError> {
        let _ = self.peek();
        let error = self.error();
        self.decimal().flatten().ok_or(error)
    }

    /// Every digit that follows white space: `None` when there is none, `Some(None)` when they are
    /// more than 32 bits.
    pub(super) fn decimal(&mut self) -> Option<Option<u32>> {
        const TOO_LARGE: u64 = 1 << 32;
        let _ = self.peek();
        let rest = self.text.as_bytes().get(self.position..)?;
        let digits = rest.iter().take_while(|octet| octet.is_ascii_digit());
        let mut count = 0_usize;
        let mut number = 0;
        for digit in digits {
            number = TOO_LARGE.min(number * 10 + u64::from(digit - b'0'));
            count += 1;
        }
        self.position += count;
        (count > 0).then(|| u32::try_from(number).ok())
    }

    /// A quoted string: what stands between the quotes, escapes left in place.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when none comes next, or at its opening quote when it does not end.
    pub fn quoted(&mut self) -> Result<&'a str, DecodeError> {
        let _ = self.peek();
        let error = self.error();
        let inside = self.rest().strip_prefix('"').ok_or(error)?;
        let len = quoted_len(inside.as_bytes()).ok_or(error)?;
        self.position += len + 2;
        inside.get(..len).ok_or(error)
    }

    /// The text up to `end`, which is consumed too.
    ///
    /// # Errors
    /// [`DecodeError::Value`] at the next octet when `end` does not occur.
    pub fn until(&mut self, end: u8) -> Result<&'a str, DecodeError> {
        let rest = self.rest();
        let len = find(rest.as_bytes(), end).ok_or_else(|| self.error())?;
        self.position += len + 1;
        rest.get(..len).ok_or_else(|| self.error())
    }

    /// Parameters: every `;name` or `;name=value` that follows. Empty ones are let pass.
    ///
    /// # Errors
    /// [`DecodeError::Value`] at a name or a value that cannot be read.
    #[inline]
    pub fn params(&mut self) -> Result<Params<'a>, DecodeError> {
        if self.peek() == Some(b';') {
            self.some_params()
        } else {
            Ok(Params::default())
        }
    }

    fn some_params(&mut self) -> Result<Params<'a>, DecodeError> {
        let start = self.position;
        let mut end = start;
        while self.eat(b';') {
            end = self.position;
            if self.run(is_token).is_empty() {
                match self.peek() {
                    None | Some(b';' | b',') => continue,
                    Some(_) => return Err(self.error()),
                }
            }
            end = self.position;
            if self.eat(b'=') {
                if self.peek() == Some(b'"') {
                    let _ = self.quoted()?;
                } else if self.stretch(ends_param).is_empty() {
                    return Err(self.error());
                }
                end = self.position;
            }
        }
        Ok(Params::new(self.text.get(start..end).unwrap_or_default()))
    }
}

/// Where the first `wanted` is. What is sought in a header is near, nearer than a call is cheap:
/// sixteen octets are compared at once, which the compiler makes vector instructions of.
#[inline(always)]
pub(super) fn find(octets: &[u8], wanted: u8) -> Option<usize> {
    let among = |octets: &[u8; 16]| {
        let any = octets
            .iter()
            .fold(false, |any, octet| any | (*octet == wanted));
        if any { near(octets, wanted) } else { 16 }
    };
    by_sixteen(octets, among, |octet| octet == wanted)
}

/// Where the first `wanted` is, or `N`: eight octets at once, for what is nearer still.
#[inline(always)]
pub(super) fn near<const N: usize>(octets: &[u8; N], wanted: u8) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    let mut at = 0_usize;
    for word in octets.as_chunks::<8>().0 {
        let differs = u64::from_le_bytes(*word) ^ (ONES * u64::from(wanted));
        let zeros = differs.wrapping_sub(ONES) & !differs & (ONES * 0x80);
        if zeros != 0 {
            return at.wrapping_add((zeros.trailing_zeros() / 8) as usize);
        }
        at = at.wrapping_add(8);
    }
    N
}

/// Where the first octet is that `wanted` likes, which must compare without a way out: `|`, not
/// `||`. For what tends to be further away than a few octets.
#[inline]
pub(super) fn find_any(octets: &[u8], wanted: impl Fn(u8) -> bool + Copy) -> Option<usize> {
    by_sixteen(octets, |octets| first_among(octets, wanted), wanted)
}

#[inline(always)]
fn by_sixteen(
    octets: &[u8],
    among: impl Fn(&[u8; 16]) -> usize,
    wanted: impl Fn(u8) -> bool,
) -> Option<usize> {
    let (chunks, rest) = octets.as_chunks::<16>();
    let mut at = 0_usize;
    for chunk in chunks {
        let found = among(chunk);
        if found < 16 {
            return Some(at.wrapping_add(found));
        }
        at = at.wrapping_add(16);
    }
    // What is left over is looked at with octets before it, which are known not to be wanted.
    match octets.last_chunk::<16>() {
        Some(last) if !rest.is_empty() => {
            let found = among(last);
            let at = octets.len().wrapping_sub(16).wrapping_add(found);
            (found < 16).then_some(at)
        }
        _ => rest.iter().position(|octet| wanted(*octet)),
    }
}

/// Which of sixteen octets is the first that is wanted; 16 when none is. On its own, for spread
/// over its callers it is not made vector instructions of.
#[inline(never)]
fn first_among(octets: &[u8; 16], wanted: impl Fn(u8) -> bool) -> usize {
    let mut hits = [0; 16];
    for (hit, octet) in hits.iter_mut().zip(octets) {
        *hit = if wanted(*octet) { 0xff } else { 0 };
    }
    let zeros = u128::from_le_bytes(hits).trailing_zeros();
    (zeros / 8) as usize
}

/// Length of a quoted string's inside, counted from after the opening quote; `None` without end.
pub(super) fn quoted_len(inside: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', inside.get(at..)?)?;
        if inside.get(at) == Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// Linear white space: as values keep their folds, CR and LF count.
pub(super) const fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}

/// As [`is_space`], in the way that [`find_any`] wants it.
pub(super) const fn ends_word(octet: u8) -> bool {
    (octet == b' ') | (octet == b'\t') | (octet == b'\r') | (octet == b'\n')
}

/// An octet of a token.
#[inline]
pub(super) const fn is_token(octet: u8) -> bool {
    TOKEN[octet as usize]
}

/// Neither white space nor control.
pub(super) const fn is_printed(octet: u8) -> bool {
    octet > b' ' && octet != 0x7f
}

/// An octet that no URI holds.
pub(super) const fn is_out_of_uri(octet: u8) -> bool {
    (octet <= b' ') | (octet == b'<') | (octet == b'>') | (octet == b'"') | (octet == 0x7f)
}

/// An octet that ends a parameter value without quotes, a token or a host, read leniently.
const fn ends_param(octet: u8) -> bool {
    is_out_of_uri(octet) | (octet == b';') | (octet == b',')
}

static TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = 0_u8;
    while octet < 128 {
        table[octet as usize] = octet.is_ascii_alphanumeric()
            || matches!(
                octet,
                b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
            );
        octet += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_octet_is_found_wherever_it_is_and_none_where_none_is() {
        for len in 0..70 {
            let mut octets = vec![0xba; len];
            assert_eq!(find(&octets, b':'), None);
            assert_eq!(find_any(&octets, is_out_of_uri), None);
            for at in (0..len).rev() {
                // One bit and one step away from what is sought, and then it.
                octets[at] = b';';
                assert_eq!(find(&octets, b':'), (at + 1 < len).then_some(at + 1));
                octets[at] = b':';
                assert_eq!(find(&octets, b':'), Some(at));
                assert_eq!(find_any(&octets, |octet| octet == b':'), Some(at));
            }
        }
        let mut window = [b';'; 32];
        assert_eq!(near(&window, b':'), 32);
        for at in (0..32).rev() {
            window[at] = b':';
            assert_eq!(near(&window, b':'), at);
        }
    }

    #[test]
    fn a_number_takes_every_digit_and_is_none_beyond_32_bits() {
        for (text, number, rest) in [
            ("", None, ""),
            (" x", None, "x"),
            (" 007s", Some(Some(7)), "s"),
            ("4294967295", Some(Some(u32::MAX)), ""),
            ("4294967296", Some(None), ""),
            ("99999999999999999999999;", Some(None), ";"),
        ] {
            let mut scan = Scan::new(Name::CSeq, text, 0);
            assert_eq!((scan.decimal(), scan.rest()), (number, rest), "{text}");
        }
    }
}
