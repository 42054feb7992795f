//! What a request is recognised by (RFC 3261 clauses 8.2.2.2 and 17.2.3).

use pengate_codecs::sip::header::{CSeq, CallId, From, To, Via};
use pengate_codecs::sip::{DecodeError, Message, Method};
use smallvec::SmallVec;
use xxhash_rust::xxh3::xxh3_128_with_seed;

/// The identifying parts of a request, hashed with a secret so that nobody can make two meet.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(in super::super) struct Key(pub(super) u128);

impl Key {
    /// 64 bits of it, for tables.
    pub(super) fn short(self) -> u64 {
        u64::try_from(self.0 >> 64).unwrap_or_default()
    }

    /// Bits that are the same for every copy of a request: what a stateless To tag is made of.
    pub(in super::super) fn tag(self) -> u64 {
        u64::try_from(self.0 & u128::from(u64::MAX)).unwrap_or_default()
    }
}

/// What the transaction layer looks at in every request.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Keys {
    /// The transaction it belongs to; an ACK and a CANCEL have that of their INVITE.
    pub transaction: Key,
    /// The request it is a copy of when it came by another way; none within a dialog.
    pub merge: Option<Key>,
}

impl Keys {
    /// Computes the keys of `request`.
    ///
    /// # Errors
    /// That of the header which is missing or cannot be read: a request without these is refused.
    pub(in super::super) fn new(request: &Message<'_>, secret: u64) -> Result<Self, DecodeError> {
        let via = request.first::<Via<'_>>()?;
        let From(from) = request.required()?;
        let To(to) = request.required()?;
        let CallId(call_id) = request.required()?;
        let cseq = request.required::<CSeq<'_>>()?;
        let line = request.request();
        let method = line.map_or("", |line| match line.method {
            Method::Ack | Method::Cancel => Method::Invite.as_str(),
            method => method.as_str(),
        });
        let number = cseq.number.to_be_bytes();
        let tag = from.tag().unwrap_or_default();
        let transaction = match via.unique_branch() {
            Some(branch) => hash(secret, [branch, via.host, method], &port(&via)),
            None => {
                // RFC 2543: no unique branch, so everything that tells requests apart counts.
                let uri = line.map_or("", |line| line.uri);
                let call = hash(secret, [uri, call_id, tag], &number);
                let via = hash(
                    secret,
                    [via.branch().unwrap_or_default(), via.host, method],
                    &port(&via),
                );
                Key(call.0 ^ via.0.rotate_left(1))
            }
        };
        let merge = to
            .tag()
            .is_none()
            .then(|| hash(!secret, [tag, call_id, method], &number));
        Ok(Self { transaction, merge })
    }
}

fn port(via: &Via<'_>) -> [u8; 2] {
    via.port.unwrap_or(0).to_be_bytes()
}

fn hash(secret: u64, texts: [&str; 3], number: &[u8]) -> Key {
    let mut octets: SmallVec<[u8; 256]> = SmallVec::new();
    for text in texts {
        octets.extend_from_slice(text.as_bytes());
        octets.push(0);
    }
    // Hosts, and branches of sloppy clients, change their case on the way.
    octets.make_ascii_lowercase();
    octets.extend_from_slice(number);
    Key(xxh3_128_with_seed(&octets, secret))
}

#[cfg(test)]
mod tests {
    use pengate_codecs::sip::{Framing, Name};

    use super::*;

    const REQUEST: &str = "INVITE sip:a@ims.example SIP/2.0\r\n\
        Via: SIP/2.0/UDP h.example:5060;branch=z9hG4bKx\r\n\
        From: <sip:b@ims.example>;tag=1\r\nTo: <sip:a@ims.example>\r\n\
        Call-ID: c\r\nCSeq: 1 INVITE\r\n\r\n";

    fn keys(text: &str) -> Result<Keys, DecodeError> {
        let message = Message::decode(text.as_bytes(), Framing::Datagram).unwrap();
        Keys::new(&message, 42)
    }

    fn transaction(from: &str, to: &str) -> Key {
        assert!(REQUEST.contains(from), "{from}");
        keys(&REQUEST.replace(from, to)).unwrap().transaction
    }

    #[test]
    fn branch_host_port_and_method_tell_transactions_apart() {
        let same = transaction("INVITE", "INVITE");
        for (from, to) in [
            ("bKx", "bKy"),
            ("h.example", "i.example"),
            (":5060", ":5061"),
            ("INVITE", "PUBLISH"),
        ] {
            assert_ne!(transaction(from, to), same, "{to}");
        }
        for (from, to) in [
            ("h.example", "H.EXAMPLE"),
            ("INVITE", "ACK"),
            ("INVITE", "CANCEL"),
            ("Call-ID: c", "Call-ID: d"),
            ("tag=1", "tag=2"),
        ] {
            assert_eq!(transaction(from, to), same, "{to}");
        }
    }

    #[test]
    fn without_a_unique_branch_everything_counts() {
        let old = REQUEST.replace("z9hG4bK", "");
        let key = |from, to| keys(&old.replace(from, to)).unwrap().transaction;
        let same = key("c", "c");
        for (from, to) in [
            ("branch=x", "branch=y"),
            ("Call-ID: c", "Call-ID: d"),
            ("tag=1", "tag=2"),
            ("sip:a@ims.example SIP", "sip:c@ims.example SIP"),
            ("CSeq: 1", "CSeq: 2"),
            ("h.example", "i.example"),
        ] {
            assert_ne!(key(from, to), same, "{to}");
        }
        assert_eq!(key("INVITE", "ACK"), same);
    }

    #[test]
    fn requests_within_a_dialog_are_never_merged() {
        let merge = |from: &str, to: &str| keys(&REQUEST.replace(from, to)).unwrap().merge;
        let same = merge("bKx", "bKy");
        assert_eq!(same, merge("h.example", "i.example"));
        assert_ne!(same, merge("CSeq: 1", "CSeq: 2"));
        assert_eq!(
            merge("<sip:a@ims.example>\r", "<sip:a@ims.example>;tag=2\r"),
            None
        );
    }

    #[test]
    fn a_request_without_its_headers_has_no_key() {
        for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq] {
            let text = REQUEST.replace(&format!("{}:", name.as_str()), "X:");
            assert_eq!(keys(&text).err(), Some(DecodeError::Missing { name }));
        }
    }
}
