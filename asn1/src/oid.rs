//! OBJECT IDENTIFIER (X.690 clause 8.19).

use std::fmt;

/// The contents octets, borrowed: at least one whole arc.
#[derive(Clone, Copy, Eq, Hash, PartialEq)]
pub struct Oid<'a>(&'a [u8]);

impl<'a> Oid<'a> {
    /// From the contents on the wire; nothing if there are none or the last arc is cut off.
    #[must_use]
    #[inline]
    pub const fn from_wire(octets: &'a [u8]) -> Option<Self> {
        match octets {
            [.., last] if *last < 0x80 => Some(Self(octets)),
            _ => None,
        }
    }

    /// The contents to put on the wire.
    #[must_use]
    #[inline]
    pub const fn as_octets(self) -> &'a [u8] {
        self.0
    }
}

/// An object identifier that is known when this is compiled, of its contents octets. Octets that are
/// none do not compile.
///
/// ```
/// let map = pengate_asn1::oid![0x04, 0x00, 0x00, 0x01, 0x00, 0x2a, 0x03];
/// assert_eq!(map.to_string(), "0.4.0.0.1.0.42.3");
/// ```
#[macro_export]
macro_rules! oid {
    ($($octet:expr),+ $(,)?) => {
        const {
            match $crate::Oid::from_wire(&[$($octet),+]) {
                Some(oid) => oid,
                None => panic!("the last arc does not end"),
            }
        }
    };
}

/// With dots between: `0.4.0.0.1.0.42.3`.
impl fmt::Display for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc = 0_u64;
        let mut is_first = true;
        for octet in self.0 {
            // Only what is longer than 64 bits loses its greatest digits.
            arc = arc << 7 | u64::from(octet & 0x7f);
            if octet & 0x80 != 0 {
                continue;
            }
            if is_first {
                let root = (arc / 40).min(2);
                write!(f, "{root}.{}", arc - root * 40)?;
            } else {
                write!(f, ".{arc}")?;
            }
            (arc, is_first) = (0, false);
        }
        Ok(())
    }
}

impl fmt::Debug for Oid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_with_dots() {
        let dialogue = Oid::from_wire(&[0, 0x11, 0x86, 5, 1, 1, 1]).unwrap();
        assert_eq!(dialogue.to_string(), "0.0.17.773.1.1.1");
        assert_eq!(Oid::from_wire(&[0x2a, 3]).unwrap().to_string(), "1.2.3");
        let late = Oid::from_wire(&[0x88, 0x37, 3]).unwrap();
        assert_eq!(late.to_string(), "2.999.3");
    }

    #[test]
    fn an_arc_that_does_not_end_is_none() {
        assert_eq!(Oid::from_wire(&[]), None);
        assert_eq!(Oid::from_wire(&[4, 0, 0x80]), None);
    }
}
