//! Why a user of MAP gives a dialogue up (TS 29.002 clauses 7.3.4 and 17.4).

use crate::tcap::UserInformation;

/// MAP-UserAbortInfo `resourceUnavailable`, for a short while: what the answer needs is not there.
pub const RESOURCE_UNAVAILABLE: UserInformation<'static> = UserInformation::from_octets(&[
    // EXTERNAL, map-DialogueAS `0.4.0.0.1.1.1.1`, one ASN.1 type.
    0x28, 0x10, 0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x01, 0x01, 0x01, 0xa0, 0x05,
    // map-userAbort [4], resourceUnavailable [2] shortTermResourceLimitation.
    0xa4, 0x03, 0x82, 0x01, 0x00,
]);

#[cfg(test)]
mod tests {
    use pengate_asn1::{Oid, Tag};

    use super::*;

    #[test]
    fn the_reason_is_what_the_module_says() {
        let external = RESOURCE_UNAVAILABLE.iter().next().unwrap().unwrap();
        let syntax = Oid::from_wire(&[4, 0, 0, 1, 1, 1, 1]);
        assert_eq!(external.syntax, syntax);
        let abort = external.single().unwrap().expect(Tag::context(4)).unwrap();
        let reason = abort.inner().unwrap().expect(Tag::context(2)).unwrap();
        assert_eq!(reason.octets(), Ok(&[0][..]));
    }
}
