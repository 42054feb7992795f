//! URIs: `sip`, `sips` (RFC 3261 clause 19.1), `tel` (RFC 3966), `pres` (RFC 3859).

mod canonical;

use super::find::seek;
use super::scan::out_of_uri;
use super::{DecodeError, Params};

/// A URI taken apart.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Uri<'a> {
    /// What stands before the colon.
    pub scheme: Scheme<'a>,
    /// The user as written, escapes in place. Of a `tel` URI this is the number.
    pub user: Option<&'a str>,
    /// The password, which nobody should send.
    pub password: Option<&'a str>,
    /// The host, an IPv6 address with its brackets. Empty for `tel`; of an unknown scheme this is
    /// everything after the colon.
    pub host: &'a str,
    /// The port, when written.
    pub port: Option<u16>,
    /// `;transport=tcp` and so on.
    pub params: Params<'a>,
    /// What stands after `?`.
    pub headers: Option<&'a str>,
}

/// A URI scheme.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Scheme<'a> {
    /// `im:` (RFC 3860).
    Im,
    /// `pres:`
    Pres,
    /// `sip:`
    Sip,
    /// `sips:`
    Sips,
    /// `tel:`
    Tel,
    /// Any other, as written.
    Other(&'a str),
}

impl<'a> Scheme<'a> {
    /// The scheme that `text` names, in any case.
    #[must_use]
    pub fn find(text: &'a str) -> Self {
        const KNOWN: [Scheme<'static>; 5] = [
            Scheme::Sip,
            Scheme::Tel,
            Scheme::Pres,
            Scheme::Sips,
            Scheme::Im,
        ];
        let known = KNOWN.into_iter();
        let mut found = known.filter(|scheme| scheme.as_str().eq_ignore_ascii_case(text));
        found.next().unwrap_or(Self::Other(text))
    }

    /// The name, in lower case when it is a known one.
    #[must_use]
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::Im => "im",
            Self::Pres => "pres",
            Self::Sip => "sip",
            Self::Sips => "sips",
            Self::Tel => "tel",
            Self::Other(name) => name,
        }
    }

    /// The port of a URI that names none.
    #[must_use]
    pub const fn default_port(self) -> Option<u16> {
        match self {
            Self::Sip => Some(5060),
            Self::Sips => Some(5061),
            _ => None,
        }
    }
}

impl<'a> Uri<'a> {
    /// Takes `text` apart.
    ///
    /// # Errors
    /// [`DecodeError::Uri`], the offset counted in `text`.
    #[inline]
    pub fn parse(text: &'a str) -> Result<Self, DecodeError> {
        Self::parse_at(text, 0)
    }

    /// Takes `text` apart, which lies at offset `base` of a message.
    ///
    /// # Errors
    /// [`DecodeError::Uri`], the offset counted in the message.
    #[inline]
    pub fn parse_at(text: &'a str, base: usize) -> Result<Self, DecodeError> {
        parse(text).map_err(|at| DecodeError::Uri { at: base + at })
    }

    /// Appends the form in which equal addresses-of-record are equal strings (RFC 3261 clauses
    /// 10.3 and 19.1.4, RFC 3966 clause 5): scheme and host in lower case, no default port, no
    /// needless escapes, no password, parameters or headers. A telephone number loses its visual
    /// separators and keeps the parameters that tell it from others.
    pub fn canonical(&self, out: &mut String) {
        canonical::write(self, out);
    }

    /// What [`Uri::canonical`] appends, on its own.
    #[must_use]
    pub fn to_canonical(&self) -> String {
        let mut out = String::new();
        self.canonical(&mut out);
        out
    }

    /// The `transport` parameter.
    #[must_use]
    pub fn transport(&self) -> Option<&'a str> {
        self.params.value("transport")
    }

    /// Whether a route with this URI is a loose router (RFC 3261 clause 19.1.1).
    #[must_use]
    pub fn is_loose(&self) -> bool {
        self.params.has("lr")
    }
}

/// The URI, or the offset of what does not fit.
fn parse(text: &str) -> Result<Uri<'_>, usize> {
    if let Some(at) = out_of_uri(text.as_bytes()) {
        return Err(at);
    }
    // Nearly all are written so.
    let (scheme, after) = if text.starts_with("sip:") {
        (Scheme::Sip, 4)
    } else {
        scheme(text)?
    };
    match scheme {
        Scheme::Tel => telephone(text, after),
        Scheme::Other(_) if after == text.len() => Err(after),
        Scheme::Other(_) => Ok(Uri {
            host: &text[after..],
            ..empty(scheme)
        }),
        scheme => hierarchical(scheme, text, after),
    }
}

/// The scheme, and the offset of what stands after its colon.
fn scheme(text: &str) -> Result<(Scheme<'_>, usize), usize> {
    let colon = memchr::memchr(b':', text.as_bytes()).ok_or(text.len())?;
    let scheme = &text[..colon];
    let starts = scheme.starts_with(|char: char| char.is_ascii_alphabetic());
    let fits = |octet: u8| octet.is_ascii_alphanumeric() || b"+-.".contains(&octet);
    if !starts || !scheme.bytes().all(fits) {
        return Err(0);
    }
    Ok((Scheme::find(scheme), colon + 1))
}

const fn empty(scheme: Scheme<'_>) -> Uri<'_> {
    Uri {
        scheme,
        user: None,
        password: None,
        host: "",
        port: None,
        params: Params::new(""),
        headers: None,
    }
}

/// `user:password@host:port;params?headers` from offset `start` on.
#[inline]
fn hierarchical<'a>(scheme: Scheme<'a>, text: &'a str, start: usize) -> Result<Uri<'a>, usize> {
    let octets = text.as_bytes();
    let sign = seek(octets, start, |word| word.is(b'@'));
    let (user, password, host_at) = if sign < text.len() {
        let (user, password) = user_info(&text[start..sign]).map_err(|at| start + at)?;
        (Some(user), password, sign + 1)
    } else {
        (None, None, start)
    };
    let mut at = host_end(text, host_at)?;
    let host = &text[host_at..at];
    let mut port = None;
    if octets.get(at) == Some(&b':') {
        let digits = octets[at + 1..]
            .iter()
            .take_while(|octet| octet.is_ascii_digit());
        let end = at + 1 + digits.count();
        port = Some(text[at + 1..end].parse().map_err(|_| at + 1)?);
        at = end;
    }
    if !matches!(octets.get(at), None | Some(b';' | b'?')) {
        return Err(at);
    }
    let mark = seek(octets, at, |word| word.is(b'?'));
    Ok(Uri {
        scheme,
        user,
        password,
        host,
        port,
        params: Params::new(&text[at..mark]),
        headers: text.get(mark + 1..),
    })
}

/// `user` or `user:password`; a broken escape is an error, for nobody could compare it.
fn user_info(text: &str) -> Result<(&str, Option<&str>), usize> {
    let (user, password) = match text.bytes().position(|octet| octet == b':') {
        Some(colon) => (&text[..colon], Some(&text[colon + 1..])),
        None => (text, None),
    };
    if user.is_empty() {
        return Err(0);
    }
    for (at, octet) in user.bytes().enumerate() {
        if octet == b'%' && escaped(user.as_bytes(), at).is_none() {
            return Err(at);
        }
    }
    Ok((user, password))
}

/// Where the host ends that starts at offset `at`.
#[inline]
fn host_end(text: &str, at: usize) -> Result<usize, usize> {
    let octets = &text.as_bytes()[at..];
    if octets.first() == Some(&b'[') {
        let end = text[at..].find(']').ok_or(at)? + at;
        let address = text[at + 1..end].parse::<std::net::Ipv6Addr>();
        return address.map(|_| end + 1).map_err(|_| at + 1);
    }
    match octets.iter().take_while(|octet| is_host(**octet)).count() {
        0 => Err(at),
        len => Ok(at + len),
    }
}

/// `+number;params` or `number;phone-context=...` from offset `start` on.
fn telephone(text: &str, start: usize) -> Result<Uri<'_>, usize> {
    let rest = &text[start..];
    let len = rest.find([';', '?']).unwrap_or(rest.len());
    let (number, params) = rest.split_at(len);
    let digits = number.strip_prefix('+').unwrap_or(number);
    let digits_at = start + number.len() - digits.len();
    let fits = |octet: u8| octet.is_ascii_hexdigit() || b"*#-.()".contains(&octet);
    if let Some(at) = digits.bytes().position(|octet| !fits(octet)) {
        return Err(digits_at + at);
    }
    if digits.bytes().all(is_separator) {
        return Err(start + len);
    }
    Ok(Uri {
        user: Some(number),
        params: Params::new(params),
        ..empty(Scheme::Tel)
    })
}

/// A visual separator of a telephone number (RFC 3966 clause 5.1.1).
const fn is_separator(octet: u8) -> bool {
    matches!(octet, b'-' | b'.' | b'(' | b')')
}

/// An octet of a host name or an IPv4 address.
const fn is_host(octet: u8) -> bool {
    HOST[octet as usize]
}

static HOST: [bool; 256] = {
    let mut table = [false; 256];
    let mut octet = 0_u8;
    while octet < 128 {
        table[octet as usize] =
            octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_');
        octet += 1;
    }
    table
};

/// The octet that the escape at offset `at` stands for.
fn escaped(text: &[u8], at: usize) -> Option<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    u8::try_from(digit(at + 1)? * 16 + digit(at + 2)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_found() {
        let uri = Uri::parse("sip:user;par=u%40h:pw@[2001:db8::1]:5080;transport=TCP;lr?Subject=x")
            .unwrap();
        assert_eq!(uri.scheme, Scheme::Sip);
        assert_eq!(uri.user, Some("user;par=u%40h"));
        assert_eq!(uri.password, Some("pw"));
        assert_eq!((uri.host, uri.port), ("[2001:db8::1]", Some(5080)));
        assert_eq!(uri.transport(), Some("TCP"));
        assert!(uri.is_loose());
        assert_eq!(uri.headers, Some("Subject=x"));
    }

    #[test]
    fn a_number_and_a_foreign_scheme_are_kept() {
        let tel = Uri::parse("tel:+999-0000.0001;ext=5").unwrap();
        assert_eq!(
            (tel.scheme, tel.user),
            (Scheme::Tel, Some("+999-0000.0001"))
        );
        assert_eq!(tel.params.value("ext"), Some("5"));
        let urn = Uri::parse("urn:service:sos").unwrap();
        assert_eq!(
            (urn.scheme, urn.host),
            (Scheme::Other("urn"), "service:sos")
        );
    }

    #[test]
    fn errors_name_the_octet() {
        for (text, at) in [
            ("", 0),
            ("alice", 5),
            (":a", 0),
            ("1sip:a", 0),
            ("sip:", 4),
            ("sip:@ims.example", 4),
            ("sip:a@", 6),
            ("sip:a@b@c", 7),
            ("sip:a@b:", 8),
            ("sip:a@b:65536", 8),
            ("sip:a@b:50x", 10),
            ("sip:a@[::1", 6),
            ("sip:a@[::x]", 7),
            ("sip:a%4@b", 5),
            ("sip:a b@c", 5),
            ("sip:a@b;x=<y>", 10),
            ("tel:", 4),
            ("tel:+", 5),
            ("tel:--", 6),
            ("tel:12x4", 6),
            ("urn:", 4),
        ] {
            assert_eq!(Uri::parse(text), Err(DecodeError::Uri { at }), "{text}");
        }
        assert_eq!(Uri::parse_at("sip:", 10), Err(DecodeError::Uri { at: 14 }));
    }
}
