//! Reading wire octets with bounds and absolute offsets, and the ASN.1 of telecom protocols.
//!
//! [`Cursor`] serves every codec. [`Element`] reads BER and [`mod@write`] writes it; [`table!`] makes
//! types of tables that mirror the modules of a specification line by line. A subset of these
//! modules is in `spec/`, and a test holds every row to them.

mod bits;
mod carried;
mod cursor;
mod definition;
mod element;
mod error;
mod list;
mod oid;
mod table;
mod tag;
mod value;
pub mod write;

pub use bits::Bits;
pub use carried::{Carried, Seen, unknown};
pub use cursor::{Cursor, Short};
pub use definition::{Definition, Presence, Row, Shape};
pub use element::{DEPTH_MAX, Element};
pub use error::DecodeError;
pub use list::List;
pub use oid::Oid;
pub use tag::{Class, Tag};
pub use value::{Null, Value};
