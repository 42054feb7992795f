//! `pengate bench`: how fast a capture is decoded.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::{Common, Failure, Outcome, load};
use crate::options::duration;

/// Measure how fast the messages of a capture are decoded.
///
/// The capture is read into memory once and then decoded over and over. Printed for each stage
/// (frame, decode, event, update): messages/s, MB/s, nanoseconds and allocations a message.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pengate bench ggsn.pcap
  pengate bench --time 10s ggsn.pcap sip.pcap")]
pub struct Bench {
    /// pcap or pcapng files, gzipped or not.
    #[arg(value_name = "CAPTURE", required = true)]
    pub captures: Vec<PathBuf>,
    /// How long each stage is measured.
    #[arg(long, value_name = "SPAN", default_value = "3s", value_parser = span)]
    pub time: Duration,
}

fn span(text: &str) -> Result<Duration, &'static str> {
    duration::parse(text)
        .filter(|span| !span.is_zero())
        .ok_or("a whole number above 0 with ms, s, m or h is allowed, such as 3s")
}

/// # Errors
/// [`Failure::Input`] when a capture cannot be read.
pub(super) fn bench(common: &Common, _arguments: &Bench) -> Outcome {
    load(common)?;
    Err(Failure::Usage("bench is not yet available".to_owned()))
}
