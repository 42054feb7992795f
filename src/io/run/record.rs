//! `--record`: what arrived and what left, as pcapng that replays exactly.

use std::{fs::File, io::BufWriter, net::SocketAddr, path::Path};

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
        let listeners = listeners
            .iter()
            .map(|(service, local)| Mark::Listener(*service, *local));
        for mark in std::iter::once(Mark::Seed(seed)).chain(listeners) {
            recorder.marker(now, mark.to_string().as_bytes())?;
        }
        Ok(Self {
            recorder: Some(recorder),
        })
    }

    /// Inputs are about to be handed to the gateway.
    pub fn arrived(&mut self, now: Stamp, inputs: &[Input<'_>]) {
        for input in inputs {
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
