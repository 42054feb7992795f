//! Where a subscriber is (TS 29.328 annex D: CSLocationInformation, PSLocationInformation).

use super::{Geographic, IsdnAddress, Text, base64};
use crate::{
    Plmn,
    radius::gi::{Cgi, Ecgi, Lai, Rai, Sai, Tai},
};

/// What a domain calls the place of a subscriber.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Area {
    /// CellGlobalId.
    Cell(Cgi),
    /// ServiceAreaId.
    Service(Sai),
    /// LocationAreaId.
    Location(Lai),
}

impl Area {
    /// The network that the place belongs to.
    #[must_use]
    pub const fn plmn(&self) -> Plmn {
        match self {
            Self::Cell(cell) => cell.plmn,
            Self::Service(area) => area.plmn,
            Self::Location(area) => area.plmn,
        }
    }
}

/// A location as one domain tells it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Location<'a> {
    /// CellGlobalId, ServiceAreaId or LocationAreaId.
    pub area: Option<Area>,
    /// RoutingAreaId.
    pub routing_area: Option<Rai>,
    /// E-UTRANCellGlobalId.
    pub eutran_cell: Option<Ecgi>,
    /// TrackingAreaId.
    pub tracking_area: Option<Tai>,
    /// GeographicalInformation, else GeodeticInformation.
    pub position: Option<Geographic>,
    /// VLRNumber.
    pub vlr: Option<IsdnAddress>,
    /// MSCNumber.
    pub msc: Option<IsdnAddress>,
    /// SGSNNumber.
    pub sgsn: Option<IsdnAddress>,
    /// MMEName or AMFAddress.
    pub node: Option<Text<'a>>,
    /// VisitedPLMNID.
    pub visited: Option<Plmn>,
    /// CurrentLocationRetrieved: asked from the subscriber's device just now.
    pub is_current: bool,
    /// AgeOfLocationInformation, minutes.
    pub age: Option<u16>,
}

impl Location<'_> {
    /// The network that serves the subscriber, as told or as the cell names it.
    #[must_use]
    pub fn serving(&self) -> Option<Plmn> {
        self.visited
            .or_else(|| self.area.map(|area| area.plmn()))
            .or_else(|| self.eutran_cell.map(|cell| cell.plmn))
            .or_else(|| self.routing_area.map(|area| area.plmn))
            .or_else(|| self.tracking_area.map(|area| area.plmn))
    }

    /// Whether nothing is told of where the subscriber is.
    #[must_use]
    pub const fn has_place(&self) -> bool {
        self.area.is_some()
            || self.eutran_cell.is_some()
            || self.routing_area.is_some()
            || self.tracking_area.is_some()
            || self.position.is_some()
    }
}

fn plmn(octets: &[u8]) -> Option<Plmn> {
    Plmn::from_wire(*octets.first_chunk()?)
}

pub(super) fn cell(text: &str) -> Option<Area> {
    let octets: [u8; 7] = base64::exactly(text)?;
    let [.., l1, l0, c1, c0] = octets;
    Some(Area::Cell(Cgi {
        plmn: plmn(&octets)?,
        lac: u16::from_be_bytes([l1, l0]),
        ci: u16::from_be_bytes([c1, c0]),
    }))
}

pub(super) fn service_area(text: &str) -> Option<Area> {
    let octets: [u8; 7] = base64::exactly(text)?;
    let [.., l1, l0, s1, s0] = octets;
    Some(Area::Service(Sai {
        plmn: plmn(&octets)?,
        lac: u16::from_be_bytes([l1, l0]),
        sac: u16::from_be_bytes([s1, s0]),
    }))
}

pub(super) fn location_area(text: &str) -> Option<Area> {
    let octets: [u8; 5] = base64::exactly(text)?;
    let [.., l1, l0] = octets;
    Some(Area::Location(Lai {
        plmn: plmn(&octets)?,
        lac: u16::from_be_bytes([l1, l0]),
    }))
}

pub(super) fn routing_area(text: &str) -> Option<Rai> {
    let octets: [u8; 6] = base64::exactly(text)?;
    let [.., l1, l0, rac] = octets;
    Some(Rai {
        plmn: plmn(&octets)?,
        lac: u16::from_be_bytes([l1, l0]),
        rac,
    })
}

pub(super) fn eutran_cell(text: &str) -> Option<Ecgi> {
    let octets: [u8; 7] = base64::exactly(text)?;
    let [_, _, _, e3, e2, e1, e0] = octets;
    Some(Ecgi {
        plmn: plmn(&octets)?,
        // 28 bits.
        eci: u32::from_be_bytes([e3 & 0x0f, e2, e1, e0]),
    })
}

pub(super) fn tracking_area(text: &str) -> Option<Tai> {
    let octets: [u8; 5] = base64::exactly(text)?;
    let [.., t1, t0] = octets;
    Some(Tai {
        plmn: plmn(&octets)?,
        tac: u16::from_be_bytes([t1, t0]),
    })
}

/// As digits, MCC first, which is how it is met; or as the octets of MAP, as all other fields are.
pub(super) fn network(text: &str) -> Option<Plmn> {
    let octets = || base64::exactly::<3>(text).and_then(Plmn::from_wire);
    Plmn::from_digits(text.as_bytes()).or_else(octets)
}

pub(super) fn number(text: &str) -> Option<IsdnAddress> {
    let (octets, len) = base64::decode::<{ IsdnAddress::OCTETS_MAX }>(text)?;
    IsdnAddress::decode(octets.get(..len)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_area_is_read_from_its_octets() {
        let network = Plmn::from_digits(b"00101").unwrap();
        let area = cell("APEQEjRWeA==").unwrap();
        assert_eq!(
            area,
            Area::Cell(Cgi {
                plmn: network,
                lac: 0x1234,
                ci: 0x5678
            })
        );
        assert_eq!(area.plmn(), network);
        assert_eq!(
            service_area("APEQEjRWeA=="),
            Some(Area::Service(Sai {
                plmn: network,
                lac: 0x1234,
                sac: 0x5678
            }))
        );
        assert_eq!(
            location_area("APEQEjQ="),
            Some(Area::Location(Lai {
                plmn: network,
                lac: 0x1234
            }))
        );
        assert_eq!(
            routing_area("APEQEjRW"),
            Some(Rai {
                plmn: network,
                lac: 0x1234,
                rac: 0x56
            })
        );
        assert_eq!(
            eutran_cell("APEQ8jRWeA=="),
            Some(Ecgi {
                plmn: network,
                eci: 0x0234_5678
            })
        );
        assert_eq!(
            tracking_area("APEQEjQ="),
            Some(Tai {
                plmn: network,
                tac: 0x1234
            })
        );
        assert_eq!(super::network("APEQ"), Some(network));
        assert_eq!(super::network("00101"), Some(network));
        assert_eq!(super::network("001001"), Plmn::from_digits(b"001001"));
        assert_eq!(number("kZkJAAAg8A==").unwrap().to_string(), "+99900000020");
    }

    #[test]
    fn another_length_or_a_network_without_digits_is_none() {
        assert_eq!(cell("APEQEjRW"), None);
        assert_eq!(cell("//8QEjRWeA=="), None);
        assert_eq!(location_area("APEQEjRW"), None);
        assert_eq!(number("kZkJAAAg8AAAAAAA"), None);
        for text in ["0010", "0010011", "0010f1", "////"] {
            assert_eq!(network(text), None, "{text}");
        }
    }
}
