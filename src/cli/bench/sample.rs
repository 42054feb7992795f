//! The messages of a capture, made ready for every stage.

use std::ops::Range;

use pengate_codecs::{
    Stamp,
    radius::{AUTHENTICATOR_OCTETS, HEADER_OCTETS, Packet, Secret, md5},
};

use crate::{
    decode::{Limits, Piece, Streams},
    feed::{
        Carrier, Channel, Chunk, Heading,
        capture::{CaptureError, Classifier, Event, Options, Packets, Protocol},
    },
};

/// The secret that requests are signed with anew: whoever captured them kept theirs.
const SECRET: &str = "testing123";

/// What is decoded over and over.
#[derive(Default)]
pub(super) struct Sample {
    /// Every message, as it was sent.
    pub(super) messages: Vec<Message>,
    /// How many frames the capture has.
    pub(super) frames: u64,
    octets: Vec<u8>,
    /// The same octets, with RADIUS requests signed with our secret.
    signed: Vec<u8>,
}

/// One message of a capture.
pub(super) struct Message {
    pub(super) protocol: Protocol,
    pub(super) at: Stamp,
    pub(super) channel: Channel,
    pub(super) heading: Heading,
    range: Range<usize>,
}

impl Sample {
    /// Reads a capture from its first to its last frame.
    pub(super) fn read(capture: &[u8], options: &Options) -> Result<Self, CaptureError> {
        let mut sample = Self::default();
        sample.frames = each_message(capture, options, &mut |protocol, chunk| {
            let start = sample.octets.len();
            sample.octets.extend_from_slice(chunk.bytes);
            sample.messages.push(Message {
                protocol,
                at: chunk.at,
                channel: chunk.channel,
                heading: chunk.heading,
                range: start..sample.octets.len(),
            });
        })?;
        sample.signed.clone_from(&sample.octets);
        for message in &sample.messages {
            if message.protocol == Protocol::Radius {
                sign(&mut sample.signed[message.range.clone()]);
            }
        }
        Ok(sample)
    }

    /// The octets of a message.
    pub(super) fn octets(&self, message: &Message) -> &[u8] {
        &self.octets[message.range.clone()]
    }

    /// A RADIUS message signed with [`Self::secret`].
    pub(super) fn signed(&self, message: &Message) -> Chunk<'_> {
        Chunk {
            at: message.at,
            channel: message.channel,
            heading: message.heading,
            bytes: &self.signed[message.range.clone()],
        }
    }

    /// What requests are signed with.
    pub(super) fn secret() -> Secret {
        Secret::from(SECRET)
    }
}

/// Gives every whole message of a capture, and tells how many frames there were.
pub(super) fn each_message(
    capture: &[u8],
    options: &Options,
    each: &mut dyn FnMut(Protocol, &Chunk<'_>),
) -> Result<u64, CaptureError> {
    let mut packets = Packets::new(capture, options);
    let mut classifier = Classifier::new(options);
    let mut streams = Streams::new(Limits::default());
    while let Some(item) = packets.next_item()? {
        classifier.classify(&item, |entry| match entry.event {
            Event::Chunk(protocol, chunk) if chunk.channel.carrier == Carrier::Tcp => {
                let stream = (protocol, chunk.channel, chunk.heading);
                streams.push(stream, chunk.bytes, &mut |piece| {
                    if let Piece::Message(bytes) = piece {
                        each(protocol, &Chunk { bytes, ..chunk });
                    }
                });
            }
            Event::Chunk(protocol, chunk) => each(protocol, &chunk),
            Event::Gap {
                protocol,
                channel,
                heading,
                ..
            } => streams.gap((protocol, channel, heading), &mut |_| {}),
            Event::Down(protocol, channel, _) => {
                streams.end((protocol, channel, Heading::In), &mut |_| {});
                streams.end((protocol, channel, Heading::Out), &mut |_| {});
            }
            _ => {}
        });
    }
    Ok(packets.frame_number())
}

/// Signs a request with our secret (RFC 2866 clause 3, RFC 3579 clause 3.2).
fn sign(octets: &mut [u8]) {
    let Ok(packet) = Packet::decode(octets) else {
        return;
    };
    let is_digested = packet.code().is_digested_request();
    let message_authenticator = packet.message_authenticator_at();
    let length = packet.octets().len();
    let octets = &mut octets[..length];
    let authenticator = HEADER_OCTETS - AUTHENTICATOR_OCTETS..HEADER_OCTETS;
    if is_digested {
        octets[authenticator.clone()].fill(0);
    }
    if let Some(value) = message_authenticator.map(|at| at + 2..at + 2 + AUTHENTICATOR_OCTETS)
        && octets.get(value.clone()).is_some()
    {
        octets[value.clone()].fill(0);
        let digest = Sample::secret().hmac([octets]);
        octets[value].copy_from_slice(&digest);
    }
    if is_digested {
        let digest = md5::digest([octets, SECRET.as_bytes()]);
        octets[authenticator].copy_from_slice(&digest);
    }
}

#[cfg(test)]
mod tests {
    use pengate_codecs::radius::{Builder, Code, attribute, verify_request};

    use super::*;

    #[test]
    fn what_others_signed_is_signed_anew() {
        for code in [
            Code::AccountingRequest,
            Code::AccessRequest,
            Code::StatusServer,
        ] {
            let mut octets = Vec::new();
            Builder::new(&mut octets, code, 1)
                .attribute(attribute::ACCT_SESSION_ID, b"1")
                .message_authenticator()
                .finish_request(&[7; 16], &Secret::from("theirs"))
                .unwrap();
            let verified = |octets: &[u8]| {
                verify_request(&Packet::decode(octets).unwrap(), &Sample::secret()).is_ok()
            };
            assert!(!verified(&octets), "{code:?}");
            sign(&mut octets);
            assert!(verified(&octets), "{code:?}");
        }
    }
}
