//! Attribute-value pairs (RFC 6733 clause 4).

use std::{fmt, iter::FusedIterator, net::Ipv4Addr};

use super::{Address, DecodeError, Kind};
use crate::Stamp;

/// Octets of an AVP's header without Vendor-Id; with it four more.
pub const AVP_HEADER_OCTETS: usize = 8;
/// How deep Grouped AVPs may stand in each other.
pub const NESTING_MAX: u8 = 8;

/// One AVP, its data not looked into.
///
/// ```text
///  0            4       5            8             (12)
/// +------------+-------+------------+-------------+---------------+
/// | Code       | Flags | Length     | Vendor-Id   | Data, padding |
/// +------------+-------+------------+-------------+---------------+
/// ```
/// Length counts header and data without padding; Vendor-Id is there if V is set.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Avp<'a> {
    /// Which AVP.
    pub kind: Kind,
    /// Its flags.
    pub flags: AvpFlags,
    /// The data without padding.
    pub data: &'a [u8],
    /// Offset of the AVP in its message.
    pub at: usize,
    /// How many Grouped AVPs it stands in.
    depth: u8,
}

impl<'a> Avp<'a> {
    /// Unsigned32, and Enumerated.
    ///
    /// # Errors
    /// [`DecodeError::ValueLength`].
    #[inline]
    pub fn unsigned32(&self) -> Result<u32, DecodeError> {
        self.array().map(u32::from_be_bytes)
    }

    /// Unsigned64.
    ///
    /// # Errors
    /// [`DecodeError::ValueLength`].
    #[inline]
    pub fn unsigned64(&self) -> Result<u64, DecodeError> {
        self.array().map(u64::from_be_bytes)
    }

    /// Integer32.
    ///
    /// # Errors
    /// [`DecodeError::ValueLength`].
    #[inline]
    pub fn integer32(&self) -> Result<i32, DecodeError> {
        self.array().map(i32::from_be_bytes)
    }

    /// Integer64.
    ///
    /// # Errors
    /// [`DecodeError::ValueLength`].
    #[inline]
    pub fn integer64(&self) -> Result<i64, DecodeError> {
        self.array().map(i64::from_be_bytes)
    }

    /// UTF8String, `DiameterIdentity`, `DiameterURI`.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when it is not UTF-8.
    #[inline]
    pub fn text(&self) -> Result<&'a str, DecodeError> {
        str::from_utf8(self.data).map_err(|_| self.invalid())
    }

    /// Address.
    ///
    /// # Errors
    /// [`DecodeError::ValueLength`] when the octets are not those of the family.
    pub fn address(&self) -> Result<Address<'a>, DecodeError> {
        Address::decode(self.data).ok_or(DecodeError::ValueLength {
            at: self.at,
            kind: self.kind,
        })
    }

    /// Four octets that are an IPv4 address by themselves, as in RFC 7155.
    ///
    /// # Errors
    /// [`DecodeError::ValueLength`].
    pub fn ipv4(&self) -> Result<Ipv4Addr, DecodeError> {
        self.array::<4>().map(Ipv4Addr::from)
    }

    /// Time: seconds since 1900; those whose upper bit is not set belong to the next era, which
    /// begins in 2036 (RFC 6733 clause 4.3.1, RFC 5905 clause 6).
    ///
    /// # Errors
    /// [`DecodeError::ValueLength`].
    pub fn time(&self) -> Result<Stamp, DecodeError> {
        const ERA: i64 = 1 << 32;
        let secs = i64::from(self.unsigned32()?);
        let secs = if secs < ERA / 2 { secs + ERA } else { secs };
        Ok(Stamp::from_secs(secs - NTP_EPOCH))
    }

    /// The AVPs in a Grouped one.
    ///
    /// # Errors
    /// [`DecodeError::Nesting`], and what is wrong with an AVP within.
    #[inline]
    pub fn group(&self) -> Result<Avps<'a>, DecodeError> {
        if self.depth >= NESTING_MAX {
            return Err(DecodeError::Nesting { at: self.at });
        }
        let avps = Avps {
            rest: self.data,
            at: self.at + self.header_octets(),
            depth: self.depth + 1,
        };
        avps.check()?;
        Ok(avps)
    }

    /// The error that says this AVP's value may not be.
    #[must_use]
    pub const fn invalid(&self) -> DecodeError {
        DecodeError::Value {
            at: self.at,
            kind: self.kind,
        }
    }

    /// How long the header is.
    #[must_use]
    pub const fn header_octets(&self) -> usize {
        self.flags.header_octets()
    }

    #[inline]
    fn array<const N: usize>(&self) -> Result<[u8; N], DecodeError> {
        self.data.try_into().map_err(|_| DecodeError::ValueLength {
            at: self.at,
            kind: self.kind,
        })
    }
}

/// Shows kind, length and place, never the data.
impl fmt::Debug for Avp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, octets, at) = (self.kind, self.data.len(), self.at);
        write!(f, "Avp({kind}, {octets} octets at {at})")
    }
}

/// AVP flags. Reserved bits are kept, and mean nothing.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct AvpFlags(pub u8);

impl AvpFlags {
    /// A Vendor-Id is there.
    pub const VENDOR: Self = Self(0x80);
    /// Who does not know the AVP must refuse the message.
    pub const MANDATORY: Self = Self(0x40);

    /// Whether a Vendor-Id is there.
    #[must_use]
    pub const fn has_vendor(self) -> bool {
        self.0 & Self::VENDOR.0 != 0
    }

    /// Whether who does not know the AVP must refuse the message.
    #[must_use]
    pub const fn is_mandatory(self) -> bool {
        self.0 & Self::MANDATORY.0 != 0
    }

    /// How long a header with these flags is.
    #[must_use]
    pub const fn header_octets(self) -> usize {
        if self.has_vendor() {
            AVP_HEADER_OCTETS + 4
        } else {
            AVP_HEADER_OCTETS
        }
    }
}

/// Iterates over AVPs, and ends before one that does not fit.
#[derive(Clone, Copy)]
pub struct Avps<'a> {
    rest: &'a [u8],
    at: usize,
    depth: u8,
}

impl<'a> Avps<'a> {
    /// The AVPs of a message: `octets` is what follows its header.
    pub(super) const fn of_message(octets: &'a [u8]) -> Self {
        Self {
            rest: octets,
            at: super::HEADER_OCTETS,
            depth: 0,
        }
    }

    /// The octets that are left, padding included.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether every AVP fits. The padding of the last one may be missing, as some senders leave
    /// it out within Grouped AVPs.
    #[inline]
    pub(super) fn check(&self) -> Result<(), DecodeError> {
        let (mut rest, mut at) = (self.rest, self.at);
        while let Some(&[_, _, _, _, flags, l1, l2, l3]) = rest.first_chunk::<AVP_HEADER_OCTETS>() {
            let length = u32::from_be_bytes([0, l1, l2, l3]);
            // 24 bits.
            let octets = length as usize;
            if octets < AvpFlags(flags).header_octets() || octets > rest.len() {
                return Err(DecodeError::AvpLength { at, length });
            }
            let padded = octets.next_multiple_of(4);
            rest = rest.get(padded..).unwrap_or_default();
            at += padded;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(DecodeError::AvpHeader { at })
        }
    }

    /// Whether everything was walked: for who walks AVPs that nobody has looked at before.
    ///
    /// # Errors
    /// [`DecodeError`] of the AVP before which the walk ended.
    #[inline]
    pub fn end(&self) -> Result<(), DecodeError> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            self.check()
        }
    }

    /// The first AVP of a kind.
    #[must_use]
    pub fn first(mut self, kind: Kind) -> Option<Avp<'a>> {
        Iterator::find(&mut self, |avp| avp.kind == kind)
    }
}

impl<'a> Iterator for Avps<'a> {
    type Item = Avp<'a>;

    #[inline]
    fn next(&mut self) -> Option<Avp<'a>> {
        let &[c0, c1, c2, c3, flags, l1, l2, l3] = self.rest.first_chunk()?;
        // 24 bits.
        let octets = (u32::from_be_bytes([flags, l1, l2, l3]) & 0x00ff_ffff) as usize;
        let flags = AvpFlags(flags);
        let avp = self.rest.get(..octets)?;
        let (vendor, data) = if flags.has_vendor() {
            let (header, data) = avp.split_first_chunk::<12>()?;
            let [.., v0, v1, v2, v3] = *header;
            (u32::from_be_bytes([v0, v1, v2, v3]), data)
        } else {
            (0, avp.get(AVP_HEADER_OCTETS..)?)
        };
        let padded = octets.next_multiple_of(4);
        let at = self.at;
        self.at += padded;
        self.rest = self.rest.get(padded..).unwrap_or_default();
        let code = u32::from_be_bytes([c0, c1, c2, c3]);
        Some(Avp {
            kind: Kind { vendor, code },
            flags,
            data,
            at,
            depth: self.depth,
        })
    }
}

impl FusedIterator for Avps<'_> {}

/// Shows how much there is, never what.
impl fmt::Debug for Avps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Avps({} octets at {})", self.rest.len(), self.at)
    }
}

/// Seconds from 1900, where NTP starts to count, to 1970.
pub(super) const NTP_EPOCH: i64 = 2_208_988_800;

#[cfg(test)]
mod tests {
    use super::*;

    fn avps(octets: &[u8]) -> Avps<'_> {
        Avps::of_message(octets)
    }

    fn first(octets: &[u8]) -> Avp<'_> {
        avps(octets).next().unwrap()
    }

    #[test]
    fn avps_come_in_order_without_their_padding() {
        let octets = [
            0, 0, 1, 8, 0x40, 0, 0, 9, b'a', 0, 0, 0, // Origin-Host
            0, 0, 2, 0xbe, 0xc0, 0, 0, 14, 0, 0, 0x28, 0xaf, 1, 2, 9, 9, // User-Data
            0, 0, 0, 1, 0, 0, 0, 8, // User-Name
        ];
        assert_eq!(avps(&octets).check(), Ok(()));
        let found: Vec<_> = avps(&octets)
            .map(|avp| (avp.kind, avp.data, avp.at, avp.flags.is_mandatory()))
            .collect();
        assert_eq!(
            found,
            [
                (Kind::base(264), b"a".as_slice(), 20, true),
                (Kind::tgpp(702), &[1, 2], 32, true),
                (Kind::base(1), &[], 48, false),
            ]
        );
        assert_eq!(avps(&octets).first(Kind::base(1)).unwrap().at, 48);
        assert_eq!(avps(&octets).first(Kind::base(2)), None);
    }

    #[test]
    fn an_avp_that_does_not_fit_is_an_error_at_its_offset_and_ends_the_walk() {
        let length = |at, length| DecodeError::AvpLength { at, length };
        let good = [0, 0, 0, 1, 0, 0, 0, 8];
        for (bad, error) in [
            (vec![0, 0, 0, 1, 0, 0, 0, 7], length(28, 7)),
            (vec![0, 0, 0, 1, 0, 0, 0, 9], length(28, 9)),
            (vec![0, 0, 0, 1, 0x80, 0, 0, 8, 0, 0, 0, 0], length(28, 8)),
            (vec![0, 0, 0, 1, 0x80, 0, 0, 12], length(28, 12)),
            (vec![0, 0, 0, 1, 0, 0xff, 0xff, 0xff], length(28, 0xff_ffff)),
            (vec![0, 0, 0, 1], DecodeError::AvpHeader { at: 28 }),
        ] {
            let octets = [&good[..], &bad].concat();
            assert_eq!(avps(&octets).check(), Err(error));
            assert_eq!(avps(&octets).count(), 1);
        }
    }

    #[test]
    fn values_of_another_length_are_errors() {
        let three = [0, 0, 0, 1, 0, 0, 0, 11, 1, 2, 3, 0];
        let avp = first(&three);
        let error = DecodeError::ValueLength {
            at: 20,
            kind: Kind::base(1),
        };
        assert_eq!(avp.unsigned32(), Err(error));
        assert_eq!(avp.unsigned64(), Err(error));
        assert_eq!(avp.integer32(), Err(error));
        assert_eq!(avp.integer64(), Err(error));
        assert_eq!(avp.ipv4(), Err(error));
        assert_eq!(avp.time(), Err(error));
        assert_eq!(avp.text(), Ok("\x01\x02\x03"));
        let not_text = [0, 0, 0, 1, 0, 0, 0, 9, 0xff, 0, 0, 0];
        assert_eq!(first(&not_text).text(), Err(first(&not_text).invalid()));
    }

    #[test]
    fn time_goes_on_after_2036() {
        let at = |secs: u32| {
            let mut octets = vec![0, 0, 0, 55, 0, 0, 0, 12];
            octets.extend(secs.to_be_bytes());
            first(&octets).time().unwrap().to_string()
        };
        assert_eq!(at(0xe000_0000), "2019-02-02T11:39:44Z");
        assert_eq!(at(0xffff_ffff), "2036-02-07T06:28:15Z");
        assert_eq!(at(0), "2036-02-07T06:28:16Z");
    }

    #[test]
    fn groups_stand_in_each_other_to_a_limit() {
        let mut octets = Vec::new();
        for _ in 0..=u32::from(NESTING_MAX) {
            let length = u32::try_from(octets.len()).unwrap() + 8;
            let [_, l1, l2, l3] = length.to_be_bytes();
            let header = [0, 0, 1, 23, 0, l1, l2, l3];
            octets.splice(0..0, header);
        }
        let mut avp = first(&octets);
        for _ in 0..NESTING_MAX {
            avp = avp.group().unwrap().next().unwrap();
        }
        let at = 20 + 8 * usize::from(NESTING_MAX);
        assert_eq!(avp.group().unwrap_err(), DecodeError::Nesting { at });
    }

    #[test]
    fn what_is_wrong_within_a_group_bears_the_messages_offset() {
        let octets = [0, 0, 1, 23, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 9];
        let error = DecodeError::AvpLength { at: 28, length: 9 };
        assert_eq!(first(&octets).group().unwrap_err(), error);
        // The padding of the last one may be missing.
        let unpadded = [0, 0, 1, 23, 0, 0, 0, 17, 0, 0, 0, 1, 0, 0, 0, 9, 7, 0, 0, 0];
        let within: Vec<_> = first(&unpadded).group().unwrap().collect();
        assert_eq!(within[0].data, [7]);
    }

    #[test]
    fn no_data_is_ever_shown() {
        let octets = [0, 0, 0, 1, 0, 0, 0, 12, b'a', b'l', b'i', b'c'];
        let shown = format!("{:?} {:?}", first(&octets), avps(&octets));
        assert_eq!(shown, "Avp(1, 4 octets at 20) Avps(12 octets at 20)");
    }
}
