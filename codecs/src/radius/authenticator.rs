//! Who sent it: authenticators (RFC 2866 clause 3, RFC 2865 clause 3) and Message-Authenticator
//! (RFC 3579 clause 3.2, RFC 5176 clause 3.4, RFC 5997 clause 3).

use std::hint::black_box;

use thiserror::Error;

use super::{
    AUTHENTICATOR_OCTETS, Authenticator, Code, HEADER_OCTETS, Packet, Secret,
    md5::{self, Message},
};

/// What stands for a field that is being computed.
pub(super) const ZEROS: Authenticator = [0; AUTHENTICATOR_OCTETS];

/// Why a packet is not believed. It is then discarded in silence.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
pub enum Refusal {
    /// The authenticator is not the digest it should be: another secret, or altered octets.
    #[error("wrong authenticator")]
    Authenticator,
    /// The Message-Authenticator is not the digest it should be, or not 16 octets.
    #[error("wrong Message-Authenticator")]
    MessageAuthenticator,
    /// An Access-Request or a Status-Server without a Message-Authenticator: nothing proves it.
    #[error("no Message-Authenticator")]
    MessageAuthenticatorMissing,
    /// The packet's code is not a request's.
    #[error("not a request")]
    NotARequest,
}

/// Checks all that proves a request: its authenticator where that is a digest, and its
/// Message-Authenticator, which Access-Request and Status-Server must have.
///
/// # Errors
/// [`Refusal`] with the first thing that is wrong. Who must accept an Access-Request without
/// Message-Authenticator lets [`Refusal::MessageAuthenticatorMissing`] pass; such a packet proves
/// nothing (CVE-2024-3596).
pub fn verify_request(packet: &Packet<'_>, secret: &Secret) -> Result<(), Refusal> {
    let plan = Plan::of(packet)?;
    if plan.is_digested
        && !same(
            &digested(packet, &ZEROS, secret).digest(),
            packet.authenticator(),
        )
    {
        return Err(Refusal::Authenticator);
    }
    let Some(keyed) = plan.keyed else {
        return Ok(());
    };
    let digest = secret.outer(&keyed.inner(secret).digest()).digest();
    if same(&digest, keyed.claimed) {
        Ok(())
    } else {
        Err(Refusal::MessageAuthenticator)
    }
}

/// Checks a response against the authenticator of the request it answers.
///
/// # Errors
/// [`Refusal`] with the first thing that is wrong.
pub fn verify_response(
    response: &Packet<'_>,
    request: &Authenticator,
    secret: &Secret,
) -> Result<(), Refusal> {
    if !same(
        &digested(response, request, secret).digest(),
        response.authenticator(),
    ) {
        return Err(Refusal::Authenticator);
    }
    // An Accounting-Response may answer an Accounting-Request or a Status-Server.
    let seeds = [
        request,
        if response.code().is_digested_answer() {
            &ZEROS
        } else {
            request
        },
    ];
    for seed in seeds {
        let Some(keyed) = Keyed::of(response, seed)? else {
            return Ok(());
        };
        let digest = secret.outer(&keyed.inner(secret).digest()).digest();
        if same(&digest, keyed.claimed) {
            return Ok(());
        }
    }
    Err(Refusal::MessageAuthenticator)
}

/// Compares in a time that does not depend on where the digests differ.
pub(super) fn same(left: &md5::Digest, right: &Authenticator) -> bool {
    let difference = u128::from_ne_bytes(*left) ^ u128::from_ne_bytes(*right);
    black_box(difference) == 0
}

/// What is digested for an authenticator: the packet with `seed` in the authenticator's place,
/// then the secret.
pub(super) fn digested<'a>(
    packet: &Packet<'a>,
    seed: &'a Authenticator,
    secret: &'a Secret,
) -> Message<'a> {
    let head = &packet.octets()[..4];
    Message::new([head, seed, packet.attribute_octets(), secret.octets()])
}

/// Which checks a request asks for.
#[derive(Clone, Copy)]
pub(super) struct Plan<'a> {
    pub(super) is_digested: bool,
    pub(super) keyed: Option<Keyed<'a>>,
}

impl<'a> Plan<'a> {
    pub(super) fn of(packet: &Packet<'a>) -> Result<Self, Refusal> {
        let code = packet.code();
        if code.is_digested_request() {
            return Ok(Self {
                is_digested: true,
                keyed: Keyed::of(packet, &ZEROS)?,
            });
        }
        match code {
            Code::AccessRequest | Code::StatusServer => {
                let keyed = Keyed::of(packet, packet.authenticator())?;
                let keyed = keyed.ok_or(Refusal::MessageAuthenticatorMissing)?;
                Ok(Self {
                    is_digested: false,
                    keyed: Some(keyed),
                })
            }
            _ => Err(Refusal::NotARequest),
        }
    }
}

/// A packet with its Message-Authenticator cut out.
#[derive(Clone, Copy)]
pub(super) struct Keyed<'a> {
    head: &'a [u8],
    seed: &'a Authenticator,
    before: &'a [u8],
    pub(super) claimed: &'a Authenticator,
    after: &'a [u8],
}

impl<'a> Keyed<'a> {
    /// Nothing when there is no Message-Authenticator, a refusal when it is not 16 octets.
    fn of(packet: &Packet<'a>, seed: &'a Authenticator) -> Result<Option<Self>, Refusal> {
        match packet.message_authenticator_at() {
            None => Ok(None),
            Some(at) => Self::cut(packet.octets(), at, seed)
                .ok_or(Refusal::MessageAuthenticator)
                .map(Some),
        }
    }

    /// `at` is the offset of the attribute in `octets`.
    pub(super) fn cut(octets: &'a [u8], at: usize, seed: &'a Authenticator) -> Option<Self> {
        let (head, _) = octets.split_at_checked(4)?;
        let (before, attribute) = octets
            .get(HEADER_OCTETS..)?
            .split_at_checked(at.checked_add(2)?.checked_sub(HEADER_OCTETS)?)?;
        let (claimed, after) = attribute.split_first_chunk()?;
        let expected = u8::try_from(AUTHENTICATOR_OCTETS + 2).ok()?;
        (before.last() == Some(&expected)).then_some(Self {
            head,
            seed,
            before,
            claimed,
            after,
        })
    }

    /// The first half of the HMAC, with zeros where the value will stand.
    pub(super) fn inner(&self, secret: &Secret) -> Message<'a> {
        secret.inner([self.head, self.seed, self.before, &ZEROS, self.after])
    }
}
