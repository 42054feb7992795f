//! SCCP's connectionless service at the end of its way (Q.714 clause 4): messages for our
//! subsystems, put together from segments; answers with our own address; and word to the sender
//! when it asked to hear of errors. No I/O.

mod endpoint;
mod options;
mod path;
mod reassembly;

use std::{borrow::Cow, fmt};

use pengate_codecs::{Stamp, m3ua::Label, sccp::ReturnCause};

pub use endpoint::{Endpoint, TooLong};
pub use options::Options;
pub use path::{Address, Path};
pub(crate) use reassembly::{Outcome, Reassembly};

/// A message for one of our subsystems.
#[derive(Clone, Eq, PartialEq)]
pub struct Received<'a> {
    /// How to answer.
    pub path: Path,
    /// What the sender's user said: where it was, unless it came in segments.
    pub data: Cow<'a, [u8]>,
    /// Why it came back, when it is what we sent and what was not delivered.
    pub returned: Option<ReturnCause>,
}

/// Shows how much was said, not what: it may identify a subscriber.
impl fmt::Debug for Received<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("path", &self.path)
            .field("octets", &self.data.len())
            .field("returned", &self.returned)
            .finish_non_exhaustive()
    }
}

/// What an endpoint says.
pub trait Sink {
    /// A message to another point.
    fn send(&mut self, label: Label, octets: &[u8]);

    /// Something that was not understood or not taken: `kind` is of a closed set, `offset` the first
    /// bad octet of the SCCP message.
    fn fault(&mut self, at: Stamp, kind: &'static str, offset: Option<usize>);
}

#[cfg(test)]
mod tests;
