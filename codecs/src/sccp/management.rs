//! SCCP management (Q.713 clause 5.3): what subsystem 1 says about other subsystems.

use super::DecodeError;

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $value:literal, $label:literal;)+) => {
        /// What a management message tells or asks.
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum ManagementKind {
            $($(#[$doc])* $variant,)+
            /// A format without a name here.
            Other(u8),
        }

        impl ManagementKind {
            /// The value found on the wire.
            #[must_use]
            pub const fn from_wire(value: u8) -> Self {
                match value {
                    $($value => Self::$variant,)+
                    other => Self::Other(other),
                }
            }

            /// The value as it is on the wire.
            #[must_use]
            pub const fn to_wire(self) -> u8 {
                match self {
                    $(Self::$variant => $value,)+
                    Self::Other(other) => other,
                }
            }

            /// The specification's abbreviation.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$variant => Some($label),)+
                    Self::Other(_) => None,
                }
            }
        }
    };
}

kinds! {
    /// Subsystem allowed (1).
    Allowed = 1, "SSA";
    /// Subsystem prohibited (2).
    Prohibited = 2, "SSP";
    /// Subsystem status test (3): answered by SSA when the subsystem is there.
    StatusTest = 3, "SST";
    /// Subsystem out of service request (4).
    OutOfServiceRequest = 4, "SOR";
    /// Subsystem out of service grant (5).
    OutOfServiceGrant = 5, "SOG";
    /// Subsystem congested (6).
    Congested = 6, "SSC";
}

/// A management message.
///
/// ```text
///  0        1              2                    4              5
/// +--------+--------------+--------------------+--------------+----------------------+
/// | format | affected SSN | affected PC (LE)   | multiplicity | congestion (SSC only)|
/// +--------+--------------+--------------------+--------------+----------------------+
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Management {
    /// What it tells or asks.
    pub kind: ManagementKind,
    /// Which subsystem is meant.
    pub subsystem: u8,
    /// At which point; 14 bits.
    pub point_code: u16,
    /// Subsystem multiplicity indicator; 0 when it is not known.
    pub multiplicity: u8,
    /// Congestion level, of SSC only.
    pub congestion: Option<u8>,
}

impl Management {
    /// Reads the data of a UDT or XUDT to subsystem 1.
    ///
    /// # Errors
    /// [`DecodeError::Management`] when it has not the octets of its format.
    pub fn decode(data: &[u8]) -> Result<Self, DecodeError> {
        let Some((&[kind, subsystem, low, high, multiplicity], rest)) =
            data.split_first_chunk::<5>()
        else {
            return Err(DecodeError::Management { at: data.len() });
        };
        let kind = ManagementKind::from_wire(kind);
        let congestion = match (kind, rest) {
            (ManagementKind::Congested, [level]) => Some(*level),
            (ManagementKind::Congested, []) => {
                return Err(DecodeError::Management { at: data.len() });
            }
            (ManagementKind::Congested, _) => return Err(DecodeError::Management { at: 6 }),
            (ManagementKind::Other(_), _) | (_, []) => None,
            _ => return Err(DecodeError::Management { at: 5 }),
        };
        Ok(Self {
            kind,
            subsystem,
            point_code: u16::from_le_bytes([low, high]) & 0x3fff,
            multiplicity,
            congestion,
        })
    }

    /// Appends the message.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let [low, high] = (self.point_code & 0x3fff).to_le_bytes();
        out.extend_from_slice(&[
            self.kind.to_wire(),
            self.subsystem,
            low,
            high,
            self.multiplicity,
        ]);
        if self.kind == ManagementKind::Congested {
            out.push(self.congestion.unwrap_or_default());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_survives_and_every_truncation_is_an_error() {
        for format in 1..=6 {
            let mut octets = vec![format, 147, 0xd2, 0x07, 0];
            if format == 6 {
                octets.push(3);
            }
            let message = Management::decode(&octets).unwrap();
            assert_eq!((message.subsystem, message.point_code), (147, 2002));
            assert_eq!(message.congestion, (format == 6).then_some(3));
            assert!(message.kind.name().is_some());
            let mut out = Vec::new();
            message.encode(&mut out);
            assert_eq!(out, octets);
            for end in 0..octets.len() {
                let error = DecodeError::Management { at: end };
                assert_eq!(Management::decode(&octets[..end]), Err(error));
            }
            let at = octets.len();
            octets.push(0);
            let error = DecodeError::Management { at };
            assert_eq!(Management::decode(&octets), Err(error));
        }
    }

    #[test]
    fn an_unknown_format_is_kept() {
        let message = Management::decode(&[9, 1, 0, 0, 0, 1, 2]).unwrap();
        assert_eq!(message.kind, ManagementKind::Other(9));
        assert_eq!(message.kind.to_wire(), 9);
    }
}
