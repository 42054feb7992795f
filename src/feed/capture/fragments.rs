//! IP datagrams from their fragments (RFC 791 clause 3.2, RFC 8200 clause 4.5).

use std::{collections::VecDeque, net::IpAddr};

use pengate_codecs::Stamp;

use super::{
    Options,
    fault::{Defect, Fault},
    ip::{Fragment, Packet},
    octets::index,
    pieces::Pieces,
    table::Table,
};

/// The datagrams that wait for fragments.
///
/// Fragments may come in any order and more than once. Where they overlap, the octets that came
/// first stay: a datagram has one reading whatever follows. An incomplete datagram is dropped when
/// its time is over, when there are too many or when all of them hold too much.
pub(super) struct Fragments {
    waiting: Table<Key, Datagram>,
    cost: u64,
    dropped: u64,
    given_up: VecDeque<(u64, Stamp)>,
    timeout: std::time::Duration,
    cost_max: u64,
}

/// RFC 791: "source, destination, protocol and identification".
type Key = (IpAddr, IpAddr, u8, u32);

struct Datagram {
    frame: u64,
    since: Stamp,
    pieces: Pieces,
    length: Option<u64>,
}

impl Fragments {
    pub(super) fn new(options: &Options) -> Self {
        Self {
            waiting: Table::new(index(options.fragments_max)),
            cost: 0,
            dropped: 0,
            given_up: VecDeque::new(),
            timeout: options.fragment_timeout,
            cost_max: options.reassembly_bytes_max,
        }
    }

    /// How many datagrams never were complete.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The first frame of a datagram that never was complete, and its time.
    pub(super) fn pop_given_up(&mut self) -> Option<(u64, Stamp)> {
        self.given_up.pop_front()
    }

    /// No more fragments will come.
    pub(super) fn finish(&mut self) {
        while let Some((_, datagram)) = self.waiting.pop_oldest() {
            self.drop_datagram(Some(datagram));
        }
    }

    /// Adds a fragment; gives the payload when that was the last one missing.
    pub(super) fn insert(
        &mut self,
        (frame, at): (u64, Stamp),
        packet: &Packet,
        fragment: Fragment,
        payload: &[u8],
    ) -> Result<Option<Vec<u8>>, Fault> {
        let end = u64::from(fragment.offset) + payload.len() as u64;
        let uneven = fragment.more && !payload.len().is_multiple_of(8) && packet.missing == 0;
        if end > PAYLOAD_MAX || uneven {
            return Err(Fault {
                at: packet.payload.start,
                what: Defect::FragmentLength,
            });
        }
        self.expire(at);
        let key = (
            packet.source,
            packet.destination,
            packet.protocol,
            fragment.id,
        );
        if self.waiting.peek_mut(&key).is_none() {
            let fresh = Datagram {
                frame,
                since: at,
                pieces: Pieces::default(),
                length: None,
            };
            let gone = self.waiting.insert(key, fresh);
            self.drop_datagram(gone.map(|(_, datagram)| datagram));
        }
        let Some(datagram) = self.waiting.peek_mut(&key) else {
            return Ok(None);
        };
        if !fragment.more && packet.missing == 0 {
            datagram.length.get_or_insert(end);
        }
        let before = datagram.pieces.cost();
        // Octets beyond the end that a last fragment told are of some other datagram.
        if datagram.length.is_none_or(|length| end <= length) {
            datagram.pieces.insert(fragment.offset.into(), payload);
        }
        self.cost += datagram.pieces.cost() - before;
        if datagram.length == Some(datagram.pieces.octets()) {
            return Ok(self.take(&key));
        }
        while self.cost > self.cost_max {
            let oldest = self.waiting.pop_oldest();
            if oldest.is_none() {
                break;
            }
            self.drop_datagram(oldest.map(|(_, datagram)| datagram));
        }
        Ok(None)
    }

    fn take(&mut self, key: &Key) -> Option<Vec<u8>> {
        let mut datagram = self.waiting.remove(key)?;
        self.cost = self.cost.saturating_sub(datagram.pieces.cost());
        let mut whole = Vec::with_capacity(usize::try_from(datagram.pieces.octets()).ok()?);
        while let Some((_, piece)) = datagram.pieces.pop() {
            whole.extend_from_slice(&piece);
        }
        Some(whole)
    }

    fn expire(&mut self, now: Stamp) {
        while let Some(oldest) = self.waiting.oldest() {
            if now.since(oldest.since) <= self.timeout {
                break;
            }
            let oldest = self.waiting.pop_oldest();
            self.drop_datagram(oldest.map(|(_, datagram)| datagram));
        }
    }

    fn drop_datagram(&mut self, datagram: Option<Datagram>) {
        if let Some(datagram) = datagram {
            self.cost = self.cost.saturating_sub(datagram.pieces.cost());
            self.dropped += 1;
            self.given_up.push_back((datagram.frame, datagram.since));
        }
    }
}

/// The longest payload that 16 bits of length allow.
const PAYLOAD_MAX: u64 = 65_535;
