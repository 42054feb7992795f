use std::net::SocketAddr;

use pengate_codecs::radius::{
    Builder, Packet, Secret, attribute as kind,
    gi::{VENDOR, kind as gi},
    verify_response,
};

use super::*;
use crate::{
    event::{Cell, Domain, Fact, Phase, Plmn, Reset},
    feed::{Carrier, Chunk},
};

const NOON: i64 = 1_790_000_000;

struct Bench {
    room: Pk,
    out: Outbox,
    now: Stamp,
    secret: Secret,
}

impl Bench {
    fn new(options: Options) -> Self {
        Self::of(Source::Pk, options)
    }

    fn of(source: Source, options: Options) -> Self {
        let secret = Secret::new(*b"testing123");
        let clients = [("127.0.0.0/8".parse().unwrap(), secret.clone())]
            .into_iter()
            .collect();
        let room = Pk::new(source, options, Arc::new(clients));
        Self {
            room,
            out: Outbox::default(),
            now: Stamp::from_secs(NOON),
            secret,
        }
    }

    fn send(&mut self, datagrams: &[&[u8]]) {
        self.out.clear();
        let inputs: Vec<Input<'_>> = datagrams
            .iter()
            .map(|bytes| {
                let (at, channel) = (self.now, channel("127.0.0.1:40000"));
                Input::Chunk(Chunk {
                    at,
                    channel,
                    heading: Heading::In,
                    bytes,
                })
            })
            .collect();
        self.room.input(self.now, &inputs, &mut self.out);
    }

    fn settle(&mut self, ticket: Ticket, verdict: Verdict) {
        self.out.clear();
        self.room
            .input(self.now, &[Input::Settled(ticket, verdict)], &mut self.out);
    }

    fn request(&self, identifier: u8, status: u32, more: &[(u8, &[u8])]) -> Vec<u8> {
        self.build(Code::AccountingRequest, identifier, |builder| {
            let builder = builder
                .integer(kind::ACCT_STATUS_TYPE, status)
                .attribute(kind::NAS_IP_ADDRESS, &[192, 0, 2, 1])
                .attribute(kind::ACCT_SESSION_ID, b"C0000201000000AA")
                .attribute(kind::CALLING_STATION_ID, b"99900000001")
                .gi(gi::IMSI, b"001010000000001");
            more.iter().fold(builder, |builder, (kind, value)| {
                builder.attribute(*kind, value)
            })
        })
    }

    fn build(
        &self,
        code: Code,
        identifier: u8,
        fill: impl FnOnce(Builder<'_>) -> Builder<'_>,
    ) -> Vec<u8> {
        let mut out = vec![];
        fill(Builder::new(&mut out, code, identifier))
            .finish_request(&[identifier; 16], &self.secret)
            .unwrap();
        out
    }

    fn faults(&self) -> Vec<&'static str> {
        self.out.faults.iter().map(|fault| fault.kind).collect()
    }

    fn answers(&self) -> usize {
        self.out.sends().count()
    }

    fn only_event(&self) -> (Ticket, crate::event::NetworkEvent) {
        assert_eq!((self.out.events.len(), self.faults()), (1, vec![]));
        self.out.events[0].clone()
    }
}

fn channel(peer: &str) -> Channel {
    let local: SocketAddr = "127.0.0.1:1813".parse().unwrap();
    Channel {
        carrier: Carrier::Udp,
        local,
        peer: peer.parse().unwrap(),
    }
}

fn secs(secs: i64) -> [u8; 4] {
    u32::try_from(secs).unwrap().to_be_bytes()
}

#[test]
fn a_start_becomes_an_event_and_is_answered_only_when_settled() {
    let mut bench = Bench::new(Options::default());
    let start = bench.request(
        7,
        1,
        &[
            (kind::CALLED_STATION_ID, b"internet"),
            (kind::EVENT_TIMESTAMP, &secs(NOON - 3)),
            (kind::FRAMED_IP_ADDRESS, &[10, 0, 0, 1]),
            (kind::PROXY_STATE, b"proxy-1"),
            (kind::PROXY_STATE, b"proxy-0"),
        ],
    );
    bench.send(&[&start]);
    let (ticket, event) = bench.only_event();
    assert_eq!(
        bench.answers(),
        0,
        "nothing is answered before it is durable"
    );
    assert_eq!(
        (event.reporter.as_str(), event.order.at),
        ("192.0.2.1", Stamp::from_secs(NOON - 3))
    );
    assert_eq!(event.subject.imsi.unwrap().0.to_string(), "001010000000001");
    assert_eq!(event.subject.msisdn.unwrap().0.to_string(), "99900000001");
    assert_eq!(event.subject.address, "10.0.0.1".parse().ok());
    let Fact::Session(session) = event.fact else {
        panic!("a session")
    };
    assert_eq!(
        (session.phase, session.apn.as_deref()),
        (Phase::Active, Some("internet"))
    );
    assert_eq!(session.lifetime, Some(Duration::from_hours(3)));

    bench.settle(ticket, Verdict::Settled);
    let answers: Vec<(Channel, Vec<u8>)> = bench
        .out
        .sends()
        .map(|(channel, octets)| (channel, octets.to_vec()))
        .collect();
    let [(to, octets)] = &answers[..] else {
        panic!("one answer")
    };
    assert_eq!(*to, channel("127.0.0.1:40000"));
    let (request, answer) = (
        Packet::decode(&start).unwrap(),
        Packet::decode(octets).unwrap(),
    );
    assert_eq!(
        (answer.code(), answer.identifier()),
        (Code::AccountingResponse, 7)
    );
    assert_eq!(
        verify_response(&answer, request.authenticator(), &bench.secret),
        Ok(())
    );
    let states: Vec<&[u8]> = answer
        .attributes()
        .map(|attribute| attribute.value)
        .collect();
    assert_eq!(states, [b"proxy-1", b"proxy-0"]);
}

#[test]
fn the_same_packet_again_is_absorbed_then_answered_from_memory_and_is_no_second_event() {
    let mut bench = Bench::new(Options::default());
    let start = bench.request(7, 1, &[]);
    bench.send(&[&start, &start]);
    assert_eq!(
        (bench.out.events.len(), bench.faults()),
        (1, vec!["duplicate"])
    );
    let ticket = bench.out.events[0].0;
    bench.send(&[&start]);
    assert_eq!((bench.out.events.len(), bench.answers()), (0, 0));
    bench.settle(ticket, Verdict::Settled);
    let first: Vec<u8> = bench.out.sends().next().unwrap().1.to_vec();
    bench.send(&[&start]);
    assert_eq!(bench.out.events, vec![]);
    assert_eq!(
        bench
            .out
            .sends()
            .map(|(_, octets)| octets)
            .collect::<Vec<_>>(),
        [&first]
    );
}

#[test]
fn the_same_fact_under_a_new_identifier_is_answered_but_not_reported_twice() {
    let mut bench = Bench::new(Options::default());
    let first = bench.request(1, 1, &[]);
    bench.send(&[&first]);
    let (ticket, _) = bench.only_event();
    // Tried again four seconds later with its delay told, before the first is settled.
    bench.now = bench.now + Duration::from_secs(4);
    let again = bench.request(2, 1, &[(kind::ACCT_DELAY_TIME, &[0, 0, 0, 4])]);
    bench.send(&[&again]);
    assert_eq!(
        (bench.out.events.len(), bench.faults()),
        (0, vec!["repeated-fact"])
    );
    bench.settle(ticket, Verdict::Settled);
    assert_eq!(
        bench.answers(),
        2,
        "both requests are answered once the one event is durable"
    );
    // And once more after it was settled.
    bench.now = bench.now + Duration::from_secs(5);
    let late = bench.request(3, 1, &[(kind::ACCT_DELAY_TIME, &[0, 0, 0, 9])]);
    bench.send(&[&late]);
    assert_eq!((bench.out.events.len(), bench.answers()), (0, 1));
}

#[test]
fn a_new_start_of_the_same_session_at_another_time_is_another_event() {
    let mut bench = Bench::new(Options::default());
    let (first, second) = (
        bench.request(1, 1, &[(kind::EVENT_TIMESTAMP, &secs(NOON - 10))]),
        bench.request(2, 1, &[(kind::EVENT_TIMESTAMP, &secs(NOON - 9))]),
    );
    bench.send(&[&first, &second]);
    assert_eq!((bench.out.events.len(), bench.faults()), (2, vec![]));
}

#[test]
fn what_was_refused_is_not_answered_and_counts_as_new_when_it_comes_again() {
    let mut bench = Bench::new(Options::default());
    let start = bench.request(7, 1, &[]);
    bench.send(&[&start]);
    let (ticket, event) = bench.only_event();
    bench.settle(ticket, Verdict::Refused);
    assert_eq!(bench.answers(), 0);
    bench.send(&[&start]);
    assert_eq!(bench.only_event().1, event);
}

#[test]
fn wrong_secrets_unknown_clients_and_malformed_packets_are_dropped_and_counted() {
    let mut bench = Bench::new(Options::default());
    let good = bench.request(1, 1, &[]);
    let mut forged = good.clone();
    forged[4] ^= 1;
    let truncated = &good[..good.len() - 1];
    bench.send(&[&forged, truncated, b""]);
    assert_eq!(bench.out.events, vec![]);
    assert_eq!(bench.answers(), 0);
    let kinds = bench.faults();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    assert!(kinds.contains(&"authenticator"), "{kinds:?}");

    bench.out.clear();
    let stranger = Chunk {
        at: bench.now,
        channel: channel("192.0.2.9:40000"),
        heading: Heading::In,
        bytes: &good,
    };
    bench
        .room
        .input(bench.now, &[Input::Chunk(stranger)], &mut bench.out);
    assert_eq!(bench.faults(), ["unknown-client"]);
}

#[test]
fn padding_after_the_packet_does_not_count() {
    let mut bench = Bench::new(Options::default());
    let mut start = bench.request(1, 1, &[]);
    start.extend_from_slice(&[0xaa; 9]);
    bench.send(&[&start]);
    bench.only_event();
}

#[test]
fn a_time_too_far_ahead_becomes_the_arrival_and_is_counted() {
    let mut bench = Bench::new(Options::default());
    let believed = bench.request(1, 1, &[(kind::EVENT_TIMESTAMP, &secs(NOON + 60))]);
    bench.send(&[&believed]);
    assert_eq!(bench.only_event().1.order.at, Stamp::from_secs(NOON + 60));
    let ahead = bench.request(2, 2, &[(kind::EVENT_TIMESTAMP, &secs(NOON + 61))]);
    bench.send(&[&ahead]);
    assert_eq!(bench.faults(), ["time-ahead"]);
    assert_eq!(bench.out.events[0].1.order.at, bench.now);
}

#[test]
fn the_delay_is_taken_off_the_arrival() {
    let mut bench = Bench::new(Options::default());
    bench.send(&[&bench.request(1, 1, &[(kind::ACCT_DELAY_TIME, &[0, 0, 0, 9])])]);
    assert_eq!(bench.only_event().1.order.at, Stamp::from_secs(NOON - 9));
}

#[test]
fn a_stop_ends_the_context_or_with_the_indicator_the_session() {
    let mut bench = Bench::new(Options::default());
    for (identifier, nsapi, indicator, phase) in [
        (1, true, false, Phase::ContextEnded),
        (2, true, true, Phase::Ended),
        (3, false, false, Phase::Ended),
    ] {
        let stop = bench.build(Code::AccountingRequest, identifier, |builder| {
            let builder = builder
                .integer(kind::ACCT_STATUS_TYPE, 2)
                .attribute(kind::ACCT_SESSION_ID, &[b'0' + identifier]);
            let builder = if nsapi {
                builder.gi(gi::NSAPI, b"5")
            } else {
                builder
            };
            if indicator {
                builder.gi(gi::SESSION_STOP_INDICATOR, &[255])
            } else {
                builder
            }
        });
        bench.send(&[&stop]);
        let Fact::Session(session) = bench.only_event().1.fact else {
            panic!("a session")
        };
        assert_eq!((session.phase, session.lifetime), (phase, None));
    }
}

#[test]
fn a_stop_of_the_same_instant_outranks_the_start() {
    let mut bench = Bench::new(Options::default());
    let at = secs(NOON);
    let packets: Vec<Vec<u8>> = [(1, 1), (2, 3), (3, 2), (4, 7)]
        .iter()
        .map(|(identifier, status)| {
            bench.request(*identifier, *status, &[(kind::EVENT_TIMESTAMP, &at)])
        })
        .collect();
    bench.send(&packets.iter().map(Vec::as_slice).collect::<Vec<_>>());
    let orders: Vec<_> = bench
        .out
        .events
        .iter()
        .map(|(_, event)| event.order)
        .collect();
    let [start, interim, stop, on] = orders[..] else {
        panic!("four events")
    };
    assert!(on < start && start < interim && interim < stop);
}

#[test]
fn accounting_on_is_about_the_gateway_and_perhaps_one_access_point() {
    let mut bench = Bench::new(Options::default());
    bench.send(&[&bench.request(1, 7, &[(kind::CALLED_STATION_ID, b"internet")])]);
    let (_, event) = bench.only_event();
    assert!(event.subject.is_empty());
    assert_eq!(
        event.fact,
        Fact::Reset(Reset {
            apn: Some("internet".into())
        })
    );
}

#[test]
fn an_element_is_known_by_its_address_once_it_told_both_names() {
    let mut bench = Bench::new(Options::default());
    let both = bench.request(1, 1, &[(kind::NAS_IDENTIFIER, b"ggsn-1")]);
    let alone = bench.build(Code::AccountingRequest, 2, |builder| {
        builder
            .integer(kind::ACCT_STATUS_TYPE, 7)
            .attribute(kind::NAS_IDENTIFIER, b"ggsn-1")
    });
    bench.send(&[&both, &alone]);
    let names: Vec<&str> = bench
        .out
        .events
        .iter()
        .map(|(_, event)| event.reporter.as_str())
        .collect();
    assert_eq!(names, ["192.0.2.1", "192.0.2.1"]);
}

#[test]
fn status_server_is_answered_at_once_and_is_no_event() {
    let mut bench = Bench::new(Options::default());
    let probe = bench.build(Code::StatusServer, 9, |builder| {
        builder.message_authenticator()
    });
    bench.send(&[&probe]);
    assert_eq!((bench.out.events.len(), bench.answers()), (0, 1));
    let bare = bench.build(Code::StatusServer, 10, |builder| builder);
    bench.send(&[&bare]);
    assert_eq!(
        (bench.answers(), bench.faults()),
        (0, vec!["message-authenticator-missing"])
    );
}

#[test]
fn a_verified_access_request_tells_where_the_subscriber_is() {
    let mut bench = Bench::new(Options::default());
    let request = bench.build(Code::AccessRequest, 3, |builder| {
        builder
            .message_authenticator()
            .attribute(kind::CALLING_STATION_ID, b"99900000001")
            .vendor(
                VENDOR,
                gi::USER_LOCATION_INFO.into(),
                &[0, 0, 0xf1, 0x10, 0, 1, 0, 2],
            )
    });
    bench.send(&[&request]);
    let (ticket, event) = bench.only_event();
    let Fact::Mobility(mobility) = event.fact else {
        panic!("mobility")
    };
    let plmn = Plmn {
        mcc: 1,
        mnc: 1,
        three_digit_mnc: false,
    };
    assert_eq!((mobility.domain, mobility.state), (Domain::Ps, None));
    assert_eq!(
        mobility.place.unwrap().cell,
        Some(Cell::Cgi {
            plmn,
            lac: 1,
            ci: 2
        })
    );
    bench.settle(ticket, Verdict::Settled);
    let octets = bench.out.sends().next().unwrap().1.to_vec();
    assert_eq!(Packet::decode(&octets).unwrap().code(), Code::AccessAccept);

    let mut copy = Bench::new(Options {
        answer_access_requests: false,
        ..Options::default()
    });
    copy.send(&[&request]);
    let ticket = copy.out.events[0].0;
    copy.settle(ticket, Verdict::Settled);
    assert_eq!(copy.answers(), 0, "another server answers it");
}

#[test]
fn records_without_meaning_for_presence_are_answered() {
    let mut bench = Bench::new(Options::default());
    bench.send(&[&bench.request(1, 9, &[])]);
    assert_eq!((bench.out.events.len(), bench.answers()), (0, 1));
}

#[test]
fn the_address_of_a_wlans_access_point_is_no_access_point_name() {
    let station = (kind::CALLED_STATION_ID, b"00-10-A4-23-19-C0:AP1".as_slice());
    for source in [Source::Pk, Source::Pp, Source::Pr] {
        let mut bench = Bench::of(source, Options::default());
        bench.send(&[&bench.request(1, 1, &[station])]);
        let Fact::Session(session) = bench.only_event().1.fact else {
            panic!("session")
        };
        assert_eq!(session.apn.is_some(), source == Source::Pk);
        // It ends no session when it restarts: the element's others go on.
        bench.send(&[&bench.request(2, 7, &[station])]);
        let told = (bench.out.events.len(), bench.answers(), bench.faults());
        let dropped = vec!["access-point-restarted"];
        match source {
            Source::Pk => assert_eq!(told, (1, 0, vec![])),
            _ => assert_eq!(told, (0, 1, dropped)),
        }
        bench.send(&[&bench.request(3, 7, &[])]);
        assert_eq!(bench.only_event().1.fact, Fact::Reset(Reset { apn: None }));
    }
}
