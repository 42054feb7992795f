//! Builds packets: requests for tests and simulations, responses of ours.

use thiserror::Error;

use super::{
    Authenticator, Code, Draft, HEADER_OCTETS, PACKET_OCTETS_MAX, Secret, VendorFormat, attribute,
    authenticator::ZEROS, gi,
};

/// Why a packet could not be built.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum EncodeError {
    /// A value does not fit into its attribute.
    #[error("a value of {octets} octets does not fit into attribute {kind}")]
    Value {
        /// The attribute's type.
        kind: u8,
        /// Length of the value.
        octets: usize,
    },
    /// The packet would be longer than 4096 octets.
    #[error("the packet would have {octets} octets")]
    Packet {
        /// The length it would have.
        octets: usize,
    },
    /// A type number does not fit into its vendor's format.
    #[error("vendor {vendor} has no attribute {kind}")]
    Kind {
        /// The vendor.
        vendor: u32,
        /// The type number.
        kind: u32,
    },
}

/// Appends one packet to a buffer of the caller's. The first error is kept and told at the end;
/// the buffer is then as it was before.
#[derive(Debug)]
#[must_use = "a packet is complete only when finished"]
pub struct Builder<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
    message_authenticator: Option<usize>,
    result: Result<(), EncodeError>,
}

impl<'o> Builder<'o> {
    /// Starts a packet at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>, code: Code, identifier: u8) -> Self {
        let start = out.len();
        let mut header = [0; HEADER_OCTETS];
        header[..2].copy_from_slice(&[code.to_wire(), identifier]);
        out.extend_from_slice(&header);
        Self {
            out,
            start,
            message_authenticator: None,
            result: Ok(()),
        }
    }

    /// Adds an attribute.
    pub fn attribute(self, kind: u8, value: &[u8]) -> Self {
        self.attribute_of(kind, &[value])
    }

    /// Adds an attribute whose value is a number of 32 bits.
    pub fn integer(self, kind: u8, value: u32) -> Self {
        self.attribute(kind, &value.to_be_bytes())
    }

    /// Adds a vendor's attribute in a Vendor-Specific attribute (26) of its own, in the vendor's
    /// format.
    pub fn vendor(mut self, vendor: u32, kind: u32, value: &[u8]) -> Self {
        let format = VendorFormat::of(vendor);
        let mut header = [0; 7];
        match vendor_header(format, kind, value.len(), &mut header) {
            Some(header) => {
                let vendor = vendor.to_be_bytes();
                self.attribute_of(attribute::VENDOR_SPECIFIC, &[&vendor, header, value])
            }
            None => {
                self.fail(EncodeError::Kind { vendor, kind });
                self
            }
        }
    }

    /// Adds a 3GPP vendor attribute.
    pub fn gi(self, kind: u8, value: &[u8]) -> Self {
        self.vendor(gi::VENDOR, kind.into(), value)
    }

    /// Adds a Message-Authenticator (80), computed when the packet is finished.
    pub fn message_authenticator(mut self) -> Self {
        self.message_authenticator = Some(self.out.len() - self.start);
        self.attribute(attribute::MESSAGE_AUTHENTICATOR, &[0; 16])
    }

    /// Ends a request: the authenticator of Accounting-, Disconnect- and CoA-Request is computed,
    /// that of others is `random`. Gives the packet's length.
    ///
    /// # Errors
    /// The first [`EncodeError`] met on the way.
    pub fn finish_request(
        self,
        random: &Authenticator,
        secret: &Secret,
    ) -> Result<usize, EncodeError> {
        let is_digested = self
            .out
            .get(self.start)
            .is_some_and(|code| Code::from_wire(*code).is_digested_request());
        let start = self.start;
        let (draft, out) = self.finish(if is_digested { &[0; 16] } else { random })?;
        let octets = &mut out[start..];
        if is_digested {
            draft.sign(out, secret);
        } else {
            octets[4..HEADER_OCTETS].copy_from_slice(random);
            draft.sign_message(out, secret);
        }
        Ok(out.len() - start)
    }

    /// Ends a response to the request with this authenticator. Gives the packet's length.
    ///
    /// # Errors
    /// The first [`EncodeError`] met on the way.
    pub fn finish_response(
        self,
        request: &Authenticator,
        secret: &Secret,
    ) -> Result<usize, EncodeError> {
        let (draft, out) = self.finish(request)?;
        draft.sign(out, secret);
        Ok(draft.octets().len())
    }

    /// Ends a packet that is to be signed later, with others of a batch.
    ///
    /// # Errors
    /// The first [`EncodeError`] met on the way.
    pub fn draft(self, request: &Authenticator) -> Result<Draft, EncodeError> {
        self.finish(request).map(|(draft, _)| draft)
    }

    fn finish(mut self, seed: &Authenticator) -> Result<(Draft, &'o mut Vec<u8>), EncodeError> {
        let octets = self.out.len() - self.start;
        let length = match u16::try_from(octets) {
            Ok(length) if octets <= PACKET_OCTETS_MAX => length,
            _ => {
                self.fail(EncodeError::Packet { octets });
                0
            }
        };
        if let Err(error) = self.result {
            self.out.truncate(self.start);
            return Err(error);
        }
        self.out[self.start + 2..self.start + 4].copy_from_slice(&length.to_be_bytes());
        let range = self.start..self.out.len();
        let code = self.out.get(self.start).map(|code| Code::from_wire(*code));
        let is_zero = code.is_some_and(Code::is_digested_answer);
        let keyed_seed = if is_zero { ZEROS } else { *seed };
        Ok((
            Draft::new(range, self.message_authenticator, *seed, keyed_seed),
            self.out,
        ))
    }

    fn attribute_of(mut self, kind: u8, pieces: &[&[u8]]) -> Self {
        let octets = pieces.iter().map(|piece| piece.len()).sum::<usize>();
        match u8::try_from(octets.saturating_add(2)) {
            Ok(length) if self.out.len() - self.start <= PACKET_OCTETS_MAX => {
                self.out.extend_from_slice(&[kind, length]);
                for piece in pieces {
                    self.out.extend_from_slice(piece);
                }
            }
            Ok(_) => {} // Too long already; told at the end.
            Err(_) => self.fail(EncodeError::Value { kind, octets }),
        }
        self
    }

    fn fail(&mut self, error: EncodeError) {
        self.result = self.result.and(Err(error));
    }
}

/// Type and length of a vendor attribute as its vendor writes them.
fn vendor_header(
    format: VendorFormat,
    kind: u32,
    value_octets: usize,
    header: &mut [u8; 7],
) -> Option<&[u8]> {
    let octets = format.header_octets();
    let length = u16::try_from(octets.checked_add(value_octets)?).ok()?;
    let type_octets = usize::from(format.type_octets);
    let kind = kind.to_be_bytes();
    let (beyond, kind) = kind.split_at_checked(4_usize.checked_sub(type_octets)?)?;
    let [high, low] = length.to_be_bytes();
    let length: &[u8] = match format.length_octets {
        0 => &[],
        1 if high == 0 => &[low],
        2 => &[high, low],
        _ => return None,
    };
    header.get_mut(..type_octets)?.copy_from_slice(kind);
    header
        .get_mut(type_octets..type_octets + length.len())?
        .copy_from_slice(length);
    if beyond.iter().any(|octet| *octet != 0) {
        None
    } else {
        header.get(..octets)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::radius::{Packet, verify_request};

    fn secret() -> Secret {
        Secret::from("testing123")
    }

    #[test]
    fn the_first_error_is_told_and_the_buffer_is_as_before() {
        let mut out = vec![9, 9];
        let builder = Builder::new(&mut out, Code::AccountingRequest, 1)
            .attribute(1, &[0; 254])
            .vendor(gi::VENDOR, 256, b"x");
        let error = EncodeError::Value {
            kind: 1,
            octets: 254,
        };
        assert_eq!(builder.finish_request(&[0; 16], &secret()), Err(error));
        assert_eq!(out, [9, 9]);
    }

    #[test]
    fn a_kind_that_its_vendor_cannot_write_is_an_error() {
        let mut out = Vec::new();
        let builder = Builder::new(&mut out, Code::AccountingRequest, 1).vendor(9, 256, b"x");
        let error = EncodeError::Kind {
            vendor: 9,
            kind: 256,
        };
        assert_eq!(builder.finish_request(&[0; 16], &secret()), Err(error));
    }

    #[test]
    fn a_packet_holds_4096_octets_and_no_more() {
        for (last, expected) in [
            (249, Ok(4096)),
            (250, Err(EncodeError::Packet { octets: 4097 })),
        ] {
            let mut out = Vec::new();
            let mut builder = Builder::new(&mut out, Code::AccountingRequest, 1);
            for _ in 0..15 {
                builder = builder.attribute(25, &[0; 253]);
            }
            builder = builder.attribute(25, &vec![0; last]);
            assert_eq!(builder.finish_request(&[0; 16], &secret()), expected);
        }
    }

    #[test]
    fn each_kind_of_request_proves_itself() {
        for code in [
            Code::AccessRequest,
            Code::AccountingRequest,
            Code::StatusServer,
        ] {
            let mut out = vec![1, 2, 3];
            let built = Builder::new(&mut out, code, 1)
                .integer(5, 7)
                .message_authenticator()
                .finish_request(&[7; 16], &secret());
            assert_eq!(built, Ok(out.len() - 3));
            let packet = Packet::decode(&out[3..]).unwrap();
            assert_eq!(verify_request(&packet, &secret()), Ok(()));
            assert_eq!(
                packet.authenticator() == &[7; 16],
                code != Code::AccountingRequest
            );
        }
    }
}
