//! Called and calling party address (Q.713 clauses 3.4 and 3.5).

use super::{Address, DecodeError, Digits, EncodeError, GlobalTitle, Nature, Plan};

/// By which part of an address a message is routed.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Routing {
    /// By the global title (0).
    Title,
    /// By the point code of the routing label, and the subsystem number (1).
    Subsystem,
}

/// A party address.
///
/// ```text
///  0               1            3      4
/// +---------------+------------+------+---------------+
/// | indicator     | point code | SSN  | global title  |
/// +---------------+------------+------+---------------+
///  bit 8 national, 7 routing, 6-3 title indicator, 2 SSN present, 1 point code present
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PartyAddress<'a> {
    /// By what it is routed.
    pub routing: Routing,
    /// The bit that is reserved for national use.
    pub national: bool,
    /// Signalling point code, 14 bits.
    pub point_code: Option<u16>,
    /// Subsystem number.
    pub subsystem: Option<u8>,
    /// Global title.
    pub title: Option<GlobalTitle<'a>>,
}

impl<'a> PartyAddress<'a> {
    /// A subsystem at the point that the routing label names.
    #[must_use]
    pub const fn subsystem(subsystem: u8) -> Self {
        Self {
            routing: Routing::Subsystem,
            national: false,
            point_code: None,
            subsystem: Some(subsystem),
            title: None,
        }
    }

    /// A subsystem behind a global title.
    #[must_use]
    pub const fn titled(title: GlobalTitle<'a>, subsystem: u8) -> Self {
        Self {
            routing: Routing::Title,
            national: false,
            point_code: None,
            subsystem: Some(subsystem),
            title: Some(title),
        }
    }

    /// An address of the form that networks use among each other, routed by its title: a subsystem
    /// behind an international number in digits.
    #[inline]
    pub(super) fn usual(octets: &'a [u8]) -> Option<Self> {
        let &[
            0x12,
            subsystem,
            translation,
            scheme,
            nature @ ..0x80,
            ref digits @ ..,
        ] = octets
        else {
            return None;
        };
        let odd = match scheme & 0x0f {
            1 => true,
            2 => false,
            _ => return None,
        };
        let title = GlobalTitle::Full {
            translation,
            plan: Plan::from_wire(scheme >> 4),
            nature: Nature::from_wire(nature),
            address: Address::Digits(Digits::new(digits, odd)),
        };
        Some(Self::titled(title, subsystem))
    }

    /// The subsystem of an address of that form.
    #[inline]
    pub(super) fn usual_subsystem(octets: &[u8]) -> Option<u8> {
        match octets {
            [0x12, subsystem, _, scheme, ..0x80, ..] if matches!(scheme & 0x0f, 1 | 2) => {
                Some(*subsystem)
            }
            _ => None,
        }
    }

    /// Reads an address; `at` is the offset of its first octet in the message. Octets behind an
    /// address without a title are passed over.
    ///
    /// # Errors
    /// [`DecodeError::Address`] when it has fewer octets than its indicator promises.
    #[inline]
    pub fn decode(octets: &'a [u8], at: usize) -> Result<Self, DecodeError> {
        match Self::usual(octets) {
            Some(address) => Ok(address),
            None => Self::decode_any(octets, at),
        }
    }

    /// Any form, and whatever is wrong.
    fn decode_any(octets: &'a [u8], at: usize) -> Result<Self, DecodeError> {
        let end = at + octets.len();
        let short = DecodeError::Address { at: end };
        let (indicator, mut rest) = octets.split_first().ok_or(short)?;
        let point_code = if indicator & 0x01 != 0 {
            let (code, after) = rest.split_first_chunk::<2>().ok_or(short)?;
            rest = after;
            Some(u16::from_le_bytes(*code) & POINT_CODE_MAX)
        } else {
            None
        };
        let subsystem = if indicator & 0x02 != 0 {
            let (number, after) = rest.split_first().ok_or(short)?;
            rest = after;
            Some(*number)
        } else {
            None
        };
        let title = match indicator >> 2 & 0x0f {
            0 => None,
            kind => Some(GlobalTitle::decode(kind, rest, end - rest.len())?),
        };
        Ok(Self {
            routing: match indicator & 0x40 {
                0 => Routing::Title,
                _ => Routing::Subsystem,
            },
            national: indicator & 0x80 != 0,
            point_code,
            subsystem,
            title,
        })
    }

    /// Appends the address without its length.
    ///
    /// # Errors
    /// [`EncodeError`] when a part has more bits than there are; what was appended stays then.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let at = out.len();
        let mut indicator = 0;
        if self.national {
            indicator |= 0x80;
        }
        if self.routing == Routing::Subsystem {
            indicator |= 0x40;
        }
        out.push(0);
        if let Some(code) = self.point_code {
            if code > POINT_CODE_MAX {
                return Err(EncodeError::PointCode { code });
            }
            indicator |= 0x01;
            out.extend_from_slice(&code.to_le_bytes());
        }
        if let Some(subsystem) = self.subsystem {
            indicator |= 0x02;
            out.push(subsystem);
        }
        if let Some(title) = &self.title {
            indicator |= title.encode(out)? << 2;
        }
        if let Some(first) = out.get_mut(at) {
            *first = indicator;
        }
        Ok(())
    }
}

/// The widest point code of ITU networks.
const POINT_CODE_MAX: u16 = 0x3fff;

#[cfg(test)]
mod tests {
    use super::*;

    const DIGITS: [u8; 3] = [0x99, 0x09, 0x07];

    /// Every kind of title: its address indicator, the octets before its digits, and itself.
    fn titles() -> [(u8, &'static [u8], GlobalTitle<'static>); 6] {
        let odd = Digits::new(&DIGITS, true);
        let nature = Nature::National;
        let plain = GlobalTitle::Nature {
            nature,
            digits: odd,
        };
        let (translation, address) = (9, &DIGITS[..]);
        let translated = GlobalTitle::Translation {
            translation,
            address,
        };
        let planned = GlobalTitle::Plan {
            translation: 9,
            plan: Plan::IsdnMobile,
            address: Address::Digits(Digits::new(&DIGITS, false)),
        };
        let (scheme, octets) = (3, &DIGITS[..]);
        let unusual = GlobalTitle::Full {
            translation: 0,
            plan: Plan::Other(14),
            nature: Nature::Other(0x7e),
            address: Address::Other { scheme, octets },
        };
        let indicator = 15;
        [
            (0x07, &[0x83], plain),
            (0x0b, &[9], translated),
            (0x0f, &[9, 0x72], planned),
            (0x13, &[0, 0x11, 4], GlobalTitle::international(odd)),
            (0x13, &[0, 0xe3, 0x7e], unusual),
            (0x3f, &[], GlobalTitle::Other { indicator, octets }),
        ]
    }

    /// An address with every kind of title, and its octets.
    fn addresses() -> Vec<(PartyAddress<'static>, Vec<u8>)> {
        let mut addresses: Vec<_> = titles()
            .into_iter()
            .map(|(indicator, head, title)| {
                let mut address = PartyAddress::titled(title, 147);
                address.point_code = Some(0x1234);
                let octets = [&[indicator, 0x34, 0x12, 147][..], head, &DIGITS].concat();
                (address, octets)
            })
            .collect();
        addresses.push((PartyAddress::subsystem(146), vec![0x42, 146]));
        let nothing = PartyAddress {
            routing: Routing::Title,
            national: true,
            point_code: None,
            subsystem: None,
            title: None,
        };
        addresses.push((nothing, vec![0x80]));
        addresses
    }

    #[test]
    fn every_kind_of_title_survives_writing_and_reading() {
        for (address, octets) in addresses() {
            let mut out = Vec::new();
            address.encode(&mut out).unwrap();
            assert_eq!(out, octets, "{address:?}");
            assert_eq!(PartyAddress::decode(&octets, 5), Ok(address));
        }
    }

    #[test]
    fn the_usual_form_is_what_any_form_says() {
        let mut usual = 0;
        for head in 0..=u8::MAX {
            for scheme in [0x10, 0x11, 0x12, 0x13, 0x72, 0xf1] {
                for nature in [0, 4, 0x7f, 0x80, 0x84] {
                    let octets = [head, 147, 0, scheme, nature, 0x99, 0x09];
                    for octets in [&octets[..], &octets[..5], &octets[..4], &[]] {
                        if let Some(address) = PartyAddress::usual(octets) {
                            usual += 1;
                            assert_eq!(PartyAddress::decode_any(octets, 0), Ok(address));
                        }
                    }
                }
            }
        }
        assert_eq!(
            usual, 24,
            "of one indicator, two schemes in three plans, three natures"
        );
    }

    #[test]
    fn an_address_shorter_than_its_indicator_promises_is_an_error_at_its_end() {
        for (address, octets) in addresses() {
            let least = octets.len()
                - if address.title.is_some() {
                    DIGITS.len()
                } else {
                    0
                };
            for end in 0..octets.len() {
                let found = PartyAddress::decode(&octets[..end], 5);
                if end < least {
                    assert_eq!(found, Err(DecodeError::Address { at: 5 + end }));
                } else {
                    assert_ne!(found.unwrap(), address, "digits are missing");
                }
            }
        }
    }

    #[test]
    fn what_has_too_many_bits_is_refused() {
        let mut address = PartyAddress::subsystem(1);
        address.point_code = Some(0x4000);
        let mut out = Vec::new();
        let error = EncodeError::PointCode { code: 0x4000 };
        assert_eq!(address.encode(&mut out), Err(error));
        for title in [
            GlobalTitle::Other {
                indicator: 16,
                octets: &[],
            },
            GlobalTitle::Other {
                indicator: 4,
                octets: &[],
            },
            GlobalTitle::Nature {
                nature: Nature::Other(128),
                digits: Digits::new(&[], false),
            },
            GlobalTitle::Plan {
                translation: 0,
                plan: Plan::Other(16),
                address: Address::Digits(Digits::new(&[], false)),
            },
        ] {
            let address = PartyAddress::titled(title, 1);
            assert_eq!(address.encode(&mut out), Err(EncodeError::Title));
        }
    }

    #[test]
    fn plans_and_natures_keep_their_numbers() {
        for value in 0..=127 {
            assert_eq!(Plan::from_wire(value).to_wire(), value);
            assert_eq!(Nature::from_wire(value).to_wire(), value);
        }
    }
}
