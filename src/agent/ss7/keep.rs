//! What of the dialogues outlives the process: calls and sessions that go on while it is started
//! again. A record goes to the log together with the event that begins or ends one; a row stands in
//! the state for as long as it goes on.

use std::{collections::BTreeSet, fmt};

use hashbrown::HashMap;
use pengate_codecs::{Stamp, m3ua::Label, tcap::TransactionId};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::{Ss7, Talk, call::Call, gprs::Gprs};
use crate::{
    agent::room::Ticket,
    pen::{
        Kinds, Record,
        log::{Batch, Kind, Partition},
        state::{StateBatch, Table},
    },
    session::{
        sccp::{Address, Path},
        tcap::DialogueId,
    },
};

/// Names a row: a call by our transaction id, a session by our reference.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub(super) enum Name {
    Call(u32),
    Session(u32),
}

/// A row, or the news that it is over.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(super) enum Kept {
    Call(KeptCall),
    Session(u32, Box<Gprs>),
    Over(Name),
}

impl Record for Kept {
    const KIND: Kind = Kinds::DIALOGUE;
}

/// A call with its dialogue.
#[derive(Clone, Deserialize, Serialize)]
pub(super) struct KeptCall {
    ours: u32,
    theirs: SmallVec<[u8; 4]>,
    /// Originating and destination point code of what we send.
    points: [u32; 2],
    /// Service, network, priority and selection.
    label: [u8; 4],
    remote: SmallVec<[u8; 24]>,
    subsystem: u8,
    /// When something was heard or told of it last.
    heard: Stamp,
    call: Call,
}

/// Addresses carry numbers: `Debug` leaves them out.
impl fmt::Debug for KeptCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("KeptCall");
        shown.field("heard", &self.heard).field("call", &self.call);
        shown.finish_non_exhaustive()
    }
}

impl KeptCall {
    fn path(&self) -> Option<Path> {
        let [originator, destination] = self.points;
        let [service, network, priority, selection] = self.label;
        Some(Path {
            label: Label {
                originator,
                destination,
                service,
                network,
                priority,
                selection,
            },
            remote: Address::from_octets(&self.remote)?,
            subsystem: self.subsystem,
        })
    }
}

/// What is on its way to the log or to the state.
#[derive(Debug, Default)]
pub(super) struct Memory {
    tickets: HashMap<Ticket, Kept>,
    /// The call that goes on and is kept anew with an event, which few have.
    beside: HashMap<Ticket, DialogueId>,
    unsaved: Option<BTreeSet<Name>>,
}

impl Memory {
    pub(super) fn collect(&mut self) {
        self.unsaved.get_or_insert_default();
    }

    /// A row is new, changed, or no more.
    pub(super) fn touch(&mut self, name: Name) {
        if let Some(unsaved) = &mut self.unsaved {
            unsaved.insert(name);
        }
    }

    pub(super) fn hold(&mut self, ticket: Ticket, kept: Kept) {
        self.tickets.insert(ticket, kept);
    }

    /// A call that goes on is kept anew beside that.
    pub(super) fn hold_beside(&mut self, ticket: Ticket, id: DialogueId) {
        self.beside.insert(ticket, id);
    }

    pub(super) fn settled(&mut self, ticket: Ticket) {
        self.tickets.remove(&ticket);
        if !self.beside.is_empty() {
            self.beside.remove(&ticket);
        }
    }
}

impl Ss7 {
    /// A call as it is kept; nothing when it is over, or its dialogue is gone.
    pub(super) fn kept_call(&self, id: DialogueId) -> Option<KeptCall> {
        let Some(Talk::Call(call)) = self.dialogues.user(id) else {
            return None;
        };
        let theirs = self.dialogues.theirs(id).filter(|_| call.is_open())?;
        let (path, _) = self.dialogues.path(id)?;
        let label = path.label;
        Some(KeptCall {
            ours: call.ours,
            theirs: SmallVec::from_slice(theirs.as_octets()),
            points: [label.originator, label.destination],
            label: [
                label.service,
                label.network,
                label.priority,
                label.selection,
            ],
            remote: SmallVec::from_slice(path.remote.octets()),
            subsystem: path.subsystem,
            heard: self.calls.last_word(call),
            call: call.clone(),
        })
    }

    /// Appends what goes to the log with an event. Calls are kept as they are by then.
    pub(super) fn append_kept(&self, ticket: Ticket, batch: &mut Batch) {
        let held = self.memory.tickets.get(&ticket);
        if let Some(kept) = held {
            kept.append(Partition::ALL, batch);
        }
        let beside = self.memory.beside.get(&ticket).copied();
        for id in self.begun_with(ticket).into_iter().chain(beside) {
            if let Some(kept) = self.kept_call(id) {
                Kept::Call(kept).append(Partition::ALL, batch);
            }
        }
    }

    /// The call that begins with an event.
    fn begun_with(&self, ticket: Ticket) -> Option<DialogueId> {
        let id = self.tickets.waiting(ticket)?;
        match self.dialogues.user(id) {
            Some(Talk::Call(call)) if call.begins == Some(ticket) => Some(id),
            _ => None,
        }
    }

    /// Takes a row or a record back at start.
    pub(super) fn take_back(&mut self, kept: Kept) {
        match kept {
            Kept::Call(kept) => {
                let theirs = TransactionId::from_wire(&kept.theirs);
                if let (Some(path), Some(theirs)) = (kept.path(), theirs) {
                    self.forget_call(kept.ours);
                    let heard = kept.heard;
                    let ids = (kept.ours.into(), theirs);
                    let call = kept.call;
                    self.resume_call(heard, path, ids, call);
                    self.memory.touch(Name::Call(kept.ours));
                }
            }
            Kept::Session(ours, session) => {
                self.sessions.insert(ours, *session);
                self.memory.touch(Name::Session(ours));
            }
            Kept::Over(name) => {
                match name {
                    Name::Call(ours) => self.forget_call(ours),
                    Name::Session(ours) => self.sessions.remove(ours),
                }
                self.memory.touch(name);
            }
        }
    }

    /// Appends every row that changed.
    pub(super) fn write_rows(&mut self, batch: &mut StateBatch) {
        let Some(unsaved) = self.memory.unsaved.as_mut() else {
            return;
        };
        for name in std::mem::take(unsaved) {
            let kept = match name {
                Name::Call(ours) => {
                    let id = self.dialogues.of_transaction(ours.into());
                    id.and_then(|id| self.kept_call(id)).map(Kept::Call)
                }
                Name::Session(ours) => {
                    let session = self.sessions.get(ours);
                    session.map(|session| Kept::Session(ours, Box::new(session.clone())))
                }
            };
            let mut key = PREFIX.to_vec();
            // Writing to memory does not fail.
            let _ = postcard::to_io(&name, &mut key);
            match kept {
                Some(kept) => batch.put_with(Table::Meta, Partition::ALL, &key, |out| {
                    let _ = postcard::to_io(&kept, out);
                }),
                None => batch.remove(Table::Meta, Partition::ALL, &key),
            }
        }
    }
}

/// What the keys of our rows begin with.
pub(super) const PREFIX: &[u8] = b"ss7/";
