//! Addresses that two listeners would take.

use std::net::SocketAddr;

use super::Findings;
use crate::config::Config;

/// Two listeners of one transport on one address, or on the any-address beside it.
pub(super) fn check(config: &Config, findings: &mut Findings<'_>) {
    let sip = config.sip.listen.iter().enumerate();
    let radius = ["listen", "listen_pr", "listen_pp"]
        .into_iter()
        .flat_map(|of| {
            let listeners = config
                .radius
                .listeners()
                .filter(move |(key, ..)| *key == of);
            listeners
                .enumerate()
                .map(|(place, (key, _, address))| (format!("radius.{key}[{place}]"), address))
        });
    let sip: Vec<_> = sip
        .map(|(place, address)| (format!("sip.listen[{place}]"), *address))
        .collect();
    let udp: Vec<_> = radius.chain(sip.iter().cloned()).collect();
    let admin = ("admin.listen".to_owned(), config.admin.listen);
    let tcp: Vec<_> = sip.into_iter().chain([admin]).collect();
    let mut told = Vec::new();
    for (transport, listeners) in [("UDP", udp), ("TCP", tcp)] {
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

fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let same_family = one.is_ipv4() == other.is_ipv4();
    let any = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && same_family && (any || one.ip() == other.ip())
}
