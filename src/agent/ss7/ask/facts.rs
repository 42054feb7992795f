//! What the HLR knows of a subscriber (TS 29.002 clause 7.6.3, SubscriberInfo).

use pengate_codecs::{
    Stamp,
    map::{NotReachableReason, PsSubscriberState, SubscriberInfo, SubscriberState},
};
use smallvec::SmallVec;

use super::super::place::Told;
use crate::event::{Bearer, Call, CallState, Domain, Fact, Mobility, MobilityState};

/// Of each domain its state and place; what is not told leaves everything as it was.
pub(super) fn of(at: Stamp, told: &SubscriberInfo<'_>) -> SmallVec<[Fact; 3]> {
    let mut facts = SmallVec::new();
    let place = told.location_information.as_ref();
    let place = place.map(|place| Told::by_vlr(at, place));
    let (state, call) = told.subscriber_state.map_or((None, None), of_cs);
    facts.extend(mobility(Domain::Cs, state, place));
    facts.extend(call.map(|state| {
        Fact::Call(Call {
            state,
            bearer: Bearer::Unknown,
        })
    }));
    // An LTE subscriber is known to the MME, and then the SGSN does not tell.
    let state = told.eps_subscriber_state.and_then(of_ps);
    let state = state.or_else(|| told.ps_subscriber_state.and_then(of_ps));
    let by_amf = told.location_information5_gs.as_ref();
    let by_mme = told.location_information_eps.as_ref();
    let by_sgsn = told.location_information_gprs.as_ref();
    let places = [
        by_amf.map(|place| Told::by_amf(at, place)),
        by_mme.map(|place| Told::by_mme(at, place)),
        by_sgsn.map(|place| Told::by_sgsn(at, place)),
    ];
    let place = places.into_iter().flatten().find(|it| it.place.is_some());
    facts.extend(mobility(Domain::Ps, state, place));
    facts
}

fn mobility(domain: Domain, state: Option<MobilityState>, place: Option<Told>) -> Option<Fact> {
    let Told { place, serving } = place.unwrap_or_default();
    let says = state.is_some() || place.is_some() || serving.is_some();
    says.then_some(Fact::Mobility(Mobility {
        domain,
        state,
        serving,
        place,
    }))
}

const fn of_cs(told: SubscriberState<'_>) -> (Option<MobilityState>, Option<CallState>) {
    match told {
        SubscriberState::AssumedIdle(_) => (Some(MobilityState::Idle), Some(CallState::Idle)),
        SubscriberState::CamelBusy(_) => (Some(MobilityState::Connected), Some(CallState::Busy)),
        SubscriberState::NetDetNotReachable(reason) => (Some(of_reason(reason)), None),
        SubscriberState::NotProvidedFromVlr(_) | SubscriberState::Other(_) => (None, None),
    }
}

const fn of_ps(told: PsSubscriberState<'_>) -> Option<MobilityState> {
    match told {
        PsSubscriberState::PsDetached(_) => Some(MobilityState::DetachedByNetwork),
        PsSubscriberState::PsAttachedNotReachableForPaging(_)
        | PsSubscriberState::PsPdpActiveNotReachableForPaging(_) => {
            Some(MobilityState::NotReachable)
        }
        PsSubscriberState::PsAttachedReachableForPaging(_) => Some(MobilityState::Idle),
        PsSubscriberState::PsPdpActiveReachableForPaging(_) => Some(MobilityState::Connected),
        PsSubscriberState::NetDetNotReachable(reason) => Some(of_reason(reason)),
        PsSubscriberState::NotProvidedFromSgsNorMme(_) | PsSubscriberState::Other(_) => None,
    }
}

const fn of_reason(reason: NotReachableReason) -> MobilityState {
    match reason {
        NotReachableReason::MsPurged
        | NotReachableReason::ImsiDetached
        | NotReachableReason::NotRegistered => MobilityState::DetachedByNetwork,
        NotReachableReason::RestrictedArea => MobilityState::NotReachable,
    }
}
