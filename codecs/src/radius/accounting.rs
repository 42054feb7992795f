//! What a gateway reports, in one pass: the attributes of TS 29.061 clause 16.4 (Gi), which Wi and
//! Pp share, typed.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    num::NonZeroU16,
};

use super::{
    Attribute, DecodeError, Gi, NasPortType, Packet, StatusType, TerminateCause, VendorAttributes,
    VendorFormat, attribute,
    gi::{
        self,
        view::{fill, integer, ipv4, ipv6},
    },
};

/// The fields of an Accounting-Request, or of an Access-Request, that matter for presence.
///
/// Texts are octets as sent, since RADIUS texts are often not UTF-8. Of an attribute that occurs
/// several times the last counts. A field whose attribute is malformed is `None`, and counted in
/// [`Self::faults`].
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Accounting<'a> {
    /// Acct-Status-Type (40); an Access-Request has none.
    pub status_type: Option<StatusType>,
    /// Acct-Delay-Time (41): seconds since the event happened.
    pub delay_time: Option<u32>,
    /// Acct-Session-Id (44), opaque.
    pub session_id: Option<&'a [u8]>,
    /// Acct-Multi-Session-Id (50), opaque.
    pub multi_session_id: Option<&'a [u8]>,
    /// Acct-Session-Time (46), seconds.
    pub session_time: Option<u32>,
    /// Acct-Terminate-Cause (49).
    pub terminate_cause: Option<TerminateCause>,
    /// Acct-Interim-Interval (85), seconds.
    pub interim_interval: Option<u32>,
    /// Session-Timeout (27), seconds.
    pub session_timeout: Option<u32>,
    /// Event-Timestamp (55), seconds since 1970.
    pub event_timestamp: Option<u32>,
    /// User-Name (1).
    pub user_name: Option<&'a [u8]>,
    /// Calling-Station-Id (31): the MSISDN.
    pub calling_station_id: Option<&'a [u8]>,
    /// Called-Station-Id (30): the APN, or the W-APN.
    pub called_station_id: Option<&'a [u8]>,
    /// Class (25): what the Access-Accept had.
    pub class: Option<&'a [u8]>,
    /// NAS-IP-Address (4).
    pub nas_ip_address: Option<Ipv4Addr>,
    /// NAS-IPv6-Address (95).
    pub nas_ipv6_address: Option<Ipv6Addr>,
    /// NAS-Identifier (32).
    pub nas_identifier: Option<&'a [u8]>,
    /// NAS-Port-Type (61).
    pub nas_port_type: Option<NasPortType>,
    /// Framed-IP-Address (8): the user's address.
    pub framed_ip_address: Option<Ipv4Addr>,
    /// Framed-IPv6-Prefix (97) and its length in bits.
    pub framed_ipv6_prefix: Option<(Ipv6Addr, u8)>,
    /// Framed-Interface-Id (96): the rest of the user's IPv6 address.
    pub framed_interface_id: Option<[u8; 8]>,
    /// Framed-IPv6-Address (168).
    pub framed_ipv6_address: Option<Ipv6Addr>,
    /// The 3GPP attributes.
    pub gi: Gi<'a>,
    /// What could not be read.
    pub faults: Faults,
}

/// How many attributes were malformed, and where the first stands.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Faults {
    count: u16,
    first: Option<NonZeroU16>,
}

impl Faults {
    /// How many attributes could not be read.
    #[must_use]
    pub const fn count(&self) -> u16 {
        self.count
    }

    /// Offset of the first of them in the packet.
    #[must_use]
    pub fn first_at(&self) -> Option<usize> {
        self.first.map(|at| at.get().into())
    }

    fn add(&mut self, at: usize) {
        self.count = self.count.saturating_add(1);
        self.first = self
            .first
            .or_else(|| u16::try_from(at).ok().and_then(NonZeroU16::new));
    }
}

impl<'a> Accounting<'a> {
    /// Reads every attribute once.
    ///
    /// # Errors
    /// [`DecodeError::StatusType`]: a status that cannot be read voids the whole packet.
    pub fn decode(packet: &Packet<'a>) -> Result<Self, DecodeError> {
        let mut view = Self::default();
        view.refill(packet)?;
        Ok(view)
    }

    /// As [`Self::decode`], into a view of the caller's: what it held is forgotten. Spares the
    /// copy of a large value where packets come one after the other.
    ///
    /// # Errors
    /// As [`Self::decode`]; the view then holds what was read before.
    pub fn refill(&mut self, packet: &Packet<'a>) -> Result<(), DecodeError> {
        *self = Self::default();
        for attribute in packet.attributes() {
            if !self.take(&attribute) {
                self.refuse(&attribute)?;
            }
        }
        Ok(())
    }

    /// The NAS by address, the IPv4 one first.
    #[must_use]
    pub fn nas_address(&self) -> Option<IpAddr> {
        let ipv6 = self.nas_ipv6_address.map(IpAddr::V6);
        self.nas_ip_address.map(IpAddr::V4).or(ipv6)
    }

    /// False if the attribute's value cannot be read.
    #[inline]
    fn take(&mut self, attribute: &Attribute<'a>) -> bool {
        let Attribute { kind, value, .. } = *attribute;
        match kind {
            attribute::VENDOR_SPECIFIC => self.take_vendor(attribute),
            attribute::USER_NAME => fill!(self.user_name, Some(value)),
            attribute::NAS_IP_ADDRESS => fill!(self.nas_ip_address, ipv4(value)),
            attribute::FRAMED_IP_ADDRESS => fill!(self.framed_ip_address, ipv4(value)),
            attribute::CLASS => fill!(self.class, Some(value)),
            attribute::SESSION_TIMEOUT => fill!(self.session_timeout, integer(value)),
            attribute::CALLED_STATION_ID => fill!(self.called_station_id, Some(value)),
            attribute::CALLING_STATION_ID => fill!(self.calling_station_id, Some(value)),
            attribute::NAS_IDENTIFIER => fill!(self.nas_identifier, Some(value)),
            attribute::ACCT_STATUS_TYPE => {
                fill!(self.status_type, integer(value).map(StatusType::from_wire))
            }
            attribute::ACCT_DELAY_TIME => fill!(self.delay_time, integer(value)),
            attribute::ACCT_SESSION_ID => fill!(self.session_id, Some(value)),
            attribute::ACCT_SESSION_TIME => fill!(self.session_time, integer(value)),
            attribute::ACCT_TERMINATE_CAUSE => {
                fill!(
                    self.terminate_cause,
                    integer(value).map(TerminateCause::from_wire)
                )
            }
            attribute::ACCT_MULTI_SESSION_ID => fill!(self.multi_session_id, Some(value)),
            attribute::EVENT_TIMESTAMP => fill!(self.event_timestamp, integer(value)),
            attribute::NAS_PORT_TYPE => {
                fill!(
                    self.nas_port_type,
                    integer(value).map(NasPortType::from_wire)
                )
            }
            attribute::ACCT_INTERIM_INTERVAL => fill!(self.interim_interval, integer(value)),
            attribute::NAS_IPV6_ADDRESS => fill!(self.nas_ipv6_address, ipv6(value)),
            attribute::FRAMED_INTERFACE_ID => {
                fill!(self.framed_interface_id, value.try_into().ok())
            }
            attribute::FRAMED_IPV6_PREFIX => fill!(self.framed_ipv6_prefix, ipv6_prefix(value)),
            attribute::FRAMED_IPV6_ADDRESS => fill!(self.framed_ipv6_address, ipv6(value)),
            _ => true,
        }
    }

    /// Counts a malformed attribute, unless it voids the packet.
    #[cold]
    fn refuse(&mut self, attribute: &Attribute<'_>) -> Result<(), DecodeError> {
        let Attribute { kind, value, at } = *attribute;
        if kind == attribute::ACCT_STATUS_TYPE {
            return Err(DecodeError::StatusType {
                at,
                octets: value.len(),
            });
        }
        self.faults.add(at);
        Ok(())
    }

    #[inline]
    fn take_vendor(&mut self, attribute: &Attribute<'a>) -> bool {
        let Some((vendor, octets)) = attribute.vendor() else {
            return false;
        };
        if vendor != gi::VENDOR {
            return true;
        }
        // Nearly always there is exactly one inside.
        if let [kind, length, value @ ..] = octets
            && usize::from(*length) == octets.len()
        {
            return self.gi.take(*kind, value);
        }
        self.take_several(octets, attribute.at + 6);
        true
    }

    /// Several 3GPP attributes in one Vendor-Specific, or malformed ones.
    #[cold]
    fn take_several(&mut self, octets: &'a [u8], at: usize) {
        let mut attributes =
            VendorAttributes::new(gi::VENDOR, VendorFormat::RECOMMENDED, octets, at);
        if octets.is_empty() {
            self.faults.add(at);
        }
        for attribute in &mut attributes {
            match attribute {
                Ok(found) => {
                    let is_read =
                        u8::try_from(found.kind).is_ok_and(|kind| self.gi.take(kind, found.value));
                    if !is_read {
                        self.faults.add(found.at);
                    }
                }
                Err(error) => self.faults.add(error.at()),
            }
        }
    }
}

/// Names no identity.
impl fmt::Debug for Accounting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accounting")
            .field("status_type", &self.status_type)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// A reserved octet, a length in bits, and as many octets as the sender cared to send
/// (RFC 3162 clause 2.3).
pub(super) fn ipv6_prefix(value: &[u8]) -> Option<(Ipv6Addr, u8)> {
    let (&[_, bits], prefix) = value.split_first_chunk::<2>()?;
    let mut octets = [0; 16];
    octets.get_mut(..prefix.len())?.copy_from_slice(prefix);
    let is_enough = bits <= 128 && prefix.len() * 8 >= usize::from(bits);
    is_enough.then_some((Ipv6Addr::from(octets), bits))
}
