//! Elements of a well-formed document, one after the other.
//!
//! Names are told without their prefix: some servers bind a namespace and some do not. A document
//! type declaration is passed over and never interpreted.

use std::borrow::Cow;

use quick_xml::{Reader, errors::Error as XmlError, events::Event};

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
    reader: Reader<&'a [u8]>,
    text: &'a str,
    pub limits: Limits,
    depth: usize,
    /// The root has begun: no document type declaration may come any more.
    has_root: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str, limits: Limits) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.check_end_names = true;
        config.expand_empty_elements = true;
        Self {
            reader,
            text,
            limits,
            depth: 0,
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
        if self.depth < of.depth {
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
        let spaces = raw.len() - raw.trim_start_matches([' ', '\t', '\r', '\n']).len();
        Ok(Text {
            at: of.end + spaces,
            value: content(raw),
        })
    }

    /// Reads to the end of the element at that depth; returns where its end tag starts.
    pub(super) fn leave(&mut self, depth: usize) -> Result<usize, MlpError> {
        let mut end = self.position();
        while self.depth >= depth {
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
            let at = self.position();
            let event = self.reader.read_event();
            let end = self.position();
            match event.map_err(|error| self.xml_error(&error, at))? {
                Event::Start(start) => {
                    let name = start.name().as_ref().len();
                    return self.start(at, name, end).map(Token::Start);
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Token::End { at });
                }
                Event::Text(text) => self.check_text(&text, at)?,
                Event::GeneralRef(reference) => {
                    check_reference(&reference).map_err(|kind| kind.at(at))?;
                    self.check_inside(at)?;
                }
                Event::CData(_) => self.check_inside(at)?,
                Event::DocType(_) => self.doctype(at, end)?,
                Event::Decl(_) if at == 0 => {}
                Event::PI(_) | Event::Comment(_) => {}
                Event::Eof if self.depth == 0 => return Ok(Token::Eof),
                _ => return Err(MlpErrorKind::NotWellFormed.at(at)),
            }
        }
    }

    fn position(&self) -> usize {
        // The text is in memory, so its offsets are.
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn start(&mut self, at: usize, name: usize, end: usize) -> Result<Tag<'a>, MlpError> {
        self.depth += 1;
        if self.depth > self.limits.depth_max {
            return Err(MlpErrorKind::TooDeep.at(at));
        }
        if self.depth == 1 && std::mem::replace(&mut self.has_root, true) {
            return Err(MlpErrorKind::NotWellFormed.at(at));
        }
        let text = self.text;
        let attributes_at = at + 1 + name;
        let qualified = text.get(at + 1..attributes_at).unwrap_or_default();
        let attributes = text.get(attributes_at..end - 1).unwrap_or_default();
        let attributes = attributes.strip_suffix('/').unwrap_or(attributes);
        let name = match qualified.split_once(':') {
            Some((_, local)) => local,
            None => qualified,
        };
        if name.is_empty() || name.starts_with(|first: char| !first.is_alphabetic() && first != '_')
        {
            return Err(MlpErrorKind::NotWellFormed.at(at + 1));
        }
        let tag = Tag {
            at,
            end,
            name,
            depth: self.depth,
            attributes,
            attributes_at,
        };
        let mut rest = tag.attributes();
        while rest.next(self.limits.text_max)?.is_some() {}
        Ok(tag)
    }

    fn check_text(&self, text: &str, at: usize) -> Result<(), MlpError> {
        let forbidden = |octet: u8| octet < b' ' && !is_space(octet);
        if let Some(place) = text.bytes().position(forbidden) {
            return Err(MlpErrorKind::Character.at(at + place));
        }
        match text.bytes().position(|octet| !is_space(octet)) {
            Some(place) => self.check_inside(at + place),
            None => Ok(()),
        }
    }

    /// Character data stands inside of the root element only.
    fn check_inside(&self, at: usize) -> Result<(), MlpError> {
        match self.depth {
            0 => Err(MlpErrorKind::NotWellFormed.at(at)),
            _ => Ok(()),
        }
    }

    /// Passes over a document type declaration: its subset may name parameter entities, which is
    /// how MLP is extended, but none that the content could use.
    fn doctype(&mut self, at: usize, end: usize) -> Result<(), MlpError> {
        if self.has_root || end - at > self.limits.doctype_max {
            return Err(MlpErrorKind::Doctype.at(at));
        }
        let declaration = self.text.get(at..end).unwrap_or_default();
        for (place, name) in declaration.match_indices("<!ENTITY") {
            let behind = &declaration[place + name.len()..];
            let is_parameter = behind
                .trim_start_matches([' ', '\t', '\r', '\n'])
                .starts_with('%');
            if !is_parameter {
                return Err(MlpErrorKind::Doctype.at(at + place));
            }
        }
        Ok(())
    }

    fn xml_error(&self, error: &XmlError, at: usize) -> MlpError {
        // The reader gives up on an unfinished declaration in its own way.
        if self.text[at.min(self.text.len())..].starts_with("<!DOCTYPE") {
            return MlpErrorKind::Doctype.at(at);
        }
        let kind = match error {
            XmlError::Encoding(_) => MlpErrorKind::Encoding,
            _ => MlpErrorKind::NotWellFormed,
        };
        kind.at(usize::try_from(self.reader.error_position()).unwrap_or(at))
    }
}

impl<'a> Tag<'a> {
    /// The value of an attribute, by its name without prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<Text<'a>> {
        let mut rest = self.attributes();
        while let Ok(Some((found, at, raw))) = rest.next(usize::MAX) {
            if found == name {
                let value = content(raw);
                return Some(Text { at, value });
            }
        }
        None
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
        check_value(value, at)?;
        let local = name.rsplit_once(':').map_or(name, |(_, local)| local);
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
        let count = self
            .text
            .bytes()
            .take_while(|octet| is_space(*octet))
            .count();
        self.take(count).len()
    }
}

/// No `<` and no control character, and no reference but to what is predefined.
fn check_value(value: &str, at: usize) -> Result<(), MlpError> {
    let mut references = value.match_indices('&');
    if let Some(place) = value
        .bytes()
        .position(|octet| octet == b'<' || (octet < b' ' && !is_space(octet)))
    {
        return Err(MlpErrorKind::NotWellFormed.at(at + place));
    }
    references.try_for_each(|(place, _)| {
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
