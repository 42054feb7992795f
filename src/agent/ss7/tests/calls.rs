//! Calls.

use pengate_codecs::cap::{
    BearerCap, BearerCapability, EventReportBcsmArg, EventTypeBcsm, InitialDpArg, MessageType,
    MiscCallInfo,
};

use super::*;

mod lost;

const MSC: (&str, u8) = ("99900000006", subsystem::MSC);
const CALLS: [u8; 7] = [4, 0, 0, 1, 23, 3, 4];
const INITIAL_DP: tcap::Code<'static> = tcap::Code::Local(0);
const EVENT: tcap::Code<'static> = tcap::Code::Local(24);

/// An argument of initialDP, of a call that alice makes, changed by a test.
fn initial_dp(change: impl FnOnce(&mut InitialDpArg<'_>)) -> Vec<u8> {
    let mut imsi = [0; 8];
    let mut argument = InitialDpArg {
        imsi: map::Imsi::from_digits(IMSI.as_bytes(), &mut imsi),
        event_type_bcsm: Some(EventTypeBcsm::CollectedInfo),
        location_information: Some(map::LocationInformation {
            cell_global_id_or_service_area_id_or_lai: Some(cell()),
            ..map::LocationInformation::BLANK
        }),
        ..InitialDpArg::BLANK
    };
    change(&mut argument);
    let mut out = Vec::new();
    argument.encode(&mut out);
    out
}

fn called(argument: &mut InitialDpArg<'_>) {
    argument.event_type_bcsm = Some(EventTypeBcsm::TermAttemptAuthorized);
    argument.location_information = None;
}

fn asks(bench: &mut Bench, context: [u8; 7], argument: &[u8]) {
    let octets = begin(context, |writer| {
        writer.invoke(0, INITIAL_DP, |out| out.extend_from_slice(argument));
    });
    bench.told(MSC, subsystem::CAP, &octets);
}

/// The components of a Continue that accepts the context, and the id that it is to be answered by.
fn continued(octets: &[u8]) -> (Vec<String>, tcap::TransactionId) {
    let Ok(tcap::Message::Continue(message)) = tcap::Message::decode(octets) else {
        panic!("no Continue: {:?}", tcap::Message::decode(octets));
    };
    assert_eq!(message.dtid, 0x0412_3456.into());
    if let Some(portion) = message.dialogue {
        assert!(matches!(portion.decode(), Ok(Dialogue::Response(it)) if it.is_accepted));
    }
    (shown(&message.components), message.otid)
}

/// A call up to its being watched; its transaction.
fn watched(bench: &mut Bench, argument: &[u8]) -> tcap::TransactionId {
    asks(bench, CALLS, argument);
    bench.settle(Verdict::Settled);
    continued(&bench.answer()).1
}

fn event_of(kind: EventTypeBcsm, mode: MessageType) -> Vec<u8> {
    let argument = EventReportBcsmArg {
        misc_call_info: Some(MiscCallInfo::new(mode)),
        ..EventReportBcsmArg::new(kind)
    };
    let mut out = Vec::new();
    argument.encode(&mut out);
    out
}

fn reports(bench: &mut Bench, to: tcap::TransactionId, kind: EventTypeBcsm) {
    let argument = event_of(kind, MessageType::Notification);
    let mut octets = Vec::new();
    tcap::continuation(&mut octets, 0x0412_3456.into(), to, None, |writer| {
        writer.invoke(5, EVENT, |out| out.extend_from_slice(&argument));
    });
    bench.told(MSC, subsystem::CAP, &octets);
}

const BUSY: &str = "{\"call\":{\"bearer\":\"unknown\",\"state\":\"busy\"}}";
const IDLE: &str = "{\"call\":{\"bearer\":\"unknown\",\"state\":\"idle\"}}";

#[test]
fn a_call_is_told_and_goes_on_when_that_is_durable() {
    let mut bench = Bench::new(options());
    asks(&mut bench, CALLS, &initial_dp(|_| {}));
    assert_eq!(bench.out.sends().len(), 0);
    let facts = bench.facts();
    assert!(
        facts[0].starts_with("{\"mobility\":{\"domain\":\"cs\",\"place\""),
        "{facts:?}"
    );
    assert_eq!(facts[1..], [BUSY]);
    let (_, event) = &bench.out.events[1];
    assert_eq!((event.source, event.reporter.as_str()), (Source::Pc, MSC.0));
    assert_eq!(event.subject.imsi.unwrap().0.to_string(), IMSI);
    bench.settle(Verdict::Settled);
    let (components, to) = continued(&bench.answer());
    assert_eq!(components, ["invoke 1 Local(23)", "invoke 2 Local(31)"]);
    bench.wait(Duration::from_secs(5));
    reports(&mut bench, to, EventTypeBcsm::OAnswer);
    assert!(bench.out.events.is_empty() && bench.out.sends().len() == 0);
    reports(&mut bench, to, EventTypeBcsm::ODisconnect);
    assert_eq!(bench.facts(), [IDLE]);
    bench.settle(Verdict::Settled);
    assert_eq!(bench.out.sends().len(), 0, "the operation has no result");
    // The other leg's disconnect may follow; after a while nothing does.
    reports(&mut bench, to, EventTypeBcsm::ODisconnect);
    assert!(bench.out.events.is_empty() && bench.faults().is_empty());
    bench.wait(Duration::from_secs(5));
    assert!(bench.room.dialogues.is_empty() && bench.room.calls.is_empty());
    assert_eq!(bench.room.due.deadline(), None);
}

#[test]
fn what_is_asked_for_holds_nothing_up() {
    for (context, change, count) in [
        ([4, 0, 0, 1, 0, 50, 0], None, 3),
        ([4, 0, 0, 1, 0, 50, 1], None, 7),
        ([4, 0, 0, 1, 21, 3, 4], Some(()), 6),
        (CALLS, Some(()), 6),
    ] {
        let mut bench = Bench::new(options());
        let argument = initial_dp(|argument| {
            if change.is_some() {
                called(argument);
            }
        });
        asks(&mut bench, context, &argument);
        bench.settle(Verdict::Settled);
        let octets = bench.answer();
        let Ok(tcap::Message::Continue(message)) = tcap::Message::decode(&octets) else {
            panic!("no Continue");
        };
        let Some(Ok(tcap::Component::Invoke(invoke))) = message.components.iter().next() else {
            panic!("no invoke");
        };
        use pengate_codecs::cap::{MonitorMode, RequestReportBcsmEventArg};
        let argument = RequestReportBcsmEventArg::from_any(invoke.argument.unwrap()).unwrap();
        let mut events = argument.bcsm_events.iter();
        assert!(events.all(|event| event.monitor_mode == MonitorMode::NotifyAndContinue));
        assert_eq!(argument.bcsm_events.iter().count(), count, "{context:?}");
    }
}

#[test]
fn a_call_does_not_wait_for_a_slow_log() {
    let mut bench = Bench::new(options());
    asks(&mut bench, CALLS, &initial_dp(|_| {}));
    let events = std::mem::take(&mut bench.out.events);
    assert_eq!(
        bench.room.deadline(),
        Some(bench.now + Duration::from_millis(100))
    );
    bench.wait(Duration::from_millis(99));
    assert_eq!(bench.out.sends().len(), 0);
    bench.wait(Duration::from_millis(1));
    assert_eq!(bench.faults(), ["answered-unrecorded"]);
    let (components, to) = continued(&bench.answer());
    assert_eq!(components.len(), 2);
    let settled = events
        .iter()
        .map(|(ticket, _)| Input::Settled(*ticket, Verdict::Settled));
    bench.step(&settled.collect::<Vec<_>>());
    assert_eq!(bench.out.sends().len(), 0, "it was answered");
    reports(&mut bench, to, EventTypeBcsm::OAbandon);
    assert_eq!(bench.facts(), [IDLE]);
}

#[test]
fn a_call_goes_on_when_the_log_refuses() {
    let mut bench = Bench::new(options());
    asks(&mut bench, CALLS, &initial_dp(|_| {}));
    bench.settle(Verdict::Refused);
    assert_eq!(bench.faults(), ["not-recorded", "not-recorded"]);
    assert_eq!(continued(&bench.answer()).0.len(), 2);
}

#[test]
fn of_two_calls_the_last_one_decides() {
    let mut bench = Bench::new(options());
    let first = watched(&mut bench, &initial_dp(|_| {}));
    let second = watched(&mut bench, &initial_dp(called));
    assert_eq!(bench.room.calls.len(), 2);
    reports(&mut bench, second, EventTypeBcsm::TBusy);
    assert_eq!(bench.facts(), [BUSY], "the first one goes on");
    reports(&mut bench, first, EventTypeBcsm::ODisconnect);
    assert_eq!(bench.facts(), [IDLE]);
}

#[test]
fn every_end_of_a_call_is_one() {
    use EventTypeBcsm as Type;
    for kind in [
        Type::RouteSelectFailure,
        Type::OCalledPartyBusy,
        Type::ONoAnswer,
        Type::ODisconnect,
        Type::OAbandon,
        Type::TBusy,
        Type::TNoAnswer,
        Type::TDisconnect,
        Type::TAbandon,
    ] {
        let mut bench = Bench::new(options());
        let to = watched(&mut bench, &initial_dp(|_| {}));
        // In the last message of the dialogue it counts as well.
        let argument = event_of(kind, MessageType::Notification);
        let mut octets = Vec::new();
        tcap::end(&mut octets, to, None, |writer| {
            writer.invoke(5, EVENT, |out| out.extend_from_slice(&argument));
        });
        bench.told(MSC, subsystem::CAP, &octets);
        assert_eq!(bench.facts(), [IDLE], "{kind:?}");
        assert!(bench.room.dialogues.is_empty());
    }
}

#[test]
fn who_waits_for_us_is_told_to_go_on() {
    let mut bench = Bench::new(options());
    let to = watched(&mut bench, &initial_dp(|_| {}));
    let argument = event_of(EventTypeBcsm::ODisconnect, MessageType::Request);
    let mut octets = Vec::new();
    tcap::continuation(&mut octets, 0x0412_3456.into(), to, None, |writer| {
        writer.invoke(5, EVENT, |out| out.extend_from_slice(&argument));
    });
    bench.told(MSC, subsystem::CAP, &octets);
    assert_eq!(continued(&bench.answer()).0, ["invoke 2 Local(31)"]);
}

#[test]
fn without_watching_a_call_goes_on_by_itself_and_only_the_place_is_told() {
    let mut options = options();
    options.cap.monitor = false;
    let mut bench = Bench::new(options);
    asks(&mut bench, CALLS, &initial_dp(|_| {}));
    assert_eq!(bench.out.events.len(), 1);
    bench.settle(Verdict::Settled);
    assert_eq!(ended(&bench.answer()), ["invoke 2 Local(31)"]);
    assert!(bench.room.dialogues.is_empty());
    // So it does when there are too many.
    let mut options = super::options();
    options.cap.calls_max = 1;
    let mut bench = Bench::new(options);
    watched(&mut bench, &initial_dp(|_| {}));
    asks(&mut bench, CALLS, &initial_dp(called));
    assert_eq!(bench.faults(), ["calls-max"]);
    assert!(bench.out.events.is_empty());
    assert_eq!(ended(&bench.answer()), ["invoke 2 Local(31)"]);
}

#[test]
fn a_forwarded_call_is_not_its_subscribers() {
    let mut bench = Bench::new(options());
    let argument = initial_dp(|argument| {
        argument.redirection_information =
            Some(pengate_codecs::cap::RedirectionInformation::new([0, 1]));
    });
    asks(&mut bench, CALLS, &argument);
    assert!(bench.out.events.is_empty());
    assert_eq!(ended(&bench.answer()), ["invoke 2 Local(31)"]);
}

#[test]
fn who_cannot_be_reached_is_not_busy() {
    let mut bench = Bench::new(options());
    let argument = initial_dp(|argument| {
        called(argument);
        argument.subscriber_state = Some(map::SubscriberState::NetDetNotReachable(
            map::NotReachableReason::ImsiDetached,
        ));
    });
    asks(&mut bench, CALLS, &argument);
    assert_eq!(
        bench.facts(),
        ["{\"mobility\":{\"domain\":\"cs\",\"state\":\"not-reachable\"}}"]
    );
    // Nor idle later: what becomes of the call says nothing of who never had it.
    bench.settle(Verdict::Settled);
    assert_eq!(ended(&bench.answer()), ["invoke 2 Local(31)"]);
    assert!(bench.room.calls.is_empty() && bench.room.dialogues.is_empty());
}

#[test]
fn a_call_that_is_over_when_its_trigger_is_met_is_not_watched() {
    for kind in [EventTypeBcsm::TBusy, EventTypeBcsm::ONoAnswer] {
        let mut bench = Bench::new(options());
        let argument = initial_dp(|argument| {
            called(argument);
            argument.event_type_bcsm = Some(kind);
        });
        asks(&mut bench, CALLS, &argument);
        assert_eq!(bench.facts(), Vec::<String>::new(), "{kind:?}");
        assert_eq!(ended(&bench.answer()), ["invoke 2 Local(31)"], "{kind:?}");
        assert!(bench.room.calls.is_empty() && bench.room.dialogues.is_empty());
    }
}

#[test]
fn a_call_without_a_word_is_asked_after_and_given_up() {
    let mut options = options();
    options.links[0].m3ua.heartbeat_interval = Duration::ZERO;
    let mut bench = Bench::new(options);
    let to = watched(&mut bench, &initial_dp(|_| {}));
    bench.wait(Duration::from_mins(15));
    assert_eq!(continued(&bench.answer()).0, ["invoke 3 Local(55)"]);
    let mut octets = Vec::new();
    tcap::continuation(&mut octets, 0x0412_3456.into(), to, None, |writer| {
        writer.empty_result(3);
    });
    bench.told(MSC, subsystem::CAP, &octets);
    assert_eq!((bench.out.sends().len(), bench.faults()), (0, vec![]));
    // The peer is lost in the middle of the call.
    bench.wait(Duration::from_mins(15));
    assert_eq!(bench.out.sends().len(), 1);
    bench.wait(Duration::from_secs(10));
    assert_eq!(bench.faults(), ["call-lost"]);
    assert_eq!(bench.facts(), [IDLE]);
    assert_eq!(aborted(&bench.answer()), None);
    assert!(bench.room.calls.is_empty() && bench.room.dialogues.is_empty());
}

#[test]
fn a_call_that_its_peer_gives_up_is_over() {
    let mut bench = Bench::new(options());
    let to = watched(&mut bench, &initial_dp(|_| {}));
    let mut octets = Vec::new();
    tcap::abort(&mut octets, to, None);
    bench.told(MSC, subsystem::CAP, &octets);
    assert_eq!(
        (bench.faults(), bench.facts()),
        (vec!["call-aborted"], vec![IDLE.to_owned()])
    );
    assert!(bench.room.calls.is_empty());
}

#[test]
fn a_call_whose_end_cannot_be_read_is_over() {
    let mut bench = Bench::new(options());
    let to = watched(&mut bench, &initial_dp(|_| {}));
    let mut octets = Vec::new();
    tcap::end(&mut octets, to, None, |_| {});
    octets.push(0);
    bench.told(MSC, subsystem::CAP, &octets);
    assert_eq!(bench.faults(), ["malformed", "call-lost"]);
    assert_eq!(bench.facts(), [IDLE]);
    assert!(bench.room.calls.is_empty() && bench.room.dialogues.is_empty());
    assert_eq!(bench.out.sends().len(), 0, "who ends it hears no more");
}

#[test]
fn a_first_message_that_cannot_be_served_ends_its_dialogue() {
    let answers = |components: fn(&mut ComponentWriter<'_>)| {
        let mut bench = Bench::new(options());
        bench.told(MSC, subsystem::CAP, &begin(CALLS, components));
        assert!(bench.out.events.is_empty() && bench.room.dialogues.is_empty());
        (ended(&bench.answer()), bench.faults())
    };
    let (said, faults) = answers(|_| {});
    assert!(said.is_empty() && faults == ["no-operation"]);
    let (said, faults) = answers(|writer| writer.invoke(0, tcap::Code::Local(77), |_| {}));
    assert_eq!(said, ["reject Some(0) Invoke(UnrecognizedOperation)"]);
    assert_eq!(faults, ["operation"]);
    let (said, _) = answers(|writer| writer.invoke(0, INITIAL_DP, |_| {}));
    assert_eq!(said, ["error 0 Local(7)"]);
    // Without a service key, and with an IMSI of one octet.
    let (said, _) = answers(|writer| writer.invoke(0, INITIAL_DP, |out| out.extend([0x30, 0])));
    assert_eq!(said, ["error 0 Local(7)"]);
    let (said, _) = answers(|writer| {
        writer.invoke(0, INITIAL_DP, |out| {
            out.extend([0x30, 7, 0x80, 1, 1, 0x9f, 0x32, 1, 0]);
        });
    });
    assert_eq!(said, ["error 0 Local(8)"]);
    let (said, faults) = answers(|writer| {
        writer.invoke(0, INITIAL_DP, |out| out.extend([0x04, 0]));
    });
    assert_eq!(said, ["reject Some(0) Invoke(MistypedParameter)"]);
    assert_eq!(faults, ["mistyped"]);
}

#[test]
fn a_call_goes_on_over_a_restart() {
    let mut bench = Bench::new(options());
    asks(&mut bench, CALLS, &initial_dp(|_| {}));
    // What is durable with the event, and what stands in the state a second later.
    let mut batch = Batch::default();
    for (ticket, _) in &bench.out.events {
        bench.room.keep(bench.now, *ticket, &mut batch);
    }
    assert_eq!(batch.len(), 1);
    bench.settle(Verdict::Settled);
    let (_, to) = continued(&bench.answer());
    let again = |by_log: bool, bench: &mut Bench| {
        let mut after = Bench::fresh(options());
        after.now = bench.now + Duration::from_secs(60);
        if by_log {
            batch
                .records()
                .for_each(|record| after.room.restore(record));
        } else {
            let mut rows = StateBatch::default();
            bench.room.take_writes(&mut rows);
            assert_eq!(rows.len(), 1);
            load(&mut after, &rows);
        }
        after.step(&[]);
        after.connect(channel(2905));
        reports(&mut after, to, EventTypeBcsm::ODisconnect);
        assert_eq!(after.facts(), [IDLE]);
        let mut over = Batch::default();
        after.room.keep(after.now, after.out.events[0].0, &mut over);
        // And it is over after another one.
        let mut last = Bench::fresh(options());
        batch
            .records()
            .chain(over.records())
            .for_each(|record| last.room.restore(record));
        assert!(last.room.calls.is_empty() && last.room.dialogues.is_empty());
    };
    again(true, &mut bench);
    bench.room.collect_writes();
    reports(&mut bench, to, EventTypeBcsm::OAnswer);
    again(false, &mut bench);
}
#[test]
fn however_many_calls_end_in_whatever_order_the_last_one_decides() {
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 2, 0, 3], [2, 0, 3, 1]] {
        let mut bench = Bench::new(options());
        let calls = [(); 4].map(|()| watched(&mut bench, &initial_dp(|_| {})));
        for (ended, place) in order.into_iter().enumerate() {
            assert_eq!(bench.room.calls.len(), 4 - ended);
            reports(&mut bench, calls[place], EventTypeBcsm::ODisconnect);
            let told = if ended < 3 { BUSY } else { IDLE };
            assert_eq!(bench.facts(), [told], "{order:?}");
            // One that goes on remembers it, however many there are.
            let mut log = Batch::default();
            bench.room.keep(bench.now, bench.out.events[0].0, &mut log);
            assert_eq!(log.len(), if ended < 3 { 2 } else { 1 });
        }
        assert!(bench.room.calls.is_empty());
    }
}

#[test]
fn a_call_that_is_kept_shows_no_octets_of_addresses() {
    let mut bench = Bench::new(options());
    asks(&mut bench, CALLS, &initial_dp(|_| {}));
    let id = bench.room.tickets.waiting(bench.out.events[1].0).unwrap();
    let kept = bench.room.kept_call(id).unwrap();
    let room = &bench.room;
    let mut shown = format!("{room:?} {room:#?} {kept:?} {kept:#?}");
    shown.retain(|letter| !letter.is_whitespace());
    assert!(shown.contains("KeptCall"));
    // The number of the switch, of which the name alone is shown, and the IMSI.
    for secret in ["153,9,0,0,0", "0,1,1,0,0,0,0,241", IMSI] {
        assert!(!shown.contains(secret), "{secret}");
    }
}

#[test]
fn of_two_calls_the_one_that_goes_on_says_what_it_carries() {
    let mut bench = Bench::new(options());
    let carrying = |octets: &'static [u8]| {
        initial_dp(|argument| {
            let bearer = BearerCap::new(octets).unwrap();
            argument.bearer_capability = Some(BearerCapability::BearerCap(bearer));
        })
    };
    watched(&mut bench, &carrying(&[0x80, 0x90, 0xa3]));
    let second = watched(&mut bench, &carrying(&[0x98, 0x90]));
    reports(&mut bench, second, EventTypeBcsm::ODisconnect);
    assert_eq!(
        bench.facts(),
        ["{\"call\":{\"bearer\":\"speech\",\"state\":\"busy\"}}"]
    );
}

#[test]
fn a_bad_component_behind_a_call_does_not_lose_the_call() {
    let mut bench = Bench::new(options());
    let argument = initial_dp(|_| {});
    let octets = begin(CALLS, |writer| {
        writer.invoke(0, INITIAL_DP, |out| out.extend_from_slice(&argument));
        writer.invoke(1, tcap::Code::Local(77), |_| {});
    });
    bench.told(MSC, subsystem::CAP, &octets);
    assert_eq!(bench.faults(), ["operation"]);
    assert_eq!(bench.facts().len(), 2);
    let (refused, to) = continued(&bench.answer());
    assert_eq!(refused, ["reject Some(1) Invoke(UnrecognizedOperation)"]);
    bench.settle(Verdict::Settled);
    let octets = bench.answer();
    let (answer, again) = continued(&octets);
    assert_eq!(
        answer,
        ["invoke 1 Local(23)", "invoke 2 Local(31)"],
        "it goes on"
    );
    let Ok(tcap::Message::Continue(message)) = tcap::Message::decode(&octets) else {
        unreachable!("it was read above");
    };
    assert!(message.dialogue.is_none(), "the dialogue was accepted once");
    assert_eq!(again, to);
    reports(&mut bench, to, EventTypeBcsm::ODisconnect);
    assert_eq!(bench.facts(), [IDLE]);
}
