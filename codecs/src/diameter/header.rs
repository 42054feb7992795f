//! The header (RFC 6733 clause 3).

use std::fmt;

use super::DecodeError;

/// Octets of the header.
pub const HEADER_OCTETS: usize = 20;
/// The version of the protocol.
pub const VERSION: u8 = 1;

/// What every message starts with.
///
/// ```text
///  0         1                 4       5              8
/// +---------+-----------------+-------+--------------+
/// | Version | Message Length  | Flags | Command Code |
/// +---------+-----------------+-------+--------------+
/// | Application-ID            | Hop-by-Hop Identifier |
/// +---------------------------+----------------------+
/// | End-to-End Identifier     | AVPs ...
/// +---------------------------+
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// Octets of the whole message, padding included; 24 bits, a multiple of four.
    pub length: u32,
    /// Command flags.
    pub flags: Flags,
    /// Command code, 24 bits.
    pub command: u32,
    /// Application.
    pub application: u32,
    /// Ties an answer to its request on one connection.
    pub hop_by_hop: u32,
    /// Ties an answer to its request between the ends, and tells repetitions.
    pub end_to_end: u32,
}

impl Header {
    /// Reads the header at the start of `octets`.
    ///
    /// # Errors
    /// [`DecodeError::Short`], [`DecodeError::Version`] or [`DecodeError::Length`].
    #[inline]
    pub fn decode(octets: &[u8]) -> Result<Self, DecodeError> {
        let Some(header) = octets.first_chunk::<HEADER_OCTETS>() else {
            return Err(DecodeError::Short {
                at: octets.len(),
                missing: HEADER_OCTETS - octets.len(),
            });
        };
        let header = Self::read(header);
        if octets[0] != VERSION {
            let version = octets[0];
            return Err(DecodeError::Version { at: 0, version });
        }
        if header.length < 20 || !header.length.is_multiple_of(4) {
            let length = header.length;
            return Err(DecodeError::Length { at: 1, length });
        }
        Ok(header)
    }

    /// The fields as they stand, whatever version and length say.
    #[must_use]
    #[inline]
    pub const fn read(octets: &[u8; HEADER_OCTETS]) -> Self {
        let [
            _,
            l1,
            l2,
            l3,
            flags,
            c1,
            c2,
            c3,
            a0,
            a1,
            a2,
            a3,
            h0,
            h1,
            h2,
            h3,
            e0,
            e1,
            e2,
            e3,
        ] = *octets;
        Self {
            length: u32::from_be_bytes([0, l1, l2, l3]),
            flags: Flags(flags),
            command: u32::from_be_bytes([0, c1, c2, c3]),
            application: u32::from_be_bytes([a0, a1, a2, a3]),
            hop_by_hop: u32::from_be_bytes([h0, h1, h2, h3]),
            end_to_end: u32::from_be_bytes([e0, e1, e2, e3]),
        }
    }

    /// The octets of the header. Of length and command the lower 24 bits count.
    #[must_use]
    pub const fn encode(&self) -> [u8; HEADER_OCTETS] {
        let [_, l1, l2, l3] = self.length.to_be_bytes();
        let [_, c1, c2, c3] = self.command.to_be_bytes();
        let [a0, a1, a2, a3] = self.application.to_be_bytes();
        let [h0, h1, h2, h3] = self.hop_by_hop.to_be_bytes();
        let [e0, e1, e2, e3] = self.end_to_end.to_be_bytes();
        let flags = self.flags.0;
        [
            VERSION, l1, l2, l3, flags, c1, c2, c3, a0, a1, a2, a3, h0, h1, h2, h3, e0, e1, e2, e3,
        ]
    }
}

/// Command flags. Reserved bits are kept, and mean nothing.
#[derive(Clone, Copy, Default, Eq, Hash, PartialEq)]
pub struct Flags(pub u8);

impl Flags {
    /// The message is a request.
    pub const REQUEST: Self = Self(0x80);
    /// The message may be proxied, relayed or redirected.
    pub const PROXIABLE: Self = Self(0x40);
    /// The answer tells a protocol error.
    pub const ERROR: Self = Self(0x20);
    /// The request may have been sent before, over another connection.
    pub const RETRANSMITTED: Self = Self(0x10);

    /// Whether all bits of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both flags.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These flags but for those of `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether the message is a request.
    #[must_use]
    pub const fn is_request(self) -> bool {
        self.has(Self::REQUEST)
    }

    /// Whether the bits may stand together: no request is an error, and no answer is sent again
    /// (RFC 6733 clause 3).
    #[must_use]
    pub const fn are_valid(self) -> bool {
        if self.is_request() {
            !self.has(Self::ERROR)
        } else {
            !self.has(Self::RETRANSMITTED)
        }
    }
}

/// The letters of the bits that are set: `RP`.
impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (flag, letter) in [
            (Self::REQUEST, "R"),
            (Self::PROXIABLE, "P"),
            (Self::ERROR, "E"),
            (Self::RETRANSMITTED, "T"),
        ] {
            if self.has(flag) {
                f.write_str(letter)?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Flags({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn flags_show_their_letters() {
        assert_eq!(Flags(0xff).to_string(), "RPET");
        assert_eq!(Flags(0x40).to_string(), "P");
        assert!(Flags(0xd0).are_valid());
        assert!(!Flags(0xa0).are_valid(), "a request that is an error");
        assert!(!Flags(0x10).are_valid(), "an answer that is sent again");
    }

    #[test]
    fn each_wrong_field_is_named_with_its_offset() {
        let mut octets = [0; HEADER_OCTETS];
        octets[3] = 20;
        assert_eq!(
            Header::decode(&octets),
            Err(DecodeError::Version { at: 0, version: 0 })
        );
        octets[0] = 1;
        assert!(Header::decode(&octets).is_ok());
        for length in [0, 16, 21, 22, 23] {
            octets[3] = length;
            let length = length.into();
            assert_eq!(
                Header::decode(&octets),
                Err(DecodeError::Length { at: 1, length })
            );
        }
        for end in 0..HEADER_OCTETS {
            let missing = HEADER_OCTETS - end;
            assert_eq!(
                Header::decode(&octets[..end]),
                Err(DecodeError::Short { at: end, missing })
            );
        }
    }

    proptest! {
        #[test]
        fn any_header_survives(mut octets in any::<[u8; HEADER_OCTETS]>()) {
            octets[0] = VERSION;
            prop_assert_eq!(Header::read(&octets).encode(), octets);
        }
    }
}
