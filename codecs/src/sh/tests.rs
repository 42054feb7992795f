//! Sh as a whole: documents and messages.

use proptest::prelude::*;

use super::*;
use crate::{
    Plmn, Stamp,
    diameter::{
        Builder, DecodeError, ExperimentalResult, Message, Origin, Outcome, ResultCode, answer,
        dict::Digits, experimental_answer, kinds as base,
    },
    radius::gi::{Cgi, Ecgi, Rai, Tai},
};

/// What an HSS tells of all that is asked for; made for this test.
const FULL: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Sh-Data>
  <PublicIdentifiers>
    <IMSPublicIdentity>sip:alice@ims.example</IMSPublicIdentity>
    <IMSPublicIdentity>tel:+99900000001?a&amp;b</IMSPublicIdentity>
    <MSISDN>99900000001</MSISDN>
    <Extension><IdentityType>0</IdentityType>
      <Extension><DeletedIdentities><IMSPublicIdentity>sip:old@ims.example</IMSPublicIdentity>
      </DeletedIdentities></Extension></Extension>
  </PublicIdentifiers>
  <RepositoryData><ServiceIndication>x</ServiceIndication><SequenceNumber>1</SequenceNumber>
    <ServiceData><IMSUserState>0</IMSUserState></ServiceData></RepositoryData>
  <Sh-IMS-Data><SCSCFName>sip:scscf.ims.example</SCSCFName><IMSUserState>1</IMSUserState></Sh-IMS-Data>
  <CSLocationInformation>
    <CellGlobalId>APEQEjRWeA==</CellGlobalId>
    <GeographicalInformation>EEAAAMAAABg=</GeographicalInformation>
    <VLRNumber><Address>kZkJAAAg8A==</Address></VLRNumber>
    <MSCNumber>kZkJAAAg8A==</MSCNumber>
    <CurrentLocationRetrieved>0</CurrentLocationRetrieved>
    <AgeOfLocationInformation>5</AgeOfLocationInformation>
  </CSLocationInformation>
  <PSLocationInformation>
    <RoutingAreaId>APEQEjRW</RoutingAreaId>
    <SGSNNumber><Address>kZkJAAAg8A==</Address></SGSNNumber>
    <CurrentLocationRetrieved>true</CurrentLocationRetrieved>
  </PSLocationInformation>
  <CSUserState>2</CSUserState>
  <PSUserState>4</PSUserState>
  <Extension><Extension><Extension><Extension>
    <EPSUserState>5</EPSUserState>
    <EPSLocationInformation>
      <E-UTRANCellGlobalId>APEQ8jRWeA==</E-UTRANCellGlobalId>
      <TrackingAreaId>APEQEjQ=</TrackingAreaId>
      <MMEName>mme.ims.example</MMEName>
      <Extension><VisitedPLMNID>APEQ</VisitedPLMNID></Extension>
    </EPSLocationInformation>
    <Extension><IMSI>001010000000001</IMSI></Extension>
  </Extension></Extension></Extension></Extension>
</Sh-Data>
"#;

fn texts(texts: &[Text<'_>]) -> Vec<String> {
    texts
        .iter()
        .map(|text| text.unescaped().unwrap().into_owned())
        .collect()
}

#[test]
fn a_document_with_everything_is_read() {
    let data = ShData::decode(FULL.as_bytes()).unwrap();
    let network = Plmn::from_digits(b"00101").unwrap();
    assert_eq!(data.faults.count(), 0);
    assert_eq!(
        texts(&data.public_identities),
        ["sip:alice@ims.example", "tel:+99900000001?a&b"]
    );
    assert_eq!(texts(&data.msisdns), ["99900000001"]);
    assert_eq!(data.imsi.unwrap().written(), "001010000000001");
    assert_eq!(data.s_cscf.unwrap().written(), "sip:scscf.ims.example");
    assert_eq!(data.ims_user_state, Some(ImsUserState::Registered));
    assert_eq!(data.cs_user_state, Some(CsUserState::AssumedIdle));
    assert_eq!(
        data.ps_user_state,
        Some(PsUserState::ConnectedReachableForPaging)
    );
    assert_eq!(data.eps_user_state, Some(PsUserState::NotProvided));
    let cs = data.cs_location.unwrap();
    let cell = Cgi {
        plmn: network,
        lac: 0x1234,
        ci: 0x5678,
    };
    assert_eq!((cs.area, cs.age), (Some(Area::Cell(cell)), Some(5)));
    assert_eq!(cs.vlr, cs.msc);
    assert_eq!(cs.vlr.unwrap().to_string(), "+99900000020");
    assert_eq!(cs.position.unwrap().latitude, 450_000_000);
    let ps = data.ps_location.unwrap();
    let area = Rai {
        plmn: network,
        lac: 0x1234,
        rac: 0x56,
    };
    assert_eq!((ps.routing_area, ps.is_current), (Some(area), true));
    assert_eq!(ps.sgsn, cs.vlr);
    let eps = data.eps_location.unwrap();
    assert_eq!(
        eps.eutran_cell,
        Some(Ecgi {
            plmn: network,
            eci: 0x0234_5678
        })
    );
    assert_eq!(
        eps.tracking_area,
        Some(Tai {
            plmn: network,
            tac: 0x1234
        })
    );
    assert_eq!((eps.visited, eps.serving()), (Some(network), Some(network)));
    assert_eq!(eps.node.unwrap().written(), "mme.ims.example");
}

#[test]
fn what_cannot_be_read_is_counted_and_the_rest_is_read() {
    let text = "<Sh-Data><CSUserState>x</CSUserState><CSLocationInformation><CellGlobalId>AA==\
                </CellGlobalId><VLRNumber><Address>!</Address></VLRNumber>\
                <CurrentLocationRetrieved>2</CurrentLocationRetrieved><AgeOfLocationInformation>9\
                </AgeOfLocationInformation></CSLocationInformation><PSUserState>0</PSUserState>\
                </Sh-Data>";
    let data = ShData::decode(text.as_bytes()).unwrap();
    assert_eq!((data.faults.count(), data.faults.first_at()), (4, Some(22)));
    assert_eq!(data.ps_user_state, Some(PsUserState::Detached));
    assert_eq!(data.cs_location.unwrap().age, Some(9));
}

#[test]
fn each_error_is_told_with_its_offset() {
    let long = vec![b' '; OCTETS_MAX + 1];
    for (octets, error) in [
        (&b"<Sh-Data>\xff</Sh-Data>"[..], ShDataError::Utf8 { at: 9 }),
        (b"\xef\xbb\xbf\xff", ShDataError::Utf8 { at: 3 }),
        (b"<presence/>", ShDataError::Root { at: 0 }),
        (
            b"<!DOCTYPE Sh-Data []><Sh-Data/>",
            ShDataError::DocumentType { at: 0 },
        ),
        (b"<Sh-Data><a></Sh-Data>", ShDataError::EndTag { at: 12 }),
        (&long, ShDataError::TooLong { at: OCTETS_MAX }),
    ] {
        assert_eq!(ShData::decode(octets), Err(error));
    }
}

#[test]
fn every_truncation_of_a_document_is_an_error() {
    for end in 0..FULL.trim_end().len() {
        assert!(ShData::decode(&FULL.as_bytes()[..end]).is_err(), "{end}");
    }
}

#[test]
fn a_document_that_tells_nothing_is_empty() {
    assert_eq!(
        ShData::decode(b"\xef\xbb\xbf<Sh-Data/>"),
        Ok(ShData::default())
    );
}

fn requester() -> Requester<'static> {
    Requester {
        session_id: "pna.ims.example;1;1",
        origin: ORIGIN,
        destination_host: Some("hss.ims.example"),
        destination_realm: "ims.example",
        hop_by_hop: 1,
        end_to_end: 2,
    }
}

const ORIGIN: Origin<'_> = Origin {
    host: "pna.ims.example",
    realm: "ims.example",
};

const ALICE: UserIdentity<'_> = UserIdentity::PublicIdentity("sip:alice@ims.example");

#[test]
fn a_push_notification_is_read_as_it_was_written() {
    let msisdn = [0x99, 0x09, 0x00, 0x00, 0x00, 0xf1];
    for user in [
        ALICE,
        UserIdentity::Msisdn(Digits::decode(&msisdn).unwrap()),
        UserIdentity::ExternalIdentifier("alice@ims.example"),
    ] {
        let mut out = Vec::new();
        PushNotificationRequest::encode(&mut out, &requester(), &user, FULL.as_bytes()).unwrap();
        let message = Message::decode(&out).unwrap();
        let push = PushNotificationRequest::decode(&message).unwrap();
        assert_eq!((push.user, push.user_data), (user, FULL.as_bytes()));
        assert_eq!(
            push.envelope.destination_host,
            Some(&b"hss.ims.example"[..])
        );
        for end in 0..out.len() {
            assert!(Message::decode(&out[..end]).is_err(), "{end}");
        }
    }
}

#[test]
fn what_a_push_notification_must_have_is_missed() {
    let mut out = Vec::new();
    PushNotificationRequest::encode(&mut out, &requester(), &ALICE, b"<Sh-Data/>").unwrap();
    let whole = Message::decode(&out).unwrap();
    for (kind, name) in [
        (base::SESSION_ID, "session"),
        (base::ORIGIN_HOST, "origin"),
        (kinds::USER_IDENTITY, "user"),
        (kinds::USER_DATA, "data"),
    ] {
        let mut less = Vec::new();
        let mut builder = Builder::new(&mut less, whole.header());
        for avp in whole.avps().filter(|avp| avp.kind != kind) {
            builder = builder.avp(avp.kind, avp.data);
        }
        builder.finish().unwrap();
        let message = Message::decode(&less).unwrap();
        let error = DecodeError::Missing {
            at: less.len(),
            kind,
        };
        assert_eq!(
            PushNotificationRequest::decode(&message),
            Err(error),
            "{name}"
        );
    }
}

#[test]
fn a_user_identity_with_nothing_in_it_is_invalid() {
    let mut out = Vec::new();
    PushNotificationRequest::encode(&mut out, &requester(), &ALICE, b"").unwrap();
    let header = *Message::decode(&out).unwrap().header();
    for members in [vec![], vec![(kinds::MSISDN, &b"\xff"[..])]] {
        let mut out = Vec::new();
        Builder::new(&mut out, &header)
            .group(kinds::USER_IDENTITY, |group| {
                members
                    .iter()
                    .fold(group, |group, (kind, data)| group.avp(*kind, data))
            })
            .finish()
            .unwrap();
        let message = Message::decode(&out).unwrap();
        let error = UserIdentity::decode(&message.avp(kinds::USER_IDENTITY).unwrap());
        assert_eq!(error.unwrap_err().kind(), "value");
    }
}

#[test]
fn requests_are_read_as_they_were_written() {
    let mut out = Vec::new();
    let references = [DataReference::UserState, DataReference::LocationInformation];
    UserDataRequest {
        user: ALICE,
        references: &references,
        domain: Some(RequestedDomain::Ps),
    }
    .encode(&mut out, &requester())
    .unwrap();
    let message = Message::decode(&out).unwrap();
    assert!(message.avp(kinds::CURRENT_LOCATION).is_some());
    let asked = Asked::decode(&message).unwrap();
    assert_eq!(asked.references.as_slice(), references);
    assert_eq!(
        (asked.domain, asked.kind),
        (Some(RequestedDomain::Ps), None)
    );
    out.clear();
    let expiry = Stamp::from_secs(1_772_360_130);
    SubscribeNotificationsRequest {
        user: ALICE,
        kind: SubsReqType::Subscribe,
        references: &[DataReference::ImsUserState],
        expiry: Some(expiry),
        send_data: true,
    }
    .encode(&mut out, &requester())
    .unwrap();
    let message = Message::decode(&out).unwrap();
    let asked = Asked::decode(&message).unwrap();
    assert_eq!(asked.kind, Some(SubsReqType::Subscribe));
    assert_eq!((asked.expiry, asked.send_data), (Some(expiry), true));
    for kind in [kinds::EXPIRY_TIME, kinds::SEND_DATA_INDICATION] {
        assert!(!message.avp(kind).unwrap().flags.is_mandatory(), "{kind}");
    }
    assert!(
        message
            .avp(kinds::USER_IDENTITY)
            .unwrap()
            .flags
            .is_mandatory()
    );
}

#[test]
fn answers_tell_data_or_why_not() {
    let mut request = Vec::new();
    PushNotificationRequest::encode(&mut request, &requester(), &ALICE, b"").unwrap();
    let request = Message::decode(&request).unwrap();
    let mut out = Vec::new();
    answer(&mut out, &request, ORIGIN, ResultCode::Success)
        .avp(kinds::USER_DATA, b"<Sh-Data/>")
        .finish()
        .unwrap();
    let told = DataAnswer::decode(&Message::decode(&out).unwrap()).unwrap();
    assert_eq!(told.user_data, Some(&b"<Sh-Data/>"[..]));
    assert_eq!(
        told.envelope.outcome,
        Some(Outcome::Result(ResultCode::Success))
    );
    out.clear();
    let absent: ExperimentalResult = results::SUBS_DATA_ABSENT;
    experimental_answer(&mut out, &request, ORIGIN, absent)
        .finish()
        .unwrap();
    let told = DataAnswer::decode(&Message::decode(&out).unwrap()).unwrap();
    assert_eq!(told.envelope.outcome, Some(Outcome::Experimental(absent)));
}

proptest! {
    #[test]
    fn damaged_documents_are_read_or_refused(
        at in 0..FULL.len(),
        octet in any::<u8>(),
        cut in 0..40_usize,
    ) {
        let mut octets = FULL.as_bytes().to_vec();
        octets[at] = octet;
        octets.drain(at..(at + cut).min(octets.len()));
        if let Err(error) = ShData::decode(&octets) {
            prop_assert!(error.at() <= octets.len());
        }
    }
}
