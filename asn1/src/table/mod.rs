//! The table macro.

mod constructed;
mod primitive;

/// Types that mirror ASN.1 line by line.
///
/// Each definition gives a borrowed type, its decoding with presence and SIZE checks, its minimal
/// encoding, and what the test compares with the module ([`Value::DEFINITION`](crate::Value)):
///
/// ```
/// use pengate_asn1::{Null, Value};
///
/// pengate_asn1::table! {
///     /// Three to eight octets.
///     pub Imsi<'a> ::= OCTET STRING (SIZE (3..8));
///     /// The event, one octet.
///     pub MmCode ::= OCTET STRING (SIZE (1));
///     /// A number of 31 bits.
///     pub ServiceKey ::= INTEGER (0..2147483647);
///     /// What a subscriber does.
///     pub Note<'a> ::= SEQUENCE {
///         service_key: ServiceKey,
///         event_met: [0] MmCode,
///         imsi: [1] Imsi<'a> OPTIONAL,
///         ...,
///         present: [7] Null OPTIONAL,
///     }
/// }
///
/// let octets = [0x30, 9, 2, 1, 5, 0x80, 1, 3, 0x8b, 1, 0xff];
/// let note = Note::decode(&octets).unwrap();
/// assert_eq!(note.service_key.get(), 5);
/// assert_eq!(note.carried.iter().count(), 1); // [11] is from a later release
/// let mut again = Vec::new();
/// note.encode(&mut again);
/// assert_eq!(again, octets);
/// ```
///
/// Names are the module's in Rust's case; a test compares them without case and hyphens. A type has
/// a lifetime if it borrows, as each extensible SEQUENCE, each CHOICE and each list does.
///
/// | form | gives |
/// | --- | --- |
/// | `INTEGER (a..b)` | a number of 32 bits within the range |
/// | `OCTET STRING (SIZE (n))` | an array |
/// | `OCTET STRING (SIZE (a..b))` | a slice |
/// | `BIT STRING { NAME = 0, .. } (SIZE (a..b))` | [`Bits`](crate::Bits), with constants |
/// | `ENUMERATED { A = 0, .., ... }` | an enum; with `...`, an arm `Other` |
/// | `SEQUENCE { .. }` | a struct; with `...`, a field `carried` |
/// | `CHOICE { .. }` | an enum, with an arm `Other` for what no row names |
/// | `SEQUENCE SIZE (a..b) OF T`, `SET SIZE (a..b) OF T` | a [`List`](crate::List) |
/// | `SEQUENCE OPAQUE` | the octets inside, not looked into |
#[macro_export]
macro_rules! table {
    () => {};

    ($(#[$meta:meta])* pub $Name:ident ::= INTEGER ($min:literal .. $max:literal); $($rest:tt)*) => {
        $crate::integer_type! { [$(#[$meta])*] $Name $min $max }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident ::= OCTET STRING (SIZE ($size:literal)); $($rest:tt)*) => {
        $crate::array_type! { [$(#[$meta])*] $Name $size }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident<$lt:lifetime> ::= OCTET STRING (SIZE ($min:literal .. $max:literal)); $($rest:tt)*) => {
        $crate::slice_type! { [$(#[$meta])*] $Name $min $max }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident ::= BIT STRING $({ $($bit:ident = $number:literal),* $(,)? })? (SIZE ($min:literal .. $max:literal)); $($rest:tt)*) => {
        $crate::bits_type! { [$(#[$meta])*] $Name { $($($bit = $number,)*)? } $min $max }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident ::= ENUMERATED { $($value:ident = $number:literal,)* ..., $($later:ident = $later_number:literal,)* } $($rest:tt)*) => {
        $crate::extensible_enum! { [$(#[$meta])*] $Name { $($value = $number,)* $($later = $later_number,)* } }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident ::= ENUMERATED { $($value:ident = $number:literal),* $(,)? } $($rest:tt)*) => {
        $crate::closed_enum! { [$(#[$meta])*] $Name { $($value = $number,)* } }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident<$lt:lifetime> ::= SEQUENCE SIZE ($min:literal .. $max:literal) OF $Of:ident $(<$of_lt:lifetime>)?; $($rest:tt)*) => {
        $crate::list_type! { [$(#[$meta])*] $Name [$Of $(<$of_lt>)?] $min $max SEQUENCE SequenceOf }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident<$lt:lifetime> ::= SET SIZE ($min:literal .. $max:literal) OF $Of:ident $(<$of_lt:lifetime>)?; $($rest:tt)*) => {
        $crate::list_type! { [$(#[$meta])*] $Name [$Of $(<$of_lt>)?] $min $max SET SetOf }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident<$lt:lifetime> ::= SEQUENCE OPAQUE; $($rest:tt)*) => {
        $crate::opaque_type! { [$(#[$meta])*] $Name }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident<$lt:lifetime> ::= CHOICE {
        $($row:ident: $([$tag:literal])? $Type:ident $(<$type_lt:lifetime>)?),* $(,)?
    } $($rest:tt)*) => {
        $crate::choice_type! { [$(#[$meta])*] $Name { $($row [$($tag)?] [$Type $(<$type_lt>)?];)* } }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident<$lt:lifetime> ::= SEQUENCE {
        $($row:ident: $([$tag:literal])? $Type:ident $(<$type_lt:lifetime>)? $($presence:ident)?,)*
        ...,
        $($later:ident: $([$later_tag:literal])? $Later:ident $(<$later_lt:lifetime>)? $($later_presence:ident)?,)*
    } $($rest:tt)*) => {
        $crate::sequence_type! { [$(#[$meta])*] $Name extensible {
            $($row [$($tag)?] [$Type $(<$type_lt>)?] [$($presence)?] false;)*
            $($later [$($later_tag)?] [$Later $(<$later_lt>)?] [$($later_presence)?] true;)*
        } }
        $crate::table! { $($rest)* }
    };
    ($(#[$meta:meta])* pub $Name:ident $(<$lt:lifetime>)? ::= SEQUENCE {
        $($row:ident: $([$tag:literal])? $Type:ident $(<$type_lt:lifetime>)? $($presence:ident)?),* $(,)?
    } $($rest:tt)*) => {
        $crate::sequence_type! { [$(#[$meta])*] $Name [$($lt)?] {
            $($row [$($tag)?] [$Type $(<$type_lt>)?] [$($presence)?] false;)*
        } }
        $crate::table! { $($rest)* }
    };
}

/// The pieces that rows are made of: a tag, a type without a lifetime of its own, a presence.
#[doc(hidden)]
#[macro_export]
macro_rules! row {
    (@static $Type:ident) => { $Type };
    (@static $Type:ident <$lt:lifetime>) => { $Type<'static> };

    (@tag [$tag:literal] [$($Type:tt)*]) => { $crate::Tag::context($tag) };
    (@tag [] [$($Type:tt)*]) => {
        <$crate::row!(@static $($Type)*) as $crate::Value<'static>>::TAG
    };

    (@context $tag:literal) => { Some($tag) };
    (@context) => { None };

    (@take [$tag:literal] [$($Type:tt)*] $element:ident) => {{
        let mut value = <$($Type)* as $crate::Value<'a>>::blank();
        value.read_tagged($element)?;
        value
    }};
    (@take [] [$($Type:tt)*] $element:ident) => {
        <$($Type)* as $crate::Value<'a>>::from_element($element)?
    };

    (@read [$tag:literal] [] $place:expr, $element:ident) => {
        $crate::Value::read_tagged(&mut $place, $element)?
    };
    (@read [] [] $place:expr, $element:ident) => {
        $crate::Value::read(&mut $place, $element)?
    };
    (@read [$tag:literal] [$presence:ident] $place:expr, $element:ident) => {
        $crate::Value::read_tagged($place.insert($crate::Value::blank()), $element)?
    };
    (@read [] [$presence:ident] $place:expr, $element:ident) => {
        $crate::Value::read($place.insert($crate::Value::blank()), $element)?
    };

    (@blank [$($Type:tt)*] []) => { <$($Type)* as $crate::Value<'a>>::BLANK };
    (@blank [$($Type:tt)*] [$presence:ident]) => { None };

    (@fresh [$($Type:tt)*] []) => { <$($Type)* as $crate::Value<'a>>::blank() };
    (@fresh [$($Type:tt)*] [$presence:ident]) => { None };

    (@mandatory $row:ident []) => { 1 << Place::$row as u64 };
    (@mandatory $row:ident [$presence:ident]) => { 0 };

    (@put [$tag:literal] $value:expr, $out:ident) => {
        $crate::Value::encode_tagged($value, $crate::Tag::context($tag), $out)
    };
    (@put [] $value:expr, $out:ident) => { $crate::Value::encode($value, $out) };

    (@field [$($Type:tt)*] []) => { $($Type)* };
    (@field [$($Type:tt)*] [$presence:ident]) => { Option<$($Type)*> };

    (@write $tag:tt [] $value:expr, $out:ident) => { $crate::row!(@put $tag &$value, $out) };
    (@write $tag:tt [$presence:ident] $value:expr, $out:ident) => {
        if let Some(value) = &$value {
            $crate::row!(@put $tag value, $out);
        }
    };

    (@first $first:ident $($value:ident)*) => { Self::$first };

    (@any) => { false };
    (@any $carried:ident) => { true };

    (@unknown $Name:ident $member:ident,) => { return Err($member.unexpected()) };
    (@unknown $Name:ident $member:ident, $carried:expr, $all:ident) => {
        $carried = $crate::Carried::new($all, $Name::ROWS)
    };

    (@presence) => { $crate::Presence::Mandatory };
    (@presence OPTIONAL) => { $crate::Presence::Optional };
    (@presence DEFAULT) => { $crate::Presence::Default };

    (@doc [$($tag:literal)?] [$Type:ident $(<$lt:lifetime>)?] [$($presence:ident)?]) => {
        concat!($("`[", $tag, "]` ",)? "`", stringify!($Type), "`" $(, " `", stringify!($presence), "`")?, ".")
    };

    (@definition $name:ident [$($tag:literal)?] [$($Type:tt)*] [$($presence:ident)?] $later:literal) => {
        $crate::Row {
            name: stringify!($name),
            context: $crate::row!(@context $($tag)?),
            tag: $crate::row!(@tag [$($tag)?] [$($Type)*]),
            definition: <$crate::row!(@static $($Type)*) as $crate::Value<'static>>::DEFINITION,
            presence: $crate::row!(@presence $($presence)?),
            is_extension: $later,
        }
    };
}
