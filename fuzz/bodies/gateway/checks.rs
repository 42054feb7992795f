//! What must hold of everything that a step brings about.

use pengate::{
    feed::{Carrier, Channel},
    gateway::{Effects, Gateway},
    pen::log::Log,
};
use pengate_codecs::{
    pidf,
    radius::{Packet, Secret, verify_response},
    sip::{Framing, Message},
};

use super::bench::FEW;

/// Tables stay within their limits, and so does what one step says.
pub fn bounds<L: Log>(gateway: &mut Gateway<L>, effects: &Effects, inputs: usize) {
    assert!(gateway.front().transactions() <= FEW);
    assert!(gateway.front().requests() <= FEW);
    let sizes = gateway.shard().sizes();
    let (presentities, subscriptions) = (sizes.presentities, sizes.subscriptions);
    assert!(presentities <= FEW && subscriptions <= FEW);
    assert!(gateway.feeds().identities().len() <= FEW);
    let octets: usize = effects.sends().map(|(_, octets)| octets.len()).sum();
    assert!(effects.sends().count() <= 64 * (inputs + FEW));
    assert!(octets <= 1 << 22, "{octets} octets in one step");
}

/// Every document is well-formed by another's judgement, and we would read it ourselves.
pub fn documents(effects: &Effects) {
    let limits = pidf::Limits {
        octets_max: usize::MAX,
        elements_max: usize::MAX,
        attributes_max: usize::MAX,
        ..pidf::Limits::default()
    };
    for shown in &effects.documents {
        let text = std::str::from_utf8(&shown.body).expect("a document is UTF-8");
        if text.is_empty() {
            continue;
        }
        if let Err(error) = roxmltree::Document::parse(text) {
            panic!("{error}: {text}");
        }
        if let Err(error) = pidf::parse(&shown.body, &limits) {
            panic!("{error}: {text}");
        }
    }
}

/// What is sent to a RADIUS client answers a request of its, and proves it.
pub fn radius(channel: Channel, octets: &[u8], requests: &[(Channel, Vec<u8>)], secret: &Secret) {
    let response = Packet::decode(octets).expect("what is sent is a packet");
    let answers = requests
        .iter()
        .filter(|(from, _)| *from == channel)
        .filter_map(|(_, request)| Packet::decode(request).ok())
        .filter(|request| request.identifier() == response.identifier())
        .any(|request| verify_response(&response, request.authenticator(), secret).is_ok());
    assert!(answers, "an answer that no request of {channel:?} has");
}

/// What is sent is a message, or the answer to a ping.
pub fn sip(channel: Channel, octets: &[u8]) -> Option<Message<'_>> {
    if channel.carrier == Carrier::Tcp && octets == b"\r\n" {
        return None;
    }
    match Message::decode(octets, Framing::Stream) {
        Ok(message) => Some(message),
        Err(error) => panic!("{error}: {:?}", String::from_utf8_lossy(octets)),
    }
}
