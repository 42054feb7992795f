//! Links on a clock of their own.

mod contexts;
mod parting;

use std::time::Duration;

use pengate_codecs::m3ua::{
    AsState, Builder, ErrorCode, Label, Message, MessageType, Status, Value, tag,
};
use proptest::prelude::*;

use super::*;

const LABEL: Label = Label {
    originator: 1001,
    destination: 2002,
    service: 3,
    network: 2,
    priority: 0,
    selection: 5,
};

#[derive(Debug, Default)]
struct Said {
    sent: Vec<Vec<u8>>,
    faults: Vec<&'static str>,
    states: Vec<State>,
    destinations: Vec<(u32, Availability)>,
    hang_ups: usize,
}

impl Sink for Said {
    fn send(&mut self, octets: &[u8]) {
        self.sent.push(octets.to_vec());
    }

    fn fault(&mut self, _: Stamp, kind: &'static str, _: Option<usize>) {
        self.faults.push(kind);
    }

    fn state(&mut self, _: Stamp, state: State) {
        self.states.push(state);
    }

    fn destination(&mut self, _: Stamp, range: AffectedPointCode, told: Availability) {
        self.destinations.push((range.code, told));
    }

    fn hang_up(&mut self, _: Stamp) {
        self.hang_ups += 1;
    }
}

struct Bench {
    link: Link,
    now: Stamp,
    said: Said,
}

fn options() -> Options {
    Options {
        routing_contexts: vec![100],
        ..Options::default()
    }
}

fn build(kind: MessageType, fill: impl FnOnce(Builder<'_>) -> Builder<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    fill(Builder::new(&mut out, kind)).finish().unwrap();
    out
}

fn plain(kind: MessageType) -> Vec<u8> {
    build(kind, |message| message)
}

impl Bench {
    fn new(options: Options) -> Self {
        let mut bench = Self {
            link: Link::new(options),
            now: Stamp::from_secs(0),
            said: Said::default(),
        };
        bench.link.up(bench.now, &mut bench.said);
        bench
    }

    fn active(options: Options) -> Self {
        let mut bench = Self::new(options);
        bench.take(&plain(MessageType::AspUpAck));
        bench.take(&plain(MessageType::AspActiveAck));
        assert_eq!(bench.link.state(), State::Active);
        bench.said = Said::default();
        bench
    }

    fn take(&mut self, octets: &[u8]) -> Option<Vec<u8>> {
        let data = self.link.take(self.now, octets, &mut self.said);
        data.map(|data| data.protocol_data.payload.to_vec())
    }

    fn wait(&mut self, millis: u64) {
        let until = self.now + Duration::from_millis(millis);
        while let Some(at) = self.link.deadline()
            && at <= until
        {
            self.now = self.now.max(at);
            self.link.expire(self.now, &mut self.said);
        }
        self.now = until;
    }

    /// What was sent since the last time, by its type.
    fn sent(&mut self) -> Vec<MessageType> {
        let sent = std::mem::take(&mut self.said.sent);
        sent.iter()
            .map(|octets| Message::decode(octets).unwrap().kind())
            .collect()
    }

    /// The error code of the only message that was sent.
    fn refused(&mut self) -> ErrorCode {
        let sent = std::mem::take(&mut self.said.sent);
        let [octets] = &sent[..] else {
            panic!("{sent:?}");
        };
        let message = Message::decode(octets).unwrap();
        match message.value(tag::ERROR_CODE) {
            Ok(Some(Value::ErrorCode(code))) => code,
            other => panic!("{other:?}"),
        }
    }
}

fn data(context: Option<u32>) -> Vec<u8> {
    build(MessageType::Data, |message| {
        let contexts: Vec<u32> = context.into_iter().collect();
        message
            .routing_contexts(&contexts)
            .protocol_data(LABEL, |out| out.extend_from_slice(b"sccp"))
    })
}

fn notify(status: Status) -> Vec<u8> {
    build(MessageType::Notify, |message| message.status(status))
}

#[test]
fn a_link_goes_up_and_active_and_carries_data() {
    let options = Options {
        asp_identifier: Some(7),
        ..options()
    };
    let mut bench = Bench::new(options);
    let up = Message::decode(&bench.said.sent[0]).unwrap();
    assert_eq!(
        up.value(tag::ASP_IDENTIFIER),
        Ok(Some(Value::AspIdentifier(7)))
    );
    assert_eq!(bench.sent(), [MessageType::AspUp]);
    bench.take(&plain(MessageType::AspUpAck));
    let active = Message::decode(&bench.said.sent[0]).unwrap();
    let contexts = active.routing_contexts().unwrap().unwrap();
    assert_eq!(contexts.iter().collect::<Vec<_>>(), [100]);
    assert_eq!(bench.sent(), [MessageType::AspActive]);
    assert_eq!(
        bench.take(&data(Some(100))),
        Some(b"sccp".to_vec()),
        "before the acknowledgement"
    );
    let early = bench.link.send_data(LABEL, None, |_| {}, &mut bench.said);
    assert_eq!(early, Err(NotActive::State(State::Inactive)));
    bench.take(&notify(Status::AsStateChange(AsState::Active)));
    bench.take(&build(MessageType::AspActiveAck, |message| {
        message.routing_contexts(&[100])
    }));
    bench.take(&notify(Status::AsStateChange(AsState::Active)));
    assert_eq!(
        bench.said.states,
        [State::Down, State::Inactive, State::Active]
    );
    let write = |out: &mut Vec<u8>| out.extend_from_slice(b"answer");
    bench
        .link
        .send_data(LABEL, None, write, &mut bench.said)
        .unwrap();
    let sent = std::mem::take(&mut bench.said.sent);
    let found = pengate_codecs::m3ua::Data::decode(&sent[0])
        .unwrap()
        .unwrap();
    assert_eq!(
        (found.routing_context, found.protocol_data.payload),
        (Some(100), &b"answer"[..])
    );
    assert!(bench.said.faults.is_empty(), "{:?}", bench.said.faults);
}

#[test]
fn what_is_not_acknowledged_is_asked_again_until_the_association_is_given_up() {
    let mut bench = Bench::new(options());
    bench.wait(9_000);
    assert_eq!(bench.sent(), [MessageType::AspUp; 5]);
    bench.take(&plain(MessageType::AspUpAck));
    bench.wait(19_999);
    assert_eq!(bench.sent(), [MessageType::AspActive; 10]);
    assert_eq!(bench.said.hang_ups, 0);
    bench.wait(1);
    assert_eq!(
        (bench.said.hang_ups, bench.link.state()),
        (1, State::Closing)
    );
    assert_eq!(bench.said.faults, ["no-acknowledgement"]);
    assert_eq!(bench.link.deadline(), None);
    bench.link.down(bench.now, &mut bench.said);
    bench.link.up(bench.now, &mut bench.said);
    assert_eq!(bench.sent(), [MessageType::AspUp]);
}

#[test]
fn heartbeats_are_echoed_and_ours_must_come_back() {
    let mut bench = Bench::active(options());
    let theirs = build(MessageType::Heartbeat, |message| {
        message.parameter(tag::HEARTBEAT_DATA, b"any octets")
    });
    bench.take(&theirs);
    let echo = Message::decode(&bench.said.sent[0]).unwrap();
    let echoed = echo.parameter(tag::HEARTBEAT_DATA).unwrap().value;
    assert_eq!(echoed, b"any octets");
    assert_eq!(bench.sent(), [MessageType::HeartbeatAck]);
    bench.wait(30_000);
    let beat = bench.said.sent[0].clone();
    assert_eq!(bench.sent(), [MessageType::Heartbeat]);
    let mut ack = beat.clone();
    ack[3] = 6;
    bench.take(&ack);
    bench.wait(30_000);
    assert_eq!(bench.sent(), [MessageType::Heartbeat]);
    bench.take(&ack);
    assert_eq!(
        bench.said.faults,
        ["heartbeat-data"],
        "that of the one before"
    );
    bench.wait(10_000);
    assert_eq!(bench.said.faults[1..], ["heartbeat-lost"]);
    assert_eq!(bench.said.hang_ups, 1);
}

#[test]
fn a_gateway_that_starts_anew_is_asked_anew() {
    let mut bench = Bench::active(options());
    bench.take(&plain(MessageType::AspUpAck));
    assert_eq!(
        (bench.link.state(), bench.sent()),
        (State::Inactive, vec![MessageType::AspActive])
    );
    bench.take(&plain(MessageType::AspActiveAck));
    bench.take(&plain(MessageType::AspInactiveAck));
    assert_eq!(
        (bench.link.state(), bench.sent()),
        (State::Inactive, vec![])
    );
    bench.wait(2_000);
    assert_eq!(bench.sent(), [MessageType::AspActive]);
    bench.take(&plain(MessageType::AspDownAck));
    assert_eq!(bench.link.state(), State::Down);
    bench.wait(2_000);
    assert_eq!(bench.sent(), [MessageType::AspUp]);
}

#[test]
fn another_process_may_take_the_traffic_over_and_leave_it() {
    let mut bench = Bench::active(options());
    bench.take(&notify(Status::AlternateAspActive));
    assert_eq!(bench.link.state(), State::Standby);
    bench.wait(20_000);
    assert_eq!(bench.sent(), []);
    bench.take(&notify(Status::AsStateChange(AsState::Pending)));
    assert_eq!(bench.sent(), [MessageType::AspActive]);
    bench.take(&plain(MessageType::AspActiveAck));
    assert_eq!(bench.link.state(), State::Active);
}

#[test]
fn a_refusal_is_counted_and_it_is_asked_again_later() {
    let mut bench = Bench::new(options());
    bench.sent();
    bench.take(&build(MessageType::Error, |message| {
        message.error_code(ErrorCode::RefusedManagementBlocking)
    }));
    assert_eq!(bench.said.faults, ["refused-blocking"]);
    bench.wait(29_000);
    assert_eq!(bench.sent(), []);
    bench.wait(1_000);
    assert!(bench.sent().contains(&MessageType::AspUp));
    assert_eq!(bench.said.hang_ups, 0);
}

#[test]
fn the_network_tells_of_destinations_and_is_asked_about_those_that_are_gone() {
    let mut bench = Bench::active(Options {
        heartbeat_interval: Duration::ZERO,
        ..options()
    });
    let report = |kind, code| {
        build(kind, |message| {
            message.affected_point_codes(&[AffectedPointCode { mask: 2, code }])
        })
    };
    bench.take(&report(MessageType::DestinationUnavailable, 2000));
    assert_eq!(bench.link.way_to(2003, None), None);
    assert!(bench.link.way_to(2004, None).is_some());
    bench.wait(60_000);
    assert_eq!(bench.sent(), [MessageType::DestinationStateAudit; 2]);
    bench.take(&report(MessageType::SignallingCongestion, 2000));
    assert!(bench.link.way_to(2000, None).is_some());
    bench.take(&report(MessageType::DestinationAvailable, 2000));
    assert_eq!(bench.link.destinations.len(), 0);
    bench.wait(60_000);
    assert_eq!((bench.sent(), bench.link.deadline()), (vec![], None));
    bench.take(&report(MessageType::DestinationRestricted, 2000));
    bench.link.down(bench.now, &mut bench.said);
    assert_eq!(
        bench.link.destinations.len(),
        0,
        "nothing is known without a link"
    );
    assert_eq!(bench.said.destinations.len(), 4);
}

#[test]
fn what_is_not_understood_is_refused_and_ends_nothing() {
    let mut bench = Bench::active(options());
    let mut version = plain(MessageType::AspUpAck);
    version[0] = 2;
    let mut cut = data(None);
    cut.truncate(20);
    let unknown = |class, kind| plain(MessageType::Other { class, kind });
    for (octets, code) in [
        (version, ErrorCode::InvalidVersion),
        (cut, ErrorCode::ProtocolError),
        (unknown(7, 1), ErrorCode::UnsupportedMessageClass),
        (unknown(3, 9), ErrorCode::UnsupportedMessageType),
        (
            plain(MessageType::DestinationUnavailable),
            ErrorCode::MissingParameter,
        ),
        (plain(MessageType::AspUp), ErrorCode::UnexpectedMessage),
        (data(Some(101)), ErrorCode::InvalidRoutingContext),
    ] {
        assert_eq!(bench.take(&octets), None);
        assert_eq!(bench.refused(), code);
        assert_eq!(bench.link.state(), State::Active);
    }
    assert_eq!(bench.said.faults.len(), 7);
    bench.take(&plain(MessageType::Error));
    bench.take(&build(MessageType::Error, |message| {
        message.error_code(ErrorCode::Other(99))
    }));
    assert_eq!(bench.sent(), [], "an error is never refused");
    assert_eq!(bench.said.faults[7..], ["missing", "refused"]);
}

#[test]
fn two_ip_nodes_agree_whoever_begins() {
    for client in [Role::Asp, Role::IpspClient] {
        let options = |role| Options {
            role,
            heartbeat_interval: Duration::ZERO,
            ..options()
        };
        let mut client = Bench::new(options(client));
        let mut server = Bench::new(options(Role::IpspServer));
        for _ in 0..4 {
            for octets in std::mem::take(&mut client.said.sent) {
                server.take(&octets);
            }
            for octets in std::mem::take(&mut server.said.sent) {
                client.take(&octets);
            }
        }
        let states = (client.link.state(), server.link.state());
        assert_eq!(states, (State::Active, State::Active));
        assert_eq!(client.take(&data(Some(100))), Some(b"sccp".to_vec()));
        client.link.close(client.now, &mut client.said);
        server.take(&client.said.sent.pop().unwrap());
        assert_eq!(server.link.state(), State::Down);
        client.take(&server.said.sent.pop().unwrap());
        assert_eq!(client.said.hang_ups, 1);
    }
}

/// Something that happens to a link.
#[derive(Clone, Debug)]
enum Step {
    Message(MessageType, u32),
    Octets(Vec<u8>),
    Wait(u64),
    Down,
    Leave,
    Close,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let message = (proptest::sample::select(MessageType::ALL), 0_u32..4);
    let octets = proptest::collection::vec(any::<u8>(), 0..30);
    let step = prop_oneof![
        8 => message.prop_map(|(kind, number)| Step::Message(kind, number)),
        1 => octets.prop_map(Step::Octets),
        4 => (0_u64..40_000).prop_map(Step::Wait),
        1 => Just(Step::Down),
        1 => Just(Step::Leave),
        1 => Just(Step::Close),
    ];
    proptest::collection::vec(step, 0..60)
}

fn message(kind: MessageType, number: u32) -> Vec<u8> {
    build(kind, |message| {
        message
            .word(
                tag::STATUS,
                0x0001_0002 + (number % 2) * 0x0001_0000 + number / 2,
            )
            .word(tag::ERROR_CODE, number)
            .routing_contexts(&[100 + number / 3])
            .affected_point_codes(&[AffectedPointCode {
                mask: 1,
                code: 2000 + number,
            }])
            .word(tag::USER_CAUSE, number)
            .protocol_data(LABEL, |_| {})
    })
}

#[test]
fn a_node_that_took_the_traffic_away_is_asked_again() {
    let mut bench = Bench::new(Options {
        role: Role::IpspClient,
        heartbeat_interval: Duration::ZERO,
        ..options()
    });
    for kind in [
        MessageType::AspUpAck,
        MessageType::AspActiveAck,
        MessageType::AspInactive,
    ] {
        bench.take(&plain(kind));
    }
    assert_eq!(bench.link.state(), State::Inactive);
    assert!(bench.link.deadline().is_some());
}

proptest! {
    /// Whatever a peer says and loses, a link that has an association is never stuck: either it
    /// carries traffic, or it stands by, or something is due; and a peer that acknowledges brings
    /// it up.
    #[test]
    fn a_link_is_never_stuck(
        steps in steps(),
        role in prop_oneof![Just(Role::Asp), Just(Role::IpspClient), Just(Role::IpspServer)],
    ) {
        let options = Options { role, destinations_max: 2, heartbeat_interval: Duration::ZERO, ..options() };
        let mut bench = Bench::new(options);
        for step in steps {
            match step {
                Step::Message(kind, number) => drop(bench.take(&message(kind, number))),
                Step::Octets(octets) => drop(bench.take(&octets)),
                Step::Wait(millis) => bench.wait(millis),
                Step::Down => {
                    bench.link.down(bench.now, &mut bench.said);
                    bench.link.up(bench.now, &mut bench.said);
                }
                Step::Leave => bench.link.leave(bench.now, &mut bench.said),
                Step::Close => bench.link.close(bench.now, &mut bench.said),
            }
            prop_assert!(bench.link.destinations.len() <= 2);
            if bench.said.hang_ups > 0 {
                bench.said.hang_ups = 0;
                bench.link.down(bench.now, &mut bench.said);
                bench.link.up(bench.now, &mut bench.said);
            }
            let is_waiting = match bench.link.state() {
                State::Down | State::Inactive => {
                    role != Role::IpspServer && bench.link.deadline().is_none()
                }
                State::Closing => bench.link.deadline().is_none(),
                State::Disconnected => true,
                State::Leaving => bench.link.deadline().is_none() && !bench.link.has_left(),
                State::Active | State::Standby => false,
            };
            prop_assert!(!is_waiting, "{:?}", bench.link);
        }
        bench.link.down(bench.now, &mut bench.said);
        bench.link.up(bench.now, &mut bench.said);
        let kinds = match role {
            Role::IpspServer => [MessageType::AspUp, MessageType::AspActive],
            _ => [MessageType::AspUpAck, MessageType::AspActiveAck],
        };
        for kind in kinds {
            bench.take(&plain(kind));
        }
        prop_assert_eq!(bench.link.state(), State::Active);
    }
}

#[test]
fn acknowledgements_of_ever_new_contexts_hold_no_more_than_there_may_be() {
    let mut bench = Bench::active(Options::default());
    for round in 0..8 {
        let contexts: Vec<u32> = (round * 200..(round + 1) * 200).collect();
        let message = build(MessageType::AspActiveAck, |message| {
            message.routing_contexts(&contexts)
        });
        bench.take(&message);
    }
    assert_eq!(bench.link.active.len(), 256);
}
