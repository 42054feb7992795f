//! The format of the dictionary's files; each says it in its own head.

use super::{Entry, Type, Vendor};
use crate::radius::VendorFormat;

/// Reads one file.
///
/// # Errors
/// The number of the first line, from 1, that cannot be read; 0 if no vendor was named.
pub(super) fn vendor(text: &'static str) -> Result<Vendor, usize> {
    let mut vendor = None;
    for (n, line) in (1..).zip(text.lines()) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let is_read = match &mut vendor {
            None => {
                vendor = head(line);
                vendor.is_some()
            }
            Some(vendor) if line.starts_with(' ') => add_value(vendor, line).is_some(),
            Some(vendor) => add_entry(vendor, line).is_some(),
        };
        if !is_read {
            return Err(n);
        }
    }
    vendor.ok_or(0)
}

fn head(line: &'static str) -> Option<Vendor> {
    let words: Vec<_> = line.split_whitespace().collect();
    let (["vendor", number, name, type_octets, length_octets], rest) = words.split_at_checked(5)?
    else {
        return None;
    };
    let format = VendorFormat {
        type_octets: type_octets
            .parse()
            .ok()
            .filter(|octets| matches!(octets, 1 | 2 | 4))?,
        length_octets: length_octets
            .parse()
            .ok()
            .filter(|octets| matches!(octets, 0..=2))?,
        continuation: match rest {
            [] => false,
            ["continued"] => true,
            _ => return None,
        },
    };
    Some(Vendor {
        number: number.parse().ok()?,
        name,
        format,
        entries: Vec::new(),
    })
}

fn add_entry(vendor: &mut Vendor, line: &'static str) -> Option<()> {
    let mut words = line.split_whitespace();
    let (number, name, word) = (words.next()?, words.next()?, words.next()?);
    let kind = *Type::ALL.iter().find(|kind| kind.word() == word)?;
    let number = number.parse().ok()?;
    vendor.entries.push(Entry {
        vendor: vendor.number,
        number,
        name,
        kind,
        values: Vec::new(),
    });
    words.next().is_none().then_some(())
}

fn add_value(vendor: &mut Vendor, line: &'static str) -> Option<()> {
    let (number, name) = line.trim_start().split_once(' ')?;
    let values = &mut vendor.entries.last_mut()?.values;
    let number = number.parse().ok()?;
    let is_ascending = values.last().is_none_or(|(last, _)| *last < number);
    values.push((number, name));
    is_ascending.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vendor_with_attributes_and_values_is_read() {
        let text = "# Words.\nvendor 7 Seven 2 1 continued\n\n1 Seven-One u32\n    5 Five\n";
        let vendor = vendor(text).unwrap();
        assert_eq!((vendor.number, vendor.name), (7, "Seven"));
        assert_eq!(vendor.format.header_octets(), 4);
        assert_eq!(vendor.entries[0].values, [(5, "Five")]);
    }

    #[test]
    fn the_first_bad_line_is_named() {
        for (text, line) in [
            ("", 0),
            ("1 Early u32", 1),
            ("vendor 7 Seven 3 1", 1),
            ("vendor 7 Seven 1 3", 1),
            ("vendor 7 Seven 1 1 maybe", 1),
            ("vendor 7 Seven 1 1\n1 One", 2),
            ("vendor 7 Seven 1 1\n1 One u33", 2),
            ("vendor 7 Seven 1 1\n1 One u32 more", 2),
            ("vendor 7 Seven 1 1\n    1 Early", 2),
            ("vendor 7 Seven 1 1\n1 One u32\n    2 Two\n    1 One", 4),
        ] {
            assert_eq!(vendor(text), Err(line), "{text}");
        }
    }
}
