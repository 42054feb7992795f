//! Mobility events.

use pengate_codecs::tcap::{AbortSource, Component};

use super::*;
use crate::event::Fact;

#[test]
fn an_event_is_acknowledged_when_it_is_durable_and_not_before() {
    let mut bench = Bench::new(options());
    tell(&mut bench, 0x01);
    assert_eq!(bench.out.sends().len(), 0);
    let (_, event) = &bench.out.events[0];
    assert_eq!((event.source, event.reporter.as_str()), (Source::Pc, VLR));
    let subject = &event.subject;
    assert_eq!(subject.imsi.unwrap().0.to_string(), IMSI);
    assert_eq!(subject.msisdn.unwrap().0.to_string(), MSISDN);
    assert_eq!(
        bench.facts(),
        [
            "{\"mobility\":{\"domain\":\"cs\",\"place\":{\"cell\":{\"cgi\":{\"ci\":22136,\
             \"lac\":4660,\"plmn\":\"001-01\"}}},\"serving\":\"001-01\",\"state\":\"attached\"}}"
        ]
    );
    bench.settle(Verdict::Settled);
    let heard = bench.heard().remove(0);
    assert_eq!(ended(&heard.octets), ["result 1"]);
    assert_eq!(
        (heard.label.originator, heard.label.destination),
        (OURS, THEIRS)
    );
    assert_eq!(
        heard.label.selection, 5,
        "the order is kept on the way back"
    );
    assert_eq!(heard.called, Address::international(VLR, 7).unwrap());
    let ours = Address::international(OUR_TITLE, 147).unwrap();
    assert_eq!(
        heard.calling, ours,
        "our own title, not what was translated"
    );
    assert!(bench.room.dialogues.is_empty() && bench.room.tickets.is_empty());
}

#[test]
fn every_code_of_both_domains_is_told_and_acknowledged() {
    for (code, source, state) in [
        (0x00, Source::Pc, "\"attached\""),
        (0x01, Source::Pc, "\"attached\""),
        (0x02, Source::Pc, "\"attached\""),
        (0x03, Source::Pc, "\"detached-by-device\""),
        (0x04, Source::Pc, "\"detached-by-network\""),
        (0x80, Source::Pg, "\"attached\""),
        (0x81, Source::Pg, "\"attached\""),
        (0x83, Source::Pg, "\"attached\""),
        (0x84, Source::Pg, "\"detached-by-device\""),
        (0x85, Source::Pg, "\"detached-by-network\""),
        (0x86, Source::Pg, "\"not-reachable\""),
    ] {
        let mut bench = Bench::new(options());
        tell(&mut bench, code);
        assert_eq!(bench.out.events[0].1.source, source, "{code:02x}");
        let fact = bench.facts().remove(0);
        assert!(fact.contains(&format!("\"state\":{state}")), "{fact}");
        assert!(fact.contains("\"serving\":\"001-01\""), "{fact}");
        bench.settle(Verdict::Settled);
        assert_eq!(ended(&bench.answer()), ["result 1"]);
        assert_eq!(bench.faults(), [""; 0]);
    }
}

#[test]
fn the_sgsn_that_was_left_says_nothing_of_the_subscriber() {
    let mut bench = Bench::new(options());
    tell(&mut bench, 0x82);
    let Fact::Mobility(told) = &bench.out.events[0].1.fact else {
        panic!("{:?}", bench.facts());
    };
    assert_eq!((told.state, &told.place, told.serving), (None, &None, None));
    bench.settle(Verdict::Settled);
    assert_eq!(ended(&bench.answer()), ["result 1"]);
}

#[test]
fn two_arrivals_of_one_step_keep_their_order() {
    let mut bench = Bench::new(options());
    let argument = |code| note(code, |_| {});
    let octets = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument(0x03)));
        writer.invoke(2, NOTE, |out| out.extend_from_slice(&argument(0x02)));
    });
    bench.told((VLR, 7), 147, &octets);
    let [(_, detached), (_, attached)] = &bench.out.events[..] else {
        panic!("{:?}", bench.facts());
    };
    assert!(detached.order < attached.order);
    assert_eq!(detached.order.at, bench.now);
    bench.settle(Verdict::Settled);
    assert_eq!(ended(&bench.answer()), ["result 1", "result 2"]);
    // Neither a clock that is set back nor a restart turns the order.
    let last = bench.now;
    bench.now = bench.now - Duration::from_secs(3_600);
    tell(&mut bench, 0x03);
    assert!(bench.out.events[0].1.order.at > last);
    let newest = bench.out.events[0].1.order.at;
    let mut again = Bench::new(options());
    again.room.resume(Source::Pg, newest);
    again.now = last - Duration::from_secs(3_600);
    tell(&mut again, 0x02);
    assert!(again.out.events[0].1.order.at > newest);
}

#[test]
fn an_event_that_is_not_recorded_is_not_acknowledged() {
    let mut bench = Bench::new(options());
    tell(&mut bench, 0x02);
    bench.settle(Verdict::Refused);
    let octets = bench.answer();
    let Some(Dialogue::Abort(abort)) = aborted(&octets) else {
        panic!("no ABRT");
    };
    assert_eq!(abort.source, AbortSource::User);
    assert_eq!(abort.user_information, Some(map::RESOURCE_UNAVAILABLE));
    assert!(bench.room.dialogues.is_empty());
}

#[test]
fn the_same_message_again_is_the_same_fact_later() {
    let mut bench = Bench::new(options());
    tell(&mut bench, 0x02);
    let (_, first) = bench.out.events[0].clone();
    bench.settle(Verdict::Settled);
    bench.wait(Duration::from_secs(1));
    tell(&mut bench, 0x02);
    let (_, second) = &bench.out.events[0];
    assert_eq!(
        (first.fact, first.order.id),
        (second.fact.clone(), second.order.id)
    );
    assert!(first.order.at < second.order.at);
}

#[test]
fn a_log_that_takes_too_long_leaves_no_dialogue_behind() {
    let mut bench = Bench::new(options());
    tell(&mut bench, 0x02);
    let (ticket, _) = bench.out.events[0];
    bench.wait(Duration::from_secs(10));
    assert_eq!(bench.faults(), ["unanswered"]);
    assert_eq!(aborted(&bench.answer()), None);
    bench.step(&[Input::Settled(ticket, Verdict::Settled)]);
    assert_eq!(bench.out.sends().len(), 0);
    assert!(bench.room.tickets.is_empty());
}

#[test]
fn a_dialogue_may_open_before_it_says_what_it_is_about() {
    let mut bench = Bench::new(options());
    let octets = begin(REPORTING, |_| {});
    bench.told((VLR, 7), 147, &octets);
    let octets = bench.answer();
    let Ok(tcap::Message::Continue(opened)) = tcap::Message::decode(&octets) else {
        panic!("no Continue");
    };
    assert!(
        matches!(opened.dialogue.unwrap().decode(), Ok(Dialogue::Response(it)) if it.is_accepted)
    );
    let mut octets = Vec::new();
    tcap::continuation(
        &mut octets,
        0x0412_3456.into(),
        opened.otid,
        None,
        |writer| {
            let argument = note(0x03, |_| {});
            writer.invoke(7, NOTE, |out| out.extend_from_slice(&argument));
        },
    );
    bench.told((VLR, 7), 147, &octets);
    bench.settle(Verdict::Settled);
    let octets = bench.answer();
    let Ok(tcap::Message::End(end)) = tcap::Message::decode(&octets) else {
        panic!("no End");
    };
    assert_eq!(end.dialogue, None, "the context was accepted before");
    assert!(matches!(
        end.components.iter().next(),
        Some(Ok(Component::ReturnResult(it))) if it.invoke_id == 7
    ));
}

#[test]
fn an_event_in_several_segments_is_one() {
    let mut bench = Bench::new(options());
    let argument = note(0x02, |_| {});
    let octets = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    for (number, part) in octets.chunks(octets.len().div_ceil(3)).enumerate() {
        assert!(bench.out.events.is_empty(), "{number}");
        bench.hear(&segment(part, (number, 3)));
    }
    assert_eq!(bench.out.events.len(), 1);
    bench.settle(Verdict::Settled);
    assert_eq!(ended(&bench.answer()), ["result 1"]);
}

#[test]
fn one_dialogue_more_than_there_may_be_is_refused_and_the_others_stay() {
    let mut options = options();
    options.tcap.dialogues_max = 1;
    let mut bench = Bench::new(options);
    tell(&mut bench, 0x02);
    let events = std::mem::take(&mut bench.out.events);
    tell(&mut bench, 0x03);
    assert_eq!(bench.faults(), ["dialogues-full"]);
    assert!(bench.out.events.is_empty());
    let octets = bench.answer();
    let Ok(tcap::Message::Abort(abort)) = tcap::Message::decode(&octets) else {
        panic!("no Abort");
    };
    let full = tcap::PAbortCause::ResourceLimitation;
    assert_eq!(abort.cause, Some(tcap::AbortCause::Provider(full)));
    bench.step(&[Input::Settled(events[0].0, Verdict::Settled)]);
    assert_eq!(ended(&bench.answer()), ["result 1"]);
}

#[test]
fn what_comes_while_an_event_waits_does_not_lose_its_answer() {
    for (more, settles) in [(false, 1), (true, 2)] {
        let mut bench = Bench::new(options());
        bench.told((VLR, 7), 147, &begin(REPORTING, |_| {}));
        let octets = bench.answer();
        let Ok(tcap::Message::Continue(opened)) = tcap::Message::decode(&octets) else {
            panic!("no Continue");
        };
        let goes_on = |write: &dyn Fn(&mut ComponentWriter<'_>)| {
            let mut octets = Vec::new();
            let (theirs, ours) = (0x0412_3456.into(), opened.otid);
            tcap::continuation(&mut octets, theirs, ours, None, |writer| write(writer));
            octets
        };
        let argument = note(0x03, |_| {});
        let tells = |id| {
            let argument = argument.clone();
            move |writer: &mut ComponentWriter<'_>| {
                writer.invoke(id, NOTE, |out| out.extend_from_slice(&argument));
            }
        };
        bench.told((VLR, 7), 147, &goes_on(&tells(7)));
        let mut waiting = std::mem::take(&mut bench.out.events);
        let next = if more {
            goes_on(&tells(8))
        } else {
            goes_on(&|_| {})
        };
        bench.told((VLR, 7), 147, &next);
        assert_eq!(bench.out.sends().len(), 0, "nothing is durable yet");
        waiting.append(&mut bench.out.events);
        assert_eq!(waiting.len(), settles);
        for (ticket, _) in waiting {
            assert_eq!(bench.out.sends().len(), 0);
            bench.step(&[Input::Settled(ticket, Verdict::Settled)]);
        }
        let octets = bench.answer();
        let Ok(tcap::Message::End(end)) = tcap::Message::decode(&octets) else {
            panic!("no End");
        };
        let expected = ["result 7", "result 8"];
        assert_eq!(shown(&end.components), expected[..settles]);
    }
}

#[test]
fn who_opens_a_dialogue_and_says_nothing_is_given_up_soon() {
    let mut bench = Bench::new(options());
    bench.told((VLR, 7), 147, &begin(REPORTING, |_| {}));
    assert_eq!(bench.room.dialogues.len(), 1);
    bench.wait(Duration::from_secs(19));
    assert_eq!(bench.room.dialogues.len(), 1);
    bench.wait(Duration::from_secs(1));
    assert_eq!(bench.faults(), ["nothing-told"]);
    assert_eq!(aborted(&bench.answer()), None);
    assert!(bench.room.dialogues.is_empty());
}
