//! `pengate watch`: a SIP watcher for people.

use std::{net::SocketAddr, time::Duration};

use clap::Args;

use super::{Common, Failure, Outcome};
use crate::options::duration;

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

/// # Errors
/// [`Failure::Input`] when the server refuses or does not answer.
pub(super) fn watch(_common: &Common, _arguments: &Watch) -> Outcome {
    Err(Failure::Usage("watch is not yet available".to_owned()))
}
