//! Registrations count in the order of their arrival, whatever clock and restarts do.

use super::*;
use crate::{
    pen::state::{Durability, MemoryStore, StateStore},
    session::sip::front::Listener,
};

const SIP: &str = "127.0.0.1:5060";
const ALICE: &str = "sip:alice@ims.example";

fn gateway(log: MemoryLog) -> Gateway<MemoryLog> {
    let options = Options {
        server: server::Options {
            domains: vec!["ims.example".to_owned()],
            ..server::Options::default()
        },
        listeners: vec![Listener {
            carrier: Carrier::Udp,
            local: SIP.parse().unwrap(),
            sent_by: SIP.to_owned(),
        }],
        ..Options::default()
    };
    let mut gateway = Gateway::new(options, Clients::default(), log);
    gateway.provision(&Subscriber {
        imsi: None,
        msisdn: None,
        uris: [ALICE.into()].into_iter().collect(),
    });
    gateway.collect_writes();
    gateway
}

/// REGISTERs of an S-CSCF, each with its validity, that the loop takes in one step.
fn step(gateway: &mut Gateway<MemoryLog>, at: i64, registers: &[(&str, u32)]) {
    let texts: Vec<_> = registers
        .iter()
        .map(|(call, expires)| {
            format!(
                "REGISTER sip:pna.ims.example SIP/2.0\r\n\
                 Via: SIP/2.0/UDP 127.0.0.1:6060;branch=z9hG4bK{call}{at}\r\n\
                 From: <sip:scscf1.ims.example>;tag=1\r\nTo: <{ALICE}>\r\n\
                 Call-ID: {call}\r\nCSeq: {at} REGISTER\r\n\
                 Contact: <sip:scscf1.ims.example>\r\nExpires: {expires}\r\n\
                 Content-Length: 0\r\n\r\n"
            )
        })
        .collect();
    let at = Stamp::from_secs(at);
    let channel = Channel {
        carrier: Carrier::Udp,
        local: SIP.parse().unwrap(),
        peer: "127.0.0.1:6060".parse().unwrap(),
    };
    let inputs = texts.iter().map(|text| {
        let chunk = Chunk {
            at,
            channel,
            heading: Heading::In,
            bytes: text.as_bytes(),
        };
        Input::Chunk(Service::Sip, chunk)
    });
    let inputs: Vec<_> = inputs.collect();
    let mut effects = Effects::default();
    gateway.step(at, &inputs, &mut effects);
    let accepted = effects.sends();
    let accepted = accepted.filter(|(_, octets)| octets.starts_with(b"SIP/2.0 200 "));
    let accepted: Vec<_> = accepted
        .map(|(to, octets)| (Source::Pi, to, octets.len()))
        .collect();
    assert_eq!(accepted.len(), registers.len());
    assert_eq!(effects.answers, accepted, "they are the feed's");
}

fn is_registered(gateway: &mut Gateway<MemoryLog>) -> bool {
    let document = gateway.shard().document(ALICE).unwrap();
    let document = document["document"].as_str().unwrap();
    let state = |state| document.contains(&format!("registration-state>{state}</"));
    assert_ne!(state("active"), state("terminated"), "{document}");
    state("active")
}

#[test]
fn of_requests_taken_in_one_step_the_last_to_arrive_counts() {
    // Digests differ by Call-ID: any of them may be the greatest.
    for calls in [["a", "b"], ["b", "a"], ["c", "d"], ["d", "c"]] {
        let [first, last] = calls;
        let mut gateway = gateway(MemoryLog::new());
        step(&mut gateway, 1_000, &[(first, 0), (last, 600)]);
        assert!(is_registered(&mut gateway), "{calls:?}");
        step(&mut gateway, 1_001, &[(first, 600), (last, 0)]);
        assert!(!is_registered(&mut gateway), "{calls:?}");
        step(&mut gateway, 1_002, &[(first, 60), (last, 600)]);
        step(&mut gateway, 1_100, &[]);
        assert!(is_registered(&mut gateway), "the later validity counts");
    }
}

#[test]
fn a_registration_counts_though_the_clock_was_set_back() {
    let mut gateway = gateway(MemoryLog::new());
    step(&mut gateway, 1_000, &[("a", 600)]);
    step(&mut gateway, 400, &[("b", 0)]);
    assert!(!is_registered(&mut gateway));
    step(&mut gateway, 400, &[("c", 600)]);
    assert!(is_registered(&mut gateway));
}

#[test]
fn a_registration_counts_though_the_clock_was_set_back_before_a_restart() {
    for are_rows_kept in [false, true] {
        let mut before = gateway(MemoryLog::new());
        step(&mut before, 1_000, &[("a", 600)]);
        let mut rows = MemoryStore::new();
        if are_rows_kept {
            let mut batch = StateBatch::default();
            let (applied, _) = before.take_writes(&mut batch).unwrap();
            rows.commit(&batch, applied, Durability::Synced).unwrap();
        }
        let mut after = gateway(std::mem::take(before.log_mut()));
        let now = Stamp::from_secs(400);
        let stands = rows.scan(&mut |row| after.load(now, row).unwrap()).unwrap();
        after.recover(now, stands).unwrap();
        assert!(is_registered(&mut after));
        step(&mut after, 400, &[("b", 0)]);
        assert!(!is_registered(&mut after), "rows kept: {are_rows_kept}");
    }
}
