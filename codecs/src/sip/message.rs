//! A message as it came: start line, index of header fields, body (RFC 3261 clause 7).

use super::header::{Header, ListHeader};
use super::lex::{self, Row, Rows};
use super::scan::{Scan, is_space};
use super::{DecodeError, Method, Name};

/// A decoded message. It borrows everything from the octets and allocates only when there are more
/// header fields than the index holds in place.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub(super) octets: &'a [u8],
    /// The octets as text up to the first that is not UTF-8, looked at once for all fields; those
    /// beyond are looked at by themselves.
    pub(super) text: &'a str,
    pub(super) start: StartLine<'a>,
    pub(super) rows: Rows,
    pub(super) body: &'a [u8],
}

/// Where the end of a message comes from (RFC 3261 clause 18.3).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Framing {
    /// One datagram: without Content-Length the body runs to its end, octets beyond are discarded.
    Datagram,
    /// One message cut from a stream: Content-Length is mandatory.
    Stream,
    /// A `message/sip` body inside another message: the final empty line may be missing.
    Embedded,
}

/// The first line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum StartLine<'a> {
    /// Of a request.
    Request(RequestLine<'a>),
    /// Of a response.
    Status(StatusLine<'a>),
}

/// `METHOD request-URI SIP/2.0`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RequestLine<'a> {
    /// What is asked.
    pub method: Method<'a>,
    /// The request-URI as written; [`super::Uri::parse`] reads it.
    pub uri: &'a str,
    /// The version; other than 2.0 is answered 505.
    pub version: Version,
}

/// `SIP/2.0 status reason`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StatusLine<'a> {
    /// The version.
    pub version: Version,
    /// From 100 to 699.
    pub status: u16,
    /// The reason phrase, octets of any kind.
    pub reason: &'a [u8],
}

/// `SIP/major.minor`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Version {
    /// Before the point.
    pub major: u8,
    /// After the point.
    pub minor: u8,
}

impl Version {
    /// The one that is in use.
    pub const TWO: Self = Self { major: 2, minor: 0 };
}

/// The value of one header field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Field<'a> {
    /// Its name.
    pub name: Name,
    /// The value without white space around it; folds are left in place.
    pub octets: &'a [u8],
    /// Offset of the value in the message.
    pub at: usize,
    /// The value, where everything up to its end is text.
    text: Option<&'a str>,
    written: &'a [u8],
}

impl<'a> Message<'a> {
    /// Reads the start line and finds every header field and the body.
    ///
    /// Lines may end in LF alone, fields may be folded, white space may stand before the colon, and
    /// empty lines before the start line are skipped. Values are not looked into, but for
    /// Content-Length, so that one bad field does not hurt the others.
    ///
    /// # Errors
    /// Any but [`DecodeError::Repeated`], [`DecodeError::Value`] and [`DecodeError::Uri`].
    #[inline(always)]
    pub fn decode(octets: &'a [u8], framing: Framing) -> Result<Self, DecodeError> {
        lex::message(octets, framing)
    }

    /// Reads what can be read of a message that [`Message::decode`] refused: enough to answer a
    /// request with 400. Fields that cannot be read are left out, and so is the body.
    #[must_use]
    pub fn salvage(octets: &'a [u8]) -> Option<Self> {
        lex::salvage(octets)
    }

    /// The octets this was decoded from.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.octets
    }

    /// The first line.
    #[must_use]
    pub const fn start(&self) -> StartLine<'a> {
        self.start
    }

    /// The request line, unless this is a response.
    #[must_use]
    pub const fn request(&self) -> Option<RequestLine<'a>> {
        match self.start {
            StartLine::Request(line) => Some(line),
            StartLine::Status(_) => None,
        }
    }

    /// The status line, unless this is a request.
    #[must_use]
    pub const fn response(&self) -> Option<StatusLine<'a>> {
        match self.start {
            StartLine::Request(_) => None,
            StartLine::Status(line) => Some(line),
        }
    }

    /// The body; empty when there is none.
    #[must_use]
    pub const fn body(&self) -> &'a [u8] {
        self.body
    }

    /// Every header field in order.
    pub fn fields(&self) -> impl Iterator<Item = Field<'a>> {
        self.rows.iter().map(|row| self.at_row(row))
    }

    /// Every header field called `name`, in order.
    pub fn fields_of(&self, name: Name) -> impl Iterator<Item = Field<'a>> {
        let named = self.rows.iter().filter(move |row| row.name == name);
        named.map(|row| self.at_row(row))
    }

    /// The field that `row` stands for, white space trimmed.
    #[inline]
    pub(super) fn at_row(&self, row: &Row) -> Field<'a> {
        let (name, value) = row.ranges();
        let (octets, text) = (self.octets, self.text);
        let at = value.start;
        let value = octets.get(value).unwrap_or_default();
        let printed = |octet: &u8| !is_space(*octet);
        let ahead = value.iter().position(printed).unwrap_or(value.len());
        let value = value.get(ahead..).unwrap_or_default();
        let end = value.iter().rposition(printed).map_or(0, |last| last + 1);
        let value = value.get(..end).unwrap_or_default();
        let at = at + ahead;
        Field {
            name: row.name,
            written: octets.get(name).unwrap_or_default(),
            octets: value,
            at,
            text: text.get(at..at + value.len()),
        }
    }

    /// A scanner over the value that `row` stands for. What it would skip is not looked for first.
    #[inline(always)]
    pub(super) fn scan_row(&self, row: &Row) -> Result<Scan<'a>, DecodeError> {
        let (_, value) = row.ranges();
        let at = value.start;
        let Some(mut text) = self.text.get(value) else {
            return self.at_row(row).scan();
        };
        while let [octets @ .., b' ' | b'\t' | b'\r' | b'\n'] = text.as_bytes() {
            text = text.get(..octets.len()).unwrap_or_default();
        }
        Ok(Scan::new(row.name, text, at))
    }

    /// The first header field called `name`.
    #[must_use]
    pub fn field(&self, name: Name) -> Option<Field<'a>> {
        self.fields_of(name).next()
    }

    /// The header `H`, which may occur once or not at all.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when it cannot be read, [`DecodeError::Repeated`] when it occurs twice.
    pub fn header<H: Header<'a>>(&self) -> Result<Option<H>, DecodeError> {
        let mut fields = self.fields_of(H::NAME);
        let Some(first) = fields.next() else {
            return Ok(None);
        };
        if let Some(second) = fields.next() {
            let (at, name) = (second.at, second.name);
            return Err(DecodeError::Repeated { at, name });
        }
        first.read().map(Some)
    }

    /// The header `H`, which must occur once.
    ///
    /// # Errors
    /// [`DecodeError::Missing`] and those of [`Message::header`].
    pub fn required<H: Header<'a>>(&self) -> Result<H, DecodeError> {
        let missing = DecodeError::Missing { name: H::NAME };
        self.header()?.ok_or(missing)
    }

    /// Every element of the list header `H`, be they in one field or in several.
    ///
    /// After an error in one field the next one is read.
    pub fn list<H: ListHeader<'a>>(&self) -> impl Iterator<Item = Result<H, DecodeError>> {
        self.fields_of(H::NAME).flat_map(|field| field.list())
    }

    /// The first element of the list header `H`.
    ///
    /// # Errors
    /// [`DecodeError::Missing`] when there is none, [`DecodeError::Value`] when it cannot be read.
    pub fn first<H: ListHeader<'a>>(&self) -> Result<H, DecodeError> {
        let missing = DecodeError::Missing { name: H::NAME };
        self.list().next().unwrap_or(Err(missing))
    }
}

impl<'a> Field<'a> {
    /// The name as written: octets of a token.
    #[must_use]
    pub fn written(&self) -> &'a str {
        let written = self.written.trim_ascii_end();
        std::str::from_utf8(written).unwrap_or_default()
    }

    /// The value as text.
    ///
    /// # Errors
    /// [`DecodeError::Value`] at the first octet that is not UTF-8.
    pub fn text(&self) -> Result<&'a str, DecodeError> {
        if let Some(text) = self.text {
            return Ok(text);
        }
        std::str::from_utf8(self.octets).map_err(|error| DecodeError::Value {
            at: self.at + error.valid_up_to(),
            name: self.name,
        })
    }

    /// A scanner over the value.
    ///
    /// # Errors
    /// Those of [`Field::text`].
    pub fn scan(&self) -> Result<Scan<'a>, DecodeError> {
        Ok(Scan::new(self.name, self.text()?, self.at))
    }

    /// The value as the header `H`, of which it is one.
    ///
    /// # Errors
    /// [`DecodeError::Value`] at the first octet that does not fit.
    pub fn read<H: Header<'a>>(&self) -> Result<H, DecodeError> {
        self.scan().and_then(whole)
    }

    /// Every element of the list that the value is; an error ends it.
    pub fn list<H: ListHeader<'a>>(self) -> impl Iterator<Item = Result<H, DecodeError>> {
        elements(self.scan())
    }
}

/// The header `H` that `scan` is over, and nothing after it.
#[inline]
pub(super) fn whole<'a, H: Header<'a>>(mut scan: Scan<'a>) -> Result<H, DecodeError> {
    let header = H::scan(&mut scan)?;
    if scan.is_done() {
        Ok(header)
    } else {
        Err(scan.error())
    }
}

/// Every element of the list that `scan` is over; an error ends it.
#[inline]
pub(super) fn elements<'a, H: ListHeader<'a>>(
    scan: Result<Scan<'a>, DecodeError>,
) -> impl Iterator<Item = Result<H, DecodeError>> {
    let (mut open, mut refused) = match scan {
        Ok(scan) => (Some(scan), None),
        Err(error) => (None, Some(error)),
    };
    std::iter::from_fn(move || {
        let Some(scan) = &mut open else {
            return refused.take().map(Err);
        };
        while H::SEPARATORS.iter().any(|separator| scan.eat(*separator)) {}
        if scan.is_done() {
            return None;
        }
        let element = element(scan);
        if element.is_err() {
            open = None;
        }
        Some(element)
    })
}

/// One element, and a separator or nothing after it.
#[inline]
fn element<'a, H: ListHeader<'a>>(scan: &mut Scan<'a>) -> Result<H, DecodeError> {
    let element = H::scan(scan)?;
    match scan.peek() {
        Some(octet) if !H::SEPARATORS.contains(&octet) => Err(scan.error()),
        _ => Ok(element),
    }
}

#[cfg(test)]
mod tests {
    use super::super::header::{CallId, Contact, Event, Expires, From, Require, To, Via};
    use super::*;

    const PUBLISH: &[u8] = b"PUBLISH sip:alice@ims.example SIP/2.0\r\n\
        v: SIP/2.0/UDP pua.example;branch=z9hG4bK652hsge, SIP/2.0/UDP a.example\r\n\
        VIA : SIP/2.0/UDP b.example\r\n\
        f:\r\n\t<sip:alice@ims.example>;tag=1234wxyz\r\n\
        To: <sip:alice@ims.example>\r\n\
        X-Odd: \xff\xfe\r\n\
        i: 81818181@pua.example\r\n\
        CSeq: 1 PUBLISH\r\n\
        Max-Forwards: 70\n\
        Expires: 3600\r\n\
        o: presence\r\n\
        Subject: \r\n\
        l: 4\r\n\
        \r\n\
        body";

    fn datagram(octets: &[u8]) -> Result<Message<'_>, DecodeError> {
        Message::decode(octets, Framing::Datagram)
    }

    #[test]
    fn a_message_is_found_in_its_lines() {
        let message = datagram(PUBLISH).unwrap();
        let line = message.request().unwrap();
        assert_eq!(
            (line.method, line.uri),
            (Method::Publish, "sip:alice@ims.example")
        );
        assert_eq!(line.version, Version::TWO);
        assert_eq!(message.response(), None);
        assert_eq!(message.body(), b"body");
        assert_eq!(message.fields().count(), 12);

        let hosts = message.list::<Via<'_>>().map(|via| via.map(|via| via.host));
        let hosts: Result<Vec<_>, _> = hosts.collect();
        assert_eq!(hosts.unwrap(), ["pua.example", "a.example", "b.example"]);
        let From(from) = message.required().unwrap();
        assert_eq!(
            (from.uri, from.tag()),
            ("sip:alice@ims.example", Some("1234wxyz"))
        );
        assert_eq!(&PUBLISH[from.uri_at..][..3], b"sip");
        assert_eq!(message.required(), Ok(CallId("81818181@pua.example")));
        assert_eq!(message.header(), Ok(Some(Expires(3600))));
        assert_eq!(
            message.header::<Event<'_>>().unwrap().unwrap().package,
            "presence"
        );
        assert_eq!(message.field(Name::Subject).unwrap().octets, b"");
        assert_eq!(message.header::<Contact<'_>>(), Ok(None));
    }

    #[test]
    fn octets_that_are_no_text_hurt_only_their_own_field() {
        let message = datagram(PUBLISH).unwrap();
        let odd = message
            .fields()
            .find(|field| field.written() == "X-Odd")
            .unwrap();
        assert_eq!(odd.octets, b"\xff\xfe");
        let error = DecodeError::Value {
            at: odd.at,
            name: Name::Other,
        };
        assert_eq!(odd.text(), Err(error));
    }

    #[test]
    fn every_truncation_is_an_error() {
        for end in 0..PUBLISH.len() {
            let error = datagram(&PUBLISH[..end]).unwrap_err();
            let at = match error {
                DecodeError::StartLine { at } | DecodeError::Unterminated { at } => at,
                DecodeError::BodyShort { at, missing } => {
                    assert_eq!(missing, PUBLISH.len() - end);
                    at
                }
                other => panic!("{end}: {other}"),
            };
            assert!(at <= end, "{end}: {error}");
        }
    }

    #[test]
    fn a_repeated_single_header_and_a_missing_one_are_errors() {
        let octets = b"OPTIONS sip:a SIP/2.0\r\nTo: <sip:a>\r\nt: <sip:b>\r\n\r\n";
        let message = datagram(octets).unwrap();
        let error = DecodeError::Repeated {
            at: 39,
            name: Name::To,
        };
        assert_eq!(message.required::<To<'_>>(), Err(error));
        let error = DecodeError::Missing { name: Name::From };
        assert_eq!(message.required::<From<'_>>(), Err(error));
        assert_eq!(
            message.first::<Via<'_>>(),
            Err(DecodeError::Missing { name: Name::Via })
        );
    }

    #[test]
    fn a_list_goes_on_after_a_bad_field_and_over_empty_elements() {
        let octets = b"OPTIONS sip:a SIP/2.0\r\n\
            Require: ,a,, b ,\r\nRequire: c d, e\r\nRequire:\r\nRequire: f\r\n\r\n";
        let message = datagram(octets).unwrap();
        let options: Vec<_> = message.list::<Require<'_>>().collect();
        let error = DecodeError::Value {
            at: 53,
            name: Name::Require,
        };
        let expected = [
            Ok(Require("a")),
            Ok(Require("b")),
            Err(error),
            Ok(Require("f")),
        ];
        assert_eq!(options, expected);
    }

    #[test]
    fn privacy_values_are_joined_by_semicolons() {
        use super::super::header::Privacy;
        let octets = b"OPTIONS sip:a SIP/2.0\r\nPrivacy: id; header;critical\r\n\r\n";
        let message = datagram(octets).unwrap();
        let values: Result<Vec<_>, _> = message.list().collect();
        assert_eq!(
            values,
            Ok(vec![Privacy("id"), Privacy("header"), Privacy("critical")])
        );
    }
}
