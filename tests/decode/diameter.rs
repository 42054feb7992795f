//! A capture of Diameter: an HSS that is introduced, asked, and tells; what is wrong; a hole.

use pengate::feed::{Carrier, Channel, Heading, capture::Payload};
use pengate_codecs::{
    Stamp,
    diameter::{
        Application, Builder, Flags, Header, Message, Origin, ResultCode, Role, answer, command,
        experimental_answer, kinds,
    },
    sh::{
        DataReference, PushNotificationRequest, RequestedDomain, Requester, SubsReqType,
        SubscribeNotificationsRequest, UserDataRequest, UserIdentity, results,
    },
};

use super::captures::{Writer, channel};

const PNA: Origin<'_> = Origin {
    host: "pna.ims.example",
    realm: "ims.example",
};
const HSS: Origin<'_> = Origin {
    host: "hss.ims.example",
    realm: "ims.example",
};
const ALICE: UserIdentity<'_> = UserIdentity::PublicIdentity("sip:alice@ims.example");
const SH_DATA: &str = "<Sh-Data><PublicIdentifiers><MSISDN>99900000001</MSISDN></PublicIdentifiers>\
    <Sh-IMS-Data><IMSUserState>1</IMSUserState></Sh-IMS-Data><CSLocationInformation>\
    <CellGlobalId>APEQEjRWeA==</CellGlobalId><VLRNumber><Address>kZkJAAAg8A==</Address></VLRNumber>\
    <AgeOfLocationInformation>5</AgeOfLocationInformation></CSLocationInformation>\
    <CSUserState>2</CSUserState></Sh-Data>";

fn requester(origin: Origin<'static>, number: u32) -> Requester<'static> {
    Requester {
        session_id: if origin == PNA {
            "pna.ims.example;1;1"
        } else {
            "hss.ims.example;1;1"
        },
        origin,
        destination_host: (origin == HSS).then_some(PNA.host),
        destination_realm: "ims.example",
        hop_by_hop: number,
        end_to_end: number,
    }
}

fn base(command: u32, write: impl FnOnce(Builder<'_>) -> Builder<'_>) -> Vec<u8> {
    let header = Header {
        length: 0,
        flags: Flags::REQUEST,
        command,
        application: 0,
        hop_by_hop: 1,
        end_to_end: 1,
    };
    let mut out = Vec::new();
    let builder = Builder::new(&mut out, &header)
        .text(kinds::ORIGIN_HOST, PNA.host)
        .text(kinds::ORIGIN_REALM, PNA.realm);
    write(builder).finish().unwrap();
    out
}

fn success(request: &[u8], write: impl FnOnce(Builder<'_>) -> Builder<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    let request = Message::decode(request).unwrap();
    write(answer(&mut out, &request, HSS, ResultCode::Success))
        .finish()
        .unwrap();
    out
}

/// The capture.
pub fn diameter() -> Vec<u8> {
    let path = channel(Carrier::Tcp, "192.0.2.2:40000", "192.0.2.1:3868");
    let mut to = Writer::new();
    let sh = Application {
        vendor: 10415,
        role: Role::Authorization,
        id: 16_777_217,
    };
    let cer = base(command::CAPABILITIES_EXCHANGE, |builder| sh.encode(builder));
    to.chunk(path, Heading::Out, &cer);
    to.chunk(
        path,
        Heading::In,
        &success(&cer, |builder| sh.encode(builder)),
    );

    let mut asked = Vec::new();
    SubscribeNotificationsRequest {
        user: ALICE,
        kind: SubsReqType::Subscribe,
        references: &[DataReference::ImsUserState],
        expiry: Some(Stamp::from_secs(1_772_446_530)),
        send_data: true,
    }
    .encode(&mut asked, &requester(PNA, 2))
    .unwrap();
    let mut question = Vec::new();
    UserDataRequest {
        user: ALICE,
        references: &[DataReference::UserState, DataReference::LocationInformation],
        domain: Some(RequestedDomain::Cs),
    }
    .encode(&mut question, &requester(PNA, 3))
    .unwrap();
    // Two in one segment; the answers in two.
    to.chunk(
        path,
        Heading::Out,
        &[asked.clone(), question.clone()].concat(),
    );
    let mut refused = Vec::new();
    let request = Message::decode(&asked).unwrap();
    experimental_answer(
        &mut refused,
        &request,
        HSS,
        results::USER_DATA_NOT_AVAILABLE,
    )
    .finish()
    .unwrap();
    let told = success(&question, |builder| {
        builder.avp(pengate_codecs::sh::kinds::USER_DATA, SH_DATA.as_bytes())
    });
    let both = [refused, told].concat();
    to.chunk(path, Heading::In, &both[..50]);
    to.chunk(path, Heading::In, &both[50..]);

    pushed(&mut to, path);
    to.finish()
}

/// Capabilities and a watchdog over SCTP: each message of it is one of Diameter.
pub fn over_sctp() -> Vec<u8> {
    // Ports that tell nothing: the payload protocol does.
    let path = channel(Carrier::Sctp, "192.0.2.2:40000", "192.0.2.1:40001");
    let mut to = Writer::new();
    to.association(path, Payload::Diameter);
    let cer = base(command::CAPABILITIES_EXCHANGE, |builder| builder);
    to.chunk(path, Heading::Out, &cer);
    to.chunk(path, Heading::In, &success(&cer, |builder| builder));
    let dwr = base(command::DEVICE_WATCHDOG, |builder| builder);
    to.chunk(path, Heading::Out, &dwr);
    to.chunk(path, Heading::In, &success(&dwr, |builder| builder));
    // One that is cut.
    to.chunk(path, Heading::In, &dwr[..30]);
    to.finish()
}

/// What the HSS pushes: good, without sense, and of lengths that no message has.
fn pushed(to: &mut Writer, path: Channel) {
    let push = |data: &str, number| {
        let mut out = Vec::new();
        let requester = requester(HSS, number);
        PushNotificationRequest::encode(&mut out, &requester, &ALICE, data.as_bytes()).unwrap();
        out
    };
    let first = push(SH_DATA, 4);
    to.chunk(path, Heading::In, &first);
    to.chunk(path, Heading::Out, &success(&first, |builder| builder));
    to.chunk(
        path,
        Heading::In,
        &push("<!DOCTYPE Sh-Data []><Sh-Data/>", 5),
    );
    to.chunk(
        path,
        Heading::In,
        &push("<Sh-Data><CSUserState>x</CSUserState></Sh-Data>", 6),
    );
    let mut length = push(SH_DATA, 7);
    length[20 + 7] = 7;
    to.chunk(path, Heading::In, &length);
    // A length that no message has; the next one is found again. The last never ends.
    to.chunk(
        path,
        Heading::In,
        &[vec![1, 0, 0, 3], push("<Sh-Data/>", 8)].concat(),
    );
    to.chunk(path, Heading::In, &first[..60]);
}
