//! What the facets mean together: the state of each network, as a pure function of the latest
//! state per domain.

use pengate_codecs::Stamp;

use crate::{
    event::{
        AccessNetwork, Bearer, CallState, Domain, MobilityState, Order, RegistrationState, Roaming,
        Source,
    },
    pen::NetworkId,
    server::facets::{Facets, NameId},
};

/// One network as a document shows it.
#[derive(Debug)]
pub(super) struct Network {
    pub id: NetworkId,
    pub available: bool,
    pub roaming: Option<Roaming>,
    /// State and since when.
    pub mobility: Option<(MobilityState, Stamp)>,
    /// Live packet sessions and their access points.
    pub sessions: Option<(usize, Vec<NameId>)>,
    /// Newest of what it is made of.
    pub at: Stamp,
}

/// The circuit-switched domain.
#[derive(Debug)]
pub(super) struct Circuit {
    /// Telephony works.
    pub reachable: bool,
    /// Since when it does, or does not.
    pub reached: Stamp,
    pub state: MobilityState,
    pub since: Order,
    /// The call in progress: bearer and begin.
    pub call: Option<(Bearer, Stamp)>,
    /// Known not to be in a call.
    pub idle: bool,
    pub at: Stamp,
}

/// The packet-switched domain.
#[derive(Debug)]
pub(super) struct Packet {
    pub reachable: bool,
    /// Since when it is so, as far as the state was told, and not only seen by sessions.
    pub reached: Option<Stamp>,
    pub state: Option<(MobilityState, Stamp)>,
    /// Live contexts, if anything is known of them, and their access points.
    pub sessions: Option<(usize, Vec<NameId>)>,
    pub at: Stamp,
}

/// Whether a device in that state can be served; one not reachable is for as long as it is held.
const fn serves(state: MobilityState, held: bool) -> bool {
    match state {
        MobilityState::Attached | MobilityState::Idle | MobilityState::Connected => true,
        MobilityState::NotReachable => held,
        _ => false,
    }
}

impl Circuit {
    /// A call shows that the device is attached; what is told after the call shows whether the
    /// call is over.
    pub(super) fn new(facets: &Facets) -> Option<Self> {
        let mobility = facets.mobility(Domain::Cs);
        let call = facets.call();
        let ends_call =
            |state| !matches!(state, MobilityState::Attached | MobilityState::Connected);
        let busy = call.filter(|call| {
            call.value.0 == CallState::Busy
                && mobility.is_none_or(|mobility| {
                    mobility.order < call.order || !ends_call(mobility.value.0)
                })
        });
        let (mut state, mut since) = facets.mobility_since(Domain::Cs)?;
        let held = mobility.is_some_and(|told| told.value.1);
        let began = facets.call_since();
        if let Some(call) = busy {
            (state, since) = (MobilityState::Connected, began.unwrap_or(call.order));
        }
        let called = call.map(|call| began.unwrap_or(call.order).at);
        // A call may show that a device is there of which the opposite was told.
        let is_told =
            mobility.is_some_and(|told| serves(told.value.0, false) == serves(state, false));
        let reached = facets.reachable_since(Domain::Cs).filter(|_| is_told);
        Some(Self {
            reachable: serves(state, held),
            reached: reached.unwrap_or(since.at),
            state,
            since,
            call: busy.map(|call| (call.value.1, since.at)),
            idle: state == MobilityState::Idle,
            at: called.map_or(since.at, |called| called.max(since.at)),
        })
    }

    const fn available(&self) -> bool {
        serves(self.state, false)
    }
}

impl Packet {
    /// Detaching ends what was told of sessions before.
    pub(super) fn new(facets: &Facets) -> Option<Self> {
        let mobility = facets.mobility(Domain::Ps);
        let run = facets.mobility_since(Domain::Ps);
        let detach = mobility
            .filter(|_| run.is_some_and(|(state, _)| state.is_detached()))
            .map(|mobility| mobility.order);
        let live: Vec<_> = facets
            .contexts()
            .filter(|context| detach.is_none_or(|detach| context.order > detach))
            .collect();
        let ended = facets.ended_contexts().max();
        if mobility.is_none() && live.is_empty() && ended.is_none() {
            return None;
        }
        // GGSN and SGSN tell of the same sessions, each in its own words: who tells of most counts.
        let of = |source| live.iter().filter(move |context| context.source == source);
        let fullest = Source::ALL
            .into_iter()
            .max_by_key(|source| of(*source).count());
        let counted = || fullest.into_iter().flat_map(of);
        let mut apns: Vec<_> = counted().map(|context| context.value.apn).collect();
        apns.retain(|apn| *apn != NameId::NONE);
        let newest = live.iter().map(|context| context.at()).max();
        let known = detach.is_some() || ended.is_some() || !live.is_empty();
        let state = mobility.and(run).map(|(state, since)| (state, since.at));
        // A session told after a detach shows that the device is attached again.
        let state = state.filter(|(state, _)| live.is_empty() || !state.is_detached());
        // Nor does one told before say that the device is reached still.
        let reachable = match mobility {
            Some(told) if serves(told.value.0, told.value.1) => true,
            Some(told) => live.iter().any(|context| context.order > told.order),
            None => !live.is_empty(),
        };
        let newest = [state.map(|(_, since)| since), newest, ended];
        Some(Self {
            reachable,
            reached: facets.reachable_since(Domain::Ps),
            state,
            sessions: known.then(|| (counted().count(), apns)),
            at: newest.into_iter().flatten().max().unwrap_or_default(),
        })
    }

    fn available(&self) -> bool {
        match self.state {
            Some((state, _)) => serves(state, false),
            None => self.sessions.as_ref().is_some_and(|(live, _)| *live > 0),
        }
    }
}

/// The networks of which something is known, in a fixed order.
pub(super) fn networks(
    facets: &Facets,
    circuit: Option<&Circuit>,
    packet: Option<Packet>,
) -> Vec<Network> {
    let network = |id, available, at| {
        let roaming = facets.roaming(id);
        Network {
            id,
            available,
            roaming: roaming.map(|told| told.value),
            mobility: None,
            sessions: None,
            at: roaming.map_or(at, |told| told.at().max(at)),
        }
    };
    let cs = circuit.map(|cs| Network {
        mobility: Some((cs.state, cs.since.at)),
        ..network(NetworkId::Cs, cs.available(), cs.at)
    });
    let ps = packet.map(|ps| {
        Network {
            mobility: ps.state,
            ..network(NetworkId::Ps, ps.available(), ps.at)
        }
        .with_sessions(ps.sessions)
    });
    let ims = facets.registration().map(|told| {
        let active = told.value == RegistrationState::Active;
        network(NetworkId::Ims, active, told.at())
    });
    let access = |access, id| {
        let told = facets.access(access)?;
        Some(network(id, told.value, told.at()))
    };
    let wlan = access(AccessNetwork::Wlan, NetworkId::Wlan);
    let tunnel = access(AccessNetwork::Tunnel, NetworkId::Tunnel);
    [cs, ps, ims, wlan, tunnel].into_iter().flatten().collect()
}

impl Network {
    fn with_sessions(mut self, sessions: Option<(usize, Vec<NameId>)>) -> Self {
        self.sessions = sessions;
        self
    }
}
