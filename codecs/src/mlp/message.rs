//! What documents say: header, service, and the body of a request, an answer or a report.

use std::{borrow::Cow, fmt, time::Duration};

use smallvec::SmallVec;

use super::{Msid, Outcome, Position};

/// A whole document.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Document<'a> {
    /// The version of its root element, such as `3.4.0`.
    pub version: Cow<'a, str>,
    /// Who speaks.
    pub header: Option<Header<'a>>,
    /// Which message it is.
    pub service: Service,
    /// What it says.
    pub body: Body<'a>,
}

/// The message in a document. Names are those of their elements.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Service {
    /// Standard location: request.
    Slir,
    /// Standard location: answer.
    Slia,
    /// Standard location: asynchronous report.
    Slirep,
    /// The subscriber's own report.
    Slrep,
    /// Its answer.
    Slra,
    /// Emergency location: request.
    EmeLir,
    /// Emergency location: answer.
    EmeLia,
    /// Emergency location: asynchronous report.
    EmeLirep,
    /// Emergency report.
    Emerep,
    /// Triggered reporting: request.
    Tlrr,
    /// Triggered reporting: answer.
    Tlra,
    /// Triggered reporting: report.
    Tlrep,
    /// Triggered reporting: stop.
    Tlrsr,
    /// Triggered reporting: stopped, also unasked.
    Tlrsa,
    /// Triggered reporting: pause or resume.
    Tlrpr,
    /// Triggered reporting: which requests live.
    Tlrqr,
    /// Its answer.
    Tlrqa,
    /// Its report.
    Tlqrep,
    /// History: request.
    Hlir,
    /// History: answer.
    Hlia,
    /// History: report.
    Hlirep,
    /// The general error message.
    Gem,
}

/// What kind of message a [`Service`] is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ServiceKind {
    /// In `svc_init`.
    Request,
    /// In `svc_result`: the answer to a request.
    Answer,
    /// In `svc_result`: a report, for which there was no request in this exchange.
    Report,
}

macro_rules! services {
    ($($name:ident $element:literal $kind:ident;)*) => {
        impl Service {
            /// From the element's name; the general error message is an element of its own.
            #[must_use]
            pub fn from_element(name: &str) -> Option<Self> {
                match name {
                    $($element => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The element's name.
            #[must_use]
            pub const fn element(self) -> &'static str {
                match self {
                    $(Self::$name => $element,)*
                }
            }

            /// What kind of message it is.
            #[must_use]
            pub const fn kind(self) -> ServiceKind {
                match self {
                    $(Self::$name => ServiceKind::$kind,)*
                }
            }
        }
    };
}

services! {
    Slir "slir" Request;
    Slia "slia" Answer;
    Slirep "slirep" Report;
    Slrep "slrep" Report;
    Slra "slra" Answer;
    EmeLir "eme_lir" Request;
    EmeLia "eme_lia" Answer;
    EmeLirep "eme_lirep" Report;
    Emerep "emerep" Report;
    Tlrr "tlrr" Request;
    Tlra "tlra" Answer;
    Tlrep "tlrep" Report;
    Tlrsr "tlrsr" Request;
    Tlrsa "tlrsa" Answer;
    Tlrpr "tlrpr" Report;
    Tlrqr "tlrqr" Request;
    Tlrqa "tlrqa" Answer;
    Tlqrep "tlqrep" Report;
    Hlir "hlir" Request;
    Hlia "hlia" Answer;
    Hlirep "hlirep" Report;
    Gem "gem" Answer;
}

/// Who speaks (MLP element `hdr`). In a report it is the server.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Header<'a> {
    /// Name and password.
    pub client: Option<Client<'a>>,
    /// A session instead of them.
    pub session_id: Option<Cow<'a, str>>,
    /// On whose behalf.
    pub requestor: Option<Requestor<'a>>,
}

/// Name and password (MLP element `client`).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Client<'a> {
    /// The name.
    pub id: Cow<'a, str>,
    /// The password.
    pub password: Option<Password<'a>>,
    /// The service in whose name it asks.
    pub service_id: Option<Cow<'a, str>>,
}

/// On whose behalf a request is made (MLP element `requestor`).
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Requestor<'a> {
    /// The value of `type`, which is MSISDN when it is absent.
    pub kind: Cow<'a, str>,
    /// The identity.
    pub id: Cow<'a, str>,
}

/// A password. It is never shown.
#[derive(Clone, Eq, PartialEq)]
pub struct Password<'a>(pub(super) Cow<'a, str>);

impl<'a> Password<'a> {
    /// A password.
    pub fn new(password: impl Into<Cow<'a, str>>) -> Self {
        Self(password.into())
    }

    /// Whether it is the expected one, in a time that tells its length at most.
    #[must_use]
    pub fn is(&self, expected: &str) -> bool {
        let (given, expected) = (self.0.as_bytes(), expected.as_bytes());
        let differences = given.iter().zip(expected).map(|(one, other)| one ^ other);
        let difference = differences.fold(0, |all, one| all | one);
        given.len() == expected.len() && std::hint::black_box(difference) == 0
    }
}

impl fmt::Debug for Password<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(~)")
    }
}

/// What a message says.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Body<'a> {
    /// Of a request.
    Request(Request<'a>),
    /// Of an answer.
    Answer(Answer<'a>),
    /// Of a report.
    Report(Report<'a>),
}

/// A request, as far as it is told here.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Request<'a> {
    /// About whom.
    pub msids: SmallVec<[Msid<'a>; 1]>,
    /// Which earlier request it concerns.
    pub request_id: Option<Cow<'a, str>>,
    /// Whether the answer may come as a report (`res_type` is ASYNC).
    pub is_asynchronous: bool,
    /// Where reports are to go.
    pub push_url: Option<Cow<'a, str>>,
}

/// An answer: exactly one of three.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Answer<'a> {
    /// Positions, at least one.
    Positions(SmallVec<[Position<'a>; 1]>),
    /// Accepted; reports will bear these identifiers.
    Accepted {
        /// The server's identifier of the request.
        request_id: Cow<'a, str>,
        /// Another one.
        lcs_ref: Option<Cow<'a, str>>,
    },
    /// One result for all.
    Refused(Outcome<'a>),
}

/// A report.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Report<'a> {
    /// The server's identifier of the request; a subscriber's own report has none.
    pub request_id: Option<Cow<'a, str>>,
    /// Another one.
    pub lcs_ref: Option<Cow<'a, str>>,
    /// Positions.
    pub positions: SmallVec<[Position<'a>; 1]>,
    /// One result for all.
    pub outcome: Option<Outcome<'a>>,
    /// How long reporting goes on.
    pub time_remaining: Option<Duration>,
    /// Whether the report goes on in another message.
    pub more: bool,
}

impl<'a> Document<'a> {
    /// Its positions.
    #[must_use]
    pub fn positions(&self) -> &[Position<'a>] {
        match &self.body {
            Body::Answer(Answer::Positions(positions)) => positions,
            Body::Report(report) => &report.positions,
            _ => &[],
        }
    }

    /// The result that stands for all of it.
    #[must_use]
    pub const fn outcome(&self) -> Option<&Outcome<'a>> {
        match &self.body {
            Body::Answer(Answer::Refused(outcome)) => Some(outcome),
            Body::Report(report) => report.outcome.as_ref(),
            _ => None,
        }
    }

    /// The server's identifier of a request.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match &self.body {
            Body::Request(request) => request.request_id.as_deref(),
            Body::Answer(Answer::Accepted { request_id, .. }) => Some(request_id),
            Body::Report(report) => report.request_id.as_deref(),
            Body::Answer(_) => None,
        }
    }
}
