//! Verifies and signs several packets at once, their digests side by side.

use std::iter;

use smallvec::SmallVec;

use super::{
    Authenticator, Draft, Packet, Refusal, Secret,
    authenticator::{Plan, ZEROS, digested, same},
    md5::{BATCH, Digest, Message, digest_batch},
};

/// What there is of each packet of a batch, on the stack.
type Several<T> = SmallVec<[T; BATCH]>;

/// [`verify_request`](super::verify_request) for every packet; `verdicts` is emptied first and
/// then has one verdict a packet, in order.
pub fn verify_batch(requests: &[(Packet<'_>, &Secret)], verdicts: &mut Vec<Result<(), Refusal>>) {
    verdicts.clear();
    for several in requests.chunks(BATCH) {
        verify_several(several, verdicts);
    }
}

/// One round of digests over all packets, and a second for those with a Message-Authenticator.
fn verify_several(requests: &[(Packet<'_>, &Secret)], verdicts: &mut Vec<Result<(), Refusal>>) {
    let plans: Several<_> = requests
        .iter()
        .map(|(packet, _)| Plan::of(packet))
        .collect();
    let mut messages = SmallVec::<[Message<'_>; 2 * BATCH]>::new();
    for ((packet, secret), plan) in requests.iter().zip(&plans) {
        let Ok(plan) = plan else { continue };
        if plan.is_digested {
            messages.push(digested(packet, &ZEROS, secret));
        }
        messages.extend(plan.keyed.map(|keyed| keyed.inner(secret)));
    }
    let mut digests = [[0; 16]; 2 * BATCH];
    digest_batch(&messages, &mut digests);

    let first = verdicts.len();
    let mut digests = digests.iter();
    let mut outer = Several::new();
    let mut claims = Several::new();
    for (n, ((packet, secret), plan)) in requests.iter().zip(&plans).enumerate() {
        verdicts.push(match plan {
            Ok(plan) if plan.is_digested => proven(
                digests.next(),
                packet.authenticator(),
                Refusal::Authenticator,
            ),
            Ok(_) => Ok(()),
            Err(refusal) => Err(*refusal),
        });
        if let Ok(Plan {
            keyed: Some(keyed), ..
        }) = plan
            && let Some(inner) = digests.next()
        {
            outer.push(secret.outer(inner));
            claims.push((first + n, keyed.claimed));
        }
    }
    for ((n, claimed), digest) in claims.into_iter().zip(digest_each(&outer)) {
        if let Some(verdict) = verdicts.get_mut(n) {
            let keyed = proven(Some(&digest), claimed, Refusal::MessageAuthenticator);
            *verdict = verdict.and(keyed);
        }
    }
}

fn proven(
    digest: Option<&Digest>,
    claimed: &Authenticator,
    refusal: Refusal,
) -> Result<(), Refusal> {
    match digest {
        Some(digest) if same(digest, claimed) => Ok(()),
        _ => Err(refusal),
    }
}

/// [`Draft::sign`] for every draft; all lie in `buffer`.
pub fn sign_batch(drafts: &[(Draft, &Secret)], buffer: &mut [u8]) {
    for several in drafts.chunks(BATCH) {
        sign_messages(several, buffer);
        let mut signed = Several::new();
        let mut messages = Several::new();
        for (draft, secret) in several {
            if let Some(message) = draft.response_message(buffer, secret) {
                signed.push(draft);
                messages.push(message);
            }
        }
        let digests = digest_each(&messages);
        drop(messages);
        for (draft, digest) in iter::zip(signed, digests) {
            draft.put_authenticator(buffer, &digest);
        }
    }
}

/// The Message-Authenticators come first: the response authenticator covers them.
fn sign_messages(drafts: &[(Draft, &Secret)], buffer: &mut [u8]) {
    let mut keyed = Several::new();
    let mut messages = Several::new();
    for (draft, secret) in drafts {
        if let Some(message) = draft.inner_message(buffer, secret) {
            keyed.push((draft, secret));
            messages.push(message);
        }
    }
    if keyed.is_empty() {
        return;
    }
    let inner = digest_each(&messages);
    drop(messages);
    let outer: Several<_> = iter::zip(&keyed, &inner)
        .map(|((_, secret), inner)| secret.outer(inner))
        .collect();
    for ((draft, _), digest) in iter::zip(&keyed, digest_each(&outer)) {
        draft.put_message_authenticator(buffer, &digest);
    }
}

/// The digests of up to [`BATCH`] messages.
fn digest_each(messages: &[Message<'_>]) -> [Digest; BATCH] {
    let mut digests = [[0; 16]; BATCH];
    digest_batch(messages, &mut digests);
    digests
}
