//! requestReportGPRSEvent, operation 81 (TS 29.078 clause 12.11).

use pengate_asn1::table;

use super::{GprsEventType, MonitorMode, PdpId};

table! {
    /// These events are to be reported (TS 29.078 clause 12.11).
    pub RequestReportGprsEventArg<'a> ::= SEQUENCE {
        gprs_event: [0] GprsEvents<'a>,
        pdp_id: [1] PdpId OPTIONAL,
        ...,
    }

    /// Events to be reported.
    pub GprsEvents<'a> ::= SEQUENCE SIZE (1..10) OF GprsEvent;

    /// An event to be reported.
    pub GprsEvent ::= SEQUENCE {
        gprs_event_type: [0] GprsEventType,
        monitor_mode: [1] MonitorMode,
    }
}
