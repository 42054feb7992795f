//! Verifies and signs several packets at once, their digests side by side.

use std::array;

use super::{
    Draft, Packet, Refusal, Secret,
    authenticator::{Plan, ZEROS, digested, same},
    md5::{Digest, LANES, Message, digest_batch},
};

/// A list of fixed room on the stack.
struct Few<T, const N: usize> {
    items: [T; N],
    len: usize,
}

impl<T: Copy, const N: usize> Few<T, N> {
    fn of(blank: T) -> Self {
        Self {
            items: [blank; N],
            len: 0,
        }
    }

    fn push(&mut self, item: T) {
        if let Some(place) = self.items.get_mut(self.len) {
            *place = item;
            self.len += 1;
        }
    }

    fn as_slice(&self) -> &[T] {
        &self.items[..self.len]
    }
}

/// [`verify_request`](super::verify_request) for every packet; `verdicts` is emptied first and
/// then has one verdict a packet, in order.
pub fn verify_batch(requests: &[(Packet<'_>, &Secret)], verdicts: &mut Vec<Result<(), Refusal>>) {
    verdicts.clear();
    for eight in requests.chunks(LANES) {
        let mut results = [Ok(()); LANES];
        verify_eight(eight, &mut results);
        verdicts.extend_from_slice(&results[..eight.len()]);
    }
}

/// One round of digests over all packets, and a second for those with a Message-Authenticator.
fn verify_eight(requests: &[(Packet<'_>, &Secret)], results: &mut [Result<(), Refusal>; LANES]) {
    let mut plans = [None; LANES];
    let mut messages = Few::<_, { 2 * LANES }>::of(Message::new([]));
    for (((packet, secret), plan), result) in requests.iter().zip(&mut plans).zip(&mut *results) {
        match Plan::of(packet) {
            Ok(found) => {
                if found.is_digested {
                    messages.push(digested(packet, &ZEROS, secret));
                }
                if let Some(keyed) = found.keyed {
                    messages.push(keyed.inner(secret));
                }
                *plan = Some(found);
            }
            Err(refusal) => *result = Err(refusal),
        }
    }
    let mut digests = [[0; 16]; 2 * LANES];
    digest_batch(messages.as_slice(), &mut digests);

    let mut digests = digests.iter();
    let mut outer = Few::<_, LANES>::of(Message::new([]));
    let mut claims = Few::<_, LANES>::of((0, &ZEROS));
    for (n, ((packet, secret), plan)) in requests.iter().zip(plans).enumerate() {
        let Some(plan) = plan else { continue };
        if plan.is_digested
            && !digests
                .next()
                .is_some_and(|digest| same(digest, packet.authenticator()))
        {
            results[n] = Err(Refusal::Authenticator);
        }
        if let Some(keyed) = plan.keyed
            && let Some(inner) = digests.next()
        {
            outer.push(secret.outer(inner));
            claims.push((n, keyed.claimed));
        }
    }
    let mut keyed = [[0; 16]; LANES];
    digest_batch(outer.as_slice(), &mut keyed);
    for ((n, claimed), digest) in claims.as_slice().iter().zip(&keyed) {
        if !same(digest, claimed) {
            results[*n] = results[*n].and(Err(Refusal::MessageAuthenticator));
        }
    }
}

/// [`Draft::sign`] for every draft; all lie in `buffer`.
pub fn sign_batch(drafts: &[(Draft, &Secret)], buffer: &mut [u8]) {
    for eight in drafts.chunks(LANES) {
        sign_messages(eight, buffer);
        let digests = digest_each(
            eight
                .iter()
                .map(|(d, secret)| d.response_message(buffer, secret)),
        );
        for ((draft, _), digest) in eight.iter().zip(digests) {
            if let Some(digest) = digest {
                draft.put_authenticator(buffer, &digest);
            }
        }
    }
}

/// The Message-Authenticators come first: the response authenticator covers them.
fn sign_messages(eight: &[(Draft, &Secret)], buffer: &mut [u8]) {
    let inner = digest_each(
        eight
            .iter()
            .map(|(d, secret)| d.inner_message(buffer, secret)),
    );
    if inner.iter().all(Option::is_none) {
        return;
    }
    let outer = eight.iter().zip(&inner);
    let outer = digest_each(outer.map(|((_, secret), inner)| Some(secret.outer(inner.as_ref()?))));
    for ((draft, _), digest) in eight.iter().zip(outer) {
        if let Some(digest) = digest {
            draft.put_message_authenticator(buffer, &digest);
        }
    }
}

/// Digests what there is, keeping each digest at its message's place.
fn digest_each<'a>(messages: impl Iterator<Item = Option<Message<'a>>>) -> [Option<Digest>; LANES] {
    let mut present = [false; LANES];
    let mut work = Few::<_, LANES>::of(Message::new([]));
    for (present, message) in present.iter_mut().zip(messages) {
        if let Some(message) = message {
            *present = true;
            work.push(message);
        }
    }
    let mut digests = [[0; 16]; LANES];
    digest_batch(work.as_slice(), &mut digests);
    let mut digests = digests.into_iter();
    array::from_fn(|n| if present[n] { digests.next() } else { None })
}
