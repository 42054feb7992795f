//! The presentities that the HSS is asked about, and when something is due for each.

use std::{collections::BTreeSet, fmt, mem::replace};

use hashbrown::HashMap;
use pengate_codecs::{
    Stamp,
    diameter::dict::Digits,
    sh::UserIdentity,
    sip::{Scheme, Uri},
};
use smallvec::SmallVec;
use smol_str::SmolStr;

use crate::{
    agent::identity::number_in,
    event::{self, Subject},
    pen::Presentity,
};

/// A user by number: dense, and never used again.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) struct UserId(pub u64);

/// What the HSS knows a user by.
#[derive(Clone, Eq, Hash, PartialEq)]
pub(super) enum Key {
    /// A public identity, canonical.
    Uri(SmolStr),
    /// An MSISDN as TBCD.
    Msisdn(SmallVec<[u8; 8]>),
}

/// The keys of one user: the first is asked for, by the others the HSS may tell about it as well.
pub(super) type Keys = SmallVec<[Key; 2]>;

impl Key {
    /// The keys of a presentity: a public identity if it has one, and its number. None if Sh has no
    /// name for it.
    pub fn of(presentity: &Presentity, subject: &Subject) -> Keys {
        let named = Self::public(presentity.as_str());
        let uri = named.or_else(|| Self::public(subject.uri.as_deref()?));
        let told = subject.msisdn.map(|number| Self::number(number.0));
        let dialled = uri.as_ref().and_then(Self::dialled);
        uri.into_iter().chain(told.or(dialled)).collect()
    }

    /// The keys of a user that the HSS tells about.
    pub fn told(user: &UserIdentity<'_>) -> Keys {
        let key = match user {
            UserIdentity::PublicIdentity(uri) => Self::public(uri),
            UserIdentity::Msisdn(digits) => Some(Self::Msisdn(digits.octets().into())),
            UserIdentity::ExternalIdentifier(_) => None,
        };
        let dialled = key.as_ref().and_then(Self::dialled);
        key.into_iter().chain(dialled).collect()
    }

    fn public(uri: &str) -> Option<Self> {
        let uri = Uri::parse(uri).ok()?;
        let is_public = matches!(uri.scheme, Scheme::Sip | Scheme::Sips | Scheme::Tel);
        is_public.then(|| Self::Uri(SmolStr::new(uri.to_canonical())))
    }

    /// The number in a tel URI.
    fn dialled(&self) -> Option<Self> {
        let Self::Uri(uri) = self else {
            return None;
        };
        let number = number_in(&Uri::parse(uri).ok()?)?;
        Some(Self::number(number.0))
    }

    fn number(digits: event::Digits) -> Self {
        let digits: SmallVec<[u8; 16]> = digits.iter().collect();
        let pairs = digits.chunks(2);
        Self::Msisdn(
            pairs
                .map(|pair| pair.get(1).unwrap_or(&0xf) << 4 | pair[0])
                .collect(),
        )
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

impl Ask {
    pub const ALL: [Self; 5] = [
        Self::Subscribe,
        Self::Unsubscribe,
        Self::Ims,
        Self::Cs,
        Self::Ps,
    ];
}

/// A user.
#[derive(Debug)]
pub(super) struct User {
    pub key: Key,
    /// The other name that the HSS may tell about it by.
    other: Option<Key>,
    presentity: Presentity,
    /// Whether anybody watches.
    pub is_watched: bool,
    /// Whether anybody watches who is shown the place.
    pub place: bool,
    /// Whether the HSS refused to tell of these domains what was asked for together with the place.
    pub refuses_place: SmallVec<[Ask; 2]>,
    /// Whether the HSS tells us of the registration.
    pub is_subscribed: bool,
    timers: SmallVec<[(Stamp, Timer); 3]>,
}

impl User {
    /// Whether nobody has watched for the hold-off.
    pub fn is_left(&self) -> bool {
        let mut timers = self.timers.iter();
        !self.is_watched && timers.all(|(_, timer)| *timer != Timer::HoldOff)
    }

    /// Whether this question is one about the place as well.
    pub fn asks_place(&self, ask: Ask) -> bool {
        matches!(ask, Ask::Cs | Ask::Ps) && self.place && !self.refuses_place.contains(&ask)
    }
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
    /// How many users have a name that is not their key: public identities share a number.
    by_other: HashMap<Key, usize>,
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

    /// Whether a user is known by any of these.
    pub fn knows(&self, keys: &[Key]) -> bool {
        keys.iter()
            .any(|key| self.by_key.contains_key(key) || self.by_other.contains_key(key))
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

    pub fn of_key(&self, key: &Key) -> Option<UserId> {
        self.by_key.get(key).copied()
    }

    /// Enters a user who is watched, and whose key nobody has. Nothing if there is no key.
    pub fn insert(&mut self, presentity: Presentity, keys: Keys, place: bool) -> Option<UserId> {
        let key = keys.first().cloned()?;
        let id = UserId(self.next);
        self.next += 1;
        self.by_key.insert(key.clone(), id);
        self.by_presentity.insert(presentity.clone(), id);
        self.rows.insert(
            id,
            User {
                key,
                other: None,
                presentity,
                is_watched: true,
                place,
                refuses_place: SmallVec::new(),
                is_subscribed: false,
                timers: SmallVec::new(),
            },
        );
        self.learn(id, keys);
        Some(id)
    }

    /// Takes the names of a user that it has now; its key stays.
    pub fn learn(&mut self, id: UserId, keys: Keys) {
        let Some(user) = self.rows.get_mut(&id) else {
            return;
        };
        let other = keys.into_iter().find(|key| *key != user.key);
        if let Some(other) = other.clone() {
            *self.by_other.entry(other).or_default() += 1;
        }
        if let Some(former) = replace(&mut user.other, other) {
            self.let_go(&former);
        }
    }

    fn let_go(&mut self, other: &Key) {
        if let Some(count) = self.by_other.get_mut(other) {
            *count -= 1;
            if *count == 0 {
                self.by_other.remove(other);
            }
        }
    }

    pub fn remove(&mut self, id: UserId) {
        let Some(user) = self.rows.remove(&id) else {
            return;
        };
        self.by_key.remove(&user.key);
        if let Some(other) = &user.other {
            self.let_go(other);
        }
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
    use std::slice;

    use super::*;
    use crate::event::Msisdn;

    fn keys(name: &str, msisdn: Option<&str>) -> Keys {
        let subject = Subject {
            msisdn: msisdn.map(|digits| Msisdn(digits.parse().unwrap())),
            ..Subject::default()
        };
        Key::of(&Presentity::canonical(name), &subject)
    }

    fn uri(text: &str) -> Key {
        Key::Uri(text.into())
    }

    #[test]
    fn a_public_identity_goes_before_the_number() {
        let number = Key::Msisdn(SmallVec::from_slice(&[0x99, 0x09, 0, 0, 0, 0xf1]));
        let alice = keys("sip:alice@ims.example", Some("99900000001"));
        assert_eq!(
            alice.as_slice(),
            [uri("sip:alice@ims.example"), number.clone()]
        );
        let alone = keys("msisdn:99900000001", Some("99900000001"));
        assert_eq!(alone.as_slice(), slice::from_ref(&number));
        assert_eq!(Key::told(&number.identity().unwrap()), alone);
        assert!(keys("imsi:001010000000001", None).is_empty());
    }

    #[test]
    fn a_tel_uri_tells_the_number() {
        let number = keys("msisdn:99900000001", Some("99900000001")).remove(0);
        let dialled = [uri("tel:+99900000001"), number];
        assert_eq!(keys("tel:+99900000001", None).as_slice(), dialled);
        let told = Key::told(&UserIdentity::PublicIdentity("TEL:+999-0000-0001"));
        assert_eq!(told.as_slice(), dialled);
    }

    #[test]
    fn a_number_is_known_as_long_as_any_user_has_it() {
        let mut users = Users::default();
        let mut insert = |name: &str| {
            let keys = keys(name, Some("99900000001"));
            users
                .insert(Presentity::canonical(name), keys, false)
                .unwrap()
        };
        let both = [
            insert("sip:alice@ims.example"),
            insert("sip:al@ims.example"),
        ];
        let number = keys("msisdn:99900000001", Some("99900000001"));
        users.remove(both[0]);
        assert!(users.knows(&number));
        users.learn(both[1], keys("sip:al@ims.example", None));
        assert!(!users.knows(&number));
        users.learn(both[1], number.clone());
        assert!(users.knows(&number));
        users.remove(both[1]);
        assert!(!users.knows(&number) && users.by_other.is_empty());
    }

    #[test]
    fn timers_expire_in_order_and_one_of_a_kind_replaces_the_other() {
        let mut users = Users::default();
        let presentity = Presentity::canonical("sip:alice@ims.example");
        let id = users.insert(presentity, keys("sip:alice@ims.example", None), false);
        let id = id.unwrap();
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
