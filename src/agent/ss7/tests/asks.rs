//! Questions to the HLR.

use pengate_codecs::{
    m3ua::AffectedPointCode,
    map::{AnyTimeInterrogationArg, AnyTimeInterrogationRes, SubscriberIdentity, SubscriberInfo},
};

use super::*;
use crate::{agent::room::Watch, event::Subject, pen::Presentity};

pub(super) const HLR: (&str, u8) = ("99900000005", subsystem::HLR);
pub(super) const ATI: tcap::Code<'static> = tcap::Code::Local(71);

pub(super) fn asking() -> Options {
    let mut options = options();
    options.ati.enabled = true;
    options.ati.point_code = OURS;
    options.ati.destination = THEIRS;
    options.ati.ps = false;
    options.links[0].m3ua.heartbeat_interval = Duration::ZERO;
    options
}

pub(super) fn watch(
    bench: &mut Bench,
    name: &str,
    imsi: Option<&str>,
    (watched, place): (bool, bool),
) {
    let presentity = Presentity::canonical(name);
    let digits = |text: &str| text.parse().unwrap();
    let msisdn = imsi.is_none().then(|| crate::event::Msisdn(digits(MSISDN)));
    let subject = Subject {
        imsi: imsi.map(|imsi| crate::event::Imsi(digits(imsi))),
        msisdn,
        ..Subject::default()
    };
    bench.step(&[Input::Watch(Watch {
        presentity: &presentity,
        subject: &subject,
        watched,
        place,
    })]);
}

pub(super) const ALICE: &str = "sip:alice@ims.example";

/// The id of the question that was sent last.
pub(super) fn question(bench: &Bench) -> tcap::TransactionId {
    match tcap::Message::decode(&bench.answer()) {
        Ok(tcap::Message::Begin(begin)) => begin.otid,
        other => panic!("no Begin: {other:?}"),
    }
}

pub(super) fn answers(
    bench: &mut Bench,
    to: tcap::TransactionId,
    write: impl FnOnce(&mut ComponentWriter<'_>),
) {
    let mut octets = Vec::new();
    tcap::end(&mut octets, to, None, write);
    bench.told(HLR, subsystem::GSM_SCF, &octets);
}

pub(super) fn result(info: SubscriberInfo<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    AnyTimeInterrogationRes::new(info).encode(&mut out);
    out
}

#[test]
fn a_watched_subscriber_is_asked_about_and_the_hlr_says_what_it_knows() {
    let mut bench = Bench::new(asking());
    watch(&mut bench, ALICE, None, (true, true));
    let heard = bench.heard().remove(0);
    assert_eq!(
        (heard.label.originator, heard.label.destination),
        (OURS, THEIRS)
    );
    assert_eq!(heard.called, Address::international(MSISDN, 6).unwrap());
    assert_eq!(
        heard.calling,
        Address::international(OUR_TITLE, 147).unwrap()
    );
    let Ok(tcap::Message::Begin(begin)) = tcap::Message::decode(&heard.octets) else {
        panic!("no Begin");
    };
    let context = begin.dialogue.unwrap().decode().unwrap().context().unwrap();
    assert_eq!(context.as_octets(), [4, 0, 0, 1, 0, 29, 3]);
    let Some(Ok(tcap::Component::Invoke(invoke))) = begin.components.iter().next() else {
        panic!("no invoke");
    };
    assert_eq!(invoke.operation, ATI);
    let asked = AnyTimeInterrogationArg::from_any(invoke.argument.unwrap()).unwrap();
    assert!(matches!(
        asked.subscriber_identity,
        SubscriberIdentity::Msisdn(_)
    ));
    assert_eq!(asked.gsm_scf_address.digits().to_string(), OUR_TITLE);
    assert!(asked.requested_info.location_information.is_some());
    assert!(
        asked.requested_info.current_location.is_none(),
        "nobody is paged"
    );
    let told = result(SubscriberInfo {
        location_information: Some(map::LocationInformation {
            cell_global_id_or_service_area_id_or_lai: Some(cell()),
            age_of_location_information: map::AgeOfLocationInformation::new(7),
            ..map::LocationInformation::BLANK
        }),
        subscriber_state: Some(map::SubscriberState::AssumedIdle(pengate_asn1::Null)),
        ..SubscriberInfo::BLANK
    });
    answers(&mut bench, begin.otid, |writer| {
        writer.result(1, ATI, |out| out.extend_from_slice(&told));
    });
    assert_eq!(bench.faults(), [""; 0]);
    let (_, event) = &bench.out.events[0];
    assert_eq!((event.source, event.reporter.as_str()), (Source::Ph, HLR.0));
    assert_eq!(event.subject.msisdn.unwrap().0.to_string(), MSISDN);
    let facts = bench.facts();
    assert!(
        facts[0].contains("\"state\":\"idle\"") && facts[0].contains("\"seen\""),
        "{facts:?}"
    );
    assert_eq!(
        facts[1],
        "{\"call\":{\"bearer\":\"unknown\",\"state\":\"idle\"}}"
    );
    assert!(bench.room.dialogues.is_empty());
    // After the interval once more, and never when nobody watches.
    bench.wait(Duration::from_mins(5));
    let again = question(&bench);
    watch(&mut bench, ALICE, None, (false, false));
    answers(&mut bench, again, |_| {});
    assert_eq!(bench.faults(), ["no-result"]);
    bench.wait(Duration::from_hours(1));
    assert_eq!(bench.heard().len(), 0);
    assert_eq!(bench.room.asks.deadline(), None);
}

#[test]
fn whose_number_is_not_known_is_asked_about_by_imsi_and_both_domains_in_turn() {
    let mut options = asking();
    options.ati.ps = true;
    let mut bench = Bench::new(options);
    watch(&mut bench, ALICE, Some(IMSI), (true, false));
    let heard = bench.heard().remove(0);
    let title = heard.called.party().title;
    assert!(matches!(
        title,
        Some(sccp::GlobalTitle::Full {
            plan: sccp::Plan::LandMobile,
            ..
        })
    ));
    let id = question(&bench);
    let told = result(SubscriberInfo {
        subscriber_state: Some(map::SubscriberState::NetDetNotReachable(
            map::NotReachableReason::ImsiDetached,
        )),
        ..SubscriberInfo::BLANK
    });
    answers(&mut bench, id, |writer| {
        writer.result(1, ATI, |out| out.extend_from_slice(&told));
    });
    assert_eq!(
        bench.facts(),
        ["{\"mobility\":{\"domain\":\"cs\",\"state\":\"detached-by-network\"}}"]
    );
    let id = question(&bench);
    let told = result(SubscriberInfo {
        ps_subscriber_state: Some(map::PsSubscriberState::PsAttachedReachableForPaging(
            pengate_asn1::Null,
        )),
        ..SubscriberInfo::BLANK
    });
    answers(&mut bench, id, |writer| {
        writer.result(1, ATI, |out| out.extend_from_slice(&told));
    });
    assert_eq!(
        bench.facts(),
        ["{\"mobility\":{\"domain\":\"ps\",\"state\":\"idle\"}}"]
    );
    assert_eq!(
        (bench.heard().len(), bench.room.asks.deadline().is_some()),
        (0, true)
    );
}

#[test]
fn no_answer_and_every_error_say_nothing_of_the_subscriber() {
    for (code, kind, pause) in [
        (1, "hlr-unknown-subscriber", Duration::from_hours(24)),
        (49, "hlr-not-allowed", Duration::from_hours(24)),
        (35, "hlr-refused", Duration::from_hours(24)),
        (34, "hlr-system-failure", Duration::from_mins(1)),
        (27, "hlr-error", Duration::from_mins(1)),
    ] {
        let mut bench = Bench::new(asking());
        watch(&mut bench, ALICE, None, (true, true));
        let id = question(&bench);
        answers(&mut bench, id, |writer| {
            writer.error(1, tcap::Code::Local(code), |_| {})
        });
        assert_eq!((bench.faults(), bench.out.events.len()), (vec![kind], 0));
        assert_eq!(bench.out.faults[0].source, Source::Ph);
        bench.wait(pause - Duration::from_secs(1));
        assert_eq!(bench.heard().len(), 0);
        bench.wait(Duration::from_secs(1));
        assert_eq!(bench.heard().len(), 1, "{code}");
    }
    let mut bench = Bench::new(asking());
    watch(&mut bench, ALICE, None, (true, true));
    bench.wait(Duration::from_secs(20));
    assert_eq!(
        (bench.faults(), bench.out.events.len()),
        (vec!["hlr-silent"], 0)
    );
    // An abort that refuses the context is for long.
    let mut bench = Bench::new(asking());
    watch(&mut bench, ALICE, None, (true, true));
    let id = question(&bench);
    let context = Oid::from_wire(&[4, 0, 0, 1, 0, 29, 3]).unwrap();
    let mut octets = Vec::new();
    let refusal = Dialogue::Response(tcap::Aare::refuse(context));
    tcap::abort(&mut octets, id, Some(refusal));
    bench.told(HLR, subsystem::GSM_SCF, &octets);
    assert_eq!(
        (bench.faults(), bench.out.events.len()),
        (vec!["hlr-context"], 0)
    );
}

/// What a gateway says of where the questions go.
fn unavailable() -> Vec<u8> {
    let mut octets = Vec::new();
    Builder::new(&mut octets, MessageType::DestinationUnavailable)
        .affected_point_codes(&[AffectedPointCode::exact(THEIRS)])
        .finish()
        .unwrap();
    octets
}

#[test]
fn a_destination_that_is_lost_fails_what_waits_for_it() {
    let mut bench = Bench::new(asking());
    watch(&mut bench, ALICE, None, (true, true));
    assert_eq!(bench.heard().len(), 1);
    bench.hear(&unavailable());
    assert_eq!(bench.faults(), ["hlr-silent"]);
    assert!(bench.out.events.is_empty() && bench.room.dialogues.is_empty());
}

#[test]
fn a_destination_to_which_another_link_leads_is_not_lost() {
    let mut options = asking();
    options.links.push(LinkOptions {
        name: "mate".into(),
        address: channel(2906).peer,
        ..options.links[0].clone()
    });
    // One that leads elsewhere is no way there.
    options.links.push(LinkOptions {
        name: "switch".into(),
        address: channel(2907).peer,
        destinations: vec![7],
        ..options.links[0].clone()
    });
    let mut bench = Bench::fresh(options);
    bench.step(&[]);
    for port in 2905..=2907 {
        bench.connect(channel(port));
    }
    watch(&mut bench, ALICE, None, (true, true));
    let id = question(&bench);
    bench.hear_on(channel(2905), &unavailable());
    assert_eq!(bench.faults(), [""; 0]);
    bench.hear_on(channel(2906), &unavailable());
    assert_eq!(bench.faults(), ["hlr-silent"]);
    answers(&mut bench, id, |_| {});
    assert_eq!(bench.faults(), ["unknown-transaction"]);
}

#[test]
fn a_question_that_comes_back_is_over() {
    let mut bench = Bench::new(asking());
    watch(&mut bench, ALICE, None, (true, true));
    let heard = bench.heard().remove(0);
    let mut octets = Vec::new();
    sccp::UnitdataService {
        cause: sccp::ReturnCause::UnequippedUser,
        called: heard.calling.party(),
        calling: heard.called.party(),
        data: &heard.octets,
    }
    .encode(&mut octets)
    .unwrap();
    bench.hear(&data(&octets));
    assert_eq!(bench.faults(), ["undelivered", "hlr-silent"]);
    assert!(bench.out.events.is_empty());
}

#[test]
fn the_pace_holds_whatever_watchers_do() {
    let mut options = asking();
    options.ati.requests_max = 2;
    let mut bench = Bench::new(options);
    let mut count = 0;
    for name in [
        "sip:a@ims.example",
        "sip:b@ims.example",
        "sip:c@ims.example",
    ] {
        watch(&mut bench, name, None, (true, true));
        count += bench.heard().len();
        watch(&mut bench, name, None, (false, false));
        watch(&mut bench, name, None, (true, true));
        count += bench.heard().len();
    }
    assert_eq!((count, bench.room.asks.deadline()), (2, None));
    bench.wait(Duration::from_secs(20));
    assert_eq!(bench.faults(), ["hlr-silent"; 2]);
    assert_eq!(bench.heard().len(), 1, "the third one's turn");
}

#[test]
fn while_there_is_no_link_nobody_is_asked_and_afterwards_everybody() {
    let mut bench = Bench::fresh(asking());
    bench.step(&[]);
    watch(&mut bench, ALICE, None, (true, true));
    assert_eq!(bench.heard().len(), 0);
    bench.connect(channel(2905));
    let id = question(&bench);
    let told = result(SubscriberInfo::BLANK);
    answers(&mut bench, id, |writer| {
        writer.result(1, ATI, |out| out.extend_from_slice(&told));
    });
    assert!(bench.out.events.is_empty(), "nothing is known");
    bench.wait(Duration::from_secs(40));
    assert_eq!(bench.heard().len(), 0);
    bench.step(&[Input::Down(channel(2905))]);
    bench.connect(channel(2905));
    assert_eq!(bench.heard().len(), 1, "something may have been missed");
}

#[test]
fn unless_it_is_configured_nobody_is_asked() {
    let mut bench = Bench::new(options());
    watch(&mut bench, ALICE, None, (true, true));
    assert_eq!(bench.heard().len(), 0);
}

/// What `Debug` shows, without what only lays it out.
fn debugged(it: &impl std::fmt::Debug) -> String {
    let mut text = format!("{it:?} {it:#?} {it:x?}");
    text.retain(|letter| !letter.is_whitespace());
    text
}

#[test]
fn who_is_spoken_of_is_not_seen_in_what_debug_shows() {
    const IDENTITY: &str = "001019876543210";
    let tbcd = [0x00, 0x01, 0x91, 0x78, 0x56, 0x34, 0x12, 0xf0_u8];
    let mut bench = Bench::new(asking());
    // In what we send, and in the first part of what we are sent.
    watch(
        &mut bench,
        "imsi:001019876543210",
        Some(IDENTITY),
        (true, true),
    );
    assert!(bench.answer().windows(8).any(|octets| octets == tbcd));
    let mut shown = debugged(&bench.out) + &debugged(&bench.room);
    bench.hear(&segment(&tbcd, (0, 2)));
    shown += &debugged(&bench.room);
    // The digits of the subscriber's part, and the octets that they are sent in.
    for secret in ["9876543210", "120,86,52,18", "78,56,34,12"] {
        let place = shown.find(secret);
        let around = place.map(|place| &shown[place.saturating_sub(60)..place]);
        assert_eq!(around, None, "{secret}");
    }
    assert!(shown.contains("octets"), "how many there are is shown");
}
