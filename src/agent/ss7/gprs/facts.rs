//! What a gprsSSF says of its subscriber (TS 23.078 clause 6.4, TS 29.078 clauses 12.7 to 12.9).

use std::{fmt::Write, time::Duration};

use pengate_codecs::{
    Stamp,
    cap::{
        AccessPointName, EventReportGprsArg, GprsEventSpecificInformation as Info,
        GprsEventType as Type, InitialDpGprsArg, InitiatingEntity, LocationInformationGprs, PdpId,
    },
    map::{GprsChargingId, GsnAddress},
};
use smallvec::SmallVec;
use smol_str::SmolStr;

use super::{
    super::{
        CapOptions,
        place::Told,
        report::{self, Rank},
    },
    table::{Context, Gprs},
};
use crate::{
    agent::arrival::Arrivals,
    event::{
        Domain, Fact, Mobility, MobilityState, NetworkEvent, Phase, Session, SessionKey, Source,
    },
};

/// Facts, each with its session's key, and whether the gprsSSF has nothing more to say.
#[derive(Debug, Default)]
pub(super) struct Facts {
    facts: SmallVec<[(Fact, Option<SessionKey>, Rank); 2]>,
    pub is_over: bool,
}

impl Facts {
    pub(super) fn events(
        self,
        arrivals: &mut Arrivals,
        now: Stamp,
        gprs: &Gprs,
    ) -> Vec<NetworkEvent> {
        let event = |(fact, session, rank): (Fact, Option<SessionKey>, Rank)| {
            let mut subject = gprs.subject.clone();
            subject.session = session;
            let at = (arrivals.stamp(now), rank);
            report::event(at, Source::Pg, &gprs.reporter, subject, fact)
        };
        self.facts.into_iter().map(event).collect()
    }

    /// Nothing, when nobody is known by it.
    pub(super) fn of_somebody(self, is_somebodys: bool) -> Self {
        if is_somebodys { self } else { Self::default() }
    }

    /// Without sessions: their end will not be told.
    pub(super) fn without_sessions(mut self) -> Self {
        self.facts
            .retain(|(fact, ..)| matches!(fact, Fact::Mobility(_)));
        self
    }

    fn mobility(
        &mut self,
        at: Stamp,
        state: Option<MobilityState>,
        place: Option<&LocationInformationGprs<'_>>,
    ) {
        let told = place.map(|place| Told::by_gprs_ssf(at, place));
        let told = told.unwrap_or_default();
        if state.is_none() && told.place.is_none() && told.serving.is_none() {
            return;
        }
        let rank = match state {
            Some(MobilityState::Attached) => Rank::Begins,
            Some(_) => Rank::Ends,
            None => Rank::Is,
        };
        let mobility = Mobility {
            domain: Domain::Ps,
            state,
            serving: told.serving,
            place: told.place,
        };
        self.facts.push((Fact::Mobility(mobility), None, rank));
    }

    /// Active for so long without further word, or else ended.
    fn session(&mut self, context: &Context, lifetime: Option<Duration>) {
        let is_active = lifetime.is_some();
        let session = Session {
            phase: if is_active {
                Phase::Active
            } else {
                Phase::Ended
            },
            id: context.id.clone(),
            context: None,
            apn: context.apn.clone(),
            rat: None,
            serving: None,
            home: None,
            place: None,
            time_offset: None,
            lifetime,
        };
        let rank = if is_active { Rank::Begins } else { Rank::Ends };
        self.facts
            .push((Fact::Session(session), Some(context.key), rank));
    }
}

/// What is to be reported after a session or packet session began.
pub(super) const fn reports(met: Type) -> &'static [Type] {
    match met {
        Type::Attach | Type::AttachChangeOfPosition | Type::Detached => &[
            Type::AttachChangeOfPosition,
            Type::Detached,
            Type::PdpContextEstablishmentAcknowledgement,
            Type::Disonnect,
            Type::PdpContextChangeOfPosition,
        ],
        Type::PdpContextEstablishment
        | Type::PdpContextEstablishmentAcknowledgement
        | Type::Disonnect
        | Type::PdpContextChangeOfPosition => &[
            Type::PdpContextEstablishmentAcknowledgement,
            Type::Disonnect,
            Type::PdpContextChangeOfPosition,
        ],
    }
}

/// A packet session, as its gprsSSF names it.
#[derive(Clone, Copy, Default)]
struct Named<'a> {
    pdp: Option<PdpId>,
    apn: Option<AccessPointName<'a>>,
    charging: Option<GprsChargingId>,
    ggsn: Option<GsnAddress<'a>>,
}

/// Who attaches, moves or asks for a packet session is attached. A detach or the end of a session
/// begins no dialogue (TS 29.078 clause 13.10): whoever is told of by one all the same is where it
/// says, and nothing more will be told of it.
pub(super) fn of_initial_dp(
    at: Stamp,
    ours: u32,
    gprs: &mut Gprs,
    told: &InitialDpGprsArg<'_>,
    options: &CapOptions,
) -> Facts {
    let mut facts = Facts::default();
    let place = told.location_information_gprs.as_ref();
    facts.is_over = matches!(told.gprs_event_type, Type::Detached | Type::Disonnect);
    let state = (!facts.is_over).then_some(MobilityState::Attached);
    facts.mobility(at, state, place);
    if matches!(
        told.gprs_event_type,
        Type::PdpContextEstablishmentAcknowledgement | Type::PdpContextChangeOfPosition
    ) {
        let named = Named {
            pdp: None,
            apn: told.access_point_name,
            charging: told.charging_id,
            ggsn: told.ggsn_address,
        };
        activate(ours, gprs, named, options, &mut facts);
    }
    facts
}

pub(super) fn of_event(
    at: Stamp,
    ours: u32,
    gprs: &mut Gprs,
    told: &EventReportGprsArg<'_>,
    options: &CapOptions,
) -> Facts {
    let mut facts = Facts::default();
    let info = told.gprs_event_specific_information.as_ref();
    let pdp = told.pdp_id;
    match told.gprs_event_type {
        Type::Attach | Type::AttachChangeOfPosition => {
            let place = match info {
                Some(Info::AttachChangeOfPositionSpecificInformation(info)) => {
                    info.location_information_gprs.as_ref()
                }
                _ => None,
            };
            facts.mobility(at, Some(MobilityState::Attached), place);
        }
        Type::Detached => of_detach(at, gprs, info, &mut facts),
        Type::PdpContextEstablishment => {
            let place = match info {
                Some(Info::PDpContextEstablishmentSpecificInformation(info)) => {
                    info.location_information_gprs.as_ref()
                }
                _ => None,
            };
            facts.mobility(at, None, place);
        }
        Type::PdpContextEstablishmentAcknowledgement => {
            let mut named = Named {
                pdp,
                ..Named::default()
            };
            if let Some(Info::PDpContextEstablishmentAcknowledgementSpecificInformation(info)) =
                info
            {
                facts.mobility(at, None, info.location_information_gprs.as_ref());
                named.apn = info.access_point_name;
                named.charging = info.charging_id;
                named.ggsn = info.ggsn_address;
            }
            activate(ours, gprs, named, options, &mut facts);
        }
        Type::PdpContextChangeOfPosition => {
            let mut named = Named {
                pdp,
                ..Named::default()
            };
            if let Some(Info::PdpContextChangeOfPositionSpecificInformation(info)) = info {
                facts.mobility(at, None, info.location_information_gprs.as_ref());
                named.apn = info.access_point_name;
                named.charging = info.charging_id;
                named.ggsn = info.ggsn_address;
            }
            activate(ours, gprs, named, options, &mut facts);
        }
        Type::Disonnect => {
            let moves = matches!(
                info,
                Some(Info::DisconnectSpecificInformation(info))
                    if info.routeing_area_update.is_some()
            );
            release(gprs, pdp, moves, &mut facts);
        }
    }
    facts
}

/// A session or packet session ended by an error.
pub(super) fn of_release(gprs: &mut Gprs, pdp: Option<PdpId>) -> Facts {
    let mut facts = Facts::default();
    release(gprs, pdp, false, &mut facts);
    facts
}

/// The subscriber detached, or was; one whom another SGSN serves from now on did not.
fn of_detach(at: Stamp, gprs: &mut Gprs, info: Option<&Info<'_>>, facts: &mut Facts) {
    let detach = match info {
        Some(Info::DetachSpecificInformation(info)) => Some(info),
        _ => None,
    };
    let moves = detach.is_some_and(|info| info.routeing_area_update.is_some());
    release(gprs, None, moves, facts);
    facts.is_over = true;
    if moves {
        return;
    }
    let by_device =
        detach.is_some_and(|info| info.initiating_entity == Some(InitiatingEntity::MobileStation));
    let state = if by_device {
        MobilityState::DetachedByDevice
    } else {
        MobilityState::DetachedByNetwork
    };
    facts.mobility(at, Some(state), None);
}

/// Ends one packet session, or all. A session that moves to another SGSN goes on there by the same
/// name, if it has one that the other SGSN knows.
fn release(gprs: &mut Gprs, pdp: Option<PdpId>, moves: bool, facts: &mut Facts) {
    let is_meant = |context: &Context| pdp.is_none_or(|pdp| number(Some(pdp)) == context.pdp);
    for context in &gprs.contexts {
        if is_meant(context) && !(moves && context.is_portable) {
            facts.session(context, None);
        }
    }
    gprs.contexts.retain(|context| !is_meant(context));
    facts.is_over = pdp.is_none();
}

fn activate(ours: u32, gprs: &mut Gprs, named: Named<'_>, options: &CapOptions, facts: &mut Facts) {
    let pdp = number(named.pdp);
    let known = gprs.contexts.iter().position(|context| context.pdp == pdp);
    let place = match known {
        Some(place) => place,
        None if gprs.contexts.len() >= options.contexts_max => return,
        None => {
            gprs.contexts.push(context(ours, gprs, named));
            gprs.contexts.len() - 1
        }
    };
    if let Some(context) = gprs.contexts.get_mut(place) {
        let apn = named.apn.and_then(|apn| name(apn.as_octets()));
        context.apn = apn.or(context.apn.take());
        facts.session(context, Some(options.session_lifetime));
    }
}

/// Names a packet session: by the number that it is charged under, which stays when it moves to
/// another SGSN, or else by our own reference.
fn context(ours: u32, gprs: &Gprs, named: Named<'_>) -> Context {
    let pdp = number(named.pdp);
    let mut id = String::new();
    let (key, is_portable) = match named.charging {
        Some(charging) => {
            let charging = charging.to_octets();
            let ggsn = named.ggsn.as_ref().map_or(&[][..], |it| it.as_octets());
            // Writing to a string does not fail.
            let _ = write!(id, "charging-{:08x}", u32::from_be_bytes(charging));
            let key = SessionKey::new(b"charging", &[&charging[..], ggsn].concat());
            (key, true)
        }
        None => {
            let _ = write!(id, "reference-{ours:08x}-{pdp}");
            (
                SessionKey::new(gprs.reporter.as_bytes(), id.as_bytes()),
                false,
            )
        }
    };
    Context {
        pdp,
        id: id.into(),
        key,
        apn: None,
        is_portable,
    }
}

fn number(pdp: Option<PdpId>) -> u8 {
    pdp.map_or(0, |pdp| pdp.to_octets()[0])
}

/// An access point name of labels, each behind its length (TS 23.003 clause 9.1).
fn name(octets: &[u8]) -> Option<SmolStr> {
    let mut text = String::new();
    let mut rest = octets;
    while let Some((length, after)) = rest.split_first() {
        let (label, after) = after.split_at_checked(usize::from(*length))?;
        let label = std::str::from_utf8(label).ok()?;
        let is_label = label
            .bytes()
            .all(|octet| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.'));
        if label.is_empty() || !is_label {
            return None;
        }
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(label);
        rest = after;
    }
    (!text.is_empty()).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_a_name() {
        assert_eq!(
            name(b"\x08internet\x03ims").as_deref(),
            Some("internet.ims")
        );
        for strange in [&b""[..], b"\x00", b"\x09internet", b"\x02a\xff", b"\x03a b"] {
            assert_eq!(name(strange), None, "{strange:?}");
        }
    }
}
