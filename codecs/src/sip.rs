//! SIP messages (RFC 3261): a lenient lexer and typed accessors.

/// A URI.
pub struct Uri<'a>(&'a [u8]);
impl<'a> Uri<'a> {
    /// x
    pub fn parse(octets: &'a [u8]) -> Result<Self, ()> {
        Ok(Self(octets))
    }
    /// x
    pub fn canonical(&self, out: &mut String) -> Result<(), ()> {
        out.push_str(&String::from_utf8_lossy(self.0));
        Ok(())
    }
}
