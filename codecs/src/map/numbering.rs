//! Who and by which number (MAP-CommonDataTypes).

use pengate_asn1::table;

use super::Tbcd;
use crate::Plmn;

table! {
    /// MCC, MNC and MSIN, two digits an octet.
    pub Imsi<'a> ::= OCTET STRING (SIZE (3..8));

    /// A number with its nature and plan: MSISDN, or address of a node.
    pub IsdnAddressString<'a> ::= OCTET STRING (SIZE (1..9));

    /// Who is asked about.
    pub SubscriberIdentity<'a> ::= CHOICE {
        Imsi: [0] Imsi<'a>,
        Msisdn: [1] IsdnAddressString<'a>,
    }

    /// A number by which the VLR finds its record.
    pub Lmsi ::= OCTET STRING (SIZE (4));

    /// The equipment, and its software version.
    pub Imei ::= OCTET STRING (SIZE (8));

    /// The IP address of a node, behind an octet of type and length (TS 23.003 clause 5.1).
    pub GsnAddress<'a> ::= OCTET STRING (SIZE (5..17));

    /// The name of a Diameter node, or its realm.
    pub DiameterIdentity<'a> ::= OCTET STRING (SIZE (9..255));

    /// A domain name.
    pub Fqdn<'a> ::= OCTET STRING (SIZE (9..255));

    /// A network.
    pub PlmnId ::= OCTET STRING (SIZE (3));

    /// The Diameter name and realm of a node.
    pub NetworkNodeDiameterAddress<'a> ::= SEQUENCE {
        diameter_name: [0] DiameterIdentity<'a>,
        diameter_realm: [1] DiameterIdentity<'a>,
    }

    /// Private extensions.
    pub ExtensionContainer<'a> ::= SEQUENCE OPAQUE;
}

impl<'a> Imsi<'a> {
    /// The digits, MCC first.
    #[must_use]
    pub const fn digits(self) -> Tbcd<'a> {
        Tbcd::new(self.as_octets())
    }

    /// Of five to fifteen ASCII digits, which `buffer` keeps.
    #[must_use]
    pub fn from_digits(digits: &[u8], buffer: &'a mut [u8; 8]) -> Option<Self> {
        Tbcd::write(digits, buffer).and_then(Self::new)
    }
}

impl Imei {
    /// The digits: fourteen, the check digit or 0, and the software version if it is known.
    #[must_use]
    pub const fn digits(&self) -> Tbcd<'_> {
        Tbcd::new(self.as_octets())
    }
}

impl<'a> IsdnAddressString<'a> {
    /// What kind of number it is.
    #[must_use]
    #[inline]
    pub const fn nature(self) -> Nature {
        match self.as_octets() {
            [first, ..] => Nature::from_wire(*first >> 4 & 7),
            [] => Nature::Unknown,
        }
    }

    /// Of which numbering plan; 1 is E.164.
    #[must_use]
    #[inline]
    pub const fn plan(self) -> u8 {
        match self.as_octets() {
            [first, ..] => *first & 0xf,
            [] => 0,
        }
    }

    /// The digits without a prefix.
    #[must_use]
    #[inline]
    pub const fn digits(self) -> Tbcd<'a> {
        match self.as_octets() {
            [_, digits @ ..] => Tbcd::new(digits),
            [] => Tbcd::new(&[]),
        }
    }

    /// An international number of E.164, of ASCII digits, which `buffer` keeps.
    #[must_use]
    pub fn international(digits: &[u8], buffer: &'a mut [u8; 9]) -> Option<Self> {
        let (first, rest) = buffer.split_first_mut()?;
        *first = 0x91;
        let octets = 1 + Tbcd::write(digits, rest)?.len();
        Self::new(buffer.get(..octets)?)
    }
}

/// What kind of number an address is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Nature {
    /// It is not said.
    Unknown,
    /// With the country code.
    International,
    /// Within the country.
    National,
    /// Of the network's own.
    NetworkSpecific,
    /// Within the area.
    Subscriber,
    /// A short form.
    Abbreviated,
    /// 5 or 7.
    Reserved(u8),
}

impl Nature {
    const fn from_wire(bits: u8) -> Self {
        match bits {
            0 => Self::Unknown,
            1 => Self::International,
            2 => Self::National,
            3 => Self::NetworkSpecific,
            4 => Self::Subscriber,
            6 => Self::Abbreviated,
            _ => Self::Reserved(bits),
        }
    }
}

impl PlmnId {
    /// The network; nothing if a half octet is no digit.
    #[must_use]
    pub const fn plmn(self) -> Option<Plmn> {
        Plmn::from_wire(self.to_octets())
    }
}

impl<'a> SubscriberIdentity<'a> {
    /// The digits of whichever it is.
    #[must_use]
    pub const fn digits(&self) -> Option<Tbcd<'a>> {
        match self {
            Self::Imsi(imsi) => Some(imsi.digits()),
            Self::Msisdn(msisdn) => Some(msisdn.digits()),
            Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_nature_plan_and_digits() {
        let mut buffer = [0; 9];
        let msisdn = IsdnAddressString::international(b"99900000001", &mut buffer).unwrap();
        assert_eq!(msisdn.as_octets(), [0x91, 0x99, 0x09, 0, 0, 0, 0xf1]);
        assert_eq!((msisdn.nature(), msisdn.plan()), (Nature::International, 1));
        assert_eq!(msisdn.digits().to_string(), "99900000001");
        let short = IsdnAddressString::new(&[0xe8]).unwrap();
        assert_eq!((short.nature(), short.plan()), (Nature::Abbreviated, 8));
        assert_eq!(short.digits().count(), 0);
    }

    #[test]
    fn too_many_digits_are_no_identity() {
        let mut imsi = [0; 8];
        let mut number = [0; 9];
        assert!(Imsi::from_digits(b"001010000000001", &mut imsi).is_some());
        assert_eq!(Imsi::from_digits(b"0010", &mut imsi), None);
        assert_eq!(Imsi::from_digits(b"00101000000000001", &mut imsi), None);
        assert_eq!(
            IsdnAddressString::international(&[b'1'; 17], &mut number),
            None
        );
    }

    #[test]
    fn no_identity_is_shown() {
        let mut buffer = [0; 8];
        let imsi = Imsi::from_digits(b"001010000000001", &mut buffer).unwrap();
        assert_eq!(format!("{imsi:?}"), "8 octets");
    }
}
