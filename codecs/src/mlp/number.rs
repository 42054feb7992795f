//! Decimal numbers as whole numbers of a small unit: exact, and the same on every machine.

/// One, in the unit of [`billionths`].
pub(super) const ONE: i64 = 1_000_000_000;

/// Reads a decimal number in billionths. At most nine digits may stand before the point; what is
/// behind the ninth decimal is cut off. A sign is not part of it.
pub(super) fn billionths(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_digits = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let digit = |octet: u8| i64::from(octet - b'0');
    let whole = whole.bytes().fold(0, |sum, octet| sum * 10 + digit(octet));
    let padded = fraction.bytes().chain(std::iter::repeat(b'0')).take(9);
    Some(whole * ONE + padded.fold(0, |sum, octet| sum * 10 + digit(octet)))
}

/// A number divided by another above zero, rounded half away from zero.
pub(super) const fn divide(number: i64, by: i64) -> i64 {
    let half = by / 2;
    if number < 0 {
        -((-number + half) / by)
    } else {
        (number + half) / by
    }
}

/// A whole number with or without sign, and perhaps decimals, which are rounded away.
pub(super) fn rounded(text: &str) -> Option<i64> {
    let (sign, digits) = match text.strip_prefix(['+', '-']) {
        Some(digits) if text.starts_with('-') => (-1, digits),
        Some(digits) => (1, digits),
        None => (1, text),
    };
    billionths(digits).map(|number| sign * divide(number, ONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_and_bounded() {
        assert_eq!(billionths("12.5"), Some(12_500_000_000));
        assert_eq!(billionths("0.0000000019"), Some(1));
        assert_eq!(billionths("999999999"), Some(999_999_999 * ONE));
        for text in [
            "",
            ".5",
            "1e3",
            "-1",
            "+1",
            "1234567890",
            "1.2.3",
            "1,5",
            "٣",
        ] {
            assert_eq!(billionths(text), None, "{text}");
        }
    }

    #[test]
    fn halves_are_rounded_away_from_zero() {
        assert_eq!(rounded("-2.5"), Some(-3));
        assert_eq!(rounded("+2.4"), Some(2));
        assert_eq!(rounded("0"), Some(0));
        assert_eq!(rounded("--1"), None);
    }
}
