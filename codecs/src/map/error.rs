//! Errors (TS 29.002 clauses 7.6.1 and 17.6.6).

use pengate_asn1::{DecodeError, Null, table};

use super::ExtensionContainer;
use crate::tcap::{Code, InvokeProblem};

table! {
    /// The subscriber is unknown.
    pub UnknownSubscriberParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        unknown_subscriber_diagnostic: UnknownSubscriberDiagnostic OPTIONAL,
    }

    /// In which way a subscriber is unknown.
    pub UnknownSubscriberDiagnostic ::= ENUMERATED {
        ImsiUnknown = 0,
        GprsEpsSubscriptionUnknown = 1,
        ...,
        NpdbMismatch = 2,
    }

    /// Something in the network failed.
    pub SystemFailureParam<'a> ::= CHOICE {
        NetworkResource: NetworkResource,
        ExtensibleSystemFailureParam: ExtensibleSystemFailureParam<'a>,
    }

    /// What failed, in the form of version 3.
    pub ExtensibleSystemFailureParam<'a> ::= SEQUENCE {
        network_resource: NetworkResource OPTIONAL,
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        additional_network_resource: [0] AdditionalNetworkResource OPTIONAL,
        failure_cause_param: [1] FailureCauseParam OPTIONAL,
    }

    /// What of the network failed.
    pub NetworkResource ::= ENUMERATED {
        Plmn = 0,
        Hlr = 1,
        Vlr = 2,
        Pvlr = 3,
        ControllingMsc = 4,
        Vmsc = 5,
        Eir = 6,
        Rss = 7,
    }

    /// What of the network failed, added later.
    pub AdditionalNetworkResource ::= ENUMERATED {
        Sgsn = 0,
        Ggsn = 1,
        Gmlc = 2,
        GsmScf = 3,
        Nplr = 4,
        Auc = 5,
        ...,
        Ue = 6,
        Mme = 7,
    }

    /// Why it failed.
    pub FailureCauseParam ::= ENUMERATED {
        LimitReachedOnNumberOfConcurrentLocationRequests = 0,
        ...,
    }

    /// Something was missing.
    pub DataMissingParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
    }

    /// Something was not expected.
    pub UnexpectedDataParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
        unexpected_subscriber: [0] Null OPTIONAL,
    }

    /// The asker may not ask.
    pub AtiNotAllowedParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
    }

    /// The event is not supported.
    pub MmEventNotSupportedParam<'a> ::= SEQUENCE {
        extension_container: ExtensionContainer<'a> OPTIONAL,
        ...,
    }
}

/// Why an operation failed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorCode {
    /// The subscriber is unknown.
    UnknownSubscriber,
    /// The service is not there.
    FacilityNotSupported,
    /// The subscriber cannot be reached.
    AbsentSubscriber,
    /// Something in the network failed.
    SystemFailure,
    /// Something was missing.
    DataMissing,
    /// Something was not expected.
    UnexpectedDataValue,
    /// The asker may not ask.
    AtiNotAllowed,
    /// The asker's network may not ask.
    UnauthorizedRequestingNetwork,
    /// The event is not supported.
    MmEventNotSupported,
    /// It is known, but not told.
    InformationNotAvailable,
    /// Another code.
    Other(i64),
}

impl ErrorCode {
    /// The error of a code; nothing if it is a global one, of which MAP has none.
    #[must_use]
    pub const fn from_code(code: Code<'_>) -> Option<Self> {
        let Code::Local(number) = code else {
            return None;
        };
        Some(match number {
            1 => Self::UnknownSubscriber,
            21 => Self::FacilityNotSupported,
            27 => Self::AbsentSubscriber,
            34 => Self::SystemFailure,
            35 => Self::DataMissing,
            36 => Self::UnexpectedDataValue,
            49 => Self::AtiNotAllowed,
            52 => Self::UnauthorizedRequestingNetwork,
            59 => Self::MmEventNotSupported,
            62 => Self::InformationNotAvailable,
            other => Self::Other(other),
        })
    }

    /// The code of the error.
    #[must_use]
    pub const fn code(self) -> Code<'static> {
        Code::Local(match self {
            Self::UnknownSubscriber => 1,
            Self::FacilityNotSupported => 21,
            Self::AbsentSubscriber => 27,
            Self::SystemFailure => 34,
            Self::DataMissing => 35,
            Self::UnexpectedDataValue => 36,
            Self::AtiNotAllowed => 49,
            Self::UnauthorizedRequestingNetwork => 52,
            Self::MmEventNotSupported => 59,
            Self::InformationNotAvailable => 62,
            Self::Other(other) => other,
        })
    }
}

/// How an argument that cannot be read is answered (TS 29.002 clause 5.4.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// With an error of the operation.
    Error(ErrorCode),
    /// With a reject.
    Reject(InvokeProblem),
}

impl From<&DecodeError> for Refusal {
    fn from(error: &DecodeError) -> Self {
        match error {
            DecodeError::Missing { .. } => Self::Error(ErrorCode::DataMissing),
            DecodeError::Size { .. } | DecodeError::Value { .. } => {
                Self::Error(ErrorCode::UnexpectedDataValue)
            }
            _ => Self::Reject(InvokeProblem::MistypedParameter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_error() {
        for number in -1..256 {
            let error = ErrorCode::from_code(Code::Local(number)).unwrap();
            assert_eq!(error.code(), Code::Local(number));
        }
    }

    #[test]
    fn what_is_wrong_decides_the_answer() {
        let missing = DecodeError::Missing {
            at: 0,
            member: "imsi",
        };
        assert_eq!(
            Refusal::from(&missing),
            Refusal::Error(ErrorCode::DataMissing)
        );
        let size = DecodeError::Size { at: 0, size: 2 };
        assert_eq!(
            Refusal::from(&size),
            Refusal::Error(ErrorCode::UnexpectedDataValue)
        );
        let short = DecodeError::Short { at: 0, missing: 2 };
        assert_eq!(
            Refusal::from(&short),
            Refusal::Reject(InvokeProblem::MistypedParameter)
        );
    }
}
