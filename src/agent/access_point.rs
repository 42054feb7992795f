//! What Called-Station-Id says in accounting: the name of an access point to a packet network, or the
//! address of an access point of a WLAN.

use crate::event::Source;

/// The access point name that a network element tells. A WLAN's access points have addresses, thousands
/// of them, and are no access points of this kind.
pub(super) fn name(source: Source, called: &[u8]) -> Option<&[u8]> {
    let is_access = matches!(source, Source::Pr | Source::Pp);
    (!is_access || !is_address(called)).then_some(called)
}

/// Whether this is a MAC address, maybe with an SSID after it: `00-10-A4-23-19-C0:AP1` (RFC 3580 clause
/// 3.20). Elements write it with colons or nothing between the octets as well.
fn is_address(called: &[u8]) -> bool {
    let is_hex = |octets: &[u8]| octets.iter().all(u8::is_ascii_hexdigit);
    let separator = called.get(2).copied().filter(|it| b"-:".contains(it));
    let length = if separator.is_some() { 17 } else { 12 };
    let Some((address, ssid)) = called.split_at_checked(length) else {
        return false;
    };
    let is_address = match separator {
        Some(separator) => {
            let mut octets = address.chunks(3);
            octets.all(|part| is_hex(&part[..2]) && part.get(2).is_none_or(|it| *it == separator))
        }
        None => is_hex(address),
    };
    is_address && matches!(ssid.first(), None | Some(b':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_no_name_of_an_access_point() {
        for called in [
            "00-10-A4-23-19-C0:AP1",
            "00-10-A4-23-19-C0",
            "00:10:a4:23:19:c0:AP1",
            "0010A42319C0",
            "0010a42319c0:two words",
        ] {
            let named = |source| name(source, called.as_bytes());
            assert_eq!((named(Source::Pr), named(Source::Pp)), (None, None));
            assert_eq!(named(Source::Pk), Some(called.as_bytes()));
        }
        for called in [
            "",
            "w",
            "wlan.example",
            "00-10-A4-23-19",
            "00-10-A4-23-19-C",
            "00-10-A4:23-19-C0",
            "00-10-A4-23-19-C0.example",
            "0010a42319c0.example",
            "g0-10-A4-23-19-C0",
        ] {
            assert_eq!(name(Source::Pr, called.as_bytes()), Some(called.as_bytes()));
        }
    }
}
