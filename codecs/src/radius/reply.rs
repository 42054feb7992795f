//! Answers: Accounting-Response (RFC 2866 clause 4.2), Access-Accept, answers to Status-Server.

use std::ops::Range;

use super::{
    Authenticator, Builder, Code, EncodeError, HEADER_OCTETS, Packet, Secret, attribute,
    authenticator::Keyed,
    md5::{Digest, Message},
};

/// A packet laid out in the caller's buffer that is not signed yet.
#[derive(Clone, Debug)]
#[must_use = "a draft is worth nothing until it is signed"]
pub struct Draft {
    octets: Range<usize>,
    message_authenticator: Option<usize>,
    seed: Authenticator,
    keyed_seed: Authenticator,
}

impl Draft {
    /// `message_authenticator` is the attribute's offset in the packet. What stands in the header
    /// while a digest is computed is `seed` for the authenticator, `keyed_seed` for the HMAC.
    pub(super) const fn new(
        octets: Range<usize>,
        message_authenticator: Option<usize>,
        seed: Authenticator,
        keyed_seed: Authenticator,
    ) -> Self {
        Self {
            octets,
            message_authenticator,
            seed,
            keyed_seed,
        }
    }

    /// Lays out the answer to `request` at the end of `out`: Accounting-Response, or Access-Accept
    /// for an Access-Request. A Status-Server is answered as on the accounting port.
    ///
    /// Proxy-State attributes return unchanged and in order (RFC 2865 clause 5.33). A
    /// Message-Authenticator is added if the request had one, to an Access-Accept always; it comes
    /// first, as CVE-2024-3596 taught.
    ///
    /// # Errors
    /// [`EncodeError::Packet`] when the Proxy-State attributes leave no room.
    pub fn answer(request: &Packet<'_>, out: &mut Vec<u8>) -> Result<Self, EncodeError> {
        let code = match request.code() {
            Code::AccessRequest => Code::AccessAccept,
            _ => Code::AccountingResponse,
        };
        Self::answer_as(code, request, out)
    }

    fn answer_as(code: Code, request: &Packet<'_>, out: &mut Vec<u8>) -> Result<Self, EncodeError> {
        let mut builder = Builder::new(out, code, request.identifier());
        if code == Code::AccessAccept || request.message_authenticator_at().is_some() {
            builder = builder.message_authenticator();
        }
        if request.has_proxy_state() {
            let states = request
                .attributes()
                .filter(|a| a.kind == attribute::PROXY_STATE);
            builder = states.fold(builder, |builder, state| {
                builder.attribute(attribute::PROXY_STATE, state.value)
            });
        }
        let mut draft = builder.draft(request.authenticator())?;
        if !request.code().is_digested_request() {
            // An Accounting-Response may also answer a Status-Server (RFC 5997 clause 3).
            draft.keyed_seed = *request.authenticator();
        }
        Ok(draft)
    }

    /// Where the packet lies in its buffer.
    #[must_use]
    pub fn octets(&self) -> Range<usize> {
        self.octets.clone()
    }

    /// Signs the packet in `buffer`, the one it was laid out in. See also
    /// [`sign_batch`](super::sign_batch).
    pub fn sign(&self, buffer: &mut [u8], secret: &Secret) {
        self.sign_message(buffer, secret);
        if let Some(digest) = self.response_message(buffer, secret).map(|m| m.digest()) {
            self.put_authenticator(buffer, &digest);
        }
    }

    /// Puts only the Message-Authenticator in its place.
    pub(super) fn sign_message(&self, buffer: &mut [u8], secret: &Secret) {
        let inner = self
            .inner_message(buffer, secret)
            .map(|message| message.digest());
        if let Some(inner) = inner {
            self.put_message_authenticator(buffer, &secret.outer(&inner).digest());
        }
    }

    pub(super) fn inner_message<'a>(
        &'a self,
        buffer: &'a [u8],
        secret: &Secret,
    ) -> Option<Message<'a>> {
        let octets = buffer.get(self.octets())?;
        let keyed = Keyed::cut(octets, self.message_authenticator?, &self.keyed_seed)?;
        Some(keyed.inner(secret))
    }

    pub(super) fn response_message<'a>(
        &'a self,
        buffer: &'a [u8],
        secret: &'a Secret,
    ) -> Option<Message<'a>> {
        let (header, attributes) = buffer.get(self.octets())?.split_at_checked(HEADER_OCTETS)?;
        Some(Message::new([
            &header[..4],
            &self.seed,
            attributes,
            secret.octets(),
        ]))
    }

    pub(super) fn put_authenticator(&self, buffer: &mut [u8], digest: &Digest) {
        if let Some(place) = buffer.get_mut(self.octets()).and_then(|o| o.get_mut(4..20)) {
            place.copy_from_slice(digest);
        }
    }

    pub(super) fn put_message_authenticator(&self, buffer: &mut [u8], digest: &Digest) {
        let place = self
            .message_authenticator
            .and_then(|at| buffer.get_mut(self.octets())?.get_mut(at + 2..at + 18));
        if let Some(place) = place {
            place.copy_from_slice(digest);
        }
    }
}

/// Appends the signed Accounting-Response to an Accounting-Request.
///
/// # Errors
/// As [`Draft::answer`].
pub fn accounting_response(
    request: &Packet<'_>,
    secret: &Secret,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    signed(Code::AccountingResponse, request, secret, out)
}

/// Appends the signed Access-Accept to an Access-Request, its Message-Authenticator first.
///
/// # Errors
/// As [`Draft::answer`].
pub fn access_accept(
    request: &Packet<'_>,
    secret: &Secret,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    signed(Code::AccessAccept, request, secret, out)
}

/// Appends the signed answer to a Status-Server (RFC 5997 clause 3): Accounting-Response on the
/// accounting port, else Access-Accept.
///
/// # Errors
/// As [`Draft::answer`].
pub fn status_response(
    request: &Packet<'_>,
    is_accounting_port: bool,
    secret: &Secret,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    let code = if is_accounting_port {
        Code::AccountingResponse
    } else {
        Code::AccessAccept
    };
    signed(code, request, secret, out)
}

fn signed(
    code: Code,
    request: &Packet<'_>,
    secret: &Secret,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    Draft::answer_as(code, request, out)?.sign(out, secret);
    Ok(())
}
