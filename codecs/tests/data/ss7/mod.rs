//! TCAP messages of MAP and CAP, with test identities alone.
//!
//! Made with the encoders of pycrate 0.8.1, which are generated from the modules of TS 29.002 V16.3.0
//! and TS 29.078 V16.0.0: nothing of this project wrote an octet of them.
#![allow(dead_code, reason = "no test uses all of them")]
#![allow(
    clippy::unwrap_used,
    reason = "a vector that is no hexadecimal text stops the test"
)]

macro_rules! vectors {
    ($($NAME:ident $file:literal)+) => {
        $(pub const $NAME: &str = include_str!(concat!($file, ".hex"));)+

        /// All of them, by name.
        pub const ALL: &[(&str, &str)] = &[$(($file, $NAME)),+];
    };
}

vectors! {
    ANY_TIME_INTERROGATION "any-time-interrogation"
    ANY_TIME_INTERROGATION_RESULT "any-time-interrogation-result"
    ANY_TIME_INTERROGATION_RESULT_BUSY "any-time-interrogation-result-busy"
    ANY_TIME_INTERROGATION_RESULT_DETACHED "any-time-interrogation-result-detached"
    ANY_TIME_INTERROGATION_SYSTEM_FAILURE "any-time-interrogation-system-failure"
    ANY_TIME_INTERROGATION_UNKNOWN_SUBSCRIBER "any-time-interrogation-unknown-subscriber"
    ENTITY_RELEASED_GPRS "entity-released-gprs"
    EVENT_REPORT_BCSM_ABANDON "event-report-bcsm-abandon"
    EVENT_REPORT_BCSM_ANSWER "event-report-bcsm-answer"
    EVENT_REPORT_BCSM_BUSY "event-report-bcsm-busy"
    EVENT_REPORT_BCSM_CHANGE_OF_POSITION "event-report-bcsm-change-of-position"
    EVENT_REPORT_BCSM_DISCONNECT "event-report-bcsm-disconnect"
    EVENT_REPORT_BCSM_NO_ANSWER "event-report-bcsm-no-answer"
    EVENT_REPORT_BCSM_TERM_SEIZED "event-report-bcsm-term-seized"
    EVENT_REPORT_GPRS_ACKNOWLEDGEMENT "event-report-gprs-acknowledgement"
    EVENT_REPORT_GPRS_DETACH "event-report-gprs-detach"
    EVENT_REPORT_GPRS_DETACH_RAU "event-report-gprs-detach-rau"
    EVENT_REPORT_GPRS_DISCONNECT "event-report-gprs-disconnect"
    EVENT_REPORT_GPRS_ESTABLISHMENT "event-report-gprs-establishment"
    EVENT_REPORT_GPRS_PDP_POSITION "event-report-gprs-pdp-position"
    EVENT_REPORT_GPRS_POSITION "event-report-gprs-position"
    INITIAL_DP "initial-dp"
    INITIAL_DP_FULL "initial-dp-full"
    INITIAL_DP_GPRS_ATTACH "initial-dp-gprs-attach"
    INITIAL_DP_GPRS_PDP "initial-dp-gprs-pdp"
    NOTE_MM_EVENT_CS "note-mm-event-cs"
    NOTE_MM_EVENT_FULL "note-mm-event-full"
    NOTE_MM_EVENT_LEAST "note-mm-event-least"
    NOTE_MM_EVENT_PS "note-mm-event-ps"
    NOTE_MM_EVENT_RESULT "note-mm-event-result"
    REQUEST_REPORT_BCSM_EVENT "request-report-bcsm-event"
    REQUEST_REPORT_GPRS_EVENT "request-report-gprs-event"
    UPDATE_GPRS_LOCATION "update-gprs-location"
    UPDATE_GPRS_LOCATION_RESULT "update-gprs-location-result"
    UPDATE_LOCATION "update-location"
    UPDATE_LOCATION_RESULT "update-location-result"
}

/// The octets of hexadecimal text; blanks do not count.
pub fn octets(text: &str) -> Vec<u8> {
    let digits: Vec<_> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
