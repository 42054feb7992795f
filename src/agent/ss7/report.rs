//! What every event of SS7 is made of: who tells it, whom it is about, and its place in time.

use pengate_codecs::{
    Stamp,
    map::{self, IsdnAddressString},
    sccp::{self, GlobalTitle},
};
use smol_str::{SmolStr, format_smolstr};
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    event::{
        Digits, Domain, Fact, Imsi, MobilityState, Msisdn, NetworkEvent, Order, Source, Subject,
    },
    session::sccp::{Address, Path},
};

/// Ranks of events of one instant: what begins, what is, what ends.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rank {
    Begins = 1,
    Is = 2,
    Ends = 3,
}

/// The place of what arrived `at`. Arrivals have stamps of their own, so that the digest decides
/// nothing; it names the event: who told it, of whom, and what.
#[inline]
pub(super) fn order((at, rank): (Stamp, Rank), reporter: &str, of: u64, kind: [u8; 2]) -> Order {
    let [a, b, c, d, e, f, g, h] = of.to_be_bytes();
    let [x, y] = kind;
    let behind = [0, a, b, c, d, e, f, g, h, 0, x, y, 0];
    // In one piece: a digest that is fed bit by bit has half a kilobyte of state.
    let mut told = [0; TOLD_OCTETS];
    let length = reporter.len() + behind.len();
    let Some((place, rest)) = told.split_at_mut_checked(reporter.len()) else {
        return long(at, rank, reporter, behind);
    };
    let Some(rest) = rest.first_chunk_mut() else {
        return long(at, rank, reporter, behind);
    };
    place.copy_from_slice(reporter.as_bytes());
    *rest = behind;
    numbered(at, rank, told.get(..length).unwrap_or_default())
}

/// The same of a name that is longer than usual.
#[cold]
fn long(at: Stamp, rank: Rank, reporter: &str, behind: [u8; 13]) -> Order {
    numbered(at, rank, &[reporter.as_bytes(), &behind].concat())
}

fn numbered(at: Stamp, rank: Rank, told: &[u8]) -> Order {
    Order {
        at,
        id: (rank as u64) << 56 | xxh3_64(told) >> 8,
    }
}

/// The network element at the other end, by its number, or else by its point code.
pub(super) fn reporter(path: &Path) -> SmolStr {
    let party = path.remote.party();
    let digits = match party.title {
        Some(GlobalTitle::Nature { digits, .. })
        | Some(GlobalTitle::Plan {
            address: sccp::Address::Digits(digits),
            ..
        })
        | Some(GlobalTitle::Full {
            address: sccp::Address::Digits(digits),
            ..
        }) if !digits.is_empty() => Some(digits),
        _ => None,
    };
    let code = party.point_code.map_or(path.label.destination, u32::from);
    match digits {
        Some(digits) => text(digits),
        None => format_smolstr!("pc-{code}"),
    }
}

/// What network elements are called that were heard lately, by their addresses: some tell many
/// events. One that meets another's place takes it.
#[derive(Debug, Default)]
pub(super) struct Reporters(Vec<Option<(Address, SmolStr)>>);

impl Reporters {
    pub(super) fn of(&mut self, path: &Path) -> SmolStr {
        let octets = path.remote.octets();
        let place = place(octets);
        match self.0.get(place) {
            Some(Some((own, name))) if own.octets() == octets => name.clone(),
            _ => self.learn(path, place),
        }
    }

    fn learn(&mut self, path: &Path, place: usize) -> SmolStr {
        let name = reporter(path);
        // Without a title the name may be of the label, which is not looked at here.
        if path.remote.party().title.is_some() {
            if self.0.is_empty() {
                self.0.resize(REPORTERS_MAX, None);
            }
            if !name.starts_with("pc-")
                && let Some(own) = self.0.get_mut(place)
            {
                *own = Some((path.remote.clone(), name.clone()));
            }
        }
        name
    }
}

/// Numbers of a network differ in their last digits.
fn place(octets: &[u8]) -> usize {
    let Some(last) = octets.last_chunk() else {
        return 0;
    };
    let mixed = u32::from_be_bytes(*last).wrapping_mul(0x9e37_79b1);
    (mixed as usize >> 16) & (REPORTERS_MAX - 1)
}

/// Digits of the usual number are written where they stay, without the ways of a formatter.
fn text(digits: sccp::Digits<'_>) -> SmolStr {
    let mut text = [0; 2 * NUMBER_OCTETS];
    let octets = digits.octets();
    if octets.len() > NUMBER_OCTETS {
        return format_smolstr!("{digits}");
    }
    let (pairs, _) = text.as_chunks_mut::<2>();
    for (pair, octet) in pairs.iter_mut().zip(octets) {
        *pair = [octet & 0x0f, octet >> 4].map(|code| match code {
            0..=9 => b'0' + code,
            _ => b'a' + code - 10,
        });
    }
    let text = text.get(..digits.len()).unwrap_or_default();
    str::from_utf8(text).map_or_else(|_| format_smolstr!("{digits}"), SmolStr::new)
}

/// An event about a subscriber.
#[inline(always)]
pub(super) fn event(
    at: (Stamp, Rank),
    source: Source,
    reporter: &SmolStr,
    subject: &Subject,
    fact: Fact,
) -> NetworkEvent {
    let imsi = subject.imsi.map(|imsi| imsi.0);
    let of = imsi.or(subject.msisdn.map(|number| number.0));
    let of = of.map_or(0, Digits::to_bits);
    NetworkEvent {
        order: order(at, reporter, of, kind(&fact)),
        source,
        reporter: reporter.clone(),
        subject: subject.clone(),
        fact,
    }
}

/// What kind of fact it is, in short.
const fn kind(fact: &Fact) -> [u8; 2] {
    match fact {
        Fact::Mobility(told) => mobility(told.domain, told.state),
        Fact::Call(call) => [3, call.state as u8],
        Fact::Session(session) => [4, session.phase as u8],
        _ => [0, 0],
    }
}

/// The kind of a fact of mobility.
pub(super) const fn mobility(domain: Domain, state: Option<MobilityState>) -> [u8; 2] {
    match state {
        Some(state) => [1 + domain as u8, 1 + state as u8],
        None => [1 + domain as u8, 0],
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
    digits.to_bcd().map(Digits::from)
}

/// MCC, MNC and one digit of a subscriber.
const IMSI_DIGITS_MIN: u32 = 6;

/// Digits of a number that is no longer are written at once (E.164 has 15, E.214 up to 18).
const NUMBER_OCTETS: usize = 10;

/// So many network elements are known by name without reading their addresses again: a power of two.
const REPORTERS_MAX: usize = 256;

/// A number, an identity and the kind of a fact have room in it.
const TOLD_OCTETS: usize = 64;

#[cfg(test)]
mod tests {
    use pengate_codecs::{m3ua::Label, sccp::PartyAddress};

    use super::*;

    #[test]
    fn a_number_reads_the_same_however_it_is_written() {
        for count in 0..24 {
            let octets: Vec<u8> = (0..count).map(|it: u8| it.wrapping_mul(0x35)).collect();
            for odd in [false, true] {
                let digits = sccp::Digits::new(&octets, odd);
                assert_eq!(text(digits), digits.to_string());
            }
        }
    }

    #[test]
    fn an_order_is_the_same_however_long_its_reporter_is() {
        let at = Stamp::from_secs(1);
        for length in [0, 1, 50, 51, 52, 53, 60, 63, 64, 65, 200] {
            let reporter = "7".repeat(length);
            let told = order((at, Rank::Is), &reporter, 0x0102_0304_0506_0708, [9, 10]);
            let behind = [0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 9, 10, 0];
            assert_eq!(told, long(at, Rank::Is, &reporter, behind));
        }
    }

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
        let titled = Address::international("99900000007", 7).unwrap();
        assert_eq!(reporter(&path(titled)), "99900000007");
        let plain = Address::new(&PartyAddress::subsystem(7)).unwrap();
        assert_eq!(reporter(&path(plain)), "pc-1001");
    }

    #[test]
    fn a_name_that_is_remembered_is_the_one_that_is_read() {
        let mut reporters = Reporters::default();
        let path = |remote, destination| Path {
            label: Label {
                originator: 2002,
                destination,
                service: 3,
                network: 2,
                priority: 0,
                selection: 0,
            },
            remote,
            subsystem: 147,
        };
        for number in (0..3000).chain(0..3000) {
            let digits = format!("999{number}");
            let titled = Address::international(&digits, 7).unwrap();
            assert_eq!(reporters.of(&path(titled.clone(), 1)), digits);
            assert_eq!(reporters.of(&path(titled, 2)), digits);
            let plain = Address::new(&PartyAddress::subsystem(7)).unwrap();
            let named = format!("pc-{number}");
            assert_eq!(reporters.of(&path(plain, number)), named);
        }
        assert_eq!(reporters.0.len(), REPORTERS_MAX);
    }
}
