//! TCAP messages as lines: the dialogue, and each component with what it carries.

use pengate_asn1::{Element, Oid, oid};
use pengate_codecs::{
    cap::CapGprsReferenceNumber,
    m3ua::Label,
    sccp::{Purpose, Transfer, subsystem},
    tcap::{
        AbortCause, AbortSource, Code, Component, Components, Diagnostic, Dialogue,
        DialoguePortion, Malformed, Message, PAbortCause, TransactionId,
    },
};

use super::{
    super::line::Line,
    Ss7,
    argument::Walk,
    catalogue,
    dialogues::{Known, owner},
    operations::{Carried, User, context_name},
    parameter, problem,
};

/// Whether a user of SCCP speaks TCAP: by the tag of its message, else by the subsystem that it is
/// for. What is not whole says nothing.
pub(super) fn is_spoken(transfer: &Transfer<'_>, data: &[u8]) -> bool {
    let is_user = |number| {
        number != subsystem::MANAGEMENT && User::of_subsystems(Some(number), None) != User::Other
    };
    match data.first() {
        None => false,
        Some(0x61 | 0x62 | 0x64 | 0x65 | 0x67) => true,
        Some(_) => transfer.called.subsystem.is_some_and(is_user),
    }
}

/// Who speaks with whom, and which user they are of if nothing else tells.
pub(super) struct Ends {
    to: u64,
    from: u64,
    user: User,
    /// Whether it comes back undelivered.
    is_returned: bool,
}

impl Ends {
    pub(super) fn new(label: Label, transfer: &Transfer<'_>) -> Self {
        let Transfer {
            called, calling, ..
        } = transfer;
        Self {
            to: owner(called, label.destination),
            from: owner(calling, label.originator),
            user: User::of_subsystems(called.subsystem, calling.subsystem),
            is_returned: matches!(transfer.purpose, Purpose::Return(_)),
        }
    }
}

/// A message, with what was said before it in its dialogue.
pub(super) struct Heard<'a> {
    message: Result<Message<'a>, Malformed>,
    dialogue: Option<Result<Dialogue<'a>, pengate_asn1::DecodeError>>,
    known: Known,
}

impl Heard<'_> {
    /// What the message is about: its first operation that has a name, else what kind it is.
    pub(super) fn operation(&self) -> Option<&'static str> {
        let message = self.message.as_ref().ok()?;
        let components = components(message);
        let named = components.iter().flatten().find_map(|component| {
            let code = self.code(&component)?;
            self.known.user.operation(code)
        });
        Some(named.unwrap_or(kind(message)))
    }

    /// The operation of a component, where it is told or remembered.
    fn code<'c>(&self, component: &Component<'c>) -> Option<Code<'c>> {
        match component {
            Component::Invoke(invoke) => Some(invoke.operation),
            Component::ReturnResult(result) => match result.result {
                Some((code, _)) => Some(code),
                None => self.known.operation(result.invoke_id),
            },
            Component::ReturnError(error) => self.known.operation(error.invoke_id),
            Component::Reject(reject) => self.known.operation(reject.invoke_id?),
        }
    }
}

impl Ss7 {
    /// Reads a message and remembers what later ones refer to.
    pub(super) fn hear<'a>(&mut self, data: &'a [u8], ends: &Ends) -> Heard<'a> {
        let message = Message::decode(data);
        let portion = message.as_ref().ok().and_then(portion);
        let dialogue = portion.map(DialoguePortion::decode);
        let told = dialogue
            .and_then(Result::ok)
            .and_then(|said| said.context());
        let (own, peer) = message.as_ref().map_or((None, None), ids);
        // What comes back was said by who is called now.
        let (from, to) = if ends.is_returned {
            (ends.to, ends.from)
        } else {
            (ends.from, ends.to)
        };
        let mut known = peer
            .and_then(|id| self.dialogues.known(id, to))
            .or_else(|| self.dialogues.known(peer.and(own)?, from))
            .unwrap_or_else(|| Known::of(ends.user));
        if let Some(context) = told {
            known.context = context.as_octets().into();
            known.user = User::of_context(context.as_octets());
        }
        if let Ok(message) = &message
            && !ends.is_returned
        {
            let components = components(message);
            match message {
                Message::Begin(begin) => {
                    self.dialogues
                        .begin(begin.otid, ends.from, known.clone(), components);
                }
                Message::Continue(message) => {
                    self.dialogues
                        .proceed(message.otid, ends.from, &known, components);
                }
                _ => {}
            }
        }
        Heard {
            message,
            dialogue,
            known,
        }
    }

    /// Tells what was heard. True when nothing was wrong.
    pub(super) fn tell(&self, line: &mut Line, heard: &Heard<'_>) -> bool {
        let message = match &heard.message {
            Ok(message) => message,
            Err(malformed) => {
                line.fault(malformed, Some(malformed.error.at()));
                return false;
            }
        };
        line.text("Message-Type", kind(message));
        let (otid, dtid) = ids(message);
        for (name, id) in [("OTID", otid), ("DTID", dtid)] {
            if let Some(id) = id {
                line.display(name, id);
            }
        }
        let mut is_sound = match &heard.dialogue {
            None => true,
            Some(Ok(said)) => dialogue(line, said),
            Some(Err(error)) => {
                line.fault(error, Some(error.at()));
                false
            }
        };
        context(line, &heard.known.context);
        if let Message::Abort(abort) = message
            && let Some(AbortCause::Provider(cause)) = abort.cause
        {
            line.text("P-Abort-Cause", p_abort_cause(cause));
        }
        for component in components(message).iter() {
            is_sound &= match component {
                Ok(component) => self.component(line, heard, &component),
                Err(faulty) => {
                    line.fault(faulty.error, Some(faulty.error.at()));
                    false
                }
            };
        }
        is_sound
    }

    fn component(&self, line: &mut Line, heard: &Heard<'_>, component: &Component<'_>) -> bool {
        let user = heard.known.user;
        let kind = match component {
            Component::Invoke(_) => "invoke",
            Component::ReturnResult(result) if result.is_last => "returnResultLast",
            Component::ReturnResult(_) => "returnResultNotLast",
            Component::ReturnError(_) => "returnError",
            Component::Reject(_) => "reject",
        };
        line.text("Component", kind);
        if let Some(id) = component.invoke_id() {
            line.integer("Invoke-Id", id.into());
        }
        let code = heard.code(component);
        if let Some(code) = code {
            tell_code(line, "Operation-Code", code);
        }
        let (carried, code, element) = match *component {
            Component::Invoke(invoke) => {
                if let Some(linked) = invoke.linked_id {
                    line.integer("Linked-Id", linked.into());
                }
                (Carried::Argument, Some(invoke.operation), invoke.argument)
            }
            Component::ReturnResult(result) => {
                let element = result.result.map(|(_, element)| element);
                (Carried::Result, code, element)
            }
            Component::ReturnError(error) => {
                tell_code(line, "Error-Code", error.error);
                if let Some(name) = user.error(error.error) {
                    line.text("Error", name);
                }
                (Carried::Error, Some(error.error), error.parameter)
            }
            Component::Reject(reject) => {
                line.text("Problem", problem::name(reject.problem));
                return true;
            }
        };
        match (code, element) {
            (Some(code), Some(element)) => self.carried(line, user, (carried, code), element),
            _ => true,
        }
    }

    /// Tells what a component carries, if its type is read here; of an error in any case.
    fn carried(
        &self,
        line: &mut Line,
        user: User,
        (carried, code): (Carried, Code<'_>),
        element: Element<'_>,
    ) -> bool {
        let Some(spoken) = user.spoken(carried, code) else {
            if carried == Carried::Error {
                parameter::tell(line, user, code, element);
            }
            return true;
        };
        let checked = (spoken.check)(element);
        if let Err(error) = checked {
            line.fault(error, Some(error.at()));
        }
        // What was sound of it is told all the same.
        Walk {
            names: &self.names,
            detail: self.detail,
            line,
            path: String::new(),
        }
        .tell(spoken.definition, element);
        checked.is_ok()
    }
}

/// Tells a dialogue portion. True when nothing was wrong.
fn dialogue(line: &mut Line, said: &Dialogue<'_>) -> bool {
    let unit = match said {
        Dialogue::Request(_) => "AARQ",
        Dialogue::Response(_) => "AARE",
        Dialogue::Abort(_) => "ABRT",
        Dialogue::Unidialogue(_) => "AUDT",
        Dialogue::Other(external) => {
            if let Some(syntax) = external.syntax {
                line.display("Abstract-Syntax", syntax);
            }
            return true;
        }
    };
    line.text("Dialogue", unit);
    match said {
        Dialogue::Response(response) => {
            let result = if response.is_accepted {
                "accepted"
            } else {
                "reject-permanent"
            };
            line.text("Result", result);
            if !response.is_accepted {
                line.text("Diagnostic", diagnostic(response.diagnostic));
            }
        }
        Dialogue::Abort(abort) => match abort.source {
            AbortSource::User => line.text("Abort-Source", "dialogue-service-user"),
            AbortSource::Provider => line.text("Abort-Source", "dialogue-service-provider"),
            AbortSource::Other(other) => line.integer("Abort-Source", other),
        },
        _ => {}
    }
    reason(line, said);
    match CapGprsReferenceNumber::of(said) {
        Ok(None) => true,
        Ok(Some(reference)) => {
            let numbers = [
                ("destinationReference", reference.destination_reference),
                ("originationReference", reference.origination_reference),
            ];
            for (name, number) in numbers {
                if let Some(number) = number {
                    line.number(name, number.get().into());
                }
            }
            true
        }
        Err(error) => {
            line.fault(error, Some(error.at()));
            false
        }
    }
}

/// Why CAP gave a dialogue up (TS 29.078 clause 4.2).
fn reason(line: &mut Line, said: &Dialogue<'_>) {
    let Some(information) = said.user_information() else {
        return;
    };
    let mut externals = information.iter().flatten();
    let found = externals.find(|external| external.syntax == Some(CAP_ABORT_REASON));
    if let Some(Ok(number)) = found
        .and_then(|external| external.single().ok())
        .map(|reason| reason.integer())
    {
        let mut names = catalogue::CAP_ABORT_REASONS.iter();
        match names.find(|(known, _)| *known == number) {
            Some((_, name)) => line.text("CAP-U-ABORT-REASON", name),
            None => line.integer("CAP-U-ABORT-REASON", number),
        }
    }
}

fn context(line: &mut Line, octets: &[u8]) {
    match (context_name(octets), Oid::from_wire(octets)) {
        (Some((name, version)), _) => {
            line.display("Application-Context", format_args!("{name}-v{version}"));
        }
        (None, Some(oid)) => line.display("Application-Context", oid),
        (None, None) => {}
    }
}

fn tell_code(line: &mut Line, name: &str, code: Code<'_>) {
    match code {
        Code::Local(number) => line.integer(name, number),
        Code::Global(oid) => line.display(name, oid),
    }
}

const fn kind(message: &Message<'_>) -> &'static str {
    match message {
        Message::Unidirectional(_) => "Unidirectional",
        Message::Begin(_) => "Begin",
        Message::End(_) => "End",
        Message::Continue(_) => "Continue",
        Message::Abort(_) => "Abort",
    }
}

/// The sender's id and that of the addressee.
const fn ids(message: &Message<'_>) -> (Option<TransactionId>, Option<TransactionId>) {
    match message {
        Message::Unidirectional(_) => (None, None),
        Message::Begin(message) => (Some(message.otid), None),
        Message::End(message) => (None, Some(message.dtid)),
        Message::Continue(message) => (Some(message.otid), Some(message.dtid)),
        Message::Abort(message) => (None, Some(message.dtid)),
    }
}

fn components<'a>(message: &Message<'a>) -> Components<'a> {
    match message {
        Message::Unidirectional(message) => message.components,
        Message::Begin(message) => message.components,
        Message::End(message) => message.components,
        Message::Continue(message) => message.components,
        Message::Abort(_) => Components::default(),
    }
}

const fn portion<'a>(message: &Message<'a>) -> Option<DialoguePortion<'a>> {
    match message {
        Message::Unidirectional(message) => message.dialogue,
        Message::Begin(message) => message.dialogue,
        Message::End(message) => message.dialogue,
        Message::Continue(message) => message.dialogue,
        Message::Abort(message) => match message.cause {
            Some(AbortCause::User(portion)) => Some(portion),
            _ => None,
        },
    }
}

const fn diagnostic(diagnostic: Diagnostic) -> &'static str {
    match diagnostic {
        Diagnostic::User(0) | Diagnostic::Provider(0) => "null",
        Diagnostic::User(1) | Diagnostic::Provider(1) => "no-reason-given",
        Diagnostic::User(2) => "application-context-name-not-supported",
        Diagnostic::Provider(2) => "no-common-dialogue-portion",
        Diagnostic::User(_) | Diagnostic::Provider(_) => "unknown",
    }
}

const fn p_abort_cause(cause: PAbortCause) -> &'static str {
    match cause {
        PAbortCause::UnrecognizedMessageType => "unrecognizedMessageType",
        PAbortCause::UnrecognizedTransactionId => "unrecognizedTransactionID",
        PAbortCause::BadlyFormattedTransactionPortion => "badlyFormattedTransactionPortion",
        PAbortCause::IncorrectTransactionPortion => "incorrectTransactionPortion",
        PAbortCause::ResourceLimitation => "resourceLimitation",
        PAbortCause::Other(_) => "unknown",
    }
}

/// `0.4.0.0.1.1.2.2`.
const CAP_ABORT_REASON: Oid<'static> = oid![0x04, 0x00, 0x00, 0x01, 0x01, 0x02, 0x02];
