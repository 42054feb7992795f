//! The agent's side of a step: what is for its rooms, and what they have to say.

use pengate_codecs::{
    Stamp,
    sip::{Message, Method},
};
use smallvec::SmallVec;

use super::{Effects, FeedHost, Gateway, Intake, Service};
use crate::{
    agent::room::{Fault, Input, Request},
    event::Source,
    feed::Chunk,
    pen::log::Log,
};

impl<L: Log> Gateway<L> {
    pub(super) fn take_sip_chunk(&mut self, now: Stamp, chunk: &Chunk<'_>, effects: &mut Effects) {
        let Self {
            front,
            front_out,
            feeds,
            staged,
            harvest,
            room_out,
            shard,
            shard_out,
            log,
            ..
        } = self;
        let mut is_told = false;
        front.receive_for(chunk, front_out, |arrived, _| {
            let (transaction, channel) = (arrived.transaction, arrived.channel);
            let message = arrived.message;
            if !is_for_agent(message) {
                return shard.request(now, transaction, channel, message, shard_out);
            }
            is_told = true;
            let octets = message.octets().len();
            effects.requests.push((Source::Pi, channel, octets));
            let request = Request {
                transaction,
                channel,
                message,
            };
            let mut intake = Intake {
                is_open: log.admits().is_ok(),
                batch: &mut staged.batch,
                harvest,
                out: room_out,
            };
            feeds.input(now, Service::Sip, &[Input::Request(request)], &mut intake);
        });
        if is_told {
            self.take_harvest(now, effects);
        }
    }

    pub(super) fn take_feed(
        &mut self,
        now: Stamp,
        service: Service,
        inputs: &[super::Input<'_>],
        effects: &mut Effects,
    ) {
        let is_open = self.log.admits().is_ok();
        if !is_open && let Service::Radius(source) = service {
            // Nothing can be recorded, so nothing may be answered: silence (RFC 2866 clause 2).
            let chunks = inputs.iter().filter_map(|input| match input {
                super::Input::Chunk(_, chunk) => Some(chunk),
                _ => None,
            });
            effects.faults.extend(chunks.map(|chunk| Fault {
                at: chunk.at,
                source,
                kind: "log-unavailable",
                peer: Some(chunk.channel.peer),
                offset: None,
            }));
            return;
        }
        let inputs: SmallVec<[Input<'_>; 8]> = inputs.iter().map(|input| input.to_room()).collect();
        self.with_feeds(now, effects, |feeds, intake| {
            feeds.input(now, service, &inputs, intake);
        });
    }

    pub(super) fn tick_feeds(&mut self, now: Stamp, effects: &mut Effects) {
        if self.feeds.deadline().is_some_and(|due| due <= now) {
            self.with_feeds(now, effects, |feeds, intake| feeds.tick(now, intake));
        }
    }

    /// A SIP request that came over a stream.
    pub(super) fn take_request(
        &mut self,
        now: Stamp,
        request: &Request<'_>,
        effects: &mut Effects,
    ) {
        if is_for_agent(request.message) {
            let octets = request.message.octets().len();
            effects.requests.push((Source::Pi, request.channel, octets));
            self.with_feeds(now, effects, |feeds, intake| {
                feeds.input(now, Service::Sip, &[Input::Request(*request)], intake);
            });
        } else {
            self.shard.request(
                now,
                request.transaction,
                request.channel,
                request.message,
                &mut self.shard_out,
            );
        }
    }

    /// Lets the agent's rooms do something, and takes what they have to say.
    pub(super) fn with_feeds(
        &mut self,
        now: Stamp,
        effects: &mut Effects,
        act: impl FnOnce(&mut FeedHost, &mut Intake<'_>),
    ) {
        let mut intake = Intake {
            is_open: self.log.admits().is_ok(),
            batch: &mut self.staged.batch,
            harvest: &mut self.harvest,
            out: &mut self.room_out,
        };
        act(&mut self.feeds, &mut intake);
        self.take_harvest(now, effects);
    }

    /// Moves what the feed host told and said to where it goes.
    fn take_harvest(&mut self, now: Stamp, effects: &mut Effects) {
        effects.connects.extend(self.feeds.take_connects());
        let answers = std::mem::take(&mut self.harvest.answers);
        for (total, count) in effects.counts.answers.iter_mut().zip(answers) {
            *total += count;
        }
        let outcomes = std::mem::take(&mut self.harvest.outcomes);
        for (total, outcomes) in effects.counts.events.iter_mut().zip(outcomes) {
            *total += outcomes;
        }
        self.staged.tickets.append(&mut self.harvest.tickets);
        self.take_room(now, effects);
    }

    /// Moves what the agent's rooms said to the effects.
    fn take_room(&mut self, now: Stamp, effects: &mut Effects) {
        let out = std::mem::take(&mut self.room_out);
        for (transaction, octets) in out.answers() {
            // Of the rooms Pi alone speaks SIP.
            let sent = self.respond(now, transaction, octets, effects);
            let sent = sent.map(|channel| (Source::Pi, channel, octets.len()));
            effects.answers.extend(sent);
        }
        self.room_out = out;
        for (channel, octets) in self.room_out.sends() {
            effects.send(channel, octets);
        }
        effects.faults.append(&mut self.room_out.faults);
        effects.links.append(&mut self.room_out.links);
        effects.hang_ups.append(&mut self.room_out.hang_ups);
        effects.events.append(&mut self.harvest.events);
        effects.updates.append(&mut self.harvest.updates);
        self.room_out.clear();
    }
}

/// Whether a SIP request is the agent's: a REGISTER tells of a registration (Pi).
fn is_for_agent(message: &Message<'_>) -> bool {
    message
        .request()
        .is_some_and(|line| line.method == Method::Register)
}
