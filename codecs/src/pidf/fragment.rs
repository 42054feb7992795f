//! The children of an element, each ready to stand in another element.

use super::{
    Namespace, Namespaces, PidfError,
    document::Span,
    read::append_fragment,
    scanner::{Name, Scanner, Tag, Token},
};

/// An element of ours taken apart: a component of a [`Document`](super::Document), or a child of
/// one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fragment<'a> {
    /// The start tag without its `>`.
    pub open: &'a str,
    /// The name as in the start tag.
    pub name: &'a str,
    /// Its child elements. What else it holds (text, comments) is not among them.
    pub children: Vec<Child<'a>>,
}

/// A child element with the declarations that it takes along.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Child<'a> {
    /// Its namespace if that is of the fixed table.
    pub namespace: Option<Namespace>,
    /// The name of its namespace.
    pub uri: &'a str,
    /// Its local name.
    pub local: &'a str,
    /// Its attribute `id`.
    pub id: Option<&'a str>,
    /// Namespaces of the fixed table that it takes from the root.
    pub namespaces: Namespaces,
    /// The whole element.
    pub text: String,
    inner: Span,
}

impl<'a> Fragment<'a> {
    /// Takes an element apart.
    ///
    /// # Errors
    /// [`PidfError`] when the text is not an element that [`parse`](super::parse) or
    /// [`Writer`](super::Writer) gave.
    pub fn parse(text: &'a str) -> Result<Self, PidfError> {
        let mut scanner = Scanner::of_fragment(text);
        let Token::Start(root) = scanner.next()? else {
            return Ok(Self {
                open: "",
                name: "",
                children: Vec::new(),
            });
        };
        let open = text[..root.end].trim_end_matches('>');
        let mut children = Vec::new();
        loop {
            match scanner.next()? {
                Token::Start(tag) => children.push(Child::read(&mut scanner, &tag)?),
                Token::Text { .. } => {}
                Token::End { .. } | Token::Eof => break,
            }
        }
        Ok(Self {
            open: open.strip_suffix('/').unwrap_or(open),
            name: &text[root.at + 1..root.name_end],
            children,
        })
    }
}

impl<'a> Child<'a> {
    fn read(scanner: &mut Scanner<'a>, tag: &Tag<'a>) -> Result<Self, PidfError> {
        let id = scanner
            .attributes()
            .iter()
            .find(|attribute| attribute.prefix.is_empty() && attribute.local == "id")
            .map(|attribute| attribute.value);
        scanner.begin_fragment(tag)?;
        let (inner_end, end) = scanner.finish(tag.depth)?;
        let outside = scanner.outside();
        let mut text = String::with_capacity(end - tag.at);
        let declared = append_fragment(&mut text, scanner.text(), tag, end, outside);
        let Name { uri, known, local } = tag.name;
        Ok(Self {
            namespace: known,
            uri,
            local,
            id,
            namespaces: outside.namespaces,
            text,
            inner: Span::new(tag.end, inner_end).moved(tag.at, declared),
        })
    }

    /// Whether it is that element.
    #[must_use]
    pub fn is(&self, namespace: Namespace, local: &str) -> bool {
        self.namespace == Some(namespace) && self.local == local
    }

    /// What stands between its tags.
    #[must_use]
    pub fn inner(&self) -> &str {
        self.inner.of(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_take_along_what_their_parent_declared() {
        let text = r#"<tuple xmlns:x="urn:example:x" id="t"><status/> <x:a id="i"><r:b>1</r:b></x:a><note>n</note></tuple>"#;
        let fragment = Fragment::parse(text).unwrap();
        assert_eq!(fragment.name, "tuple");
        assert_eq!(fragment.open, r#"<tuple xmlns:x="urn:example:x" id="t""#);
        let names: Vec<_> = fragment.children.iter().map(|child| child.local).collect();
        assert_eq!(names, ["status", "a", "note"]);
        let foreign = &fragment.children[1];
        assert_eq!((foreign.namespace, foreign.uri), (None, "urn:example:x"));
        assert_eq!(foreign.id, Some("i"));
        assert_eq!(
            foreign.text,
            r#"<x:a xmlns:x="urn:example:x" id="i"><r:b>1</r:b></x:a>"#
        );
        assert_eq!(foreign.inner(), "<r:b>1</r:b>");
        assert!(foreign.namespaces.contains(Namespace::Rpid));
        assert!(fragment.children[0].is(Namespace::Pidf, "status"));
    }

    #[test]
    fn an_empty_element_has_no_children() {
        let fragment = Fragment::parse("<status/>").unwrap();
        assert_eq!((fragment.open, fragment.children.len()), ("<status", 0));
    }
}
