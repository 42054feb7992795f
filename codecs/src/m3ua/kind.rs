//! Message classes and types (RFC 4666 clauses 3.1.2 and 3.1.3).

/// What a message is for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Class {
    /// Management (0).
    Management,
    /// Transfer (1).
    Transfer,
    /// SS7 signalling network management (2).
    NetworkManagement,
    /// ASP state maintenance (3).
    StateMaintenance,
    /// ASP traffic maintenance (4).
    TrafficMaintenance,
    /// Routing key management (9).
    RoutingKeyManagement,
    /// A class without a name here.
    Other(u8),
}

impl Class {
    /// The value found on the wire.
    #[must_use]
    pub const fn from_wire(value: u8) -> Self {
        match value {
            0 => Self::Management,
            1 => Self::Transfer,
            2 => Self::NetworkManagement,
            3 => Self::StateMaintenance,
            4 => Self::TrafficMaintenance,
            9 => Self::RoutingKeyManagement,
            other => Self::Other(other),
        }
    }
}

macro_rules! message_types {
    ($($(#[$doc:meta])* $name:ident = $class:literal, $kind:literal, $label:literal, $needs:expr;)+) => {
        /// What a message is: its class and its type in that class.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum MessageType {
            $($(#[$doc])* $name,)+
            /// A class or type without a name here.
            Other {
                /// The message class.
                class: u8,
                /// The type in that class.
                kind: u8,
            },
        }

        impl MessageType {
            /// Every message with a name.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The values found on the wire.
            #[must_use]
            #[inline]
            pub const fn from_wire(class: u8, kind: u8) -> Self {
                match (class, kind) {
                    $(($class, $kind) => Self::$name,)+
                    _ => Self::Other { class, kind },
                }
            }

            /// Class and type as they are on the wire.
            #[must_use]
            pub const fn to_wire(self) -> (u8, u8) {
                match self {
                    $(Self::$name => ($class, $kind),)+
                    Self::Other { class, kind } => (class, kind),
                }
            }

            /// The specification's abbreviation.
            #[must_use]
            pub const fn name(self) -> Option<&'static str> {
                match self {
                    $(Self::$name => Some($label),)+
                    Self::Other { .. } => None,
                }
            }

            /// The tag of the parameter without which the message means nothing.
            pub(super) const fn mandatory(self) -> Option<u16> {
                match self {
                    $(Self::$name => $needs,)+
                    Self::Other { .. } => None,
                }
            }
        }
    };
}

use super::tag;

message_types! {
    /// Error (0, 0).
    Error = 0, 0, "ERR", Some(tag::ERROR_CODE);
    /// Notify (0, 1).
    Notify = 0, 1, "NTFY", Some(tag::STATUS);
    /// Payload Data (1, 1).
    Data = 1, 1, "DATA", Some(tag::PROTOCOL_DATA);
    /// Destination Unavailable (2, 1).
    DestinationUnavailable = 2, 1, "DUNA", Some(tag::AFFECTED_POINT_CODE);
    /// Destination Available (2, 2).
    DestinationAvailable = 2, 2, "DAVA", Some(tag::AFFECTED_POINT_CODE);
    /// Destination State Audit (2, 3).
    DestinationStateAudit = 2, 3, "DAUD", Some(tag::AFFECTED_POINT_CODE);
    /// Signalling Congestion (2, 4).
    SignallingCongestion = 2, 4, "SCON", Some(tag::AFFECTED_POINT_CODE);
    /// Destination User Part Unavailable (2, 5).
    DestinationUserPartUnavailable = 2, 5, "DUPU", Some(tag::USER_CAUSE);
    /// Destination Restricted (2, 6).
    DestinationRestricted = 2, 6, "DRST", Some(tag::AFFECTED_POINT_CODE);
    /// ASP Up (3, 1).
    AspUp = 3, 1, "ASPUP", None;
    /// ASP Down (3, 2).
    AspDown = 3, 2, "ASPDN", None;
    /// Heartbeat (3, 3).
    Heartbeat = 3, 3, "BEAT", None;
    /// ASP Up Acknowledgement (3, 4).
    AspUpAck = 3, 4, "ASPUP ACK", None;
    /// ASP Down Acknowledgement (3, 5).
    AspDownAck = 3, 5, "ASPDN ACK", None;
    /// Heartbeat Acknowledgement (3, 6).
    HeartbeatAck = 3, 6, "BEAT ACK", None;
    /// ASP Active (4, 1).
    AspActive = 4, 1, "ASPAC", None;
    /// ASP Inactive (4, 2).
    AspInactive = 4, 2, "ASPIA", None;
    /// ASP Active Acknowledgement (4, 3).
    AspActiveAck = 4, 3, "ASPAC ACK", None;
    /// ASP Inactive Acknowledgement (4, 4).
    AspInactiveAck = 4, 4, "ASPIA ACK", None;
    /// Registration Request (9, 1).
    RegistrationRequest = 9, 1, "REG REQ", Some(tag::ROUTING_KEY);
    /// Registration Response (9, 2).
    RegistrationResponse = 9, 2, "REG RSP", Some(tag::REGISTRATION_RESULT);
    /// Deregistration Request (9, 3).
    DeregistrationRequest = 9, 3, "DEREG REQ", Some(tag::ROUTING_CONTEXT);
    /// Deregistration Response (9, 4).
    DeregistrationResponse = 9, 4, "DEREG RSP", Some(tag::DEREGISTRATION_RESULT);
}

impl MessageType {
    /// The class it is of.
    #[must_use]
    pub const fn class(self) -> Class {
        Class::from_wire(self.to_wire().0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_and_type_keeps_its_numbers() {
        let mut named = 0;
        for class in 0..=u8::MAX {
            for kind in 0..=u8::MAX {
                let message = MessageType::from_wire(class, kind);
                assert_eq!(message.to_wire(), (class, kind));
                named += usize::from(message.name().is_some());
            }
        }
        assert_eq!((named, MessageType::ALL.len()), (23, 23));
    }

    #[test]
    fn classes_are_told_from_types() {
        assert_eq!(MessageType::Notify.class(), Class::Management);
        assert_eq!(MessageType::Data.class(), Class::Transfer);
        assert_eq!(
            MessageType::DestinationRestricted.class(),
            Class::NetworkManagement
        );
        assert_eq!(MessageType::AspUp.class(), Class::StateMaintenance);
        assert_eq!(MessageType::AspActive.class(), Class::TrafficMaintenance);
        assert_eq!(
            MessageType::RegistrationRequest.class(),
            Class::RoutingKeyManagement
        );
        assert_eq!(MessageType::from_wire(5, 1).class(), Class::Other(5));
    }
}
