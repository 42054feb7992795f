//! One presence document of a presentity from what the network and publishers told.

use pengate_codecs::pidf::Document;

use super::facets::{Facets, Names};
use crate::{
    event::{Imsi, Msisdn},
    pen::Presentity,
};
use pengate_codecs::Stamp;

mod options;
pub use options::Options;

/// Where a publication comes from, in falling rank.
#[derive(
    Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, serde::Deserialize, serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Publisher {
    /// A presence user agent: the user (Pep).
    Pua,
    /// A presence network agent: the network (Pen).
    Pna,
    /// A presence external agent (Pex).
    Pex,
    /// Hard state without expiry, from the XCAP server (Peu).
    Permanent,
}

/// A publication that has not expired.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// Unlike that of any other publication of the presentity, and the same when it is refreshed
    /// or modified: identifiers that collide get it as a suffix.
    pub number: u32,
    /// Where it comes from.
    pub publisher: Publisher,
    /// When it was made or modified last.
    pub at: Stamp,
    /// What it says.
    pub document: &'a Document,
}

/// What is known of a presentity beside its name.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Identities {
    /// Names the device; without it the presentity's name does.
    pub imsi: Option<Imsi>,
    /// Contact of telephony and short messages; without it the presentity's URI is.
    pub msisdn: Option<Msisdn>,
}

/// Everything that a document is made of.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// Whose document.
    pub presentity: &'a Presentity,
    /// What else is known of it.
    pub identities: Identities,
    /// What the network told.
    pub facets: Option<&'a Facets>,
    /// Names in the facets.
    pub names: &'a Names,
    /// What publishers told, in any order.
    pub publications: &'a [Publication<'a>],
}

/// A composed document: what to write, before it is written.
#[derive(Debug)]
pub struct Composed<'a> {
    entity: &'a str,
}

/// Composes the document of a presentity: pure, and the same in any order of publications.
#[must_use]
pub fn compose<'a>(sources: &Sources<'a>, _options: &Options) -> Composed<'a> {
    Composed {
        entity: sources.presentity.as_str(),
    }
}

impl Composed<'_> {
    /// Appends the document's octets.
    pub fn write(&self, out: &mut Vec<u8>) {
        pengate_codecs::pidf::write_presence(
            self.entity,
            pengate_codecs::pidf::Namespaces::NONE,
            out,
            |_| {},
        );
    }
}
