//! Answers to requests, with and without error (RFC 6733 clauses 6.2 and 7).

use super::{
    AVP_HEADER_OCTETS, Avp, AvpFlags, Builder, DecodeError, Flags, HEADER_OCTETS, Header, Kind,
    Message, ResultCode, dict, kinds,
};

/// Who answers: Origin-Host and Origin-Realm.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Origin<'a> {
    /// Our Diameter identity.
    pub host: &'a str,
    /// Our realm.
    pub realm: &'a str,
}

/// An AVP that is the reason of an error (Failed-AVP, 279).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Failed<'a> {
    /// It stands in the request.
    Is(Avp<'a>),
    /// It is missing: an example of the least that there could be.
    Missing(Kind),
    /// Its length is wrong: what there is of its header, and the least data.
    Length(&'a [u8]),
}

/// Starts the answer to `request` with a Result-Code; other AVPs may be added.
///
/// Hop-by-Hop and End-to-End Identifier, command, application, P bit, Session-Id and Proxy-Info are
/// the request's; a protocol error has the E bit.
pub fn answer<'o>(
    out: &'o mut Vec<u8>,
    request: &Message<'_>,
    origin: Origin<'_>,
    result: ResultCode,
) -> Builder<'o> {
    let builder = head(out, request, result);
    let builder = builder.unsigned32(kinds::RESULT_CODE, result.to_wire());
    tail(builder, request, origin)
}

/// As [`answer`], with a vendor's Experimental-Result in place of the Result-Code.
pub fn experimental_answer<'o>(
    out: &'o mut Vec<u8>,
    request: &Message<'_>,
    origin: Origin<'_>,
    result: super::ExperimentalResult,
) -> Builder<'o> {
    let builder = head(out, request, ResultCode::Success);
    let builder = builder.group(kinds::EXPERIMENTAL_RESULT, |group| {
        group
            .unsigned32(kinds::VENDOR_ID, result.vendor)
            .unsigned32(kinds::EXPERIMENTAL_RESULT_CODE, result.code)
    });
    tail(builder, request, origin)
}

/// The answer to a request in which `error` was found: the Result-Code of the error, and the AVP
/// that is to blame. `request` may be what was salvaged of it.
pub fn refuse<'o>(
    out: &'o mut Vec<u8>,
    request: &Message<'_>,
    origin: Origin<'_>,
    error: &DecodeError,
) -> Builder<'o> {
    let builder = answer(out, request, origin, error.result());
    let octets = request.octets();
    match *error {
        DecodeError::AvpHeader { at } | DecodeError::AvpLength { at, .. } => {
            builder.failed(Failed::Length(octets.get(at..).unwrap_or_default()))
        }
        DecodeError::Missing { kind, .. } => builder.failed(Failed::Missing(kind)),
        DecodeError::Value { at, .. }
        | DecodeError::ValueLength { at, .. }
        | DecodeError::Nesting { at } => {
            let rest = octets.get(at..).unwrap_or_default();
            match super::Avps::of_message(rest).next() {
                Some(avp) => builder.failed(Failed::Is(avp)),
                None => builder,
            }
        }
        _ => builder,
    }
}

/// The answer to a request of which nothing but the header can be trusted, if it is a request.
pub fn refuse_header<'o>(
    out: &'o mut Vec<u8>,
    request: &[u8; HEADER_OCTETS],
    origin: Origin<'_>,
    result: ResultCode,
) -> Option<Builder<'o>> {
    let header = Header::read(request);
    header.flags.is_request().then(|| {
        Builder::new(out, &answering(&header, result))
            .unsigned32(kinds::RESULT_CODE, result.to_wire())
            .text(kinds::ORIGIN_HOST, origin.host)
            .text(kinds::ORIGIN_REALM, origin.realm)
    })
}

/// Changes the Result-Code of an answer that was written before, and its E bit with it. False if
/// there is none to change.
#[must_use]
pub fn set_result(answer: &mut [u8], result: ResultCode) -> bool {
    let Some(place) = Message::decode(answer)
        .ok()
        .and_then(|message| message.avp(kinds::RESULT_CODE))
        .filter(|avp| avp.data.len() == 4)
        .map(|avp| avp.at + avp.header_octets())
    else {
        return false;
    };
    if let Some(data) = answer.get_mut(place..place + 4) {
        data.copy_from_slice(&result.to_wire().to_be_bytes());
    }
    if let Some(flags) = answer.get_mut(4) {
        *flags = error_bit(Flags(*flags), result).0;
    }
    true
}

impl Builder<'_> {
    /// Adds a Failed-AVP.
    pub fn failed(self, failed: Failed<'_>) -> Self {
        self.group(kinds::FAILED_AVP, |group| match failed {
            Failed::Is(avp) => {
                group.value(avp.kind, avp.flags, |out| out.extend_from_slice(avp.data))
            }
            Failed::Missing(kind) => group.avp(kind, least(kind)),
            Failed::Length(octets) => broken(group, octets),
        })
    }
}

/// An AVP with a wrong length: its header, as far as it is there, and the least data of its type
/// (RFC 6733 clause 7.1.5, `DIAMETER_INVALID_AVP_LENGTH`).
fn broken<'o>(builder: Builder<'o>, octets: &[u8]) -> Builder<'o> {
    let mut header = [0; AVP_HEADER_OCTETS + 4];
    let there = octets.len().min(header.len());
    header[..there].copy_from_slice(&octets[..there]);
    let [c0, c1, c2, c3, flags, _, _, _, v0, v1, v2, v3] = header;
    let flags = AvpFlags(flags);
    let vendor = u32::from_be_bytes([v0, v1, v2, v3]);
    let kind = Kind {
        vendor: if flags.has_vendor() { vendor } else { 0 },
        code: u32::from_be_bytes([c0, c1, c2, c3]),
    };
    builder.value(kind, flags, |out| out.extend_from_slice(least(kind)))
}

/// The least data that an AVP of this kind may have: zeros.
fn least(kind: Kind) -> &'static [u8] {
    const ZEROS: [u8; 16] = [0; 16];
    let octets = dict::lookup(kind).map_or(0, |entry| entry.data_type.octets_min());
    ZEROS.get(..octets).unwrap_or_default()
}

fn head<'o>(out: &'o mut Vec<u8>, request: &Message<'_>, result: ResultCode) -> Builder<'o> {
    let builder = Builder::new(out, &answering(request.header(), result));
    match request.avp(kinds::SESSION_ID) {
        Some(session) => builder.avp(kinds::SESSION_ID, session.data),
        None => builder,
    }
}

fn tail<'o>(builder: Builder<'o>, request: &Message<'_>, origin: Origin<'_>) -> Builder<'o> {
    let builder = builder
        .text(kinds::ORIGIN_HOST, origin.host)
        .text(kinds::ORIGIN_REALM, origin.realm);
    request
        .avps()
        .filter(|avp| avp.kind == kinds::PROXY_INFO)
        .fold(builder, |builder, avp| builder.avp(avp.kind, avp.data))
}

fn answering(request: &Header, result: ResultCode) -> Header {
    let kept = Flags(request.flags.0 & Flags::PROXIABLE.0);
    Header {
        flags: error_bit(kept, result),
        ..*request
    }
}

const fn error_bit(flags: Flags, result: ResultCode) -> Flags {
    if result.is_protocol_error() {
        flags.with(Flags::ERROR)
    } else {
        flags.without(Flags::ERROR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::ExperimentalResult;

    const ORIGIN: Origin<'_> = Origin {
        host: "pna.ims.example",
        realm: "ims.example",
    };

    fn request(write: impl FnOnce(Builder<'_>) -> Builder<'_>) -> Vec<u8> {
        let header = Header {
            length: 0,
            flags: Flags(0xd0),
            command: 309,
            application: 16_777_217,
            hop_by_hop: 7,
            end_to_end: 8,
        };
        let mut out = Vec::new();
        let builder = Builder::new(&mut out, &header).text(kinds::SESSION_ID, "hss;1;2");
        write(builder).finish().unwrap();
        out
    }

    fn codes(answer: &Message<'_>) -> Vec<u32> {
        answer.avps().map(|avp| avp.kind.code).collect()
    }

    fn refused(octets: &[u8], error: &DecodeError) -> (u32, Vec<u8>) {
        let mut out = Vec::new();
        let request = Message::salvage(octets).unwrap();
        refuse(&mut out, &request, ORIGIN, error).finish().unwrap();
        let answer = Message::decode(&out).unwrap();
        let result = answer
            .avp(kinds::RESULT_CODE)
            .unwrap()
            .unsigned32()
            .unwrap();
        (result, answer.avp(kinds::FAILED_AVP).unwrap().data.to_vec())
    }

    #[test]
    fn an_answer_is_tied_to_its_request_and_returns_proxy_infos() {
        let octets = request(|builder| {
            builder
                .group(kinds::PROXY_INFO, |group| {
                    group
                        .text(kinds::PROXY_HOST, "a")
                        .avp(kinds::PROXY_STATE, b"1")
                })
                .text(kinds::ORIGIN_HOST, "hss.ims.example")
                .group(kinds::PROXY_INFO, |group| {
                    group.text(kinds::PROXY_HOST, "b")
                })
        });
        let request = Message::decode(&octets).unwrap();
        let mut out = Vec::new();
        answer(&mut out, &request, ORIGIN, ResultCode::Success)
            .finish()
            .unwrap();
        let answer = Message::decode(&out).unwrap();
        let header = Header {
            length: answer.header().length,
            flags: Flags(0x40),
            ..*request.header()
        };
        assert_eq!(*answer.header(), header);
        assert_eq!(codes(&answer), [263, 268, 264, 296, 284, 284]);
        let infos = |message: &Message<'_>| -> Vec<Vec<u8>> {
            let infos = message.avps().filter(|avp| avp.kind == kinds::PROXY_INFO);
            infos.map(|avp| avp.data.to_vec()).collect()
        };
        assert_eq!(infos(&answer), infos(&request));
    }

    #[test]
    fn protocol_errors_have_the_error_bit_and_a_result_can_be_changed() {
        let octets = request(|builder| builder);
        let request = Message::decode(&octets).unwrap();
        let mut out = Vec::new();
        answer(&mut out, &request, ORIGIN, ResultCode::CommandUnsupported)
            .finish()
            .unwrap();
        assert_eq!(out[4], 0x60);
        assert!(set_result(&mut out, ResultCode::UnableToComply));
        assert_eq!(out[4], 0x40);
        let result = Message::decode(&out)
            .unwrap()
            .avp(kinds::RESULT_CODE)
            .unwrap();
        assert_eq!(result.unsigned32(), Ok(5012));
        assert!(set_result(&mut out, ResultCode::TooBusy));
        assert_eq!(out[4], 0x60);
        assert!(!set_result(&mut out[..20], ResultCode::TooBusy));
    }

    #[test]
    fn a_vendors_result_stands_in_a_group() {
        let octets = request(|builder| builder);
        let request = Message::decode(&octets).unwrap();
        let mut out = Vec::new();
        let result = ExperimentalResult {
            vendor: 10415,
            code: 5107,
        };
        experimental_answer(&mut out, &request, ORIGIN, result)
            .finish()
            .unwrap();
        assert_eq!(codes(&Message::decode(&out).unwrap()), [263, 297, 264, 296]);
    }

    #[test]
    fn the_avp_to_blame_is_returned() {
        let octets = request(|builder| builder.avp(kinds::ORIGIN_STATE_ID, &[1, 2, 3]));
        let message = Message::decode(&octets).unwrap();
        let error = message
            .avp(kinds::ORIGIN_STATE_ID)
            .unwrap()
            .unsigned32()
            .unwrap_err();
        let (code, failed) = refused(&octets, &error);
        assert_eq!(
            (code, failed),
            (5014, vec![0, 0, 1, 22, 0x40, 0, 0, 11, 1, 2, 3, 0])
        );
        let missing = message.missing(kinds::ORIGIN_STATE_ID);
        let (code, failed) = refused(&octets, &missing);
        assert_eq!(
            (code, failed),
            (5005, vec![0, 0, 1, 22, 0x40, 0, 0, 12, 0, 0, 0, 0])
        );
        let invalid = message.avp(kinds::SESSION_ID).unwrap().invalid();
        let (code, failed) = refused(&octets, &invalid);
        assert_eq!((code, &failed[8..]), (5004, &b"hss;1;2\0"[..]));
    }

    #[test]
    fn of_an_avp_with_a_wrong_length_the_header_and_the_least_data_are_returned() {
        let mut octets = request(|builder| builder.unsigned32(kinds::ORIGIN_STATE_ID, 1));
        let at = octets.len() - 12;
        for length in [7, 99] {
            octets[at + 7] = length;
            let error = Message::decode(&octets).unwrap_err();
            assert_eq!(
                error,
                DecodeError::AvpLength {
                    at,
                    length: length.into()
                }
            );
            let (code, failed) = refused(&octets, &error);
            assert_eq!(
                (code, failed),
                (5014, vec![0, 0, 1, 22, 0x40, 0, 0, 12, 0, 0, 0, 0])
            );
        }
        // Four octets that are the start of a header.
        octets.truncate(octets.len() - 8);
        octets[3] = u8::try_from(octets.len()).unwrap();
        let error = Message::decode(&octets).unwrap_err();
        assert_eq!(error, DecodeError::AvpHeader { at });
        let (code, failed) = refused(&octets, &error);
        assert_eq!(
            (code, failed),
            (5014, vec![0, 0, 1, 22, 0, 0, 0, 12, 0, 0, 0, 0])
        );
    }

    #[test]
    fn a_header_alone_can_be_answered_if_it_is_a_requests() {
        let mut octets = request(|builder| builder);
        octets[0] = 9;
        let header = octets.first_chunk().unwrap();
        let mut out = Vec::new();
        let result = ResultCode::UnsupportedVersion;
        refuse_header(&mut out, header, ORIGIN, result)
            .unwrap()
            .finish()
            .unwrap();
        let answer = Message::decode(&out).unwrap();
        assert_eq!(
            (answer.header().hop_by_hop, codes(&answer)),
            (7, vec![268, 264, 296])
        );
        octets[4] = 0x40;
        let header = octets.first_chunk().unwrap();
        assert!(refuse_header(&mut Vec::new(), header, ORIGIN, result).is_none());
    }
}
