//! Tokens of a well-formed document with their offsets and namespaces.

use quick_xml::{Reader, errors::Error as XmlError, events::Event};

use super::{
    Limits, Namespace, Namespaces, PidfError, PidfErrorKind,
    characters::{check_reference, is_name, is_ncname, is_space},
};

/// A start tag. Offsets are of the whole text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    /// Of `<`.
    pub at: usize,
    /// Behind the name: where declarations can be put in.
    pub name_end: usize,
    /// Behind `>`.
    pub end: usize,
    /// Depth of the element; that of the root is 1.
    pub depth: usize,
    pub name: Name<'a>,
    binding: Binding<'a>,
}

/// A name with its namespace.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Name<'a> {
    /// The namespace's name as it was written; empty for none.
    pub uri: &'a str,
    /// The namespace if it is of the fixed table.
    pub known: Option<Namespace>,
    pub local: &'a str,
}

impl Name<'_> {
    pub(super) fn is(&self, namespace: Namespace, local: &str) -> bool {
        self.known == Some(namespace) && self.local == local
    }
}

/// An attribute that declares no namespace.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attribute<'a> {
    pub prefix: &'a str,
    pub local: &'a str,
    /// As it was written.
    pub value: &'a str,
    /// Of the value.
    pub at: usize,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Token<'a> {
    Start(Tag<'a>),
    /// Offsets of the end tag; both are the same for an empty element.
    End {
        at: usize,
        end: usize,
    },
    /// Character data that is not only white space.
    Text {
        at: usize,
    },
    Eof,
}

/// A namespace in scope.
#[derive(Clone, Copy, Debug)]
struct Binding<'a> {
    prefix: &'a str,
    uri: &'a str,
    known: Option<Namespace>,
    /// Whether the prefix is the fixed one of the namespace.
    fixed: bool,
    depth: usize,
}

/// What a fragment takes from the elements around it.
#[derive(Debug, Default)]
pub(super) struct Outside<'a> {
    /// Of the fixed table, under its fixed prefix.
    pub namespaces: Namespaces,
    /// Everything else: prefix and name, to be declared by the fragment itself.
    pub declarations: Vec<(&'a str, &'a str)>,
}

pub(super) struct Scanner<'a> {
    reader: Reader<&'a [u8]>,
    text: &'a str,
    limits: Limits,
    depth: usize,
    elements: usize,
    bindings: Vec<Binding<'a>>,
    attributes: Vec<Attribute<'a>>,
    /// Bindings up to this depth are outside of the fragment being read.
    outer: usize,
    outside: Outside<'a>,
    /// Whether the fixed table is in scope without being declared.
    table: bool,
}

const XML: &str = "http://www.w3.org/XML/1998/namespace";
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
const INSTANCE: &str = "http://www.w3.org/2001/XMLSchema-instance";

impl<'a> Scanner<'a> {
    /// Reads a document.
    pub(super) fn new(text: &'a str, limits: &Limits) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.enable_all_checks(true);
        config.expand_empty_elements = true;
        Self {
            reader,
            text,
            limits: *limits,
            depth: 0,
            elements: 0,
            bindings: Vec::with_capacity(12),
            attributes: Vec::with_capacity(4),
            outer: 0,
            outside: Outside::default(),
            table: false,
        }
    }

    /// Reads a fragment of ours, in which the fixed table is in scope.
    pub(super) fn of_fragment(text: &'a str) -> Self {
        let limits = Limits {
            octets_max: usize::MAX,
            depth_max: usize::MAX,
            elements_max: usize::MAX,
            attributes_max: usize::MAX,
        };
        Self {
            table: true,
            ..Self::new(text, &limits)
        }
    }

    pub(super) const fn text(&self) -> &'a str {
        self.text
    }

    /// How deep the element is that was begun and not ended last.
    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    /// Attributes of the last start tag.
    pub(super) fn attributes(&self) -> &[Attribute<'a>] {
        &self.attributes
    }

    /// Begins a fragment with the start tag that was read last.
    pub(super) fn begin_fragment(&mut self, tag: &Tag<'a>) -> Result<(), PidfError> {
        self.outer = tag.depth - 1;
        self.outside.namespaces = Namespaces::NONE;
        self.outside.declarations.clear();
        self.note_uses(tag)
    }

    /// What the fragment that was begun last took from around it.
    pub(super) const fn outside(&self) -> &Outside<'a> {
        &self.outside
    }

    /// Reads on to the end of the element of that depth; returns the offsets of its end tag.
    pub(super) fn finish(&mut self, depth: usize) -> Result<(usize, usize), PidfError> {
        loop {
            match self.next()? {
                Token::End { at, end } if self.depth < depth => return Ok((at, end)),
                Token::Eof => return Err(PidfErrorKind::NotWellFormed.at(self.text.len())),
                _ => {}
            }
        }
    }

    pub(super) fn next(&mut self) -> Result<Token<'a>, PidfError> {
        // The reader passes over a mark at the start without counting it, so it gets none.
        if self.position() == 0 && self.text.starts_with('\u{feff}') {
            return Err(PidfErrorKind::NotWellFormed.at(0));
        }
        loop {
            let at = self.position();
            let event = self.reader.read_event();
            let end = self.position();
            match event.map_err(|error| self.xml_error(&error, at))? {
                Event::Start(start) => {
                    let (name, length) = (start.name().as_ref().len(), end - at);
                    return self.start(at, name, length).map(Token::Start);
                }
                Event::End(_) => return Ok(self.end(at, end)),
                Event::Text(text) => {
                    let text = text.as_ref();
                    check_text(text, at)?;
                    if !text.bytes().all(is_space) {
                        return Ok(Token::Text { at });
                    }
                }
                Event::GeneralRef(reference) => {
                    check_reference(reference.as_ref()).map_err(|kind| kind.at(at))?;
                    return Ok(Token::Text { at });
                }
                Event::CData(_) => return Ok(Token::Text { at }),
                Event::Decl(_) if at == 0 => self.declaration(end)?,
                Event::PI(instruction) if is_name(instruction.target()) => {
                    if instruction.target().eq_ignore_ascii_case("xml") {
                        return Err(PidfErrorKind::NotWellFormed.at(at));
                    }
                }
                Event::Comment(_) => {}
                Event::DocType(_) => return Err(PidfErrorKind::Doctype.at(at)),
                Event::Eof if self.depth == 0 => return Ok(Token::Eof),
                _ => return Err(PidfErrorKind::NotWellFormed.at(at)),
            }
        }
    }

    fn position(&self) -> usize {
        // The text is in memory, so its offsets are.
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn xml_error(&self, error: &XmlError, at: usize) -> PidfError {
        // The reader gives up on an unfinished document type declaration in its own way.
        if self.text[at.min(self.text.len())..].starts_with("<!DOCTYPE") {
            return PidfErrorKind::Doctype.at(at);
        }
        let kind = match error {
            XmlError::Encoding(_) => PidfErrorKind::Encoding,
            _ => PidfErrorKind::NotWellFormed,
        };
        kind.at(usize::try_from(self.reader.error_position()).unwrap_or(at))
    }

    /// Only UTF-8 is read, and ASCII, which is UTF-8.
    fn declaration(&mut self, end: usize) -> Result<(), PidfError> {
        let text = self.text;
        let inside = &text[5..end - 2];
        let mut rest = Attributes::new(inside, 5);
        let version = rest.next()?;
        if version.is_none_or(|version| {
            version.qualified != "version" || !version.value.starts_with("1.")
        }) {
            return Err(PidfErrorKind::NotWellFormed.at(0));
        }
        while let Some(attribute) = rest.next()? {
            let known = match attribute.qualified {
                "encoding" => ["utf-8", "us-ascii"]
                    .iter()
                    .any(|name| attribute.value.eq_ignore_ascii_case(name)),
                "standalone" => matches!(attribute.value, "yes" | "no"),
                _ => return Err(PidfErrorKind::NotWellFormed.at(attribute.at)),
            };
            if !known {
                return Err(PidfErrorKind::Encoding.at(attribute.at));
            }
        }
        Ok(())
    }

    fn end(&mut self, at: usize, end: usize) -> Token<'a> {
        while self
            .bindings
            .last()
            .is_some_and(|binding| binding.depth >= self.depth)
        {
            self.bindings.pop();
        }
        self.depth -= 1;
        Token::End { at, end }
    }

    fn start(&mut self, at: usize, name: usize, length: usize) -> Result<Tag<'a>, PidfError> {
        self.depth += 1;
        self.elements += 1;
        if self.depth > self.limits.depth_max {
            return Err(PidfErrorKind::TooDeep.at(at));
        }
        if self.elements > self.limits.elements_max {
            return Err(PidfErrorKind::TooManyElements.at(at));
        }
        let text = self.text;
        let (name_end, end) = (at + 1 + name, at + length);
        let inside = text[name_end..end - 1].strip_suffix('/');
        let inside = inside.unwrap_or(&text[name_end..end - 1]);
        self.read_attributes(inside, name_end)?;
        let qualified = &text[at + 1..name_end];
        let (prefix, local) = split(qualified).ok_or(PidfErrorKind::NotWellFormed.at(at + 1))?;
        let binding = self.resolve(prefix, at + 1)?;
        let tag = Tag {
            at,
            name_end,
            end,
            depth: self.depth,
            name: Name {
                uri: binding.uri,
                known: binding.known,
                local,
            },
            binding,
        };
        self.note_uses(&tag)?;
        Ok(tag)
    }

    fn read_attributes(&mut self, inside: &'a str, at: usize) -> Result<(), PidfError> {
        self.attributes.clear();
        let mut rest = Attributes::new(inside, at);
        let mut count = 0;
        while let Some(raw) = rest.next()? {
            count += 1;
            if count > self.limits.attributes_max {
                return Err(PidfErrorKind::TooManyAttributes.at(raw.name_at));
            }
            let (prefix, local) =
                split(raw.qualified).ok_or(PidfErrorKind::NotWellFormed.at(raw.name_at))?;
            if prefix == "xmlns" {
                self.declare(local, raw.value, raw.at)?;
            } else if raw.qualified == "xmlns" {
                self.declare("", raw.value, raw.at)?;
            } else {
                self.attributes.push(Attribute {
                    prefix,
                    local,
                    value: raw.value,
                    at: raw.at,
                });
            }
        }
        self.check_twice()
    }

    /// No attribute twice, not even under two prefixes of one namespace.
    fn check_twice(&self) -> Result<(), PidfError> {
        for (place, attribute) in self.attributes.iter().enumerate() {
            for other in &self.attributes[..place] {
                if other.local != attribute.local {
                    continue;
                }
                let same = other.prefix == attribute.prefix
                    || !other.prefix.is_empty()
                        && !attribute.prefix.is_empty()
                        && self.resolve(other.prefix, other.at)?.uri
                            == self.resolve(attribute.prefix, attribute.at)?.uri;
                if same {
                    return Err(PidfErrorKind::NotWellFormed.at(attribute.at));
                }
            }
        }
        Ok(())
    }

    fn declare(&mut self, prefix: &'a str, uri: &'a str, at: usize) -> Result<(), PidfError> {
        let twice = self
            .bindings
            .iter()
            .any(|binding| binding.depth == self.depth && binding.prefix == prefix);
        let reserved = prefix == "xmlns" || (prefix == "xml") != (uri == XML) || uri == XMLNS;
        if twice || reserved || (uri.is_empty() && !prefix.is_empty()) {
            return Err(PidfErrorKind::NotWellFormed.at(at));
        }
        let known = Namespace::from_uri(uri);
        self.bindings.push(Binding {
            prefix,
            uri,
            known,
            fixed: known.is_some_and(|namespace| namespace.prefix() == prefix),
            depth: self.depth,
        });
        Ok(())
    }

    fn resolve(&self, prefix: &'a str, at: usize) -> Result<Binding<'a>, PidfError> {
        let bound = self
            .bindings
            .iter()
            .rev()
            .find(|binding| same(binding.prefix, prefix));
        if let Some(binding) = bound {
            return Ok(*binding);
        }
        let known = Namespace::from_prefix(prefix).filter(|_| self.table);
        let uri = match (known, prefix) {
            (Some(namespace), _) => namespace.uri(),
            (None, "xml") => XML,
            (None, "") => "",
            (None, _) => return Err(PidfErrorKind::UnboundPrefix.at(at)),
        };
        Ok(Binding {
            prefix,
            uri,
            known,
            fixed: known.is_some(),
            depth: 0,
        })
    }

    /// Remembers which of the bindings that a tag uses are from outside of the fragment.
    fn note_uses(&mut self, tag: &Tag<'a>) -> Result<(), PidfError> {
        self.note_binding(tag.binding);
        for place in 0..self.attributes.len() {
            let attribute = self.attributes[place];
            if attribute.prefix.is_empty() {
                continue;
            }
            self.note_use(attribute.prefix, attribute.at)?;
            // The value of xsi:type is a name too.
            let typed = attribute.local == "type"
                && self.resolve(attribute.prefix, attribute.at)?.uri == INSTANCE;
            if let Some((prefix, _)) = attribute.value.trim().split_once(':').filter(|_| typed) {
                self.note_use(prefix, attribute.at)?;
            }
        }
        Ok(())
    }

    fn note_use(&mut self, prefix: &'a str, at: usize) -> Result<(), PidfError> {
        let binding = self.resolve(prefix, at)?;
        self.note_binding(binding);
        Ok(())
    }

    fn note_binding(&mut self, binding: Binding<'a>) {
        if binding.depth > self.outer || (!binding.fixed && binding.prefix == "xml") {
            return;
        }
        match binding.known {
            Some(namespace) if binding.fixed => {
                self.outside.namespaces.insert(namespace);
            }
            _ => {
                let declarations = &mut self.outside.declarations;
                let declared = |(known, _): &(&str, &str)| *known == binding.prefix;
                if !declarations.iter().any(declared) {
                    declarations.push((binding.prefix, binding.uri));
                }
            }
        }
    }
}

/// Equality of texts that are a few octets long, without a call.
fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one == other)
}

/// `]]>` may not stand in character data.
fn check_text(text: &str, at: usize) -> Result<(), PidfError> {
    for place in memchr::memchr_iter(b'>', text.as_bytes()) {
        if text[..place].ends_with("]]") {
            return Err(PidfErrorKind::NotWellFormed.at(at + place - 2));
        }
    }
    Ok(())
}

/// Prefix and local part of a qualified name.
fn split(qualified: &str) -> Option<(&str, &str)> {
    let colon = qualified.bytes().position(|octet| octet == b':');
    let (prefix, local) = match colon {
        Some(colon) => (&qualified[..colon], &qualified[colon + 1..]),
        None => ("", qualified),
    };
    if colon.is_some() && !is_ncname(prefix) {
        return None;
    }
    is_ncname(local).then_some((prefix, local))
}

struct RawAttribute<'a> {
    qualified: &'a str,
    name_at: usize,
    value: &'a str,
    at: usize,
}

/// Attributes of a tag, one after the other.
struct Attributes<'a> {
    text: &'a str,
    place: usize,
    base: usize,
}

impl<'a> Attributes<'a> {
    const fn new(text: &'a str, base: usize) -> Self {
        Self {
            text,
            place: 0,
            base,
        }
    }

    fn next(&mut self) -> Result<Option<RawAttribute<'a>>, PidfError> {
        let octets = self.text.as_bytes();
        let spaces = self.spaces();
        let name = self.place;
        if name == octets.len() {
            return Ok(None);
        }
        let broken = PidfErrorKind::NotWellFormed.at(self.base + name);
        if spaces == 0 {
            return Err(broken);
        }
        while octets
            .get(self.place)
            .is_some_and(|octet| *octet != b'=' && !is_space(*octet))
        {
            self.place += 1;
        }
        let qualified = &self.text[name..self.place];
        self.spaces();
        if octets.get(self.place) != Some(&b'=') {
            return Err(broken);
        }
        self.place += 1;
        self.spaces();
        let quote = match octets.get(self.place) {
            Some(quote @ (b'"' | b'\'')) => *quote,
            _ => return Err(broken),
        };
        let start = self.place + 1;
        let length = memchr::memchr(quote, &octets[start..]).ok_or(broken)?;
        self.place = start + length + 1;
        let value = &self.text[start..start + length];
        check_value(value, self.base + start)?;
        Ok(Some(RawAttribute {
            qualified,
            name_at: self.base + name,
            value,
            at: self.base + start,
        }))
    }

    fn spaces(&mut self) -> usize {
        let octets = &self.text.as_bytes()[self.place..];
        let count = octets.iter().take_while(|octet| is_space(**octet)).count();
        self.place += count;
        count
    }
}

/// No `<`, and no reference but to what is predefined.
fn check_value(value: &str, at: usize) -> Result<(), PidfError> {
    let mut from = 0;
    while let Some(place) = memchr::memchr2(b'<', b'&', &value.as_bytes()[from..]) {
        let place = from + place;
        let broken = PidfErrorKind::NotWellFormed.at(at + place);
        let reference = value[place..].strip_prefix('&').ok_or(broken)?;
        let (name, _) = reference.split_once(';').ok_or(broken)?;
        check_reference(name).map_err(|kind| kind.at(at + place))?;
        from = place + name.len() + 2;
    }
    Ok(())
}
