//! requestReportBCSMEvent, operation 23 (TS 29.078 clause 11.30).

use pengate_asn1::{Null, table};

use super::{EventTypeBcsm, Extensions, LegId, MonitorMode};

table! {
    /// These events are to be reported (TS 29.078 clause 11.30).
    pub RequestReportBcsmEventArg<'a> ::= SEQUENCE {
        bcsm_events: [0] BcsmEvents<'a>,
        extensions: [2] Extensions<'a> OPTIONAL,
        ...,
    }

    /// Events to be reported.
    pub BcsmEvents<'a> ::= SEQUENCE SIZE (1..30) OF BcsmEvent<'a>;

    /// An event to be reported.
    pub BcsmEvent<'a> ::= SEQUENCE {
        event_type_bcsm: [0] EventTypeBcsm,
        monitor_mode: [1] MonitorMode,
        leg_id: [2] LegId<'a> OPTIONAL,
        dp_specific_criteria: [30] DpSpecificCriteria<'a> OPTIONAL,
        automatic_rearm: [50] Null OPTIONAL,
        ...,
    }

    /// When an event is to be reported.
    pub DpSpecificCriteria<'a> ::= CHOICE {
        ApplicationTimer: [1] ApplicationTimer,
        MidCallControlInfo: [2] MidCallControlInfo<'a>,
        DpSpecificCriteriaAlt: [3] DpSpecificCriteriaAlt<'a>,
    }

    /// Seconds until no answer is reported.
    pub ApplicationTimer ::= INTEGER (0..2047);

    /// Which digits are reported during a call.
    pub MidCallControlInfo<'a> ::= SEQUENCE OPAQUE;

    /// Further criteria.
    pub DpSpecificCriteriaAlt<'a> ::= SEQUENCE OPAQUE;
}
