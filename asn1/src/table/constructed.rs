//! The table macro: SEQUENCE, CHOICE and lists.

/// A struct with a field for each member.
#[doc(hidden)]
#[macro_export]
macro_rules! sequence_type {
    ([$($meta:tt)*] $Name:ident extensible {
        $($row:ident $tag:tt $Type:tt $presence:tt $later:literal;)*
    }) => {
        $($meta)*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub struct $Name<'a> {
            $(
                #[doc = $crate::row!(@doc $tag $Type $presence)]
                pub $row: $crate::row!(@field $Type $presence),
            )*
            /// What a later release added.
            pub carried: $crate::Carried<'a>,
        }

        $crate::sequence_value! {
            $Name ['a] [carried] { $($row $tag $Type $presence $later;)* }
        }
        $crate::sequence_new! {
            $Name ['a] () { carried: $crate::Carried::NONE, } $($row $Type $presence;)*
        }
    };
    ([$($meta:tt)*] $Name:ident [$($lt:lifetime)?] {
        $($row:ident $tag:tt $Type:tt $presence:tt $later:literal;)*
    }) => {
        $($meta)*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub struct $Name $(<$lt>)? {
            $(
                #[doc = $crate::row!(@doc $tag $Type $presence)]
                pub $row: $crate::row!(@field $Type $presence),
            )*
        }

        $crate::sequence_value! {
            $Name [$($lt)?] [] { $($row $tag $Type $presence $later;)* }
        }
        $crate::sequence_new! { $Name [$($lt)?] () {} $($row $Type $presence;)* }
    };
}

/// How a SEQUENCE is read and written.
#[doc(hidden)]
#[macro_export]
macro_rules! sequence_value {
    ($Name:ident [$($lt:lifetime)?] [$($carried:ident)?] {
        $($row:ident $tag:tt $Type:tt $presence:tt $later:literal;)*
    }) => {
        impl $(<$lt>)? $Name $(<$lt>)? {
            /// The members in their order.
            pub const ROWS: &'static [$crate::Row] =
                &[$($crate::row!(@definition $row $tag $Type $presence $later),)*];
        }

        impl<'a> $crate::Value<'a> for $Name $(<$lt>)? {
            const TAG: $crate::Tag = $crate::Tag::SEQUENCE;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::Sequence {
                    rows: Self::ROWS,
                    is_extensible: $crate::row!(@any $($carried)?),
                },
            };

            const BLANK: Self = Self {
                $($row: $crate::row!(@blank $Type $presence),)*
                $($carried: $crate::Carried::NONE,)?
            };

            #[inline(always)]
            fn blank() -> Self {
                Self {
                    $($row: $crate::row!(@fresh $Type $presence),)*
                    $($carried: $crate::Carried::NONE,)?
                }
            }

            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                struct Tags;
                #[allow(non_upper_case_globals)]
                impl Tags {
                    $(const $row: $crate::Tag = $crate::row!(@tag $tag $Type);)*
                }
                #[allow(non_camel_case_types)]
                enum Place {
                    $($row,)*
                }
                const MANDATORY: u64 = 0 $(| $crate::row!(@mandatory $row $presence))*;

                /// The members that are left, in whatever order and form.
                #[inline(never)]
                fn read_rest<'a>(
                    value: &mut $Name $(<$lt>)?,
                    element: $crate::Element<'a>,
                    mut members: $crate::Cursor<'a>,
                    mut seen: $crate::Seen,
                ) -> Result<(), $crate::DecodeError> {
                    $(let $carried = element.contents().rest();)?
                    while !members.is_empty() {
                        let member = $crate::Element::read(&mut members)?;
                        // Untagged members of one type are told by their order, so each row is taken once.
                        match member.tag() {
                            $(Tags::$row if seen.lacks(1 << Place::$row as u64) => {
                                seen.note(1 << Place::$row as u64);
                                $crate::row!(@read $tag $presence value.$row, member);
                            })*
                            _ => {
                                $crate::unknown(&member, $Name::ROWS)?;
                                $crate::row!(@unknown $Name member, $(value.$carried, $carried)?);
                            }
                        }
                    }
                    seen.all(MANDATORY, members.at(), $Name::ROWS)
                }

                let mut members = element.members()?;
                let mut seen = $crate::Seen::default();
                // Nearly always the members come in the order of the rows.
                $(if let Some(member) = $crate::Element::read_if(&mut members, Tags::$row) {
                    seen.note(1 << Place::$row as u64);
                    $crate::row!(@read $tag $presence self.$row, member);
                })*
                if members.is_empty() {
                    return seen.all(MANDATORY, members.at(), Self::ROWS);
                }
                read_rest(self, element, members, seen)
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                $crate::write::constructed(out, tag, |out| {
                    $($crate::row!(@write $tag $presence self.$row, out);)*
                    $(self.$carried.encode(out);)?
                });
            }
        }
    };
}

/// A constructor that takes the mandatory members.
#[doc(hidden)]
#[macro_export]
macro_rules! sequence_new {
    ($Name:ident [$($lt:lifetime)?] ($($param:tt)*) { $($init:tt)* }) => {
        impl $(<$lt>)? $Name $(<$lt>)? {
            /// With the mandatory members only.
            #[allow(clippy::new_without_default, reason = "others have mandatory members")]
            #[must_use]
            pub const fn new($($param)*) -> Self {
                Self { $($init)* }
            }
        }
    };
    ($Name:ident $lt:tt ($($param:tt)*) { $($init:tt)* }
        $row:ident [$($Type:tt)*] []; $($rest:tt)*) => {
        $crate::sequence_new! {
            $Name $lt ($($param)* $row: $($Type)*,) { $($init)* $row, } $($rest)*
        }
    };
    ($Name:ident $lt:tt $params:tt { $($init:tt)* }
        $row:ident $Type:tt [$presence:ident]; $($rest:tt)*) => {
        $crate::sequence_new! { $Name $lt $params { $($init)* $row: None, } $($rest)* }
    };
}

/// An enum with an arm for each alternative.
#[doc(hidden)]
#[macro_export]
macro_rules! choice_type {
    ([$($meta:tt)*] $Name:ident { $($row:ident $tag:tt $Type:tt;)* }) => {
        $($meta)*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum $Name<'a> {
            $(
                #[doc = $crate::row!(@doc $tag $Type [])]
                $row($crate::row!(@field $Type [])),
            )*
            /// An alternative of a later release.
            Other($crate::Element<'a>),
        }

        impl<'a> $crate::Value<'a> for $Name<'a> {
            const TAG: $crate::Tag = $crate::Tag::NONE;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::Choice(
                    &[$($crate::row!(@definition $row $tag $Type [] false),)*],
                ),
            };

            const BLANK: Self = Self::Other($crate::Element::NULL);

            #[inline]
            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                struct Tags;
                #[allow(non_upper_case_globals)]
                impl Tags {
                    $(const $row: $crate::Tag = $crate::row!(@tag $tag $Type);)*
                }
                *self = match element.tag() {
                    $(Tags::$row => Self::$row($crate::row!(@take $tag $Type element)),)*
                    _ => Self::Other(element),
                };
                Ok(())
            }

            #[inline(always)]
            fn read_tagged(
                &mut self,
                element: $crate::Element<'a>,
            ) -> Result<(), $crate::DecodeError> {
                let members = element.members()?;
                $(let mut rest = members;
                if let Some(inner) = $crate::Element::read_if(&mut rest, $crate::row!(@tag $tag $Type))
                    && rest.is_empty()
                {
                    *self = Self::$row($crate::row!(@take $tag $Type inner));
                    return Ok(());
                })*
                self.read(element.inner()?)
            }

            #[inline]
            fn read_any(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                self.read(element)
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                $crate::write::constructed(out, tag, |out| self.encode(out));
            }

            fn encode(&self, out: &mut Vec<u8>) {
                match self {
                    $(Self::$row(value) => $crate::row!(@put $tag value, out),)*
                    Self::Other(element) => element.encode(out),
                }
            }
        }
    };
}

/// A list of one type.
#[doc(hidden)]
#[macro_export]
macro_rules! list_type {
    ([$($meta:tt)*] $Name:ident [$($Of:tt)*] $min:literal $max:literal $TAG:ident $Shape:ident) => {
        $($meta)*
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub struct $Name<'a>($crate::List<'a, $($Of)*>);

        impl<'a> $Name<'a> {
            /// Of these values, if their number is allowed.
            #[must_use]
            pub fn new(values: &'a [$($Of)*]) -> Option<Self> {
                $crate::List::new(values, $min, $max).map(Self)
            }

            /// The values in their order.
            pub fn iter(&self) -> impl Iterator<Item = $($Of)*> {
                self.0.iter()
            }
        }

        impl<'a> $crate::Value<'a> for $Name<'a> {
            const TAG: $crate::Tag = $crate::Tag::$TAG;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::$Shape(
                    $min,
                    $max,
                    <$crate::row!(@static $($Of)*) as $crate::Value<'static>>::DEFINITION,
                ),
            };

            const BLANK: Self = Self($crate::List::NONE);

            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                self.0 = $crate::List::from_element(element, $min, $max)?;
                Ok(())
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                self.0.encode_as(tag, out);
            }
        }
    };
}

/// A SEQUENCE whose members nobody here asks for.
#[doc(hidden)]
#[macro_export]
macro_rules! opaque_type {
    ([$($meta:tt)*] $Name:ident) => {
        $($meta)*
        #[derive(Clone, Copy, Eq, PartialEq)]
        pub struct $Name<'a>(&'a [u8]);

        impl<'a> $Name<'a> {
            /// The members as they stand on the wire.
            #[must_use]
            pub const fn as_octets(&self) -> &'a [u8] {
                self.0
            }
        }

        /// Shows how many octets, not which.
        impl std::fmt::Debug for $Name<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!(stringify!($Name), "({})"), self.0.len())
            }
        }

        impl<'a> $crate::Value<'a> for $Name<'a> {
            const TAG: $crate::Tag = $crate::Tag::SEQUENCE;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::Opaque,
            };

            const BLANK: Self = Self(&[]);

            #[inline(always)]
            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                self.0 = element.members()?.rest();
                Ok(())
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                $crate::write::constructed(out, tag, |out| out.extend_from_slice(self.0));
            }
        }
    };
}
