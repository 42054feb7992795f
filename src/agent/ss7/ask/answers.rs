//! What the HLR says to a question, and what its silence means.

use pengate_asn1::Value;
use pengate_codecs::{
    Stamp,
    map::{AnyTimeInterrogationRes, ErrorCode, Operation},
    tcap::{Abort, AbortCause, Component, Components, Dialogue, Faulty, ReturnResult},
};

use super::{Asked, Fate, INVOKE, facts};
use crate::{
    agent::ss7::{
        Said, Ss7, Talk,
        report::{self, Rank},
    },
    event::Source,
    session::{sccp::Path, tcap::DialogueId},
};

impl Ss7 {
    /// The dialogue of a question was ended, by this path.
    pub(in crate::agent::ss7) fn on_answer(
        &mut self,
        now: Stamp,
        path: &Path,
        asked: Asked,
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        said.source = Source::Ph;
        let (kind, fate) = match answer(components) {
            Some(Ok(Component::ReturnResult(result))) => {
                (None, self.on_result(now, path, &asked, &result, said))
            }
            Some(Ok(Component::ReturnError(error))) => {
                let (kind, fate) = fate(ErrorCode::from_code(error.error));
                (Some(kind), fate)
            }
            Some(Ok(Component::Reject(_))) => (Some("rejected"), Fate::Failed),
            Some(Ok(Component::Invoke(_))) | None => (Some("no-result"), Fate::Failed),
            Some(Err(faulty)) => {
                said.fault(now, "component", Some(faulty.error.at()));
                (None, Fate::Failed)
            }
        };
        if let Some(kind) = kind {
            said.fault(now, kind, None);
        }
        self.go_on(now, asked, fate, said);
    }

    /// Tells what the HLR says of a subscriber.
    fn on_result(
        &mut self,
        now: Stamp,
        path: &Path,
        asked: &Asked,
        result: &ReturnResult<'_>,
        said: &mut Said<'_>,
    ) -> Fate {
        let Some((operation, element)) = result.result else {
            said.fault(now, "no-result", None);
            return Fate::Failed;
        };
        if operation != Operation::AnyTimeInterrogation.code() {
            said.fault(now, "operation", None);
            return Fate::Failed;
        }
        let told = match AnyTimeInterrogationRes::from_any(element) {
            Ok(told) => told,
            Err(error) => {
                said.fault(now, "mistyped", Some(error.at()));
                return Fate::Failed;
            }
        };
        let reporter = report::reporter(path);
        let subject = asked.name.subject();
        for fact in facts::of(now, &told.subscriber_info) {
            // It is the HLR's word, which is told over Ph.
            let at = (self.arrivals.stamp(now), Rank::Is);
            let event = report::event(at, Source::Ph, &reporter, subject.clone(), fact);
            let ticket = self.tell(event, None, said);
            self.asks.told.insert(ticket, asked.presentity.clone());
        }
        Fate::Told
    }

    /// The HLR gave a question up.
    pub(in crate::agent::ss7) fn on_question_aborted(
        &mut self,
        now: Stamp,
        asked: Asked,
        abort: &Abort<'_>,
        said: &mut Said<'_>,
    ) {
        said.source = Source::Ph;
        // One that does not speak the context will not speak it soon.
        let is_refusal = match abort.cause {
            Some(AbortCause::User(portion)) => {
                matches!(portion.decode(), Ok(Dialogue::Response(it)) if !it.is_accepted)
            }
            _ => false,
        };
        let (kind, fate) = match is_refusal {
            true => ("hlr-context", Fate::Refused),
            false => ("hlr-aborted", Fate::Failed),
        };
        said.fault(now, kind, None);
        self.go_on(now, asked, fate, said);
    }

    /// Nothing came.
    pub(in crate::agent::ss7) fn on_question_lost(
        &mut self,
        now: Stamp,
        asked: Asked,
        said: &mut Said<'_>,
    ) {
        said.source = Source::Ph;
        said.fault(now, "hlr-silent", None);
        self.go_on(now, asked, Fate::Failed, said);
    }

    /// The HLR does not end its dialogue with the answer, or accepts it and answers later.
    pub(in crate::agent::ss7) fn on_answer_continue(
        &mut self,
        now: Stamp,
        (id, path): (DialogueId, &Path),
        components: &Components<'_>,
        said: &mut Said<'_>,
    ) {
        if answer(components).is_none() {
            if let Some(Talk::Asked(asked)) = self.dialogues.user(id) {
                self.due.set(id, asked.until);
            }
            return;
        }
        let (dialogues, mut lower) = self.lower(said);
        let ended = dialogues.end(id, None, |_| {}, &mut lower);
        if let Some(Talk::Asked(asked)) = ended {
            self.due.clear(id);
            self.on_answer(now, path, *asked, components, said);
        }
    }

    /// The HLR accepted the dialogue, and did not answer.
    pub(in crate::agent::ss7) fn on_question_due(
        &mut self,
        now: Stamp,
        id: DialogueId,
        said: &mut Said<'_>,
    ) {
        let (dialogues, mut lower) = self.lower(said);
        let aborted = dialogues.abort(id, None, &mut lower);
        if let Some(Talk::Asked(asked)) = aborted {
            self.on_question_lost(now, *asked, said);
        }
    }
}

/// What answers our question, if it is there and whole: one that cannot be read counts when there is
/// no other.
fn answer<'a>(components: &Components<'a>) -> Option<Result<Component<'a>, Faulty>> {
    let is_ours = |component: &Result<Component<'_>, Faulty>| match component {
        Ok(Component::ReturnResult(result)) => result.invoke_id == INVOKE && result.is_last,
        Ok(Component::ReturnError(error)) => error.invoke_id == INVOKE,
        Ok(Component::Reject(reject)) => reject.invoke_id.is_none_or(|own| own == INVOKE),
        Ok(Component::Invoke(_)) => false,
        Err(faulty) => faulty.invoke_id.is_none_or(|own| own == INVOKE),
    };
    let ours = || components.iter().filter(is_ours);
    ours().find(Result::is_ok).or_else(|| ours().next())
}

/// What an error means for the next question.
const fn fate(error: Option<ErrorCode>) -> (&'static str, Fate) {
    match error {
        Some(ErrorCode::UnknownSubscriber) => ("hlr-unknown-subscriber", Fate::Refused),
        Some(ErrorCode::AtiNotAllowed | ErrorCode::UnauthorizedRequestingNetwork) => {
            ("hlr-not-allowed", Fate::Refused)
        }
        Some(ErrorCode::SystemFailure) => ("hlr-system-failure", Fate::Failed),
        Some(ErrorCode::DataMissing | ErrorCode::UnexpectedDataValue) => {
            ("hlr-refused", Fate::RefusedOfDomain)
        }
        _ => ("hlr-error", Fate::Failed),
    }
}
