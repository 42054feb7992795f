//! SIP without sockets: framing, transactions, dialogs (RFC 3261 clauses 12, 17, 18).

mod dialog;
mod identifier;

pub use dialog::{Dialog, DialogError, Sequence};
pub use identifier::{Branch, ToTag};
