//! Builds messages.

use thiserror::Error;

use super::{Address, AvpFlags, HEADER_OCTETS, Header, Kind, MESSAGE_OCTETS_MAX, avp::NTP_EPOCH};
use crate::Stamp;

/// Why a message could not be built.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the message would have {octets} octets")]
pub struct EncodeError {
    /// The length it would have.
    pub octets: usize,
}

/// Appends one message to a buffer of the caller's, and pads its AVPs. If it becomes too long the
/// buffer is as it was before.
#[derive(Debug)]
#[must_use = "a message is complete only when finished"]
pub struct Builder<'o> {
    out: &'o mut Vec<u8>,
    start: usize,
}

impl<'o> Builder<'o> {
    /// Starts a message at the end of `out`; the length in `header` does not count.
    pub fn new(out: &'o mut Vec<u8>, header: &Header) -> Self {
        let start = out.len();
        out.extend_from_slice(&header.encode());
        Self { out, start }
    }

    /// Adds an AVP that whoever does not know it must refuse (M set).
    pub fn avp(self, kind: Kind, data: &[u8]) -> Self {
        self.value(kind, AvpFlags::MANDATORY, |out| out.extend_from_slice(data))
    }

    /// Adds an AVP that may be passed over (M not set).
    pub fn optional(self, kind: Kind, data: &[u8]) -> Self {
        self.value(kind, AvpFlags::default(), |out| out.extend_from_slice(data))
    }

    /// Adds a text.
    pub fn text(self, kind: Kind, text: &str) -> Self {
        self.avp(kind, text.as_bytes())
    }

    /// Adds an Unsigned32 or Enumerated.
    pub fn unsigned32(self, kind: Kind, value: u32) -> Self {
        self.avp(kind, &value.to_be_bytes())
    }

    /// Adds an Address.
    pub fn address(self, kind: Kind, address: &Address<'_>) -> Self {
        self.value(kind, AvpFlags::MANDATORY, |out| address.encode(out))
    }

    /// Adds a Time (seconds since 1900, modulo 2^32) with the flags given.
    pub fn time(self, kind: Kind, flags: AvpFlags, at: Stamp) -> Self {
        let secs = (at.secs() + NTP_EPOCH).rem_euclid(1 << 32);
        // The remainder fits 32 bits.
        let secs = u32::try_from(secs).unwrap_or_default();
        self.value(kind, flags, |out| {
            out.extend_from_slice(&secs.to_be_bytes())
        })
    }

    /// Adds a Grouped AVP that holds what `members` adds.
    pub fn group(mut self, kind: Kind, members: impl FnOnce(Self) -> Self) -> Self {
        let start = self.open(kind, AvpFlags::MANDATORY);
        let mut builder = members(self);
        builder.close(start);
        builder
    }

    /// Adds octets that are whole AVPs already, padding included.
    pub fn raw(self, avps: &[u8]) -> Self {
        self.out.extend_from_slice(avps);
        self
    }

    /// Adds an AVP with these flags (V is set by itself) and the data that `write` appends.
    pub fn value(mut self, kind: Kind, flags: AvpFlags, write: impl FnOnce(&mut Vec<u8>)) -> Self {
        let start = self.open(kind, flags);
        write(self.out);
        self.close(start);
        self
    }

    /// Ends the message and gives its length.
    ///
    /// # Errors
    /// [`EncodeError`] when it is longer than its length field can tell.
    pub fn finish(mut self) -> Result<usize, EncodeError> {
        let octets = self.out.len() - self.start;
        if octets > MESSAGE_OCTETS_MAX {
            self.out.truncate(self.start);
            return Err(EncodeError { octets });
        }
        self.set_length(self.start, octets);
        debug_assert!(octets >= HEADER_OCTETS);
        Ok(octets)
    }

    fn open(&mut self, kind: Kind, flags: AvpFlags) -> usize {
        let start = self.out.len();
        let vendor = if kind.vendor == 0 {
            0
        } else {
            AvpFlags::VENDOR.0
        };
        self.out.extend_from_slice(&kind.code.to_be_bytes());
        self.out
            .extend_from_slice(&[flags.0 & !AvpFlags::VENDOR.0 | vendor, 0, 0, 0]);
        if vendor != 0 {
            self.out.extend_from_slice(&kind.vendor.to_be_bytes());
        }
        start
    }

    fn close(&mut self, start: usize) {
        let octets = self.out.len() - start;
        self.set_length(start + 4, octets);
        self.out.resize(start + octets.next_multiple_of(4), 0);
    }

    /// Writes the lower 24 bits of a length behind the octet at `at`. One that needs more belongs to
    /// a message that is refused at its end.
    fn set_length(&mut self, at: usize, octets: usize) {
        let [.., l1, l2, l3] = octets.to_be_bytes();
        if let Some(place) = self.out.get_mut(at + 1..at + 4) {
            place.copy_from_slice(&[l1, l2, l3]);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::diameter::{Flags, Message, kinds};

    fn header() -> Header {
        Header {
            length: 0,
            flags: Flags::REQUEST,
            command: 280,
            application: 0,
            hop_by_hop: 1,
            end_to_end: 2,
        }
    }

    #[test]
    fn groups_hold_what_was_added_within() {
        let mut out = vec![7];
        let built = Builder::new(&mut out, &header())
            .text(kinds::ORIGIN_HOST, "pna.ims.example")
            .group(kinds::VENDOR_SPECIFIC_APPLICATION_ID, |group| {
                group
                    .unsigned32(kinds::VENDOR_ID, 10415)
                    .unsigned32(kinds::AUTH_APPLICATION_ID, 16_777_217)
            })
            .optional(Kind::tgpp(709), &[0xe0, 0, 0, 0])
            .finish();
        assert_eq!(built, Ok(out.len() - 1));
        let message = Message::decode(&out[1..]).unwrap();
        let group = message.avp(kinds::VENDOR_SPECIFIC_APPLICATION_ID).unwrap();
        let within: Vec<_> = group
            .group()
            .unwrap()
            .map(|avp| avp.unsigned32().unwrap())
            .collect();
        assert_eq!(within, [10415, 16_777_217]);
        let expiry = message.avp(Kind::tgpp(709)).unwrap();
        assert!(expiry.flags.has_vendor() && !expiry.flags.is_mandatory());
        assert_eq!(
            message.header().length,
            u32::try_from(out.len() - 1).unwrap()
        );
    }

    #[test]
    fn a_message_that_is_too_long_leaves_nothing() {
        let mut out = vec![7];
        let data = vec![0; MESSAGE_OCTETS_MAX - HEADER_OCTETS - 8];
        let built = Builder::new(&mut out, &header())
            .avp(kinds::USER_NAME, &data)
            .finish();
        assert_eq!(built, Ok(MESSAGE_OCTETS_MAX));
        out.truncate(1);
        let built = Builder::new(&mut out, &header())
            .avp(kinds::USER_NAME, &data)
            .avp(kinds::USER_NAME, &[])
            .finish();
        assert_eq!(
            built,
            Err(EncodeError {
                octets: MESSAGE_OCTETS_MAX + 8
            })
        );
        assert_eq!(out, [7]);
    }

    #[test]
    fn times_are_seconds_since_1900_and_survive_2036() {
        for text in [
            "1970-01-01T00:00:00Z",
            "2026-01-01T00:00:00Z",
            "2040-01-01T00:00:00Z",
        ] {
            let at: Stamp = text.parse().unwrap();
            let mut out = Vec::new();
            Builder::new(&mut out, &header())
                .time(kinds::EVENT_TIMESTAMP, AvpFlags::MANDATORY, at)
                .finish()
                .unwrap();
            let message = Message::decode(&out).unwrap();
            assert_eq!(
                message.avp(kinds::EVENT_TIMESTAMP).unwrap().time(),
                Ok(at),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_built_is_read(
            avps in proptest::collection::vec(
                (any::<u32>(), prop_oneof![Just(0), Just(10415_u32)], any::<bool>(),
                 proptest::collection::vec(any::<u8>(), 0..40)),
                0..12,
            ),
        ) {
            let mut out = Vec::new();
            let mut builder = Builder::new(&mut out, &header());
            for (code, vendor, mandatory, data) in &avps {
                let kind = Kind { vendor: *vendor, code: *code };
                builder = if *mandatory {
                    builder.avp(kind, data)
                } else {
                    builder.optional(kind, data)
                };
            }
            builder.finish().unwrap();
            prop_assert!(out.len().is_multiple_of(4));
            let message = Message::decode(&out).unwrap();
            let found: Vec<_> = message
                .avps()
                .map(|avp| {
                    (avp.kind.code, avp.kind.vendor, avp.flags.is_mandatory(), avp.data.to_vec())
                })
                .collect();
            prop_assert_eq!(found, avps);
        }
    }
}
