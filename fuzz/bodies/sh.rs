//! Sh: any octets are a document or refused, and a document that is read is one for others as well.

use pengate_codecs::sh::ShData;

/// One input.
pub fn run(octets: &[u8]) {
    match ShData::decode(octets) {
        Err(error) => assert!(error.at() <= octets.len()),
        Ok(data) => {
            assert!(data.faults.count() == 0 || data.faults.first_at().is_some());
            for text in data.public_identities.iter().chain(&data.msisdns) {
                assert!(text.written().len() <= octets.len());
                let _ = text.unescaped();
            }
            for location in [data.cs_location, data.ps_location, data.eps_location] {
                let _ = location.and_then(|location| location.serving());
            }
        }
    }
}
