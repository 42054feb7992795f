//! Command codes by their specification names (RFC 6733, 4005, 4006, TS 29.329).
//!
//! Request and answer share a code; the R bit tells them apart.
#![expect(missing_docs, reason = "the names are the specifications' own")]

pub const CAPABILITIES_EXCHANGE: u32 = 257;
pub const RE_AUTH: u32 = 258;
pub const AA: u32 = 265;
pub const ACCOUNTING: u32 = 271;
pub const CREDIT_CONTROL: u32 = 272;
pub const ABORT_SESSION: u32 = 274;
pub const SESSION_TERMINATION: u32 = 275;
pub const DEVICE_WATCHDOG: u32 = 280;
pub const DISCONNECT_PEER: u32 = 282;
pub const USER_DATA: u32 = 306;
pub const PROFILE_UPDATE: u32 = 307;
pub const SUBSCRIBE_NOTIFICATIONS: u32 = 308;
pub const PUSH_NOTIFICATION: u32 = 309;
