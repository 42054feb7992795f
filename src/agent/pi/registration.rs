//! From a third-party REGISTER to an event (TS 24.229 clause 5.4.1.7).

use std::time::Duration;

use pengate_codecs::{
    Stamp,
    sip::{
        Framing, Message, Name, Uri,
        header::{CSeq, CallId, Contact, ContentType, Expires, From, To, VisitedNetwork},
    },
};
use smol_str::SmolStr;
use xxhash_rust::xxh3::Xxh3;

use super::{Options, access::Access};
use crate::agent::identity::imsi_of;
use crate::event::{
    Fact, NetworkEvent, Order, Place, Registration, RegistrationState, Roaming, Source, Subject,
};

/// Why a REGISTER is no event.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Unfit {
    /// A header that is needed is absent or cannot be read.
    Header(&'static str),
    /// It registers its own sender, as a user agent's does; an S-CSCF registers somebody else.
    OwnBehalf,
}

/// What a third-party REGISTER says.
#[derive(Debug)]
pub(super) struct Told {
    pub event: NetworkEvent,
    /// Seconds of validity as asked for: the answer grants them. 0 is the end.
    pub expires: u32,
}

/// Reads a REGISTER that arrived `at`.
pub(super) fn read(at: Stamp, message: &Message<'_>, options: &Options) -> Result<Told, Unfit> {
    let to: To<'_> = message.required().map_err(|_| Unfit::Header("To"))?;
    let from: From<'_> = message.required().map_err(|_| Unfit::Header("From"))?;
    let public = canonical(to.0.uri).ok_or(Unfit::Header("To"))?;
    let sender = canonical(from.0.uri).ok_or(Unfit::Header("From"))?;
    let vouched = message.field(Name::Authorization).is_none();
    if sender == public || !vouched {
        return Err(Unfit::OwnBehalf);
    }
    let expires = expires(message, options)?;
    // The user agent's own request may be enclosed: it knows more than the S-CSCF copied.
    let enclosed = enclosed(message);
    let enclosed = enclosed.and_then(|octets| Message::decode(octets, Framing::Datagram).ok());
    let outer = Access::of(message);
    let access = match &enclosed {
        Some(enclosed) if outer.is_empty() => Access::of(enclosed),
        _ => outer,
    };
    let private = enclosed.as_ref().and_then(private_identity);
    let state = match expires {
        0 => RegistrationState::Terminated,
        _ => RegistrationState::Active,
    };
    let is_active = state == RegistrationState::Active;
    let registration = Registration {
        state,
        lifetime: is_active.then(|| Duration::from_secs(expires.into()) + options.grace),
        roaming: roaming(message, options),
        access: access.rat,
        place: access.cell.filter(|_| is_active).map(|cell| Place {
            cell: Some(cell),
            ..Place::default()
        }),
    };
    let event = NetworkEvent {
        order: Order {
            at,
            id: identifier(message, &public),
        },
        source: Source::Pi,
        reporter: sender,
        subject: Subject {
            imsi: private.as_deref().and_then(imsi_of),
            nai: private,
            uri: Some(public),
            ..Subject::default()
        },
        fact: Fact::Registration(registration),
    };
    Ok(Told { event, expires })
}

fn canonical(uri: &str) -> Option<SmolStr> {
    let uri = Uri::parse(uri).ok()?;
    Some(uri.to_canonical().into())
}

/// Expires, else what the Contact says, else the default (RFC 3261 clause 10.2.1.1).
fn expires(message: &Message<'_>, options: &Options) -> Result<u32, Unfit> {
    let header: Option<Expires> = message.header().map_err(|_| Unfit::Header("Expires"))?;
    let contact = || {
        let contact = message.list::<Contact<'_>>().flatten().next();
        let address = contact.and_then(Contact::address)?;
        address.params.value("expires")?.parse().ok()
    };
    let default = || u32::try_from(options.default_expires.as_secs()).unwrap_or(u32::MAX);
    Ok(header
        .map(|expires| expires.0)
        .or_else(contact)
        .unwrap_or_else(default))
}

/// Home when every network named is one of ours (TS 24.229 clause 5.2.2: the P-CSCF names its own).
fn roaming(message: &Message<'_>, options: &Options) -> Option<Roaming> {
    let home = |network: &str| {
        options.home_networks.iter().any(|ours| {
            let network = network.to_ascii_lowercase();
            let inner = network.strip_suffix(ours.to_ascii_lowercase().as_str());
            inner.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        })
    };
    if options.home_networks.is_empty() {
        return None;
    }
    let mut named = message.list::<VisitedNetwork<'_>>().flatten().peekable();
    named.peek()?;
    Some(if named.all(|network| home(network.0)) {
        Roaming::Home
    } else {
        Roaming::Visited
    })
}

/// The REGISTER of the user agent that a body of type `message/sip` encloses, alone or as a part of
/// `multipart/mixed`; one level deep and no deeper.
fn enclosed<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    let kind: ContentType<'_> = message.header().ok().flatten()?;
    let body = if kind.is("message/sip") {
        message.body()
    } else if kind.is("multipart/mixed") {
        part(message.body(), kind.boundary()?)?
    } else {
        return None;
    };
    body.starts_with(b"REGISTER ").then_some(body)
}

/// The first part of type `message/sip` (RFC 2046 clause 5.1).
fn part<'a>(body: &'a [u8], boundary: &str) -> Option<&'a [u8]> {
    let delimiter = format!("--{boundary}");
    let mut starts = memchr::memmem::find_iter(body, delimiter.as_bytes());
    let mut from = starts.next()? + delimiter.len();
    loop {
        let next = starts.next();
        let part = body.get(from..next.unwrap_or(body.len()))?;
        let head = memchr::memmem::find(part, b"\r\n\r\n")?;
        let (head, content) = part.split_at_checked(head + 4)?;
        if head
            .to_ascii_lowercase()
            .windows(11)
            .any(|text| text == b"message/sip")
        {
            return Some(content.strip_suffix(b"\r\n").unwrap_or(content));
        }
        from = next? + delimiter.len();
    }
}

/// The private user identity that the user agent authenticates with (TS 24.229 clause 5.1.1.2).
fn private_identity(register: &Message<'_>) -> Option<SmolStr> {
    let field = register.field(Name::Authorization)?;
    let text = std::str::from_utf8(field.octets).ok()?;
    let (_, rest) = text.split_once("username=\"")?;
    let (name, _) = rest.split_once('"')?;
    (!name.is_empty()).then(|| name.into())
}

/// Names the request; the arrival alone decides which of two counts.
fn identifier(message: &Message<'_>, public: &str) -> u64 {
    let mut digest = Xxh3::new();
    digest.update(public.as_bytes());
    if let Ok(Some(CallId(call))) = message.header() {
        digest.update(call.as_bytes());
    }
    if let Ok(Some(cseq)) = message.header::<CSeq<'_>>() {
        digest.update(&cseq.number.to_be_bytes());
    }
    RANK << 56 | digest.digest() >> 8
}

/// Neither a beginning nor an end: no two requests arrive at one instant.
const RANK: u64 = 2;

#[cfg(test)]
mod tests;
