//! Application contexts: which operations a dialogue has (TS 29.002 clause 17.3.2).

use pengate_asn1::Oid;

/// A context that is spoken here, and its version.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct ApplicationContext {
    /// Which.
    pub name: ContextName,
    /// 1 to 3.
    pub version: u8,
}

/// What a dialogue is about.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum ContextName {
    /// networkLocUp: updateLocation.
    NetworkLocUp,
    /// anyTimeInfoEnquiry: anyTimeInterrogation.
    AnyTimeInfoEnquiry,
    /// gprsLocationUpdate: updateGprsLocation.
    GprsLocationUpdate,
    /// mm-EventReporting: noteMM-Event.
    MmEventReporting,
}

impl ApplicationContext {
    /// Version 3 of mm-EventReporting, the only one.
    pub const MM_EVENT_REPORTING: Self = Self {
        name: ContextName::MmEventReporting,
        version: 3,
    };
    /// Version 3 of anyTimeInfoEnquiry, the only one.
    pub const ANY_TIME_INFO_ENQUIRY: Self = Self {
        name: ContextName::AnyTimeInfoEnquiry,
        version: 3,
    };

    /// The context of that name; nothing if it is not spoken here, or not in that version.
    #[must_use]
    #[inline]
    pub fn from_oid(oid: Oid<'_>) -> Option<Self> {
        let &[0x04, 0x00, 0x00, 0x01, 0x00, number, version] = oid.as_octets() else {
            return None;
        };
        let (name, versions) = match number {
            1 => (ContextName::NetworkLocUp, 1..=3),
            29 => (ContextName::AnyTimeInfoEnquiry, 3..=3),
            32 => (ContextName::GprsLocationUpdate, 3..=3),
            42 => (ContextName::MmEventReporting, 3..=3),
            _ => return None,
        };
        versions
            .contains(&version)
            .then_some(Self { name, version })
    }

    /// The octets of its name; [`Oid::from_wire`] makes them one.
    #[must_use]
    pub const fn to_octets(self) -> [u8; 7] {
        let number = match self.name {
            ContextName::NetworkLocUp => 1,
            ContextName::AnyTimeInfoEnquiry => 29,
            ContextName::GprsLocationUpdate => 32,
            ContextName::MmEventReporting => 42,
        };
        [0x04, 0x00, 0x00, 0x01, 0x00, number, self.version]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_context_has_its_name() {
        let mut spoken = 0;
        for number in 0..=127 {
            for version in 0..=5 {
                let octets = [4, 0, 0, 1, 0, number, version];
                let oid = Oid::from_wire(&octets).unwrap();
                if let Some(context) = ApplicationContext::from_oid(oid) {
                    assert_eq!(context.to_octets(), octets);
                    spoken += 1;
                }
            }
        }
        assert_eq!(spoken, 6);
        let cap = Oid::from_wire(&[4, 0, 0, 1, 23, 3, 4]).unwrap();
        assert_eq!(ApplicationContext::from_oid(cap), None);
    }
}
