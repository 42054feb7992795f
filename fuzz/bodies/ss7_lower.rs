//! M3UA, MTP3 and SCCP: any message is read or refused; what is read can be written again.

use pengate_codecs::{
    m3ua::{Builder, Data, Message},
    mtp3, sccp,
};

/// One input: an SCTP user message of M3UA, or the octets of MTP3 or SCCP.
pub fn run(octets: &[u8]) {
    check_sccp(octets);
    match mtp3::Message::decode(octets) {
        Ok(message) => {
            assert!(octets.ends_with(message.payload));
            check_sccp(message.payload);
        }
        Err(short) => assert_eq!(short.at, octets.len()),
    }
    let Ok(message) = Message::decode(octets) else {
        return;
    };
    let mut out = Vec::new();
    let builder = message.parameters().fold(
        Builder::new(&mut out, message.kind()),
        |builder, parameter| {
            if let Err(error) = parameter.value() {
                assert!(error.at() <= octets.len());
            }
            builder.parameter(parameter.tag, parameter.value)
        },
    );
    builder.finish().expect("it fitted before");
    let again = Message::decode(&out).expect("what was written is read");
    assert!(again.parameters().eq(message.parameters()));
    if let Ok(Some(data)) = Data::decode(octets) {
        let at = data.protocol_data.at;
        assert!(octets[at..].starts_with(data.protocol_data.payload));
        check_sccp(data.protocol_data.payload);
    }
}

fn check_sccp(octets: &[u8]) {
    let Ok(message) = sccp::Message::decode(octets) else {
        return;
    };
    let mut out = Vec::new();
    let written = match &message {
        sccp::Message::Unitdata(message) => message.encode(&mut out),
        sccp::Message::UnitdataService(message) => message.encode(&mut out),
        sccp::Message::ExtendedUnitdata(message) => message.encode(&mut out),
        sccp::Message::ExtendedUnitdataService(message) => message.encode(&mut out),
        sccp::Message::LongUnitdata(message) => message.encode(&mut out),
        sccp::Message::LongUnitdataService(message) => message.encode(&mut out),
        sccp::Message::Other(_) => return,
    };
    // Parts that overlapped may be too long side by side.
    if written.is_ok() {
        assert_eq!(sccp::Message::decode(&out), Ok(message));
    } else {
        assert!(out.is_empty());
    }
    if let Some(transfer) = message.transfer() {
        let _ = sccp::Management::decode(transfer.data);
        for address in [transfer.called, transfer.calling] {
            if let Some(digits) = address.title.and_then(|title| title.digits()) {
                assert_eq!(digits.to_string().len(), digits.len());
            }
        }
    }
}
