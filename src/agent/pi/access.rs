//! What P-Access-Network-Info says of access and cell (TS 24.229 clause 7.2A.4).

use pengate_codecs::sip::header::AccessNetwork;

use crate::event::{Cell, Plmn, Rat};

/// The access network and the cell, as far as they are told.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Access {
    pub rat: Option<Rat>,
    pub cell: Option<Cell>,
}

impl Access {
    /// What the access that counts says.
    pub(super) fn of(told: Option<&AccessNetwork<'_>>) -> Self {
        told.map_or_else(Self::default, |access| Self {
            rat: rat(access.access),
            cell: cell(access),
        })
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rat.is_none() && self.cell.is_none()
    }
}

fn rat(access: &str) -> Option<Rat> {
    let begins = |with: &str| {
        access
            .get(..with.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(with))
    };
    [
        ("3GPP-GERAN", Rat::Geran),
        ("3GPP-UTRAN", Rat::Utran),
        ("3GPP-E-UTRAN", Rat::Eutran),
        ("3GPP-NR", Rat::Nr),
        ("3GPP-WLAN", Rat::Wlan),
        ("IEEE-802.11", Rat::Wlan),
    ]
    .into_iter()
    .find_map(|(name, rat)| begins(name).then_some(rat))
}

fn cell(access: &AccessNetwork<'_>) -> Option<Cell> {
    if let Some(text) = access.cgi_3gpp() {
        let (plmn, [lac, ci]) = split(text, [4, 4])?;
        let (lac, ci) = (narrow(lac)?, narrow(ci)?);
        return Some(Cell::Cgi { plmn, lac, ci });
    }
    if let Some(text) = access.utran_sai_3gpp() {
        let (plmn, [lac, sac]) = split(text, [4, 4])?;
        let (lac, sac) = (narrow(lac)?, narrow(sac)?);
        return Some(Cell::Sai { plmn, lac, sac });
    }
    let text = access.utran_cell_id_3gpp()?;
    match rat(access.access)? {
        Rat::Eutran => {
            let (plmn, [tac, eci]) = split(text, [4, 7])?;
            let (tac, eci) = (Some(narrow(tac)?), u32::try_from(eci).ok()?);
            Some(Cell::Ecgi { plmn, eci, tac })
        }
        Rat::Nr => {
            let (plmn, [tac, _]) = split(text, [6, 9])?;
            let tac = u32::try_from(tac).ok()?;
            Some(Cell::Tai { plmn, tac })
        }
        // A UTRAN cell's 28 bits are no cell of the kind that the core network names: the location
        // area stays.
        _ => {
            let (plmn, [lac, _]) = split(text, [4, 7])?;
            let lac = narrow(lac)?;
            Some(Cell::Lai { plmn, lac })
        }
    }
}

/// Country and network code, then two numbers of so many hexadecimal digits each. The length tells
/// whether the network code has two digits or three.
fn split(text: &str, digits: [usize; 2]) -> Option<(Plmn, [u64; 2])> {
    let [area, cell] = digits;
    let network = text.len().checked_sub(area + cell)?;
    let plmn = Plmn::from_digits(text.get(..network)?)?;
    let number = |text: &str| {
        let hexadecimal = text.bytes().all(|octet| octet.is_ascii_hexdigit());
        hexadecimal.then_some(u64::from_str_radix(text, 16).ok()?)
    };
    let area_end = network + area;
    Some((
        plmn,
        [
            number(text.get(network..area_end)?)?,
            number(text.get(area_end..)?)?,
        ],
    ))
}

fn narrow(number: u64) -> Option<u16> {
    u16::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use pengate_codecs::sip::{Framing, Message, Register};

    use super::*;

    fn told(values: &str) -> Access {
        let text = format!(
            "REGISTER sip:as SIP/2.0\r\nTo: <sip:a>\r\nFrom: <sip:b>\r\nCall-ID: c\r\n\
             CSeq: 1 REGISTER\r\n{values}\r\n\r\n"
        );
        let message = Message::decode(text.as_bytes(), Framing::Datagram).unwrap();
        let register = Register::decode(&message).unwrap();
        Access::of(register.access.as_ref())
    }

    fn plmn() -> Plmn {
        Plmn::from_digits("00101").unwrap()
    }

    #[test]
    fn every_kind_of_cell_is_read() {
        let (lac, tac) = (0x1234, 0x1234);
        let plmn = plmn();
        let wide = Plmn::from_digits("001001").unwrap();
        for (value, rat, cell) in [
            (
                "3GPP-GERAN; cgi-3gpp=001011234abcd",
                Some(Rat::Geran),
                Some(Cell::Cgi {
                    plmn,
                    lac,
                    ci: 0xabcd,
                }),
            ),
            (
                "3GPP-UTRAN-FDD; utran-sai-3gpp=0010112340001",
                Some(Rat::Utran),
                Some(Cell::Sai { plmn, lac, sac: 1 }),
            ),
            (
                "3GPP-UTRAN-TDD; utran-cell-id-3gpp=0010112340abcdef",
                Some(Rat::Utran),
                Some(Cell::Lai { plmn, lac }),
            ),
            (
                "3gpp-e-utran-fdd; utran-cell-id-3gpp=\"0010112340abcdef\"",
                Some(Rat::Eutran),
                Some(Cell::Ecgi {
                    plmn,
                    eci: 0x0ab_cdef,
                    tac: Some(tac),
                }),
            ),
            (
                "3GPP-E-UTRAN-TDD; utran-cell-id-3gpp=00100112340abcdef",
                Some(Rat::Eutran),
                Some(Cell::Ecgi {
                    plmn: wide,
                    eci: 0x0ab_cdef,
                    tac: Some(tac),
                }),
            ),
            (
                "3GPP-NR-FDD; utran-cell-id-3gpp=00101123456123456789",
                Some(Rat::Nr),
                Some(Cell::Tai {
                    plmn,
                    tac: 0x12_3456,
                }),
            ),
            (
                "IEEE-802.11ac; i-wlan-node-id=00254b000001",
                Some(Rat::Wlan),
                None,
            ),
            ("ADSL; dsl-location=\"x\"", None, None),
            ("3GPP-GERAN; cgi-3gpp=00101123", Some(Rat::Geran), None),
            ("3GPP-GERAN; cgi-3gpp=001011234+bcd", Some(Rat::Geran), None),
        ] {
            let access = told(&format!("P-Access-Network-Info: {value}"));
            assert_eq!(access, Access { rat, cell }, "{value}");
        }
    }

    #[test]
    fn the_network_s_word_counts_before_the_terminal_s() {
        let access = told(
            "P-Access-Network-Info: IEEE-802.11b, 3GPP-GERAN; cgi-3gpp=0010112340001\r\n\
             P-Access-Network-Info: 3GPP-NR-TDD; network-provided",
        );
        assert_eq!(access.rat, Some(Rat::Nr));
        assert!(told("Subject: nothing").is_empty());
    }
}
