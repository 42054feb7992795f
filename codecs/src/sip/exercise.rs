//! What fuzzers do with octets: everything, and check what must always hold.

use super::header::{self, Header, ListHeader};
use super::{Frame, FrameLimits, FrameScan, Framing, Message, Register, Uri, Writer, frame};

/// Decodes `octets` in every way, calls every accessor, and asserts what must hold for any input.
///
/// # Panics
/// When an invariant does not hold, which is a bug in this crate.
pub fn exercise(octets: &[u8]) {
    for framing in [Framing::Datagram, Framing::Stream, Framing::Embedded] {
        if let Ok(message) = Message::decode(octets, framing) {
            inspect(&message);
        }
    }
    if let Some(message) = Message::salvage(octets) {
        inspect(&message);
    }
    cut(octets);
}

fn inspect(message: &Message<'_>) {
    for field in message.fields() {
        let end = field.at + field.octets.len();
        assert!(end <= message.octets().len(), "a field lies in its message");
        assert!(!field.written().is_empty(), "a field has a name");
        assert!(
            message.field(field.name).is_some(),
            "a field is found by name"
        );
    }
    if let Some(line) = message.request() {
        uri(line.uri);
        answer(message);
    }
    singles(message);
    lists(message);
    register(message);
}

/// What a REGISTER says is the same read at once as read header by header.
fn register(message: &Message<'_>) {
    let Ok(register) = Register::decode(message) else {
        return;
    };
    let to = message.required::<header::To<'_>>();
    assert_eq!(to.map(|to| to.0), Ok(register.to), "the same To");
    let expires = message.header::<header::Expires>();
    if let Ok(Some(expires)) = expires {
        assert_eq!(register.expires, Some(expires.0), "the same validity");
    }
    let accesses = message.list::<header::AccessNetwork<'_>>().flatten();
    let mut accesses = accesses.filter(|access| Some(*access) == register.access);
    assert!(
        register.access.is_none() || accesses.next().is_some(),
        "an access that was told"
    );
    let visited = message.list::<header::VisitedNetwork<'_>>().flatten();
    assert_eq!(register.visited().count(), visited.count(), "all networks");
}

/// The answer to any request that can be answered is a message with the same Vias.
fn answer(message: &Message<'_>) {
    let mut out = Vec::new();
    let source = Some(([192, 0, 2, 1], 5060).into());
    let Ok(mut writer) = Writer::answer(&mut out, message, 200, source, Some("tag")) else {
        return;
    };
    writer.finish();
    let response = Message::decode(&out, Framing::Stream);
    assert!(response.is_ok(), "an answer decodes: {response:?}");
    let Ok(response) = response else { return };
    let count = |message: &Message<'_>| message.fields_of(super::Name::Via).count();
    assert_eq!(count(&response), count(message), "an answer has every Via");
    let top = response.first::<header::Via<'_>>();
    assert!(top.is_ok(), "the top Via of an answer can be read: {top:?}");
}

fn uri(text: &str) {
    if let Ok(uri) = Uri::parse(text) {
        let once = uri.to_canonical();
        let again = Uri::parse(&once).map(|uri| uri.to_canonical());
        assert_eq!(again, Ok(once), "a canonical form is its own");
    }
}

fn single<'a, H: Header<'a>>(message: &Message<'a>) {
    if message.header::<H>().is_ok_and(|header| header.is_some()) {
        assert!(message.field(H::NAME).is_some(), "a header is a field");
    }
}

fn list<'a, H: ListHeader<'a>>(message: &Message<'a>) {
    let elements = message.list::<H>().take(message.octets().len() + 1).count();
    assert!(elements <= message.octets().len(), "a list ends");
}

fn singles(message: &Message<'_>) {
    single::<header::CSeq<'_>>(message);
    single::<header::CallId<'_>>(message);
    single::<header::ContentType<'_>>(message);
    single::<header::Event<'_>>(message);
    single::<header::Expires>(message);
    single::<header::From<'_>>(message);
    single::<header::MaxForwards>(message);
    single::<header::MinExpires>(message);
    single::<header::ReferTo<'_>>(message);
    single::<header::RetryAfter<'_>>(message);
    single::<header::ServedUser<'_>>(message);
    single::<header::SipEtag<'_>>(message);
    single::<header::SipIfMatch<'_>>(message);
    single::<header::SubscriptionState<'_>>(message);
    single::<header::SuppressIfMatch<'_>>(message);
    single::<header::To<'_>>(message);
}

fn lists(message: &Message<'_>) {
    list::<header::Accept<'_>>(message);
    list::<header::AccessNetwork<'_>>(message);
    list::<header::Allow<'_>>(message);
    list::<header::AllowEvents<'_>>(message);
    list::<header::AssertedIdentity<'_>>(message);
    list::<header::AssociatedUri<'_>>(message);
    list::<header::Contact<'_>>(message);
    list::<header::Path<'_>>(message);
    list::<header::Privacy<'_>>(message);
    list::<header::ProxyRequire<'_>>(message);
    list::<header::RecordRoute<'_>>(message);
    list::<header::Require<'_>>(message);
    list::<header::Route<'_>>(message);
    list::<header::ServiceRoute<'_>>(message);
    list::<header::Supported<'_>>(message);
    list::<header::Via<'_>>(message);
    for contact in message.list::<header::Contact<'_>>().flatten() {
        if let Some(address) = contact.address() {
            let _ = address.display_text();
            uri(address.uri);
        }
    }
}

/// Cuts `octets` as a stream, whole and octet by octet: both see the same frames.
fn cut(octets: &[u8]) {
    let limits = FrameLimits {
        header_bytes: 4096,
        body_bytes: 4096,
    };
    let mut rest = octets;
    loop {
        let whole = frame(rest, &mut FrameScan::default(), &limits);
        let mut scan = FrameScan::default();
        let mut first = Ok(Frame::Partial);
        for end in 0..=rest.len().min(1024) {
            first = frame(&rest[..end], &mut scan, &limits);
            if first != Ok(Frame::Partial) {
                break;
            }
        }
        if first != Ok(Frame::Partial) && rest.len() <= 1024 {
            assert_eq!(first.is_ok(), whole.is_ok(), "pieces make no difference");
        }
        let len = match whole {
            Ok(Frame::Message { len } | Frame::Blank { len, .. }) => len,
            Ok(Frame::Partial) | Err(_) => return,
        };
        assert!(
            0 < len && len <= rest.len(),
            "a frame moves on and stays inside"
        );
        rest = &rest[len..];
    }
}
