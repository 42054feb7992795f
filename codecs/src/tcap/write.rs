//! Writing messages. What is written is minimal and definite, and goes behind what is in `out`.

use pengate_asn1::{Tag, write};

use super::{
    Code, Dialogue, InvokeId, PAbortCause, Problem, TransactionId,
    component::{ERROR, INVOKE, LINKED_ID, REJECT, RESULT_LAST, RESULT_NOT_LAST},
    message::{ABORT, BEGIN, COMPONENTS, CONTINUE, DTID, END, OTID, P_ABORT_CAUSE},
};

/// Opens a transaction.
pub fn begin(
    out: &mut Vec<u8>,
    otid: TransactionId,
    dialogue: Option<Dialogue<'_>>,
    components: impl FnOnce(&mut ComponentWriter<'_>),
) {
    write::constructed(out, BEGIN, |out| {
        write::primitive(out, OTID, otid.as_octets());
        portions(out, dialogue, components);
    });
}

/// Goes on with a transaction.
pub fn continuation(
    out: &mut Vec<u8>,
    otid: TransactionId,
    dtid: TransactionId,
    dialogue: Option<Dialogue<'_>>,
    components: impl FnOnce(&mut ComponentWriter<'_>),
) {
    write::constructed(out, CONTINUE, |out| {
        write::primitive(out, OTID, otid.as_octets());
        write::primitive(out, DTID, dtid.as_octets());
        portions(out, dialogue, components);
    });
}

/// Ends a transaction.
pub fn end(
    out: &mut Vec<u8>,
    dtid: TransactionId,
    dialogue: Option<Dialogue<'_>>,
    components: impl FnOnce(&mut ComponentWriter<'_>),
) {
    write::constructed(out, END, |out| {
        write::primitive(out, DTID, dtid.as_octets());
        portions(out, dialogue, components);
    });
}

/// Gives a transaction up as its user, or refuses an application context with an AARE.
pub fn abort(out: &mut Vec<u8>, dtid: TransactionId, dialogue: Option<Dialogue<'_>>) {
    write::constructed(out, ABORT, |out| {
        write::primitive(out, DTID, dtid.as_octets());
        if let Some(dialogue) = dialogue {
            dialogue.encode(out);
        }
    });
}

/// Gives a transaction up because the message cannot be served.
pub fn p_abort(out: &mut Vec<u8>, dtid: TransactionId, cause: PAbortCause) {
    write::constructed(out, ABORT, |out| {
        write::primitive(out, DTID, dtid.as_octets());
        write::integer(out, P_ABORT_CAUSE, cause.to_wire());
    });
}

/// Writes components one behind the other.
#[derive(Debug)]
pub struct ComponentWriter<'o> {
    out: &'o mut Vec<u8>,
}

impl ComponentWriter<'_> {
    /// Asks for an operation; `argument` writes one element, or nothing.
    pub fn invoke(
        &mut self,
        invoke_id: InvokeId,
        operation: Code<'_>,
        argument: impl FnOnce(&mut Vec<u8>),
    ) {
        self.invoke_linked(invoke_id, None, operation, argument);
    }

    /// Asks for an operation during another.
    pub fn invoke_linked(
        &mut self,
        invoke_id: InvokeId,
        linked_id: Option<InvokeId>,
        operation: Code<'_>,
        argument: impl FnOnce(&mut Vec<u8>),
    ) {
        write::constructed(self.out, INVOKE, |out| {
            write::integer(out, Tag::INTEGER, i64::from(invoke_id));
            if let Some(linked_id) = linked_id {
                write::integer(out, LINKED_ID, i64::from(linked_id));
            }
            code(out, operation);
            argument(out);
        });
    }

    /// Says that an operation succeeded, and no more.
    pub fn empty_result(&mut self, invoke_id: InvokeId) {
        write::constructed(self.out, RESULT_LAST, |out| {
            write::integer(out, Tag::INTEGER, i64::from(invoke_id));
        });
    }

    /// Says what came of an operation; `result` writes one element.
    pub fn result(
        &mut self,
        invoke_id: InvokeId,
        operation: Code<'_>,
        result: impl FnOnce(&mut Vec<u8>),
    ) {
        self.any_result(RESULT_LAST, invoke_id, operation, result);
    }

    /// Says what came of an operation so far; `result` writes one element.
    pub fn result_not_last(
        &mut self,
        invoke_id: InvokeId,
        operation: Code<'_>,
        result: impl FnOnce(&mut Vec<u8>),
    ) {
        self.any_result(RESULT_NOT_LAST, invoke_id, operation, result);
    }

    fn any_result(
        &mut self,
        tag: Tag,
        invoke_id: InvokeId,
        operation: Code<'_>,
        result: impl FnOnce(&mut Vec<u8>),
    ) {
        write::constructed(self.out, tag, |out| {
            write::integer(out, Tag::INTEGER, i64::from(invoke_id));
            write::constructed(out, Tag::SEQUENCE, |out| {
                code(out, operation);
                result(out);
            });
        });
    }

    /// Says that an operation failed; `parameter` writes one element, or nothing.
    pub fn error(
        &mut self,
        invoke_id: InvokeId,
        error: Code<'_>,
        parameter: impl FnOnce(&mut Vec<u8>),
    ) {
        write::constructed(self.out, ERROR, |out| {
            write::integer(out, Tag::INTEGER, i64::from(invoke_id));
            code(out, error);
            parameter(out);
        });
    }

    /// Says that a component was not understood.
    pub fn reject(&mut self, invoke_id: Option<InvokeId>, problem: Problem) {
        write::constructed(self.out, REJECT, |out| {
            match invoke_id {
                Some(invoke_id) => write::integer(out, Tag::INTEGER, i64::from(invoke_id)),
                None => write::null(out, Tag::NULL),
            }
            let (tag, number) = problem.to_wire();
            write::integer(out, Tag::context(tag), number);
        });
    }
}

/// A portion without components is not there at all.
fn portions(
    out: &mut Vec<u8>,
    dialogue: Option<Dialogue<'_>>,
    components: impl FnOnce(&mut ComponentWriter<'_>),
) {
    if let Some(dialogue) = dialogue {
        dialogue.encode(out);
    }
    let start = out.len();
    let mut is_empty = true;
    write::constructed(out, COMPONENTS, |out| {
        let before = out.len();
        components(&mut ComponentWriter { out });
        is_empty = out.len() == before;
    });
    if is_empty {
        out.truncate(start);
    }
}

fn code(out: &mut Vec<u8>, code: Code<'_>) {
    match code {
        Code::Local(number) => write::integer(out, Tag::INTEGER, number),
        Code::Global(oid) => write::oid(out, Tag::OBJECT_IDENTIFIER, oid),
    }
}
