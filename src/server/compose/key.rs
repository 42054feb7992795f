//! Which components of different publications are about the same thing.

use std::borrow::Cow;

use pengate_codecs::pidf::{Component, content};

/// What makes two services one: contact, service, devices and class. A service that says neither
/// where nor what it is has no key: it is like no other.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct ServiceKey {
    contact: Option<String>,
    service_id: Option<String>,
    devices: Vec<String>,
    class: Option<String>,
}

/// Classes that mark our own components; they are no variant that the user made.
const OWN_CLASSES: [&str; 3] = ["pna", "pna-cs", "pna-ims"];

impl ServiceKey {
    pub(super) fn new(tuple: &Component<'_>) -> Option<Self> {
        let owned = |raw: &str| content(raw).into_owned();
        let mut devices: Vec<_> = tuple.devices().map(device_key).collect();
        devices.sort_unstable();
        devices.dedup();
        let key = Self {
            contact: tuple.contact().map(|raw| canonical_uri(&content(raw))),
            service_id: tuple.service_id().map(owned),
            devices,
            class: class(tuple).map(Cow::into_owned),
        };
        (key.contact.is_some() || key.service_id.is_some()).then_some(key)
    }
}

/// The class that the publisher gave a component, unless it is one of ours.
pub(super) fn class<'a>(component: &Component<'a>) -> Option<Cow<'a, str>> {
    component
        .class()
        .map(content)
        .filter(|class| !is_own_class(class))
}

/// Whether a class is one that we give.
pub(super) fn is_own_class(class: &str) -> bool {
    OWN_CLASSES.contains(&class)
}

/// A device identifier as it is compared: URNs are case-insensitive up to the second colon, UUIDs
/// altogether.
pub(super) fn device_key(raw: &str) -> String {
    let said = content(raw);
    let uuid = said
        .get(..9)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:uuid:"));
    if uuid {
        return said.to_ascii_lowercase();
    }
    let Some((scheme, rest)) = said.split_once(':') else {
        return said.into_owned();
    };
    match rest.split_once(':') {
        Some((nid, rest)) => format!("{scheme}:{nid}").to_ascii_lowercase() + ":" + rest,
        None => said.into_owned(),
    }
}

/// A URI as it is compared: scheme and host in lower case, without the scheme's default port and
/// without `;user=phone`; a telephone number without its visual separators.
pub(super) fn canonical_uri(uri: &str) -> String {
    let Some((scheme, rest)) = uri.split_once(':') else {
        return uri.to_owned();
    };
    let scheme = scheme.to_ascii_lowercase();
    if scheme == "tel" {
        let (number, parameters) = split_at(rest, &[';']);
        let number: String = number.chars().filter(|c| !"-.()".contains(*c)).collect();
        return format!("{scheme}:{number}{parameters}");
    }
    let (address, parameters) = split_at(rest, &[';', '?']);
    let (user, host) = match address.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, address),
    };
    let default_port = match scheme.as_str() {
        "sip" => ":5060",
        "sips" => ":5061",
        _ => "",
    };
    let host = host.to_ascii_lowercase();
    let host = match host.strip_suffix(default_port) {
        Some(bare) if !default_port.is_empty() => bare,
        _ => &host,
    };
    let parameters = parameters.replace(";user=phone", "");
    match user {
        Some(user) => format!("{scheme}:{user}@{host}{parameters}"),
        None => format!("{scheme}:{host}{parameters}"),
    }
}

fn split_at<'a>(text: &'a str, at: &[char]) -> (&'a str, &'a str) {
    text.split_at(text.find(at).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_compared_by_what_they_mean() {
        for (uri, canonical) in [
            ("SIP:Alice@IMS.Example:5060", "sip:Alice@ims.example"),
            ("sips:a@h:5060", "sips:a@h:5060"),
            ("sip:+99900000001@h;user=phone", "sip:+99900000001@h"),
            ("tel:+999-000-00001", "tel:+99900000001"),
            ("tel:1(2)3;phone-context=+999", "tel:123;phone-context=+999"),
            ("mailto:A@B.Example", "mailto:A@b.example"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(canonical_uri(uri), canonical, "{uri}");
        }
    }

    #[test]
    fn devices_are_compared_as_urns() {
        assert_eq!(device_key("URN:UUID:AB"), "urn:uuid:ab");
        assert_eq!(device_key("URN:Mac:0A"), "urn:mac:0A");
        assert_eq!(device_key("pc1"), "pc1");
    }
}
