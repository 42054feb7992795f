//! The M3UA associations: which there are, who connects when, and by which one something leaves.

use std::net::SocketAddr;

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    m3ua::{AffectedPointCode, Data, Label},
};
use smol_str::SmolStr;

use super::{LinkOptions, Options};
use crate::{
    agent::room::{Fault, LinkChange, Outbox},
    event::Source,
    feed::{Carrier, Channel},
    session::{
        m3ua::{Availability, Link, Role, Sink, State},
        random::Random,
    },
};

/// All associations.
#[derive(Debug)]
pub(super) struct Links {
    rows: Vec<Row>,
    by_channel: HashMap<Channel, usize>,
    /// By which way a point code spoke last.
    routes: HashMap<u32, Way>,
    routes_max: usize,
    /// Who spoke last, and by which way.
    newest: Option<(u32, Way)>,
    retry: [std::time::Duration; 2],
    random: Random,
    /// Destinations that became unreachable by a link, for whoever waits for their answers.
    gone: Vec<AffectedPointCode>,
    /// We part from all peers: none is connected to any more.
    is_leaving: bool,
}

/// How a point code speaks to us, and is answered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Way {
    /// Which link.
    place: usize,
    /// In which routing context, if it is told.
    context: Option<u32>,
}

#[derive(Debug)]
struct Row {
    name: SmolStr,
    address: SocketAddr,
    accepts: bool,
    leads: Leads,
    link: Link,
    channel: Option<Channel>,
    dial: Dial,
    failures: u32,
}

/// Where a link leads besides to whoever spoke by it.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Leads {
    /// To everybody: a signalling gateway.
    Anywhere,
    /// To these point codes.
    To(Vec<u32>),
}

/// Whether an association is to be asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Dial {
    /// At this time.
    At(Stamp),
    /// It was asked for.
    Asked,
    /// It is there, or for the peer to make.
    No,
}

impl Links {
    pub(super) fn new(options: &Options, random: Random) -> Self {
        let rows = options.links.iter().map(|options| {
            let LinkOptions {
                name,
                address,
                destinations,
                m3ua,
            } = options.clone();
            let accepts = m3ua.role == Role::IpspServer;
            let leads = if destinations.is_empty() && m3ua.role == Role::Asp {
                Leads::Anywhere
            } else {
                Leads::To(destinations)
            };
            Row {
                name,
                address,
                accepts,
                leads,
                link: Link::new(m3ua),
                channel: None,
                dial: if accepts {
                    Dial::No
                } else {
                    Dial::At(Stamp::MIN)
                },
                failures: 0,
            }
        });
        Self {
            rows: rows.collect(),
            by_channel: HashMap::new(),
            routes: HashMap::new(),
            routes_max: options.routes_max,
            newest: None,
            retry: [options.connect_retry_first, options.connect_retry_max],
            random,
            gone: Vec::new(),
            is_leaving: false,
        }
    }

    /// Whether an association is one of ours.
    pub(super) fn holds(&self, channel: Channel) -> bool {
        self.by_channel.contains_key(&channel)
    }

    /// Whether an association that came about is one of ours.
    pub(super) fn expects(&self, channel: Channel) -> bool {
        let mut rows = self.rows.iter();
        rows.any(|row| row.is_for(channel) && (row.accepts || row.channel.is_none()))
    }

    /// An association came about. One of a stranger is ended.
    pub(super) fn up(&mut self, now: Stamp, channel: Channel, out: &mut Outbox) {
        let is_free = |row: &Row| row.channel.is_none() && row.is_for(channel);
        let free = self.rows.iter().position(is_free);
        // A peer that starts again comes before it is noticed that it went.
        let again = || {
            let mut rows = self.rows.iter();
            rows.position(|row| row.accepts && row.is_for(channel))
        };
        let Some(place) = free.or_else(again) else {
            out.faults
                .push(fault(now, "unknown-peer", Some(channel.peer), None));
            return out.hang_ups.push(channel);
        };
        if self.is_leaving {
            return out.hang_ups.push(channel);
        }
        if let Some(former) = self.rows.get(place).and_then(|row| row.channel) {
            self.down(now, former, out);
            out.hang_ups.push(former);
        }
        self.by_channel.insert(channel, place);
        if let Some(row) = self.rows.get_mut(place) {
            row.channel = Some(channel);
            row.dial = Dial::No;
            let (link, mut wire) = row.wire(&mut self.gone, out);
            link.up(now, &mut wire);
        }
    }

    /// An association ended.
    pub(super) fn down(&mut self, now: Stamp, channel: Channel, out: &mut Outbox) {
        let Some(place) = self.by_channel.remove(&channel) else {
            return;
        };
        self.routes.retain(|_, by| by.place != place);
        self.newest = None;
        let Some(row) = self.rows.get_mut(place) else {
            return;
        };
        let was_of_use = row.link.state() == State::Active;
        let (link, mut wire) = row.wire(&mut self.gone, out);
        link.down(now, &mut wire);
        row.channel = None;
        row.failures = if was_of_use { 0 } else { row.failures };
        self.dial_later(now, place);
    }

    /// An association that was asked for did not come about.
    pub(super) fn refused(&mut self, now: Stamp, peer: SocketAddr, out: &mut Outbox) {
        let mut rows = self.rows.iter();
        let asked = rows.position(|row| row.address == peer && row.dial == Dial::Asked);
        if let Some(place) = asked {
            out.faults
                .push(fault(now, "not-connected", Some(peer), None));
            self.dial_later(now, place);
        }
    }

    /// Waits longer each time, and not the same for all.
    fn dial_later(&mut self, now: Stamp, place: usize) {
        let [first, most] = self.retry;
        let is_to_come = |row: &&mut Row| !row.accepts && !self.is_leaving;
        let Some(row) = self.rows.get_mut(place).filter(is_to_come) else {
            return;
        };
        let wait = first.saturating_mul(1 << row.failures.min(16)).min(most);
        let spread = u64::try_from(wait.as_millis() / 4).unwrap_or(u64::MAX);
        let chance = std::time::Duration::from_millis(self.random.below(spread.saturating_add(1)));
        row.failures = row.failures.saturating_add(1);
        row.dial = Dial::At(now + wait + chance);
    }

    /// The row of an association: most come by the one that the message before came by.
    #[inline(always)]
    fn place_of(&self, channel: Channel) -> Option<usize> {
        if let Some((_, Way { place, .. })) = self.newest
            && self.rows.get(place)?.channel == Some(channel)
        {
            return Some(place);
        }
        self.by_channel.get(&channel).copied()
    }

    /// Takes a user message; the data in it, if there is some for us.
    #[inline(always)]
    pub(super) fn take<'a>(
        &mut self,
        now: Stamp,
        channel: Channel,
        octets: &'a [u8],
        out: &mut Outbox,
    ) -> Option<Data<'a>> {
        let place = self.place_of(channel)?;
        let row = self.rows.get_mut(place)?;
        let (link, mut wire) = row.wire(&mut self.gone, out);
        let data = link.take(now, octets, &mut wire)?;
        let from = data.protocol_data.label.originator;
        let context = data.routing_context;
        // Who goes on speaking by the same way is noted already, as far as there is room.
        let newest = (from, Way { place, context });
        if self.newest != Some(newest) {
            self.note_route(newest);
        }
        Some(data)
    }

    /// Notes by which way a point code spoke last.
    #[inline(never)]
    fn note_route(&mut self, (from, way): (u32, Way)) {
        self.newest = Some((from, way));
        let is_full = self.routes.len() >= self.routes_max;
        match self.routes.get_mut(&from) {
            Some(by) => *by = way,
            None if is_full => {}
            None => {
                self.routes.insert(from, way);
            }
        }
    }

    /// Somebody beyond the point that spoke last is to be answered: by the same way.
    #[inline(never)]
    pub(super) fn note_beyond(&mut self, point_code: u32) {
        if let Some((_, way)) = self.newest {
            self.note_route((point_code, way));
        }
    }

    /// Sends what MTP3 carries; false when there is no link that does.
    pub(super) fn send(
        &mut self,
        now: Stamp,
        label: Label,
        octets: &[u8],
        out: &mut Outbox,
    ) -> bool {
        let by = self.way_to(label);
        let row = by.and_then(|by| Some((by, self.rows.get_mut(by.place)?)));
        let Some((Way { context, .. }, row)) = row else {
            out.faults.push(fault(now, "no-link", None, None));
            return false;
        };
        let (link, mut wire) = row.wire(&mut self.gone, out);
        let sent = link.send_data(
            label,
            context,
            |out| out.extend_from_slice(octets),
            &mut wire,
        );
        if sent.is_err() {
            out.faults.push(fault(now, "not-encoded", None, None));
        }
        sent.is_ok()
    }

    /// Whether a link leads to a destination, other than for want of one that does.
    pub(super) fn reaches(&self, label: Label) -> bool {
        let by = self.routes.get(&label.destination);
        let mut rows = self.rows.iter().enumerate();
        rows.any(|(place, row)| {
            let by = by.filter(|by| by.place == place);
            let leads = match &row.leads {
                Leads::Anywhere => true,
                Leads::To(codes) => codes.contains(&label.destination) || by.is_some(),
            };
            leads && row.carries(label, by.and_then(|by| by.context))
        })
    }

    /// The way that a destination spoke by last, else by another link that leads there.
    fn way_to(&self, label: Label) -> Option<Way> {
        let known = self.routes.get(&label.destination).copied();
        let is_known = |way: &Way| {
            let row = self.rows.get(way.place);
            row.is_some_and(|row| row.carries(label, way.context))
        };
        known.filter(is_known).or_else(|| {
            // In another context the point code may be somebody else's.
            let wanted = known.and_then(|way| way.context);
            let place = self.link_to_silent(label, wanted)?;
            let row = self.rows.get(place)?;
            let context = row.link.way_to(label.destination, wanted)?;
            Some(Way { place, context })
        })
    }

    /// A link to whoever did not speak yet: one that names the destination, else that of a gateway,
    /// and at worst any that carries traffic; of several one by the selection that keeps the order.
    #[inline(never)]
    fn link_to_silent(&self, label: Label, wanted: Option<u32>) -> Option<usize> {
        let destination = label.destination;
        let names =
            |row: &Row| matches!(&row.leads, Leads::To(codes) if codes.contains(&destination));
        let is_gateway = |row: &Row| row.leads == Leads::Anywhere;
        let carries = |row: &Row| row.carries(label, wanted);
        self.selected(label, |row| carries(row) && names(row))
            .or_else(|| self.selected(label, |row| carries(row) && is_gateway(row)))
            .or_else(|| self.selected(label, carries))
    }

    /// One of the links that carry traffic and will do, the same for one selection.
    fn selected(&self, label: Label, will_do: impl Fn(&Row) -> bool) -> Option<usize> {
        let rows = self.rows.iter().enumerate();
        let fit: smallvec::SmallVec<[usize; 8]> = rows
            .filter(|(_, row)| row.carries(label, None) && will_do(row))
            .map(|(place, _)| place)
            .collect();
        let count = fit.len().max(1);
        fit.get(usize::from(label.selection) % count).copied()
    }

    /// Whether something for a destination would leave now.
    pub(super) fn leads(&self, label: Label) -> bool {
        self.way_to(label).is_some()
    }

    /// Whether there is a link that carries traffic.
    pub(super) fn is_ready(&self) -> bool {
        self.rows
            .iter()
            .any(|row| row.link.state() == State::Active)
    }

    /// Has all peers send their traffic elsewhere, and connects to none any more.
    pub(super) fn leave(&mut self, now: Stamp, out: &mut Outbox) {
        self.is_leaving = true;
        for row in &mut self.rows {
            row.dial = Dial::No;
            let (link, mut wire) = row.wire(&mut self.gone, out);
            link.leave(now, &mut wire);
        }
    }

    /// Whether all peers were told that we leave.
    pub(super) const fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// Ends the associations whose peers agreed to send nothing any more.
    pub(super) fn part(&mut self, now: Stamp, out: &mut Outbox) {
        for row in self.rows.iter_mut().filter(|row| row.link.has_left()) {
            let (link, mut wire) = row.wire(&mut self.gone, out);
            link.close(now, &mut wire);
        }
    }

    /// Whether a peer has not agreed yet to part.
    pub(super) fn is_parting(&self) -> bool {
        self.rows.iter().any(|row| row.link.is_parting())
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Stamp, out: &mut Outbox) {
        for row in &mut self.rows {
            if matches!(row.dial, Dial::At(due) if due <= now) {
                row.dial = Dial::Asked;
                out.connects.push((Carrier::Sctp, row.address));
            }
            if row.link.deadline().is_some_and(|due| due <= now) {
                let (link, mut wire) = row.wire(&mut self.gone, out);
                link.expire(now, &mut wire);
            }
        }
    }

    pub(super) fn deadline(&self) -> Option<Stamp> {
        let due = self.rows.iter().flat_map(|row| {
            let dial = match row.dial {
                Dial::At(due) => Some(due),
                Dial::Asked | Dial::No => None,
            };
            dial.into_iter().chain(row.link.deadline())
        });
        due.min()
    }

    /// Destinations that became unreachable by a link since the last call.
    pub(super) fn take_gone(&mut self) -> Vec<AffectedPointCode> {
        std::mem::take(&mut self.gone)
    }
}

impl Row {
    /// Whether it carries traffic, and its peer did not say that the destination is out of reach: in
    /// the context, if traffic flows there.
    fn carries(&self, label: Label, context: Option<u32>) -> bool {
        self.link.carries() && self.link.way_to(label.destination, context).is_some()
    }

    /// Whether an association is with this one's peer: one that connects to us may do so from any
    /// port.
    fn is_for(&self, channel: Channel) -> bool {
        match self.accepts {
            true => self.address.ip().to_canonical() == channel.peer.ip().to_canonical(),
            false => self.address == channel.peer,
        }
    }

    fn wire<'r>(
        &'r mut self,
        gone: &'r mut Vec<AffectedPointCode>,
        out: &'r mut Outbox,
    ) -> (&'r mut Link, Wire<'r>) {
        let wire = Wire {
            name: &self.name,
            address: self.address,
            channel: self.channel,
            gone,
            out,
        };
        (&mut self.link, wire)
    }
}

/// What a link says.
struct Wire<'o> {
    name: &'o SmolStr,
    address: SocketAddr,
    channel: Option<Channel>,
    gone: &'o mut Vec<AffectedPointCode>,
    out: &'o mut Outbox,
}

impl Sink for Wire<'_> {
    fn send(&mut self, octets: &[u8]) {
        if let Some(channel) = self.channel {
            self.out.send(channel, octets);
        }
    }

    fn fault(&mut self, at: Stamp, kind: &'static str, offset: Option<usize>) {
        let peer = Some(self.channel.map_or(self.address, |channel| channel.peer));
        self.out.faults.push(fault(at, kind, peer, offset));
    }

    fn state(&mut self, at: Stamp, state: State) {
        self.out.links.push(LinkChange {
            at,
            source: Source::Pc,
            link: self.name.clone(),
            peer: Some(self.channel.map_or(self.address, |channel| channel.peer)),
            state: state.name(),
        });
    }

    fn destination(&mut self, _: Stamp, range: AffectedPointCode, told: Availability) {
        if told == Availability::Unavailable {
            self.gone.push(range);
        }
    }

    fn hang_up(&mut self, _: Stamp) {
        self.out.hang_ups.extend(self.channel);
    }
}

/// A fault of the lower layers, which both reference points share: it is counted under Pc.
pub(super) const fn fault(
    at: Stamp,
    kind: &'static str,
    peer: Option<SocketAddr>,
    offset: Option<usize>,
) -> Fault {
    Fault {
        at,
        source: Source::Pc,
        kind,
        peer,
        offset,
    }
}
