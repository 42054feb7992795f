//! How a Diameter node of a room reaches the room's outbox.

use std::net::SocketAddr;

use pengate_codecs::Stamp;

use super::room::{Fault, LinkChange, Outbox};
use crate::{
    event::Source,
    feed::{Carrier, Channel},
    session::diameter::Sink,
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
