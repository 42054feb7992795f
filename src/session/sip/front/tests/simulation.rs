//! Two fronts on a network that loses, doubles and delays datagrams.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const CLIENT: &str = "192.0.2.1:5060";

/// One in so many datagrams is lost, or arrives twice.
struct Network {
    random: Random,
    lost: u64,
    doubled: u64,
    flying: BTreeMap<(Stamp, u64), (Channel, Vec<u8>)>,
    count: u64,
}

impl Network {
    fn send(&mut self, now: Stamp, from: Channel, octets: &[u8]) {
        let copies = match self.random.below(100) {
            draw if draw < self.lost => 0,
            draw if draw < self.lost + self.doubled => 2,
            _ => 1,
        };
        for _ in 0..copies {
            // A copy sent at 31.5 s must arrive before timer J, 32 s after the first arrival, ends:
            // the values of RFC 3261 hold for delays below T1 only.
            let delay = i64::try_from(self.random.below(490)).unwrap();
            self.count += 1;
            let turned = Channel {
                carrier: from.carrier,
                local: from.peer,
                peer: from.local,
            };
            let due = Stamp::from_millis(now.millis() + 1 + delay);
            self.flying
                .insert((due, self.count), (turned, octets.to_vec()));
        }
    }
}

/// What each side saw.
#[derive(Debug, Default)]
struct Seen {
    requests: BTreeMap<String, u32>,
    outcomes: BTreeMap<ClientId, u32>,
    answered: u32,
}

struct World {
    network: Network,
    server: Front,
    client: Front,
    out: Outbox,
    seen: Seen,
}

impl World {
    fn new(seed: u64, lost: u64, doubled: u64) -> Self {
        let listener = Listener {
            carrier: Carrier::Udp,
            local: CLIENT.parse().unwrap(),
            sent_by: CLIENT.to_owned(),
        };
        let network = Network {
            random: Random::new(seed),
            lost,
            doubled,
            flying: BTreeMap::new(),
            count: 0,
        };
        Self {
            network,
            server: front(Options::default()),
            client: Front::new(Options::default(), vec![listener], Random::new(!seed)),
            out: Outbox::default(),
            seen: Seen::default(),
        }
    }

    fn request(&mut self, number: u32) -> ClientId {
        let hop = Hop::Address {
            peer: ([192, 0, 2, 9], 5060).into(),
            carrier: None,
        };
        let text = format!(
            "PUBLISH sip:alice@ims.example SIP/2.0\r\n\
             From: <sip:alice@ims.example>;tag={number}\r\nTo: <sip:alice@ims.example>\r\n\
             Call-ID: {number}\r\nCSeq: 1 PUBLISH\r\nContent-Length: 0\r\n\r\n"
        );
        self.out.clear();
        let id = self
            .client
            .request(at(0), hop, 1, text.as_bytes(), &mut self.out)
            .unwrap();
        self.drain(at(0), false);
        id
    }

    /// Carries out what one side wants; the server's room answers every request at once.
    fn drain(&mut self, now: Stamp, server: bool) {
        let out = std::mem::take(&mut self.out);
        for output in out.outputs() {
            match output {
                Output::Send { channel, bytes } => {
                    self.network.send(now, *channel, out.bytes(bytes));
                }
                Output::Request {
                    transaction,
                    channel,
                    bytes,
                } => {
                    assert!(server);
                    let request = decode(out.bytes(bytes));
                    let call = request.field(pengate_codecs::sip::Name::CallId).unwrap();
                    let call = call.text().unwrap().to_owned();
                    *self.seen.requests.entry(call).or_default() += 1;
                    let mut response = Vec::new();
                    let source = Some(channel.peer);
                    Writer::answer(&mut response, &request, 200, source, Some("t"))
                        .unwrap()
                        .finish();
                    let mut more = Outbox::default();
                    self.server
                        .respond(now, *transaction, &response, &mut more)
                        .unwrap();
                    let (back, bytes) = send_of(&more.outputs()[0]).unwrap();
                    self.network.send(now, back, more.bytes(&bytes));
                }
                Output::Response { transaction, .. } => {
                    *self.seen.outcomes.entry(*transaction).or_default() += 1;
                    self.seen.answered += 1;
                }
                Output::Timeout { transaction } => {
                    *self.seen.outcomes.entry(*transaction).or_default() += 1;
                }
                // A copy of a response may come after timer K.
                Output::Fault {
                    kind: FaultKind::StrayResponse,
                    ..
                } => assert!(!server),
                other => panic!("{other:?}"),
            }
        }
        self.out = out;
        self.out.clear();
    }

    /// Runs until no side has anything to do.
    fn run(&mut self) {
        loop {
            let flying = self
                .network
                .flying
                .first_key_value()
                .map(|((due, _), _)| *due);
            let timers = [self.server.deadline(), self.client.deadline()];
            let Some(now) = timers.into_iter().flatten().chain(flying).min() else {
                return;
            };
            for server in [true, false] {
                let side = if server {
                    &mut self.server
                } else {
                    &mut self.client
                };
                side.tick(now, &mut self.out);
                self.drain(now, server);
            }
            while let Some(entry) = self.network.flying.first_entry()
                && entry.key().0 <= now
            {
                let (channel, bytes) = entry.remove();
                let server = channel.local.ip() != CLIENT.parse::<SocketAddr>().unwrap().ip();
                let side = if server {
                    &mut self.server
                } else {
                    &mut self.client
                };
                let heading = Heading::In;
                let chunk = Chunk {
                    at: now,
                    channel,
                    heading,
                    bytes: &bytes,
                };
                side.receive(&chunk, &mut self.out);
                self.drain(now, server);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn every_request_is_seen_at_most_once_and_has_one_outcome(
        seed in any::<u64>(),
        lost in 0_u64..60,
        doubled in 0_u64..40,
    ) {
        let mut world = World::new(seed, lost, doubled);
        let ids: Vec<_> = (0..20).map(|number| world.request(number)).collect();
        world.run();
        prop_assert!(world.seen.requests.values().all(|count| *count == 1));
        for id in ids {
            prop_assert_eq!(world.seen.outcomes.get(&id), Some(&1));
        }
        prop_assert_eq!((world.server.transactions(), world.client.requests()), (0, 0));
        prop_assert_eq!((world.server.deadline(), world.client.deadline()), (None, None));
        if lost == 0 {
            prop_assert_eq!(world.seen.answered, 20);
        }
    }
}
