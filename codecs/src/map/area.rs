//! Areas, cells and points (MAP-CommonDataTypes, MAP-MS-DataTypes).

use pengate_asn1::table;

use crate::{
    Plmn,
    radius::gi::{Cgi, Ecgi, FiveGsTai, Lai, Ncgi, Rai, Sai, Tai},
};

table! {
    /// A cell or a service area; which of them is said elsewhere.
    pub CellGlobalIdOrServiceAreaIdFixedLength ::= OCTET STRING (SIZE (7));

    /// A location area.
    pub LaiFixedLength ::= OCTET STRING (SIZE (5));

    /// A cell, a service area, or a location area only.
    pub CellGlobalIdOrServiceAreaIdOrLai<'a> ::= CHOICE {
        CellGlobalIdOrServiceAreaIdFixedLength: [0] CellGlobalIdOrServiceAreaIdFixedLength,
        LaiFixedLength: [1] LaiFixedLength,
    }

    /// A routeing area.
    pub RaIdentity ::= OCTET STRING (SIZE (6));

    /// A cell of E-UTRAN.
    pub EUtranCgi ::= OCTET STRING (SIZE (7));

    /// A tracking area.
    pub TaId ::= OCTET STRING (SIZE (5));

    /// A cell of NR.
    pub NrCgi ::= OCTET STRING (SIZE (8));

    /// A tracking area of a 5G system.
    pub NrTaId ::= OCTET STRING (SIZE (6));

    /// A localised service area.
    pub LsaIdentity ::= OCTET STRING (SIZE (3));

    /// A point with an uncertainty circle (TS 23.032 clause 7.3.2).
    pub GeographicalInformation ::= OCTET STRING (SIZE (8));

    /// A point with an uncertainty circle and its confidence (Q.763 clause 3.88).
    pub GeodeticInformation ::= OCTET STRING (SIZE (10));

    /// Where a subscriber is, as a number of Q.763.
    pub LocationNumber<'a> ::= OCTET STRING (SIZE (2..10));

    /// Minutes since the last contact; 0 is now, 32767 is that or more.
    pub AgeOfLocationInformation ::= INTEGER (0..32767);
}

impl CellGlobalIdOrServiceAreaIdFixedLength {
    /// As a cell of GERAN; nothing if the network is none.
    #[must_use]
    pub fn to_cgi(self) -> Option<Cgi> {
        let [a, b, c, l1, l0, c1, c0] = self.to_octets();
        Some(Cgi {
            plmn: Plmn::from_wire([a, b, c])?,
            lac: u16::from_be_bytes([l1, l0]),
            ci: u16::from_be_bytes([c1, c0]),
        })
    }

    /// As a service area of UTRAN, which it is if `saiPresent` says so.
    #[must_use]
    pub fn to_sai(self) -> Option<Sai> {
        let Cgi { plmn, lac, ci } = self.to_cgi()?;
        Some(Sai { plmn, lac, sac: ci })
    }
}

impl LaiFixedLength {
    /// The location area; nothing if the network is none.
    #[must_use]
    pub fn to_lai(self) -> Option<Lai> {
        let [a, b, c, l1, l0] = self.to_octets();
        Some(Lai {
            plmn: Plmn::from_wire([a, b, c])?,
            lac: u16::from_be_bytes([l1, l0]),
        })
    }
}

impl RaIdentity {
    /// The routeing area; nothing if the network is none.
    #[must_use]
    pub fn to_rai(self) -> Option<Rai> {
        let [a, b, c, l1, l0, rac] = self.to_octets();
        Some(Rai {
            plmn: Plmn::from_wire([a, b, c])?,
            lac: u16::from_be_bytes([l1, l0]),
            rac,
        })
    }
}

impl EUtranCgi {
    /// The cell; nothing if the network is none.
    #[must_use]
    pub fn to_ecgi(self) -> Option<Ecgi> {
        let [a, b, c, eci @ ..] = self.to_octets();
        Some(Ecgi {
            plmn: Plmn::from_wire([a, b, c])?,
            eci: u32::from_be_bytes(eci) & 0x0fff_ffff,
        })
    }
}

impl TaId {
    /// The tracking area; nothing if the network is none.
    #[must_use]
    pub fn to_tai(self) -> Option<Tai> {
        let [a, b, c, t1, t0] = self.to_octets();
        Some(Tai {
            plmn: Plmn::from_wire([a, b, c])?,
            tac: u16::from_be_bytes([t1, t0]),
        })
    }
}

impl NrCgi {
    /// The cell; nothing if the network is none.
    #[must_use]
    pub fn to_ncgi(self) -> Option<Ncgi> {
        let [a, b, c, n4, n3, n2, n1, n0] = self.to_octets();
        Some(Ncgi {
            plmn: Plmn::from_wire([a, b, c])?,
            nci: u64::from_be_bytes([0, 0, 0, n4 & 0x0f, n3, n2, n1, n0]),
        })
    }
}

impl NrTaId {
    /// The tracking area; nothing if the network is none.
    #[must_use]
    pub fn to_tai(self) -> Option<FiveGsTai> {
        let [a, b, c, t2, t1, t0] = self.to_octets();
        Some(FiveGsTai {
            plmn: Plmn::from_wire([a, b, c])?,
            tac: u32::from_be_bytes([0, t2, t1, t0]),
        })
    }
}

impl GeographicalInformation {
    /// The circle; nothing if it is another shape.
    #[must_use]
    #[inline]
    pub fn to_circle(self) -> Option<Circle> {
        let [shape, place @ ..] = self.to_octets();
        (shape >> 4 == 1).then(|| Circle::from_wire(place))
    }
}

impl GeodeticInformation {
    /// The circle; nothing if it is another shape.
    #[must_use]
    #[inline]
    pub fn to_circle(self) -> Option<Circle> {
        let [_, shape, place @ .., _confidence] = self.to_octets();
        // Q.763 counts shapes otherwise than TS 23.032, which some follow here too.
        matches!(shape & 0x7f, 1 | 0x10).then(|| Circle::from_wire(place))
    }

    /// Whether the place may be presented: bits 4 and 3 of the first octet are 0.
    #[must_use]
    pub const fn may_be_presented(self) -> bool {
        self.to_octets()[0] & 0x0c == 0
    }
}

/// A point with a circle of uncertainty (TS 23.032 clauses 6.1 to 6.3).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Circle {
    /// Degrees north; the south is negative.
    pub latitude: f64,
    /// Degrees east; the west is negative.
    pub longitude: f64,
    /// Metres.
    pub radius: f64,
}

impl Circle {
    /// Three octets of latitude, three of longitude, and the uncertainty.
    #[inline]
    fn from_wire([a2, a1, a0, o2, o1, o0, uncertainty]: [u8; 7]) -> Self {
        let magnitude = f64::from(u32::from_be_bytes([0, a2 & 0x7f, a1, a0]));
        let sign = if a2 & 0x80 == 0 { 1.0 } else { -1.0 };
        // Shifted down again, the three octets keep their sign.
        let longitude = f64::from(i32::from_be_bytes([o2, o1, o0, 0]) >> 8);
        Self {
            latitude: sign * magnitude * 90.0 / f64::from(1 << 23),
            longitude: longitude * 360.0 / f64::from(1 << 24),
            radius: RADII[usize::from(uncertainty & 0x7f)],
        }
    }
}

/// The radius of each code of uncertainty, in metres (TS 23.032 clause 6.2).
const RADII: [f64; 128] = {
    let mut radii = [0.0; 128];
    let mut code = 0;
    while code < radii.len() {
        radii[code] = 10.0 * (power(1.1, code) - 1.0);
        code += 1;
    }
    radii
};

/// By squaring, since [`f64::powi`] is not for constants.
const fn power(mut base: f64, mut exponent: usize) -> f64 {
    let mut power = 1.0;
    while exponent > 0 {
        if exponent % 2 == 1 {
            power *= base;
        }
        base *= base;
        exponent /= 2;
    }
    power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_where_it_should_be() {
        let amsterdam = [0x10, 0x4a, 0x7e, 0xa5, 0x03, 0x7c, 0x12, 0x14];
        let circle = GeographicalInformation::new(amsterdam).to_circle().unwrap();
        assert!((circle.latitude - 52.3791).abs() < 2e-5, "{circle:?}");
        assert!((circle.longitude - 4.9003).abs() < 1e-4, "{circle:?}");
        assert!((circle.radius - 57.3).abs() < 0.05, "{circle:?}");

        let sydney = [0x10, 0xb0, 0x26, 0xe2, 0x6b, 0x87, 0xe7, 0];
        let circle = GeographicalInformation::new(sydney).to_circle().unwrap();
        assert!((circle.latitude + 33.8568).abs() < 1e-4, "{circle:?}");
        assert!((circle.longitude - 151.2153).abs() < 1e-4, "{circle:?}");
        assert!(circle.radius.abs() < f64::EPSILON);

        let point = [0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(GeographicalInformation::new(point).to_circle(), None);
    }

    #[test]
    fn a_radius_grows_by_a_tenth() {
        for (code, radius) in (0..).zip(RADII) {
            let expected = 10.0 * (1.1_f64.powi(code) - 1.0);
            assert!((radius - expected).abs() <= expected * 1e-14, "{code}");
        }
    }

    #[test]
    fn a_restricted_place_says_so() {
        let open = [0, 1, 0x4a, 0x7e, 0xa5, 0x03, 0x7c, 0x12, 0x14, 60];
        let circle = GeodeticInformation::new(open);
        assert!(circle.may_be_presented() && circle.to_circle().is_some());
        let mut restricted = open;
        restricted[0] = 4;
        assert!(!GeodeticInformation::new(restricted).may_be_presented());
        let mut other = open;
        other[1] = 3;
        assert_eq!(GeodeticInformation::new(other).to_circle(), None);
    }

    #[test]
    fn areas_are_read_with_their_network() {
        let cell = [0x00, 0xf1, 0x10, 0x12, 0x34, 0x56, 0x78];
        let cell = CellGlobalIdOrServiceAreaIdFixedLength::new(cell);
        assert_eq!(cell.to_cgi().unwrap().to_string(), "CGI 00101-4660-22136");
        assert_eq!(cell.to_sai().unwrap().to_string(), "SAI 00101-4660-22136");
        let area = LaiFixedLength::new([0x00, 0xf1, 0x10, 0x12, 0x34]);
        assert_eq!(area.to_lai().unwrap().to_string(), "LAI 00101-4660");
        let area = RaIdentity::new([0x00, 0xf1, 0x10, 0x12, 0x34, 0x7b]);
        assert_eq!(area.to_rai().unwrap().to_string(), "RAI 00101-4660-123");
        let cell = EUtranCgi::new([0x00, 0xf1, 0x10, 0xf1, 0xab, 0xcd, 0xef]);
        assert_eq!(cell.to_ecgi().unwrap().eci, 0x01ab_cdef);
        let area = TaId::new([0x00, 0xf1, 0x10, 0, 1]);
        assert_eq!(area.to_tai().unwrap().to_string(), "TAI 00101-1");
        let cell = NrCgi::new([0x00, 0xf1, 0x10, 0xf1, 0, 0, 0, 2]);
        assert_eq!(cell.to_ncgi().unwrap().nci, 0x1_0000_0002);
        let area = NrTaId::new([0x00, 0xf1, 0x10, 1, 0, 2]);
        assert_eq!(area.to_tai().unwrap().tac, 0x1_0002);
        assert_eq!(LaiFixedLength::new([0xff; 5]).to_lai(), None);
    }
}
