//! Time spans in options, as an operator writes them.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer, de};

/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(span: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{}ms", span.as_millis()))
}

/// # Errors
/// When the value is not a whole number with a unit.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (count, unit) = text.split_at(digits);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => 0,
    };
    let count: u64 = count.parse().map_err(de::Error::custom)?;
    match count.checked_mul(millis) {
        Some(span) if millis > 0 => Ok(Duration::from_millis(span)),
        _ => Err(de::Error::custom(
            "a whole number with ms, s, m, h or d is allowed",
        )),
    }
}
