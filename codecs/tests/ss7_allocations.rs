//! Reading and writing M3UA and SCCP allocates nothing, nor does reading on to the argument of MAP
//! or CAP.
#![allow(clippy::expect_used, reason = "a test may stop at the first surprise")]
#![allow(clippy::panic, reason = "a test may stop at the first surprise")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use std::hint::black_box;

use pengate_asn1::Value;
use pengate_codecs::{
    cap::{EventReportBcsmArg, EventReportGprsArg, InitialDpArg, InitialDpGprsArg},
    m3ua::{Builder, Data, Message, MessageType},
    map::{AnyTimeInterrogationArg, NoteMmEventArg},
    sccp,
    tcap::{self, Component},
};

use counting::allocations;

#[path = "support/counting.rs"]
mod counting;

#[path = "data/m3ua/mod.rs"]
mod vectors;

#[test]
fn every_vector_is_read_and_answered_without_an_allocation() {
    let mut out = Vec::with_capacity(1000);
    for (name, hex) in vectors::VECTORS {
        let octets = vectors::octets(hex);
        let count = allocations(|| {
            let message = Message::decode(&octets).unwrap();
            for parameter in message.parameters() {
                black_box(parameter.value().unwrap());
            }
            let data = Data::decode(&octets).unwrap().unwrap();
            let unit = sccp::Message::decode(data.protocol_data.payload).unwrap();
            let transfer = unit.transfer().unwrap();
            let answer = sccp::Unitdata {
                class: sccp::ProtocolClass::from_wire(0),
                called: transfer.calling,
                calling: transfer.called,
                data: transfer.data,
            };
            out.clear();
            Builder::new(&mut out, MessageType::Data)
                .routing_contexts(&[100])
                .protocol_data(data.protocol_data.label.reversed(), |out| {
                    answer.encode(out).unwrap();
                })
                .finish()
                .unwrap();
        });
        assert_eq!(count, 0, "{name}");
        assert_eq!(out.len(), octets.len(), "{name}");
    }
}

/// Reads the argument of the first invoke, from the octets of M3UA on.
fn read<'a, V: Value<'a>>(octets: &'a [u8]) {
    let data = Data::decode(octets).unwrap().unwrap();
    let unit = sccp::Message::decode(data.protocol_data.payload).unwrap();
    let message = tcap::Message::decode(unit.transfer().unwrap().data).unwrap();
    let tcap::Message::Begin(begin) = message else {
        panic!("it is a Begin");
    };
    black_box(begin.dialogue.unwrap().decode().unwrap());
    let Component::Invoke(invoke) = begin.components.iter().next().unwrap().unwrap() else {
        panic!("it is an invoke");
    };
    let mut value = V::BLANK;
    value.read_any(invoke.argument.unwrap()).unwrap();
    black_box(&value);
}

/// Reads the argument that a vector has.
type Read = fn(&[u8]);

#[test]
fn every_argument_is_read_from_m3ua_on_without_an_allocation() {
    let arguments: [(&str, Read); 7] = [
        (vectors::NOTE_MM_EVENT_CS, |octets| {
            read::<NoteMmEventArg<'_>>(octets);
        }),
        (vectors::NOTE_MM_EVENT_PS, |octets| {
            read::<NoteMmEventArg<'_>>(octets);
        }),
        (vectors::ANY_TIME_INTERROGATION, |octets| {
            read::<AnyTimeInterrogationArg<'_>>(octets);
        }),
        (vectors::INITIAL_DP, |octets| {
            read::<InitialDpArg<'_>>(octets)
        }),
        (vectors::EVENT_REPORT_BCSM, |octets| {
            read::<EventReportBcsmArg<'_>>(octets);
        }),
        (vectors::INITIAL_DP_GPRS, |octets| {
            read::<InitialDpGprsArg<'_>>(octets);
        }),
        (vectors::EVENT_REPORT_GPRS, |octets| {
            read::<EventReportGprsArg<'_>>(octets);
        }),
    ];
    for (hex, read) in arguments {
        let octets = vectors::octets(hex);
        assert_eq!(allocations(|| read(&octets)), 0, "{hex}");
    }
}
