//! Appends XML to octets: escaped, with the prefixes of the fixed table.

use super::{Namespace, Namespaces};

/// Appends a `presence` element: declarations of the namespaces in use, then what `body` appends.
pub fn write_presence(
    entity: &str,
    namespaces: Namespaces,
    out: &mut Vec<u8>,
    body: impl FnOnce(&mut Vec<u8>),
) {
    out.extend_from_slice(b"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence");
    namespaces.write_declarations(out);
    out.extend_from_slice(b" entity=\"");
    escape(entity, out);
    out.push(b'"');
    let open = out.len();
    out.push(b'>');
    body(out);
    if out.len() == open + 1 {
        out.truncate(open);
        out.extend_from_slice(b"/>");
    } else {
        out.extend_from_slice(b"</presence>");
    }
}

/// Writes elements one after the other and remembers which namespaces they need.
///
/// A start tag is closed when the next thing is written, so that an element without content
/// becomes an empty-element tag.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    namespaces: Namespaces,
    in_tag: bool,
}

impl<'a> Writer<'a> {
    /// Appends to `out`.
    pub const fn new(out: &'a mut Vec<u8>) -> Self {
        Self {
            out,
            namespaces: Namespaces::NONE,
            in_tag: false,
        }
    }

    /// Namespaces that were used so far.
    #[must_use]
    pub const fn namespaces(&self) -> Namespaces {
        self.namespaces
    }

    /// Octets written so far, together with what was there before.
    #[must_use]
    pub const fn position(&self) -> usize {
        self.out.len()
    }

    /// An element: attributes and content are what `content` writes, attributes first.
    pub fn element(
        &mut self,
        namespace: Namespace,
        local: &str,
        content: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.close_tag();
        self.out.push(b'<');
        self.name(namespace, local);
        self.in_tag = true;
        content(self);
        if self.in_tag {
            self.out.extend_from_slice(b"/>");
            self.in_tag = false;
        } else {
            self.out.extend_from_slice(b"</");
            self.name(namespace, local);
            self.out.push(b'>');
        }
        self
    }

    /// An element without content.
    pub fn empty(&mut self, namespace: Namespace, local: &str) -> &mut Self {
        self.element(namespace, local, |_| {})
    }

    /// An element with text only.
    pub fn leaf(&mut self, namespace: Namespace, local: &str, text: &str) -> &mut Self {
        self.element(namespace, local, |w| {
            w.text(text);
        })
    }

    /// An attribute of the element that was begun last; without effect once it has content.
    pub fn attribute(&mut self, name: &str, value: &str) -> &mut Self {
        if self.in_tag {
            self.out.push(b' ');
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"=\"");
            escape(value, self.out);
            self.out.push(b'"');
        }
        self
    }

    /// Character data.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.close_tag();
        escape(text, self.out);
        self
    }

    /// XML that is well-formed already and needs those namespaces.
    pub fn raw(&mut self, xml: &str, namespaces: Namespaces) -> &mut Self {
        self.close_tag();
        self.out.extend_from_slice(xml.as_bytes());
        self.namespaces.extend(namespaces);
        self
    }

    fn close_tag(&mut self) {
        if self.in_tag {
            self.out.push(b'>');
            self.in_tag = false;
        }
    }

    fn name(&mut self, namespace: Namespace, local: &str) {
        self.namespaces.insert(namespace);
        if namespace != Namespace::Pidf {
            self.out.extend_from_slice(namespace.prefix().as_bytes());
            self.out.push(b':');
        }
        self.out.extend_from_slice(local.as_bytes());
    }
}

/// Appends text with the five predefined entities, and without characters that XML forbids.
///
/// Tabulators and line ends are written as references, so that they survive in attributes.
pub(crate) fn escape(text: &str, out: &mut Vec<u8>) {
    for character in text.chars() {
        match character {
            '&' => out.extend_from_slice(b"&amp;"),
            '<' => out.extend_from_slice(b"&lt;"),
            '>' => out.extend_from_slice(b"&gt;"),
            '"' => out.extend_from_slice(b"&quot;"),
            '\t' => out.extend_from_slice(b"&#9;"),
            '\n' => out.extend_from_slice(b"&#10;"),
            '\r' => out.extend_from_slice(b"&#13;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {
                out.extend_from_slice("\u{fffd}".as_bytes());
            }
            _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_closed_and_text_is_escaped() {
        let mut out = Vec::new();
        let mut writer = Writer::new(&mut out);
        writer.element(Namespace::Pidf, "tuple", |w| {
            w.attribute("id", "a\"b\n");
            w.empty(Namespace::Pidf, "status");
            w.leaf(Namespace::Rpid, "class", "x<&>y");
        });
        let namespaces = writer.namespaces();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "<tuple id=\"a&quot;b&#10;\"><status/><r:class>x&lt;&amp;&gt;y</r:class></tuple>"
        );
        assert!(namespaces.contains(Namespace::Rpid) && !namespaces.contains(Namespace::Oma));
    }

    #[test]
    fn a_document_without_components_is_an_empty_element() {
        let mut out = Vec::new();
        write_presence("sip:a&b@ims.example", Namespaces::NONE, &mut out, |_| {});
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:a&amp;b@ims.example\"/>"
        );
    }

    #[test]
    fn forbidden_characters_never_reach_a_document() {
        let mut out = Vec::new();
        escape("a\0b\u{ffff}", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "a\u{fffd}b\u{fffd}");
    }
}
