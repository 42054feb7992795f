//! Writing what a client says: location requests, and answers to what a server pushes.

use super::{Client, Msid, MsidType, Outcome, Requestor, Version};

/// A standard location request (MLP clause 5.2.3.1.1).
#[derive(Clone, Debug)]
pub struct Slir<'a> {
    /// Which version the server speaks.
    pub version: Version,
    /// Who asks.
    pub client: Client<'a>,
    /// On whose behalf.
    pub requestor: Option<Requestor<'a>>,
    /// About whom; at least one.
    pub msids: &'a [Msid<'a>],
    /// How exact and how soon.
    pub quality: Quality,
    /// Which location.
    pub location_type: LocationType,
    /// How urgent.
    pub priority: Priority,
    /// Where asynchronous reports are to go; when it is absent the answer is synchronous.
    pub push_url: Option<&'a str>,
}

/// How exact and how soon (MLP element `eqop`).
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Quality {
    /// How soon.
    pub response: ResponseRequirement,
    /// Seconds until the answer must be there; wins over `response`.
    pub response_timer: Option<u32>,
    /// Metres.
    pub horizontal_accuracy: Option<u32>,
    /// Seconds that a known position may be old.
    pub max_location_age: Option<u32>,
}

/// How soon an answer is wanted (MLP element `resp_req`).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum ResponseRequirement {
    /// At once, from what is known.
    NoDelay,
    /// Soon.
    LowDelay,
    /// When it is as exact as asked.
    #[default]
    DelayTolerant,
}

/// Which location is wanted (MLP element `loc_type`).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum LocationType {
    /// The current one.
    #[default]
    Current,
    /// The last known.
    Last,
    /// The current one, or else the last known.
    CurrentOrLast,
}

/// How urgent (MLP element `prio`).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub enum Priority {
    /// Not very.
    #[default]
    Normal,
    /// Very.
    High,
}

impl Slir<'_> {
    /// Appends the document.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut xml = Xml(out);
        xml.prologue("svc_init", self.version.request_type());
        xml.open("svc_init", &[("ver", self.version.of_root())]);
        xml.open("hdr", &[("ver", self.version.of_service())]);
        xml.client(&self.client);
        if let Some(requestor) = &self.requestor {
            xml.open("requestor", &[("type", &requestor.kind)]);
            xml.leaf("id", &[], &requestor.id);
            xml.close("requestor");
        }
        xml.close("hdr");
        let res_type = match self.push_url {
            Some(_) => "ASYNC",
            None => "SYNC",
        };
        let attributes = [("ver", self.version.of_service()), ("res_type", res_type)];
        xml.open("slir", &attributes);
        xml.open("msids", &[]);
        for msid in self.msids {
            xml.msid(msid);
        }
        xml.close("msids");
        xml.quality(&self.quality);
        xml.reference_system();
        let location_type = match self.location_type {
            LocationType::Current => "CURRENT",
            LocationType::Last => "LAST",
            LocationType::CurrentOrLast => "CURRENT_OR_LAST",
        };
        xml.empty("loc_type", &[("type", location_type)]);
        let priority = match self.priority {
            Priority::Normal => "NORMAL",
            Priority::High => "HIGH",
        };
        xml.empty("prio", &[("type", priority)]);
        if let Some(url) = self.push_url {
            xml.open("pushaddr", &[]);
            xml.leaf("url", &[], url);
            xml.close("pushaddr");
        }
        xml.close("slir");
        xml.close("svc_init");
    }
}

/// Appends the answer to a subscriber's own report (MLP clause 5.2.3.4.2).
pub fn write_slra(
    version: Version,
    client: Option<&Client<'_>>,
    outcome: &Outcome<'_>,
    out: &mut Vec<u8>,
) {
    let mut xml = Xml(out);
    xml.prologue("svc_result", version.answer_type());
    xml.open("svc_result", &[("ver", version.of_root())]);
    if let Some(client) = client {
        xml.open("hdr", &[("ver", version.of_service())]);
        xml.client(client);
        xml.close("hdr");
    }
    xml.open("slra", &[("ver", version.of_service())]);
    xml.outcome(outcome);
    xml.close("slra");
    xml.close("svc_result");
}

/// Appends the general error message: what is answered to a service that is not known.
pub fn write_gem(version: Version, outcome: &Outcome<'_>, out: &mut Vec<u8>) {
    let mut xml = Xml(out);
    xml.prologue("gem", version.answer_type());
    xml.open("gem", &[("ver", version.of_root())]);
    xml.outcome(outcome);
    xml.close("gem");
}

struct Xml<'o>(&'o mut Vec<u8>);

impl Xml<'_> {
    fn prologue(&mut self, root: &str, document_type: &str) {
        self.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE ");
        self.raw(root);
        self.raw(" SYSTEM \"");
        self.raw(document_type);
        self.raw("\">\n");
    }

    fn client(&mut self, client: &Client<'_>) {
        self.open("client", &[]);
        self.leaf("id", &[], &client.id);
        if let Some(password) = &client.password {
            self.leaf("pwd", &[], &password.0);
        }
        if let Some(service_id) = &client.service_id {
            self.leaf("serviceid", &[], service_id);
        }
        // Nobody asks by hand.
        self.empty("requestmode", &[("type", "PASSIVE")]);
        self.close("client");
    }

    fn msid(&mut self, msid: &Msid<'_>) {
        // What has no name is left to the default.
        let kind = match msid.kind {
            MsidType::Other => MsidType::Msisdn,
            kind => kind,
        };
        let encryption = if msid.encrypted { "CRP" } else { "ASC" };
        let attributes = [("type", kind.name()), ("enc", encryption)];
        self.leaf("msid", &attributes, &msid.value);
    }

    fn quality(&mut self, quality: &Quality) {
        let response = match quality.response {
            ResponseRequirement::NoDelay => "NO_DELAY",
            ResponseRequirement::LowDelay => "LOW_DELAY",
            ResponseRequirement::DelayTolerant => "DELAY_TOL",
        };
        self.open("eqop", &[]);
        self.empty("resp_req", &[("type", response)]);
        for (name, number) in [
            ("resp_timer", quality.response_timer),
            ("hor_acc", quality.horizontal_accuracy),
            ("max_loc_age", quality.max_location_age),
        ] {
            if let Some(number) = number {
                self.leaf(name, &[], itoa::Buffer::new().format(number));
            }
        }
        self.close("eqop");
    }

    fn reference_system(&mut self) {
        let names = ["geo_info", "CoordinateReferenceSystem", "Identifier"];
        names.iter().for_each(|name| self.open(name, &[]));
        self.leaf("code", &[], "4326");
        self.leaf("codeSpace", &[], "EPSG");
        self.leaf("edition", &[], "6.1");
        names.iter().rev().for_each(|name| self.close(name));
    }

    fn outcome(&mut self, outcome: &Outcome<'_>) {
        let number = itoa::Buffer::new().format(outcome.code.0).to_owned();
        let words = outcome.words.as_deref();
        let words = words.unwrap_or(outcome.code.slogan());
        self.leaf("result", &[("resid", &number)], words);
        if let Some(add_info) = &outcome.add_info {
            self.leaf("add_info", &[], add_info);
        }
    }

    fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.open(name, attributes);
        self.escaped(text);
        self.close(name);
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.raw("/>");
    }

    fn open(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.raw(">");
    }

    fn close(&mut self, name: &str) {
        self.raw("</");
        self.raw(name);
        self.raw(">");
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.raw("<");
        self.raw(name);
        for (name, value) in attributes {
            self.raw(" ");
            self.raw(name);
            self.raw("=\"");
            self.escaped(value);
            self.raw("\"");
        }
    }

    fn escaped(&mut self, text: &str) {
        crate::pidf::escape(text, self.0);
    }

    fn raw(&mut self, text: &str) {
        self.0.extend_from_slice(text.as_bytes());
    }
}
