//! The format of the dictionary's files; each says it in its own head.

use super::{Command, Dictionary, Entry, Type};
use crate::diameter::Kind;

/// Reads one file.
///
/// # Errors
/// The number of the first line, from 1, that cannot be read.
pub(super) fn read(text: &'static str) -> Result<Dictionary, usize> {
    let mut part = Dictionary::default();
    let mut vendor = None;
    for (n, line) in (1_usize..).zip(text.lines()) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let is_read = if line.starts_with(' ') {
            value(&mut part, line)
        } else {
            entry(&mut part, &mut vendor, line)
        };
        is_read.ok_or(n)?;
    }
    Ok(part)
}

fn entry(part: &mut Dictionary, vendor: &mut Option<u32>, line: &'static str) -> Option<()> {
    let words: Vec<_> = line.split_whitespace().collect();
    match words[..] {
        ["vendor", number, _] => *vendor = Some(number.parse().ok()?),
        ["application", number, name] => part.applications.push((number.parse().ok()?, name)),
        ["command", code, name, request, answer] => part.commands.push(Command {
            code: code.parse().ok()?,
            name,
            request,
            answer,
        }),
        [code, name, word, ref rest @ ..] => {
            let is_mandatory = match *rest {
                [] => false,
                ["M"] => true,
                _ => return None,
            };
            part.entries.push(Entry {
                kind: Kind {
                    vendor: (*vendor)?,
                    code: code.parse().ok()?,
                },
                name,
                data_type: *Type::ALL.iter().find(|found| found.word() == word)?,
                is_mandatory,
                values: Vec::new(),
            });
        }
        _ => return None,
    }
    Some(())
}

fn value(part: &mut Dictionary, line: &'static str) -> Option<()> {
    let (number, name) = line.trim_start().split_once(' ')?;
    let values = &mut part.entries.last_mut()?.values;
    let number = number.parse().ok()?;
    let is_ascending = values.last().is_none_or(|(last, _)| *last < number);
    values.push((number, name));
    is_ascending.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read() {
        let text = "# Words.\nvendor 7 Seven\napplication 9 Nine\ncommand 5 Five FR FA\n\n\
                    1 One enumerated M\n    5 Five\n2 Two utf8\n";
        let part = read(text).unwrap();
        assert_eq!(part.entries[0].kind, Kind { vendor: 7, code: 1 });
        assert_eq!(part.entries[0].values, [(5, "Five")]);
        assert!(part.entries[0].is_mandatory && !part.entries[1].is_mandatory);
        assert_eq!(part.applications, [(9, "Nine")]);
        assert_eq!(part.commands[0].answer, "FA");
    }

    #[test]
    fn the_first_bad_line_is_named() {
        for (text, line) in [
            ("1 Early utf8", 1),
            ("vendor x X", 1),
            ("application x X", 1),
            ("command 1 One O", 1),
            ("vendor 7 Seven\n1 One", 2),
            ("vendor 7 Seven\n1 One utf9", 2),
            ("vendor 7 Seven\n1 One utf8 N", 2),
            ("vendor 7 Seven\n1 One utf8 M more", 2),
            ("vendor 7 Seven\n    1 Early", 2),
            ("vendor 7 Seven\n1 One enumerated\n    2 Two\n    1 One", 4),
        ] {
            assert_eq!(read(text).err(), Some(line), "{text}");
        }
    }
}
