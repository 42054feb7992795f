//! Client transactions of requests other than INVITE (RFC 3261 clause 17.1.2).

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};
use pengate_codecs::Stamp;

use super::Timers;
use super::queue::{Backoff, Queue};
use crate::feed::Carrier;
use crate::session::sip::Branch;

/// A request of ours that waits for its final response, named by its branch.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClientId(pub Branch);

/// Hashes a [`ClientId`] for tables: our own random number is as good as any digest of it. Nobody
/// else chooses what gets into a table, and a guess of theirs only fails to be found.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientIdHasher(u64);

/// What builds a `ClientIdHasher`.
pub type BuildClientIdHasher = BuildHasherDefault<ClientIdHasher>;

impl Hasher for ClientIdHasher {
    fn write(&mut self, octets: &[u8]) {
        for octet in octets {
            self.0 = self.0.rotate_left(8) ^ u64::from(*octet);
        }
    }

    /// The partition: the random number tells requests apart without it.
    fn write_u16(&mut self, _: u16) {}

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// Gives back most of the memory of a table that a burst has made large, so that its few rows lie
/// close together again.
pub fn tighten<V>(table: &mut HashMap<ClientId, V, BuildClientIdHasher>) {
    const ROWS: usize = 512;
    if table.capacity() > ROWS && table.len() < table.capacity() / 16 {
        table.shrink_to(ROWS.max(table.len() * 4));
    }
}

/// What a response is to the transactions there are.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Received<R> {
    /// A provisional response: the request goes on, and is sent again less often.
    Provisional,
    /// The final response, for the room; with what the front kept of the request.
    Final(R),
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
///
/// Those that wait for a response are few and looked up often; those that only absorb copies of one
/// are many and hardly ever are. Each kind has its table, so that the first stays in the cache.
#[derive(Clone, Debug)]
pub(in super::super) struct Clients<R> {
    max: usize,
    open: HashMap<ClientId, Open<R>, BuildClientIdHasher>,
    /// Answered; timer K runs. They are many, so only their random numbers are kept.
    completed: HashSet<u64, BuildClientIdHasher>,
    /// Timer E.
    resend: Backoff<ClientId>,
    /// Timer F of what went over a stream, or waits to.
    timeout: Queue<ClientId>,
    /// Timer F of datagrams: armed when timer E fires for the first time, which it seldom does.
    timeout_again: Queue<ClientId>,
    /// Timer K.
    absorb: Queue<u64>,
}

#[derive(Clone, Debug)]
struct Open<R> {
    request: R,
    started: Stamp,
    /// Trying or Proceeding.
    is_proceeding: bool,
    /// Whether timer F is armed.
    is_limited: bool,
}

impl<R> Clients<R> {
    pub(in super::super) fn new(timers: Timers, max: usize) -> Self {
        Self {
            max,
            open: HashMap::default(),
            completed: HashSet::default(),
            resend: Backoff::new(timers.t1, timers.t2),
            timeout: Queue::new(timers.transaction()),
            timeout_again: Queue::new(timers.transaction()),
            absorb: Queue::new(timers.t4),
        }
    }

    /// How many there are, those that only absorb copies included.
    pub(in super::super) fn len(&self) -> usize {
        self.open.len() + self.completed.len()
    }

    /// Whether there is room for another, and no open one has this number.
    pub(in super::super) fn admits(&self, id: ClientId) -> bool {
        self.len() < self.max && !self.open.contains_key(&id)
    }

    /// Starts a transaction that goes out as a datagram at once.
    pub(in super::super) fn start_datagram(&mut self, now: Stamp, id: ClientId, request: R) {
        self.insert(now, id, request, false);
        self.resend.arm(now, id);
    }

    /// Starts a transaction; timer E waits for [`Clients::sent`].
    pub(in super::super) fn start(&mut self, now: Stamp, id: ClientId, request: R) {
        self.insert(now, id, request, true);
        self.timeout.arm(now, id);
    }

    fn insert(&mut self, started: Stamp, id: ClientId, request: R, is_limited: bool) {
        let open = Open {
            request,
            started,
            is_proceeding: false,
            is_limited,
        };
        self.open.insert(id, open);
    }

    /// The request went out. What may get lost is sent again.
    pub(in super::super) fn sent(&mut self, now: Stamp, id: ClientId, carrier: Carrier) {
        if carrier == Carrier::Udp {
            self.resend.arm(now, id);
        }
    }

    /// The request, while it waits.
    pub(in super::super) fn request_mut(&mut self, id: ClientId) -> Option<&mut R> {
        self.open.get_mut(&id).map(|open| &mut open.request)
    }

    /// A response arrived, which `fits` its request or is a stray. A final one keeps the
    /// transaction for timer K on datagrams.
    pub(in super::super) fn receive(
        &mut self,
        now: Stamp,
        id: ClientId,
        status: u16,
        carrier: Carrier,
        fits: impl FnOnce(&R) -> bool,
    ) -> Received<R> {
        let Entry::Occupied(mut open) = self.open.entry(id) else {
            let is_copy = self.completed.contains(&id.0.unique);
            return if is_copy {
                Received::Absorbed
            } else {
                Received::Stray
            };
        };
        if !fits(&open.get().request) {
            return Received::Stray;
        }
        if status < 200 {
            open.get_mut().is_proceeding = true;
            return Received::Provisional;
        }
        let request = open.remove().request;
        if carrier == Carrier::Udp {
            self.completed.insert(id.0.unique);
            self.absorb.arm(now, id.0.unique);
        }
        Received::Final(request)
    }

    /// The request cannot be delivered: the transaction is over. False when it was already.
    pub(in super::super) fn fail(&mut self, id: ClientId) -> bool {
        self.open.remove(&id).is_some()
    }

    /// The earliest deadline.
    pub(in super::super) fn deadline(&self) -> Option<Stamp> {
        let deadlines = [
            self.timeout.deadline(),
            self.timeout_again.deadline(),
            self.absorb.deadline(),
            self.resend.deadline(),
        ];
        deadlines.into_iter().flatten().min()
    }

    /// Does what is due; `None` when nothing more is to be sent or said.
    pub(in super::super) fn expire(&mut self, now: Stamp) -> Option<Retransmit> {
        tighten(&mut self.open);
        while let Some(unique) = self.absorb.expire(now) {
            self.completed.remove(&unique);
        }
        loop {
            let late = self.timeout.expire(now);
            let Some(id) = late.or_else(|| self.timeout_again.expire(now)) else {
                break;
            };
            if self.fail(id) {
                return Some(Retransmit::Timeout(id));
            }
        }
        while let Some((step, id)) = self.resend.expire(now) {
            let Some(open) = self.open.get_mut(&id) else {
                continue;
            };
            if !open.is_limited {
                open.is_limited = true;
                self.timeout_again.arm(open.started, id);
                if self.timeout_again.expire(now).is_some() {
                    // Nobody looked at the clock for so long that it is too late already.
                    self.open.remove(&id);
                    return Some(Retransmit::Timeout(id));
                }
            }
            if open.is_proceeding {
                self.resend.longest(now, id);
            } else {
                self.resend.again(now, step, id);
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
        if carrier == Carrier::Udp {
            clients.start_datagram(at(0), id(1), ());
        } else {
            clients.start(at(0), id(1), ());
            clients.sent(at(0), id(1), carrier);
        }
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
        let received = clients.receive(at(100), id(1), 100, Carrier::Udp, |()| true);
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
            clients.receive(at(10), id(1), 200, Carrier::Udp, |()| true),
            Received::Final(())
        );
        assert_eq!(
            clients.receive(at(20), id(1), 200, Carrier::Udp, |()| true),
            Received::Absorbed
        );
        assert_eq!(clients.expire(at(5009)), None);
        assert_eq!(clients.len(), 1);
        assert_eq!(clients.expire(at(5010)), None);
        assert_eq!(clients.len(), 0);
        assert_eq!(
            clients.receive(at(5010), id(1), 200, Carrier::Udp, |()| true),
            Received::Stray
        );
        assert_eq!(run(&mut clients), []);

        let mut clients = started(Carrier::Tcp);
        assert_eq!(
            clients.receive(at(10), id(1), 200, Carrier::Tcp, |()| true),
            Received::Final(())
        );
        assert_eq!(
            clients.receive(at(20), id(1), 200, Carrier::Tcp, |()| true),
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

    #[test]
    fn a_datagram_over_a_connection_that_was_refused_times_out_once() {
        let mut clients = Clients::new(Timers::default(), 2);
        clients.start(at(0), id(1), ());
        clients.sent(at(2000), id(1), Carrier::Udp);
        let seen = run(&mut clients);
        assert_eq!(seen[0], (2500, Retransmit::Again(id(1))));
        let timeouts = seen
            .iter()
            .filter(|(_, action)| *action == Retransmit::Timeout(id(1)));
        assert!(timeouts.eq(&[(32_000, Retransmit::Timeout(id(1)))]));
    }

    #[test]
    fn after_a_long_sleep_a_request_times_out_without_being_sent_again() {
        let mut clients = started(Carrier::Udp);
        assert_eq!(clients.expire(at(40_000)), Some(Retransmit::Timeout(id(1))));
        assert_eq!(clients.expire(at(40_000)), None);
        assert_eq!(clients.len(), 0);
    }

    #[test]
    fn after_a_burst_the_table_of_open_transactions_is_small_again() {
        let mut clients = Clients::new(Timers::default(), 10_000);
        for unique in 0..10_000 {
            clients.start_datagram(at(0), id(unique), ());
        }
        let large = clients.open.capacity();
        for unique in 100..10_000 {
            clients.receive(at(1), id(unique), 200, Carrier::Udp, |()| true);
        }
        assert_eq!(clients.expire(at(2)), None);
        assert!(clients.open.capacity() < large / 8);
        assert!((0..100).all(|unique| clients.request_mut(id(unique)).is_some()));
    }

    #[test]
    fn a_response_that_does_not_fit_its_request_changes_nothing() {
        let mut clients = started(Carrier::Udp);
        let received = clients.receive(at(10), id(1), 200, Carrier::Udp, |()| false);
        assert_eq!(received, Received::Stray);
        assert!(clients.request_mut(id(1)).is_some());
    }
}
