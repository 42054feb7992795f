//! What every event of SS7 is made of: who tells it, whom it is about, and its place in time.

use pengate_codecs::{
    Stamp,
    map::{self, IsdnAddressString},
    sccp::{Address, GlobalTitle},
};
use smallvec::SmallVec;
use smol_str::{SmolStr, format_smolstr};
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    event::{Digits, Fact, Imsi, Msisdn, NetworkEvent, Order, Source, Subject},
    session::sccp::Path,
};

/// Ranks of events of one instant: what begins, what is, what ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rank {
    Begins = 1,
    Is = 2,
    Ends = 3,
}

/// The place of what arrived `at`. Arrivals have stamps of their own, so that the digest decides
/// nothing; it names the event.
pub(super) fn order(at: Stamp, rank: Rank, parts: &[&[u8]]) -> Order {
    // In one piece: a digest that is fed bit by bit has half a kilobyte of state.
    let mut told: SmallVec<[u8; 64]> = SmallVec::new();
    for part in parts {
        told.extend_from_slice(part);
        told.push(0);
    }
    Order {
        at,
        id: (rank as u64) << 56 | xxh3_64(&told) >> 8,
    }
}

/// The network element at the other end, by its number, or else by its point code.
pub(super) fn reporter(path: &Path) -> SmolStr {
    let party = path.remote.party();
    let digits = match party.title {
        Some(GlobalTitle::Nature { digits, .. })
        | Some(GlobalTitle::Plan {
            address: Address::Digits(digits),
            ..
        })
        | Some(GlobalTitle::Full {
            address: Address::Digits(digits),
            ..
        }) if !digits.is_empty() => Some(digits),
        _ => None,
    };
    let code = party.point_code.map_or(path.label.destination, u32::from);
    match digits {
        Some(digits) => format_smolstr!("{digits}"),
        None => format_smolstr!("pc-{code}"),
    }
}

/// An event about a subscriber.
pub(super) fn event(
    (at, rank): (Stamp, Rank),
    source: Source,
    reporter: &SmolStr,
    subject: &Subject,
    fact: Fact,
) -> NetworkEvent {
    let imsi = subject.imsi.map(|imsi| imsi.0);
    let of = imsi.or(subject.msisdn.map(|number| number.0));
    let of = of.map_or(0, Digits::to_bits).to_be_bytes();
    NetworkEvent {
        order: order(at, rank, &[reporter.as_bytes(), &of, &kind(&fact)]),
        source,
        reporter: reporter.clone(),
        subject: subject.clone(),
        fact,
    }
}

/// What kind of fact it is, in short.
const fn kind(fact: &Fact) -> [u8; 2] {
    match fact {
        Fact::Mobility(told) => match told.state {
            Some(state) => [1 + told.domain as u8, 1 + state as u8],
            None => [1 + told.domain as u8, 0],
        },
        Fact::Call(call) => [3, call.state as u8],
        Fact::Session(session) => [4, session.phase as u8],
        _ => [0, 0],
    }
}

/// An IMSI; nothing when it is not made of decimal digits, or too few for a subscriber.
pub(super) fn imsi(told: map::Imsi<'_>) -> Option<Imsi> {
    decimal(told.digits())
        .filter(|digits| digits.count() >= IMSI_DIGITS_MIN)
        .map(Imsi)
}

/// An MSISDN; nothing when it is no international number of E.164.
pub(super) fn msisdn(told: IsdnAddressString<'_>) -> Option<Msisdn> {
    let is_e164 = told.nature() == map::Nature::International && told.plan() == 1;
    decimal(told.digits()).filter(|_| is_e164).map(Msisdn)
}

fn decimal(digits: map::Tbcd<'_>) -> Option<Digits> {
    let (bcd, count) = digits.to_bcd()?;
    Digits::from_bcd(bcd, count)
}

/// MCC, MNC and one digit of a subscriber.
const IMSI_DIGITS_MIN: u32 = 6;

#[cfg(test)]
mod tests {
    use pengate_codecs::{m3ua::Label, sccp::PartyAddress};

    use super::*;
    use crate::session::sccp;

    #[test]
    fn identities_are_decimal_and_international() {
        let mut buffer = [0; 8];
        let told = map::Imsi::from_digits(b"001010000000001", &mut buffer).unwrap();
        assert_eq!(imsi(told).unwrap().0.to_string(), "001010000000001");
        assert_eq!(imsi(map::Imsi::new(&[0x00, 0x01, 0xba]).unwrap()), None);
        assert_eq!(imsi(map::Imsi::new(&[0x00, 0x01, 0xff]).unwrap()), None);
        let number = |octets| msisdn(IsdnAddressString::new(octets).unwrap());
        let told = number(&[0x91, 0x99, 0x09, 0, 0, 0, 0xf1]).unwrap();
        assert_eq!(told.0.to_string(), "99900000001");
        assert_eq!(number(&[0xa1, 0x99, 0x09]), None, "national");
        assert_eq!(number(&[0x98, 0x99, 0x09]), None, "of another plan");
        assert_eq!(number(&[0x91]), None);
    }

    #[test]
    fn who_has_no_number_is_named_by_its_point_code() {
        let label = Label {
            originator: 2002,
            destination: 1001,
            service: 3,
            network: 2,
            priority: 0,
            selection: 0,
        };
        let path = |remote| Path {
            label,
            remote,
            subsystem: 147,
        };
        let titled = sccp::Address::international("99900000007", 7).unwrap();
        assert_eq!(reporter(&path(titled)), "99900000007");
        let plain = sccp::Address::new(&PartyAddress::subsystem(7)).unwrap();
        assert_eq!(reporter(&path(plain)), "pc-1001");
    }
}
