//! Writing messages (RFC 3261 clauses 7 and 8.2.6).

use std::fmt::{self, Display, Write as _};
use std::net::SocketAddr;

use super::header::{To, Via};
use super::scan::is_token;
use super::{DecodeError, Field, Message, Method, Name, reason};

/// Appends one message to a buffer: start line first, then header fields in the order of the calls,
/// then the body. Until [`Writer::body`] or [`Writer::finish`] the message is not whole.
///
/// No value can break out of its field: octets that end a line are written as spaces.
#[derive(Debug)]
#[must_use = "a message ends with `body` or `finish`"]
pub struct Writer<'b> {
    out: &'b mut Vec<u8>,
}

impl<'b> Writer<'b> {
    /// Starts a request. Octets that a request-URI cannot hold are left out.
    pub fn request(out: &'b mut Vec<u8>, method: Method<'_>, uri: &str) -> Self {
        match method {
            Method::Other(name) => tokens(out, name),
            known => out.extend_from_slice(known.as_str().as_bytes()),
        }
        out.push(b' ');
        let fits = |octet: &u8| *octet > b' ' && *octet != 0x7f;
        if uri.as_bytes().iter().all(fits) {
            out.extend_from_slice(uri.as_bytes());
        } else {
            out.extend(uri.bytes().filter(fits));
        }
        out.extend_from_slice(b" SIP/2.0\r\n");
        Self { out }
    }

    /// Starts a response with the phrase that goes with `status`.
    pub fn response(out: &'b mut Vec<u8>, status: u16) -> Self {
        out.extend_from_slice(b"SIP/2.0 ");
        out.extend_from_slice(itoa::Buffer::new().format(status).as_bytes());
        out.push(b' ');
        out.extend_from_slice(reason(status).as_bytes());
        out.extend_from_slice(b"\r\n");
        Self { out }
    }

    /// Starts the response to `request`: its Via fields in order, the top one told where the
    /// request came from (RFC 3261 clause 18.2.1, RFC 3581 clause 4), then From, To, Call-ID and
    /// CSeq. `to_tag` is added to a To that has none.
    ///
    /// # Errors
    /// That of the top Via, without which nobody can be answered; nothing is written then.
    pub fn answer(
        out: &'b mut Vec<u8>,
        request: &Message<'_>,
        status: u16,
        source: Option<SocketAddr>,
        to_tag: Option<&str>,
    ) -> Result<Self, DecodeError> {
        let missing = DecodeError::Missing { name: Name::Via };
        let mut vias = request.fields_of(Name::Via);
        let top = vias.next().ok_or(missing)?;
        let via = request.first::<Via<'_>>()?;
        let mut writer = Self::response(out, status);
        writer.top_via(&via, &top, source);
        for field in vias {
            writer.octets(Name::Via, field.octets);
        }
        writer.copy(request, Name::From);
        writer.to(request, to_tag);
        writer.copy(request, Name::CallId);
        writer.copy(request, Name::CSeq);
        Ok(writer)
    }

    /// Adds a field.
    pub fn header(&mut self, name: Name, value: impl Display) -> &mut Self {
        self.start_line(name).display(value)
    }

    /// Adds a field whose value is the text of all `pieces`: what [`Writer::header`] does for
    /// them, without formatting.
    pub fn text(&mut self, name: Name, pieces: &[&str]) -> &mut Self {
        self.start_line(name);
        let start = self.out.len();
        for piece in pieces {
            self.out.extend_from_slice(piece.as_bytes());
        }
        guard(&mut self.out[start..]);
        self.end_line()
    }

    /// Adds a field whose value may be no text.
    pub fn octets(&mut self, name: Name, value: &[u8]) -> &mut Self {
        self.start_line(name);
        guarded(self.out, value);
        self.end_line()
    }

    /// Adds a field whose name pengate does not know.
    pub fn named(&mut self, name: &str, value: impl Display) -> &mut Self {
        tokens(self.out, name);
        self.out.extend_from_slice(b": ");
        self.display(value)
    }

    /// Adds every field of `message` that is called `name`, as it is.
    pub fn copy(&mut self, message: &Message<'_>, name: Name) -> &mut Self {
        for field in message.fields_of(name) {
            self.octets(name, field.octets);
        }
        self
    }

    /// Ends the message with a body.
    pub fn body(&mut self, content_type: &str, body: &[u8]) {
        self.text(Name::ContentType, &[content_type]);
        self.content_length(body.len());
        self.out.extend_from_slice(body);
    }

    /// Ends the message without a body.
    pub fn finish(&mut self) {
        self.content_length(0);
    }

    fn content_length(&mut self, len: usize) {
        self.text(Name::ContentLength, &[itoa::Buffer::new().format(len)]);
        self.out.extend_from_slice(b"\r\n");
    }

    /// Known names are tokens.
    fn start_line(&mut self, name: Name) -> &mut Self {
        self.out.extend_from_slice(name.as_str().as_bytes());
        self.out.extend_from_slice(b": ");
        self
    }

    fn display(&mut self, value: impl Display) -> &mut Self {
        // The guard takes everything; an error could only be that of `value` itself.
        let _ = write!(Guard(self.out), "{value}");
        self.end_line()
    }

    fn end_line(&mut self) -> &mut Self {
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// The first field of the Via headers: its first element as `via` with `source` noted in it,
    /// then what follows that element in the same field.
    fn top_via(&mut self, via: &Via<'_>, field: &Field<'_>, source: Option<SocketAddr>) {
        let out = &mut *self.out;
        out.extend_from_slice(b"Via: SIP/2.0/");
        tokens(out, via.transport);
        out.push(b' ');
        guarded(out, via.host.as_bytes());
        let mut line = Guard(out);
        // The guard takes everything.
        if let Some(port) = via.port {
            let _ = line.write_char(':');
            let _ = line.write_str(itoa::Buffer::new().format(port));
        }
        let _ = via_params(&mut line, via, source);
        if let Ok(mut scan) = field.scan()
            && skip_element(&mut scan).is_ok()
        {
            guarded(out, scan.rest().as_bytes());
        }
        self.end_line();
    }

    fn to(&mut self, request: &Message<'_>, tag: Option<&str>) {
        let untagged = |To(to): To<'_>| to.tag().is_none();
        let is_untagged = request.header().ok().flatten().is_some_and(untagged);
        match (tag.filter(|_| is_untagged), request.field(Name::To)) {
            (Some(tag), Some(field)) => {
                let value = field.text().unwrap_or_default();
                self.text(Name::To, &[value, ";tag=", tag]);
            }
            _ => {
                self.copy(request, Name::To);
            }
        }
    }
}

/// The parameters of the top Via, with `received` and `rport` as `source` says.
fn via_params(line: &mut Guard<'_>, via: &Via<'_>, source: Option<SocketAddr>) -> fmt::Result {
    let Some(source) = source else {
        return line.write_str(via.params.as_str());
    };
    for param in via.params.iter() {
        if param.name.eq_ignore_ascii_case("rport") {
            line.write_char(';')?;
            line.write_str(param.name)?;
            line.write_char('=')?;
            line.write_str(itoa::Buffer::new().format(source.port()))?;
        } else if !param.name.eq_ignore_ascii_case("received") {
            line.write_char(';')?;
            line.write_str(param.name)?;
            if let Some(raw) = param.raw {
                line.write_char('=')?;
                line.write_str(raw)?;
            }
        }
    }
    let address = source.ip().to_canonical();
    if via.wants_rport() || via.address() != Some(address) {
        write!(line, ";received={address}")?;
    }
    Ok(())
}

/// Passes over one Via.
fn skip_element(scan: &mut super::Scan<'_>) -> Result<(), DecodeError> {
    while scan.eat(b',') {}
    <Via<'_> as super::header::Header<'_>>::scan(scan)?;
    let _ = scan.peek();
    Ok(())
}

/// Takes text and keeps it in its line.
struct Guard<'b>(&'b mut Vec<u8>);

impl fmt::Write for Guard<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        guarded(self.0, text.as_bytes());
        Ok(())
    }
}

/// Appends `octets`, those that would end the line as spaces. What was folded is unfolded so.
fn guarded(out: &mut Vec<u8>, octets: &[u8]) {
    let start = out.len();
    out.extend_from_slice(octets);
    guard(&mut out[start..]);
}

fn guard(octets: &mut [u8]) {
    if memchr::memchr3(b'\r', b'\n', 0, octets).is_some() {
        let ends = octets.iter_mut();
        for octet in ends.filter(|octet| matches!(**octet, b'\r' | b'\n' | 0)) {
            *octet = b' ';
        }
    }
}

/// Appends the octets of `text` that a token may hold.
fn tokens(out: &mut Vec<u8>, text: &str) {
    out.extend(text.bytes().filter(|octet| is_token(*octet)));
}

#[cfg(test)]
mod tests {
    use super::super::Framing;
    use super::super::header::{CSeq, CallId, From};
    use super::*;

    const REQUEST: &str = "SUBSCRIBE sip:alice@ims.example SIP/2.0\r\n\
        Via: SIP/2.0/UDP a.example;rport;branch=z9hG4bK1 , SIP/2.0/UDP b.example;branch=z9hG4bK2\r\n\
        v: SIP/2.0/TCP c.example\r\n\
        From: Bob\r\n <sip:bob@ims.example>;tag=1\r\n\
        To: <sip:alice@ims.example>\r\n\
        Call-ID: 1@a.example\r\n\
        CSeq: 7 SUBSCRIBE\r\n\
        Content-Length: 0\r\n\r\n";

    fn decode(octets: &[u8]) -> Message<'_> {
        Message::decode(octets, Framing::Stream).unwrap()
    }

    fn answer(source: &str, tag: Option<&str>) -> Vec<u8> {
        let mut out = Vec::new();
        let source = Some(source.parse().unwrap());
        let request = decode(REQUEST.as_bytes());
        Writer::answer(&mut out, &request, 200, source, tag)
            .unwrap()
            .finish();
        out
    }

    #[test]
    fn an_answer_goes_back_the_way_the_request_came() {
        let out = answer("192.0.2.1:5062", Some("x"));
        let text = std::str::from_utf8(&out).unwrap();
        assert!(
            text.starts_with(
                "SIP/2.0 200 OK\r\n\
             Via: SIP/2.0/UDP a.example;rport=5062;branch=z9hG4bK1;received=192.0.2.1\
             , SIP/2.0/UDP b.example;branch=z9hG4bK2\r\n\
             Via: SIP/2.0/TCP c.example\r\n\
             From: Bob   <sip:bob@ims.example>;tag=1\r\n\
             To: <sip:alice@ims.example>;tag=x\r\n"
            ),
            "{text}"
        );
        let response = decode(&out);
        assert_eq!(response.list::<Via<'_>>().count(), 3);
        assert_eq!(response.required(), Ok(CallId("1@a.example")));
        assert_eq!(
            response.required::<CSeq<'_>>().map(|cseq| cseq.number),
            Ok(7)
        );
    }

    #[test]
    fn a_to_with_a_tag_keeps_it() {
        let tagged = REQUEST.replace("To: <sip:alice@ims.example>", "To: <sip:a@b>;tag=old");
        let mut out = Vec::new();
        let request = decode(tagged.as_bytes());
        Writer::answer(&mut out, &request, 481, None, Some("new"))
            .unwrap()
            .finish();
        let To(to) = decode(&out).required().unwrap();
        assert_eq!(to.tag(), Some("old"));
    }

    #[test]
    fn without_a_via_there_is_no_answer() {
        let octets = b"OPTIONS sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n";
        let mut out = Vec::new();
        let error = Writer::answer(&mut out, &decode(octets), 200, None, None).err();
        assert_eq!(error, Some(DecodeError::Missing { name: Name::Via }));
        assert_eq!(out, b"");
    }

    #[test]
    fn values_cannot_break_out_of_their_field() {
        let mut out = Vec::new();
        let mut writer = Writer::request(
            &mut out,
            Method::Other("EVIL METHOD\r\n"),
            "sip:a@b SIP/2.0\r\nX: y",
        );
        writer.header(Name::From, "<sip:a@b>;tag=1\r\nEvil: 1\r\n\r\n");
        writer.named("X-\r\nEvil: ", "2\nEvil: 3");
        writer.body("text/plain\r\n\r\nEvil: 4", b"body");
        let message = decode(&out);
        let names: Vec<_> = message.fields().map(|field| field.written()).collect();
        assert_eq!(names, ["From", "X-Evil", "Content-Type", "Content-Length"]);
        assert_eq!(message.body(), b"body");
        assert_eq!(message.request().unwrap().uri, "sip:a@bSIP/2.0X:y");
        assert!(message.required::<From<'_>>().is_err());
    }

    #[test]
    fn pieces_of_text_make_the_line_that_formatting_makes_and_cannot_leave_it() {
        let (mut pieces, mut formatted) = (Vec::new(), Vec::new());
        let (name, tag) = ("sip:a\r\nb@c", "1\0");
        Writer::request(&mut pieces, Method::Notify, "sip:x\r\n y")
            .text(Name::From, &["<", name, ">;tag=", tag])
            .finish();
        Writer::request(&mut formatted, Method::Notify, "sip:xy")
            .header(Name::From, format_args!("<{name}>;tag={tag}"))
            .finish();
        assert_eq!(pieces, formatted);
        let expected = b"NOTIFY sip:xy SIP/2.0\r\nFrom: <sip:a  b@c>;tag=1 \r\n";
        assert!(pieces.starts_with(expected));
    }
}
