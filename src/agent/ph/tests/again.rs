//! What is asked again: after a loss, a failure, or a change of mind.

use super::*;

impl Bench {
    /// Loses the link and has it again, half a minute later.
    fn lose_link(&mut self) {
        self.step(&[Input::Down(channel())]);
        self.wait(30);
        self.step(&[Input::Up(channel())]);
        let cer = self.sent().pop().unwrap();
        let speaks = Application {
            vendor: TGPP,
            role: Role::Authorization,
            id: sh::APPLICATION,
        };
        self.answer(&cer, ResultCode::Success, |builder| speaks.encode(builder));
    }

    /// The requests with this command that were sent just now.
    fn requests(&self, code: u32) -> Vec<Vec<u8>> {
        let sent = self.sent().into_iter();
        sent.filter(|octets| Message::decode(octets).unwrap().header().command == code)
            .collect()
    }
}

#[test]
fn what_was_not_told_while_the_link_was_lost_is_asked_for() {
    let mut bench = Bench::watched();
    bench.lose_link();
    let again = bench.requests(SNR);
    assert_eq!(again.len(), 1);
    bench.answer(&again[0], ResultCode::Success, |builder| {
        builder.avp(kinds::USER_DATA, REGISTERED.as_bytes())
    });
    assert_eq!(bench.tickets().len(), 1);
    assert!(!bench.asked_any(UDR), "the answer told it");
    // An HSS that tells nothing with the answer is asked for it.
    bench.lose_link();
    let again = bench.requests(SNR);
    bench.answer(&again[0], ResultCode::Success, |builder| builder);
    assert_eq!(bench.asked(), [(UDR, None, vec![11])]);
}

#[test]
fn who_is_watched_no_longer_is_not_asked_about_after_a_loss() {
    let mut bench = Bench::watched();
    bench.watch(ALICE, false, false);
    bench.lose_link();
    assert!(!bench.asked_any(SNR));
}

#[test]
fn what_was_lost_with_the_link_is_asked_once() {
    let mut bench = Bench::new(options());
    bench.watch(ALICE, true, false);
    bench.lose_link();
    assert_eq!(bench.requests(SNR).len(), 1);
    bench.wait(60);
    assert_eq!(bench.requests(SNR).len(), 0, "it is under way");
    let mut bench = Bench::watched();
    bench.room.options.requests_max = 1;
    bench.watch("sip:bob@ims.example", true, false);
    bench.lose_link();
    assert_eq!(bench.room.calls.len(), 1, "as fast as it is answered");
}

/// How an HSS says that we may not subscribe.
const REFUSED: [ExperimentalResult; 2] = [
    results::OPERATION_NOT_ALLOWED,
    results::USER_DATA_CANNOT_BE_NOTIFIED,
];

#[test]
fn who_is_unknown_in_a_domain_is_still_subscribed_to() {
    let mut bench = Bench::new(options());
    bench.watch(ALICE, true, false);
    let requests = bench.sent();
    bench.answer(&requests[0], ResultCode::Success, |builder| builder);
    for request in &requests[1..] {
        bench.deny(request, results::USER_UNKNOWN);
    }
    bench.push(ALICE, REGISTERED, 1);
    assert_eq!(bench.tickets().len(), 1);
    bench.watch(ALICE, false, false);
    bench.wait(60);
    assert_eq!(bench.requests(SNR).len(), 1, "it is ended");
}

#[test]
fn a_subscription_that_fails_in_passing_is_tried_again() {
    for result in [3002, 3003, 3004, 3005, 4002, 5006, 5012] {
        let mut bench = Bench::new(options());
        bench.watch(ALICE, true, false);
        let first = bench.requests(SNR).remove(0);
        bench.answer(&first, ResultCode::from_wire(result), |builder| builder);
        bench.wait(75);
        assert_eq!(bench.requests(SNR).len(), 1, "{result}");
    }
}

#[test]
fn a_subscription_that_is_refused_is_tried_again_much_later_or_when_the_hss_is_another() {
    for refusal in REFUSED {
        let mut bench = Bench::new(options());
        bench.watch(ALICE, true, false);
        let first = bench.requests(SNR).remove(0);
        bench.deny(&first, refusal);
        bench.wait(120);
        assert!(!bench.asked_any(SNR));
        bench.wait(2 * 3600);
        let again = bench.requests(SNR);
        assert_eq!(again.len(), 1);
        bench.deny(&again[0], refusal);
        bench.lose_link();
        assert_eq!(bench.requests(SNR).len(), 1);
    }
    let mut bench = Bench::new(Options {
        refused_retry_interval: Duration::ZERO,
        ..options()
    });
    bench.watch(ALICE, true, false);
    let first = bench.requests(SNR).remove(0);
    bench.deny(&first, REFUSED[0]);
    bench.wait(24 * 3600);
    assert!(!bench.asked_any(SNR));
}

#[test]
fn an_hss_that_refuses_the_place_is_asked_for_the_state_alone() {
    for refusal in [
        results::OPERATION_NOT_ALLOWED,
        results::USER_DATA_CANNOT_BE_READ,
    ] {
        let mut bench = Bench::new(options());
        bench.watch(ALICE, true, true);
        let requests = bench.sent();
        let state = [(UDR, None, vec![15])];
        bench.deny(&requests[2], refusal);
        assert_eq!(bench.asked(), state);
        let alone = bench.sent().remove(0);
        bench.deny(&alone, refusal);
        assert_eq!(bench.asked(), [], "nothing is left to be asked");
        bench.answer(&requests[3], ResultCode::Success, |builder| builder);
        bench.wait(300);
        let references: Vec<_> = bench
            .requests(UDR)
            .iter()
            .map(|octets| references(octets))
            .collect();
        assert_eq!(
            references,
            [vec![15], vec![15, 14]],
            "each domain for itself"
        );
    }
}

/// What a request asks for.
fn references(octets: &[u8]) -> Vec<u32> {
    let message = Message::decode(octets).unwrap();
    let asked = Asked::decode(&message).unwrap();
    asked
        .references
        .iter()
        .map(|reference| reference.to_wire())
        .collect()
}

/// Everybody has left, for the hold-off, before the HSS answered: the request that is open.
fn left_too_early() -> (Bench, Vec<u8>) {
    let mut bench = Bench::new(Options {
        hold_off: Duration::from_secs(5),
        ..options()
    });
    bench.watch(ALICE, true, false);
    let snr = bench.requests(SNR).remove(0);
    bench.watch(ALICE, false, false);
    bench.wait(5);
    (bench, snr)
}

#[test]
fn a_subscription_that_is_granted_after_everybody_left_is_ended() {
    let (mut bench, snr) = left_too_early();
    assert!(!bench.asked_any(SNR), "nothing is known to be there yet");
    bench.answer(&snr, ResultCode::Success, |builder| builder);
    let asked = bench.asked();
    assert_eq!(asked, [(SNR, Some(SubsReqType::Unsubscribe), vec![11])]);
    let end = bench.sent().remove(0);
    bench.answer(&end, ResultCode::Success, |builder| builder);
    assert_eq!(bench.room.users.len(), 0);
}

#[test]
fn a_subscription_that_may_have_been_granted_after_everybody_left_is_ended_as_well() {
    let (mut bench, _) = left_too_early();
    // No answer comes in time.
    bench.wait(5);
    let asked = bench.asked();
    assert_eq!(asked, [(SNR, Some(SubsReqType::Unsubscribe), vec![11])]);
    let (mut bench, snr) = left_too_early();
    bench.deny(&snr, results::USER_DATA_CANNOT_BE_NOTIFIED);
    assert_eq!((bench.sent().len(), bench.room.users.len()), (0, 0));
}

#[test]
fn a_subscription_that_ended_before_it_began_is_not_renewed_in_a_hurry() {
    let mut bench = Bench::new(options());
    bench.watch(ALICE, true, false);
    let snr = bench.requests(SNR).remove(0);
    let expiry = Stamp::from_secs(1_772_350_000);
    bench.answer(&snr, ResultCode::Success, |builder| {
        builder.time(kinds::EXPIRY_TIME, AvpFlags::default(), expiry)
    });
    assert_eq!(bench.faults(), ["hss-expiry-past"]);
    bench.wait(59);
    assert!(!bench.asked_any(SNR));
    bench.wait(16);
    assert_eq!(bench.requests(SNR).len(), 1);
}

#[test]
fn what_was_to_be_asked_about_who_is_gone_takes_no_memory() {
    let mut bench = Bench::new(options());
    bench.step(&[Input::Down(channel())]);
    // No HSS is there, for a night; one watcher stays, others come and go.
    bench.watch(ALICE, true, false);
    for n in 0..1_000 {
        let name = format!("sip:u{}@ims.example", n % 10);
        bench.watch(&name, true, false);
        bench.watch(&name, false, false);
        bench.wait(61);
    }
    assert_eq!((bench.room.users.len(), bench.room.queue.len()), (1, 4));
    assert!(bench.room.queue.places() <= 72);
}

impl Bench {
    /// The questions of the next seconds; the HSS answers watchdogs.
    fn asked_within(&mut self, secs: u64) -> Vec<Vec<u8>> {
        let mut asked = Vec::new();
        for _ in 0..secs {
            self.wait(1);
            let (snr, udr) = (self.requests(SNR), self.requests(UDR));
            asked.extend(snr.into_iter().chain(udr));
            for watchdog in self.requests(command::DEVICE_WATCHDOG) {
                self.answer(&watchdog, ResultCode::Success, |builder| builder);
            }
        }
        asked
    }
}

/// An HSS that is asked and answers, and what the log makes of what it tells.
fn answered(bench: &mut Bench, request: &[u8], verdict: Verdict) {
    bench.answer(request, ResultCode::Success, |builder| {
        builder.avp(kinds::USER_DATA, BUSY.as_bytes())
    });
    let tickets = bench.tickets();
    assert_eq!(tickets.len(), 3);
    for ticket in tickets {
        bench.step(&[Input::Settled(ticket, verdict)]);
    }
}

#[test]
fn what_the_hss_answered_and_the_log_did_not_take_is_asked_again() {
    let mut bench = Bench::new(options());
    bench.watch(ALICE, true, false);
    let requests = bench.sent();
    // The registration was told by two answers, and is asked for once.
    for request in &requests[..3] {
        answered(&mut bench, request, Verdict::Refused);
    }
    answered(&mut bench, &requests[3], Verdict::Settled);
    let again = bench.asked_within(59);
    assert_eq!(again, [[0; 0]; 0]);
    let again = bench.asked_within(16);
    let mut asked: Vec<_> = again.iter().map(|octets| references(octets)).collect();
    asked.sort_unstable();
    assert_eq!(asked, [vec![11], vec![15]]);
    for request in &again {
        answered(&mut bench, request, Verdict::Settled);
    }
    assert!(bench.room.tickets.is_empty());
    assert_eq!(bench.asked_within(100), [[0; 0]; 0]);
}

#[test]
fn what_the_log_did_not_take_is_not_asked_again_of_who_is_watched_no_longer() {
    let mut bench = Bench::new(Options {
        hold_off: Duration::from_secs(5),
        ..options()
    });
    bench.watch(ALICE, true, false);
    let requests = bench.sent();
    bench.watch(ALICE, false, false);
    for request in [&requests[0], &requests[2], &requests[3]] {
        bench.answer(request, ResultCode::Success, |builder| builder);
    }
    bench.answer(&requests[1], ResultCode::Success, |builder| {
        builder.avp(kinds::USER_DATA, BUSY.as_bytes())
    });
    let tickets = bench.tickets();
    assert_eq!(bench.asked_within(5).len(), 1, "it is ended");
    for ticket in tickets {
        bench.step(&[Input::Settled(ticket, Verdict::Refused)]);
    }
    let again = bench.asked_within(75).into_iter();
    let questions = again.filter(|octets| Message::decode(octets).unwrap().header().command == UDR);
    assert_eq!(questions.count(), 0);
}
