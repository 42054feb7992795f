//! The scanner that typed headers are read with (RFC 3261 clause 25.1).

use super::find::{Word, search, seek};
use super::{DecodeError, Name, Params};

/// A position in the value of one header field.
///
/// Linear white space is skipped before every element, also where it folds over lines.
///
/// What reads most of the fields of a message is inlined whole: the position then stays in a
/// register, where each step through memory would wait for the one before.
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
    #[inline]
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
    #[inline]
    pub const fn name(&self) -> Name {
        self.name
    }

    /// Offset of the next octet in the message.
    #[must_use]
    #[inline]
    pub const fn at(&self) -> usize {
        self.base + self.position
    }

    /// The error that says the next octet does not fit.
    #[must_use]
    #[inline]
    pub const fn error(&self) -> DecodeError {
        DecodeError::Value {
            at: self.at(),
            name: self.name,
        }
    }

    /// What is left, unread.
    #[must_use]
    #[inline]
    pub fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    /// The next octet after white space, which is consumed.
    #[inline(always)]
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
    #[inline(always)]
    pub fn is_done(&mut self) -> bool {
        self.peek().is_none()
    }

    /// Consumes `octet` if it comes next.
    #[inline(always)]
    pub fn eat(&mut self, octet: u8) -> bool {
        let found = self.peek() == Some(octet);
        self.position += usize::from(found);
        found
    }

    /// Consumes `octet`.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when another one comes next.
    #[inline(always)]
    pub fn expect(&mut self, octet: u8) -> Result<(), DecodeError> {
        if self.eat(octet) {
            Ok(())
        } else {
            Err(self.error())
        }
    }

    /// Consumes the longest run of octets that `accept` likes, after white space; it may be empty.
    /// Octets beyond ASCII are offered one by one, so `accept` must treat them all alike.
    #[inline(always)]
    pub fn run(&mut self, accept: impl Fn(u8) -> bool) -> &'a str {
        let _ = self.peek();
        let rest = self.rest();
        let end = rest.bytes().position(|octet| !accept(octet));
        let run = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
        self.position += run.len();
        run
    }

    /// Consumes all up to the first octet that `ends` likes, for runs that tend to be long: only what
    /// `marks` marks is offered to it.
    #[inline(always)]
    pub(super) fn stretch(
        &mut self,
        marks: impl Fn(Word) -> u64,
        ends: impl Fn(u8) -> bool,
    ) -> &'a str {
        let _ = self.peek();
        let start = self.position;
        self.position = search(self.text.as_bytes(), start, marks, ends);
        self.text.get(start..self.position).unwrap_or_default()
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
    #[inline(always)]
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
    #[inline(always)]
    pub fn number(&mut self) -> Result<u32, DecodeError> {
        let _ = self.peek();
        let error = self.error();
        self.decimal().flatten().ok_or(error)
    }

    /// Every digit that follows white space: `None` when there is none, `Some(None)` when they are
    /// more than 32 bits.
    #[inline(always)]
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
    #[inline(always)]
    pub fn until(&mut self, end: u8) -> Result<&'a str, DecodeError> {
        let found = seek(self.text.as_bytes(), self.position, |word| word.is(end));
        let text = self.text.get(self.position..found);
        match text.filter(|_| found < self.text.len()) {
            Some(text) => {
                self.position = found.wrapping_add(1);
                Ok(text)
            }
            None => Err(self.error()),
        }
    }

    /// Parameters: every `;name` or `;name=value` that follows. Empty ones are let pass.
    ///
    /// # Errors
    /// [`DecodeError::Value`] at a name or a value that cannot be read.
    #[inline(always)]
    pub fn params(&mut self) -> Result<Params<'a>, DecodeError> {
        if self.peek() == Some(b';') {
            let (params, position) = self.some_params()?;
            self.position = position;
            Ok(params)
        } else {
            Ok(Params::default())
        }
    }

    /// What [`Scan::params`] reads, and where it ends: of a copy, so that the scanner itself need not
    /// be in memory.
    fn some_params(mut self) -> Result<(Params<'a>, usize), DecodeError> {
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
                } else if self.stretch(may_end_param, ends_param).is_empty() {
                    return Err(self.error());
                }
                end = self.position;
            }
        }
        let params = Params::new(self.text.get(start..end).unwrap_or_default());
        Ok((params, self.position))
    }
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
const fn is_out_of_uri(octet: u8) -> bool {
    octet <= b' ' || matches!(octet, b'<' | b'>' | b'"' | 0x7f)
}

/// Where the first octet is that no URI holds.
#[inline(always)]
pub(super) fn out_of_uri(octets: &[u8]) -> Option<usize> {
    let marks = |word: Word| word.is_below(b'#') | word.is_either(b'<', b'>') | word.is(0x7f);
    let found = search(octets, 0, marks, is_out_of_uri);
    (found < octets.len()).then_some(found)
}

/// An octet that ends a parameter value without quotes, a token or a host, read leniently.
const fn ends_param(octet: u8) -> bool {
    is_out_of_uri(octet) || matches!(octet, b';' | b',')
}

/// Marks the octets that end such a value, and some that are rare in one.
#[inline]
const fn may_end_param(word: Word) -> u64 {
    word.is_below(b'-') | word.may_be_from(b';') | word.may_be_delete()
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
    fn what_ends_a_uri_or_a_value_is_found_behind_any_octet() {
        for before in 0..=u8::MAX {
            for octet in 0..=u8::MAX {
                let octets = [b'x', before, octet, b'x', b'x', b'x', b'x', before, octet];
                let plain = |wanted: fn(u8) -> bool| octets.iter().position(|octet| wanted(*octet));
                assert_eq!(out_of_uri(&octets), plain(is_out_of_uri), "{octets:x?}");
                let end = search(&octets, 0, may_end_param, ends_param);
                let plain = plain(ends_param).unwrap_or(octets.len());
                assert_eq!(end, plain, "{octets:x?}");
            }
        }
    }

    #[test]
    fn text_up_to_an_octet_ends_before_it_and_an_absent_one_consumes_nothing() {
        let mut scan = Scan::new(Name::From, "\u{e9}<a>b", 7);
        assert_eq!((scan.until(b'>'), scan.rest()), (Ok("\u{e9}<a"), "b"));
        let absent = DecodeError::Value {
            at: 12,
            name: Name::From,
        };
        assert_eq!((scan.until(b'>'), scan.rest()), (Err(absent), "b"));
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
