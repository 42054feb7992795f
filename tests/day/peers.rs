//! What HSS, GMLC, GGSN, 3GPP AAA server, S-CSCF and watcher say.

use pengate_codecs::{
    Stamp,
    diameter::{Application, Builder, Message, Origin, ResultCode, Role, TGPP, answer, command},
    radius::{self, Code, Secret},
    sh::{self, Asked, PushNotificationRequest, RequestedDomain, Requester, UserIdentity, kinds},
};

/// The secret of the default configuration.
const SECRET: &str = "testing123";

pub const ALICE: &str = "sip:alice@ims.example";

/// Where alice is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Network {
    Home,
    Visited,
}

/// Whether alice is registered with the IMS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Registered {
    No,
    Yes,
}

/// How the network reaches alice in a domain.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Reach {
    Detached,
    NotReachable,
    Attached,
}

/// What is so, whoever tells it: HSS and GMLC answer by it when they are asked.
#[derive(Clone, Copy, Debug)]
pub struct Truth {
    pub cs: Reach,
    pub ps: Reach,
    pub in_a_call: bool,
    /// Whether the HSS tells alice's number beside her registration.
    pub tells_number: bool,
    pub network: Network,
    pub registered: Registered,
    /// When a position was found.
    pub located: Option<Stamp>,
}

const HSS: Origin<'_> = Origin {
    host: "hss.ims.example",
    realm: "ims.example",
};

/// The answer of the HSS.
pub fn hss(truth: &Truth, octets: &[u8]) -> Option<Vec<u8>> {
    let request = Message::decode(octets).unwrap();
    let mut out = Vec::new();
    if !request.header().flags.is_request() {
        return None;
    }
    let success = |out| answer(out, &request, HSS, ResultCode::Success);
    let speaks = Application {
        vendor: TGPP,
        role: Role::Authorization,
        id: sh::APPLICATION,
    };
    let builder: Builder<'_> = match request.header().command {
        command::CAPABILITIES_EXCHANGE => speaks.encode(success(&mut out)),
        command::USER_DATA | command::SUBSCRIBE_NOTIFICATIONS => {
            let asked = Asked::decode(&request).unwrap();
            let data = sh_data(truth, asked.domain);
            success(&mut out).avp(kinds::USER_DATA, data.as_bytes())
        }
        _ => success(&mut out),
    };
    builder.finish().unwrap();
    Some(out)
}

/// A notification of the HSS that alice's registration changed.
pub fn push(truth: &Truth, number: u32) -> Vec<u8> {
    let mut out = Vec::new();
    let session = format!("hss.ims.example;1;{number}");
    let requester = Requester {
        session_id: &session,
        origin: HSS,
        destination_host: Some("pna.ims.example"),
        destination_realm: "ims.example",
        hop_by_hop: number,
        end_to_end: number,
    };
    let user = UserIdentity::PublicIdentity(ALICE);
    let data = sh_data(truth, None);
    PushNotificationRequest::encode(&mut out, &requester, &user, data.as_bytes()).unwrap();
    out
}

fn sh_data(truth: &Truth, domain: Option<RequestedDomain>) -> String {
    let registered = u8::from(truth.registered == Registered::Yes);
    let cs = match truth.cs {
        Reach::Attached if truth.in_a_call => 0,
        Reach::Attached => 2,
        Reach::Detached | Reach::NotReachable => 1,
    };
    let ps = match truth.ps {
        Reach::Detached => 0,
        Reach::NotReachable => 1,
        Reach::Attached => 2,
    };
    // The cell and the VLR of the network that serves alice.
    let (cell, vlr) = match truth.network {
        Network::Home => ("APEQEjRWeA==", "kZkJAAAA9w=="),
        Network::Visited => ("CfgQAAEAAg==", "kZkIAAAA9w=="),
    };
    let number = match truth.tells_number {
        true => "<PublicIdentifiers><MSISDN>99900000001</MSISDN></PublicIdentifiers>",
        false => "",
    };
    let within = match domain {
        None => {
            format!("{number}<Sh-IMS-Data><IMSUserState>{registered}</IMSUserState></Sh-IMS-Data>")
        }
        Some(RequestedDomain::Cs) if truth.cs == Reach::Attached => format!(
            "<CSLocationInformation><CellGlobalId>{cell}</CellGlobalId>\
             <VLRNumber><Address>{vlr}</Address></VLRNumber></CSLocationInformation>\
             <CSUserState>{cs}</CSUserState>"
        ),
        Some(RequestedDomain::Cs) => format!("<CSUserState>{cs}</CSUserState>"),
        Some(_) => format!("<PSUserState>{ps}</PSUserState>"),
    };
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Sh-Data>{within}</Sh-Data>")
}

/// The answer of the GMLC to a request for alice's location.
pub fn gmlc(truth: &Truth) -> Vec<u8> {
    let slia = match truth.located {
        None => "<result resid=\"5\">ABSENT SUBSCRIBER</result>".to_owned(),
        Some(at) => format!(
            "<pos><msid type=\"MSISDN\" enc=\"ASC\">99900000001</msid><pd>\
             <time utc_off=\"+0000\">{}</time><shape>\
             <CircularArea srsName=\"www.epsg.org#4326\"><coord><X>48 12 36.000N</X>\
             <Y>16 22 12.000E</Y></coord><radius>570</radius></CircularArea></shape></pd></pos>",
            compact(at)
        ),
    };
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
         <svc_result ver=\"3.4.0\"><slia ver=\"3.4.0\">{slia}</slia></svc_result>"
    );
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Year to second, as MLP writes a time.
fn compact(at: Stamp) -> String {
    let mut text = Vec::new();
    at.write_rfc3339(&mut text);
    let digits = text.iter().filter(|octet| octet.is_ascii_digit());
    digits.take(14).map(|octet| char::from(*octet)).collect()
}

/// Acct-Status-Type (RFC 2866 clause 5.1).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Status {
    Start = 1,
    Stop = 2,
}

/// What a GGSN tells of alice's PDP context (TS 29.061 clause 16.4).
pub fn packet_session(status: Status, at: Stamp, cell: &[u8; 7]) -> Vec<u8> {
    let location: Vec<u8> = [0].into_iter().chain(*cell).collect();
    accounting(status, at, 1, |builder| {
        let builder = builder
            .attribute(44, b"s1")
            .attribute(32, b"ggsn1")
            .attribute(31, b"99900000001")
            .attribute(30, b"internet")
            .attribute(8, &[10, 0, 0, 1])
            .gi(1, b"001010000000001")
            .gi(8, b"00101")
            .gi(10, b"5")
            .gi(18, b"00101")
            .gi(21, &[1]);
        match status {
            Status::Start => builder.gi(22, &location),
            // 3GPP-Session-Stop-Indicator: it was the last context.
            Status::Stop => builder.gi(11, &[0xff]),
        }
    })
}

/// What a 3GPP AAA server tells of alice's WLAN access.
pub fn wlan_session(status: Status, at: Stamp) -> Vec<u8> {
    accounting(status, at, 2, |builder| {
        builder
            .attribute(1, b"0001010000000001@wlan.mnc001.mcc001.3gppnetwork.org")
            .attribute(44, b"w1")
            .attribute(32, b"aaa1")
    })
}

fn accounting(
    status: Status,
    at: Stamp,
    element: u8,
    attributes: impl for<'o> FnOnce(radius::Builder<'o>) -> radius::Builder<'o>,
) -> Vec<u8> {
    let mut packet = Vec::new();
    let secs = u32::try_from(at.nanos() / 1_000_000_000).unwrap();
    let identifier = 16 * element + status as u8;
    let builder = radius::Builder::new(&mut packet, Code::AccountingRequest, identifier)
        .integer(40, status as u32)
        .integer(55, secs);
    attributes(builder)
        .finish_request(&[7; 16], &Secret::from(SECRET))
        .unwrap();
    packet
}

pub const SCSCF: &str = "127.0.0.3:6060";

/// A third-party REGISTER (TS 24.229 clause 5.4.1.7).
pub fn register(number: u32, expires: u32) -> String {
    format!(
        "REGISTER sip:pna.ims.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP {SCSCF};branch=z9hG4bK-{number}\r\n\
         Max-Forwards: 10\r\n\
         From: <sip:scscf1.ims.example>;tag={number}\r\n\
         To: <{ALICE}>\r\n\
         Call-ID: isc-{number}\r\n\
         CSeq: {number} REGISTER\r\n\
         Contact: <sip:scscf1.ims.example:6060>\r\n\
         Expires: {expires}\r\n\
         P-Visited-Network-ID: ims.example\r\n\
         Content-Length: 0\r\n\r\n"
    )
}

pub const WATCHER: &str = "127.0.0.1:5071";

/// A SUBSCRIBE of bob.
pub fn subscribe() -> String {
    format!(
        "SUBSCRIBE {ALICE} SIP/2.0\r\n\
         Via: SIP/2.0/UDP {WATCHER};branch=z9hG4bKs1\r\n\
         Max-Forwards: 70\r\nFrom: <sip:bob@ims.example>;tag=bob\r\nTo: <{ALICE}>\r\n\
         Call-ID: subscription-bob\r\nCSeq: 1 SUBSCRIBE\r\n\
         Contact: <sip:bob@{WATCHER}>\r\nEvent: presence\r\n\
         Expires: 3600\r\nAccept: application/pidf+xml\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The 200 to a request.
pub fn ok(request: &str) -> String {
    let copied = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
    let is_copied = |line: &&str| copied.iter().any(|name| line.starts_with(name));
    let lines = request.lines().filter(is_copied);
    let copied: String = lines.map(|line| format!("{line}\r\n")).collect();
    format!("SIP/2.0 200 OK\r\n{copied}Content-Length: 0\r\n\r\n")
}
