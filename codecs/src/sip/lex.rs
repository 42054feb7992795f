//! From octets to a [`Message`]: one pass over the header (RFC 3261 clauses 7.3 and 18.3).

use std::ops::Range;

use smallvec::SmallVec;

use super::find::{find, near};
use super::message::{Framing, Message, RequestLine, StartLine, StatusLine, Version};
use super::name::WINDOW;
use super::scan::{is_space, is_token, out_of_uri};
use super::{DecodeError, Method, Name};

/// The index of header fields. Messages of the IMS core have 15 to 25 of them.
pub(super) type Rows = SmallVec<[Row; 24]>;

/// Where one header field is. Offsets fit: a message of more than 4 GiB is refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    name_at: u32,
    value_at: u32,
    value_end: u32,
    pub(super) name: Name,
}

impl Row {
    /// Where the name, with white space after it, and the value are.
    #[inline]
    pub(super) fn ranges(&self) -> (Range<usize>, Range<usize>) {
        let [name, value, end] = [self.name_at, self.value_at, self.value_end]
            .map(|offset| usize::try_from(offset).unwrap_or(usize::MAX));
        (name..value.saturating_sub(1), value..end)
    }
}

/// See [`Message::decode`]. Inlined, so that the index is copied once at most.
#[inline(always)]
pub(super) fn message(octets: &[u8], framing: Framing) -> Result<Message<'_>, DecodeError> {
    if u32::try_from(octets.len()).is_err() {
        let len = octets.len();
        return Err(DecodeError::TooLarge { len });
    }
    let text = text(octets);
    let mut lexer = Lexer::start(octets)?;
    let start = lexer.start_line(text)?;
    let mut rows = Rows::new();
    lexer.fields(&mut rows, framing)?;
    let body = body(octets, lexer.at, &rows, framing)?;
    Ok(Message {
        octets,
        text,
        start,
        rows,
        body,
    })
}

/// See [`Message::salvage`].
pub(super) fn salvage(octets: &[u8]) -> Option<Message<'_>> {
    head(octets.get(..octets.len().min(SALVAGE_MAX))?)
}

/// The start line and every field that can be read.
pub(super) fn head(octets: &[u8]) -> Option<Message<'_>> {
    let text = text(octets);
    let mut lexer = Lexer::start(octets).ok()?;
    let start = lexer.start_line(text).ok()?;
    let mut rows = Rows::new();
    loop {
        match lexer.field(&mut rows, Framing::Embedded) {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => lexer.skip_line(),
        }
    }
    Some(Message {
        octets,
        text,
        start,
        rows,
        body: &[],
    })
}

/// The octets as text, up to the first that is none: looked at once for all fields.
fn text(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).unwrap_or_else(|error| {
        let valid = octets.get(..error.valid_up_to()).unwrap_or_default();
        std::str::from_utf8(valid).unwrap_or_default()
    })
}

struct Lexer<'a> {
    octets: &'a [u8],
    at: usize,
}

impl<'a> Lexer<'a> {
    /// Skips the empty lines before the start line (RFC 3261 clause 7.5).
    fn start(octets: &'a [u8]) -> Result<Self, DecodeError> {
        let blank = octets.iter().take_while(|octet| is_line_end(**octet));
        let at = blank.count();
        if at == octets.len() {
            return Err(DecodeError::StartLine { at });
        }
        Ok(Self { octets, at })
    }

    /// The next line without its end, and the offset of what follows; `None` when it does not end.
    fn line(&self) -> Option<(&'a [u8], usize)> {
        let rest = self.octets.get(self.at..)?;
        let len = find(rest, b'\n')?;
        let line = rest.get(..len)?;
        Some((line.strip_suffix(b"\r").unwrap_or(line), self.at + len + 1))
    }

    /// Length of the line that ends the header, where that comes next.
    fn empty_line(&self) -> Option<usize> {
        match self.octets.get(self.at..)? {
            [b'\r', b'\n', ..] => Some(2),
            [b'\n', ..] => Some(1),
            _ => None,
        }
    }

    fn skip_line(&mut self) {
        self.at = self.line().map_or(self.octets.len(), |(_, next)| next);
    }

    fn unterminated(&self) -> DecodeError {
        let at = self.octets.len();
        DecodeError::Unterminated { at }
    }

    fn start_line(&mut self, text: &'a str) -> Result<StartLine<'a>, DecodeError> {
        let (line, next) = self.line().ok_or_else(|| self.unterminated())?;
        let start = if line.len() >= 4 && line[..4].eq_ignore_ascii_case(b"SIP/") {
            status_line(line).map(StartLine::Status)
        } else {
            let text = text.get(self.at..).and_then(|text| text.get(..line.len()));
            request_line(line, text).map(StartLine::Request)
        };
        let start = start.map_err(|at| DecodeError::StartLine { at: self.at + at })?;
        self.at = next;
        Ok(start)
    }

    /// Reads the fields to the line that ends the header.
    fn fields(&mut self, rows: &mut Rows, framing: Framing) -> Result<(), DecodeError> {
        while self.field(rows, framing)? {}
        Ok(())
    }

    /// Reads one header field, folds included. `false` after the line that ends the header.
    #[inline]
    fn field(&mut self, rows: &mut Rows, framing: Framing) -> Result<bool, DecodeError> {
        self.known_fields(rows);
        self.any_line(rows, framing)
    }

    /// Reads fields as long as their names are known and written plainly. On its own, and short, so
    /// that all it needs is in registers.
    #[inline(never)]
    fn known_fields(&mut self, rows: &mut Rows) {
        let mut at = self.at;
        while let Some((row, len)) = self.octets.get(at..).and_then(|line| known_field(line, at)) {
            rows.push(row);
            at = at.wrapping_add(len);
        }
        self.at = at;
    }

    /// Reads any line: a field, a fold of the one before, the end of the header.
    #[inline(never)]
    fn any_line(&mut self, rows: &mut Rows, framing: Framing) -> Result<bool, DecodeError> {
        if let Some(empty) = self.empty_line() {
            self.at += empty;
            return Ok(false);
        }
        let Some((line, next)) = self.line() else {
            return self.last_line(rows, framing);
        };
        if line.first().is_some_and(|octet| is_fold(*octet)) {
            let row = rows.last_mut();
            let row = row.ok_or(DecodeError::Field { at: self.at })?;
            row.value_end = offset(self.at + line.len());
        } else {
            push_row(rows, line, self.at)?;
        }
        self.at = next;
        Ok(true)
    }

    /// What the octets end with when it is no whole line: only an embedded message may do so.
    #[cold]
    fn last_line(&mut self, rows: &mut Rows, framing: Framing) -> Result<bool, DecodeError> {
        let rest = self.octets.get(self.at..).unwrap_or_default();
        if framing != Framing::Embedded {
            return Err(self.unterminated());
        }
        if rest.first().is_some_and(|octet| !is_fold(*octet)) {
            push_row(rows, rest, self.at)?;
        }
        self.at = self.octets.len();
        Ok(false)
    }
}

/// The field that `rest`, at offset `at`, starts with, if its name is known and written plainly; and
/// how long its line is.
#[inline]
fn known_field(rest: &[u8], at: usize) -> Option<(Row, usize)> {
    // Where the next line starts waits for nothing but this one's end: the rest is done beside it.
    let end = find(rest, b'\n')?;
    let window = rest.first_chunk::<WINDOW>()?;
    let colon = near(window, b':');
    let name = Name::ahead(window, colon);
    if name == Name::Other {
        return None;
    }
    let len = match rest.get(..end)? {
        [line @ .., b'\r'] => line.len(),
        line => line.len(),
    };
    // No sum is too large: all are of offsets into the same octets.
    let row = Row {
        name_at: offset(at),
        value_at: offset(at.wrapping_add(colon).wrapping_add(1)),
        value_end: offset(at.wrapping_add(len)),
        name,
    };
    Some((row, end.wrapping_add(1)))
}

/// Indexes `line`, which starts at offset `at`.
fn push_row(rows: &mut Rows, line: &[u8], at: usize) -> Result<(), DecodeError> {
    let colon = find(line, b':').unwrap_or(line.len());
    let written = &line[..colon];
    let len = name_len(written).map_err(|bad| DecodeError::Field { at: at + bad })?;
    if colon == line.len() {
        return Err(DecodeError::Field { at: at + colon });
    }
    rows.push(Row {
        name_at: offset(at),
        value_at: offset(at + colon + 1),
        value_end: offset(at + line.len()),
        name: Name::find(&written[..len]),
    });
    Ok(())
}

/// Length of a name with white space after it, or where it is none.
fn name_len(written: &[u8]) -> Result<usize, usize> {
    let len = written.iter().take_while(|octet| is_token(**octet)).count();
    let space = written[len..].iter().take_while(|octet| is_fold(**octet));
    let end = len + space.count();
    if len == 0 || end < written.len() {
        return Err(end);
    }
    Ok(len)
}

/// `METHOD SP URI SP SIP/2.0`, or the offset of what does not fit.
fn request_line<'a>(line: &'a [u8], text: Option<&'a str>) -> Result<RequestLine<'a>, usize> {
    let method = line.iter().take_while(|octet| is_token(**octet)).count();
    if method == 0 || line.get(method) != Some(&b' ') {
        return Err(method);
    }
    let line = line.trim_ascii_end();
    // Nearly all end so; of others the last word is looked for.
    let usual = line.strip_suffix(b" SIP/2.0").map(<[u8]>::len);
    let version = usual.or_else(|| line.iter().rposition(|octet| *octet == b' '));
    let version = version.filter(|at| *at > method);
    let version = version.ok_or(line.len())?;
    let uri = line.get(method..version).unwrap_or_default();
    let uri_at = method + uri.iter().take_while(|octet| **octet == b' ').count();
    let uri = uri.trim_ascii();
    if uri.is_empty() {
        return Err(uri_at);
    }
    if let Some(at) = out_of_uri(uri) {
        return Err(uri_at + at);
    }
    let text = |octets: &'a [u8], at: usize| {
        let known = text.and_then(|text| text.get(at..at + octets.len()));
        known.map_or_else(|| std::str::from_utf8(octets), Ok)
    };
    Ok(RequestLine {
        method: Method::find(text(&line[..method], 0).map_err(|_| 0_usize)?),
        uri: text(uri, uri_at).map_err(|error| uri_at + error.valid_up_to())?,
        version: parse_version(&line[version + 1..]).ok_or(version + 1)?,
    })
}

/// `SIP/2.0 SP status SP reason`, or the offset of what does not fit.
fn status_line(line: &[u8]) -> Result<StatusLine<'_>, usize> {
    let space = memchr::memchr(b' ', line).ok_or(line.len())?;
    let version = parse_version(&line[..space]).ok_or(0_usize)?;
    let digits = line.get(space + 1..space + 4).ok_or(line.len())?;
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(digits[0], b'1'..=b'6') {
        return Err(space + 1);
    }
    let status = digits
        .iter()
        .fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
    let reason = match line.get(space + 4..) {
        None | Some([]) => &[][..],
        Some([b' ', reason @ ..]) => reason,
        Some(_) => return Err(space + 4),
    };
    Ok(StatusLine {
        version,
        status,
        reason,
    })
}

fn parse_version(octets: &[u8]) -> Option<Version> {
    if octets == b"SIP/2.0" || octets.eq_ignore_ascii_case(b"SIP/2.0") {
        return Some(Version::TWO);
    }
    let (protocol, numbers) = octets.split_at_checked(4)?;
    if !protocol.eq_ignore_ascii_case(b"SIP/") {
        return None;
    }
    let (major, minor) = std::str::from_utf8(numbers).ok()?.split_once('.')?;
    Some(Version {
        major: digits(major)?,
        minor: digits(minor)?,
    })
}

/// A small number without sign.
fn digits(text: &str) -> Option<u8> {
    let plain = text.bytes().all(|octet| octet.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

/// The body that starts at offset `at`.
fn body<'a>(
    octets: &'a [u8],
    at: usize,
    rows: &Rows,
    framing: Framing,
) -> Result<&'a [u8], DecodeError> {
    let rest = octets.get(at..).unwrap_or_default();
    match content_length(octets, rows)? {
        Some(len) if len <= rest.len() => Ok(&rest[..len]),
        Some(_) if framing == Framing::Embedded => Ok(rest),
        Some(len) => {
            let missing = len - rest.len();
            Err(DecodeError::BodyShort { at, missing })
        }
        None if framing == Framing::Stream => Err(DecodeError::Missing {
            name: Name::ContentLength,
        }),
        None => Ok(rest),
    }
}

/// What the Content-Length fields say, if there is one.
pub(super) fn content_length(octets: &[u8], rows: &Rows) -> Result<Option<usize>, DecodeError> {
    let mut length = None;
    for row in rows.iter().filter(|row| row.name == Name::ContentLength) {
        let (_, value) = row.ranges();
        let at = value.start;
        let text = octets.get(value).unwrap_or_default();
        let found = parse_length(text).ok_or(DecodeError::ContentLength { at })?;
        if length.is_some_and(|length| length != found) {
            return Err(DecodeError::ContentLength { at });
        }
        length = Some(found);
    }
    Ok(length)
}

fn parse_length(value: &[u8]) -> Option<usize> {
    let value = value.trim_ascii();
    if value.is_empty() {
        return None;
    }
    value.iter().try_fold(0_usize, |length, octet| {
        let digit = octet.is_ascii_digit().then(|| usize::from(octet - b'0'))?;
        length.checked_mul(10)?.checked_add(digit)
    })
}

/// Whether a line that starts so continues the one before.
const fn is_fold(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t')
}

const fn is_line_end(octet: u8) -> bool {
    is_space(octet) && !is_fold(octet)
}

/// Lossless: [`message`] refuses octets whose count does not fit.
#[inline]
fn offset(at: usize) -> u32 {
    let [first, second, third, fourth, ..] = at.to_le_bytes();
    u32::from_le_bytes([first, second, third, fourth])
}

/// How far [`salvage`] looks.
const SALVAGE_MAX: usize = 65_535;

#[cfg(test)]
mod tests {
    use super::*;
    use Framing::{Datagram, Embedded, Stream};

    fn error(octets: &[u8], framing: Framing) -> DecodeError {
        message(octets, framing).unwrap_err()
    }

    #[test]
    fn a_bad_start_line_has_its_offset() {
        for (line, at) in [
            (&b"A b"[..], 3),
            (b"A  SIP/2.0", 2),
            (b"A b c SIP/2.0", 3),
            (b"A <b> SIP/2.0", 2),
            (b"A b\xff SIP/2.0", 3),
            (b"A b SIP/2", 4),
            (b"A b SIP/+2.0", 4),
            (b"A b SIP/2.999", 4),
            (b"A\tb SIP/2.0", 1),
            (b"SIP/2.0", 7),
            (b"SIP/2 200 OK", 0),
            (b"SIP/2.0 700 x", 8),
            (b"SIP/2.0 20", 10),
            (b"SIP/2.0 2000 x", 11),
        ] {
            let octets = [line, b"\r\n\r\n"].concat();
            assert_eq!(error(&octets, Datagram), DecodeError::StartLine { at });
        }
        assert_eq!(error(b"", Datagram), DecodeError::StartLine { at: 0 });
        let blank = error(b"\r\n\r\n", Datagram);
        assert_eq!(blank, DecodeError::StartLine { at: 4 });
    }

    #[test]
    fn a_bad_header_has_its_offset() {
        let missing = DecodeError::Missing {
            name: Name::ContentLength,
        };
        for (header, framing, expected) in [
            ("C: d", Datagram, DecodeError::Unterminated { at: 17 }),
            (" x\r\n\r\n", Datagram, DecodeError::Field { at: 13 }),
            ("C d: e\r\n\r\n", Datagram, DecodeError::Field { at: 15 }),
            (": e\r\n\r\n", Datagram, DecodeError::Field { at: 13 }),
            (
                "l: x\r\n\r\n",
                Datagram,
                DecodeError::ContentLength { at: 15 },
            ),
            (
                "l:-1\r\n\r\n",
                Datagram,
                DecodeError::ContentLength { at: 15 },
            ),
            (
                "l:1\r\nl:2\r\n\r\n12",
                Datagram,
                DecodeError::ContentLength { at: 20 },
            ),
            (
                "l:3\r\n\r\n12",
                Datagram,
                DecodeError::BodyShort { at: 20, missing: 1 },
            ),
            ("\r\n", Stream, missing),
        ] {
            let octets = ["A b SIP/2.0\r\n", header].concat();
            assert_eq!(error(octets.as_bytes(), framing), expected, "{header:?}");
        }
        let bare = error(b"A b SIP/2.0", Embedded);
        assert_eq!(bare, DecodeError::Unterminated { at: 11 });
    }

    #[test]
    fn a_name_ends_with_its_line_whatever_follows() {
        let more = "To: <sip:a@ims.example>\r\nX: 0123456789012345678901234567\r\n\r\n";
        for (line, bad) in [("Via", 3), ("T", 1), ("Content-Length", 14)] {
            let octets = format!("A b SIP/2.0\r\n{line}\r\n{more}");
            let at = 13 + bad;
            assert_eq!(
                error(octets.as_bytes(), Datagram),
                DecodeError::Field { at }
            );
        }
        let octets = format!("A b SIP/2.0\r\nTo :a\r\nv:\r\n\r\n{more}");
        let message = message(octets.as_bytes(), Datagram).unwrap();
        assert_eq!(message.body(), more.as_bytes());
        let names: Vec<_> = message.fields().map(|field| field.written()).collect();
        assert_eq!(names, ["To", "v"]);
    }

    #[test]
    fn the_body_of_a_datagram_ends_as_content_length_says_or_with_it() {
        let body = |octets| message(octets, Datagram).unwrap().body;
        assert_eq!(body(&b"A b SIP/2.0\r\n\r\nall of it"[..]), b"all of it");
        assert_eq!(body(b"A b SIP/2.0\r\nl: 3\r\n\r\nall of it"), b"all");
        assert_eq!(
            body(b"A b SIP/2.0\r\nl:\r\n 3\r\nl: 3\r\n\r\nall of it"),
            b"all"
        );
    }

    #[test]
    fn an_embedded_message_may_lack_its_end() {
        let bare = message(b"SIP/2.0 200\r\nExpires: 60", Embedded).unwrap();
        assert_eq!(bare.fields().count(), 1);
        assert_eq!(bare.field(Name::Expires).unwrap().octets, b"60");
        let short = message(b"SIP/2.0 200 OK\r\nl: 9\r\n\r\nab", Embedded).unwrap();
        assert_eq!(short.body(), b"ab");
    }

    #[test]
    fn versions_other_than_two_are_read() {
        let odd = message(b"A b sip/7.01 \r\n\r\n", Datagram).unwrap();
        let version = odd.request().unwrap().version;
        assert_eq!(version, Version { major: 7, minor: 1 });
        let status = message(b"SIP/3.0 200 \xff \r\n\r\n", Datagram).unwrap();
        let line = status.response().unwrap();
        assert_eq!((line.status, line.reason), (200, &b"\xff "[..]));
    }

    #[test]
    fn more_fields_than_the_index_holds_in_place_are_kept() {
        let mut octets = b"A b SIP/2.0\r\n".to_vec();
        for number in 0..100 {
            octets.extend_from_slice(format!("X-{number}: {number}\r\n").as_bytes());
        }
        octets.extend_from_slice(b"\r\n");
        let message = message(&octets, Datagram).unwrap();
        let last = message.fields().last().unwrap();
        assert_eq!((message.fields().count(), last.written()), (100, "X-99"));
    }

    #[test]
    fn what_can_be_read_of_a_bad_request_is_salvaged() {
        let octets = b"A b SIP/2.0\r\nv: SIP/2.0/UDP a\r\nno field\r\nl: x\r\nf: <sip:a>";
        assert_eq!(error(octets, Datagram), DecodeError::Field { at: 34 });
        let message = salvage(octets).unwrap();
        let names: Vec<_> = message.fields().map(|field| field.name).collect();
        assert_eq!(names, [Name::Via, Name::ContentLength, Name::From]);
        assert!(salvage(b"nothing at all").is_none());
    }
}
