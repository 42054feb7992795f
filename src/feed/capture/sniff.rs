//! What protocol some octets are of, and which end of the path is the server.

use super::{classify::Protocol, octets::u16_at};

/// Which end of a path serves the other.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Server {
    /// Who sent these octets.
    Source,
    /// To whom they were sent.
    Destination,
}

impl Server {
    fn other(self) -> Self {
        match self {
            Self::Source => Self::Destination,
            Self::Destination => Self::Source,
        }
    }
}

/// How sure it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Evidence {
    /// Only a presence server (or its RADIUS listener) does this.
    Strong(Server),
    /// Whoever is asked first.
    Weak(Server),
}

/// Whether a datagram is one whole RADIUS packet (RFC 2865 clause 3): a known code, the length of
/// the datagram, and attributes that fill it to the octet.
pub(super) fn is_radius(bytes: &[u8]) -> bool {
    let known = bytes
        .first()
        .is_some_and(|code| matches!(code, 1..=5 | 11..=13 | 40..=45));
    if !known || u16_at(bytes, 2).map(usize::from) != Some(bytes.len()) || bytes.len() > 4096 {
        return false;
    }
    let Some(mut attributes) = bytes.get(20..) else {
        return false;
    };
    while let [_, length, ..] = attributes {
        match attributes.get(usize::from(*length)..) {
            Some(rest) if *length >= 2 => attributes = rest,
            _ => return false,
        }
    }
    attributes.is_empty()
}

/// Who serves, by the code of a RADIUS packet.
pub(super) fn radius_server(bytes: &[u8]) -> Option<Evidence> {
    match bytes.first()? {
        // Access-Request and Accounting-Request go to us.
        1 | 4 => Some(Evidence::Strong(Server::Destination)),
        // What answers them comes from us.
        2 | 3 | 5 | 11 => Some(Evidence::Strong(Server::Source)),
        // Status-Server, Disconnect-Request, CoA-Request.
        12 | 40 | 43 => Some(Evidence::Weak(Server::Destination)),
        // Status-Client and the answers to the two others.
        13 | 41 | 42 | 44 | 45 => Some(Evidence::Weak(Server::Source)),
        _ => None,
    }
}

/// Whether octets start with a Diameter header (RFC 6733 clause 3): version 1, a length that may
/// be, no reserved flag, and an AVP header that may be.
pub(super) fn is_diameter(bytes: &[u8]) -> bool {
    let Some(&[1, l1, l2, l3, flags, ..]) = bytes.first_chunk::<20>() else {
        return false;
    };
    let length = u32::from_be_bytes([0, l1, l2, l3]);
    let is_header = length >= 20 && length.is_multiple_of(4) && flags & 0x0f == 0;
    let is_avp = match bytes.get(20..28) {
        Some(&[c0, _, _, _, flags, a1, a2, a3]) => {
            let avp = u32::from_be_bytes([0, a1, a2, a3]);
            // No code of the RFCs or of 3GPP needs the upper octet.
            c0 == 0 && flags & 0x1f == 0 && avp >= 8 && avp <= length
        }
        _ => length == 20,
    };
    is_header && is_avp
}

/// Who is the gateway, by the command: an application server asks the HSS and is told by it, and
/// accounting is sent to us.
pub(super) fn diameter_server(bytes: &[u8]) -> Option<Evidence> {
    let &[_, _, _, _, flags, c1, c2, c3] = bytes.first_chunk()?;
    let evidence = match u32::from_be_bytes([0, c1, c2, c3]) {
        // User-Data, Profile-Update, Subscribe-Notifications.
        306..=308 => Evidence::Strong(Server::Source),
        // Push-Notification.
        309 => Evidence::Strong(Server::Destination),
        _ => Evidence::Weak(Server::Destination),
    };
    let is_request = flags & 0x80 != 0;
    Some(match evidence {
        _ if is_request => evidence,
        Evidence::Strong(server) => Evidence::Strong(server.other()),
        Evidence::Weak(server) => Evidence::Weak(server.other()),
    })
}

/// Who is the gateway: that to whose or from whose subsystem 146 (CAP) or 147 (MAP of a gsmSCF, and
/// with it the Presence Network Agent) a message goes; else who maintains its state as an
/// application server process does.
pub(super) fn ss7_server(protocol: Protocol, bytes: &[u8]) -> Option<Evidence> {
    let (service, payload) = match protocol {
        Protocol::M3ua => match bytes.get(2..4)? {
            [1, 1] => m3ua_payload(bytes)?,
            // Up, down, active, inactive; what acknowledges them.
            [3 | 4, 1 | 2] => return Some(Evidence::Weak(Server::Source)),
            [3, 4 | 5] | [4, 3 | 4] => return Some(Evidence::Weak(Server::Destination)),
            _ => return None,
        },
        Protocol::Mtp3 => (bytes.first()? & 0x0f, bytes.get(5..)?),
        Protocol::Sccp => (SCCP, bytes),
        _ => return None,
    };
    if service != SCCP {
        return None;
    }
    let is_ours =
        |pointer| sccp_subsystem(payload, pointer).is_some_and(|n| matches!(n, 146 | 147));
    // UDT, XUDT: called and calling party address.
    let first = match payload.first()? {
        0x09 => 2,
        0x11 => 3,
        _ => return None,
    };
    match (is_ours(first), is_ours(first + 1)) {
        (true, false) => Some(Evidence::Strong(Server::Destination)),
        (false, true) => Some(Evidence::Strong(Server::Source)),
        _ => None,
    }
}

/// Service indicator and user data of the Protocol Data (0x0210) of an M3UA message.
fn m3ua_payload(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut parameters = bytes.get(8..)?;
    loop {
        let (tag, length) = (u16_at(parameters, 0)?, u16_at(parameters, 2)?);
        let length = usize::from(length);
        let value = parameters.get(4..length)?;
        if tag == 0x0210 {
            return Some((*value.get(8)?, value.get(12..)?));
        }
        parameters = parameters.get(length.next_multiple_of(4)..)?;
    }
}

/// The subsystem number of the SCCP party address to which a pointer leads.
fn sccp_subsystem(message: &[u8], pointer: usize) -> Option<u8> {
    let length = pointer + usize::from(*message.get(pointer)?);
    let indicator = message.get(length + 1)?;
    let at = length + 2 + if indicator & 0x01 != 0 { 2 } else { 0 };
    (indicator & 0x02 != 0).then(|| message.get(at).copied())?
}

/// Service indicator of SCCP.
const SCCP: u8 = 3;

/// Who serves, if the octets start with a SIP message (RFC 3261 clause 7.1, 7.2) after any empty
/// lines.
pub(super) fn sip_server(bytes: &[u8]) -> Option<Evidence> {
    let start = bytes
        .iter()
        .position(|octet| !matches!(octet, b'\r' | b'\n'))?;
    let message = &bytes[start..];
    let window = &message[..message.len().min(LINE_MAX)];
    let line = &window[..window.iter().position(|octet| *octet == b'\n')?];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if let Some((version, _)) = line.split_at_checked(8)
        && version.eq_ignore_ascii_case(b"SIP/2.0 ")
    {
        let server = method_server(sequence_method(message).unwrap_or_default());
        return Some(match server {
            Evidence::Strong(server) => Evidence::Strong(server.other()),
            Evidence::Weak(server) => Evidence::Weak(server.other()),
        });
    }
    let (uri, version) = line.split_at_checked(line.len().checked_sub(8)?)?;
    let method = uri.split(|octet| *octet == b' ').next()?;
    let rest = uri.get(method.len() + 1..)?;
    let is_request = version.eq_ignore_ascii_case(b" SIP/2.0")
        && is_token(method)
        && rest
            .iter()
            .position(|octet| *octet == b':')
            .is_some_and(|colon| colon > 0);
    is_request.then(|| method_server(method))
}

/// Who serves a request, seen from its sender.
fn method_server(method: &[u8]) -> Evidence {
    match method {
        b"SUBSCRIBE" | b"PUBLISH" | b"REGISTER" => Evidence::Strong(Server::Destination),
        b"NOTIFY" => Evidence::Strong(Server::Source),
        _ => Evidence::Weak(Server::Destination),
    }
}

/// The method in the CSeq of a response.
fn sequence_method(message: &[u8]) -> Option<&[u8]> {
    let headers = message.split(|octet| *octet == b'\n').take(HEADERS_MAX);
    headers
        .take_while(|line| !line.trim_ascii().is_empty())
        .find_map(|line| {
            let colon = line.iter().position(|octet| *octet == b':')?;
            let (name, value) = line.split_at_checked(colon)?;
            let is_sequence = name.trim_ascii_end().eq_ignore_ascii_case(b"CSeq");
            let method = value.trim_ascii_end().rsplit(|octet| *octet == b' ').next();
            method.filter(|_| is_sequence)
        })
}

fn is_token(octets: &[u8]) -> bool {
    !octets.is_empty()
        && octets
            .iter()
            .all(|octet| octet.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(octet))
}

/// The longest start line that is looked at.
const LINE_MAX: usize = 4096;
/// How many header lines of a response are looked at.
const HEADERS_MAX: usize = 256;

/// Whether octets of a stream start a message of the Mobile Location Protocol over HTTP, and who is
/// the client of the location server: who asks it and is pushed to.
pub(super) fn mlp_server(octets: &[u8]) -> Option<Evidence> {
    let holds = |mark: &[u8]| memchr::memmem::find(octets, mark).is_some();
    let is_request = octets.starts_with(b"POST ");
    if !is_request && !octets.starts_with(b"HTTP/1.") {
        return None;
    }
    // What stands in a body also stands behind other names, and the body may be still to come.
    let (is_asked, is_told) = (holds(b"<svc_init"), holds(b"<svc_result"));
    Some(match (is_request, is_asked, is_told) {
        (true, true, _) => Evidence::Strong(Server::Source),
        (true, false, true) => Evidence::Strong(Server::Destination),
        (true, false, false) => Evidence::Weak(Server::Source),
        (false, _, true) if holds(b"<slra") => Evidence::Strong(Server::Source),
        (false, _, true) => Evidence::Strong(Server::Destination),
        (false, ..) => Evidence::Weak(Server::Destination),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sip_message_tells_its_server() {
        let subscribe = b"\r\n\r\nSUBSCRIBE sip:alice@ims.example SIP/2.0\r\n";
        assert_eq!(
            sip_server(subscribe),
            Some(Evidence::Strong(Server::Destination))
        );
        let notify = b"NOTIFY sip:bob@192.0.2.1 SIP/2.0\r\n";
        assert_eq!(sip_server(notify), Some(Evidence::Strong(Server::Source)));
        let unknown = b"NEWMETHOD tel:99900000001 SIP/2.0\n";
        assert_eq!(
            sip_server(unknown),
            Some(Evidence::Weak(Server::Destination))
        );
        let answer = b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP x\r\ncseq : 7 NOTIFY\r\n\r\n";
        assert_eq!(
            sip_server(answer),
            Some(Evidence::Strong(Server::Destination))
        );
        let bare = b"SIP/2.0 100 Trying\r\n\r\nCSeq: 7 NOTIFY\r\n";
        assert_eq!(sip_server(bare), Some(Evidence::Weak(Server::Source)));
    }

    #[test]
    fn what_only_resembles_sip_is_not() {
        for octets in [
            &b"GET http://ims.example/ HTTP/1.1\r\n"[..],
            b"SUBSCRIBE sip:alice@ims.example SIP/2.0",
            b"SUBSCRIBE  SIP/2.0\r\n",
            b"SUB\xffSCRIBE sip:a SIP/2.0\r\n",
            b" sip:a SIP/2.0\r\n",
            b" SIP/2.0\r\n",
            b"SIP/2.0\r\n",
            b"\r\n\r\n",
            b"",
        ] {
            assert_eq!(
                sip_server(octets),
                None,
                "{:?}",
                octets.escape_ascii().to_string()
            );
        }
    }

    #[test]
    fn diameter_is_told_by_its_header_and_first_avp() {
        let mut request = vec![1, 0, 0, 32, 0xc0, 0, 1, 0x35];
        request.extend([0; 12]);
        request.extend([0, 0, 1, 7, 0x40, 0, 0, 9, b'a', 0, 0, 0]);
        assert!(is_diameter(&request));
        let server = Some(Evidence::Strong(Server::Destination));
        assert_eq!(diameter_server(&request), server);
        request[4] = 0x40;
        let server = Some(Evidence::Strong(Server::Source));
        assert_eq!(diameter_server(&request), server);
        request[7] = 0x32;
        assert_eq!(diameter_server(&request).map(|_| ()), Some(()));
        for (at, wrong) in [
            (0, 2),
            (3, 31),
            (3, 16),
            (4, 0x41),
            (20, 1),
            (24, 0x01),
            (27, 7),
            (27, 33),
        ] {
            let mut request = request.clone();
            request[at] = wrong;
            assert!(!is_diameter(&request), "{wrong} at {at}");
        }
        assert!(!is_diameter(&request[..19]));
    }

    #[test]
    fn radius_is_told_by_its_whole_header() {
        let mut packet = vec![4, 1, 0, 26];
        packet.extend([0; 16]);
        packet.extend([40, 6, 0, 0, 0, 1]);
        assert!(is_radius(&packet));
        assert_eq!(
            radius_server(&packet),
            Some(Evidence::Strong(Server::Destination))
        );
        for (at, wrong) in [(0, 99), (0, 0), (3, 25), (21, 7), (21, 5), (21, 1), (21, 0)] {
            let mut packet = packet.clone();
            packet[at] = wrong;
            assert!(!is_radius(&packet), "{wrong} at {at}");
        }
        for end in 0..packet.len() {
            assert!(!is_radius(&packet[..end]), "{end} octets");
        }
    }

    #[test]
    fn a_location_message_tells_who_asks_and_who_is_told() {
        let post = |body: &str| format!("POST / HTTP/1.1\r\nHost: a\r\n\r\n<?xml?><{body} ver=");
        let answer = |body: &str| format!("HTTP/1.1 200 OK\r\n\r\n<?xml?><svc_result><{body}>");
        for (octets, evidence) in [
            (post("svc_init"), Some(Evidence::Strong(Server::Source))),
            (
                post("svc_result"),
                Some(Evidence::Strong(Server::Destination)),
            ),
            (answer("slia"), Some(Evidence::Strong(Server::Destination))),
            (answer("slra"), Some(Evidence::Strong(Server::Source))),
            (
                "POST / HTTP/1.1\r\n".to_owned(),
                Some(Evidence::Weak(Server::Source)),
            ),
            (
                "HTTP/1.1 200 OK\r\n".to_owned(),
                Some(Evidence::Weak(Server::Destination)),
            ),
            ("GET /<svc_init HTTP/1.1\r\n".to_owned(), None),
        ] {
            assert_eq!(mlp_server(octets.as_bytes()), evidence, "{octets}");
        }
    }
}
