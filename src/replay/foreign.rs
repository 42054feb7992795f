//! Captures that others made, in which our side's words are not ours.
//!
//! A server chooses entity-tags and dialog tags at random, so what peers say to the server in the
//! capture would mean nothing to the one that runs now. The capture holds what that server answered;
//! laid beside what ours answers to the same request, it tells which of our names stands for which
//! of its names. The answers to its NOTIFYs are given to ours in the same dialog.
//!
//! A recording of ours needs none of this: there the seed makes the names the same.

use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
};

use pengate_codecs::sip::{
    Framing, Message, Method, Name, StartLine, Writer,
    header::{CSeq, From, To},
};

use crate::{
    feed::{Carrier, Channel, Chunk, Heading},
    session::sip::{Piece, Stream, front::Options},
};

/// Most names, requests and dialogs remembered of each; the oldest are forgotten.
const REMEMBERED_MAX: usize = 1 << 20;

/// What a server chose for one request.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
struct Chosen {
    /// SIP-ETag.
    etag: Option<Vec<u8>>,
    /// The tag of To.
    tag: Option<Vec<u8>>,
}

/// Translates between the server of a capture and ours.
#[derive(Debug, Default)]
pub(super) struct Translator {
    options: Options,
    streams: HashMap<(Channel, Heading), Stream>,
    /// What ours chose, by the request, until the capture tells what the other did.
    chosen: Remembered<Vec<u8>, Chosen>,
    /// Our names by the other's.
    names: Remembered<Vec<u8>, Vec<u8>>,
    /// Our NOTIFYs that wait for an answer, by the dialog.
    notifies: Remembered<Vec<u8>, Vec<u8>>,
}

impl Translator {
    /// Takes a piece of SIP of the capture, and gives what our server is to be told instead: whole
    /// messages, or the octets as they are where no message can be found in them.
    pub fn chunk(&mut self, chunk: &Chunk<'_>) -> Vec<Vec<u8>> {
        if chunk.channel.carrier != Carrier::Tcp {
            return self
                .message(chunk.heading, chunk.bytes)
                .into_iter()
                .collect();
        }
        let key = (chunk.channel, chunk.heading);
        let mut stream = self.streams.remove(&key).unwrap_or_default();
        let mut told = Vec::new();
        let limits = self.options.frame_limits();
        let followed = stream.push(chunk.bytes, &limits, |piece| match piece {
            Piece::Message(octets) => told.extend(self.message(chunk.heading, octets)),
            Piece::Ping => {}
        });
        match followed {
            Ok(()) => drop(self.streams.insert(key, stream)),
            // Ours shall see what is wrong with it, too.
            Err(_) if chunk.heading == Heading::In => told.push(chunk.bytes.to_vec()),
            Err(_) => {}
        }
        told
    }

    /// A connection of the capture ended.
    pub fn down(&mut self, channel: Channel) {
        for heading in [Heading::In, Heading::Out] {
            self.streams.remove(&(channel, heading));
        }
    }

    /// Takes note of what our server sent.
    pub fn sent(&mut self, octets: &[u8]) {
        let Ok(message) = Message::decode(octets, Framing::Datagram) else {
            return;
        };
        match message.start() {
            StartLine::Request(line) if line.method == Method::Notify => {
                if let Some(call) = message.field(Name::CallId) {
                    self.notifies.insert(call.octets.to_vec(), octets.to_vec());
                }
            }
            StartLine::Request(_) => {}
            StartLine::Status(_) => {
                if let Some((request, chosen)) = answer(&message) {
                    self.chosen.insert(request, chosen);
                }
            }
        }
    }

    /// A message of the capture: what ours is to be told instead, if anything.
    fn message(&mut self, heading: Heading, octets: &[u8]) -> Option<Vec<u8>> {
        let Ok(message) = Message::decode(octets, Framing::Datagram) else {
            return (heading == Heading::In).then(|| octets.to_vec());
        };
        match (heading, message.start()) {
            (Heading::In, StartLine::Request(_)) => Some(self.request(&message)),
            (Heading::In, StartLine::Status(line)) => self.response(&message, line.status),
            (Heading::Out, StartLine::Status(_)) => {
                self.learn(&message);
                None
            }
            (Heading::Out, StartLine::Request(_)) => None,
        }
    }

    /// What the other server chose stands for what ours chose.
    fn learn(&mut self, message: &Message<'_>) {
        let Some((request, theirs)) = answer(message) else {
            return;
        };
        let Some(ours) = self.chosen.remove(&request) else {
            return;
        };
        for (theirs, ours) in [(theirs.etag, ours.etag), (theirs.tag, ours.tag)] {
            if let (Some(theirs), Some(ours)) = (theirs, ours) {
                self.names.insert(theirs, ours);
            }
        }
    }

    /// A request with our names in it.
    fn request(&self, message: &Message<'_>) -> Vec<u8> {
        let mut octets = message.octets().to_vec();
        let tag = message.header::<To<'_>>().ok().flatten();
        let tag = tag.and_then(|to| to.0.tag());
        let etag = message.field(Name::SipIfMatch);
        let mut places: Vec<(usize, &[u8])> = Vec::new();
        if let (Some(field), Some(tag)) = (message.field(Name::To), tag) {
            let inside = field.octets.windows(tag.len());
            let at = inside.rev().position(|part| part == tag.as_bytes());
            let start = at.map(|back| field.octets.len() - tag.len() - back);
            places.extend(start.map(|start| (field.at + start, tag.as_bytes())));
        }
        places.extend(etag.map(|field| (field.at, field.octets)));
        // From the end, so that places before stay where they are.
        places.sort_unstable_by_key(|(at, _)| std::cmp::Reverse(*at));
        for (at, theirs) in places {
            if let Some(ours) = self.names.get(theirs) {
                octets.splice(at..at + theirs.len(), ours.iter().copied());
            }
        }
        octets
    }

    /// The answer to our NOTIFY in the dialog that this one is for.
    fn response(&mut self, message: &Message<'_>, status: u16) -> Option<Vec<u8>> {
        let call = message.field(Name::CallId)?;
        let notify = self.notifies.remove(call.octets)?;
        let notify = Message::decode(&notify, Framing::Datagram).ok()?;
        let mut octets = Vec::new();
        let mut writer = Writer::answer(&mut octets, &notify, status, None, None).ok()?;
        if let Some(later) = message.field(Name::RetryAfter) {
            writer.octets(Name::RetryAfter, later.octets);
        }
        writer.finish();
        Some(octets)
    }
}

/// Which request a success answers, and what the server chose for it.
fn answer(message: &Message<'_>) -> Option<(Vec<u8>, Chosen)> {
    let status = message.response()?.status;
    let cseq: CSeq<'_> = message.required().ok()?;
    let is_choice = matches!(cseq.method, Method::Publish | Method::Subscribe);
    if !(200..300).contains(&status) || !is_choice {
        return None;
    }
    let from: From<'_> = message.required().ok()?;
    let to: To<'_> = message.required().ok()?;
    let request = [
        message.field(Name::CallId)?.octets,
        message.field(Name::CSeq)?.octets,
        from.0.tag().unwrap_or_default().as_bytes(),
    ];
    let chosen = Chosen {
        etag: message
            .field(Name::SipEtag)
            .map(|field| field.octets.to_vec()),
        tag: to.0.tag().map(|tag| tag.as_bytes().to_vec()),
    };
    Some((request.join(&b'\n'), chosen))
}

/// A table that forgets its oldest rows when there are too many.
#[derive(Debug)]
struct Remembered<K, V> {
    rows: HashMap<K, V>,
    order: VecDeque<K>,
    max: usize,
}

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self {
            rows: HashMap::new(),
            order: VecDeque::new(),
            max: REMEMBERED_MAX,
        }
    }
}

impl<K: Clone + Eq + Hash, V> Remembered<K, V> {
    fn insert(&mut self, key: K, value: V) {
        if self.rows.insert(key.clone(), value).is_none() {
            self.order.push_back(key);
        }
        // Rows that were removed are still in the order; they count until they are oldest.
        while self.order.len() > self.max {
            if let Some(oldest) = self.order.pop_front() {
                self.rows.remove(&oldest);
            }
        }
    }
}

impl<V> Remembered<Vec<u8>, V> {
    fn get(&self, key: &[u8]) -> Option<&V> {
        self.rows.get(key)
    }

    fn remove(&mut self, key: &[u8]) -> Option<V> {
        self.rows.remove(key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
        From: <sip:bob@ims.example>;tag=b\r\nCall-ID: c\r\n";

    fn chunk(heading: Heading, bytes: &str) -> Chunk<'_> {
        Chunk {
            at: pengate_codecs::Stamp::default(),
            channel: Channel {
                carrier: Carrier::Udp,
                local: "127.0.0.1:5060".parse().unwrap(),
                peer: "127.0.0.1:9".parse().unwrap(),
            },
            heading,
            bytes: bytes.as_bytes(),
        }
    }

    fn answer(method: &str, tag: &str, etag: &str) -> String {
        format!(
            "SIP/2.0 200 OK\r\n{PEER}To: <sip:alice@ims.example>;tag={tag}\r\nCSeq: 1 {method}\r\n\
             SIP-ETag: {etag}\r\nContent-Length: 0\r\n\r\n"
        )
    }

    fn request(method: &str, tag: &str, etag: &str) -> String {
        format!(
            "{method} sip:alice@ims.example SIP/2.0\r\n{PEER}To: <sip:alice@ims.example>;tag={tag}\r\n\
             CSeq: 2 {method}\r\nSIP-If-Match: {etag}\r\nContent-Length: 2\r\n\r\nok"
        )
    }

    #[test]
    fn requests_get_our_names_for_those_of_the_other_server() {
        let mut translator = Translator::default();
        let asked = request("PUBLISH", "their-tag", "their-etag");
        let unknown = translator.chunk(&chunk(Heading::In, &asked));
        assert_eq!(unknown, [asked.as_bytes()], "nothing is known yet");
        translator.sent(answer("PUBLISH", "our-longer-tag", "our-etag").as_bytes());
        let theirs = answer("PUBLISH", "their-tag", "their-etag");
        assert!(translator.chunk(&chunk(Heading::Out, &theirs)).is_empty());
        let told = translator.chunk(&chunk(Heading::In, &asked));
        let expected = request("PUBLISH", "our-longer-tag", "our-etag");
        assert_eq!(told, [expected.as_bytes()]);
    }

    #[test]
    fn our_notify_is_answered_as_the_other_was() {
        let mut translator = Translator::default();
        let ours = request("NOTIFY", "b", "x").replace("z9hG4bK1", "z9hG4bKours");
        translator.sent(ours.as_bytes());
        let answer = answer("NOTIFY", "b", "x").replace("200 OK", "481 Gone");
        let told = translator.chunk(&chunk(Heading::In, &answer));
        let text = String::from_utf8(told[0].clone()).unwrap();
        assert!(text.starts_with("SIP/2.0 481 "), "{text}");
        assert!(
            text.contains("z9hG4bKours") && text.contains("CSeq: 2 NOTIFY"),
            "{text}"
        );
        assert!(
            translator.chunk(&chunk(Heading::In, &answer)).is_empty(),
            "none waits"
        );
    }

    #[test]
    fn messages_of_a_stream_are_found_however_it_is_cut() {
        let asked = request("SUBSCRIBE", "t", "e").repeat(2);
        let (first, second) = asked.split_at(100);
        let mut translator = Translator::default();
        let mut told = Vec::new();
        for part in [first, second] {
            let mut chunk = chunk(Heading::In, part);
            chunk.channel.carrier = Carrier::Tcp;
            told.extend(translator.chunk(&chunk));
        }
        assert_eq!(told.concat(), asked.as_bytes());
        assert_eq!(told.len(), 2);
    }

    #[test]
    fn what_is_no_message_is_handed_on() {
        let mut translator = Translator::default();
        assert_eq!(translator.chunk(&chunk(Heading::In, "junk")), [b"junk"]);
        assert!(translator.chunk(&chunk(Heading::Out, "junk")).is_empty());
    }

    #[test]
    fn the_oldest_rows_are_forgotten() {
        let mut remembered = Remembered {
            max: 3,
            ..Remembered::default()
        };
        for number in 0..5_u8 {
            remembered.insert(vec![number], ());
        }
        let left: Vec<_> = (0..5)
            .map(|number| remembered.get(&[number]).is_some())
            .collect();
        assert_eq!(left, [false, false, true, true, true]);
    }
}
