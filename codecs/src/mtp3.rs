//! MTP3 as it is on an SS7 link (Q.704 clauses 2.2 and 14.2), with ITU's routing label.

use thiserror::Error;

use crate::m3ua::Label;

/// A message signal unit without MTP2.
///
/// ```text
///  0                1                                5
/// +----------------+--------------------------------+--------------------+
/// | NI 2, spare 2, | SLS 4, OPC 14, DPC 14          | user part          |
/// | SI 4           | (the lowest octet first)       |                    |
/// +----------------+--------------------------------+--------------------+
/// ```
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Message<'a> {
    /// From whom, to whom, for which user; the spare bits are its priority.
    pub label: Label,
    /// What the user said.
    pub payload: &'a [u8],
}

/// The octets end within the label.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("the label ends at offset {at}")]
pub struct Short {
    /// Where they end.
    pub at: usize,
}

/// Octets before the user part.
pub const HEADER_OCTETS: usize = 5;

impl<'a> Message<'a> {
    /// Reads a message from its service information octet on.
    ///
    /// # Errors
    /// [`Short`] when the octets end within the label.
    pub fn decode(octets: &'a [u8]) -> Result<Self, Short> {
        let Some((&[service, a, b, c, d], payload)) = octets.split_first_chunk::<HEADER_OCTETS>()
        else {
            return Err(Short { at: octets.len() });
        };
        let label = u32::from_le_bytes([a, b, c, d]);
        Ok(Self {
            label: Label {
                originator: label >> 14 & 0x3fff,
                destination: label & 0x3fff,
                service: service & 0x0f,
                network: service >> 6,
                priority: service >> 4 & 0x03,
                selection: d >> 4,
            },
            payload,
        })
    }
}

/// Shows the label, never the payload.
impl std::fmt::Debug for Message<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message")
            .field("label", &self.label)
            .field("octets", &self.payload.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_is_read_and_every_truncation_is_an_error() {
        // National, SCCP, priority 1; DPC 2002, OPC 1001, SLS 5.
        let octets = [0x93, 0xd2, 0x47, 0xfa, 0x50, 9];
        let message = Message::decode(&octets).unwrap();
        assert_eq!(
            message.label,
            Label {
                originator: 1001,
                destination: 2002,
                service: 3,
                network: 2,
                priority: 1,
                selection: 5,
            }
        );
        assert_eq!(message.payload, [9]);
        for end in 0..HEADER_OCTETS {
            assert_eq!(Message::decode(&octets[..end]), Err(Short { at: end }));
        }
    }
}
