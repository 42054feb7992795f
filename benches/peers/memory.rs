//! What a million idle presentities cost: seconds to provision them, octets of each with one packet
//! session, octets of each subscription.
//!
//! `cargo run --release --example memory [-- COUNT]` runs the whole gateway but for sockets and
//! disk: subscribers from CSV, an Accounting-Request (Start) each, a SUBSCRIBE each whose NOTIFYs
//! are answered. The clock is virtual and goes on until copies of requests need not be remembered
//! any longer. Memory is the resident set of the process.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    net::SocketAddr,
    time::{Duration, Instant},
};

use pengate::{
    agent::identity::read_subscribers,
    event::Source,
    feed::{Carrier, Channel, Chunk, Heading},
    gateway::{Effects, Gateway, Input, Options, Service},
    options::Network,
    pen::log::MemoryLog,
    server,
    session::sip::front::Listener,
};
use pengate_codecs::{
    Stamp,
    radius::Secret,
    sip::{Framing, Message, Name},
};
use request::Request;

#[path = "request.rs"]
mod request;

const COUNT: u32 = 1_000_000;
/// Inputs of one step, as many as a socket is read for at once.
const BATCH: u32 = 64;
/// 2026-03-01T10:15:30Z.
const BEGIN: i64 = 1_772_360_130;
/// What passes between two steps: 3200 requests a second.
const PACE: Duration = Duration::from_millis(20);
/// Longer than answers and transactions are kept for copies of their requests.
const REST: Duration = Duration::from_secs(70);

struct Run {
    gateway: Gateway<MemoryLog>,
    effects: Effects,
    now: Stamp,
    radius: Channel,
    sip: Channel,
    answers: Vec<Vec<u8>>,
    /// Answers with a status of success, and NOTIFYs.
    accepted: u32,
    notified: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let count: u32 = env::args()
        .nth(1)
        .map_or(Ok(COUNT), |count| count.parse())?;
    let mut run = Run::new()?;
    let csv = subscribers(count)?;
    let (empty, begun) = (resident()?, Instant::now());
    read_subscribers(csv.as_bytes(), |row| {
        if let Ok(subscriber) = row {
            run.gateway.provision(&subscriber);
        }
    })?;
    let took = begun.elapsed();
    drop(csv);
    let provisioned = resident()?;
    run.sessions(count)?;
    let idle = resident()?;
    let sessions = run.accepted;
    run.subscribe(count)?;
    let watched = resident()?;
    let subscriptions = run.accepted - sessions;
    println!(
        "{count} subscribers provisioned in {:.2} s",
        took.as_secs_f64()
    );
    let each = |from: u64, to: u64, of: u32| to.saturating_sub(from) / u64::from(of.max(1));
    println!(
        "{:>6} octets a provisioned subscriber",
        each(empty, provisioned, count)
    );
    println!(
        "{:>6} octets more a presentity with one session ({sessions} answered)",
        each(provisioned, idle, sessions)
    );
    println!(
        "{:>6} octets more a subscription ({subscriptions} accepted, {} NOTIFYs)",
        each(idle, watched, subscriptions),
        run.notified
    );
    println!("{:>6} MiB in all", watched >> 20);
    Ok(())
}

impl Run {
    fn new() -> Result<Self, Box<dyn Error>> {
        let channel = |local: u16, peer: u16| Channel {
            carrier: Carrier::Udp,
            local: SocketAddr::from(([127, 0, 0, 1], local)),
            peer: SocketAddr::from(([127, 0, 0, 1], peer)),
        };
        let (radius, sip) = (channel(1813, 20_000), channel(5060, 5070));
        let options = Options {
            listeners: vec![Listener {
                carrier: Carrier::Udp,
                local: sip.local,
                sent_by: sip.local.to_string(),
            }],
            server: server::Options {
                domains: vec!["ims.example".to_owned()],
                ..server::Options::default()
            },
            ..Options::default()
        };
        let loopback: Network = "127.0.0.0/8".parse()?;
        let clients = [(loopback, Secret::from("testing123"))];
        let clients = clients.into_iter().collect();
        Ok(Self {
            gateway: Gateway::new(options, clients, MemoryLog::transient()),
            effects: Effects::default(),
            now: Stamp::from_secs(BEGIN),
            radius,
            sip,
            answers: Vec::new(),
            accepted: 0,
            notified: 0,
        })
    }

    /// A session each.
    fn sessions(&mut self, count: u32) -> Result<(), Box<dyn Error>> {
        let secret = Secret::from("testing123");
        let mut requests: Vec<Vec<u8>> = vec![Vec::new(); usize::try_from(BATCH)?];
        for first in (0..count).step_by(usize::try_from(BATCH)?) {
            for (number, octets) in (first..count).zip(&mut requests) {
                octets.clear();
                let request = Request {
                    number: number * 3,
                    subscribers: count,
                    at: u32::try_from(BEGIN)?,
                    identifier: u8::try_from(number % 256)?,
                };
                request.encode(&secret, octets)?;
            }
            // The identifiers come around: then the requests come from another port.
            self.radius
                .peer
                .set_port(20_000 + u16::try_from(first / 256 % 16_384)?);
            let service = Service::Radius(Source::Pk);
            let filled = usize::try_from(BATCH.min(count - first))?;
            self.step(service, self.radius, &requests[..filled])?;
        }
        self.rest()
    }

    /// A subscription each.
    fn subscribe(&mut self, count: u32) -> Result<(), Box<dyn Error>> {
        let mut requests: Vec<Vec<u8>> = Vec::new();
        for first in (0..count).step_by(usize::try_from(BATCH)?) {
            requests.clear();
            let last = count.min(first + BATCH);
            requests.extend((first..last).map(|number| subscription(number + 1).into_bytes()));
            self.step(Service::Sip, self.sip, &requests)?;
        }
        self.rest()
    }

    fn step(
        &mut self,
        service: Service,
        channel: Channel,
        octets: &[Vec<u8>],
    ) -> Result<(), Box<dyn Error>> {
        self.now = self.now + PACE;
        self.take(service, channel, octets)?;
        while !self.answers.is_empty() {
            let answers = std::mem::take(&mut self.answers);
            self.take(Service::Sip, self.sip, &answers)?;
        }
        Ok(())
    }

    fn take(
        &mut self,
        service: Service,
        channel: Channel,
        octets: &[Vec<u8>],
    ) -> Result<(), Box<dyn Error>> {
        let input = |bytes| {
            let chunk = Chunk {
                at: self.now,
                channel,
                heading: Heading::In,
                bytes,
            };
            Input::Chunk(service, chunk)
        };
        let inputs: Vec<Input<'_>> = octets.iter().map(|octets| input(octets)).collect();
        self.effects.clear();
        self.gateway.step(self.now, &inputs, &mut self.effects);
        for (channel, octets) in self.effects.sends() {
            if channel.local.port() == self.radius.local.port() {
                self.accepted += 1;
                continue;
            }
            let message = Message::decode(octets, Framing::Datagram)?;
            match message.response() {
                Some(response) => self.accepted += u32::from(response.status == 200),
                None => {
                    self.notified += 1;
                    self.answers.push(answer(&message)?);
                }
            }
        }
        Ok(())
    }

    /// Time passes without input.
    fn rest(&mut self) -> Result<(), Box<dyn Error>> {
        let end = self.now + REST;
        while let Some(due) = self.gateway.deadline().filter(|due| *due < end) {
            self.now = self.now.max(due);
            self.take(Service::Sip, self.sip, &[])?;
        }
        self.now = end;
        self.step(Service::Sip, self.sip, &[])
    }
}

/// 200 to a NOTIFY.
fn answer(request: &Message<'_>) -> Result<Vec<u8>, Box<dyn Error>> {
    let mut text = String::from("SIP/2.0 200 OK\r\n");
    for (name, label) in [
        (Name::Via, "Via"),
        (Name::From, "From"),
        (Name::To, "To"),
        (Name::CallId, "Call-ID"),
        (Name::CSeq, "CSeq"),
    ] {
        let field = request.field(name).ok_or(label)?;
        write!(text, "{label}: {}\r\n", field.text()?)?;
    }
    text.push_str("Content-Length: 0\r\n\r\n");
    Ok(text.into_bytes())
}

fn subscription(user: u32) -> String {
    format!(
        "SUBSCRIBE sip:user{user}@ims.example SIP/2.0\r\n\
         Via: SIP/2.0/UDP 127.0.0.1:5070;branch=z9hG4bKs{user}\r\n\
         From: <sip:watcher{user}@ims.example>;tag=w{user}\r\n\
         To: <sip:user{user}@ims.example>\r\n\
         Call-ID: {user}@127.0.0.1\r\nCSeq: 1 SUBSCRIBE\r\nMax-Forwards: 70\r\n\
         Contact: <sip:watcher{user}@127.0.0.1:5070>\r\nEvent: presence\r\n\
         Accept: application/pidf+xml\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n"
    )
}

fn subscribers(count: u32) -> Result<String, Box<dyn Error>> {
    let mut csv = String::from("imsi,msisdn,uris\n");
    for user in 1..=count {
        writeln!(
            csv,
            "00101{user:010},999{user:08},sip:user{user}@ims.example"
        )?;
    }
    Ok(csv)
}

/// Octets of memory that the process has now.
fn resident() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kibibytes: u64 = line
        .and_then(|line| line.split_whitespace().next())
        .ok_or("no VmRSS")?
        .parse()?;
    Ok(kibibytes * 1024)
}
