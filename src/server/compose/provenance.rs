//! Which event of which network element, or which publication, set what in a document.

use pengate_codecs::pidf::Kind;
use serde_json::{Value as Json, json};

use super::{
    Options, Publisher, Sources, all_sources,
    merge::{self, Group, Item},
    project::project,
};
use crate::{
    event::{AccessNetwork, Domain},
    pen::NetworkId,
    server::facets::{Entry, Facets, Names, Value},
};

/// For every component of the document that [`compose`](super::compose) gives: what set it, and
/// when. Network elements are told by element, publications by component.
///
/// The result is an array of objects with `element`, `at` and either `source` and `reporter` (the
/// network) or `publisher` and `publication`.
#[must_use]
pub fn provenance(sources: &Sources<'_>, options: &Options) -> Json {
    let network = project(sources, options)
        .and_then(|projection| projection.document(sources.presentity.as_str()));
    let documents = all_sources(network.as_ref(), sources.publications);
    let groups = merge::group(&documents);
    let names = merge::identifiers(&groups);
    let mut rows = Vec::new();
    for (group, id) in groups.iter().zip(&names) {
        let component = path(group, id.as_deref());
        for item in group {
            match sources.facets.filter(|_| is_network(item)) {
                Some(facets) => {
                    network_rows(&mut rows, &component, item, facets, sources, options);
                }
                None => rows.push(json!({
                    "element": component,
                    "publisher": item.publisher,
                    "publication": item.number,
                    "at": item.at,
                })),
            }
        }
    }
    Json::Array(rows)
}

fn is_network(item: &Item<'_>) -> bool {
    item.publisher == Publisher::Pna && item.number == 0
}

fn path(group: &Group<'_>, id: Option<&str>) -> String {
    let kind = group.first().map(|item| item.component.kind());
    let name = match kind {
        Some(Kind::Tuple) => "tuple",
        Some(Kind::Note) => "note",
        Some(Kind::Person) => "person",
        Some(Kind::Device) => "device",
        Some(Kind::Other) | None => "extension",
    };
    match id {
        Some(id) => format!("{name}[@id='{id}']"),
        None => name.to_owned(),
    }
}

fn network_rows(
    rows: &mut Vec<Json>,
    component: &str,
    item: &Item<'_>,
    facets: &Facets,
    sources: &Sources<'_>,
    options: &Options,
) {
    let own = item.component.id().unwrap_or_default();
    for entry in facets.telling() {
        let element = element(own, &entry.value, options);
        // What is not shown was not set.
        let shown = element.filter(|element| item.component.text().contains(marker(element)));
        if let Some(element) = shown {
            rows.push(row(&format!("{component}/{element}"), entry, sources.names));
        }
    }
}

fn row(element: &str, entry: &Entry, names: &Names) -> Json {
    json!({
        "element": element,
        "source": entry.source,
        "reporter": names.reporters.text(entry.reporter),
        "at": entry.order.at,
    })
}

/// The name that is in the document's text if the element is.
fn marker(element: &str) -> &str {
    element
        .split_once("[@id='")
        .map_or(element, |(_, id)| id.trim_end_matches("']"))
}

/// The element of one of our own components that a value sets.
fn element(component: &str, value: &Value, options: &Options) -> Option<String> {
    let names = &options.networks;
    let network = |id: NetworkId| {
        let id = match id {
            NetworkId::Cs => &names.cs,
            NetworkId::Ps => &names.ps,
            NetworkId::Ims => &names.ims,
            NetworkId::Wlan => &names.wlan,
            NetworkId::Tunnel => &names.tunnel,
        };
        Some(format!("network[@id='{id}']"))
    };
    let named = |name: &str| Some(name.to_owned());
    match (component, value) {
        ("tel" | "sms", Value::Mobility(Domain::Cs, _))
        | ("sms", Value::Mobility(Domain::Ps, _))
        | ("data", Value::Context { .. } | Value::SessionEnd(_))
        | ("ims", Value::Registration(_)) => named("status"),
        ("tel", Value::Call(..)) => named("session-participation"),
        ("tel" | "sms" | "ims" | "data", Value::Barring(_)) => named("barring-state"),
        ("p1", Value::Call(..)) => named("activities"),
        ("p1", Value::TimeOffset(_)) => named("time-offset"),
        ("dev1", Value::Place(_)) => named("geopriv"),
        ("dev1", Value::Mobility(Domain::Cs, _) | Value::Call(..)) => network(NetworkId::Cs),
        ("dev1", Value::Mobility(Domain::Ps, _) | Value::Context { .. } | Value::SessionEnd(_)) => {
            network(NetworkId::Ps)
        }
        ("dev1", Value::Roaming(id, _)) => network(*id),
        ("dev1", Value::Registration(_)) => network(NetworkId::Ims),
        ("dev1", Value::Access(AccessNetwork::Wlan, _)) => network(NetworkId::Wlan),
        ("dev1", Value::Access(AccessNetwork::Tunnel, _)) => network(NetworkId::Tunnel),
        _ => None,
    }
}
