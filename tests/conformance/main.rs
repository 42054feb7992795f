//! One test for each "shall" and "MUST" that a test can hold, the clause in its name.

mod bench;
mod rfc3856;
mod rfc3903;
mod rfc6665;
