//! What is known of one presentity.

use std::sync::Arc;

use pengate_codecs::{Stamp, pidf::Document};
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128};

use super::{
    compose::Publisher,
    facets::Facets,
    policy::Policy,
    random::Etag,
    slab::{Keyed, Slot},
};
use crate::pen::Presentity;

/// One presentity. Some 150 octets beside what its parts hold: most of a million presentities
/// have no watcher and no publication.
#[derive(Debug)]
pub(super) struct Entry {
    pub name: Presentity,
    /// What the network told.
    pub facets: Facets,
    /// When the facets change by themselves; [`Stamp::MAX`] for never.
    pub facets_due: Stamp,
    /// What publishers told, in the order of their numbers.
    pub publications: Vec<Publication>,
    /// Whoever watches, in the order in which they came.
    pub watchers: Vec<Slot>,
    /// Whether the agent was told that somebody watches.
    pub reported: bool,
    /// The presentity's own rules.
    pub policy: Option<Box<Policy>>,
    /// The document as watchers see it, while there are any.
    pub served: Option<Box<Served>>,
    /// The greatest number that a publication was given.
    pub last_publication: u32,
}

/// A document that was composed.
#[derive(Debug, Default)]
pub(super) struct Served {
    /// Counts the documents that differ; 0 is before the first.
    pub version: u64,
    /// Tells documents apart.
    digest: u128,
    /// Kept until every watcher was told; composed again for whoever asks later.
    pub body: Option<Arc<[u8]>>,
    /// Whether what it is made of changed since.
    pub stale: bool,
    /// How many watchers are not told yet, at most.
    behind: usize,
}

impl Served {
    /// The version, when it is known without composing.
    pub(super) fn known(&self) -> Option<u64> {
        (self.version > 0 && !self.stale).then_some(self.version)
    }

    /// Takes the document as it was composed now, for so many watchers.
    pub(super) fn update(&mut self, body: &[u8], watchers: usize) {
        let digest = xxh3_128(body);
        if self.version == 0 || self.digest != digest {
            self.version += 1;
            self.behind = watchers;
            (self.digest, self.body) = (digest, None);
        }
        self.stale = false;
        if self.body.is_none() {
            self.behind = self.behind.max(1);
            self.body = Some(body.into());
        }
    }

    /// One watcher more was told.
    pub(super) fn told(&mut self) {
        self.behind = self.behind.saturating_sub(1);
        if self.behind == 0 {
            self.body = None;
        }
    }
}

/// A live publication (RFC 3903).
#[derive(Debug)]
pub(super) struct Publication {
    /// Its name among those of the presentity.
    pub number: u32,
    pub etag: Etag,
    pub expires: Stamp,
    /// When the document was made.
    pub at: Stamp,
    /// Digest of the last request on it.
    pub request: u64,
    pub publisher: Publisher,
    pub document: Document,
}

impl Entry {
    pub(super) fn new(name: Presentity) -> Self {
        Self {
            name,
            facets: Facets::default(),
            facets_due: Stamp::MAX,
            publications: Vec::new(),
            watchers: Vec::new(),
            reported: false,
            policy: None,
            served: None,
            last_publication: 0,
        }
    }

    /// Whether nothing is known and nobody watches.
    pub(super) fn is_empty(&self) -> bool {
        self.facets.is_empty()
            && self.publications.is_empty()
            && self.watchers.is_empty()
            && self.policy.is_none()
    }

    pub(super) fn publication(&self, number: u32) -> Option<&Publication> {
        let place = self.place(number).ok()?;
        self.publications.get(place)
    }

    /// Where a publication is, or belongs.
    pub(super) fn place(&self, number: u32) -> Result<usize, usize> {
        self.publications
            .binary_search_by_key(&number, |publication| publication.number)
    }

    /// The publication that an entity-tag names, if it is live.
    pub(super) fn tagged(&self, etag: Etag, now: Stamp) -> Option<&Publication> {
        let mut publications = self.publications.iter();
        publications.find(|publication| publication.etag == etag && publication.expires > now)
    }
}

impl Keyed for Entry {
    type Key = Presentity;

    fn digest(key: &Presentity, seed: u64) -> u64 {
        xxh3_64_with_seed(key.as_str().as_bytes(), seed)
    }

    fn key(&self) -> &Presentity {
        &self.name
    }
}
