//! Addresses that two listeners would take.

use std::net::SocketAddr;

use super::Findings;
use crate::{config::Config, feed::Carrier};

/// Two listeners of one transport on one address, or on the any-address beside it.
pub(super) fn check(config: &Config, findings: &mut Findings<'_>) {
    let sip = config.sip.listen.iter().enumerate();
    let sip: Vec<_> = sip
        .map(|(place, address)| (format!("sip.listen[{place}]"), *address))
        .collect();
    let admin = ("admin.listen".to_owned(), config.admin.listen);
    let feeds = |carrier| of_feeds(config, carrier).into_iter();
    let udp: Vec<_> = feeds(Carrier::Udp).chain(sip.iter().cloned()).collect();
    let tcp = sip.into_iter().chain([admin]).chain(feeds(Carrier::Tcp));
    let sctp = feeds(Carrier::Sctp).collect();
    let mut told = Vec::new();
    for (transport, listeners) in [("UDP", udp), ("TCP", tcp.collect()), ("SCTP", sctp)] {
        for (place, (key, address)) in listeners.iter().enumerate() {
            let other = listeners[..place]
                .iter()
                .find(|(_, other)| collide(*other, *address));
            if let Some((other, _)) = other
                && !told.contains(key)
            {
                let what = format!("{address} is taken by `{other}` already ({transport})");
                findings.add(key, what);
                told.push(key.clone());
            }
        }
    }
}

/// The listeners of feeds over one transport, each with its key and its place in that list.
fn of_feeds(config: &Config, carrier: Carrier) -> Vec<(String, SocketAddr)> {
    let all: Vec<_> = config
        .feed_listeners()
        .filter(|listener| listener.carrier == carrier)
        .collect();
    let placed = all.iter().enumerate().map(|(index, listener)| {
        let before = all[..index].iter();
        let place = before.filter(|other| other.key == listener.key).count();
        (format!("{}[{place}]", listener.key), listener.address)
    });
    placed.collect()
}

fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let same_family = one.is_ipv4() == other.is_ipv4();
    let any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && same_family && (any || one.ip() == other.ip())
}
