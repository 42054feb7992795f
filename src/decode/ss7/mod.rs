//! What SS7 carries as lines: M3UA and MTP3 here, SCCP and TCAP with MAP and CAP below.

mod argument;
mod catalogue;
mod dialogues;
mod names;
mod octets;
mod operations;
mod parameter;
mod problem;
mod sccp;
mod tcap;
mod values;

use pengate_codecs::{
    Stamp,
    m3ua::{self, Data, Label, MessageType, Value},
    mtp3,
};

use self::{
    dialogues::{Dialogues, NO_LABEL},
    names::Names,
    octets::Octets,
};
use super::{
    Detail, Limits,
    line::{Key, Line},
};
use crate::session::sccp::{Options, Reassembly};

/// Tells messages of SS7, and remembers what later ones refer to.
pub(super) struct Ss7 {
    detail: Detail,
    names: Names,
    dialogues: Dialogues,
    reassembly: Reassembly,
}

impl Ss7 {
    pub(super) fn new(detail: Detail, limits: &Limits) -> Self {
        Self {
            detail,
            names: Names::new(),
            dialogues: Dialogues::new(limits.transactions_max),
            reassembly: Reassembly::new(&Options::default()),
        }
    }

    /// Tells an M3UA message; `head` tells where it comes from, after its operation. True when
    /// nothing was wrong.
    pub(super) fn m3ua(
        &mut self,
        line: &mut Line,
        at: Stamp,
        octets: &[u8],
        head: impl FnOnce(&mut Line),
    ) -> bool {
        let message = match m3ua::Message::decode(octets) {
            Ok(message) => message,
            Err(error) => {
                head(line);
                line.fault(error, Some(error.at()));
                return false;
            }
        };
        match message.kind() {
            MessageType::Data => match Data::of(&message) {
                Ok(data) => self.payload(line, at, &data, head),
                Err(error) => {
                    line.envelope(Key::Operation, "DATA");
                    head(line);
                    line.fault(error, Some(error.at()));
                    false
                }
            },
            kind => {
                match (kind.name(), kind.to_wire()) {
                    (Some(name), _) => line.envelope(Key::Operation, name),
                    (None, (class, kind)) => {
                        line.envelope(Key::Operation, format_args!("M3UA-{class}-{kind}"));
                    }
                }
                head(line);
                parameters(line, &message)
            }
        }
    }

    /// Tells an MTP3 message of a link.
    pub(super) fn mtp3(
        &mut self,
        line: &mut Line,
        at: Stamp,
        octets: &[u8],
        head: impl FnOnce(&mut Line),
    ) -> bool {
        let detail = self.detail;
        match mtp3::Message::decode(octets) {
            Ok(message) => self.user_part(line, (at, message.label), message.payload, |line| {
                head(line);
                label(line, message.label, detail);
            }),
            Err(error) => {
                head(line);
                line.fault(error, Some(error.at));
                false
            }
        }
    }

    /// Tells an SCCP message of a link that shows no more.
    pub(super) fn sccp(
        &mut self,
        line: &mut Line,
        at: Stamp,
        octets: &[u8],
        head: impl FnOnce(&mut Line),
    ) -> bool {
        self.sccp_of(line, (at, NO_LABEL), octets, head)
    }

    fn payload(
        &mut self,
        line: &mut Line,
        at: Stamp,
        data: &Data<'_>,
        head: impl FnOnce(&mut Line),
    ) -> bool {
        let detail = self.detail;
        let protocol = data.protocol_data;
        self.user_part(line, (at, protocol.label), protocol.payload, |line| {
            head(line);
            let numbers = [
                ("Network-Appearance", data.network_appearance),
                ("Routing-Context", data.routing_context),
                ("Correlation-Id", data.correlation_id),
            ];
            for (name, number) in numbers {
                if let Some(number) = number {
                    line.number(name, number.into());
                }
            }
            label(line, protocol.label, detail);
        })
    }

    fn user_part(
        &mut self,
        line: &mut Line,
        (at, label): (Stamp, Label),
        payload: &[u8],
        head: impl FnOnce(&mut Line),
    ) -> bool {
        if label.service == m3ua::SERVICE_SCCP {
            return self.sccp_of(line, (at, label), payload, head);
        }
        line.envelope(Key::Operation, "DATA");
        head(line);
        true
    }
}

fn label(line: &mut Line, label: Label, detail: Detail) {
    line.number("OPC", label.originator.into());
    line.number("DPC", label.destination.into());
    if detail == Detail::Full || label.service != m3ua::SERVICE_SCCP {
        line.number("SI", label.service.into());
    }
    if detail == Detail::Full {
        line.number("NI", label.network.into());
        line.number("MP", label.priority.into());
        line.number("SLS", label.selection.into());
    }
}

/// Tells the parameters of a message that carries no data. True when all could be read.
fn parameters(line: &mut Line, message: &m3ua::Message<'_>) -> bool {
    let mut is_sound = true;
    for parameter in message.parameters() {
        match parameter.value() {
            Ok(value) => self::parameter(line, &value),
            Err(error) => {
                line.fault(error, Some(error.at()));
                is_sound = false;
            }
        }
    }
    is_sound
}

fn parameter(line: &mut Line, value: &Value<'_>) {
    let named = |line: &mut Line, name, label: Option<&str>, number: u32| match label {
        Some(label) => line.text(name, label),
        None => line.number(name, number.into()),
    };
    match *value {
        Value::InfoString(text) => line.display("Info-String", String::from_utf8_lossy(text)),
        Value::RoutingContext(contexts) => {
            for context in contexts.iter() {
                line.number("Routing-Context", context.into());
            }
        }
        Value::TrafficModeType(mode) => {
            named(line, "Traffic-Mode-Type", mode.name(), mode.to_wire());
        }
        Value::ErrorCode(code) => named(line, "Error-Code", code.name(), code.to_wire()),
        Value::Status(status) => {
            let (kind, information) = status.to_wire();
            match status.name() {
                Some(name) => line.text("Status", name),
                None => line.display("Status", format_args!("{kind}/{information}")),
            }
        }
        Value::AspIdentifier(number) => line.number("ASP-Identifier", number.into()),
        Value::NetworkAppearance(number) => line.number("Network-Appearance", number.into()),
        Value::AffectedPointCode(codes) => {
            for code in codes.iter() {
                line.display(
                    "Affected-Point-Code",
                    format_args!("{}/{}", code.code, code.mask),
                );
            }
        }
        Value::UserCause { cause, user } => {
            named(line, "Cause", cause.name(), cause.to_wire().into());
            line.number("User", user.into());
        }
        Value::CongestionIndications(level) => line.number("Congestion-Level", level.into()),
        Value::ConcernedDestination(code) => {
            line.number("Concerned-Destination", code.code.into());
        }
        Value::HeartbeatData(octets) | Value::DiagnosticInformation(octets) => {
            line.display("Data", Octets(octets));
        }
        Value::RoutingKey(key) => {
            line.number("Local-RK-Identifier", key.local_identifier.into());
            line.number("DPC", key.destination.into());
        }
        Value::RegistrationResult(result) => {
            line.number("Routing-Context", result.routing_context.into());
            let status = result.status;
            named(line, "Registration-Status", status.name(), status.to_wire());
        }
        Value::DeregistrationResult(result) => {
            line.number("Routing-Context", result.routing_context.into());
            let status = result.status;
            named(
                line,
                "Deregistration-Status",
                status.name(),
                status.to_wire(),
            );
        }
        _ => {}
    }
}
