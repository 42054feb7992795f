//! Coordinates in WGS 84 (MLP elements `coord`, `X`, `Y`).

use super::number::{ONE, billionths, divide};

/// A point on the ellipsoid. Whole numbers, so that points compare and every machine reads the same.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Coordinate {
    /// Degrees north, times 10^7; -90 to 90 degrees.
    pub latitude: i32,
    /// Degrees east, times 10^7; -180 to 180 degrees.
    pub longitude: i32,
}

/// Which way a number counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Axis {
    Latitude,
    Longitude,
}

/// Ten-millionths of a degree.
const DEGREE: i32 = 10_000_000;

impl Coordinate {
    /// From the texts of `X` and `Y`. `X` is the latitude, unless their letters tell the opposite.
    pub(super) fn read(x: &str, y: &str) -> Option<Self> {
        let (x, x_axis) = angle(x)?;
        let (y, y_axis) = angle(y)?;
        let (latitude, longitude) = match (x_axis, y_axis) {
            (None | Some(Axis::Latitude), None | Some(Axis::Longitude)) => (x, y),
            (Some(Axis::Longitude), Some(Axis::Latitude)) => (y, x),
            _ => return None,
        };
        let in_range = latitude.unsigned_abs() <= 90 * DEGREE.unsigned_abs()
            && longitude.unsigned_abs() <= 180 * DEGREE.unsigned_abs();
        in_range.then_some(Self {
            latitude,
            longitude,
        })
    }

    /// The texts of `X` and `Y`: degrees, minutes, seconds with three decimals, and a letter.
    #[must_use]
    pub fn to_dms(self) -> (String, String) {
        let x = dms(self.latitude, ['N', 'S']);
        let y = dms(self.longitude, ['E', 'W']);
        (x, y)
    }
}

fn dms(angle: i32, [positive, negative]: [char; 2]) -> String {
    // A thousandth of a second is 2.8 units, so that nothing is lost that cannot be rounded back.
    let thousandths = divide(i64::from(angle.unsigned_abs()) * 3_600_000, DEGREE.into());
    let letter = if angle < 0 { negative } else { positive };
    let (seconds, fraction) = (thousandths / 1_000, thousandths % 1_000);
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let (degrees, minutes) = (minutes / 60, minutes % 60);
    format!("{degrees:02} {minutes:02} {seconds:02}.{fraction:03}{letter}")
}

/// An angle in ten-millionths of a degree, and what its letter says: `DD MM SS.sssH` with the letter
/// behind or before, or decimal degrees with a sign or a letter.
fn angle(text: &str) -> Option<(i32, Option<Axis>)> {
    let text = text.trim();
    let (hemisphere, digits) = match (text.chars().next()?, text.chars().next_back()?) {
        (first, _) if first.is_ascii_alphabetic() => (Some(first), text.get(1..)?),
        (_, last) if last.is_ascii_alphabetic() => (Some(last), text.get(..text.len() - 1)?),
        _ => (None, text),
    };
    let digits = digits.trim();
    let (axis, is_negative, digits) = match (
        hemisphere.map(|letter| letter.to_ascii_uppercase()),
        digits.strip_prefix(['+', '-']),
    ) {
        (None, None) => (None, false, digits),
        (None, Some(unsigned)) => (None, digits.starts_with('-'), unsigned),
        (Some('N'), None) => (Some(Axis::Latitude), false, digits),
        (Some('S'), None) => (Some(Axis::Latitude), true, digits),
        (Some('E'), None) => (Some(Axis::Longitude), false, digits),
        (Some('W'), None) => (Some(Axis::Longitude), true, digits),
        _ => return None,
    };
    let size = i32::try_from(size(digits, axis.is_some())?).ok()?;
    Some((if is_negative { -size } else { size }, axis))
}

/// The size of an angle without sign and letter, in ten-millionths of a degree.
fn size(digits: &str, has_letter: bool) -> Option<i64> {
    /// Billionths of a second in a ten-millionth of a degree.
    const UNIT: i64 = 3_600 * ONE / DEGREE as i64;
    let mut parts = digits.split_ascii_whitespace();
    let degrees = parts.next()?;
    let Some(minutes) = parts.next() else {
        return billionths(degrees)
            .filter(|degrees| *degrees <= 180 * ONE)
            .map(|degrees| divide(degrees, ONE / i64::from(DEGREE)));
    };
    let seconds = parts.next()?;
    let is_number = |text: &str, longest: usize| {
        text.len() <= longest && text.bytes().all(|octet| octet.is_ascii_digit())
    };
    // Degrees, minutes and seconds have no sign, so a letter must tell the half of the globe.
    if !has_letter || parts.next().is_some() || !is_number(degrees, 3) || !is_number(minutes, 2) {
        return None;
    }
    let (degrees, minutes): (i64, i64) = (degrees.parse().ok()?, minutes.parse().ok()?);
    let seconds = billionths(seconds)?;
    let in_range = degrees <= 180 && minutes < 60 && seconds < 60 * ONE;
    in_range.then(|| divide((degrees * 60 + minutes) * 60 * ONE + seconds, UNIT))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(x: &str, y: &str) -> Option<(i32, i32)> {
        Coordinate::read(x, y).map(|point| (point.latitude, point.longitude))
    }

    #[test]
    fn every_way_to_write_a_coordinate_is_read() {
        let place = Some((304_625_833, 454_313_611));
        for (x, y) in [
            ("30 27 45.3N", "45 25 52.9E"),
            ("30 27 45.300 N", "045 25 52.9 e"),
            ("N30 27 45.3", "E 45 25 52.9"),
            ("  30  27 45.3n", "45 25 52.9E "),
            ("45 25 52.9E", "30 27 45.3N"),
            ("30.46258333", "45.43136111"),
            ("+30.46258333", "45.43136111E"),
        ] {
            assert_eq!(read(x, y), place, "{x} {y}");
        }
        assert_eq!(
            read("76 2 2.82S", "1 2 3W"),
            Some((-760_341_167, -10_341_667))
        );
        assert_eq!(read("-90", "-180"), Some((-900_000_000, -1_800_000_000)));
        assert_eq!(
            read("90 00 00N", "180 00 00W"),
            Some((900_000_000, -1_800_000_000))
        );
    }

    #[test]
    fn what_is_no_coordinate_is_refused() {
        for (x, y) in [
            ("", "0"),
            ("90 00 00.001N", "0"),
            ("0", "180.0000001"),
            ("30 60 00N", "0"),
            ("30 00 60N", "0"),
            ("30 27 45.3", "0"),
            ("30 27N", "0"),
            ("30 27 45 1N", "0"),
            ("-30 27 45N", "0"),
            ("-30N", "0"),
            ("30 27 45.3Z", "0"),
            ("30N", "45N"),
            ("0", "45N"),
            ("1e1", "0"),
            ("N", "0"),
            ("é", "0"),
        ] {
            assert_eq!(read(x, y), None, "{x} {y}");
        }
    }

    proptest! {
        #[test]
        fn written_coordinates_read_back(
            latitude in -900_000_000..=900_000_000_i32,
            longitude in -1_800_000_000..=1_800_000_000_i32,
        ) {
            let (x, y) = Coordinate { latitude, longitude }.to_dms();
            let (again_latitude, again_longitude) = read(&x, &y).unwrap();
            // Half a thousandth of a second.
            prop_assert!((again_latitude - latitude).abs() <= 2, "{x}");
            prop_assert!((again_longitude - longitude).abs() <= 2, "{y}");
        }

        #[test]
        fn reading_never_panics(x in "\\PC{0,16}", y in "[-+NSEW0-9. ]{0,16}") {
            let _ = Coordinate::read(&x, &y);
            let _ = Coordinate::read(&y, &x);
        }
    }
}
