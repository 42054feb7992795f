//! What the operator decides about SS7.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    options::duration,
    session::{m3ua, sccp, tcap},
};

/// The signalling node that VLRs, SGSNs and HLRs see: one for the reference points Pc and Pg.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// SCTP addresses where other IP nodes reach us (list, default empty): for links of the role
    /// `"ipsp-server"`.
    pub listen: Vec<SocketAddr>,
    /// The M3UA associations (list, default empty). Without one there is no SS7.
    pub links: Vec<LinkOptions>,
    /// Whether associations between others, as a capture shows them, are read: what VLRs and SGSNs
    /// tell an HLR (default false). Nothing is sent on them.
    pub observe: bool,
    /// First waiting time after an association was lost or not made (default 1s); it doubles up to
    /// `connect_retry_max`.
    #[serde(with = "duration")]
    pub connect_retry_first: Duration,
    /// Longest waiting time before an association is tried again (default 1m).
    #[serde(with = "duration")]
    pub connect_retry_max: Duration,
    /// Most point codes of which is remembered by which link they speak (count, default 4096). What
    /// is for others goes by a link that names them (`destinations`), else by a signalling gateway.
    pub routes_max: usize,
    /// Most components of one dialogue that are answered together (count, default 16, at most 126);
    /// an operation more is rejected, and what follows it left.
    pub invokes_max: usize,
    /// What is done with mobility events (noteMM-Event).
    pub mobility: MobilityOptions,
    /// What is done with calls and packet sessions that ask how to go on (CAP).
    pub cap: CapOptions,
    /// What the HLR is asked while somebody watches (anyTimeInterrogation).
    pub ati: AtiOptions,
    /// Our address in SCCP, and its limits.
    pub sccp: sccp::Options,
    /// Limits and times of dialogues.
    pub tcap: tcap::Options,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            listen: Vec::new(),
            links: Vec::new(),
            observe: false,
            connect_retry_first: Duration::from_secs(1),
            connect_retry_max: Duration::from_mins(1),
            routes_max: 4_096,
            invokes_max: 16,
            mobility: MobilityOptions::default(),
            cap: CapOptions::default(),
            ati: AtiOptions::default(),
            sccp: sccp::Options::default(),
            tcap: tcap::Options::default(),
        }
    }
}

/// Most operations of one dialogue that can be answered together: each may have us tell its peer to
/// go on by an invocation of ours, and there are so many ids for them after the first (Q.773 clause
/// 3.3: one octet with a sign).
pub const INVOKES_MOST: usize = 126;

/// What is done with mobility events.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MobilityOptions {
    /// Whether an event of a code that is not known here is acknowledged (default false: it is
    /// refused with mm-EventNotSupported, so that whoever set its trigger hears of it).
    pub acknowledge_unknown: bool,
}

/// What is done with calls and packet sessions that ask how to go on. Each is told to go on at once:
/// it is never held up, and never changed.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct CapOptions {
    /// Whether calls and sessions are watched until their end (default true). Else each goes on
    /// without us: where its subscriber is gets known, but not that there is a call or session.
    pub monitor: bool,
    /// How long a call or session waits at most for its event to be durable (default 100ms; shorter
    /// than `ss7.tcap.answer_timeout`). It is answered then all the same, and a fault counted.
    #[serde(with = "duration")]
    pub deadline: Duration,
    /// Most calls that are watched (count, default 50000); one more goes on without us.
    pub calls_max: usize,
    /// How long a call may go on without a word before we ask whether it is still there (default
    /// 15m; shorter than `ss7.tcap.idle_timeout`).
    #[serde(with = "duration")]
    pub activity_interval: Duration,
    /// How long to wait for the answer to that (default 10s); without one the call is over.
    #[serde(with = "duration")]
    pub activity_timeout: Duration,
    /// How long a dialogue is kept after its last word, for one that may come yet (default 5s).
    #[serde(with = "duration")]
    pub linger: Duration,
    /// Most attached subscribers and packet sessions that are watched (count, default 100000); one
    /// more goes on without us, unless one was silent for `session_lifetime`.
    pub sessions_max: usize,
    /// Most packet sessions of one subscriber that are told apart (count, default 16).
    pub contexts_max: usize,
    /// How long a packet session is believed in without further word (default 1d).
    #[serde(with = "duration")]
    pub session_lifetime: Duration,
}

impl Default for CapOptions {
    fn default() -> Self {
        Self {
            monitor: true,
            deadline: Duration::from_millis(100),
            calls_max: 50_000,
            activity_interval: Duration::from_mins(15),
            activity_timeout: Duration::from_secs(10),
            linger: Duration::from_secs(5),
            sessions_max: 100_000,
            contexts_max: 16,
            session_lifetime: Duration::from_hours(24),
        }
    }
}

/// What the HLR is asked about a subscriber who is watched. Nobody is paged for it.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct AtiOptions {
    /// Whether the HLR is asked (default false). It needs `point_code`, `destination` and our global
    /// title.
    pub enabled: bool,
    /// Our own point code (14 bits).
    pub point_code: u32,
    /// Point code of the gateway that translates global titles, or of the HLR (14 bits).
    pub destination: u32,
    /// Network indicator of both: 0 international, 2 national (default 2).
    pub network_indicator: u8,
    /// Global title of the HLR: digits, international, without "+" (default none: the subscriber's
    /// own number, or the IMSI in the plan E.212, leads to it).
    pub hlr: String,
    /// Whether state and place in the circuit-switched domain are asked for (default true).
    pub cs: bool,
    /// Whether state and place in the packet-switched domain are asked for (default true).
    pub ps: bool,
    /// How often a subscriber is asked about who is watched (default 5m; 0s: only when watching
    /// begins, and after the links were lost).
    #[serde(with = "duration")]
    pub poll_interval: Duration,
    /// Least time between two requests about one subscriber (default 30s), whatever watchers do.
    #[serde(with = "duration")]
    pub subscriber_interval: Duration,
    /// How long a subscriber is left alone whom the HLR does not know, or may not tell about
    /// (default 1d).
    #[serde(with = "duration")]
    pub refusal_interval: Duration,
    /// Longest waiting time after failures (default 10m); it begins with `subscriber_interval`.
    #[serde(with = "duration")]
    pub retry_max: Duration,
    /// Most subscribers that are asked about (count, default 1000000).
    pub subscribers_max: usize,
    /// Most subscribers that wait for their turn (count, default 10000); one more is asked later.
    pub queue_max: usize,
    /// Most requests that are under way at a time (count, default 64).
    pub requests_max: usize,
}

impl Default for AtiOptions {
    fn default() -> Self {
        Self {
            enabled: false,
            point_code: 0,
            destination: 0,
            network_indicator: 2,
            hlr: String::new(),
            cs: true,
            ps: true,
            poll_interval: Duration::from_mins(5),
            subscriber_interval: Duration::from_secs(30),
            refusal_interval: Duration::from_hours(24),
            retry_max: Duration::from_mins(10),
            subscribers_max: 1_000_000,
            queue_max: 10_000,
            requests_max: 64,
        }
    }
}

/// One M3UA association.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkOptions {
    /// Its name in logs, metrics and `/api/feeds`.
    pub name: SmolStr,
    /// The address of the signalling gateway or IP node (default port of the protocol: 2905). Of one
    /// that connects to us, its IP address alone counts.
    pub address: SocketAddr,
    /// Point codes that are reached by this link before they spoke by one, such as that of the HLR
    /// (list, 14 bits each, default empty: a signalling gateway leads to all that no other link
    /// names, another IP node to none but by want of any).
    pub destinations: Vec<u32>,
    /// How the link behaves.
    pub m3ua: m3ua::Options,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            name: SmolStr::new_static("stp"),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 2905)),
            destinations: Vec::new(),
            m3ua: m3ua::Options::default(),
        }
    }
}
