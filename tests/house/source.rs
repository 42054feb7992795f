//! Rust source as far as the house rules need it: text without comments and strings, and the paths
//! named in it.

/// A path such as `std::fs::File`, with `crate` in front for those of the crate, and its line.
pub type Named = (usize, String);

/// The source before its tests (they stand at the end of a file), without comments and strings;
/// line ends stay where they are.
pub fn code(text: &str) -> String {
    let text = blank(text);
    let tests = text.find("#[cfg(test)]").unwrap_or(text.len());
    text[..tests].to_owned()
}

/// Replaces comments and the insides of strings by spaces.
fn blank(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            'r' if rest.starts_with("r\"") || rest.starts_with("r#") => raw_string(rest),
            '"' => string(rest),
            '\'' => character(rest),
            _ => 0,
        };
        if length == 0 {
            out.push(next);
            rest = &rest[next.len_utf8()..];
        } else {
            out.extend(
                rest[..length]
                    .chars()
                    .map(|c| if c == '\n' { c } else { ' ' }),
            );
            rest = &rest[length..];
        }
    }
    out
}

fn string(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(at, _)| at + 1)
}

/// A raw string, or nothing where `r#` begins a raw identifier.
fn raw_string(text: &str) -> usize {
    let hashes = text[1..].chars().take_while(|c| *c == '#').count();
    if !text[1 + hashes..].starts_with('"') {
        return 0;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let begin = hashes + 2;
    text[begin..]
        .find(&end)
        .map_or(text.len(), |at| begin + at + end.len())
}

/// A character literal, or nothing where `'` begins a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => text[2..].find('\'').map_or(0, |at| {
            // The escaped character may be the quote itself.
            if at == 0 { 4 } else { at + 3 }
        }),
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 0,
    }
}

/// All paths of two or more names, with groups in braces written out. `depth` is how many modules
/// below the crate the file is; a `super` that leads to the crate is written as `crate`.
pub fn paths(code: &str, depth: usize) -> Vec<Named> {
    let mut found = Vec::new();
    let mut reader = Reader { code, at: 0 };
    while let Some(start) = reader.next_name() {
        reader.at = start;
        reader.path(String::new(), &mut found);
    }
    for (_, path) in &mut found {
        let supers = path.split("::").take_while(|name| *name == "super").count();
        if supers > 0 && supers >= depth {
            *path = format!("crate{}", &path[supers * "super::".len() - 2..]);
        }
    }
    found.retain(|(_, path)| path.contains("::"));
    found
}

struct Reader<'a> {
    code: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        &self.code[self.at..]
    }

    /// Offset of the next identifier.
    fn next_name(&self) -> Option<usize> {
        let offset = self.rest().find(|c: char| c.is_alphabetic() || c == '_')?;
        Some(self.at + offset)
    }

    fn skip_space(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start().len();
    }

    /// Reads a path that begins here and goes on from `prefix`.
    fn path(&mut self, prefix: String, found: &mut Vec<Named>) {
        let line = self.code[..self.at].matches('\n').count() + 1;
        let length = self
            .rest()
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.rest().len());
        let path = format!("{prefix}{}", &self.rest()[..length]);
        self.at += length;
        let Some(rest) = self.rest().strip_prefix("::") else {
            found.push((line, path));
            return;
        };
        let next = rest.chars().next();
        self.at += 2;
        match next {
            Some('{') => {
                self.at += 1;
                self.group(&format!("{path}::"), found);
            }
            Some(c) if c.is_alphabetic() || c == '_' => self.path(format!("{path}::"), found),
            // A glob or generic arguments: what is before them is the path.
            _ => found.push((line, format!("{path}::*"))),
        }
    }

    /// Reads what is between braces, the opening one being read already.
    fn group(&mut self, prefix: &str, found: &mut Vec<Named>) {
        loop {
            self.skip_space();
            match self.rest().chars().next() {
                Some(c) if c.is_alphabetic() || c == '_' => self.path(prefix.to_owned(), found),
                Some('}') => {
                    self.at += 1;
                    return;
                }
                Some(c) => self.at += c.len_utf8(),
                None => return,
            }
        }
    }
}
