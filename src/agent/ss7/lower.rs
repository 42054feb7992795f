//! How what dialogues say gets down to the associations, and what is said beside it.

use std::net::SocketAddr;

use pengate_codecs::{
    Stamp,
    m3ua::Label,
    sccp::{Delivery, ProtocolClass, Sequence},
};

use super::{Ss7, Talk, links::Links};
use crate::{
    agent::room::{Fault, Outbox},
    event::Source,
    session::{
        sccp::{self, Endpoint, Path},
        tcap::{self, Dialogues},
    },
};

/// What comes of a message: where it goes, and whose fault it is.
#[derive(Debug)]
pub(super) struct Said<'o> {
    pub now: Stamp,
    /// The reference point that faults are counted under.
    pub source: Source,
    /// The peer of the association that the message came by.
    pub peer: Option<SocketAddr>,
    pub out: &'o mut Outbox,
}

impl<'o> Said<'o> {
    pub(super) const fn new(now: Stamp, peer: Option<SocketAddr>, out: &'o mut Outbox) -> Self {
        Self {
            now,
            source: Source::Pc,
            peer,
            out,
        }
    }

    pub(super) fn fault(&mut self, at: Stamp, kind: &'static str, offset: Option<usize>) {
        self.out.faults.push(Fault {
            at,
            source: self.source,
            kind,
            peer: self.peer,
            offset,
        });
    }
}

/// MTP3 below SCCP: the associations.
pub(super) struct Carrier<'s, 'o> {
    pub links: &'s mut Links,
    pub said: &'s mut Said<'o>,
}

impl sccp::Sink for Carrier<'_, '_> {
    fn send(&mut self, label: Label, octets: &[u8]) {
        self.links.send(self.said.now, label, octets, self.said.out);
    }

    fn fault(&mut self, at: Stamp, kind: &'static str, offset: Option<usize>) {
        self.said.fault(at, kind, offset);
    }
}

/// SCCP below TCAP.
pub(super) struct Lower<'s, 'o> {
    sccp: &'s mut Endpoint,
    carrier: Carrier<'s, 'o>,
}

impl tcap::Sink for Lower<'_, '_> {
    fn send(&mut self, path: &Path, octets: &[u8]) {
        let sent = self.sccp.send(path, octets, CLASS, &mut self.carrier);
        if sent.is_err() {
            let now = self.carrier.said.now;
            self.carrier.said.fault(now, "too-long", None);
        }
    }

    fn fault(&mut self, at: Stamp, kind: &'static str, offset: Option<usize>) {
        self.carrier.said.fault(at, kind, offset);
    }
}

impl Ss7 {
    /// The dialogues, and what is below them.
    pub(super) const fn lower<'s, 'o>(
        &'s mut self,
        said: &'s mut Said<'o>,
    ) -> (&'s mut Dialogues<Talk>, Lower<'s, 'o>) {
        let lower = Lower {
            sccp: &mut self.sccp,
            carrier: Carrier {
                links: &mut self.links,
                said,
            },
        };
        (&mut self.dialogues, lower)
    }
}

/// In order, and returned when it cannot be delivered (TS 29.002 clause 6.1.3.1).
const CLASS: ProtocolClass = ProtocolClass {
    sequence: Sequence::Kept,
    delivery: Delivery::ReturnOnError,
};
