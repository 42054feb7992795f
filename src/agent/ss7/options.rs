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
    /// First waiting time after an association was lost or not made (default 1s); it doubles up to
    /// `connect_retry_max`.
    #[serde(with = "duration")]
    pub connect_retry_first: Duration,
    /// Longest waiting time before an association is tried again (default 1m).
    #[serde(with = "duration")]
    pub connect_retry_max: Duration,
    /// Most point codes of which is remembered by which link they speak (count, default 4096).
    /// Answers to others go by any link that carries traffic.
    pub routes_max: usize,
    /// Most components of one dialogue that are answered together (count, default 16); an operation
    /// more is rejected, and what follows it left.
    pub invokes_max: usize,
    /// What is done with mobility events (noteMM-Event).
    pub mobility: MobilityOptions,
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
            connect_retry_first: Duration::from_secs(1),
            connect_retry_max: Duration::from_mins(1),
            routes_max: 4_096,
            invokes_max: 16,
            mobility: MobilityOptions::default(),
            sccp: sccp::Options::default(),
            tcap: tcap::Options::default(),
        }
    }
}

/// What is done with mobility events.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct MobilityOptions {
    /// Whether an event of a code that is not known here is acknowledged (default false: it is
    /// refused with mm-EventNotSupported, so that whoever set its trigger hears of it).
    pub acknowledge_unknown: bool,
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
    /// How the link behaves.
    pub m3ua: m3ua::Options,
}

impl Default for LinkOptions {
    fn default() -> Self {
        Self {
            name: SmolStr::new_static("stp"),
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 2905)),
            m3ua: m3ua::Options::default(),
        }
    }
}
