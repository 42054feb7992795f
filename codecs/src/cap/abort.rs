//! Why a user of CAP gives a dialogue up (TS 29.078 clauses 4.1 and 14.1.5, CAP-U-ABORT-REASON).

use crate::tcap::UserInformation;

/// A dialogue tells a reference that is not known.
pub const INVALID_REFERENCE: UserInformation<'static> = UserInformation::from_octets(&reason(6));
/// A dialogue tells no reference where it has to.
pub const MISSING_REFERENCE: UserInformation<'static> = UserInformation::from_octets(&reason(7));

/// EXTERNAL, CAP-U-ABORT-REASON `0.4.0.0.1.1.2.2`, one ASN.1 type: ENUMERATED.
const fn reason(number: u8) -> [u8; 16] {
    [
        0x28, 0x0e, 0x06, 0x07, 0x04, 0x00, 0x00, 0x01, 0x01, 0x02, 0x02, 0xa0, 0x03, 0x0a, 0x01,
        number,
    ]
}

#[cfg(test)]
mod tests {
    use pengate_asn1::Oid;

    use super::*;

    #[test]
    fn the_reason_is_what_the_module_says() {
        for (information, number) in [(INVALID_REFERENCE, 6), (MISSING_REFERENCE, 7)] {
            let external = information.iter().next().unwrap().unwrap();
            assert_eq!(external.syntax, Oid::from_wire(&[4, 0, 0, 1, 1, 2, 2]));
            assert_eq!(external.single().unwrap().octets(), Ok(&[number][..]));
        }
    }
}
