//! What the network knows, as components of a document: tuples `tel`, `sms`, `ims` and `data`, the
//! person `p1` and the device `dev1`.

use pengate_codecs::{
    Stamp,
    pidf::{Basic, Document, Limits, Namespace, Namespaces, Writer, parse, write_presence},
};

use super::{
    Options, Sources,
    device::device_id,
    location,
    network::{Circuit, Network, Packet, networks},
};
use crate::{
    event::{MobilityState, RegistrationState, Roaming},
    pen::NetworkId,
    server::facets::{Facets, NameId, Told},
};

use Namespace::{DataModel, Network as Pn, Oma, OmaExtension, Pidf, Rpid};

/// Components as text, with the namespaces that they need.
#[derive(Debug)]
pub(super) struct Projection {
    pub text: String,
    pub namespaces: Namespaces,
}

impl Projection {
    /// As a document like those of publishers.
    pub(super) fn document(&self, entity: &str) -> Option<Document> {
        let mut octets = Vec::with_capacity(self.text.len() + 1_024);
        write_presence(entity, self.namespaces, &mut octets, |out| {
            out.extend_from_slice(self.text.as_bytes());
        });
        // What we write can be read, whatever its size.
        let limits = Limits {
            octets_max: usize::MAX,
            ..Limits::default()
        };
        parse(&octets, &limits).ok()
    }
}

/// Writes what the network knows; `None` where it knows nothing that is shown.
pub(super) fn project(sources: &Sources<'_>, options: &Options) -> Option<Projection> {
    let facets = sources.facets.filter(|facets| !facets.is_empty())?;
    let mut out = Vec::with_capacity(2_048);
    let mut writer = Writer::new(&mut out);
    Projecting {
        sources,
        facets,
        options,
        device: device_id(&options.device_key, &sources.identities, sources.presentity),
        barring: facets.barring(),
    }
    .write(&mut writer);
    let namespaces = writer.namespaces();
    let text = String::from_utf8(out).ok()?;
    (!text.is_empty()).then_some(Projection { text, namespaces })
}

struct Projecting<'a> {
    sources: &'a Sources<'a>,
    facets: &'a Facets,
    options: &'a Options,
    device: String,
    barring: Option<Told<bool>>,
}

/// A service that the network tells about.
struct Service<'a> {
    id: &'a str,
    open: bool,
    service_id: &'a str,
    class: &'a str,
    contact: Option<&'a str>,
    at: Stamp,
}

impl Projecting<'_> {
    fn write(&self, w: &mut Writer<'_>) {
        let circuit = Circuit::new(self.facets);
        let packet = Packet::new(self.facets);
        self.telephony(w, circuit.as_ref());
        self.short_messages(w, circuit.as_ref(), packet.as_ref());
        self.ims(w);
        if self.options.data_service {
            self.data(w, packet.as_ref());
        }
        self.person(w, circuit.as_ref());
        let networks = networks(self.facets, circuit.as_ref(), packet);
        self.device(w, &networks);
    }

    /// Telephony follows the circuit-switched domain. Barring alone is told of telephony too.
    fn telephony(&self, w: &mut Writer<'_>, circuit: Option<&Circuit>) {
        let barred = self.barring.filter(|told| told.value);
        let Some(at) = circuit
            .map(|circuit| circuit.at)
            .or_else(|| barred.map(|told| told.at()))
        else {
            return;
        };
        let reachable = circuit.is_some_and(|circuit| circuit.reachable);
        let call = circuit.and_then(|circuit| circuit.call);
        let idle = circuit.is_some_and(|circuit| circuit.idle);
        let contact = self.telephone();
        let service = Service {
            id: "tel",
            open: reachable,
            service_id: &self.options.services.telephony,
            class: "pna-cs",
            contact: Some(&contact),
            at,
        };
        self.service(w, &service, |w| {
            if reachable && (call.is_some() || idle) {
                let basic = if call.is_some() {
                    Basic::Open
                } else {
                    Basic::Closed
                };
                w.element(Oma, "session-participation", |w| {
                    w.leaf(Oma, "basic", basic.name());
                });
            }
            if let Some((bearer, since)) = call.filter(|_| self.options.show_extensions) {
                w.element(Pn, "call", |w| {
                    w.attribute("bearer", bearer.name())
                        .attribute("since", &text(since));
                });
            }
        });
    }

    /// Short messages reach a device attached to either domain.
    fn short_messages(
        &self,
        w: &mut Writer<'_>,
        circuit: Option<&Circuit>,
        packet: Option<&Packet>,
    ) {
        // Neither a call nor a session changes whether they reach it.
        let newest = [
            circuit.map(|cs| cs.reached),
            packet.and_then(|ps| ps.reached),
        ];
        let Some(at) = newest.into_iter().flatten().max() else {
            return;
        };
        let contact = self.telephone();
        let service = Service {
            id: "sms",
            open: circuit.is_some_and(|cs| cs.reachable) || packet.is_some_and(|ps| ps.reachable),
            service_id: &self.options.services.sms,
            class: "pna",
            contact: Some(&contact),
            at,
        };
        self.service(w, &service, |_| {});
    }

    fn ims(&self, w: &mut Writer<'_>) {
        let Some(registration) = self.facets.registration() else {
            return;
        };
        let active = registration.value == RegistrationState::Active;
        let service = Service {
            id: "ims",
            open: active,
            service_id: &self.options.services.ims,
            class: "pna-ims",
            contact: Some(self.sources.presentity.as_str()),
            at: registration.at(),
        };
        self.service(w, &service, |w| {
            let state = if active { "active" } else { "terminated" };
            w.leaf(Oma, "registration-state", state);
        });
    }

    fn data(&self, w: &mut Writer<'_>, packet: Option<&Packet>) {
        let Some((packet, (live, _))) =
            packet.and_then(|packet| Some((packet, packet.sessions.as_ref()?)))
        else {
            return;
        };
        let service = Service {
            id: "data",
            open: *live > 0,
            service_id: &self.options.services.data,
            class: "pna",
            contact: None,
            at: packet.at,
        };
        self.service(w, &service, |_| {});
    }

    /// A tuple in the order of the schema; barring closes every service.
    fn service(
        &self,
        w: &mut Writer<'_>,
        service: &Service<'_>,
        states: impl FnOnce(&mut Writer<'_>),
    ) {
        let barred = self.barring.is_some_and(|told| told.value);
        let at = self
            .barring
            .map_or(service.at, |told| told.at().max(service.at));
        let basic = if service.open && !barred {
            Basic::Open
        } else {
            Basic::Closed
        };
        w.element(Pidf, "tuple", |w| {
            w.attribute("id", service.id);
            w.element(Pidf, "status", |w| {
                w.leaf(Pidf, "basic", basic.name());
            });
            states(w);
            if self.barring.is_some() {
                let state = if barred { "active" } else { "terminated" };
                w.leaf(Oma, "barring-state", state);
            }
            w.element(Oma, "service-description", |w| {
                w.leaf(Oma, "service-id", service.service_id)
                    .leaf(Oma, "version", "1.0");
            });
            w.leaf(Rpid, "class", service.class);
            w.leaf(DataModel, "deviceID", &self.device);
            if let Some(contact) = service.contact {
                w.leaf(Pidf, "contact", contact);
            }
            w.leaf(Pidf, "timestamp", &text(at));
        });
    }

    fn person(&self, w: &mut Writer<'_>, circuit: Option<&Circuit>) {
        let call = circuit.and_then(|circuit| circuit.call);
        let offset = self
            .facets
            .time_offset()
            .filter(|_| self.options.show_time_offset);
        let newest = [call.map(|(_, since)| since), offset.map(|told| told.at())];
        let Some(at) = newest.into_iter().flatten().max() else {
            return;
        };
        w.element(DataModel, "person", |w| {
            w.attribute("id", "p1");
            if let Some((_, since)) = call {
                w.element(Rpid, "activities", |w| {
                    w.attribute("from", &text(since)).attribute("id", "act-pna");
                    w.empty(Rpid, "on-the-phone");
                });
            }
            w.leaf(Rpid, "class", "pna");
            if let Some(offset) = offset {
                w.leaf(Rpid, "time-offset", &offset.value.to_string());
            }
            w.leaf(DataModel, "timestamp", &text(at));
        });
    }

    fn device(&self, w: &mut Writer<'_>, networks: &[Network]) {
        let place = self
            .facets
            .place()
            .filter(|_| self.options.show_location)
            .filter(|told| location::is_shown(told.value, self.options));
        let newest = networks
            .iter()
            .map(|network| network.at)
            .chain(place.map(|told| told.at()));
        let Some(at) = newest.max() else {
            return;
        };
        w.element(DataModel, "device", |w| {
            w.attribute("id", "dev1");
            if !networks.is_empty() {
                w.element(Oma, "network-availability", |w| {
                    for network in networks {
                        self.network(w, network);
                    }
                });
            }
            if let Some(told) = place {
                location::write(w, &told, self.options);
            }
            w.leaf(Rpid, "class", "pna");
            w.leaf(DataModel, "deviceID", &self.device);
            w.leaf(DataModel, "timestamp", &text(at));
        });
    }

    fn network(&self, w: &mut Writer<'_>, network: &Network) {
        let names = &self.options.networks;
        let id = match network.id {
            NetworkId::Cs => &names.cs,
            NetworkId::Ps => &names.ps,
            NetworkId::Ims => &names.ims,
            NetworkId::Wlan => &names.wlan,
            NetworkId::Tunnel => &names.tunnel,
        };
        w.element(Oma, "network", |w| {
            w.attribute("id", id);
            w.empty(
                Oma,
                if network.available {
                    "active"
                } else {
                    "terminated"
                },
            );
            match network.roaming {
                Some(Roaming::Home) => w.empty(OmaExtension, "home"),
                Some(Roaming::Visited) => w.empty(OmaExtension, "visited"),
                None => w,
            };
            if self.options.show_extensions {
                self.extensions(w, network);
            }
        });
    }

    fn extensions(&self, w: &mut Writer<'_>, network: &Network) {
        if let Some((state, since)) = network.mobility {
            let (state, reason) = mobility(state);
            w.element(Pn, "mobility", |w| {
                w.attribute("state", state);
                if let Some(reason) = reason {
                    w.attribute("reason", reason);
                }
                w.attribute("since", &text(since));
            });
        }
        if let Some((live, apns)) = &network.sessions {
            w.element(Pn, "pdp", |w| {
                w.attribute("active", &live.to_string());
                for apn in self.access_points(apns) {
                    w.leaf(Pn, "apn", apn);
                }
            });
        }
    }

    fn access_points(&self, apns: &[NameId]) -> Vec<&str> {
        let mut shown: Vec<_> = apns
            .iter()
            .filter(|_| self.options.show_apn)
            .map(|apn| self.sources.names.access_points.text(*apn))
            .collect();
        shown.sort_unstable();
        shown.dedup();
        shown
    }

    /// The contact of telephony: the number where it is known.
    fn telephone(&self) -> String {
        match self.sources.identities.msisdn {
            Some(msisdn) => format!("tel:+{}", msisdn.0),
            None => self.sources.presentity.as_str().to_owned(),
        }
    }
}

/// Words of `pn:mobility`.
const fn mobility(state: MobilityState) -> (&'static str, Option<&'static str>) {
    match state {
        MobilityState::Attached => ("attached", None),
        MobilityState::Idle => ("idle", None),
        MobilityState::Connected => ("connected", None),
        MobilityState::NotReachable => ("not-reachable", None),
        MobilityState::DetachedByDevice => ("detached", Some("ms-initiated")),
        MobilityState::DetachedByNetwork => ("detached", Some("network-initiated")),
        MobilityState::Detached => ("detached", None),
    }
}

/// A time as documents carry it: whole milliseconds.
pub(super) fn text(at: Stamp) -> String {
    let mut out = Vec::with_capacity(24);
    at.write_rfc3339(&mut out);
    String::from_utf8(out).unwrap_or_default()
}
