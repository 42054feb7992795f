//! Protocol class and return cause (Q.713 clauses 3.6 and 3.12).

/// Whether messages must keep their order.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Sequence {
    /// Class 0: in any order.
    Any,
    /// Class 1: in the order they were sent.
    Kept,
    /// A class that connectionless service does not have.
    Other(u8),
}

/// What becomes of a message that cannot be delivered.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Delivery {
    /// It is dropped (0).
    Discard,
    /// It comes back (8).
    ReturnOnError,
    /// A value without a name here.
    Other(u8),
}

/// Protocol class: class in the low, message handling in the high four bits.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ProtocolClass {
    /// Whether messages must keep their order.
    pub sequence: Sequence,
    /// What becomes of a message that cannot be delivered.
    pub delivery: Delivery,
}

impl ProtocolClass {
    /// The octet found on the wire.
    #[must_use]
    pub const fn from_wire(octet: u8) -> Self {
        Self {
            sequence: match octet & 0x0f {
                0 => Sequence::Any,
                1 => Sequence::Kept,
                other => Sequence::Other(other),
            },
            delivery: match octet >> 4 {
                0 => Delivery::Discard,
                8 => Delivery::ReturnOnError,
                other => Delivery::Other(other),
            },
        }
    }

    /// The octet as it is on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u8 {
        let class = match self.sequence {
            Sequence::Any => 0,
            Sequence::Kept => 1,
            Sequence::Other(other) => other & 0x0f,
        };
        let handling = match self.delivery {
            Delivery::Discard => 0,
            Delivery::ReturnOnError => 8,
            Delivery::Other(other) => other & 0x0f,
        };
        class | handling << 4
    }

    /// Whether the sender wants to hear that a message was not delivered.
    #[must_use]
    pub const fn wants_return(self) -> bool {
        matches!(self.delivery, Delivery::ReturnOnError)
    }
}

macro_rules! causes {
    ($($(#[$doc:meta])* $variant:ident = $value:literal, $label:literal;)+) => {
        /// Why a message came back (Q.713 clause 3.12).
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum ReturnCause {
            $($(#[$doc])* $variant,)+
            /// A value without a name here.
            Other(u8),
        }

        impl ReturnCause {
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

            /// The specification's words for it.
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

causes! {
    /// No translation for an address of such nature (0).
    NoTranslationForNature = 0, "no translation for an address of such nature";
    /// No translation for this specific address (1).
    NoTranslationForAddress = 1, "no translation for this specific address";
    /// Subsystem congestion (2).
    SubsystemCongestion = 2, "subsystem congestion";
    /// Subsystem failure (3).
    SubsystemFailure = 3, "subsystem failure";
    /// Unequipped user (4).
    UnequippedUser = 4, "unequipped user";
    /// MTP failure (5).
    MtpFailure = 5, "MTP failure";
    /// Network congestion (6).
    NetworkCongestion = 6, "network congestion";
    /// Unqualified (7).
    Unqualified = 7, "unqualified";
    /// Error in message transport (8).
    ErrorInMessageTransport = 8, "error in message transport";
    /// Error in local processing (9).
    ErrorInLocalProcessing = 9, "error in local processing";
    /// Destination cannot perform reassembly (10).
    CannotReassemble = 10, "destination cannot perform reassembly";
    /// SCCP failure (11).
    SccpFailure = 11, "SCCP failure";
    /// Hop counter violation (12).
    HopCounterViolation = 12, "hop counter violation";
    /// Segmentation not supported (13).
    SegmentationNotSupported = 13, "segmentation not supported";
    /// Segmentation failure (14).
    SegmentationFailure = 14, "segmentation failure";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_keeps_its_value() {
        for octet in 0..=u8::MAX {
            assert_eq!(ProtocolClass::from_wire(octet).to_wire(), octet);
            assert_eq!(ReturnCause::from_wire(octet).to_wire(), octet);
        }
    }

    #[test]
    fn the_high_bit_asks_for_return() {
        assert!(ProtocolClass::from_wire(0x81).wants_return());
        assert!(!ProtocolClass::from_wire(0x01).wants_return());
        assert_eq!(ProtocolClass::from_wire(0x81).sequence, Sequence::Kept);
        assert_eq!(ReturnCause::from_wire(4).name(), Some("unequipped user"));
        assert_eq!(ReturnCause::from_wire(15).name(), None);
    }
}
