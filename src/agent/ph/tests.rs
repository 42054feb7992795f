//! The room between a server that watches and an HSS whose part the tests play.

mod again;
mod told;

use std::time::Duration;

use pengate_codecs::{
    Stamp,
    diameter::{
        Application, AvpFlags, Builder, ExperimentalResult, Message, Origin, Outcome, ResultCode,
        Role, answer, command, experimental_answer, kinds as base,
    },
    sh::{
        Asked, DataAnswer, DataReference, PushNotificationRequest, Requester, SubsReqType,
        UserIdentity, kinds, results,
    },
};

use super::*;
use crate::{
    event::Subject,
    feed::{Carrier, Channel, Chunk},
    pen::Presentity,
    session::diameter::PeerOptions,
};

const HSS: Origin<'_> = Origin {
    host: "hss.ims.example",
    realm: "ims.example",
};
const REGISTERED: &str =
    "<Sh-Data><Sh-IMS-Data><IMSUserState>1</IMSUserState></Sh-IMS-Data></Sh-Data>";
const IDLE: &str = "<Sh-Data><CSUserState>2</CSUserState></Sh-Data>";

fn channel() -> Channel {
    Channel {
        carrier: Carrier::Tcp,
        local: ([192, 0, 2, 1], 40_000).into(),
        peer: ([192, 0, 2, 2], 3868).into(),
    }
}

struct Bench {
    room: Ph,
    out: Outbox,
    now: Stamp,
}

fn options() -> Options {
    let mut options = Options::default();
    options.diameter.host = "pna.ims.example".into();
    options.diameter.realm = "ims.example".into();
    options.diameter.peers = vec![PeerOptions {
        host: HSS.host.into(),
        address: Some(channel().peer),
    }];
    options
}

impl Bench {
    /// With the HSS connected.
    fn new(options: Options) -> Self {
        let mut bench = Self {
            room: Ph::new(options, 7, 1),
            out: Outbox::default(),
            now: Stamp::from_secs(1_772_360_000),
        };
        bench.step(&[]);
        assert_eq!(bench.out.connects, [(Carrier::Tcp, channel().peer)]);
        bench.step(&[Input::Up(channel())]);
        let cer = bench.sent().pop().unwrap();
        let speaks = Application {
            vendor: TGPP,
            role: Role::Authorization,
            id: sh::APPLICATION,
        };
        bench.answer(&cer, ResultCode::Success, |builder| speaks.encode(builder));
        assert_eq!(bench.out.links.last().unwrap().state, "open");
        bench
    }

    fn step(&mut self, batch: &[Input<'_>]) {
        self.out.clear();
        self.room.input(self.now, batch, &mut self.out);
    }

    fn wait(&mut self, secs: u64) {
        self.now = self.now + Duration::from_secs(secs);
        self.step(&[]);
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

    fn watch(&mut self, name: &str, watched: bool, place: bool) {
        let presentity = Presentity::canonical(name);
        let subject = Subject::default();
        self.step(&[Input::Watch(Watch {
            presentity: &presentity,
            subject: &subject,
            watched,
            place,
        })]);
    }

    fn sent(&self) -> Vec<Vec<u8>> {
        self.out
            .sends()
            .map(|(_, octets)| octets.to_vec())
            .collect()
    }

    /// Command, kind of subscription and references of what was asked just now.
    fn asked(&self) -> Vec<(u32, Option<SubsReqType>, Vec<u32>)> {
        let sent = self.sent();
        let asked = sent.iter().map(|octets| {
            let message = Message::decode(octets).unwrap();
            let asked = Asked::decode(&message).unwrap();
            let references = asked.references.iter().map(|reference| reference.to_wire());
            (message.header().command, asked.kind, references.collect())
        });
        asked.collect()
    }

    fn answer(
        &mut self,
        request: &[u8],
        result: ResultCode,
        write: impl FnOnce(Builder<'_>) -> Builder<'_>,
    ) {
        let mut octets = Vec::new();
        let request = Message::decode(request).unwrap();
        write(answer(&mut octets, &request, HSS, result))
            .finish()
            .unwrap();
        self.hear(&octets);
    }

    fn deny(&mut self, request: &[u8], result: ExperimentalResult) {
        let mut octets = Vec::new();
        let request = Message::decode(request).unwrap();
        experimental_answer(&mut octets, &request, HSS, result)
            .finish()
            .unwrap();
        self.hear(&octets);
    }

    fn push(&mut self, user: &str, data: &str, number: u32) {
        self.push_again(user, data, number, number);
    }

    /// A notification of this session under another End-to-End Identifier.
    fn push_again(&mut self, user: &str, data: &str, session: u32, number: u32) {
        self.push_of(&UserIdentity::PublicIdentity(user), data, (session, number));
    }

    fn push_of(&mut self, user: &UserIdentity<'_>, data: &str, (session, number): (u32, u32)) {
        let mut octets = Vec::new();
        let session = format!("hss.ims.example;1;{session}");
        let requester = Requester {
            session_id: &session,
            origin: HSS,
            destination_host: Some("pna.ims.example"),
            destination_realm: "ims.example",
            hop_by_hop: number,
            end_to_end: number,
        };
        PushNotificationRequest::encode(&mut octets, &requester, user, data.as_bytes()).unwrap();
        self.hear(&octets);
    }

    fn outcomes(&self) -> Vec<Option<Outcome>> {
        let sent = self.sent();
        let outcomes = sent.iter().map(|octets| {
            let message = Message::decode(octets).unwrap();
            DataAnswer::decode(&message).unwrap().envelope.outcome
        });
        outcomes.collect()
    }

    /// Watches alice, and answers everything; the subscription is granted for an hour.
    fn watched() -> Self {
        let mut bench = Self::new(options());
        bench.watch(ALICE, true, false);
        let requests = bench.sent();
        let expiry = bench.now + Duration::from_hours(1);
        bench.answer(&requests[0], ResultCode::Success, |builder| {
            builder.time(kinds::EXPIRY_TIME, AvpFlags::default(), expiry)
        });
        for request in &requests[1..] {
            bench.answer(request, ResultCode::Success, |builder| builder);
        }
        bench
    }

    fn faults(&self) -> Vec<&'static str> {
        self.out.faults.iter().map(|fault| fault.kind).collect()
    }
}

const ALICE: &str = "sip:alice@ims.example";
const SNR: u32 = command::SUBSCRIBE_NOTIFICATIONS;
const UDR: u32 = command::USER_DATA;

#[test]
fn a_watcher_makes_the_hss_be_asked_and_subscribed_to() {
    let mut bench = Bench::new(options());
    bench.watch(ALICE, true, true);
    assert_eq!(
        bench.asked(),
        [
            (SNR, Some(SubsReqType::Subscribe), vec![11]),
            (UDR, None, vec![11]),
            (UDR, None, vec![15, 14]),
            (UDR, None, vec![15, 14]),
        ]
    );
    // Who is not shown the place does not make it be asked for.
    bench.watch("sip:bob@ims.example", true, false);
    assert_eq!(bench.asked()[2].2, [DataReference::UserState.to_wire()]);
    bench.watch("imsi:001010000000001", true, false);
    assert_eq!(bench.asked(), []);
}

#[test]
fn what_the_hss_answers_becomes_events() {
    let mut bench = Bench::new(options());
    bench.watch(ALICE, true, false);
    let requests = bench.sent();
    bench.answer(&requests[1], ResultCode::Success, |builder| {
        builder.avp(kinds::USER_DATA, REGISTERED.as_bytes())
    });
    let (_, event) = &bench.out.events[0];
    assert_eq!(event.subject.uri.as_deref(), Some(ALICE));
    assert_eq!(event.reporter, HSS.host);
    bench.answer(&requests[2], ResultCode::Success, |builder| {
        builder.avp(kinds::USER_DATA, IDLE.as_bytes())
    });
    assert_eq!(bench.out.events.len(), 2, "mobility and no call");
}

#[test]
fn what_was_asked_while_no_peer_was_there_is_asked_later() {
    let mut bench = Bench::new(options());
    bench.step(&[Input::Down(channel())]);
    bench.watch(ALICE, true, false);
    assert_eq!(bench.sent(), [[0; 0]; 0]);
    bench.wait(30);
    bench.step(&[Input::Up(channel())]);
    let cer = bench.sent().pop().unwrap();
    let speaks = Application {
        vendor: TGPP,
        role: Role::Authorization,
        id: sh::APPLICATION,
    };
    bench.answer(&cer, ResultCode::Success, |builder| speaks.encode(builder));
    let asked = bench
        .sent()
        .iter()
        .filter(|octets| Asked::decode(&Message::decode(octets).unwrap()).is_ok())
        .count();
    assert_eq!(asked, 4);
}

#[test]
fn a_notification_is_answered_when_its_events_are_durable() {
    let mut bench = Bench::watched();
    let data = BUSY;
    bench.push(ALICE, data, 1);
    let tickets = bench.tickets();
    assert_eq!((tickets.len(), bench.sent().len()), (3, 0));
    // The HSS is impatient: no second event, and one answer.
    bench.push(ALICE, data, 1);
    assert_eq!((bench.out.events.len(), bench.sent().len()), (0, 0));
    bench.step(&[Input::Settled(tickets[0], Verdict::Settled)]);
    bench.step(&[Input::Settled(tickets[1], Verdict::Settled)]);
    assert_eq!(bench.sent().len(), 0);
    bench.step(&[Input::Settled(tickets[2], Verdict::Settled)]);
    assert_eq!(
        bench.outcomes(),
        [Some(Outcome::Result(ResultCode::Success))]
    );
    bench.push(ALICE, data, 1);
    assert_eq!(
        bench.outcomes(),
        [Some(Outcome::Result(ResultCode::Success))]
    );
}

#[test]
fn a_notification_that_is_not_recorded_is_refused_and_may_come_again() {
    let mut bench = Bench::watched();
    bench.push(ALICE, REGISTERED, 1);
    let ticket = bench.out.events[0].0;
    bench.step(&[Input::Settled(ticket, Verdict::Refused)]);
    assert_eq!(
        bench.outcomes(),
        [Some(Outcome::Result(ResultCode::TooBusy))]
    );
    bench.push(ALICE, REGISTERED, 1);
    assert_eq!(bench.out.events.len(), 1);
}

/// Three events.
const BUSY: &str = "<Sh-Data><Sh-IMS-Data><IMSUserState>0</IMSUserState></Sh-IMS-Data>\
    <CSUserState>0</CSUserState></Sh-Data>";

impl Bench {
    fn tickets(&self) -> Vec<Ticket> {
        self.out.events.iter().map(|(ticket, _)| *ticket).collect()
    }

    /// What stands in the log beside the events of these tickets.
    fn kept(&self, tickets: &[Ticket]) -> Batch {
        let mut kept = Batch::default();
        for ticket in tickets {
            self.room.keep(self.now, *ticket, &mut kept);
        }
        kept
    }
}

#[test]
fn what_was_answered_before_a_restart_is_answered_again_and_no_second_event() {
    let mut bench = Bench::watched();
    bench.push(ALICE, BUSY, 1);
    let kept = bench.kept(&bench.tickets());
    assert_eq!(kept.len(), 1, "however many events");
    let success = [Some(Outcome::Result(ResultCode::Success))];
    for number in [1, 2] {
        let mut after = Bench::watched();
        kept.records().for_each(|record| after.room.restore(record));
        after.push_again(ALICE, BUSY, 1, number);
        assert_eq!(
            (after.outcomes(), after.tickets()),
            (success.into(), vec![])
        );
        // Neither another session nor another document is the same notification.
        after.push_again(ALICE, BUSY, 3, 3);
        assert_eq!(after.tickets().len(), 3);
        after.push_again(ALICE, REGISTERED, 1, 4);
        assert_eq!(after.tickets().len(), 1);
    }
}

#[test]
fn an_answer_is_kept_only_beside_the_last_event_and_if_none_was_refused() {
    let mut bench = Bench::watched();
    bench.push(ALICE, BUSY, 1);
    let tickets = bench.tickets();
    assert_eq!(bench.kept(&tickets[..2]).len(), 0);
    // The last one means nothing to presence: the one before it is the last that is recorded.
    bench.step(&[Input::Settled(tickets[2], Verdict::Settled)]);
    assert_eq!(bench.kept(&tickets[..2]).len(), 1);
    bench.step(&[Input::Settled(tickets[1], Verdict::Refused)]);
    assert_eq!(bench.kept(&tickets[..1]).len(), 0);
}

#[test]
fn a_notification_told_twice_at_once_is_answered_twice_and_one_event() {
    let mut bench = Bench::watched();
    bench.push(ALICE, REGISTERED, 1);
    let tickets = bench.tickets();
    bench.push_again(ALICE, REGISTERED, 1, 2);
    assert_eq!((bench.tickets(), bench.sent().len()), (vec![], 0));
    assert_eq!(bench.faults(), ["repeated-fact"]);
    bench.step(&[Input::Settled(tickets[0], Verdict::Settled)]);
    let success = Some(Outcome::Result(ResultCode::Success));
    assert_eq!(bench.outcomes(), [success, success]);
}

#[test]
fn at_the_end_the_hss_is_told() {
    let mut bench = Bench::watched();
    bench.out.clear();
    bench.room.drain(bench.now, &mut bench.out);
    let farewell = bench.sent().pop().unwrap();
    let farewell = Message::decode(&farewell).unwrap();
    assert_eq!(farewell.header().command, command::DISCONNECT_PEER);
    assert!(!bench.room.is_drained());
    bench.answer(farewell.octets(), ResultCode::Success, |builder| builder);
    assert!(bench.room.is_drained());
    assert_eq!(bench.out.hang_ups, [channel()]);
}

#[test]
fn notifications_that_are_taken_at_one_time_are_events_in_the_order_of_their_arrival() {
    let mut bench = Bench::watched();
    let mut orders = Vec::new();
    for number in 1..=4 {
        bench.push(ALICE, REGISTERED, number);
        orders.push(bench.out.events[0].1.order);
    }
    assert!(orders.is_sorted_by(|one, next| one < next), "{orders:?}");
}

#[test]
fn a_notification_that_will_not_do_is_told_why() {
    let mut bench = Bench::watched();
    let experimental = |result| [Some(Outcome::Experimental(result))];
    bench.push("sip:eve@ims.example", REGISTERED, 1);
    assert_eq!(
        bench.outcomes(),
        experimental(results::NO_SUBSCRIPTION_TO_DATA)
    );
    bench.push(ALICE, "<!DOCTYPE x><Sh-Data/>", 2);
    assert_eq!(
        bench.outcomes(),
        experimental(results::USER_DATA_NOT_RECOGNIZED)
    );
    assert_eq!(bench.faults(), ["sh-data-doctype"]);
    bench.push(ALICE, "<Sh-Data/>", 3);
    assert_eq!(
        bench.outcomes(),
        [Some(Outcome::Result(ResultCode::Success))],
        "nothing is told"
    );
}

#[test]
fn another_command_is_not_supported() {
    let mut bench = Bench::watched();
    bench.watch("sip:bob@ims.example", true, false);
    let mut request = bench.sent().remove(0);
    // A UDR of our own comes back to us, with another End-to-End Identifier.
    request[16] ^= 0xff;
    let message = Message::decode(&request).unwrap();
    let mut octets = Vec::new();
    Builder::new(&mut octets, message.header())
        .text(base::ORIGIN_HOST, HSS.host)
        .finish()
        .unwrap();
    bench.hear(&octets);
    let unsupported = ResultCode::CommandUnsupported;
    assert_eq!(bench.outcomes(), [Some(Outcome::Result(unsupported))]);
}

#[test]
fn a_subscription_is_renewed_before_it_ends() {
    let mut bench = Bench::watched();
    let mut renewed = 0;
    for minute in 1..=60 {
        bench.wait(60);
        for request in bench.sent() {
            if Message::decode(&request).unwrap().header().command == SNR {
                assert!((48..=54).contains(&minute), "after {minute} minutes");
                renewed += 1;
            }
            bench.answer(&request, ResultCode::Success, |builder| builder);
        }
    }
    assert_eq!(renewed, 1, "one without an end is not renewed");
}

#[test]
fn the_domains_are_asked_again_and_again_while_watched() {
    let mut bench = Bench::watched();
    bench.wait(299);
    assert!(!bench.asked_any(UDR));
    bench.wait(1);
    assert_eq!(bench.sent_commands(UDR), 2);
    bench.watch(ALICE, false, false);
    bench.wait(300);
    assert!(!bench.asked_any(UDR));
}

#[test]
fn when_nobody_watches_the_subscription_ends_after_the_hold_off() {
    let mut bench = Bench::watched();
    bench.watch(ALICE, false, false);
    bench.wait(59);
    // Somebody comes back in time: nothing was lost.
    bench.watch(ALICE, true, false);
    bench.wait(1);
    assert!(!bench.asked_any(SNR));
    bench.watch(ALICE, false, false);
    bench.wait(60);
    let request = bench.sent().pop().unwrap();
    let message = Message::decode(&request).unwrap();
    assert_eq!(
        Asked::decode(&message).unwrap().kind,
        Some(SubsReqType::Unsubscribe)
    );
    bench.answer(&request, ResultCode::Success, |builder| builder);
    assert_eq!(bench.room.users.len(), 0);
    bench.push(ALICE, REGISTERED, 9);
    assert_eq!(bench.faults(), ["not-subscribed"]);
}

#[test]
fn an_unknown_user_is_given_up_and_a_busy_hss_asked_later() {
    let mut bench = Bench::new(options());
    bench.watch(ALICE, true, false);
    let requests = bench.sent();
    bench.deny(&requests[1], results::USER_DATA_NOT_AVAILABLE);
    assert_eq!(bench.faults(), ["hss-data-not-available"]);
    bench.answer(&requests[2], ResultCode::TooBusy, |builder| builder);
    bench.wait(75);
    assert!(bench.sent_commands(UDR) >= 2, "both are asked again");
    bench.deny(&requests[3], results::USER_UNKNOWN);
    // Its answer is late: it was given up for lost.
    assert_eq!(bench.faults(), ["unexpected-answer"]);
    let again = bench.room.calls.len();
    assert!(again > 0);
    let mut bench = Bench::new(options());
    bench.watch(ALICE, true, false);
    let requests = bench.sent();
    bench.deny(&requests[0], results::USER_UNKNOWN);
    assert_eq!(
        (bench.faults(), bench.room.users.len()),
        (vec!["hss-user-unknown"], 0)
    );
}

#[test]
fn an_hss_that_restarted_is_subscribed_to_again() {
    let mut bench = Bench::watched();
    for (state, subscribed) in [(1, 0), (2, 1)] {
        let mut octets = Vec::new();
        let header = pengate_codecs::diameter::Header {
            length: 0,
            flags: pengate_codecs::diameter::Flags::REQUEST,
            command: command::DEVICE_WATCHDOG,
            application: 0,
            hop_by_hop: state,
            end_to_end: state,
        };
        Builder::new(&mut octets, &header)
            .text(base::ORIGIN_HOST, HSS.host)
            .text(base::ORIGIN_REALM, HSS.realm)
            .unsigned32(base::ORIGIN_STATE_ID, state)
            .finish()
            .unwrap();
        bench.hear(&octets);
        assert_eq!(bench.sent_commands(SNR), subscribed);
    }
}

#[test]
fn a_crowd_is_dealt_with_at_the_configured_pace() {
    let mut bench = Bench::new(Options {
        requests_max: 3,
        ..options()
    });
    bench.watch(ALICE, true, false);
    assert_eq!(bench.sent().len(), 3);
    let first = bench.sent().remove(0);
    bench.answer(&first, ResultCode::Success, |builder| builder);
    assert_eq!(bench.sent().len(), 1);
}

impl Bench {
    fn sent_commands(&self, code: u32) -> usize {
        let sent = self.sent();
        sent.iter()
            .filter(|octets| Message::decode(octets).unwrap().header().command == code)
            .count()
    }

    fn asked_any(&self, code: u32) -> bool {
        self.sent_commands(code) > 0
    }
}
