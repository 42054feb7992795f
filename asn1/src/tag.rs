//! Tags: class and number (X.690 clause 8.1.2).

use std::fmt;

/// The class and number of an element; whether it is primitive or constructed is not part of it.
#[derive(Clone, Copy, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Tag(u32);

/// Who gives a tag its meaning.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Class {
    /// X.680.
    Universal,
    /// The application, that is the protocol.
    Application,
    /// The type the element stands in.
    Context,
    /// An enterprise.
    Private,
}

/// The bit of an identifier octet that says that the contents are elements again.
pub(crate) const CONSTRUCTED: u8 = 0x20;

impl Tag {
    /// INTEGER.
    pub const INTEGER: Self = Self::universal(2);
    /// BIT STRING.
    pub const BIT_STRING: Self = Self::universal(3);
    /// OCTET STRING.
    pub const OCTET_STRING: Self = Self::universal(4);
    /// NULL.
    pub const NULL: Self = Self::universal(5);
    /// OBJECT IDENTIFIER.
    pub const OBJECT_IDENTIFIER: Self = Self::universal(6);
    /// EXTERNAL.
    pub const EXTERNAL: Self = Self::universal(8);
    /// ENUMERATED.
    pub const ENUMERATED: Self = Self::universal(10);
    /// SEQUENCE and SEQUENCE OF.
    pub const SEQUENCE: Self = Self::universal(16);
    /// SET and SET OF.
    pub const SET: Self = Self::universal(17);
    /// What a CHOICE has instead of a tag of its own. As a tag it is reserved: none is read so.
    pub const NONE: Self = Self::universal(0);

    /// The greatest tag number that is read: four octets of seven bits.
    pub const NUMBER_MAX: u32 = (1 << 28) - 1;

    /// A tag of X.680 itself.
    #[must_use]
    pub const fn universal(number: u32) -> Self {
        Self(number & Self::NUMBER_MAX)
    }

    /// `[APPLICATION number]`.
    #[must_use]
    pub const fn application(number: u32) -> Self {
        Self(1 << 30 | number & Self::NUMBER_MAX)
    }

    /// `[number]`.
    #[must_use]
    pub const fn context(number: u32) -> Self {
        Self(2 << 30 | number & Self::NUMBER_MAX)
    }

    /// The identifier octet of a primitive element, if the number is in it.
    #[inline(always)]
    pub(crate) const fn low(self) -> Option<u8> {
        let [.., number] = self.number().to_be_bytes();
        if self.number() < 0x1f {
            Some(self.class_bits() | number)
        } else {
            None
        }
    }

    /// The two identifier octets of a primitive element whose number takes seven bits.
    #[inline(always)]
    pub(crate) const fn high(self) -> Option<[u8; 2]> {
        let [.., number] = self.number().to_be_bytes();
        if 0x1f <= self.number() && self.number() < 0x80 {
            Some([self.class_bits() | 0x1f, number])
        } else {
            None
        }
    }

    /// From the first identifier octet, if the number is in it.
    #[inline]
    pub(crate) const fn from_low(identifier: u8) -> Option<Self> {
        if identifier & 0x1f == 0x1f {
            None
        } else {
            Some(Self::from_parts(identifier, identifier as u32 & 0x1f))
        }
    }

    /// From the class bits of an identifier octet and the number.
    #[inline]
    pub(crate) const fn from_parts(identifier: u8, number: u32) -> Self {
        Self((identifier as u32 & 0xc0) << 24 | number)
    }

    /// Who gives the tag its meaning.
    #[must_use]
    pub const fn class(self) -> Class {
        match self.0 >> 30 {
            0 => Class::Universal,
            1 => Class::Application,
            2 => Class::Context,
            _ => Class::Private,
        }
    }

    /// The number within the class.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0 & Self::NUMBER_MAX
    }

    /// The class where it stands in an identifier octet.
    pub(crate) const fn class_bits(self) -> u8 {
        // Two bits, so nothing is lost.
        (self.0 >> 24) as u8 & 0xc0
    }
}

/// As ASN.1 writes it: `[3]`, `[APPLICATION 2]`, `[UNIVERSAL 16]`.
impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let class = match self.class() {
            Class::Universal => "UNIVERSAL ",
            Class::Application => "APPLICATION ",
            Class::Context => "",
            Class::Private => "PRIVATE ",
        };
        write!(f, "[{class}{}]", self.number())
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_reads_as_asn1_writes_it() {
        assert_eq!(Tag::context(59).to_string(), "[59]");
        assert_eq!(Tag::application(2).to_string(), "[APPLICATION 2]");
        assert_eq!(Tag::SEQUENCE.to_string(), "[UNIVERSAL 16]");
        assert_eq!(Tag::from_parts(0xdf, 31).to_string(), "[PRIVATE 31]");
        assert_eq!(Tag::from_low(0x62), Some(Tag::application(2)));
        assert_eq!(Tag::from_low(0xbf), None);
    }
}
