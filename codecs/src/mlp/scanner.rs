//! Elements of a well-formed document, one after the other.
//!
//! Names are told without their prefix: some servers bind a namespace and some do not. A document
//! type declaration is passed over and never interpreted. Every octet is looked at once: this is
//! three times as fast as a general reader, which a differential test compares it with.

use std::borrow::Cow;

use smallvec::SmallVec;

use super::{Limits, MlpError, MlpErrorKind};
use crate::pidf::content;

/// A start tag. Offsets are of the whole text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    /// Of `<`.
    pub at: usize,
    /// Behind `>`.
    pub end: usize,
    /// The name without its prefix.
    pub name: &'a str,
    /// Depth of the element; that of the root is 1.
    pub depth: usize,
    attributes: &'a str,
    attributes_at: usize,
}

/// The text of an element, or the value of an attribute.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Text<'a> {
    /// Where it stands.
    pub at: usize,
    /// What it says: references resolved, white space trimmed.
    pub value: Cow<'a, str>,
}

enum Token<'a> {
    Start(Tag<'a>),
    End { at: usize },
    Eof,
}

pub(super) struct Scanner<'a> {
    text: &'a str,
    pub limits: Limits,
    /// What was read of the text.
    position: usize,
    /// Names of the elements that have begun and not ended, as written.
    open: SmallVec<[&'a str; 16]>,
    /// The element that began last has no content: its end follows.
    is_empty: bool,
    /// The root has begun: no document type declaration may come any more.
    has_root: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, limits: Limits) -> Self {
        Self {
            text,
            limits,
            position: 0,
            open: SmallVec::new(),
            is_empty: false,
            has_root: false,
        }
    }

    /// The root element's start tag.
    pub(super) fn root(&mut self) -> Result<Tag<'a>, MlpError> {
        match self.next()? {
            Token::Start(tag) => Ok(tag),
            Token::End { at } => Err(MlpErrorKind::NotWellFormed.at(at)),
            Token::Eof => Err(MlpErrorKind::NotWellFormed.at(self.text.len())),
        }
    }

    /// The next child of an element, or nothing at the element's end. The child before must have
    /// been read to its end; text between children is passed over.
    pub(super) fn child(&mut self, of: &Tag<'a>) -> Result<Option<Tag<'a>>, MlpError> {
        // What was not looked at of the child before.
        self.leave(of.depth + 1)?;
        if self.open.len() < of.depth {
            return Ok(None);
        }
        match self.next()? {
            Token::Start(tag) => Ok(Some(tag)),
            Token::End { .. } => Ok(None),
            Token::Eof => Err(MlpErrorKind::NotWellFormed.at(self.text.len())),
        }
    }

    /// The text of an element, which is thereby read to its end. Children that it should not have
    /// are passed over.
    pub(super) fn text(&mut self, of: &Tag<'a>) -> Result<Text<'a>, MlpError> {
        let end = self.leave(of.depth)?;
        let raw = self.text.get(of.end..end).unwrap_or_default();
        if raw.len() > self.limits.text_max {
            return Err(MlpErrorKind::TextTooLong.at(of.end));
        }
        let spaces = spaces(raw.as_bytes());
        Ok(Text {
            at: of.end + spaces,
            value: said(&raw[spaces..]),
        })
    }

    /// Reads to the end of the element at that depth; returns where its end tag starts.
    pub(super) fn leave(&mut self, depth: usize) -> Result<usize, MlpError> {
        let mut end = self.position;
        while self.open.len() >= depth {
            match self.next()? {
                Token::End { at } => end = at,
                Token::Start(_) => {}
                Token::Eof => return Err(MlpErrorKind::NotWellFormed.at(self.text.len())),
            }
        }
        Ok(end)
    }

    /// Checks that nothing but comments and the like stands behind the root element.
    pub(super) fn finish(&mut self) -> Result<(), MlpError> {
        self.leave(1)?;
        match self.next()? {
            Token::Eof => Ok(()),
            Token::Start(Tag { at, .. }) | Token::End { at } => {
                Err(MlpErrorKind::NotWellFormed.at(at))
            }
        }
    }

    fn next(&mut self) -> Result<Token<'a>, MlpError> {
        loop {
            let at = self.position;
            if std::mem::take(&mut self.is_empty) {
                self.open.pop();
                return Ok(Token::End { at });
            }
            let rest = &self.text.as_bytes()[at..];
            match *rest {
                [] if self.open.is_empty() => return Ok(Token::Eof),
                [] => return Err(MlpErrorKind::NotWellFormed.at(at)),
                [b'<', b'/', ..] => return self.end(at),
                [b'<', b'!' | b'?', ..] => self.markup(at)?,
                [b'<', ..] => return self.start(at).map(Token::Start),
                _ => self.characters(at)?,
            }
        }
    }

    fn start(&mut self, at: usize) -> Result<Tag<'a>, MlpError> {
        let text = self.text;
        let broken = MlpErrorKind::NotWellFormed.at(at);
        let octets = &text.as_bytes()[at + 1..];
        let name = octets
            .iter()
            .take_while(|octet| !is_space(**octet) && !matches!(octet, b'/' | b'>' | b'<' | b'='))
            .count();
        let mut length = name;
        // A `>` may stand in the value of an attribute.
        let mut quote = None;
        loop {
            match (octets.get(length).ok_or(broken)?, quote) {
                (b'>', None) => break,
                (b'<', _) => return Err(MlpErrorKind::NotWellFormed.at(at + 1 + length)),
                (b'"' | b'\'', None) => quote = octets.get(length),
                (octet, Some(open)) if octet == open => quote = None,
                _ => {}
            }
            length += 1;
        }
        let (attributes_at, end) = (at + 1 + name, at + 2 + length);
        let qualified = &text[at + 1..attributes_at];
        let attributes = &text[attributes_at..end - 1];
        let inside = attributes.strip_suffix('/');
        self.is_empty = inside.is_some();
        self.position = end;
        if self.open.is_empty() && std::mem::replace(&mut self.has_root, true) {
            return Err(broken);
        }
        if self.open.len() >= self.limits.depth_max {
            return Err(MlpErrorKind::TooDeep.at(at));
        }
        self.open.push(qualified);
        let colon = qualified.bytes().position(|octet| octet == b':');
        let tag = Tag {
            at,
            end,
            name: &qualified[colon.map_or(0, |colon| colon + 1)..],
            depth: self.open.len(),
            attributes: inside.unwrap_or(attributes),
            attributes_at,
        };
        let first = tag.name.as_bytes().first();
        if !first.is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_' || *first > 127)
        {
            return Err(MlpErrorKind::NotWellFormed.at(at + 1));
        }
        if !tag.attributes.is_empty() {
            let mut rest = tag.attributes();
            while rest.next(self.limits.text_max)?.is_some() {}
        }
        Ok(tag)
    }

    fn end(&mut self, at: usize) -> Result<Token<'a>, MlpError> {
        let broken = MlpErrorKind::NotWellFormed.at(at);
        let name = &self.text.as_bytes()[at + 2..];
        let open = self.open.pop().ok_or(broken)?.as_bytes();
        let behind = name.strip_prefix(open).ok_or(broken)?;
        let spaces = behind.iter().take_while(|octet| is_space(**octet)).count();
        if behind.get(spaces) != Some(&b'>') {
            return Err(broken);
        }
        self.position = at + 2 + open.len() + spaces + 1;
        Ok(Token::End { at })
    }

    /// Passes over a comment, an instruction, a CDATA section or a declaration.
    fn markup(&mut self, at: usize) -> Result<(), MlpError> {
        const FORMS: [(&[u8], &[u8]); 3] =
            [(b"<!--", b"-->"), (b"<![CDATA[", b"]]>"), (b"<?", b"?>")];
        let rest = &self.text.as_bytes()[at..];
        if rest.starts_with(b"<!DOCTYPE") {
            return self.doctype(at);
        }
        let broken = MlpErrorKind::NotWellFormed.at(at);
        let form = FORMS.iter().find(|(begin, _)| rest.starts_with(begin));
        let (begin, end) = form.ok_or(broken)?;
        // The declaration of the document stands at its start only, and text in the root only.
        let is_declaration = rest.starts_with(b"<?xml") && rest.get(5).is_none_or(|o| is_space(*o));
        if (is_declaration && at > 0) || (begin.len() == 9 && self.open.is_empty()) {
            return Err(broken);
        }
        // Every end ends with the same octet, which is soon found.
        let inside = &rest[begin.len()..];
        let length = memchr::memchr_iter(b'>', inside)
            .map(|place| place + 1)
            .find(|length| inside[..*length].ends_with(end));
        self.position = at + begin.len() + length.ok_or(broken)?;
        Ok(())
    }

    /// Passes over character data: its references and characters are checked.
    fn characters(&mut self, at: usize) -> Result<(), MlpError> {
        let rest = &self.text.as_bytes()[at..];
        let length = memchr::memchr(b'<', rest).unwrap_or(rest.len());
        let data = &rest[..length];
        self.position = at + length;
        let spaces = spaces(data);
        if spaces == length {
            return Ok(());
        }
        if self.open.is_empty() {
            return Err(MlpErrorKind::NotWellFormed.at(at + spaces));
        }
        let suspect = |octet: &u8| *octet == b'&' || (*octet < b' ' && !is_space(*octet));
        match data.iter().any(suspect) {
            true => check_characters(&self.text[at..at + length], at),
            false => Ok(()),
        }
    }

    /// Passes over a document type declaration: its subset may name parameter entities, which is
    /// how MLP is extended, but none that the content could use.
    fn doctype(&mut self, at: usize) -> Result<(), MlpError> {
        let rest = &self.text.as_bytes()[at..];
        let window = &rest[..rest.len().min(self.limits.doctype_max)];
        let length = doctype_length(window).filter(|_| !self.has_root);
        let length = length.ok_or(MlpErrorKind::Doctype.at(at))?;
        let declaration = &window[..length];
        // Only a subset declares anything.
        let subset = memchr::memchr(b'[', declaration).unwrap_or(length);
        for place in memchr::memmem::find_iter(&declaration[subset..], b"<!ENTITY") {
            let place = subset + place;
            let behind = &declaration[place + b"<!ENTITY".len()..];
            if behind.get(spaces(behind)) != Some(&b'%') {
                return Err(MlpErrorKind::Doctype.at(at + place));
            }
        }
        self.position = at + length;
        Ok(())
    }
}

/// The length of a document type declaration: its end stands outside of quotes, comments and
/// brackets.
fn doctype_length(octets: &[u8]) -> Option<usize> {
    let mut at = b"<!DOCTYPE".len();
    let mut in_subset = false;
    let mut in_declaration = true;
    loop {
        let rest = octets.get(at..)?;
        let until = |end: &[u8]| memchr::memmem::find(rest, end).map(|place| place + end.len());
        at += match *rest.first()? {
            quote @ (b'"' | b'\'') if in_declaration => memchr::memchr(quote, rest.get(1..)?)? + 2,
            b'<' if rest.starts_with(b"<!--") => until(b"-->")?,
            b'<' if rest.starts_with(b"<?") => until(b"?>")?,
            b'<' if in_subset && !in_declaration => {
                in_declaration = true;
                1
            }
            b'>' if in_subset => {
                in_declaration = false;
                1
            }
            b'>' => return Some(at + 1),
            b'[' if !in_subset => {
                (in_subset, in_declaration) = (true, false);
                1
            }
            b']' if in_subset && !in_declaration => {
                (in_subset, in_declaration) = (false, true);
                1
            }
            _ => 1,
        };
    }
}

impl<'a> Tag<'a> {
    /// The value of an attribute, by its name without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<Text<'a>> {
        let mut rest = self.attributes();
        while let Ok(Some((found, at, raw))) = rest.next(usize::MAX) {
            if found == name {
                let value = said(raw);
                return Some(Text { at, value });
            }
        }
        None
    }

    /// Every attribute with its name without prefix.
    pub(super) fn each_attribute(&self, mut each: impl FnMut(&'a str, Cow<'a, str>)) {
        let mut rest = self.attributes();
        while let Ok(Some((name, _, raw))) = rest.next(usize::MAX) {
            each(name, said(raw));
        }
    }

    fn attributes(&self) -> Attributes<'a> {
        Attributes {
            text: self.attributes,
            at: self.attributes_at,
        }
    }
}

/// What is left of the attributes of a tag.
struct Attributes<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Attributes<'a> {
    /// Name without prefix, offset of the value, and the value as written.
    fn next(&mut self, text_max: usize) -> Result<Option<(&'a str, usize, &'a str)>, MlpError> {
        let spaces = self.skip_spaces();
        if self.text.is_empty() {
            return Ok(None);
        }
        let broken = MlpErrorKind::NotWellFormed.at(self.at);
        if spaces == 0 {
            return Err(broken);
        }
        let name = self
            .text
            .bytes()
            .take_while(|octet| *octet != b'=' && !is_space(*octet));
        let name = self.take(name.count());
        self.skip_spaces();
        if name.is_empty() || self.take(1) != "=" {
            return Err(broken);
        }
        self.skip_spaces();
        let quote = match self.text.as_bytes().first() {
            Some(quote @ (b'"' | b'\'')) => *quote,
            _ => return Err(broken),
        };
        self.take(1);
        let length = memchr::memchr(quote, self.text.as_bytes()).ok_or(broken)?;
        let at = self.at;
        if length > text_max {
            return Err(MlpErrorKind::TextTooLong.at(at));
        }
        let value = self.take(length);
        self.take(1);
        check_characters(value, at)?;
        let colon = name.bytes().rposition(|octet| octet == b':');
        let local = &name[colon.map_or(0, |colon| colon + 1)..];
        Ok(Some((local, at, value)))
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self
            .text
            .split_at_checked(length)
            .unwrap_or((self.text, ""));
        self.text = rest;
        self.at += taken.len();
        taken
    }

    fn skip_spaces(&mut self) -> usize {
        self.take(spaces(self.text.as_bytes())).len()
    }
}

/// No control character, and no reference but to what is predefined.
fn check_characters(value: &str, at: usize) -> Result<(), MlpError> {
    let control = |octet: u8| octet < b' ' && !is_space(octet);
    if let Some(place) = value.bytes().position(control) {
        return Err(MlpErrorKind::Character.at(at + place));
    }
    memchr::memchr_iter(b'&', value.as_bytes()).try_for_each(|place| {
        let broken = MlpErrorKind::NotWellFormed.at(at + place);
        let (name, _) = value[place + 1..].split_once(';').ok_or(broken)?;
        check_reference(name).map_err(|kind| kind.at(at + place))
    })
}

/// Whether `&name;` may stand in a document.
fn check_reference(name: &str) -> Result<(), MlpErrorKind> {
    let number = match name {
        "amp" | "apos" | "gt" | "lt" | "quot" => return Ok(()),
        _ => match name.strip_prefix('#') {
            Some(number) => number,
            None => return Err(MlpErrorKind::Entity),
        },
    };
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let is_plain = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u32::from_str_radix(digits, radix)
        .ok()
        .filter(|_| is_plain)
        .and_then(char::from_u32)
        .filter(|character| {
            *character >= ' ' && !matches!(character, '\u{fffe}' | '\u{ffff}')
                || u8::try_from(*character).is_ok_and(is_space)
        })
        .map(|_| ())
        .ok_or(MlpErrorKind::Character)
}

const fn is_space(octet: u8) -> bool {
    matches!(octet, b' ' | b'\t' | b'\r' | b'\n')
}

/// What a text says: most have neither references nor markup.
fn said(raw: &str) -> Cow<'_, str> {
    let octets = raw.as_bytes();
    if octets.iter().any(|octet| matches!(octet, b'&' | b'<')) {
        return content(raw);
    }
    let ending = octets.iter().rev().take_while(|octet| is_space(**octet));
    let text = &raw[..octets.len() - ending.count()];
    Cow::Borrowed(&text[spaces(text.as_bytes())..])
}

/// How many spaces stand at the start.
fn spaces(octets: &[u8]) -> usize {
    octets.iter().take_while(|octet| is_space(**octet)).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Names and texts of all elements, in the order of their start tags.
    fn elements(text: &str) -> Result<Vec<(String, usize)>, MlpError> {
        let mut scanner = Scanner::new(text, Limits::default());
        let root = scanner.root()?;
        let mut elements = vec![(root.name.to_owned(), root.at)];
        loop {
            match scanner.next()? {
                Token::Start(tag) => elements.push((tag.name.to_owned(), tag.at)),
                Token::End { .. } => {}
                Token::Eof => return Ok(elements),
            }
        }
    }

    proptest! {
        /// What a strict reader takes is taken, and told in the same way.
        #[test]
        fn a_strict_reader_sees_the_same_elements(
            pieces in proptest::collection::vec(
                prop::sample::select(vec![
                    "<a>", "</a>", "<b c='>'>", "</b >", "<d/>", "<e f=\"'\" g = '1' />", "text",
                    " ", "<!-- <x> -->", "<![CDATA[<y>]]>", "<?p <z> ?>", "&lt;", "&#65;", "<h:i xmlns:h='u'/>",
                ]),
                0..16,
            ),
            prologue in prop::sample::select(vec![
                "", "<?xml version='1.0'?>", "<!DOCTYPE a SYSTEM '>'>",
                "<!DOCTYPE a [<!-- ]> --><!ELEMENT a ANY><!ENTITY % p SYSTEM ']>'>]>",
            ]),
        ) {
            let text = format!("{prologue}<a>{}</a>", pieces.concat());
            let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
            if let Ok(strict) = roxmltree::Document::parse_with_options(&text, options) {
                let theirs: Vec<_> = strict
                    .descendants()
                    .filter(roxmltree::Node::is_element)
                    .map(|node| (node.tag_name().name().to_owned(), node.range().start))
                    .collect();
                prop_assert_eq!(elements(&text), Ok(theirs), "{}", text);
            }
        }
    }

    #[test]
    fn texts_are_what_a_strict_reader_says() {
        let text = "<a> x &amp;<!-- no --> <![CDATA[<y>]]>&#x42; </a>";
        let mut scanner = Scanner::new(text, Limits::default());
        let root = scanner.root().unwrap();
        let strict = roxmltree::Document::parse(text).unwrap();
        let theirs: String = strict
            .descendants()
            .filter(|node| node.is_text())
            .filter_map(|node| node.text())
            .collect();
        let ours = scanner.text(&root).unwrap();
        assert_eq!((&*ours.value, ours.at), (theirs.trim(), 4));
    }
}
