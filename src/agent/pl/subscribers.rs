//! Who is to be located, and when.

use std::{
    collections::{BTreeSet, VecDeque},
    time::Duration,
};

use hashbrown::HashMap;
use pengate_codecs::{Stamp, mlp::Msid};

use crate::{
    event::{Digits, Imsi, Msisdn, Subject},
    pen::Presentity,
};

/// The identity by which a server is asked for a subscriber.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::agent) enum Name {
    Msisdn(Msisdn),
    Imsi(Imsi),
}

impl Name {
    /// The number counts first; a tel URI holds one as well.
    pub(in crate::agent) fn of(subject: &Subject) -> Option<Self> {
        let by_uri = || {
            let number = subject.uri.as_deref()?.strip_prefix("tel:+")?;
            let number = number.split(';').next()?;
            Digits::from_ascii(number.as_bytes()).ok().map(Msisdn)
        };
        let number = subject.msisdn.or_else(by_uri).map(Self::Msisdn);
        number.or(subject.imsi.map(Self::Imsi))
    }

    pub(in crate::agent) fn msid(self) -> Msid<'static> {
        match self {
            Self::Msisdn(Msisdn(digits)) => Msid::msisdn(digits.to_string()),
            Self::Imsi(Imsi(digits)) => Msid::imsi(digits.to_string()),
        }
    }

    pub(in crate::agent) fn subject(self) -> Subject {
        match self {
            Self::Msisdn(msisdn) => Subject {
                msisdn: Some(msisdn),
                ..Subject::default()
            },
            Self::Imsi(imsi) => Subject {
                imsi: Some(imsi),
                ..Subject::default()
            },
        }
    }

    /// Whether an answer about `subject` cannot be about this one.
    pub(in crate::agent) fn contradicts(self, subject: &Subject) -> bool {
        match self {
            Self::Msisdn(msisdn) => subject.msisdn.is_some_and(|other| other != msisdn),
            Self::Imsi(imsi) => subject.imsi.is_some_and(|other| other != imsi),
        }
    }
}

#[derive(Debug)]
struct Row {
    name: Name,
    /// Whether somebody is shown the place.
    is_watched: bool,
    state: State,
    /// No request before: one was made, or refused, not long ago.
    not_before: Stamp,
    failures: u32,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    /// To be asked for then; or forgotten, when nobody is shown the place any more.
    Due(Stamp),
    Queued,
    Asked,
}

/// What came of a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::agent) enum Ending {
    /// There is a position.
    Located,
    /// Ask again later, and later each time.
    Failed,
    /// Leave the subscriber alone for long.
    Refused,
    /// It was lost with its connection: ask again at once, elsewhere, but not every time.
    Lost,
    /// Nobody was served just then: ask again when that may be, and later each time.
    Unserved,
}

/// How often a subscriber is asked for.
#[derive(Clone, Copy, Debug)]
pub(in crate::agent) struct Pace {
    pub interval: Duration,
    pub max_age: Duration,
    pub refusal_interval: Duration,
    pub retry_max: Duration,
}

impl Pace {
    /// How long a subscriber is left alone after so many failures.
    fn backoff(&self, failures: u32) -> Duration {
        let wait = self.interval.saturating_mul(1 << failures.min(16));
        wait.min(self.retry_max.max(self.interval))
    }
}

/// Everybody who is to be located. One request at a time is out for each.
#[derive(Debug, Default)]
pub(in crate::agent) struct Subscribers {
    rows: HashMap<Presentity, Row>,
    due: BTreeSet<(Stamp, Presentity)>,
    queue: VecDeque<Presentity>,
}

impl Subscribers {
    pub(in crate::agent) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(in crate::agent) fn holds(&self, presentity: &Presentity) -> bool {
        self.rows.contains_key(presentity)
    }

    /// The place of a presentity is shown to somebody.
    pub(in crate::agent) fn watch(&mut self, now: Stamp, presentity: &Presentity, name: Name) {
        if let Some(row) = self.rows.get_mut(presentity) {
            row.name = name;
            if !std::mem::replace(&mut row.is_watched, true)
                && let State::Due(_) = row.state
            {
                let at = row.not_before.max(now);
                self.schedule(presentity, at);
            }
            return;
        }
        let row = Row {
            name,
            is_watched: true,
            state: State::Due(now),
            not_before: now,
            failures: 0,
        };
        self.rows.insert(presentity.clone(), row);
        self.due.insert((now, presentity.clone()));
    }

    /// The place of a presentity is shown to nobody. What was asked last is remembered for as long
    /// as it may not be asked again.
    pub(in crate::agent) fn unwatch(&mut self, presentity: &Presentity) {
        let Some(row) = self.rows.get_mut(presentity) else {
            return;
        };
        row.is_watched = false;
        if let State::Due(_) = row.state {
            let at = row.not_before;
            self.schedule(presentity, at);
        }
    }

    /// What was learned may be wrong by now: everybody is asked for again as soon as may be.
    pub(in crate::agent) fn refresh(&mut self, now: Stamp) {
        let rows = self.rows.iter();
        let mut stale: Vec<_> = rows
            .filter(|(_, row)| row.is_watched && matches!(row.state, State::Due(_)))
            .map(|(presentity, row)| (presentity.clone(), row.not_before.max(now)))
            .collect();
        stale.sort_unstable();
        for (presentity, at) in stale {
            self.schedule(&presentity, at);
        }
    }

    /// Moves who is due to the queue, which holds `max` at most; returns how many had no room there.
    pub(in crate::agent) fn advance(&mut self, now: Stamp, max: usize, pace: &Pace) -> usize {
        let mut overflow = 0;
        while let Some((at, presentity)) = self.due.first().cloned()
            && at <= now
        {
            self.due.pop_first();
            let Some(row) = self.rows.get_mut(&presentity) else {
                continue;
            };
            if !row.is_watched {
                self.rows.remove(&presentity);
            } else if self.queue.len() < max {
                row.state = State::Queued;
                self.queue.push_back(presentity);
            } else {
                overflow += 1;
                row.state = State::Due(now + pace.interval);
                self.due.insert((now + pace.interval, presentity));
            }
        }
        overflow
    }

    /// Whether somebody waits in the queue who is still wanted; the others leave it.
    pub(in crate::agent) fn has_waiting(&mut self) -> bool {
        while let Some(presentity) = self.queue.front() {
            let row = self.rows.get(presentity);
            match row.filter(|row| row.state == State::Queued) {
                Some(row) if row.is_watched => return true,
                Some(_) => {
                    self.rows.remove(presentity);
                }
                None => {}
            }
            self.queue.pop_front();
        }
        false
    }

    /// Takes the first of the queue in order to ask for it.
    pub(in crate::agent) fn ask(&mut self, now: Stamp, pace: &Pace) -> Option<(Presentity, Name)> {
        if !self.has_waiting() {
            return None;
        }
        let presentity = self.queue.pop_front()?;
        let row = self.rows.get_mut(&presentity)?;
        row.state = State::Asked;
        row.not_before = now + pace.interval;
        let name = row.name;
        Some((presentity, name))
    }

    /// A request is over.
    pub(in crate::agent) fn finish(
        &mut self,
        now: Stamp,
        presentity: &Presentity,
        ending: Ending,
        pace: &Pace,
    ) {
        let Some(row) = self.rows.get_mut(presentity) else {
            return;
        };
        let failed_before = row.failures;
        row.failures = match ending {
            Ending::Located | Ending::Refused => 0,
            Ending::Failed | Ending::Lost | Ending::Unserved => failed_before.saturating_add(1),
        };
        let next = match ending {
            Ending::Located => now + pace.max_age,
            Ending::Failed => now + pace.backoff(row.failures),
            Ending::Refused => now + pace.refusal_interval,
            Ending::Lost | Ending::Unserved => now + pace.backoff(failed_before),
        };
        if ending == Ending::Refused {
            row.not_before = next;
        }
        let at = match row.is_watched {
            // The request told nothing: whoever was lost for the first time waits for nothing.
            true if ending == Ending::Lost && failed_before == 0 => now,
            true => next.max(row.not_before),
            false => row.not_before,
        };
        row.state = State::Due(at);
        self.due.insert((at, presentity.clone()));
    }

    /// What came of a request was not recorded: it is made again, unless that is due earlier.
    pub(in crate::agent) fn retry(&mut self, now: Stamp, presentity: &Presentity, pace: &Pace) {
        let Some(row) = self.rows.get_mut(presentity) else {
            return;
        };
        row.not_before = row.not_before.min(now + pace.interval);
        row.failures = row.failures.saturating_add(1);
        let at = match row.is_watched {
            true => now + pace.backoff(row.failures),
            false => row.not_before,
        };
        if let State::Due(before) = row.state {
            self.schedule(presentity, at.min(before));
        }
    }

    /// When the next one is due.
    pub(in crate::agent) fn deadline(&self) -> Option<Stamp> {
        self.due.first().map(|(at, _)| *at)
    }

    fn schedule(&mut self, presentity: &Presentity, at: Stamp) {
        let Some(row) = self.rows.get_mut(presentity) else {
            return;
        };
        if let State::Due(before) = std::mem::replace(&mut row.state, State::Due(at)) {
            self.due.remove(&(before, presentity.clone()));
        }
        self.due.insert((at, presentity.clone()));
    }
}
