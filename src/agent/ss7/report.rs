//! What every event of SS7 is made of: who tells it, whom it is about, and its place in time.

use pengate_codecs::{
    Stamp,
    map::{self, IsdnAddressString},
    sccp::{self, GlobalTitle},
};
use smol_str::{SmolStr, format_smolstr};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use crate::{
    event::{
        CallState, Digits, Domain, Fact, Imsi, MobilityState, Msisdn, NetworkEvent, Order, Source,
        Subject,
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

/// A network element that tells something.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Reporter {
    pub name: SmolStr,
    /// A digest of the name: it is in the order of all that the element tells.
    digest: u64,
}

impl Reporter {
    pub(super) fn new(name: SmolStr) -> Self {
        Self {
            digest: digest(&name),
            name,
        }
    }

    /// The place of what arrived `at`. Arrivals have stamps of their own, so that the digest decides
    /// nothing; it names the event: who told it, of whom, and what.
    #[inline(always)]
    pub(super) fn order(&self, at: (Stamp, Rank), of: u64, kind: [u8; 2]) -> Order {
        order(at, self.digest, of, kind)
    }
}

fn digest(name: &str) -> u64 {
    xxh3_64(name.as_bytes())
}

/// In registers: octets that are written one by one and read at once make the processor wait.
#[inline(always)]
fn order((at, rank): (Stamp, Rank), reporter: u64, of: u64, kind: [u8; 2]) -> Order {
    let told = u128::from(of) << 16 | u128::from(u16::from_be_bytes(kind));
    let digest = xxh3_64_with_seed(&told.to_be_bytes(), reporter);
    Order {
        at,
        id: (rank as u64) << 56 | digest >> 8,
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
pub(super) struct Reporters(Vec<Option<(Address, Reporter)>>);

impl Reporters {
    #[inline(always)]
    pub(super) fn of(&mut self, path: &Path) -> Reporter {
        let octets = path.remote.octets();
        let place = place(octets);
        match self.0.get(place) {
            Some(Some((own, reporter))) if own.octets() == octets => reporter.clone(),
            _ => self.learn(path, place),
        }
    }

    #[inline(never)]
    fn learn(&mut self, path: &Path, place: usize) -> Reporter {
        let found = Reporter::new(reporter(path));
        // Without a title the name may be of the label, which is not looked at here.
        if path.remote.party().title.is_some() {
            if self.0.is_empty() {
                self.0.resize(REPORTERS_MAX, None);
            }
            if !found.name.starts_with("pc-")
                && let Some(own) = self.0.get_mut(place)
            {
                *own = Some((path.remote.clone(), found.clone()));
            }
        }
        found
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
    subject: Subject,
    fact: Fact,
) -> NetworkEvent {
    let imsi = subject.imsi.map(|imsi| imsi.0);
    let of = imsi.or(subject.msisdn.map(|number| number.0));
    let of = of.map_or(0, Digits::to_bits);
    NetworkEvent {
        order: order(at, digest(reporter), of, kind(&fact)),
        source,
        reporter: reporter.clone(),
        subject,
        fact,
    }
}

/// What kind of fact it is, in short.
const fn kind(fact: &Fact) -> [u8; 2] {
    match fact {
        Fact::Mobility(told) => mobility(told.domain, told.state),
        Fact::Call(told) => call(told.state),
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

/// The kind of a fact of calls.
pub(super) const fn call(state: CallState) -> [u8; 2] {
    [3, state as u8]
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
    fn an_order_names_who_told_it_of_whom_and_what() {
        let at = |secs| (Stamp::from_secs(secs), Rank::Is);
        let of = |name: &str| Reporter::new(name.into());
        let first = of("99900000007").order(at(1), 1, [2, 3]);
        assert_eq!(first, of("99900000007").order(at(1), 1, [2, 3]));
        assert_eq!(first.id >> 56, Rank::Is as u64);
        for other in [
            of("99900000008").order(at(1), 1, [2, 3]),
            of("99900000007").order(at(1), 2, [2, 3]),
            of("99900000007").order(at(1), 1, [3, 3]),
            of("99900000007").order(at(1), 1, [2, 4]),
        ] {
            assert_ne!(first.id, other.id);
        }
        assert!(first < of("99900000007").order(at(2), 1, [2, 3]));
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
            assert_eq!(
                reporters.of(&path(titled.clone(), 1)),
                Reporter::new(digits.clone().into())
            );
            assert_eq!(reporters.of(&path(titled, 2)).name, digits);
            let plain = Address::new(&PartyAddress::subsystem(7)).unwrap();
            let named = format!("pc-{number}");
            assert_eq!(
                reporters.of(&path(plain, number)),
                Reporter::new(named.into())
            );
        }
        assert_eq!(reporters.0.len(), REPORTERS_MAX);
    }
}
