//! States of a presentity and what is chosen for them: one case a row of the mapping table, then
//! compositions.

#[path = "places.rs"]
mod places;

use pengate::{
    event::{
        AccessNetwork, Bearer, CallState, Cell, Domain, Imsi, MobilityState, Msisdn, Order, Place,
        Plmn, RegistrationState, Roaming, SessionKey, Shape, Source,
    },
    pen::{Change, Ended, NetworkId, Presentity, PresentityUpdate, SourceReset},
    server::{
        compose::{Identities, Options, Publication, Publisher, Sources, compose},
        facets::{self, Facets, Names, Resets, Scope},
    },
};
use pengate_codecs::{Stamp, pidf};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};

/// 2026-03-01T10:15:30.250Z.
const START: i64 = 1_772_360_130_250;

pub fn at(seconds: i64) -> Stamp {
    Stamp::from_millis(START + seconds * 1_000)
}

pub fn order(seconds: i64) -> Order {
    Order {
        at: at(seconds),
        id: 0,
    }
}

/// A publication in a case.
pub type Published = (Publisher, u32, i64, &'static str);

/// A state and the choices of the operator.
pub struct Case {
    pub name: &'static str,
    pub updates: Vec<PresentityUpdate>,
    pub resets: Vec<SourceReset>,
    pub publications: Vec<Published>,
    pub options: Options,
    pub limits: facets::Options,
    /// Seconds after the start.
    pub now: i64,
}

impl Case {
    /// A state told by the network, one update a second.
    fn told(name: &'static str, told: impl IntoIterator<Item = (Source, Change)>) -> Self {
        let updates = told.into_iter().zip(0..).map(|((source, change), second)| {
            let changes = [change].into_iter().collect();
            PresentityUpdate {
                presentity: alice(),
                source,
                reporter: format!("{}1", source.name()).into(),
                order: order(second),
                changes,
                expires: None,
            }
        });
        Self {
            name,
            updates: updates.collect(),
            resets: Vec::new(),
            publications: Vec::new(),
            options: Options::default(),
            limits: facets::Options::default(),
            now: 60,
        }
    }

    fn with(mut self, choose: impl FnOnce(&mut Self)) -> Self {
        choose(&mut self);
        self
    }

    /// The document of the state.
    pub fn document(&self) -> Vec<u8> {
        let documents: Vec<_> = self
            .publications
            .iter()
            .map(|(_, _, _, xml)| pidf::parse(xml.as_bytes(), &pidf::Limits::default()).unwrap())
            .collect();
        let publications: Vec<_> = self
            .publications
            .iter()
            .zip(&documents)
            .map(|((publisher, number, seconds, _), document)| Publication {
                number: *number,
                publisher: *publisher,
                at: at(*seconds),
                document,
            })
            .collect();
        let (facets, names) = self.facets();
        let alice = alice();
        let sources = Sources {
            presentity: &alice,
            identities: identities(),
            facets: Some(&facets),
            names: &names,
            publications: &publications,
        };
        let mut out = Vec::new();
        compose(&sources, &self.options).write(&mut out);
        out
    }

    fn facets(&self) -> (Facets, Names) {
        let (mut facets, mut names) = (Facets::default(), Names::default());
        let mut resets = Resets::default();
        for reset in &self.resets {
            resets.insert(reset, &mut names);
        }
        let mut scope = Scope {
            now: at(self.now),
            names: &mut names,
            resets: &resets,
            options: &self.limits,
        };
        for update in &self.updates {
            facets.apply(update, &mut scope);
        }
        (facets, names)
    }
}

pub fn alice() -> Presentity {
    Presentity::canonical("sip:alice@ims.example")
}

pub fn identities() -> Identities {
    Identities {
        imsi: Some(Imsi("001010000000001".parse().unwrap())),
        msisdn: Some(Msisdn("99900000001".parse().unwrap())),
    }
}

fn mobility(domain: Domain, state: MobilityState) -> Change {
    Change::Mobility { domain, state }
}

fn cs(state: MobilityState) -> (Source, Change) {
    (Source::Pc, mobility(Domain::Cs, state))
}

fn ps(state: MobilityState) -> (Source, Change) {
    (Source::Pg, mobility(Domain::Ps, state))
}

fn call(state: CallState, bearer: Bearer) -> (Source, Change) {
    (Source::Pc, Change::Call { state, bearer })
}

fn session(key: u64, apn: &str, ended: Option<Ended>) -> (Source, Change) {
    let change = Change::Session {
        key: SessionKey(key),
        context: 5,
        ended,
        apn: Some(apn.into()),
        rat: None,
        address: None,
    };
    (Source::Pk, change)
}

fn roaming(source: Source, network: NetworkId, roaming: Roaming) -> (Source, Change) {
    (source, Change::Roaming { network, roaming })
}

fn registration(state: RegistrationState) -> (Source, Change) {
    (Source::Pi, Change::Registration { state })
}

fn access(source: Source, network: AccessNetwork, up: bool) -> (Source, Change) {
    (source, Change::Access { network, up })
}

fn place(source: Source, cell: Option<Cell>, shape: Option<Shape>) -> (Source, Change) {
    let place = Place {
        cell,
        shape,
        ..Place::default()
    };
    (source, Change::Place(place))
}

fn plmn() -> Plmn {
    Plmn::from_digits("00101").unwrap()
}

const USER: &str = include_str!("publications/user.xml");
const TABLET: &str = include_str!("publications/tablet.xml");
const CALENDAR: &str = include_str!("publications/calendar.xml");
const SILENT: &str = include_str!("publications/silent.xml");
const COLLIDING: &str = include_str!("publications/colliding.xml");
const IMS_CLIENT: &str = include_str!("publications/ims-client.xml");

/// Every case, each with a golden document of its name.
pub fn cases() -> Vec<Case> {
    let mut cases = circuit();
    cases.extend(packet());
    cases.extend(other_networks());
    cases.extend(places());
    cases.extend(places::shapes());
    cases.extend(choices());
    cases.extend(compositions());
    cases
}

fn circuit() -> Vec<Case> {
    use Domain::Cs;
    use MobilityState::{Attached, DetachedByDevice, DetachedByNetwork, Idle, NotReachable};
    let busy = |bearer| call(CallState::Busy, bearer);
    let over = call(CallState::Idle, Bearer::Unknown);
    vec![
        Case::told("cs-attached", [cs(Attached)]),
        Case::told("cs-idle", [cs(Idle)]),
        Case::told(
            "cs-detached-by-device",
            [cs(Attached), cs(DetachedByDevice)],
        ),
        Case::told(
            "cs-detached-by-network",
            [cs(Attached), cs(DetachedByNetwork)],
        ),
        Case::told(
            "cs-detached-ps-attached",
            [ps(Attached), cs(DetachedByDevice)],
        ),
        Case::told(
            "cs-detached-during-call",
            [busy(Bearer::Speech), cs(DetachedByNetwork)],
        ),
        Case::told("cs-not-reachable", [cs(Attached), cs(NotReachable)]),
        Case::told("cs-not-reachable-held", [cs(Attached), cs(NotReachable)])
            .with(|case| case.limits.unreachable_hold_off = std::time::Duration::from_secs(120)),
        Case::told("call-in-progress", [cs(Idle), busy(Bearer::Speech)]),
        Case::told("call-of-video", [busy(Bearer::Video)]),
        Case::told(
            "call-during-location-update",
            [busy(Bearer::Speech), cs(Attached)],
        ),
        Case::told(
            "call-released",
            [cs(Attached), busy(Bearer::Speech), over.clone()],
        ),
        Case::told("call-released-is-all-known", [busy(Bearer::Fax), over]),
        Case::told(
            "cs-state-from-home-register",
            [cs(Attached), (Source::Ph, mobility(Cs, Idle))],
        ),
    ]
}

fn packet() -> Vec<Case> {
    use MobilityState::{Attached, Connected, DetachedByDevice, NotReachable};
    let ended = |key| session(key, "internet", Some(Ended::Session));
    vec![
        Case::told("ps-attached", [ps(Attached)]),
        Case::told("ps-connected", [ps(Attached), ps(Connected)]),
        Case::told(
            "ps-detached",
            [
                ps(Attached),
                session(1, "internet", None),
                ps(DetachedByDevice),
            ],
        ),
        Case::told(
            "ps-detached-cs-attached",
            [cs(Attached), ps(DetachedByDevice)],
        ),
        Case::told("ps-not-reachable", [cs(Attached), ps(NotReachable)]),
        Case::told("session-active", [session(1, "internet", None)]),
        Case::told(
            "session-after-detach",
            [ps(DetachedByDevice), session(1, "internet", None)],
        ),
        Case::told("session-ended", [session(1, "internet", None), ended(1)]),
        Case::told(
            "one-session-of-two-ended",
            [
                session(1, "internet", None),
                session(2, "ims", None),
                ended(1),
            ],
        ),
        Case::told("sessions-lost-by-reset", [session(1, "internet", None)]).with(|case| {
            case.resets.push(SourceReset {
                source: Source::Pk,
                reporter: "pk1".into(),
                apn: None,
                order: order(30),
            });
        }),
        Case::told(
            "session-roaming",
            [
                session(1, "internet", None),
                roaming(Source::Pk, NetworkId::Ps, Roaming::Visited),
            ],
        ),
    ]
}

fn other_networks() -> Vec<Case> {
    use AccessNetwork::{Tunnel, Wlan};
    use RegistrationState::{Active, Terminated};
    vec![
        Case::told("nothing-known", []),
        Case::told("ims-registered", [registration(Active)]),
        Case::told(
            "ims-deregistered",
            [registration(Active), registration(Terminated)],
        ),
        Case::told(
            "ims-registered-visited",
            [
                registration(Active),
                roaming(Source::Pi, NetworkId::Ims, Roaming::Visited),
            ],
        ),
        Case::told(
            "barred",
            [registration(Active), (Source::Ph, Change::Barring(true))],
        ),
        Case::told(
            "barring-is-all-known",
            [(Source::Ph, Change::Barring(true))],
        ),
        Case::told(
            "barring-lifted",
            [
                cs(MobilityState::Attached),
                (Source::Ph, Change::Barring(true)),
                (Source::Ph, Change::Barring(false)),
            ],
        ),
        Case::told("wlan-attached", [access(Source::Pr, Wlan, true)]),
        Case::told(
            "wlan-detached",
            [
                access(Source::Pr, Wlan, true),
                access(Source::Pr, Wlan, false),
            ],
        ),
        Case::told("tunnel-up", [access(Source::Pp, Tunnel, true)]),
        Case::told(
            "tunnel-down",
            [
                access(Source::Pp, Tunnel, true),
                access(Source::Pp, Tunnel, false),
            ],
        ),
        Case::told(
            "all-networks",
            [
                cs(MobilityState::Idle),
                ps(MobilityState::Connected),
                session(1, "internet", None),
                session(2, "ims", None),
                registration(Active),
                access(Source::Pr, Wlan, true),
                access(Source::Pp, Tunnel, true),
                roaming(Source::Pc, NetworkId::Cs, Roaming::Home),
            ],
        ),
    ]
}

fn places() -> Vec<Case> {
    let plmn = plmn();
    let three_digits = Plmn::from_digits("001001").unwrap();
    let located = |name, source, cell, shape| {
        Case::told(name, [place(source, cell, shape)]).with(|case| {
            case.options.show_location = true;
        })
    };
    let cell = |name, cell| located(name, Source::Pc, Some(cell), None);
    let point = Shape::Point {
        latitude: 304_625_830,
        longitude: -5_000_000,
    };
    let circle = Shape::Circle {
        latitude: -304_625_830,
        longitude: 454_307_720,
        radius: 57_050,
    };
    let (lac, tac) = (0x1234, 0x5678);
    vec![
        cell(
            "place-cgi",
            Cell::Cgi {
                plmn,
                lac,
                ci: 60_123,
            },
        ),
        cell("place-sai", Cell::Sai { plmn, lac, sac: 17 }),
        cell("place-lai", Cell::Lai { plmn, lac }),
        cell(
            "place-rai",
            Cell::Rai {
                plmn,
                lac,
                rac: 200,
            },
        ),
        cell(
            "place-tai",
            Cell::Tai {
                plmn: three_digits,
                tac: 0x00ff_ffff,
            },
        ),
        cell(
            "place-ecgi",
            Cell::Ecgi {
                plmn,
                eci: 0x0fff_ffff,
                tac: Some(tac),
            },
        ),
        located("place-point", Source::Pl, None, Some(point.clone())),
        located(
            "place-circle-and-cell",
            Source::Pc,
            Some(Cell::Lai { plmn, lac }),
            Some(circle),
        ),
        Case::told(
            "place-hidden",
            [
                cs(MobilityState::Attached),
                place(Source::Pc, None, Some(point)),
            ],
        ),
        cell("place-cell-without-extensions", Cell::Lai { plmn, lac })
            .with(|case| case.options.show_extensions = false),
    ]
}

fn choices() -> Vec<Case> {
    let sessions = || [session(1, "internet", None), session(2, "ims", None)];
    vec![
        Case::told("apn-shown", sessions()).with(|case| case.options.show_apn = true),
        Case::told("data-service", sessions()).with(|case| case.options.data_service = true),
        Case::told(
            "data-service-ended",
            [session(1, "internet", Some(Ended::Session))],
        )
        .with(|case| case.options.data_service = true),
        Case::told("time-offset-shown", [(Source::Pk, Change::TimeOffset(-90))])
            .with(|case| case.options.show_time_offset = true),
        Case::told(
            "without-extensions",
            [
                cs(MobilityState::Idle),
                call(CallState::Busy, Bearer::Speech),
                session(1, "internet", None),
            ],
        )
        .with(|case| case.options.show_extensions = false),
        Case::told("own-names-of-networks", [ps(MobilityState::Attached)]).with(|case| {
            case.options.networks.ps = "EPC".into();
            case.options.services.sms = "example:sms".into();
        }),
    ]
}

fn compositions() -> Vec<Case> {
    use Publisher::{Permanent, Pex, Pua};
    let on_the_phone = || {
        [
            cs(MobilityState::Idle),
            call(CallState::Busy, Bearer::Speech),
        ]
    };
    let publish = |name, told: Vec<(Source, Change)>, publications: Vec<Published>| {
        Case::told(name, told).with(|case| case.publications = publications)
    };
    let user = (Pua, 1, 10, USER);
    let ims = |state| vec![registration(state)];
    vec![
        publish("one-publication", vec![], vec![user]),
        publish("user-and-network", on_the_phone().into(), vec![user]),
        publish(
            "three-publishers-and-network",
            on_the_phone().into(),
            vec![user, (Pex, 2, 20, CALENDAR), (Pua, 3, 5, TABLET)],
        ),
        publish(
            "user-is-silent-about-a-call",
            on_the_phone().into(),
            vec![(Pua, 1, 10, SILENT)],
        ),
        publish("user-overrides-a-call", on_the_phone().into(), vec![user])
            .with(|case| case.options.user_overrides = true),
        publish(
            "closed-by-network",
            ims(RegistrationState::Terminated),
            vec![(Pua, 1, 10, IMS_CLIENT)],
        ),
        publish(
            "open-by-both",
            ims(RegistrationState::Active),
            vec![(Pua, 1, 10, IMS_CLIENT)],
        ),
        publish(
            "same-identifiers",
            vec![],
            vec![(Pua, 1, 10, USER), (Permanent, 4, 0, USER)],
        ),
        publish(
            "colliding-identifiers",
            on_the_phone().into(),
            vec![user, (Pua, 3, 5, COLLIDING)],
        ),
        publish(
            "hard-state-and-user",
            vec![],
            vec![(Permanent, 9, 0, CALENDAR), (Pua, 3, 5, TABLET)],
        ),
    ]
}

/// States mixed from those of the cases: any part of what is told and published in any of them.
#[allow(
    dead_code,
    reason = "each test that shares this file uses a part of it"
)]
pub fn mixed(count: usize) -> Vec<Case> {
    let updates: Vec<_> = cases().into_iter().flat_map(|case| case.updates).collect();
    let publications: Vec<_> = cases()
        .into_iter()
        .flat_map(|case| case.publications)
        .collect();
    let strategy = (
        prop::sample::subsequence(updates, 0..12),
        prop::sample::subsequence(publications, 0..4),
        any::<[bool; 5]>(),
    );
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| {
            let (updates, mut publications, choice) =
                strategy.new_tree(&mut runner).unwrap().current();
            for (number, publication) in (1..).zip(&mut publications) {
                publication.1 = number;
            }
            Case::told("mixed", []).with(|case| {
                case.updates = updates;
                case.publications = publications;
                let [apn, location, offset, extensions, data] = choice;
                case.options.show_apn = apn;
                case.options.show_location = location;
                case.options.show_time_offset = offset;
                case.options.show_extensions = extensions;
                case.options.data_service = data;
            })
        })
        .collect()
}
