//! Messages that a lenient reader must survive, after the kinds that RFC 4475 lists. All are our
//! own making.

use pengate_codecs::sip::header::{CSeq, Contact, From, MaxForwards, To, Via};
use pengate_codecs::sip::{DecodeError, Framing, Message, Method, Name, Uri, exercise};

fn decode(octets: &[u8]) -> Result<Message<'_>, DecodeError> {
    exercise(octets);
    Message::decode(octets, Framing::Datagram)
}

/// RFC 4475 clause 3.1.1.1: odd but legal white space, folds, compact forms and case.
#[test]
fn a_torturous_but_valid_request_is_read_whole() {
    let octets = b"SUBSCRIBE sip:alice@pc-1.ims.example;unknownparam SIP/2.0\r\n\
        TO :\r\n sip:alice@pc-1.ims.example ;   tag    = a1b2\r\n\
        from   : \"Bob of Example \\\\\\\"\"       <sip:bob@ims.example>\r\n  ;\r\n  tag = b3c4\r\n\
        MaX-fOrWaRdS: 0068\r\n\
        Call-ID: call.1@192.0.2.1\r\n\
        cseq: 0009\r\n  SUBSCRIBE\r\n\
        Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=old1\r\n\
        s :\r\n\
        X-Folded:   one\r\n two\r\n\
        X-Separators: ;;,,;;,;\r\n\
        Content-Type: application/pidf+xml\r\n\
        v:  SIP  / 2.0  / TCP     p1.ims.example   ;\r\n  branch  =   z9hG4bKsecond  ,\r\n \
        SIP  /    2.0   / UDP  198.51.100.1   ; branch=\r\n z9hG4bKthird\r\n\
        m:\"Two \\\"\\\" quotes\" <sip:bob@ims.example> ; first =\r\n      value ;\r\n  \
        flag ; q = 0.33\r\n\
        Content-Length: 4\r\n\r\nbody";
    let message = decode(octets).unwrap();
    assert_eq!(message.fields().count(), 13);
    let To(to) = message.required().unwrap();
    assert_eq!(
        (to.uri, to.tag()),
        ("sip:alice@pc-1.ims.example", Some("a1b2"))
    );
    let From(from) = message.required().unwrap();
    assert_eq!(from.display_text().as_deref(), Some("Bob of Example \\\""));
    assert_eq!(from.tag(), Some("b3c4"));
    assert_eq!(message.header(), Ok(Some(MaxForwards(68))));
    let cseq = message.required::<CSeq<'_>>().unwrap();
    assert_eq!((cseq.number, cseq.method), (9, Method::Subscribe));
    let vias: Result<Vec<_>, _> = message.list::<Via<'_>>().collect();
    let branches: Vec<_> = vias.unwrap().iter().filter_map(Via::branch).collect();
    assert_eq!(branches, ["old1", "z9hG4bKsecond", "z9hG4bKthird"]);
    let contact = message.first::<Contact<'_>>().unwrap().address().unwrap();
    assert_eq!(contact.params.value("first"), Some("value"));
    assert_eq!(contact.params.value("q"), Some("0.33"));
    assert!(contact.params.has("flag"));
}

/// Clause 3.1.1.2: every octet a token may hold, and octets that are no text.
#[test]
fn the_whole_range_of_characters_is_taken() {
    let octets = b"A-m.e!t%h*o_d+9`'~ sip:u-_.!~*'()&=+$,;?/:p&=+$,-_.!~*'()\
        @ims.example SIP/2.0\r\n\
        Via: SIP/2.0/UDP h.ims.example;branch=z9hG4bK-.!%*_+`'~\r\n\
        To: \"a\\\x07b\\\x00c\\\x7f\" <sip:u@ims.example>\r\n\
        From: t~` u'+_ <sip:a@ims.example>;p''~+*_!.-%=\"\xc3\xa9\"\r\n\
        X-!.%*+_`'~: \xef\xbb\xbf\xe5\xa4\xa7\xff\r\n\
        Content-Length: 0\r\n\r\n";
    let message = decode(octets).unwrap();
    let line = message.request().unwrap();
    assert_eq!(line.method, Method::Other("A-m.e!t%h*o_d+9`'~"));
    let uri = Uri::parse(line.uri).unwrap();
    assert_eq!(uri.host, "ims.example");
    let via = message.first::<Via<'_>>().unwrap();
    assert_eq!(via.branch(), Some("z9hG4bK-.!%*_+`'~"));
    let From(from) = message.required().unwrap();
    assert_eq!(from.params.value("p''~+*_!.-%"), Some("é"));
    assert!(message.required::<To<'_>>().is_ok());
    let mut fields = message.fields();
    let odd = fields.find(|field| field.name == Name::Other).unwrap();
    assert_eq!(odd.octets.last(), Some(&0xff));
}

/// Clauses 3.1.1.4 and 3.1.1.5: escapes mean what they stand for only where that is safe.
#[test]
fn escapes_are_compared_with_care() {
    let canonical = |text| Uri::parse(text).unwrap().to_canonical();
    assert_eq!(
        canonical("sip:tel%3A1%40a.example@ims.example:5060"),
        "sip:tel%3A1%40a.example@ims.example"
    );
    assert_eq!(canonical("sip:%62o%62@ims.example"), "sip:bob@ims.example");
    assert_eq!(canonical("sip:a%00b@ims.example"), "sip:a%00b@ims.example");
    assert_ne!(
        canonical("sip:a%2Fb@ims.example"),
        canonical("sip:a/b@ims.example")
    );
}

/// Clause 3.1.1.7 and more: long values are no trouble.
#[test]
fn long_values_are_kept() {
    let long = "x".repeat(20_000);
    let text = format!(
        "OPTIONS sip:{long}@ims.example SIP/2.0\r\nF: <sip:a@ims.example>;{long}={long}\r\n\
         {long}: {long}\r\nVia: SIP/2.0/UDP {long}\r\n\r\n"
    );
    let message = decode(text.as_bytes()).unwrap();
    let From(from) = message.required().unwrap();
    assert_eq!(from.params.value(&long), Some(long.as_str()));
    assert_eq!(message.fields().nth(1).unwrap().written(), long);
}

/// Clauses 3.1.2 and 3.3: a header that cannot be read is refused, and only that header.
#[test]
fn a_header_that_is_wrong_is_refused() {
    let octets = b"REGISTER sip:ims.example SIP/2.0\r\n\
        Via: ;;,;,,\r\n\
        Via: SIP/2.0/UDP 192.0.2.15;;,;,,\r\n\
        To: \"Open <sip:open@ims.example>\r\n\
        From: Example, Bob <sip:bob@ims.example>;tag=1\r\n\
        Contact: \"Bob\" <sip:bob@ims.example>>\r\n\
        CSeq: 98765432109876543210 REGISTER\r\n\
        Max-Forwards: 70\r\n\r\n";
    let message = decode(octets).unwrap();
    let refused = |name, text: &str| {
        let at = octets
            .windows(text.len())
            .position(|window| window == text.as_bytes());
        DecodeError::Value {
            at: at.unwrap(),
            name,
        }
    };
    let mut vias = message.list::<Via<'_>>();
    assert_eq!(vias.next(), Some(Err(refused(Name::Via, ";;,;,,"))));
    let host = vias.next().map(|via| via.map(|via| via.host));
    assert_eq!(
        host,
        Some(Ok("192.0.2.15")),
        "empty parameters are let pass"
    );
    assert_eq!(vias.next(), Some(Err(refused(Name::Via, ";,,\r\nTo"))));
    assert_eq!(vias.next(), None);
    let to = refused(Name::To, "\"Open");
    assert_eq!(message.required::<To<'_>>(), Err(to));
    let from = refused(Name::From, ", Bob");
    assert_eq!(message.required::<From<'_>>(), Err(from));
    let contact = refused(Name::Contact, ">\r\nCSeq");
    assert_eq!(message.first::<Contact<'_>>(), Err(contact));
    let cseq = refused(Name::CSeq, "9876");
    assert_eq!(message.required::<CSeq<'_>>(), Err(cseq));
    assert_eq!(message.required(), Ok(MaxForwards(70)));
}

#[test]
fn a_message_that_is_wrong_is_refused() {
    let error = |octets: &[u8]| decode(octets).map(drop);
    let negative = error(b"OPTIONS sip:a SIP/2.0\r\nContent-Length: -999\r\n\r\n");
    assert_eq!(negative, Err(DecodeError::ContentLength { at: 38 }));
    let short = error(b"OPTIONS sip:a SIP/2.0\r\nl: 9999\r\n\r\nabc");
    let missing = 9996;
    assert_eq!(short, Err(DecodeError::BodyShort { at: 34, missing }));
    let brackets = error(b"OPTIONS <sip:a> SIP/2.0\r\n\r\n");
    assert_eq!(brackets, Err(DecodeError::StartLine { at: 8 }));
    let spaces = error(b"OPTIONS sip:a; lr SIP/2.0\r\n\r\n");
    assert_eq!(spaces, Err(DecodeError::StartLine { at: 14 }));
}

#[test]
fn every_seed_of_the_fuzzer_keeps_the_invariants() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../fuzz/corpus/sip");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        exercise(&std::fs::read(entry.unwrap().path()).unwrap());
        count += 1;
    }
    assert!(count >= 10, "{count} seeds in {folder}");
}
