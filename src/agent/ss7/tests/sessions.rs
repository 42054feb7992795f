//! Packet sessions.

use pengate_codecs::cap::{
    self, AccessPointName, CapGprsReferenceNumber, DetachSpecificInformation,
    DisconnectSpecificInformation, EntityReleasedGprsArg, EventReportGprsArg,
    GprsEventSpecificInformation as Info, GprsEventType as Type, InitialDpGprsArg,
    InitiatingEntity, Integer4, MessageType, MiscCallInfo,
    PdpContextEstablishmentAcknowledgementSpecificInformation as Acknowledgement, PdpId,
    TimeAndTimezone,
};

use super::*;

const BY: (&str, u8) = (SGSN, subsystem::SGSN);
const GPRS: [u8; 7] = [4, 0, 0, 1, 21, 3, 50];
const INITIAL: tcap::Code<'static> = tcap::Code::Local(78);
const EVENT: tcap::Code<'static> = tcap::Code::Local(80);
const RELEASED: tcap::Code<'static> = tcap::Code::Local(76);

const ATTACHED: &str = "{\"mobility\":{\"domain\":\"ps\",\"state\":\"attached\"}}";
const DETACHED: &str = "{\"mobility\":{\"domain\":\"ps\",\"state\":\"detached-by-network\"}}";

/// A Begin with references.
fn begins(
    (ours, theirs): (Option<u32>, Option<u32>),
    components: impl FnOnce(&mut ComponentWriter<'_>),
) -> Vec<u8> {
    let mut information = Vec::new();
    if ours.is_some() || theirs.is_some() {
        let reference = CapGprsReferenceNumber {
            destination_reference: ours.and_then(Integer4::new),
            origination_reference: theirs.and_then(Integer4::new),
        };
        reference.write_user_information(&mut information);
    }
    let user_information =
        (!information.is_empty()).then(|| tcap::UserInformation::from_octets(&information));
    let dialogue = Dialogue::Request(tcap::Aarq {
        context: Oid::from_wire(&GPRS).unwrap(),
        user_information,
    });
    let mut out = Vec::new();
    tcap::begin(&mut out, 0x0412_3456.into(), Some(dialogue), components);
    out
}

fn initial(kind: Type) -> Vec<u8> {
    initial_at(kind, None)
}

fn initial_at(kind: Type, place: Option<cap::LocationInformationGprs<'_>>) -> Vec<u8> {
    let (mut imsi, mut msisdn) = ([0; 8], [0; 9]);
    let argument = InitialDpGprsArg {
        location_information_gprs: place,
        gprs_event_type: kind,
        imsi: map::Imsi::from_digits(IMSI.as_bytes(), &mut imsi).unwrap(),
        msisdn: map::IsdnAddressString::international(MSISDN.as_bytes(), &mut msisdn).unwrap(),
        time_and_time_zone: TimeAndTimezone::new([2, 0x62, 0x70, 0x21, 0x41, 0x51, 0, 0x40]),
        ..InitialDpGprsArg::BLANK
    };
    let mut out = Vec::new();
    argument.encode(&mut out);
    out
}

/// Components, and the reference that an accepted context brings, of the only message sent.
fn continued(bench: &Bench) -> (Vec<String>, Option<(u32, u32)>, tcap::TransactionId) {
    let octets = bench.answer();
    let Ok(tcap::Message::Continue(message)) = tcap::Message::decode(&octets) else {
        panic!("no Continue: {:?}", tcap::Message::decode(&octets));
    };
    let reference = message.dialogue.map(|portion| {
        let dialogue = portion.decode().unwrap();
        assert!(matches!(dialogue, Dialogue::Response(it) if it.is_accepted));
        CapGprsReferenceNumber::of(&dialogue).unwrap()
    });
    let numbers = reference.flatten().map(|it| {
        let number = |told: Option<Integer4>| told.unwrap().get();
        (
            number(it.destination_reference),
            number(it.origination_reference),
        )
    });
    (shown(&message.components), numbers, message.otid)
}

/// A session up to its being watched, with its first dialogue ended; our reference.
fn opened(bench: &mut Bench, kind: Type) -> u32 {
    let octets = begins((None, Some(258)), |writer| {
        writer.invoke(1, INITIAL, |out| out.extend_from_slice(&initial(kind)));
    });
    bench.told(BY, subsystem::CAP, &octets);
    bench.settle(Verdict::Settled);
    let (components, reference, otid) = continued(bench);
    assert_eq!(components, ["invoke 1 Local(81)", "invoke 2 Local(75)"]);
    let (theirs, ours) = reference.unwrap();
    assert_eq!(theirs, 258);
    let mut octets = Vec::new();
    tcap::end(&mut octets, otid, None, |_| {});
    bench.told(BY, subsystem::CAP, &octets);
    assert!(bench.room.dialogues.is_empty());
    ours
}

fn event(kind: Type, pdp: Option<u8>, info: Option<Info<'_>>) -> Vec<u8> {
    let argument = EventReportGprsArg {
        misc_gprs_info: Some(MiscCallInfo::new(MessageType::Notification)),
        gprs_event_specific_information: info,
        pdp_id: pdp.map(|pdp| PdpId::new([pdp])),
        ..EventReportGprsArg::new(kind)
    };
    let mut out = Vec::new();
    argument.encode(&mut out);
    out
}

fn acknowledged(charging: Option<[u8; 4]>) -> Info<'static> {
    Info::PDpContextEstablishmentAcknowledgementSpecificInformation(Acknowledgement {
        access_point_name: AccessPointName::new(b"\x08internet"),
        charging_id: charging.map(map::GprsChargingId::new),
        ..Acknowledgement::BLANK
    })
}

/// An event in a dialogue of its own.
fn reports(bench: &mut Bench, ours: u32, argument: &[u8]) {
    let octets = begins((Some(ours), Some(258)), |writer| {
        writer.invoke(7, EVENT, |out| out.extend_from_slice(argument));
    });
    bench.told(BY, subsystem::CAP, &octets);
}

/// The same up to its answer, which is a result and nothing else.
fn answered(bench: &mut Bench) {
    bench.settle(Verdict::Settled);
    let (components, reference, otid) = continued(bench);
    assert_eq!((components, reference), (vec!["result 7".to_owned()], None));
    let mut octets = Vec::new();
    tcap::end(&mut octets, otid, None, |_| {});
    bench.told(BY, subsystem::CAP, &octets);
    assert_eq!((bench.faults(), bench.out.sends().len()), (vec![], 0));
}

#[test]
fn an_attach_is_watched_to_its_end() {
    let mut bench = Bench::new(options());
    let octets = begins((None, Some(258)), |writer| {
        writer.invoke(1, INITIAL, |out| {
            out.extend_from_slice(&initial(Type::Attach))
        });
    });
    bench.told(BY, subsystem::CAP, &octets);
    assert_eq!(bench.out.sends().len(), 0);
    assert_eq!(bench.facts(), [ATTACHED]);
    let (_, told) = &bench.out.events[0];
    assert_eq!((told.source, told.reporter.as_str()), (Source::Pg, SGSN));
    assert_eq!(told.subject.msisdn.unwrap().0.to_string(), MSISDN);
    let mut bench = Bench::new(options());
    let ours = opened(&mut bench, Type::Attach);
    reports(
        &mut bench,
        ours,
        &event(
            Type::PdpContextEstablishmentAcknowledgement,
            Some(1),
            Some(acknowledged(None)),
        ),
    );
    let active = bench.facts().remove(0);
    let id = format!("\"id\":\"reference-{ours:08x}-1\"");
    assert!(
        active.contains("\"phase\":\"active\"") && active.contains(&id),
        "{active}"
    );
    assert!(active.contains("\"apn\":\"internet\""), "{active}");
    let key = bench.out.events[0].1.subject.session;
    answered(&mut bench);
    reports(&mut bench, ours, &event(Type::Disonnect, Some(1), None));
    let ended = bench.facts().remove(0);
    assert!(
        ended.contains("\"phase\":\"ended\"") && ended.contains(&id),
        "{ended}"
    );
    assert_eq!(bench.out.events[0].1.subject.session, key);
    answered(&mut bench);
    let by_device = Info::DetachSpecificInformation(DetachSpecificInformation {
        initiating_entity: Some(InitiatingEntity::MobileStation),
        ..DetachSpecificInformation::BLANK
    });
    reports(
        &mut bench,
        ours,
        &event(Type::Detached, None, Some(by_device)),
    );
    assert_eq!(
        bench.facts(),
        ["{\"mobility\":{\"domain\":\"ps\",\"state\":\"detached-by-device\"}}"]
    );
    bench.settle(Verdict::Settled);
    assert_eq!(continued(&bench).0, ["result 7"]);
    assert!(bench.room.sessions.get(ours).is_none());
    // Whoever does not end its dialogues keeps nothing here.
    bench.wait(Duration::from_secs(20));
    assert_eq!(bench.faults(), ["not-ended"]);
    assert!(bench.room.dialogues.is_empty());
}

#[test]
fn a_detach_or_an_end_that_asks_how_to_go_on_attaches_nobody() {
    for kind in [Type::Detached, Type::Disonnect] {
        let mut bench = Bench::new(options());
        let place = cap::LocationInformationGprs {
            routeing_area_identity: Some(map::RaIdentity::new([
                0x00, 0xf1, 0x10, 0x12, 0x34, 0x56,
            ])),
            ..cap::LocationInformationGprs::BLANK
        };
        let octets = begins((None, Some(258)), |writer| {
            writer.invoke(1, INITIAL, |out| {
                out.extend_from_slice(&initial_at(kind, Some(place)));
            });
        });
        bench.told(BY, subsystem::CAP, &octets);
        let facts = bench.facts();
        assert_eq!(facts.len(), 1, "{facts:?}");
        assert!(
            facts[0].contains("place") && !facts[0].contains("state"),
            "{facts:?}"
        );
        // It goes on, and nobody waits for more.
        bench.settle(Verdict::Settled);
        let (components, reference, _) = continued(&bench);
        assert_eq!(components, ["invoke 2 Local(75)"]);
        assert!(bench.room.sessions.get(reference.unwrap().1).is_none());
    }
}

#[test]
fn a_session_is_named_by_what_stays_when_it_moves() {
    let mut bench = Bench::new(options());
    let first = opened(&mut bench, Type::PdpContextEstablishment);
    let told = acknowledged(Some([1, 2, 3, 4]));
    let active = event(
        Type::PdpContextEstablishmentAcknowledgement,
        None,
        Some(told),
    );
    reports(&mut bench, first, &active);
    assert!(bench.facts()[0].contains("\"id\":\"charging-01020304\""));
    let key = bench.out.events[0].1.subject.session;
    answered(&mut bench);
    let second = opened(&mut bench, Type::PdpContextEstablishment);
    reports(&mut bench, second, &active);
    assert_eq!(bench.out.events[0].1.subject.session, key);
    answered(&mut bench);
    // The SGSN that is left disconnects it, which is no end of it.
    let moves = Info::DisconnectSpecificInformation(DisconnectSpecificInformation {
        routeing_area_update: Some(pengate_asn1::Null),
        ..DisconnectSpecificInformation::BLANK
    });
    reports(
        &mut bench,
        first,
        &event(Type::Disonnect, None, Some(moves)),
    );
    assert!(bench.out.events.is_empty());
    assert_eq!(continued(&bench).0, ["result 7"]);
    assert!(bench.room.sessions.get(first).is_none() && bench.room.sessions.get(second).is_some());
    let octets = begins((Some(second), Some(258)), |writer| {
        let argument = EntityReleasedGprsArg::new(cap::GprsCause::new([0x26]));
        writer.invoke(7, RELEASED, |out| argument.encode(out));
    });
    bench.told(BY, subsystem::CAP, &octets);
    assert!(bench.facts()[0].contains("\"phase\":\"ended\""));
    assert_eq!(bench.out.events[0].1.subject.session, key);
    answered(&mut bench);
}

#[test]
fn a_detach_by_a_routeing_area_update_is_none() {
    let mut bench = Bench::new(options());
    let ours = opened(&mut bench, Type::Attach);
    let moves = Info::DetachSpecificInformation(DetachSpecificInformation {
        routeing_area_update: Some(pengate_asn1::Null),
        ..DetachSpecificInformation::BLANK
    });
    reports(&mut bench, ours, &event(Type::Detached, None, Some(moves)));
    assert!(bench.out.events.is_empty());
    assert_eq!(continued(&bench).0, ["result 7"]);
}

#[test]
fn who_waits_for_us_is_told_to_go_on() {
    let mut bench = Bench::new(options());
    let ours = opened(&mut bench, Type::Attach);
    let argument = EventReportGprsArg {
        pdp_id: Some(PdpId::new([2])),
        ..EventReportGprsArg::new(Type::PdpContextEstablishmentAcknowledgement)
    };
    let mut octets = Vec::new();
    argument.encode(&mut octets);
    reports(&mut bench, ours, &octets);
    bench.settle(Verdict::Settled);
    assert_eq!(continued(&bench).0, ["result 7", "invoke 2 Local(75)"]);
}

#[test]
fn references_are_wanted_and_have_to_be_right() {
    use cap::{INVALID_REFERENCE, MISSING_REFERENCE};
    let mut bench = Bench::new(options());
    let ours = opened(&mut bench, Type::Attach);
    for (references, reason, kind) in [
        ((None, None), MISSING_REFERENCE, "missing-reference"),
        (
            (Some(ours ^ 1), Some(258)),
            INVALID_REFERENCE,
            "invalid-reference",
        ),
        (
            (Some(ours), Some(259)),
            INVALID_REFERENCE,
            "invalid-reference",
        ),
    ] {
        let octets = begins(references, |writer| {
            let argument = event(Type::Detached, None, None);
            writer.invoke(7, EVENT, |out| out.extend_from_slice(&argument));
        });
        bench.told(BY, subsystem::CAP, &octets);
        assert_eq!(bench.faults(), [kind]);
        assert_eq!(bench.out.faults[0].source, Source::Pg);
        assert!(bench.out.events.is_empty());
        let octets = bench.answer();
        let Some(Dialogue::Abort(abort)) = aborted(&octets) else {
            panic!("no ABRT");
        };
        assert_eq!(abort.source, tcap::AbortSource::User);
        assert_eq!(abort.user_information, Some(reason));
    }
    assert!(bench.room.sessions.get(ours).is_some());
}

#[test]
fn a_session_does_not_wait_for_a_slow_log_nor_for_one_that_refuses() {
    let mut bench = Bench::new(options());
    let ours = opened(&mut bench, Type::Attach);
    reports(
        &mut bench,
        ours,
        &event(Type::AttachChangeOfPosition, None, None),
    );
    bench.wait(Duration::from_millis(100));
    assert_eq!(bench.faults(), ["answered-unrecorded"]);
    assert_eq!(continued(&bench).0, ["result 7"]);
    reports(
        &mut bench,
        ours,
        &event(Type::AttachChangeOfPosition, None, None),
    );
    bench.settle(Verdict::Refused);
    assert_eq!(bench.faults(), ["not-recorded"]);
    assert_eq!(continued(&bench).0, ["result 7"]);
}

#[test]
fn more_than_sessions_max_go_on_without_us() {
    let mut options = options();
    options.cap.sessions_max = 1;
    let mut bench = Bench::new(options);
    opened(&mut bench, Type::Attach);
    let octets = begins((None, Some(259)), |writer| {
        writer.invoke(1, INITIAL, |out| {
            out.extend_from_slice(&initial(Type::Attach))
        });
    });
    bench.told(BY, subsystem::CAP, &octets);
    assert_eq!(bench.faults(), ["sessions-max"]);
    bench.settle(Verdict::Settled);
    assert_eq!(continued(&bench).0, ["invoke 2 Local(75)"]);
    // One of which nothing was heard for its lifetime makes room.
    bench.wait(Duration::from_hours(24));
    bench.faults();
    let ours = opened(&mut bench, Type::Attach);
    assert_eq!(bench.faults(), Vec::<&str>::new());
    assert!(bench.room.sessions.get(ours).is_some());
}

#[test]
fn what_cannot_be_served_ends_its_dialogue() {
    let mut bench = Bench::new(options());
    let octets = begins((None, Some(258)), |writer| {
        writer.invoke(1, INITIAL, |out| out.extend([0x30, 0]));
    });
    bench.told(BY, subsystem::CAP, &octets);
    assert_eq!(ended(&bench.answer()), ["error 1 Local(7)"]);
    let ours = opened(&mut bench, Type::Attach);
    let octets = begins((Some(ours), Some(258)), |writer| {
        writer.invoke(7, EVENT, |out| out.extend([0x04, 0]));
    });
    bench.told(BY, subsystem::CAP, &octets);
    assert_eq!(
        ended(&bench.answer()),
        ["reject Some(7) Invoke(MistypedParameter)"]
    );
    assert!(bench.room.sessions.get(ours).is_none());
}

#[test]
fn a_session_goes_on_over_a_restart_and_however_long_it_is_silent() {
    let mut bench = Bench::new(options());
    bench.room.collect_writes();
    let ours = opened(&mut bench, Type::Attach);
    let mut rows = StateBatch::default();
    bench.room.take_writes(&mut rows);
    let mut after = Bench::fresh(options());
    load(&mut after, &rows);
    after.step(&[]);
    after.connect(channel(2905));
    reports(
        &mut after,
        ours,
        &event(Type::AttachChangeOfPosition, None, None),
    );
    assert_eq!(after.facts(), [ATTACHED]);
    answered(&mut after);
    // A device that does not move for days, and then is switched off.
    after.wait(Duration::from_hours(72));
    reports(&mut after, ours, &event(Type::Detached, None, None));
    assert_eq!(after.facts(), [DETACHED]);
    answered(&mut after);
    assert!(after.room.sessions.get(ours).is_none());
}

#[test]
fn what_comes_while_an_event_waits_does_not_lose_its_answer() {
    let mut bench = Bench::new(options());
    let ours = opened(&mut bench, Type::Attach);
    let place = |code: u8| {
        event(
            Type::PdpContextEstablishmentAcknowledgement,
            Some(code),
            None,
        )
    };
    reports(&mut bench, ours, &place(1));
    bench.settle(Verdict::Settled);
    let (_, _, otid) = continued(&bench);
    let mut goes_on = |id, argument: &[u8]| {
        let mut octets = Vec::new();
        tcap::continuation(&mut octets, 0x0412_3456.into(), otid, None, |writer| {
            writer.invoke(id, EVENT, |out| out.extend_from_slice(argument));
        });
        bench.told(BY, subsystem::CAP, &octets);
        assert_eq!(bench.out.sends().len(), 0, "it is not durable yet");
        std::mem::take(&mut bench.out.events)
    };
    let mut waiting = goes_on(8, &place(2));
    waiting.extend(goes_on(9, &place(3)));
    assert_eq!(waiting.len(), 2);
    for (ticket, _) in waiting {
        assert_eq!(bench.out.sends().len(), 0);
        bench.step(&[Input::Settled(ticket, Verdict::Settled)]);
    }
    assert_eq!(continued(&bench).0, ["result 8", "result 9"]);
}

#[test]
fn an_event_beside_what_is_refused_is_answered_when_it_is_durable() {
    let mut bench = Bench::new(options());
    let ours = opened(&mut bench, Type::Attach);
    let told = event(Type::PdpContextEstablishmentAcknowledgement, Some(1), None);
    let octets = begins((Some(ours), Some(258)), |writer| {
        writer.invoke(7, EVENT, |out| out.extend_from_slice(&told));
        writer.invoke(8, tcap::Code::Local(99), |_| {});
    });
    bench.told(BY, subsystem::CAP, &octets);
    assert_eq!(bench.out.sends().len(), 0, "it is not durable yet");
    bench.settle(Verdict::Settled);
    assert_eq!(
        ended(&bench.answer()),
        ["result 7", "reject Some(8) Invoke(UnrecognizedOperation)"]
    );
    assert!(bench.room.sessions.get(ours).is_none());
}

#[test]
fn what_is_refused_beside_the_beginning_of_a_session_does_not_lose_the_place() {
    let mut bench = Bench::new(options());
    let argument = initial(Type::Attach);
    let octets = begins((None, Some(258)), |writer| {
        writer.invoke(0, INITIAL, |out| out.extend_from_slice(&argument));
        writer.invoke(1, tcap::Code::Local(99), |_| {});
    });
    bench.told(BY, subsystem::CAP, &octets);
    assert!(!bench.facts().is_empty());
    assert_eq!(bench.out.sends().len(), 0, "it is not durable yet");
    bench.settle(Verdict::Settled);
    assert_eq!(
        ended(&bench.answer()),
        ["reject Some(1) Invoke(UnrecognizedOperation)"]
    );
}

#[test]
fn an_event_without_its_argument_is_mistyped() {
    for operation in [EVENT, RELEASED] {
        let mut bench = Bench::new(options());
        let ours = opened(&mut bench, Type::Attach);
        let octets = begins((Some(ours), Some(258)), |writer| {
            writer.invoke(7, operation, |_| {});
        });
        bench.told(BY, subsystem::CAP, &octets);
        assert_eq!(
            (bench.faults(), ended(&bench.answer())),
            (
                vec!["data-missing"],
                vec!["reject Some(7) Invoke(MistypedParameter)".to_owned()]
            )
        );
    }
}

#[test]
fn a_session_whose_dialogue_is_given_up_is_not_told_to_be_over() {
    let mut bench = Bench::new(options());
    bench.room.collect_writes();
    let ours = opened(&mut bench, Type::PdpContextEstablishment);
    let active = event(
        Type::PdpContextEstablishmentAcknowledgement,
        None,
        Some(acknowledged(Some([1, 2, 3, 4]))),
    );
    reports(&mut bench, ours, &active);
    let (_, told) = bench.out.events[0].clone();
    let crate::event::Fact::Session(session) = &told.fact else {
        panic!("{told:?}");
    };
    assert_eq!(
        session.lifetime,
        Some(bench.room.options.cap.session_lifetime)
    );
    bench.settle(Verdict::Settled);
    let (_, _, otid) = continued(&bench);
    let mut octets = Vec::new();
    tcap::abort(&mut octets, otid, None);
    bench.told(BY, subsystem::CAP, &octets);
    assert_eq!(bench.faults(), ["session-aborted"]);
    assert!(
        bench.out.events.is_empty(),
        "its lifetime says how long it is believed in"
    );
    // Nothing is kept of it, and its references stand for nothing.
    let mut rows = StateBatch::default();
    bench.room.take_writes(&mut rows);
    assert!(rows.changes().all(|row| row.value.is_none()));
    reports(&mut bench, ours, &active);
    assert_eq!(bench.faults(), ["invalid-reference"]);
    // Another dialogue may go on about the same session, and end it.
    let again = opened(&mut bench, Type::PdpContextEstablishment);
    reports(&mut bench, again, &active);
    assert_eq!(bench.out.events[0].1.subject.session, told.subject.session);
    answered(&mut bench);
    reports(&mut bench, again, &event(Type::Disonnect, None, None));
    assert!(bench.facts()[0].contains("\"phase\":\"ended\""));
    assert_eq!(bench.out.events[0].1.subject.session, told.subject.session);
}

#[test]
fn a_session_goes_on_when_an_answer_of_ours_is_lost() {
    let mut bench = Bench::new(options());
    let ours = opened(&mut bench, Type::Attach);
    reports(
        &mut bench,
        ours,
        &event(Type::AttachChangeOfPosition, None, None),
    );
    bench.settle(Verdict::Settled);
    let lost = bench.answer();
    let calling = Address::international(SGSN, BY.1).unwrap();
    let called = Address::international(OUR_TITLE, subsystem::CAP).unwrap();
    let mut octets = Vec::new();
    sccp::UnitdataService {
        cause: sccp::ReturnCause::SubsystemFailure,
        called: called.party(),
        calling: calling.party(),
        data: &lost,
    }
    .encode(&mut octets)
    .unwrap();
    bench.hear(&data(&octets));
    assert_eq!(bench.faults(), ["undelivered"]);
    assert!(bench.room.dialogues.is_empty());
    reports(
        &mut bench,
        ours,
        &event(Type::AttachChangeOfPosition, None, None),
    );
    assert_eq!(bench.facts(), [ATTACHED]);
    answered(&mut bench);
}
