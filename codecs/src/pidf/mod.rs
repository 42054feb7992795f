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
mod writer;

pub use characters::content;
pub use document::{Basic, Component, Document, Kind, Limits};
pub use error::{PidfError, PidfErrorKind};
pub use fragment::{Child, Fragment};
pub use names::{Namespace, Namespaces};
pub use read::parse;
pub use writer::{Writer, write_presence};
