//! eventReportBCSM, operation 24 (TS 29.078 clause 11.12).

use pengate_asn1::{Null, table};

use super::{
    CalledPartyNumber, Cause, ChargeIndicator, Digits, EventTypeBcsm, ExtBasicServiceCode,
    Extensions, MiscCallInfo, ReceivingSideId,
};
use crate::map::LocationInformation;

table! {
    /// A call met an armed detection point (TS 29.078 clause 11.12).
    pub EventReportBcsmArg<'a> ::= SEQUENCE {
        event_type_bcsm: [0] EventTypeBcsm,
        event_specific_information_bcsm: [2] EventSpecificInformationBcsm<'a> OPTIONAL,
        leg_id: [3] ReceivingSideId<'a> OPTIONAL,
        misc_call_info: [4] MiscCallInfo DEFAULT,
        extensions: [5] Extensions<'a> OPTIONAL,
        ...,
    }

    /// What there is to say about an event.
    pub EventSpecificInformationBcsm<'a> ::= CHOICE {
        RouteSelectFailureSpecificInfo: [2] RouteSelectFailureSpecificInfo<'a>,
        OCalledPartyBusySpecificInfo: [3] OCalledPartyBusySpecificInfo<'a>,
        ONoAnswerSpecificInfo: [4] ONoAnswerSpecificInfo<'a>,
        OAnswerSpecificInfo: [5] OAnswerSpecificInfo<'a>,
        OMidCallSpecificInfo: [6] OMidCallSpecificInfo<'a>,
        ODisconnectSpecificInfo: [7] ODisconnectSpecificInfo<'a>,
        TBusySpecificInfo: [8] TBusySpecificInfo<'a>,
        TNoAnswerSpecificInfo: [9] TNoAnswerSpecificInfo<'a>,
        TAnswerSpecificInfo: [10] TAnswerSpecificInfo<'a>,
        TMidCallSpecificInfo: [11] TMidCallSpecificInfo<'a>,
        TDisconnectSpecificInfo: [12] TDisconnectSpecificInfo<'a>,
        OTermSeizedSpecificInfo: [13] OTermSeizedSpecificInfo<'a>,
        CallAcceptedSpecificInfo: [20] CallAcceptedSpecificInfo<'a>,
        OAbandonSpecificInfo: [21] OAbandonSpecificInfo<'a>,
        OChangeOfPositionSpecificInfo: [50] OChangeOfPositionSpecificInfo<'a>,
        TChangeOfPositionSpecificInfo: [51] TChangeOfPositionSpecificInfo<'a>,
        DpSpecificInfoAlt: [52] DpSpecificInfoAlt<'a>,
    }

    /// No route was found.
    pub RouteSelectFailureSpecificInfo<'a> ::= SEQUENCE {
        failure_cause: [0] Cause<'a> OPTIONAL,
        ...,
    }

    /// The called party is busy.
    pub OCalledPartyBusySpecificInfo<'a> ::= SEQUENCE {
        busy_cause: [0] Cause<'a> OPTIONAL,
        ...,
    }

    /// The called party does not answer.
    pub ONoAnswerSpecificInfo<'a> ::= SEQUENCE {
        ...,
    }

    /// The called party answered.
    pub OAnswerSpecificInfo<'a> ::= SEQUENCE {
        destination_address: [50] CalledPartyNumber<'a> OPTIONAL,
        or_call: [51] Null OPTIONAL,
        forwarded_call: [52] Null OPTIONAL,
        charge_indicator: [53] ChargeIndicator OPTIONAL,
        ext_basic_service_code: [54] ExtBasicServiceCode<'a> OPTIONAL,
        ext_basic_service_code2: [55] ExtBasicServiceCode<'a> OPTIONAL,
        ...,
    }

    /// Something was dialled during the call.
    pub OMidCallSpecificInfo<'a> ::= SEQUENCE {
        mid_call_events: [1] MidCallEvents<'a> OPTIONAL,
        ...,
    }

    /// The call was ended.
    pub ODisconnectSpecificInfo<'a> ::= SEQUENCE {
        release_cause: [0] Cause<'a> OPTIONAL,
        ...,
    }

    /// The subscriber is busy.
    pub TBusySpecificInfo<'a> ::= SEQUENCE {
        busy_cause: [0] Cause<'a> OPTIONAL,
        call_forwarded: [50] Null OPTIONAL,
        route_not_permitted: [51] Null OPTIONAL,
        forwarding_destination_number: [52] CalledPartyNumber<'a> OPTIONAL,
        ...,
    }

    /// The subscriber does not answer.
    pub TNoAnswerSpecificInfo<'a> ::= SEQUENCE {
        call_forwarded: [50] Null OPTIONAL,
        forwarding_destination_number: [52] CalledPartyNumber<'a> OPTIONAL,
        ...,
    }

    /// The subscriber answered.
    pub TAnswerSpecificInfo<'a> ::= SEQUENCE {
        destination_address: [50] CalledPartyNumber<'a> OPTIONAL,
        or_call: [51] Null OPTIONAL,
        forwarded_call: [52] Null OPTIONAL,
        charge_indicator: [53] ChargeIndicator OPTIONAL,
        ext_basic_service_code: [54] ExtBasicServiceCode<'a> OPTIONAL,
        ext_basic_service_code2: [55] ExtBasicServiceCode<'a> OPTIONAL,
        ...,
    }

    /// Something was dialled during the call.
    pub TMidCallSpecificInfo<'a> ::= SEQUENCE {
        mid_call_events: [1] MidCallEvents<'a> OPTIONAL,
        ...,
    }

    /// The call was ended.
    pub TDisconnectSpecificInfo<'a> ::= SEQUENCE {
        release_cause: [0] Cause<'a> OPTIONAL,
        ...,
    }

    /// The called party is alerted.
    pub OTermSeizedSpecificInfo<'a> ::= SEQUENCE {
        location_information: [50] LocationInformation<'a> OPTIONAL,
        ...,
    }

    /// The subscriber is alerted.
    pub CallAcceptedSpecificInfo<'a> ::= SEQUENCE {
        location_information: [50] LocationInformation<'a> OPTIONAL,
        ...,
    }

    /// The caller gave up.
    pub OAbandonSpecificInfo<'a> ::= SEQUENCE {
        route_not_permitted: [50] Null OPTIONAL,
        ...,
    }

    /// The caller moved.
    pub OChangeOfPositionSpecificInfo<'a> ::= SEQUENCE {
        location_information: [50] LocationInformation<'a> OPTIONAL,
        ...,
        met_dp_criteria_list: [51] MetDpCriteriaList<'a> OPTIONAL,
    }

    /// The subscriber moved.
    pub TChangeOfPositionSpecificInfo<'a> ::= SEQUENCE {
        location_information: [50] LocationInformation<'a> OPTIONAL,
        ...,
        met_dp_criteria_list: [51] MetDpCriteriaList<'a> OPTIONAL,
    }

    /// Digits dialled during a call.
    pub MidCallEvents<'a> ::= CHOICE {
        DTmfDigitsCompleted: [3] Digits<'a>,
        DTmfDigitsTimeOut: [4] Digits<'a>,
    }

    /// Which criteria were met.
    pub MetDpCriteriaList<'a> ::= SEQUENCE OPAQUE;

    /// What later phases tell.
    pub DpSpecificInfoAlt<'a> ::= SEQUENCE OPAQUE;
}
