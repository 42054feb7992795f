//! Operation codes (TS 29.078 clauses 4.2 and 10).

use super::ApplicationContext;
use crate::tcap::Code;

/// An operation that is spoken here.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Operation {
    /// initialDP: a call asks how to go on.
    InitialDp,
    /// requestReportBCSMEvent: the events of a call that are to be reported.
    RequestReportBcsmEvent,
    /// eventReportBCSM: an event of a call.
    EventReportBcsm,
    /// continue: the call goes on. It has no argument.
    Continue,
    /// activityTest: whether a call is still there. It has no argument.
    ActivityTest,
    /// activityTestGPRS: whether a GPRS session is still there. It has no argument.
    ActivityTestGprs,
    /// continueGPRS: the session or PDP context goes on.
    ContinueGprs,
    /// entityReleasedGPRS: a session or PDP context ended by an error.
    EntityReleasedGprs,
    /// initialDPGPRS: a session or PDP context asks how to go on.
    InitialDpGprs,
    /// eventReportGPRS: an event of a session or PDP context.
    EventReportGprs,
    /// requestReportGPRSEvent: the events that are to be reported.
    RequestReportGprsEvent,
}

impl Operation {
    /// The operation of a code.
    #[must_use]
    #[inline]
    pub const fn from_code(code: Code<'_>) -> Option<Self> {
        let Code::Local(number) = code else {
            return None;
        };
        Some(match number {
            0 => Self::InitialDp,
            23 => Self::RequestReportBcsmEvent,
            24 => Self::EventReportBcsm,
            31 => Self::Continue,
            55 => Self::ActivityTest,
            70 => Self::ActivityTestGprs,
            75 => Self::ContinueGprs,
            76 => Self::EntityReleasedGprs,
            78 => Self::InitialDpGprs,
            80 => Self::EventReportGprs,
            81 => Self::RequestReportGprsEvent,
            _ => return None,
        })
    }

    /// The code of the operation.
    #[must_use]
    pub const fn code(self) -> Code<'static> {
        Code::Local(match self {
            Self::InitialDp => 0,
            Self::RequestReportBcsmEvent => 23,
            Self::EventReportBcsm => 24,
            Self::Continue => 31,
            Self::ActivityTest => 55,
            Self::ActivityTestGprs => 70,
            Self::ContinueGprs => 75,
            Self::EntityReleasedGprs => 76,
            Self::InitialDpGprs => 78,
            Self::EventReportGprs => 80,
            Self::RequestReportGprsEvent => 81,
        })
    }

    /// Whether it succeeds with a result, which then has to be sent (TS 29.078 clause 12).
    #[must_use]
    pub const fn has_result(self) -> bool {
        matches!(
            self,
            Self::ActivityTest
                | Self::ActivityTestGprs
                | Self::EntityReleasedGprs
                | Self::EventReportGprs
        )
    }

    /// Whether a dialogue of this context has the operation.
    #[must_use]
    pub const fn is_of(self, context: ApplicationContext) -> bool {
        context.is_gprs()
            == matches!(
                self,
                Self::ActivityTestGprs
                    | Self::ContinueGprs
                    | Self::EntityReleasedGprs
                    | Self::InitialDpGprs
                    | Self::EventReportGprs
                    | Self::RequestReportGprsEvent
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
        assert_eq!(known.len(), 11);
        for operation in known {
            assert_eq!(Operation::from_code(operation.code()), Some(operation));
            let contexts = ApplicationContext::ALL;
            let is_gprs = operation.is_of(ApplicationContext::GprsSsfToScf);
            assert!(
                contexts
                    .iter()
                    .all(|it| operation.is_of(*it) == (it.is_gprs() == is_gprs))
            );
        }
        assert!(Operation::EventReportGprs.has_result());
        assert!(!Operation::EventReportBcsm.has_result());
    }
}
