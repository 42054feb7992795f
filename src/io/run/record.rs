//! `--record`: what arrived and what left, as pcapng that replays exactly.

use std::{
    fs::File,
    io::BufWriter,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use pengate_codecs::Stamp;
use tracing::error;

use crate::{
    feed::{
        Chunk, Heading,
        capture::{Payload, Recorder},
    },
    gateway::{Effects, Input, Service},
    replay::Mark,
};

/// A recording under way. It ends at the first error: the gateway goes on without it.
pub(super) struct Recording {
    recorder: Option<Recorder<BufWriter<File>>>,
    /// Where we listen: whom octets are for that came elsewhere is noted with their connection.
    listeners: Vec<SocketAddr>,
}

impl Recording {
    /// Begins a recording; the seed of the gateway is its first mark, then come its listeners.
    pub fn begin(
        path: &Path,
        now: Stamp,
        seed: u64,
        listeners: &[(Service, SocketAddr)],
    ) -> std::io::Result<Self> {
        let mut recorder = Recorder::new(BufWriter::new(File::create(path)?))?;
        let marks = listeners
            .iter()
            .map(|(service, local)| Mark::Listener(*service, *local));
        for mark in std::iter::once(Mark::Seed(seed)).chain(marks) {
            recorder.marker(now, mark.to_string().as_bytes())?;
        }
        Ok(Self {
            recorder: Some(recorder),
            listeners: listeners.iter().map(|(_, local)| *local).collect(),
        })
    }

    /// Inputs are about to be handed to the gateway.
    pub fn arrived(&mut self, now: Stamp, inputs: &[Input<'_>]) {
        for input in inputs {
            if let Input::Up(service, channel) = input {
                self.note(now, *service, channel.local);
            }
            self.write(|recorder| match input {
                Input::Chunk(_, chunk) => recorder.chunk(chunk),
                Input::Up(service, channel) => {
                    recorder.up(now, *channel, Heading::In)?;
                    recorder.speaks(*channel, payload(*service));
                    Ok(())
                }
                Input::Down(_, channel) => recorder.down(now, *channel),
                Input::Refused(service, peer) => {
                    let mark = Mark::Refused(*service, *peer).to_string();
                    recorder.marker(now, mark.as_bytes())
                }
            });
        }
    }

    /// Notes whom a connection of our own is for; one to an address where we listen tells by itself,
    /// and so does SIP.
    fn note(&mut self, now: Stamp, service: Service, local: SocketAddr) {
        let any = SocketAddr::new(unspecified(local), local.port());
        let is_told = [local, any].iter().any(|at| self.listeners.contains(at));
        if service != Service::Sip && !is_told {
            let mark = Mark::Listener(service, local).to_string();
            self.write(|recorder| recorder.marker(now, mark.as_bytes()));
        }
    }

    /// The gateway is about to send.
    pub fn left(&mut self, now: Stamp, effects: &Effects) {
        for (channel, bytes) in effects.sends() {
            let chunk = Chunk {
                at: now,
                channel,
                heading: Heading::Out,
                bytes,
            };
            self.write(|recorder| recorder.chunk(&chunk));
        }
    }

    /// Hands everything to the system.
    pub fn flush(&mut self) {
        self.write(Recorder::flush);
    }

    fn write(&mut self, what: impl FnOnce(&mut Recorder<BufWriter<File>>) -> std::io::Result<()>) {
        let Some(recorder) = self.recorder.as_mut() else {
            return;
        };
        if let Err(error) = what(recorder) {
            error!(%error, "The recording ended.");
            self.recorder = None;
        }
    }
}

/// What the associations of a service speak; the others have none.
const fn payload(service: Service) -> Payload {
    match service {
        Service::Diameter(_) => Payload::Diameter,
        _ => Payload::M3ua,
    }
}

const fn unspecified(like: SocketAddr) -> IpAddr {
    match like {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    }
}
