//! Diameter messages as lines, and where they are in a stream.

use pengate_codecs::{
    diameter::{
        AVP_HEADER_OCTETS, Envelope, ExperimentalResult, HEADER_OCTETS, Header, Kind, Message,
        Outcome, command, describe,
        dict::{self, Value},
    },
    sh::{self, ShData, results},
};

use super::{
    Detail,
    line::{Key, Line},
    streams::{Broken, Piece},
};

/// Tells a message under the names of its specifications; `head` tells where it comes from, after
/// its operation. True when nothing was wrong.
pub(super) fn tell(
    line: &mut Line,
    octets: &[u8],
    detail: Detail,
    head: impl FnOnce(&mut Line),
) -> bool {
    let decoded = Message::decode(octets);
    if let Some(header) = octets.first_chunk::<HEADER_OCTETS>() {
        operation(line, &Header::read(header));
    }
    head(line);
    let (message, is_sound) = match decoded {
        Ok(message) => (message, check(line, &message)),
        Err(error) => {
            line.fault(error, Some(error.at()));
            // What stands before the damage is told.
            match Message::salvage(octets) {
                Ok(message) => (message, false),
                Err(_) => return false,
            }
        }
    };
    describe(&message, detail == Detail::Full, &mut |name, value| {
        field(line, name, value);
    });
    outcome(line, &message);
    document(line, &message) && is_sound
}

/// The name of the command, as `Push-Notification-Request`.
fn operation(line: &mut Line, header: &Header) {
    let kind = if header.flags.is_request() {
        "Request"
    } else {
        "Answer"
    };
    match dict::command(header.command) {
        Some(command) => line.envelope(Key::Operation, format_args!("{}-{kind}", command.name)),
        None => line.envelope(
            Key::Operation,
            format_args!("Command-{}-{kind}", header.command),
        ),
    }
}

/// Looks into what every message carries.
fn check(line: &mut Line, message: &Message<'_>) -> bool {
    if !message.header().flags.are_valid() {
        line.fault("flags that may not stand together", Some(4));
        return false;
    }
    match Envelope::decode(message) {
        Ok(_) => true,
        Err(error) => {
            line.fault(error, Some(error.at()));
            false
        }
    }
}

fn field(line: &mut Line, name: &str, value: Value<'_>) {
    match value {
        Value::Unsigned(number) => line.number(name, number),
        Value::Text(text) => line.text(name, text),
        other => line.display(name, other),
    }
}

/// The name of a vendor's result, if it is one of Sh.
fn outcome(line: &mut Line, message: &Message<'_>) {
    let outcome = Envelope::decode(message)
        .ok()
        .and_then(|envelope| envelope.outcome);
    if let Some(Outcome::Experimental(ExperimentalResult { vendor, code })) = outcome
        && let Some(name) = results::name(ExperimentalResult { vendor, code })
    {
        line.text("Experimental-Result", name);
    }
}

/// What an Sh-Data document says. True unless it cannot be read.
fn document(line: &mut Line, message: &Message<'_>) -> bool {
    let is_sh = message.header().application == sh::APPLICATION
        || message.header().command == command::PUSH_NOTIFICATION;
    let Some(avp) = message.avp(sh::kinds::USER_DATA).filter(|_| is_sh) else {
        return true;
    };
    let start = avp.at + avp.header_octets();
    let data = match ShData::decode(avp.data) {
        Ok(data) => data,
        Err(error) => {
            line.fault(error, Some(start + error.at()));
            return false;
        }
    };
    let mut state = |name: &str, state: Option<u32>| {
        if let Some(state) = state {
            line.number(name, state.into());
        }
    };
    state(
        "IMSUserState",
        data.ims_user_state.map(|state| state.to_wire()),
    );
    state(
        "CSUserState",
        data.cs_user_state.map(|state| state.to_wire()),
    );
    state(
        "PSUserState",
        data.ps_user_state.map(|state| state.to_wire()),
    );
    state(
        "EPSUserState",
        data.eps_user_state.map(|state| state.to_wire()),
    );
    for msisdn in &data.msisdns {
        line.text("MSISDN", msisdn.written());
    }
    for identity in &data.public_identities {
        line.text("IMSPublicIdentity", identity.written());
    }
    for (name, location) in [
        ("CSLocationInformation", &data.cs_location),
        ("PSLocationInformation", &data.ps_location),
        ("EPSLocationInformation", &data.eps_location),
    ] {
        if let Some(location) = location {
            place(line, name, location);
        }
    }
    if data.faults.count() == 0 {
        return true;
    }
    let at = data.faults.first_at().map(|at| start + at);
    line.fault("an element of Sh-Data cannot be read", at);
    false
}

fn place(line: &mut Line, name: &str, location: &sh::Location<'_>) {
    let mut tell = |part: &str, value: String| line.text(&format!("{name}.{part}"), &value);
    match location.area {
        Some(sh::Area::Cell(cell)) => {
            tell(
                "CellGlobalId",
                format!("{}-{}-{}", cell.plmn, cell.lac, cell.ci),
            );
        }
        Some(sh::Area::Service(area)) => {
            tell(
                "ServiceAreaId",
                format!("{}-{}-{}", area.plmn, area.lac, area.sac),
            );
        }
        Some(sh::Area::Location(area)) => {
            tell("LocationAreaId", format!("{}-{}", area.plmn, area.lac));
        }
        None => {}
    }
    if let Some(area) = location.routing_area {
        tell(
            "RoutingAreaId",
            format!("{}-{}-{}", area.plmn, area.lac, area.rac),
        );
    }
    if let Some(cell) = location.eutran_cell {
        tell("E-UTRANCellGlobalId", format!("{}-{}", cell.plmn, cell.eci));
    }
    if let Some(area) = location.tracking_area {
        tell("TrackingAreaId", format!("{}-{}", area.plmn, area.tac));
    }
    for (part, number) in [
        ("VLRNumber", location.vlr),
        ("MSCNumber", location.msc),
        ("SGSNNumber", location.sgsn),
    ] {
        if let Some(number) = number {
            tell(part, number.to_string());
        }
    }
    if let Some(age) = location.age {
        tell("AgeOfLocationInformation", age.to_string());
    }
}

/// Gives the whole messages at the start of a stream's octets to `each`; tells how many octets are
/// done with. When the boundary of the next message is unknown, it is where octets look like one.
pub(super) fn cut(
    octets: &[u8],
    is_lost: &mut bool,
    octets_max: usize,
    each: &mut dyn FnMut(Piece<'_>),
) -> usize {
    let mut at = 0;
    loop {
        let rest = octets.get(at..).unwrap_or_default();
        if *is_lost {
            let Some(start) = (0..rest.len()).find(|start| is_start(&rest[*start..], octets_max))
            else {
                // The last octets may be the start of a header.
                return octets.len() - rest.len().min(START_OCTETS - 1);
            };
            at += start;
            *is_lost = false;
            continue;
        }
        let Some(&[_, l1, l2, l3]) = rest.first_chunk() else {
            return at;
        };
        let length = u32::from_be_bytes([0, l1, l2, l3]);
        // 24 bits.
        let len = length as usize;
        if !(HEADER_OCTETS..=octets_max).contains(&len) {
            each(Piece::Broken(rest, Broken::Length(length)));
            *is_lost = true;
            at += 1;
            continue;
        }
        let Some(message) = rest.get(..len) else {
            return at;
        };
        each(Piece::Message(message));
        at += len;
    }
}

/// Whether a message seems to start here: a header with a command that has a name, and the header
/// of an AVP that has one.
fn is_start(octets: &[u8], octets_max: usize) -> bool {
    let Some((header, avp)) = octets
        .first_chunk::<START_OCTETS>()
        .and_then(|start| start.split_first_chunk::<HEADER_OCTETS>())
    else {
        return false;
    };
    let Ok(header) = Header::decode(header) else {
        return false;
    };
    let length = usize::try_from(header.length).unwrap_or(usize::MAX);
    let code = u32::from_be_bytes([avp[0], avp[1], avp[2], avp[3]]);
    let is_avp = avp[4] & 0x1f == 0 && dict::lookup(Kind::base(code)).is_some();
    length <= octets_max && dict::command(header.command).is_some() && is_avp
}

/// A message's header and that of its first AVP.
const START_OCTETS: usize = HEADER_OCTETS + AVP_HEADER_OCTETS;

#[cfg(test)]
mod tests {
    use pengate_codecs::diameter::{Builder, Flags, kinds};

    use super::*;

    fn message(name: &str) -> Vec<u8> {
        let header = Header {
            length: 0,
            flags: Flags::REQUEST,
            command: command::DEVICE_WATCHDOG,
            application: 0,
            hop_by_hop: 1,
            end_to_end: 2,
        };
        let mut out = Vec::new();
        Builder::new(&mut out, &header)
            .text(kinds::ORIGIN_HOST, name)
            .finish()
            .unwrap();
        out
    }

    /// Lengths of what is whole, negative ones of what is broken; and how much is done with.
    fn told(octets: &[u8], is_lost: &mut bool) -> (Vec<i64>, usize) {
        let mut told = Vec::new();
        let done = cut(octets, is_lost, 1000, &mut |piece| match piece {
            Piece::Message(octets) => told.push(i64::try_from(octets.len()).unwrap()),
            Piece::Broken(octets, _) => told.push(-i64::try_from(octets.len()).unwrap()),
        });
        (told, done)
    }

    #[test]
    fn whole_messages_are_cut_and_the_rest_is_kept() {
        let both = [message("hss.ims.example"), message("a")].concat();
        let first = i64::try_from(both.len() - 32).unwrap();
        for end in 0..both.len() {
            let (lengths, done) = told(&both[..end], &mut false);
            let expected = if end < both.len() - 32 {
                vec![]
            } else {
                vec![first]
            };
            assert_eq!(lengths, expected, "{end}");
            assert_eq!(
                done,
                if lengths.is_empty() {
                    0
                } else {
                    both.len() - 32
                }
            );
        }
        assert_eq!(told(&both, &mut false), (vec![first, 32], both.len()));
    }

    #[test]
    fn after_a_hole_the_next_header_counts() {
        let octets = [&b"\x01\x00\x00\x18 the rest of another"[..], &message("a")].concat();
        let mut is_lost = true;
        assert_eq!(told(&octets, &mut is_lost), (vec![32], octets.len()));
        assert!(!is_lost);
        let mut is_lost = true;
        let (lengths, done) = told(&octets[..40], &mut is_lost);
        assert_eq!(
            (lengths, done, is_lost),
            (vec![], 40 - (START_OCTETS - 1), true)
        );
    }

    #[test]
    fn a_length_that_cannot_be_is_told_once() {
        let octets = [&[1, 0, 0, 3][..], &message("a")].concat();
        let len = i64::try_from(octets.len()).unwrap();
        assert_eq!(told(&octets, &mut false), (vec![-len, 32], octets.len()));
    }
}
