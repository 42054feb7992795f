//! Names and types of operations and errors, by the protocol that a dialogue speaks.

use pengate_asn1::{DecodeError, Definition, Element, Value};
use pengate_codecs::{cap, map, sccp::subsystem, tcap::Code};

use super::catalogue;

/// The user of TCAP.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) enum User {
    /// TS 29.002.
    Map,
    /// TS 29.078.
    Cap,
    /// Another, or nobody knows which.
    #[default]
    Other,
}

/// What a component carries.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Carried {
    Argument,
    Result,
    Error,
}

/// A type that is read here.
#[derive(Clone, Copy)]
pub(super) struct Spoken {
    /// What its table says.
    pub(super) definition: &'static Definition,
    /// Reads a value as the gateway would.
    pub(super) check: fn(Element<'_>) -> Result<(), DecodeError>,
}

impl User {
    /// Whose application context it is.
    pub(super) fn of_context(octets: &[u8]) -> Self {
        match *octets {
            [4, 0, 0, 1, 0, 0..50, _] => Self::Map,
            [4, 0, 0, 1, 0, 50..=52, _] | [4, 0, 0, 1, 21..=23, 3, _] => Self::Cap,
            _ => Self::Other,
        }
    }

    /// Who speaks between two subsystems, where no context tells.
    pub(super) fn of_subsystems(called: Option<u8>, calling: Option<u8>) -> Self {
        let either = |is: fn(u8) -> bool| called.is_some_and(is) || calling.is_some_and(is);
        if either(|number| number == subsystem::CAP) {
            Self::Cap
        } else if either(|number| matches!(number, 6..=10 | 145 | 147..=150)) {
            Self::Map
        } else {
            Self::Other
        }
    }

    /// The name of an operation.
    pub(super) fn operation(self, code: Code<'_>) -> Option<&'static str> {
        let names = match self {
            Self::Map => catalogue::MAP_OPERATIONS,
            Self::Cap => catalogue::CAP_OPERATIONS,
            Self::Other => return None,
        };
        named(names, code)
    }

    /// The name of an error.
    pub(super) fn error(self, code: Code<'_>) -> Option<&'static str> {
        let names = match self {
            Self::Map => catalogue::MAP_ERRORS,
            Self::Cap => catalogue::CAP_ERRORS,
            Self::Other => return None,
        };
        named(names, code)
    }

    /// The type of what is carried for an operation or error of that code.
    pub(super) fn spoken(self, carried: Carried, code: Code<'_>) -> Option<Spoken> {
        match (self, carried) {
            (Self::Map, Carried::Error) => map_error(code),
            (Self::Map, _) => map_operation(carried, code),
            (Self::Cap, Carried::Argument) => cap_operation(code),
            // None that is read here has a result or a parameter with something in it.
            (Self::Cap | Self::Other, _) => None,
        }
    }
}

/// The name of a context with its version: `mm-EventReporting-v3`.
pub(super) fn context_name(octets: &[u8]) -> Option<(&'static str, u8)> {
    if let [4, 0, 0, 1, 0, number @ 0..50, version] = *octets {
        let code = Code::Local(number.into());
        return named(catalogue::MAP_CONTEXTS, code).map(|name| (name, version));
    }
    let mut contexts = catalogue::CAP_CONTEXTS.iter();
    contexts
        .find(|(tail, ..)| octets.strip_prefix(&[4, 0, 0, 1]) == Some(tail))
        .map(|(_, name, version)| (*name, *version))
}

fn named(names: &[(i64, &'static str)], code: Code<'_>) -> Option<&'static str> {
    let Code::Local(code) = code else { return None };
    let mut names = names.iter();
    names
        .find(|(number, _)| *number == code)
        .map(|(_, name)| *name)
}

macro_rules! spoken {
    ($($module:ident)::+) => {
        Some(Spoken {
            definition: <$($module)::+<'_> as Value<'_>>::DEFINITION,
            check: |element| <$($module)::+<'_> as Value<'_>>::from_any(element).map(drop),
        })
    };
}

fn map_operation(carried: Carried, code: Code<'_>) -> Option<Spoken> {
    use map::Operation;
    let is_argument = carried == Carried::Argument;
    match (Operation::from_code(code)?, is_argument) {
        (Operation::UpdateLocation, true) => spoken!(map::UpdateLocationArg),
        (Operation::UpdateLocation, false) => spoken!(map::UpdateLocationRes),
        (Operation::UpdateGprsLocation, true) => spoken!(map::UpdateGprsLocationArg),
        (Operation::UpdateGprsLocation, false) => spoken!(map::UpdateGprsLocationRes),
        (Operation::AnyTimeInterrogation, true) => spoken!(map::AnyTimeInterrogationArg),
        (Operation::AnyTimeInterrogation, false) => spoken!(map::AnyTimeInterrogationRes),
        (Operation::NoteMmEvent, true) => spoken!(map::NoteMmEventArg),
        (Operation::NoteMmEvent, false) => spoken!(map::NoteMmEventRes),
    }
}

fn map_error(code: Code<'_>) -> Option<Spoken> {
    use map::ErrorCode;
    match ErrorCode::from_code(code)? {
        ErrorCode::UnknownSubscriber => spoken!(map::UnknownSubscriberParam),
        ErrorCode::SystemFailure => spoken!(map::SystemFailureParam),
        ErrorCode::DataMissing => spoken!(map::DataMissingParam),
        ErrorCode::UnexpectedDataValue => spoken!(map::UnexpectedDataParam),
        ErrorCode::AtiNotAllowed => spoken!(map::AtiNotAllowedParam),
        ErrorCode::MmEventNotSupported => spoken!(map::MmEventNotSupportedParam),
        _ => None,
    }
}

fn cap_operation(code: Code<'_>) -> Option<Spoken> {
    use cap::Operation;
    match Operation::from_code(code)? {
        Operation::InitialDp => spoken!(cap::InitialDpArg),
        Operation::RequestReportBcsmEvent => spoken!(cap::RequestReportBcsmEventArg),
        Operation::EventReportBcsm => spoken!(cap::EventReportBcsmArg),
        Operation::ContinueGprs => spoken!(cap::ContinueGprsArg),
        Operation::EntityReleasedGprs => spoken!(cap::EntityReleasedGprsArg),
        Operation::InitialDpGprs => spoken!(cap::InitialDpGprsArg),
        Operation::EventReportGprs => spoken!(cap::EventReportGprsArg),
        Operation::RequestReportGprsEvent => spoken!(cap::RequestReportGprsEventArg),
        Operation::Continue | Operation::ActivityTest | Operation::ActivityTestGprs => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_that_is_read_has_a_name() {
        for code in (0..128).map(Code::Local) {
            let map = map::Operation::from_code(code).is_some();
            assert!(!map || User::Map.operation(code).is_some(), "{code:?}");
            let cap = cap::Operation::from_code(code).is_some();
            assert!(!cap || User::Cap.operation(code).is_some(), "{code:?}");
        }
        assert_eq!(User::Map.operation(Code::Local(89)), Some("noteMM-Event"));
        assert_eq!(User::Other.operation(Code::Local(89)), None);
    }

    #[test]
    fn every_context_that_is_spoken_has_a_name() {
        for context in cap::ApplicationContext::ALL {
            let octets = context.to_octets();
            let (_, version) = context_name(&octets).unwrap();
            assert_eq!(version, context.version());
            assert_eq!(User::of_context(&octets), User::Cap);
        }
        let note = map::ApplicationContext::MM_EVENT_REPORTING.to_octets();
        assert_eq!(context_name(&note), Some(("mm-EventReporting", 3)));
        assert_eq!(User::of_context(&note), User::Map);
        assert_eq!(context_name(&[4, 0, 0, 1, 0, 50, 9]), None);
    }
}
