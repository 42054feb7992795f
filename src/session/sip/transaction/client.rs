//! Client transactions of requests other than INVITE (RFC 3261 clause 17.1.2).

use std::collections::HashMap;

use pengate_codecs::Stamp;

use super::Timers;
use super::queue::{Backoff, Queue};
use crate::feed::Carrier;
use crate::session::sip::Branch;

/// A request of ours that waits for its final response, named by its branch.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClientId(pub Branch);

/// What a response is to the transactions there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Received {
    /// A provisional response: the request goes on, and is sent again less often.
    Provisional,
    /// The final response, for the room.
    Final,
    /// A copy of the final response.
    Absorbed,
    /// Nobody waits for it.
    Stray,
}

/// What a timer asks for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Retransmit {
    /// Send the request again: timer E.
    Again(ClientId),
    /// No final response in time: timer F. The transaction is gone.
    Timeout(ClientId),
}

/// All client transactions. `R` is what the front needs to send the request again.
#[derive(Clone, Debug)]
pub(in super::super) struct Clients<R> {
    max: usize,
    rows: HashMap<ClientId, State<R>>,
    /// Timer E.
    resend: Backoff<ClientId>,
    /// Timer F.
    timeout: Queue<ClientId>,
    /// Timer K.
    completed: Queue<ClientId>,
}

#[derive(Clone, Debug)]
enum State<R> {
    Trying(R),
    Proceeding(R),
    Completed,
}

impl<R> Clients<R> {
    pub(in super::super) fn new(timers: Timers, max: usize) -> Self {
        Self {
            max,
            rows: HashMap::new(),
            resend: Backoff::new(timers.t1, timers.t2),
            timeout: Queue::new(timers.transaction()),
            completed: Queue::new(timers.t4),
        }
    }

    /// How many there are, those that only absorb copies included.
    pub(in super::super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is room for another, and nobody has this number.
    pub(in super::super) fn admits(&self, id: ClientId) -> bool {
        self.rows.len() < self.max && !self.rows.contains_key(&id)
    }

    /// Starts a transaction; timer E waits for [`Clients::sent`].
    pub(in super::super) fn start(&mut self, now: Stamp, id: ClientId, request: R) {
        self.rows.insert(id, State::Trying(request));
        self.timeout.arm(now, id);
    }

    /// The request went out. What may get lost is sent again.
    pub(in super::super) fn sent(&mut self, now: Stamp, id: ClientId, carrier: Carrier) {
        if carrier == Carrier::Udp {
            self.resend.arm(now, id);
        }
    }

    /// The request, while it waits.
    pub(in super::super) fn request_mut(&mut self, id: ClientId) -> Option<&mut R> {
        match self.rows.get_mut(&id)? {
            State::Trying(request) | State::Proceeding(request) => Some(request),
            State::Completed => None,
        }
    }

    /// A response arrived. A final one keeps the transaction for timer K on datagrams.
    pub(in super::super) fn receive(
        &mut self,
        now: Stamp,
        id: ClientId,
        status: u16,
        carrier: Carrier,
    ) -> Received {
        match self.rows.remove(&id) {
            None => Received::Stray,
            Some(State::Completed) => {
                self.rows.insert(id, State::Completed);
                Received::Absorbed
            }
            Some(State::Trying(request) | State::Proceeding(request)) if status < 200 => {
                self.rows.insert(id, State::Proceeding(request));
                Received::Provisional
            }
            Some(State::Trying(_) | State::Proceeding(_)) => {
                if carrier == Carrier::Udp {
                    self.rows.insert(id, State::Completed);
                    self.completed.arm(now, id);
                }
                Received::Final
            }
        }
    }

    /// The request cannot be delivered: the transaction is over. False when it was already.
    pub(in super::super) fn fail(&mut self, id: ClientId) -> bool {
        self.request_mut(id).is_some() && self.rows.remove(&id).is_some()
    }

    /// The earliest deadline.
    pub(in super::super) fn deadline(&self) -> Option<Stamp> {
        let constant = [self.timeout.deadline(), self.completed.deadline()];
        let constant = constant.into_iter().flatten();
        constant.chain(self.resend.deadline()).min()
    }

    /// Does what is due; `None` when nothing more is to be sent or said.
    pub(in super::super) fn expire(&mut self, now: Stamp) -> Option<Retransmit> {
        while let Some(id) = self.completed.expire(now) {
            self.rows.remove(&id);
        }
        while let Some(id) = self.timeout.expire(now) {
            if self.fail(id) {
                return Some(Retransmit::Timeout(id));
            }
        }
        while let Some((step, id)) = self.resend.expire(now) {
            match self.rows.get(&id) {
                Some(State::Trying(_)) => self.resend.again(now, step, id),
                Some(State::Proceeding(_)) => self.resend.longest(now, id),
                Some(State::Completed) | None => continue,
            }
            return Some(Retransmit::Again(id));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn id(unique: u64) -> ClientId {
        ClientId(Branch {
            partition: 1,
            unique,
        })
    }

    const fn at(millis: i64) -> Stamp {
        Stamp::from_millis(millis)
    }

    fn started(carrier: Carrier) -> Clients<()> {
        let mut clients = Clients::new(Timers::default(), 2);
        clients.start(at(0), id(1), ());
        clients.sent(at(0), id(1), carrier);
        clients
    }

    /// Runs until nothing is due any more; tells what came out and when.
    fn run(clients: &mut Clients<()>) -> Vec<(i64, Retransmit)> {
        let mut seen = Vec::new();
        while let Some(due) = clients.deadline() {
            while let Some(action) = clients.expire(due) {
                seen.push((due.millis(), action));
            }
        }
        seen
    }

    #[test]
    fn timer_e_doubles_to_t2_until_timer_f() {
        let seen = run(&mut started(Carrier::Udp));
        let again =
            |(at, action): &(i64, Retransmit)| (*action == Retransmit::Again(id(1))).then_some(*at);
        let sent: Vec<_> = seen.iter().filter_map(again).collect();
        let expected = [
            500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500,
        ];
        assert_eq!(sent, expected);
        assert_eq!(seen.last(), Some(&(32_000, Retransmit::Timeout(id(1)))));
        assert_eq!(seen.len(), 11);
    }

    #[test]
    fn nothing_is_sent_again_on_a_stream() {
        let seen = run(&mut started(Carrier::Tcp));
        assert_eq!(seen, [(32_000, Retransmit::Timeout(id(1)))]);
    }

    #[test]
    fn after_a_provisional_response_the_interval_is_t2() {
        let mut clients = started(Carrier::Udp);
        let received = clients.receive(at(100), id(1), 100, Carrier::Udp);
        assert_eq!(received, Received::Provisional);
        let sent: Vec<_> = run(&mut clients).iter().map(|(at, _)| *at).collect();
        assert_eq!(
            sent,
            [
                500, 4500, 8500, 12_500, 16_500, 20_500, 24_500, 28_500, 32_000
            ]
        );
    }

    #[test]
    fn timer_k_absorbs_copies_for_t4_on_datagrams_only() {
        let mut clients = started(Carrier::Udp);
        assert_eq!(
            clients.receive(at(10), id(1), 200, Carrier::Udp),
            Received::Final
        );
        assert_eq!(
            clients.receive(at(20), id(1), 200, Carrier::Udp),
            Received::Absorbed
        );
        assert_eq!(clients.expire(at(5009)), None);
        assert_eq!(clients.len(), 1);
        assert_eq!(clients.expire(at(5010)), None);
        assert_eq!(clients.len(), 0);
        assert_eq!(
            clients.receive(at(5010), id(1), 200, Carrier::Udp),
            Received::Stray
        );
        assert_eq!(run(&mut clients), []);

        let mut clients = started(Carrier::Tcp);
        assert_eq!(
            clients.receive(at(10), id(1), 200, Carrier::Tcp),
            Received::Final
        );
        assert_eq!(
            clients.receive(at(20), id(1), 200, Carrier::Tcp),
            Received::Stray
        );
    }

    #[test]
    fn the_limit_holds_and_a_branch_is_used_once() {
        let mut clients = started(Carrier::Udp);
        assert!(!clients.admits(id(1)));
        assert!(clients.admits(id(2)));
        clients.start(at(0), id(2), ());
        assert!(!clients.admits(id(3)));
        assert!(clients.fail(id(2)));
        assert!(!clients.fail(id(2)));
        assert!(clients.admits(id(3)));
    }
}
