//! Calls whose end nobody tells.

use super::*;

/// A detach told by the VLR; the time of the event.
fn detaches(bench: &mut Bench) -> Stamp {
    tell(bench, 0x03);
    let at = bench.out.events[0].1.order.at;
    bench.settle(Verdict::Settled);
    at
}

#[test]
fn a_call_that_is_lost_is_told_as_of_its_last_word() {
    let mut plain = options();
    plain.links[0].m3ua.heartbeat_interval = Duration::ZERO;
    let aborts: fn(&mut Vec<u8>, tcap::TransactionId) = |out, to| tcap::abort(out, to, None);
    let ends: fn(&mut Vec<u8>, tcap::TransactionId) = |out, to| tcap::end(out, to, None, |_| {});
    for gives_up in [None, Some(aborts), Some(ends)] {
        let mut bench = Bench::new(plain.clone());
        let to = watched(&mut bench, &initial_dp(|_| {}));
        bench.wait(Duration::from_mins(1));
        reports(&mut bench, to, EventTypeBcsm::OAnswer);
        let heard = bench.now;
        bench.wait(Duration::from_mins(4));
        let detached = detaches(&mut bench);
        match gives_up {
            Some(write) => {
                let mut octets = Vec::new();
                write(&mut octets, to);
                bench.told(MSC, subsystem::CAP, &octets);
            }
            None => {
                bench.wait(Duration::from_mins(11));
                bench.wait(Duration::from_secs(10));
            }
        }
        assert_eq!(bench.facts(), [IDLE]);
        let at = bench.out.events[0].1.order.at;
        assert!(heard <= at && at < detached, "{at:?} {detached:?}");
    }
}

#[test]
fn of_calls_that_are_lost_each_is_told_after_what_was_told_of_the_others() {
    let mut options = options();
    options.links[0].m3ua.heartbeat_interval = Duration::ZERO;
    for restarts in [None, Some(true), Some(false)] {
        let mut bench = Bench::new(options.clone());
        bench.room.collect_writes();
        let mut log = Batch::default();
        let mut newest = Stamp::MIN;
        let mut kept = |bench: &mut Bench| {
            for (ticket, event) in &bench.out.events {
                bench.room.keep(bench.now, *ticket, &mut log);
                newest = newest.max(event.order.at);
            }
            bench.settle(Verdict::Settled);
        };
        asks(&mut bench, CALLS, &initial_dp(|_| {}));
        kept(&mut bench);
        bench.wait(Duration::from_mins(1));
        asks(&mut bench, CALLS, &initial_dp(called));
        kept(&mut bench);
        let (_, second) = continued(&bench.answer());
        bench.wait(Duration::from_mins(5));
        reports(&mut bench, second, EventTypeBcsm::TDisconnect);
        assert_eq!(bench.facts(), [BUSY]);
        kept(&mut bench);
        bench.wait(Duration::from_mins(1));
        let detached = detaches(&mut bench);
        if let Some(by_log) = restarts {
            let mut after = Bench::fresh(options.clone());
            after.now = bench.now;
            if by_log {
                log.records().for_each(|record| after.room.restore(record));
            } else {
                let mut rows = StateBatch::default();
                bench.room.take_writes(&mut rows);
                load(&mut after, &rows);
            }
            after.step(&[]);
            after.connect(channel(2905));
            bench = after;
        }
        for _ in 0..3 {
            if bench.out.events.is_empty() {
                bench.wait(Duration::from_mins(15));
            }
        }
        assert_eq!(
            (bench.facts(), bench.faults()),
            (vec![IDLE.to_owned()], vec!["call-lost"])
        );
        let at = bench.out.events[0].1.order.at;
        assert!(
            newest < at && at < detached,
            "{restarts:?} {at:?} {newest:?}"
        );
        assert!(bench.room.calls.is_empty());
    }
}

#[test]
fn a_call_after_one_that_was_lost_counts_when_the_clock_was_set_back() {
    let mut bench = Bench::new(options());
    let to = watched(&mut bench, &initial_dp(|_| {}));
    bench.now = Stamp::from_secs(bench.now.secs() - 3_600);
    let mut octets = Vec::new();
    tcap::abort(&mut octets, to, None);
    bench.told(MSC, subsystem::CAP, &octets);
    assert_eq!(bench.facts(), [IDLE]);
    let lost = bench.out.events[0].1.order;
    asks(&mut bench, CALLS, &initial_dp(|_| {}));
    assert_eq!(bench.facts()[1], BUSY);
    assert!(lost < bench.out.events[1].1.order);
}

#[test]
fn a_call_is_not_held_to_be_lost_while_nobody_could_be_asked() {
    let mut plain = options();
    plain.links[0].m3ua.heartbeat_interval = Duration::ZERO;
    let mut bench = Bench::new(plain);
    let to = watched(&mut bench, &initial_dp(|_| {}));
    bench.wait(Duration::from_secs(899));
    bench.step(&[Input::Down(channel(2905))]);
    bench.wait(Duration::from_secs(1));
    bench.wait(Duration::from_secs(10));
    assert!(
        bench.facts().is_empty(),
        "{:?} {:?}",
        bench.faults(),
        bench.facts()
    );
    bench.connect(channel(2905));
    reports(&mut bench, to, EventTypeBcsm::ODisconnect);
    assert_eq!(bench.facts(), [IDLE]);
}

#[test]
fn a_call_that_is_due_while_we_start_again_is_asked_after_when_there_is_a_link() {
    let mut bench = Bench::new(options());
    asks(&mut bench, CALLS, &initial_dp(|_| {}));
    let mut batch = Batch::default();
    for (ticket, _) in &bench.out.events {
        bench.room.keep(bench.now, *ticket, &mut batch);
    }
    bench.settle(Verdict::Settled);
    let (_, to) = continued(&bench.answer());
    let mut after = Bench::fresh(options());
    // Started again 16 minutes after the call's last word: its test is due at once.
    after.now = bench.now + Duration::from_mins(16);
    batch
        .records()
        .for_each(|record| after.room.restore(record));
    after.step(&[]);
    after.wait(Duration::from_millis(500));
    after.connect(channel(2905));
    after.wait(Duration::from_secs(10));
    reports(&mut after, to, EventTypeBcsm::OAnswer);
    assert!(after.faults().is_empty(), "{:?}", after.faults());
}
