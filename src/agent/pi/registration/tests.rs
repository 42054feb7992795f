//! What an S-CSCF's requests become.

use pengate_codecs::Stamp;

use super::*;
use crate::event::Imsi;
use crate::event::{Cell, Msisdn, Plmn, Rat};

const AT: Stamp = Stamp::MIN;

fn request(more: &str, body: &str) -> String {
    format!(
        "REGISTER sip:pna.ims.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:6060;branch=z9hG4bK1\r\n\
         Max-Forwards: 10\r\n\
         From: <sip:scscf1.ims.example:6060>;tag=1\r\n\
         To: <sip:alice@IMS.example>\r\n\
         Call-ID: c1\r\n\
         CSeq: 10 REGISTER\r\n\
         Contact: <sip:scscf1.ims.example:6060>;expires=90\r\n\
         {more}\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn told_with(text: &str, options: &Options) -> Result<Told, Unfit> {
    let message = Message::decode(text.as_bytes(), Framing::Datagram).unwrap();
    read(AT, &message, options, &mut String::new())
}

fn told(text: &str) -> Told {
    told_with(text, &Options::default()).unwrap()
}

fn registration(told: &Told) -> &Registration {
    let Fact::Registration(registration) = &told.event.fact else {
        panic!("{:?}", told.event);
    };
    registration
}

#[test]
fn a_registration_is_the_public_identity_s_for_its_time_and_some_grace() {
    let told = told(&request("Expires: 600\r\n", ""));
    assert_eq!(told.expires, 600);
    assert_eq!(
        told.event.subject.uri.as_deref(),
        Some("sip:alice@ims.example")
    );
    assert_eq!(told.event.reporter, "sip:scscf1.ims.example:6060");
    let registration = registration(&told);
    assert_eq!(registration.state, RegistrationState::Active);
    assert_eq!(registration.lifetime, Some(Duration::from_secs(630)));
    assert_eq!((registration.roaming, registration.access), (None, None));
}

#[test]
fn expires_zero_is_the_end() {
    let end = told(&request("Expires: 0\r\n", ""));
    assert_eq!(registration(&end).state, RegistrationState::Terminated);
    assert_eq!(registration(&end).lifetime, None);
}

#[test]
fn without_expires_the_contact_and_then_the_default_counts() {
    assert_eq!(told(&request("", "")).expires, 90);
    let bare = request("", "").replace(";expires=90", "");
    assert_eq!(told(&bare).expires, 3_600);
}

#[test]
fn a_contact_that_goes_ends_no_registration_that_has_another() {
    for (stays, expires) in [(";expires=90", 90), ("", 3_600)] {
        let text = request("", "").replace(
            "Contact: <sip:scscf1.ims.example:6060>;expires=90\r\n",
            &format!("Contact: <sip:ue1.ims.example>;expires=0, <sip:ue2.ims.example>{stays}\r\n"),
        );
        let told = told(&text);
        assert_eq!(registration(&told).state, RegistrationState::Active);
        assert_eq!(told.expires, expires);
    }
}

#[test]
fn access_cell_and_network_are_told() {
    let options = Options {
        home_networks: vec!["ims.example".to_owned()],
        ..Options::default()
    };
    let text = |network: &str| {
        request(
            &format!(
                "P-Access-Network-Info: 3GPP-E-UTRAN-FDD;utran-cell-id-3gpp=0010112340abcdef\r\n\
                 P-Visited-Network-ID: {network}\r\nExpires: 60\r\n"
            ),
            "",
        )
    };
    for (network, roaming) in [
        ("ims.example", Roaming::Home),
        ("\"pcscf.IMS.example\"", Roaming::Home),
        ("other.example", Roaming::Visited),
        ("notims.example", Roaming::Visited),
        ("ims.example, other.example", Roaming::Visited),
    ] {
        let told = told_with(&text(network), &options).unwrap();
        let registration = registration(&told);
        assert_eq!(registration.roaming, Some(roaming), "{network}");
        assert_eq!(registration.access, Some(Rat::Eutran));
        let cell = Cell::Ecgi {
            plmn: Plmn::from_digits("00101").unwrap(),
            eci: 0x0ab_cdef,
            tac: Some(0x1234),
        };
        assert_eq!(
            registration.place.as_ref().and_then(|place| place.cell),
            Some(cell)
        );
    }
    let nothing_configured = told(&text("other.example"));
    assert_eq!(registration(&nothing_configured).roaming, None);
}

const ENCLOSED: &str = "REGISTER sip:ims.example SIP/2.0\r\n\
    From: <sip:alice@ims.example>;tag=2\r\n\
    To: <sip:alice@ims.example>\r\n\
    Authorization: Digest username=\"001010000000001@ims.mnc001.mcc001.3gppnetwork.org\", realm=\"x\"\r\n\
    P-Access-Network-Info: IEEE-802.11;i-wlan-node-id=00254b000001\r\n\
    P-Visited-Network-ID: other.example\r\n\
    Content-Length: 0\r\n\r\n";

#[test]
fn the_user_agent_s_own_request_tells_private_identity_and_access() {
    // The answer to it may be enclosed as well.
    let multipart = format!(
        "--b1\r\nContent-Type: application/3gpp-ims+xml\r\n\r\n<ims-3gpp version=\"1\"/>\r\n\
         --b1\r\nContent-Type: message/sip\r\n\r\nSIP/2.0 200 OK\r\n\r\n\r\n\
         --b1\r\nContent-Type: message/sip\r\n\r\n{ENCLOSED}\r\n--b1--\r\n"
    );
    let options = Options {
        home_networks: vec!["ims.example".to_owned()],
        ..Options::default()
    };
    for (kind, body) in [
        ("message/sip", ENCLOSED),
        ("multipart/mixed;boundary=b1", &multipart),
    ] {
        let text = request(&format!("Content-Type: {kind}\r\n"), body);
        let told = told_with(&text, &options).unwrap();
        let imsi = Imsi("001010000000001".parse().unwrap());
        assert_eq!(told.event.subject.imsi, Some(imsi), "{kind}");
        assert_eq!(told.event.subject.msisdn, None::<Msisdn>);
        let registration = registration(&told);
        assert_eq!(registration.access, Some(Rat::Wlan), "{kind}");
        assert_eq!(registration.roaming, Some(Roaming::Visited), "{kind}");
    }
    let other = told(&request("Content-Type: text/plain\r\n", ENCLOSED));
    assert_eq!(other.event.subject.imsi, None);
}

#[test]
fn a_telephone_number_in_the_public_identity_is_the_subscriber_s() {
    for (public, canonical) in [
        (
            "sip:+999-0000-0001@IMS.example;user=phone",
            "sip:+99900000001@ims.example",
        ),
        ("tel:+99900000001", "tel:+99900000001"),
    ] {
        let text = request("", "").replace("sip:alice@IMS.example", public);
        let subject = told(&text).event.subject;
        assert_eq!(subject.uri.as_deref(), Some(canonical));
        assert_eq!(subject.msisdn, "99900000001".parse().ok().map(Msisdn));
    }
}

#[test]
fn a_private_identity_of_another_form_is_no_imsi() {
    for private in [
        "alice@ims.example",
        "001010000000001@ims.example",
        "x01010000000001@ims.mnc001.mcc001.3gppnetwork.org",
        "0010@ims.mnc001.mcc001.3gppnetwork.org",
    ] {
        assert_eq!(imsi_of(private), None, "{private}");
    }
}

#[test]
fn a_user_agent_that_registers_itself_is_told_apart() {
    let own = request("", "").replace(
        "<sip:scscf1.ims.example:6060>;tag=1",
        "<sip:alice@ims.example>;tag=1",
    );
    assert_eq!(
        told_with(&own, &Options::default()).unwrap_err(),
        Unfit::OwnBehalf
    );
}

#[test]
fn credentials_that_the_s_cscf_copied_do_no_harm_and_name_the_user() {
    let private = "001010000000001@ims.mnc001.mcc001.3gppnetwork.org";
    let copied = request(
        &format!("Authorization: Digest username=\"{private}\", response=\"\"\r\n"),
        "",
    );
    let told = told(&copied);
    assert_eq!(told.event.subject.nai.as_deref(), Some(private));
    assert!(told.event.subject.imsi.is_some());
}

#[test]
fn a_header_that_cannot_be_read_is_named() {
    for (good, bad, name) in [
        ("To: <sip:alice@IMS.example>", "To: <>", "To"),
        (
            "From: <sip:scscf1.ims.example:6060>;tag=1",
            "From: ;",
            "From",
        ),
        ("Contact:", "Expires: soon\r\nContact:", "Expires"),
    ] {
        let text = request("", "").replace(good, bad);
        assert_eq!(
            told_with(&text, &Options::default()).unwrap_err(),
            Unfit::Header(name)
        );
    }
}

#[test]
fn any_body_cut_anywhere_is_read_without_harm() {
    let body = format!("--b1\r\nContent-Type: message/sip\r\n\r\n{ENCLOSED}\r\n--b1--\r\n");
    for end in 0..body.len() {
        let text = request(
            "Content-Type: multipart/mixed;boundary=b1\r\n",
            &body[..end],
        );
        assert_eq!(told(&text).expires, 90);
    }
}
