//! Network elements and publishers that keep a gateway busy and remember what it acknowledged.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    net::SocketAddr,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use crate::{
    gateway::{Gateway, PATIENCE},
    http::presentity,
    pidf::{document, notes},
    radius::{Client, START, STOP, Session, now},
    seed::Seeded,
    sip::Party,
};

/// Contexts that a subscriber may have at a time (NSAPI 5 to 9).
const CONTEXTS: std::ops::RangeInclusive<u8> = 5..=9;

/// Provisions as many subscribers, `sip:user0@ims.example` and so on.
pub fn subscribers(count: usize) -> String {
    let mut csv = String::from("imsi,msisdn,uris\n");
    for number in 0..count {
        writeln!(csv, "{},{},{}", imsi(number), msisdn(number), uri(number)).unwrap();
    }
    csv
}

/// The address of record of a provisioned subscriber.
pub fn uri(number: usize) -> String {
    format!("sip:user{number}@ims.example")
}

fn imsi(number: usize) -> String {
    format!("0010100000{number:05}")
}

fn msisdn(number: usize) -> String {
    format!("9990000{number:04}")
}

/// A network element with one subscriber, whose packet sessions begin and end. It has one request
/// under way at a time and sends it until it is answered, as the protocol wants it.
#[derive(Debug)]
pub struct Element {
    number: usize,
    client: Client,
    identifier: u8,
    begun: u32,
    /// What was acknowledged: the sessions that last.
    live: Vec<Session>,
    under_way: Option<Request>,
    /// How many requests were acknowledged.
    pub acknowledged: u64,
}

#[derive(Debug)]
struct Request {
    packet: Vec<u8>,
    session: Session,
    status: u32,
}

impl Element {
    /// The element of a provisioned subscriber.
    pub fn new(number: usize, server: SocketAddr) -> Self {
        Self {
            number,
            client: Client::new(server),
            identifier: 0,
            begun: 0,
            live: Vec::new(),
            under_way: None,
            acknowledged: 0,
        }
    }

    /// Begins or ends a session when nothing is under way.
    pub fn act(&mut self, seeded: &mut Seeded) {
        if self.under_way.is_some() {
            return;
        }
        let free: Vec<_> = CONTEXTS
            .filter(|nsapi| !self.contexts().contains(nsapi))
            .collect();
        let ends = free.is_empty() || (!self.live.is_empty() && seeded.below(2) == 0);
        let (session, status) = if ends {
            let at = usize::try_from(seeded.below(self.live.len() as u64)).unwrap();
            (self.live[at].clone(), STOP)
        } else {
            self.begun += 1;
            (self.session(free[0]), START)
        };
        self.identifier = self.identifier.wrapping_add(1);
        // A Stop is told a second later than its Start can have been: times are whole seconds.
        let at = now() + u32::from(status == STOP);
        let packet = session.request(status, self.identifier, at);
        self.client.send(&packet);
        self.under_way = Some(Request {
            packet,
            session,
            status,
        });
    }

    fn session(&self, nsapi: u8) -> Session {
        Session {
            id: format!("{}-{}", self.number, self.begun),
            nas: format!("ggsn{}", self.number),
            imsi: imsi(self.number),
            msisdn: msisdn(self.number),
            nsapi: char::from(b'0' + nsapi),
            ..Session::of_alice("")
        }
    }

    /// Takes the answer if there is one.
    pub fn heed(&mut self, patience: Duration) {
        let Some(request) = self.under_way.take() else {
            return;
        };
        if !self.client.is_answered(&request.packet, patience) {
            self.under_way = Some(request);
            return;
        }
        self.acknowledged += 1;
        match request.status {
            START => self.live.push(request.session),
            _ => self.live.retain(|session| session.id != request.session.id),
        }
    }

    /// Sends again what was not answered, until it is.
    pub fn insist(&mut self) {
        let end = std::time::Instant::now() + PATIENCE;
        while let Some(request) = &self.under_way {
            assert!(std::time::Instant::now() < end, "never answered");
            self.client.send(&request.packet);
            self.heed(Duration::from_millis(500));
        }
    }

    /// The contexts that were acknowledged to last.
    fn contexts(&self) -> BTreeSet<u8> {
        let digit = |session: &Session| session.nsapi as u8 - b'0';
        self.live.iter().map(digit).collect()
    }

    /// What the gateway knows must be what it acknowledged, but for what was under way.
    pub fn check(&self, gateway: &Gateway) {
        let uri = uri(self.number);
        let known = presentity(gateway, &uri);
        let facets = known.map(|known| known["facets"].clone());
        let facets = facets
            .iter()
            .filter_map(|facets| facets.as_array())
            .flatten();
        let context = |facet: &serde_json::Value| facet["state"]["session"]["context"].as_u64();
        let mut shown: BTreeSet<u8> = facets
            .filter_map(context)
            .map(|context| u8::try_from(context).unwrap())
            .collect();
        let mut due = self.contexts();
        if let Some(request) = &self.under_way {
            let open = request.session.nsapi as u8 - b'0';
            shown.remove(&open);
            due.remove(&open);
        }
        assert_eq!(shown, due, "{uri}");
    }
}

/// A presence user agent that publishes one note after another.
#[derive(Debug)]
pub struct Publisher {
    number: usize,
    party: Party,
    /// The note that was acknowledged last, and the entity-tag that came with it.
    acknowledged: Option<(u32, String)>,
    /// The note and the request that is not answered yet.
    under_way: Option<(u32, String)>,
}

impl Publisher {
    /// The publisher of a provisioned subscriber.
    pub fn new(number: usize, server: SocketAddr) -> Self {
        Self {
            number,
            party: Party::udp(server, &format!("user{number}")),
            acknowledged: None,
            under_way: None,
        }
    }

    /// How many publications were acknowledged.
    pub fn count(&self) -> u32 {
        self.acknowledged.as_ref().map_or(0, |(note, _)| *note)
    }

    /// Publishes the next note, and waits for the answer while the gateway lives.
    pub fn act(&mut self, is_over: &AtomicBool) {
        let (note, etag) = self.acknowledged.clone().unwrap_or_default();
        let note = note + 1;
        let call_id = self.party.name("k");
        let uri = uri(self.number);
        let text = document(&uri, "open", &format!("note-{note}"));
        let request = self.party.publish_request(&call_id, &etag, &text, 3600);
        self.under_way = Some((note, request));
        while self.under_way.is_some() && !is_over.load(Ordering::Relaxed) {
            self.heed(Duration::from_millis(100));
        }
    }

    /// Sends what is under way again, until it is answered.
    pub fn insist(&mut self) {
        self.heed(PATIENCE);
        assert!(self.under_way.is_none(), "never answered");
    }

    fn heed(&mut self, patience: Duration) {
        let Some((note, request)) = self.under_way.take() else {
            return;
        };
        match self.party.try_ask(&request, patience) {
            None => self.under_way = Some((note, request)),
            Some(answer) => {
                assert_eq!(answer.status(), Some(200), "{request}\n{answer:?}");
                let etag = answer.header("SIP-ETag").unwrap().to_owned();
                self.acknowledged = Some((note, etag));
            }
        }
    }

    /// The note that the gateway shows must be the one it acknowledged, or the one under way.
    pub fn check(&self, gateway: &Gateway) {
        let uri = uri(self.number);
        let known = presentity(gateway, &uri);
        let text = known.map(|known| known["document"].as_str().unwrap().to_owned());
        let shown = text.map(|text| notes(&text)).unwrap_or_default();
        let note = |note: &u32| format!("note-{note}");
        let acknowledged = self.acknowledged.iter().map(|(number, _)| note(number));
        let under_way = self.under_way.iter().map(|(number, _)| note(number));
        let allowed: Vec<Vec<String>> = [acknowledged.collect(), under_way.collect()].into();
        assert!(
            allowed.contains(&shown),
            "{uri}: {shown:?}, not of {allowed:?}"
        );
    }
}
