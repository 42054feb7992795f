//! Who a message is about (MLP element `msid`).

use std::{borrow::Cow, fmt};

use super::{
    MlpError, MlpErrorKind,
    scanner::{Scanner, Tag},
};

/// What kind of identity an [`Msid`] is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum MsidType {
    /// International number without a plus sign; also where nothing is told.
    Msisdn,
    /// International mobile subscriber identity.
    Imsi,
    /// International mobile equipment identity.
    Imei,
    /// Mobile identification number.
    Min,
    /// Mobile directory number.
    Mdn,
    /// Identity in an emergency.
    EmeMsid,
    /// Anonymous identity.
    Asid,
    /// Identity of the operator.
    OpeId,
    /// Address.
    Ipv4,
    /// Address.
    Ipv6,
    /// Session.
    Sessid,
    /// SIP URI.
    SipUri,
    /// tel URI.
    TelUrl,
    /// Network access identifier.
    Nai,
    /// Any URI.
    Uri,
    /// Anonymous.
    Anonymous,
    /// A venue.
    VenueId,
    /// A location.
    LocationId,
    /// Of no version that is known.
    Other,
}

impl MsidType {
    /// From the attribute `type`, which is MSISDN when it is absent.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        match name {
            "MSISDN" => Self::Msisdn,
            "IMSI" => Self::Imsi,
            "IMEI" => Self::Imei,
            "MIN" => Self::Min,
            "MDN" => Self::Mdn,
            "EME_MSID" => Self::EmeMsid,
            "ASID" => Self::Asid,
            "OPE_ID" => Self::OpeId,
            "IPV4" => Self::Ipv4,
            "IPV6" => Self::Ipv6,
            "SESSID" => Self::Sessid,
            "SIP_URI" => Self::SipUri,
            "TEL_URL" => Self::TelUrl,
            "NAI" => Self::Nai,
            "URI" => Self::Uri,
            "ANONYMOUS" => Self::Anonymous,
            "VENUE_ID" => Self::VenueId,
            "LOCATION_ID" => Self::LocationId,
            _ => Self::Other,
        }
    }

    /// The value of the attribute `type`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Msisdn => "MSISDN",
            Self::Imsi => "IMSI",
            Self::Imei => "IMEI",
            Self::Min => "MIN",
            Self::Mdn => "MDN",
            Self::EmeMsid => "EME_MSID",
            Self::Asid => "ASID",
            Self::OpeId => "OPE_ID",
            Self::Ipv4 => "IPV4",
            Self::Ipv6 => "IPV6",
            Self::Sessid => "SESSID",
            Self::SipUri => "SIP_URI",
            Self::TelUrl => "TEL_URL",
            Self::Nai => "NAI",
            Self::Uri => "URI",
            Self::Anonymous => "ANONYMOUS",
            Self::VenueId => "VENUE_ID",
            Self::LocationId => "LOCATION_ID",
            Self::Other => "other",
        }
    }
}

/// An identity of a subscriber. `Debug` shows its kind only.
#[derive(Clone, Eq, PartialEq)]
pub struct Msid<'a> {
    /// What kind of identity.
    pub kind: MsidType,
    /// Whether it is encrypted (`enc` is CRP).
    pub encrypted: bool,
    /// The identity.
    pub value: Cow<'a, str>,
}

impl<'a> Msid<'a> {
    /// A number, in international digits without a plus sign.
    pub fn msisdn(value: impl Into<Cow<'a, str>>) -> Self {
        Self::new(MsidType::Msisdn, value)
    }

    /// An IMSI.
    pub fn imsi(value: impl Into<Cow<'a, str>>) -> Self {
        Self::new(MsidType::Imsi, value)
    }

    fn new(kind: MsidType, value: impl Into<Cow<'a, str>>) -> Self {
        Self {
            kind,
            encrypted: false,
            value: value.into(),
        }
    }

    pub(super) fn read(scanner: &mut Scanner<'a>, tag: &Tag<'a>) -> Result<Self, MlpError> {
        let kind = tag
            .attribute("type")
            .map_or(MsidType::Msisdn, |name| MsidType::from_name(&name.value));
        let encrypted = tag.attribute("enc").is_some_and(|enc| enc.value == "CRP");
        let text = scanner.text(tag)?;
        if text.value.is_empty() {
            return Err(MlpErrorKind::MissingElement.at(tag.at));
        }
        Ok(Self {
            kind,
            encrypted,
            value: text.value,
        })
    }
}

impl fmt::Debug for Msid<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Msid({} ~)", self.kind.name())
    }
}
