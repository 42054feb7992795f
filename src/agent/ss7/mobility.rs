//! From noteMM-Event to a fact (TS 29.002 clause 8.1.8, TS 23.078 clause 9).

use pengate_codecs::{
    Stamp,
    map::{MmCode, MmEvent, NoteMmEventArg},
};

use super::{
    place::Told,
    report::{self, Rank, Reporter},
};
use crate::event::{Domain, Fact, Imsi, Mobility, MobilityState, NetworkEvent, Source, Subject};

/// What an event code says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Meaning {
    pub domain: Domain,
    /// Nothing when it says nothing of the subscriber.
    pub state: Option<MobilityState>,
}

impl Meaning {
    /// Of a code that is known here.
    pub(super) const fn of(code: MmCode) -> Option<Self> {
        let (domain, state) = match code.event() {
            MmEvent::LocationUpdateInSameVlr
            | MmEvent::LocationUpdateToOtherVlr
            | MmEvent::ImsiAttach => (Domain::Cs, Some(MobilityState::Attached)),
            MmEvent::MsInitiatedImsiDetach => (Domain::Cs, Some(MobilityState::DetachedByDevice)),
            MmEvent::NetworkInitiatedImsiDetach => {
                (Domain::Cs, Some(MobilityState::DetachedByNetwork))
            }
            MmEvent::RoutingAreaUpdateInSameSgsn
            | MmEvent::RoutingAreaUpdateToOtherSgsnFromNewSgsn
            | MmEvent::GprsAttach => (Domain::Ps, Some(MobilityState::Attached)),
            // The SGSN that was left tells it, of somebody whom another one serves.
            MmEvent::RoutingAreaUpdateToOtherSgsnDisconnectByDetach => (Domain::Ps, None),
            MmEvent::MsInitiatedGprsDetach => (Domain::Ps, Some(MobilityState::DetachedByDevice)),
            MmEvent::NetworkInitiatedGprsDetach => {
                (Domain::Ps, Some(MobilityState::DetachedByNetwork))
            }
            MmEvent::NetworkInitiatedTransferToMsNotReachableForPaging => {
                (Domain::Ps, Some(MobilityState::NotReachable))
            }
            MmEvent::Other(_) => return None,
        };
        Some(Self { domain, state })
    }

    /// The reference point of the domain.
    pub(super) const fn source(self) -> Source {
        match self.domain {
            Domain::Cs => Source::Pc,
            Domain::Ps => Source::Pg,
        }
    }

    const fn rank(self) -> Rank {
        match self.state {
            Some(MobilityState::DetachedByDevice | MobilityState::DetachedByNetwork) => Rank::Ends,
            Some(MobilityState::NotReachable) | None => Rank::Is,
            Some(_) => Rank::Begins,
        }
    }
}

/// The event that an argument tells of a subscriber; it arrived `at`.
#[inline(always)]
pub(super) fn event(
    at: Stamp,
    reporter: Reporter,
    meaning: Meaning,
    (imsi, told): (Imsi, &NoteMmEventArg<'_>),
) -> NetworkEvent {
    let Told { place, serving } = place(at, meaning, told);
    let kind = report::mobility(meaning.domain, meaning.state);
    NetworkEvent {
        order: reporter.order((at, meaning.rank()), imsi.0.to_bits(), kind),
        source: meaning.source(),
        reporter: reporter.name,
        subject: Subject {
            imsi: Some(imsi),
            msisdn: report::msisdn(told.msisdn),
            nai: None,
            uri: None,
            address: None,
            session: None,
        },
        fact: Fact::Mobility(Mobility {
            domain: meaning.domain,
            state: meaning.state,
            serving,
            place,
        }),
    }
}

#[inline(always)]
fn place(at: Stamp, meaning: Meaning, told: &NoteMmEventArg<'_>) -> Told {
    let place = match meaning {
        // Where somebody was whom another SGSN serves is not where he is.
        Meaning { state: None, .. } => None,
        Meaning {
            domain: Domain::Cs, ..
        } => {
            let told = told.location_information.as_ref();
            told.map(|told| Told::by_vlr(at, told))
        }
        Meaning {
            domain: Domain::Ps, ..
        } => {
            let told = told.location_information_gprs.as_ref();
            told.map(|told| Told::by_sgsn(at, told))
        }
    };
    place.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_says_what_it_says() {
        use MobilityState::{Attached, DetachedByDevice, DetachedByNetwork, NotReachable};
        let told = |code| Meaning::of(MmCode::new([code])).map(|it| (it.source(), it.state));
        let cs = |state| Some((Source::Pc, Some(state)));
        let ps = |state| Some((Source::Pg, Some(state)));
        for (code, expected) in [
            (0x00, cs(Attached)),
            (0x01, cs(Attached)),
            (0x02, cs(Attached)),
            (0x03, cs(DetachedByDevice)),
            (0x04, cs(DetachedByNetwork)),
            (0x05, None),
            (0x7f, None),
            (0x80, ps(Attached)),
            (0x81, ps(Attached)),
            (0x82, Some((Source::Pg, None))),
            (0x83, ps(Attached)),
            (0x84, ps(DetachedByDevice)),
            (0x85, ps(DetachedByNetwork)),
            (0x86, ps(NotReachable)),
            (0x87, None),
            (0xff, None),
        ] {
            assert_eq!(told(code), expected, "{code:02x}");
        }
    }
}
