//! Who exists: provisioned and bound identities, and users of provisioned domains.

use hashbrown::HashTable;
use pengate_codecs::sip::{Scheme, Uri};
use smol_str::SmolStr;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::compose::Identities;
use crate::pen::{Bind, IdentityKey, Presentity};

/// A public identity, and whose it is.
#[derive(Debug)]
struct Alias {
    uri: SmolStr,
    presentity: Presentity,
    /// By the operator: what is learned does not change it.
    is_provisioned: bool,
}

/// Public identities and whose they are.
#[derive(Debug)]
pub struct Directory {
    domains: Vec<String>,
    rows: HashTable<Alias>,
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
                self.tie(Alias {
                    uri: uri.clone(),
                    presentity: presentity.clone(),
                    is_provisioned: true,
                });
            }
            self.identify(&presentity, identities);
        }
    }

    /// Learns from a record of the log what concerns public identities. What the operator
    /// provisioned is not overruled.
    pub fn bind(&mut self, bind: &Bind) {
        if bind.presentity.is_provisional() {
            return;
        }
        let home = self.home(&bind.presentity);
        self.learn(SmolStr::new(home.as_str()), &home);
        let former = bind.former.as_ref();
        if let Some(former) = former.filter(|former| !former.is_provisional()) {
            self.learn(SmolStr::new(former.as_str()), &home);
        }
        let known = self.identities(&home);
        let provisioned = self
            .row(home.as_str())
            .is_some_and(|row| row.is_provisioned);
        match &bind.key {
            IdentityKey::Uri(uri) => self.learn(uri.clone(), &home),
            IdentityKey::Imsi(imsi) if !(provisioned && known.imsi.is_some()) => {
                let imsi = Some(least(known.imsi, *imsi));
                self.identify(&home, Identities { imsi, ..known });
            }
            IdentityKey::Msisdn(msisdn) if !(provisioned && known.msisdn.is_some()) => {
                let msisdn = Some(least(known.msisdn, *msisdn));
                self.identify(&home, Identities { msisdn, ..known });
            }
            _ => {}
        }
    }

    /// The presentity that one is by now: two may have turned out to be one person.
    #[must_use]
    pub fn home(&self, presentity: &Presentity) -> Presentity {
        let known = self.find(presentity.as_str());
        known.unwrap_or(presentity).clone()
    }

    fn learn(&mut self, uri: SmolStr, home: &Presentity) {
        let row = self.row(&uri);
        // A row that leads on to others leads nowhere else, lest they lead in a circle.
        if row.is_none_or(|row| !row.is_provisioned && uri != home.as_str()) {
            self.tie(Alias {
                uri,
                presentity: home.clone(),
                is_provisioned: false,
            });
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

    /// Rows lead on until one leads to itself.
    fn find(&self, uri: &str) -> Option<&Presentity> {
        let mut row = self.row(uri)?;
        while let Some(next) = self.row(row.presentity.as_str())
            && next.presentity != row.presentity
        {
            row = next;
        }
        Some(&row.presentity)
    }

    fn row(&self, uri: &str) -> Option<&Alias> {
        self.rows.find(self.digest(uri), |row| row.uri == uri)
    }

    fn digest(&self, text: &str) -> u64 {
        xxh3_64_with_seed(text.as_bytes(), self.seed)
    }

    fn tie(&mut self, alias: Alias) {
        let digest = self.digest(&alias.uri);
        match self.rows.find_mut(digest, |row| row.uri == alias.uri) {
            Some(row) => *row = alias,
            None => {
                let seed = self.seed;
                let rehash = |row: &Alias| xxh3_64_with_seed(row.uri.as_bytes(), seed);
                self.rows.insert_unique(digest, alias, rehash);
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

/// Of several numbers that are learned the least counts, whichever came first.
fn least<T: Ord>(known: Option<T>, told: T) -> T {
    match known {
        Some(known) => known.min(told),
        None => told,
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
    fn moved(former: &str, presentity: &str) -> Bind {
        Bind {
            key: IdentityKey::Uri(former.into()),
            presentity: Presentity::canonical(presentity),
            former: Some(Presentity::canonical(former)),
            order: Order::default(),
            tie: Tie::Learned,
        }
    }

    #[test]
    fn a_presentity_that_became_another_leads_on() {
        let rows = [
            moved("sip:c@ims.example", "sip:b@ims.example"),
            moved("tel:+99900000003", "sip:c@ims.example"),
            moved("sip:b@ims.example", "sip:a@ims.example"),
        ];
        // Rows come back in any order.
        for order in [
            [0, 1, 2],
            [0, 2, 1],
            [1, 0, 2],
            [1, 2, 0],
            [2, 0, 1],
            [2, 1, 0],
        ] {
            let mut directory = directory();
            for place in order {
                directory.bind(&rows[place]);
            }
            for uri in ["sip:b@ims.example", "sip:c@ims.example", "tel:+99900000003"] {
                let home = resolve(&directory, uri);
                assert_eq!(
                    home.as_deref(),
                    Some("sip:a@ims.example"),
                    "{uri} {order:?}"
                );
            }
        }
    }

    #[test]
    fn rows_that_contradict_each_other_lead_in_no_circle() {
        let mut directory = directory();
        directory.bind(&moved("sip:b@ims.example", "sip:a@ims.example"));
        directory.bind(&moved("sip:a@ims.example", "sip:b@ims.example"));
        let home = resolve(&directory, "sip:b@ims.example");
        assert_eq!(home.as_deref(), Some("sip:a@ims.example"));
    }

    #[test]
    fn what_is_provisioned_is_not_overruled() {
        let mut directory = directory();
        let bob = Presentity::canonical("sip:bob@other.example");
        let imsi = Some(crate::event::Imsi("001010000000002".parse().unwrap()));
        let known = Identities {
            imsi,
            ..Identities::default()
        };
        directory.provision(&["sip:bob@other.example".into()], known);
        directory.bind(&moved("sip:bob@other.example", "sip:a@ims.example"));
        let home = resolve(&directory, "tel:+99900000002");
        assert_eq!(home.as_deref(), Some("sip:bob@other.example"));
        directory.bind(&Bind {
            key: IdentityKey::Imsi(crate::event::Imsi("001010000000001".parse().unwrap())),
            presentity: bob.clone(),
            ..moved("imsi:001010000000001", "sip:bob@other.example")
        });
        assert_eq!(directory.identities(&bob).imsi, imsi);
    }
}
