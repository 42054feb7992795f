//! RADIUS packets as lines.

use pengate_codecs::radius::{
    Accounting, Code, DecodeError, HEADER_OCTETS, Packet, describe, dict::Value,
};

use super::{
    Detail,
    line::{Key, Line},
};

/// Tells a datagram under the names of its specifications; `head` tells where it comes from, after
/// its operation. True when nothing was wrong.
pub(super) fn tell(
    line: &mut Line,
    octets: &[u8],
    detail: Detail,
    head: impl FnOnce(&mut Line),
) -> bool {
    let packet = match Packet::decode(octets) {
        Ok(packet) => packet,
        Err(error) => {
            let whole = octets.first_chunk::<HEADER_OCTETS>();
            let header = whole.filter(|_| !matches!(error, DecodeError::Length { .. }));
            if let Some([code, ..]) = header {
                operation(line, Code::from_wire(*code));
            }
            head(line);
            line.fault(error, Some(error.at()));
            if let Some([code, identifier, ..]) = header {
                line.number("Code", (*code).into());
                line.number("Identifier", (*identifier).into());
            }
            return false;
        }
    };
    let code = packet.code();
    operation(line, code);
    head(line);
    let is_sound = check(line, &packet, code);
    describe(&packet, detail == Detail::Full, &mut |name, value| {
        field(line, name, value);
    });
    is_sound
}

fn operation(line: &mut Line, code: Code) {
    match code.name() {
        Some(name) => line.envelope(Key::Operation, name),
        None => line.envelope(Key::Operation, format_args!("Code-{}", code.to_wire())),
    }
}

/// Looks into the values that presence is told from.
fn check(line: &mut Line, packet: &Packet<'_>, code: Code) -> bool {
    if !matches!(code, Code::AccountingRequest | Code::AccessRequest) {
        return true;
    }
    match Accounting::decode(packet).map(|view| view.faults) {
        Err(error) => line.fault(error, Some(error.at())),
        Ok(faults) => match faults.count() {
            0 => return true,
            1 => line.fault("an attribute cannot be read", faults.first_at()),
            count => {
                let what = format_args!("{count} attributes cannot be read");
                line.fault(what, faults.first_at());
            }
        },
    }
    false
}

fn field(line: &mut Line, name: &str, value: Value<'_>) {
    match value {
        // Its name is the operation.
        Value::Named { number, .. } if name == "Code" => line.number(name, number),
        Value::Integer(number) => line.number(name, number),
        Value::Text(text) => line.text(name, text),
        other => line.display(name, other),
    }
}
