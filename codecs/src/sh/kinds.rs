//! AVPs of Sh by their specification names (TS 29.329 clause 6.3, TS 29.336).
#![expect(missing_docs, reason = "the names are the specifications' own")]

use crate::diameter::Kind;

pub const PUBLIC_IDENTITY: Kind = Kind::tgpp(601);
pub const SERVER_NAME: Kind = Kind::tgpp(602);
pub const SUPPORTED_FEATURES: Kind = Kind::tgpp(628);
pub const USER_IDENTITY: Kind = Kind::tgpp(700);
pub const MSISDN: Kind = Kind::tgpp(701);
pub const USER_DATA: Kind = Kind::tgpp(702);
pub const DATA_REFERENCE: Kind = Kind::tgpp(703);
pub const SUBS_REQ_TYPE: Kind = Kind::tgpp(705);
pub const REQUESTED_DOMAIN: Kind = Kind::tgpp(706);
pub const CURRENT_LOCATION: Kind = Kind::tgpp(707);
pub const EXPIRY_TIME: Kind = Kind::tgpp(709);
pub const SEND_DATA_INDICATION: Kind = Kind::tgpp(710);
pub const EXTERNAL_IDENTIFIER: Kind = Kind::tgpp(3111);
