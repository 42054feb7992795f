//! Requests and answers of ours, and the samples that are read in tests, are valid by the document
//! type definition of MLP 3.4.
//!
//! Needs xmllint. Where it is missing the test says so and passes, unless `PENGATE_PEERS=required`.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::{env, fs, path::Path, process::Command};

use pengate_codecs::mlp::{
    Client, LocationType, Msid, Outcome, Password, Priority, Quality, Requestor,
    ResponseRequirement, ResultCode, Slir, Version, write_gem, write_slra,
};

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

fn slir(requestor: Option<Requestor<'_>>, push_url: Option<&str>, quality: Quality) -> Vec<u8> {
    let mut out = Vec::new();
    Slir {
        version: Version::V34,
        client: client(),
        requestor,
        msids: &[Msid::msisdn("99900000001"), Msid::imsi("001010000000001")],
        quality,
        location_type: LocationType::CurrentOrLast,
        priority: Priority::High,
        push_url,
    }
    .write(&mut out);
    out
}

fn client() -> Client<'static> {
    Client {
        id: "pengate".into(),
        password: Some(Password::new("secret")),
        service_id: Some("presence".into()),
    }
}

fn written() -> Vec<(&'static str, Vec<u8>)> {
    let quality = Quality {
        response: ResponseRequirement::NoDelay,
        response_timer: Some(10),
        horizontal_accuracy: Some(100),
        max_location_age: Some(300),
    };
    let requestor = Requestor {
        kind: "SIPURL".into(),
        id: "sip:bob@ims.example".into(),
    };
    let outcome = Outcome {
        code: ResultCode::OK,
        words: None,
        add_info: None,
    };
    let refusal = Outcome {
        code: ResultCode::NOT_ACCEPTED,
        words: None,
        add_info: Some("too many".into()),
    };
    let (mut slra, mut refused, mut gem) = (Vec::new(), Vec::new(), Vec::new());
    write_slra(Version::V34, Some(&client()), &outcome, &mut slra);
    write_slra(Version::V34, None, &refusal, &mut refused);
    write_gem(Version::V34, &refusal, &mut gem);
    let url = "http://192.0.2.1:9210/";
    vec![
        ("slir-plain", slir(None, None, Quality::default())),
        ("slir-full", slir(Some(requestor), Some(url), quality)),
        ("slra", slra),
        ("slra-refused", refused),
        ("gem", gem),
    ]
}

/// Whether xmllint finds a document valid, and what it says.
fn is_valid(path: &Path) -> (bool, String) {
    let output = Command::new("xmllint")
        .args(["--nonet", "--noout", "--dtdvalid"])
        .arg(Path::new(TESTS).join("schemas/mlp/MLP_v3_4_1.dtd"))
        .arg(path)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.success(), said)
}

#[test]
fn what_is_written_and_what_is_read_in_tests_is_valid() {
    let missing = Command::new("xmllint").arg("--version").output().is_err();
    let required = env::var("PENGATE_PEERS").is_ok_and(|value| value == "required");
    assert!(!missing || !required, "xmllint is missing");
    if missing {
        eprintln!("skipped: xmllint is missing");
        return;
    }
    let folder = env::temp_dir().join(format!("pengate-mlp-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    for (name, octets) in written() {
        let path = folder.join(name).with_extension("xml");
        fs::write(&path, octets).unwrap();
        let (valid, said) = is_valid(&path);
        assert!(valid, "{name}: {said}");
    }
    let broken = folder.join("broken.xml");
    fs::write(&broken, "<gem ver='3.4.0'><add_info/></gem>").unwrap();
    assert!(!is_valid(&broken).0, "an invalid document is noticed");
    fs::remove_dir_all(&folder).unwrap();
    for entry in fs::read_dir(Path::new(TESTS).join("data/mlp")).unwrap() {
        let (valid, said) = is_valid(&entry.unwrap().path());
        assert!(valid, "{said}");
    }
}
