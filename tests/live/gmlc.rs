//! A location server of the tests' own: its HTTP is hyper's, its answers are the test's.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::Instant,
};

use axum::{Router, extract::State, http::StatusCode};
use tokio::{runtime, sync::oneshot};

/// What is answered to a document: status and body.
type Answer = Box<dyn FnMut(&str) -> (u16, String) + Send>;

struct Script {
    asked: Vec<(Instant, String)>,
    answer: Answer,
}

/// A server at work on a port of its own, until it is dropped.
pub struct Gmlc {
    /// Where it listens.
    pub address: SocketAddr,
    script: Arc<Mutex<Script>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Gmlc {
    /// Answers every document with what `answer` makes of it.
    pub fn start(answer: impl FnMut(&str) -> (u16, String) + Send + 'static) -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap(), answer)
    }

    /// The same at an address, as after a restart.
    pub fn start_at(
        address: SocketAddr,
        answer: impl FnMut(&str) -> (u16, String) + Send + 'static,
    ) -> Self {
        let script = Arc::new(Mutex::new(Script {
            asked: Vec::new(),
            answer: Box::new(answer),
        }));
        let listener = TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Router::new()
            .fallback(answer_to)
            .with_state(Arc::clone(&script));
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let service = axum::serve(listener, router);
                tokio::select! {
                    served = service => served.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            script,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// From now on answers otherwise.
    pub fn answers(&self, answer: impl FnMut(&str) -> (u16, String) + Send + 'static) {
        self.script.lock().unwrap().answer = Box::new(answer);
    }

    /// What it was asked so far, and when.
    pub fn asked(&self) -> Vec<(Instant, String)> {
        self.script.lock().unwrap().asked.clone()
    }
}

impl Drop for Gmlc {
    fn drop(&mut self) {
        // Every connection ends with the runtime.
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn answer_to(
    State(script): State<Arc<Mutex<Script>>>,
    body: String,
) -> (StatusCode, [(&'static str, &'static str); 1], String) {
    let mut script = script.lock().unwrap();
    script.asked.push((Instant::now(), body.clone()));
    let (status, answer) = (script.answer)(&body);
    let status = StatusCode::from_u16(status).unwrap();
    (
        status,
        [("content-type", "text/xml; charset=utf-8")],
        answer,
    )
}

/// A server that hears one request, says `begun` of an answer and is gone. Gives its address, and
/// what it heard once it is over.
pub fn that_dies(begun: &'static str) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = Vec::new();
        let mut octets = [0; 4096];
        while !heard.ends_with(b"</svc_init>") {
            let length = stream.read(&mut octets).unwrap();
            assert!(length > 0, "the request ends before its document");
            heard.extend_from_slice(&octets[..length]);
        }
        stream.write_all(begun.as_bytes()).unwrap();
        String::from_utf8(heard).unwrap()
    });
    (address, heard)
}

/// A document of a location server in version 3.4.
pub fn result(body: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <!DOCTYPE svc_result SYSTEM \"MLP_SVC_RESULT_340.DTD\">\n\
         <svc_result ver=\"3.4.0\">{body}</svc_result>"
    )
}

/// An answer: alice is in a shape, at a time as the protocol writes it.
pub fn slia(time: &str, shape: &str) -> String {
    result(&format!(
        "<slia ver=\"3.4.0\"><pos pos_method=\"A-GPS\"><msid type=\"MSISDN\">99900000001</msid>\
         <pd><time utc_off=\"+0000\">{time}</time><shape>{shape}</shape></pd></pos></slia>"
    ))
}

/// An answer without a position.
pub fn refusal(code: u32) -> String {
    result(&format!(
        "<slia ver=\"3.4.0\"><result resid=\"{code}\">AS NUMBERED</result></slia>"
    ))
}

/// The point that all shapes are about.
pub const CORNER: &str = "<coord><X>30 27 45.3N</X><Y>45 25 52.9E</Y></coord>";

/// A circle around it.
pub fn circle(radius: u32) -> String {
    format!(
        "<CircularArea srsName=\"www.epsg.org#4326\">{CORNER}<radius>{radius}</radius></CircularArea>"
    )
}
