//! RADIUS (RFC 2865, 2866) with the 3GPP vendor attributes of TS 29.061.
