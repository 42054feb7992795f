//! Closed sets of values that keep those they do not know.

macro_rules! closed {
    ($(#[$doc:meta])* $name:ident { $($(#[$arm_doc:meta])* $arm:ident = $code:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub enum $name {
            $($(#[$arm_doc])* $arm,)+
            /// Any other, by its number.
            Other(u32),
        }

        impl $name {
            /// From the number on the wire.
            #[must_use]
            pub const fn from_wire(number: u32) -> Self {
                match number {
                    $($code => Self::$arm,)+
                    other => Self::Other(other),
                }
            }

            /// The number to put on the wire.
            #[must_use]
            pub const fn to_wire(self) -> u32 {
                match self {
                    $(Self::$arm => $code,)+
                    Self::Other(number) => number,
                }
            }
        }
    };
}
pub(crate) use closed;
