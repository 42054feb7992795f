//! The identifier of a subscriber's device (RFC 4479 clause 3.4).

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::Identities;
use crate::pen::Presentity;

/// A UUID URN in the form of version 5, made of a keyed digest: the same from every source, and no
/// identity can be read from it.
pub(super) fn device_id(key: &str, identities: &Identities, presentity: &Presentity) -> String {
    let name = match identities.imsi {
        Some(imsi) => format!("imsi:{}", imsi.0),
        None => presentity.as_str().to_owned(),
    };
    let mut octets = [0; 16];
    // A key of any length is a key of HMAC.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key.as_bytes()) {
        mac.update(name.as_bytes());
        octets.copy_from_slice(&mac.finalize().into_bytes()[..16]);
    }
    octets[6] = octets[6] & 0x0f | 0x50;
    octets[8] = octets[8] & 0x3f | 0x80;
    let mut urn = String::with_capacity(45);
    urn.push_str("urn:uuid:");
    for (place, octet) in octets.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            urn.push('-');
        }
        // Writing to a string does not fail.
        let _ = write!(urn, "{octet:02x}");
    }
    urn
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Imsi;

    #[test]
    fn the_identifier_is_of_version_5_and_depends_on_key_and_subscriber() {
        let alice = Presentity::canonical("sip:alice@ims.example");
        let imsi = Imsi("001010000000001".parse().unwrap());
        let known = Identities {
            imsi: Some(imsi),
            ..Identities::default()
        };
        let id = device_id("secret", &known, &alice);
        assert_eq!(id.len(), 45);
        assert_eq!((&id[23..24], &id[..9]), ("5", "urn:uuid:"));
        assert!(matches!(&id[28..29], "8" | "9" | "a" | "b"));
        assert_ne!(id, device_id("other", &known, &alice));
        assert_ne!(id, device_id("secret", &Identities::default(), &alice));
        let bob = Presentity::canonical("sip:bob@ims.example");
        assert_eq!(id, device_id("secret", &known, &bob));
    }
}
