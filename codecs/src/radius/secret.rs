//! The secret shared with a client, and the keyed digest HMAC-MD5 (RFC 2104).

use std::fmt;

use super::md5::{self, BLOCK_OCTETS, Digest, Message, State};

/// A shared secret with its HMAC key schedule: the states after the inner and the outer pad.
#[derive(Clone)]
pub struct Secret {
    octets: Box<[u8]>,
    inner: State,
    outer: State,
}

impl Secret {
    /// Prepares a secret. Any octets will do; RFC 2865 clause 3 wants at least one.
    #[must_use]
    pub fn new(octets: impl Into<Box<[u8]>>) -> Self {
        let octets = octets.into();
        let mut key = [0; BLOCK_OCTETS];
        if octets.len() > BLOCK_OCTETS {
            key[..md5::DIGEST_OCTETS].copy_from_slice(&md5::digest([&octets]));
        } else {
            key[..octets.len()].copy_from_slice(&octets);
        }
        Self {
            inner: State::INITIAL.after(&key.map(|octet| octet ^ 0x36)),
            outer: State::INITIAL.after(&key.map(|octet| octet ^ 0x5c)),
            octets,
        }
    }

    /// The secret itself, the last thing that goes into an authenticator.
    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    /// The first half of an HMAC, to be finished by [`Self::outer`].
    pub(super) fn inner<'a, const N: usize>(&self, segments: [&'a [u8]; N]) -> Message<'a> {
        Message::resume(self.inner, 1, segments)
    }

    /// The second half of an HMAC.
    pub(super) fn outer<'a>(&self, inner: &'a Digest) -> Message<'a> {
        Message::resume(self.outer, 1, [inner.as_slice()])
    }

    /// HMAC-MD5 of `segments` read as one.
    #[must_use]
    pub fn hmac<const N: usize>(&self, segments: [&[u8]; N]) -> Digest {
        self.outer(&self.inner(segments).digest()).digest()
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

/// Shows nothing, not even the length.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use hmac::{KeyInit as _, Mac as _};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn hmac_agrees_with_the_oracle(
            key in proptest::collection::vec(any::<u8>(), 0..150),
            octets in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut oracle = hmac::Hmac::<::md5::Md5>::new_from_slice(&key).unwrap();
            oracle.update(&octets);
            let expected: Digest = oracle.finalize().into_bytes().into();
            let (head, tail) = octets.split_at(octets.len() / 2);
            prop_assert_eq!(Secret::new(key).hmac([head, tail]), expected);
        }
    }

    #[test]
    fn a_secret_is_never_shown() {
        assert_eq!(format!("{:?}", Secret::from("testing123")), "Secret(..)");
    }
}
