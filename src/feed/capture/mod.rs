//! Captures: pcap and pcapng files to chunks, and chunks to pcapng.
//!
//! ```text
//! Read > Reader > Frame > link > IP > UDP, TCP stream or SCTP message > Packets > Item
//!      > Classifier > Entry
//! ```
//!
//! [`Reader`] knows file formats, [`Packets`] what is in a frame, [`Classifier`] which protocol it
//! is and which side is ours. [`Recorder`] writes the same back. None of them opens files.

mod associations;
mod classify;
mod error;
mod exported;
mod fault;
mod fragments;
mod ip;
mod lane;
mod link;
mod octets;
mod options;
mod packets;
mod pcap;
mod pcapng;
mod pieces;
mod reader;
mod record;
mod sctp;
mod sniff;
mod source;
mod ss7;
mod streams;
mod synthesis;
mod table;
mod tcp;
#[cfg(test)]
mod testing;

pub(crate) use self::table::Table;
pub use self::{
    classify::{Classifier, Entry, Event, Protocol},
    error::{CaptureError, Damage, FileKind},
    fault::{Defect, Fault, Foreign},
    link::LinkType,
    options::Options,
    packets::{Item, Kind, Losses, Packet, Packets, Part},
    reader::{Frame, Reader},
    record::{Payload, Recorder},
    tcp::Ending,
};

/// Runs everything here over octets that may be anything, within small limits: for fuzzing.
#[doc(hidden)]
pub fn exercise(octets: &[u8]) {
    let options = Options {
        frame_bytes_max: 4096,
        interfaces_max: 4,
        fragments_max: 4,
        reassembly_bytes_max: 8192,
        streams_max: 4,
        stream_gap_bytes_max: 1024,
        flows_max: 4,
        ..Options::default()
    };
    let mut packets = Packets::new(octets, &options);
    let mut classifier = Classifier::new(&options);
    let mut last = 0;
    while let Ok(Some(item)) = packets.next_item() {
        last = last.max(item.frame);
        classifier.classify(&item, |entry| assert_eq!(entry.frame, item.frame));
    }
    assert!(
        last <= packets.frame_number(),
        "an item of a frame that was never read"
    );
}
