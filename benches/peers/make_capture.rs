//! Writes a capture of Accounting-Requests as a GGSN sends them, for benches that compare decoders:
//! `cargo run --release --example make_capture -- FILE [COUNT]`. All identities are test ones.

use std::{
    env,
    error::Error,
    fs::File,
    io::BufWriter,
    net::{Ipv4Addr, SocketAddr},
};

use pengate::feed::{Carrier, Channel, Chunk, Heading, capture::Recorder};
use pengate_codecs::{Stamp, radius::Secret};
use request::Request;

#[path = "request.rs"]
mod request;

/// Many enough that reading the file outweighs starting the program that reads it.
const COUNT: u32 = 200_000;
const SUBSCRIBERS: u32 = 1_000_000;
/// 2026-03-01T10:15:30Z.
const BEGIN: u32 = 1_772_360_130;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let file = arguments.next().ok_or("FILE [COUNT]")?;
    let count: u32 = arguments.next().map_or(Ok(COUNT), |count| count.parse())?;
    let secret = Secret::from("testing123");
    let local: SocketAddr = "192.0.2.2:1813".parse()?;
    let mut recorder = Recorder::new(BufWriter::new(File::create(file)?))?;
    let mut octets = Vec::new();
    for number in 0..count {
        octets.clear();
        let request = Request {
            number,
            subscribers: SUBSCRIBERS,
            at: BEGIN + number / 100_000,
            identifier: u8::try_from(number % 256)?,
        };
        request.encode(&secret, &mut octets)?;
        // A GGSN sends from many ports, for an identifier has only 256 values.
        let port = 20_000 + u16::try_from(number % 1024)?;
        recorder.chunk(&Chunk {
            at: Stamp::from_nanos(i64::from(BEGIN) * 1_000_000_000 + i64::from(number) * 10_000),
            channel: Channel {
                carrier: Carrier::Udp,
                local,
                peer: SocketAddr::new(Ipv4Addr::new(192, 0, 2, 1).into(), port),
            },
            heading: Heading::In,
            bytes: &octets,
        })?;
    }
    recorder.flush()?;
    Ok(())
}
