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
    gateway::Service,
};

/// Print every message of a capture as a line of JSON.
#[derive(Args, Clone, Debug, Default)]
#[command(after_help = "\
A line has frame (its number in the capture, from 1), at, protocol, operation, carrier, source and
destination, then the identities and fields that matter under the names of their specification. A
field of the message that has one of these names is told with _ behind it: carrier_ of initialDP.
Each position of MLP is an object pos. A frame that cannot be decoded is a line with fault. Frames
of other protocols are counted at the end, on standard error.

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

/// How the configuration reads captures; the ports of its listeners and links are known besides.
pub(super) fn options(config: &Config) -> Options {
    let mut options = config.capture.clone();
    let listeners = config.feed_listeners();
    let listeners = listeners.map(|listener| (listener.service, Some(listener.address)));
    let links = config.feed_links().map(|link| (link.service, link.address));
    let sip = config.sip.listen.iter();
    let sip = sip.map(|address| (Service::Sip, Some(*address)));
    for (service, address) in listeners.chain(links).chain(sip) {
        let ports = match service {
            Service::Radius(_) => &mut options.radius_ports,
            Service::Sip => &mut options.sip_ports,
            Service::Diameter(_) => &mut options.diameter_ports,
            Service::Mlp => &mut options.mlp_ports,
            Service::M3ua => &mut options.m3ua_ports,
        };
        ports.extend(
            address
                .map(|address| address.port())
                .filter(|port| *port != 0),
        );
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn captures_are_read_as_the_configuration_says_and_its_ports_are_known() {
        let config = Config::parse(
            "[capture]\nradius_ports = [1]\nframe_bytes_max = 64\n\
             [radius]\nlisten = [\"127.0.0.1:2\"]\nlisten_pr = [\"127.0.0.1:3\"]\n\
             listen_pp = [\"127.0.0.1:4\", \"127.0.0.1:0\"]\n\
             [sip]\nlisten = [\"127.0.0.1:5\"]\n\
             [ph.diameter]\nlisten = [\"127.0.0.1:6\"]\n\
             peers = [{ host = \"hss\" }, { host = \"hss2\", address = \"192.0.2.1:7\" }]\n\
             [pl]\nlisten = [\"127.0.0.1:8\"]\n\
             [ss7]\nlisten = [\"127.0.0.1:9\"]\n\
             links = [{ name = \"stp\", address = \"192.0.2.2:10\" }]\n",
        )
        .unwrap();
        let options = options(&config);
        assert_eq!(options.frame_bytes_max, 64);
        assert_eq!(options.radius_ports, [1, 2, 3, 4]);
        assert_eq!(options.sip_ports, [5060, 5061, 5]);
        assert_eq!(options.diameter_ports, [3868, 6, 7]);
        assert_eq!(options.mlp_ports, [9210, 9211, 8]);
        assert_eq!(options.m3ua_ports, [2905, 9, 10]);
    }
}
