//! What identities are called as presentities, and which of several names counts.

use pengate_codecs::sip::{Scheme, Uri};
use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{
    event::{Digits, Imsi, Msisdn, SessionKey, Subject},
    pen::{IdentityKey, Presentity},
};

/// The identities that stay with a person, the most telling first.
pub(super) fn lasting_keys(subject: &Subject) -> SmallVec<[IdentityKey; 4]> {
    let uri = subject.uri.as_deref().and_then(|uri| Uri::parse(uri).ok());
    let dialled = uri.as_ref().and_then(number_in);
    let uri = uri.map(|uri| SmolStr::new(uri.to_canonical()));
    // A subject may name a number twice, and then both count.
    let dialled = dialled.filter(|number| subject.msisdn != Some(*number));
    uri.map(IdentityKey::Uri)
        .into_iter()
        .chain(imsi(subject).map(IdentityKey::Imsi))
        .chain(subject.msisdn.map(IdentityKey::Msisdn))
        .chain(dialled.map(IdentityKey::Msisdn))
        .chain(lasting_nai(subject).map(IdentityKey::Nai))
        .collect()
}

fn lasting_nai(subject: &Subject) -> Option<SmolStr> {
    subject.nai.clone().filter(|nai| is_lasting(nai))
}

/// Whether an NAI stays with its holder. In a 3GPP realm that is one which tells an IMSI, or a private
/// identity of the IMS; any other is a pseudonym or is for fast re-authentication, and another with
/// each authentication (TS 23.003 clauses 14.4, 14.5, 19.3.4 and 19.3.5).
pub(super) fn is_lasting(nai: &str) -> bool {
    let realm = nai.rsplit_once('@').map_or("", |(_, realm)| realm);
    !is_of_3gpp(realm) || is_of_ims(realm) || imsi_of(nai).is_some()
}

fn is_of_3gpp(realm: &str) -> bool {
    let domain = b".3gppnetwork.org";
    let end = realm.len().checked_sub(domain.len());
    let end = end.and_then(|at| realm.as_bytes().get(at..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(domain))
}

/// Whether a realm is the home domain of the IMS where that is made of MCC and MNC.
fn is_of_ims(realm: &str) -> bool {
    let label = b"ims.mnc";
    let begin = realm.as_bytes().get(..label.len());
    begin.is_some_and(|begin| begin.eq_ignore_ascii_case(label))
}

/// The IMSI of a subject, told or in its NAI.
pub(super) fn imsi(subject: &Subject) -> Option<Imsi> {
    let derived = || subject.nai.as_deref().and_then(imsi_of);
    subject.imsi.or_else(derived)
}

/// The number that a public identity is as well: of a tel URI (RFC 3966), and of a SIP URI that says
/// so (RFC 3261 clause 19.1.6).
#[must_use]
pub fn number_in(uri: &Uri<'_>) -> Option<Msisdn> {
    let is_phone = || {
        let kind = uri.params.value("user");
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case("phone"))
    };
    let is_number = match uri.scheme {
        Scheme::Tel => true,
        Scheme::Sip | Scheme::Sips => is_phone(),
        _ => false,
    };
    let canonical = is_number.then(|| uri.to_canonical())?;
    let (_, number) = canonical.split_once(":+")?;
    let digits = number.split_once('@').map_or(number, |(user, _)| user);
    Digits::from_ascii(digits.as_bytes()).ok().map(Msisdn)
}

/// The IMSI in a root or decorated NAI of a 3GPP realm: alone in a private identity of the IMS, else
/// behind a digit that names the method of authentication (TS 23.003 clauses 13.3, 14.3 and 19.3.2).
#[must_use]
pub fn imsi_of(nai: &str) -> Option<Imsi> {
    let (user, realm) = nai.rsplit_once('@')?;
    let user = user.rsplit_once('!').map_or(user, |(_, user)| user);
    let digits = match is_of_ims(realm) {
        true => user,
        false => user.strip_prefix(['0', '1', '6'])?,
    };
    Digits::from_ascii(digits.as_bytes())
        .ok()
        .filter(|digits| is_of_3gpp(realm) && digits.count() >= IMSI_DIGITS_MIN)
        .map(Imsi)
}

/// The least digits of an IMSI: MCC, MNC and something behind.
const IMSI_DIGITS_MIN: u32 = 6;

/// The presentity that an identity is as long as it is alone: provisional unless it is public.
pub(super) fn name_of(key: &IdentityKey) -> Presentity {
    Presentity::canonical(match key {
        IdentityKey::Imsi(imsi) => format!("{IMSI}{}", imsi.0),
        IdentityKey::Msisdn(msisdn) => format!("{MSISDN}{}", msisdn.0),
        IdentityKey::Nai(nai) => format!("{NAI}{nai}"),
        IdentityKey::Uri(uri) => uri.to_string(),
        IdentityKey::Address(address) => format!("{ADDRESS}{address}"),
        IdentityKey::Session(session) => format!("{SESSION}{:016x}", session.0),
    })
}

/// The identity that a name was made of.
pub(super) fn key_of(presentity: &Presentity) -> Option<IdentityKey> {
    let name = presentity.as_str();
    let after = |scheme| name.strip_prefix(scheme);
    if let Some(digits) = after(IMSI) {
        return digits.parse().ok().map(Imsi).map(IdentityKey::Imsi);
    }
    if let Some(digits) = after(MSISDN) {
        return digits.parse().ok().map(Msisdn).map(IdentityKey::Msisdn);
    }
    if let Some(nai) = after(NAI) {
        return Some(IdentityKey::Nai(nai.into()));
    }
    if let Some(address) = after(ADDRESS) {
        return address.parse().ok().map(IdentityKey::Address);
    }
    if let Some(digits) = after(SESSION) {
        let key = u64::from_str_radix(digits, 16).ok()?;
        return Some(IdentityKey::Session(SessionKey(key)));
    }
    Some(IdentityKey::Uri(name.into()))
}

/// Whether a name is made of what ends: a session or an address.
pub(super) fn is_passing(presentity: &Presentity) -> bool {
    let name = presentity.as_str();
    name.starts_with(SESSION) || name.starts_with(ADDRESS)
}

const IMSI: &str = "imsi:";
const MSISDN: &str = "msisdn:";
const NAI: &str = "nai:";
const ADDRESS: &str = "address:";
const SESSION: &str = "session:";

/// Of several names of one person the least counts: by scheme, then by text.
pub(super) fn rank(presentity: &Presentity) -> (usize, &str) {
    let name = presentity.as_str();
    let schemes = [
        "sip:", "sips:", "pres:", "tel:", IMSI, MSISDN, NAI, SESSION, ADDRESS,
    ];
    let mut ranked = schemes.iter();
    let rank = ranked.position(|scheme| name.starts_with(scheme));
    (rank.unwrap_or(schemes.len()), name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_back_to_its_identity() {
        let digits = || "001010000000001".parse().unwrap();
        for key in [
            IdentityKey::Imsi(Imsi(digits())),
            IdentityKey::Msisdn(Msisdn(digits())),
            IdentityKey::Nai("alice@isp".into()),
            IdentityKey::Uri("sip:alice@ims.example".into()),
            IdentityKey::Address("2001:db8::1".parse().unwrap()),
            IdentityKey::Session(SessionKey(7)),
        ] {
            assert!(key_of(&name_of(&key)) == Some(key.clone()), "{key:?}");
        }
    }

    #[test]
    fn the_imsi_stands_in_the_nai() {
        let imsi = |nai: &str| imsi_of(nai).map(|imsi| imsi.0.to_string());
        let alice = Some("001010000000001".to_owned());
        for realm in ["wlan.mnc001.mcc001", "nai.epc.mnc001.mcc001"] {
            let realm = format!("{realm}.3gppnetwork.org");
            assert_eq!(imsi(&format!("0001010000000001@{realm}")), alice);
            assert_eq!(
                imsi(&format!("home.example!1001010000000001@{realm}")),
                alice
            );
            assert_eq!(imsi(&format!("2pseudonym@{realm}")), None, "a pseudonym");
        }
        let private = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
        assert_eq!(imsi(private), alice);
        assert_eq!(imsi("0001010000000001@ims.example"), None, "another realm");
        assert_eq!(imsi("0010@ims.mnc001.mcc001.3gppnetwork.org"), None);
        assert_eq!(imsi("alice"), None);
    }

    #[test]
    fn a_pseudonym_of_a_3gpp_realm_does_not_last() {
        for (nai, lasts) in [
            ("2pseudonym@wlan.mnc001.mcc001.3gppnetwork.org", false),
            ("4again@AAA1.nai.epc.mnc001.mcc001.3GPPNETWORK.org", false),
            ("0001010000000001@wlan.mnc001.mcc001.3gppnetwork.org", true),
            ("ida@ims.mnc001.mcc001.3gppnetwork.org", true),
            ("2pseudonym@isp.example", true),
            ("3gppnetwork.org", true),
        ] {
            assert_eq!(is_lasting(nai), lasts, "{nai}");
        }
    }

    #[test]
    fn a_telephone_number_in_a_uri_is_a_number_as_well() {
        let number = Msisdn("99900000001".parse().unwrap());
        for (uri, canonical, is_number) in [
            ("TEL:+999-0000-0001", "tel:+99900000001", true),
            (
                "sip:+999-0000-0001@IMS.example;user=PHONE",
                "sip:+99900000001@ims.example",
                true,
            ),
            (
                "sip:+99900000001@ims.example",
                "sip:+99900000001@ims.example",
                false,
            ),
            (
                "sip:99900000001@ims.example;user=phone",
                "sip:99900000001@ims.example",
                false,
            ),
            ("tel:99900000001", "tel:99900000001", false),
        ] {
            let subject = Subject {
                uri: Some(uri.into()),
                ..Subject::default()
            };
            let keys = lasting_keys(&subject);
            assert!(keys[0] == IdentityKey::Uri(canonical.into()), "{uri}");
            let numbers: Vec<_> = keys[1..].iter().collect();
            let own = IdentityKey::Msisdn(number);
            let expected: &[_] = if is_number { &[&own] } else { &[] };
            assert!(numbers == expected, "{uri}");
            let told = Subject {
                msisdn: Some(number),
                ..subject
            };
            assert_eq!(lasting_keys(&told).len(), 2, "{uri}");
        }
    }
}
