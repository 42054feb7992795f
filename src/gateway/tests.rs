//! What the gateway counts.

mod registrations;
mod restarts;
mod rows;

use pengate_codecs::radius::{Builder, Code, Secret, attribute, gi};

use super::*;
use crate::{
    agent::identity,
    event::Source,
    feed::{Carrier, Channel, Chunk, Heading},
    options::Network,
    pen::{
        log::{LogError, MemoryLog, RecordRef, Refusal},
        state::StateBatch,
    },
};

fn secret() -> Secret {
    Secret::from("testing123")
}

/// A log that says it takes everything, and then may not: others were quicker.
struct Hasty(MemoryLog);

impl Log for Hasty {
    fn submit(&mut self, batch: &Batch) -> Result<LogPos, Refusal> {
        self.0.submit(batch)
    }

    fn poll(&mut self) -> Option<Settlement> {
        self.0.poll()
    }

    fn admits(&self) -> Result<(), Refusal> {
        Ok(())
    }

    fn last(&self) -> LogPos {
        self.0.last()
    }

    fn floor(&self) -> LogPos {
        self.0.floor()
    }

    fn replay(
        &mut self,
        after: LogPos,
        each: &mut dyn FnMut(LogPos, RecordRef<'_>),
    ) -> Result<(), LogError> {
        self.0.replay(after, each)
    }

    fn truncate_to(&mut self, pos: LogPos) {
        self.0.truncate_to(pos);
    }
}

struct Bench {
    gateway: Gateway<Hasty>,
    effects: Effects,
    packets: u8,
}

impl Bench {
    fn new(identity: identity::Options) -> Self {
        let feeds = FeedOptions {
            identity,
            ..FeedOptions::default()
        };
        let options = Options {
            feeds,
            ..Options::default()
        };
        let clients = [(Network::LOOPBACK_V4, secret())];
        let clients = clients.into_iter().collect();
        Self {
            gateway: Gateway::new(options, clients, Hasty(MemoryLog::new())),
            effects: Effects::default(),
            packets: 0,
        }
    }

    /// A session of this IMSI began.
    fn start(&mut self, imsi: &str) {
        self.start_with(imsi, None);
    }

    /// The same, and perhaps a number is told with it.
    fn start_with(&mut self, imsi: &str, number: Option<&str>) {
        self.packets += 1;
        let mut packet = Vec::new();
        let session = format!("s{}", self.packets);
        let mut builder = Builder::new(&mut packet, Code::AccountingRequest, self.packets)
            .integer(attribute::ACCT_STATUS_TYPE, 1)
            .attribute(attribute::ACCT_SESSION_ID, session.as_bytes())
            .gi(gi::kind::IMSI, imsi.as_bytes());
        if let Some(number) = number {
            builder = builder.attribute(attribute::CALLING_STATION_ID, number.as_bytes());
        }
        builder.finish_request(&[0; 16], &secret()).unwrap();
        self.receive(&packet);
    }

    /// Somebody without a name asks for a session in a network.
    fn ask(&mut self) {
        self.packets += 1;
        let mut packet = Vec::new();
        let builder = Builder::new(&mut packet, Code::AccessRequest, self.packets)
            .gi(gi::kind::SGSN_MCC_MNC, b"00101")
            .message_authenticator();
        builder.finish_request(&[7; 16], &secret()).unwrap();
        self.receive(&packet);
    }

    fn receive(&mut self, packet: &[u8]) {
        let chunk = Chunk {
            at: Stamp::from_secs(1),
            channel: Channel {
                carrier: Carrier::Udp,
                local: "127.0.0.1:1813".parse().unwrap(),
                peer: "127.0.0.1:40000".parse().unwrap(),
            },
            heading: Heading::In,
            bytes: packet,
        };
        self.step(&[Input::Chunk(Service::Radius(Source::Pk), chunk)]);
    }

    fn step(&mut self, inputs: &[Input<'_>]) {
        self.gateway
            .step(Stamp::from_secs(1), inputs, &mut self.effects);
    }

    /// How many identities the log ties to somebody.
    fn binds(&mut self) -> usize {
        let mut binds = 0;
        let mut count = |_, record: RecordRef<'_>| binds += usize::from(record.kind == Kinds::BIND);
        let log = self.gateway.log_mut();
        log.replay(LogPos(0), &mut count).unwrap();
        binds
    }

    /// The kinds of faults since the last time.
    fn faults(&mut self) -> Vec<&'static str> {
        let faults = std::mem::take(&mut self.effects.faults);
        faults.into_iter().map(|fault| fault.kind).collect()
    }

    /// Events recorded, idle and refused since the last time, and the answers.
    fn counted(&mut self) -> ([u64; 3], u64) {
        let Outcomes {
            recorded,
            idle,
            refused,
        } = self.effects.counts.events[Source::Pk.index()];
        let answers = self.effects.counts.answers[Source::Pk.index()];
        self.effects.clear();
        ([recorded, idle, refused], answers)
    }
}

const ALICE: &str = "001010000000001";
const BOB: &str = "001010000000002";

#[test]
fn an_event_is_recorded_once_it_is_durable() {
    let mut bench = Bench::new(identity::Options::default());
    bench.gateway.log_mut().0.hold();
    bench.start(ALICE);
    bench.start(BOB);
    assert_eq!(bench.counted(), ([0, 0, 0], 0));
    bench.gateway.log_mut().0.settle(1);
    bench.step(&[]);
    assert_eq!(bench.counted(), ([1, 0, 0], 1));
    bench.gateway.log_mut().0.release();
    bench.step(&[]);
    assert_eq!(bench.counted(), ([1, 0, 0], 1));
}

#[test]
fn an_answer_is_known_after_a_restart_though_the_rows_hold_its_event() {
    let mut before = Bench::new(identity::Options::default());
    before.start(ALICE);
    assert_eq!(before.counted(), ([1, 0, 0], 1));
    // The rows stand where the log ends: nothing of it is left to be applied.
    let stands = before.gateway.log().last();
    let mut after = Bench::new(identity::Options::default());
    std::mem::swap(before.gateway.log_mut(), after.gateway.log_mut());
    let applied = after.gateway.recover(Stamp::from_secs(1), stands).unwrap();
    assert_eq!(applied, 0);
    after.start(ALICE);
    assert_eq!(after.counted(), ([0, 0, 0], 1), "the same packet");
    after.start(ALICE);
    assert_eq!(after.counted(), ([1, 0, 0], 1), "another one");
}

#[test]
fn an_event_of_nobody_is_idle_and_answered() {
    let mut bench = Bench::new(identity::Options::default());
    bench.ask();
    assert_eq!(bench.counted(), ([0, 1, 0], 1));
}

#[test]
fn an_event_that_neither_table_nor_log_takes_is_refused_and_not_answered() {
    let mut bench = Bench::new(identity::Options {
        identities_max: 1,
        ..identity::Options::default()
    });
    bench.start(ALICE);
    assert_eq!(bench.counted(), ([1, 0, 0], 1));
    bench.start(BOB);
    assert_eq!(bench.counted(), ([0, 0, 1], 0), "the table is full");

    let mut bench = Bench::new(identity::Options::default());
    bench.gateway.log_mut().0.refuse(Some(Refusal::NoSpace));
    bench.start(ALICE);
    assert_eq!(bench.counted(), ([0, 0, 1], 0), "the log is full");
    bench.gateway.log_mut().0.refuse(None);
    bench.start(ALICE);
    assert_eq!(bench.counted(), ([1, 0, 0], 1));
}

#[test]
fn what_there_is_no_room_for_beside_the_person_is_counted_and_the_event_recorded() {
    let mut bench = Bench::new(identity::Options {
        identities_max: 1,
        sessions_max: 1,
        ..identity::Options::default()
    });
    bench.start(ALICE);
    assert_eq!(bench.faults(), Vec::<&str>::new());
    bench.start(ALICE);
    assert_eq!(bench.faults(), ["sessions-forgotten"]);
    bench.start_with(ALICE, Some("99900000001"));
    assert_eq!(
        bench.faults(),
        ["identity-not-learned", "sessions-forgotten"]
    );
    assert_eq!(bench.counted(), ([3, 0, 0], 3));
    bench.start(BOB);
    assert_eq!(bench.faults(), ["identity-table-full"]);
}

#[test]
fn what_a_refused_event_taught_is_recorded_when_the_log_takes_it() {
    let mut bench = Bench::new(identity::Options::default());
    bench.start(ALICE);
    bench.gateway.log_mut().0.refuse(Some(Refusal::Busy));
    bench.start_with(ALICE, Some("99900000001"));
    bench.gateway.log_mut().0.refuse(None);
    assert_eq!(bench.binds(), 0);
    let mut rows = StateBatch::default();
    assert_eq!(bench.gateway.take_writes(&mut rows), None);
    bench.step(&[]);
    assert_eq!(bench.binds(), 1, "the number leads to the subscriber");
    assert!(bench.gateway.take_writes(&mut rows).is_some());
    bench.start_with(ALICE, Some("99900000001"));
    assert_eq!(bench.binds(), 1, "and that is told once");
}
