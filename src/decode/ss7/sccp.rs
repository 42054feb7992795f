//! SCCP messages as lines, and what their users say: put together from segments, where it is TCAP.

use pengate_codecs::{
    Stamp,
    m3ua::Label,
    sccp::{self, PartyAddress, Purpose, Transfer},
};

use super::{
    super::line::{Key, Line},
    Ss7,
    octets::Octets,
    tcap::{self, Ends},
};
use crate::{
    decode::Detail,
    session::sccp::{Address, Outcome, Path},
};

impl Ss7 {
    /// Tells an SCCP message that came under a label; `head` tells where it comes from, after its
    /// operation. True when nothing was wrong.
    pub(super) fn sccp_of(
        &mut self,
        line: &mut Line,
        (at, label): (Stamp, Label),
        octets: &[u8],
        head: impl FnOnce(&mut Line),
    ) -> bool {
        let detail = self.detail;
        let message = match sccp::Message::decode(octets) {
            Ok(message) => message,
            Err(error) => {
                head(line);
                line.fault(error, Some(error.at()));
                return false;
            }
        };
        let kind = message.kind();
        let named = |line: &mut Line| match kind.name() {
            Some(name) => line.envelope(Key::Operation, name),
            None => line.envelope(Key::Operation, format_args!("SCCP-{:#04x}", kind.to_wire())),
        };
        let Some(transfer) = message.transfer() else {
            named(line);
            head(line);
            return true;
        };
        let whole = self.whole(at, label, &transfer);
        let data = match &whole {
            Data::Own => transfer.data,
            Data::Whole(whole) => whole,
            Data::Partial | Data::Broken(_) => &[],
        };
        let ends = Ends::new(label, &transfer);
        let said = tcap::is_spoken(&transfer, data).then(|| self.hear(data, &ends));
        match said.as_ref().and_then(tcap::Heard::operation) {
            Some(name) => line.envelope(Key::Operation, name),
            None => named(line),
        }
        head(line);
        if detail == Detail::Full && said.is_some() {
            line.text("SCCP", kind.name().unwrap_or_default());
        }
        told(line, &transfer, detail);
        if let Data::Broken(kind) = whole {
            line.fault(kind, None);
            return false;
        }
        said.is_none_or(|said| self.tell(line, &said))
    }

    /// What a message says, once all its segments are there.
    fn whole(&mut self, at: Stamp, label: Label, transfer: &Transfer<'_>) -> Data {
        while self.reassembly.expire(at).is_some() {}
        let Some(segment) = transfer
            .segmentation
            .filter(|segment| !segment.first || segment.remaining > 0)
        else {
            return Data::Own;
        };
        // What came back is told segment by segment: the others may not follow.
        let (Purpose::Deliver(_), Ok(remote)) = (transfer.purpose, Address::new(&transfer.calling))
        else {
            return Data::Partial;
        };
        let path = Path {
            label: label.reversed(),
            remote,
            subsystem: transfer.called.subsystem.unwrap_or_default(),
        };
        match self
            .reassembly
            .take(at, &path, segment, transfer.data, false)
        {
            Outcome::Waits => Data::Partial,
            Outcome::Whole(whole) => Data::Whole(whole),
            Outcome::Broken(_) => Data::Broken("a segment that none before it announced"),
        }
    }
}

/// What a user of SCCP said.
enum Data {
    /// The data of the message itself.
    Own,
    /// What all segments are together.
    Whole(Vec<u8>),
    /// A part of it.
    Partial,
    /// It will never be whole.
    Broken(&'static str),
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
