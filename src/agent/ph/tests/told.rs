//! Whom a notification is about.

use pengate_codecs::diameter::dict::Digits;

use super::*;
use crate::event::Msisdn;

#[test]
fn a_user_is_known_by_every_way_to_write_the_identity_and_by_the_number() {
    let mut bench = Bench::new(options());
    let presentity = Presentity::canonical(ALICE);
    let subject = Subject {
        msisdn: Some(Msisdn("99900000001".parse().unwrap())),
        ..Subject::default()
    };
    bench.step(&[Input::Watch(Watch {
        presentity: &presentity,
        subject: &subject,
        watched: true,
        place: false,
    })]);
    let told = [
        "SIP:alice@IMS.example;user=phone",
        "sip:%61lice@ims.example",
        "tel:+999-0000-0001",
    ];
    for (number, name) in (1..).zip(told) {
        bench.push(name, REGISTERED, number);
        assert_eq!(bench.faults(), [""; 0], "{name}");
        assert_eq!(bench.tickets().len(), 1, "{name}");
    }
    let number = Digits::decode(&[0x99, 0x09, 0, 0, 0, 0xf1]).unwrap();
    bench.push_of(&UserIdentity::Msisdn(number), REGISTERED, (9, 9));
    assert_eq!(bench.tickets().len(), 1);
    bench.push("tel:+99900000002", REGISTERED, 10);
    assert_eq!(bench.faults(), ["not-subscribed"]);
}
