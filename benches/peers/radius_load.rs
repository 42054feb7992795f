//! Sends Accounting-Requests and counts what is answered, in a closed loop: every answer lets the
//! next request go.
//!
//! `cargo run --release --example radius_load -- TARGET [SECONDS [SOURCES [WINDOW [SUBSCRIBERS]]]]`
//!
//! Every source is a socket with a port and a thread of its own, and has up to WINDOW requests
//! outstanding (256 at most, RFC 2865 clause 3). A request that is not answered within a second is
//! sent again, as it was. One JSON line tells the result; the rate is that of
//! answers within SECONDS, latencies count from the first sending.

use std::{
    env,
    error::Error,
    io::{self, ErrorKind},
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use pengate_codecs::radius::{Code, Packet, Secret};
use request::Request;

#[path = "request.rs"]
mod request;

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often it is looked for requests without an answer.
const LOOK: Duration = Duration::from_millis(100);
/// Requests that one source may send: so far apart do their numbers begin.
const NUMBERS: u32 = 3 * (1 << 25);

type Failure = Box<dyn Error + Send + Sync>;

#[derive(Clone, Copy)]
struct Plan {
    target: SocketAddr,
    lasting: Duration,
    window: usize,
    subscribers: u32,
}

/// A request that has no answer yet.
struct Open {
    octets: Vec<u8>,
    first: Instant,
    last: Instant,
}

#[derive(Default)]
struct Tally {
    sent: u64,
    again: u64,
    unexpected: u64,
    /// Answers that came before the end of the time given.
    in_time: u64,
    latencies: Vec<u32>,
}

struct Sender {
    socket: UdpSocket,
    plan: Plan,
    secret: Secret,
    open: Vec<Option<Open>>,
    spare: Vec<Vec<u8>>,
    outstanding: usize,
    identifier: u8,
    number: u32,
    tally: Tally,
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let number = |at: usize, default: u32| {
        let given = arguments.get(at).map(|text| text.parse::<u32>());
        given.unwrap_or(Ok(default))
    };
    let target = arguments.first().ok_or("TARGET")?.parse()?;
    let plan = Plan {
        target,
        lasting: Duration::from_secs(number(1, 5)?.into()),
        window: usize::try_from(number(3, 64)?.clamp(1, 256))?,
        subscribers: number(4, 10_000)?.max(1),
    };
    let sources = number(2, 4)?.clamp(1, 40);
    let begun = Instant::now();
    let senders = (0..sources).map(|source| {
        thread::spawn(move || -> Result<Tally, Failure> {
            let mut sender = Sender::new(plan, source * NUMBERS)?;
            sender.run(begun + plan.lasting)?;
            Ok(sender.tally)
        })
    });
    let mut total = Tally::default();
    for sender in senders.collect::<Vec<_>>() {
        let tally = sender.join().map_err(|_| "a sender ended early")??;
        total.sent += tally.sent;
        total.again += tally.again;
        total.unexpected += tally.unexpected;
        total.in_time += tally.in_time;
        total.latencies.extend(tally.latencies);
    }
    total.tell(plan.lasting);
    Ok(())
}

impl Sender {
    fn new(plan: Plan, number: u32) -> Result<Self, Failure> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(plan.target)?;
        socket.set_read_timeout(Some(LOOK))?;
        Ok(Self {
            socket,
            plan,
            secret: Secret::from("testing123"),
            open: (0..256).map(|_| None).collect(),
            spare: Vec::new(),
            outstanding: 0,
            identifier: 0,
            number,
            tally: Tally::default(),
        })
    }

    /// Until `end`, then until everything is answered or another `PATIENCE` is over.
    fn run(&mut self, end: Instant) -> Result<(), Failure> {
        let mut look = Instant::now() + LOOK;
        loop {
            let now = Instant::now();
            if now < end {
                self.fill(now)?;
            } else if self.outstanding == 0 || now > end + PATIENCE {
                return Ok(());
            }
            let before = self.tally.latencies.len();
            self.take()?;
            if Instant::now() < end {
                let answered = self.tally.latencies.len() - before;
                self.tally.in_time += u64::try_from(answered)?;
            }
            if now > look {
                self.send_again(now)?;
                look = now + LOOK;
            }
        }
    }

    fn fill(&mut self, now: Instant) -> Result<(), Failure> {
        let at = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
        while self.outstanding < self.plan.window {
            while self.open[usize::from(self.identifier)].is_some() {
                self.identifier = self.identifier.wrapping_add(1);
            }
            let mut octets = self.spare.pop().unwrap_or_default();
            octets.clear();
            let request = Request {
                number: self.number,
                subscribers: self.plan.subscribers,
                at: u32::try_from(at)?,
                identifier: self.identifier,
            };
            request.encode(&self.secret, &mut octets)?;
            send(&self.socket, &octets)?;
            self.open[usize::from(self.identifier)] = Some(Open {
                octets,
                first: now,
                last: now,
            });
            self.number += 1;
            self.identifier = self.identifier.wrapping_add(1);
            self.outstanding += 1;
            self.tally.sent += 1;
        }
        Ok(())
    }

    /// Waits for an answer, then takes all there are.
    fn take(&mut self) -> Result<(), Failure> {
        let mut octets = [0; 4096];
        self.socket.set_nonblocking(false)?;
        let mut received = self.socket.recv(&mut octets);
        self.socket.set_nonblocking(true)?;
        let now = Instant::now();
        loop {
            match received {
                Ok(length) => self.answered(now, &octets[..length]),
                Err(error) if is_nothing(&error) => break,
                Err(error) => return Err(error.into()),
            }
            received = self.socket.recv(&mut octets);
        }
        Ok(())
    }

    fn answered(&mut self, now: Instant, octets: &[u8]) {
        let answer = Packet::decode(octets).ok();
        let answer = answer.filter(|packet| packet.code() == Code::AccountingResponse);
        let open = answer.and_then(|packet| self.open[usize::from(packet.identifier())].take());
        let Some(open) = open else {
            self.tally.unexpected += 1;
            return;
        };
        self.outstanding -= 1;
        let waited = now.duration_since(open.first).as_micros();
        let waited = u32::try_from(waited).unwrap_or(u32::MAX);
        self.tally.latencies.push(waited);
        self.spare.push(open.octets);
    }

    fn send_again(&mut self, now: Instant) -> io::Result<()> {
        for open in self.open.iter_mut().flatten() {
            if now.duration_since(open.last) > PATIENCE {
                open.last = now;
                self.tally.again += 1;
                send(&self.socket, &open.octets)?;
            }
        }
        Ok(())
    }
}

/// Sends; what the system has no room for is lost as on any network.
fn send(socket: &UdpSocket, octets: &[u8]) -> io::Result<()> {
    match socket.send(octets) {
        Err(error) if !is_nothing(&error) => Err(error),
        _ => Ok(()),
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::ConnectionRefused
    )
}

impl Tally {
    fn tell(mut self, lasting: Duration) {
        self.latencies.sort_unstable();
        let answered = self.latencies.len();
        let quantile = |thousandths: usize| {
            let at = answered.saturating_sub(1) * thousandths / 1000;
            self.latencies.get(at).copied().unwrap_or_default()
        };
        let (half, most, worst) = (quantile(500), quantile(990), quantile(1000));
        let rate = self.in_time / lasting.as_secs().max(1);
        println!(
            "{{\"sent\":{},\"answered\":{answered},\"rate\":{rate},\"retransmissions\":{},\
             \"unexpected\":{},\"p50_us\":{half},\"p99_us\":{most},\"max_us\":{worst}}}",
            self.sent, self.again, self.unexpected,
        );
    }
}
