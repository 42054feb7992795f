//! SIP messages (RFC 3261): a lenient lexer and typed accessors.
