//! Associations.

use pengate_codecs::m3ua::{AffectedPointCode, Message};

use super::*;
use crate::{agent::room::Watch, event::Subject, pen::Presentity, session::m3ua::Role};

#[test]
fn each_change_of_a_link_is_told() {
    let mut bench = Bench::fresh(options());
    bench.step(&[]);
    assert_eq!(bench.states(), [""; 0]);
    bench.step(&[Input::Up(channel(2905))]);
    assert_eq!(bench.states(), ["down"]);
    bench.hear(&plain(MessageType::AspUpAck));
    assert_eq!(bench.states(), ["inactive"]);
    bench.hear(&plain(MessageType::AspActiveAck));
    assert_eq!(bench.states(), ["active"]);
    let change = &bench.out.links[0];
    assert_eq!((change.source, change.link.as_str()), (Source::Pc, "stp"));
    bench.step(&[Input::Down(channel(2905))]);
    assert_eq!(bench.states(), ["disconnected"]);
}

#[test]
fn an_association_that_is_lost_is_made_again_later_each_time() {
    let mut bench = Bench::new(options());
    bench.step(&[Input::Down(channel(2905))]);
    for most in [1_250, 2_500, 5_000] {
        let due = bench.room.links.deadline().unwrap();
        let wait = due.since(bench.now);
        assert!(wait <= Duration::from_millis(most), "{wait:?}");
        assert!(wait >= Duration::from_millis(most * 4 / 5), "{wait:?}");
        bench.wait(wait);
        assert_eq!(bench.out.connects.len(), 1);
        bench.step(&[Input::Refused(channel(2905).peer)]);
        assert_eq!(bench.faults(), ["not-connected"]);
    }
}

#[test]
fn a_stranger_is_sent_away() {
    let mut bench = Bench::new(options());
    bench.step(&[Input::Up(channel(3000))]);
    assert_eq!(bench.faults(), ["unknown-peer"]);
    assert_eq!(bench.out.hang_ups, [channel(3000)]);
    bench.hear_on(channel(3000), &plain(MessageType::Heartbeat));
    assert_eq!(bench.out.sends().len(), 0);
}

#[test]
fn a_peer_that_connects_to_us_is_known_by_its_address() {
    let mut options = options();
    options.links[0].m3ua.role = Role::IpspServer;
    let mut bench = Bench::fresh(options);
    bench.step(&[]);
    assert!(bench.out.connects.is_empty());
    bench.step(&[Input::Up(channel(50_000))]);
    bench.hear_on(channel(50_000), &plain(MessageType::AspUp));
    bench.hear_on(channel(50_000), &plain(MessageType::AspActive));
    assert_eq!(bench.states(), ["active"]);
    // It starts again before anybody noticed that it went.
    bench.step(&[Input::Up(channel(50_001))]);
    assert_eq!(bench.states(), ["disconnected", "down"]);
    assert_eq!(bench.out.hang_ups, [channel(50_000)]);
    bench.hear_on(channel(50_001), &plain(MessageType::AspUp));
    bench.hear_on(channel(50_001), &plain(MessageType::AspActive));
    assert_eq!(bench.states(), ["active"]);
    bench.step(&[Input::Down(channel(50_000))]);
    assert!(bench.out.links.is_empty());
}

#[test]
fn an_answer_leaves_by_the_link_that_asked_or_by_another_when_that_is_lost() {
    let mut options = options();
    options.links.push(LinkOptions {
        name: "other".into(),
        address: channel(2906).peer,
        ..LinkOptions::default()
    });
    let mut bench = Bench::fresh(options);
    bench.step(&[]);
    assert_eq!(bench.out.connects.len(), 2);
    bench.connect(channel(2905));
    bench.connect(channel(2906));
    for by in [2905, 2906] {
        let argument = note(0x02, |_| {});
        let octets = begin(REPORTING, |writer| {
            writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
        });
        bench.hear_on(channel(by), &data(&unitdata((VLR, 7), 147, &octets)));
        bench.settle(Verdict::Settled);
        let (to, _) = bench.out.sends().next().unwrap();
        assert_eq!(to, channel(by));
    }
    // The peer is lost in the middle of a dialogue: the other link goes to the same network.
    tell(&mut bench, 0x02);
    let events = std::mem::take(&mut bench.out.events);
    bench.step(&[Input::Down(channel(2905))]);
    bench.step(&[Input::Settled(events[0].0, Verdict::Settled)]);
    let (to, _) = bench.out.sends().next().unwrap();
    assert_eq!(to, channel(2906));
    // And when there is none any more, that is a fault and nothing else.
    tell(&mut bench, 0x02);
    let mut bench = Bench::new(super::options());
    tell(&mut bench, 0x02);
    let events = std::mem::take(&mut bench.out.events);
    bench.step(&[Input::Down(channel(2905))]);
    bench.step(&[Input::Settled(events[0].0, Verdict::Settled)]);
    assert_eq!(bench.faults(), ["no-link"]);
    assert!(bench.room.dialogues.is_empty());
}

/// The types of the messages of M3UA that were sent last.
fn sent(bench: &Bench) -> Vec<MessageType> {
    let kind = |octets| Message::decode(octets).unwrap().kind();
    bench.out.sends().map(|(_, octets)| kind(octets)).collect()
}

#[test]
fn at_the_end_traffic_goes_elsewhere_and_who_waits_is_answered() {
    let mut bench = Bench::new(options());
    tell(&mut bench, 0x02);
    let first = std::mem::take(&mut bench.out.events);
    bench.out.clear();
    bench.room.drain(bench.now, &mut bench.out);
    assert_eq!(sent(&bench), [MessageType::AspInactive]);
    assert!(!bench.room.is_drained());
    // It was on its way before the gateway heard that we leave.
    tell(&mut bench, 0x03);
    let second = std::mem::take(&mut bench.out.events);
    bench.hear(&plain(MessageType::AspInactiveAck));
    assert_eq!(sent(&bench), []);
    bench.step(&[Input::Settled(first[0].0, Verdict::Settled)]);
    assert_eq!(sent(&bench), [MessageType::Data]);
    bench.step(&[Input::Settled(second[0].0, Verdict::Settled)]);
    assert_eq!(sent(&bench), [MessageType::Data, MessageType::AspDown]);
    assert!(!bench.room.is_drained());
    bench.hear(&plain(MessageType::AspDownAck));
    assert_eq!(bench.out.hang_ups, [channel(2905)]);
    assert!(bench.room.is_drained());
    // Nobody is connected to any more.
    bench.step(&[Input::Down(channel(2905))]);
    assert_eq!(bench.room.links.deadline(), None);
    bench.step(&[Input::Up(channel(2905))]);
    assert_eq!(bench.out.hang_ups, [channel(2905)]);
    assert!(bench.room.is_drained() && bench.faults().is_empty());
}

#[test]
fn who_is_not_connected_holds_no_end_up() {
    let mut bench = Bench::fresh(options());
    bench.room.drain(bench.now, &mut bench.out);
    assert!(bench.room.is_drained());
    bench.step(&[]);
    assert!(bench.out.connects.is_empty());
}

#[test]
fn an_answer_leaves_in_the_context_of_its_request() {
    let mut options = options();
    options.links[0].m3ua.routing_contexts = vec![100, 200];
    let mut bench = Bench::new(options);
    for context in [200, 100] {
        let argument = note(0x02, |_| {});
        let octets = begin(REPORTING, |writer| {
            writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
        });
        let plain = data(&unitdata((VLR, 7), 147, &octets));
        let told = Data::decode(&plain).unwrap().unwrap().protocol_data;
        let mut octets = Vec::new();
        Builder::new(&mut octets, MessageType::Data)
            .routing_contexts(&[context])
            .protocol_data(told.label, |out| out.extend_from_slice(told.payload))
            .finish()
            .unwrap();
        bench.hear(&octets);
        bench.settle(Verdict::Settled);
        let (_, octets) = bench.out.sends().next().unwrap();
        let answer = Data::decode(octets).unwrap().unwrap();
        assert_eq!(answer.routing_context, Some(context));
    }
}

/// By which port each of four questions to the HLR leaves, about subscribers from this number on.
fn asked_by(bench: &mut Bench, first: u16) -> Vec<u16> {
    let asks = |number: u16| {
        let presentity = Presentity::canonical(format!("sip:u{number}@ims.example"));
        let subject = Subject {
            msisdn: format!("9990000{number}")
                .parse()
                .ok()
                .map(crate::event::Msisdn),
            ..Subject::default()
        };
        bench.step(&[Input::Watch(Watch {
            presentity: &presentity,
            subject: &subject,
            watched: true,
            place: true,
        })]);
        let (to, _) = bench.out.sends().next().unwrap();
        to.peer.port()
    };
    (first..first + 4).map(asks).collect()
}

fn asking(roles: &[(Role, &[u32])]) -> Bench {
    let mut options = options();
    options.ati.enabled = true;
    options.ati.point_code = OURS;
    options.ati.destination = THEIRS;
    options.ati.ps = false;
    let link = |(place, (role, destinations)): (usize, &(Role, &[u32]))| {
        let mut link = LinkOptions {
            name: smol_str::format_smolstr!("l{place}"),
            address: channel(2905 + u16::try_from(place).unwrap()).peer,
            destinations: destinations.to_vec(),
            ..LinkOptions::default()
        };
        link.m3ua.role = *role;
        link
    };
    options.links = roles.iter().enumerate().map(link).collect();
    let mut bench = Bench::fresh(options);
    bench.step(&[]);
    for place in 0..roles.len() {
        bench.connect(channel(2905 + u16::try_from(place).unwrap()));
    }
    bench
}

#[test]
fn a_question_leaves_by_a_gateway_and_not_by_a_switch() {
    use Role::{Asp, IpspClient};
    let mut bench = asking(&[(IpspClient, &[]), (Asp, &[]), (Asp, &[])]);
    let mut by = asked_by(&mut bench, 1_000);
    by.sort_unstable();
    assert_eq!(by, [2906, 2906, 2907, 2907]);
    // A switch is better than nobody.
    bench.step(&[Input::Down(channel(2906)), Input::Down(channel(2907))]);
    assert_eq!(asked_by(&mut bench, 2_000), [2905; 4]);
}

#[test]
fn a_question_leaves_by_the_link_that_leads_to_the_hlr() {
    use Role::{Asp, IpspClient};
    for role in [Asp, IpspClient] {
        let mut bench = asking(&[(Asp, &[]), (role, &[7, THEIRS]), (Asp, &[8])]);
        assert_eq!(asked_by(&mut bench, 1_000), [2906; 4]);
        bench.step(&[Input::Down(channel(2906))]);
        let by = asked_by(&mut bench, 2_000);
        assert_eq!(by, [2905; 4], "not by one that leads elsewhere");
        // What its gateway says is out of reach is passed over.
        let mut bench = asking(&[(Asp, &[]), (role, &[THEIRS])]);
        let mut octets = Vec::new();
        Builder::new(&mut octets, MessageType::DestinationUnavailable)
            .affected_point_codes(&[AffectedPointCode::exact(THEIRS)])
            .finish()
            .unwrap();
        bench.hear_on(channel(2906), &octets);
        assert_eq!(asked_by(&mut bench, 3_000), [2905; 4]);
    }
}

#[test]
fn an_answer_goes_to_the_point_that_the_calling_address_names() {
    let mut bench = Bench::new(options());
    // A gateway translated our title: it is the originator of the label, and the VLR is named by
    // its point code and subsystem alone (Q.713 clause 3.5, Q.714 clause 2.2).
    let calling = Address::new(&sccp::PartyAddress {
        point_code: Some(3003),
        ..sccp::PartyAddress::subsystem(7)
    })
    .unwrap();
    let argument = note(0x02, |_| {});
    let octets = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    let message = unitdata_of(&calling, 147, &octets);
    bench.hear(&data(&message));
    assert_eq!(bench.out.events[0].1.reporter, "pc-3003");
    bench.settle(Verdict::Settled);
    assert_eq!(bench.heard()[0].label.destination, 3003);
}

#[test]
fn an_answer_leaves_in_the_context_of_its_question_or_not_at_all() {
    let mut options = options();
    options.links[0].m3ua.routing_contexts = vec![100, 200];
    let mut bench = Bench::new(options);
    let mut gone = Vec::new();
    Builder::new(&mut gone, MessageType::DestinationUnavailable)
        .routing_contexts(&[200])
        .affected_point_codes(&[AffectedPointCode::exact(THEIRS)])
        .finish()
        .unwrap();
    bench.hear(&gone);
    let argument = note(0x02, |_| {});
    let octets = begin(REPORTING, |writer| {
        writer.invoke(1, NOTE, |out| out.extend_from_slice(&argument));
    });
    let payload = unitdata((VLR, 7), 147, &octets);
    bench.hear(&data_in(&[200], &payload));
    bench.settle(Verdict::Settled);
    let sent: Vec<_> = bench
        .out
        .sends()
        .map(|(_, octets)| {
            let message = Message::decode(octets).unwrap();
            message
                .routing_contexts()
                .unwrap()
                .map(|it| it.iter().collect::<Vec<_>>())
        })
        .collect();
    assert_eq!((sent, bench.faults()), (vec![], vec!["no-link"]));
}
