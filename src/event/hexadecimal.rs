//! Numbers of 64 bits as 16 hexadecimal digits where people and their tools read them: JSON numbers
//! are exact up to 2^53 only. In the log they are numbers.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands over a reference"
)]
pub(super) fn serialize<S: Serializer>(value: &u64, to: S) -> Result<S::Ok, S::Error> {
    if to.is_human_readable() {
        to.collect_str(&format_args!("{value:016x}"))
    } else {
        value.serialize(to)
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    if !from.is_human_readable() {
        return u64::deserialize(from);
    }
    let text = std::borrow::Cow::<str>::deserialize(from)?;
    Some(&*text)
        .filter(|text| text.len() == 16 && !text.starts_with('+'))
        .and_then(|text| u64::from_str_radix(text, 16).ok())
        .ok_or_else(|| D::Error::custom("16 hexadecimal digits are expected"))
}

#[cfg(test)]
mod tests {
    use pengate_codecs::Stamp;

    use crate::event::{Order, SessionKey};

    #[test]
    fn digits_in_json_and_a_number_in_the_log() {
        let order = Order {
            at: Stamp::from_secs(0),
            id: u64::MAX - 1,
        };
        let text = serde_json::to_value(order).unwrap();
        assert_eq!(text["id"], "fffffffffffffffe");
        assert_eq!(serde_json::from_value::<Order>(text).unwrap(), order);
        let key = SessionKey(7);
        assert_eq!(serde_json::to_string(&key).unwrap(), "\"0000000000000007\"");
        let octets = postcard::to_stdvec(&key).unwrap();
        assert_eq!(octets, [7]);
        assert_eq!(postcard::from_bytes::<SessionKey>(&octets).unwrap(), key);
    }

    #[test]
    fn nothing_but_16_digits_is_read() {
        for text in ["7", "\"7\"", "\"+000000000000007\"", "\"00000000000000zz\""] {
            assert!(serde_json::from_str::<SessionKey>(text).is_err(), "{text}");
        }
    }
}
