//! A computed position: an ellipsoid point with a circle of uncertainty (TS 23.032 clause 6.2).

/// A point and how far off it may be. Whole numbers, the same everywhere.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Geographic {
    /// Degrees north, times 10^7.
    pub latitude: i32,
    /// Degrees east, times 10^7.
    pub longitude: i32,
    /// Radius of the circle in centimetres.
    pub radius: u32,
}

impl Geographic {
    /// GeographicalInformation: a type of shape and the shape (TS 29.002). Only the circle is
    /// allowed here.
    #[must_use]
    pub fn decode(octets: [u8; 8]) -> Option<Self> {
        let [kind, shape @ ..] = octets;
        (kind >> 4 == 1).then(|| Self::circle(shape))
    }

    /// GeodeticInformation: presentation and screening, a type of shape, the shape, confidence
    /// (ITU-T Q.763 clause 3.88, calling geodetic location).
    #[must_use]
    pub fn decode_geodetic(octets: [u8; 10]) -> Option<Self> {
        let [_, kind, shape @ .., _confidence] = octets;
        // Some write the type where the other information element has it, in the upper half.
        matches!(kind & 0x7f, 0x01 | 0x10).then(|| Self::circle(shape))
    }

    fn circle([a, b, c, d, e, f, uncertainty]: [u8; 7]) -> Self {
        // 2^23 stands for 90 degrees, its upper bit for the south.
        let north = i64::from(u32::from_be_bytes([0, a & 0x7f, b, c]));
        let latitude = north * 900_000_000 / (1 << 23);
        let latitude = if a >> 7 == 1 { -latitude } else { latitude };
        // 2^24 stands for 360 degrees, two's complement.
        let east = i64::from(i32::from_be_bytes([d, e, f, 0]) >> 8);
        let longitude = (east * 3_600_000_000).div_euclid(1 << 24);
        Self {
            // At most 90 and 180 degrees.
            latitude: i32::try_from(latitude).unwrap_or_default(),
            longitude: i32::try_from(longitude).unwrap_or_default(),
            radius: RADII[usize::from(uncertainty & 0x7f)],
        }
    }
}

/// 10 x (1.1^k - 1) metres for every uncertainty code k, in centimetres (TS 23.032 clause 6.2).
const RADII: [u32; 128] = {
    let mut radii = [0; 128];
    let mut power = 1_f64;
    let mut code = 0;
    while code < 128 {
        // The largest is about 1.8e8.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "see above"
        )]
        let radius = (1000.0 * (power - 1.0) + 0.5) as u32;
        radii[code] = radius;
        power *= 1.1;
        code += 1;
    }
    radii
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_is_read() {
        // 45 degrees north is 2^22; 90 degrees west is -2^22; code 24 is 88.5 m.
        let octets = [0x10, 0x40, 0, 0, 0xc0, 0, 0, 24];
        let circle = Geographic {
            latitude: 450_000_000,
            longitude: -900_000_000,
            radius: 8850,
        };
        assert_eq!(Geographic::decode(octets), Some(circle));
        let geodetic = [0, 1, 0x40, 0, 0, 0xc0, 0, 0, 24, 95];
        assert_eq!(Geographic::decode_geodetic(geodetic), Some(circle));
        let upper = [0, 0x10, 0x40, 0, 0, 0xc0, 0, 0, 24, 95];
        assert_eq!(Geographic::decode_geodetic(upper), Some(circle));
        let south = Geographic::decode([0x10, 0xc0, 0, 0, 0, 0, 0, 0]).unwrap();
        assert_eq!((south.latitude, south.radius), (-450_000_000, 0));
    }

    #[test]
    fn the_farthest_corners_fit() {
        let corner = Geographic::decode([0x10, 0x7f, 0xff, 0xff, 0x80, 0, 0, 0x7f]).unwrap();
        assert_eq!(
            (corner.latitude, corner.longitude),
            (899_999_892, -1_800_000_000)
        );
        assert!(
            (180_000_000..181_000_000).contains(&corner.radius),
            "{}",
            corner.radius
        );
    }

    #[test]
    fn another_shape_is_none() {
        assert_eq!(Geographic::decode([0x20, 0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(Geographic::decode_geodetic([0; 10]), None);
    }
}
