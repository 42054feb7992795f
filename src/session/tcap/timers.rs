//! When dialogues are over.

use std::collections::{BTreeSet, VecDeque};

use pengate_codecs::Stamp;

use super::{DialogueId, State};

/// Why a dialogue has a time. Those of one reason wait equally long, and so come in order.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wait {
    /// The peer waits for our answer.
    Answer,
    /// We wait for the peer's answer.
    Result,
    /// Nobody waits.
    Idle,
    /// Any, that came out of order: after a restart, or when the clock was set back.
    Other,
}

impl State {
    /// What the other side or we wait for in this state.
    pub(super) const fn wait(self) -> Wait {
        match self {
            Self::Offered => Wait::Answer,
            Self::Asked => Wait::Result,
            Self::Established => Wait::Idle,
        }
    }
}

/// A time for each dialogue. A queue is not searched for one that is over or was given another time:
/// that is dropped when it comes first, or when there are more of such than of others.
#[derive(Debug, Default)]
pub(super) struct Timers {
    queues: [VecDeque<(Stamp, DialogueId)>; 3],
    others: BTreeSet<(Stamp, DialogueId)>,
}

impl Timers {
    const fn queue(&mut self, wait: Wait) -> Option<&mut VecDeque<(Stamp, DialogueId)>> {
        let [answer, result, idle] = &mut self.queues;
        match wait {
            Wait::Answer => Some(answer),
            Wait::Result => Some(result),
            Wait::Idle => Some(idle),
            Wait::Other => None,
        }
    }

    /// Notes a time; says where it stands.
    pub(super) fn insert(&mut self, wait: Wait, at: Stamp, id: DialogueId) -> Wait {
        if let Some(queue) = self.queue(wait)
            && queue.back().is_none_or(|(last, _)| *last <= at)
        {
            queue.push_back((at, id));
            return wait;
        }
        self.others.insert((at, id));
        Wait::Other
    }

    /// Drops the time of a dialogue that is over, or was given another one; `time` tells the time of
    /// a dialogue, and `open` how many there are.
    pub(super) fn remove(
        &mut self,
        (wait, at): (Wait, Stamp),
        id: DialogueId,
        open: usize,
        time: impl Fn(DialogueId) -> Option<Stamp>,
    ) {
        if wait == Wait::Other {
            self.others.remove(&(at, id));
        }
        let holds = |(at, id): &(Stamp, DialogueId)| time(*id) == Some(*at);
        for queue in &mut self.queues {
            while queue.front().is_some_and(|first| !holds(first)) {
                queue.pop_front();
            }
            if queue.len() > 2 * open + STALE_MIN {
                queue.retain(holds);
            }
        }
    }

    /// The next time.
    pub(super) fn first(&self) -> Option<(Stamp, DialogueId)> {
        let fronts = self.queues.iter().filter_map(VecDeque::front);
        fronts.chain(self.others.first()).min().copied()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.queues.iter().map(VecDeque::len).sum::<usize>() + self.others.len()
    }
}

/// So many times of dialogues that are over may stand in a queue of few others.
const STALE_MIN: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const fn id(count: u64) -> DialogueId {
        DialogueId { count, slot: 0 }
    }

    #[test]
    fn what_comes_out_of_order_is_due_in_order() {
        let at = Stamp::from_secs;
        let mut timers = Timers::default();
        assert_eq!(timers.insert(Wait::Idle, at(9), id(1)), Wait::Idle);
        assert_eq!(timers.insert(Wait::Idle, at(5), id(2)), Wait::Other);
        assert_eq!(timers.insert(Wait::Answer, at(7), id(3)), Wait::Answer);
        assert_eq!(timers.first(), Some((at(5), id(2))));
        timers.remove((Wait::Other, at(5)), id(2), 2, |_| Some(at(7)));
        assert_eq!(timers.first(), Some((at(7), id(3))));
    }

    #[test]
    fn times_of_dialogues_that_are_over_take_no_memory() {
        let at = Stamp::from_secs;
        let mut timers = Timers::default();
        timers.insert(Wait::Answer, at(0), id(0));
        for secs in 1..10_000_u32 {
            let (time, other) = (at(secs.into()), id(secs.into()));
            timers.insert(Wait::Answer, time, other);
            let first = |it| (it == id(0)).then_some(at(0));
            timers.remove((Wait::Answer, time), other, 1, first);
            assert!(timers.len() <= STALE_MIN + 3);
        }
        assert_eq!(timers.first(), Some((at(0), id(0))));
        timers.remove((Wait::Answer, at(0)), id(0), 0, |_| None);
        assert_eq!((timers.first(), timers.len()), (None, 0));
    }
}
