//! The 3GPP vendor attributes of Gi, Wi and Pp (TS 29.061 clause 16.4.7), one type a file.

mod area;
mod digits;
mod nsapi;
mod pdp_type;
mod qos_profile;
mod rat_type;
mod secondary_rat_usage;
mod selection_mode;
mod time_zone;
mod user_location;
pub(super) mod view;

pub use area::{Cgi, Ecgi, EnodebId, EnodebNumber, FiveGsTai, Lai, Ncgi, Rai, Sai, Tai};
pub use digits::{Digits, Imei};
pub use nsapi::Nsapi;
pub use pdp_type::PdpType;
pub use qos_profile::QosProfile;
pub use rat_type::RatType;
pub use secondary_rat_usage::SecondaryRatUsage;
pub use selection_mode::SelectionMode;
pub use time_zone::TimeZone;
pub use user_location::UserLocation;
pub use view::Gi;

/// The vendor number of 3GPP.
pub const VENDOR: u32 = 10415;

/// Sub-attribute types by their specification names.
pub mod kind {
    #![expect(missing_docs, reason = "the names are the specification's own")]

    pub const IMSI: u8 = 1;
    pub const CHARGING_ID: u8 = 2;
    pub const PDP_TYPE: u8 = 3;
    pub const CG_ADDRESS: u8 = 4;
    pub const GPRS_NEGOTIATED_QOS_PROFILE: u8 = 5;
    pub const SGSN_ADDRESS: u8 = 6;
    pub const GGSN_ADDRESS: u8 = 7;
    pub const IMSI_MCC_MNC: u8 = 8;
    pub const GGSN_MCC_MNC: u8 = 9;
    pub const NSAPI: u8 = 10;
    pub const SESSION_STOP_INDICATOR: u8 = 11;
    pub const SELECTION_MODE: u8 = 12;
    pub const CHARGING_CHARACTERISTICS: u8 = 13;
    pub const CG_IPV6_ADDRESS: u8 = 14;
    pub const SGSN_IPV6_ADDRESS: u8 = 15;
    pub const GGSN_IPV6_ADDRESS: u8 = 16;
    pub const IPV6_DNS_SERVERS: u8 = 17;
    pub const SGSN_MCC_MNC: u8 = 18;
    pub const TEARDOWN_INDICATOR: u8 = 19;
    pub const IMEISV: u8 = 20;
    pub const RAT_TYPE: u8 = 21;
    pub const USER_LOCATION_INFO: u8 = 22;
    pub const MS_TIMEZONE: u8 = 23;
    pub const CAMEL_CHARGING_INFO: u8 = 24;
    pub const PACKET_FILTER: u8 = 25;
    pub const NEGOTIATED_DSCP: u8 = 26;
    pub const ALLOCATE_IP_TYPE: u8 = 27;
    pub const EXTERNAL_IDENTIFIER: u8 = 28;
    pub const TWAN_IDENTIFIER: u8 = 29;
    pub const USER_LOCATION_INFO_TIME: u8 = 30;
    pub const SECONDARY_RAT_USAGE: u8 = 31;
    pub const UE_LOCAL_IP_ADDRESS: u8 = 32;
    pub const UE_SOURCE_PORT: u8 = 33;
}
