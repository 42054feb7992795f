//! Figures of feeds on their way to metrics.

use metrics::{counter, gauge};
use pengate_codecs::Stamp;

use super::{Feeds, PeerState, Told, Traffic};
use crate::telemetry::Metric;

impl Feeds {
    /// Tells counters and gauges: once a second.
    pub fn emit(&mut self) {
        let (chunks, octets) = (Metric::Chunks.name(), Metric::ChunkBytes.name());
        for (heading, more) in news(&self.all, &mut self.told) {
            counter!(chunks, "heading" => heading).increment(more.messages);
            counter!(octets, "heading" => heading).increment(more.bytes);
        }
        for (source, feed) in &mut self.feeds {
            let room = source.name();
            for (heading, more) in news(&feed.traffic, &mut feed.told) {
                counter!(Metric::FeedMessages.name(), "room" => room, "heading" => heading)
                    .increment(more.messages);
                counter!(Metric::FeedBytes.name(), "room" => room, "heading" => heading)
                    .increment(more.bytes);
            }
            if let Some(last) = feed.traffic.received.last {
                gauge!(Metric::FeedLastSeconds.name(), "room" => room).set(seconds(last));
            }
            for state in [PeerState::Heard, PeerState::Silent] {
                let peers = feed.peers.values().filter(|peer| peer.state == state);
                let count = u32::try_from(peers.count()).unwrap_or(u32::MAX);
                gauge!(Metric::FeedPeers.name(), "room" => room, "state" => state.name())
                    .set(count);
            }
            for (name, link) in &mut feed.links {
                let name = name.to_string();
                for (heading, more) in news(&link.traffic, &mut link.told) {
                    let name = name.clone();
                    counter!(
                        Metric::LinkMessages.name(),
                        "room" => room, "link" => name, "heading" => heading
                    )
                    .increment(more.messages);
                }
                if let Some(last) = link.traffic.received.last {
                    let name = name.clone();
                    gauge!(Metric::LinkLastSeconds.name(), "room" => room, "link" => name)
                        .set(seconds(last));
                }
                let former = std::mem::replace(&mut link.shown, link.state);
                for (state, is) in [(former, 0), (link.state, 1)] {
                    if !state.is_empty() && (is == 1 || state != link.state) {
                        let name = name.clone();
                        gauge!(
                            Metric::LinkState.name(),
                            "room" => room, "link" => name, "state" => state
                        )
                        .set(is);
                    }
                }
                gauge!(Metric::LinkSinceSeconds.name(), "room" => room, "link" => name)
                    .set(seconds(link.since));
            }
        }
    }
}

/// What is new in both directions.
fn news(traffic: &Traffic, told: &mut [Told; 2]) -> [(&'static str, Told); 2] {
    let [received, sent] = told;
    [
        ("in", traffic.received.since(received)),
        ("out", traffic.sent.since(sent)),
    ]
}

/// Since 1970, as gauges want it: a second is exact enough.
#[expect(clippy::cast_precision_loss, reason = "exact for 285 million years")]
const fn seconds(at: Stamp) -> f64 {
    at.secs() as f64
}
