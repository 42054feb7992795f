//! `pengate bench`: how fast a capture is decoded.

mod sample;
mod stages;

use std::{fs, path::PathBuf, time::Duration};

use clap::Args;
use serde::Serialize;

use self::{
    sample::Sample,
    stages::{Measured, stages},
};
use super::{Common, Failure, Outcome, decode, load};
use crate::options::duration;

/// Measure how fast the messages of a capture are decoded.
///
/// The capture is read into memory once and then decoded over and over. Printed for each stage:
/// messages/s, MB/s, nanoseconds and allocations a message. The stages:
///
/// frame: the file to datagrams and streams, with sides and protocols told. decode: messages to
/// fields. whole: both in one, to be compared with other decoders on the same file and machine.
/// event: verified, told from repetitions, and turned into an event, with the answer signed (RADIUS
/// only; the messages are signed anew with a secret of our own before). update: the event's subject
/// found and the event turned into an update.
#[derive(Args, Clone, Debug)]
#[command(after_help = "\
Examples:
  pengate bench ggsn.pcap
  pengate bench --time 10s --json ggsn.pcap sip.pcap")]
pub struct Bench {
    /// pcap or pcapng files, gzipped or not.
    #[arg(value_name = "CAPTURE", required = true)]
    pub captures: Vec<PathBuf>,
    /// How long each stage is measured.
    #[arg(long, value_name = "SPAN", default_value = "3s", value_parser = span)]
    pub time: Duration,
    /// Print a line of JSON a capture instead of a table.
    #[arg(long)]
    pub json: bool,
}

fn span(text: &str) -> Result<Duration, &'static str> {
    duration::parse(text)
        .filter(|span| !span.is_zero())
        .ok_or("a whole number above 0 with ms, s, m or h is allowed, such as 3s")
}

/// # Errors
/// [`Failure::Input`] when a capture cannot be read.
pub(super) fn bench(common: &Common, arguments: &Bench) -> Outcome {
    let options = decode::options(&load(common)?.config);
    for path in &arguments.captures {
        let octets = fs::read(path).map_err(|error| Failure::unreadable(path, &error))?;
        let sample = Sample::read(&octets, &options)
            .map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?;
        if sample.messages.is_empty() {
            let what = "no message of a protocol of ours";
            return Err(Failure::Input(format!("{}: {what}", path.display())));
        }
        let stages = stages(&octets, &sample, &options, arguments.time);
        let report = Report {
            capture: path.display().to_string(),
            frames: sample.frames,
            octets: octets.len(),
            messages: sample.messages.len(),
            stages: stages
                .iter()
                .map(|(name, measured)| Row::new(name, measured))
                .collect(),
        };
        if arguments.json {
            let line = serde_json::to_string(&report);
            println!(
                "{}",
                line.map_err(|error| Failure::Input(error.to_string()))?
            );
        } else {
            print!("{}", report.table());
        }
    }
    Ok(())
}

/// What was measured of one capture.
#[derive(Serialize)]
struct Report {
    capture: String,
    frames: u64,
    octets: usize,
    messages: usize,
    stages: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    stage: &'static str,
    /// What is counted: frames where a file is read, else messages.
    count: u64,
    per_second: f64,
    megabytes_per_second: f64,
    nanoseconds: f64,
    allocations: f64,
}

impl Row {
    #[expect(clippy::cast_precision_loss, reason = "ratios for people")]
    fn new(stage: &'static str, measured: &Measured) -> Self {
        let Measured {
            count,
            octets,
            elapsed,
            allocations,
        } = *measured;
        let (each, seconds) = (count.max(1) as f64, elapsed.as_secs_f64().max(1e-9));
        Self {
            stage,
            count,
            per_second: each / seconds,
            megabytes_per_second: octets as f64 / seconds / 1e6,
            nanoseconds: seconds * 1e9 / each,
            allocations: allocations as f64 / each,
        }
    }
}

impl Report {
    fn table(&self) -> String {
        let Self {
            capture,
            frames,
            octets,
            messages,
            stages,
        } = self;
        let mut table = format!(
            "{capture}: {frames} frames, {messages} messages, {octets} octets\n\
             {:<8}{:>14}{:>10}{:>12}{:>14}\n",
            "stage", "messages/s", "MB/s", "ns each", "allocations",
        );
        for row in stages {
            table += &format!(
                "{:<8}{:>14.0}{:>10.1}{:>12.1}{:>14.3}\n",
                row.stage,
                row.per_second,
                row.megabytes_per_second,
                row.nanoseconds,
                row.allocations,
            );
        }
        table
    }
}
