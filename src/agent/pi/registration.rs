//! From a third-party REGISTER to an event (TS 24.229 clause 5.4.1.7).

use std::time::Duration;

use pengate_codecs::{
    Stamp,
    sip::{DecodeError, Field, Framing, Message, Register, Uri},
};
use smol_str::SmolStr;
use xxhash_rust::xxh3::Xxh3;

use super::{Options, access::Access};
use crate::agent::identity::{imsi_of, number_in};
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

/// Reads a REGISTER that arrived `at`. `scratch` is the caller's and reused: what is made before the
/// event needs no memory of its own.
pub(super) fn read(
    at: Stamp,
    message: &Message<'_>,
    options: &Options,
    scratch: &mut String,
) -> Result<Told, Unfit> {
    let register = Register::decode(message).map_err(|error| Unfit::Header(name(&error)))?;
    let to = Uri::parse(register.to.uri).map_err(|_| Unfit::Header("To"))?;
    let from = Uri::parse(register.from.uri).map_err(|_| Unfit::Header("From"))?;
    let public = canonical(&to, scratch);
    let sender = canonical(&from, scratch);
    if sender == public {
        return Err(Unfit::OwnBehalf);
    }
    let default = || u32::try_from(options.default_expires.as_secs()).unwrap_or(u32::MAX);
    let expires = register.expires.unwrap_or_else(default);
    // The user agent's own request may be enclosed: it knows more than the S-CSCF copied.
    let enclosed = enclosed(&register);
    let enclosed = enclosed.and_then(|octets| Message::decode(octets, Framing::Embedded).ok());
    let inner = enclosed.as_ref();
    let inner = inner.and_then(|enclosed| Register::decode(enclosed).ok());
    let outer = Access::of(register.access.as_ref());
    let access = match &inner {
        Some(inner) if outer.is_empty() => Access::of(inner.access.as_ref()),
        _ => outer,
    };
    // A third-party REGISTER needs no credentials; where the S-CSCF copied the user agent's, they
    // name the same user, and the S-CSCF is trusted by its address.
    let credentials = inner.as_ref().and_then(|inner| inner.authorization);
    let credentials = credentials.or(register.authorization);
    let private = credentials.and_then(private_identity);
    let state = match expires {
        0 => RegistrationState::Terminated,
        _ => RegistrationState::Active,
    };
    let is_active = state == RegistrationState::Active;
    let registration = Registration {
        state,
        lifetime: is_active.then(|| Duration::from_secs(expires.into()) + options.grace),
        roaming: roaming(&register, options).or_else(|| roaming(inner.as_ref()?, options)),
        access: access.rat,
        place: access.cell.filter(|_| is_active).map(|cell| Place {
            cell: Some(cell),
            ..Place::default()
        }),
    };
    let event = NetworkEvent {
        order: Order {
            at,
            id: identifier(&register, &public),
        },
        source: Source::Pi,
        reporter: sender,
        subject: Subject {
            imsi: private.as_deref().and_then(imsi_of),
            msisdn: number_in(&to),
            nai: private,
            uri: Some(public),
            ..Subject::default()
        },
        fact: Fact::Registration(registration),
    };
    Ok(Told { event, expires })
}

/// The name of the header that an error is about.
const fn name(error: &DecodeError) -> &'static str {
    match error {
        DecodeError::Missing { name }
        | DecodeError::Repeated { name, .. }
        | DecodeError::Value { name, .. } => name.as_str(),
        _ => "",
    }
}

fn canonical(uri: &Uri<'_>, scratch: &mut String) -> SmolStr {
    scratch.clear();
    uri.canonical(scratch);
    SmolStr::new(&*scratch)
}

/// Home when every network named is one of ours (TS 24.229 clause 5.2.2: the P-CSCF names its own).
fn roaming(register: &Register<'_, '_>, options: &Options) -> Option<Roaming> {
    let home = |network: &str| {
        options.home_networks.iter().any(|ours| {
            let rest = network.len().checked_sub(ours.len());
            let Some((rest, end)) = rest.and_then(|at| network.split_at_checked(at)) else {
                return false;
            };
            end.eq_ignore_ascii_case(ours) && (rest.is_empty() || rest.ends_with('.'))
        })
    };
    if options.home_networks.is_empty() {
        return None;
    }
    let mut named = register.visited().peekable();
    named.peek()?;
    Some(if named.all(|network| home(network.0)) {
        Roaming::Home
    } else {
        Roaming::Visited
    })
}

/// The REGISTER of the user agent that a body of type `message/sip` encloses, alone or as a part of
/// `multipart/mixed`; one level deep and no deeper.
fn enclosed<'a>(register: &Register<'_, 'a>) -> Option<&'a [u8]> {
    let kind = register.content_type?;
    let body = if kind.is("message/sip") {
        register.body()
    } else if kind.is("multipart/mixed") {
        return request_among(register.body(), kind.boundary()?);
    } else {
        return None;
    };
    is_request(body).then_some(body)
}

fn is_request(message: &[u8]) -> bool {
    message.starts_with(b"REGISTER ")
}

/// The first part of type `message/sip` that is a request (RFC 2046 clause 5.1): the answer to it may
/// be enclosed as well.
fn request_among<'a>(body: &'a [u8], boundary: &str) -> Option<&'a [u8]> {
    let boundaries = memchr::memmem::find_iter(body, boundary.as_bytes());
    let mut starts = boundaries.filter_map(|at| at.checked_sub(DASHES.len()));
    let mut starts = starts.by_ref().filter(|at| {
        let dashes = body.get(*at..at + DASHES.len());
        dashes == Some(DASHES)
    });
    let delimiter_len = DASHES.len() + boundary.len();
    let mut from = starts.next()? + delimiter_len;
    loop {
        let next = starts.next();
        let part = body.get(from..next.unwrap_or(body.len()))?;
        let head = memchr::memmem::find(part, b"\r\n\r\n")?;
        let (head, content) = part.split_at_checked(head + 4)?;
        let mut words = head.windows(MESSAGE_SIP.len());
        let is_message = words.any(|word| word.eq_ignore_ascii_case(MESSAGE_SIP));
        if is_message && is_request(content) {
            return Some(content.strip_suffix(b"\r\n").unwrap_or(content));
        }
        from = next? + delimiter_len;
    }
}

const DASHES: &[u8] = b"--";
const MESSAGE_SIP: &[u8] = b"message/sip";

/// The private user identity that the user agent authenticates with (TS 24.229 clause 5.1.1.2).
fn private_identity(credentials: Field<'_>) -> Option<SmolStr> {
    let text = credentials.text().ok()?;
    let (_, rest) = text.split_once("username=\"")?;
    let (name, _) = rest.split_once('"')?;
    (!name.is_empty()).then(|| name.into())
}

/// Names the request; the arrival alone decides which of two counts.
fn identifier(register: &Register<'_, '_>, public: &str) -> u64 {
    let mut digest = Xxh3::new();
    digest.update(public.as_bytes());
    let call = register.call.map_or("", |call| call.0);
    digest.update(call.as_bytes());
    let number = register.cseq.map_or(0, |cseq| cseq.number);
    digest.update(&number.to_be_bytes());
    RANK << 56 | digest.digest() >> 8
}

/// Neither a beginning nor an end: no two requests arrive at one instant.
const RANK: u64 = 2;

#[cfg(test)]
mod tests;
