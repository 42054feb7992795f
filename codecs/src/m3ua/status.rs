//! Closed value sets: error codes, notifications, traffic modes, user part causes.

macro_rules! values {
    ($(#[$doc:meta])* $name:ident($wire:ty) { $($(#[$value_doc:meta])* $variant:ident = $value:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum $name {
            $($(#[$value_doc])* $variant,)+
            /// A value without a name here.
            Other($wire),
        }

        impl $name {
            /// The value found on the wire.
            #[must_use]
            pub const fn from_wire(value: $wire) -> Self {
                match value {
                    $($value => Self::$variant,)+
                    other => Self::Other(other),
                }
            }

            /// The value as it is on the wire.
            #[must_use]
            pub const fn to_wire(self) -> $wire {
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
pub(super) use values;

values! {
    /// Why a message is refused (RFC 4666 clause 3.8.1).
    ErrorCode(u32) {
        /// Invalid Version (0x01).
        InvalidVersion = 0x01, "Invalid Version";
        /// Unsupported Message Class (0x03).
        UnsupportedMessageClass = 0x03, "Unsupported Message Class";
        /// Unsupported Message Type (0x04).
        UnsupportedMessageType = 0x04, "Unsupported Message Type";
        /// Unsupported Traffic Mode Type (0x05).
        UnsupportedTrafficModeType = 0x05, "Unsupported Traffic Mode Type";
        /// Unexpected Message (0x06).
        UnexpectedMessage = 0x06, "Unexpected Message";
        /// Protocol Error (0x07).
        ProtocolError = 0x07, "Protocol Error";
        /// Invalid Stream Identifier (0x09).
        InvalidStreamIdentifier = 0x09, "Invalid Stream Identifier";
        /// Refused - Management Blocking (0x0d).
        RefusedManagementBlocking = 0x0d, "Refused - Management Blocking";
        /// ASP Identifier Required (0x0e).
        AspIdentifierRequired = 0x0e, "ASP Identifier Required";
        /// Invalid ASP Identifier (0x0f).
        InvalidAspIdentifier = 0x0f, "Invalid ASP Identifier";
        /// Invalid Parameter Value (0x11).
        InvalidParameterValue = 0x11, "Invalid Parameter Value";
        /// Parameter Field Error (0x12).
        ParameterFieldError = 0x12, "Parameter Field Error";
        /// Unexpected Parameter (0x13).
        UnexpectedParameter = 0x13, "Unexpected Parameter";
        /// Destination Status Unknown (0x14).
        DestinationStatusUnknown = 0x14, "Destination Status Unknown";
        /// Invalid Network Appearance (0x15).
        InvalidNetworkAppearance = 0x15, "Invalid Network Appearance";
        /// Missing Parameter (0x16).
        MissingParameter = 0x16, "Missing Parameter";
        /// Invalid Routing Context (0x19).
        InvalidRoutingContext = 0x19, "Invalid Routing Context";
        /// No Configured AS for ASP (0x1a).
        NoConfiguredAsForAsp = 0x1a, "No Configured AS for ASP";
    }
}

values! {
    /// How traffic is shared among the ASPs of an application server (RFC 4666 clause 3.7.1).
    TrafficMode(u32) {
        /// One ASP takes all traffic over (1).
        Override = 1, "Override";
        /// Several ASPs share the traffic (2).
        Loadshare = 2, "Loadshare";
        /// Every ASP gets all traffic (3).
        Broadcast = 3, "Broadcast";
    }
}

values! {
    /// The state of an application server (RFC 4666 clause 3.8.2, status type 1).
    AsState(u16) {
        /// AS-INACTIVE (2).
        Inactive = 2, "AS-INACTIVE";
        /// AS-ACTIVE (3).
        Active = 3, "AS-ACTIVE";
        /// AS-PENDING (4).
        Pending = 4, "AS-PENDING";
    }
}

values! {
    /// Why a user part cannot be reached (RFC 4666 clause 3.4.5).
    Cause(u16) {
        /// Unknown (0).
        Unknown = 0, "Unknown";
        /// Unequipped Remote User (1).
        UnequippedRemoteUser = 1, "Unequipped Remote User";
        /// Inaccessible Remote User (2).
        InaccessibleRemoteUser = 2, "Inaccessible Remote User";
    }
}

/// What a notification tells (RFC 4666 clause 3.8.2).
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Status {
    /// The state of an application server changed (type 1).
    AsStateChange(AsState),
    /// Insufficient ASP resources are active in the application server (2, 1).
    InsufficientAspResources,
    /// Another ASP took over (2, 2).
    AlternateAspActive,
    /// An ASP failed (2, 3).
    AspFailure,
    /// A type or information without a name here.
    Other {
        /// Status Type.
        kind: u16,
        /// Status Information.
        information: u16,
    },
}

impl Status {
    /// The values found on the wire.
    #[must_use]
    pub const fn from_wire(kind: u16, information: u16) -> Self {
        match (kind, information) {
            (1, state) => Self::AsStateChange(AsState::from_wire(state)),
            (2, 1) => Self::InsufficientAspResources,
            (2, 2) => Self::AlternateAspActive,
            (2, 3) => Self::AspFailure,
            _ => Self::Other { kind, information },
        }
    }

    /// Status Type and Status Information as they are on the wire.
    #[must_use]
    pub const fn to_wire(self) -> (u16, u16) {
        match self {
            Self::AsStateChange(state) => (1, state.to_wire()),
            Self::InsufficientAspResources => (2, 1),
            Self::AlternateAspActive => (2, 2),
            Self::AspFailure => (2, 3),
            Self::Other { kind, information } => (kind, information),
        }
    }

    /// The specification's words for it.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::AsStateChange(state) => state.name(),
            Self::InsufficientAspResources => Some("Insufficient ASP Resources Active in AS"),
            Self::AlternateAspActive => Some("Alternate ASP Active"),
            Self::AspFailure => Some("ASP Failure"),
            Self::Other { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_keeps_its_number() {
        for value in 0..=300 {
            assert_eq!(ErrorCode::from_wire(value).to_wire(), value);
            assert_eq!(TrafficMode::from_wire(value).to_wire(), value);
        }
        for kind in 0..4 {
            for information in 0..8 {
                let status = Status::from_wire(kind, information);
                assert_eq!(status.to_wire(), (kind, information));
                assert_eq!(Cause::from_wire(information).to_wire(), information);
            }
        }
    }

    #[test]
    fn values_are_named_as_the_specification_does() {
        assert_eq!(
            ErrorCode::from_wire(0x0d).name(),
            Some("Refused - Management Blocking")
        );
        assert_eq!(ErrorCode::from_wire(0x02).name(), None);
        assert_eq!(Status::from_wire(1, 3).name(), Some("AS-ACTIVE"));
        assert_eq!(Status::from_wire(1, 9).name(), None);
        assert_eq!(Status::from_wire(2, 2).name(), Some("Alternate ASP Active"));
        assert_eq!(TrafficMode::Loadshare.name(), Some("Loadshare"));
        assert_eq!(Cause::Unknown.name(), Some("Unknown"));
    }
}
