//! What the HLR says to a question, and how.

use pengate_codecs::map::SubscriberInfo;

use super::{
    asks::{ALICE, ATI, HLR, answers, asking, question, result, watch},
    *,
};

/// A bench that asks about both domains in turn, and its first question.
fn asked_of_both() -> (Bench, tcap::TransactionId) {
    let mut options = asking();
    options.ati.ps = true;
    let mut bench = Bench::new(options);
    watch(&mut bench, ALICE, None, (true, false));
    let id = question(&bench);
    (bench, id)
}

/// One that asks about one domain, and its question.
fn asked() -> (Bench, tcap::TransactionId) {
    let mut bench = Bench::new(asking());
    watch(&mut bench, ALICE, None, (true, false));
    let id = question(&bench);
    (bench, id)
}

/// What is two facts: no call, and attached.
fn idle() -> Vec<u8> {
    result(SubscriberInfo {
        subscriber_state: Some(map::SubscriberState::AssumedIdle(pengate_asn1::Null)),
        ..SubscriberInfo::BLANK
    })
}

fn gives(writer: &mut ComponentWriter<'_>, id: tcap::InvokeId, operation: tcap::Code<'static>) {
    writer.result(id, operation, |out| out.extend_from_slice(&idle()));
}

/// The HLR goes on with the dialogue; its id for it is always the same.
fn goes_on(
    bench: &mut Bench,
    to: tcap::TransactionId,
    write: impl FnOnce(&mut ComponentWriter<'_>),
) {
    let mut octets = Vec::new();
    tcap::continuation(&mut octets, 0x0412_3456.into(), to, None, write);
    bench.told(HLR, subsystem::GSM_SCF, &octets);
}

#[test]
fn what_the_hlr_told_and_the_log_did_not_take_is_asked_again() {
    for verdict in [Verdict::Settled, Verdict::Refused] {
        let (mut bench, to) = asked();
        answers(&mut bench, to, |writer| {
            writer.result(1, ATI, |out| out.extend_from_slice(&idle()));
        });
        bench.settle(verdict);
        bench.wait(Duration::from_mins(1));
        let is_asked = !bench.heard().is_empty();
        assert_eq!(is_asked, verdict == Verdict::Refused);
        assert!(bench.room.asks.told.is_empty());
    }
}

#[test]
fn a_refusal_that_is_about_one_domain_leaves_the_other_one_to_be_asked() {
    for code in [35, 36] {
        let refuses = |bench: &mut Bench, id| {
            answers(bench, id, |writer| {
                writer.error(1, tcap::Code::Local(code), |_| {});
            });
            assert_eq!(bench.faults(), ["hlr-refused"]);
        };
        let (mut bench, id) = asked_of_both();
        refuses(&mut bench, id);
        let id = question(&bench);
        answers(&mut bench, id, |writer| gives(writer, 1, ATI));
        assert_eq!(bench.faults(), [""; 0]);
        bench.wait(Duration::from_mins(5));
        // And the other way round; refused about both, the subscriber is left alone for long.
        let id = question(&bench);
        answers(&mut bench, id, |writer| gives(writer, 1, ATI));
        let id = question(&bench);
        refuses(&mut bench, id);
        bench.wait(Duration::from_mins(5));
        for _ in 0..2 {
            let id = question(&bench);
            refuses(&mut bench, id);
        }
        bench.wait(Duration::from_hours(23));
        assert_eq!(bench.heard().len(), 0);
        bench.wait(Duration::from_hours(1));
        assert_eq!(bench.heard().len(), 1);
    }
}

#[test]
fn the_component_that_answers_our_question_is_read_wherever_it_stands() {
    let (mut bench, id) = asked();
    answers(&mut bench, id, |writer| {
        writer.error(7, tcap::Code::Local(1), |_| {});
        writer.invoke(1, tcap::Code::Local(55), |_| {});
        gives(writer, 1, ATI);
    });
    assert_eq!((bench.faults(), bench.out.events.len()), (vec![], 2));
    let (mut bench, id) = asked();
    answers(&mut bench, id, |writer| gives(writer, 2, ATI));
    assert_eq!(bench.faults(), ["no-result"]);
    let (mut bench, id) = asked();
    answers(&mut bench, id, |writer| gives(writer, 1, NOTE));
    assert_eq!(
        (bench.faults(), bench.out.events.len()),
        (vec!["operation"], 0)
    );
}

#[test]
fn an_answer_may_come_after_the_dialogue_was_accepted() {
    let (mut bench, id) = asked();
    bench.wait(Duration::from_secs(12));
    goes_on(&mut bench, id, |_| {});
    assert_eq!((bench.faults(), bench.heard().len()), (vec![], 0));
    answers(&mut bench, id, |writer| gives(writer, 1, ATI));
    assert_eq!((bench.faults(), bench.out.events.len()), (vec![], 2));
    // Or with a dialogue that the HLR leaves to us to end.
    let (mut bench, id) = asked();
    goes_on(&mut bench, id, |_| {});
    goes_on(&mut bench, id, |writer| gives(writer, 1, ATI));
    assert_eq!((bench.faults(), bench.out.events.len()), (vec![], 2));
    assert!(matches!(
        tcap::Message::decode(&bench.answer()),
        Ok(tcap::Message::End(_))
    ));
}

#[test]
fn an_answer_that_does_not_come_after_all_is_not_waited_for_longer() {
    let (mut bench, id) = asked();
    bench.wait(Duration::from_secs(12));
    goes_on(&mut bench, id, |_| {});
    bench.wait(Duration::from_secs(7));
    assert_eq!(bench.faults(), [""; 0]);
    bench.wait(Duration::from_secs(1));
    assert_eq!(bench.faults(), ["hlr-silent"]);
    assert_eq!(aborted(&bench.answer()), None);
    assert!(bench.room.dialogues.is_empty());
}

#[test]
fn a_result_of_which_more_is_to_come_is_waited_for() {
    let (mut bench, id) = asked();
    let mut octets = Vec::new();
    tcap::continuation(&mut octets, 0x0412_3456.into(), id, None, |writer| {
        gives(writer, 1, ATI);
    });
    // returnResultLast has the tag A2, and the other A7.
    let place = octets.windows(2).rposition(|pair| pair[0] == 0xa2);
    octets[place.unwrap()] = 0xa7;
    bench.told(HLR, subsystem::GSM_SCF, &octets);
    assert_eq!((bench.faults(), bench.out.events.len()), (vec![], 0));
    answers(&mut bench, id, |writer| gives(writer, 1, ATI));
    assert_eq!((bench.faults(), bench.out.events.len()), (vec![], 2));
}
