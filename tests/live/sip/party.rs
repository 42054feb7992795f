//! One end of a SIP conversation: a watcher, a publisher, or both.

use std::{
    collections::{HashSet, VecDeque},
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use super::Message;
use crate::gateway::PATIENCE;

/// After this a request that was not answered is sent again over UDP (T1).
const AGAIN: Duration = Duration::from_millis(500);

#[derive(Debug)]
enum Link {
    Udp(UdpSocket),
    Tcp(TcpStream, Vec<u8>),
}

/// A user agent with a socket of its own. It answers NOTIFYs as they come in and keeps them.
#[derive(Debug)]
pub struct Party {
    link: Link,
    server: SocketAddr,
    local: SocketAddr,
    user: String,
    sent: u32,
    arrived: VecDeque<Message>,
    /// The Via of every request that arrived.
    known: HashSet<String>,
    /// Whether NOTIFYs are answered.
    pub answers_notifies: bool,
}

/// A subscription of a party's.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Whom it is about.
    pub uri: String,
    /// Call-ID.
    pub call_id: String,
    /// The notifier's tag.
    pub remote_tag: String,
    /// Of the last SUBSCRIBE.
    pub cseq: u32,
}

/// A publication of a party's.
#[derive(Clone, Debug)]
pub struct Publication {
    /// SIP-ETag of the last answer.
    pub etag: String,
}

/// What a NOTIFY said.
#[derive(Clone, Debug)]
pub struct Notification {
    /// Call-ID of its dialog.
    pub call_id: String,
    /// The number in CSeq.
    pub cseq: u32,
    /// Subscription-State.
    pub state: String,
    /// The presence document.
    pub document: String,
}

impl Party {
    /// Over UDP.
    pub fn udp(server: SocketAddr, user: &str) -> Self {
        let any = if server.is_ipv4() {
            "127.0.0.1:0"
        } else {
            "[::1]:0"
        };
        let socket = UdpSocket::bind(any).unwrap();
        let local = socket.local_addr().unwrap();
        Self::new(Link::Udp(socket), server, local, user)
    }

    /// Over a TCP connection.
    pub fn tcp(server: SocketAddr, user: &str) -> Self {
        let stream = TcpStream::connect(server).unwrap();
        stream.set_nodelay(true).unwrap();
        let local = stream.local_addr().unwrap();
        Self::new(Link::Tcp(stream, Vec::new()), server, local, user)
    }

    fn new(link: Link, server: SocketAddr, local: SocketAddr, user: &str) -> Self {
        Self {
            link,
            server,
            local,
            user: user.to_owned(),
            sent: 0,
            arrived: VecDeque::new(),
            known: HashSet::new(),
            answers_notifies: true,
        }
    }

    /// Subscribes to the presence of `uri`.
    pub fn subscribe(&mut self, uri: &str, expires: u32) -> Subscription {
        let mut subscription = self.new_subscription(uri);
        let answer = self.ask(&self.subscribe_request(&subscription, expires));
        assert_eq!(answer.status(), Some(200), "{answer:?}");
        subscription.remote_tag = answer.tag("To").unwrap().to_owned();
        subscription
    }

    /// A subscription about to be asked for.
    pub fn new_subscription(&mut self, uri: &str) -> Subscription {
        Subscription {
            uri: uri.to_owned(),
            call_id: self.name("s"),
            remote_tag: String::new(),
            cseq: 1,
        }
    }

    /// Refreshes a subscription, or ends it with 0; gives the answer.
    pub fn refresh(&mut self, subscription: &mut Subscription, expires: u32) -> Message {
        subscription.cseq += 1;
        self.ask(&self.subscribe_request(subscription, expires))
    }

    /// A SUBSCRIBE, in the dialog once it has a tag.
    pub fn subscribe_request(&self, subscription: &Subscription, expires: u32) -> String {
        let Subscription {
            uri,
            call_id,
            remote_tag,
            cseq,
        } = subscription;
        let to = match remote_tag.as_str() {
            "" => format!("<{uri}>"),
            tag => format!("<{uri}>;tag={tag}"),
        };
        let headers = format!(
            "Contact: <{}>\r\nEvent: presence\r\nExpires: {expires}\r\n\
             Accept: application/pidf+xml\r\n",
            self.contact()
        );
        self.request("SUBSCRIBE", uri, &to, call_id, *cseq, &headers, "")
    }

    /// Publishes a document about itself.
    pub fn publish(&mut self, document: &str) -> Publication {
        let (answer, etag) = self.try_publish("", document, 3600);
        assert_eq!(answer.status(), Some(200), "{answer:?}");
        Publication {
            etag: etag.unwrap(),
        }
    }

    /// Publishes another document in the place of one.
    pub fn modify(&mut self, publication: &mut Publication, document: &str) {
        let (answer, etag) = self.try_publish(&publication.etag, document, 3600);
        assert_eq!(answer.status(), Some(200), "{answer:?}");
        publication.etag = etag.unwrap();
    }

    /// PUBLISH with an entity-tag, or without one when it is empty; gives the answer and its tag.
    pub fn try_publish(
        &mut self,
        etag: &str,
        document: &str,
        expires: u32,
    ) -> (Message, Option<String>) {
        let call_id = self.name("p");
        let request = self.publish_request(&call_id, etag, document, expires);
        let answer = self.ask(&request);
        let etag = answer.header("SIP-ETag").map(ToOwned::to_owned);
        (answer, etag)
    }

    /// A PUBLISH about itself.
    pub fn publish_request(
        &self,
        call_id: &str,
        etag: &str,
        document: &str,
        expires: u32,
    ) -> String {
        let mut headers = format!("Event: presence\r\nExpires: {expires}\r\n");
        if !etag.is_empty() {
            headers += &format!("SIP-If-Match: {etag}\r\n");
        }
        if !document.is_empty() {
            headers += "Content-Type: application/pidf+xml\r\n";
        }
        let uri = self.uri();
        self.request(
            "PUBLISH",
            &uri,
            &format!("<{uri}>"),
            call_id,
            1,
            &headers,
            document,
        )
    }

    /// Any request; the headers are whole lines.
    #[expect(clippy::too_many_arguments, reason = "a request has as many parts")]
    pub fn request(
        &self,
        method: &str,
        uri: &str,
        to: &str,
        call_id: &str,
        cseq: u32,
        headers: &str,
        body: &str,
    ) -> String {
        let (carrier, local, from) = (self.carrier(), self.local, self.uri());
        format!(
            "{method} {uri} SIP/2.0\r\n\
             Via: SIP/2.0/{carrier} {local};branch=z9hG4bK{call_id}.{cseq};rport\r\n\
             Max-Forwards: 70\r\n\
             From: <{from}>;tag={call_id}\r\n\
             To: {to}\r\n\
             Call-ID: {call_id}\r\n\
             CSeq: {cseq} {method}\r\n\
             {headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// Sends a request and waits for its final answer; over UDP it is sent again meanwhile.
    pub fn ask(&mut self, request: &str) -> Message {
        self.try_ask(request, PATIENCE)
            .unwrap_or_else(|| panic!("not answered: {request}"))
    }

    /// As [`Party::ask`], with less patience.
    pub fn try_ask(&mut self, request: &str, patience: Duration) -> Option<Message> {
        let (asked, _) = Message::read(request.as_bytes()).unwrap();
        let is_answer = |message: &Message| {
            let same = |name| message.header(name) == asked.header(name);
            message.status().is_some_and(|status| status >= 200) && same("CSeq") && same("Call-ID")
        };
        let end = Instant::now() + patience;
        while Instant::now() < end {
            self.send(request.as_bytes());
            let wait = match self.link {
                Link::Udp(_) => AGAIN.min(end.saturating_duration_since(Instant::now())),
                Link::Tcp(..) => patience,
            };
            let found = self.take(wait, is_answer);
            if found.is_some() || !matches!(self.link, Link::Udp(_)) {
                return found;
            }
        }
        None
    }

    /// Sends octets, whatever they are.
    pub fn send(&mut self, octets: &[u8]) {
        // A gateway that is down is a case of its own in some tests; answers tell.
        match &mut self.link {
            Link::Udp(socket) => drop(socket.send_to(octets, self.server)),
            Link::Tcp(stream, _) => drop(stream.write_all(octets)),
        }
    }

    /// The next NOTIFY; fails when none comes.
    pub fn notified(&mut self) -> Notification {
        let next = self.notified_within(PATIENCE);
        next.expect("a NOTIFY should have come")
    }

    /// The next NOTIFY, if one comes in time.
    pub fn notified_within(&mut self, patience: Duration) -> Option<Notification> {
        let notify = self.take(patience, |message| message.method() == Some("NOTIFY"))?;
        Some(Notification {
            call_id: notify.header("Call-ID").unwrap().to_owned(),
            cseq: notify.cseq(),
            state: notify.header("Subscription-State").unwrap().to_owned(),
            document: notify.body,
        })
    }

    /// The NOTIFYs up to the first whose document is as wanted.
    pub fn notified_until(&mut self, is_wanted: impl Fn(&str) -> bool) -> Vec<Notification> {
        let mut seen = Vec::new();
        loop {
            seen.push(self.notified());
            if seen.last().is_some_and(|last| is_wanted(&last.document)) {
                return seen;
            }
        }
    }

    /// The next answer to anything.
    pub fn answered(&mut self) -> Message {
        let next = self.take(PATIENCE, |message| message.status().is_some());
        next.expect("an answer should have come")
    }

    /// Whether the peer closed the connection within the patience.
    pub fn is_closed(&mut self) -> bool {
        let end = Instant::now() + PATIENCE;
        while Instant::now() < end {
            if self.read(AGAIN).is_err() {
                return true;
            }
        }
        false
    }

    /// The next message that is meant; what is not meant stays for later.
    fn take(&mut self, patience: Duration, is_meant: impl Fn(&Message) -> bool) -> Option<Message> {
        let end = Instant::now() + patience;
        let mut looked_at = 0;
        loop {
            let fresh = self.arrived.iter().skip(looked_at);
            if let Some(found) = fresh.into_iter().position(&is_meant) {
                return self.arrived.remove(looked_at + found);
            }
            looked_at = self.arrived.len();
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || self.read(left).is_err() {
                return None;
            }
        }
    }

    /// Reads what comes within `patience`; an error is the end of the connection.
    fn read(&mut self, patience: Duration) -> Result<(), ()> {
        let patience = Some(patience.max(Duration::from_millis(1)));
        let mut octets = vec![0; 65_536];
        let mut messages = Vec::new();
        match &mut self.link {
            Link::Udp(socket) => {
                socket.set_read_timeout(patience).unwrap();
                if let Ok((length, _)) = socket.recv_from(&mut octets) {
                    messages.extend(Message::read(&octets[..length]));
                }
            }
            Link::Tcp(stream, kept) => {
                stream.set_read_timeout(patience).unwrap();
                match stream.read(&mut octets) {
                    Ok(0) => return Err(()),
                    Ok(length) => kept.extend_from_slice(&octets[..length]),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => return Err(()),
                }
                while let Some((message, length)) = Message::read(kept) {
                    kept.drain(..length);
                    messages.push((message, length));
                }
            }
        }
        for (message, _) in messages {
            self.keep(message);
        }
        Ok(())
    }

    fn keep(&mut self, message: Message) {
        if message.method().is_some() && self.answers_notifies {
            let headers: String = ["Via", "From", "To", "Call-ID", "CSeq"]
                .map(|name| message.lines(name))
                .concat();
            self.send(format!("SIP/2.0 200 OK\r\n{headers}Content-Length: 0\r\n\r\n").as_bytes());
        }
        // A request that comes again is answered again, and is no second one.
        let is_again = message.method().is_some() && !self.known.insert(message.lines("Via"));
        if !is_again {
            self.arrived.push_back(message);
        }
    }

    /// A name that no other request of this run has.
    pub fn name(&mut self, prefix: &str) -> String {
        self.sent += 1;
        format!("{prefix}{}-{}-{}", self.sent, self.user, self.local.port())
    }

    /// Its address of record.
    pub fn uri(&self) -> String {
        format!("sip:{}@ims.example", self.user)
    }

    fn contact(&self) -> String {
        let transport = match self.link {
            Link::Udp(_) => "",
            Link::Tcp(..) => ";transport=tcp",
        };
        format!("sip:{}@{}{transport}", self.user, self.local)
    }

    const fn carrier(&self) -> &'static str {
        match self.link {
            Link::Udp(_) => "UDP",
            Link::Tcp(..) => "TCP",
        }
    }
}
