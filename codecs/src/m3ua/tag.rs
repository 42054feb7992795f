//! Tags of parameters (RFC 4666 clause 3.2).

/// Info String: text for people.
pub const INFO_STRING: u16 = 0x0004;
/// Routing Context: which application servers are meant.
pub const ROUTING_CONTEXT: u16 = 0x0006;
/// Diagnostic Information: the first octets of what was wrong.
pub const DIAGNOSTIC_INFORMATION: u16 = 0x0007;
/// Heartbeat Data: opaque, to be echoed.
pub const HEARTBEAT_DATA: u16 = 0x0009;
/// Traffic Mode Type.
pub const TRAFFIC_MODE_TYPE: u16 = 0x000b;
/// Error Code.
pub const ERROR_CODE: u16 = 0x000c;
/// Status of a notification.
pub const STATUS: u16 = 0x000d;
/// ASP Identifier.
pub const ASP_IDENTIFIER: u16 = 0x0011;
/// Affected Point Code.
pub const AFFECTED_POINT_CODE: u16 = 0x0012;
/// Correlation Id.
pub const CORRELATION_ID: u16 = 0x0013;
/// Network Appearance.
pub const NETWORK_APPEARANCE: u16 = 0x0200;
/// User/Cause of an unavailable user part.
pub const USER_CAUSE: u16 = 0x0204;
/// Congestion Indications.
pub const CONGESTION_INDICATIONS: u16 = 0x0205;
/// Concerned Destination.
pub const CONCERNED_DESTINATION: u16 = 0x0206;
/// Routing Key.
pub const ROUTING_KEY: u16 = 0x0207;
/// Registration Result.
pub const REGISTRATION_RESULT: u16 = 0x0208;
/// Deregistration Result.
pub const DEREGISTRATION_RESULT: u16 = 0x0209;
/// Local Routing Key Identifier.
pub const LOCAL_ROUTING_KEY_IDENTIFIER: u16 = 0x020a;
/// Destination Point Code of a routing key.
pub const DESTINATION_POINT_CODE: u16 = 0x020b;
/// Service Indicators of a routing key.
pub const SERVICE_INDICATORS: u16 = 0x020c;
/// Originating Point Code List of a routing key.
pub const ORIGINATING_POINT_CODES: u16 = 0x020e;
/// Protocol Data: what MTP3 carries.
pub const PROTOCOL_DATA: u16 = 0x0210;
/// Registration Status.
pub const REGISTRATION_STATUS: u16 = 0x0212;
/// Deregistration Status.
pub const DEREGISTRATION_STATUS: u16 = 0x0213;
