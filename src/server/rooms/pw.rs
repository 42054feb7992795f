//! Pw: watchers (TS 23.141 clause 4.3.3; RFC 6665, RFC 3856).

use std::io::Write as _;

use pengate_codecs::{
    Stamp,
    sip::{
        DecodeError, Message,
        header::{Accept, CallId, From, To},
    },
};
use smol_str::{SmolStr, format_smolstr};

use super::{asked_expires, asserted, check_event, check_require};
use crate::{
    feed::Channel,
    pen::{Handling, Presentity},
    server::{
        Outbox, Shard,
        contact::Contact,
        options::Expiry,
        pending::{Answer, Subject, Waiting},
        policy::handling,
        record::{ServerRecord, SubscriptionOutcome, SubscriptionRecord},
        reply::{Echo, PIDF, PRESENCE, Refusal},
        shard::Request,
        slab::Slot,
        subscription::{CSEQ_BLOCK, Ending, Subscription, Terms},
    },
    session::sip::{Dialog, DialogError, Sequence, ToTag},
};

/// Handles a SUBSCRIBE (RFC 6665 clause 4.2.1).
pub(in crate::server) fn subscribe(
    shard: &mut Shard,
    now: Stamp,
    request: &Request<'_>,
    out: &mut Outbox,
) -> Result<(), Refusal> {
    let message = request.message;
    let to: To<'_> = message.required().map_err(|_| Refusal::BadRequest("To"))?;
    match to.0.tag() {
        None => initial(shard, now, request, out),
        Some(tag) => {
            let tag = ToTag::read(tag).ok_or(Refusal::NoSuchDialog)?;
            in_dialog(shard, now, request, tag, out)
        }
    }
}

/// What both kinds of SUBSCRIBE must be.
struct Asked {
    /// The Event of our NOTIFYs.
    event: SmolStr,
    watcher: SmolStr,
    expires: u32,
}

impl Asked {
    fn read(shard: &Shard, request: &Request<'_>) -> Result<Self, Refusal> {
        let message = request.message;
        let event = check_event(message)?;
        let watcher = asserted(&shard.options, request.channel, message)?;
        let watcher = match shard.directory.alias(&watcher) {
            Some(presentity) => SmolStr::new(presentity.as_str()),
            None => watcher,
        };
        check_require(message)?;
        if !message.body().is_empty() {
            return Err(Refusal::UnsupportedMediaType { publish: false });
        }
        check_accept(message)?;
        let granted = shard
            .options
            .subscription_expires
            .grant(asked_expires(message)?);
        Ok(Self {
            event: match event.id() {
                Some(id) => format_smolstr!("{PRESENCE};id={id}"),
                None => SmolStr::new_static(PRESENCE),
            },
            watcher,
            expires: granted.map_err(Refusal::IntervalTooBrief)?,
        })
    }
}

/// The watcher must take presence documents; it does when it does not say (RFC 3856 clause 6.7).
fn check_accept(message: &Message<'_>) -> Result<(), Refusal> {
    let mut ranges = message.list::<Accept<'_>>().flatten().peekable();
    let takes = |range: Accept<'_>| range.admits(PIDF) && range.preference() > 0;
    if ranges.peek().is_none() || ranges.any(takes) {
        Ok(())
    } else {
        Err(Refusal::NotAcceptable)
    }
}

fn initial(
    shard: &mut Shard,
    now: Stamp,
    request: &Request<'_>,
    out: &mut Outbox,
) -> Result<(), Refusal> {
    let message = request.message;
    let line = message.request().ok_or(Refusal::MethodNotAllowed)?;
    let presentity = shard.directory.resolve(line.uri).ok_or(Refusal::NotFound)?;
    let asked = Asked::read(shard, request)?;
    let policy = shard
        .find(&presentity)
        .and_then(|entry| entry.policy.as_deref());
    let handling = handling(policy, &asked.watcher, shard.options.default_handling);
    if handling == Handling::Block {
        return Err(Refusal::Forbidden);
    }
    if let Some(slot) = repeated(shard, &presentity, message) {
        answer_again(shard, now, request, slot, out);
        return Ok(());
    }
    let tag = shard.random.tag(shard.options.partition(&presentity));
    let terms = Terms {
        dialog: Dialog::accept(message, &tag.to_string()).map_err(refusal)?,
        path: request.channel,
        event: asked.event,
        watcher: asked.watcher,
        expires: now + Expiry::span(asked.expires),
        cseq_max: CSEQ_BLOCK,
    };
    if asked.expires == 0 {
        fetch(shard, request, &presentity, handling, tag, terms, out);
        return Ok(());
    }
    admit(shard, &presentity)?;
    let outcome = SubscriptionOutcome::Live(terms);
    submit(shard, request, presentity, tag, asked.expires, outcome, out);
    Ok(())
}

fn in_dialog(
    shard: &mut Shard,
    now: Stamp,
    request: &Request<'_>,
    tag: ToTag,
    out: &mut Outbox,
) -> Result<(), Refusal> {
    let message = request.message;
    if shard.pending.is_busy(&Subject::Dialog(tag)) {
        return shard.park(Subject::Dialog(tag), request);
    }
    let slot = shard
        .subscriptions
        .find(&tag)
        .ok_or(Refusal::NoSuchDialog)?;
    let subscription = shard.subscriptions.get(slot).ok_or(Refusal::NoSuchDialog)?;
    if subscription.is_over(now) || !subscription.terms.dialog.contains(message) {
        return Err(Refusal::NoSuchDialog);
    }
    let mut terms = subscription.terms.clone();
    let sequence = terms.dialog.receive(message).map_err(refusal)?;
    if sequence == Sequence::Low {
        return Err(Refusal::OutOfOrder);
    }
    let asked = Asked::read(shard, request)?;
    if asked.watcher != terms.watcher {
        return Err(Refusal::Forbidden);
    }
    if sequence == Sequence::Repeated {
        answer_again(shard, now, request, slot, out);
        return Ok(());
    }
    if shard.pending.len() >= shard.options.pending_max {
        return Err(shard.unavailable("pending-max"));
    }
    let entry = shard.presentities.get(subscription.presentity);
    let presentity = entry.ok_or(Refusal::NoSuchDialog)?.name.clone();
    let outcome = if asked.expires == 0 {
        SubscriptionOutcome::Ended(Ending::Unsubscribed)
    } else {
        terms.path = request.channel;
        terms.expires = now + Expiry::span(asked.expires);
        terms.cseq_max = next_block(subscription);
        SubscriptionOutcome::Live(terms)
    };
    submit(shard, request, presentity, tag, asked.expires, outcome, out);
    Ok(())
}

/// Reserves more numbers along with the refresh when half of the block is used up.
fn next_block(subscription: &Subscription) -> u32 {
    let cseq_max = subscription.terms.cseq_max;
    if subscription.numbers_left() < CSEQ_BLOCK / 2 {
        cseq_max.saturating_add(CSEQ_BLOCK)
    } else {
        cseq_max
    }
}

/// How a request that makes no dialog is refused.
fn refusal(error: DialogError) -> Refusal {
    match error {
        DialogError::Header(DecodeError::Missing { name } | DecodeError::Value { name, .. }) => {
            Refusal::BadRequest(name.as_str())
        }
        DialogError::Header(_) => Refusal::BadRequest("header"),
        DialogError::TooLong { .. } => Refusal::TooLarge,
    }
}

fn submit(
    shard: &mut Shard,
    request: &Request<'_>,
    presentity: Presentity,
    tag: ToTag,
    expires: u32,
    outcome: SubscriptionOutcome,
    out: &mut Outbox,
) {
    let waiting = Waiting {
        subject: Subject::Dialog(tag),
        answer: Some(Answer {
            transaction: request.transaction,
            channel: request.channel,
            echo: Echo::new(request, tag, true),
            expires,
        }),
        document: None,
    };
    let record = ServerRecord::Subscription(SubscriptionRecord {
        presentity,
        tag,
        outcome,
    });
    shard.submit(waiting, &record, out);
}

/// A single NOTIFY without a subscription (RFC 6665 clause 4.4.3): nothing to be recorded.
fn fetch(
    shard: &mut Shard,
    request: &Request<'_>,
    presentity: &Presentity,
    handling: Handling,
    tag: ToTag,
    mut terms: Terms,
    out: &mut Outbox,
) {
    let echo = Echo::new(request, tag, true);
    out.answer_with(request.transaction, |out| {
        write_ok(&echo, request.channel, 0, out)
    });
    shard.notify_once(presentity, handling, tag, &mut terms, out);
}

/// Appends a 200 with what RFC 6665 clause 4.2.1.1 wants in it.
pub(in crate::server) fn write_ok(echo: &Echo, channel: Channel, expires: u32, out: &mut Vec<u8>) {
    echo.write_ok(out, |out| {
        let contact = Contact(channel);
        // Writing to memory does not fail.
        let _ = write!(
            out,
            "Contact: {contact}\r\nExpires: {expires}\r\nAllow-Events: {PRESENCE}\r\n"
        );
    });
}

/// Whether there is room for a new subscription.
fn admit(shard: &Shard, presentity: &Presentity) -> Result<(), Refusal> {
    let coming = shard.pending.len();
    if coming >= shard.options.pending_max {
        return Err(shard.unavailable("pending-max"));
    }
    if shard.subscriptions.len() + coming >= shard.options.subscriptions_max {
        return Err(shard.unavailable("subscriptions-max"));
    }
    let Some(entry) = shard.find(presentity) else {
        if shard.presentities.len() >= shard.options.presentities_max {
            return Err(shard.unavailable("presentities-max"));
        }
        return Ok(());
    };
    if entry.watchers.len() >= shard.options.subscriptions_per_presentity_max {
        return Err(shard.unavailable("subscriptions-per-presentity-max"));
    }
    Ok(())
}

/// The subscription that this very SUBSCRIBE made: it comes again after a restart.
fn repeated(shard: &Shard, presentity: &Presentity, message: &Message<'_>) -> Option<Slot> {
    let watchers = &shard.find(presentity)?.watchers;
    let CallId(call_id) = message.required().ok()?;
    let From(from) = message.required().ok()?;
    let same = |subscription: &Subscription| {
        let dialog = &subscription.terms.dialog;
        dialog.call_id() == call_id
            && Some(dialog.remote_tag()) == from.tag()
            && subscription.ending.is_none()
            && dialog.clone().receive(message) == Ok(Sequence::Repeated)
    };
    watchers
        .iter()
        .copied()
        .find(|slot| shard.subscriptions.get(*slot).is_some_and(same))
}

/// Answers a SUBSCRIBE whose outcome is durable already.
fn answer_again(
    shard: &mut Shard,
    now: Stamp,
    request: &Request<'_>,
    slot: Slot,
    out: &mut Outbox,
) {
    let Some(subscription) = shard.subscriptions.get_mut(slot) else {
        return;
    };
    let echo = Echo::new(request, subscription.tag, true);
    let left = u32::try_from(subscription.terms.expires.since(now).as_secs()).unwrap_or(u32::MAX);
    subscription.owed = true;
    out.answer_with(request.transaction, |out| {
        write_ok(&echo, request.channel, left, out)
    });
    shard.tell(now, slot, out);
}
