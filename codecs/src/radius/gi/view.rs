//! The 3GPP attributes of one packet, typed.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::{Digits, Nsapi, PdpType, RatType, SelectionMode, TimeZone, UserLocation, kind};
use crate::Plmn;

/// What the 3GPP attributes of a packet say; what was absent or unreadable is `None`.
#[derive(Clone, Copy, Default, PartialEq)]
pub struct Gi<'a> {
    /// The subscriber.
    pub imsi: Option<Digits<'a>>,
    /// Numbers the context, unique together with the GGSN address.
    pub charging_id: Option<u32>,
    /// What the context carries.
    pub pdp_type: Option<PdpType>,
    /// Charging gateway.
    pub cg_address: Option<Ipv4Addr>,
    /// Quality of service: what [`QosProfile::decode`](super::QosProfile::decode) reads.
    pub qos_profile: Option<&'a [u8]>,
    /// Serving node; another one means the user moved.
    pub sgsn_address: Option<Ipv4Addr>,
    /// Gateway node.
    pub ggsn_address: Option<Ipv4Addr>,
    /// Home network.
    pub imsi_mcc_mnc: Option<Plmn>,
    /// Network of the gateway node.
    pub ggsn_mcc_mnc: Option<Plmn>,
    /// Which of the subscriber's contexts.
    pub nsapi: Option<Nsapi>,
    /// The session's last context ended (the attribute was there, whatever its value).
    pub session_stop_indicator: bool,
    /// Who chose the APN.
    pub selection_mode: Option<SelectionMode>,
    /// Charging characteristics, four hexadecimal characters.
    pub charging_characteristics: Option<u16>,
    /// Charging gateway, IPv6.
    pub cg_ipv6_address: Option<Ipv6Addr>,
    /// Serving node, IPv6.
    pub sgsn_ipv6_address: Option<Ipv6Addr>,
    /// Gateway node, IPv6.
    pub ggsn_ipv6_address: Option<Ipv6Addr>,
    /// Network that serves the user: the visited one when roaming.
    pub sgsn_mcc_mnc: Option<Plmn>,
    /// Equipment: IMEI or IMEISV.
    pub imeisv: Option<Digits<'a>>,
    /// Radio access technology.
    pub rat_type: Option<RatType>,
    /// Where the user is.
    pub user_location_info: Option<UserLocation<'a>>,
    /// The user's time zone.
    pub ms_timezone: Option<TimeZone>,
    /// When the user was there, in seconds since 1900.
    pub user_location_info_time: Option<u32>,
    /// Identity outside the operator's domain.
    pub external_identifier: Option<&'a str>,
    /// Address a user on an untrusted access has there.
    pub ue_local_ip_address: Option<IpAddr>,
}

/// Fills `$field` and says whether it could be read.
macro_rules! fill {
    ($field:expr, $decoded:expr) => {{
        let decoded = $decoded;
        let is_read = decoded.is_some();
        if is_read {
            $field = decoded;
        }
        is_read
    }};
}
pub(in crate::radius) use fill;

impl<'a> Gi<'a> {
    /// Takes one 3GPP attribute; false if its value cannot be read. Types that hold nothing for
    /// presence are left alone.
    #[inline]
    pub(in crate::radius) fn take(&mut self, number: u8, value: &'a [u8]) -> bool {
        match number {
            kind::IMSI => fill!(self.imsi, Digits::decode(value, 6, 15)),
            kind::CHARGING_ID => fill!(self.charging_id, integer(value)),
            kind::PDP_TYPE => fill!(self.pdp_type, integer(value).map(PdpType::from_wire)),
            kind::CG_ADDRESS => fill!(self.cg_address, ipv4(value)),
            kind::GPRS_NEGOTIATED_QOS_PROFILE => fill!(self.qos_profile, Some(value)),
            kind::SGSN_ADDRESS => fill!(self.sgsn_address, ipv4(value)),
            kind::GGSN_ADDRESS => fill!(self.ggsn_address, ipv4(value)),
            kind::IMSI_MCC_MNC => fill!(self.imsi_mcc_mnc, Plmn::from_digits(value)),
            kind::GGSN_MCC_MNC => fill!(self.ggsn_mcc_mnc, Plmn::from_digits(value)),
            kind::NSAPI => fill!(self.nsapi, Nsapi::decode(value)),
            kind::SESSION_STOP_INDICATOR => {
                self.session_stop_indicator = true;
                true
            }
            kind::SELECTION_MODE => fill!(self.selection_mode, SelectionMode::decode(value)),
            kind::CHARGING_CHARACTERISTICS => {
                fill!(self.charging_characteristics, hex_integer(value))
            }
            kind::CG_IPV6_ADDRESS => fill!(self.cg_ipv6_address, ipv6(value)),
            kind::SGSN_IPV6_ADDRESS => fill!(self.sgsn_ipv6_address, ipv6(value)),
            kind::GGSN_IPV6_ADDRESS => fill!(self.ggsn_ipv6_address, ipv6(value)),
            kind::SGSN_MCC_MNC => fill!(self.sgsn_mcc_mnc, Plmn::from_digits(value)),
            kind::IMEISV => fill!(self.imeisv, Digits::decode(value, 14, 16)),
            kind::RAT_TYPE => fill!(self.rat_type, octet(value).map(RatType::from_wire)),
            kind::USER_LOCATION_INFO => {
                fill!(self.user_location_info, UserLocation::decode(value))
            }
            kind::MS_TIMEZONE => fill!(self.ms_timezone, TimeZone::decode(value)),
            kind::EXTERNAL_IDENTIFIER => {
                fill!(self.external_identifier, str::from_utf8(value).ok())
            }
            kind::USER_LOCATION_INFO_TIME => {
                fill!(self.user_location_info_time, integer(value))
            }
            kind::UE_LOCAL_IP_ADDRESS => fill!(
                self.ue_local_ip_address,
                ipv4(value)
                    .map(Into::into)
                    .or_else(|| ipv6(value).map(Into::into))
            ),
            _ => true,
        }
    }
}

/// Names no identity and no place.
impl fmt::Debug for Gi<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gi")
            .field("nsapi", &self.nsapi)
            .field("rat_type", &self.rat_type)
            .finish_non_exhaustive()
    }
}

/// A number of 32 bits.
#[inline]
pub(in crate::radius) fn integer(value: &[u8]) -> Option<u32> {
    value.try_into().ok().map(u32::from_be_bytes)
}

#[inline]
pub(in crate::radius) fn ipv4(value: &[u8]) -> Option<Ipv4Addr> {
    integer(value).map(Ipv4Addr::from_bits)
}

#[inline]
pub(in crate::radius) fn ipv6(value: &[u8]) -> Option<Ipv6Addr> {
    value
        .try_into()
        .ok()
        .map(u128::from_be_bytes)
        .map(Ipv6Addr::from_bits)
}

/// One octet, or the last of four where an encoder wrote an integer with three zeros before it.
#[inline]
fn octet(value: &[u8]) -> Option<u8> {
    match value {
        [octet] | [0, 0, 0, octet] => Some(*octet),
        _ => None,
    }
}

#[inline]
fn hex_integer(value: &[u8]) -> Option<u16> {
    let digits: &[u8; 4] = value.try_into().ok()?;
    digits.iter().try_fold(0, |number, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(number << 4 | u16::try_from(digit).ok()?)
    })
}
