//! M3UA, MTP3 and SCCP messages as lines.

use std::fmt::{self, Display};

use pengate_codecs::{
    m3ua::{self, Data, Label, MessageType, Value},
    mtp3,
    sccp::{self, PartyAddress, Purpose, Transfer},
};

use super::{Detail, line::Line};

/// Tells an M3UA message; `head` tells where it comes from, after its operation. True when nothing
/// was wrong.
pub(super) fn m3ua(
    line: &mut Line,
    octets: &[u8],
    detail: Detail,
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
            Ok(data) => payload(line, &data, detail, head),
            Err(error) => {
                line.text("operation", "DATA");
                head(line);
                line.fault(error, Some(error.at()));
                false
            }
        },
        kind => {
            match (kind.name(), kind.to_wire()) {
                (Some(name), _) => line.text("operation", name),
                (None, (class, kind)) => {
                    line.display("operation", format_args!("M3UA-{class}-{kind}"));
                }
            }
            head(line);
            parameters(line, &message)
        }
    }
}

/// Tells an MTP3 message of a link.
pub(super) fn mtp3(
    line: &mut Line,
    octets: &[u8],
    detail: Detail,
    head: impl FnOnce(&mut Line),
) -> bool {
    match mtp3::Message::decode(octets) {
        Ok(message) => user_part(line, message.label, message.payload, detail, |line| {
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

/// Tells an SCCP message.
pub(super) fn sccp(
    line: &mut Line,
    octets: &[u8],
    detail: Detail,
    head: impl FnOnce(&mut Line),
) -> bool {
    let message = match sccp::Message::decode(octets) {
        Ok(message) => message,
        Err(error) => {
            head(line);
            line.fault(error, Some(error.at()));
            return false;
        }
    };
    let kind = message.kind();
    match kind.name() {
        Some(name) => line.text("operation", name),
        None => line.display("operation", format_args!("SCCP-{:#04x}", kind.to_wire())),
    }
    head(line);
    if let Some(transfer) = message.transfer() {
        told(line, &transfer, detail);
    }
    true
}

fn payload(line: &mut Line, data: &Data<'_>, detail: Detail, head: impl FnOnce(&mut Line)) -> bool {
    let protocol = data.protocol_data;
    user_part(line, protocol.label, protocol.payload, detail, |line| {
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
    line: &mut Line,
    label: Label,
    payload: &[u8],
    detail: Detail,
    head: impl FnOnce(&mut Line),
) -> bool {
    if label.service == m3ua::SERVICE_SCCP {
        return sccp(line, payload, detail, head);
    }
    line.text("operation", "DATA");
    head(line);
    true
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

fn told(line: &mut Line, transfer: &Transfer<'_>, detail: Detail) {
    address(line, &CALLED, &transfer.called);
    address(line, &CALLING, &transfer.calling);
    match transfer.purpose {
        Purpose::Return(cause) => match cause.name() {
            Some(name) => line.text("Return-Cause", name),
            None => line.number("Return-Cause", cause.to_wire().into()),
        },
        Purpose::Deliver(class) if detail == Detail::Full => {
            line.number("Protocol-Class", (class.to_wire() & 0x0f).into());
            line.number("Return-On-Error", class.wants_return().into());
        }
        Purpose::Deliver(_) => {}
    }
    if let Some(segment) = transfer.segmentation {
        line.number("Segment-First", segment.first.into());
        line.number("Segments-Remaining", segment.remaining.into());
        line.number("Segment-Reference", segment.local_reference.into());
    }
    if transfer.called.subsystem == Some(sccp::subsystem::MANAGEMENT) {
        management(line, transfer.data);
    } else if detail == Detail::Full {
        line.number(
            "Data-Octets",
            u64::try_from(transfer.data.len()).unwrap_or(u64::MAX),
        );
    }
}

fn management(line: &mut Line, data: &[u8]) {
    match sccp::Management::decode(data) {
        Ok(message) => {
            match message.kind.name() {
                Some(name) => line.text("SCMG", name),
                None => line.number("SCMG", message.kind.to_wire().into()),
            }
            line.number("Affected-SSN", message.subsystem.into());
            line.number("Affected-PC", message.point_code.into());
        }
        Err(error) => line.fault(error, Some(error.at())),
    }
}

/// Names of an address's parts: point code, subsystem, global title.
type Names = [&'static str; 3];

const CALLED: Names = ["Called-PC", "Called-SSN", "Called-GT"];
const CALLING: Names = ["Calling-PC", "Calling-SSN", "Calling-GT"];

fn address(line: &mut Line, [point, subsystem, title]: &Names, address: &PartyAddress<'_>) {
    if let Some(code) = address.point_code {
        line.number(point, code.into());
    }
    if let Some(number) = address.subsystem {
        line.number(subsystem, number.into());
    }
    match address.title.map(|title| (title.digits(), title)) {
        None => {}
        Some((Some(digits), _)) => line.display(title, digits),
        Some((None, other)) => line.display(title, Octets(title_octets(&other))),
    }
}

/// The address of a title that is not in digits.
fn title_octets<'a>(title: &sccp::GlobalTitle<'a>) -> &'a [u8] {
    use sccp::GlobalTitle as Title;
    match *title {
        Title::Translation { address, .. } => address,
        Title::Other { octets, .. } => octets,
        Title::Plan { address, .. } | Title::Full { address, .. } => match address {
            sccp::Address::Other { octets, .. } => octets,
            sccp::Address::Digits(digits) => digits.octets(),
        },
        Title::Nature { digits, .. } => digits.octets(),
    }
}

/// Octets in base 16.
struct Octets<'a>(&'a [u8]);

impl Display for Octets<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|octet| write!(to, "{octet:02x}"))
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
