//! Pep: publications of presence user agents (TS 23.141 clause 4.3.1; RFC 3903).

use pengate_codecs::{
    Stamp,
    pidf::{self, Document},
    sip::{
        Message, Name,
        header::{ContentType, SipIfMatch},
    },
};
use smallvec::SmallVec;
use xxhash_rust::xxh3::xxh3_64;

use super::{asked_expires, asserted, check_event, check_require};
use crate::{
    pen::Presentity,
    server::{
        Outbox, Shard,
        compose::Publisher,
        octets::Octets,
        options::Expiry,
        pending::{Answer, Subject, Waiting},
        presentity::Entry,
        random::Etag,
        record::{PublicationOutcome, PublicationRecord, ServerRecord},
        reply::{Echo, PIDF, Refusal, stateless_tag},
        shard::Request,
    },
};

/// What a PUBLISH asks for (RFC 3903 clause 4.1).
#[derive(Debug)]
enum Operation {
    /// A new publication.
    Initial(Document),
    /// More time for one.
    Refresh(u32),
    /// A new document for one.
    Modify(u32, Document),
    /// The end of one.
    Remove(u32),
    /// Nothing: a new publication that is over already.
    Nothing,
}

/// Handles a PUBLISH in the order of RFC 3903 clause 6.
pub(in crate::server) fn publish(
    shard: &mut Shard,
    now: Stamp,
    request: &Request<'_>,
    out: &mut Outbox,
) -> Result<(), Refusal> {
    let message = request.message;
    let line = message.request().ok_or(Refusal::MethodNotAllowed)?;
    let presentity = shard.directory.resolve(line.uri).ok_or(Refusal::NotFound)?;
    check_event(message)?;
    let publisher = check_publisher(shard, request, &presentity)?;
    check_require(message)?;
    let tag = if_match(message)?;
    let digest = request_digest(message);
    if let Some(known) = repeated(shard, &presentity, digest, now) {
        answer_again(request, known, shard.seed, out);
        return Ok(());
    }
    let number = match tag {
        None => None,
        Some(tag) => Some(find(shard, &presentity, &tag, now)?),
    };
    if let Some(number) = number {
        let subject = Subject::Publication(presentity.clone(), number);
        if shard.pending.is_busy(&subject) {
            return shard.park(subject, request);
        }
    }
    let granted = shard
        .options
        .publication_expires
        .grant(asked_expires(message)?);
    let expires = granted.map_err(Refusal::IntervalTooBrief)?;
    let operation = match (number, expires) {
        (Some(number), 0) => Operation::Remove(number),
        (None, 0) => Operation::Nothing,
        (Some(number), _) if message.body().is_empty() => Operation::Refresh(number),
        (Some(number), _) => Operation::Modify(number, read(shard, &presentity, message)?),
        (None, _) if message.body().is_empty() => return Err(Refusal::BadRequest("no body")),
        (None, _) => Operation::Initial(read(shard, &presentity, message)?),
    };
    let publication = Publication {
        presentity,
        digest,
        publisher,
        expires,
        operation,
    };
    publication.submit(shard, now, request, out)
}

/// A PUBLISH that passed all checks but those of room.
struct Publication {
    presentity: Presentity,
    /// Names the request.
    digest: u64,
    publisher: Publisher,
    expires: u32,
    operation: Operation,
}

impl Publication {
    /// Hands the outcome to the log.
    fn submit(
        self,
        shard: &mut Shard,
        now: Stamp,
        request: &Request<'_>,
        out: &mut Outbox,
    ) -> Result<(), Refusal> {
        let etag = shard.random.etag();
        let (number, document) = match self.operation {
            Operation::Nothing => {
                let echo = Echo::new(request, stateless_tag(request.message, shard.seed), false);
                out.answer_with(request.transaction, |out| write_ok(&echo, etag, 0, out));
                return Ok(());
            }
            Operation::Initial(document) => (admit(shard, &self.presentity)?, Some(document)),
            Operation::Modify(number, document) => (number, Some(document)),
            Operation::Refresh(number) | Operation::Remove(number) => (number, None),
        };
        if shard.pending.len() >= shard.options.pending_max {
            return Err(shard.unavailable("pending-max"));
        }
        let message = request.message;
        let outcome = if self.expires == 0 {
            PublicationOutcome::Ended { etag }
        } else {
            PublicationOutcome::Live {
                etag,
                expires: now + Expiry::span(self.expires),
                request: self.digest,
                publisher: self.publisher,
                body: document.is_some().then(|| Octets::new(message.body())),
            }
        };
        let waiting = Waiting {
            subject: Subject::Publication(self.presentity.clone(), number),
            answer: Some(Answer {
                transaction: request.transaction,
                channel: request.channel,
                echo: Echo::new(request, stateless_tag(message, shard.seed), false),
                expires: self.expires,
            }),
            document,
        };
        let record = ServerRecord::Publication(PublicationRecord {
            presentity: self.presentity,
            number,
            at: now,
            outcome,
        });
        shard.submit(waiting, &record, out);
        Ok(())
    }
}

/// Appends a 200 with what RFC 3903 clause 6 wants in it.
pub(in crate::server) fn write_ok(echo: &Echo, etag: Etag, expires: u32, out: &mut Vec<u8>) {
    use std::io::Write as _;
    // Writing to memory does not fail.
    echo.write_ok(out, |out| {
        let _ = write!(out, "SIP-ETag: {etag}\r\nExpires: {expires}\r\n");
    });
}

/// Whoever publishes must be the presentity, unless others are let.
fn check_publisher(
    shard: &Shard,
    request: &Request<'_>,
    presentity: &Presentity,
) -> Result<Publisher, Refusal> {
    let publisher = asserted(&shard.options, request.channel, request.message)?;
    if shard.directory.is_of(&publisher, presentity) {
        Ok(Publisher::Pua)
    } else if shard.options.third_party_publication {
        Ok(Publisher::Pex)
    } else {
        Err(Refusal::Forbidden)
    }
}

/// The entity-tag of the request; more than one is an error (RFC 3903 clause 11.3.2).
fn if_match<'a>(message: &Message<'a>) -> Result<Option<SipIfMatch<'a>>, Refusal> {
    let tag: Result<Option<SipIfMatch<'_>>, _> = message.header();
    match tag {
        Ok(Some(tag)) if tag.0.contains(',') => Err(Refusal::BadRequest("SIP-If-Match")),
        Ok(tag) => Ok(tag),
        Err(_) => Err(Refusal::BadRequest("SIP-If-Match")),
    }
}

fn find(
    shard: &Shard,
    presentity: &Presentity,
    tag: &SipIfMatch<'_>,
    now: Stamp,
) -> Result<u32, Refusal> {
    let etag = Etag::parse(tag.0).ok_or(Refusal::ConditionalRequestFailed)?;
    let entry = shard
        .find(presentity)
        .ok_or(Refusal::ConditionalRequestFailed)?;
    let publication = entry
        .tagged(etag, now)
        .ok_or(Refusal::ConditionalRequestFailed)?;
    Ok(publication.number)
}

/// The document of the request, about the presentity.
fn read(
    shard: &Shard,
    presentity: &Presentity,
    message: &Message<'_>,
) -> Result<Document, Refusal> {
    let kind: Result<ContentType<'_>, _> = message.required();
    if !kind.is_ok_and(|kind| kind.is(PIDF)) {
        return Err(Refusal::UnsupportedMediaType { publish: true });
    }
    if message
        .field(Name::ContentEncoding)
        .is_some_and(|encoding| !encoding.octets.eq_ignore_ascii_case(b"identity"))
    {
        return Err(Refusal::UnsupportedEncoding);
    }
    if message.body().len() > shard.options.publication_bytes_max {
        return Err(Refusal::TooLarge);
    }
    let document = pidf::parse(message.body(), &shard.options.pidf);
    let document = document.map_err(Refusal::BadDocument)?;
    let about = shard.directory.resolve(document.entity());
    if about.as_ref() == Some(presentity) || shard.options.rewrite_entity {
        Ok(document)
    } else {
        Err(Refusal::Forbidden)
    }
}

/// The number of a new publication, if there is room for one.
fn admit(shard: &mut Shard, presentity: &Presentity) -> Result<u32, Refusal> {
    let known = shard.presentities.len();
    let Some(slot) = shard.presentities.find(presentity) else {
        if known >= shard.options.presentities_max {
            return Err(shard.unavailable("presentities-max"));
        }
        return Ok(shard.pending.new_publication(presentity, 0));
    };
    let entry = shard.presentities.get(slot);
    let (live, last) = entry.map_or((0, 0), |entry| {
        (entry.publications.len(), entry.last_publication)
    });
    let coming = shard.pending.new_publications(presentity, last);
    if live + coming >= shard.options.publications_per_presentity_max {
        return Err(shard.unavailable("publications-per-presentity-max"));
    }
    Ok(shard.pending.new_publication(presentity, last))
}

/// Names a request, so that it is known when it comes again after a restart.
fn request_digest(message: &Message<'_>) -> u64 {
    let mut octets: SmallVec<[u8; 256]> = SmallVec::new();
    for name in [Name::CallId, Name::CSeq, Name::From] {
        octets.extend_from_slice(message.field(name).map_or(&[][..], |field| field.octets));
        octets.push(0);
    }
    xxh3_64(&octets)
}

/// The tag and the time left of a publication whose last request this very one was.
fn repeated(
    shard: &Shard,
    presentity: &Presentity,
    request: u64,
    now: Stamp,
) -> Option<(Etag, u32)> {
    let live = |entry: &Entry| {
        let mut publications = entry.publications.iter();
        let same = publications.find(|one| one.request == request && one.expires > now)?;
        let left = same.expires.since(now).as_secs();
        Some((same.etag, u32::try_from(left).unwrap_or(u32::MAX)))
    };
    shard.find(presentity).and_then(live)
}

fn answer_again(request: &Request<'_>, known: (Etag, u32), seed: u64, out: &mut Outbox) {
    let (etag, expires) = known;
    let echo = Echo::new(request, stateless_tag(request.message, seed), false);
    out.answer_with(request.transaction, |out| {
        write_ok(&echo, etag, expires, out)
    });
}
