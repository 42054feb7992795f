//! Presence Information Data Format and its family (RFC 3863, 4479, 4480, 4119; OMA).
//!
//! [`parse`] reads a document into components that keep their octets; [`Writer`] makes new ones.
//! Document type declarations and entities are refused, sizes are bounded by [`Limits`].

mod characters;
mod document;
mod error;
mod fragment;
mod names;
mod read;
mod scanner;
#[cfg(test)]
mod tests;
mod writer;

pub use characters::content;
pub use document::{Basic, Component, Document, Kind, Limits};
pub use error::{PidfError, PidfErrorKind};
pub use fragment::{Child, Fragment};
pub use names::{Namespace, Namespaces};
pub use read::parse;
pub(crate) use writer::escape;
pub use writer::{Writer, write_presence};

/// What must hold of any octets: they are refused, or written again they read the same, and every
/// component can be taken apart. For fuzzing.
#[doc(hidden)]
pub fn exercise(octets: &[u8]) -> Result<(), PidfError> {
    let Ok(document) = parse(octets, &Limits::default()) else {
        return Ok(());
    };
    let mut again = Vec::new();
    document.write(document.entity(), &mut again);
    let limits = Limits {
        octets_max: usize::MAX,
        attributes_max: usize::MAX,
        ..Limits::default()
    };
    assert_eq!(parse(&again, &limits)?, document);
    for component in document.components() {
        for child in Fragment::parse(component.text())?.children {
            Fragment::parse(&child.text)?;
        }
    }
    Ok(())
}
