//! `pengate watch`: a SIP watcher for people.

mod readable;
mod subscription;
mod transport;

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, IsTerminal, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::RecvTimeoutError,
    },
    thread,
    time::Duration,
};

use clap::Args;
use pengate_codecs::{Stamp, sip::Uri};

use self::{
    readable::readable,
    subscription::{Notified, Output, Subscription, Terms},
    transport::{Arrival, Back, Transport},
};
use super::{Common, Failure, Outcome};
use crate::{io::clock::Clock, options::duration};

/// Watch a presentity over SIP and show each NOTIFY.
///
/// Subscribes to `Event: presence` (RFC 3856) as any watcher does, refreshes in time, and ends the
/// subscription at Ctrl-C.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pengate watch sip:alice@ims.example
  pengate watch sip:alice@ims.example --raw --count 1
  pengate watch sip:bob@ims.example --server '[::1]:5060' --tcp --as sip:alice@ims.example

Exit code 1 when the subscription is refused or the server does not answer.")]
pub struct Watch {
    /// The presentity.
    #[arg(value_name = "URI")]
    pub uri: String,
    /// The presence server.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5060")]
    pub server: SocketAddr,
    /// Who watches.
    #[arg(
        long = "as",
        value_name = "URI",
        default_value = "sip:watcher@ims.example"
    )]
    pub watcher: String,
    /// Show the document as it came instead of a readable form.
    #[arg(long)]
    pub raw: bool,
    /// Use TCP instead of UDP.
    #[arg(long)]
    pub tcp: bool,
    /// How long the subscription lasts before it is refreshed; 0s fetches the document once.
    #[arg(long, value_name = "SPAN", default_value = "1h", value_parser = span)]
    pub expires: Duration,
    /// End after this many NOTIFYs.
    #[arg(long, value_name = "N")]
    pub count: Option<u64>,
}

fn span(text: &str) -> Result<Duration, &'static str> {
    duration::parse(text).ok_or("a whole number with ms, s, m, h or d is allowed, such as 30s")
}

/// How long we may be deaf for Ctrl-C.
const PATIENCE: Duration = Duration::from_millis(100);

/// # Errors
/// [`Failure::Input`] when the server refuses or does not answer.
pub(super) fn watch(_common: &Common, arguments: &Watch) -> Outcome {
    for uri in [&arguments.uri, &arguments.watcher] {
        Uri::parse(uri).map_err(|error| Failure::Usage(format!("{uri}: {error}")))?;
    }
    let unreachable = |error| Failure::Input(format!("{}: {error}", arguments.server));
    let interrupted = interrupts().map_err(|error| Failure::Usage(error.to_string()))?;
    let transport = Transport::open(arguments.server, arguments.tcp).map_err(unreachable)?;
    let clock = Clock::default();
    let terms = Terms {
        presentity: arguments.uri.clone(),
        watcher: arguments.watcher.clone(),
        local: transport.local(),
        tcp: arguments.tcp,
        expires: arguments.expires,
        seed: RandomState::new().build_hasher().finish(),
    };
    let mut session = Session {
        arguments,
        subscription: Subscription::new(terms, clock.now()),
        transport,
        back: None,
        shown: 0,
    };
    loop {
        let now = clock.now();
        if interrupted.swap(false, Ordering::Relaxed) {
            session.subscription.leave(now);
        }
        session.subscription.due(now);
        if session.act(now)? {
            return Ok(());
        }
        let until = session.subscription.deadline().unwrap_or(Stamp::MAX);
        match session
            .transport
            .arrivals()
            .recv_timeout(until.since(now).min(PATIENCE))
        {
            Ok(Arrival::Message {
                octets,
                source,
                back,
            }) => {
                session.back = Some(back);
                session.subscription.receive(clock.now(), &octets, source);
            }
            Ok(Arrival::Closed) | Err(RecvTimeoutError::Disconnected) => {
                session.subscription.disconnected();
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Set at Ctrl-C.
fn interrupts() -> io::Result<Arc<AtomicBool>> {
    let flag = Arc::new(AtomicBool::new(false));
    let set = Arc::clone(&flag);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    thread::Builder::new()
        .name("interrupts".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                while tokio::signal::ctrl_c().await.is_ok() {
                    // Whoever is still here when told again wants to be gone.
                    if set.swap(true, Ordering::Relaxed) {
                        std::process::exit(1);
                    }
                }
            });
        })?;
    Ok(flag)
}

struct Session<'a> {
    arguments: &'a Watch,
    subscription: Subscription,
    transport: Transport,
    /// The way back to whoever sent the last message.
    back: Option<Back>,
    /// How many NOTIFYs were shown.
    shown: u64,
}

impl Session<'_> {
    /// Does what the subscription wants; true when it is over.
    fn act(&mut self, now: Stamp) -> Result<bool, Failure> {
        while let Some(output) = self.subscription.poll() {
            match output {
                Output::Request(octets) => self.transport.send(&octets).map_err(|error| {
                    Failure::Input(format!("{}: {error}", self.arguments.server))
                })?,
                // An answer that cannot be sent is asked for again.
                Output::Answer(to, octets) => {
                    if let Some(back) = &self.back {
                        let _ = self.transport.answer(back, to, &octets);
                    }
                }
                Output::Notified(notified) => {
                    let count = self.arguments.count;
                    if count.is_none_or(|count| self.shown < count) {
                        self.shown += 1;
                        if let Err(error) = show(&notified, self.arguments.raw, now) {
                            // Whoever read us has seen enough.
                            eprintln!("standard output: {error}");
                            self.subscription.leave(now);
                        }
                    }
                    if count.is_some_and(|count| self.shown >= count) {
                        self.subscription.leave(now);
                    }
                }
                Output::Note(note) => eprintln!("{note}"),
                Output::Over(Ok(())) => return Ok(true),
                Output::Over(Err(reason)) => {
                    let Watch { uri, server, .. } = self.arguments;
                    return Err(Failure::Input(format!("{uri} at {server}: {reason}")));
                }
            }
        }
        Ok(false)
    }
}

/// Prints a NOTIFY: raw bodies alone on standard output, so that they can be piped on.
fn show(notified: &Notified, raw: bool, now: Stamp) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let state = harmless(&notified.state);
    let body = String::from_utf8_lossy(&notified.body);
    let is_pidf = notified
        .content_type
        .as_ref()
        .is_some_and(|media| media.eq_ignore_ascii_case("application/pidf+xml"));
    if raw {
        eprintln!("{} {state}", now.to_millis());
        if out.is_terminal() {
            writeln!(out, "{}", harmless(&body))?;
        } else {
            out.write_all(&notified.body)?;
            writeln!(out)?;
        }
        return out.flush();
    }
    writeln!(out, "{} {state}", now.to_millis())?;
    match readable(&body) {
        _ if body.is_empty() => writeln!(out, "  no document")?,
        Ok(text) if is_pidf => out.write_all(text.as_bytes())?,
        Err(error) if is_pidf => writeln!(out, "  {error}\n{}", harmless(&body))?,
        _ => writeln!(out, "{}", harmless(&body))?,
    }
    out.flush()
}

/// Without what could speak to the terminal.
fn harmless(text: &str) -> String {
    text.chars()
        .filter(|char| !char.is_control() || matches!(char, '\n' | '\t'))
        .collect()
}
