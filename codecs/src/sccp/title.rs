//! Global title (Q.713 clause 3.4.2.3): an address that is translated on its way.

use super::{DecodeError, Digits, EncodeError};

/// Numbering plan (Q.713 clause 3.4.2.3.3). Four bits.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Plan {
    /// Unknown (0).
    Unknown,
    /// ISDN/telephony, E.164 (1).
    Telephony,
    /// Data, X.121 (3).
    Data,
    /// Telex, F.69 (4).
    Telex,
    /// Maritime mobile, E.210 and E.211 (5).
    MaritimeMobile,
    /// Land mobile, E.212 (6).
    LandMobile,
    /// ISDN/mobile, E.214 (7).
    IsdnMobile,
    /// A plan without a name here.
    Other(u8),
}

impl Plan {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u8) -> Self {
        match value {
            0 => Self::Unknown,
            1 => Self::Telephony,
            3 => Self::Data,
            4 => Self::Telex,
            5 => Self::MaritimeMobile,
            6 => Self::LandMobile,
            7 => Self::IsdnMobile,
            other => Self::Other(other),
        }
    }

    /// The value as it is on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Telephony => 1,
            Self::Data => 3,
            Self::Telex => 4,
            Self::MaritimeMobile => 5,
            Self::LandMobile => 6,
            Self::IsdnMobile => 7,
            Self::Other(other) => other,
        }
    }
}

/// Nature of address (Q.713 clause 3.4.2.3.1). Seven bits.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Nature {
    /// Unknown (0).
    Unknown,
    /// Subscriber number (1).
    Subscriber,
    /// Reserved for national use (2).
    ReservedNational,
    /// National significant number (3).
    National,
    /// International number (4).
    International,
    /// A nature without a name here.
    Other(u8),
}

impl Nature {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u8) -> Self {
        match value {
            0 => Self::Unknown,
            1 => Self::Subscriber,
            2 => Self::ReservedNational,
            3 => Self::National,
            4 => Self::International,
            other => Self::Other(other),
        }
    }

    /// The value as it is on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u8 {
        match self {
            Self::Unknown => 0,
            Self::Subscriber => 1,
            Self::ReservedNational => 2,
            Self::National => 3,
            Self::International => 4,
            Self::Other(other) => other,
        }
    }
}

/// A global title, by its indicator.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum GlobalTitle<'a> {
    /// Nature of address only (indicator 1).
    Nature {
        /// Nature of the address.
        nature: Nature,
        /// The address.
        digits: Digits<'a>,
    },
    /// Translation type only (2): the address is coded as that type says.
    Translation {
        /// Translation type.
        translation: u8,
        /// The address, in whatever code.
        address: &'a [u8],
    },
    /// Translation type, numbering plan and encoding scheme (3).
    Plan {
        /// Translation type.
        translation: u8,
        /// Numbering plan.
        plan: Plan,
        /// The address.
        address: Address<'a>,
    },
    /// Translation type, numbering plan, encoding scheme and nature of address (4).
    Full {
        /// Translation type; 0 between networks.
        translation: u8,
        /// Numbering plan.
        plan: Plan,
        /// Nature of the address.
        nature: Nature,
        /// The address.
        address: Address<'a>,
    },
    /// An indicator without a name here (5 to 15).
    Other {
        /// The indicator.
        indicator: u8,
        /// What follows.
        octets: &'a [u8],
    },
}

/// The address of a title that tells its encoding scheme (Q.713 clause 3.4.2.3.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Address<'a> {
    /// BCD, an odd (1) or even (2) number of digits.
    Digits(Digits<'a>),
    /// Another scheme.
    Other {
        /// Encoding scheme: 0 unknown, 3 national specific. Four bits.
        scheme: u8,
        /// The address in it.
        octets: &'a [u8],
    },
}

impl<'a> Address<'a> {
    fn decode(scheme: u8, octets: &'a [u8]) -> Self {
        match scheme {
            1 => Self::Digits(Digits::new(octets, true)),
            2 => Self::Digits(Digits::new(octets, false)),
            scheme => Self::Other { scheme, octets },
        }
    }

    fn scheme(&self) -> u8 {
        match self {
            Self::Digits(digits) if digits.is_odd() => 1,
            Self::Digits(_) => 2,
            Self::Other { scheme, .. } => *scheme,
        }
    }

    fn octets(&self) -> &'a [u8] {
        match self {
            Self::Digits(digits) => digits.octets(),
            Self::Other { octets, .. } => octets,
        }
    }
}

impl<'a> GlobalTitle<'a> {
    /// The form that networks use among each other: translation type 0, E.164, international.
    #[must_use]
    pub const fn international(digits: Digits<'a>) -> Self {
        Self::Full {
            translation: 0,
            plan: Plan::Telephony,
            nature: Nature::International,
            address: Address::Digits(digits),
        }
    }

    /// Reads a title of an indicator that is not 0; `at` is the offset of its first octet.
    pub(super) fn decode(indicator: u8, octets: &'a [u8], at: usize) -> Result<Self, DecodeError> {
        let short = DecodeError::Address {
            at: at + octets.len(),
        };
        match (indicator, octets) {
            (1, [nature, rest @ ..]) => Ok(Self::Nature {
                nature: Nature::from_wire(nature & 0x7f),
                digits: Digits::new(rest, nature & 0x80 != 0),
            }),
            (2, [translation, rest @ ..]) => Ok(Self::Translation {
                translation: *translation,
                address: rest,
            }),
            (3, [translation, plan, rest @ ..]) => Ok(Self::Plan {
                translation: *translation,
                plan: Plan::from_wire(plan >> 4),
                address: Address::decode(plan & 0x0f, rest),
            }),
            (4, [translation, plan, nature, rest @ ..]) => Ok(Self::Full {
                translation: *translation,
                plan: Plan::from_wire(plan >> 4),
                nature: Nature::from_wire(nature & 0x7f),
                address: Address::decode(plan & 0x0f, rest),
            }),
            (1..=4, _) => Err(short),
            (indicator, octets) => Ok(Self::Other { indicator, octets }),
        }
    }

    /// Appends the title without its indicator, which it gives.
    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<u8, EncodeError> {
        match self {
            Self::Nature { nature, digits } => {
                let odd = if digits.is_odd() { 0x80 } else { 0 };
                out.push(seven(nature.to_wire())? | odd);
                out.extend_from_slice(digits.octets());
                Ok(1)
            }
            Self::Translation {
                translation,
                address,
            } => {
                out.push(*translation);
                out.extend_from_slice(address);
                Ok(2)
            }
            Self::Plan {
                translation,
                plan,
                address,
            } => {
                out.extend_from_slice(&[*translation, plan_and_scheme(*plan, address)?]);
                out.extend_from_slice(address.octets());
                Ok(3)
            }
            Self::Full {
                translation,
                plan,
                nature,
                address,
            } => {
                let plan = plan_and_scheme(*plan, address)?;
                out.extend_from_slice(&[*translation, plan, seven(nature.to_wire())?]);
                out.extend_from_slice(address.octets());
                Ok(4)
            }
            Self::Other { indicator, octets } if matches!(indicator, 5..=15) => {
                out.extend_from_slice(octets);
                Ok(*indicator)
            }
            Self::Other { .. } => Err(EncodeError::Title),
        }
    }

    /// The address as digits, when it is coded so.
    #[must_use]
    pub const fn digits(&self) -> Option<Digits<'a>> {
        match self {
            Self::Nature { digits, .. } => Some(*digits),
            Self::Plan { address, .. } | Self::Full { address, .. } => match address {
                Address::Digits(digits) => Some(*digits),
                Address::Other { .. } => None,
            },
            Self::Translation { .. } | Self::Other { .. } => None,
        }
    }
}

fn plan_and_scheme(plan: Plan, address: &Address<'_>) -> Result<u8, EncodeError> {
    match (plan.to_wire(), address.scheme()) {
        (plan @ 0..=15, scheme @ 0..=15) => Ok(plan << 4 | scheme),
        _ => Err(EncodeError::Title),
    }
}

fn seven(nature: u8) -> Result<u8, EncodeError> {
    match nature {
        0..=127 => Ok(nature),
        _ => Err(EncodeError::Title),
    }
}
