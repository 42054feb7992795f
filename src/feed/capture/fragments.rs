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
    /// Whether it was complete before: what comes now are copies, and nobody misses the rest.
    completed: bool,
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
            self.wait(key, (frame, at), false);
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
            return Ok(self.take(key, (frame, at)));
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

    fn wait(&mut self, key: Key, (frame, since): (u64, Stamp), completed: bool) {
        let pieces = Pieces::default();
        let fresh = Datagram {
            frame,
            since,
            completed,
            pieces,
            length: None,
        };
        let gone = self.waiting.insert(key, fresh);
        self.drop_datagram(gone.map(|(_, datagram)| datagram));
    }

    fn take(&mut self, key: Key, frame: (u64, Stamp)) -> Option<Vec<u8>> {
        let mut datagram = self.waiting.remove(&key)?;
        self.cost = self.cost.saturating_sub(datagram.pieces.cost());
        self.wait(key, frame, true);
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
            if !datagram.completed {
                self.dropped += 1;
                self.given_up.push_back((datagram.frame, datagram.since));
            }
        }
    }
}

/// The longest payload that 16 bits of length allow.
const PAYLOAD_MAX: u64 = 65_535;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::testing::{address, big, datagrams, items, pcap, udp_only},
        *,
    };
    use crate::feed::capture::{Foreign, Kind};

    /// A fragment of a payload as an IP packet: offset in octets, whether more follow.
    fn fragment(version: u8, id: u16, offset: usize, more: bool, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len()).unwrap();
        let offset = u16::try_from(offset).unwrap();
        match version {
            4 => big()
                .u16(0x4500)
                .u16(length + 20)
                .u16(id)
                .u16((offset / 8) | (u16::from(more) << 13))
                .bytes(&[64, 17, 0, 0, 192, 0, 2, 1, 192, 0, 2, 2]),
            // Destination options before the fragment header, which is not the last.
            _ => big()
                .u32(0x6000_0000)
                .u16(length + 16)
                .bytes(&[60, 64])
                .bytes(&[1; 32])
                .bytes(&[44, 0, 1, 4, 0, 0, 0, 0])
                .bytes(&[17, 0])
                .u16(offset | u16::from(more))
                .u32(id.into()),
        }
        .bytes(payload)
        .0
    }

    fn datagram(length: usize) -> (Vec<u8>, Vec<u8>) {
        let body: Vec<u8> = (0..length)
            .map(|at| u8::try_from(at % 251).unwrap())
            .collect();
        (udp_only(40_000, 1813, &body), body)
    }

    /// The payload in fragments of `size` octets.
    fn fragments(version: u8, id: u16, payload: &[u8], size: usize) -> Vec<Vec<u8>> {
        let parts = payload.chunks(size).enumerate();
        parts
            .map(|(number, part)| {
                let offset = number * size;
                fragment(
                    version,
                    id,
                    offset,
                    offset + part.len() < payload.len(),
                    part,
                )
            })
            .collect()
    }

    fn faults(frames: &[Vec<u8>], options: &Options) -> Vec<(u64, Defect)> {
        let (items, _) = items(&pcap(101, frames), options, |item| match item.kind {
            Kind::Fault(fault) => Some((item.frame, fault.what)),
            _ => None,
        });
        items.into_iter().flatten().collect()
    }

    proptest! {
        #[test]
        fn fragments_in_any_order_and_any_number_make_the_datagram(
            version in prop_oneof![Just(4_u8), Just(6)],
            length in 1_usize..3000,
            size in 1_usize..80,
            order in prop::collection::vec(any::<prop::sample::Index>(), 0..40),
        ) {
            let (payload, body) = datagram(length);
            let fragments = fragments(version, 7, &payload, size * 8);
            prop_assume!(fragments.len() > 1);
            let mut frames: Vec<_> = order.iter().map(|at| at.get(&fragments).clone()).collect();
            frames.extend(fragments);
            let (found, end) = datagrams(&pcap(101, &frames));
            prop_assert_eq!(end, Ok(()));
            // What was repeated may make it a second time.
            prop_assert!(!found.is_empty());
            prop_assert!(found.iter().all(|found| *found == (40_000, body.clone())));
        }
    }

    #[test]
    fn the_largest_datagram_is_put_together() {
        let (payload, body) = datagram(65_507);
        let (found, _) = datagrams(&pcap(101, &fragments(4, 1, &payload, 1480)));
        assert_eq!(found, [(40_000, body)]);
    }

    #[test]
    fn where_fragments_overlap_the_first_octets_stay() {
        let (payload, body) = datagram(40);
        let mut forged = payload.clone();
        forged[16..32].fill(0xee);
        let frames = [
            fragment(4, 1, 0, true, &payload[..32]),
            fragment(4, 1, 16, true, &forged[16..40]),
            fragment(4, 1, 40, false, &payload[40..]),
        ];
        assert_eq!(datagrams(&pcap(101, &frames)).0, [(40_000, body)]);
    }

    #[test]
    fn an_incomplete_datagram_is_told_when_its_time_is_over() {
        let (payload, _) = datagram(64);
        let parts = fragments(4, 1, &payload, 32);
        let (other, _) = datagram(4);
        let late = fragments(4, 2, &other, 8).remove(0);
        // The frames are a second apart.
        let timeout = |secs| Options {
            fragment_timeout: std::time::Duration::from_secs(secs),
            ..Options::default()
        };
        let frames = [
            parts[0].clone(),
            late.clone(),
            late,
            parts[1].clone(),
            parts[2].clone(),
        ];
        let all = faults(&frames, &timeout(1));
        assert_eq!(all, [1, 2, 4].map(|frame| (frame, Defect::Incomplete)));
        assert_eq!(faults(&frames, &timeout(9)), [(2, Defect::Incomplete)]);
    }

    #[test]
    fn copies_of_a_complete_datagram_are_not_missed() {
        let (payload, body) = datagram(64);
        let parts = fragments(4, 1, &payload, 32);
        let twice: Vec<_> = parts
            .iter()
            .flat_map(|part| [part.clone(), part.clone()])
            .collect();
        assert_eq!(datagrams(&pcap(101, &twice)).0, [(40_000, body)]);
        assert_eq!(faults(&twice, &Options::default()), []);
    }

    #[test]
    fn waiting_datagrams_are_bounded() {
        let (payload, _) = datagram(64);
        let one = |id| fragments(4, id, &payload, 32).remove(0);
        let frames = [one(1), one(2), one(3)];
        let many = Options {
            fragments_max: 2,
            ..Options::default()
        };
        assert_eq!(faults(&frames, &many)[0], (1, Defect::Incomplete));
        let mut reader = Fragments::new(&Options {
            reassembly_bytes_max: 250,
            ..many
        });
        for frame in &frames {
            let packet = super::super::ip::parse(frame, 0).unwrap();
            let octets = &frame[packet.payload.clone()];
            let at = (1, Stamp::from_secs(1));
            let whole = reader.insert(at, &packet, packet.fragment.unwrap(), octets);
            assert_eq!(whole, Ok(None));
            assert!(reader.cost <= 250, "{}", reader.cost);
        }
        assert_eq!(reader.dropped(), 1);
    }

    #[test]
    fn impossible_fragments_are_faults() {
        let uneven = fragment(4, 1, 0, true, &[0; 9]);
        let beyond = fragment(4, 1, 65_528, false, &[0; 8]);
        let what = Defect::FragmentLength;
        assert_eq!(
            faults(&[uneven, beyond], &Options::default()),
            [(1, what), (2, what)]
        );
    }

    #[test]
    fn tunnels_are_opened_up_to_their_limit() {
        let (payload, body) = datagram(100);
        let ends = [address("192.0.2.1:0").ip(), address("192.0.2.2:0").ip()];
        let around = |packet: &[u8]| super::super::testing::ip(ends[0], ends[1], 4, packet);
        let inner = around(&super::super::testing::ip(ends[0], ends[1], 17, &payload));
        assert_eq!(
            datagrams(&pcap(101, std::slice::from_ref(&inner))).0,
            [(40_000, body.clone())]
        );
        // Fragments in a tunnel, in fragments themselves.
        let mut frames = Vec::new();
        for (id, part) in (0..).zip(fragments(6, 9, &payload, 48)) {
            let mut tunnel = fragments(4, id, &part, 40);
            tunnel.iter_mut().for_each(|packet| packet[9] = 41);
            frames.extend(tunnel);
        }
        assert_eq!(datagrams(&pcap(101, &frames)).0, [(40_000, body)]);
        let options = Options {
            tunnels_max: 2,
            ..Options::default()
        };
        assert_eq!(faults(&[around(&inner)], &options), [(1, Defect::Tunnels)]);
        let other = super::super::testing::ip(ends[0], ends[1], 47, b"");
        let (kinds, _) = items(&pcap(101, &[other]), &options, |item| {
            matches!(item.kind, Kind::Foreign(Foreign::Protocol(47)))
        });
        assert_eq!(kinds, [true]);
    }
}
