//! SIP event state publication.

use pengate_codecs::sip::Name;

use crate::bench::{Bench, document, publish};

fn published(bench: &mut Bench) -> String {
    let answer = bench.ask(&publish(1, "Expires: 600\n", &document("one")));
    answer.header(Name::SipEtag)
}

fn conditional(cseq: u32, etag: &str, extra: &str, body: &str) -> String {
    publish(cseq, &format!("SIP-If-Match: {etag}\n{extra}"), body)
}

#[test]
fn clause_4_1_only_the_publication_that_the_tag_names_is_replaced() {
    let mut bench = Bench::new();
    let first = published(&mut bench);
    let other = document("other")
        .replace("\"im\"", "\"sms\"")
        .replace("sip:alice@ims.example<", "im:alice@ims.example<");
    bench.ask(&publish(2, "", &other));
    bench.ask(&conditional(3, &first, "", &document("two")));
    let shown = bench.shard.document("sip:alice@ims.example").unwrap();
    let shown = shown["document"].as_str().unwrap();
    assert!(shown.contains("two") && shown.contains("other") && !shown.contains("one"));
}

#[test]
fn clause_6_step_1_an_unknown_resource_is_404() {
    let request = publish(1, "", &document("one"));
    let request = request.replace("PUBLISH sip:alice@ims", "PUBLISH sip:alice@other");
    assert_eq!(Bench::new().ask(&request).status(), 404);
}

#[test]
fn clause_6_step_2_an_unknown_package_is_489_with_those_that_are_known() {
    for event in ["Event: dialog\n", ""] {
        let request = publish(1, "", &document("one")).replace("Event: presence\n", event);
        let answer = Bench::new().ask(&request);
        assert_eq!(answer.status(), 489);
        assert_eq!(answer.header(Name::AllowEvents), "presence");
    }
}

#[test]
fn clause_6_step_3_whoever_may_not_publish_is_403() {
    let request = publish(1, "", &document("one")).replace("From: <sip:alice", "From: <sip:eve");
    assert_eq!(Bench::new().ask(&request).status(), 403);
}

#[test]
fn clause_6_step_4_more_than_one_entity_tag_is_400() {
    let mut bench = Bench::new();
    let etag = published(&mut bench);
    let twice = format!("SIP-If-Match: {etag}\nSIP-If-Match: {etag}\n");
    assert_eq!(bench.ask(&publish(2, &twice, "")).status(), 400);
    let list = format!("SIP-If-Match: {etag}, {etag}\n");
    assert_eq!(bench.ask(&publish(3, &list, "")).status(), 400);
}

#[test]
fn clause_6_step_4_an_entity_tag_without_live_publication_is_412() {
    let mut bench = Bench::new();
    let etag = published(&mut bench);
    assert_eq!(bench.ask(&conditional(2, "unknown", "", "")).status(), 412);
    bench.pass(600);
    assert_eq!(bench.ask(&conditional(3, &etag, "", "")).status(), 412);
}

#[test]
fn clause_6_step_5_a_lifetime_that_is_too_brief_is_423_with_the_least() {
    let answer = Bench::new().ask(&publish(1, "Expires: 5\n", &document("one")));
    assert_eq!(answer.status(), 423);
    assert_eq!(answer.header(Name::MinExpires), "60");
}

#[test]
fn clause_6_step_5_without_a_lifetime_the_default_is_chosen() {
    let answer = Bench::new().ask(&publish(1, "", &document("one")));
    assert_eq!(answer.header(Name::Expires), "3600");
}

#[test]
fn clause_6_step_5_zero_is_never_too_brief_and_removes() {
    let mut bench = Bench::new();
    let etag = published(&mut bench);
    let answer = bench.ask(&conditional(2, &etag, "Expires: 0\n", ""));
    assert_eq!(
        (answer.status(), answer.header(Name::Expires).as_str()),
        (200, "0")
    );
    assert_eq!(
        (
            bench.shard.sizes().presentities,
            bench.shard.sizes().subscriptions
        ),
        (0, 0)
    );
}

#[test]
fn clause_6_step_6_a_body_of_another_type_is_415_with_those_that_are_taken() {
    let request = publish(1, "", &document("one")).replace("pidf+xml", "xpidf+xml");
    let answer = Bench::new().ask(&request);
    assert_eq!(answer.status(), 415);
    assert_eq!(answer.header(Name::Accept), "application/pidf+xml");
}

#[test]
fn clause_6_step_6_a_new_publication_without_body_is_400() {
    assert_eq!(Bench::new().ask(&publish(1, "", "")).status(), 400);
}

#[test]
fn clause_6_step_7_every_200_carries_a_new_tag_and_the_lifetime() {
    let mut bench = Bench::new();
    let mut tags = vec![published(&mut bench)];
    for (cseq, body) in [(2, String::new()), (3, document("two")), (4, String::new())] {
        let answer = bench.ask(&conditional(
            cseq,
            tags.last().unwrap(),
            "Expires: 300\n",
            &body,
        ));
        assert_eq!(
            (answer.status(), answer.header(Name::Expires).as_str()),
            (200, "300")
        );
        tags.push(answer.header(Name::SipEtag));
    }
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), 4);
}

#[test]
fn clause_6_an_extension_that_is_required_and_unknown_is_420() {
    let answer = Bench::new().ask(&publish(1, "Require: gruu\n", &document("one")));
    assert_eq!(answer.status(), 420);
    assert_eq!(answer.header(Name::Unsupported), "gruu");
}
