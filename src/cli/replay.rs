//! `pengate replay`: captures through the same gateway that runs live.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{self, BufReader, BufWriter, IsTerminal, Read, Write},
    path::{Path, PathBuf},
    str::FromStr,
    time::Instant,
};

use clap::Args;
use indicatif::ProgressBar;
use pengate_codecs::Stamp;

use super::{
    Common, Failure, Loaded, Outcome, load,
    load::{secrets, subscribers},
};
use crate::{
    agent::identity::read_subscribers,
    config::Problems,
    gateway::{Effects, Gateway, Taps},
    pen::log::MemoryLog,
    replay::{self, Kind, lines},
};

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
    /// Compare with events.jsonl, updates.jsonl, documents.jsonl, sent.jsonl and faults.jsonl in
    /// this folder, as far as they exist, and print the difference.
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
pub(super) fn replay(common: &Common, arguments: &Replay) -> Outcome {
    let loaded = load(common)?;
    let wanted = Wanted::of(arguments);
    let taps = Taps {
        events: wanted.events || wanted.updates,
        documents: wanted.documents,
    };
    let mut replay = replay::Replay::new(maker(&loaded, taps)?).listening(&loaded.config);
    let mut lines = Lines::new(wanted, arguments.expect.is_none());
    let mut pace = Pace::new(arguments.speed);
    let mut damage = None;
    for path in &arguments.captures {
        let (input, progress) = open(path)?;
        let run = replay.run(input, &loaded.config.capture, &mut |at, effects| {
            pace.keep(at);
            lines.take(at, effects);
        });
        progress.finish_and_clear();
        if let Err(error) = run {
            damage.get_or_insert_with(|| format!("{}: {error}", path.display()));
        }
    }
    lines.flush();
    let summary = replay.summary();
    eprintln!(
        "{} messages, {} faults, {} frames of other protocols",
        summary.ours, summary.faults, summary.foreign
    );
    if let Some(folder) = &arguments.expect {
        lines.compare(folder)?;
    }
    damage.map_or(Ok(()), |damage| Err(Failure::Input(damage)))
}

/// Which lines are wanted.
#[derive(Clone, Copy, Debug, Default)]
struct Wanted {
    events: bool,
    updates: bool,
    documents: bool,
    sent: bool,
    faults: bool,
}

impl Wanted {
    fn of(arguments: &Replay) -> Self {
        let Output {
            events,
            updates,
            documents,
            sent,
        } = arguments.output;
        if arguments.expect.is_some() {
            return Self {
                events: true,
                updates: true,
                documents: true,
                sent: true,
                faults: true,
            };
        }
        Self {
            events,
            updates,
            documents: documents || !(events || updates || sent),
            sent,
            faults: false,
        }
    }

    fn kinds(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| match kind {
            Kind::Events => self.events,
            Kind::Updates => self.updates,
            Kind::Documents => self.documents,
            Kind::Sent => self.sent,
            Kind::Faults => self.faults,
        })
    }
}

/// Builds the gateway that a replay runs, from the seed of the recording.
fn maker(
    loaded: &Loaded,
    taps: Taps,
) -> Result<impl Fn(u64) -> Gateway<MemoryLog> + use<>, Failure> {
    let config = loaded.config.clone();
    let problem = |problems| Failure::Config {
        file: loaded.origin.clone(),
        problems,
    };
    // Secrets and subscribers are read once, so that their problems are told at once.
    let secrets = secrets(&config).map_err(problem)?;
    let text = subscribers(&config).map_err(|one| problem(Problems(vec![one])))?;
    let mut list = Vec::new();
    read_subscribers(text.as_bytes(), |row| list.extend(row.ok()))
        .map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(move |seed| replay::gateway(&config, &secrets, &list, taps, seed))
}

/// Opens a capture; its progress is shown when standard error is a terminal and the length known.
fn open(path: &Path) -> Result<(Box<dyn Read>, ProgressBar), Failure> {
    if path.as_os_str() == "-" {
        return Ok((Box::new(io::stdin().lock()), ProgressBar::hidden()));
    }
    let file = File::open(path).map_err(|error| Failure::unreadable(path, &error))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let progress = if io::stderr().is_terminal() {
        ProgressBar::new(length)
    } else {
        ProgressBar::hidden()
    };
    Ok((
        Box::new(BufReader::with_capacity(1 << 20, progress.wrap_read(file))),
        progress,
    ))
}

/// Sleeps so that the capture's clock keeps the pace that was asked for.
struct Pace {
    speed: Speed,
    begun: Option<(Instant, Stamp)>,
}

impl Pace {
    const fn new(speed: Speed) -> Self {
        Self { speed, begun: None }
    }

    fn keep(&mut self, at: Stamp) {
        let Speed::Times(times) = self.speed else {
            return;
        };
        let (instant, first) = *self.begun.get_or_insert_with(|| (Instant::now(), at));
        let due = at.since(first).div_f64(times);
        std::thread::sleep(due.saturating_sub(instant.elapsed()));
    }
}

/// Lines of JSON: printed as they come, or kept for the comparison.
struct Lines {
    wanted: Wanted,
    print: bool,
    out: BufWriter<io::Stdout>,
    kept: BTreeMap<Kind, String>,
}

impl Lines {
    fn new(wanted: Wanted, print: bool) -> Self {
        Self {
            wanted,
            print,
            out: BufWriter::new(io::stdout()),
            kept: BTreeMap::new(),
        }
    }

    fn take(&mut self, at: Stamp, effects: &Effects) {
        for kind in self.wanted.kinds() {
            lines(kind, at, effects, &mut |line| self.line(kind, &line));
        }
    }

    fn line(&mut self, kind: Kind, line: &str) {
        if self.print {
            // A reader that closed the pipe has seen enough.
            let _ = writeln!(self.out, "{line}");
        } else {
            let kept = self.kept.entry(kind).or_default();
            kept.push_str(line);
            kept.push('\n');
        }
    }

    fn flush(&mut self) {
        let _ = self.out.flush();
    }

    /// Compares with the golden files that exist; an absent one asserts nothing.
    fn compare(&self, folder: &Path) -> Outcome {
        let mut differences = String::new();
        let mut compared = 0;
        for kind in self.wanted.kinds() {
            let path = folder.join(kind.name()).with_extension("jsonl");
            let Ok(golden) = fs::read_to_string(&path) else {
                continue;
            };
            compared += 1;
            let found = self.kept.get(&kind).map_or("", String::as_str);
            if golden != found {
                let diff = similar::TextDiff::from_lines(golden.as_str(), found);
                let shown = diff
                    .unified_diff()
                    .header(&path.display().to_string(), "replay")
                    .to_string();
                differences.push_str(&shown);
            }
        }
        if compared == 0 {
            let text = format!("{}: no golden file", folder.display());
            return Err(Failure::Usage(text));
        }
        if differences.is_empty() {
            eprintln!("{compared} golden files match");
            return Ok(());
        }
        print!("{differences}");
        Err(Failure::Input(
            "the replay differs from the golden files".to_owned(),
        ))
    }
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
