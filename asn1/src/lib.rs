//! Reading wire octets with bounds and absolute offsets.
//!
//! [`Cursor`] serves every codec. The bounded BER reader and the table macro for MAP, CAP and TCAP
//! live here too.

mod cursor;

pub use cursor::{Cursor, Short};
