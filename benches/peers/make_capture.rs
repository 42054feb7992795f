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
use pengate_codecs::{
    Stamp,
    radius::{Builder, Code, EncodeError, Secret, attribute as ietf, gi::kind},
};

/// Many enough that reading the file outweighs starting the program that reads it.
const COUNT: u32 = 200_000;
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
        accounting_request(number, &secret, &mut octets)?;
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

/// 25 attributes of TS 29.061 clause 16.4; Start, Interim-Update and Stop take turns.
fn accounting_request(
    number: u32,
    secret: &Secret,
    octets: &mut Vec<u8>,
) -> Result<usize, EncodeError> {
    let subscriber = number / 3 % 1_000_000 + 1;
    let status = [1, 3, 2][usize::try_from(number % 3).unwrap_or_default()];
    let imsi = format!("00101{subscriber:010}");
    let msisdn = format!("999{subscriber:08}");
    let session = format!("{:08X}{number:08X}", 0xc000_0201_u32);
    let address = Ipv4Addr::from_bits(0x0a00_0000 + subscriber);
    let identifier = u8::try_from(number % 256).unwrap_or_default();
    Builder::new(octets, Code::AccountingRequest, identifier)
        .integer(ietf::ACCT_STATUS_TYPE, status)
        .attribute(ietf::USER_NAME, msisdn.as_bytes())
        .attribute(ietf::NAS_IP_ADDRESS, &[192, 0, 2, 1])
        .integer(ietf::SERVICE_TYPE, 2)
        .integer(ietf::FRAMED_PROTOCOL, 7)
        .attribute(ietf::FRAMED_IP_ADDRESS, &address.octets())
        .attribute(ietf::CALLED_STATION_ID, b"internet.ims.example")
        .attribute(ietf::CALLING_STATION_ID, msisdn.as_bytes())
        .attribute(ietf::NAS_IDENTIFIER, b"ggsn1.ims.example")
        .integer(ietf::ACCT_DELAY_TIME, 0)
        .attribute(ietf::ACCT_SESSION_ID, session.as_bytes())
        .integer(ietf::ACCT_AUTHENTIC, 1)
        .integer(ietf::ACCT_INPUT_OCTETS, number)
        .integer(ietf::ACCT_OUTPUT_OCTETS, number)
        .integer(ietf::EVENT_TIMESTAMP, BEGIN + number / 100_000)
        .integer(ietf::NAS_PORT_TYPE, 18)
        .gi(kind::IMSI, imsi.as_bytes())
        .gi(kind::CHARGING_ID, &number.to_be_bytes())
        .gi(kind::PDP_TYPE, &[0, 0, 0, 0])
        .gi(kind::SGSN_ADDRESS, &[192, 0, 2, 3])
        .gi(kind::GGSN_ADDRESS, &[192, 0, 2, 1])
        .gi(kind::NSAPI, b"5")
        .gi(kind::SGSN_MCC_MNC, b"00101")
        .gi(kind::RAT_TYPE, &[1])
        .gi(
            kind::USER_LOCATION_INFO,
            &[1, 0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x78],
        )
        .finish_request(&[0; 16], secret)
}
