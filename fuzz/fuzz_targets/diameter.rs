#![no_main]

#[path = "../bodies/diameter.rs"]
mod body;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| body::run(octets));
