//! 3GPP-Secondary-RAT-Usage (31): traffic over a second radio (TS 29.061 clause 16.4.7).

/// One report of usage. Times are seconds since 1900, as NTP counts them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SecondaryRatUsage {
    /// The secondary RAT, 4 bits: 0 NR, 1 unlicensed spectrum.
    pub rat: u8,
    /// Start of the period.
    pub start: u32,
    /// End of the period.
    pub end: u32,
    /// Octets to the user.
    pub downlink_octets: u64,
    /// Octets from the user.
    pub uplink_octets: u64,
}

impl SecondaryRatUsage {
    /// Octets on the wire.
    pub const OCTETS: usize = 25;

    /// From exactly 25 octets. Spare bits are not looked at.
    #[must_use]
    pub fn decode(octets: &[u8]) -> Option<Self> {
        let (&[rat], rest) = octets.split_first_chunk::<1>()?;
        let (start, rest) = rest.split_first_chunk()?;
        let (end, rest) = rest.split_first_chunk()?;
        let (downlink, uplink) = rest.split_first_chunk()?;
        Some(Self {
            rat: rat & 0x0f,
            start: u32::from_be_bytes(*start),
            end: u32::from_be_bytes(*end),
            downlink_octets: u64::from_be_bytes(*downlink),
            uplink_octets: u64::from_be_bytes(uplink.try_into().ok()?),
        })
    }

    /// Appends the 25 octets.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.rat & 0x0f);
        out.extend_from_slice(&self.start.to_be_bytes());
        out.extend_from_slice(&self.end.to_be_bytes());
        out.extend_from_slice(&self.downlink_octets.to_be_bytes());
        out.extend_from_slice(&self.uplink_octets.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_report_survives(mut octets: [u8; 25]) {
            octets[0] &= 0x0f;
            let mut out = Vec::new();
            SecondaryRatUsage::decode(&octets).unwrap().encode(&mut out);
            prop_assert_eq!(out, octets);
        }
    }

    #[test]
    fn other_lengths_are_refused() {
        for octets in (0..30).filter(|octets| *octets != SecondaryRatUsage::OCTETS) {
            assert_eq!(
                SecondaryRatUsage::decode(&vec![0; octets]),
                None,
                "{octets}"
            );
        }
    }
}
