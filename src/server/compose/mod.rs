//! One presence document of a presentity from what the network and publishers told.

mod device;
mod element;
mod key;
mod location;
mod merge;
mod network;
mod options;
mod project;
mod provenance;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use pengate_codecs::{
    Stamp,
    pidf::{Document, Namespaces, write_presence},
};
use serde::{Deserialize, Serialize};

pub use options::{Networks, Options, Services};
pub use provenance::provenance;

use super::facets::{Facets, Names};
use crate::{
    event::{Imsi, Msisdn},
    pen::Presentity,
};

/// Where a publication comes from, in falling rank.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Deserialize, Serialize)]
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
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Composed<'a> {
    entity: &'a str,
    text: Cow<'a, str>,
    namespaces: Namespaces,
}

/// Composes the document of a presentity: pure, and the same in any order of publications.
///
/// Where there is one publication and nothing else, nothing is copied.
#[must_use]
pub fn compose<'a>(sources: &Sources<'a>, options: &Options) -> Composed<'a> {
    let entity = sources.presentity.as_str();
    let projection = project::project(sources, options);
    let (text, namespaces) = match (projection, sources.publications) {
        (None, []) => (Cow::Borrowed(""), Namespaces::NONE),
        (None, [only]) => (
            Cow::Borrowed(only.document.text()),
            only.document.namespaces(),
        ),
        (Some(projection), []) => (Cow::Owned(projection.text), projection.namespaces),
        (projection, publications) => {
            let network = projection.and_then(|projection| projection.document(entity));
            let (text, namespaces) =
                merge::merge(&all_sources(network.as_ref(), publications), options);
            (Cow::Owned(text), namespaces)
        }
    };
    Composed {
        entity,
        text,
        namespaces,
    }
}

fn all_sources<'a>(
    network: Option<&'a Document>,
    publications: &[Publication<'a>],
) -> Vec<merge::Source<'a>> {
    let network = network.map(|document| merge::Source {
        publisher: Publisher::Pna,
        number: 0,
        at: Stamp::MIN,
        document,
    });
    let published = publications.iter().map(|publication| merge::Source {
        publisher: publication.publisher,
        number: publication.number,
        at: publication.at,
        document: publication.document,
    });
    network.into_iter().chain(published).collect()
}

impl Composed<'_> {
    /// Whether nothing is known of the presentity.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Appends the document's octets.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.reserve(self.text.len() + 1_024);
        write_presence(self.entity, self.namespaces, out, |out| {
            out.extend_from_slice(self.text.as_bytes());
        });
    }
}
