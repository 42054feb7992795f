//! What an operator asks over HTTP.

use std::{
    collections::BTreeMap,
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use crate::gateway::{Gateway, PATIENCE};

/// Status and body of a GET.
pub fn get(gateway: &Gateway, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(gateway.admin).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, body.to_owned())
}

/// What `/api/presentities` knows of a URI.
pub fn presentity(gateway: &Gateway, uri: &str) -> Option<Value> {
    match get(gateway, &format!("/api/presentities/{uri}")) {
        (200, body) => Some(serde_json::from_str(&body).unwrap()),
        (404, _) => None,
        (status, body) => panic!("{status} {body}"),
    }
}

/// What `/api/feeds` tells of a feed.
pub fn feed(gateway: &Gateway, source: &str) -> Value {
    let (status, body) = get(gateway, "/api/feeds");
    assert_eq!(status, 200);
    let body: Value = serde_json::from_str(&body).unwrap();
    let mut feeds = body["feeds"].as_array().unwrap().iter();
    let found = feeds.find(|feed| feed["source"] == source);
    found
        .unwrap_or_else(|| panic!("no feed {source} in {body}"))
        .clone()
}

/// Every sample of `/metrics`, by its name with its labels as written.
pub fn metrics(gateway: &Gateway) -> BTreeMap<String, f64> {
    let (status, body) = get(gateway, "/metrics");
    assert_eq!(status, 200);
    let samples = body
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    samples
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        })
        .collect()
}

/// How often something was refused or not understood, by room and kind.
pub fn faults(gateway: &Gateway, room: &str, kind: &str) -> f64 {
    let name = format!("pengate_faults_total{{room=\"{room}\",kind=\"{kind}\"}}");
    metrics(gateway).get(&name).copied().unwrap_or(0.0)
}
