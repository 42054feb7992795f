//! Which event of which network element told what, for operators.

use serde_json::{Value, json};

use super::facets::{self, Facets, Names};

/// Everything that counts now, each with who told it and when it happened.
pub(super) fn facets(facets: &Facets, names: &Names) -> Vec<Value> {
    let live = facets.live();
    live.map(|entry| {
        json!({
            "source": entry.source,
            "reporter": names.reporters.text(entry.reporter),
            "at": entry.order.at,
            "event": format!("{:016x}", entry.order.id),
            "state": state(&entry.value, names),
        })
    })
    .collect()
}

fn state(value: &facets::Value, names: &Names) -> Value {
    match value {
        facets::Value::Mobility(domain, state) => {
            json!({ "mobility": { "domain": domain, "state": state } })
        }
        facets::Value::Roaming(network, roaming) => {
            json!({ "roaming": { "network": network, "roaming": roaming } })
        }
        facets::Value::Call(state, bearer) => {
            json!({ "call": { "state": state, "bearer": bearer } })
        }
        facets::Value::Context {
            context, apn, rat, ..
        } => {
            json!({ "session": { "context": context, "apn": names.access_points.text(*apn), "rat": rat } })
        }
        facets::Value::SessionEnd(_) => json!({ "session": "ended" }),
        facets::Value::Registration(state) => json!({ "registration": state }),
        facets::Value::Access(network, up) => {
            json!({ "access": { "network": network, "up": up } })
        }
        facets::Value::Place(place) => json!({ "place": place }),
        facets::Value::TimeOffset(minutes) => json!({ "timeOffset": minutes }),
        facets::Value::Barring(barred) => json!({ "barred": barred }),
    }
}
