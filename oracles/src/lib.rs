//! The crate `diameter` with the names and types of our dictionary.
//!
//! It knows the commands and applications of a closed set only, and none of Sh: a message of Sh is
//! shown to it under the command and application of accounting. What is malformed must not be shown
//! to it: lengths are subtracted without a check there.
#![allow(
    clippy::unwrap_used,
    reason = "an oracle that cannot read stops the test"
)]

use std::{io::Cursor, sync::Arc};

use diameter::{
    DiameterMessage,
    avp::AvpType,
    dictionary::{AvpDefinition, Dictionary},
};
use pengate_codecs::diameter::dict::{self, Type};

/// Our dictionary in its form.
pub fn dictionary() -> Arc<Dictionary> {
    let mut dictionary = Dictionary::new(&[]);
    for entry in dict::entries() {
        dictionary.add_avp(AvpDefinition {
            code: entry.kind.code,
            vendor_id: (entry.kind.vendor != 0).then_some(entry.kind.vendor),
            name: entry.name.to_owned(),
            avp_type: kind(entry.data_type),
            m_flag: entry.is_mandatory,
        });
    }
    Arc::new(dictionary)
}

/// A message under the command and application of accounting.
pub fn disguised(octets: &[u8]) -> Vec<u8> {
    let mut octets = octets.to_vec();
    octets[5..12].copy_from_slice(&[0, 1, 15, 0, 0, 0, 3]);
    octets
}

/// Reads a message.
pub fn read(octets: &[u8], dictionary: &Arc<Dictionary>) -> diameter::Result<DiameterMessage> {
    DiameterMessage::decode_from(&mut Cursor::new(octets), Arc::clone(dictionary))
}

const fn kind(data_type: Type) -> AvpType {
    match data_type {
        Type::Utf8 | Type::FilterRule | Type::Xml => AvpType::UTF8String,
        Type::Identity => AvpType::Identity,
        Type::Uri => AvpType::DiameterURI,
        Type::Unsigned32 => AvpType::Unsigned32,
        Type::Unsigned64 => AvpType::Unsigned64,
        Type::Integer32 => AvpType::Integer32,
        Type::Integer64 => AvpType::Integer64,
        Type::Float32 => AvpType::Float32,
        Type::Enumerated => AvpType::Enumerated,
        Type::Time => AvpType::Time,
        Type::Address => AvpType::Address,
        Type::Grouped => AvpType::Grouped,
        Type::Ipv4 => AvpType::AddressIPv4,
        Type::Ipv6 => AvpType::AddressIPv6,
        Type::Octets | Type::Secret | Type::Ipv6Prefix | Type::Tbcd => AvpType::OctetString,
    }
}
