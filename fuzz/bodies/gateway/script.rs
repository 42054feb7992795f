//! How octets are read as moves.

/// One move: an octet of kind and peer, and an operand.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// Which, 0 to 31.
    pub kind: u8,
    /// Whether what arrives joins the next step instead of making its own.
    pub joins: bool,
    /// Which peer, 0 to 3, or which measure of time.
    pub peer: u8,
    /// The operand.
    pub operand: u8,
}

/// Cuts an input into moves.
pub struct Script<'a> {
    rest: &'a [u8],
}

impl<'a> Script<'a> {
    pub const fn new(octets: &'a [u8]) -> Self {
        Self { rest: octets }
    }
}

/// Kinds below this, and octets of a feed as they are, carry octets: the operand is the high half
/// of their length, one more octet the low half.
const WITH_OCTETS: u8 = 4;
/// Octets of a feed as they are.
pub const RAW: u8 = 22;

impl<'a> Iterator for Script<'a> {
    type Item = (Move, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let [first, operand, rest @ ..] = self.rest else {
            return None;
        };
        let order = Move {
            kind: first & 0x0f | (first & 0x80) >> 3,
            joins: first & 0x40 != 0,
            peer: first >> 4 & 0x03,
            operand: *operand,
        };
        let carries = order.kind < WITH_OCTETS || order.kind == RAW;
        let (octets, rest) = match (carries, rest) {
            (true, [low, rest @ ..]) => {
                let length = usize::from(u16::from_be_bytes([*operand, *low]));
                rest.split_at(length.min(rest.len()))
            }
            _ => rest.split_at(0),
        };
        self.rest = rest;
        Some((order, octets))
    }
}
