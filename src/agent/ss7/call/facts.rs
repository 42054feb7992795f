//! What a call says of its subscriber, and what is to be told of it.

use pengate_codecs::{
    Stamp,
    cap::{
        BcsmEvent, EventReportBcsmArg, EventSpecificInformationBcsm, EventTypeBcsm,
        ExtBasicServiceCode, InitialDpArg, LegId, LegType, MessageType, MiscCallInfo, MonitorMode,
    },
    map::SubscriberState,
};
use serde::{Deserialize, Serialize};

use super::{
    super::{place::Told, report},
    persons::Person,
};
use crate::event::{Bearer, Digits, Domain, Mobility, MobilityState, Msisdn};

/// Which side of a call the subscriber is on whose trigger was met.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) enum Side {
    /// The caller (O-CSI).
    Originating,
    /// The called party (T-CSI, VT-CSI).
    Terminating,
    /// Neither: the call was forwarded in the subscriber's name.
    Forwarded,
}

impl Side {
    pub(super) fn of(told: &InitialDpArg<'_>) -> Self {
        let is_terminating = matches!(
            told.event_type_bcsm,
            Some(
                EventTypeBcsm::TermAttemptAuthorized
                    | EventTypeBcsm::TBusy
                    | EventTypeBcsm::TNoAnswer
                    | EventTypeBcsm::TAnswer
            )
        );
        let is_forwarded = told.redirecting_party_id.is_some()
            || told.redirection_information.is_some()
            || told.original_called_party_id.is_some();
        match (is_terminating, is_forwarded) {
            // A call that was forwarded to the subscriber is the subscriber's own.
            (true, _) => Self::Terminating,
            (false, true) => Self::Forwarded,
            (false, false) => Self::Originating,
        }
    }

    /// Whose trigger it is: by the IMSI, or else by the number of that side.
    pub(super) fn person(self, told: &InitialDpArg<'_>) -> Person {
        if let Some(imsi) = told.imsi.and_then(report::imsi) {
            return Person::Imsi(imsi);
        }
        let number = match self {
            Self::Originating => told
                .calling_party_number
                .and_then(|number| isup(number.as_octets(), true)),
            Self::Terminating => told
                .called_party_number
                .and_then(|number| isup(number.as_octets(), false)),
            Self::Forwarded => None,
        };
        number.map_or(Person::Nobody, Person::Msisdn)
    }

    /// What is to be reported of the rest of the call; nothing that holds it up.
    pub(super) fn events(self, version: u8) -> Vec<BcsmEvent<'static>> {
        use EventTypeBcsm as Type;
        // Leg 1 is the caller's, leg 2 the called party's.
        let of_first_phase: [(Type, u8); 3];
        let of_later_phases: &[(Type, u8)];
        if self == Self::Terminating {
            of_first_phase = [
                (Type::TAnswer, 2),
                (Type::TDisconnect, 1),
                (Type::TDisconnect, 2),
            ];
            of_later_phases = &[(Type::TBusy, 2), (Type::TNoAnswer, 2), (Type::TAbandon, 1)];
        } else {
            of_first_phase = [
                (Type::OAnswer, 2),
                (Type::ODisconnect, 1),
                (Type::ODisconnect, 2),
            ];
            of_later_phases = &[
                (Type::RouteSelectFailure, 2),
                (Type::OCalledPartyBusy, 2),
                (Type::ONoAnswer, 2),
                (Type::OAbandon, 1),
            ];
        }
        let later = of_later_phases.iter().filter(|_| version > 1);
        of_first_phase
            .iter()
            .chain(later)
            .map(|(kind, leg)| BcsmEvent {
                leg_id: Some(LegId::SendingSideId(LegType::new([*leg]))),
                ..BcsmEvent::new(*kind, MonitorMode::NotifyAndContinue)
            })
            .collect()
    }
}

/// Whether the network knows that it cannot reach the subscriber.
pub(super) const fn is_unreachable(told: &InitialDpArg<'_>) -> bool {
    matches!(
        told.subscriber_state,
        Some(SubscriberState::NetDetNotReachable(_))
    )
}

/// What a first message says of whether the subscriber can be reached.
pub(super) fn state(told: &InitialDpArg<'_>) -> Option<MobilityState> {
    is_unreachable(told).then_some(MobilityState::NotReachable)
}

/// Where the subscriber is, as a first message tells it.
#[inline(always)]
pub(super) fn place(at: Stamp, told: &InitialDpArg<'_>) -> Told {
    match &told.location_information {
        Some(place) => Told::by_vlr(at, place),
        None => Told::default(),
    }
}

/// Where the subscriber is, when an event tells it.
pub(super) fn of_event(at: Stamp, told: &EventReportBcsmArg<'_>) -> Option<Mobility> {
    use EventSpecificInformationBcsm as Info;
    let place = match told.event_specific_information_bcsm.as_ref()? {
        Info::OTermSeizedSpecificInfo(info) => info.location_information.as_ref(),
        Info::CallAcceptedSpecificInfo(info) => info.location_information.as_ref(),
        Info::OChangeOfPositionSpecificInfo(info) => info.location_information.as_ref(),
        Info::TChangeOfPositionSpecificInfo(info) => info.location_information.as_ref(),
        _ => None,
    };
    let Told { place, serving } = Told::by_vlr(at, place?);
    let says = place.is_some() || serving.is_some();
    says.then_some(Mobility {
        domain: Domain::Cs,
        state: None,
        serving,
        place,
    })
}

/// Whether a detection point is the end of a call.
pub(super) const fn is_end(kind: EventTypeBcsm) -> bool {
    matches!(
        kind,
        EventTypeBcsm::RouteSelectFailure
            | EventTypeBcsm::OCalledPartyBusy
            | EventTypeBcsm::ONoAnswer
            | EventTypeBcsm::ODisconnect
            | EventTypeBcsm::OAbandon
            | EventTypeBcsm::TBusy
            | EventTypeBcsm::TNoAnswer
            | EventTypeBcsm::TDisconnect
            | EventTypeBcsm::TAbandon
    )
}

/// Whether the other side waits for a word of ours; it does when it does not say otherwise.
pub(in super::super) fn is_request(told: Option<&MiscCallInfo>) -> bool {
    told.is_none_or(|told| told.message_type == MessageType::Request)
}

/// What the call carries (TS 29.002 clauses 17.7.9 and 17.7.10, Q.763 clause 3.57).
pub(super) fn bearer(told: &InitialDpArg<'_>) -> Bearer {
    let service = told.ext_basic_service_code;
    let by_service = service.and_then(|service| match service {
        ExtBasicServiceCode::ExtTeleservice(code) => match code.as_octets().first()? {
            0x10..=0x1f => Some(Bearer::Speech),
            0x60..=0x6f => Some(Bearer::Fax),
            _ => None,
        },
        ExtBasicServiceCode::ExtBearerService(_) => Some(Bearer::Data),
        ExtBasicServiceCode::Other(_) => None,
    });
    let by_capability = || {
        let pengate_codecs::cap::BearerCapability::BearerCap(octets) = told.bearer_capability?
        else {
            return None;
        };
        match octets.as_octets().first()? & 0x1f {
            0 => Some(Bearer::Speech),
            8 | 9 => Some(Bearer::Data),
            0x10 => Some(Bearer::Audio),
            0x18 => Some(Bearer::Video),
            _ => None,
        }
    };
    by_service.or_else(by_capability).unwrap_or(Bearer::Unknown)
}

/// An international number of Q.763; of a caller only one that may be shown and that the network
/// vouches for.
fn isup(octets: &[u8], is_caller: bool) -> Option<Msisdn> {
    let [first, second, digits @ ..] = octets else {
        return None;
    };
    let is_open = !is_caller || second & 0x0c == 0 && matches!(second & 3, 1 | 3);
    if first & 0x7f != 4 || second >> 4 & 7 != 1 || !is_open {
        return None;
    }
    let is_odd = first & 0x80 != 0;
    let count = (digits.len() * 2).checked_sub(usize::from(is_odd))?;
    let nibbles = digits.iter().flat_map(|octet| [octet & 0xf, octet >> 4]);
    let text: smallvec::SmallVec<[u8; 16]> = nibbles
        .take(count)
        // ST, the end of pulsing, is no digit.
        .filter(|nibble| *nibble != 0xf)
        .map(|nibble| if nibble < 10 { b'0' + nibble } else { b'?' })
        .collect();
    Digits::from_ascii(&text).ok().map(Msisdn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_counts_when_it_is_international_and_vouched_for() {
        let number = [0x04, 0x13, 0x99, 0x09, 0, 0, 0, 0x10];
        let told = |octets: &[u8], is_caller| isup(octets, is_caller).map(|it| it.0.to_string());
        assert_eq!(told(&number, true).as_deref(), Some("999000000001"));
        let odd = [0x84, 0x13, 0x99, 0x09, 0, 0, 0, 0x01];
        assert_eq!(told(&odd, true).as_deref(), Some("99900000001"));
        for (at, octet) in [(0, 0x83), (1, 0x17), (1, 0x10), (1, 0x33)] {
            let mut other = odd;
            other[at] = octet;
            assert_eq!(told(&other, true), None, "{at} {octet:02x}");
        }
        // Nobody asks whether a called number may be shown; its end of pulsing is no digit.
        assert_eq!(
            told(&[0x04, 0x10, 0x21, 0xf3], false).as_deref(),
            Some("123")
        );
        assert_eq!(told(&[0x04, 0x10], false), None);
        assert_eq!(told(&[0x84, 0x10], false), None);
        assert_eq!(told(&[4], false), None);
    }
}
