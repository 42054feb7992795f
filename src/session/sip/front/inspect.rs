//! What is refused before any room sees it (RFC 3261 clause 8.2).

use pengate_codecs::sip::header::{CSeq, MaxForwards, Require};
use pengate_codecs::sip::{Message, Method, Name, RequestLine, Scheme, Uri, Version, Writer};

use super::Options;

/// Why a request is refused.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Refusal {
    /// 400: a header that every request has cannot be read or contradicts the start line.
    Malformed,
    /// 405.
    Method,
    /// 416.
    Scheme,
    /// 420, with what we lack.
    Extension(String),
    /// 483.
    Hops,
    /// 505.
    Version,
}

impl Refusal {
    /// Looks at what does not depend on any state, in the order of RFC 3261 clause 8.2.
    pub(super) fn find(
        message: &Message<'_>,
        line: &RequestLine<'_>,
        options: &Options,
    ) -> Option<Self> {
        if line.version != Version::TWO {
            return Some(Self::Version);
        }
        let cseq = message.required::<CSeq<'_>>();
        if cseq.map(|cseq| cseq.method) != Ok(line.method) {
            return Some(Self::Malformed);
        }
        if !admits(line.method, options) {
            return Some(Self::Method);
        }
        if let Err(refusal) = target(line.uri) {
            return Some(refusal);
        }
        match message.header::<MaxForwards>() {
            Err(_) => return Some(Self::Malformed),
            Ok(Some(MaxForwards(0)))
                if options.refuse_exhausted_hops && line.method != Method::Options =>
            {
                return Some(Self::Hops);
            }
            Ok(_) => {}
        }
        extension(message, options)
    }

    pub(super) const fn status(&self) -> u16 {
        match self {
            Self::Malformed => 400,
            Self::Method => 405,
            Self::Scheme => 416,
            Self::Extension(_) => 420,
            Self::Hops => 483,
            Self::Version => 505,
        }
    }

    /// Adds the headers that explain the refusal.
    pub(super) fn explain(&self, writer: &mut Writer<'_>, allow: &str) {
        match self {
            Self::Method => {
                writer.header(Name::Allow, allow);
            }
            Self::Extension(lacking) => {
                writer.header(Name::Unsupported, lacking);
            }
            Self::Malformed | Self::Scheme | Self::Hops | Self::Version => {}
        }
    }
}

/// Whether a room, or the front itself, takes `method`. INVITE gets here too: it is refused with
/// 405 by its own transaction, as its ACK must be absorbed.
fn admits(method: Method<'_>, options: &Options) -> bool {
    let own = matches!(method, Method::Options | Method::Cancel | Method::Invite);
    let name = method.as_str();
    own || options.methods.iter().any(|method| method == name)
}

fn target(uri: &str) -> Result<(), Refusal> {
    match Uri::parse(uri) {
        Ok(uri) => match uri.scheme {
            Scheme::Sip | Scheme::Sips | Scheme::Tel | Scheme::Pres => Ok(()),
            Scheme::Im | Scheme::Other(_) => Err(Refusal::Scheme),
        },
        Err(_) => Err(Refusal::Malformed),
    }
}

fn extension(message: &Message<'_>, options: &Options) -> Option<Refusal> {
    let mut lacking = String::new();
    for tag in message.list::<Require<'_>>() {
        let Ok(Require(tag)) = tag else {
            return Some(Refusal::Malformed);
        };
        let known = |known: &String| known.eq_ignore_ascii_case(tag);
        if !options.supported.iter().any(known) {
            if !lacking.is_empty() {
                lacking.push_str(", ");
            }
            lacking.push_str(tag);
        }
    }
    (!lacking.is_empty()).then_some(Refusal::Extension(lacking))
}
