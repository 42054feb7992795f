//! The room, and an AAA server whose part the tests play.

use pengate_codecs::diameter::{
    AvpFlags, Envelope, Flags, Header, Kind, Origin, Outcome, RecordType,
};

use super::*;
use crate::{
    event::{Fact, Order, Phase},
    feed::{Carrier, Channel, Chunk},
    session::diameter::PeerOptions,
};

const AAA: Origin<'_> = Origin {
    host: "aaa.ims.example",
    realm: "ims.example",
};

fn channel() -> Channel {
    Channel {
        carrier: Carrier::Tcp,
        local: ([192, 0, 2, 1], 3868).into(),
        peer: ([192, 0, 2, 3], 40_000).into(),
    }
}

struct Bench {
    room: Pr,
    out: Outbox,
    now: Stamp,
}

impl Bench {
    /// With the AAA server connected to us.
    fn new(source: Source) -> Self {
        let mut options = Options::default();
        options.diameter.host = "pna.ims.example".into();
        options.diameter.realm = "ims.example".into();
        options.diameter.peers = vec![PeerOptions {
            host: AAA.host.into(),
            address: None,
        }];
        let mut bench = Self {
            room: Pr::new(source, options, 7, 1),
            out: Outbox::default(),
            now: Stamp::from_secs(1_772_360_130),
        };
        bench.step(&[Input::Up(channel())]);
        let cer = request(command::CAPABILITIES_EXCHANGE, 0, 0, |builder| {
            builder.unsigned32(kinds::ACCT_APPLICATION_ID, BASE_ACCOUNTING)
        });
        bench.hear(&cer);
        assert_eq!(bench.out.links.last().unwrap().state, "open");
        bench
    }

    fn step(&mut self, batch: &[Input<'_>]) {
        self.out.clear();
        self.room.input(self.now, batch, &mut self.out);
    }

    fn hear(&mut self, bytes: &[u8]) {
        let chunk = Chunk {
            at: self.now,
            channel: channel(),
            heading: Heading::In,
            bytes,
        };
        self.step(&[Input::Chunk(chunk)]);
    }

    fn sent(&self) -> Vec<Vec<u8>> {
        self.out
            .sends()
            .map(|(_, octets)| octets.to_vec())
            .collect()
    }

    fn outcomes(&self) -> Vec<Option<Outcome>> {
        let sent = self.sent();
        let outcomes = sent.iter().map(|octets| {
            let message = Message::decode(octets).unwrap();
            Envelope::decode(&message).unwrap().outcome
        });
        outcomes.collect()
    }

    fn faults(&self) -> Vec<&'static str> {
        self.out.faults.iter().map(|fault| fault.kind).collect()
    }
}

fn request(
    command: u32,
    application: u32,
    number: u32,
    write: impl FnOnce(Builder<'_>) -> Builder<'_>,
) -> Vec<u8> {
    let header = Header {
        length: 0,
        flags: Flags::REQUEST,
        command,
        application,
        hop_by_hop: number,
        end_to_end: number,
    };
    let mut out = Vec::new();
    let builder = Builder::new(&mut out, &header)
        .text(kinds::SESSION_ID, "aaa.ims.example;1;1")
        .text(kinds::ORIGIN_HOST, AAA.host)
        .text(kinds::ORIGIN_REALM, AAA.realm);
    write(builder).finish().unwrap();
    out
}

fn record(kind: RecordType, number: u32) -> Vec<u8> {
    record_as(kind, number, 100 + number)
}

/// The subscriber of every record.
const USER_NAME: &str = "0001010000000001@wlan.mnc001.mcc001.3gppnetwork.org";

/// A record under this End-to-End Identifier.
fn record_as(kind: RecordType, number: u32, end_to_end: u32) -> Vec<u8> {
    request(
        command::ACCOUNTING,
        BASE_ACCOUNTING,
        end_to_end,
        |builder| {
            builder
                .unsigned32(kinds::ACCOUNTING_RECORD_TYPE, kind.to_wire())
                .unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, number)
                .text(kinds::USER_NAME, USER_NAME)
                .avp(kinds::FRAMED_IP_ADDRESS, &[10, 0, 0, 1])
                .avp(Kind::tgpp(100), b"wlan.example")
        },
    )
}

fn session(bench: &Bench) -> (Phase, Option<u64>) {
    match &bench.out.events[0].1.fact {
        Fact::Session(session) => (
            session.phase,
            session.lifetime.map(|lifetime| lifetime.as_secs()),
        ),
        other => unreachable!("{other:?}"),
    }
}

const SUCCESS: Option<Outcome> = Some(Outcome::Result(ResultCode::Success));

#[test]
fn a_record_is_answered_when_it_is_durable_and_a_repetition_is_no_second_event() {
    for source in [Source::Pr, Source::Pp] {
        let mut bench = Bench::new(source);
        bench.hear(&record(RecordType::Start, 0));
        assert_eq!(
            (bench.sent().len(), session(&bench)),
            (0, (Phase::Active, Some(10_800)))
        );
        let (ticket, event) = bench.out.events[0].clone();
        assert_eq!(event.source, source);
        assert_eq!(event.subject.imsi.unwrap().0.to_string(), "001010000000001");
        bench.step(&[Input::Settled(ticket, Verdict::Settled)]);
        assert_eq!(bench.outcomes(), [SUCCESS]);
        let answer = bench.sent().remove(0);
        let answer = Message::decode(&answer).unwrap();
        let told = |kind| answer.avp(kind).unwrap().unsigned32().unwrap();
        assert_eq!(told(kinds::ACCOUNTING_RECORD_TYPE), 2);
        assert_eq!(told(kinds::ACCT_INTERIM_INTERVAL), 3600);
        bench.hear(&record(RecordType::Start, 0));
        assert_eq!(
            (bench.outcomes(), bench.out.events.len()),
            (vec![SUCCESS], 0)
        );
        bench.hear(&record(RecordType::Stop, 1));
        assert_eq!(session(&bench), (Phase::Ended, None));
    }
}

#[test]
fn a_record_answered_before_a_restart_is_answered_again_and_no_second_event() {
    for source in [Source::Pr, Source::Pp] {
        let mut bench = Bench::new(source);
        bench.hear(&record(RecordType::Start, 0));
        let ticket = bench.out.events[0].0;
        let mut kept = Batch::default();
        bench.room.keep(bench.now, ticket, &mut kept);
        // The client may have restarted as well: then only session and number are the same.
        for end_to_end in [100, 900] {
            let mut after = Bench::new(source);
            kept.records().for_each(|record| after.room.restore(record));
            after.hear(&record_as(RecordType::Start, 0, end_to_end));
            assert_eq!(
                (after.outcomes(), after.out.events.len()),
                (vec![SUCCESS], 0)
            );
            let answer = after.sent().remove(0);
            let header = *Message::decode(&answer).unwrap().header();
            assert_eq!(
                (header.hop_by_hop, header.end_to_end),
                (end_to_end, end_to_end)
            );
            after.hear(&record_as(RecordType::Stop, 1, 901));
            assert_eq!(session(&after), (Phase::Ended, None));
        }
        let other = if source == Source::Pr {
            Source::Pp
        } else {
            Source::Pr
        };
        let mut stranger = Bench::new(other);
        kept.records()
            .for_each(|record| stranger.room.restore(record));
        stranger.hear(&record(RecordType::Start, 0));
        assert_eq!(stranger.out.events.len(), 1, "the other room's answer");
    }
}

#[test]
fn a_record_told_twice_at_once_is_answered_twice_and_one_event() {
    let mut bench = Bench::new(Source::Pr);
    bench.hear(&record(RecordType::Start, 0));
    let ticket = bench.out.events[0].0;
    bench.hear(&record_as(RecordType::Start, 0, 900));
    assert_eq!((bench.out.events.len(), bench.sent().len()), (0, 0));
    assert_eq!(bench.faults(), ["repeated-fact"]);
    bench.step(&[Input::Settled(ticket, Verdict::Refused)]);
    let full = Some(Outcome::Result(ResultCode::OutOfSpace));
    assert_eq!(bench.outcomes(), [full, full]);
    bench.hear(&record_as(RecordType::Start, 0, 901));
    assert_eq!(bench.out.events.len(), 1, "it may come again");
}

#[test]
fn a_record_that_is_not_kept_is_refused_for_now() {
    let mut bench = Bench::new(Source::Pr);
    bench.hear(&record(RecordType::Start, 0));
    let ticket = bench.out.events[0].0;
    bench.step(&[Input::Settled(ticket, Verdict::Refused)]);
    assert_eq!(
        bench.outcomes(),
        [Some(Outcome::Result(ResultCode::OutOfSpace))]
    );
    bench.hear(&record(RecordType::Start, 0));
    assert_eq!(bench.out.events.len(), 1);
}

#[test]
fn an_event_record_is_answered_and_tells_nothing() {
    let mut bench = Bench::new(Source::Pr);
    bench.hear(&record(RecordType::Event, 0));
    assert_eq!(
        (bench.outcomes(), bench.out.events.len()),
        (vec![SUCCESS], 0)
    );
}

#[test]
fn a_time_too_far_ahead_is_not_believed() {
    let mut bench = Bench::new(Source::Pr);
    for (secs, is_ahead) in [(-10, false), (60, false), (61, true)] {
        let told = Stamp::from_secs(bench.now.secs() + secs);
        let number = u32::try_from(secs + 20).unwrap();
        let octets = request(command::ACCOUNTING, PR, number, |builder| {
            builder
                .unsigned32(kinds::ACCOUNTING_RECORD_TYPE, 2)
                .unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, number)
                .time(kinds::EVENT_TIMESTAMP, AvpFlags::MANDATORY, told)
        });
        bench.hear(&octets);
        let at = bench.out.events[0].1.order.at;
        assert_eq!(at, if is_ahead { bench.now } else { told });
        assert_eq!(bench.faults().contains(&"time-ahead"), is_ahead);
    }
}

#[test]
fn what_will_not_do_is_told_why() {
    let mut bench = Bench::new(Source::Pr);
    bench.hear(&request(
        command::SESSION_TERMINATION,
        BASE_ACCOUNTING,
        1,
        |builder| builder,
    ));
    assert_eq!(
        bench.outcomes(),
        [Some(Outcome::Result(ResultCode::CommandUnsupported))]
    );
    bench.hear(&request(
        command::ACCOUNTING,
        BASE_ACCOUNTING,
        2,
        |builder| builder,
    ));
    assert_eq!(
        bench.outcomes(),
        [Some(Outcome::Result(ResultCode::MissingAvp))]
    );
    bench.hear(&request(command::ACCOUNTING, 4, 3, |builder| builder));
    assert_eq!(
        bench.outcomes(),
        [Some(Outcome::Result(ResultCode::ApplicationUnsupported))]
    );
    assert_eq!(bench.room.deadline(), bench.room.node.deadline());
}

/// A watchdog of the AAA server, or a record, that tells its Origin-State-Id.
fn with_state(command: u32, state: u32, told: Option<(RecordType, u32, Stamp)>) -> Vec<u8> {
    let application = told.map_or(0, |_| BASE_ACCOUNTING);
    let number = told.map_or(state, |(_, number, _)| 500 + number);
    request(command, application, number, |builder| {
        let builder = builder.unsigned32(kinds::ORIGIN_STATE_ID, state);
        let Some((kind, number, at)) = told else {
            return builder;
        };
        builder
            .unsigned32(kinds::ACCOUNTING_RECORD_TYPE, kind.to_wire())
            .unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, number)
            .text(kinds::USER_NAME, USER_NAME)
            .time(kinds::EVENT_TIMESTAMP, AvpFlags::MANDATORY, at)
    })
}

fn watchdog(state: u32) -> Vec<u8> {
    with_state(command::DEVICE_WATCHDOG, state, None)
}

#[test]
fn an_element_that_restarted_lost_the_sessions_told_before_and_not_those_after() {
    // However far its clock is behind or ahead of ours.
    for (source, skew) in [(Source::Pr, -3_600), (Source::Pr, 0), (Source::Pp, 30)] {
        let mut bench = Bench::new(source);
        let theirs = |bench: &Bench| Stamp::from_secs(bench.now.secs() + skew);
        let tells = |bench: &mut Bench, state, kind, number| {
            let told = Some((kind, number, theirs(bench)));
            bench.hear(&with_state(command::ACCOUNTING, state, told));
        };
        tells(&mut bench, 5, RecordType::Start, 0);
        let before = bench.out.events.remove(0).1;
        bench.now = bench.now + Duration::from_mins(10);
        for state in [5, 4] {
            bench.hear(&watchdog(state));
            assert!(bench.out.events.is_empty(), "{state}");
        }
        bench.hear(&watchdog(6));
        let (_, reset) = bench.out.events.remove(0);
        assert!(bench.out.events.is_empty());
        assert_eq!(reset.fact, Fact::Reset(crate::event::Reset { apn: None }));
        assert_eq!(
            (reset.source, &reset.reporter, reset.subject.is_empty()),
            (source, &before.reporter, true)
        );
        bench.hear(&watchdog(6));
        assert!(bench.out.events.is_empty(), "told once");
        tells(&mut bench, 6, RecordType::Start, 7);
        let after = bench.out.events.remove(0).1;
        assert!(
            before.order < reset.order && reset.order < after.order,
            "{skew}"
        );
    }
}

#[test]
fn a_record_that_shows_a_restart_is_of_the_time_after_it() {
    let mut bench = Bench::new(Source::Pr);
    let told = |at, kind, number| Some((kind, number, at));
    let first = told(bench.now, RecordType::Start, 0);
    bench.hear(&with_state(command::ACCOUNTING, 5, first));
    let before = bench.out.events.remove(0).1;
    // It waited for a minute on its way.
    bench.now = bench.now + Duration::from_mins(10);
    let late = Stamp::from_secs(bench.now.secs() - 60);
    let second = told(late, RecordType::Start, 1);
    bench.hear(&with_state(command::ACCOUNTING, 6, second));
    let [(_, reset), (_, after)] = &bench.out.events[..] else {
        panic!("{:?}", bench.out.events);
    };
    assert!(matches!(reset.fact, Fact::Reset(_)));
    assert!(before.order < reset.order && reset.order < after.order);
    // At once: within the second of the last record it ends what that one told.
    let last = after.order;
    bench.hear(&watchdog(7));
    assert!(last < bench.out.events[0].1.order);
    // Its answer is not held up by the news, and what is not recorded is counted.
    let ticket = bench.out.events[0].0;
    bench.step(&[Input::Settled(ticket, Verdict::Refused)]);
    assert_eq!(bench.faults(), ["not-recorded"]);
}

#[test]
fn a_restart_never_ends_the_session_of_the_record_that_shows_it() {
    // Within a second, or with a clock that was set back over the restart.
    for back in [0, 40] {
        let mut bench = Bench::new(Source::Pr);
        let tells = |bench: &mut Bench, state, number, at| {
            let told = Some((RecordType::Start, number, at));
            bench.hear(&with_state(command::ACCOUNTING, state, told));
        };
        let now = Stamp::from_secs(bench.now.secs());
        tells(&mut bench, 5, 0, now);
        bench.out.events.clear();
        tells(&mut bench, 6, 1, now - Duration::from_secs(back));
        let [(_, reset), (_, after)] = &bench.out.events[..] else {
            panic!("{:?}", bench.out.events);
        };
        assert!(matches!(reset.fact, Fact::Reset(_)));
        assert!(reset.order < after.order, "{back}");
    }
}

#[test]
fn a_restart_ends_what_was_recorded_before_ours() {
    let mut bench = Bench::new(Source::Pr);
    let recorded = bench.now + Duration::from_secs(20);
    bench
        .room
        .resume(Source::Pp, recorded + Duration::from_hours(1));
    bench.room.resume(Source::Pr, recorded);
    bench.hear(&watchdog(5));
    bench.hear(&watchdog(6));
    let order = bench.out.events[0].1.order;
    let stop = Order {
        at: recorded,
        id: (4 << 56) - 1,
    };
    assert!(stop < order && order.at == recorded);
}

#[test]
fn a_session_lasts_until_the_last_of_its_sub_sessions_ends() {
    let mut bench = Bench::new(Source::Pr);
    let mut tell = |kind: RecordType, number, sub: Option<u64>| {
        let octets = request(command::ACCOUNTING, BASE_ACCOUNTING, number, |builder| {
            let builder = builder
                .unsigned32(kinds::ACCOUNTING_RECORD_TYPE, kind.to_wire())
                .unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, 0)
                .text(kinds::USER_NAME, USER_NAME);
            match sub {
                Some(sub) => builder.avp(kinds::ACCOUNTING_SUB_SESSION_ID, &sub.to_be_bytes()),
                None => builder,
            }
        });
        bench.hear(&octets);
        let (ticket, event) = bench.out.events.remove(0);
        let Fact::Session(session) = event.fact else {
            unreachable!("{:?}", event.fact);
        };
        bench.step(&[Input::Settled(ticket, Verdict::Settled)]);
        let answer = bench.sent().remove(0);
        let told = Message::decode(&answer)
            .unwrap()
            .avp(kinds::ACCOUNTING_SUB_SESSION_ID)
            .map(|avp| avp.unsigned64().unwrap());
        assert_eq!((bench.outcomes(), told), (vec![SUCCESS], sub));
        (session.phase, session.context)
    };
    let (first, second) = (Some(1), Some(2));
    assert_eq!(tell(RecordType::Start, 0, first), (Phase::Active, Some(2)));
    assert_eq!(tell(RecordType::Start, 1, second), (Phase::Active, Some(3)));
    let ended = tell(RecordType::Stop, 2, first);
    assert_eq!(ended, (Phase::ContextEnded, Some(2)));
    assert_eq!(tell(RecordType::Stop, 3, None), (Phase::Ended, None));
}

#[test]
fn the_address_of_a_wlans_access_point_is_no_access_point_name() {
    let mut bench = Bench::new(Source::Pr);
    for (number, called, apn) in [
        (0, "00-10-A4-23-19-C0:AP1", None),
        (1, "wlan.example", Some("wlan.example")),
    ] {
        bench.hear(&request(
            command::ACCOUNTING,
            BASE_ACCOUNTING,
            number,
            |builder| {
                builder
                    .unsigned32(kinds::ACCOUNTING_RECORD_TYPE, RecordType::Interim.to_wire())
                    .unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, number)
                    .text(kinds::USER_NAME, USER_NAME)
                    .text(kinds::CALLED_STATION_ID, called)
            },
        ));
        let Fact::Session(session) = &bench.out.events[0].1.fact else {
            panic!("session")
        };
        assert_eq!(session.apn.as_deref(), apn);
    }
}
