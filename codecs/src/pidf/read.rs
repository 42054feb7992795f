//! Reading a presence document into components (RFC 3863 clause 4, RFC 4479 clause 5).

use super::{
    Basic, Document, Kind, Limits, Namespace, Namespaces, PidfError, PidfErrorKind,
    characters::{content, is_ncname, is_space, text_of},
    document::{Entry, Span},
    scanner::{Outside, Scanner, Tag, Token},
};
use crate::Stamp;

/// Reads a presence document.
///
/// Components may stand in any order, their children may not. Comments between components are not
/// kept; everything within a component is.
///
/// # Errors
/// [`PidfError`] says what is wrong and where.
pub fn parse(octets: &[u8], limits: &Limits) -> Result<Document, PidfError> {
    if octets.len() > limits.octets_max {
        return Err(PidfErrorKind::TooLarge.at(limits.octets_max));
    }
    let bare = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    let mark = octets.len() - bare.len();
    let read = text_of(bare).and_then(|text| Reading::new(text, limits).document());
    read.map_err(|error| error.kind.at(error.at + mark))
}

struct Reading<'a> {
    scanner: Scanner<'a>,
    out: String,
    entries: Vec<Entry>,
}

/// Where a component's children stand in their order.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Place {
    Status,
    Any,
    /// `contact` of a tuple, `deviceID` of a device.
    Address,
    Note,
    Timestamp,
    End,
}

impl<'a> Reading<'a> {
    fn new(text: &'a str, limits: &Limits) -> Self {
        Self {
            scanner: Scanner::new(text, limits),
            out: String::with_capacity(text.len()),
            entries: Vec::with_capacity(4),
        }
    }

    fn document(mut self) -> Result<Document, PidfError> {
        let entity = self.root()?;
        loop {
            match self.scanner.next()? {
                Token::Start(tag) => self.component(&tag)?,
                Token::Text { at } => return Err(PidfErrorKind::StrayText.at(at)),
                Token::End { .. } => break,
                Token::Eof => return Err(self.cut_short()),
            }
        }
        match self.scanner.next()? {
            Token::Eof => {}
            Token::Start(Tag { at, .. }) | Token::End { at, .. } | Token::Text { at } => {
                return Err(PidfErrorKind::NotWellFormed.at(at));
            }
        }
        self.put_in_order();
        let mut namespaces = Namespaces::NONE;
        for entry in &self.entries {
            namespaces.extend(entry.namespaces);
        }
        Ok(Document {
            entity,
            text: self.out.into_boxed_str(),
            entries: self.entries.into_boxed_slice(),
            namespaces,
        })
    }

    fn root(&mut self) -> Result<Box<str>, PidfError> {
        match self.scanner.next()? {
            Token::Start(tag) if tag.name.is(Namespace::Pidf, "presence") => {
                let entity = self.attribute("entity");
                let entity = entity.ok_or(PidfErrorKind::MissingAttribute.at(tag.at))?;
                Ok(content(entity.of(self.scanner.text())).into())
            }
            Token::Start(tag) => Err(PidfErrorKind::Root.at(tag.at)),
            Token::Text { at } => Err(PidfErrorKind::NotWellFormed.at(at)),
            Token::End { .. } | Token::Eof => Err(self.cut_short()),
        }
    }

    fn component(&mut self, tag: &Tag<'a>) -> Result<(), PidfError> {
        let kind = match (tag.name.known, tag.name.local) {
            (Some(Namespace::Pidf), "tuple") => Kind::Tuple,
            (Some(Namespace::Pidf), "note") => Kind::Note,
            (Some(Namespace::DataModel), "person") => Kind::Person,
            (Some(Namespace::DataModel), "device") => Kind::Device,
            (Some(Namespace::Pidf), _) => return Err(PidfErrorKind::OutOfPlace.at(tag.at)),
            _ if tag.name.uri.is_empty() => return Err(PidfErrorKind::OutOfPlace.at(tag.at)),
            _ => Kind::Other,
        };
        self.scanner.begin_fragment(tag)?;
        let mut found = Found::new(kind);
        if matches!(kind, Kind::Tuple | Kind::Person | Kind::Device) {
            found.id = self.id(tag)?;
        }
        let end = match kind {
            Kind::Tuple | Kind::Person | Kind::Device => self.children(tag, &mut found)?,
            Kind::Note => self.leaf(tag)?.1,
            Kind::Other => self.scanner.finish(tag.depth)?.1,
        };
        self.keep(tag, end, found);
        Ok(())
    }

    fn id(&self, tag: &Tag<'a>) -> Result<Span, PidfError> {
        let text = self.scanner.text();
        let missing = PidfErrorKind::MissingAttribute.at(tag.at);
        let span = self.attribute("id").ok_or(missing)?;
        let at = span.start as usize;
        let id = span.of(text).trim();
        if !is_ncname(id) {
            return Err(PidfErrorKind::BadId.at(at));
        }
        let taken = self
            .entries
            .iter()
            .any(|entry| entry.id.of(&self.out).trim() == id);
        if taken {
            return Err(PidfErrorKind::DuplicateId.at(at));
        }
        Ok(span)
    }

    /// Reads the children of a tuple, person or device; returns the offset behind its end tag.
    fn children(&mut self, tag: &Tag<'a>, found: &mut Found) -> Result<usize, PidfError> {
        let mut place = Place::Status;
        loop {
            match self.scanner.next()? {
                Token::Start(child) => {
                    let here = found.place_of(&child);
                    let here = here.filter(|here| *here >= place);
                    let here = here.ok_or(PidfErrorKind::OutOfPlace.at(child.at))?;
                    if found.kind == Kind::Tuple && place == Place::Status && here != place {
                        return Err(PidfErrorKind::MissingElement.at(child.at));
                    }
                    place = match here {
                        Place::Status => Place::Any,
                        Place::Address => Place::Note,
                        Place::Timestamp => Place::End,
                        Place::Any | Place::Note | Place::End => here,
                    };
                    self.child(&child, here, found)?;
                }
                Token::Text { at } => return Err(PidfErrorKind::StrayText.at(at)),
                Token::End { at, end } => {
                    let missing = match found.kind {
                        Kind::Tuple => place == Place::Status,
                        Kind::Device => found.devices.is_empty(),
                        _ => false,
                    };
                    if missing {
                        return Err(PidfErrorKind::MissingElement.at(at.max(tag.at)));
                    }
                    return Ok(end);
                }
                Token::Eof => return Err(self.cut_short()),
            }
        }
    }

    fn child(&mut self, child: &Tag<'a>, here: Place, found: &mut Found) -> Result<(), PidfError> {
        match here {
            Place::Status => found.basic = self.status()?,
            Place::Address if found.kind == Kind::Tuple => {
                self.check_priority()?;
                found.contact = self.leaf(child)?.0;
            }
            Place::Address => found.devices.push(self.leaf(child)?.0),
            Place::Note => {
                self.leaf(child)?;
            }
            Place::Timestamp => {
                let span = self.leaf(child)?.0;
                found.timestamp = timestamp(span.of(self.scanner.text()))
                    .ok_or(PidfErrorKind::Timestamp.at(child.end))?;
            }
            Place::Any | Place::End => self.extension(child, found)?,
        }
        Ok(())
    }

    /// An element of another namespace: read only as far as composition needs.
    fn extension(&mut self, child: &Tag<'a>, found: &mut Found) -> Result<(), PidfError> {
        if child.name.is(Namespace::Rpid, "class") && found.class.is_empty() {
            found.class = self.content_of(child)?;
        } else if child.name.is(Namespace::DataModel, "deviceID") {
            let device = self.content_of(child)?;
            found.devices.push(device);
        } else if child.name.is(Namespace::Oma, "service-description") {
            self.service_description(child, found)?;
        } else {
            self.scanner.finish(child.depth)?;
        }
        Ok(())
    }

    fn service_description(
        &mut self,
        parent: &Tag<'a>,
        found: &mut Found,
    ) -> Result<(), PidfError> {
        loop {
            match self.scanner.next()? {
                Token::Start(child) if child.name.is(Namespace::Oma, "service-id") => {
                    found.service_id = self.content_of(&child)?;
                }
                Token::Start(child) => {
                    self.scanner.finish(child.depth)?;
                }
                Token::End { .. } if self.scanner.depth() < parent.depth => return Ok(()),
                Token::Eof => return Err(self.cut_short()),
                Token::Text { .. } | Token::End { .. } => {}
            }
        }
    }

    fn status(&mut self) -> Result<Option<Basic>, PidfError> {
        let mut basic = None;
        let mut first = true;
        loop {
            match self.scanner.next()? {
                Token::Start(child) if child.name.is(Namespace::Pidf, "basic") && first => {
                    let span = self.leaf(&child)?.0;
                    basic = Some(match content(span.of(self.scanner.text())).as_ref() {
                        "open" => Basic::Open,
                        "closed" => Basic::Closed,
                        _ => return Err(PidfErrorKind::Basic.at(child.end)),
                    });
                }
                Token::Start(child) => {
                    if child.name.known == Some(Namespace::Pidf) || child.name.uri.is_empty() {
                        return Err(PidfErrorKind::OutOfPlace.at(child.at));
                    }
                    self.scanner.finish(child.depth)?;
                }
                Token::Text { at } => return Err(PidfErrorKind::StrayText.at(at)),
                Token::End { .. } => return Ok(basic),
                Token::Eof => return Err(self.cut_short()),
            }
            first = false;
        }
    }

    fn check_priority(&self) -> Result<(), PidfError> {
        let Some(span) = self.attribute("priority") else {
            return Ok(());
        };
        let value = span.of(self.scanner.text()).trim();
        let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
        let zeros = fraction.bytes().all(|digit| digit == b'0');
        let digits = fraction.bytes().all(|digit| digit.is_ascii_digit());
        match whole {
            "0" if digits && fraction.len() <= 3 => Ok(()),
            "1" if zeros && fraction.len() <= 3 => Ok(()),
            _ => Err(PidfErrorKind::Priority.at(span.start as usize)),
        }
    }

    /// An element without child elements: its content, and the offset behind its end tag.
    fn leaf(&mut self, tag: &Tag<'a>) -> Result<(Span, usize), PidfError> {
        loop {
            match self.scanner.next()? {
                Token::Text { .. } => {}
                Token::End { at, end } => return Ok((Span::new(tag.end, at), end)),
                Token::Start(child) => return Err(PidfErrorKind::OutOfPlace.at(child.at)),
                Token::Eof => return Err(self.cut_short()),
            }
        }
    }

    /// The content of an element, whatever it is.
    fn content_of(&mut self, tag: &Tag<'a>) -> Result<Span, PidfError> {
        let (at, _) = self.scanner.finish(tag.depth)?;
        Ok(Span::new(tag.end, at))
    }

    /// The value of an attribute without a namespace, of the last start tag.
    fn attribute(&self, local: &str) -> Option<Span> {
        let of = |attribute: &&super::scanner::Attribute<'_>| {
            attribute.prefix.is_empty() && attribute.local == local
        };
        let attribute = self.scanner.attributes().iter().find(of)?;
        Some(Span::new(
            attribute.at,
            attribute.at + attribute.value.len(),
        ))
    }

    fn cut_short(&self) -> PidfError {
        PidfErrorKind::NotWellFormed.at(self.scanner.text().len())
    }

    /// Takes a component over, with the declarations that it needs.
    fn keep(&mut self, tag: &Tag<'a>, end: usize, found: Found) {
        let from = self.out.len();
        let text = self.scanner.text();
        let outside = self.scanner.outside();
        let namespaces = outside.namespaces;
        let declared = append_fragment(&mut self.out, text, tag, end, outside);
        let to = from + declared;
        let moved = |span: Span| span.moved(tag.at, to);
        let entry = Entry {
            kind: found.kind,
            basic: found.basic,
            namespaces,
            text: Span::new(from, self.out.len()),
            id: moved(found.id),
            contact: moved(found.contact),
            service_id: moved(found.service_id),
            class: moved(found.class),
            devices: found.devices.into_iter().map(moved).collect(),
            timestamp: found.timestamp,
        };
        self.entries.push(entry);
    }

    /// Tuples first, then notes, then everything else: what the schema demands of us.
    fn put_in_order(&mut self) {
        let rank = |entry: &Entry| entry.kind.min(Kind::Person);
        if self.entries.is_sorted_by_key(rank) {
            return;
        }
        self.entries.sort_by_key(rank);
        let mut out = String::with_capacity(self.out.len());
        for entry in &mut self.entries {
            let (from, to) = (entry.text.start as usize, out.len());
            out.push_str(entry.text.of(&self.out));
            let spans = [
                &mut entry.text,
                &mut entry.id,
                &mut entry.contact,
                &mut entry.service_id,
                &mut entry.class,
            ];
            for span in spans.into_iter().chain(&mut entry.devices) {
                *span = span.moved(from, to);
            }
        }
        self.out = out;
    }
}

/// What was found in a component; spans are of the text that is read.
struct Found {
    kind: Kind,
    basic: Option<Basic>,
    id: Span,
    contact: Span,
    service_id: Span,
    class: Span,
    devices: Vec<Span>,
    timestamp: Stamp,
}

impl Found {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            basic: None,
            id: Span::default(),
            contact: Span::default(),
            service_id: Span::default(),
            class: Span::default(),
            devices: Vec::new(),
            timestamp: Stamp::MIN,
        }
    }

    /// Where a child belongs; `None` where the schema has no place for it.
    fn place_of(&self, child: &Tag<'_>) -> Option<Place> {
        let own = match self.kind {
            Kind::Tuple => Namespace::Pidf,
            _ => Namespace::DataModel,
        };
        if child.name.known != Some(own) {
            return (!child.name.uri.is_empty()).then_some(Place::Any);
        }
        match (self.kind, child.name.local) {
            (Kind::Tuple, "status") => Some(Place::Status),
            (Kind::Tuple, "contact") | (Kind::Device, "deviceID") => Some(Place::Address),
            (_, "note") => Some(Place::Note),
            (_, "timestamp") => Some(Place::Timestamp),
            _ => None,
        }
    }
}

/// Appends an element with the declarations that it needs; returns how many octets they take.
pub(super) fn append_fragment(
    out: &mut String,
    text: &str,
    tag: &Tag<'_>,
    end: usize,
    outside: &Outside<'_>,
) -> usize {
    out.push_str(&text[tag.at..tag.name_end]);
    let before = out.len();
    for (prefix, uri) in &outside.declarations {
        let quote = if uri.contains('"') { '\'' } else { '"' };
        out.push_str(" xmlns");
        if !prefix.is_empty() {
            out.push(':');
            out.push_str(prefix);
        }
        out.push('=');
        out.push(quote);
        out.push_str(uri);
        out.push(quote);
    }
    let declared = out.len() - before;
    out.push_str(&text[tag.name_end..end]);
    declared
}

/// A date and time of XML Schema; without a zone it is UTC.
pub(super) fn timestamp(raw: &str) -> Option<Stamp> {
    let said = content(raw);
    // XML Schema knows the capital letters only.
    let strict = said.as_bytes().get(10) == Some(&b'T')
        && !said.ends_with('z')
        && !said.bytes().any(is_space);
    said.parse().ok().filter(|_| strict)
}
