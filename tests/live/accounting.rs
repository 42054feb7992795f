//! Pk: what network elements tell over RADIUS reaches watchers.

use pengate_codecs::radius::{Builder, Code, Secret};

use crate::{
    gateway::{Gateway, PATIENCE, Setup, eventually},
    http::faults,
    pidf::{complaints, sessions},
    radius::{Client, SECRET, START, STOP, Session, now, radclient, server},
    sip::Party,
    support::peer,
};

#[test]
fn start_interim_and_stop_of_radclient_reach_a_watcher_as_valid_documents() {
    let (Some(_), Some(xmllint)) = (peer("radclient"), peer("xmllint")) else {
        return;
    };
    let gateway = Setup::default().with_ipv6().start();
    let mut documents = Vec::new();
    for (radius, sip) in gateway.radius.iter().zip(&gateway.sip) {
        let mut watcher = Party::udp(*sip, "bob");
        watcher.subscribe("sip:alice@ims.example", 600);
        documents.push(watcher.notified().document);
        assert_eq!(sessions(&documents[documents.len() - 1]), 0);
        let session = Session::of_alice(&format!("s-{radius}"));
        let tell = |status, more: &str| {
            let attributes = session.attributes(status) + more;
            let command = peer("radclient").unwrap();
            assert!(radclient(command, *radius, SECRET, &attributes), "{status}");
        };
        tell("Start", "");
        let seen = watcher.notified_until(|document| sessions(document) == 1);
        documents.extend(seen.into_iter().map(|one| one.document));
        tell("Interim-Update", "Acct-Session-Time = 10\n");
        tell("Stop", "3GPP-Session-Stop-Indicator = 0\n");
        let seen = watcher.notified_until(|document| sessions(document) == 0);
        documents.extend(seen.into_iter().map(|one| one.document));
    }
    assert!(documents.len() >= 6);
    assert_eq!(complaints(xmllint, &documents), "");
}

#[test]
fn a_request_under_a_wrong_secret_is_not_answered_but_counted() {
    let gateway = Gateway::start();
    let client = Client::new(server(&gateway));
    let mut packet = Vec::new();
    Builder::new(&mut packet, Code::AccountingRequest, 1)
        .integer(40, START)
        .attribute(44, b"s1")
        .finish_request(&[0; 16], &Secret::from("wrong"))
        .unwrap();
    client.send(&packet);
    eventually("the fault is counted", || {
        (faults(&gateway, "pk", "authenticator") == 1.0).then_some(())
    });
    // The next one is answered, and nothing before it was.
    let good = Session::of_alice("s1").request(START, 2, now());
    client.send(&good);
    assert!(client.is_answered(&good, PATIENCE));
}

#[test]
fn a_subscriber_is_reachable_until_the_last_of_its_sessions_ends() {
    let gateway = Gateway::start();
    let client = Client::new(server(&gateway));
    let mut watcher = Party::tcp(gateway.sip[0], "bob");
    watcher.subscribe("sip:alice@ims.example", 600);
    watcher.notified();
    let first = Session::of_alice("s1");
    let second = Session {
        nsapi: '6',
        ..Session::of_alice("s2")
    };
    let at = now();
    let mut identifier = 0;
    let mut tell = |session: &Session, status, at| {
        identifier += 1;
        let packet = session.request(status, identifier, at);
        client.send(&packet);
        assert!(client.is_answered(&packet, PATIENCE));
    };
    for (session, status, at, left) in [
        (&first, START, at, 1),
        (&second, START, at, 2),
        (&first, STOP, at + 1, 1),
        (&second, STOP, at + 2, 0),
    ] {
        tell(session, status, at);
        assert_eq!(sessions(&watcher.notified().document), left);
    }
}

#[test]
fn accounting_on_ends_the_sessions_of_its_network_element_only() {
    let Some(radclient) = peer("radclient") else {
        return;
    };
    let gateway = Gateway::start();
    let elsewhere = Session {
        nas: "ggsn2".to_owned(),
        nsapi: '6',
        ..Session::of_alice("s2")
    };
    let client = Client::new(server(&gateway));
    for (identifier, session) in [(1, Session::of_alice("s1")), (2, elsewhere)] {
        let packet = session.request(START, identifier, now() - 2);
        client.send(&packet);
        assert!(client.is_answered(&packet, PATIENCE));
    }
    let mut watcher = Party::udp(gateway.sip[0], "bob");
    watcher.subscribe("sip:alice@ims.example", 600);
    watcher.notified_until(|document| sessions(document) == 2);
    let on = "Acct-Status-Type = Accounting-On\nNAS-Identifier = \"ggsn1\"\n";
    assert!(crate::radius::radclient(
        radclient,
        gateway.radius[0],
        SECRET,
        on
    ));
    watcher.notified_until(|document| sessions(document) == 1);
}
