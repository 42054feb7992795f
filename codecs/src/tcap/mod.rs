//! TCAP: transactions, dialogues and components (ITU-T Q.773).
//!
//! [`Message::decode`] reads the transaction portion only. The dialogue portion and each component
//! are read when asked for, because each has an answer of its own when it is wrong: an abort, a
//! reject, and none of them loses what was right before it.

mod component;
mod dialogue;
mod external;
mod message;
mod problem;
mod transaction;
mod write;

pub use component::{Code, Component, Components, Faulty, InvokeId};
pub use component::{Invoke, Reject, ReturnError, ReturnResult};
pub use dialogue::{Aare, Aarq, AbortSource, Abrt, Audt, Diagnostic, Dialogue, DialoguePortion};
pub use external::{External, UserInformation};
pub use message::{Abort, AbortCause, Begin, Continue, End, Malformed, Message, Unidirectional};
pub use problem::{
    GeneralProblem, InvokeProblem, PAbortCause, Problem, ReturnErrorProblem, ReturnResultProblem,
};
pub use transaction::TransactionId;
pub use write::{ComponentWriter, abort, begin, continuation, end, p_abort};
