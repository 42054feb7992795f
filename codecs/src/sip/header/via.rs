//! `Via` (RFC 3261 clause 20.42, RFC 3581 for `rport`).

use std::net::IpAddr;

use super::{Header, ListHeader};
use crate::sip::scan::{Scan, is_printed};
use crate::sip::{DecodeError, Name, Params};

/// One hop of the path a request took.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Via<'a> {
    /// The transport: `UDP`, `TCP` and so on.
    pub transport: &'a str,
    /// The host of the sent-by, an IPv6 address with its brackets.
    pub host: &'a str,
    /// The port of the sent-by.
    pub port: Option<u16>,
    /// Every parameter.
    pub params: Params<'a>,
}

/// What the branch of an RFC 3261 element starts with.
pub(crate) const COOKIE: &str = "z9hG4bK";

impl<'a> Via<'a> {
    /// The branch as written, cookie included.
    #[must_use]
    pub fn branch(&self) -> Option<&'a str> {
        self.params.value("branch")
    }

    /// The branch, if it starts with the cookie that makes it unique (RFC 3261 clause 8.1.1.7).
    #[must_use]
    pub fn unique_branch(&self) -> Option<&'a str> {
        self.branch().filter(|branch| {
            let cookie = branch.get(..COOKIE.len());
            branch.len() > COOKIE.len()
                && cookie.is_some_and(|cookie| cookie.eq_ignore_ascii_case(COOKIE))
        })
    }

    /// Where the request really came from.
    #[must_use]
    pub fn received(&self) -> Option<IpAddr> {
        address(self.params.value("received")?)
    }

    /// The port the request really came from, once the server filled it in.
    #[must_use]
    pub fn rport(&self) -> Option<u16> {
        self.params.value("rport")?.parse().ok()
    }

    /// Whether the client asks for its port (RFC 3581 clause 3).
    #[must_use]
    pub fn wants_rport(&self) -> bool {
        self.params.has("rport")
    }

    /// The multicast address to answer to; nobody in an IMS core uses it.
    #[must_use]
    pub fn maddr(&self) -> Option<&'a str> {
        self.params.value("maddr")
    }

    /// The sent-by as an address, unless it is a name.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        address(self.host)
    }
}

/// An IP address with or without the brackets of IPv6.
fn address(text: &str) -> Option<IpAddr> {
    let inside = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    inside.unwrap_or(text).parse().ok()
}

impl<'a> Header<'a> for Via<'a> {
    const NAME: Name = Name::Via;

    fn scan(scan: &mut Scan<'a>) -> Result<Self, DecodeError> {
        let at = scan.error();
        if !scan.token()?.eq_ignore_ascii_case("SIP") {
            return Err(at);
        }
        scan.expect(b'/')?;
        let _version = scan.token()?;
        scan.expect(b'/')?;
        let transport = scan.token()?;
        let host = host(scan)?;
        let port = if scan.eat(b':') {
            let error = scan.error();
            Some(u16::try_from(scan.number()?).map_err(|_| error)?)
        } else {
            None
        };
        let params = scan.params()?;
        Ok(Self {
            transport,
            host,
            port,
            params,
        })
    }
}

impl<'a> ListHeader<'a> for Via<'a> {}

fn host<'a>(scan: &mut Scan<'a>) -> Result<&'a str, DecodeError> {
    let host = if scan.peek() == Some(b'[') {
        let rest = scan.rest();
        let end = rest.find(']').ok_or_else(|| scan.error())?;
        let _ = scan.until(b']')?;
        rest.get(..=end).unwrap_or_default()
    } else {
        scan.run(|octet| is_printed(octet) && !matches!(octet, b':' | b';' | b','))
    };
    if host.is_empty() {
        return Err(scan.error());
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use super::super::{bad, parse};
    use super::*;

    #[test]
    fn white_space_may_stand_between_all_elements() {
        let via: Via<'_> = parse(
            "SIP / 2.0 / UDP first.example.com : 4000 ;ttl=16\r\n ;branch = z9hG4bKa7c6a8dlze.1;rport",
        )
        .unwrap();
        assert_eq!(via.transport, "UDP");
        assert_eq!((via.host, via.port), ("first.example.com", Some(4000)));
        assert_eq!(via.unique_branch(), Some("z9hG4bKa7c6a8dlze.1"));
        assert!(via.wants_rport());
        assert_eq!(via.rport(), None);
    }

    #[test]
    fn ipv6_is_read_with_and_without_brackets() {
        let via: Via<'_> =
            parse("SIP/2.0/TCP [2001:db8::9:1]:5061;received=2001:db8::9:255;rport=49153").unwrap();
        assert_eq!(via.address(), "2001:db8::9:1".parse().ok());
        assert_eq!(via.port, Some(5061));
        assert_eq!(via.received(), "2001:db8::9:255".parse().ok());
        assert_eq!(via.rport(), Some(49153));
        let bracketed: Via<'_> = parse("SIP/2.0/UDP a;received=[2001:db8::9:255]").unwrap();
        assert_eq!(bracketed.received(), via.received());
    }

    #[test]
    fn a_branch_of_the_cookie_alone_is_not_unique() {
        let via: Via<'_> = parse("SIP/2.0/UDP a;branch=z9hG4bK").unwrap();
        assert_eq!(via.unique_branch(), None);
        let old: Via<'_> = parse("SIP/2.0/UDP a;branch=1").unwrap();
        assert_eq!((old.branch(), old.unique_branch()), (Some("1"), None));
    }

    #[test]
    fn errors_name_the_octet() {
        for (text, at) in [
            ("HTTP/2.0/UDP a", 0),
            ("SIP 2.0/UDP a", 4),
            ("SIP/2.0 UDP a", 8),
            ("SIP/2.0/UDP", 11),
            ("SIP/2.0/UDP a:x", 14),
            ("SIP/2.0/UDP a:65536", 14),
            ("SIP/2.0/UDP [::1", 12),
            ("SIP/2.0/UDP a;=", 14),
            ("SIP/2.0/UDP a\0b", 13),
            ("SIP/2.0/UDP a;b=c\0d", 17),
        ] {
            assert_eq!(parse::<Via<'_>>(text), Err(bad(Name::Via, at)), "{text}");
        }
    }
}
