//! Where a subscriber is: cells as the radio network names them, shapes as a GMLC computes them.

use std::{fmt, time::Duration};

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};

use super::Shape;

/// Public land mobile network: country and network code (TS 23.003 clause 2.2).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Plmn {
    /// Mobile country code, 0 to 999.
    pub mcc: u16,
    /// Mobile network code, 0 to 999.
    pub mnc: u16,
    /// Whether the network code has three digits.
    pub three_digit_mnc: bool,
}

impl fmt::Display for Plmn {
    /// `001-01` or `001-001`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = if self.three_digit_mnc { 3 } else { 2 };
        write!(f, "{:03}-{:0width$}", self.mcc, self.mnc)
    }
}

impl Plmn {
    /// From the digits of country and network code.
    #[must_use]
    pub fn from_digits(text: &str) -> Option<Self> {
        let (mcc, mnc) = text.split_at_checked(3)?;
        let all_digits = text.bytes().all(|octet| octet.is_ascii_digit());
        (all_digits && matches!(mnc.len(), 2 | 3)).then_some(())?;
        Some(Self {
            mcc: mcc.parse().ok()?,
            mnc: mnc.parse().ok()?,
            three_digit_mnc: mnc.len() == 3,
        })
    }
}

impl Serialize for Plmn {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            (self.mcc, self.mnc, self.three_digit_mnc).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Plmn {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            return Self::from_digits(&text.replacen('-', "", 1))
                .ok_or_else(|| serde::de::Error::custom("not a PLMN such as 001-01"));
        }
        let (mcc, mnc, three_digit_mnc) = Deserialize::deserialize(deserializer)?;
        Ok(Self {
            mcc,
            mnc,
            three_digit_mnc,
        })
    }
}

/// What the radio network calls the place (TS 23.003 clauses 4 and 19).
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Cell {
    /// Cell global identification (GERAN).
    Cgi {
        /// Network.
        plmn: Plmn,
        /// Location area code.
        lac: u16,
        /// Cell identity.
        ci: u16,
    },
    /// Service area identification (UTRAN).
    Sai {
        /// Network.
        plmn: Plmn,
        /// Location area code.
        lac: u16,
        /// Service area code.
        sac: u16,
    },
    /// Location area.
    Lai {
        /// Network.
        plmn: Plmn,
        /// Location area code.
        lac: u16,
    },
    /// Routeing area.
    Rai {
        /// Network.
        plmn: Plmn,
        /// Location area code.
        lac: u16,
        /// Routeing area code.
        rac: u8,
    },
    /// Tracking area.
    Tai {
        /// Network.
        plmn: Plmn,
        /// Tracking area code: 16 bits in E-UTRAN, 24 in NR.
        tac: u32,
    },
    /// E-UTRAN cell.
    Ecgi {
        /// Network.
        plmn: Plmn,
        /// E-UTRAN cell identity, 28 bits.
        eci: u32,
        /// Tracking area code, when it was given with the cell.
        tac: Option<u16>,
    },
}

impl Cell {
    /// The network that the cell belongs to.
    #[must_use]
    pub const fn plmn(&self) -> Plmn {
        match *self {
            Self::Cgi { plmn, .. }
            | Self::Sai { plmn, .. }
            | Self::Lai { plmn, .. }
            | Self::Rai { plmn, .. }
            | Self::Tai { plmn, .. }
            | Self::Ecgi { plmn, .. } => plmn,
        }
    }
}

/// A place: a cell, a shape, or both. One with neither says that nothing may be told any more of
/// where the subscriber was before.
#[derive(Clone, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Place {
    /// The cell as the radio network names it.
    #[serde(default)]
    pub cell: Option<Cell>,
    /// The computed position.
    #[serde(default)]
    pub shape: Option<Shape>,
    /// When the subscriber was there, if that is not the event's own time.
    #[serde(default)]
    pub seen: Option<Stamp>,
    /// What is known beside the shape.
    #[serde(default)]
    pub fix: Option<Box<Fix>>,
}

impl Place {
    /// Whether it says nothing but that nothing may be told.
    #[must_use]
    pub const fn is_withheld(&self) -> bool {
        self.cell.is_none() && self.shape.is_none()
    }
}

/// What a computed position tells beside its shape.
#[derive(
    Clone, Copy, Debug, Default, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize,
)]
#[serde(default)]
pub struct Fix {
    /// Metres above the ellipsoid.
    pub altitude: Option<i32>,
    /// How likely the subscriber is within the shape: per cent, 0 to 100.
    pub confidence: Option<u8>,
    /// Metres a second.
    pub speed: Option<u32>,
    /// Degrees clockwise from north, 0 to 360.
    pub heading: Option<u16>,
    /// How the position was found.
    pub method: Option<Method>,
}

/// How a position was found.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// By the cell, perhaps with what the signal says.
    Cell,
    /// Satellites.
    Gps,
    /// Satellites, assisted by the network.
    AGps,
    /// Observed time difference of arrival.
    Otdoa,
    /// Enhanced observed time difference.
    EOtd,
    /// Uplink time difference of arrival.
    UTdoa,
    /// Advanced forward link trilateration.
    Aflt,
    /// Enhanced forward link trilateration.
    Eflt,
    /// Wireless LAN.
    Wlan,
}

/// The subscriber was located, or may not be located any more: then the place says nothing.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Located {
    /// Where.
    pub place: Place,
    /// How long it is believed in without further word.
    #[serde(default, with = "super::lifetime")]
    pub lifetime: Option<Duration>,
}
