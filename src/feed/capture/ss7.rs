//! SS7 links: MTP2 (Q.703), M2PA (RFC 4165) and the label of MTP3 (Q.704 clause 2.2).

use std::{
    net::{Ipv4Addr, SocketAddr},
    ops::Range,
};

use super::{
    fault::{Defect, Fault},
    octets::{array, u32_at},
};

/// A message that came over an SS7 link.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Unit {
    /// What it is, by Wireshark's name.
    pub(super) name: &'static [u8],
    /// Where it is.
    pub(super) range: Range<usize>,
    /// How many octets of it were not captured.
    pub(super) missing: u32,
}

/// Whether signal units have the long header of Q.703 annex A. The pseudo-header of link type 139
/// tells: who sent it, annex A (0 no, 1 yes, 2 unknown), link number.
pub(super) fn has_long_header(frame: &[u8]) -> Result<bool, Fault> {
    let [_, annex_a, ..]: [u8; PSEUDO_HEADER] = array(frame, 0).ok_or(cut(frame))?;
    Ok(annex_a == 1)
}

/// The MTP3 message in the signal unit that starts at `at`; `None` in one that only keeps the link
/// up.
///
/// ```text
/// | BIB, BSN | FIB, FSN | length indicator | SIO, label, user part |
/// ```
pub(super) fn signal_unit(frame: &[u8], at: usize, long: bool) -> Result<Option<Unit>, Fault> {
    let header = if long { 6 } else { 3 };
    let field = at + header / 3 * 2;
    let indicator = |octet| frame.get(octet).copied().ok_or(cut(frame));
    let (length, most) = if long {
        let [low, high] = [indicator(field)?, indicator(field + 1)?];
        (usize::from(u16::from_le_bytes([low, high]) & 0x01ff), 511)
    } else {
        (usize::from(indicator(field)? & 0x3f), 63)
    };
    if length <= STATUS_MAX {
        return Ok(None);
    }
    let start = at + header;
    let left = frame.len().saturating_sub(start);
    // The highest length stands for itself and more; two octets of check sequence may follow.
    let wanted = if length == most { left } else { length };
    let missing = u32::try_from(wanted.saturating_sub(left)).unwrap_or(u32::MAX);
    let range = start..start + wanted.min(left);
    Ok(Some(Unit {
        name: MTP3,
        range,
        missing,
    }))
}

/// The MTP3 message in an M2PA user message; `None` in one that only keeps the link up.
///
/// ```text
/// | 1 | 0 | 11 | type | length | 0, BSN | 0, FSN | priority | SIO, label, user part |
/// ```
pub(super) fn m2pa(message: &[u8]) -> Option<Range<usize>> {
    let [1, _, 11, 1] = array(message, 0)? else {
        return None;
    };
    let length = usize::try_from(u32_at(message, 4)?).ok()?;
    let end = length.min(message.len());
    (end > M2PA_HEADER + 1).then_some(M2PA_HEADER + 1..end)
}

/// The originating and destination point code of an MTP3 message, as addresses: SIO, then DPC and
/// OPC of 14 bits and SLS of 4, the lowest octet first.
pub(super) fn points(message: &[u8]) -> Option<(SocketAddr, SocketAddr)> {
    let label = u32::from_le_bytes(array(message, 1)?);
    Some((point(label >> 14 & 0x3fff), point(label & 0x3fff)))
}

/// A point code as an address of 0.0.0.0/8, which no host has, and port 0.
pub(super) fn point(code: u32) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from_bits(code), 0))
}

fn cut(frame: &[u8]) -> Fault {
    Fault {
        at: frame.len(),
        what: Defect::Cut,
    }
}

/// What Wireshark calls MTP3.
pub(super) const MTP3: &[u8] = b"mtp3";
/// What Wireshark calls SCCP.
pub(super) const SCCP: &[u8] = b"sccp";
/// SCTP payload protocol of M2PA (RFC 4165 clause 7).
pub(super) const M2PA: u32 = 5;
/// Octets of the pseudo-header of link type 139.
pub(super) const PSEUDO_HEADER: usize = 4;

/// A signal unit of up to two octets is link status (1, 2) or fill-in (0).
const STATUS_MAX: usize = 2;
/// Octets before the priority of an M2PA message.
const M2PA_HEADER: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// OPC 1001, DPC 2002, SLS 5.
    const LABEL: [u8; 5] = [0x83, 0xd2, 0x47, 0xfa, 0x50];

    #[test]
    fn point_codes_are_addresses() {
        let (source, destination) = points(&LABEL).unwrap();
        assert_eq!(source, "0.0.3.233:0".parse().unwrap());
        assert_eq!(destination, "0.0.7.210:0".parse().unwrap());
        assert_eq!(points(&LABEL[..4]), None);
    }

    #[test]
    fn only_message_signal_units_carry_something() {
        let unit = |frame: &[u8], long| signal_unit(frame, 0, long).unwrap();
        assert_eq!(unit(&[0, 0, 0], false), None);
        assert_eq!(unit(&[0, 0, 1, 3], false), None);
        assert_eq!(unit(&[0, 0, 2, 3, 4], false), None);
        let range = |frame: &[u8], long| unit(frame, long).map(|u| (u.range, u.missing));
        assert_eq!(range(&[0, 0, 0x43, 1, 2, 3], false), Some((3..6, 0)));
        let with_check = [0, 0, 3, 1, 2, 3, 0xee, 0xee];
        assert_eq!(range(&with_check, false), Some((3..6, 0)));
        assert_eq!(range(&[0, 0, 5, 1, 2, 3], false), Some((3..6, 2)));
        assert_eq!(
            range(&[[0; 2].as_slice(), &[63], &[1; 100]].concat(), false),
            Some((3..103, 0))
        );
        assert_eq!(range(&[0, 0, 0, 0, 3, 0, 1, 2, 3], true), Some((6..9, 0)));
        let long = [&[0, 0, 0, 0, 0x2c, 0x01][..], &[1; 300]].concat();
        assert_eq!(range(&long, true), Some((6..306, 0)));
    }

    #[test]
    fn a_signal_unit_cut_short_is_a_fault_at_its_end() {
        for (long, header) in [(false, 3), (true, 6)] {
            for end in 0..header {
                let fault = Fault {
                    at: end,
                    what: Defect::Cut,
                };
                assert_eq!(signal_unit(&[0; 6][..end], 0, long), Err(fault));
            }
        }
        assert!(has_long_header(&[0, 1, 0]).is_err());
        assert_eq!(has_long_header(&[0, 1, 0, 0]), Ok(true));
        assert_eq!(has_long_header(&[0, 2, 0, 0]), Ok(false));
    }

    #[test]
    fn m2pa_user_data_is_mtp3_behind_its_priority() {
        let message = |kind: u8, length: u8, octets: &[u8]| {
            let mut message = vec![1, 0, 11, kind, 0, 0, 0, length, 0, 0, 0, 1, 0, 0, 0, 2];
            message.extend_from_slice(octets);
            message
        };
        assert_eq!(m2pa(&message(1, 19, &[0, 0x83, 1])), Some(17..19));
        assert_eq!(m2pa(&message(1, 19, &[0, 0x83, 1, 0])), Some(17..19));
        assert_eq!(m2pa(&message(1, 16, &[])), None, "only acknowledges");
        assert_eq!(m2pa(&message(2, 20, &[0, 0, 0, 1])), None, "link status");
        assert_eq!(m2pa(b"no M2PA"), None);
    }
}
