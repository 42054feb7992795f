//! TCAP dialogues (Q.774): which are open, who is at the other end, and until when. No I/O; what
//! the components in them mean is for the rooms to say.

mod dialogues;
mod ids;
mod options;
mod slots;
mod timers;

use pengate_codecs::{
    Stamp,
    tcap::{Abort, Begin, Continue, End},
};

pub use dialogues::{Dialogues, Full};
pub use options::Options;
pub use slots::ByDialogue;

use super::sccp::Path;

/// Names a dialogue of ours. It is no transaction id, and is never used twice.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct DialogueId {
    /// Counts dialogues.
    pub count: u64,
    /// Where it is kept.
    pub slot: u32,
}

/// How far a dialogue is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum State {
    /// The peer began it, and is not answered yet.
    Offered,
    /// We began it, and are not answered yet.
    Asked,
    /// Both sides know each other.
    Established,
}

/// What a message means.
#[derive(Debug, Eq, PartialEq)]
pub enum Heard<'a, U> {
    /// A peer begins a dialogue.
    Begin(DialogueId, Begin<'a>),
    /// It goes on.
    Continue(DialogueId, Continue<'a>),
    /// It is over; what was kept of it.
    End(DialogueId, U, End<'a>),
    /// The peer gave it up; what was kept of it.
    Abort(DialogueId, U, Abort<'a>),
    /// It was given up: a message of the peer could not be read.
    Lost(Lapsed<U>),
}

/// A dialogue that is over without a word of the peer.
#[derive(Debug, Eq, PartialEq)]
pub struct Lapsed<U> {
    /// Which.
    pub id: DialogueId,
    /// How far it was.
    pub state: State,
    /// What was kept of it.
    pub user: U,
}

/// What the dialogues say.
pub trait Sink {
    /// A message to the user at the other end.
    fn send(&mut self, path: &Path, octets: &[u8]);

    /// Something that was not understood or not taken: `kind` is of a closed set, `offset` the first
    /// bad octet of the TCAP message.
    fn fault(&mut self, at: Stamp, kind: &'static str, offset: Option<usize>);
}

#[cfg(test)]
mod tests;
