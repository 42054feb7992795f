//! Components of several publications as one document (RFC 4479 clause 3.5; what wins is the
//! operator's matter there, and decided here).

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
};

use pengate_codecs::{
    Stamp,
    pidf::{Component, Document, Kind, Namespace, Namespaces, Writer},
};

use super::{
    Options, Publisher,
    element::merge_component,
    key::{ServiceKey, class, device_key},
};

/// A publication, or what the network knows as one (number 0).
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    pub publisher: Publisher,
    pub number: u32,
    pub at: Stamp,
    pub document: &'a Document,
}

/// A component and where it comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item<'a> {
    pub publisher: Publisher,
    pub number: u32,
    pub at: Stamp,
    pub component: Component<'a>,
}

/// Components that are one in the document; the first gives the identifier.
pub(super) type Group<'a> = Vec<Item<'a>>;

/// Groups the components of all sources, in the order of the document. The order of sources does
/// not matter.
pub(super) fn group<'a>(sources: &[Source<'a>]) -> Vec<Group<'a>> {
    let mut sources = sources.to_vec();
    sources.sort_by_key(|source| {
        let text = source.document.text();
        (source.publisher, source.number, source.at, text)
    });
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut places: BTreeMap<(Key, u32), usize> = BTreeMap::new();
    for source in &sources {
        let mut seen = BTreeMap::new();
        for component in source.document.components() {
            let item = Item {
                publisher: source.publisher,
                number: source.number,
                at: component.timestamp().unwrap_or(source.at),
                component,
            };
            // Components of one publication never merge: the second of a key is a key of its own.
            let key = Key::new(&component).map(|key| {
                let nth = seen.entry(key.clone()).or_insert(0_u32);
                *nth += 1;
                (key, *nth)
            });
            match key {
                Some(key) => match places.get(&key) {
                    Some(group) => groups[*group].push(item),
                    None => {
                        places.insert(key, groups.len());
                        groups.push(vec![item]);
                    }
                },
                None => groups.push(vec![item]),
            }
        }
    }
    groups.sort_by_key(|group| group[0].component.kind());
    groups
}

/// Writes the groups as components.
pub(super) fn merge(sources: &[Source<'_>], options: &Options) -> (String, Namespaces) {
    let mut out = Vec::with_capacity(4_096);
    let mut writer = Writer::new(&mut out);
    let groups = group(sources);
    let names = identifiers(&groups);
    for (group, id) in groups.iter().zip(&names) {
        match (group.as_slice(), id) {
            ([only], Some(id)) => {
                let (before, after) = only.component.around_id();
                writer.raw(before, only.component.namespaces());
                writer.raw(id, Namespaces::NONE);
                writer.raw(after, Namespaces::NONE);
            }
            ([first, ..], None) => {
                writer.raw(first.component.text(), first.component.namespaces());
            }
            (items, Some(id)) => merge_component(&mut writer, items, id, options),
            ([], None) => {}
        }
    }
    let namespaces = writer.namespaces();
    (String::from_utf8(out).unwrap_or_default(), namespaces)
}

/// What makes components of different publications one.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Key {
    Service(ServiceKey),
    /// One person, or one for every class: variants for certain watchers.
    Person(Option<String>),
    Device(String),
    /// Notes and foreign elements: said twice is said once.
    Same(String),
}

impl Key {
    fn new(component: &Component<'_>) -> Option<Self> {
        match component.kind() {
            Kind::Tuple => ServiceKey::new(component).map(Self::Service),
            Kind::Person => Some(Self::Person(class(component).map(Cow::into_owned))),
            Kind::Device => component.devices().next().map(device_key).map(Self::Device),
            Kind::Note | Kind::Other => Some(Self::Same(component.text().to_owned())),
        }
    }
}

/// An identifier for every group that has one: that of its first component, with the number of its
/// publication where it is taken.
pub(super) fn identifiers(groups: &[Group<'_>]) -> Vec<Option<String>> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let mut names = Vec::with_capacity(groups.len());
    // Who comes first keeps the name, whatever kind it is.
    let mut order: Vec<_> = (0..groups.len()).collect();
    order.sort_by_key(|place| (groups[*place][0].publisher, groups[*place][0].number));
    names.resize(groups.len(), None);
    for place in order {
        let first = &groups[place][0];
        let Some(id) = first.component.id().map(str::trim) else {
            continue;
        };
        let mut name = id.to_owned();
        let mut suffix = first.number.max(2);
        while !taken.insert(name.clone()) {
            name = format!("{id}-{suffix}");
            suffix = suffix.saturating_add(1);
        }
        names[place] = Some(name);
    }
    names
}

/// Whether an element is one that a component itself is made of.
pub(super) const fn is_own(namespace: Option<Namespace>) -> bool {
    matches!(namespace, Some(Namespace::Pidf | Namespace::DataModel))
}
