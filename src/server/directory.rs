//! Who exists: provisioned and bound identities, and users of provisioned domains.

use hashbrown::HashTable;
use pengate_codecs::sip::{Scheme, Uri};
use smol_str::SmolStr;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::compose::Identities;
use crate::pen::{Bind, IdentityKey, Presentity};

/// Public identities and whose they are.
#[derive(Debug)]
pub struct Directory {
    domains: Vec<String>,
    rows: HashTable<(SmolStr, Presentity)>,
    identities: HashTable<(Presentity, Identities)>,
    seed: u64,
}

/// The canonical form of a SIP, SIPS, tel or pres URI.
#[must_use]
pub fn canonical(uri: &str) -> Option<SmolStr> {
    let uri = Uri::parse(uri).ok()?;
    match uri.scheme {
        Scheme::Sip | Scheme::Sips | Scheme::Tel | Scheme::Pres => {
            Some(SmolStr::new(uri.to_canonical()))
        }
        _ => None,
    }
}

impl Directory {
    /// Knows the users of `domains`; the seed keeps peers from choosing names that collide.
    #[must_use]
    pub const fn new(domains: Vec<String>, seed: u64) -> Self {
        Self {
            domains,
            rows: HashTable::new(),
            identities: HashTable::new(),
            seed,
        }
    }

    /// Ties public identities in canonical form to the first of them, and tells whose IMSI and
    /// number these are.
    pub fn provision(&mut self, uris: &[SmolStr], identities: Identities) {
        if let Some(first) = uris.first() {
            let presentity = Presentity::canonical(first.clone());
            for uri in uris {
                self.tie(uri.clone(), presentity.clone());
            }
            self.identify(&presentity, identities);
        }
    }

    /// Learns from a record of the log what concerns public identities.
    pub fn bind(&mut self, bind: &Bind) {
        if bind.presentity.is_provisional() {
            return;
        }
        let name = SmolStr::new(bind.presentity.as_str());
        self.tie(name, bind.presentity.clone());
        let known = self.identities(&bind.presentity);
        match &bind.key {
            IdentityKey::Uri(uri) => self.tie(uri.clone(), bind.presentity.clone()),
            IdentityKey::Imsi(imsi) => {
                let imsi = Some(*imsi);
                self.identify(&bind.presentity, Identities { imsi, ..known });
            }
            IdentityKey::Msisdn(msisdn) => {
                let msisdn = Some(*msisdn);
                self.identify(&bind.presentity, Identities { msisdn, ..known });
            }
            IdentityKey::Nai(_) | IdentityKey::Address(_) | IdentityKey::Session(_) => {}
        }
    }

    /// The presentity that a canonical URI is tied to.
    #[must_use]
    pub fn alias(&self, uri: &str) -> Option<&Presentity> {
        self.find(uri)
    }

    /// What is known of a presentity beside its name.
    #[must_use]
    pub fn identities(&self, presentity: &Presentity) -> Identities {
        let row = self
            .identities
            .find(self.digest(presentity.as_str()), |row| row.0 == *presentity);
        row.map_or_else(Identities::default, |row| row.1)
    }

    /// The presentity that a URI names, if there is one.
    #[must_use]
    pub fn resolve(&self, uri: &str) -> Option<Presentity> {
        let name = canonical(uri)?;
        if let Some(presentity) = self.find(&name) {
            return Some(presentity.clone());
        }
        let domain = name.strip_prefix("sip:")?.split_once('@')?.1;
        let served = self.domains.iter().any(|served| served == domain);
        served.then(|| Presentity::canonical(name))
    }

    /// Whether a canonical URI is one of the presentity's.
    #[must_use]
    pub fn is_of(&self, uri: &str, presentity: &Presentity) -> bool {
        uri == presentity.as_str() || self.find(uri) == Some(presentity)
    }

    fn find(&self, uri: &str) -> Option<&Presentity> {
        let row = self.rows.find(self.digest(uri), |row| row.0 == uri);
        row.map(|row| &row.1)
    }

    fn digest(&self, text: &str) -> u64 {
        xxh3_64_with_seed(text.as_bytes(), self.seed)
    }

    fn tie(&mut self, uri: SmolStr, presentity: Presentity) {
        let digest = self.digest(&uri);
        match self.rows.find_mut(digest, |row| row.0 == uri) {
            Some(row) => row.1 = presentity,
            None => {
                let seed = self.seed;
                let rehash =
                    |row: &(SmolStr, Presentity)| xxh3_64_with_seed(row.0.as_bytes(), seed);
                self.rows.insert_unique(digest, (uri, presentity), rehash);
            }
        }
    }

    fn identify(&mut self, presentity: &Presentity, identities: Identities) {
        let digest = self.digest(presentity.as_str());
        match self.identities.find_mut(digest, |row| row.0 == *presentity) {
            Some(row) => row.1 = identities,
            None if identities == Identities::default() => {}
            None => {
                let seed = self.seed;
                let rehash = |row: &(Presentity, Identities)| {
                    xxh3_64_with_seed(row.0.as_str().as_bytes(), seed)
                };
                let row = (presentity.clone(), identities);
                self.identities.insert_unique(digest, row, rehash);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{event::Order, pen::Tie};

    fn directory() -> Directory {
        let mut directory = Directory::new(vec!["ims.example".to_owned()], 1);
        let uris = ["sip:bob@other.example".into(), "tel:+99900000002".into()];
        directory.provision(&uris, Identities::default());
        directory
    }

    fn resolve(directory: &Directory, uri: &str) -> Option<String> {
        let presentity = directory.resolve(uri)?;
        Some(presentity.as_str().to_owned())
    }

    #[test]
    fn any_user_of_a_provisioned_domain_exists() {
        let directory = directory();
        let alice = resolve(&directory, "SIP:alice@IMS.example:5060;x=y");
        assert_eq!(alice.as_deref(), Some("sip:alice@ims.example"));
        for uri in [
            "sip:ims.example",
            "sip:alice@elsewhere.example",
            "mailto:a@ims.example",
            "",
        ] {
            assert_eq!(resolve(&directory, uri), None, "{uri}");
        }
    }

    #[test]
    fn every_identity_of_a_subscriber_leads_to_its_presentity() {
        let directory = directory();
        for uri in ["sip:bob@other.example", "tel:+999-0000-0002"] {
            let bob = resolve(&directory, uri);
            assert_eq!(bob.as_deref(), Some("sip:bob@other.example"));
        }
        let bob = Presentity::canonical("sip:bob@other.example");
        assert!(directory.is_of("tel:+99900000002", &bob));
        assert!(!directory.is_of("tel:+99900000001", &bob));
    }

    #[test]
    fn a_bound_identity_is_an_alias_and_a_provisional_one_is_nobody() {
        let mut directory = directory();
        let mut bind = Bind {
            key: IdentityKey::Uri("tel:+99900000001".into()),
            presentity: Presentity::canonical("imsi:001010000000001"),
            former: None,
            order: Order::default(),
            tie: Tie::Learned,
        };
        directory.bind(&bind);
        assert_eq!(resolve(&directory, "tel:+99900000001"), None);
        bind.presentity = Presentity::canonical("sip:alice@ims.example");
        directory.bind(&bind);
        let alice = resolve(&directory, "tel:+99900000001");
        assert_eq!(alice.as_deref(), Some("sip:alice@ims.example"));
    }
}
