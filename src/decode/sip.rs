//! SIP messages as lines.

use std::borrow::Cow;

use pengate_codecs::sip::{
    DecodeError, Field, Framing, Message, Name, StartLine,
    header::{CSeq, CallId, From, To, Via},
};

use super::{Detail, line::Line};

/// The header fields that matter, in the order in which they are told.
const MATTER: [Name; 16] = [
    Name::From,
    Name::To,
    Name::CallId,
    Name::CSeq,
    Name::Contact,
    Name::Event,
    Name::Expires,
    Name::SubscriptionState,
    Name::SipEtag,
    Name::SipIfMatch,
    Name::PAssertedIdentity,
    Name::PPreferredIdentity,
    Name::PServedUser,
    Name::PAccessNetworkInfo,
    Name::PVisitedNetworkId,
    Name::ContentType,
];

/// Tells a message under the names of its specifications; `head` tells where it comes from, after
/// its operation. True when nothing was wrong.
pub(super) fn tell(
    line: &mut Line,
    octets: &[u8],
    framing: Framing,
    detail: Detail,
    head: impl FnOnce(&mut Line),
) -> bool {
    match Message::decode(octets, framing) {
        Ok(message) => {
            operation(line, &message);
            head(line);
            let fault = check(&message).err();
            if let Some(error) = fault {
                line.fault(error, offset(error));
            }
            fields(line, &message, detail);
            fault.is_none()
        }
        Err(error) => {
            salvage(line, octets, detail, head, |line| {
                line.fault(error, offset(error));
            });
            false
        }
    }
}

/// Tells as much as can be read of a message that is no whole one.
pub(super) fn salvage(
    line: &mut Line,
    octets: &[u8],
    detail: Detail,
    head: impl FnOnce(&mut Line),
    fault: impl FnOnce(&mut Line),
) {
    let message = Message::salvage(octets);
    if let Some(message) = &message {
        operation(line, message);
    }
    head(line);
    fault(line);
    if let Some(message) = &message {
        fields(line, message, detail);
    }
}

/// Whether a datagram only keeps a path open: line ends (RFC 5626 clause 4.4.1), or the zeros that
/// some user agents send.
pub(super) fn is_keep_alive(octets: &[u8]) -> bool {
    octets
        .iter()
        .all(|octet| matches!(octet, b'\r' | b'\n' | 0))
}

/// The method of a request, and of the request that a response answers.
fn operation(line: &mut Line, message: &Message<'_>) {
    let method = match message.start() {
        StartLine::Request(request) => Ok(request.method),
        StartLine::Status(_) => message.required::<CSeq<'_>>().map(|cseq| cseq.method),
    };
    line.text(
        "operation",
        method.map_or("Response", |method| method.as_str()),
    );
}

/// The fields that every message must have, each readable (RFC 3261 clause 8.1.1).
fn check(message: &Message<'_>) -> Result<(), DecodeError> {
    message.first::<Via<'_>>()?;
    message.required::<From<'_>>()?;
    message.required::<To<'_>>()?;
    message.required::<CallId<'_>>()?;
    message.required::<CSeq<'_>>()?;
    Ok(())
}

fn fields(line: &mut Line, message: &Message<'_>, detail: Detail) {
    match message.start() {
        StartLine::Request(request) => {
            line.text("Method", request.method.as_str());
            line.text("Request-URI", request.uri);
        }
        StartLine::Status(status) => {
            line.number("Status-Code", status.status.into());
            line.text("Reason-Phrase", &String::from_utf8_lossy(status.reason));
        }
    }
    if detail == Detail::Full {
        for field in message.fields() {
            tell_field(line, &field);
        }
        body(line, message.body());
        return;
    }
    for name in MATTER {
        for field in message.fields_of(name) {
            tell_field(line, &field);
        }
    }
}

fn tell_field(line: &mut Line, field: &Field<'_>) {
    let name = match field.name {
        Name::Other => field.written(),
        name => name.as_str(),
    };
    if matches!(field.name, Name::Authorization | Name::ProxyAuthorization) {
        let value = unfolded(field.octets);
        let scheme = value.split(' ').next().unwrap_or_default();
        line.display(name, format_args!("{scheme} (hidden)"));
    } else if let (Name::Expires, Some(seconds)) = (field.name, seconds(field)) {
        line.number(name, seconds);
    } else {
        line.text(name, &unfolded(field.octets));
    }
}

fn seconds(field: &Field<'_>) -> Option<u64> {
    let text = field.text().ok()?;
    text.bytes()
        .all(|octet| octet.is_ascii_digit())
        .then(|| text.parse().ok())?
}

/// As text in one line (RFC 3261 clause 7.3.1): a fold is a single space.
fn unfolded(octets: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(octets);
    if !text.contains(['\r', '\n']) {
        return text;
    }
    let pieces: Vec<&str> = text.split(['\r', '\n']).map(str::trim).collect();
    let pieces = pieces.into_iter().filter(|piece| !piece.is_empty());
    Cow::Owned(pieces.collect::<Vec<_>>().join(" "))
}

fn body(line: &mut Line, body: &[u8]) {
    if body.is_empty() {
        return;
    }
    match str::from_utf8(body) {
        Ok(text) => line.text("body", text),
        Err(_) => {
            let hex = body
                .iter()
                .fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"));
            line.text("body-octets", &hex);
        }
    }
}

/// Offset of the first octet that is wrong or missing, where there is one.
fn offset(error: DecodeError) -> Option<usize> {
    match error {
        DecodeError::TooLarge { .. } | DecodeError::Missing { .. } => None,
        DecodeError::StartLine { at }
        | DecodeError::Unterminated { at }
        | DecodeError::Field { at }
        | DecodeError::ContentLength { at }
        | DecodeError::BodyShort { at, .. }
        | DecodeError::Repeated { at, .. }
        | DecodeError::Value { at, .. }
        | DecodeError::Uri { at } => Some(at),
    }
}
