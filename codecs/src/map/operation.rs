//! Operation codes (TS 29.002 clause 17.5).

use super::{ApplicationContext, ContextName};
use crate::tcap::Code;

/// An operation that is spoken here.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Operation {
    /// updateLocation: a VLR tells the HLR. Read only.
    UpdateLocation,
    /// updateGprsLocation: an SGSN tells the HLR. Read only.
    UpdateGprsLocation,
    /// anyTimeInterrogation: asked of the HLR.
    AnyTimeInterrogation,
    /// noteMM-Event: told by a VLR or an SGSN.
    NoteMmEvent,
}

impl Operation {
    /// The operation of a code.
    #[must_use]
    #[inline]
    pub const fn from_code(code: Code<'_>) -> Option<Self> {
        match code {
            Code::Local(2) => Some(Self::UpdateLocation),
            Code::Local(23) => Some(Self::UpdateGprsLocation),
            Code::Local(71) => Some(Self::AnyTimeInterrogation),
            Code::Local(89) => Some(Self::NoteMmEvent),
            _ => None,
        }
    }

    /// The code of the operation.
    #[must_use]
    pub const fn code(self) -> Code<'static> {
        Code::Local(match self {
            Self::UpdateLocation => 2,
            Self::UpdateGprsLocation => 23,
            Self::AnyTimeInterrogation => 71,
            Self::NoteMmEvent => 89,
        })
    }

    /// Whether a dialogue of this context has the operation.
    #[must_use]
    pub const fn is_of(self, context: ApplicationContext) -> bool {
        matches!(
            (self, context.name),
            (Self::UpdateLocation, ContextName::NetworkLocUp)
                | (Self::UpdateGprsLocation, ContextName::GprsLocationUpdate)
                | (Self::AnyTimeInterrogation, ContextName::AnyTimeInfoEnquiry)
                | (Self::NoteMmEvent, ContextName::MmEventReporting)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_operation() {
        let known: Vec<_> = (-1..256)
            .filter_map(|code| Operation::from_code(Code::Local(code)))
            .collect();
        assert_eq!(known.len(), 4);
        for operation in known {
            assert_eq!(Operation::from_code(operation.code()), Some(operation));
        }
        assert!(Operation::NoteMmEvent.is_of(ApplicationContext::MM_EVENT_REPORTING));
        assert!(!Operation::NoteMmEvent.is_of(ApplicationContext::ANY_TIME_INFO_ENQUIRY));
    }
}
