//! Rows and log: whatever is kept of either when power is cut, they say the same.

use super::*;
use crate::pen::state::{Durability, MemoryStore, StateStore};

const SERVER: &str = "127.0.0.1:1813";

pub(super) fn gateway(log: MemoryLog) -> Gateway<MemoryLog> {
    let clients = [(Network::LOOPBACK_V4, secret())];
    let mut gateway = Gateway::new(Options::default(), clients.into_iter().collect(), log);
    gateway.collect_writes();
    gateway
}

/// A session goes on, and whose it is may be told.
fn tell(gateway: &mut Gateway<MemoryLog>, number: u8, imsi: Option<&str>) {
    let mut packet = Vec::new();
    let mut builder = Builder::new(&mut packet, Code::AccountingRequest, number)
        .integer(attribute::ACCT_STATUS_TYPE, 3)
        .attribute(attribute::ACCT_SESSION_ID, b"s1");
    if let Some(imsi) = imsi {
        builder = builder.gi(gi::kind::IMSI, imsi.as_bytes());
    }
    builder.finish_request(&[0; 16], &secret()).unwrap();
    receive(gateway, Source::Pk, number, &packet);
}

/// A packet of an accounting client.
pub(super) fn receive(gateway: &mut Gateway<MemoryLog>, source: Source, number: u8, packet: &[u8]) {
    let now = Stamp::from_secs(1000 + 10 * i64::from(number));
    let chunk = Chunk {
        at: now,
        channel: Channel {
            carrier: Carrier::Udp,
            local: SERVER.parse().unwrap(),
            peer: "127.0.0.1:40000".parse().unwrap(),
        },
        heading: Heading::In,
        bytes: packet,
    };
    let inputs = [Input::Chunk(Service::Radius(source), chunk)];
    gateway.step(now, &inputs, &mut Effects::default());
}

/// What became of it, if it may be kept already.
pub(super) fn keep(gateway: &mut Gateway<MemoryLog>, rows: &mut MemoryStore) -> bool {
    let mut batch = StateBatch::default();
    let Some((pos, _)) = gateway.take_writes(&mut batch) else {
        assert!(batch.is_empty());
        return false;
    };
    rows.commit(&batch, pos, Durability::Synced).unwrap();
    true
}

/// Power is cut: what is durable is left.
pub(super) fn restarted(
    before: &mut Gateway<MemoryLog>,
    rows: &mut MemoryStore,
) -> Gateway<MemoryLog> {
    let mut log = std::mem::take(before.log_mut());
    log.power_cut();
    let mut after = gateway(log);
    let now = Stamp::from_secs(1100);
    let stands = rows.scan(&mut |row| after.load(now, row).unwrap()).unwrap();
    after.recover(now, stands).unwrap();
    after
}

#[test]
fn no_row_knows_what_the_log_does_not() {
    let mut rows = MemoryStore::new();
    let mut before = gateway(MemoryLog::new());
    tell(&mut before, 1, None);
    assert!(keep(&mut before, &mut rows));
    before.log_mut().hold();
    tell(&mut before, 2, Some(ALICE));
    assert!(!keep(&mut before, &mut rows), "it is on its way");
    let mut after = restarted(&mut before, &mut rows);
    assert_eq!(after.shard().sizes().presentities, 1);
    // What was not answered is told again.
    tell(&mut after, 2, Some(ALICE));
    assert_eq!(after.shard().sizes().presentities, 1, "it is hers");
}

#[test]
fn rows_that_waited_for_the_log_are_those_of_their_time() {
    let mut rows = MemoryStore::new();
    let mut before = gateway(MemoryLog::new());
    before.log_mut().hold();
    tell(&mut before, 1, None);
    assert!(!keep(&mut before, &mut rows));
    tell(&mut before, 2, Some(ALICE));
    before.log_mut().settle(1);
    before.step(Stamp::from_secs(1030), &[], &mut Effects::default());
    assert!(keep(&mut before, &mut rows), "the first is durable");
    assert!(!keep(&mut before, &mut rows), "the second is not");
    before.log_mut().release();
    before.step(Stamp::from_secs(1030), &[], &mut Effects::default());
    // The rows stand before both records, which the log tells again.
    let mut after = restarted(&mut before, &mut rows);
    assert_eq!(after.shard().sizes().presentities, 1);
}
