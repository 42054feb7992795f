//! The reference number of a GPRS dialogue (TS 29.078 clause 14.1.7).

use pengate_asn1::{DecodeError, Oid, oid, table};

use crate::tcap::{Dialogue, UserInformation};

table! {
    /// Which GPRS dialogue a TCAP dialogue belongs to (TS 29.078 clause 14.1.7).
    pub CapGprsReferenceNumber ::= SEQUENCE {
        destination_reference: [0] Integer4 OPTIONAL,
        origination_reference: [1] Integer4 OPTIONAL,
    }

    /// A number of 31 bits.
    pub Integer4 ::= INTEGER (0..2147483647);
}

impl CapGprsReferenceNumber {
    /// `0.4.0.0.1.1.5.2`, under which it stands in the user information of a dialogue.
    pub const SYNTAX: Oid<'static> = oid![0x04, 0x00, 0x00, 0x01, 0x01, 0x05, 0x02];

    /// The reference that a dialogue tells, if it tells one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn of(dialogue: &Dialogue<'_>) -> Result<Option<Self>, DecodeError> {
        match dialogue.user_information() {
            Some(information) => information.find(Self::SYNTAX),
            None => Ok(None),
        }
    }

    /// Appends it as the user information of a dialogue, for [`UserInformation::from_octets`].
    pub fn write_user_information(&self, out: &mut Vec<u8>) {
        UserInformation::write(out, Self::SYNTAX, self);
    }
}
