//! 3GPP-RAT-Type (21): the radio access technology (TS 29.061 clause 16.4.7).

/// The radio access technology that serves the user.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RatType {
    /// Reserved (0).
    Reserved,
    /// UTRAN (1).
    Utran,
    /// GERAN (2).
    Geran,
    /// WLAN (3).
    Wlan,
    /// GAN (4).
    Gan,
    /// HSPA Evolution (5).
    HspaEvolution,
    /// EUTRAN (6).
    Eutran,
    /// Virtual (7).
    Virtual,
    /// EUTRAN-NB-IoT (8).
    NbIot,
    /// LTE-M (9).
    LteM,
    /// NR (51).
    Nr,
    /// IEEE 802.16e (101).
    Wimax,
    /// 3GPP2 eHRPD (102).
    Ehrpd,
    /// 3GPP2 HRPD (103).
    Hrpd,
    /// 3GPP2 1xRTT (104).
    OneXRtt,
    /// 3GPP2 UMB (105).
    Umb,
    /// A value without a name here.
    Other(u8),
}

impl RatType {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u8) -> Self {
        match value {
            0 => Self::Reserved,
            1 => Self::Utran,
            2 => Self::Geran,
            3 => Self::Wlan,
            4 => Self::Gan,
            5 => Self::HspaEvolution,
            6 => Self::Eutran,
            7 => Self::Virtual,
            8 => Self::NbIot,
            9 => Self::LteM,
            51 => Self::Nr,
            101 => Self::Wimax,
            102 => Self::Ehrpd,
            103 => Self::Hrpd,
            104 => Self::OneXRtt,
            105 => Self::Umb,
            other => Self::Other(other),
        }
    }

    /// The value to put on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u8 {
        match self {
            Self::Reserved => 0,
            Self::Utran => 1,
            Self::Geran => 2,
            Self::Wlan => 3,
            Self::Gan => 4,
            Self::HspaEvolution => 5,
            Self::Eutran => 6,
            Self::Virtual => 7,
            Self::NbIot => 8,
            Self::LteM => 9,
            Self::Nr => 51,
            Self::Wimax => 101,
            Self::Ehrpd => 102,
            Self::Hrpd => 103,
            Self::OneXRtt => 104,
            Self::Umb => 105,
            Self::Other(other) => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_survives() {
        for value in 0..=u8::MAX {
            assert_eq!(RatType::from_wire(value).to_wire(), value);
        }
    }

    #[test]
    fn the_values_are_those_of_the_specification() {
        assert_eq!(RatType::from_wire(6), RatType::Eutran);
        assert_eq!(RatType::from_wire(102), RatType::Ehrpd);
    }
}
