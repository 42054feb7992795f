//! Where `rsip` reads a message, we read the same; and nothing that arrives breaks an invariant.

use proptest::prelude::*;
use rsip::prelude::*;

use pengate_codecs::sip::header::{CSeq, CallId, From, To, Via};
use pengate_codecs::sip::{Framing, Message, Method, Name, Writer, exercise};

/// What both can tell of a request.
#[derive(Debug, Eq, PartialEq)]
struct Told {
    method: String,
    headers: usize,
    call_id: String,
    cseq: u32,
    from_tag: Option<String>,
    to_tag: Option<String>,
    branch: Option<String>,
    body: Vec<u8>,
}

fn ours(octets: &[u8]) -> Option<Told> {
    let message = Message::decode(octets, Framing::Datagram).ok()?;
    let From(from) = message.required().ok()?;
    let To(to) = message.required().ok()?;
    let CallId(call_id) = message.required().ok()?;
    let via = message.first::<Via<'_>>().ok()?;
    Some(Told {
        method: message.request()?.method.to_string(),
        headers: message.fields().count(),
        call_id: call_id.to_owned(),
        cseq: message.required::<CSeq<'_>>().ok()?.number,
        from_tag: from.tag().map(str::to_owned),
        to_tag: to.tag().map(str::to_owned),
        branch: via.branch().map(str::to_owned),
        body: message.body().to_vec(),
    })
}

fn theirs(octets: &[u8]) -> Option<Told> {
    let request = rsip::Request::try_from(octets).ok()?;
    let tag = |tag: Option<&rsip::common::uri::param::Tag>| tag.map(|tag| tag.value().to_owned());
    let via = request.via_header().ok()?.typed().ok()?;
    Some(Told {
        method: request.method().to_string(),
        headers: request.headers().iter().count(),
        call_id: request.call_id_header().ok()?.value().to_owned(),
        cseq: request.cseq_header().ok()?.seq().ok()?,
        from_tag: tag(request.from_header().ok()?.typed().ok()?.tag()),
        to_tag: tag(request.to_header().ok()?.typed().ok()?.tag()),
        branch: via.branch().map(|branch| branch.value().to_owned()),
        body: request.body().clone(),
    })
}

prop_compose! {
    fn request()(
        method in "SUBSCRIBE|PUBLISH|REGISTER|NOTIFY|OPTIONS",
        user in "[a-z0-9]{1,12}",
        host in "[a-z]{1,8}\\.example",
        tag in "[a-zA-Z0-9]{1,16}",
        to_tag in proptest::option::of("[a-zA-Z0-9]{1,16}"),
        display in proptest::option::of("[a-zA-Z]{1,12}"),
        call_id in "[a-zA-Z0-9@.]{1,24}",
        branch in "[a-zA-Z0-9]{1,24}",
        cseq in 0_u32..1 << 31,
        extra in proptest::collection::vec("X-[A-Za-z]{1,10}: [!-9;-~]{1,20}", 0..30),
        body in "[ -~]{0,60}",
    ) -> Vec<u8> {
        let display = display.map(|display| format!("\"{display}\" ")).unwrap_or_default();
        let to_tag = to_tag.map(|tag| format!(";tag={tag}")).unwrap_or_default();
        let extra: String = extra.iter().map(|line| format!("{line}\r\n")).collect();
        format!(
            "{method} sip:{user}@{host} SIP/2.0\r\n\
             Via: SIP/2.0/UDP {host}:5060;branch=z9hG4bK{branch}\r\n\
             Max-Forwards: 70\r\n\
             From: {display}<sip:{user}@{host}>;tag={tag}\r\n\
             To: <sip:{user}@{host}>{to_tag}\r\n\
             Call-ID: {call_id}\r\n\
             CSeq: {cseq} {method}\r\n\
             {extra}Content-Length: {}\r\n\r\n{body}",
            body.len(),
        )
        .into_bytes()
    }
}

proptest! {
    #[test]
    fn a_well_formed_request_reads_the_same(octets in request()) {
        let expected = theirs(&octets);
        prop_assert!(expected.is_some());
        prop_assert_eq!(ours(&octets), expected);
    }

    #[test]
    fn a_damaged_request_keeps_the_invariants(
        octets in request(),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        keep in any::<prop::sample::Index>(),
    ) {
        let mut octets = octets;
        for (at, octet) in damage {
            let at = at.index(octets.len());
            octets[at] = octet;
        }
        exercise(&octets);
        octets.truncate(keep.index(octets.len()));
        exercise(&octets);
    }

    #[test]
    fn any_octets_keep_the_invariants(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
        exercise(&octets);
    }

    #[test]
    fn what_the_writer_wrote_is_read_back(
        values in proptest::collection::vec("[ -~\\r\\n]{0,40}", 1..10),
        body in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut octets = Vec::new();
        let mut writer = Writer::request(&mut octets, Method::Notify, "sip:a@b");
        for value in &values {
            writer.header(Name::Subject, value);
        }
        writer.body("text/plain", &body);
        let message = Message::decode(&octets, Framing::Stream).unwrap();
        prop_assert_eq!(message.body(), body);
        let read: Vec<_> = message.fields_of(Name::Subject).map(|field| field.octets).collect();
        prop_assert_eq!(read.len(), values.len());
        for (read, value) in read.iter().zip(&values) {
            let expected = value.replace(['\r', '\n'], " ");
            prop_assert_eq!(*read, expected.trim_matches(' ').as_bytes());
        }
    }
}
