//! The listener as a client sees it.

use std::{
    io::{Read, Write},
    net::TcpStream,
    sync::mpsc::{self, Receiver},
};

use super::*;
use crate::telemetry::{Metric, recorder};

struct Running {
    admin: Admin,
    requests: Receiver<AdminRequest>,
    woken: Receiver<()>,
    readiness: Readiness,
}

fn start(timeout: Duration) -> Running {
    let options = config::Admin {
        listen: "127.0.0.1:0".parse().unwrap(),
        timeout,
        waiting_max: 1,
        ..config::Admin::default()
    };
    let recorder = recorder().unwrap();
    metrics::with_local_recorder(&recorder, || {
        let labels = [("room", "pk"), ("outcome", "recorded")];
        metrics::counter!(Metric::Events.name(), &labels).increment(2);
    });
    let (waker, woken) = mpsc::channel();
    let wake: Wake = Arc::new(move || waker.send(()).unwrap());
    let readiness = Readiness::default();
    let (admin, requests) =
        Admin::start(&options, readiness.clone(), recorder.handle(), wake).unwrap();
    Running {
        admin,
        requests,
        woken,
        readiness,
    }
}

/// Status and body of a GET.
fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (
        head.split(' ').nth(1).unwrap().parse().unwrap(),
        body.to_owned(),
    )
}

#[test]
fn readiness_is_told_with_its_reasons() {
    let running = start(Duration::from_secs(30));
    let address = running.admin.address();
    assert_eq!(get(address, "/healthz"), (200, "ok\n".to_owned()));
    let recovering = r#"{"ready":false,"reasons":["recovering"]}"#;
    assert_eq!(get(address, "/readyz"), (503, recovering.to_owned()));
    running.readiness.set(Reason::Recovering, false);
    assert_eq!(
        get(address, "/readyz"),
        (200, r#"{"ready":true,"reasons":[]}"#.to_owned())
    );
    running.admin.stop();
    assert!(
        TcpStream::connect(address).is_err(),
        "nobody listens any more"
    );
}

#[test]
fn metrics_are_rendered_with_help_texts() {
    let running = start(Duration::from_secs(30));
    let (status, body) = get(running.admin.address(), "/metrics");
    assert_eq!(status, 200);
    assert!(
        body.contains("# HELP pengate_events_total Events told"),
        "{body}"
    );
    assert!(
        body.contains("pengate_events_total{room=\"pk\",outcome=\"recorded\"} 2"),
        "{body}"
    );
}

#[test]
fn the_gateway_is_asked_and_woken() {
    let running = start(Duration::from_secs(30));
    let address = running.admin.address();
    let gateway = thread::spawn(move || {
        for _ in 0..3 {
            running.woken.recv().unwrap();
            match running.requests.recv().unwrap() {
                AdminRequest::Feeds { reply } => {
                    reply.send(serde_json::json!([{ "room": "pk" }])).unwrap();
                }
                AdminRequest::Presentity { uri, reply } => {
                    let known = uri == "sip:alice@ims.example";
                    reply
                        .send(known.then(|| serde_json::json!({ "uri": uri })))
                        .unwrap();
                }
            }
        }
    });
    assert_eq!(
        get(address, "/api/feeds"),
        (200, r#"[{"room":"pk"}]"#.to_owned())
    );
    assert_eq!(
        get(address, "/api/presentities/sip%3Aalice%40ims.example"),
        (200, r#"{"uri":"sip:alice@ims.example"}"#.to_owned())
    );
    let (status, body) = get(address, "/api/presentities/sip:carol@ims.example");
    assert_eq!(status, 404, "{body}");
    gateway.join().unwrap();
}

#[test]
fn a_gateway_that_does_not_answer_costs_the_client_its_request_only() {
    let running = start(Duration::from_millis(1));
    let address = running.admin.address();
    let late = r#"{"error":"the gateway did not answer in time"}"#;
    assert_eq!(get(address, "/api/feeds"), (503, late.to_owned()));
    let busy = r#"{"error":"too many requests wait for the gateway"}"#;
    assert_eq!(get(address, "/api/feeds"), (503, busy.to_owned()));
    drop(running.requests.recv().unwrap());
    assert_eq!(
        get(address, "/nothing"),
        (404, r#"{"error":"no such path"}"#.to_owned())
    );
}
