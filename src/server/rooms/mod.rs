//! The server's reference points (TS 23.141 clause 4.3).

pub mod pep;
pub mod pw;

use pengate_codecs::sip::{
    Message, Name,
    header::{AssertedIdentity, Event, Expires, From},
};
use smol_str::SmolStr;

use super::{
    Options,
    directory::canonical,
    reply::{PRESENCE, Refusal},
};
use crate::feed::Channel;

/// The identity that a trusted peer vouches for: P-Asserted-Identity, else From (RFC 3325 clause 8).
fn asserted(
    options: &Options,
    channel: Channel,
    message: &Message<'_>,
) -> Result<SmolStr, Refusal> {
    let peer = channel.peer.ip();
    if !options.trusted.iter().any(|network| network.contains(peer)) {
        return Err(Refusal::Forbidden);
    }
    let asserted = message.list::<AssertedIdentity<'_>>().next();
    let uri = match asserted {
        Some(Ok(identity)) => identity.0.uri,
        Some(Err(_)) => return Err(Refusal::BadRequest("P-Asserted-Identity")),
        None => {
            let from: Result<From<'_>, _> = message.required();
            from.map_err(|_| Refusal::BadRequest("From"))?.0.uri
        }
    };
    canonical(uri).ok_or(Refusal::Forbidden)
}

/// The event package must be the one that is served.
fn check_event<'a>(message: &Message<'a>) -> Result<Event<'a>, Refusal> {
    let event: Event<'_> = message.required().map_err(|_| Refusal::BadEvent)?;
    if event.package == PRESENCE {
        Ok(event)
    } else {
        Err(Refusal::BadEvent)
    }
}

/// No extension may be required: none is supported (RFC 3261 clause 8.2.2.3).
fn check_require(message: &Message<'_>) -> Result<(), Refusal> {
    match message.field(Name::Require) {
        Some(field) if !field.octets.is_empty() => Err(Refusal::BadExtension),
        _ => Ok(()),
    }
}

/// The lifetime asked for, if any.
fn asked_expires(message: &Message<'_>) -> Result<Option<u32>, Refusal> {
    let expires: Result<Option<Expires>, _> = message.header();
    let expires = expires.map_err(|_| Refusal::BadRequest("Expires"))?;
    Ok(expires.map(|expires| expires.0))
}
