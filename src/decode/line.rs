//! One line of JSON.

use std::{
    fmt::{self, Display, Write as _},
    ops::Range,
};

use hashbrown::HashTable;
use xxhash_rust::xxh3::xxh3_64;

/// What is told of every message, whatever its protocol.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Key {
    Capture,
    Frame,
    At,
    Protocol,
    Operation,
    Carrier,
    Source,
    Destination,
    Fault,
}

impl Key {
    /// In the order in which they are told.
    pub(super) const ALL: [Self; 9] = [
        Self::Capture,
        Self::Frame,
        Self::At,
        Self::Protocol,
        Self::Operation,
        Self::Carrier,
        Self::Source,
        Self::Destination,
        Self::Fault,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Capture => "capture",
            Self::Frame => "frame",
            Self::At => "at",
            Self::Protocol => "protocol",
            Self::Operation => "operation",
            Self::Carrier => "carrier",
            Self::Source => "source",
            Self::Destination => "destination",
            Self::Fault => "fault",
        }
    }
}

/// An object whose keys stand in the order in which they were first told; the values of a key that
/// is told several times become a list. What a message itself names like a [`Key`] has `_` behind its
/// name. Its memory is used again for the next line.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// Names and values as they will be written, one after the other.
    parts: Vec<u8>,
    entries: Vec<Entry>,
    /// The first entry of every name.
    names: HashTable<usize>,
    out: Vec<u8>,
}

#[derive(Debug)]
struct Entry {
    name: Range<usize>,
    value: Range<usize>,
    is_first: bool,
    /// The next entry of the same name.
    next: Option<usize>,
    /// Of a first entry: the last one of the same name.
    last: usize,
}

impl Line {
    /// Tells of a message what is told of every one.
    pub(super) fn envelope(&mut self, key: Key, value: impl Display) {
        self.entry(key.name(), |out| quoted(out, value));
    }

    /// Tells in which frame a message ends.
    pub(super) fn frame(&mut self, frame: u64) {
        self.entry(Key::Frame.name(), |out| {
            out.extend_from_slice(itoa::Buffer::new().format(frame).as_bytes());
        });
    }

    /// Tells a text.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.display(name, value);
    }

    /// Tells what `value` shows, as a text.
    pub(super) fn display(&mut self, name: &str, value: impl Display) {
        self.member(name, |out| quoted(out, value));
    }

    /// Tells a number.
    pub(super) fn number(&mut self, name: &str, value: u64) {
        self.member(name, |out| {
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        });
    }

    /// Tells a number that may be negative.
    pub(super) fn integer(&mut self, name: &str, value: i64) {
        self.member(name, |out| {
            out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
        });
    }

    /// Tells that something is so, or is not.
    pub(super) fn truth(&mut self, name: &str, value: bool) {
        let value: &[u8] = if value { b"true" } else { b"false" };
        self.member(name, |out| out.extend_from_slice(value));
    }

    /// Tells what another line holds, which starts anew.
    pub(super) fn object(&mut self, name: &str, object: &mut Self) {
        self.member(name, |out| {
            out.extend_from_slice(object.finish().trim_ascii_end())
        });
    }

    /// Tells what is wrong and at which offset.
    pub(super) fn fault(&mut self, what: impl Display, offset: Option<usize>) {
        self.entry(Key::Fault.name(), |out| {
            out.extend_from_slice(b"{\"what\":");
            quoted(out, what);
            if let Some(offset) = offset {
                out.extend_from_slice(b",\"offset\":");
                out.extend_from_slice(itoa::Buffer::new().format(offset).as_bytes());
            }
            out.push(b'}');
        });
    }

    /// Tells what a message says.
    fn member(&mut self, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
        if Key::ALL.iter().any(|key| key.name() == name) {
            self.entry(&format!("{name}_"), value);
        } else {
            self.entry(name, value);
        }
    }

    fn entry(&mut self, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
        let start = self.parts.len();
        quoted(&mut self.parts, name);
        let middle = self.parts.len();
        value(&mut self.parts);
        let number = self.entries.len();
        let mut entry = Entry {
            name: start..middle,
            value: middle..self.parts.len(),
            is_first: true,
            next: None,
            last: number,
        };
        let (parts, entries) = (&self.parts, &self.entries);
        let written = &parts[start..middle];
        let hash = xxh3_64(written);
        let same = |first: &usize| parts[entries[*first].name.clone()] == *written;
        if let Some(&first) = self.names.find(hash, same) {
            entry.is_first = false;
            let last = std::mem::replace(&mut self.entries[first].last, number);
            self.entries[last].next = Some(number);
        } else {
            self.names.insert_unique(hash, number, |first| {
                xxh3_64(&parts[entries[*first].name.clone()])
            });
        }
        self.entries.push(entry);
    }

    /// The line with its line end; the next one starts anew.
    pub(super) fn finish(&mut self) -> &[u8] {
        self.out.clear();
        self.out.push(b'{');
        for entry in self.entries.iter().filter(|entry| entry.is_first) {
            if self.out.len() > 1 {
                self.out.push(b',');
            }
            self.out.extend_from_slice(&self.parts[entry.name.clone()]);
            self.out.push(b':');
            if entry.next.is_none() {
                self.out.extend_from_slice(&self.parts[entry.value.clone()]);
                continue;
            }
            let mut mark = b'[';
            let mut each = Some(entry);
            while let Some(entry) = each {
                self.out.push(mark);
                self.out.extend_from_slice(&self.parts[entry.value.clone()]);
                mark = b',';
                each = entry.next.map(|next| &self.entries[next]);
            }
            self.out.push(b']');
        }
        self.out.extend_from_slice(b"}\n");
        self.parts.clear();
        self.entries.clear();
        self.names.clear();
        &self.out
    }
}

fn quoted(out: &mut Vec<u8>, value: impl Display) {
    out.push(b'"');
    // The escape takes everything; an error could only be that of `value` itself.
    let _ = write!(Escape(out), "{value}");
    out.push(b'"');
}

/// Takes text and writes it as the inside of a JSON string (RFC 8259 clause 7).
struct Escape<'o>(&'o mut Vec<u8>);

impl fmt::Write for Escape<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut plain = 0;
        for (at, octet) in text.bytes().enumerate() {
            let short = match octet {
                b'"' | b'\\' => Some(octet),
                b'\n' => Some(b'n'),
                b'\r' => Some(b'r'),
                b'\t' => Some(b't'),
                0..0x20 | 0x7f => None,
                _ => continue,
            };
            self.0.extend_from_slice(&text.as_bytes()[plain..at]);
            plain = at + 1;
            match short {
                Some(short) => self.0.extend_from_slice(&[b'\\', short]),
                None => {
                    let digits = [octet >> 4, octet & 0xf].map(|digit| HEX[usize::from(digit)]);
                    self.0.extend_from_slice(b"\\u00");
                    self.0.extend_from_slice(&digits);
                }
            }
        }
        self.0.extend_from_slice(&text.as_bytes()[plain..]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finished(line: &mut Line) -> String {
        String::from_utf8(line.finish().to_vec()).unwrap()
    }

    #[test]
    fn keys_keep_their_order_and_repeated_ones_become_lists() {
        let mut line = Line::default();
        line.text("b", "1");
        line.number("a", 2);
        line.text("b", "3");
        line.number("b", 4);
        line.fault("x", Some(5));
        assert_eq!(
            finished(&mut line),
            "{\"b\":[\"1\",\"3\",4],\"a\":2,\"fault\":{\"what\":\"x\",\"offset\":5}}\n"
        );
        line.fault("y", None);
        assert_eq!(finished(&mut line), "{\"fault\":{\"what\":\"y\"}}\n");
        assert_eq!(finished(&mut line), "{}\n");
    }

    #[test]
    fn what_a_message_names_like_its_envelope_is_told_apart() {
        for key in Key::ALL {
            let mut line = Line::default();
            line.envelope(key, "ours");
            line.text(key.name(), "theirs");
            line.number(key.name(), 1);
            let name = key.name();
            assert_eq!(
                finished(&mut line),
                format!("{{\"{name}\":\"ours\",\"{name}_\":[\"theirs\",1]}}\n")
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_survives(texts in proptest::collection::vec(("[a-c]", any::<String>()), 1..40)) {
            let mut line = Line::default();
            for (name, text) in &texts {
                line.text(name, text);
            }
            let line = finished(&mut line);
            prop_assert!(line.ends_with('\n') && !line.trim_end_matches('\n').contains('\n'));
            let object: serde_json::Value = serde_json::from_str(&line).unwrap();
            for name in ["a", "b", "c"] {
                let told: Vec<&String> =
                    texts.iter().filter(|(told, _)| told == name).map(|(_, text)| text).collect();
                let found = match &object[name] {
                    serde_json::Value::Null => Vec::new(),
                    serde_json::Value::Array(values) => {
                        values.iter().map(|value| value.as_str().unwrap().to_owned()).collect()
                    }
                    value => vec![value.as_str().unwrap().to_owned()],
                };
                prop_assert_eq!(found.iter().collect::<Vec<_>>(), told);
            }
        }
    }
}
