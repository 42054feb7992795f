//! What it costs to read and to answer the requests a presence server gets most, beside `rsip`.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pengate_codecs::sip::header::{CSeq, CallId, Event, From, To, Via};
use pengate_codecs::sip::{Framing, Message, Name, Register, Uri, Writer};
use rsip::prelude::{HeadersExt as _, ToTypedHeader as _, UntypedHeader as _};

const REGISTER: &str = "REGISTER sip:pna.ims.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP scscf.ims.example:6060;branch=z9hG4bK4f2c.8f1b2c33.0\r\n\
    To: <sip:alice@ims.example>\r\n\
    From: <sip:scscf.ims.example:6060>;tag=533cb9e91f4b999cf76861cbb9ed54ed\r\n\
    CSeq: 10 REGISTER\r\n\
    Call-ID: 6d0a1f7b4f2c8f1b@10.0.0.1\r\n\
    Content-Length: 0\r\n\
    User-Agent: S-CSCF\r\n\
    Max-Forwards: 10\r\n\
    Event: registration\r\n\
    Contact: <sip:scscf.ims.example:6060>\r\n\
    Expires: 600000\r\n\
    P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010100010000001\r\n\
    P-Visited-Network-ID: ims.example\r\n\
    P-Charging-Vector: icid-value=\"1234bc9876e\";orig-ioi=ims.example\r\n\r\n";

const SUBSCRIBE: &str = "SUBSCRIBE sip:alice@ims.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKnashds7;rport\r\n\
    Via: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bK74b43;received=10.0.0.3\r\n\
    Max-Forwards: 69\r\n\
    Record-Route: <sip:scscf.ims.example;lr>\r\n\
    From: \"Bob\" <sip:bob@ims.example>;tag=12341111\r\n\
    To: <sip:alice@ims.example>\r\n\
    Call-ID: 32432udfidfjmk342@10.0.0.3\r\n\
    CSeq: 1 SUBSCRIBE\r\n\
    P-Asserted-Identity: <sip:bob@ims.example>\r\n\
    Contact: <sip:bob@10.0.0.3:5060>\r\n\
    Event: presence\r\n\
    Accept: application/pidf+xml, application/pidf-diff+xml;q=0.5\r\n\
    Expires: 3600\r\n\
    Content-Length: 0\r\n\r\n";

const PUBLISH: &str = "PUBLISH sip:alice@ims.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP 10.0.0.4:5060;branch=z9hG4bK652hsge\r\n\
    To: <sip:alice@ims.example>\r\n\
    From: <sip:alice@ims.example>;tag=1234wxyz\r\n\
    Call-ID: 81818181@10.0.0.4\r\n\
    CSeq: 1 PUBLISH\r\n\
    Max-Forwards: 70\r\n\
    Expires: 3600\r\n\
    Event: presence\r\n\
    SIP-If-Match: dx200xyz\r\n\
    Content-Type: application/pidf+xml\r\n\
    Content-Length: 21\r\n\r\n\
    <presence entity='a'/>";

const MESSAGES: [(&str, &str); 3] = [
    ("register", REGISTER),
    ("subscribe", SUBSCRIBE),
    ("publish", PUBLISH),
];

fn decode(octets: &[u8]) -> Option<Message<'_>> {
    Message::decode(octets, Framing::Datagram).ok()
}

fn lex(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("sip/decode");
    for (name, text) in MESSAGES {
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_with_input(BenchmarkId::new("pengate", name), text, |bench, text| {
            bench.iter(|| decode(black_box(text.as_bytes())));
        });
        group.bench_with_input(BenchmarkId::new("rsip", name), text, |bench, text| {
            bench.iter(|| rsip::SipMessage::try_from(black_box(text.as_bytes())));
        });
    }
    group.finish();
}

/// Everything that room Pi reads of a REGISTER, from its octets: identities taken apart, validity,
/// access network with cell, visited network, credentials and type of the body, and what names the
/// request.
fn register(octets: &[u8]) -> Option<usize> {
    let message = decode(octets)?;
    let register = Register::decode(&message).ok()?;
    let to = Uri::parse(register.to.uri).ok()?;
    let from = Uri::parse(register.from.uri).ok()?;
    let access = register.access?;
    Some(
        to.host.len()
            + from.host.len()
            + usize::try_from(register.expires?).ok()?
            + access.access.len()
            + access.utran_cell_id_3gpp()?.len()
            + register
                .visited()
                .map(|network| network.0.len())
                .sum::<usize>()
            + usize::from(register.authorization.is_none())
            + usize::from(register.content_type.is_none())
            + register.call?.0.len()
            + usize::try_from(register.cseq?.number).ok()?,
    )
}

/// The same of `rsip`. It has no type for the P-headers: their values are split at their separators.
fn register_of_rsip(octets: &[u8]) -> Option<usize> {
    let message = rsip::Request::try_from(octets).ok()?;
    let to = message.to_header().ok()?.typed().ok()?;
    let from = message.from_header().ok()?.typed().ok()?;
    let mut access = None;
    let mut visited = 0;
    let mut authorizations = 0;
    let mut types = 0;
    for header in message.headers.iter() {
        match header {
            rsip::Header::Other(name, value)
                if name.eq_ignore_ascii_case("P-Access-Network-Info") =>
            {
                let mut parts = value.split(';').map(str::trim);
                let kind = parts.next()?;
                let cell = parts.find_map(|part| part.strip_prefix("utran-cell-id-3gpp="))?;
                access = Some(kind.len() + cell.len());
            }
            rsip::Header::Other(name, value)
                if name.eq_ignore_ascii_case("P-Visited-Network-ID") =>
            {
                visited += value
                    .split(',')
                    .map(|network| network.trim().len())
                    .sum::<usize>();
            }
            rsip::Header::Authorization(_) => authorizations += 1,
            rsip::Header::ContentType(_) => types += 1,
            _ => {}
        }
    }
    let expires = message.expires_header()?.seconds().ok()?;
    Some(
        to.uri.host_with_port.host.to_string().len()
            + from.uri.host_with_port.host.to_string().len()
            + usize::try_from(expires).ok()?
            + access?
            + visited
            + usize::from(authorizations == 0)
            + usize::from(types == 0)
            + message.call_id_header().ok()?.value().len()
            + usize::try_from(message.cseq_header().ok()?.seq().ok()?).ok()?,
    )
}

fn fields(criterion: &mut Criterion) {
    let octets = REGISTER.as_bytes();
    assert!(register(octets).is_some(), "every field is there");
    assert_eq!(
        register(octets),
        register_of_rsip(octets),
        "both read the same"
    );
    let mut group = criterion.benchmark_group("sip/register");
    group.bench_function("pengate", |bench| {
        bench.iter(|| register(black_box(octets)));
    });
    group.bench_function("rsip", |bench| {
        bench.iter(|| register_of_rsip(black_box(octets)));
    });
    group.finish();
}

/// What a transaction and a room look at in every SUBSCRIBE.
fn typed(criterion: &mut Criterion) {
    criterion.bench_function("sip/typed/subscribe", |bench| {
        bench.iter(|| {
            let message = decode(black_box(SUBSCRIBE.as_bytes()))?;
            let via = message.first::<Via<'_>>().ok()?;
            let From(from) = message.required().ok()?;
            let To(to) = message.required().ok()?;
            let CallId(call) = message.required().ok()?;
            let cseq = message.required::<CSeq<'_>>().ok()?;
            let event = message.header::<Event<'_>>().ok()??;
            Some((
                via.branch()?.len() + from.tag()?.len() + to.uri.len() + call.len(),
                cseq.number,
                event.package.len(),
            ))
        });
    });
    criterion.bench_function("sip/uri/canonical", |bench| {
        let mut out = String::new();
        bench.iter(|| {
            out.clear();
            let uri = Uri::parse(black_box("sip:Alice@IMS.Example:5060;transport=udp")).ok()?;
            uri.canonical(&mut out);
            Some(out.len())
        });
    });
}

fn write(criterion: &mut Criterion) {
    criterion.bench_function("sip/answer/subscribe", |bench| {
        let request = decode(SUBSCRIBE.as_bytes());
        let source = Some(([10, 0, 0, 2], 5060).into());
        let mut out = Vec::new();
        bench.iter(|| {
            out.clear();
            let request = black_box(request.as_ref())?;
            let mut writer = Writer::answer(&mut out, request, 200, source, Some("1-x")).ok()?;
            writer.header(Name::Expires, 3600);
            writer.finish();
            Some(out.len())
        });
    });
}

criterion_group!(benches, lex, fields, typed, write);
criterion_main!(benches);
