//! Whatever arrives, the front stays whole.

use proptest::prelude::*;

use super::*;

/// A request or a response with some octets changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let methods = "SUBSCRIBE|INVITE|ACK|CANCEL|OPTIONS|PUBLISH|WHAT";
    let damage = proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (methods, "[a-c]", damage, any::<bool>()).prop_map(|(method, branch, damage, cut)| {
        let mut octets = request(&method, &branch, "");
        for (at, octet) in damage {
            let at = at.index(octets.len());
            octets[at] = octet;
            if cut {
                octets.truncate(at + 1);
            }
        }
        octets
    })
}

proptest! {
    #[test]
    fn every_answer_is_a_response_and_tables_empty_in_the_end(
        messages in proptest::collection::vec((damaged(), any::<bool>()), 0..40),
    ) {
        let mut bench = Bench::new(Options::default());
        for (octets, stream) in &messages {
            let carrier = if *stream { Carrier::Tcp } else { Carrier::Udp };
            for output in bench.receive(0, channel(carrier, PEER), octets) {
                if let Some((_, bytes)) = send_of(&output) {
                    let sent = bench.out.bytes(&bytes);
                    let is_response = Message::decode(sent, Framing::Stream)
                        .is_ok_and(|message| message.response().is_some());
                    prop_assert!(is_response || sent == b"\r\n");
                }
            }
            prop_assert!(bench.front.transactions() <= messages.len());
        }
        while let Some(due) = bench.front.deadline() {
            bench.tick(due.millis());
        }
        prop_assert_eq!(bench.front.transactions(), 0);
    }
}
