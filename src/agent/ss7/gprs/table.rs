//! The sessions by our reference.

use std::{collections::BTreeSet, time::Duration};

use hashbrown::HashMap;
use pengate_codecs::{Stamp, cap::InitialDpGprsArg};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use smol_str::SmolStr;

use super::super::report;
use crate::{
    event::{SessionKey, Subject},
    session::random::Random,
};

/// A subscriber's GPRS session, or one packet session, as the gprsSSF calls either.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(in super::super) struct Gprs {
    /// The gprsSSF's reference.
    pub theirs: u32,
    pub subject: Subject,
    pub reporter: SmolStr,
    pub contexts: SmallVec<[Context; 1]>,
    /// When something was heard last.
    pub heard: Stamp,
}

/// A packet session that is active.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(in super::super) struct Context {
    /// Its number within the session; 0 where there is only one.
    pub pdp: u8,
    pub id: SmolStr,
    pub key: SessionKey,
    pub apn: Option<SmolStr>,
    /// Whether another SGSN tells it by the same name.
    pub is_portable: bool,
}

impl Gprs {
    pub(super) fn new(
        theirs: u32,
        reporter: SmolStr,
        told: &InitialDpGprsArg<'_>,
        now: Stamp,
    ) -> Self {
        Self {
            theirs,
            subject: Subject {
                imsi: report::imsi(told.imsi),
                msisdn: report::msisdn(told.msisdn),
                ..Subject::default()
            },
            reporter,
            contexts: SmallVec::new(),
            heard: now,
        }
    }

    pub(super) fn is_somebodys(&self) -> bool {
        self.subject.imsi.is_some() || self.subject.msisdn.is_some()
    }
}

/// All sessions.
#[derive(Debug)]
pub(in super::super) struct Sessions {
    rows: HashMap<u32, Gprs>,
    ages: BTreeSet<(Stamp, u32)>,
    random: Random,
}

impl Sessions {
    pub(in super::super) fn new(random: Random) -> Self {
        Self {
            rows: HashMap::new(),
            ages: BTreeSet::new(),
            random,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(in super::super) fn get(&self, ours: u32) -> Option<&Gprs> {
        self.rows.get(&ours)
    }

    /// A reference that nobody has: 31 bits, not 0.
    pub(super) fn reference(&mut self) -> u32 {
        loop {
            let number = u32::try_from(self.random.below(1 << 31)).unwrap_or_default();
            if number != 0 && !self.rows.contains_key(&number) {
                return number;
            }
        }
    }

    pub(in super::super) fn insert(&mut self, ours: u32, gprs: Gprs) {
        self.remove(ours);
        self.ages.insert((gprs.heard, ours));
        self.rows.insert(ours, gprs);
    }

    pub(in super::super) fn remove(&mut self, ours: u32) {
        if let Some(gprs) = self.rows.remove(&ours) {
            self.ages.remove(&(gprs.heard, ours));
        }
    }

    /// Changes a session of which something was heard.
    pub(super) fn with<T>(
        &mut self,
        ours: u32,
        now: Stamp,
        change: impl FnOnce(&mut Gprs) -> T,
    ) -> Option<T> {
        let gprs = self.rows.get_mut(&ours)?;
        self.ages.remove(&(gprs.heard, ours));
        gprs.heard = now;
        self.ages.insert((now, ours));
        Some(change(gprs))
    }

    /// Removes the one of which least recently something was heard, if that is so long ago.
    pub(super) fn expired(&mut self, now: Stamp, lifetime: Duration) -> Option<u32> {
        let (heard, ours) = self.ages.first().copied()?;
        (heard + lifetime <= now).then(|| {
            self.remove(ours);
            ours
        })
    }
}
