//! Requests between their record and its settlement, and those that wait behind them.

use std::collections::{BTreeMap, VecDeque};

use pengate_codecs::pidf::Document;

use super::{Token, reply::Echo};
use crate::{
    feed::Channel,
    pen::Presentity,
    session::sip::{ServerId, ToTag},
};

/// What a record on its way changes: one record at a time.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Subject {
    /// A publication by its number.
    Publication(Presentity, u32),
    /// A dialog, as its watcher asked.
    Dialog(ToTag),
    /// The end of a dialog that we want.
    End(ToTag),
    /// The numbers of a dialog's NOTIFYs.
    Reservation(ToTag),
}

/// What is to be done when a record settles.
#[derive(Debug)]
pub(super) struct Waiting {
    pub subject: Subject,
    /// Who waits for an answer; nobody when the record is our own.
    pub answer: Option<Answer>,
    /// The published document, read already.
    pub document: Option<Document>,
}

impl Waiting {
    /// For a record of our own.
    pub(super) const fn unattended(subject: Subject) -> Self {
        Self {
            subject,
            answer: None,
            document: None,
        }
    }
}

/// An answer that may not leave yet.
#[derive(Debug)]
pub(super) struct Answer {
    pub transaction: ServerId,
    pub channel: Channel,
    pub echo: Echo,
    /// The lifetime granted, in seconds.
    pub expires: u32,
}

/// A request that waits until an earlier one on the same subject is done.
#[derive(Debug)]
pub(super) struct Parked {
    pub transaction: ServerId,
    pub channel: Channel,
    pub octets: Box<[u8]>,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Pending {
    last: u64,
    waiting: BTreeMap<Token, Waiting>,
    busy: BTreeMap<Subject, VecDeque<Parked>>,
    parked: usize,
}

impl Pending {
    /// How many records are on their way.
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Requests that wait behind others.
    pub(super) const fn parked(&self) -> usize {
        self.parked
    }

    pub(super) fn is_busy(&self, subject: &Subject) -> bool {
        self.busy.contains_key(subject)
    }

    /// Notes a record on its way.
    pub(super) fn start(&mut self, waiting: Waiting) -> Token {
        self.last += 1;
        let token = Token(self.last);
        self.busy.entry(waiting.subject.clone()).or_default();
        self.waiting.insert(token, waiting);
        token
    }

    /// The record settled: who waited for it, and who waited behind.
    pub(super) fn finish(&mut self, token: Token) -> Option<(Waiting, VecDeque<Parked>)> {
        let waiting = self.waiting.remove(&token)?;
        let behind = self.busy.remove(&waiting.subject).unwrap_or_default();
        self.parked -= behind.len();
        Some((waiting, behind))
    }

    /// How many new publications of a presentity, whose numbers are above `last`, are on their way.
    pub(super) fn new_publications(&self, presentity: &Presentity, last: u32) -> usize {
        self.coming(presentity, last).count()
    }

    /// A number above `last` for a new publication of a presentity.
    pub(super) fn new_publication(&self, presentity: &Presentity, last: u32) -> u32 {
        let coming = self.coming(presentity, last).last();
        coming.unwrap_or(last).saturating_add(1)
    }

    fn coming(&self, presentity: &Presentity, last: u32) -> impl Iterator<Item = u32> {
        let first = Subject::Publication(presentity.clone(), last.saturating_add(1));
        let end = Subject::Publication(presentity.clone(), u32::MAX);
        self.busy
            .range(first..=end)
            .filter_map(|(subject, _)| match subject {
                Subject::Publication(_, number) => Some(*number),
                _ => None,
            })
    }

    /// Parks a request behind the record on `subject`.
    pub(super) fn park(&mut self, subject: Subject, parked: Parked) {
        self.busy.entry(subject).or_default().push_back(parked);
        self.parked += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{feed::Carrier, server::random::Generator};

    fn parked(number: u32) -> Parked {
        Parked {
            transaction: ServerId::outside(number),
            channel: Channel {
                carrier: Carrier::Udp,
                local: ([127, 0, 0, 1], 5060).into(),
                peer: ([127, 0, 0, 1], 5061).into(),
            },
            octets: Box::default(),
        }
    }

    #[test]
    fn requests_wait_in_order_until_the_record_before_them_settles() {
        let mut pending = Pending::default();
        let tag = Generator::new(1).tag(crate::pen::log::Partition(0));
        let subject = Subject::Dialog(tag);
        let token = pending.start(Waiting::unattended(subject.clone()));
        assert!(pending.is_busy(&subject));
        pending.park(subject.clone(), parked(1));
        pending.park(subject.clone(), parked(2));
        assert_eq!((pending.len(), pending.parked()), (1, 2));
        let (_, behind) = pending.finish(token).unwrap();
        let order: Vec<_> = behind.iter().map(|parked| parked.transaction).collect();
        assert_eq!(order, [1, 2].map(ServerId::outside));
        assert!(!pending.is_busy(&subject));
        assert_eq!((pending.len(), pending.parked()), (0, 0));
        assert!(pending.finish(token).is_none());
    }
}
