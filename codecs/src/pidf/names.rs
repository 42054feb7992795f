//! The namespaces of presence documents and the prefixes that ours always have.

/// Declares the table: one line a namespace, in the order in which a root declares them.
macro_rules! namespaces {
    ($($(#[$doc:meta])* $name:ident $prefix:literal $uri:literal;)*) => {
        /// A namespace with a fixed prefix in the documents that we write.
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub enum Namespace {
            $($(#[$doc])* $name,)*
        }

        impl Namespace {
            /// Every namespace of the table, in the order of declaration.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The fixed prefix; empty for PIDF itself, which is the default namespace.
            #[must_use]
            pub const fn prefix(self) -> &'static str {
                match self {
                    $(Self::$name => $prefix,)*
                }
            }

            /// The namespace name.
            #[must_use]
            pub const fn uri(self) -> &'static str {
                match self {
                    $(Self::$name => $uri,)*
                }
            }

            /// The namespace of that name, if it is of the table.
            #[must_use]
            pub fn from_uri(uri: &str) -> Option<Self> {
                match uri {
                    $($uri => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The namespace of that fixed prefix.
            #[must_use]
            pub fn from_prefix(prefix: &str) -> Option<Self> {
                match prefix {
                    $($prefix => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The declaration as it stands in a root element, with a leading space.
            const fn declaration(self) -> &'static str {
                match self {
                    Self::Pidf => concat!(" xmlns=\"", "urn:ietf:params:xml:ns:pidf", "\""),
                    $(#[allow(unreachable_patterns)]
                    Self::$name => concat!(" xmlns:", $prefix, "=\"", $uri, "\""),)*
                }
            }
        }
    };
}

namespaces! {
    /// PIDF (RFC 3863).
    Pidf "" "urn:ietf:params:xml:ns:pidf";
    /// Data model (RFC 4479).
    DataModel "dm" "urn:ietf:params:xml:ns:pidf:data-model";
    /// RPID (RFC 4480).
    Rpid "r" "urn:ietf:params:xml:ns:pidf:rpid";
    /// OMA Presence SIMPLE.
    Oma "op" "urn:oma:xml:prs:pidf:oma-pres";
    /// OMA Presence Data Extensions 1.0.
    OmaExtension "opd" "urn:oma:xml:pde:pidf:ext";
    /// OMA Presence Data Extensions 1.1.
    OmaExtension11 "opd11" "urn:oma:xml:pde:pidf:ext:1.1";
    /// What the network knows and no standard says.
    Network "pn" "urn:x-pengate:pidf:net:1";
    /// PIDF-LO (RFC 4119).
    Geopriv "gp" "urn:ietf:params:xml:ns:pidf:geopriv10";
    /// Usage rules of PIDF-LO (RFC 4119).
    BasicPolicy "gbp" "urn:ietf:params:xml:ns:pidf:geopriv10:basicPolicy";
    /// Civic addresses (RFC 5139).
    CivicAddress "ca" "urn:ietf:params:xml:ns:pidf:geopriv10:civicAddr";
    /// Motion and heading (RFC 5962).
    Dynamic "dyn" "urn:ietf:params:xml:ns:pidf:geopriv10:dynamic";
    /// Geography Markup Language 3.1.1.
    Gml "gml" "http://www.opengis.net/gml";
    /// Shapes of PIDF-LO (RFC 5491).
    Shapes "gs" "http://www.opengis.net/pidflo/1.0";
    /// Confidence of a location (RFC 7459).
    Confidence "con" "urn:ietf:params:xml:ns:geopriv:conf";
    /// Types of places (RFC 4589).
    LocationType "lt" "urn:ietf:params:xml:ns:location-type";
    /// Timed status (RFC 4481).
    TimedStatus "ts" "urn:ietf:params:xml:ns:pidf:timed-status";
    /// Contact information (RFC 4482).
    Cipid "c" "urn:ietf:params:xml:ns:pidf:cipid";
    /// Capabilities (RFC 5196).
    Capabilities "caps" "urn:ietf:params:xml:ns:pidf:caps";
}

/// A set of [`Namespace`]s.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Namespaces(u32);

impl Namespaces {
    /// None.
    pub const NONE: Self = Self(0);

    /// Adds one.
    pub const fn insert(&mut self, namespace: Namespace) {
        self.0 |= 1 << namespace as u32;
    }

    /// Adds all of another set.
    pub const fn extend(&mut self, other: Self) {
        self.0 |= other.0;
    }

    /// Whether it holds one.
    #[must_use]
    pub const fn contains(self, namespace: Namespace) -> bool {
        self.0 & 1 << namespace as u32 != 0
    }

    /// Its members in the order of declaration.
    pub fn iter(self) -> impl Iterator<Item = Namespace> {
        Namespace::ALL
            .iter()
            .copied()
            .filter(move |namespace| self.contains(*namespace))
    }

    /// Appends the declarations of a root element; that of PIDF always.
    pub fn write_declarations(self, out: &mut Vec<u8>) {
        let mut all = self;
        all.insert(Namespace::Pidf);
        for namespace in all.iter() {
            out.extend_from_slice(namespace.declaration().as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_and_names_are_unique_and_found_again() {
        for namespace in Namespace::ALL.iter().copied() {
            assert_eq!(Namespace::from_uri(namespace.uri()), Some(namespace));
            assert_eq!(Namespace::from_prefix(namespace.prefix()), Some(namespace));
        }
        assert_eq!(Namespace::from_uri("urn:example:unknown"), None);
    }

    #[test]
    fn a_root_declares_pidf_first_and_only_what_is_asked_for() {
        let mut set = Namespaces::NONE;
        set.insert(Namespace::Rpid);
        set.insert(Namespace::DataModel);
        let mut out = Vec::new();
        set.write_declarations(&mut out);
        assert_eq!(
            String::from_utf8(out).unwrap(),
            r#" xmlns="urn:ietf:params:xml:ns:pidf" xmlns:dm="urn:ietf:params:xml:ns:pidf:data-model" xmlns:r="urn:ietf:params:xml:ns:pidf:rpid""#
        );
    }
}
