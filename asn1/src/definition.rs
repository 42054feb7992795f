//! What a table says of a type, as data: for the test that holds tables to the modules, and for
//! whoever shows a message with names.

use crate::Tag;

/// A type of a table.
#[derive(Debug)]
pub struct Definition {
    /// Its name in the table.
    pub name: &'static str,
    /// What it is.
    pub shape: Shape,
}

/// What a type is.
#[derive(Debug)]
pub enum Shape {
    /// NULL.
    Null,
    /// BOOLEAN.
    Boolean,
    /// INTEGER from the first to the second.
    Integer(u32, u32),
    /// OCTET STRING, with the least and the greatest count of octets.
    OctetString(usize, usize),
    /// BIT STRING, with the least and the greatest count of bits.
    BitString(usize, usize, &'static [(&'static str, u8)]),
    /// ENUMERATED.
    Enumerated {
        /// Names and numbers in their order.
        values: &'static [(&'static str, u32)],
        /// Whether other numbers are values too.
        is_extensible: bool,
    },
    /// SEQUENCE.
    Sequence {
        /// Its members in their order.
        rows: &'static [Row],
        /// Whether unknown members are carried.
        is_extensible: bool,
    },
    /// CHOICE.
    Choice(&'static [Row]),
    /// SEQUENCE OF, with the least and the greatest count of elements.
    SequenceOf(usize, usize, &'static Definition),
    /// SET OF, likewise.
    SetOf(usize, usize, &'static Definition),
    /// A SEQUENCE that is carried and not looked into.
    Opaque,
    /// Any element.
    Any,
}

/// A member of a SEQUENCE, or an alternative of a CHOICE.
#[derive(Debug)]
pub struct Row {
    /// Its name in the table.
    pub name: &'static str,
    /// The number of its `[n]`, if it has one.
    pub context: Option<u32>,
    /// The tag by which it is recognised.
    pub tag: Tag,
    /// Its type.
    pub definition: &'static Definition,
    /// Whether it has to be there.
    pub presence: Presence,
    /// Whether it stands behind the extension marker.
    pub is_extension: bool,
}

/// Whether a member has to be there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Presence {
    /// It has.
    Mandatory,
    /// It has not: OPTIONAL.
    Optional,
    /// When it is not, a value is understood: DEFAULT.
    Default,
}
