//! One test for each "shall" and "MUST" that a test can hold, the clause in its name.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a message that cannot be read fails its test"
)]

mod bench;
mod rfc3856;
mod rfc3903;
mod rfc6665;
