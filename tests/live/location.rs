//! The location server's feed: from a watcher's SUBSCRIBE to a request, and from the answer to NOTIFY.

use std::{
    fs,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use pengate_codecs::Stamp;
use serde_json::{Value, json};

use crate::{
    gateway::{Gateway, Setup, eventually},
    gmlc::{self, CORNER, Gmlc, circle, refusal, result, slia},
    http::{faults, feed, get, presentity},
    pidf::complaints,
    recording::assert_exact,
    sip::Party,
    support::peer,
};

const ALICE: &str = "sip:alice@ims.example";
const SHOWN: &str = "server.compose.show_location=true";
/// As often as there is anything to ask for.
const EAGER: [&str; 5] = [
    "pl.max_age=50ms",
    "pl.subscriber_interval=50ms",
    "pl.refusal_interval=200ms",
    "pl.retry_first=50ms",
    "pl.retry_max=200ms",
];

/// A time so far ahead that a position of it was taken when it arrives, whatever was told before.
fn time() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let secs = i64::try_from(now.as_secs()).unwrap() + 30;
    let digits = Stamp::from_secs(secs).to_string();
    let digits = digits.split('Z').next().unwrap();
    digits.chars().filter(char::is_ascii_digit).collect()
}

fn here(radius: u32) -> impl FnMut(&str) -> (u16, String) + Send {
    move |_| (200, slia(&time(), &circle(radius)))
}

fn server(gmlc: &Gmlc) -> String {
    format!(
        "pl.servers=[{{name=\"gmlc1\",address=\"{}\"}}]",
        gmlc.address
    )
}

/// A gateway that asks `gmlc` as often as it can.
fn eager(gmlc: &Gmlc) -> Gateway {
    let setup = Setup::default().set(SHOWN).set(server(gmlc));
    EAGER.into_iter().fold(setup, Setup::set).start()
}

fn document(gateway: &Gateway) -> String {
    let known = presentity(gateway, ALICE).unwrap();
    known["document"].as_str().unwrap().to_owned()
}

/// Waits until the server was asked `more` times more.
fn await_requests(gmlc: &Gmlc, more: usize) {
    let wanted = gmlc.asked().len() + more;
    eventually("the server is asked", || {
        (gmlc.asked().len() >= wanted).then_some(())
    });
}

#[test]
fn a_watcher_makes_the_server_be_asked_and_sees_the_place() {
    let gmlc = Gmlc::start(here(570));
    let server = server(&gmlc);
    let setup = Setup::default().set(SHOWN).set(&server);
    let mut gateway = setup.recorded().start();
    assert_eq!(gmlc.asked().len(), 0, "nobody watches");
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    let seen = watcher.notified_until(|document| document.contains("Circle"));
    let [(_, asked)] = &gmlc.asked()[..] else {
        panic!("{:?}", gmlc.asked());
    };
    for part in ["<slir ", "type=\"MSISDN\" enc=\"ASC\">99900000001</msid>"] {
        assert!(asked.contains(part), "{asked}");
    }
    let last = seen.last().unwrap().document.clone();
    for part in ["<gml:pos>30.46", ">570</gs:radius>", ">A-GPS</gp:method>"] {
        assert!(last.contains(part), "{part} in {last}");
    }
    if let Some(xmllint) = peer("xmllint") {
        assert_eq!(complaints(xmllint, std::slice::from_ref(&last)), "");
    }
    let port = format!("tcp.port=={},http", gmlc.address.port());
    let seen = [(ALICE.to_owned(), vec![last])].into();
    assert_exact(&mut gateway, &seen, &[SHOWN, &server], &[port]);
}

#[test]
fn who_may_not_see_the_place_makes_nobody_be_asked() {
    let gmlc = Gmlc::start(here(570));
    let setup = Setup::default().set(server(&gmlc));
    let gateway = EAGER.into_iter().fold(setup, Setup::set).start();
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    watcher.notified();
    // Long enough for dozens of requests.
    assert!(watcher.notified_within(Duration::from_secs(2)).is_none());
    assert_eq!(gmlc.asked().len(), 0);
}

#[test]
fn watchers_who_come_together_cost_one_request_and_requests_keep_their_distance() {
    const INTERVAL: Duration = Duration::from_secs(2);
    let gmlc = Gmlc::start(here(570));
    let settings = [SHOWN, "pl.max_age=10ms", "pl.subscriber_interval=2s"];
    let setup = Setup::default().set(server(&gmlc));
    let gateway = settings.into_iter().fold(setup, Setup::set).start();
    let mut watchers = ["bob", "carol", "dave"].map(|user| Party::udp(gateway.sip[0], user));
    let before = Instant::now();
    for watcher in &mut watchers {
        watcher.subscribe(ALICE, 600);
    }
    for watcher in &mut watchers {
        watcher.notified_until(|document| document.contains("Circle"));
    }
    // Whatever is answered.
    gmlc.answers(|_| (500, String::new()));
    await_requests(&gmlc, 2);
    for (number, (at, _)) in (0..).zip(gmlc.asked()) {
        // What is slow makes it later, never earlier: of two requests the first may have been on its
        // way for longer, but none was made before the watchers came.
        let least = INTERVAL * number;
        let elapsed = at.duration_since(before);
        // The gateway's clock is another one, which may be set meanwhile.
        assert!(elapsed + Duration::from_millis(100) > least, "{elapsed:?}");
    }
}

/// The server's link as the feed shows it.
fn link(gateway: &Gateway) -> Value {
    feed(gateway, "pl")["links"]["gmlc1"].clone()
}

#[test]
fn the_server_s_link_tells_each_state_its_traffic_and_its_faults() {
    let gmlc = Gmlc::start(here(570));
    let gateway = eager(&gmlc);
    let shown = link(&gateway);
    assert_eq!(
        (&shown["state"], &shown["sent"]),
        (&"down".into(), &0.into())
    );
    assert!(shown["last_sent"].is_null(), "{shown}");
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    watcher.notified_until(|document| document.contains("Circle"));
    let address = gmlc.address.to_string();
    let changed = |from: &str, state: &str| {
        json!({
            "message": "Link changed.", "room": "pl", "link": "gmlc1", "peer": address,
            "from": from, "state": state,
        })
    };
    gateway.says(&changed("down", "connecting"));
    gateway.says(&changed("connecting", "up"));
    let shown = link(&gateway);
    assert_eq!(
        (&shown["state"], &shown["peer"]),
        (&"up".into(), &json!(address))
    );
    for (count, last) in [("received", "last"), ("sent", "last_sent")] {
        assert!(shown[count].as_u64().unwrap() > 0, "{shown}");
        assert!(shown[last].is_string(), "{shown}");
    }
    assert_eq!(shown["faults"], json!({}));
    gmlc.answers(|_| (503, String::new()));
    gateway.says(&changed("up", "paused"));
    gateway.says(&changed("paused", "up"));
    eventually("the fault is shown", || {
        let faults = &link(&gateway)["faults"];
        faults["http-unavailable"]
            .as_u64()
            .filter(|count| *count > 0)
    });
    assert_eq!(feed(&gateway, "pl")["peers"], json!({}), "it is the link's");
}

/// Every shape, and what stands for it in a document.
fn shapes() -> Vec<(String, &'static str)> {
    let polygon = "<outerBoundaryIs><LinearRing><coord><X>30 24 00N</X><Y>45 24 00E</Y></coord>\
        <coord><X>30 27 36N</X><Y>45 24 00E</Y></coord>\
        <coord><X>30 27 36N</X><Y>45 27 36E</Y></coord></LinearRing></outerBoundaryIs>";
    let line =
        format!("<LineString>{CORNER}<coord><X>30 28 00N</X><Y>45 26 00E</Y></coord></LineString>");
    let ellipse = format!(
        "<EllipticalArea>{CORNER}<angle>240</angle><semiMajor>150</semiMajor>\
         <semiMinor>275</semiMinor></EllipticalArea>"
    );
    let arc = format!(
        "<CircularArcArea>{CORNER}<inRadius>280</inRadius><outRadius>360</outRadius>\
         <startAngle>5</startAngle><stopAngle>240</stopAngle></CircularArcArea>"
    );
    let corners = "<coord><X>30 24 00N</X><Y>45 24 00E</Y></coord>\
        <coord><X>30 27 36N</X><Y>45 27 36E</Y></coord>";
    vec![
        (format!("<Point>{CORNER}</Point>"), "<gml:Point"),
        (circle(571), "<gs:Circle"),
        (ellipse, "<gs:Ellipse"),
        (arc, "<gs:ArcBand"),
        (format!("<Polygon>{polygon}</Polygon>"), "<gml:Polygon"),
        (circle(572), "<gs:Circle"),
        (format!("<Box>{corners}</Box>"), "<gml:Polygon"),
        (line.clone(), "<gs:Circle"),
        (format!("<Point>{CORNER}</Point>"), "<gml:Point"),
        (
            format!("<MultiLineString>{line}</MultiLineString>"),
            "<gs:Circle",
        ),
        (format!("<Polygon>{polygon}</Polygon>"), "<gml:Polygon"),
        (
            format!("<MultiPoint><Point>{CORNER}</Point></MultiPoint>"),
            "<gml:Point",
        ),
        (
            format!("<MultiPolygon><Box>{corners}</Box></MultiPolygon>"),
            "<gs:Circle",
        ),
    ]
}

#[test]
fn every_shape_is_shown_in_its_form() {
    let gmlc = Gmlc::start(|_| (200, refusal(6)));
    let gateway = eager(&gmlc);
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    let mut seen = Vec::new();
    for (shape, element) in shapes() {
        gmlc.answers(move |_| (200, slia(&time(), &shape)));
        let shown = watcher.notified_until(|document| document.contains(element));
        seen.extend(shown.into_iter().map(|one| one.document));
    }
    if let Some(xmllint) = peer("xmllint") {
        assert_eq!(complaints(xmllint, &seen), "");
    }
}

#[test]
fn results_that_forbid_take_the_place_away_at_once_and_others_leave_it() {
    let gmlc = Gmlc::start(here(570));
    let gateway = eager(&gmlc);
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    watcher.notified_until(|document| document.contains("Circle"));
    let codes = [
        1, 2, 3, 4, 5, 6, 7, 10, 101, 103, 104, 105, 106, 107, 108, 109, 110, 111, 112, 113, 114,
        201, 203, 207, 208, 500, 603, 999,
    ];
    for code in codes {
        gmlc.answers(move |_| (200, refusal(code)));
        await_requests(&gmlc, 2);
        assert!(document(&gateway).contains("Circle"), "{code}");
    }
    for (code, radius) in [(202, 571), (204, 572)] {
        gmlc.answers(move |_| (200, refusal(code)));
        watcher.notified_until(|document| !document.contains("Circle"));
        gmlc.answers(here(radius));
        watcher.notified_until(|document| document.contains(&format!(">{radius}<")));
    }
    // Of a subscriber within an answer, too.
    gmlc.answers(|_| {
        let error = format!(
            "<slia ver=\"3.4.0\"><pos><msid>99900000001</msid><poserr><result resid=\"202\">NO\
             </result><time>{}</time></poserr></pos></slia>",
            time()
        );
        (200, result(&error))
    });
    watcher.notified_until(|document| !document.contains("Circle"));
    for kind in ["server", "request", "network", "other"] {
        assert!(
            faults(&gateway, "pl", &format!("result-{kind}")) > 0.0,
            "{kind}"
        );
    }
}

#[test]
fn answers_that_are_none_are_faults_and_the_server_is_asked_again() {
    static ASKED: AtomicU32 = AtomicU32::new(0);
    let gmlc = Gmlc::start(here(570));
    let gateway = eager(&gmlc);
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    watcher.notified_until(|document| document.contains("Circle"));
    let entity = result("<slia ver=\"3.4.0\">&place;</slia>").replace(
        "\"MLP_SVC_RESULT_340.DTD\">",
        "\"x\" [<!ENTITY place \"here\">]>",
    );
    let subset = slia(&time(), &circle(571)).replace(
        "\"MLP_SVC_RESULT_340.DTD\">",
        "\"x\" [<!ENTITY % extension SYSTEM \"ext.dtd\"> %extension;]>",
    );
    for (status, body, kind) in [
        (200, "<svc_result".to_owned(), "not-well-formed"),
        (200, "<html/>".to_owned(), "root"),
        (200, result("<new_service/>"), "service"),
        (200, entity, "doctype"),
        (200, result("<slia ver=\"3.4.0\">&place;</slia>"), "entity"),
        (200, " ".repeat(300_000) + &result(""), "http-body-too-long"),
        (
            200,
            result("<slia ver=\"3.4.0\"><pos/></slia>"),
            "missing-element",
        ),
        (
            200,
            result("<slia ver=\"3.4.0\"><req_id>7</req_id></slia>"),
            "service",
        ),
        (404, String::new(), "http-status"),
        (401, String::new(), "http-unauthorized"),
        (503, String::new(), "http-unavailable"),
    ] {
        ASKED.store(0, Ordering::Relaxed);
        gmlc.answers(move |_| {
            ASKED.fetch_add(1, Ordering::Relaxed);
            (status, body.clone())
        });
        await_requests(&gmlc, 2);
        assert!(
            faults(&gateway, "pl", kind) > 0.0,
            "{kind} in {}",
            get(&gateway, "/api/feeds").1
        );
        assert!(document(&gateway).contains("Circle"), "{kind}");
    }
    // A document type with a subset that declares no general entity is read over.
    gmlc.answers(move |_| (200, subset.clone()));
    watcher.notified_until(|document| document.contains(">571<"));
}

#[test]
fn a_server_that_is_lost_in_the_middle_of_an_answer_is_asked_anew() {
    for begun in ["", "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n<svc_re"] {
        let (address, heard) = gmlc::that_dies(begun);
        let server = format!("pl.servers=[{{name=\"gmlc1\",address=\"{address}\"}}]");
        let setup = Setup::default().set(SHOWN).set(server);
        let gateway = EAGER.into_iter().fold(setup, Setup::set).start();
        let mut watcher = Party::udp(gateway.sip[0], "bob");
        watcher.subscribe(ALICE, 600);
        assert!(heard.join().unwrap().contains("<slir "));
        let _gmlc = Gmlc::start_at(address, here(570));
        watcher.notified_until(|document| document.contains("Circle"));
        assert!(faults(&gateway, "pl", "connection-lost") > 0.0);
    }
}

/// Pushes a document with curl; gives status and body of the answer.
fn push(gateway: &Gateway, arguments: &[&str], document: &str) -> Option<(u16, String)> {
    let text = curl(gateway, arguments, document)?;
    let (body, status) = text.rsplit_once('\n').unwrap();
    Some((status.parse().unwrap(), body.to_owned()))
}

/// The same; gives what curl is asked to write.
fn curl(gateway: &Gateway, arguments: &[&str], document: &str) -> Option<String> {
    let mut curl: Command = peer("curl")?;
    let file = gateway.folder().join("pushed.xml");
    fs::write(&file, document).unwrap();
    let listener = gateway.listening("mlp")[0];
    let output = curl
        .args([
            "--silent",
            "--max-time",
            "60",
            "--write-out",
            "\n%{http_code}",
        ])
        .args(["--header", "Content-Type: text/xml", "--data-binary"])
        .arg(format!("@{}", file.display()))
        .arg(format!("http://{listener}/"))
        .args(arguments)
        .output()
        .unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

fn slrep(radius: u32) -> String {
    result(&format!(
        "<hdr ver=\"3.4.0\"><client><id>gmlc1</id><pwd>secret</pwd></client></hdr>\
         <slrep ver=\"3.4.0\"><pos><msid type=\"SIP_URI\">{ALICE}</msid><pd><time>{}</time>\
         <shape>{}</shape></pd></pos></slrep>",
        time(),
        circle(radius)
    ))
}

const PUSHED: [&str; 3] = [
    SHOWN,
    "pl.listen=127.0.0.1:0",
    "pl.servers=[{name=\"gmlc1\",address=\"127.0.0.1:1\",push_client=\"gmlc1\",push_password=\"secret\"}]",
];

#[test]
fn reports_that_are_pushed_are_answered_and_shown() {
    let setup = PUSHED.into_iter().fold(Setup::default(), Setup::set);
    let mut gateway = setup.recorded().start();
    let Some((status, body)) = push(&gateway, &[], &slrep(570)) else {
        return;
    };
    assert_eq!(status, 200);
    assert!(
        body.contains("<slra") && body.contains("resid=\"0\""),
        "{body}"
    );
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe(ALICE, 600);
    assert!(watcher.notified().document.contains(">570<"));
    let triggered = slrep(571)
        .replace(
            "<slrep ver=\"3.4.0\"><pos>",
            "<tlrep ver=\"3.4.0\"><req_id>7</req_id><trl_pos trl_trigger=\"PERIODIC\">",
        )
        .replace("</pos></slrep>", "</trl_pos></tlrep>");
    assert_eq!(push(&gateway, &[], &triggered), Some((200, String::new())));
    let document = watcher.notified().document;
    assert!(document.contains(">571<"), "{document}");
    let seen = [(ALICE.to_owned(), vec![document])].into();
    let port = format!("tcp.port=={},http", gateway.listening("mlp")[0].port());
    assert_exact(&mut gateway, &seen, &PUSHED, &[port]);
}

#[test]
fn what_is_pushed_and_is_no_report_is_answered_as_the_protocol_says() {
    let setup = PUSHED.into_iter().fold(Setup::default(), Setup::set);
    let gateway = setup.start();
    let good = slrep(570);
    let wrong_password = good.replace("secret", "guessed");
    let entity = good.replace("\"MLP_SVC_RESULT_340.DTD\">", "\"x\" [<!ENTITY e \"\">]>");
    let large = good.replace("<svc_result", &(" ".repeat(300_000) + "<svc_result"));
    let chunked: &[&str] = &["--header", "Transfer-Encoding: chunked"];
    for (arguments, document, expected) in [
        (&[][..], "<svc_result", (400, "resid=\"106\"")),
        (&[], "", (400, "resid=\"106\"")),
        (&[], "<html/>", (404, "resid=\"108\"")),
        (
            &[],
            &result("<new_service ver=\"3.4.0\"/>"),
            (404, "resid=\"108\""),
        ),
        (&[], &good.replace("3.4.0", "4.0.0"), (400, "resid=\"103\"")),
        (&[], &entity, (400, "resid=\"106\"")),
        (&[], &large, (413, "")),
        (&[], &wrong_password, (403, "")),
        (&["--request", "PUT"], &good, (405, "")),
        (&["--request-target", "/elsewhere"], &good, (404, "")),
        (
            &["--request-target", "http://192.0.2.1/"],
            &good,
            (200, "resid=\"0\""),
        ),
        (&["--header", "Content-Length: 20, 30"], &good, (400, "")),
        (chunked, &good, (200, "resid=\"0\"")),
    ] {
        let Some((status, body)) = push(&gateway, arguments, document) else {
            return;
        };
        assert_eq!(status, expected.0, "{arguments:?} {document:.300}: {body}");
        assert!(body.contains(expected.1), "{body}");
    }
    for kind in ["http-method", "http-target"] {
        assert!(faults(&gateway, "pl", kind) > 0.0, "{kind}");
    }
}

#[test]
fn what_is_no_report_does_not_end_the_connection() {
    let setup = PUSHED.into_iter().fold(Setup::default(), Setup::set);
    let gateway = setup.start();
    let listener = format!("http://{}/", gateway.listening("mlp")[0]);
    let good = gateway.folder().join("good.xml");
    fs::write(&good, slrep(570)).unwrap();
    let good = format!("@{}", good.display());
    let again = [
        "--next",
        "--silent",
        "--write-out",
        "\n%{http_code} %{num_connects}",
        "--data-binary",
        &good,
        &listener,
    ];
    let Some(said) = curl(&gateway, &again, "<html/>") else {
        return;
    };
    assert!(said.contains("resid=\"108\""), "{said}");
    assert!(said.contains("resid=\"0\""), "{said}");
    // No further connection was made for the second.
    assert!(said.ends_with("\n200 0"), "{said}");
}
