//! Watchers and publishers: simple user agents that send again until they are answered.

use std::{collections::HashMap, net::SocketAddr};

use crate::script::Random;

/// What both kinds do: one request at a time, sent again until its final answer.
#[derive(Clone, Debug, Default)]
pub struct Asking {
    pub text: String,
    pub cseq: u32,
    pub tries: u32,
}

impl Asking {
    /// What to send next, and in how many milliseconds again.
    pub fn next(&mut self) -> (Vec<u8>, u64) {
        self.tries += 1;
        let text = self.text.clone();
        (text.into_bytes(), (250 << self.tries.min(4)).min(4_000))
    }

    pub fn is_answered_by(&self, text: &str) -> bool {
        let number = format!("{} ", self.cseq);
        !self.text.is_empty() && header(text, "CSeq").starts_with(&number)
    }
}

/// Keeps a subscription.
#[derive(Debug)]
pub struct Watcher {
    pub of: String,
    pub name: String,
    pub peer: SocketAddr,
    pub asking: Asking,
    to: String,
    /// For each dialog, by the notifier's tag: the body of every NOTIFY by its number.
    bodies: HashMap<String, std::collections::BTreeMap<u32, String>>,
}

impl Watcher {
    pub fn new(number: usize, user: &str, of: &str) -> Self {
        let port = 30_000 + u16::try_from(number).unwrap();
        let mut watcher = Self {
            of: of.to_owned(),
            name: user.to_owned(),
            peer: SocketAddr::from(([127, 0, 0, 1], port)),
            asking: Asking::default(),
            to: format!("<sip:{of}@ims.example>"),
            bodies: HashMap::new(),
        };
        watcher.ask();
        watcher
    }

    fn ask(&mut self) {
        let cseq = self.asking.cseq + 1;
        let Self {
            of, name, peer, to, ..
        } = self;
        let text = format!(
            "SUBSCRIBE sip:{of}@ims.example SIP/2.0\r\n\
             Via: SIP/2.0/UDP {peer};branch=z9hG4bKs{}x{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{name}@ims.example>;tag=w\r\nTo: {to}\r\n\
             Call-ID: s{}\r\nCSeq: {cseq} SUBSCRIBE\r\nContact: <sip:{name}@{peer}>\r\n\
             Event: presence\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n",
            peer.port(),
            peer.port()
        );
        self.asking = Asking {
            text,
            cseq,
            tries: 0,
        };
    }

    /// A message arrives; gives what it is answered.
    pub fn take(&mut self, text: &str) -> Option<String> {
        if text.starts_with("SIP/2.0 ") {
            if self.asking.is_answered_by(text) && text.starts_with("SIP/2.0 200") {
                header(text, "To").clone_into(&mut self.to);
                self.asking.text.clear();
            }
            return None;
        }
        let tag = header(text, "From").split_once("tag=").unwrap().1;
        let number = header(text, "CSeq").split(' ').next().unwrap();
        let body = text.split_once("\r\n\r\n").unwrap().1.to_owned();
        let seen = self.bodies.entry(tag.to_owned()).or_default();
        let number = number.parse().unwrap();
        if let Some(same) = seen.get(&number) {
            assert_eq!(*same, body, "one number, two bodies");
        }
        seen.insert(number, body);
        Some(answer(text))
    }

    /// The body of the last NOTIFY of the dialog that was agreed on.
    pub fn last(&self) -> Option<&str> {
        let tag = self.to.split_once("tag=")?.1;
        let (_, body) = self.bodies.get(tag)?.last_key_value()?;
        Some(body)
    }

    /// The states of the user that each dialog was told, in the order of its NOTIFYs.
    pub fn states(&self) -> impl Iterator<Item = Vec<u32>> {
        self.bodies.values().map(|seen| {
            let states = seen.values().map(|body| state(body));
            states.flatten().collect()
        })
    }
}

/// Publishes a user's state, and refreshes it.
#[derive(Debug)]
pub struct Publisher {
    pub user: String,
    pub peer: SocketAddr,
    pub asking: Asking,
    etag: String,
    /// What is to be published.
    pub wanted: u32,
    sent: u32,
    published: u32,
}

impl Publisher {
    pub fn new(number: usize, user: &str) -> Self {
        let port = 40_000 + u16::try_from(number).unwrap();
        Self {
            user: user.to_owned(),
            peer: SocketAddr::from(([127, 0, 0, 1], port)),
            asking: Asking::default(),
            etag: String::new(),
            wanted: 0,
            sent: 0,
            published: 0,
        }
    }

    /// Publishes what is new, or refreshes what there is, unless a request is under way.
    pub fn ask(&mut self) -> bool {
        if self.wanted == 0 || !self.asking.text.is_empty() {
            return false;
        }
        self.sent = self.wanted;
        let (user, peer, cseq) = (&self.user, self.peer, self.asking.cseq + 1);
        let is_refresh = self.published == self.wanted && !self.etag.is_empty();
        let body = if is_refresh {
            String::new()
        } else {
            document(user, self.wanted)
        };
        let mut extra = String::new();
        if !self.etag.is_empty() {
            extra += &format!("SIP-If-Match: {}\r\n", self.etag);
        }
        if !body.is_empty() {
            extra += "Content-Type: application/pidf+xml\r\n";
        }
        let text = format!(
            "PUBLISH sip:{user}@ims.example SIP/2.0\r\n\
             Via: SIP/2.0/UDP {peer};branch=z9hG4bKp{}x{cseq}\r\nMax-Forwards: 70\r\n\
             From: <sip:{user}@ims.example>;tag=p\r\nTo: <sip:{user}@ims.example>\r\n\
             Call-ID: p{}\r\nCSeq: {cseq} PUBLISH\r\nEvent: presence\r\nExpires: 60\r\n\
             {extra}Content-Length: {}\r\n\r\n{body}",
            peer.port(),
            peer.port(),
            body.len()
        );
        self.asking = Asking {
            text,
            cseq,
            tries: 0,
        };
        true
    }

    /// A message arrives; tells whether the next request is due at once.
    pub fn take(&mut self, text: &str) -> bool {
        if !self.asking.is_answered_by(text) || text.starts_with("SIP/2.0 1") {
            return false;
        }
        self.asking.text.clear();
        if text.starts_with("SIP/2.0 200") {
            header(text, "SIP-ETag").clone_into(&mut self.etag);
            self.published = self.sent;
            return self.published != self.wanted;
        }
        if text.starts_with("SIP/2.0 412") {
            self.etag.clear();
            self.published = 0;
        }
        true
    }
}

fn document(user: &str, state: u32) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:{user}@ims.example\">\
         <tuple id=\"im\"><status><basic>open</basic></status>\
         <contact>sip:{user}@ims.example</contact><note>state {state}.</note></tuple></presence>"
    )
}

/// The latest published state that a document shows.
fn state(body: &str) -> Option<u32> {
    let numbers = body.split("state ").skip(1);
    numbers
        .filter_map(|rest| rest.split('.').next()?.parse().ok())
        .max()
}

/// The value of a header; empty when it is not there.
pub fn header<'t>(text: &'t str, name: &str) -> &'t str {
    let head = text.split("\r\n\r\n").next().unwrap();
    let mut values = head.lines().filter_map(|line| line.split_once(':'));
    let found = values.find(|(found, _)| found.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value.trim())
}

fn answer(request: &str) -> String {
    let copied = ["Via", "From", "To", "Call-ID", "CSeq"];
    let headers = copied.map(|name| format!("{name}: {}\r\n", header(request, name)));
    format!(
        "SIP/2.0 200 OK\r\n{}Content-Length: 0\r\n\r\n",
        headers.concat()
    )
}

/// Milliseconds until a publisher refreshes.
pub fn refresh_after(random: &mut Random) -> u64 {
    random.within(20_000..30_000)
}
