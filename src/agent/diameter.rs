//! How a Diameter node of a room reaches the room's outbox.

use std::net::SocketAddr;

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};

use super::room::{Fault, LinkChange, Outbox};
use crate::{
    event::Source,
    feed::{Carrier, Channel},
    pen::{
        Kinds, Record,
        log::{Batch, Kind, Partition, RecordRef},
    },
    session::diameter::{Exchange, Node, Reply, Sink},
};

/// An outbox that knows whose it is.
pub(super) struct Outlet<'o> {
    pub source: Source,
    pub out: &'o mut Outbox,
}

impl Sink for Outlet<'_> {
    fn send(&mut self, channel: Channel, write: &mut dyn FnMut(&mut Vec<u8>)) {
        self.out.send_with(channel, |out| write(out));
    }

    fn connect(&mut self, address: SocketAddr) {
        self.out.connects.push((Carrier::Tcp, address));
    }

    fn hang_up(&mut self, channel: Channel) {
        self.out.hang_ups.push(channel);
    }

    fn fault(
        &mut self,
        at: Stamp,
        peer: Option<SocketAddr>,
        kind: &'static str,
        offset: Option<usize>,
    ) {
        self.out.faults.push(Fault {
            at,
            source: self.source,
            kind,
            peer,
            offset,
        });
    }

    fn link(&mut self, at: Stamp, host: &str, peer: Option<SocketAddr>, state: &'static str) {
        self.out.links.push(LinkChange {
            at,
            source: self.source,
            link: host.into(),
            peer,
            state,
        });
    }
}

/// An answer as the log keeps it for repetitions of the request after a restart.
#[derive(Debug, Deserialize, Serialize)]
struct Replied {
    at: Stamp,
    source: Source,
    reply: Reply,
}

impl Record for Replied {
    const KIND: Kind = Kinds::REPLIED;
}

/// Appends the answer that an exchange will have to what becomes durable.
pub(super) fn keep(source: Source, node: &Node, at: Stamp, exchange: Exchange, batch: &mut Batch) {
    if let Some(reply) = node.reply(exchange) {
        Replied { at, source, reply }.append(Partition::ALL, batch);
    }
}

/// Takes back what [`keep`] appended for this reference point.
pub(super) fn restore(source: Source, node: &mut Node, record: RecordRef<'_>) {
    if let Ok(replied) = Replied::read(record)
        && replied.source == source
    {
        node.restore(replied.at, replied.reply);
    }
}
