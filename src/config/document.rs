//! A TOML document that remembers where each value came from.
//!
//! The deserializer stops at the first error. To report all of them, the value that it refused is
//! noted and taken out, and the rest is read again: the default takes its place, until nothing is
//! refused any more.

use std::{collections::BTreeMap, ops::Range};

use serde::de::DeserializeOwned;
use toml::{
    Spanned, Value,
    de::{DeTable, DeValue},
};

use super::problem::{Origin, Problem, wording};

/// A value with its origin.
#[derive(Clone, Debug)]
pub(super) struct Node {
    origin: Origin,
    /// The path from the top, as it is shown to the operator.
    path: String,
    content: Content,
}

#[derive(Clone, Debug)]
enum Content {
    Leaf(Value),
    Array(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

/// One step down a document.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Step {
    Key(String),
    Index(usize),
}

impl Node {
    /// Reads a document. What could be read is returned even when there are problems.
    pub(super) fn parse(text: &str, problems: &mut Vec<Problem>) -> Self {
        let lines = Lines::of(text);
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in errors {
            let start = error.span().map_or(0, |span| span.start);
            problems.push(Problem {
                origin: Origin::Line(lines.at(start)),
                key: String::new(),
                what: format!("not TOML: {}", error.message()),
            });
        }
        Reader { lines, problems }.table("", Origin::Default, table.into_inner())
    }

    /// Puts `value` where the dotted `key` leads, as if the file had it there. A number is a place
    /// in a list; a list that the file does not have is that of the defaults.
    pub(super) fn set(&mut self, key: &str, value: Value, defaults: &Value) -> Result<(), String> {
        let mut node = self;
        let mut defaults = Some(defaults);
        for step in key.split('.') {
            defaults = defaults.and_then(|defaults| defaults.get(step));
            node = node.child_mut(step, defaults)?;
        }
        *node = Self::from_value(&node.path, value);
        Ok(())
    }

    fn child_mut(&mut self, step: &str, default: Option<&Value>) -> Result<&mut Self, String> {
        if step.is_empty() {
            return Err("a key between dots is empty".to_owned());
        }
        let path = join(&self.path, step);
        match &mut self.content {
            Content::Leaf(_) => Err(format!("`{}` is no table", self.path)),
            Content::Array(items) => {
                let count = items.len();
                let place: Option<usize> = step.parse().ok().filter(|place| *place < count);
                match place {
                    Some(place) => Ok(&mut items[place]),
                    None => Err(format!(
                        "`{}` is a list of {count}: a number below that is allowed, not `{step}`",
                        self.path
                    )),
                }
            }
            Content::Table(entries) => Ok(entries.entry(step.to_owned()).or_insert_with(|| {
                let list = default.filter(|default| default.is_array()).cloned();
                let empty = || Value::Table(toml::Table::new());
                Self::from_value(&path, list.unwrap_or_else(empty))
            })),
        }
    }

    fn from_value(path: &str, value: Value) -> Self {
        let content = match value {
            Value::Array(items) => Content::Array(
                items
                    .into_iter()
                    .enumerate()
                    .map(|(place, item)| Self::from_value(&format!("{path}[{place}]"), item))
                    .collect(),
            ),
            Value::Table(entries) => Content::Table(
                entries
                    .into_iter()
                    .map(|(key, item)| {
                        let node = Self::from_value(&join(path, &key), item);
                        (key, node)
                    })
                    .collect(),
            ),
            leaf => Content::Leaf(leaf),
        };
        Self {
            origin: Origin::Set,
            path: path.to_owned(),
            content,
        }
    }

    /// What the operator calls the value at `path` of what was read, and where it came from; of a
    /// value that is not there the table that it would be in tells.
    ///
    /// The two paths differ where refused items were taken out of a list.
    pub(super) fn trace(&self, path: &str) -> (String, Origin) {
        let Some((step, rest)) = first_step(path) else {
            return (self.path.clone(), self.origin);
        };
        let child = match &self.content {
            Content::Leaf(_) => None,
            Content::Array(items) => step.parse().ok().and_then(|place: usize| items.get(place)),
            Content::Table(entries) => entries.get(step),
        };
        match child {
            Some(child) => child.trace(rest),
            None => (join(&self.path, path), self.origin),
        }
    }

    /// Reads what the document says; what is refused becomes a problem and is taken out.
    pub(super) fn read<T: Default + DeserializeOwned>(&mut self, problems: &mut Vec<Problem>) -> T {
        loop {
            let text = toml::to_string(&self.value()).unwrap_or_default();
            let error = match toml::from_str(&text) {
                Ok(value) => return value,
                Err(error) => error,
            };
            let steps = error.span().and_then(|span| {
                let table = DeTable::parse(&text).ok()?;
                locate(table.get_ref(), &span)
            });
            // The deserializer's error has a place in the text that it was given; should it ever
            // not, the whole document is refused.
            let refused = steps.and_then(|steps| self.remove(&steps));
            let known = refused.is_some();
            let node = refused.unwrap_or_else(|| Self::from_value("", Value::Boolean(false)));
            if !is_consequence(&node.path, error.message(), problems) {
                problems.push(Problem {
                    origin: node.origin,
                    key: node.path,
                    what: wording(error.message()),
                });
            }
            if !known {
                return T::default();
            }
        }
    }

    fn remove(&mut self, steps: &[Step]) -> Option<Self> {
        let (step, rest) = steps.split_first()?;
        match (step, &mut self.content, rest.is_empty()) {
            (Step::Key(key), Content::Table(entries), true) => entries.remove(key),
            (Step::Key(key), Content::Table(entries), false) => entries.get_mut(key)?.remove(rest),
            (Step::Index(place), Content::Array(items), true) => {
                (*place < items.len()).then(|| items.remove(*place))
            }
            (Step::Index(place), Content::Array(items), false) => {
                items.get_mut(*place)?.remove(rest)
            }
            _ => None,
        }
    }

    fn value(&self) -> Value {
        match &self.content {
            Content::Leaf(value) => value.clone(),
            Content::Array(items) => Value::Array(items.iter().map(Self::value).collect()),
            Content::Table(entries) => Value::Table(
                entries
                    .iter()
                    .map(|(key, node)| (key.clone(), node.value()))
                    .collect(),
            ),
        }
    }
}

/// Whether something is missing only because it was refused and taken out before: a key, or what
/// was within a table that stands where a word should.
fn is_consequence(path: &str, message: &str, problems: &[Problem]) -> bool {
    let mut refused = problems.iter().map(|problem| problem.key.as_str());
    if message.starts_with("wanted exactly") {
        return refused.any(|key| is_within(key, path));
    }
    message
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
        .is_some_and(|missing| {
            let missing = join(path, missing);
            refused.any(|key| key == missing)
        })
}

/// Whether `path` is `base` or something in it.
pub(super) fn is_within(path: &str, base: &str) -> bool {
    path.strip_prefix(base)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

/// Splits `a.b[0]` into `a` and `b[0]`, and `[0].c` into `0` and `c`.
fn first_step(path: &str) -> Option<(&str, &str)> {
    if path.is_empty() {
        return None;
    }
    if let Some((place, rest)) = path.strip_prefix('[').and_then(|path| path.split_once(']')) {
        return Some((place, rest.strip_prefix('.').unwrap_or(rest)));
    }
    let end = path.find(['.', '[']).unwrap_or(path.len());
    let (step, rest) = path.split_at(end);
    Some((step, rest.strip_prefix('.').unwrap_or(rest)))
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() || key.starts_with('[') {
        format!("{path}{key}")
    } else {
        format!("{path}.{key}")
    }
}

/// The way to the innermost key or value that begins where `span` begins, or has it within.
fn locate(table: &DeTable<'_>, span: &Range<usize>) -> Option<Vec<Step>> {
    table.iter().find_map(|(key, value)| {
        let step = Step::Key(key.get_ref().to_string());
        if covers(&key.span(), span) {
            return Some(vec![step]);
        }
        locate_value(value, span).map(|rest| prepend(step, rest))
    })
}

fn locate_value(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> Option<Vec<Step>> {
    let inner = match value.get_ref() {
        DeValue::Table(table) => locate(table, span),
        DeValue::Array(items) => items.iter().enumerate().find_map(|(place, item)| {
            locate_value(item, span).map(|rest| prepend(Step::Index(place), rest))
        }),
        _ => None,
    };
    inner.or_else(|| covers(&value.span(), span).then(Vec::new))
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.start < outer.end
}

fn prepend(step: Step, mut rest: Vec<Step>) -> Vec<Step> {
    rest.insert(0, step);
    rest
}

/// Turns the parser's tree into ours.
struct Reader<'p> {
    lines: Lines,
    problems: &'p mut Vec<Problem>,
}

impl Reader<'_> {
    fn table(&mut self, path: &str, origin: Origin, table: DeTable<'_>) -> Node {
        let mut entries = BTreeMap::new();
        for (key, value) in table {
            let origin = Origin::Line(self.lines.at(key.span().start));
            let key = key.into_inner().into_owned();
            if let Some(node) = self.value(&join(path, &key), origin, value.into_inner()) {
                entries.insert(key, node);
            }
        }
        Node {
            origin,
            path: path.to_owned(),
            content: Content::Table(entries),
        }
    }

    fn value(&mut self, path: &str, origin: Origin, value: DeValue<'_>) -> Option<Node> {
        let content = match value {
            DeValue::Table(table) => return Some(self.table(path, origin, table)),
            DeValue::Array(items) => Content::Array(
                items
                    .into_iter()
                    .enumerate()
                    .filter_map(|(place, item)| {
                        let origin = Origin::Line(self.lines.at(item.span().start));
                        self.value(&format!("{path}[{place}]"), origin, item.into_inner())
                    })
                    .collect(),
            ),
            leaf => match leaf_value(leaf) {
                Ok(value) => Content::Leaf(value),
                Err(what) => {
                    self.problems.push(Problem {
                        origin,
                        key: path.to_owned(),
                        what,
                    });
                    return None;
                }
            },
        };
        Some(Node {
            origin,
            path: path.to_owned(),
            content,
        })
    }
}

fn leaf_value(value: DeValue<'_>) -> Result<Value, String> {
    let beyond = |text: &str| format!("the number {text} is too large");
    match value {
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .map(Value::Integer)
            .map_err(|_| beyond(number.as_str())),
        DeValue::Float(number) => number
            .as_str()
            .parse()
            .map(Value::Float)
            .map_err(|_| beyond(number.as_str())),
        DeValue::Boolean(value) => Ok(Value::Boolean(value)),
        DeValue::Datetime(value) => Ok(Value::Datetime(value)),
        DeValue::String(text) => Ok(Value::String(text.into_owned())),
        DeValue::Array(_) | DeValue::Table(_) => Err("a plain value is allowed".to_owned()),
    }
}

/// Octet offsets to line numbers.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(offset, _)| offset).collect())
    }

    /// The line, from 1, of an offset.
    fn at(&self, offset: usize) -> usize {
        self.0.partition_point(|end| *end < offset) + 1
    }
}
