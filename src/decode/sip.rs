//! SIP messages as lines.

use std::borrow::Cow;

use pengate_codecs::sip::{
    DecodeError, Field, Framing, Message, Name, StartLine,
    header::{CSeq, CallId, From, To, Via},
};

use super::{
    Detail,
    line::{Key, Line},
};

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

/// The header fields whose values are never told.
const CREDENTIALS: [Name; 2] = [Name::Authorization, Name::ProxyAuthorization];

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
    line.envelope(
        Key::Operation,
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
    if CREDENTIALS.contains(&field.name) {
        line.text(name, &hidden(&unfolded(field.octets)));
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

/// What is told of credentials: their scheme, where that stands apart from them.
fn hidden(value: &str) -> String {
    let value = value.trim_matches(BLANKS);
    match value.split_once(BLANKS) {
        Some((scheme, _)) if !scheme.contains(['=', ',', '"']) => format!("{scheme} (hidden)"),
        _ => "(hidden)".to_owned(),
    }
}

const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// A body without the credentials in it: a third-party REGISTER encloses the user agent's own, alone
/// or as a part of several (TS 24.229 clause 5.4.1.7). Lines count whatever type the body has.
fn without_credentials(body: &[u8]) -> Vec<u8> {
    let mut told = Vec::with_capacity(body.len());
    let mut is_hidden = false;
    for line in body.split_inclusive(|octet| *octet == b'\n') {
        if is_hidden && matches!(line, [b' ' | b'\t', ..]) {
            continue;
        }
        let name = line.split(|octet| *octet == b':').next().unwrap_or(line);
        let value = line.get(name.len() + 1..).unwrap_or_default();
        let is_name = |known: &Name| {
            let known = known.as_str().as_bytes();
            name.trim_ascii_end().eq_ignore_ascii_case(known)
        };
        is_hidden = CREDENTIALS.iter().any(is_name);
        if is_hidden {
            told.extend_from_slice(name);
            told.extend_from_slice(b": ");
            told.extend(hidden(&String::from_utf8_lossy(value)).bytes());
            told.extend_from_slice(&line[line.trim_ascii_end().len()..]);
        } else {
            told.extend_from_slice(line);
        }
    }
    told
}

fn body(line: &mut Line, body: &[u8]) {
    if body.is_empty() {
        return;
    }
    let body = without_credentials(body);
    match str::from_utf8(&body) {
        Ok(text) => line.text("body", text),
        Err(_) => line.text("body-octets", &hex(&body)),
    }
}

fn hex(octets: &[u8]) -> String {
    let octets = octets.iter();
    octets.fold(String::new(), |hex, octet| hex + &format!("{octet:02x}"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_an_enclosed_message_are_hidden_with_their_folds() {
        for (body, expected) in [
            (
                "REGISTER sip:a SIP/2.0\r\nAuthorization: Digest username=\"a\",\r\n \
                 nonce=\"b\",\r\n\tresponse=\"c\"\r\nTo: <sip:a>\r\n\r\n",
                "REGISTER sip:a SIP/2.0\r\nAuthorization: Digest (hidden)\r\nTo: <sip:a>\r\n\r\n",
            ),
            (
                "--b1\nproxy-authorization :\n Digest response=\"c\"\nTo: <sip:a>\n",
                "--b1\nproxy-authorization : (hidden)\nTo: <sip:a>\n",
            ),
            ("Authorization: secret", "Authorization: (hidden)"),
            (
                "Authorization:Digest\tresponse=\"c\"\r\n",
                "Authorization: Digest (hidden)\r\n",
            ),
            (
                "Authorization: username=\"a\", response=\"c\"\r\n",
                "Authorization: (hidden)\r\n",
            ),
            ("Authorizations: 1\r\n 2\r\n", "Authorizations: 1\r\n 2\r\n"),
            (
                "<note>\n Authorization</note>",
                "<note>\n Authorization</note>",
            ),
        ] {
            let told = without_credentials(body.as_bytes());
            assert_eq!(String::from_utf8_lossy(&told), expected);
        }
    }

    #[test]
    fn a_body_that_is_no_text_hides_them_too() {
        let mut line = Line::default();
        body(&mut line, b"\xff\nAuthorization: Digest secret");
        let told = String::from_utf8_lossy(line.finish()).into_owned();
        let expected = hex(b"\xff\nAuthorization: Digest (hidden)");
        assert_eq!(told, format!("{{\"body-octets\":\"{expected}\"}}\n"));
    }
}
