//! Application contexts: which operations a dialogue has (TS 29.078 clauses 5 to 8).

use pengate_asn1::Oid;

/// A context that is spoken here.
///
/// There is no version 4 for GPRS: it stays at version 3.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ApplicationContext {
    /// Version 1, a call asks the gsmSCF.
    SsfToScfV1,
    /// Version 2, a call asks the gsmSCF.
    SsfToScfV2,
    /// Version 3, a call asks the gsmSCF.
    SsfToScfV3,
    /// Version 4, a call asks the gsmSCF.
    SsfToScfV4,
    /// Version 3, a GPRS session or PDP context asks the gsmSCF.
    GprsSsfToScf,
    /// Version 3, the gsmSCF speaks to a GPRS session or PDP context.
    ScfToGprsSsf,
}

impl ApplicationContext {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::SsfToScfV1,
        Self::SsfToScfV2,
        Self::SsfToScfV3,
        Self::SsfToScfV4,
        Self::GprsSsfToScf,
        Self::ScfToGprsSsf,
    ];

    /// The context of that name; nothing if it is not spoken here.
    #[must_use]
    #[inline]
    pub fn from_oid(oid: Oid<'_>) -> Option<Self> {
        let &[0x04, 0x00, 0x00, 0x01, a, b, c] = oid.as_octets() else {
            return None;
        };
        Some(match (a, b, c) {
            (0, 50, 0) => Self::SsfToScfV1,
            (0, 50, 1) => Self::SsfToScfV2,
            (21, 3, 4) => Self::SsfToScfV3,
            (23, 3, 4) => Self::SsfToScfV4,
            (21, 3, 50) => Self::GprsSsfToScf,
            (21, 3, 51) => Self::ScfToGprsSsf,
            _ => return None,
        })
    }

    /// The octets of its name; [`Oid::from_wire`] makes them one.
    #[must_use]
    pub const fn to_octets(self) -> [u8; 7] {
        let (a, b, c) = match self {
            Self::SsfToScfV1 => (0, 50, 0),
            Self::SsfToScfV2 => (0, 50, 1),
            Self::SsfToScfV3 => (21, 3, 4),
            Self::SsfToScfV4 => (23, 3, 4),
            Self::GprsSsfToScf => (21, 3, 50),
            Self::ScfToGprsSsf => (21, 3, 51),
        };
        [0x04, 0x00, 0x00, 0x01, a, b, c]
    }

    /// The version of CAP, 1 to 4.
    #[must_use]
    pub const fn version(self) -> u8 {
        match self {
            Self::SsfToScfV1 => 1,
            Self::SsfToScfV2 => 2,
            Self::SsfToScfV3 | Self::GprsSsfToScf | Self::ScfToGprsSsf => 3,
            Self::SsfToScfV4 => 4,
        }
    }

    /// Whether it is about GPRS.
    #[must_use]
    pub const fn is_gprs(self) -> bool {
        matches!(self, Self::GprsSsfToScf | Self::ScfToGprsSsf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_context_has_its_name() {
        for context in ApplicationContext::ALL {
            let octets = context.to_octets();
            let oid = Oid::from_wire(&octets).unwrap();
            assert_eq!(ApplicationContext::from_oid(oid), Some(context));
            assert!((1..=4).contains(&context.version()));
            assert!(!context.is_gprs() || context.version() == 3);
        }
        // Version 4 of GPRS, which does not exist.
        let none = Oid::from_wire(&[4, 0, 0, 1, 23, 3, 50]).unwrap();
        assert_eq!(ApplicationContext::from_oid(none), None);
    }
}
