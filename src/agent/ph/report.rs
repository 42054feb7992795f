//! From what the HSS tells to facts (TS 23.141 clause 4.3.4, TS 29.328 clause 7.6).

use std::time::Duration;

use pengate_codecs::{
    Stamp,
    radius::gi,
    sh::{
        Area, CsUserState, Geographic, ImsUserState, Location, PsUserState, ShData, UserIdentity,
    },
};
use smallvec::SmallVec;
use smol_str::SmolStr;
use xxhash_rust::xxh3::Xxh3;

use crate::event::{
    Bearer, Call, CallState, Cell, Digits, Domain, Fact, Imsi, Mobility, MobilityState, Msisdn,
    NetworkEvent, Order, Place, Plmn, Registration, RegistrationState, Shape, Source, Subject,
};

/// What one message of the HSS is known by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    /// When it came; after every other message.
    pub at: Stamp,
    /// The HSS (Origin-Host).
    pub origin: &'a [u8],
    /// Session-Id: the same when the message is sent again.
    pub session: &'a [u8],
}

impl Told<'_> {
    /// What makes a notification this very one: sent again it bears the same Session-Id
    /// (TS 29.329 clause 7). An HSS that uses one Session-Id for several is told by the document.
    pub fn fact(&self, document: &[u8]) -> u64 {
        digest(&[self.origin, self.session, document])
    }
}

/// The events that a document tells about a user.
pub(super) fn events(
    told: Told<'_>,
    user: &UserIdentity<'_>,
    data: &ShData<'_>,
) -> SmallVec<[NetworkEvent; 4]> {
    let subject = subject(user, data);
    let reporter = text(told.origin);
    let facts = facts(told.at, data);
    let events = facts
        .into_iter()
        .enumerate()
        .map(|(place, fact)| NetworkEvent {
            order: order(told, place),
            source: Source::Ph,
            reporter: reporter.clone(),
            subject: subject.clone(),
            fact,
        });
    events.collect()
}

/// What a document means: of each domain its state and place, and the registration. What the
/// network did not tell leaves everything as it was.
fn facts(at: Stamp, data: &ShData<'_>) -> SmallVec<[Fact; 4]> {
    let mut facts = SmallVec::new();
    facts.extend(
        data.ims_user_state
            .and_then(registration)
            .map(Fact::Registration),
    );
    let cs_state = data.cs_user_state.and_then(cs_mobility);
    facts.extend(mobility(
        at,
        Domain::Cs,
        cs_state,
        data.cs_location.as_ref(),
    ));
    facts.extend(data.cs_user_state.and_then(call).map(Fact::Call));
    // An LTE subscriber is known to the MME, and then the SGSN does not tell.
    let sgsn = data.ps_user_state.and_then(ps_mobility);
    let ps_state = data.eps_user_state.and_then(ps_mobility).or(sgsn);
    let mme = data
        .eps_location
        .as_ref()
        .filter(|location| location.has_place());
    let told = mme.or(data.ps_location.as_ref());
    // Without a place an MME still tells the network.
    let ps_location = told.or(data.eps_location.as_ref());
    facts.extend(mobility(at, Domain::Ps, ps_state, ps_location));
    facts
}

fn registration(state: ImsUserState) -> Option<Registration> {
    let state = match state {
        ImsUserState::Registered => RegistrationState::Active,
        // Services for who is not registered do not make him so.
        ImsUserState::NotRegistered | ImsUserState::RegisteredUnregServices => {
            RegistrationState::Terminated
        }
        ImsUserState::AuthenticationPending | ImsUserState::Other(_) => return None,
    };
    Some(Registration {
        state,
        lifetime: None,
        roaming: None,
        access: None,
        place: None,
    })
}

const fn cs_mobility(state: CsUserState) -> Option<MobilityState> {
    match state {
        CsUserState::CamelBusy => Some(MobilityState::Connected),
        CsUserState::AssumedIdle => Some(MobilityState::Idle),
        CsUserState::NetworkDeterminedNotReachable => Some(MobilityState::NotReachable),
        CsUserState::NotProvidedFromVlr | CsUserState::Other(_) => None,
    }
}

const fn call(state: CsUserState) -> Option<Call> {
    let state = match state {
        CsUserState::CamelBusy => CallState::Busy,
        CsUserState::AssumedIdle => CallState::Idle,
        _ => return None,
    };
    let bearer = Bearer::Unknown;
    Some(Call { state, bearer })
}

const fn ps_mobility(state: PsUserState) -> Option<MobilityState> {
    match state {
        PsUserState::Detached => Some(MobilityState::Detached),
        PsUserState::AttachedNotReachableForPaging
        | PsUserState::ConnectedNotReachableForPaging
        | PsUserState::NetworkDeterminedNotReachable => Some(MobilityState::NotReachable),
        PsUserState::AttachedReachableForPaging => Some(MobilityState::Idle),
        PsUserState::ConnectedReachableForPaging => Some(MobilityState::Connected),
        PsUserState::NotProvided | PsUserState::Other(_) => None,
    }
}

fn mobility(
    at: Stamp,
    domain: Domain,
    state: Option<MobilityState>,
    location: Option<&Location<'_>>,
) -> Option<Fact> {
    let serving = location.and_then(Location::serving).map(plmn);
    let place = location.and_then(|location| place(at, location));
    let tells = state.is_some() || serving.is_some() || place.is_some();
    tells.then_some(Fact::Mobility(Mobility {
        domain,
        state,
        serving,
        place,
    }))
}

fn place(at: Stamp, location: &Location<'_>) -> Option<Place> {
    let cell = cell(location);
    let shape = location.position.map(shape);
    if cell.is_none() && shape.is_none() {
        return None;
    }
    let age = location.age.filter(|_| !location.is_current).unwrap_or(0);
    Some(Place {
        cell,
        shape,
        seen: (age > 0).then(|| at.to_millis() - Duration::from_mins(age.into())),
        fix: None,
    })
}

/// The most exact of what is told.
fn cell(location: &Location<'_>) -> Option<Cell> {
    let eutran = location.eutran_cell.map(|cell| Cell::Ecgi {
        plmn: plmn(cell.plmn),
        eci: cell.eci,
        tac: location.tracking_area.map(|area| area.tac),
    });
    let area = location.area.map(area);
    let routing = location.routing_area.map(
        |gi::Rai {
             plmn: network,
             lac,
             rac,
         }| Cell::Rai {
            plmn: plmn(network),
            lac,
            rac,
        },
    );
    let tracking = location.tracking_area.map(|area| Cell::Tai {
        plmn: plmn(area.plmn),
        tac: area.tac.into(),
    });
    // A location area says less than a routeing area.
    let narrow = area.filter(|area| !matches!(area, Cell::Lai { .. }));
    eutran.or(narrow).or(tracking).or(routing).or(area)
}

fn area(area: Area) -> Cell {
    match area {
        Area::Cell(gi::Cgi {
            plmn: network,
            lac,
            ci,
        }) => Cell::Cgi {
            plmn: plmn(network),
            lac,
            ci,
        },
        Area::Service(gi::Sai {
            plmn: network,
            lac,
            sac,
        }) => Cell::Sai {
            plmn: plmn(network),
            lac,
            sac,
        },
        Area::Location(gi::Lai { plmn: network, lac }) => Cell::Lai {
            plmn: plmn(network),
            lac,
        },
    }
}

const fn shape(position: Geographic) -> Shape {
    Shape::Circle {
        latitude: position.latitude,
        longitude: position.longitude,
        radius: position.radius,
    }
}

/// Whom the message is about, and what else the document calls the same user.
fn subject(user: &UserIdentity<'_>, data: &ShData<'_>) -> Subject {
    let told = data
        .msisdns
        .first()
        .and_then(|text| digits(text.written().as_bytes()));
    let imsi = data.imsi.and_then(|text| digits(text.written().as_bytes()));
    let mut subject = Subject {
        imsi: imsi.map(Imsi),
        msisdn: told.map(Msisdn),
        ..Subject::default()
    };
    match user {
        UserIdentity::PublicIdentity(uri) => subject.uri = Some(SmolStr::from(*uri)),
        UserIdentity::Msisdn(number) => {
            let number: SmallVec<[u8; 16]> = number.ascii().take(16).collect();
            subject.msisdn = digits(&number).map(Msisdn).or(subject.msisdn);
            let first = data.public_identities.first();
            let uri = first.and_then(|text| text.unescaped());
            subject.uri = uri.map(SmolStr::from);
        }
        UserIdentity::ExternalIdentifier(name) => subject.nai = Some(SmolStr::from(*name)),
    }
    subject
}

fn digits(text: &[u8]) -> Option<Digits> {
    Digits::from_ascii(text.strip_prefix(b"+").unwrap_or(text)).ok()
}

/// The facts of one message stand beside each other: none of them is about the same thing.
fn order(told: Told<'_>, place: usize) -> Order {
    let digest = digest(&[told.origin, told.session, &place.to_be_bytes()]);
    Order {
        at: told.at,
        id: RANK << 56 | digest >> 8,
    }
}

fn digest(parts: &[&[u8]]) -> u64 {
    let mut digest = Xxh3::new();
    for part in parts {
        digest.update(part);
        digest.update(&[0]);
    }
    digest.digest()
}

/// Neither a beginning nor an end: a state as it is.
const RANK: u64 = 2;

fn plmn(plmn: pengate_codecs::Plmn) -> Plmn {
    Plmn {
        mcc: plmn.mcc(),
        mnc: plmn.mnc(),
        three_digit_mnc: plmn.mnc_digits() == 3,
    }
}

fn text(octets: &[u8]) -> SmolStr {
    SmolStr::from(String::from_utf8_lossy(octets))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOLD: Told<'_> = Told {
        at: Stamp::from_secs(1_772_360_130),
        origin: b"hss.ims.example",
        session: b"hss;1;2",
    };
    const ALICE: UserIdentity<'_> = UserIdentity::PublicIdentity("sip:alice@ims.example");

    fn told(within: &str) -> Vec<String> {
        let text = format!("<Sh-Data>{within}</Sh-Data>");
        let data = ShData::decode(text.as_bytes()).unwrap();
        let facts = facts(TOLD.at, &data);
        facts.iter().map(crate::event::to_json).collect()
    }

    #[test]
    fn registrations_are_active_or_not() {
        let ims = |state| {
            told(&format!(
                "<Sh-IMS-Data><IMSUserState>{state}</IMSUserState></Sh-IMS-Data>"
            ))
        };
        assert_eq!(ims(1), [r#"{"registration":{"state":"active"}}"#]);
        assert_eq!(ims(0), [r#"{"registration":{"state":"terminated"}}"#]);
        assert_eq!(ims(2), ims(0));
        assert_eq!(ims(3), [""; 0], "authentication tells nothing new");
    }

    #[test]
    fn who_is_in_a_call_is_connected() {
        let cs = |state| told(&format!("<CSUserState>{state}</CSUserState>"));
        assert_eq!(
            cs(0),
            [
                r#"{"mobility":{"domain":"cs","state":"connected"}}"#,
                r#"{"call":{"bearer":"unknown","state":"busy"}}"#
            ]
        );
        assert_eq!(
            cs(1),
            [r#"{"mobility":{"domain":"cs","state":"not-reachable"}}"#]
        );
        assert_eq!(cs(3), [""; 0], "not provided keeps what was known");
    }

    #[test]
    fn the_mme_goes_before_the_sgsn() {
        let both =
            "<PSUserState>0</PSUserState><Extension><EPSUserState>4</EPSUserState></Extension>";
        assert_eq!(
            told(both),
            [r#"{"mobility":{"domain":"ps","state":"connected"}}"#]
        );
        let silent =
            "<PSUserState>2</PSUserState><Extension><EPSUserState>5</EPSUserState></Extension>";
        assert_eq!(
            told(silent),
            [r#"{"mobility":{"domain":"ps","state":"idle"}}"#]
        );
    }

    #[test]
    fn an_mme_that_tells_no_place_tells_the_network() {
        let eps = "<EPSLocationInformation><Extension><VisitedPLMNID>00212</VisitedPLMNID>\
            </Extension></EPSLocationInformation>";
        assert_eq!(
            told(eps),
            [r#"{"mobility":{"domain":"ps","serving":"002-12"}}"#]
        );
    }

    #[test]
    fn a_place_tells_when_the_subscriber_was_there() {
        let location = "<CSLocationInformation><CellGlobalId>APEQEjRWeA==</CellGlobalId>\
            <AgeOfLocationInformation>5</AgeOfLocationInformation></CSLocationInformation>";
        assert_eq!(
            told(location),
            [
                "{\"mobility\":{\"domain\":\"cs\",\"place\":{\"cell\":{\"cgi\":{\"ci\":22136,\
              \"lac\":4660,\"plmn\":\"001-01\"}},\"seen\":\"2026-03-01T10:10:30Z\"},\
              \"serving\":\"001-01\"}}"
            ]
        );
    }

    #[test]
    fn the_same_message_tells_the_same_events_and_all_names_of_the_user() {
        let text = "<Sh-Data><PublicIdentifiers><MSISDN>99900000001</MSISDN></PublicIdentifiers>\
            <Sh-IMS-Data><IMSUserState>1</IMSUserState></Sh-IMS-Data><CSUserState>2</CSUserState>\
            </Sh-Data>";
        let data = ShData::decode(text.as_bytes()).unwrap();
        let first = events(TOLD, &ALICE, &data);
        assert_eq!(first, events(TOLD, &ALICE, &data));
        assert_eq!(first.len(), 3);
        assert_eq!(
            first[0].subject.uri.as_deref(),
            Some("sip:alice@ims.example")
        );
        assert_eq!(
            first[0].subject.msisdn.unwrap().0.to_string(),
            "99900000001"
        );
        assert_ne!(first[0].order, first[1].order);
    }
}
