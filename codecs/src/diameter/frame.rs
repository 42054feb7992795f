//! Where a message on a stream ends (RFC 6733 clause 3, Message Length).

use thiserror::Error;

use super::{DecodeError, HEADER_OCTETS, Header};

/// What stands at the start of a stream's octets.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Frame {
    /// More octets are needed.
    Partial,
    /// A message of so many octets.
    Message {
        /// Octets of the message.
        len: usize,
    },
    /// A message of so many octets that nobody should read, for the reason beside it. It is
    /// skipped, its header can be answered, and the stream goes on behind it.
    Refused {
        /// Octets of the message.
        len: usize,
        /// What is wrong with it.
        error: DecodeError,
    },
}

/// The stream cannot be cut into messages any more.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("a message of {length} octets")]
pub struct FrameError {
    /// The length that the message claims: less than its own header.
    pub length: u32,
}

/// Looks at the start of a stream; messages of more than `octets_max` octets are refused.
///
/// # Errors
/// [`FrameError`] when there is no telling where the next message starts.
pub fn frame(octets: &[u8], octets_max: usize) -> Result<Frame, FrameError> {
    let Some(&[version, l1, l2, l3]) = octets.first_chunk() else {
        return Ok(Frame::Partial);
    };
    let length = u32::from_be_bytes([0, l1, l2, l3]);
    // 24 bits.
    let len = length as usize;
    if len < HEADER_OCTETS {
        return Err(FrameError { length });
    }
    let Some(header) = octets.first_chunk::<HEADER_OCTETS>() else {
        return Ok(Frame::Partial);
    };
    debug_assert_eq!(header[0], version);
    if let Err(error) = Header::decode(header) {
        return Ok(Frame::Refused { len, error });
    }
    if len > octets_max {
        let error = DecodeError::Length { at: 1, length };
        return Ok(Frame::Refused { len, error });
    }
    Ok(if octets.len() < len {
        Frame::Partial
    } else {
        Frame::Message { len }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(version: u8, length: u8) -> Vec<u8> {
        let mut octets = vec![0; 24];
        octets[0] = version;
        octets[3] = length;
        octets
    }

    #[test]
    fn a_message_is_whole_with_its_last_octet() {
        let octets = header(1, 24);
        for end in 0..24 {
            assert_eq!(frame(&octets[..end], 100), Ok(Frame::Partial), "{end}");
        }
        assert_eq!(frame(&octets, 100), Ok(Frame::Message { len: 24 }));
    }

    #[test]
    fn a_message_that_is_too_long_or_of_another_version_is_passed_over() {
        let length = |length| DecodeError::Length { at: 1, length };
        let version = DecodeError::Version { at: 0, version: 2 };
        for (octets, max, len, error) in [
            (header(1, 24), 20, 24, length(24)),
            (header(1, 22), 100, 22, length(22)),
            (header(2, 24), 100, 24, version),
        ] {
            assert_eq!(frame(&octets, max), Ok(Frame::Refused { len, error }));
        }
    }

    #[test]
    fn a_length_below_the_header_ends_the_stream() {
        for length in 0..20 {
            let error = FrameError {
                length: length.into(),
            };
            assert_eq!(frame(&header(1, length), 100), Err(error));
        }
    }
}
