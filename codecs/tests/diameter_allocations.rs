//! A notification is read and answered without an allocation: message, AVPs, document, answer.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use pengate_codecs::{
    diameter::{Accounting, Message, Origin, ResultCode, answer},
    sh::{PushNotificationRequest, ShData},
};

use counting::allocations;

#[path = "support/counting.rs"]
mod counting;

#[path = "data/diameter/mod.rs"]
mod vectors;

const ORIGIN: Origin<'_> = Origin {
    host: "pna.ims.example",
    realm: "ims.example",
};

#[test]
fn a_notification_is_read_and_answered_without_an_allocation() {
    let octets = vectors::push_notification();
    let mut out = Vec::with_capacity(1024);
    let counted = allocations(|| {
        let message = Message::decode(&octets).unwrap();
        let push = PushNotificationRequest::decode(&message).unwrap();
        let data = ShData::decode(push.user_data).unwrap();
        assert!(data.cs_location.is_some() && data.ims_user_state.is_some());
        answer(&mut out, &message, ORIGIN, ResultCode::Success)
            .finish()
            .unwrap();
    });
    assert_eq!(counted, 0);
}

#[test]
fn an_accounting_record_is_read_without_an_allocation() {
    let octets = vectors::accounting_start();
    let counted = allocations(|| {
        let message = Message::decode(&octets).unwrap();
        assert!(Accounting::decode(&message).unwrap().msisdn.is_some());
    });
    assert_eq!(counted, 0);
}
