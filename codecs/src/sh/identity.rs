//! Whom it is about: User-Identity (700, TS 29.329 clause 6.3.1).

use std::fmt;

use super::kinds;
use crate::diameter::{Avp, Builder, DecodeError, dict::Digits};

/// Exactly one identity of a user.
#[derive(Clone, Copy, Eq, PartialEq)]
pub enum UserIdentity<'a> {
    /// Public-Identity: a SIP or tel URI.
    PublicIdentity(&'a str),
    /// MSISDN as TBCD.
    Msisdn(Digits<'a>),
    /// External-Identifier.
    ExternalIdentifier(&'a str),
}

impl<'a> UserIdentity<'a> {
    /// Reads the group.
    ///
    /// # Errors
    /// [`DecodeError::Value`] when it holds none of them or one that cannot be read.
    #[inline]
    pub fn decode(group: &Avp<'a>) -> Result<Self, DecodeError> {
        for member in group.group()? {
            match member.kind {
                kinds::PUBLIC_IDENTITY => return member.text().map(Self::PublicIdentity),
                kinds::MSISDN => {
                    let digits = Digits::decode(member.data).ok_or_else(|| member.invalid());
                    return digits.map(Self::Msisdn);
                }
                kinds::EXTERNAL_IDENTIFIER => return member.text().map(Self::ExternalIdentifier),
                _ => {}
            }
        }
        Err(group.invalid())
    }

    /// Appends the group.
    pub fn encode<'o>(&self, builder: Builder<'o>) -> Builder<'o> {
        builder.group(kinds::USER_IDENTITY, |group| match self {
            Self::PublicIdentity(uri) => group.text(kinds::PUBLIC_IDENTITY, uri),
            Self::Msisdn(digits) => group.avp(kinds::MSISDN, digits.octets()),
            Self::ExternalIdentifier(name) => group.text(kinds::EXTERNAL_IDENTIFIER, name),
        })
    }
}

/// Shows which identity it is, never the identity.
impl fmt::Debug for UserIdentity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::PublicIdentity(_) => "PublicIdentity",
            Self::Msisdn(_) => "Msisdn",
            Self::ExternalIdentifier(_) => "ExternalIdentifier",
        })
    }
}
