//! Every metric there is.

use metrics_exporter_prometheus::{BuildError, PrometheusBuilder, PrometheusRecorder};

/// What a metric does over time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Only grows.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations by size.
    Histogram,
}

/// The metrics by name. Labels come from closed sets, or are names of links as configured; none of
/// them is taken from what a peer sent.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Metric {
    /// By `carrier` (udp, tcp, sctp) and `heading` (in, out).
    Chunks,
    /// By `carrier` and `heading`.
    ChunkBytes,
    /// By `room` and `outcome` (idle, recorded, refused).
    Events,
    /// By `room` and `kind`.
    Faults,
    /// By `room` and `heading` (in, out).
    FeedBytes,
    /// By `room`.
    FeedLastSeconds,
    /// By `room` and `heading`.
    FeedMessages,
    /// By `room` and `state` (heard, silent).
    FeedPeers,
    /// By `room` and `state`.
    LinkChanges,
    /// By `room` and `link`.
    LinkLastSeconds,
    /// By `room`, `link` and `heading`.
    LinkMessages,
    /// By `room` and `link`.
    LinkSinceSeconds,
    /// By `room`, `link` and `state`.
    LinkState,
    /// Without labels.
    LogFreeBytes,
    /// Without labels.
    LogRecords,
    /// By `reason` (busy, no-space, failed, too-large).
    LogRefusals,
    /// Without labels.
    LogSettleSeconds,
    /// By `outcome` (accepted, refused, timeout).
    Notifications,
    /// By `room` and `state` (heard, silent).
    PeerChanges,
    /// Without labels.
    Presentities,
    /// Without labels.
    Publications,
    /// Without labels.
    Ready,
    /// By `class` (the first digit of the status, as 2xx).
    SipResponses,
    /// Without labels.
    StartSeconds,
    /// Without labels.
    Subscriptions,
    /// Without labels.
    Updates,
}

impl Metric {
    /// All of them, in the order of their names.
    pub const ALL: [Self; 26] = [
        Self::Chunks,
        Self::ChunkBytes,
        Self::Events,
        Self::Faults,
        Self::FeedBytes,
        Self::FeedLastSeconds,
        Self::FeedMessages,
        Self::FeedPeers,
        Self::LinkChanges,
        Self::LinkLastSeconds,
        Self::LinkMessages,
        Self::LinkSinceSeconds,
        Self::LinkState,
        Self::LogFreeBytes,
        Self::LogRecords,
        Self::LogRefusals,
        Self::LogSettleSeconds,
        Self::Notifications,
        Self::PeerChanges,
        Self::Presentities,
        Self::Publications,
        Self::Ready,
        Self::SipResponses,
        Self::StartSeconds,
        Self::Subscriptions,
        Self::Updates,
    ];

    /// `pengate_<noun>_<unit>[_total]`; a count of things has no unit.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Chunks => "pengate_chunks_total",
            Self::ChunkBytes => "pengate_chunk_bytes_total",
            Self::Events => "pengate_events_total",
            Self::Faults => "pengate_faults_total",
            Self::FeedBytes => "pengate_feed_bytes_total",
            Self::FeedLastSeconds => "pengate_feed_last_message_seconds",
            Self::FeedMessages => "pengate_feed_messages_total",
            Self::FeedPeers => "pengate_feed_peers",
            Self::LinkChanges => "pengate_link_changes_total",
            Self::LinkLastSeconds => "pengate_link_last_message_seconds",
            Self::LinkMessages => "pengate_link_messages_total",
            Self::LinkSinceSeconds => "pengate_link_since_seconds",
            Self::LinkState => "pengate_link_state",
            Self::LogFreeBytes => "pengate_log_free_bytes",
            Self::LogRecords => "pengate_log_records_total",
            Self::LogRefusals => "pengate_log_refusals_total",
            Self::LogSettleSeconds => "pengate_log_settle_seconds",
            Self::Notifications => "pengate_notifications_total",
            Self::PeerChanges => "pengate_peer_changes_total",
            Self::Presentities => "pengate_presentities",
            Self::Publications => "pengate_publications",
            Self::Ready => "pengate_ready",
            Self::SipResponses => "pengate_sip_responses_total",
            Self::StartSeconds => "pengate_start_time_seconds",
            Self::Subscriptions => "pengate_subscriptions",
            Self::Updates => "pengate_updates_total",
        }
    }

    /// What it tells, for `/metrics`.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Chunks => "Datagrams and stream pieces received and sent.",
            Self::ChunkBytes => "Octets received and sent.",
            Self::Events => {
                "Events told by network elements, by reference point and what became of them."
            }
            Self::Faults => "What a peer sent and we could not understand or do, by kind.",
            Self::FeedBytes => "Octets of a feed received and sent.",
            Self::FeedLastSeconds => "When the last message of a feed came, in seconds since 1970.",
            Self::FeedMessages => {
                "Messages, datagrams or stream pieces of a feed received and sent."
            }
            Self::FeedPeers => "Peers without connections that are heard, or have fallen silent.",
            Self::LinkChanges => "Changes of state of links to network elements, by the new state.",
            Self::LinkLastSeconds => "When the last message of a link came, in seconds since 1970.",
            Self::LinkMessages => {
                "Messages, datagrams or stream pieces of a link received and sent."
            }
            Self::LinkSinceSeconds => "Since when a link is in its state, in seconds since 1970.",
            Self::LinkState => "1 for the state that a link is in, 0 for one that it was in.",
            Self::LogFreeBytes => "Room left on the file system of the pen log.",
            Self::LogRecords => "Records that became durable in the pen log.",
            Self::LogRefusals => "Batches that the pen log did not take; not acknowledged.",
            Self::LogSettleSeconds => "Time from a batch's submission until it is durable.",
            Self::Notifications => "NOTIFY requests by what became of them.",
            Self::PeerChanges => "Peers without connections that were heard or fell silent.",
            Self::Presentities => "Presentities that something is known of.",
            Self::Publications => "Live publications.",
            Self::Ready => "1 when the gateway takes and acknowledges events, else 0.",
            Self::SipResponses => "Responses sent to SIP requests, by class of status.",
            Self::StartSeconds => "When the process started, in seconds since 1970.",
            Self::Subscriptions => "Live subscriptions.",
            Self::Updates => "Presentity updates that became durable.",
        }
    }

    /// What it does over time.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::FeedLastSeconds
            | Self::FeedPeers
            | Self::LinkLastSeconds
            | Self::LinkSinceSeconds
            | Self::LinkState
            | Self::LogFreeBytes
            | Self::Presentities
            | Self::Publications
            | Self::Ready
            | Self::StartSeconds
            | Self::Subscriptions => Kind::Gauge,
            Self::LogSettleSeconds => Kind::Histogram,
            _ => Kind::Counter,
        }
    }
}

/// Makes the recorder that `/metrics` is printed from, every metric with its help text.
///
/// The caller installs it with [`metrics::set_global_recorder`].
///
/// # Errors
/// When the buckets of the histogram are refused, which they are not.
pub fn recorder() -> Result<PrometheusRecorder, BuildError> {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&SECONDS)?
        .build_recorder();
    metrics::with_local_recorder(&recorder, || {
        for metric in Metric::ALL {
            match metric.kind() {
                Kind::Counter => metrics::describe_counter!(metric.name(), metric.help()),
                Kind::Gauge => metrics::describe_gauge!(metric.name(), metric.help()),
                Kind::Histogram => metrics::describe_histogram!(metric.name(), metric.help()),
            }
        }
    });
    Ok(recorder)
}

/// Upper bounds of the buckets: 100 us to 10 s.
const SECONDS: [f64; 16] = [
    0.000_1, 0.000_2, 0.000_5, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0,
    10.0,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_rule() {
        for metric in Metric::ALL {
            let name = metric.name();
            assert!(name.starts_with("pengate_"), "{name}");
            assert!(
                name.bytes()
                    .all(|octet| octet.is_ascii_lowercase() || octet == b'_'),
                "{name}"
            );
            assert_eq!(
                name.ends_with("_total"),
                metric.kind() == Kind::Counter,
                "{name}"
            );
            assert!(metric.help().ends_with('.'), "{name}");
        }
    }

    #[test]
    fn the_list_is_complete_and_in_order() {
        assert!(Metric::ALL.is_sorted());
        let last = Metric::Updates as usize;
        assert_eq!(Metric::ALL.len(), last + 1);
    }

    #[test]
    fn what_is_counted_is_rendered_with_its_help() {
        let recorder = recorder().unwrap();
        metrics::with_local_recorder(&recorder, || {
            let labels = [("room", "pk"), ("outcome", "recorded")];
            metrics::counter!(Metric::Events.name(), &labels).increment(3);
            metrics::histogram!(Metric::LogSettleSeconds.name()).record(0.000_15);
        });
        let text = recorder.handle().render();
        for line in [
            "# HELP pengate_events_total Events told by network elements, by reference point and what \
             became of them.",
            "# TYPE pengate_events_total counter",
            "pengate_events_total{room=\"pk\",outcome=\"recorded\"} 3",
            "pengate_log_settle_seconds_bucket{le=\"0.0002\"} 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }
}
