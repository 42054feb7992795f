//! What a document may ask of its reader.

/// Bounds of a document; beyond them it is refused.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Limits {
    /// Most octets (default 262144).
    pub octets_max: usize,
    /// Deepest nesting of elements (default 32).
    pub depth_max: usize,
    /// Most positions (default 1000).
    pub positions_max: usize,
    /// Most coordinates of one shape (default 64; a polygon has at most 15).
    pub coordinates_max: usize,
    /// Most subscribers in one element (default 1000).
    pub msids_max: usize,
    /// Most octets of one text or attribute (default 4096).
    pub text_max: usize,
    /// Most octets of a document type declaration (default 4096).
    pub doctype_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            octets_max: 256 << 10,
            depth_max: 32,
            positions_max: 1_000,
            coordinates_max: 64,
            msids_max: 1_000,
            text_max: 4 << 10,
            doctype_max: 4 << 10,
        }
    }
}
