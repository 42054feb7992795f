//! Request methods (RFC 3261 clause 7.1 and its extensions).

use std::fmt;

macro_rules! methods {
    ($($variant:ident = $text:literal, $clause:literal;)*) => {
        /// A request method; names are case-sensitive.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Method<'a> {
            $(#[doc = concat!("`", $text, "` (", $clause, ")")] $variant,)*
            /// A method that pengate does not know.
            Other(&'a str),
        }

        impl<'a> Method<'a> {
            /// Every method with a name of its own.
            pub const ALL: &'static [Method<'static>] = &[$(Method::$variant,)*];

            /// The method that `token` names.
            #[must_use]
            pub fn find(token: &'a str) -> Self {
                match token {
                    $($text => Self::$variant,)*
                    other => Self::Other(other),
                }
            }

            /// The name as written on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'a str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Other(name) => name,
                }
            }
        }
    };
}

methods! {
    Ack = "ACK", "RFC 3261";
    Bye = "BYE", "RFC 3261";
    Cancel = "CANCEL", "RFC 3261";
    Info = "INFO", "RFC 6086";
    Invite = "INVITE", "RFC 3261";
    Message = "MESSAGE", "RFC 3428";
    Notify = "NOTIFY", "RFC 6665";
    Options = "OPTIONS", "RFC 3261";
    Prack = "PRACK", "RFC 3262";
    Publish = "PUBLISH", "RFC 3903";
    Refer = "REFER", "RFC 3515";
    Register = "REGISTER", "RFC 3261";
    Subscribe = "SUBSCRIBE", "RFC 6665";
    Update = "UPDATE", "RFC 3311";
}

impl fmt::Display for Method<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_are_case_sensitive_and_unknown_ones_are_kept() {
        for &method in Method::ALL {
            assert_eq!(Method::find(method.as_str()), method);
        }
        assert_eq!(Method::find("publish"), Method::Other("publish"));
        assert_eq!(Method::find("NEWMETHOD").as_str(), "NEWMETHOD");
    }
}
