//! Arguments, results and parameters, member by member, as their tables say.

use pengate_asn1::{Bits, Cursor, Definition, Element, Row, Shape, Tag};

use super::{super::line::Line, names::Names, octets, values};
use crate::decode::Detail;

/// Tells values under the paths of their members.
pub(super) struct Walk<'w> {
    pub(super) names: &'w Names,
    pub(super) detail: Detail,
    pub(super) line: &'w mut Line,
    /// Where the walk is: names with points between.
    pub(super) path: String,
}

impl Walk<'_> {
    /// Tells an element of a type. What is wrong with it was told already: that is passed over.
    pub(super) fn tell(&mut self, definition: &'static Definition, element: Element<'_>) {
        if self.detail == Detail::Matter && IMMATERIAL.contains(&definition.name) {
            return;
        }
        match definition.shape {
            Shape::Null => self.line.truth(&self.path, true),
            Shape::Boolean => {
                if let Ok(value) = element.boolean() {
                    self.line.truth(&self.path, value);
                }
            }
            Shape::Integer(..) => {
                if let Ok(value) = element.integer() {
                    self.line.integer(&self.path, value);
                }
            }
            Shape::OctetString(..) => {
                if let Ok(octets) = element.octets() {
                    values::tell(self.line, &self.path, definition.name, octets);
                }
            }
            Shape::BitString(.., named) => {
                if let Ok(bits) = element.bits() {
                    self.bits(definition.name, named, bits);
                }
            }
            Shape::Enumerated { values, .. } => {
                if let Ok(value) = element.integer() {
                    let mut values = values.iter();
                    match values.find(|(_, number)| i64::from(*number) == value) {
                        Some((name, _)) => {
                            let name = self.names.of(definition.name, name);
                            self.line.text(&self.path, name);
                        }
                        None => self.line.integer(&self.path, value),
                    }
                }
            }
            Shape::Sequence { rows, .. } => {
                if let Ok(members) = element.members() {
                    self.members(definition.name, rows, members);
                }
            }
            Shape::Choice(rows) => self.choice(definition.name, rows, element),
            Shape::SequenceOf(_, _, of) | Shape::SetOf(_, _, of) => {
                if let Ok(members) = element.members() {
                    elements(members).for_each(|element| self.tell(of, element));
                }
            }
            Shape::Opaque | Shape::Any => self.raw(element),
        }
    }

    fn members(&mut self, of: &str, rows: &'static [Row], members: Cursor<'_>) {
        // Untagged members of one type are told by their order.
        let mut seen = 0_u64;
        for member in elements(members) {
            let found = rows
                .iter()
                .enumerate()
                .find(|(place, row)| row.tag == member.tag() && seen & 1 << (place & 63) == 0);
            match found {
                Some((place, row)) => {
                    seen |= 1 << (place & 63);
                    self.member(of, row, member);
                }
                None => self.unknown(member),
            }
        }
    }

    fn choice(&mut self, of: &str, rows: &'static [Row], element: Element<'_>) {
        match rows.iter().find(|row| row.tag == element.tag()) {
            Some(row) if matches!(row.definition.shape, Shape::Null) => {
                let name = self.names.of(of, row.name);
                self.line.text(&self.path, name);
            }
            Some(row) => self.member(of, row, element),
            None => self.unknown(element),
        }
    }

    fn member(&mut self, of: &str, row: &'static Row, element: Element<'_>) {
        let is_explicit =
            row.context.is_some() && matches!(row.definition.shape, Shape::Choice(_) | Shape::Any);
        let Ok(element) = (if is_explicit {
            element.inner()
        } else {
            Ok(element)
        }) else {
            return;
        };
        let name = self.names.of(of, row.name);
        self.below(name, |walk| walk.tell(row.definition, element));
    }

    /// What a later release added.
    fn unknown(&mut self, element: Element<'_>) {
        if self.detail == Detail::Full {
            self.below(&element.tag().to_string(), |walk| walk.raw(element));
        }
    }

    fn raw(&mut self, element: Element<'_>) {
        if self.detail == Detail::Full {
            let contents = element.contents().rest();
            self.line.display(&self.path, octets::Octets(contents));
        }
    }

    fn bits(&mut self, of: &str, named: &'static [(&'static str, u8)], bits: Bits) {
        if named.is_empty() {
            self.line.display(&self.path, format_args!("{bits:?}"));
        }
        for (name, number) in named {
            if bits.has(*number) {
                self.line.text(&self.path, self.names.of(of, name));
            }
        }
    }

    fn below(&mut self, name: &str, tell: impl FnOnce(&mut Self)) {
        let len = self.path.len();
        if len > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        tell(self);
        self.path.truncate(len);
    }
}

/// The elements up to the first that cannot be read.
fn elements(mut members: Cursor<'_>) -> impl Iterator<Item = Element<'_>> {
    std::iter::from_fn(move || {
        let is_over = members.is_empty();
        let element = Element::read(&mut members).ok()?;
        (!is_over && element.tag() != Tag::NONE).then_some(element)
    })
}

/// What says nothing of presence: capabilities, services of a call, qualities of service.
const IMMATERIAL: &[&str] = &[
    "AddInfo",
    "BearerCapability",
    "CallReferenceNumber",
    "CallingPartysCategory",
    "Carrier",
    "CgEncountered",
    "ChargeIndicator",
    "ChargingCharacteristics",
    "CugIndex",
    "CugInterlock",
    "Ext2QosSubscribed",
    "Ext3QosSubscribed",
    "Ext4QosSubscribed",
    "ExtBasicServiceCode",
    "ExtQosSubscribed",
    "GprsMsClass",
    "HighLayerCompatibility",
    "IpSspCapabilities",
    "LowLayerCompatibility",
    "LsaIdentity",
    "MsClassmark2",
    "OfferedCamel4Csis",
    "OfferedCamel4Functionalities",
    "RedirectionInformation",
    "SgsnCapabilities",
    "SgsnCapability",
    "SupportedCamelPhases",
    "Teid",
    "TransactionId",
    "UserCsgInformation",
    "VlrCapability",
];

#[cfg(test)]
mod tests {
    use pengate_codecs::{cap, map};

    use super::*;

    /// Every type that is reached from the arguments.
    fn reached() -> Vec<&'static str> {
        use pengate_asn1::Value;
        let mut left = vec![
            map::NoteMmEventArg::DEFINITION,
            map::AnyTimeInterrogationRes::DEFINITION,
            map::UpdateLocationArg::DEFINITION,
            map::UpdateGprsLocationArg::DEFINITION,
            cap::InitialDpArg::DEFINITION,
            cap::EventReportBcsmArg::DEFINITION,
            cap::InitialDpGprsArg::DEFINITION,
        ];
        let mut names = Vec::new();
        while let Some(definition) = left.pop() {
            if names.contains(&definition.name) {
                continue;
            }
            names.push(definition.name);
            match definition.shape {
                Shape::Sequence { rows, .. } | Shape::Choice(rows) => {
                    left.extend(rows.iter().map(|row| row.definition));
                }
                Shape::SequenceOf(_, _, of) | Shape::SetOf(_, _, of) => left.push(of),
                _ => {}
            }
        }
        names
    }

    #[test]
    fn what_is_left_out_and_what_has_a_text_of_its_own_is_a_type() {
        let reached = reached();
        for name in IMMATERIAL.iter().chain(values::NAMES) {
            assert!(reached.contains(name), "{name}");
        }
    }
}
