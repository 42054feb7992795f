//! Events of a call (CAP-datatypes).

use pengate_asn1::table;

table! {
    /// A detection point of the basic call state model.
    pub EventTypeBcsm ::= ENUMERATED {
        CollectedInfo = 2,
        AnalyzedInformation = 3,
        RouteSelectFailure = 4,
        OCalledPartyBusy = 5,
        ONoAnswer = 6,
        OAnswer = 7,
        OMidCall = 8,
        ODisconnect = 9,
        OAbandon = 10,
        TermAttemptAuthorized = 12,
        TBusy = 13,
        TNoAnswer = 14,
        TAnswer = 15,
        TMidCall = 16,
        TDisconnect = 17,
        TAbandon = 18,
        OTermSeized = 19,
        CallAccepted = 27,
        OChangeOfPosition = 50,
        TChangeOfPosition = 51,
        ...,
        OServiceChange = 52,
        TServiceChange = 53,
    }

    /// Whether the switch waits at a detection point.
    pub MonitorMode ::= ENUMERATED {
        Interrupted = 0,
        NotifyAndContinue = 1,
        Transparent = 2,
    }

    /// How an event is reported.
    pub MiscCallInfo ::= SEQUENCE {
        message_type: [0] MessageType,
        dp_assignment: [1] DpAssignment OPTIONAL,
    }

    /// Whether the switch waits.
    pub MessageType ::= ENUMERATED {
        Request = 0,
        Notification = 1,
    }

    /// Where a detection point is assigned.
    pub DpAssignment ::= ENUMERATED {
        IndividualLine = 0,
        GroupBased = 1,
        OfficeBased = 2,
    }
}
