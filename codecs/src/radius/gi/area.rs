//! The areas and cells a location names (TS 23.003 clauses 4 and 19, TS 29.274 clause 8.21).

use std::fmt;

use crate::Plmn;

macro_rules! area {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $bits:ty),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        pub struct $name {
            /// The network the area belongs to.
            pub plmn: Plmn,
            $($(#[$field_doc])* pub $field: $bits,)+
        }
    };
}

area! {
    /// Cell global identification (GERAN).
    Cgi { /// Location area code.
          lac: u16, /// Cell identity.
          ci: u16 }
}
area! {
    /// Service area identifier (UTRAN).
    Sai { /// Location area code.
          lac: u16, /// Service area code.
          sac: u16 }
}
area! {
    /// Routeing area identification.
    Rai { /// Location area code.
          lac: u16, /// Routeing area code.
          rac: u8 }
}
area! {
    /// Location area identification.
    Lai { /// Location area code.
          lac: u16 }
}
area! {
    /// Tracking area identity (E-UTRAN).
    Tai { /// Tracking area code.
          tac: u16 }
}
area! {
    /// E-UTRAN cell global identifier.
    Ecgi { /// E-UTRAN cell identity, 28 bits.
           eci: u32 }
}
area! {
    /// NR cell global identifier.
    Ncgi { /// NR cell identity, 36 bits.
           nci: u64 }
}
area! {
    /// Tracking area identity of a 5G system.
    FiveGsTai { /// Tracking area code, 24 bits.
                tac: u32 }
}
area! {
    /// Global eNodeB identity.
    EnodebId { /// The eNodeB's number within its network.
               number: EnodebNumber }
}

/// An eNodeB's number; its length is part of its kind.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum EnodebNumber {
    /// Macro eNodeB, 20 bits.
    Macro(u32),
    /// Long macro eNodeB, 21 bits.
    LongMacro(u32),
    /// Short macro eNodeB, 18 bits.
    ShortMacro(u32),
}

impl Lai {
    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.plmn.to_wire());
        out.extend_from_slice(&self.lac.to_be_bytes());
    }
}

impl Tai {
    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.plmn.to_wire());
        out.extend_from_slice(&self.tac.to_be_bytes());
    }
}

impl Ecgi {
    pub(super) fn decode(octets: &[u8]) -> Option<Self> {
        let &[a, b, c, eci @ ..] = octets.first_chunk::<7>()?;
        let eci = u32::from_be_bytes(eci) & 0x0fff_ffff;
        Some(Self {
            plmn: Plmn::from_wire([a, b, c])?,
            eci,
        })
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.plmn.to_wire());
        out.extend_from_slice(&(self.eci & 0x0fff_ffff).to_be_bytes());
    }
}

impl Ncgi {
    pub(super) fn decode(octets: &[u8]) -> Option<Self> {
        let &[a, b, c, n4, n3, n2, n1, n0] = octets.first_chunk::<8>()?;
        let nci = u64::from_be_bytes([0, 0, 0, n4 & 0x0f, n3, n2, n1, n0]);
        Some(Self {
            plmn: Plmn::from_wire([a, b, c])?,
            nci,
        })
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.plmn.to_wire());
        out.extend_from_slice(&(self.nci & 0x0f_ffff_ffff).to_be_bytes()[3..]);
    }
}

impl FiveGsTai {
    pub(super) fn decode(octets: &[u8]) -> Option<Self> {
        let &[a, b, c, t2, t1, t0] = octets.first_chunk::<6>()?;
        let tac = u32::from_be_bytes([0, t2, t1, t0]);
        Some(Self {
            plmn: Plmn::from_wire([a, b, c])?,
            tac,
        })
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.plmn.to_wire());
        out.extend_from_slice(&self.tac.to_be_bytes()[1..]);
    }
}

impl EnodebId {
    /// In the extended form the first bit tells the short macro eNodeB from the long one.
    pub(super) fn decode(octets: &[u8], is_extended: bool) -> Option<Self> {
        let &[a, b, c, n2, n1, n0] = octets.first_chunk::<6>()?;
        let number = u32::from_be_bytes([0, n2, n1, n0]);
        let number = match (is_extended, n2 & 0x80 != 0) {
            (false, _) => EnodebNumber::Macro(number & 0x0f_ffff),
            (true, false) => EnodebNumber::LongMacro(number & 0x1f_ffff),
            (true, true) => EnodebNumber::ShortMacro(number & 0x03_ffff),
        };
        Some(Self {
            plmn: Plmn::from_wire([a, b, c])?,
            number,
        })
    }

    pub(super) fn encode(self, out: &mut Vec<u8>) {
        let number = match self.number {
            EnodebNumber::Macro(number) => number & 0x0f_ffff,
            EnodebNumber::LongMacro(number) => number & 0x1f_ffff,
            EnodebNumber::ShortMacro(number) => number & 0x03_ffff | 0x80_0000,
        };
        out.extend_from_slice(&self.plmn.to_wire());
        out.extend_from_slice(&number.to_be_bytes()[1..]);
    }
}

macro_rules! display {
    ($($name:ident $label:literal $($field:ident)+;)+) => {
        $(impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($label, " {}"), self.plmn)?;
                $(write!(f, "-{}", self.$field)?;)+
                Ok(())
            }
        })+
    };
}

display! {
    Cgi "CGI" lac ci;
    Sai "SAI" lac sac;
    Rai "RAI" lac rac;
    Lai "LAI" lac;
    Tai "TAI" tac;
    Ecgi "ECGI" eci;
    Ncgi "NCGI" nci;
    FiveGsTai "5GS TAI" tac;
    EnodebId "eNodeB" number;
}

impl fmt::Display for EnodebNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Macro(number) | Self::LongMacro(number) | Self::ShortMacro(number)) = self;
        write!(f, "{number}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn areas_read_as_operators_write_them() {
        let plmn = Plmn::from_digits(b"00101").unwrap();
        assert_eq!(
            Cgi {
                plmn,
                lac: 1,
                ci: 65535
            }
            .to_string(),
            "CGI 00101-1-65535"
        );
        let number = EnodebNumber::ShortMacro(5);
        assert_eq!(EnodebId { plmn, number }.to_string(), "eNodeB 00101-5");
    }
}
