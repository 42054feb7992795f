//! From the octets of an answer of a location server to the position nothing is allocated.
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
#![allow(
    missing_docs,
    reason = "a test crate has no readers of its documentation"
)]

use std::hint::black_box;

use pengate_codecs::mlp::{Estimate, Limits, read, text_of};

use counting::allocations;

#[path = "support/counting.rs"]
mod counting;

const SLIA: &str = include_str!("data/mlp/slia-circle.xml");

#[test]
fn an_answer_with_one_position_is_read_without_an_allocation() {
    let limits = Limits::default();
    let allocated = allocations(|| {
        let text = text_of(black_box(SLIA.as_bytes())).unwrap();
        let document = read(&text, &limits).unwrap();
        let position = &document.positions()[0];
        assert_eq!(position.msids[0].value, "99900000001");
        assert!(matches!(&position.estimate, Estimate::Located(data) if data.shape.is_some()));
        assert!(position.cell.is_some());
    });
    assert_eq!(allocated, 0);
}
