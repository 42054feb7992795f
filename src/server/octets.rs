//! Octets as one value in records: copied whole, not one by one.

use std::{fmt, ops::Deref};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Octets that a record carries.
#[derive(Clone, Default, Eq, PartialEq)]
pub(super) struct Octets(pub(super) Box<[u8]>);

impl Octets {
    pub(super) fn new(octets: impl Into<Box<[u8]>>) -> Self {
        Self(octets.into())
    }
}

impl Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// Octets carry identities: `Debug` shows their number only.
impl fmt::Debug for Octets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Octets({})", self.0.len())
    }
}

impl Serialize for Octets {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Octets {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Copy)
    }
}

struct Copy;

impl de::Visitor<'_> for Copy {
    type Value = Octets;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("octets")
    }

    fn visit_bytes<E: de::Error>(self, octets: &[u8]) -> Result<Octets, E> {
        Ok(Octets::new(octets))
    }

    fn visit_byte_buf<E: de::Error>(self, octets: Vec<u8>) -> Result<Octets, E> {
        Ok(Octets::new(octets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_come_back_as_they_were() {
        for octets in [&b""[..], b"<presence/>", &[0xff; 300]] {
            let written = postcard::to_stdvec(&Octets::new(octets)).unwrap();
            let read: Octets = postcard::from_bytes(&written).unwrap();
            assert_eq!(&*read, octets);
        }
    }
}
