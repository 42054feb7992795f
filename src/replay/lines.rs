//! What came of a step, as lines of JSON: what `pengate replay` prints and golden files hold.

use pengate_codecs::Stamp;
use serde_json::json;

use crate::{event::to_json, feed::Channel, gateway::Effects};

/// What a line is about.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Kind {
    /// What a network element told.
    Events,
    /// What was appended to the pen log of it.
    Updates,
    /// A presence document that changed.
    Documents,
    /// A message that was sent.
    Sent,
    /// What was not understood or not taken.
    Faults,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Events,
        Self::Updates,
        Self::Documents,
        Self::Sent,
        Self::Faults,
    ];

    /// The name of its golden file, without `.jsonl`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Updates => "updates",
            Self::Documents => "documents",
            Self::Sent => "sent",
            Self::Faults => "faults",
        }
    }
}

/// Gives a line, without its end, for everything of one kind that came of the step at `at`. Events,
/// updates and documents are there only when the gateway taps them.
pub fn lines(kind: Kind, at: Stamp, effects: &Effects, each: &mut dyn FnMut(String)) {
    match kind {
        Kind::Events => effects
            .events
            .iter()
            .for_each(|event| each(event.to_json())),
        Kind::Updates => effects
            .updates
            .iter()
            .for_each(|update| each(to_json(update))),
        Kind::Documents => effects.documents.iter().for_each(|shown| {
            let document = String::from_utf8_lossy(&shown.body);
            let presentity = shown.presentity.as_str();
            let line = json!({"at": shown.at, "presentity": presentity, "document": document});
            each(line.to_string());
        }),
        Kind::Sent => effects
            .sends()
            .for_each(|(channel, octets)| each(sent(at, channel, octets))),
        Kind::Faults => faults(at, effects, each),
    }
}

/// A message that was sent: SIP as text, everything else as hexadecimal.
fn sent(at: Stamp, channel: Channel, octets: &[u8]) -> String {
    let to = channel.peer;
    let line = match std::str::from_utf8(octets) {
        Ok(text) if !text.contains('\0') => json!({"at": at, "to": to, "text": text}),
        _ => {
            let hex: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
            json!({"at": at, "to": to, "octets": hex})
        }
    };
    line.to_string()
}

fn faults(at: Stamp, effects: &Effects, each: &mut dyn FnMut(String)) {
    effects.faults.iter().for_each(|fault| each(to_json(fault)));
    for (peer, kind) in &effects.sip_faults {
        each(json!({"at": at, "peer": peer, "kind": kind, "source": "sip"}).to_string());
    }
    for fault in &effects.server_faults {
        let line = json!({
            "at": at,
            "kind": fault.kind,
            "peer": fault.peer,
            "source": fault.room.name(),
        });
        each(line.to_string());
    }
}
