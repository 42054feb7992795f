//! A dialog at the notifier's side (RFC 3261 clause 12, RFC 6665 clause 4.4).

use pengate_codecs::sip::header::{Address, CSeq, CallId, Contact, From, RecordRoute, To};
use pengate_codecs::sip::{DecodeError, Message, Method, Name, Uri, Writer};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The state of one dialog. All text lies in one piece of memory: a million of them must fit.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Dialog {
    text: Box<str>,
    /// Where each [`Part`] ends in `text`.
    ends: [u16; PARTS],
    local_cseq: u32,
    remote_cseq: u32,
}

/// What `text` holds, in this order.
#[derive(Clone, Copy, Debug)]
enum Part {
    CallId,
    LocalUri,
    LocalTag,
    RemoteUri,
    RemoteTag,
    /// Where the peer is: its Contact.
    Target,
    /// The route set, as the value of a Route header; empty when there is none.
    Routes,
}

const PARTS: usize = 7;

/// Why a request makes no dialog.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum DialogError {
    /// A header that a dialog is made of is missing or bad: 400.
    #[error(transparent)]
    Header(#[from] DecodeError),
    /// The headers that a dialog is made of hold more than 65,535 octets: 513.
    #[error("dialog state of {len} octets")]
    TooLong {
        /// How many.
        len: usize,
    },
}

/// How a request within the dialog follows the one before (RFC 3261 clause 12.2.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Sequence {
    /// It is the next one; its number has been noted.
    Next,
    /// It has the number of the last one: a copy that its transaction did not recognise.
    Repeated,
    /// It is older than the last one: 500.
    Low,
}

impl Dialog {
    /// The dialog that `request` starts when it is answered with `local_tag`.
    ///
    /// # Errors
    /// [`DialogError`], which says how to refuse the request.
    pub fn accept(request: &Message<'_>, local_tag: &str) -> Result<Self, DialogError> {
        let CallId(call_id) = request.required()?;
        let To(to) = request.required()?;
        let From(from) = request.required()?;
        let target = target(request)?;
        let target = target.ok_or(DecodeError::Missing {
            name: Name::Contact,
        })?;
        let mut routes = String::new();
        for route in request.list::<RecordRoute<'_>>() {
            let RecordRoute(route) = route?;
            if !routes.is_empty() {
                routes.push_str(", ");
            }
            push_route(&mut routes, route.uri, route.params.as_str());
        }
        let tag = from.tag().unwrap_or_default();
        let parts = [
            call_id, to.uri, local_tag, from.uri, tag, target.uri, &routes,
        ];
        let (text, ends) = pack(parts)?;
        Ok(Self {
            text,
            ends,
            local_cseq: 0,
            remote_cseq: request.required::<CSeq<'_>>()?.number,
        })
    }

    /// Identifies the dialog together with both tags.
    #[must_use]
    pub fn call_id(&self) -> &str {
        self.part(Part::CallId)
    }

    /// Our tag.
    #[must_use]
    pub fn local_tag(&self) -> &str {
        self.part(Part::LocalTag)
    }

    /// The peer's tag; empty when it sent none.
    #[must_use]
    pub fn remote_tag(&self) -> &str {
        self.part(Part::RemoteTag)
    }

    /// Whom the peer asked for.
    #[must_use]
    pub fn local_uri(&self) -> &str {
        self.part(Part::LocalUri)
    }

    /// Who the peer is.
    #[must_use]
    pub fn remote_uri(&self) -> &str {
        self.part(Part::RemoteUri)
    }

    /// Where the peer is.
    #[must_use]
    pub fn target(&self) -> &str {
        self.part(Part::Target)
    }

    /// The route set as the value of a Route header; empty when there is none.
    #[must_use]
    pub fn routes(&self) -> &str {
        self.part(Part::Routes)
    }

    /// The number of the last request we sent.
    #[must_use]
    pub const fn local_cseq(&self) -> u32 {
        self.local_cseq
    }

    /// Counts on from `number`: numbers up to it may have been used before a restart.
    pub const fn set_local_cseq(&mut self, number: u32) {
        self.local_cseq = number;
    }

    /// How much memory the dialog takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        size_of::<Self>() + self.text.len()
    }

    /// The URI that says where the next request goes: the first route, else the target.
    #[must_use]
    pub fn next_hop(&self) -> &str {
        first_route(self.routes()).map_or(self.target(), |(route, _)| route)
    }

    /// Whether `request` was sent within this dialog.
    #[must_use]
    pub fn contains(&self, request: &Message<'_>) -> bool {
        let to = request.required::<To<'_>>().map(|To(to)| to.tag());
        let from = request.required::<From<'_>>();
        let from = from.map(|From(from)| from.tag().unwrap_or_default());
        request.required() == Ok(CallId(self.call_id()))
            && to == Ok(Some(self.local_tag()))
            && from == Ok(self.remote_tag())
    }

    /// Takes a request within the dialog: notes its number and, when it is the next one, the new
    /// place of the peer. Nothing changes otherwise.
    ///
    /// # Errors
    /// [`DialogError`], which says how to refuse the request.
    pub fn receive(&mut self, request: &Message<'_>) -> Result<Sequence, DialogError> {
        let number = request.required::<CSeq<'_>>()?.number;
        match number.cmp(&self.remote_cseq) {
            std::cmp::Ordering::Less => return Ok(Sequence::Low),
            std::cmp::Ordering::Equal => return Ok(Sequence::Repeated),
            std::cmp::Ordering::Greater => {}
        }
        if let Some(target) = target(request)?
            && target.uri != self.target()
        {
            let mut parts = self.parts();
            parts[Part::Target as usize] = target.uri;
            let (text, ends) = pack(parts)?;
            (self.text, self.ends) = (text, ends);
        }
        self.remote_cseq = number;
        Ok(Sequence::Next)
    }

    /// Starts the next request within the dialog: request-URI, Route, Max-Forwards, From, To,
    /// Call-ID and CSeq. The front adds the Via.
    pub fn request<'b>(&mut self, out: &'b mut Vec<u8>, method: Method<'_>) -> Writer<'b> {
        self.local_cseq = self.local_cseq.wrapping_add(1) & CSEQ_MAX;
        let parts = self.parts();
        let part = |part: Part| parts[part as usize];
        let (target, routes) = (part(Part::Target), part(Part::Routes));
        let mut writer = match first_route(routes) {
            // A strict router takes the request-URI for its own (RFC 3261 clause 12.2.1.1).
            Some((route, rest)) if !is_loose(route) => {
                let mut writer = Writer::request(out, method, route);
                if !rest.is_empty() {
                    writer.text(Name::Route, &[rest]);
                }
                writer.text(Name::Route, &["<", target, ">"]);
                writer
            }
            first => {
                let mut writer = Writer::request(out, method, target);
                if first.is_some() {
                    writer.text(Name::Route, &[routes]);
                }
                writer
            }
        };
        let (local, remote) = (part(Part::LocalUri), part(Part::RemoteUri));
        writer.text(Name::MaxForwards, &["70"]);
        writer.text(Name::From, &["<", local, ">;tag=", part(Part::LocalTag)]);
        match part(Part::RemoteTag) {
            "" => writer.text(Name::To, &["<", remote, ">"]),
            tag => writer.text(Name::To, &["<", remote, ">;tag=", tag]),
        };
        writer.text(Name::CallId, &[part(Part::CallId)]);
        let mut number = itoa::Buffer::new();
        let number = number.format(self.local_cseq);
        writer.text(Name::CSeq, &[number, " ", method.as_str()]);
        writer
    }

    /// A part; empty where stored state was damaged.
    fn part(&self, part: Part) -> &str {
        let end = |at: usize| self.ends.get(at).map_or(0, |end| usize::from(*end));
        let start = (part as usize).checked_sub(1).map_or(0, end);
        self.text.get(start..end(part as usize)).unwrap_or_default()
    }

    /// The parts; empty where stored state was damaged.
    fn parts(&self) -> [&str; PARTS] {
        let mut start = 0;
        self.ends.map(|end| {
            let end = usize::from(end);
            let part = self.text.get(start..end).unwrap_or_default();
            start = end;
            part
        })
    }
}

/// The URI of the first route, and the rest of the route set.
fn first_route(routes: &str) -> Option<(&str, &str)> {
    let (first, rest) = routes.split_once('>')?;
    let rest = rest.find('<').and_then(|start| rest.get(start..));
    Some((first.strip_prefix('<')?, rest.unwrap_or_default()))
}

/// A CSeq is less than 2^31 (RFC 3261 clause 8.1.1.5).
const CSEQ_MAX: u32 = 0x7fff_ffff;

fn is_loose(route: &str) -> bool {
    // A route that cannot be read is kept out of the request-URI.
    Uri::parse(route).map_or(true, |uri| uri.is_loose())
}

/// The one address of the Contact header. It becomes the Request-URI of what we send, so it has to
/// be a URI, which an address in brackets need not be.
fn target<'a>(request: &Message<'a>) -> Result<Option<Address<'a>>, DecodeError> {
    let first = request.list::<Contact<'a>>().next().transpose()?;
    let address = first.and_then(Contact::address);
    if let Some(address) = &address {
        Uri::parse_at(address.uri, address.uri_at)?;
    }
    Ok(address)
}

/// Appends one route. Its header parameters may hold quotes and brackets: they do not matter to
/// anybody but the router that set them, so they are kept unless they would confuse the list.
fn push_route(routes: &mut String, uri: &str, params: &str) {
    routes.push('<');
    routes.push_str(uri);
    routes.push('>');
    if !params.contains(['<', '>', '\r', '\n']) {
        routes.push_str(params);
    }
}

fn pack(parts: [&str; PARTS]) -> Result<(Box<str>, [u16; PARTS]), DialogError> {
    let len = parts.iter().map(|part| part.len()).sum();
    let mut text = String::with_capacity(len);
    let mut ends = [0; PARTS];
    for (part, end) in parts.iter().zip(&mut ends) {
        text.push_str(part);
        *end = u16::try_from(text.len()).map_err(|_| DialogError::TooLong { len })?;
    }
    Ok((text.into_boxed_str(), ends))
}

#[cfg(test)]
mod tests {
    use pengate_codecs::sip::Framing;
    use pengate_codecs::sip::header::Route;

    use super::*;

    fn subscribe(cseq: u32, contact: &str, extra: &str) -> Vec<u8> {
        format!(
            "SUBSCRIBE sip:alice@ims.example SIP/2.0\r\n\
             Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK{cseq}\r\n\
             From: \"Bob\" <sip:bob@ims.example>;tag=bob1\r\n\
             To: <sip:alice@ims.example>{}\r\n\
             Call-ID: 1@192.0.2.1\r\n\
             CSeq: {cseq} SUBSCRIBE\r\n{contact}{extra}\r\n",
            if cseq > 5 { ";tag=0001-a" } else { "" },
        )
        .into_bytes()
    }

    fn decode(octets: &[u8]) -> Message<'_> {
        Message::decode(octets, Framing::Datagram).unwrap()
    }

    fn dialog(extra: &str) -> Dialog {
        let octets = subscribe(5, "Contact: <sip:bob@192.0.2.1:5070>\r\n", extra);
        Dialog::accept(&decode(&octets), "0001-a").unwrap()
    }

    fn notify(dialog: &mut Dialog) -> Vec<u8> {
        let mut out = Vec::new();
        dialog.request(&mut out, Method::Notify).finish();
        out
    }

    fn routes(octets: &[u8]) -> Vec<String> {
        let message = decode(octets);
        let routes = message.list::<Route<'_>>();
        routes
            .map(|route| route.unwrap().0.uri.to_owned())
            .collect()
    }

    #[test]
    fn a_contact_that_no_request_line_can_hold_is_refused() {
        let octets = subscribe(5, "Contact: <sip:bob@192.0\"2.1>\r\n", "");
        let at = memchr::memrchr(b'"', &octets).unwrap();
        let refused = Dialog::accept(&decode(&octets), "0001-a");
        let error = DialogError::Header(DecodeError::Uri { at });
        assert_eq!(refused.unwrap_err(), error);
    }

    #[test]
    fn a_request_in_the_dialog_goes_to_the_contact_with_rising_numbers() {
        let mut dialog = dialog("");
        assert_eq!(dialog.next_hop(), "sip:bob@192.0.2.1:5070");
        for number in 1..4 {
            let octets = notify(&mut dialog);
            let message = decode(&octets);
            assert_eq!(message.request().unwrap().uri, "sip:bob@192.0.2.1:5070");
            let From(from) = message.required().unwrap();
            let To(to) = message.required().unwrap();
            assert_eq!(
                (from.uri, from.tag()),
                ("sip:alice@ims.example", Some("0001-a"))
            );
            assert_eq!((to.uri, to.tag()), ("sip:bob@ims.example", Some("bob1")));
            let cseq = message.required::<CSeq<'_>>().unwrap();
            assert_eq!((cseq.number, cseq.method), (number, Method::Notify));
            assert_eq!(routes(&octets), [""; 0]);
        }
        assert!(dialog.memory() < 200, "{}", dialog.memory());
    }

    #[test]
    fn loose_routes_are_kept_in_order() {
        let mut dialog = dialog(
            "Record-Route: <sip:p1.example;lr>, <sip:p2.example;lr>;x=y\r\n\
             Record-Route: <sip:p3.example>\r\n",
        );
        assert_eq!(dialog.next_hop(), "sip:p1.example;lr");
        let octets = notify(&mut dialog);
        assert_eq!(
            decode(&octets).request().unwrap().uri,
            "sip:bob@192.0.2.1:5070"
        );
        let expected = ["sip:p1.example;lr", "sip:p2.example;lr", "sip:p3.example"];
        assert_eq!(routes(&octets), expected);
    }

    #[test]
    fn a_strict_router_gets_the_request_uri_and_the_target_comes_last() {
        let mut dialog = dialog("Record-Route: <sip:p1.example>,<sip:p2.example;lr>\r\n");
        let octets = notify(&mut dialog);
        assert_eq!(decode(&octets).request().unwrap().uri, "sip:p1.example");
        assert_eq!(
            routes(&octets),
            ["sip:p2.example;lr", "sip:bob@192.0.2.1:5070"]
        );
        assert_eq!(dialog.next_hop(), "sip:p1.example");
    }

    #[test]
    fn numbers_are_checked_and_the_target_is_refreshed() {
        let mut dialog = dialog("Record-Route: <sip:p1.example;lr>\r\n");
        let moved = "Contact: <sip:bob@198.51.100.7>\r\n";
        let octets = subscribe(7, moved, "");
        assert!(dialog.contains(&decode(&octets)));
        assert_eq!(dialog.receive(&decode(&octets)), Ok(Sequence::Next));
        assert_eq!(dialog.target(), "sip:bob@198.51.100.7");
        assert_eq!(dialog.routes(), "<sip:p1.example;lr>");
        assert_eq!(dialog.call_id(), "1@192.0.2.1");
        assert_eq!(dialog.receive(&decode(&octets)), Ok(Sequence::Repeated));
        let low = subscribe(6, "Contact: <sip:x@y>\r\n", "");
        assert_eq!(dialog.receive(&decode(&low)), Ok(Sequence::Low));
        assert_eq!(dialog.target(), "sip:bob@198.51.100.7");
        let without = subscribe(8, "", "");
        assert_eq!(dialog.receive(&decode(&without)), Ok(Sequence::Next));
        assert_eq!(dialog.target(), "sip:bob@198.51.100.7");
    }

    #[test]
    fn what_makes_no_dialog_is_refused() {
        let without = subscribe(5, "", "");
        let missing = DecodeError::Missing {
            name: Name::Contact,
        };
        let refused = Dialog::accept(&decode(&without), "t");
        assert_eq!(refused, Err(DialogError::Header(missing)));
        let long = format!("Contact: <sip:{}>\r\n", "a".repeat(65_536));
        let refused = Dialog::accept(&decode(&subscribe(5, &long, "")), "t");
        assert!(
            matches!(refused, Err(DialogError::TooLong { len: 65_596 })),
            "{refused:?}"
        );
    }

    #[test]
    fn another_dialog_is_not_this_one() {
        let dialog = dialog("");
        let other = String::from_utf8(subscribe(7, "", "")).unwrap();
        for (from, to) in [
            ("tag=0001-a", "tag=0001-b"),
            ("tag=bob1", "tag=bob2"),
            ("1@", "2@"),
        ] {
            let changed = other.replace(from, to);
            assert!(!dialog.contains(&decode(changed.as_bytes())), "{to}");
        }
        let upper = other.replace("tag=bob1", "TAG=bob1");
        assert!(dialog.contains(&decode(upper.as_bytes())));
    }

    #[test]
    fn a_dialog_survives_storage() {
        let dialog = dialog("Record-Route: <sip:p1.example;lr>\r\n");
        let stored = postcard::to_allocvec(&dialog).unwrap();
        let restored: Dialog = postcard::from_bytes(&stored).unwrap();
        assert_eq!(restored, dialog);
        assert!(stored.len() < 200, "{}", stored.len());
    }
}
