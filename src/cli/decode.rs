//! `pengate decode`: what is in a capture.

use std::path::PathBuf;

use clap::Args;

use super::{Common, Failure, Outcome, load};

/// Print every message of a capture as a line of JSON.
///
/// Each line has `frame` (its number in the capture, from 1), `at`, `protocol`, `operation`, the
/// identities and the fields that matter under the names of their specification. A frame that
/// cannot be decoded is a line with `fault`. Frames of other protocols are counted at the end, on
/// standard error.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
Examples:
  pengate decode ggsn.pcap
  pengate decode --full ggsn.pcap.gz | jq 'select(.operation == \"Accounting-Request\")'
  tcpdump -i any -w - udp port 1813 | pengate decode -

Exit code 1 when a capture is damaged; what came before the damage is printed.")]
pub struct Decode {
    /// pcap or pcapng files, gzipped or not; `-` is standard input.
    #[arg(value_name = "CAPTURE", required = true)]
    pub captures: Vec<PathBuf>,
    /// Print every field, not only those that matter.
    #[arg(long)]
    pub full: bool,
}

/// # Errors
/// [`Failure::Input`] when a capture cannot be read to its end.
pub(super) fn decode(common: &Common, _arguments: &Decode) -> Outcome {
    load(common)?;
    Err(Failure::Usage("decode is not yet available".to_owned()))
}
