//! Many names, and what is stored of them.

use super::*;

/// What `element` tells of a session of this access point.
fn told(element: &str, source: Source, number: u64, apn: &str) -> PresentityUpdate {
    let mut change = session(number, 5, None);
    if let Change::Session { apn: told, .. } = &mut change {
        *told = Some(apn.into());
    }
    let mut update = update(source, 1, change);
    update.reporter = element.into();
    update
}

#[test]
fn many_access_points_of_a_wlan_hide_no_reset_of_another_element() {
    let mut world = World::new();
    for number in 0..70_000 {
        let apn = format!("00-00-5E-{number:06X}:operator");
        world.tell(&told("aaa1", Source::Pr, number, &apn));
    }
    assert!(world.names.access_points.refused > 0, "the table is full");
    let mut start = told("ggsn9", Source::Pk, 100_000, "internet");
    start.order = order(2);
    world.tell(&start);
    assert_eq!(world.live(), 1);
    let mut restart = reset(None, 3);
    restart.reporter = "ggsn9".into();
    world.reset(&restart);
    assert_eq!((world.live(), world.resets.dropped), (0, 0));
}

#[test]
fn an_element_and_an_access_point_of_one_name_are_stored_once() {
    let mut world = World::new();
    world.tell(&told("internet", Source::Pk, 1, "internet"));
    let octets = world.bytes();
    let text = b"internet";
    let times = octets.windows(text.len()).filter(|part| *part == text);
    assert_eq!(times.count(), 1);
    let mut names = Names::default();
    names.access_points.intern("ims");
    let facets = Facets::from_bytes(&octets, &mut names).unwrap();
    let context = facets.contexts().next().unwrap();
    let apn = names.access_points.text(context.value.apn);
    let reporter = names.reporters.text(context.reporter);
    assert_eq!((apn, reporter), ("internet", "internet"));
    assert_eq!(facets.to_bytes(&names), octets);
}
