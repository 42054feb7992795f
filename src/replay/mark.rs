//! What a recording notes besides octets, so that its replay is exact.

use std::{fmt, net::SocketAddr, str::FromStr};

use crate::{event::Source, gateway::Service};

/// A note of a recording.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mark {
    /// What tags and branches were made from; a recording begins with it.
    Seed(u64),
    /// An address that was listened on, and whom what came there was for.
    Listener(Service, SocketAddr),
    /// A connection that was asked for did not come about.
    Refused(Service, SocketAddr),
}

const SEED: &str = "pengate-seed";
const LISTENER: &str = "pengate-listener";
const REFUSED: &str = "pengate-refused";

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Seed(seed) => write!(f, "{SEED} {seed:016x}"),
            Self::Listener(service, at) => write!(f, "{LISTENER} {} {at}", service.name()),
            Self::Refused(service, peer) => write!(f, "{REFUSED} {} {peer}", service.name()),
        }
    }
}

/// A note of something else.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Foreign;

impl FromStr for Mark {
    type Err = Foreign;

    fn from_str(text: &str) -> Result<Self, Foreign> {
        let mut words = text.split(' ');
        let mut word = || words.next().ok_or(Foreign);
        let kind = word()?;
        let first = word()?;
        if kind == SEED {
            return u64::from_str_radix(first, 16)
                .map(Self::Seed)
                .map_err(|_| Foreign);
        }
        let service = service(first).ok_or(Foreign)?;
        let address = word()?.parse().map_err(|_| Foreign)?;
        match kind {
            LISTENER => Ok(Self::Listener(service, address)),
            REFUSED => Ok(Self::Refused(service, address)),
            _ => Err(Foreign),
        }
    }
}

fn service(name: &str) -> Option<Service> {
    let accounting = [Source::Pk, Source::Pp, Source::Pr].map(Service::Radius);
    let diameter = [Source::Ph, Source::Pp, Source::Pr].map(Service::Diameter);
    let shared = [Service::M3ua, Service::Mlp, Service::Sip];
    let mut all = accounting.into_iter().chain(diameter).chain(shared);
    all.find(|service| service.name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mark_prints_and_parses_to_the_same() {
        let address: SocketAddr = "[::1]:1813".parse().unwrap();
        for mark in [
            Mark::Seed(0x1f),
            Mark::Listener(Service::Radius(Source::Pr), address),
            Mark::Listener(Service::Sip, address),
            Mark::Refused(Service::Diameter(Source::Pp), address),
            Mark::Refused(Service::M3ua, address),
            Mark::Refused(Service::Mlp, address),
        ] {
            assert_eq!(mark.to_string().parse(), Ok(mark));
        }
        for foreign in [
            "",
            "pengate-seed",
            "pengate-seed x",
            "note sip [::1]:1",
            "pengate-refused sip x",
        ] {
            assert_eq!(foreign.parse::<Mark>(), Err(Foreign), "{foreign}");
        }
    }
}
