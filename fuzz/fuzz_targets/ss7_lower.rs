#![no_main]

#[path = "../bodies/ss7_lower.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| body::run(octets));
