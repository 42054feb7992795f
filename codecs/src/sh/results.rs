//! Results of Sh that stand in Experimental-Result (TS 29.329 clause 6.2).
#![expect(missing_docs, reason = "the names are the specification's own")]

use crate::diameter::{ExperimentalResult, TGPP};

const fn tgpp(code: u32) -> ExperimentalResult {
    ExperimentalResult { vendor: TGPP, code }
}

pub const USER_DATA_NOT_AVAILABLE: ExperimentalResult = tgpp(4100);
pub const PRIOR_UPDATE_IN_PROGRESS: ExperimentalResult = tgpp(4101);
pub const USER_UNKNOWN: ExperimentalResult = tgpp(5001);
pub const IDENTITIES_DONT_MATCH: ExperimentalResult = tgpp(5002);
pub const TOO_MUCH_DATA: ExperimentalResult = tgpp(5008);
pub const FEATURE_UNSUPPORTED: ExperimentalResult = tgpp(5011);
pub const USER_DATA_NOT_RECOGNIZED: ExperimentalResult = tgpp(5100);
pub const OPERATION_NOT_ALLOWED: ExperimentalResult = tgpp(5101);
pub const USER_DATA_CANNOT_BE_READ: ExperimentalResult = tgpp(5102);
pub const USER_DATA_CANNOT_BE_MODIFIED: ExperimentalResult = tgpp(5103);
pub const USER_DATA_CANNOT_BE_NOTIFIED: ExperimentalResult = tgpp(5104);
pub const TRANSPARENT_DATA_OUT_OF_SYNC: ExperimentalResult = tgpp(5105);
pub const SUBS_DATA_ABSENT: ExperimentalResult = tgpp(5106);
pub const NO_SUBSCRIPTION_TO_DATA: ExperimentalResult = tgpp(5107);
pub const DSAI_NOT_AVAILABLE: ExperimentalResult = tgpp(5108);

/// The name of a result, if it is one of Sh.
#[must_use]
pub const fn name(result: ExperimentalResult) -> Option<&'static str> {
    if result.vendor != TGPP {
        return None;
    }
    Some(match result.code {
        4100 => "DIAMETER_USER_DATA_NOT_AVAILABLE",
        4101 => "DIAMETER_PRIOR_UPDATE_IN_PROGRESS",
        5001 => "DIAMETER_ERROR_USER_UNKNOWN",
        5002 => "DIAMETER_ERROR_IDENTITIES_DONT_MATCH",
        5008 => "DIAMETER_ERROR_TOO_MUCH_DATA",
        5011 => "DIAMETER_ERROR_FEATURE_UNSUPPORTED",
        5100 => "DIAMETER_ERROR_USER_DATA_NOT_RECOGNIZED",
        5101 => "DIAMETER_ERROR_OPERATION_NOT_ALLOWED",
        5102 => "DIAMETER_ERROR_USER_DATA_CANNOT_BE_READ",
        5103 => "DIAMETER_ERROR_USER_DATA_CANNOT_BE_MODIFIED",
        5104 => "DIAMETER_ERROR_USER_DATA_CANNOT_BE_NOTIFIED",
        5105 => "DIAMETER_ERROR_TRANSPARENT_DATA_OUT_OF_SYNC",
        5106 => "DIAMETER_ERROR_SUBS_DATA_ABSENT",
        5107 => "DIAMETER_ERROR_NO_SUBSCRIPTION_TO_DATA",
        5108 => "DIAMETER_ERROR_DSAI_NOT_AVAILABLE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_named_under_3gpp_only() {
        let name_of = |vendor, code| name(ExperimentalResult { vendor, code });
        assert_eq!(
            name_of(TGPP, NO_SUBSCRIPTION_TO_DATA.code),
            Some("DIAMETER_ERROR_NO_SUBSCRIPTION_TO_DATA")
        );
        assert_eq!(name_of(0, 5107), None);
        assert_eq!(name_of(TGPP, 5999), None);
    }
}
