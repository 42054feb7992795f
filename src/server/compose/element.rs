//! One component out of several: which child elements it gets.

use std::{borrow::Cow, cmp::Reverse};

use pengate_codecs::{
    Stamp,
    pidf::{Basic, Child, Fragment, Kind, Namespace, Namespaces, Writer, content},
};

use super::{
    Options, Publisher,
    key::{device_key, is_own_class},
    merge::{Item, is_own},
    project::text,
};

use Namespace::{Capabilities, Cipid, DataModel, Geopriv, Network, Oma, OmaExtension, Pidf, Rpid};

/// A component taken apart.
struct Part<'a> {
    publisher: Publisher,
    number: u32,
    at: Stamp,
    children: Vec<Child<'a>>,
}

/// What becomes of an element that several sources have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Rule {
    /// The network knows.
    Network,
    /// The user decides.
    User,
    /// What was said last counts.
    Younger,
    /// The younger location, and of two as young the more exact.
    Location,
    /// Activities: the user's, and that the subscriber is on the phone.
    Activities,
    /// Networks by their `id`.
    Networks,
    /// Everything said once.
    Union,
}

impl Rule {
    fn of(child: &Child<'_>) -> Self {
        let Some(namespace) = child.namespace else {
            return Self::Union;
        };
        match (namespace, child.local) {
            (Oma, "registration-state" | "barring-state" | "session-participation")
            | (Network, _) => Self::Network,
            (Oma, "network-availability") => Self::Networks,
            (Oma, "willingness" | "overriding-willingness") | (Cipid, _) => Self::User,
            (Rpid, "activities") => Self::Activities,
            (
                Rpid,
                "mood" | "place-is" | "place-type" | "privacy" | "relationship" | "sphere"
                | "status-icon",
            ) => Self::User,
            (Oma, "service-description")
            | (Capabilities, _)
            | (OmaExtension, "session-answermode")
            | (Rpid, "class" | "service-class" | "time-offset" | "user-input") => Self::Younger,
            (Geopriv, "geopriv") => Self::Location,
            _ => Self::Union,
        }
    }
}

/// Appends the component that several publications tell about.
pub(super) fn merge_component(w: &mut Writer<'_>, items: &[Item<'_>], id: &str, options: &Options) {
    let kind = items[0].component.kind();
    let parts: Vec<_> = items.iter().filter_map(Part::new).collect();
    let (namespace, local) = match kind {
        Kind::Person => (DataModel, "person"),
        Kind::Device => (DataModel, "device"),
        Kind::Tuple | Kind::Note | Kind::Other => (Pidf, "tuple"),
    };
    let newest = items.iter().filter_map(|item| item.component.timestamp());
    w.element(namespace, local, |w| {
        w.attribute("id", &content(id));
        if kind == Kind::Tuple {
            merge_status(w, items, &parts);
        }
        let merging = Merging { parts, options };
        merging.extensions(w);
        merging.devices(w);
        if kind == Kind::Tuple {
            merging.contact(w);
        }
        merging.notes(w, namespace);
        if let Some(at) = newest.max() {
            w.leaf(namespace, "timestamp", &text(at));
        }
    });
}

/// `basic` is open only if nobody says that it is closed: the network knows whether the service
/// can be reached, the user whether it should.
fn merge_status(w: &mut Writer<'_>, items: &[Item<'_>], parts: &[Part<'_>]) {
    let basic = items.iter().filter_map(|item| item.component.basic()).min();
    let statuses = parts
        .iter()
        .flat_map(|part| &part.children)
        .filter(|child| child.is(Pidf, "status"));
    w.element(Pidf, "status", |w| {
        if let Some(basic) = basic.map(Basic::name) {
            w.leaf(Pidf, "basic", basic);
        }
        let mut said = Vec::new();
        for status in statuses {
            let inside = Fragment::parse(&status.text).map(|inside| inside.children);
            for child in inside.unwrap_or_default() {
                if !child.is(Pidf, "basic") && !said.contains(&child.text) {
                    w.raw(&child.text, child.namespaces);
                    said.push(child.text);
                }
            }
        }
    });
}

impl<'a> Part<'a> {
    fn new(item: &Item<'a>) -> Option<Self> {
        // What was read or written by us can be taken apart.
        let fragment = Fragment::parse(item.component.text()).ok()?;
        Some(Self {
            publisher: item.publisher,
            number: item.number,
            at: item.at,
            children: fragment.children,
        })
    }

    fn has(&self, like: &Child<'_>) -> bool {
        self.children.iter().any(|child| same_name(child, like))
    }

    fn all<'b>(&'b self, like: &'b Child<'_>) -> impl Iterator<Item = &'b Child<'a>> {
        self.children
            .iter()
            .filter(move |child| same_name(child, like))
    }

    /// Younger first; of two as young the higher rank.
    const fn precedence(&self) -> (Reverse<Stamp>, Publisher, u32) {
        (Reverse(self.at), self.publisher, self.number)
    }
}

fn same_name(one: &Child<'_>, other: &Child<'_>) -> bool {
    one.local == other.local && one.uri == other.uri
}

struct Merging<'a> {
    parts: Vec<Part<'a>>,
    options: &'a Options,
}

impl Merging<'_> {
    /// Elements of other namespances than the component's own, each name once, in the order in
    /// which the sources stand.
    fn extensions(&self, w: &mut Writer<'_>) {
        let mut done: Vec<&Child<'_>> = Vec::new();
        for part in &self.parts {
            for child in &part.children {
                let passed_over = is_own(child.namespace) || self.marks_network(child);
                if passed_over || done.iter().any(|known| same_name(known, child)) {
                    continue;
                }
                done.push(child);
                self.extension(w, child);
            }
        }
    }

    /// Our class selects what the network alone says: it does not stay where a publisher has a say.
    fn marks_network(&self, child: &Child<'_>) -> bool {
        child.is(Rpid, "class")
            && is_own_class(&content(child.inner()))
            && self
                .parts
                .iter()
                .any(|part| part.publisher != Publisher::Pna)
    }

    fn extension(&self, w: &mut Writer<'_>, like: &Child<'_>) {
        let mut having: Vec<_> = self.parts.iter().filter(|part| part.has(like)).collect();
        let prefer =
            |publisher| move |part: &&Part<'_>| (part.publisher != publisher, part.precedence());
        let rule = Rule::of(like);
        match rule {
            Rule::Network | Rule::Networks => having.sort_by_key(prefer(Publisher::Pna)),
            Rule::User | Rule::Activities => having.sort_by_key(prefer(Publisher::Pua)),
            Rule::Location => having.sort_by_key(|part| {
                let exact = part.all(like).map(uncertainty).min();
                (Reverse(part.at), exact, part.precedence())
            }),
            Rule::Younger | Rule::Union => having.sort_by_key(|part| part.precedence()),
        }
        match rule {
            Rule::Union => write_once(w, having.iter().flat_map(|part| part.all(like))),
            Rule::Networks => write_networks(w, &having, like),
            Rule::Activities => self.activities(w, &having, like),
            _ => write_once(w, having.iter().take(1).flat_map(|part| part.all(like))),
        }
    }

    /// The user's activities, and `on-the-phone` of the network unless the user tells nothing on
    /// purpose.
    fn activities(&self, w: &mut Writer<'_>, having: &[&Part<'_>], like: &Child<'_>) {
        let Some((winner, others)) = having.split_first() else {
            return;
        };
        let phone = others
            .iter()
            .filter(|part| part.publisher == Publisher::Pna)
            .flat_map(|part| part.all(like))
            .any(|child| holds(child, "on-the-phone"));
        let mut written = winner.all(like);
        let Some(first) = written.next() else {
            return;
        };
        let by_user = winner.publisher == Publisher::Pua;
        let silent = by_user && (holds(first, "unknown") || self.options.user_overrides);
        if !phone || silent || holds(first, "on-the-phone") {
            w.raw(&first.text, first.namespaces);
        } else {
            write_on_the_phone(w, first);
        }
        write_once(w, written);
    }

    fn devices(&self, w: &mut Writer<'_>) {
        let mut said: Vec<String> = Vec::new();
        for child in self.parts.iter().flat_map(|part| &part.children) {
            if !child.is(DataModel, "deviceID") {
                continue;
            }
            let key = device_key(child.inner());
            if !said.contains(&key) {
                w.leaf(DataModel, "deviceID", &content(child.inner()));
                said.push(key);
            }
        }
    }

    fn contact(&self, w: &mut Writer<'_>) {
        let mut having: Vec<_> = self.parts.iter().collect();
        having.sort_by_key(|part| part.precedence());
        let contacts = having
            .iter()
            .flat_map(|part| &part.children)
            .filter(|child| child.is(Pidf, "contact"));
        write_once(w, contacts.take(1));
    }

    /// Notes of all; the user's first.
    fn notes(&self, w: &mut Writer<'_>, namespace: Namespace) {
        let notes = self
            .parts
            .iter()
            .flat_map(|part| &part.children)
            .filter(|child| child.is(namespace, "note"));
        write_once(w, notes);
    }
}

/// Writes elements, equal ones once.
fn write_once<'b, 'a: 'b>(w: &mut Writer<'_>, children: impl Iterator<Item = &'b Child<'a>>) {
    let mut said: Vec<&str> = Vec::new();
    for child in children {
        if !said.contains(&child.text.as_str()) {
            w.raw(&child.text, child.namespaces);
            said.push(&child.text);
        }
    }
}

/// Networks by their `id`: the network's own word first, then the younger.
fn write_networks(w: &mut Writer<'_>, having: &[&Part<'_>], like: &Child<'_>) {
    let availabilities = having.iter().flat_map(|part| part.all(like));
    let inside: Vec<_> = availabilities
        .filter_map(|child| Fragment::parse(&child.text).ok())
        .flat_map(|fragment| fragment.children)
        .collect();
    let mut ids: Vec<Cow<'_, str>> = Vec::new();
    w.element(Oma, "network-availability", |w| {
        for network in inside.iter().filter(|child| child.is(Oma, "network")) {
            let id = content(network.id.unwrap_or_default());
            if !ids.contains(&id) {
                w.raw(&network.text, network.namespaces);
                ids.push(id);
            }
        }
        write_once(w, inside.iter().filter(|child| !child.is(Oma, "network")));
    });
}

fn holds(activities: &Child<'_>, activity: &str) -> bool {
    Fragment::parse(&activities.text).is_ok_and(|fragment| {
        fragment
            .children
            .iter()
            .any(|child| child.is(Rpid, activity))
    })
}

/// Activities with one more; `unknown` gives way to it.
fn write_on_the_phone(w: &mut Writer<'_>, activities: &Child<'_>) {
    let Ok(fragment) = Fragment::parse(&activities.text) else {
        return;
    };
    let Fragment { open, name, .. } = fragment;
    w.raw(open, activities.namespaces);
    w.raw(">", Namespaces::NONE);
    if fragment
        .children
        .iter()
        .any(|child| child.is(Rpid, "unknown"))
    {
        for child in fragment
            .children
            .iter()
            .filter(|child| !child.is(Rpid, "unknown"))
        {
            w.raw(&child.text, child.namespaces);
        }
    } else {
        w.raw(activities.inner(), Namespaces::NONE);
    }
    // Inside of the element its own prefix means RPID, whatever it is.
    let prefix = name.strip_suffix("activities").unwrap_or_default();
    w.raw(
        &format!("<{prefix}on-the-phone/></{name}>"),
        Namespaces::NONE,
    );
}

/// How far a location may be from the truth: the radius or the longest axis as written, in
/// millimetres.
fn uncertainty(geopriv: &Child<'_>) -> u64 {
    let text = geopriv.inner();
    let radius = ["radius", "semiMajorAxis", "outerRadius"]
        .iter()
        .find_map(|name| text.split_once(name))
        .and_then(|(_, rest)| rest.split_once('>'))
        .and_then(|(_, rest)| rest.split_once('<'))
        .map(|(number, _)| number.trim());
    let Some((whole, fraction)) =
        radius.map(|radius| radius.split_once('.').unwrap_or((radius, "")))
    else {
        return u64::MAX;
    };
    let thousandths: String = fraction.chars().chain("000".chars()).take(3).collect();
    let whole: Option<u64> = whole.parse().ok();
    whole
        .and_then(|metres| metres.checked_mul(1_000))
        .and_then(|millimetres| millimetres.checked_add(thousandths.parse().ok()?))
        .unwrap_or(u64::MAX)
}
