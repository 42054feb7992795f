//! What is accounted, in one pass (RFC 6733 clause 9.7, RFC 7155 clause 4.4, TS 29.234).

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Avp, DecodeError, Envelope, Kind, Message, closed, dict::ipv6_prefix, kinds};
use crate::Stamp;

closed! {
    /// Accounting-Record-Type (480).
    RecordType {
        /// Something that has no length.
        Event = 1,
        /// A session begins.
        Start = 2,
        /// It goes on.
        Interim = 3,
        /// It ends.
        Stop = 4,
    }
}

closed! {
    /// Subscription-Id-Type (450).
    SubscriptionIdType {
        /// An MSISDN.
        E164 = 0,
        /// An IMSI.
        Imsi = 1,
        /// A SIP URI.
        SipUri = 2,
        /// A network access identifier.
        Nai = 3,
        /// A private identity.
        Private = 4,
    }
}

/// The fields of an ACR that matter for presence. Texts are octets as sent; of an AVP that occurs
/// several times the last counts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Accounting<'a> {
    /// Session, origin and destination.
    pub envelope: Envelope<'a>,
    /// Accounting-Record-Type (480).
    pub record_type: RecordType,
    /// Accounting-Record-Number (485): with the session it tells a record from all others.
    pub record_number: u32,
    /// Accounting-Sub-Session-Id (287): which part of the session; a STOP_RECORD without it ends them
    /// all (RFC 6733 clause 9.8.6).
    pub sub_session_id: Option<u64>,
    /// Acct-Application-Id (259).
    pub application: Option<u32>,
    /// Acct-Interim-Interval (85), seconds.
    pub interim_interval: Option<u32>,
    /// Acct-Multi-Session-Id (50): ties sessions together.
    pub multi_session_id: Option<&'a [u8]>,
    /// Event-Timestamp (55).
    pub event_timestamp: Option<Stamp>,
    /// User-Name (1): with WLAN a NAI that holds the IMSI.
    pub user_name: Option<&'a [u8]>,
    /// Called-Station-Id (30): the W-APN, or the access point.
    pub called_station_id: Option<&'a [u8]>,
    /// Calling-Station-Id (31): the MSISDN, or the device's MAC address.
    pub calling_station_id: Option<&'a [u8]>,
    /// Framed-IP-Address (8).
    pub framed_ip_address: Option<Ipv4Addr>,
    /// Framed-IPv6-Prefix (97) and its length in bits.
    pub framed_ipv6_prefix: Option<(Ipv6Addr, u8)>,
    /// Subscription-Id (443) of an IMSI.
    pub imsi: Option<&'a [u8]>,
    /// Subscription-Id (443) of an MSISDN.
    pub msisdn: Option<&'a [u8]>,
    /// Subscription-Id (443) of a SIP URI.
    pub sip_uri: Option<&'a [u8]>,
    /// 3GPP-WLAN-APN-Id (10415/100).
    pub wlan_apn: Option<&'a [u8]>,
}

/// 3GPP-WLAN-APN-Id (TS 29.234).
const WLAN_APN_ID: Kind = Kind::tgpp(100);
/// 3GPP-IMSI (TS 29.061).
const IMSI: Kind = Kind::tgpp(1);

impl<'a> Accounting<'a> {
    /// Reads an ACR.
    ///
    /// # Errors
    /// [`DecodeError`] of the first AVP whose value is not of its type, or when Session-Id,
    /// Origin-Host, Accounting-Record-Type or Accounting-Record-Number is missing.
    pub fn decode(message: &Message<'a>) -> Result<Self, DecodeError> {
        let (mut kind, mut number) = (None, None);
        let mut found = Self {
            envelope: Envelope::default(),
            record_type: RecordType::Other(0),
            record_number: 0,
            sub_session_id: None,
            application: None,
            interim_interval: None,
            multi_session_id: None,
            event_timestamp: None,
            user_name: None,
            called_station_id: None,
            calling_station_id: None,
            framed_ip_address: None,
            framed_ipv6_prefix: None,
            imsi: None,
            msisdn: None,
            sip_uri: None,
            wlan_apn: None,
        };
        let mut avps = message.avps();
        for avp in &mut avps {
            match avp.kind {
                kinds::ACCOUNTING_RECORD_TYPE => kind = Some(avp.unsigned32()?),
                kinds::ACCOUNTING_RECORD_NUMBER => number = Some(avp.unsigned32()?),
                _ => found.take(&avp)?,
            }
        }
        avps.end()?;
        let missing = |kind| message.missing(kind);
        if found.envelope.session_id.is_none() {
            return Err(missing(kinds::SESSION_ID));
        }
        if found.envelope.origin_host.is_none() {
            return Err(missing(kinds::ORIGIN_HOST));
        }
        let kind = kind.ok_or_else(|| missing(kinds::ACCOUNTING_RECORD_TYPE))?;
        found.record_type = RecordType::from_wire(kind);
        found.record_number = number.ok_or_else(|| missing(kinds::ACCOUNTING_RECORD_NUMBER))?;
        Ok(found)
    }

    fn take(&mut self, avp: &Avp<'a>) -> Result<(), DecodeError> {
        match avp.kind {
            kinds::ACCOUNTING_SUB_SESSION_ID => self.sub_session_id = Some(avp.unsigned64()?),
            kinds::ACCT_APPLICATION_ID => self.application = Some(avp.unsigned32()?),
            kinds::ACCT_INTERIM_INTERVAL => self.interim_interval = Some(avp.unsigned32()?),
            kinds::ACCT_MULTI_SESSION_ID => self.multi_session_id = Some(avp.data),
            kinds::EVENT_TIMESTAMP => self.event_timestamp = Some(avp.time()?),
            kinds::USER_NAME => self.user_name = Some(avp.data),
            kinds::CALLED_STATION_ID => self.called_station_id = Some(avp.data),
            kinds::CALLING_STATION_ID => self.calling_station_id = Some(avp.data),
            kinds::FRAMED_IP_ADDRESS => self.framed_ip_address = Some(avp.ipv4()?),
            kinds::FRAMED_IPV6_PREFIX => {
                let prefix = ipv6_prefix(avp.data).ok_or_else(|| avp.invalid())?;
                self.framed_ipv6_prefix = Some(prefix);
            }
            kinds::SUBSCRIPTION_ID => self.take_subscription(avp)?,
            WLAN_APN_ID => self.wlan_apn = Some(avp.data),
            IMSI => self.imsi = Some(avp.data),
            _ => {
                self.envelope.take(avp)?;
            }
        }
        Ok(())
    }

    fn take_subscription(&mut self, group: &Avp<'a>) -> Result<(), DecodeError> {
        let (mut kind, mut data) = (None, None);
        for member in group.group()? {
            match member.kind {
                kinds::SUBSCRIPTION_ID_TYPE => kind = Some(member.unsigned32()?),
                kinds::SUBSCRIPTION_ID_DATA => data = Some(member.data),
                _ => {}
            }
        }
        match kind.map(SubscriptionIdType::from_wire) {
            Some(SubscriptionIdType::E164) => self.msisdn = data,
            Some(SubscriptionIdType::Imsi) => self.imsi = data,
            Some(SubscriptionIdType::SipUri) => self.sip_uri = data,
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diameter::{AvpFlags, Builder, Flags, Header, command};

    fn request(write: impl FnOnce(Builder<'_>) -> Builder<'_>) -> Vec<u8> {
        let header = Header {
            length: 0,
            flags: Flags(0xc0),
            command: command::ACCOUNTING,
            application: 3,
            hop_by_hop: 1,
            end_to_end: 2,
        };
        let mut out = Vec::new();
        let builder = Builder::new(&mut out, &header)
            .text(kinds::SESSION_ID, "aaa.ims.example;1;2")
            .text(kinds::ORIGIN_HOST, "aaa.ims.example");
        write(builder).finish().unwrap();
        out
    }

    #[test]
    fn a_start_tells_who_and_where() {
        let at = Stamp::from_secs(1_772_360_130);
        let octets = request(|builder| {
            builder
                .unsigned32(kinds::ACCOUNTING_RECORD_TYPE, 2)
                .unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, 0)
                .avp(
                    kinds::ACCOUNTING_SUB_SESSION_ID,
                    &(1_u64 << 40).to_be_bytes(),
                )
                .unsigned32(kinds::ACCT_INTERIM_INTERVAL, 600)
                .time(kinds::EVENT_TIMESTAMP, AvpFlags::MANDATORY, at)
                .group(kinds::SUBSCRIPTION_ID, |group| {
                    group
                        .unsigned32(kinds::SUBSCRIPTION_ID_TYPE, 0)
                        .text(kinds::SUBSCRIPTION_ID_DATA, "99900000001")
                })
                .group(kinds::SUBSCRIPTION_ID, |group| {
                    group
                        .unsigned32(kinds::SUBSCRIPTION_ID_TYPE, 1)
                        .text(kinds::SUBSCRIPTION_ID_DATA, "001010000000001")
                })
                .avp(kinds::FRAMED_IP_ADDRESS, &[10, 0, 0, 1])
                .avp(WLAN_APN_ID, b"wlan")
        });
        let found = Accounting::decode(&Message::decode(&octets).unwrap()).unwrap();
        assert_eq!(found.record_type, RecordType::Start);
        assert_eq!(found.sub_session_id, Some(1 << 40));
        assert_eq!(found.event_timestamp, Some(at));
        assert_eq!(found.msisdn, Some(&b"99900000001"[..]));
        assert_eq!(found.imsi, Some(&b"001010000000001"[..]));
        assert_eq!(found.framed_ip_address, Some([10, 0, 0, 1].into()));
        assert_eq!(
            (found.interim_interval, found.wlan_apn),
            (Some(600), Some(&b"wlan"[..]))
        );
    }

    #[test]
    fn what_a_record_must_have_is_missed() {
        let octets = request(|builder| builder.unsigned32(kinds::ACCOUNTING_RECORD_TYPE, 2));
        let message = Message::decode(&octets).unwrap();
        let error = message.missing(kinds::ACCOUNTING_RECORD_NUMBER);
        assert_eq!(Accounting::decode(&message), Err(error));
        let octets = request(|builder| builder.unsigned32(kinds::ACCOUNTING_RECORD_NUMBER, 2));
        let message = Message::decode(&octets).unwrap();
        let error = message.missing(kinds::ACCOUNTING_RECORD_TYPE);
        assert_eq!(Accounting::decode(&message), Err(error));
    }

    #[test]
    fn a_prefix_that_is_none_is_an_error() {
        let octets = request(|builder| builder.avp(kinds::FRAMED_IPV6_PREFIX, &[0, 129]));
        let message = Message::decode(&octets).unwrap();
        let error = message.avp(kinds::FRAMED_IPV6_PREFIX).unwrap().invalid();
        assert_eq!(Accounting::decode(&message), Err(error));
    }

    #[test]
    fn a_sub_session_has_a_number_of_eight_octets() {
        let octets = request(|builder| builder.unsigned32(kinds::ACCOUNTING_SUB_SESSION_ID, 1));
        let message = Message::decode(&octets).unwrap();
        let avp = message.avp(kinds::ACCOUNTING_SUB_SESSION_ID).unwrap();
        let error = avp.unsigned64().unwrap_err();
        assert_eq!(Accounting::decode(&message), Err(error));
    }
}
