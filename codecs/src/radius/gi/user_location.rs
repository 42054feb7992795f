//! 3GPP-User-Location-Info (22): where the user is (TS 29.061 clause 16.4.7; the areas are those
//! of TS 23.003 and TS 29.274 clause 8.21).

use std::fmt;

use super::area::{Cgi, Ecgi, EnodebId, EnodebNumber, FiveGsTai, Lai, Ncgi, Rai, Sai, Tai};
use crate::Plmn;

/// A location by its geographic location type. That is an enumeration, not the bit mask that GTPv2
/// uses for the same purpose.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[expect(missing_docs, reason = "each variant holds the type that explains it")]
pub enum UserLocation<'a> {
    Cgi(Cgi),
    Sai(Sai),
    Rai(Rai),
    Lai(Lai),
    Tai(Tai),
    Ecgi(Ecgi),
    TaiEcgi(Tai, Ecgi),
    Enodeb(EnodebId),
    TaiEnodeb(Tai, EnodebId),
    Ncgi(Ncgi),
    FiveGsTai(FiveGsTai),
    FiveGsTaiNcgi(FiveGsTai, Ncgi),
    /// A spare type, or one of another length than expected.
    Raw {
        /// Geographic location type.
        kind: u8,
        /// What follows it.
        octets: &'a [u8],
    },
}

impl<'a> UserLocation<'a> {
    /// From the attribute's value. Nothing when it is too short for its type, or names a network
    /// that cannot be; what is unknown or longer than expected is kept as it is. Spare bits are
    /// not looked at.
    #[must_use]
    pub fn decode(value: &'a [u8]) -> Option<Self> {
        let (&kind, octets) = value.split_first()?;
        let expected = match kind {
            0..=2 => 7,
            32 | 128 => 5,
            129 => 7,
            130 => 12,
            131 | 133 => 6,
            132 | 134 => 11,
            135 => 8,
            136 => 6,
            137 => 14,
            _ => return Some(Self::Raw { kind, octets }),
        };
        if octets.len() > expected {
            return Some(Self::Raw { kind, octets });
        }
        let tai = |tai: &[u8]| {
            let &[a, b, c, tac @ ..] = tai.first_chunk::<5>()?;
            Some(Tai {
                plmn: Plmn::from_wire([a, b, c])?,
                tac: u16::from_be_bytes(tac),
            })
        };
        Some(match kind {
            0..=2 | 32 => Self::decode_area(kind, octets)?,
            128 => Self::Tai(tai(octets)?),
            129 => Self::Ecgi(Ecgi::decode(octets)?),
            130 => Self::TaiEcgi(tai(octets)?, Ecgi::decode(octets.get(5..)?)?),
            131 | 133 => Self::Enodeb(EnodebId::decode(octets, kind == 133)?),
            132 | 134 => Self::TaiEnodeb(
                tai(octets)?,
                EnodebId::decode(octets.get(5..)?, kind == 134)?,
            ),
            135 => Self::Ncgi(Ncgi::decode(octets)?),
            136 => Self::FiveGsTai(FiveGsTai::decode(octets)?),
            _ => Self::FiveGsTaiNcgi(FiveGsTai::decode(octets)?, Ncgi::decode(octets.get(6..)?)?),
        })
    }

    /// The types that start with a location area.
    fn decode_area(kind: u8, octets: &[u8]) -> Option<Self> {
        let (&[a, b, c, l1, l0], rest) = octets.split_first_chunk::<5>()?;
        let plmn = Plmn::from_wire([a, b, c])?;
        let lac = u16::from_be_bytes([l1, l0]);
        if kind == 32 {
            return Some(Self::Lai(Lai { plmn, lac }));
        }
        let code: [u8; 2] = rest.try_into().ok()?;
        Some(match kind {
            0 => Self::Cgi(Cgi {
                plmn,
                lac,
                ci: u16::from_be_bytes(code),
            }),
            1 => Self::Sai(Sai {
                plmn,
                lac,
                sac: u16::from_be_bytes(code),
            }),
            _ => Self::Rai(Rai {
                plmn,
                lac,
                rac: code[0],
            }),
        })
    }

    /// Geographic location type.
    #[must_use]
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Cgi(_) => 0,
            Self::Sai(_) => 1,
            Self::Rai(_) => 2,
            Self::Lai(_) => 32,
            Self::Tai(_) => 128,
            Self::Ecgi(_) => 129,
            Self::TaiEcgi(..) => 130,
            Self::Enodeb(EnodebId {
                number: EnodebNumber::Macro(_),
                ..
            }) => 131,
            Self::TaiEnodeb(
                _,
                EnodebId {
                    number: EnodebNumber::Macro(_),
                    ..
                },
            ) => 132,
            Self::Enodeb(_) => 133,
            Self::TaiEnodeb(..) => 134,
            Self::Ncgi(_) => 135,
            Self::FiveGsTai(_) => 136,
            Self::FiveGsTaiNcgi(..) => 137,
            Self::Raw { kind, .. } => *kind,
        }
    }

    /// The network the location belongs to, the tracking area's if there are two.
    #[must_use]
    pub const fn plmn(&self) -> Option<Plmn> {
        Some(match self {
            Self::Cgi(area) => area.plmn,
            Self::Sai(area) => area.plmn,
            Self::Rai(area) => area.plmn,
            Self::Lai(area) => area.plmn,
            Self::Tai(area) | Self::TaiEcgi(area, _) | Self::TaiEnodeb(area, _) => area.plmn,
            Self::Ecgi(area) => area.plmn,
            Self::Enodeb(area) => area.plmn,
            Self::Ncgi(area) => area.plmn,
            Self::FiveGsTai(area) | Self::FiveGsTaiNcgi(area, _) => area.plmn,
            Self::Raw { .. } => return None,
        })
    }

    /// Appends the attribute's value.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.kind());
        match self {
            Self::Cgi(Cgi {
                plmn,
                lac,
                ci: code,
            })
            | Self::Sai(Sai {
                plmn,
                lac,
                sac: code,
            }) => {
                Lai {
                    plmn: *plmn,
                    lac: *lac,
                }
                .encode(out);
                out.extend_from_slice(&code.to_be_bytes());
            }
            Self::Rai(Rai { plmn, lac, rac }) => {
                Lai {
                    plmn: *plmn,
                    lac: *lac,
                }
                .encode(out);
                // The second octet is a filler (TS 29.061 clause 16.4.7).
                out.extend_from_slice(&[*rac, 0xff]);
            }
            Self::Lai(lai) => lai.encode(out),
            Self::Tai(tai) => tai.encode(out),
            Self::Ecgi(ecgi) => ecgi.encode(out),
            Self::TaiEcgi(tai, ecgi) => {
                tai.encode(out);
                ecgi.encode(out);
            }
            Self::Enodeb(enodeb) => enodeb.encode(out),
            Self::TaiEnodeb(tai, enodeb) => {
                tai.encode(out);
                enodeb.encode(out);
            }
            Self::Ncgi(ncgi) => ncgi.encode(out),
            Self::FiveGsTai(tai) => tai.encode(out),
            Self::FiveGsTaiNcgi(tai, ncgi) => {
                tai.encode(out);
                ncgi.encode(out);
            }
            Self::Raw { octets, .. } => out.extend_from_slice(octets),
        }
    }
}

/// The abbreviation and the codes in decimal, as operators write them: `ECGI 00101-180150001`.
impl fmt::Display for UserLocation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cgi(area) => write!(f, "{area}"),
            Self::Sai(area) => write!(f, "{area}"),
            Self::Rai(area) => write!(f, "{area}"),
            Self::Lai(area) => write!(f, "{area}"),
            Self::Tai(area) => write!(f, "{area}"),
            Self::Ecgi(area) => write!(f, "{area}"),
            Self::TaiEcgi(tai, ecgi) => write!(f, "{tai} {ecgi}"),
            Self::Enodeb(enodeb) => write!(f, "{enodeb}"),
            Self::TaiEnodeb(tai, enodeb) => write!(f, "{tai} {enodeb}"),
            Self::Ncgi(area) => write!(f, "{area}"),
            Self::FiveGsTai(area) => write!(f, "{area}"),
            Self::FiveGsTaiNcgi(tai, ncgi) => write!(f, "{tai} {ncgi}"),
            Self::Raw { kind, octets } => {
                write!(f, "type {kind} ")?;
                octets.iter().try_for_each(|octet| write!(f, "{octet:02x}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plmn() -> Plmn {
        Plmn::from_digits(b"00101").unwrap()
    }

    type Example = (UserLocation<'static>, &'static [u8]);

    fn examples() -> Vec<Example> {
        let mut examples = examples_of_location_areas();
        examples.extend(examples_of_tracking_areas());
        examples.extend(examples_of_5g());
        examples.push((
            UserLocation::Raw {
                kind: 138,
                octets: &[1, 2],
            },
            b"\x8a\x01\x02",
        ));
        examples
    }

    fn examples_of_location_areas() -> Vec<Example> {
        let plmn = plmn();
        let cgi = UserLocation::Cgi(Cgi {
            plmn,
            lac: 0x1234,
            ci: 0x5678,
        });
        let sai = UserLocation::Sai(Sai {
            plmn,
            lac: 0x1234,
            sac: 0x5678,
        });
        let rai = UserLocation::Rai(Rai {
            plmn,
            lac: 0x1234,
            rac: 0x56,
        });
        let lai = UserLocation::Lai(Lai { plmn, lac: 0x1234 });
        vec![
            (cgi, b"\x00\x00\xf1\x10\x12\x34\x56\x78"),
            (sai, b"\x01\x00\xf1\x10\x12\x34\x56\x78"),
            (rai, b"\x02\x00\xf1\x10\x12\x34\x56\xff"),
            (lai, b"\x20\x00\xf1\x10\x12\x34"),
        ]
    }

    fn examples_of_tracking_areas() -> Vec<Example> {
        let tai = Tai {
            plmn: plmn(),
            tac: 0x3039,
        };
        let ecgi = Ecgi {
            plmn: plmn(),
            eci: 0x0abc_def1,
        };
        let enodeb = |number| EnodebId {
            plmn: plmn(),
            number,
        };
        let macro_number = enodeb(EnodebNumber::Macro(0x0f_edcb));
        let long = enodeb(EnodebNumber::LongMacro(0x1f_edcb));
        let short = enodeb(EnodebNumber::ShortMacro(0x03_0001));
        let both = UserLocation::TaiEcgi(tai, ecgi);
        vec![
            (UserLocation::Tai(tai), b"\x80\x00\xf1\x10\x30\x39"),
            (
                UserLocation::Ecgi(ecgi),
                b"\x81\x00\xf1\x10\x0a\xbc\xde\xf1",
            ),
            (
                both,
                b"\x82\x00\xf1\x10\x30\x39\x00\xf1\x10\x0a\xbc\xde\xf1",
            ),
            (
                UserLocation::Enodeb(macro_number),
                b"\x83\x00\xf1\x10\x0f\xed\xcb",
            ),
            (
                UserLocation::TaiEnodeb(tai, macro_number),
                b"\x84\x00\xf1\x10\x30\x39\x00\xf1\x10\x0f\xed\xcb",
            ),
            (UserLocation::Enodeb(long), b"\x85\x00\xf1\x10\x1f\xed\xcb"),
            (
                UserLocation::TaiEnodeb(tai, short),
                b"\x86\x00\xf1\x10\x30\x39\x00\xf1\x10\x83\x00\x01",
            ),
        ]
    }

    fn examples_of_5g() -> Vec<Example> {
        let ncgi = Ncgi {
            plmn: plmn(),
            nci: 0x0f_1234_5678,
        };
        let tai = FiveGsTai {
            plmn: plmn(),
            tac: 0x01_0203,
        };
        vec![
            (
                UserLocation::Ncgi(ncgi),
                b"\x87\x00\xf1\x10\x0f\x12\x34\x56\x78",
            ),
            (
                UserLocation::FiveGsTai(tai),
                b"\x88\x00\xf1\x10\x01\x02\x03",
            ),
            (
                UserLocation::FiveGsTaiNcgi(tai, ncgi),
                b"\x89\x00\xf1\x10\x01\x02\x03\x00\xf1\x10\x0f\x12\x34\x56\x78",
            ),
        ]
    }

    #[test]
    fn every_type_decodes_and_encodes() {
        for (location, octets) in examples() {
            assert_eq!(UserLocation::decode(octets), Some(location));
            let mut out = Vec::new();
            location.encode(&mut out);
            assert_eq!(out, octets);
        }
    }

    #[test]
    fn every_truncation_is_refused() {
        for (location, octets) in examples() {
            if matches!(location, UserLocation::Raw { .. }) {
                continue;
            }
            for end in 0..octets.len() {
                assert_eq!(
                    UserLocation::decode(&octets[..end]),
                    None,
                    "{location:?} to {end}"
                );
            }
        }
    }

    #[test]
    fn what_is_longer_than_expected_is_kept_as_it_is() {
        let octets = b"\x80\x00\xf1\x10\x30\x39\x00";
        let raw = UserLocation::Raw {
            kind: 0x80,
            octets: &octets[1..],
        };
        assert_eq!(UserLocation::decode(octets), Some(raw));
        assert_eq!(raw.plmn(), None);
    }

    #[test]
    fn a_network_that_cannot_be_is_refused() {
        assert_eq!(UserLocation::decode(b"\x80\xff\xff\xff\x30\x39"), None);
    }

    proptest! {
        #[test]
        fn encoding_loses_nothing_but_spare_bits(
            kind in prop_oneof![any::<u8>(), 0_u8..3, 128_u8..138],
            octets in proptest::collection::vec(any::<u8>(), 0..16),
        ) {
            let mut value = vec![kind];
            value.extend(octets);
            if let Some(location) = UserLocation::decode(&value) {
                let mut out = Vec::new();
                location.encode(&mut out);
                prop_assert_eq!(out.len(), value.len());
                prop_assert_eq!(UserLocation::decode(&out), Some(location));
            }
        }
    }
}
