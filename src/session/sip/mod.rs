//! SIP without sockets: framing, transactions, dialogs (RFC 3261 clauses 12, 17, 18).
//!
//! [`Front`] owns the shared sockets' framing and all transactions. Rooms get requests and the
//! outcome of their own requests from its [`Outbox`], and keep a [`Dialog`] for each subscription.

mod dialog;
pub mod front;
mod identifier;
mod stream;
mod transaction;

pub use dialog::{Dialog, DialogError, Sequence};
pub use front::{Front, Outbox, Output};
pub use identifier::{Branch, ToTag};
pub use stream::{Piece, Stream};
pub use transaction::{BuildClientIdHasher, ClientId, ServerId, Timers, tighten};
