//! Form two: the recording of the day through the replay, octet for octet.

use pengate::{gateway::Taps, replay, replay::Replay};

use crate::{
    documents::{expected, lines},
    peers::ALICE,
    steps::DAY,
    world::{Known, World, configuration, subscribers},
};

#[test]
fn the_recording_gives_the_same_messages_and_documents() {
    let mut day = World::new(Known::Provisioned);
    for (number, step) in DAY.iter().enumerate() {
        day.take(step, number);
    }
    let (sent, held) = (day.sent.clone(), day.held.clone());
    let recording = day.recording();

    let config = configuration();
    let clients = config.radius.clients.iter();
    let secrets: Vec<_> = clients
        .map(|client| (client.network, client.secret.clone().unwrap()))
        .collect();
    let taps = Taps {
        events: false,
        documents: true,
    };
    let make = |seed| replay::gateway(&config, &secrets, &subscribers(), taps, seed);
    let mut replay = Replay::new(make).listening(&config);
    let (mut sent_again, mut documents) = (Vec::new(), Vec::new());
    let mut each = |_, effects: &pengate::gateway::Effects| {
        let sends = effects.sends();
        sent_again.extend(sends.map(|(channel, octets)| (channel, octets.to_vec())));
        for shown in &effects.documents {
            assert_eq!(shown.presentity.as_str(), ALICE);
            documents.push(String::from_utf8(shown.body.to_vec()).unwrap());
        }
    };
    replay
        .run(recording.as_slice(), &config.capture, &mut each)
        .unwrap();
    assert_eq!(replay.summary().faults, 0);
    assert_eq!(sent_again.len(), sent.len());
    for (number, (again, first)) in sent_again.iter().zip(&sent).enumerate() {
        assert!(again == first, "message {number} to {}", first.0.peer);
    }
    // Before alice was watched there was nothing to show.
    assert_eq!(held.first().map(String::is_empty), Some(false));
    let told: Vec<_> = held
        .iter()
        .filter(|held| documents.contains(held))
        .collect();
    assert_eq!(told.len() + 1, held.len(), "all but the first, of nothing");
    let mut documents = documents.iter().map(|document| lines(document));
    for number in 0..DAY.len() {
        let expected = expected(number);
        // A call that is answered changes nothing.
        if number == 0 || expected != self::expected(number - 1) {
            assert!(documents.any(|document| document == expected), "{number}");
        }
    }
}
