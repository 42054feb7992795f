//! What `pengate check --live` asks a running gateway, and how it shows the answer.

use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::{Map, Value};

use super::Failure;

/// How long the gateway may take for each answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Longest answer: thousands of peers.
const ANSWER_MAX: u64 = 64 << 20;

/// Asks the gateway whose administrative interface listens at `address`: how its feeds are, and
/// whether it is ready.
///
/// # Errors
/// [`Failure::Input`] when it does not answer.
pub(super) fn ask(address: SocketAddr) -> Result<(String, bool), Failure> {
    let address = reachable(address);
    let (status, ready) = get(address, "/readyz")?;
    let is_ready = status == 200;
    let (status, feeds) = get(address, "/api/feeds")?;
    if status != 200 {
        return Err(unanswered(address, &format!("status {status}")));
    }
    let state = match is_ready {
        true => "ready".to_owned(),
        false => format!("not ready: {}", words(&ready["reasons"])),
    };
    let text = format!("gateway at {address}: {state}\n{}", show(&feeds));
    Ok((text, is_ready))
}

/// Who listens on all addresses is reached by loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let loopback: IpAddr = match address {
        _ if !address.ip().is_unspecified() => return address,
        SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    SocketAddr::new(loopback, address.port())
}

fn unanswered(address: SocketAddr, why: &str) -> Failure {
    Failure::Input(format!("no gateway answers at {address}: {why}"))
}

/// Status and document of a GET.
fn get(address: SocketAddr, path: &str) -> Result<(u16, Value), Failure> {
    let answer =
        exchange(address, path).map_err(|error| unanswered(address, &error.to_string()))?;
    let not_ours = || unanswered(address, "not the answer of a gateway");
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(not_ours)?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(not_ours)?;
    let document = serde_json::from_str(body).map_err(|_| not_ours())?;
    Ok((status, document))
}

fn exchange(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(ANSWER_MAX).read_to_string(&mut answer)?;
    Ok(answer)
}

/// A line a feed, and below it a line each link and peer.
fn show(feeds: &Value) -> String {
    let mut text = String::new();
    for feed in feeds["feeds"].as_array().into_iter().flatten() {
        let connections = match feed["connections"].as_u64() {
            None | Some(0) => String::new(),
            Some(count) => format!("{count} connections, "),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "  {}  {connections}{}",
            word(&feed["source"]),
            traffic(feed)
        );
        for (kind, rows) in [("link", &feed["links"]), ("peer", &feed["peers"])] {
            for (name, row) in rows.as_object().unwrap_or(&Map::new()) {
                let _ = writeln!(
                    text,
                    "      {kind} {name}  {} since {}{}, {}",
                    word(&row["state"]),
                    word(&row["since"]),
                    row["peer"]
                        .as_str()
                        .map_or_else(String::new, |peer| format!(" ({peer})")),
                    traffic(row)
                );
            }
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn traffic(row: &Value) -> String {
    let way = |name: &str| {
        format!(
            "{name} {} ({}/s)",
            word(&row[name]),
            word(&row[format!("{name}_per_second")])
        )
    };
    let last = match &row["last"] {
        Value::String(last) => format!(", last {last}"),
        _ => String::new(),
    };
    let faults = row["faults"].as_object().into_iter().flatten();
    let faults: Vec<String> = faults
        .map(|(kind, count)| format!("{kind} {count}"))
        .collect();
    let faults = match faults.is_empty() {
        true => String::new(),
        false => format!(", faults: {}", faults.join(", ")),
    };
    format!("{}, {}{last}{faults}", way("received"), way("sent"))
}

fn word(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn words(value: &Value) -> String {
    let words = value.as_array().into_iter().flatten().map(word);
    words.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_feed_link_and_peer_has_its_line() {
        let row = |more: Value| {
            let mut row = json!({
                "received": 3, "received_per_second": 0.5, "sent": 2, "sent_per_second": 0.2,
                "last": "2026-03-01T10:00:00Z", "faults": {"command": 1, "time": 2},
            });
            let members = more.as_object().unwrap().clone();
            row.as_object_mut().unwrap().extend(members);
            row
        };
        let link =
            json!({"state": "open", "since": "2026-03-01T09:00:00Z", "peer": "192.0.2.2:3868"});
        let links = json!({"hss.ims.example": row(link)});
        let quiet = json!({
            "source": "pi", "received": 0, "received_per_second": 0.0, "sent": 0,
            "sent_per_second": 0.0, "last": null, "faults": {}, "links": {}, "peers": {},
        });
        let feeds = json!({"feeds": [
            row(json!({"source": "ph", "connections": 1, "links": links, "peers": {}})),
            quiet,
        ]});
        let figures = "received 3 (0.5/s), sent 2 (0.2/s), last 2026-03-01T10:00:00Z, \
            faults: command 1, time 2";
        assert_eq!(
            show(&feeds),
            format!(
                "  ph  1 connections, {figures}\n\
                 \x20     link hss.ims.example  open since 2026-03-01T09:00:00Z (192.0.2.2:3868), {figures}\n\
                 \x20 pi  received 0 (0.0/s), sent 0 (0.0/s)"
            )
        );
    }

    #[test]
    fn an_unspecified_address_is_asked_by_loopback() {
        for (listens, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("192.0.2.1:8080", "192.0.2.1:8080"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()), asked.parse().unwrap());
        }
    }

    #[test]
    fn nobody_s_answer_is_a_failure_that_names_the_address() {
        // Nobody listens on port 1 of this address.
        let failure = ask("127.0.0.1:1".parse().unwrap()).unwrap_err();
        assert!(failure.to_string().contains("127.0.0.1:1"), "{failure}");
    }
}
