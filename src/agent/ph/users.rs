//! The presentities that the HSS is asked about, and when something is due for each.

use std::{collections::BTreeSet, fmt};

use hashbrown::HashMap;
use pengate_codecs::{Stamp, diameter::dict::Digits, sh::UserIdentity};
use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{event::Subject, pen::Presentity};

/// A user by number: dense, and never used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct UserId(pub u64);

/// What the HSS knows a user by.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(super) enum Key {
    /// A public identity.
    Uri(SmolStr),
    /// An MSISDN as TBCD.
    Msisdn(SmallVec<[u8; 8]>),
}

impl Key {
    /// The key of a presentity: a public identity if it has one, else its number.
    pub fn of(presentity: &Presentity, subject: &Subject) -> Option<Self> {
        let is_public = |uri: &str| {
            ["sip:", "sips:", "tel:"]
                .iter()
                .any(|scheme| uri.starts_with(scheme))
        };
        let named = Some(presentity.as_str()).filter(|name| is_public(name));
        let told = subject.uri.as_deref().filter(|uri| is_public(uri));
        let uri = named.or(told).map(|uri| Self::Uri(SmolStr::from(uri)));
        uri.or_else(|| {
            let digits: SmallVec<[u8; 16]> = subject.msisdn?.0.iter().collect();
            Some(Self::Msisdn(
                digits
                    .chunks(2)
                    .map(|pair| pair.get(1).unwrap_or(&0xf) << 4 | pair[0])
                    .collect(),
            ))
        })
    }

    /// The key of a user that the HSS tells about.
    pub fn told(user: &UserIdentity<'_>) -> Option<Self> {
        match user {
            UserIdentity::PublicIdentity(uri) => Some(Self::Uri(SmolStr::from(*uri))),
            UserIdentity::Msisdn(digits) => Some(Self::Msisdn(digits.octets().into())),
            UserIdentity::ExternalIdentifier(_) => None,
        }
    }

    /// As it stands in a request.
    pub fn identity(&self) -> Option<UserIdentity<'_>> {
        match self {
            Self::Uri(uri) => Some(UserIdentity::PublicIdentity(uri)),
            Self::Msisdn(octets) => Digits::decode(octets).map(UserIdentity::Msisdn),
        }
    }
}

/// Keys are identities: `Debug` shows their kind only.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Uri(_) => "Uri",
            Self::Msisdn(_) => "Msisdn",
        })
    }
}

/// What is due at the HSS for a user.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Ask {
    /// SNR: be told of the registration, or go on being told.
    Subscribe,
    /// SNR: be told no longer.
    Unsubscribe,
    /// UDR: the registration.
    Ims,
    /// UDR: state and place in the circuit-switched domain.
    Cs,
    /// UDR: state and place in the packet-switched domain.
    Ps,
}

/// A user.
#[derive(Debug)]
pub(super) struct User {
    pub key: Key,
    presentity: Presentity,
    /// Whether anybody watches.
    pub is_watched: bool,
    /// Whether anybody watches who is shown the place.
    pub place: bool,
    /// Whether the HSS tells us of the registration.
    pub is_subscribed: bool,
    timers: SmallVec<[(Stamp, Timer); 3]>,
}

/// Why something is due.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Timer {
    /// The subscription ends soon.
    Renew,
    /// The domains are to be asked again.
    Poll,
    /// Nobody has watched for the hold-off.
    HoldOff,
    /// What failed is to be tried again.
    Retry(Ask),
}

/// All users.
#[derive(Debug, Default)]
pub(super) struct Users {
    rows: HashMap<UserId, User>,
    by_key: HashMap<Key, UserId>,
    by_presentity: HashMap<Presentity, UserId>,
    due: BTreeSet<(Stamp, UserId)>,
    next: u64,
}

impl Users {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn of_presentity(&self, presentity: &Presentity) -> Option<UserId> {
        self.by_presentity.get(presentity).copied()
    }

    pub fn of_key(&self, key: &Key) -> Option<&User> {
        self.rows.get(self.by_key.get(key)?)
    }

    pub fn get_mut(&mut self, id: UserId) -> Option<&mut User> {
        self.rows.get_mut(&id)
    }

    pub fn get(&self, id: UserId) -> Option<&User> {
        self.rows.get(&id)
    }

    /// Every user, in the order in which they came.
    pub fn ids(&self) -> Vec<UserId> {
        let mut ids: Vec<_> = self.rows.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Enters a user who is watched. Two presentities with one key are one user of the HSS: the
    /// later one takes it over.
    pub fn insert(&mut self, presentity: Presentity, key: Key, place: bool) -> UserId {
        if let Some(former) = self.by_key.get(&key).copied() {
            self.remove(former);
        }
        let id = UserId(self.next);
        self.next += 1;
        self.by_key.insert(key.clone(), id);
        self.by_presentity.insert(presentity.clone(), id);
        self.rows.insert(
            id,
            User {
                key,
                presentity,
                is_watched: true,
                place,
                is_subscribed: false,
                timers: SmallVec::new(),
            },
        );
        id
    }

    pub fn remove(&mut self, id: UserId) {
        let Some(user) = self.rows.remove(&id) else {
            return;
        };
        self.by_key.remove(&user.key);
        self.by_presentity.remove(&user.presentity);
        for (at, _) in user.timers {
            self.due.remove(&(at, id));
        }
    }

    /// Arms a timer, in place of one for the same reason.
    pub fn arm(&mut self, id: UserId, timer: Timer, at: Stamp) {
        self.disarm(id, timer);
        if let Some(user) = self.rows.get_mut(&id) {
            user.timers.push((at, timer));
            self.due.insert((at, id));
        }
    }

    pub fn disarm(&mut self, id: UserId, timer: Timer) {
        let Some(user) = self.rows.get_mut(&id) else {
            return;
        };
        let Some(place) = user.timers.iter().position(|(_, armed)| *armed == timer) else {
            return;
        };
        let (at, _) = user.timers.remove(place);
        if !user.timers.iter().any(|(other, _)| *other == at) {
            self.due.remove(&(at, id));
        }
    }

    /// Takes what is due first, if it is due.
    pub fn expired(&mut self, now: Stamp) -> Option<(UserId, Timer)> {
        let (at, id) = self.due.first().copied().filter(|(at, _)| *at <= now)?;
        let timers = self.rows.get(&id).map(|user| user.timers.as_slice());
        let first = timers
            .unwrap_or_default()
            .iter()
            .find(|(armed, _)| *armed == at);
        if let Some((_, timer)) = first.copied() {
            self.disarm(id, timer);
            return Some((id, timer));
        }
        // Every row of the set has its timer.
        self.due.remove(&(at, id));
        None
    }

    pub fn deadline(&self) -> Option<Stamp> {
        self.due.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Msisdn;

    fn key(name: &str, msisdn: Option<&str>) -> Option<Key> {
        let subject = Subject {
            msisdn: msisdn.map(|digits| Msisdn(digits.parse().unwrap())),
            ..Subject::default()
        };
        Key::of(&Presentity::canonical(name), &subject)
    }

    #[test]
    fn a_public_identity_goes_before_the_number() {
        let alice = Key::Uri("sip:alice@ims.example".into());
        assert_eq!(
            key("sip:alice@ims.example", Some("99900000001")),
            Some(alice)
        );
        let number = key("msisdn:99900000001", Some("99900000001")).unwrap();
        assert_eq!(
            number,
            Key::Msisdn(SmallVec::from_slice(&[0x99, 0x09, 0, 0, 0, 0xf1]))
        );
        assert_eq!(Key::told(&number.identity().unwrap()), Some(number));
        assert_eq!(key("imsi:001010000000001", None), None);
    }

    #[test]
    fn timers_expire_in_order_and_one_of_a_kind_replaces_the_other() {
        let mut users = Users::default();
        let presentity = Presentity::canonical("sip:alice@ims.example");
        let id = users.insert(presentity, Key::Uri("sip:alice@ims.example".into()), false);
        let at = Stamp::from_secs;
        users.arm(id, Timer::Poll, at(5));
        users.arm(id, Timer::Renew, at(5));
        users.arm(id, Timer::Poll, at(7));
        assert_eq!(users.expired(at(4)), None);
        assert_eq!(users.expired(at(9)), Some((id, Timer::Renew)));
        assert_eq!(users.expired(at(9)), Some((id, Timer::Poll)));
        assert_eq!((users.expired(at(9)), users.deadline()), (None, None));
        users.arm(id, Timer::HoldOff, at(1));
        users.remove(id);
        assert_eq!((users.deadline(), users.len()), (None, 0));
    }
}
