//! The endpoint: what is for us, and what we say.

use std::borrow::Cow;

use pengate_codecs::{
    Stamp,
    m3ua::Label,
    sccp::{
        Delivery, ExtendedUnitdata, ExtendedUnitdataService, LongUnitdataService, Management,
        ManagementKind, Message, MessageType, PartyAddress, ProtocolClass, Purpose, ReturnCause,
        Routing, SEGMENTS_MAX, Segmentation, Sequence, Titled, Transfer, Unitdata, UnitdataService,
        subsystem,
    },
};
use thiserror::Error;

use super::{
    Options, Received, Sink,
    path::{Address, Path},
    reassembly::{Outcome, Reassembly},
};
use crate::session::scratch::Scratch;

/// What is to be said does not fit into sixteen segments.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("{octets} octets do not fit into sixteen segments")]
pub struct TooLong {
    /// Its length.
    pub octets: usize,
}

/// Our end of SCCP.
#[derive(Debug)]
pub struct Endpoint {
    options: Options,
    /// Our own addresses, in the order of our subsystems.
    own: Vec<(u8, Address)>,
    reassembly: Reassembly,
    /// The local reference of the next segmented message.
    reference: u32,
    scratch: Scratch,
}

impl Endpoint {
    /// An endpoint; local references count from `reference` on. A global title that is not made of
    /// digits is none.
    #[must_use]
    pub fn new(options: Options, reference: u32) -> Self {
        let title = options.global_title.as_str();
        let address = |number: &u8| {
            let titled = Address::international(title, *number).filter(|_| !title.is_empty());
            let plain = || Address::new(&PartyAddress::subsystem(*number)).ok();
            titled.or_else(plain).map(|address| (*number, address))
        };
        Self {
            own: options.subsystems.iter().filter_map(address).collect(),
            reassembly: Reassembly::new(&options),
            reference,
            scratch: Scratch::default(),
            options,
        }
    }

    /// Takes what MTP3 brought for SCCP; the message in it, when it is whole and for one of our
    /// users.
    pub fn take<'a>(
        &mut self,
        now: Stamp,
        label: Label,
        octets: &'a [u8],
        sink: &mut dyn Sink,
    ) -> Option<Received<'a>> {
        // Nearly every message is whole and for us.
        if let Some(titled) = Titled::decode(octets)
            && titled.subsystem != subsystem::MANAGEMENT
            && self.options.subsystems.contains(&titled.subsystem)
        {
            return Some(Received {
                path: Path {
                    label: label.reversed(),
                    remote: Address::kept(titled.calling),
                    subsystem: titled.subsystem,
                },
                data: Cow::Borrowed(titled.data),
                returned: None,
            });
        }
        self.take_any(now, label, octets, sink)
    }

    /// The same of any message.
    #[inline(never)]
    fn take_any<'a>(
        &mut self,
        now: Stamp,
        label: Label,
        octets: &'a [u8],
        sink: &mut dyn Sink,
    ) -> Option<Received<'a>> {
        self.expire(now, sink);
        let message = match Message::decode(octets) {
            Ok(message) => message,
            Err(error) => {
                sink.fault(now, error.kind(), Some(error.at()));
                return None;
            }
        };
        let Some(transfer) = message.transfer() else {
            sink.fault(now, "unknown-message", Some(0));
            return None;
        };
        let number = self.our_subsystem(now, label, &message, &transfer, sink)?;
        let Ok(remote) = Address::written(&transfer.calling, &mut self.scratch) else {
            sink.fault(now, "calling-address", None);
            return None;
        };
        let (wants_return, returned) = match transfer.purpose {
            Purpose::Deliver(class) => (class.wants_return(), None),
            Purpose::Return(cause) => (false, Some(cause)),
        };
        let path = Path {
            label: way_back(label, &transfer),
            remote,
            subsystem: number,
        };
        let is_part = |segment: &Segmentation| !segment.first || segment.remaining > 0;
        let data = match transfer.segmentation.filter(is_part) {
            // Of what came back the first segment tells enough, and the others may not follow.
            Some(_) if returned.is_some() => Cow::Borrowed(transfer.data),
            Some(segment) => {
                let outcome =
                    self.reassembly
                        .take(now, &path, segment, transfer.data, wants_return);
                match outcome {
                    Outcome::Waits => {
                        self.expire(now, sink);
                        return None;
                    }
                    Outcome::Whole(whole) => Cow::Owned(whole),
                    Outcome::Broken(broken) => {
                        sink.fault(now, broken.kind, None);
                        if let Some(first) = broken.first {
                            self.failed(&broken.path, &first, sink);
                        }
                        return None;
                    }
                }
            }
            None => Cow::Borrowed(transfer.data),
        };
        Some(Received {
            path,
            data,
            returned,
        })
    }

    /// Sends what a user of ours says, in as many segments as it needs.
    ///
    /// # Errors
    /// [`TooLong`], with nothing sent.
    pub fn send(
        &mut self,
        path: &Path,
        data: &[u8],
        class: ProtocolClass,
        sink: &mut dyn Sink,
    ) -> Result<(), TooLong> {
        let mut out = std::mem::take(&mut self.scratch);
        let plain = PartyAddress::subsystem(path.subsystem);
        let calling = self.address(path.subsystem).map_or(plain, Address::party);
        let called = path.remote.party();
        out.clear();
        let unitdata = Unitdata {
            class,
            called,
            calling,
            data,
        };
        let result = if unitdata.encode(&mut out).is_ok() {
            sink.send(path.label, &out);
            Ok(())
        } else {
            let reference = self.reference & 0x00ff_ffff;
            let segmented = ExtendedUnitdata {
                class,
                hop_counter: self.options.hop_counter,
                called,
                calling,
                data,
                segmentation: None,
                importance: None,
            };
            segments(&segmented, reference, &mut out, &mut |octets| {
                sink.send(path.label, octets);
            })
        };
        self.reference = self.reference.wrapping_add(1);
        self.scratch = out;
        result
    }

    /// Gives up what waited too long for segments.
    pub fn expire(&mut self, now: Stamp, sink: &mut dyn Sink) {
        while let Some(broken) = self.reassembly.expire(now) {
            sink.fault(now, broken.kind, None);
            if let Some(first) = broken.first {
                self.failed(&broken.path, &first, sink);
            }
        }
    }

    /// When something waited long enough.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        self.reassembly.deadline()
    }

    /// How many messages wait for segments, and how many octets they hold.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        self.reassembly.load()
    }

    fn address(&self, subsystem: u8) -> Option<&Address> {
        let mut own = self.own.iter();
        own.find(|(number, _)| *number == subsystem)
            .map(|(_, address)| address)
    }

    /// The subsystem of ours that a message is for. One for nobody is returned, if its sender
    /// wants that; one for the management is answered here.
    fn our_subsystem(
        &mut self,
        now: Stamp,
        label: Label,
        message: &Message<'_>,
        transfer: &Transfer<'_>,
        sink: &mut dyn Sink,
    ) -> Option<u8> {
        match transfer.called.subsystem {
            Some(subsystem::MANAGEMENT) => {
                self.on_management(now, label, transfer, sink);
                None
            }
            Some(number) if self.options.subsystems.contains(&number) => Some(number),
            _ => {
                sink.fault(now, "unequipped-user", None);
                if let Purpose::Deliver(class) = transfer.purpose
                    && class.wants_return()
                {
                    self.scratch.clear();
                    let cause = ReturnCause::UnequippedUser;
                    if returned(message, transfer, cause, &mut self.scratch) {
                        sink.send(way_back(label, transfer), &self.scratch);
                    }
                }
                None
            }
        }
    }

    /// A test of one of our subsystems is answered; the rest is counted (Q.714 clause 5.3).
    fn on_management(
        &mut self,
        now: Stamp,
        label: Label,
        transfer: &Transfer<'_>,
        sink: &mut dyn Sink,
    ) {
        let told = match Management::decode(transfer.data) {
            Ok(told) => told,
            Err(error) => return sink.fault(now, error.kind(), Some(error.at())),
        };
        match told.kind {
            ManagementKind::StatusTest if self.options.subsystems.contains(&told.subsystem) => {
                let answer = Management {
                    kind: ManagementKind::Allowed,
                    ..told
                };
                let mut data = Vec::new();
                answer.encode(&mut data);
                let own = PartyAddress::subsystem(subsystem::MANAGEMENT);
                let message = Unitdata {
                    class: DISCARD,
                    called: own,
                    calling: own,
                    data: &data,
                };
                self.scratch.clear();
                if message.encode(&mut self.scratch).is_ok() {
                    sink.send(label.reversed(), &self.scratch);
                }
            }
            ManagementKind::Prohibited => sink.fault(now, "subsystem-prohibited", None),
            ManagementKind::Congested => sink.fault(now, "subsystem-congested", None),
            _ => {}
        }
    }

    /// Tells a sender that its segments did not make a message.
    fn failed(&mut self, path: &Path, first: &[u8], sink: &mut dyn Sink) {
        let plain = PartyAddress::subsystem(path.subsystem);
        let message = ExtendedUnitdataService {
            cause: ReturnCause::SegmentationFailure,
            hop_counter: self.options.hop_counter,
            called: path.remote.party(),
            calling: self.address(path.subsystem).map_or(plain, Address::party),
            data: first,
            segmentation: None,
            importance: None,
        };
        let mut out = Vec::new();
        if message.encode(&mut out).is_ok() {
            sink.send(path.label, &out);
        }
    }
}

/// Where an answer goes: whoever is routed to by its subsystem is at the point that its address
/// names, however many relays its message came by (Q.714 clause 2.2.2); else whence it came.
fn way_back(label: Label, transfer: &Transfer<'_>) -> Label {
    let calling = &transfer.calling;
    let named = calling
        .point_code
        .filter(|_| calling.routing == Routing::Subsystem);
    let back = label.reversed();
    Label {
        destination: named.map_or(back.destination, u32::from),
        ..back
    }
}

/// Writes what came as what comes back: its addresses change places. False when that cannot be
/// written.
fn returned(
    message: &Message<'_>,
    transfer: &Transfer<'_>,
    cause: ReturnCause,
    out: &mut Vec<u8>,
) -> bool {
    let (called, calling, data) = (transfer.calling, transfer.called, transfer.data);
    let segmentation = transfer.segmentation;
    let (hop_counter, importance) = (15, None);
    let written = match message.kind() {
        MessageType::Unitdata => UnitdataService {
            cause,
            called,
            calling,
            data,
        }
        .encode(out),
        MessageType::LongUnitdata => LongUnitdataService {
            cause,
            hop_counter,
            called,
            calling,
            data,
            segmentation,
            importance,
        }
        .encode(out),
        _ => ExtendedUnitdataService {
            cause,
            hop_counter,
            called,
            calling,
            data,
            segmentation,
            importance,
        }
        .encode(out),
    };
    written.is_ok()
}

/// Cuts what does not fit into one message: every segment of the same length, but for the last.
fn segments(
    whole: &ExtendedUnitdata<'_>,
    reference: u32,
    out: &mut Vec<u8>,
    each: &mut dyn FnMut(&[u8]),
) -> Result<(), TooLong> {
    let octets = whole.data.len();
    let long = TooLong { octets };
    let count = octets.div_ceil(SEGMENT_OCTETS);
    if count > SEGMENTS_MAX {
        return Err(long);
    }
    let mut ends = Vec::with_capacity(count);
    for (number, data) in whole.data.chunks(SEGMENT_OCTETS).enumerate() {
        let remaining = count.saturating_sub(number + 1);
        let segmentation = Segmentation {
            first: number == 0,
            in_sequence: whole.class.sequence == Sequence::Kept,
            remaining: u8::try_from(remaining).map_err(|_| long)?,
            local_reference: reference,
        };
        let segment = ExtendedUnitdata {
            // Segments must keep their order, whatever the user asked for.
            class: ProtocolClass {
                sequence: Sequence::Kept,
                ..whole.class
            },
            data,
            segmentation: Some(segmentation),
            ..*whole
        };
        segment.encode(out).map_err(|_| long)?;
        ends.push(out.len());
    }
    let mut start = 0;
    for end in ends {
        each(out.get(start..end).unwrap_or_default());
        start = end;
    }
    Ok(())
}

/// What fits beside two addresses of the usual length and the optional part.
const SEGMENT_OCTETS: usize = 200;

const DISCARD: ProtocolClass = ProtocolClass {
    sequence: Sequence::Any,
    delivery: Delivery::Discard,
};
