//! What cannot be served is answered as its layer says, and takes no link down.

use pengate_codecs::tcap::{AbortSource, PAbortCause};

use super::*;

/// The answer to one invoke of noteMM-Event with these octets as argument, and the faults.
fn refused(argument: &[u8]) -> (Vec<String>, Vec<&'static str>) {
    let mut bench = Bench::new(options());
    let octets = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(argument));
    });
    bench.told((VLR, 7), 147, &octets);
    assert!(bench.out.events.is_empty());
    assert!(bench.out.hang_ups.is_empty());
    (ended(&bench.answer()), bench.faults())
}

#[test]
fn what_is_wrong_with_an_argument_decides_the_error() {
    let whole = note(0x02, |_| {});
    // Without its last member, the MSISDN of nine octets and its header.
    let mut without = whole[..whole.len() - 9].to_vec();
    without[1] -= 9;
    assert_eq!(
        refused(&without),
        (vec!["error 1 Local(35)".into()], vec!["data-missing"])
    );
    assert_eq!(
        refused(&[]),
        (vec!["error 1 Local(35)".into()], vec!["data-missing"])
    );
    // An MM-Code of two octets.
    let mut long = whole.clone();
    let code = long
        .windows(3)
        .position(|octets| octets == [0x80, 1, 2])
        .unwrap();
    long.splice(code + 1..code + 3, [2, 2, 2]);
    long[1] += 1;
    assert_eq!(
        refused(&long),
        (vec!["error 1 Local(36)".into()], vec!["data-value"])
    );
    // An IMSI that is not made of decimal digits.
    let strange = note(0x02, |argument| {
        argument.imsi = map::Imsi::new(&[0x00, 0x01, 0xba, 0x01]).unwrap();
    });
    assert_eq!(
        refused(&strange),
        (vec!["error 1 Local(36)".into()], vec!["data-value"])
    );
    // Something else than a SEQUENCE.
    let mistyped = "reject Some(1) Invoke(MistypedParameter)".to_owned();
    assert_eq!(refused(&[0x04, 1, 0]), (vec![mistyped], vec!["mistyped"]));
    // A code that nobody knows.
    let unknown = note(0x42, |_| {});
    assert_eq!(
        refused(&unknown),
        (vec!["error 1 Local(59)".into()], vec!["mm-code"])
    );
}

#[test]
fn an_unknown_code_is_acknowledged_where_the_operator_wants_it() {
    let mut options = options();
    options.mobility.acknowledge_unknown = true;
    let mut bench = Bench::new(options);
    tell(&mut bench, 0x42);
    assert_eq!(ended(&bench.answer()), ["result 1"]);
    assert_eq!(bench.faults(), ["mm-code"]);
}

#[test]
fn one_bad_component_does_not_lose_a_good_one() {
    let mut bench = Bench::new(options());
    let argument = note(0x02, |_| {});
    let octets = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
        writer.invoke(2, tcap::Code::Local(4), |_| {});
        writer.empty_result(9);
        writer.error(8, tcap::Code::Local(1), |_| {});
    });
    bench.told((VLR, 7), 147, &octets);
    assert_eq!(bench.faults(), ["duplicate-invoke", "operation"]);
    assert_eq!(bench.out.events.len(), 1);
    bench.settle(Verdict::Settled);
    assert_eq!(
        ended(&bench.answer()),
        [
            "result 1",
            "reject Some(1) Invoke(DuplicateInvokeId)",
            "reject Some(2) Invoke(UnrecognizedOperation)",
            "reject Some(9) ReturnResult(UnrecognizedInvokeId)",
            "reject Some(8) ReturnError(UnrecognizedInvokeId)",
        ]
    );
}

#[test]
fn a_component_that_is_none_is_rejected() {
    let mut bench = Bench::new(options());
    let argument = note(0x02, |_| {});
    let mut octets = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    // The tag of the invoke becomes one of no component.
    let invoke = octets.windows(3).position(|it| it == [2, 1, 1]).unwrap() - 2;
    octets[invoke] = 0xa9;
    bench.told((VLR, 7), 147, &octets);
    assert_eq!(bench.faults(), ["component"]);
    assert_eq!(
        ended(&bench.answer()),
        ["reject None General(UnrecognizedComponent)"]
    );
}

#[test]
fn more_than_invokes_max_are_rejected() {
    let mut options = options();
    options.invokes_max = 2;
    let mut bench = Bench::new(options);
    let octets = begin(REPORTING, |writer| {
        (1..9).for_each(|id| writer.invoke(id, tcap::Code::Local(4), |_| {}));
    });
    bench.told((VLR, 7), 147, &octets);
    assert_eq!(bench.faults(), ["operation", "operation", "invokes-max"]);
    let answers = ended(&bench.answer());
    assert_eq!(answers.len(), 3, "the first that is too much ends it");
    assert_eq!(answers[2], "reject Some(3) Invoke(ResourceLimitation)");
}

#[test]
fn a_context_that_is_not_spoken_is_refused_with_the_one_that_is() {
    for (asked, offered) in [
        ([4, 0, 0, 1, 0, 42, 2], REPORTING),
        ([4, 0, 0, 1, 0, 42, 4], REPORTING),
        // updateLocation is for the HLR.
        ([4, 0, 0, 1, 0, 1, 3], [4, 0, 0, 1, 0, 1, 3]),
        ([4, 0, 0, 1, 0, 20, 3], [4, 0, 0, 1, 0, 20, 3]),
    ] {
        let mut bench = Bench::new(options());
        let argument = note(0x02, |_| {});
        let octets = begin(asked, |writer| {
            writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
        });
        bench.told((VLR, 7), 147, &octets);
        assert_eq!(bench.faults(), ["application-context"]);
        assert!(bench.out.events.is_empty());
        let octets = bench.answer();
        let Some(Dialogue::Response(refusal)) = aborted(&octets) else {
            panic!("no AARE");
        };
        assert!(!refusal.is_accepted);
        assert_eq!(refusal.diagnostic, tcap::Diagnostic::CONTEXT_NOT_SUPPORTED);
        assert_eq!(refusal.context.as_octets(), offered);
    }
}

#[test]
fn who_names_no_context_is_not_served() {
    let mut bench = Bench::new(options());
    let argument = note(0x02, |_| {});
    let mut octets = Vec::new();
    tcap::begin(&mut octets, 0x0412_3456.into(), None, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    bench.told((VLR, 7), 147, &octets);
    assert_eq!(bench.faults(), ["no-context"]);
    assert_eq!(aborted(&bench.answer()), None);
}

#[test]
fn a_dialogue_portion_of_another_syntax_is_aborted() {
    let argument = note(0x02, |_| {});
    let plain = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    let syntax = plain
        .windows(7)
        .position(|it| it == [0, 0x11, 0x86, 5, 1, 1, 1])
        .unwrap();
    // Another abstract syntax, and a protocol data unit that is none.
    for (at, octet) in [(syntax, 0x2a), (syntax + 9, 0x7f)] {
        let mut bench = Bench::new(options());
        let mut octets = plain.clone();
        octets[at] = octet;
        bench.told((VLR, 7), 147, &octets);
        assert_eq!(bench.faults(), ["dialogue-portion"], "{at}");
        let octets = bench.answer();
        let Some(Dialogue::Abort(abort)) = aborted(&octets) else {
            panic!("no ABRT");
        };
        assert_eq!(abort.source, AbortSource::Provider);
    }
}

#[test]
fn octets_behind_a_message_are_malformed() {
    let mut bench = Bench::new(options());
    let mut octets = begin(REPORTING, |_| {});
    octets.push(0);
    bench.told((VLR, 7), 147, &octets);
    assert_eq!(bench.faults(), ["malformed"]);
    assert!(bench.out.events.is_empty() && bench.room.dialogues.is_empty());
    let badly = PAbortCause::BadlyFormattedTransactionPortion;
    assert_eq!(p_aborted(&bench.answer()), badly);
}

#[test]
fn every_layer_answers_what_it_cannot_read_and_the_link_stays() {
    let mut bench = Bench::new(options());
    // M3UA: a length that is not the message's, and a class that there is not.
    let mut short = plain(MessageType::Heartbeat);
    short[7] = 40;
    bench.hear(&short);
    let is_error = |octets: &[u8]| octets.get(2..4) == Some(&[0, 0]);
    assert!(bench.out.sends().all(|(_, octets)| is_error(octets)));
    assert_eq!(bench.out.sends().len(), 1);
    bench.hear(&[1, 0, 7, 7, 0, 0, 0, 8]);
    assert_eq!(
        (bench.faults(), bench.out.sends().len()),
        (vec!["unsupported-class"], 1)
    );
    // MTP3: for nobody here.
    let mut other = data(&unitdata((VLR, 7), 147, &begin(REPORTING, |_| {})));
    let at = other
        .windows(4)
        .position(|it| it == [0, 0, 7, 0xd2])
        .unwrap()
        + 4;
    other[at] = 5;
    bench.hear(&other);
    assert_eq!(bench.faults(), ["user-part"]);
    // SCCP: cut off, and for a subsystem that is not ours, which its sender wants back.
    let whole = unitdata((VLR, 7), 147, &begin(REPORTING, |_| {}));
    bench.hear(&data(&whole[..9]));
    assert_eq!((bench.out.faults.len(), bench.out.sends().len()), (1, 0));
    bench.hear(&data(&unitdata((VLR, 7), 8, &begin(REPORTING, |_| {}))));
    assert_eq!(bench.faults(), ["unequipped-user"]);
    assert_eq!(bench.out.sends().len(), 1);
    // TCAP: for a dialogue that there is not.
    let mut octets = Vec::new();
    tcap::continuation(&mut octets, 7.into(), 8.into(), None, |_| {});
    bench.told((VLR, 7), 147, &octets);
    assert_eq!(bench.faults(), ["unknown-transaction"]);
    assert_eq!(bench.out.sends().len(), 1);
    // And all the same the next event is taken.
    tell(&mut bench, 0x02);
    bench.settle(Verdict::Settled);
    assert_eq!(ended(&bench.answer()), ["result 1"]);
}
