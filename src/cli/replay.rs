//! `pengate replay`: captures through the same gateway that runs live.

use std::{path::PathBuf, str::FromStr};

use clap::Args;

use super::{Common, Failure, Outcome, load};

/// Run captures through the gateway on their own clock and print what comes out.
///
/// The machines are the very same that run live; only the octets and the clock come from the
/// captures. Several captures are merged by time.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pengate replay day.pcapng                       the documents that the day ended in
  pengate replay --events day.pcapng              what each network element told
  pengate replay --sent --speed 1 day.pcapng      the NOTIFYs, at the pace of the capture
  pengate replay --expect case/ case/capture.pcap compare with golden files

Exit code 1 when a capture is damaged or something differs from the golden files.")]
pub struct Replay {
    /// pcap or pcapng files, gzipped or not; `-` is standard input.
    #[arg(value_name = "CAPTURE", required = true)]
    pub captures: Vec<PathBuf>,
    /// What is printed.
    #[command(flatten)]
    pub output: Output,
    /// How fast: `max`, or a multiple of the capture's own pace such as 1 or 10.
    #[arg(long, value_name = "N|max", default_value = "max")]
    pub speed: Speed,
    /// Compare with events.jsonl, updates.jsonl, documents.jsonl and sent.jsonl in this folder, as
    /// far as they exist, and print the difference.
    #[arg(long, value_name = "DIR")]
    pub expect: Option<PathBuf>,
}

/// What a replay prints; the documents, when nothing is said.
#[derive(Args, Clone, Copy, Debug, Default)]
#[group(multiple = false)]
pub struct Output {
    /// Print what the network elements told, a line of JSON an event.
    #[arg(long)]
    pub events: bool,
    /// Print what was appended to the pen log, a line of JSON an update.
    #[arg(long)]
    pub updates: bool,
    /// Print the presence documents (the default), a line of JSON a presentity.
    #[arg(long)]
    pub documents: bool,
    /// Print what was sent, a line of JSON a message.
    #[arg(long)]
    pub sent: bool,
}

/// How fast a replay goes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// As fast as it can.
    Max,
    /// A multiple of the capture's own pace, above zero.
    Times(f64),
}

impl FromStr for Speed {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "max" {
            return Ok(Self::Max);
        }
        text.parse()
            .ok()
            .filter(|times: &f64| times.is_finite() && *times > 0.0)
            .map(Self::Times)
            .ok_or("`max` or a number above 0 is allowed")
    }
}

/// # Errors
/// [`Failure::Input`] when a capture cannot be read to its end or differs from what is expected.
pub(super) fn replay(common: &Common, _arguments: &Replay) -> Outcome {
    load(common)?;
    Err(Failure::Usage("replay is not yet available".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_max_or_a_number_above_zero() {
        assert_eq!("max".parse(), Ok(Speed::Max));
        assert_eq!("0.5".parse(), Ok(Speed::Times(0.5)));
        for text in ["", "0", "-1", "inf", "NaN", "fast"] {
            assert!(text.parse::<Speed>().is_err(), "{text}");
        }
    }
}
