//! `pengate decode`: what is in a capture.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal, Read, StdoutLock, Write},
    path::{Path, PathBuf},
};

use clap::Args;
use pengate_codecs::Stamp;

use super::{Common, Failure, Outcome, load};
use crate::{
    config::Config,
    decode::{Decoder, Detail, Limits, Tally},
    feed::capture::{Options, Packets},
};

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
pub(super) fn decode(common: &Common, arguments: &Decode) -> Outcome {
    let options = options(&load(common)?.config);
    let stdout = io::stdout();
    let mut printer = Printer {
        is_live: stdout.is_terminal(),
        to: BufWriter::with_capacity(1 << 16, stdout.lock()),
        error: None,
    };
    let mut damaged = Vec::new();
    for path in &arguments.captures {
        let name = (arguments.captures.len() > 1).then(|| path.display().to_string());
        let detail = if arguments.full {
            Detail::Full
        } else {
            Detail::Matter
        };
        let mut decoder = Decoder::new(&options, Limits::default(), detail, name);
        let result = read(path, &options, &mut decoder, &mut printer);
        printer.flush();
        report(path, decoder.tally());
        match (printer.error.take(), result) {
            // Whoever read us has seen enough.
            (Some(error), _) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            (Some(error), _) => return Err(Failure::Input(format!("standard output: {error}"))),
            (None, Err(failure)) => damaged.push(failure.to_string()),
            (None, Ok(())) => {}
        }
    }
    if damaged.is_empty() {
        Ok(())
    } else {
        Err(Failure::Input(damaged.join("\n")))
    }
}

/// The ports that the configuration listens on are known besides the usual ones.
fn options(config: &Config) -> Options {
    let mut options = Options::default();
    let radius = config.radius.listen.iter().map(|address| address.port());
    options
        .radius_ports
        .extend(radius.filter(|port| *port != 0));
    let sip = config.sip.listen.iter().map(|address| address.port());
    options.sip_ports.extend(sip.filter(|port| *port != 0));
    options
}

fn read(
    path: &Path,
    options: &Options,
    decoder: &mut Decoder,
    printer: &mut Printer<'_>,
) -> Outcome {
    let is_pipe = path == Path::new("-");
    let source: Box<dyn Read> = if is_pipe {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(|error| Failure::unreadable(path, &error))?)
    };
    let mut packets = Packets::new(source, options);
    let mut last = (0, Stamp::default());
    let result = loop {
        match packets.next_item() {
            Ok(Some(item)) => {
                last = (item.frame, item.at);
                decoder.item(&item, &mut |line| printer.line(line, is_pipe));
            }
            Ok(None) => break Ok(()),
            Err(error) => break Err(Failure::Input(format!("{}: {error}", path.display()))),
        }
        if printer.error.is_some() {
            return Ok(());
        }
    };
    decoder.finish(last.0, last.1, &mut |line| printer.line(line, is_pipe));
    result
}

/// What a capture held, for people.
fn report(path: &Path, tally: Tally) {
    let Tally {
        messages,
        faults,
        foreign,
    } = tally;
    eprintln!(
        "{}: {messages} messages, {faults} faults, {foreign} frames of other protocols",
        path.display()
    );
}

/// Standard output, and the first error that it gave.
struct Printer<'o> {
    to: BufWriter<StdoutLock<'o>>,
    /// Whether somebody looks at every line as it comes.
    is_live: bool,
    error: Option<io::Error>,
}

impl Printer<'_> {
    /// Prints a line; what comes from a pipe is shown at once.
    fn line(&mut self, line: &[u8], is_pipe: bool) {
        if self.error.is_some() {
            return;
        }
        self.error = self.to.write_all(line).err();
        if is_pipe || self.is_live {
            self.flush();
        }
    }

    fn flush(&mut self) {
        if self.error.is_none() {
            self.error = self.to.flush().err();
        }
    }
}
