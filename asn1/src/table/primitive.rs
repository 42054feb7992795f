//! The table macro: numbers, strings and enumerations.

/// A number within its range.
#[doc(hidden)]
#[macro_export]
macro_rules! integer_type {
    ([$($meta:tt)*] $Name:ident $min:literal $max:literal) => {
        $($meta)*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $Name(u32);

        impl $Name {
            /// The number, if it is within the range.
            #[allow(unused_comparisons, reason = "some ranges begin with zero")]
            #[must_use]
            pub const fn new(number: u32) -> Option<Self> {
                if $min <= number && number <= $max { Some(Self(number)) } else { None }
            }

            /// The number.
            #[must_use]
            pub const fn get(self) -> u32 {
                self.0
            }
        }

        impl<'a> $crate::Value<'a> for $Name {
            const TAG: $crate::Tag = $crate::Tag::INTEGER;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::Integer($min, $max),
            };

            const BLANK: Self = Self($min);

            #[inline(always)]
            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                self.0 = element.unsigned($min, $max)?;
                Ok(())
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                $crate::write::integer(out, tag, i64::from(self.0));
            }
        }
    };
}

/// Octets of a fixed number.
#[doc(hidden)]
#[macro_export]
macro_rules! array_type {
    ([$($meta:tt)*] $Name:ident $size:literal) => {
        $($meta)*
        #[derive(Clone, Copy, Eq, Hash, PartialEq)]
        pub struct $Name([u8; $size]);

        impl $Name {
            /// Of the octets on the wire.
            #[must_use]
            pub const fn new(octets: [u8; $size]) -> Self {
                Self(octets)
            }

            /// The octets on the wire.
            #[must_use]
            pub const fn to_octets(self) -> [u8; $size] {
                self.0
            }

            /// The octets on the wire, borrowed.
            #[must_use]
            pub const fn as_octets(&self) -> &[u8; $size] {
                &self.0
            }
        }

        $crate::redacted! { $Name }

        impl<'a> $crate::Value<'a> for $Name {
            const TAG: $crate::Tag = $crate::Tag::OCTET_STRING;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::OctetString($size, $size),
            };

            const BLANK: Self = Self([0; $size]);

            #[inline(always)]
            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                let octets = element.octets()?;
                let Ok(array) = octets.try_into() else {
                    let (at, size) = (element.at(), octets.len());
                    return Err($crate::DecodeError::Size { at, size });
                };
                self.0 = array;
                Ok(())
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                $crate::write::primitive(out, tag, &self.0);
            }
        }
    };
}

/// Octets of a number within bounds.
#[doc(hidden)]
#[macro_export]
macro_rules! slice_type {
    ([$($meta:tt)*] $Name:ident $min:literal $max:literal) => {
        $($meta)*
        #[derive(Clone, Copy, Eq, Hash, PartialEq)]
        pub struct $Name<'a>(&'a [u8]);

        impl<'a> $Name<'a> {
            /// Of the octets on the wire, if their number is allowed.
            #[must_use]
            pub const fn new(octets: &'a [u8]) -> Option<Self> {
                if $min <= octets.len() && octets.len() <= $max { Some(Self(octets)) } else { None }
            }

            /// The octets on the wire.
            #[must_use]
            pub const fn as_octets(self) -> &'a [u8] {
                self.0
            }
        }

        $crate::redacted! { $Name<'_> }

        impl<'a> $crate::Value<'a> for $Name<'a> {
            const TAG: $crate::Tag = $crate::Tag::OCTET_STRING;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::OctetString($min, $max),
            };

            const BLANK: Self = Self(&[]);

            #[inline(always)]
            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                let octets = element.octets()?;
                let Some(value) = Self::new(octets) else {
                    let (at, size) = (element.at(), octets.len());
                    return Err($crate::DecodeError::Size { at, size });
                };
                *self = value;
                Ok(())
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                $crate::write::primitive(out, tag, self.0);
            }
        }
    };
}

/// How strings show themselves.
#[doc(hidden)]
#[macro_export]
macro_rules! redacted {
    ($($Whole:tt)*) => {
        /// Shows how many octets, not which: they may identify a subscriber.
        impl std::fmt::Debug for $($Whole)* {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{} octets", self.0.len())
            }
        }
    };
}

/// Named bits.
#[doc(hidden)]
#[macro_export]
macro_rules! bits_type {
    ([$($meta:tt)*] $Name:ident { $($bit:ident = $number:literal,)* } $min:literal $max:literal) => {
        $($meta)*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub struct $Name($crate::Bits);

        impl $Name {
            $(
                #[doc = concat!("The number of the bit `", stringify!($bit), "`.")]
                pub const $bit: u8 = $number;
            )*

            /// Of these bits, if their number is allowed.
            #[must_use]
            pub const fn new(bits: $crate::Bits) -> Option<Self> {
                if $min <= bits.len() && bits.len() <= $max { Some(Self(bits)) } else { None }
            }

            /// Whether the bit of that number is there and set.
            #[must_use]
            pub const fn has(self, number: u8) -> bool {
                self.0.has(number)
            }

            /// All bits.
            #[must_use]
            pub const fn bits(self) -> $crate::Bits {
                self.0
            }
        }

        impl<'a> $crate::Value<'a> for $Name {
            const TAG: $crate::Tag = $crate::Tag::BIT_STRING;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::BitString(
                    $min,
                    $max,
                    &[$((stringify!($bit), $number),)*],
                ),
            };

            const BLANK: Self = Self($crate::Bits::NONE);

            #[inline(always)]
            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                let bits = element.bits()?;
                let Some(value) = Self::new(bits) else {
                    let (at, size) = (element.at(), usize::from(bits.len()));
                    return Err($crate::DecodeError::Size { at, size });
                };
                *self = value;
                Ok(())
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                $crate::write::bits(out, tag, self.0);
            }
        }
    };
}

/// Values of which others may follow: what is unknown is kept as its number.
#[doc(hidden)]
#[macro_export]
macro_rules! extensible_enum {
    ([$($meta:tt)*] $Name:ident { $($value:ident = $number:literal,)* }) => {
        $($meta)*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum $Name {
            $(
                #[doc = concat!("`", stringify!($number), "`.")]
                $value,
            )*
            /// A value of a later release.
            Other(u32),
        }

        impl $Name {
            /// The value of a number.
            #[must_use]
            #[inline]
            pub const fn from_wire(number: u32) -> Self {
                match number {
                    $($number => Self::$value,)*
                    _ => Self::Other(number),
                }
            }

            /// The number of the value.
            #[must_use]
            pub const fn to_wire(self) -> u32 {
                match self {
                    $(Self::$value => $number,)*
                    Self::Other(number) => number,
                }
            }
        }

        impl<'a> $crate::Value<'a> for $Name {
            const TAG: $crate::Tag = $crate::Tag::ENUMERATED;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::Enumerated {
                    values: &[$((stringify!($value), $number),)*],
                    is_extensible: true,
                },
            };

            const BLANK: Self = Self::Other(0);

            #[inline(always)]
            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                *self = Self::from_wire(element.unsigned(0, u32::MAX)?);
                Ok(())
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                $crate::write::integer(out, tag, i64::from(self.to_wire()));
            }
        }
    };
}

/// Values of which there are no others.
#[doc(hidden)]
#[macro_export]
macro_rules! closed_enum {
    ([$($meta:tt)*] $Name:ident { $($value:ident = $number:literal,)* }) => {
        $($meta)*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum $Name {
            $(
                #[doc = concat!("`", stringify!($number), "`.")]
                $value = $number,
            )*
        }

        impl $Name {
            /// The value of a number.
            #[must_use]
            #[inline]
            pub const fn from_wire(number: u32) -> Option<Self> {
                match number {
                    $($number => Some(Self::$value),)*
                    _ => None,
                }
            }

            /// The number of the value.
            #[must_use]
            pub const fn to_wire(self) -> u32 {
                match self {
                    $(Self::$value => $number,)*
                }
            }
        }

        impl<'a> $crate::Value<'a> for $Name {
            const TAG: $crate::Tag = $crate::Tag::ENUMERATED;
            const DEFINITION: &'static $crate::Definition = &$crate::Definition {
                name: stringify!($Name),
                shape: $crate::Shape::Enumerated {
                    values: &[$((stringify!($value), $number),)*],
                    is_extensible: false,
                },
            };

            const BLANK: Self = $crate::row!(@first $($value)*);

            #[inline(always)]
            fn read(&mut self, element: $crate::Element<'a>) -> Result<(), $crate::DecodeError> {
                let number = element.unsigned(0, u32::MAX)?;
                let Some(value) = Self::from_wire(number) else {
                    let (at, value) = (element.at(), i64::from(number));
                    return Err($crate::DecodeError::Value { at, value });
                };
                *self = value;
                Ok(())
            }

            fn encode_as(&self, tag: $crate::Tag, out: &mut Vec<u8>) {
                $crate::write::integer(out, tag, i64::from(self.to_wire()));
            }
        }
    };
}
