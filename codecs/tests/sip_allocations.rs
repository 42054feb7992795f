//! From the octets of a REGISTER to every field that a room reads nothing is allocated.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use std::hint::black_box;

use pengate_codecs::sip::{Framing, Message, Register, Uri};

use counting::allocations;

#[path = "support/counting.rs"]
mod counting;

const REGISTER: &str = "REGISTER sip:pna.ims.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP scscf.ims.example:6060;branch=z9hG4bK4f2c.8f1b2c33.0\r\n\
    To: <sip:alice@IMS.example>\r\n\
    From: <sip:scscf.ims.example:6060>;tag=533cb9e91f4b999cf76861cbb9ed54ed\r\n\
    CSeq: 10 REGISTER\r\n\
    Call-ID: 6d0a1f7b4f2c8f1b@192.0.2.1\r\n\
    Max-Forwards: 10\r\n\
    Contact: <sip:scscf.ims.example:6060>;expires=600\r\n\
    P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=\"0010112340abcdef\"\r\n\
    P-Visited-Network-ID: ims.example, \"other.example\"\r\n\
    Authorization: Digest username=\"a\"\r\n\
    Content-Type: message/sip\r\n\
    Content-Length: 0\r\n\r\n";

#[test]
fn a_register_is_read_without_an_allocation() {
    let mut canonical = String::with_capacity(64);
    let allocated = allocations(|| {
        let message = Message::decode(black_box(REGISTER.as_bytes()), Framing::Datagram).unwrap();
        let register = Register::decode(&message).unwrap();
        assert_eq!(register.expires, Some(600));
        Uri::parse(register.from.uri)
            .unwrap()
            .canonical(&mut canonical);
        canonical.clear();
        Uri::parse(register.to.uri)
            .unwrap()
            .canonical(&mut canonical);
        assert_eq!(canonical, "sip:alice@ims.example");
        assert_eq!(
            register.access.unwrap().utran_cell_id_3gpp(),
            Some("0010112340abcdef")
        );
        assert_eq!(register.visited().count(), 2);
        assert!(register.authorization.is_some());
        assert!(register.content_type.is_some());
        assert_eq!(register.cseq.unwrap().number, 10);
    });
    assert_eq!(allocated, 0);
}
