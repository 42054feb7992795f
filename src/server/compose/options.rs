//! What the operator chooses about documents.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// What documents show of what the network knows, and under which names.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Options {
    /// Whether access point names are shown (false).
    pub show_apn: bool,
    /// Whether the place is shown (false).
    pub show_location: bool,
    /// Whether the offset of local time is shown (false).
    pub show_time_offset: bool,
    /// Whether our own extension elements are shown: mobility state, number of packet sessions,
    /// bearer of a call, cell (true).
    pub show_extensions: bool,
    /// Whether a data service is shown while a packet session lasts (false).
    pub data_service: bool,
    /// Whether activities that the user published hide that the network sees a call (false).
    pub user_overrides: bool,
    /// Key of the digest that device identifiers are made of, so that no IMSI can be read from
    /// them (`"pengate"`). Everybody knows the default, so it is refused where SIP or the
    /// administrative interface listens beyond loopback. Another key changes all identifiers.
    pub device_key: SmolStr,
    /// Names of the networks in documents.
    pub networks: Networks,
    /// Names of the services in documents.
    pub services: Services,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            show_apn: false,
            show_location: false,
            show_time_offset: false,
            show_extensions: true,
            data_service: false,
            user_overrides: false,
            device_key: SmolStr::new_static("pengate"),
            networks: Networks::default(),
            services: Services::default(),
        }
    }
}

/// Values of `id` in `op:network`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Networks {
    /// The circuit-switched domain (`"CS"`).
    pub cs: SmolStr,
    /// The packet-switched domain (`"PS"`).
    pub ps: SmolStr,
    /// The IP multimedia subsystem (`"IMS"`).
    pub ims: SmolStr,
    /// Wireless LAN (`"WLAN"`).
    pub wlan: SmolStr,
    /// A tunnel through a wireless LAN (`"I-WLAN-TUNNEL"`).
    pub tunnel: SmolStr,
}

impl Default for Networks {
    fn default() -> Self {
        Self {
            cs: SmolStr::new_static("CS"),
            ps: SmolStr::new_static("PS"),
            ims: SmolStr::new_static("IMS"),
            wlan: SmolStr::new_static("WLAN"),
            tunnel: SmolStr::new_static("I-WLAN-TUNNEL"),
        }
    }
}

/// Values of `op:service-id` in the services that the network tells.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct Services {
    /// Telephony (`"org.3gpp.cs-telephony"`).
    pub telephony: SmolStr,
    /// Short messages (`"org.3gpp.sms"`).
    pub sms: SmolStr,
    /// Multimedia telephony (`"org.3gpp.urn:urn-7:3gpp-service.ims.icsi.mmtel"`).
    pub ims: SmolStr,
    /// Packet data (`"org.3gpp.packet-data"`).
    pub data: SmolStr,
}

impl Default for Services {
    fn default() -> Self {
        Self {
            telephony: SmolStr::new_static("org.3gpp.cs-telephony"),
            sms: SmolStr::new_static("org.3gpp.sms"),
            ims: SmolStr::new_static("org.3gpp.urn:urn-7:3gpp-service.ims.icsi.mmtel"),
            data: SmolStr::new_static("org.3gpp.packet-data"),
        }
    }
}
