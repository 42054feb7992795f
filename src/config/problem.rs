//! What is wrong with a configuration: everything at once, each with its place.

use std::fmt;

use thiserror::Error;

/// Where a value came from.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Origin {
    /// A line of the file, from 1.
    Line(usize),
    /// A `--set` of the command line.
    Set,
    /// Nowhere: the default stands.
    #[default]
    Default,
}

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Problem {
    /// Where it is.
    pub origin: Origin,
    /// The path of the key, such as `radius.clients[0].network`; empty for the whole file.
    pub key: String,
    /// What is wrong and what is allowed.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.origin {
            Origin::Line(line) => write!(f, "line {line}: ")?,
            Origin::Set => f.write_str("--set: ")?,
            Origin::Default => {}
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

/// All that is wrong with a configuration, in the order of the file. Never empty as an error.
#[derive(Clone, Debug, Default, Eq, Error, PartialEq)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// Rewrites what the deserializer says in the words of an operator.
pub(super) fn wording(message: &str) -> String {
    let message = message.trim();
    if let Some(rest) = message.strip_prefix("unknown field ") {
        return unknown(rest, "no such key");
    }
    if let Some(rest) = message.strip_prefix("unknown variant ") {
        return unknown(rest, "not allowed");
    }
    if let Some(rest) = message.strip_prefix("missing field ") {
        return format!("the key {rest} is missing and has no default");
    }
    if message == "invalid socket address syntax" {
        return "not an address; an IP address with a port is allowed, such as 127.0.0.1:5060 or \
                [::1]:5060"
            .to_owned();
    }
    let Some((found, expected)) = message
        .strip_prefix("invalid type: ")
        .or_else(|| message.strip_prefix("invalid value: "))
        .and_then(|rest| rest.split_once(", expected "))
    else {
        return message.to_owned();
    };
    format!("{found}: {} is allowed", type_name(expected))
}

/// What an operator calls a type that the deserializer expects.
fn type_name(expected: &str) -> String {
    match expected {
        "u8" => "a whole number from 0 to 255".to_owned(),
        "u16" => "a whole number from 0 to 65535".to_owned(),
        "u32" => "a whole number from 0 to 4294967295".to_owned(),
        "u64" | "usize" => "a whole number from 0".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a string" | "path string" => "a text in quotes".to_owned(),
        "a sequence" => "a list".to_owned(),
        "socket address" => "an address with a port, such as \"127.0.0.1:5060\",".to_owned(),
        other if other.starts_with("struct ") => "a table".to_owned(),
        other => other.to_owned(),
    }
}

/// For "`found`, expected one of `a`, `b`".
fn unknown(rest: &str, verdict: &str) -> String {
    let mut names = rest.split('`').skip(1).step_by(2);
    let found = names.next().unwrap_or_default();
    let allowed: Vec<&str> = names.collect();
    let hint = nearest(found, allowed.iter().copied())
        .map(|near| format!("; did you mean `{near}`?"))
        .unwrap_or_default();
    format!(
        "`{found}` is {verdict}{hint} (allowed: {})",
        allowed.join(", ")
    )
}

/// The name most like `found`, when one is like it at all: at most a third of it is wrong.
pub(super) fn nearest<'a>(
    found: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let limit = found.chars().count().div_ceil(3).max(1);
    names
        .into_iter()
        .map(|name| (distance(found, name), name))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, name)| name)
}

/// Levenshtein's distance: insertions, deletions and replacements of characters.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, left) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, right) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(left != *right);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_counts_edits() {
        for (one, other, edits) in [
            ("", "", 0),
            ("listen", "listen", 0),
            ("lisen", "listen", 1),
            ("worker", "workers", 1),
            ("kitten", "sitting", 3),
            ("", "abc", 3),
        ] {
            assert_eq!(distance(one, other), edits, "{one} {other}");
        }
    }

    #[test]
    fn only_a_name_that_is_alike_is_suggested() {
        let names = ["listen", "clients"];
        assert_eq!(nearest("client", names), Some("clients"));
        assert_eq!(nearest("lsiten", names), Some("listen"));
        assert_eq!(nearest("workers", names), None);
    }

    #[test]
    fn the_words_are_those_of_an_operator() {
        for (message, words) in [
            (
                "unknown field `lisen`, expected `listen` or `clients`",
                "`lisen` is no such key; did you mean `listen`? (allowed: listen, clients)",
            ),
            (
                "invalid type: string \"x\", expected u16",
                "string \"x\": a whole number from 0 to 65535 is allowed",
            ),
            (
                "invalid type: integer `3`, expected struct Radius",
                "integer `3`: a table is allowed",
            ),
            (
                "missing field `network`",
                "the key `network` is missing and has no default",
            ),
        ] {
            assert_eq!(wording(message), words);
        }
    }
}
