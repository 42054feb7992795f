use std::time::Duration;

use pengate_codecs::sip::Name;

use crate::server::testing::*;

fn initial(bench: &mut Bench) -> String {
    let answer = bench.ask(&publish(1, "Expires: 600\n", &document("alice", "one")));
    assert_eq!(status(&answer), 200, "{answer}");
    header(&answer, Name::SipEtag)
}

#[test]
fn a_publication_is_answered_with_a_tag_and_its_lifetime() {
    let mut bench = Bench::new();
    let answer = bench.ask(&publish(1, "Expires: 600\n", &document("alice", "one")));
    assert_eq!(status(&answer), 200);
    assert_eq!(header(&answer, Name::SipEtag).len(), 32);
    assert_eq!(header(&answer, Name::Expires), "600");
    assert_eq!(header(&answer, Name::CallId), "publication@127.0.0.1");
    assert!(header(&answer, Name::Via).starts_with("SIP/2.0/UDP 127.0.0.1:5070"));
    assert!(!to_tag(&answer).is_empty());
}

#[test]
fn nothing_is_answered_or_shown_before_the_record_is_durable() {
    let mut bench = Bench::new();
    bench.send(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    bench.settle = false;
    let number = bench.send(&publish(1, "", &document("alice", "one")));
    assert_eq!(bench.answer(number), None);
    assert!(bench.notified().is_empty());
    bench.settle_one();
    assert!(bench.answer(number).is_some());
    assert!(body(&bench.one_notify()).contains("<note>one</note>"));
}

#[test]
fn a_record_that_the_log_refuses_is_answered_503_and_changes_nothing() {
    let mut bench = Bench::new();
    bench.settle = false;
    let number = bench.send(&publish(1, "", &document("alice", "one")));
    bench.refuse_one();
    let answer = bench.answer(number).unwrap();
    assert_eq!(
        (status(&answer), header(&answer, Name::RetryAfter)),
        (503, "5".to_owned())
    );
    assert_eq!(bench.said.faults, ["log-refused"]);
    assert_eq!(rows(&bench.shard), (0, 0));
}

#[test]
fn a_refresh_gives_a_new_tag_and_tells_watchers_nothing() {
    let mut bench = Bench::new();
    let first = initial(&mut bench);
    bench.send(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    let answer = bench.ask(&publish(2, &format!("SIP-If-Match: {first}\n"), ""));
    assert_eq!(status(&answer), 200);
    assert_ne!(header(&answer, Name::SipEtag), first);
    assert_eq!(header(&answer, Name::Expires), "3600");
    assert!(bench.notified().is_empty());
}

#[test]
fn a_modification_replaces_the_document_and_is_shown() {
    let mut bench = Bench::new();
    let first = initial(&mut bench);
    bench.send(&subscribe("bob", 1, "", ""));
    assert!(body(&bench.one_notify()).contains("<note>one</note>"));
    let change = publish(
        2,
        &format!("SIP-If-Match: {first}\n"),
        &document("alice", "two"),
    );
    assert_eq!(status(&bench.ask(&change)), 200);
    let shown = body(&bench.one_notify());
    assert!(shown.contains("<note>two</note>") && !shown.contains("<note>one</note>"));
}

#[test]
fn a_removal_takes_the_document_away() {
    let mut bench = Bench::new();
    let first = initial(&mut bench);
    bench.send(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    let removal = publish(2, &format!("SIP-If-Match: {first}\nExpires: 0\n"), "");
    let answer = bench.ask(&removal);
    assert_eq!(
        (status(&answer), header(&answer, Name::Expires)),
        (200, "0".to_owned())
    );
    assert!(!body(&bench.one_notify()).contains("<note>"));
    let again = publish(3, &format!("SIP-If-Match: {first}\n"), "");
    assert_eq!(status(&bench.ask(&again)), 412);
}

#[test]
fn an_expired_publication_is_gone_and_watchers_are_told() {
    let mut bench = Bench::new();
    let first = initial(&mut bench);
    bench.send(&subscribe("bob", 1, "", ""));
    bench.one_notify();
    bench.pass(Duration::from_secs(599));
    assert!(bench.notified().is_empty());
    bench.pass(Duration::from_secs(1));
    assert!(!body(&bench.one_notify()).contains("<note>"));
    let late = publish(2, &format!("SIP-If-Match: {first}\n"), "");
    assert_eq!(status(&bench.ask(&late)), 412);
}

#[test]
fn a_refreshed_publication_lives_on() {
    let mut bench = Bench::new();
    let first = initial(&mut bench);
    bench.pass(Duration::from_secs(500));
    let refresh = publish(2, &format!("SIP-If-Match: {first}\nExpires: 600\n"), "");
    assert_eq!(status(&bench.ask(&refresh)), 200);
    bench.pass(Duration::from_secs(500));
    let document = bench.shard.document("sip:alice@ims.example").unwrap();
    assert!(
        document["document"]
            .as_str()
            .unwrap()
            .contains("<note>one</note>")
    );
}

#[test]
fn two_publications_stand_side_by_side() {
    let mut bench = Bench::new();
    initial(&mut bench);
    let other = document("alice", "two")
        .replace("\"im\"", "\"sms\"")
        .replace("<contact>sip:", "<contact>im:");
    assert_eq!(status(&bench.ask(&publish(2, "", &other))), 200);
    bench.send(&subscribe("bob", 1, "", ""));
    let shown = body(&bench.one_notify());
    assert!(shown.contains("<note>one</note>") && shown.contains("<note>two</note>"));
}

#[test]
fn a_request_behind_another_on_the_same_publication_waits_for_it() {
    let mut bench = Bench::new();
    let first = initial(&mut bench);
    bench.settle = false;
    let condition = format!("SIP-If-Match: {first}\n");
    let change = bench.send(&publish(2, &condition, &document("alice", "two")));
    let late = bench.send(&publish(3, &condition, &document("alice", "three")));
    assert_eq!((bench.answer(change), bench.answer(late)), (None, None));
    bench.settle_one();
    assert_eq!(status(&bench.answer(change).unwrap()), 200);
    // The tag was replaced by the change before it.
    assert_eq!(status(&bench.answer(late).unwrap()), 412);
}

#[test]
fn a_removal_without_a_publication_stores_nothing() {
    let mut bench = Bench::new();
    let answer = bench.ask(&publish(1, "Expires: 0\n", &document("alice", "one")));
    assert_eq!(
        (status(&answer), header(&answer, Name::Expires)),
        (200, "0".to_owned())
    );
    assert_eq!(bench.durable.len(), 0);
}

#[test]
fn refusals_come_in_the_order_of_the_specification() {
    let mut bench = Bench::with(|options| options.publication_bytes_max = 1_000);
    let body = document("alice", "one");
    let good = publish(1, "", &body);
    let long = document("alice", &"x".repeat(1_000));
    let cases = [
        (
            good.replace("PUBLISH sip:alice@ims", "PUBLISH sip:alice@elsewhere"),
            404,
        ),
        (good.replace("Event: presence\n", "Event: dialog\n"), 489),
        (good.replace("Event: presence\n", ""), 489),
        (good.replace("From: <sip:alice", "From: <sip:bob"), 403),
        (publish(1, "Require: 100rel\n", &body), 420),
        (publish(1, "SIP-If-Match: a, b\n", &body), 400),
        (publish(1, "SIP-If-Match: a\nSIP-If-Match: b\n", &body), 400),
        (publish(1, "SIP-If-Match: abc\n", &body), 412),
        (publish(1, "Expires: 1\n", &body), 423),
        (publish(1, "Expires: soon\n", &body), 400),
        (publish(1, "", ""), 400),
        (good.replace("pidf+xml", "sdp"), 415),
        (publish(1, "Content-Encoding: gzip\n", &body), 415),
        (publish(1, "", &long), 413),
        (publish(1, "", "<presence"), 400),
        (publish(1, "", &document("bob", "one")), 403),
    ];
    for (request, expected) in cases {
        let answer = bench.ask(&request);
        assert_eq!(status(&answer), expected, "{request}\n{answer}");
    }
    assert_eq!(bench.durable.len(), 0);
}

#[test]
fn a_refusal_says_what_would_be_taken() {
    let mut bench = Bench::new();
    let body = document("alice", "one");
    let good = publish(1, "", &body);
    let answer = bench.ask(&good.replace("Event: presence\n", "Event: dialog\n"));
    assert_eq!(header(&answer, Name::AllowEvents), "presence");
    let answer = bench.ask(&publish(1, "Expires: 1\n", &body));
    assert_eq!(header(&answer, Name::MinExpires), "60");
    let answer = bench.ask(&good.replace("pidf+xml", "sdp"));
    assert_eq!(header(&answer, Name::Accept), "application/pidf+xml");
    let answer = bench.ask(&publish(1, "", "<presence"));
    assert!(header(&answer, Name::Warning).starts_with("399 pengate \""));
    let answer = bench.ask(&publish(1, "Require: 100rel, x\n", &body));
    assert_eq!(header(&answer, Name::Unsupported), "100rel");
}

#[test]
fn a_peer_that_is_not_trusted_publishes_nothing() {
    let mut bench = Bench::new();
    bench.peer.peer = "192.0.2.1:5060".parse().unwrap();
    let answer = bench.ask(&publish(1, "", &document("alice", "one")));
    assert_eq!(status(&answer), 403);
}

#[test]
fn the_asserted_identity_counts_before_from() {
    let mut bench = Bench::new();
    let body = document("alice", "one");
    let asserted = publish(1, "P-Asserted-Identity: <sip:alice@ims.example>\n", &body);
    let asserted = asserted.replace("From: <sip:alice", "From: <sip:anonymous");
    assert_eq!(status(&bench.ask(&asserted)), 200);
    let other = publish(2, "P-Asserted-Identity: <sip:bob@ims.example>\n", &body);
    assert_eq!(status(&bench.ask(&other)), 403);
}

#[test]
fn others_may_publish_when_the_operator_lets_them() {
    let mut bench = Bench::with(|options| options.third_party_publication = true);
    let request = publish(1, "", &document("alice", "one"));
    let request = request.replace("From: <sip:alice", "From: <sip:calendar");
    assert_eq!(status(&bench.ask(&request)), 200);
}

#[test]
fn an_alias_may_be_published_under_and_be_the_entity() {
    let mut bench = Bench::new();
    let uris = ["sip:alice@ims.example".into(), "tel:+99900000001".into()];
    bench
        .shard
        .directory()
        .provision(&uris, crate::server::compose::Identities::default());
    let body = document("alice", "one").replace(
        "entity=\"sip:alice@ims.example\"",
        "entity=\"tel:+999-0000-0001\"",
    );
    let request =
        publish(1, "", &body).replace("PUBLISH sip:alice@ims.example", "PUBLISH tel:+99900000001");
    assert_eq!(status(&bench.ask(&request)), 200);
    assert_eq!(rows(&bench.shard), (1, 0));
}

#[test]
fn another_entity_is_rewritten_when_the_operator_says_so() {
    let mut bench = Bench::with(|options| options.rewrite_entity = true);
    assert_eq!(
        status(&bench.ask(&publish(1, "", &document("bob", "one")))),
        200
    );
    let document = bench.shard.document("sip:alice@ims.example").unwrap();
    let document = document["document"].as_str().unwrap();
    assert!(document.contains("entity=\"sip:alice@ims.example\"") && document.contains("one"));
}

#[test]
fn the_same_request_after_a_restart_gets_the_same_tag() {
    let mut bench = Bench::new();
    let request = publish(1, "Expires: 600\n", &document("alice", "one"));
    let before = bench.ask(&request);
    bench.restart(2);
    let after = bench.ask(&request);
    assert_eq!(
        header(&after, Name::SipEtag),
        header(&before, Name::SipEtag)
    );
    assert_eq!(bench.durable.len(), 1);
}
