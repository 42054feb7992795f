//! From what network elements tell to what presence is told (the table of facts and changes).
//!
//! A fact becomes changes that are absolute and stand for themselves; what they amount to in a
//! document is the server's business.

use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use crate::{
    event::{
        Access, Domain, Fact, Mobility, NetworkEvent, Order, Phase, Place, Plmn, Registration,
        Roaming, Session, SessionKey, Source,
    },
    pen::{Change, Ended, NetworkId, Presentity, PresentityUpdate, SourceReset},
};

/// The operator's own network.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// The operator's networks as `MCC-MNC` (list, default empty): a subscriber served by another
    /// one is roaming. While the list is empty, the subscriber's own network that a network element
    /// tells beside the serving one decides.
    pub home_networks: Vec<Plmn>,
}

/// What an event means to presence.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Meaning {
    /// Something about one presentity.
    Update(PresentityUpdate),
    /// A network element lost its sessions.
    Reset(SourceReset),
}

/// Tells an event's meaning; `presentity` is whom its subject led to.
///
/// `None` when the event says nothing that presence cares about, or has no subject where its fact
/// needs one.
#[must_use]
pub fn normalise(
    options: &Options,
    event: &NetworkEvent,
    presentity: Option<&Presentity>,
) -> Option<Meaning> {
    if let Fact::Reset(reset) = &event.fact {
        return Some(Meaning::Reset(SourceReset {
            source: event.source,
            reporter: event.reporter.clone(),
            apn: reset.apn.clone(),
            order: event.order,
        }));
    }
    let changes = changes(options, event);
    if changes.is_empty() {
        return None;
    }
    let lifetime = match &event.fact {
        Fact::Session(session) => session.lifetime,
        Fact::Registration(registration) => registration.lifetime,
        Fact::Access(access) => access.lifetime,
        Fact::Located(located) => located.lifetime,
        _ => None,
    };
    Some(Meaning::Update(PresentityUpdate {
        presentity: presentity?.clone(),
        source: event.source,
        reporter: event.reporter.clone(),
        order: event.order,
        changes,
        expires: lifetime.map(|lifetime| event.order.at + lifetime),
    }))
}

fn changes(options: &Options, event: &NetworkEvent) -> SmallVec<[Change; 2]> {
    match &event.fact {
        Fact::Mobility(mobility) => of_mobility(options, mobility, event.order),
        Fact::Call(call) => smallvec![Change::Call {
            state: call.state,
            bearer: call.bearer
        }],
        Fact::Session(session) => of_session(options, event, session),
        Fact::Registration(registration) => of_registration(registration, event.order),
        Fact::Access(access) => of_access(access),
        Fact::Located(located) => smallvec![seen_at(&located.place, event.order)],
        Fact::Profile(profile) => smallvec![Change::Barring(profile.barred)],
        Fact::Reset(_) => SmallVec::new(),
    }
}

fn of_mobility(options: &Options, mobility: &Mobility, order: Order) -> SmallVec<[Change; 2]> {
    let domain = mobility.domain;
    let network = match domain {
        Domain::Cs => NetworkId::Cs,
        Domain::Ps => NetworkId::Ps,
    };
    let mut changes = SmallVec::new();
    changes.extend(
        mobility
            .state
            .map(|state| Change::Mobility { domain, state }),
    );
    changes.extend(
        roaming(options, mobility.serving, None)
            .map(|roaming| Change::Roaming { network, roaming }),
    );
    changes.extend(mobility.place.as_ref().map(|place| seen_at(place, order)));
    changes
}

fn of_session(options: &Options, event: &NetworkEvent, session: &Session) -> SmallVec<[Change; 2]> {
    let key = event
        .subject
        .session
        .unwrap_or_else(|| SessionKey::new(event.reporter.as_bytes(), session.id.as_bytes()));
    let ended = match session.phase {
        Phase::Active => None,
        Phase::ContextEnded => Some(Ended::Context),
        Phase::Ended => Some(Ended::Session),
    };
    let mut changes = smallvec![Change::Session {
        key,
        context: session.context.unwrap_or(0),
        ended,
        apn: session.apn.clone(),
        rat: session.rat,
        address: event.subject.address,
    }];
    if ended.is_some() {
        // Where the session was served says little about where the subscriber is after it.
        return changes;
    }
    let network = match event.source {
        Source::Pp => NetworkId::Tunnel,
        Source::Pr => NetworkId::Wlan,
        _ => NetworkId::Ps,
    };
    changes.extend(
        roaming(options, session.serving, session.home)
            .map(|roaming| Change::Roaming { network, roaming }),
    );
    changes.extend(
        session
            .place
            .as_ref()
            .map(|place| seen_at(place, event.order)),
    );
    changes.extend(session.time_offset.map(Change::TimeOffset));
    changes
}

fn of_registration(registration: &Registration, order: Order) -> SmallVec<[Change; 2]> {
    let mut changes = smallvec![Change::Registration {
        state: registration.state
    }];
    changes.extend(registration.roaming.map(|roaming| Change::Roaming {
        network: NetworkId::Ims,
        roaming,
    }));
    changes.extend(
        registration
            .place
            .as_ref()
            .map(|place| seen_at(place, order)),
    );
    changes
}

fn of_access(access: &Access) -> SmallVec<[Change; 2]> {
    smallvec![Change::Access {
        network: access.network,
        up: access.up
    }]
}

/// A place always says when the subscriber was there.
fn seen_at(place: &Place, order: Order) -> Change {
    Change::Place(Place {
        seen: place.seen.or(Some(order.at)),
        ..place.clone()
    })
}

fn roaming(options: &Options, serving: Option<Plmn>, home: Option<Plmn>) -> Option<Roaming> {
    let serving = serving?;
    let at_home = if options.home_networks.is_empty() {
        home? == serving
    } else {
        options.home_networks.contains(&serving)
    };
    Some(if at_home {
        Roaming::Home
    } else {
        Roaming::Visited
    })
}
