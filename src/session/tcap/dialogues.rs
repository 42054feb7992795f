//! The table of dialogues.

use hashbrown::{HashMap, hash_map::Entry};
use pengate_codecs::{
    Stamp,
    tcap::{
        self, Begin, ComponentWriter, Continue, Dialogue, Malformed, Message, PAbortCause,
        TransactionId,
    },
};
use thiserror::Error;

use super::{
    DialogueId, Heard, Lapsed, Options, Path, Sink, State,
    ids::Ids,
    slots::Slots,
    timers::{Timers, Wait},
};
use crate::session::scratch::Scratch;

/// There are `dialogues_max` dialogues already.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("there are as many dialogues as there may be")]
pub struct Full;

/// The open dialogues, each with what its user keeps of it.
#[derive(Debug)]
pub struct Dialogues<U> {
    open: Slots<Kept<U>>,
    /// Dialogues by the id under which the peer speaks to us. One that is offered has none yet.
    by_transaction: HashMap<TransactionId, DialogueId>,
    timers: Timers,
    ids: Ids,
    options: Options,
    scratch: Scratch,
}

#[derive(Debug)]
struct Kept<U> {
    path: Path,
    state: State,
    /// The peer's id; not known of one that we began and it did not answer.
    theirs: Option<TransactionId>,
    /// Our id; not given to the peer of one that we did not answer.
    ours: Option<TransactionId>,
    deadline: Stamp,
    /// Where its time stands.
    wait: Wait,
    user: U,
}

impl<U: Default> Dialogues<U> {
    /// No dialogue yet; transaction ids come from the seed.
    #[must_use]
    pub fn new(options: Options, seed: u64) -> Self {
        Self {
            open: Slots::new(),
            by_transaction: HashMap::new(),
            timers: Timers::default(),
            ids: Ids::new(seed),
            options,
            scratch: Scratch::default(),
        }
    }

    /// Takes what SCCP brought along a path. A Begin opens a dialogue; it is answered with
    /// [`proceed`](Self::proceed), [`end`](Self::end) or [`abort`](Self::abort).
    pub fn take<'a>(
        &mut self,
        now: Stamp,
        path: &Path,
        octets: &'a [u8],
        sink: &mut dyn Sink,
    ) -> Option<Heard<'a, U>> {
        // Nearly every message of a peer.
        if let Some(begin) = Begin::usual(octets) {
            return self.on_begin(now, path, begin, sink);
        }
        self.take_any(now, path, octets, sink)
    }

    #[inline(never)]
    fn take_any<'a>(
        &mut self,
        now: Stamp,
        path: &Path,
        octets: &'a [u8],
        sink: &mut dyn Sink,
    ) -> Option<Heard<'a, U>> {
        let message = match Message::decode(octets) {
            Ok(message) => message,
            Err(malformed) => return self.on_malformed(now, path, &malformed, sink),
        };
        match message {
            Message::Begin(begin) => self.on_begin(now, path, begin, sink),
            Message::Continue(message) => self.on_continue(now, path, message, sink),
            Message::End(end) => {
                let id = self.known(now, end.dtid, sink)?;
                let user = self.forget(id)?;
                Some(Heard::End(id, user, end))
            }
            Message::Abort(abort) => {
                let id = self.known(now, abort.dtid, sink)?;
                let user = self.forget(id)?;
                Some(Heard::Abort(id, user, abort))
            }
            Message::Unidirectional(_) => {
                sink.fault(now, "unidirectional", None);
                None
            }
        }
    }

    /// Takes what SCCP could not deliver: if it began or carried on a dialogue, that is over.
    pub fn returned(&mut self, octets: &[u8]) -> Option<Lapsed<U>> {
        let otid = match Message::decode(octets) {
            Ok(Message::Begin(Begin { otid, .. }) | Message::Continue(Continue { otid, .. })) => {
                otid
            }
            Err(malformed) => malformed.otid?,
            Ok(_) => return None,
        };
        let id = self.by_transaction.get(&otid).copied()?;
        self.lapse(id)
    }

    /// Begins a dialogue.
    ///
    /// # Errors
    /// [`Full`], with nothing sent.
    pub fn begin(
        &mut self,
        now: Stamp,
        path: Path,
        user: U,
        dialogue: Option<Dialogue<'_>>,
        components: impl FnOnce(&mut ComponentWriter<'_>),
        sink: &mut dyn Sink,
    ) -> Result<DialogueId, Full> {
        if self.open.len() >= self.options.dialogues_max {
            return Err(Full);
        }
        let deadline = now + self.options.result_timeout;
        let id = self.insert(&path, State::Asked, None, deadline, user);
        let otid = self.give_transaction(id);
        self.write(id, sink, |out| tcap::begin(out, otid, dialogue, components));
        Ok(id)
    }

    /// Goes on with a dialogue; false when it is not open, or waits for the peer.
    pub fn proceed(
        &mut self,
        now: Stamp,
        id: DialogueId,
        dialogue: Option<Dialogue<'_>>,
        components: impl FnOnce(&mut ComponentWriter<'_>),
        sink: &mut dyn Sink,
    ) -> bool {
        let Some(theirs) = self.open.get(id).and_then(|entry| entry.theirs) else {
            return false;
        };
        let otid = self.give_transaction(id);
        self.renew(id, now + self.options.idle_timeout, State::Established);
        self.write(id, sink, |out| {
            tcap::continuation(out, otid, theirs, dialogue, components);
        });
        true
    }

    /// The ids of a dialogue, ours and the peer's, so that it can be taken up again after a restart:
    /// ours is made now if the peer was not told it yet. Nothing while the peer's is not known.
    pub fn transactions(&mut self, id: DialogueId) -> Option<(TransactionId, TransactionId)> {
        let theirs = self.open.get(id)?.theirs?;
        Some((self.give_transaction(id), theirs))
    }

    /// Takes up an established dialogue again, by the ids of [`transactions`](Self::transactions);
    /// `heard` is when its peer's last word came. One with our id is forgotten for it.
    pub fn resume(
        &mut self,
        heard: Stamp,
        path: Path,
        (ours, theirs): (TransactionId, TransactionId),
        user: U,
    ) -> DialogueId {
        if let Some(former) = self.by_transaction.get(&ours).copied() {
            self.forget(former);
        }
        let deadline = heard + self.options.idle_timeout;
        let id = self.insert(&path, State::Established, Some(theirs), deadline, user);
        if let Some(entry) = self.open.get_mut(id) {
            entry.ours = Some(ours);
        }
        self.by_transaction.insert(ours, id);
        id
    }

    /// The dialogue under an id of ours.
    #[must_use]
    pub fn of_transaction(&self, ours: TransactionId) -> Option<DialogueId> {
        self.by_transaction.get(&ours).copied()
    }

    /// Ends a dialogue; gives what was kept of it. One that waits for the peer's first answer is
    /// only forgotten: there is no id to end it by.
    pub fn end(
        &mut self,
        id: DialogueId,
        dialogue: Option<Dialogue<'_>>,
        components: impl FnOnce(&mut ComponentWriter<'_>),
        sink: &mut dyn Sink,
    ) -> Option<U> {
        if let Some(theirs) = self.open.get(id)?.theirs {
            self.write(id, sink, |out| tcap::end(out, theirs, dialogue, components));
        }
        self.forget(id)
    }

    /// Gives a dialogue up as its user; gives what was kept of it.
    pub fn abort(
        &mut self,
        id: DialogueId,
        dialogue: Option<Dialogue<'_>>,
        sink: &mut dyn Sink,
    ) -> Option<U> {
        if let Some(theirs) = self.open.get(id)?.theirs {
            self.write(id, sink, |out| tcap::abort(out, theirs, dialogue));
        }
        self.forget(id)
    }

    /// Gives a dialogue up because its message cannot be served; gives what was kept of it.
    pub fn refuse(&mut self, id: DialogueId, cause: PAbortCause, sink: &mut dyn Sink) -> Option<U> {
        if let Some(theirs) = self.open.get(id)?.theirs {
            self.write(id, sink, |out| tcap::p_abort(out, theirs, cause));
        }
        self.forget(id)
    }

    /// Ends a dialogue without a word (a prearranged end); gives what was kept of it.
    pub fn forget(&mut self, id: DialogueId) -> Option<U> {
        self.lapse(id).map(|lapsed| lapsed.user)
    }

    /// Ends, without a word, those that we began towards points that cannot be reached any more.
    pub fn unreachable(&mut self, is_gone: impl Fn(&Path) -> bool) -> Vec<Lapsed<U>> {
        let gone = |entry: &Kept<U>| entry.state == State::Asked && is_gone(&entry.path);
        let mut ids: Vec<_> = self
            .open
            .iter()
            .filter(|(_, entry)| gone(entry))
            .map(|(id, _)| id)
            .collect();
        ids.sort_unstable();
        ids.into_iter().filter_map(|id| self.lapse(id)).collect()
    }

    /// The next dialogue whose time is over: call it until it gives nothing. The peer is told, if
    /// it waits for us.
    pub fn expire(&mut self, now: Stamp, sink: &mut dyn Sink) -> Option<Lapsed<U>> {
        let (deadline, id) = self.timers.first()?;
        if deadline > now {
            return None;
        }
        let theirs = self.open.get(id).and_then(|entry| entry.theirs);
        if let Some(theirs) = theirs {
            self.write(id, sink, |out| tcap::abort(out, theirs, None));
        }
        self.lapse(id)
    }

    /// When the next dialogue's time is over.
    #[must_use]
    pub fn deadline(&self) -> Option<Stamp> {
        self.timers.first().map(|(deadline, _)| deadline)
    }

    /// What is kept of a dialogue.
    #[must_use]
    pub fn user(&self, id: DialogueId) -> Option<&U> {
        self.open.get(id).map(|entry| &entry.user)
    }

    /// The same, to be changed.
    pub fn user_mut(&mut self, id: DialogueId) -> Option<&mut U> {
        self.open.get_mut(id).map(|entry| &mut entry.user)
    }

    /// Where the other end of a dialogue is, and how far it is.
    #[must_use]
    pub fn path(&self, id: DialogueId) -> Option<(&Path, State)> {
        self.open.get(id).map(|entry| (&entry.path, entry.state))
    }

    /// The peer's id of a dialogue; nothing while it is not known.
    #[must_use]
    pub fn theirs(&self, id: DialogueId) -> Option<TransactionId> {
        self.open.get(id)?.theirs
    }

    /// How many are open.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open.len()
    }

    /// Whether none is open.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open.len() == 0
    }

    #[inline(always)]
    fn on_begin<'a>(
        &mut self,
        now: Stamp,
        path: &Path,
        begin: Begin<'a>,
        sink: &mut dyn Sink,
    ) -> Option<Heard<'a, U>> {
        if self.open.len() >= self.options.dialogues_max {
            sink.fault(now, "dialogues-full", None);
            self.p_abort(path, begin.otid, PAbortCause::ResourceLimitation, sink);
            return None;
        }
        let deadline = now + self.options.answer_timeout;
        let theirs = Some(begin.otid);
        let id = self.insert(path, State::Offered, theirs, deadline, U::default());
        Some(Heard::Begin(id, begin))
    }

    fn on_continue<'a>(
        &mut self,
        now: Stamp,
        path: &Path,
        message: Continue<'a>,
        sink: &mut dyn Sink,
    ) -> Option<Heard<'a, U>> {
        let Some(id) = self.known(now, message.dtid, sink) else {
            let cause = PAbortCause::UnrecognizedTransactionId;
            self.p_abort(path, message.otid, cause, sink);
            return None;
        };
        if let Some(entry) = self.open.get_mut(id)
            && entry.state == State::Asked
        {
            // Who answers may be another than whom we asked (Q.774 clause 3.2.1).
            entry.theirs = Some(message.otid);
            entry.path.remote.clone_from(&path.remote);
            entry.path.label = path.label;
        }
        self.renew(id, now + self.options.idle_timeout, State::Established);
        Some(Heard::Continue(id, message))
    }

    /// Answers what cannot be read, if it is known by whom. The dialogue that it is of is over: what
    /// was said in it is lost (Q.774 clause 3.3.3.2).
    fn on_malformed<'a>(
        &mut self,
        now: Stamp,
        path: &Path,
        malformed: &Malformed,
        sink: &mut dyn Sink,
    ) -> Option<Heard<'a, U>> {
        sink.fault(now, "malformed", Some(malformed.error.at()));
        if let Some(otid) = malformed.otid {
            self.p_abort(path, otid, malformed.cause, sink);
        }
        let id = self.of_transaction(malformed.dtid?)?;
        self.lapse(id).map(Heard::Lost)
    }

    fn known(&self, now: Stamp, dtid: TransactionId, sink: &mut dyn Sink) -> Option<DialogueId> {
        let id = self.by_transaction.get(&dtid).copied();
        if id.is_none() {
            sink.fault(now, "unknown-transaction", None);
        }
        id
    }

    fn insert(
        &mut self,
        path: &Path,
        state: State,
        theirs: Option<TransactionId>,
        deadline: Stamp,
        user: U,
    ) -> DialogueId {
        let (id, entry) = self.open.open(|| Kept {
            path: path.clone(),
            state,
            theirs,
            ours: None,
            deadline,
            wait: state.wait(),
            user: U::default(),
        });
        entry.path.clone_from(path);
        entry.state = state;
        entry.theirs = theirs;
        entry.ours = None;
        entry.deadline = deadline;
        entry.wait = self.timers.insert(state.wait(), deadline, id);
        entry.user = user;
        id
    }

    /// Our id of a dialogue, made when it is first needed.
    fn give_transaction(&mut self, id: DialogueId) -> TransactionId {
        let entry = self.open.get_mut(id);
        let known = entry.as_ref().and_then(|entry| entry.ours);
        if let Some(known) = known {
            return known;
        }
        loop {
            let ours = self.ids.next();
            // One that is in use is not given again.
            if let Entry::Vacant(place) = self.by_transaction.entry(ours) {
                if let Some(entry) = entry {
                    entry.ours = Some(ours);
                    place.insert(id);
                }
                return ours;
            }
        }
    }

    fn renew(&mut self, id: DialogueId, deadline: Stamp, state: State) {
        let Some(entry) = self.open.get_mut(id) else {
            return;
        };
        entry.state = state;
        // Its time stands somewhere already.
        if entry.deadline == deadline {
            return;
        }
        let former = (entry.wait, entry.deadline);
        entry.deadline = deadline;
        entry.wait = self.timers.insert(state.wait(), deadline, id);
        self.drop_time(former, id);
    }

    fn lapse(&mut self, id: DialogueId) -> Option<Lapsed<U>> {
        let entry = self.open.close(id)?;
        let (state, user) = (entry.state, std::mem::take(&mut entry.user));
        let time = (entry.wait, entry.deadline);
        if let Some(ours) = entry.ours {
            self.by_transaction.remove(&ours);
        }
        self.drop_time(time, id);
        Some(Lapsed { id, state, user })
    }

    fn drop_time(&mut self, time: (Wait, Stamp), id: DialogueId) {
        let open = &self.open;
        let of = |id| open.get(id).map(|entry| entry.deadline);
        self.timers.remove(time, id, open.len(), of);
    }

    fn write(&mut self, id: DialogueId, sink: &mut dyn Sink, write: impl FnOnce(&mut Vec<u8>)) {
        if let Some(entry) = self.open.get(id) {
            self.scratch.clear();
            write(&mut self.scratch);
            sink.send(&entry.path, &self.scratch);
        }
    }

    fn p_abort(
        &mut self,
        path: &Path,
        dtid: TransactionId,
        cause: PAbortCause,
        sink: &mut dyn Sink,
    ) {
        self.scratch.clear();
        tcap::p_abort(&mut self.scratch, dtid, cause);
        sink.send(path, &self.scratch);
    }
}
