//! Captures: pcap and pcapng files to chunks, and chunks to pcapng.
//!
//! ```text
//! Read > Reader > Frame > link > IP > UDP, or TCP stream > Packets > Item > Classifier > Entry
//! ```
//!
//! [`Reader`] knows file formats, [`Packets`] what is in a frame, [`Classifier`] which protocol it
//! is and which side is ours. [`Recorder`] writes the same back. None of them opens files.

mod error;
mod exported;
mod fault;
mod fragments;
mod ip;
mod link;
mod octets;
mod options;
mod packets;
mod pcap;
mod pcapng;
mod pieces;
mod reader;

mod source;
mod streams;
mod table;
mod tcp;
#[cfg(test)]
mod testing;

pub use self::{
    error::{CaptureError, Damage, FileKind},
    fault::{Defect, Fault, Foreign},
    link::LinkType,
    options::Options,
    packets::{Item, Kind, Losses, Packet, Packets, Part},
    reader::{Frame, Reader},
    tcp::Ending,
};
