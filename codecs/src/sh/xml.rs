//! Tokens of a small XML document, without an allocation.
//!
//! `quick_xml::Reader` keeps the names of open elements on the heap, and this document is read for
//! every notification; the tests compare the two. There are no document types here and hence no
//! entities but the five.

use memchr::{memchr, memchr3, memmem};

use super::ShDataError;

/// How deep elements may stand in each other.
pub const DEPTH_MAX: usize = 64;

/// What comes next.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Token<'a> {
    /// A start tag; an empty element has an end as well.
    Start {
        /// The name without prefix.
        local: &'a str,
        /// Offset of the tag.
        at: usize,
    },
    /// Character data that is not only white space, as it is written.
    Text {
        text: &'a str,
        /// Offset of the data.
        at: usize,
    },
    /// The end of the element opened last.
    End,
    /// The end of the document.
    Eof,
}

/// Reads a document from its start to its end.
#[derive(Debug)]
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// Names of the open elements.
    open: [&'a str; DEPTH_MAX],
    depth: usize,
    /// The element opened last is empty: its end comes next.
    is_empty: bool,
    has_root: bool,
}

impl<'a> Scanner<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            open: [""; DEPTH_MAX],
            depth: 0,
            is_empty: false,
            has_root: false,
        }
    }

    /// How many elements are open.
    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    pub(super) fn token(&mut self) -> Result<Token<'a>, ShDataError> {
        if self.is_empty {
            self.is_empty = false;
            self.depth -= 1;
            return Ok(Token::End);
        }
        loop {
            let start = self.at;
            let rest = &self.text[start..];
            let until = memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
            if until > 0 {
                self.at += until;
                let text = rest[..until].trim_ascii();
                if !text.is_empty() {
                    return self.data(text, start + offset(rest, text));
                }
                continue;
            }
            match rest.as_bytes().get(1) {
                None if rest.is_empty() => return self.eof(),
                Some(b'/') => return self.end_tag(),
                Some(b'?') => self.skip(b"?>")?,
                Some(b'!') => {
                    if rest.starts_with("<!--") {
                        self.skip(b"-->")?;
                    } else if rest.starts_with("<![CDATA[") {
                        let at = start + 9;
                        self.skip(b"]]>")?;
                        // What was skipped ends with the three that were looked for.
                        let text = self.text.get(at..self.at - 3).unwrap_or_default();
                        if !text.is_empty() {
                            return self.data(text, at);
                        }
                    } else if rest.starts_with("<!DOCTYPE") {
                        return Err(ShDataError::DocumentType { at: start });
                    } else {
                        return Err(ShDataError::Syntax { at: start });
                    }
                }
                _ => return self.start_tag(),
            }
        }
    }

    fn data(&self, text: &'a str, at: usize) -> Result<Token<'a>, ShDataError> {
        if self.depth == 0 {
            return Err(ShDataError::Syntax { at });
        }
        Ok(Token::Text { text, at })
    }

    fn eof(&self) -> Result<Token<'a>, ShDataError> {
        if self.depth == 0 && self.has_root {
            return Ok(Token::Eof);
        }
        Err(ShDataError::End {
            at: self.text.len(),
        })
    }

    /// Passes over a comment and the like, up to `end` and over it.
    fn skip(&mut self, end: &[u8]) -> Result<(), ShDataError> {
        // `<!-->` is no whole comment.
        let from = if end == b"-->" { 4 } else { 2 };
        let rest = self
            .text
            .as_bytes()
            .get(self.at + from..)
            .unwrap_or_default();
        let Some(found) = memmem::find(rest, end) else {
            return Err(ShDataError::Syntax { at: self.at });
        };
        self.at += from + found + end.len();
        Ok(())
    }

    fn start_tag(&mut self) -> Result<Token<'a>, ShDataError> {
        let at = self.at;
        let syntax = ShDataError::Syntax { at };
        let rest = &self.text[at + 1..];
        let (name, local) = name(rest).ok_or(syntax)?;
        let after = &rest[name.len()..];
        let (end, is_empty) = tag_end(after.as_bytes()).ok_or(syntax)?;
        if self.depth == 0 && self.has_root {
            return Err(syntax);
        }
        let place = self.open.get_mut(self.depth);
        *place.ok_or(ShDataError::Depth { at })? = name;
        self.depth += 1;
        self.has_root = true;
        self.is_empty = is_empty;
        self.at += 1 + name.len() + end;
        Ok(Token::Start { local, at })
    }

    fn end_tag(&mut self) -> Result<Token<'a>, ShDataError> {
        let at = self.at;
        let rest = &self.text[at + 2..];
        let open = self
            .depth
            .checked_sub(1)
            .and_then(|place| self.open.get(place));
        let after = open.and_then(|open| rest.strip_prefix(open));
        let end = match after.map(str::as_bytes) {
            Some([b'>', ..]) => Some(1),
            // White space may stand before the bracket.
            Some(after) => memchr(b'>', after)
                .filter(|end| after[..*end].trim_ascii().is_empty())
                .map(|end| end + 1),
            None => None,
        };
        let (Some(after), Some(end)) = (after, end) else {
            let is_cut = memchr(b'>', rest.as_bytes()).is_none();
            return Err(if is_cut {
                ShDataError::Syntax { at }
            } else {
                ShDataError::EndTag { at }
            });
        };
        self.depth -= 1;
        self.at = self.text.len() - after.len() + end;
        Ok(Token::End)
    }
}

/// The name at the start of a tag, and what of it stands behind a colon.
fn name(rest: &str) -> Option<(&str, &str)> {
    let octets = rest.as_bytes();
    let mut local = 0;
    let mut len = 0;
    loop {
        match CLASSES[usize::from(*octets.get(len)?)] {
            START => len += 1,
            PART if len > 0 => len += 1,
            COLON if len > 0 => {
                len += 1;
                local = len;
            }
            _ => break,
        }
    }
    // Names end before an ASCII character, as colons are.
    (len > 0).then_some((rest.get(..len)?, rest.get(local..len)?))
}

/// What a character may be in a name.
const CLASSES: [u8; 256] = {
    let mut classes = [NONE; 256];
    let mut octet = 0_u8;
    loop {
        classes[octet as usize] = match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'_' | 0x80.. => START,
            b'0'..=b'9' | b'-' | b'.' => PART,
            b':' => COLON,
            _ => NONE,
        };
        if octet == u8::MAX {
            break;
        }
        octet += 1;
    }
    classes
};

const NONE: u8 = 0;
const START: u8 = 1;
const PART: u8 = 2;
const COLON: u8 = 3;

/// Where a start tag ends, seen from behind its name, and whether its element is empty.
fn tag_end(octets: &[u8]) -> Option<(usize, bool)> {
    match octets {
        [b'>', ..] => return Some((1, false)),
        [b'/', b'>', ..] => return Some((2, true)),
        [b' ' | b'\t' | b'\r' | b'\n', ..] => {}
        _ => return None,
    }
    let mut at = 0;
    loop {
        let rest = octets.get(at..)?;
        let found = memchr3(b'"', b'\'', b'>', rest)?;
        if rest.get(..found)?.contains(&b'<') {
            return None;
        }
        let quote = *rest.get(found)?;
        if quote == b'>' {
            let is_empty = found > 0 && rest.get(found - 1) == Some(&b'/');
            return Some((at + found + 1, is_empty));
        }
        let value = rest.get(found + 1..)?;
        let end = memchr(quote, value)?;
        if value.get(..end)?.contains(&b'<') {
            return None;
        }
        at += found + 1 + end + 1;
    }
}

/// Where a part stands in the text that it is a part of.
fn offset(whole: &str, part: &str) -> usize {
    part.as_ptr() as usize - whole.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quick_xml::{Reader, events::Event};

    use super::*;

    fn told(text: &str) -> Result<Vec<String>, ShDataError> {
        let mut scanner = Scanner::new(text);
        let mut told = Vec::new();
        loop {
            told.push(match scanner.token()? {
                Token::Start { local, .. } => format!("<{local}"),
                Token::Text { text, .. } => text.to_owned(),
                Token::End => ">".to_owned(),
                Token::Eof => return Ok(told),
            });
        }
    }

    #[test]
    fn tokens_come_in_order() {
        let text = "<?xml version='1.0'?>\n<!-- < -->\n<p:a b='>' c=\"/>\"><d/> x <![CDATA[ <y ]]>\
                    <e f='1' /></p:a >\n";
        assert_eq!(
            told(text).unwrap(),
            ["<a", "<d", ">", "x", " <y ", "<e", ">", ">"]
        );
    }

    #[test]
    fn each_error_is_told_with_its_offset() {
        let deep = "<a>".repeat(DEPTH_MAX + 1);
        for (text, error) in [
            ("", ShDataError::End { at: 0 }),
            ("<a>", ShDataError::End { at: 3 }),
            ("x<a/>", ShDataError::Syntax { at: 0 }),
            ("<a/> x", ShDataError::Syntax { at: 5 }),
            ("<a/><b/>", ShDataError::Syntax { at: 4 }),
            ("<a><!-- ", ShDataError::Syntax { at: 3 }),
            ("<a><!--></a>", ShDataError::Syntax { at: 3 }),
            ("<a><![CDATA[ ]]</a>", ShDataError::Syntax { at: 3 }),
            ("<a><!x></a>", ShDataError::Syntax { at: 3 }),
            ("<?xml", ShDataError::Syntax { at: 0 }),
            ("<1/>", ShDataError::Syntax { at: 0 }),
            ("<a", ShDataError::Syntax { at: 0 }),
            ("<a b='>", ShDataError::Syntax { at: 0 }),
            ("<a <b>", ShDataError::Syntax { at: 0 }),
            ("<a b='<'>", ShDataError::Syntax { at: 0 }),
            ("<a></b>", ShDataError::EndTag { at: 3 }),
            ("</b>", ShDataError::EndTag { at: 0 }),
            ("<a></a", ShDataError::Syntax { at: 3 }),
            ("<!DOCTYPE a []><a/>", ShDataError::DocumentType { at: 0 }),
            (&deep, ShDataError::Depth { at: 3 * DEPTH_MAX }),
        ] {
            assert_eq!(told(text), Err(error), "{text}");
            assert_eq!(error.at(), error.at().min(text.len()));
        }
    }

    /// The same by another reader; nothing where it refuses.
    fn other(text: &str) -> Option<Vec<String>> {
        let mut reader = Reader::from_str(text);
        let mut told = Vec::new();
        let mut depth = 0_i32;
        let push = |told: &mut Vec<String>, text: &str| {
            let text = text.trim_ascii();
            if !text.is_empty() {
                told.push(text.to_owned());
            }
        };
        loop {
            match reader.read_event().ok()? {
                Event::Start(tag) => {
                    depth += 1;
                    told.push(format!("<{}", tag.local_name().as_ref()));
                }
                Event::Empty(tag) => {
                    told.push(format!("<{}", tag.local_name().as_ref()));
                    told.push(">".to_owned());
                }
                Event::End(_) => {
                    depth -= 1;
                    told.push(">".to_owned());
                }
                Event::Text(text) => push(&mut told, &text),
                Event::Eof => return (depth == 0).then_some(told),
                _ => {}
            }
        }
    }

    fn document() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            "[a-z0-9 ]{0,8}",
            Just("<!-- c -->".to_owned()),
            "<e( [a-z]='[a-z>/ ]{0,4}'){0,2} ?/>",
        ];
        let tree = leaf.prop_recursive(4, 32, 5, |inner| {
            let within = proptest::collection::vec(inner, 0..5);
            ("[a-z]{1,3}(:[a-z]{1,3})?", within)
                .prop_map(|(name, within)| format!("<{name}>{}</{name}>", within.concat()))
        });
        proptest::collection::vec(tree, 0..5)
            .prop_map(|within| format!("<Sh-Data>{}</Sh-Data>", within.concat()))
    }

    proptest! {
        #[test]
        fn another_reader_tells_the_same(text in document()) {
            let ours = told(&text).unwrap();
            // The other one parts text at comments as well, but may join what we tell apart.
            prop_assert_eq!(ours.concat(), other(&text).unwrap().concat());
        }

        #[test]
        fn every_truncation_is_an_error(text in document()) {
            for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
                prop_assert!(told(&text[..end]).is_err(), "{}", &text[..end]);
            }
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[<>/!?a-c\"'= \\[\\]-]{0,60}") {
            if let Ok(ours) = told(&text) {
                let starts = ours.iter().filter(|token| token.starts_with('<')).count();
                let ends = ours.iter().filter(|token| *token == ">").count();
                prop_assert_eq!(starts, ends);
            }
        }
    }
}
