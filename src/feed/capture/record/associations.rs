//! SCTP associations in a recording: set up, messages, and the end (RFC 9260).

use std::io::{self, Write};

use pengate_codecs::Stamp;

use super::{DATAGRAM_MAX, Recorder, ends, opposite, synthesis};
use crate::feed::{Channel, Heading};

/// What both sides of an association number their messages with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Association {
    inward: Side,
    outward: Side,
    payload: Payload,
}

/// What the messages of an association are (the payload protocol identifiers of RFC 9260 clause 15.4).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Payload {
    /// M3UA (RFC 4666 clause 1.4.1).
    #[default]
    M3ua,
    /// M2PA (RFC 4165 clause 7).
    M2pa,
    /// Diameter in clear (RFC 6733 clause 11.5).
    Diameter,
}

impl Payload {
    const fn to_wire(self) -> u32 {
        match self {
            Self::M3ua => 3,
            Self::M2pa => 5,
            Self::Diameter => 46,
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Side {
    /// The verification tag of packets to this side.
    tag: u32,
    /// The transmission sequence number that this side sends next.
    tsn: u32,
    /// The number of its next message in the stream.
    ssn: u16,
}

impl Association {
    fn of(&mut self, heading: Heading) -> &mut Side {
        match heading {
            Heading::In => &mut self.inward,
            Heading::Out => &mut self.outward,
        }
    }
}

impl<W: Write> Recorder<W> {
    /// What the messages of an association are from now on: M3UA's, where nothing is said. One that
    /// is not up is ignored.
    pub fn speaks(&mut self, channel: Channel, payload: Payload) {
        if let Some(association) = self.associations.get_mut(&channel) {
            association.payload = payload;
        }
    }

    /// An association is there.
    pub(super) fn association_up(
        &mut self,
        at: Stamp,
        channel: Channel,
        opener: Heading,
    ) -> io::Result<()> {
        self.connection_count = self.connection_count.wrapping_add(1);
        let first = self.connection_count.wrapping_mul(0x9e37_79b9) | 1;
        let side = |number| Side {
            tag: number,
            tsn: number,
            ssn: 0,
        };
        let mut association = Association {
            inward: side(first),
            outward: side(first.rotate_left(16) | 1),
            payload: Payload::default(),
        };
        let answer = opposite(opener);
        // An INIT has the tag 0; it and its answer tell tag, window, streams and first number.
        let init = |side: &Side, parameter: &[u8]| {
            let mut body = Vec::new();
            body.extend(side.tag.to_be_bytes());
            body.extend(u32::from(u16::MAX).to_be_bytes());
            body.extend(STREAMS.to_be_bytes());
            body.extend(STREAMS.to_be_bytes());
            body.extend(side.tsn.to_be_bytes());
            body.extend_from_slice(parameter);
            body
        };
        let (opening, answering) = (*association.of(opener), *association.of(answer));
        let steps = [
            (opener, 0, INIT, init(&opening, &[])),
            (answer, opening.tag, INIT_ACK, init(&answering, &COOKIE)),
            (opener, answering.tag, COOKIE_ECHO, b"pengate!".to_vec()),
            (answer, opening.tag, COOKIE_ACK, Vec::new()),
        ];
        for (heading, tag, kind, body) in steps {
            self.sctp(at, channel, heading, tag, kind, 0, &body)?;
        }
        self.associations.insert(channel, association);
        Ok(())
    }

    /// An association is over. One that is not up is ignored.
    pub(super) fn association_down(&mut self, at: Stamp, channel: Channel) -> io::Result<()> {
        let Some(mut association) = self.associations.remove(&channel) else {
            return Ok(());
        };
        let (us, peer) = (association.outward, *association.of(Heading::In));
        let acknowledged = us.tsn.wrapping_sub(1).to_be_bytes();
        for (heading, tag, kind, body) in [
            (Heading::In, us.tag, SHUTDOWN, &acknowledged[..]),
            (Heading::Out, peer.tag, SHUTDOWN_ACK, &[]),
            (Heading::In, us.tag, SHUTDOWN_COMPLETE, &[]),
        ] {
            self.sctp(at, channel, heading, tag, kind, 0, body)?;
        }
        Ok(())
    }

    /// A message of an association; one that is not up is put up, by the sender.
    pub(super) fn association_message(
        &mut self,
        at: Stamp,
        channel: Channel,
        heading: Heading,
        message: &[u8],
    ) -> io::Result<()> {
        if message.is_empty() || message.len() > MESSAGE_MAX {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "a message of no or of more than 65000 octets",
            ));
        }
        if !self.associations.contains_key(&channel) {
            self.association_up(at, channel, heading)?;
        }
        let Some(association) = self.associations.get_mut(&channel) else {
            return Ok(());
        };
        let tag = association.of(opposite(heading)).tag;
        let payload = association.payload.to_wire();
        let side = association.of(heading);
        let mut body = Vec::with_capacity(12 + message.len());
        body.extend(side.tsn.to_be_bytes());
        body.extend([0, 0]);
        body.extend(side.ssn.to_be_bytes());
        body.extend(payload.to_be_bytes());
        body.extend_from_slice(message);
        side.tsn = side.tsn.wrapping_add(1);
        side.ssn = side.ssn.wrapping_add(1);
        self.sctp(at, channel, heading, tag, DATA, WHOLE, &body)
    }

    #[expect(clippy::too_many_arguments, reason = "one chunk with where it goes")]
    fn sctp(
        &mut self,
        at: Stamp,
        channel: Channel,
        heading: Heading,
        tag: u32,
        kind: u8,
        flags: u8,
        body: &[u8],
    ) -> io::Result<()> {
        let ends = ends(channel, heading);
        self.frame(at, heading, |block| {
            synthesis::sctp(ends, tag, (kind, flags), body, block);
        })
    }
}

/// Chunk types (RFC 9260 clause 3.2).
const DATA: u8 = 0;
const INIT: u8 = 1;
const INIT_ACK: u8 = 2;
const SHUTDOWN: u8 = 7;
const SHUTDOWN_ACK: u8 = 8;
const COOKIE_ECHO: u8 = 10;
const COOKIE_ACK: u8 = 11;
const SHUTDOWN_COMPLETE: u8 = 14;

/// The flags of a message that is in one chunk.
const WHOLE: u8 = 3;

/// Streams each way: what left on several is recorded on one, in the order in which it left.
const STREAMS: u16 = 1;

/// The parameter State Cookie with eight octets.
const COOKIE: [u8; 12] = *b"\x00\x07\x00\x0cpengate!";

/// The longest message of one frame.
const MESSAGE_MAX: usize = DATAGRAM_MAX - 507;
