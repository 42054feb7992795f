//! The form of a URI in which equal addresses-of-record are equal strings.

use std::fmt::Write as _;

use super::{Scheme, Uri, escaped, is_separator};

/// See [`Uri::canonical`].
pub(super) fn write(uri: &Uri<'_>, out: &mut String) {
    lower(uri.scheme.as_str(), out);
    out.push(':');
    match uri.scheme {
        Scheme::Tel => telephone(uri, out),
        Scheme::Other(_) => out.push_str(uri.host),
        _ => {
            if let Some(name) = uri.user {
                user(name, is_phone(uri), out);
                out.push('@');
            }
            host(uri.host, out);
            if let Some(port) = uri
                .port
                .filter(|port| uri.scheme.default_port() != Some(*port))
            {
                // Writing to a string cannot fail.
                let _ = write!(out, ":{port}");
            }
        }
    }
}

fn is_phone(uri: &Uri<'_>) -> bool {
    let user = uri.params.value("user");
    user.is_some_and(|user| user.eq_ignore_ascii_case("phone"))
}

/// A user without needless escapes: those of unreserved octets. Others are kept in upper case.
fn user(name: &str, phone: bool, out: &mut String) {
    let mut rest = name;
    let mut in_number = phone && name.starts_with('+');
    while let Some(char) = rest.chars().next() {
        let octet = escaped(rest.as_bytes(), 0).filter(|_| char == '%');
        rest = match octet {
            Some(_) => rest.get(3..).unwrap_or_default(),
            None => rest.get(char.len_utf8()..).unwrap_or_default(),
        };
        let char = match octet {
            Some(octet) if is_unreserved(octet) => char::from(octet),
            Some(octet) => {
                let _ = write!(out, "%{octet:02X}");
                continue;
            }
            None => char,
        };
        in_number &= char != ';';
        if !(in_number && u8::try_from(char).is_ok_and(is_separator)) {
            out.push(char);
        }
    }
}

/// A host name in lower case, or an IPv6 address in the form of RFC 5952.
fn host(name: &str, out: &mut String) {
    let inside = name
        .strip_prefix('[')
        .and_then(|name| name.strip_suffix(']'));
    match inside.map(str::parse::<std::net::Ipv6Addr>) {
        Some(Ok(address)) => {
            let _ = write!(out, "[{address}]");
        }
        _ => lower(name, out),
    }
}

fn telephone(uri: &Uri<'_>, out: &mut String) {
    let number = uri.user.unwrap_or_default().bytes();
    let digits = number.filter(|octet| !is_separator(*octet));
    out.extend(digits.map(|octet| char::from(octet.to_ascii_lowercase())));
    for name in ["ext", "isub", "phone-context"] {
        let Some(value) = uri.params.value(name) else {
            continue;
        };
        let _ = write!(out, ";{name}=");
        let number = name == "ext" || value.starts_with('+');
        let kept = value
            .chars()
            .filter(|char| !(number && u8::try_from(*char).is_ok_and(is_separator)));
        out.extend(kept.map(|char| char.to_ascii_lowercase()));
    }
}

fn lower(text: &str, out: &mut String) {
    out.extend(text.chars().map(|char| char.to_ascii_lowercase()));
}

/// Octets that mean the same with and without escape (RFC 3261 clause 25.1).
const fn is_unreserved(octet: u8) -> bool {
    octet.is_ascii_alphanumeric()
        || matches!(
            octet,
            b'-' | b'_' | b'.' | b'!' | b'~' | b'*' | b'\'' | b'(' | b')'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn canonical(text: &str) -> String {
        Uri::parse(text).unwrap().to_canonical()
    }

    #[test]
    fn equal_addresses_are_equal_strings() {
        for (text, expected) in [
            ("SIP:Alice@IMS.Example", "sip:Alice@ims.example"),
            ("sip:alice@ims.example:5060", "sip:alice@ims.example"),
            ("sip:alice@ims.example:5070", "sip:alice@ims.example:5070"),
            ("sips:alice@ims.example:5061", "sips:alice@ims.example"),
            (
                "sip:%61lice@ims.example;transport=tcp",
                "sip:alice@ims.example",
            ),
            ("sip:a%2fb%40@ims.example?x=y", "sip:a%2Fb%40@ims.example"),
            ("sip:alice:pw@ims.example", "sip:alice@ims.example"),
            (
                "sip:+999-0000(0001)@ims.example;user=phone",
                "sip:+99900000001@ims.example",
            ),
            ("sip:a-b@ims.example", "sip:a-b@ims.example"),
            ("sip:a@[2001:DB8:0:0::1]:5060", "sip:a@[2001:db8::1]"),
            ("pres:Bob@IMS.example", "pres:Bob@ims.example"),
            ("TEL:+999-0000.0001;npdi", "tel:+99900000001"),
            (
                "tel:12-34;phone-context=IMS.Example;ext=5-6",
                "tel:1234;ext=56;phone-context=ims.example",
            ),
            ("URN:service:sos", "urn:service:sos"),
        ] {
            assert_eq!(canonical(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_canonical_form_is_its_own(text in "(sip|sips|tel|pres|SIP):[+a-zA-Z0-9%:;=@.()-]{1,40}") {
            if let Ok(uri) = Uri::parse(&text) {
                let once = uri.to_canonical();
                let again = Uri::parse(&once).map(|uri| uri.to_canonical());
                prop_assert_eq!(again, Ok(once));
            }
        }
    }
}
