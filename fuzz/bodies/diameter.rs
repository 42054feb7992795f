//! Diameter: any octets are a message or refused; what is read can be written again and answered.

use pengate_codecs::{
    diameter::{
        Accounting, Avps, Builder, Capabilities, Envelope, Frame, Message, Origin, ResultCode,
        answer, describe, frame, refuse, set_result,
    },
    sh::{Asked, DataAnswer, PushNotificationRequest, ShData},
};

const ORIGIN: Origin<'_> = Origin {
    host: "pna.ims.example",
    realm: "ims.example",
};

/// One input.
pub fn run(octets: &[u8]) {
    let framed = frame(octets, 4096);
    match Message::decode(octets) {
        Ok(message) => {
            let len = message.octets().len();
            assert!(len > 4096 || framed == Ok(Frame::Message { len }));
            walk(message.avps(), octets.len());
            views(&message);
            rebuilt(&message);
            answered(&message);
        }
        Err(error) => {
            assert!(error.at() <= octets.len());
            if let Ok(message) = Message::salvage(octets) {
                walk(message.avps(), octets.len());
                let mut out = Vec::new();
                refuse(&mut out, &message, ORIGIN, &error)
                    .finish()
                    .expect("an answer is not too long");
                Message::decode(&out).expect("an answer is a message");
            }
        }
    }
}

fn walk(avps: Avps<'_>, octets: usize) {
    for avp in avps {
        assert!(avp.at + avp.header_octets() + avp.data.len() <= octets);
        if let Ok(members) = avp.group() {
            walk(members, octets);
        }
    }
}

/// Every way to look at the message; each error stands within it.
fn views(message: &Message<'_>) {
    let len = message.octets().len();
    for error in [
        Envelope::decode(message).err(),
        Capabilities::decode(message).err(),
        Accounting::decode(message).err(),
        Asked::decode(message).err(),
        DataAnswer::decode(message).err(),
        PushNotificationRequest::decode(message).err(),
    ]
    .into_iter()
    .flatten()
    {
        assert!(error.at() <= len);
        let mut out = Vec::new();
        refuse(&mut out, message, ORIGIN, &error)
            .finish()
            .expect("an answer is not too long");
        Message::decode(&out).expect("an answer is a message");
    }
    if let Ok(push) = PushNotificationRequest::decode(message) {
        let _ = ShData::decode(push.user_data);
    }
    for full in [false, true] {
        describe(message, full, &mut |name, value| {
            assert!(!name.is_empty());
            assert!(value.to_string().len() <= 8 * len);
        });
    }
}

/// What is read and written again is the same, but for the padding.
fn rebuilt(message: &Message<'_>) {
    let mut out = Vec::new();
    let mut builder = Builder::new(&mut out, message.header());
    for avp in message.avps() {
        builder = builder.value(avp.kind, avp.flags, |out| out.extend_from_slice(avp.data));
    }
    builder.finish().expect("as long as before");
    let again = Message::decode(&out).expect("what was built is a message");
    let fields = |message: &Message<'_>| -> Vec<_> {
        let avps = message.avps();
        avps.map(|avp| (avp.kind, avp.data.to_vec())).collect()
    };
    assert_eq!(fields(&again), fields(message));
}

fn answered(message: &Message<'_>) {
    let mut out = Vec::new();
    answer(&mut out, message, ORIGIN, ResultCode::Success)
        .finish()
        .expect("an answer is not too long");
    assert!(set_result(&mut out, ResultCode::TooBusy));
    let answer = Message::decode(&out).expect("an answer is a message");
    assert_eq!(answer.header().hop_by_hop, message.header().hop_by_hop);
}
