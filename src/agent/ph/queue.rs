//! What the HSS is to be asked, in order.

use std::collections::VecDeque;

use hashbrown::HashSet;

use super::users::{Ask, UserId};

/// Questions that wait for a peer, or for an answer to another; each stands in it once.
#[derive(Debug, Default)]
pub(super) struct Queue {
    /// In their order, and among them those of users who are gone: they are passed over.
    order: VecDeque<(UserId, Ask)>,
    waiting: HashSet<(UserId, Ask)>,
}

impl Queue {
    /// How many questions wait.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// How many places they take.
    #[cfg(test)]
    pub fn places(&self) -> usize {
        self.order.len()
    }

    pub fn push(&mut self, id: UserId, ask: Ask) {
        if self.waiting.insert((id, ask)) {
            self.order.push_back((id, ask));
        }
    }

    /// The question that is the next.
    pub fn front(&mut self) -> Option<(UserId, Ask)> {
        while let Some(first) = self.order.front() {
            if self.waiting.contains(first) {
                return Some(*first);
            }
            self.order.pop_front();
        }
        None
    }

    /// The next question was asked.
    pub fn pop(&mut self) {
        if let Some(first) = self.order.pop_front() {
            self.waiting.remove(&first);
        }
    }

    /// A user is gone, whose number is never used again.
    pub fn forget(&mut self, id: UserId) {
        for ask in Ask::ALL {
            self.waiting.remove(&(id, ask));
        }
        // With no peer nothing leaves at the front. Each time half of it goes at least, so that this
        // costs little for each user.
        if self.order.len() > 2 * self.waiting.len() + SPARE {
            let Self { order, waiting } = self;
            order.retain(|question| waiting.contains(question));
        }
    }
}

/// So many places more than twice those that are needed are not worth the work.
const SPARE: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_keep_their_order_whoever_goes() {
        let mut queue = Queue::default();
        for number in 0..200 {
            queue.push(UserId(number), Ask::Ims);
            queue.push(UserId(number), Ask::Cs);
            queue.push(UserId(number), Ask::Ims);
        }
        for number in (0..200).filter(|number| number % 50 != 7) {
            queue.forget(UserId(number));
            assert!(queue.places() <= 2 * queue.len() + SPARE);
        }
        let mut asked = Vec::new();
        while let Some(next) = queue.front() {
            queue.pop();
            asked.push(next);
        }
        let of = |number| [(UserId(number), Ask::Ims), (UserId(number), Ask::Cs)];
        assert_eq!(asked, [of(7), of(57), of(107), of(157)].concat());
        assert_eq!((queue.len(), queue.places()), (0, 0));
    }
}
