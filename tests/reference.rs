//! `config/pengate.toml` and `docs/configuration.md` are written from the doc lines of the options
//! structs and their defaults. `PENGATE_BLESS=1 cargo test --test reference` writes them anew.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

#[path = "reference/structs.rs"]
mod structs;

use std::{env, fmt::Write, fs, path::PathBuf};

use pengate::config::Config;
use structs::{Field, Struct};
use toml::{Table, Value};

const FILE_HEAD: &str = "\
# pengate: every key at its default.
#
# A key that is left out has the value shown here; a key that is not shown here is refused.
# `pengate check FILE` tells all that is wrong with a file. Any key can be set on the command line:
# `--set sip.listen=127.0.0.1:5070`. Time spans are texts with a unit (ms, s, m, h, d), keys that
# end in `_bytes` are octets, keys that end in `_max` are limits. Relative paths start at the
# working directory. Port 0 takes any free port; the bound addresses are logged at the start.
";

const PAGE_HEAD: &str = "\
# Configuration

`pengate` reads `config/pengate.toml`, or the file of `--config FILE`; where there is none, the copy
within the program. [`config/pengate.toml`](../config/pengate.toml) shows every key at its default,
and a key that is left out has that default. An unknown key is refused. `pengate check FILE` tells
all problems of a file at once, with line and key.

`--set KEY=VALUE` sets one key, and may be repeated: `--set sip.listen=127.0.0.1:5070`. The value is
TOML, or a text without quotes; a list of one needs no brackets; a number in the key is a place in a
list: `--set radius.clients.0.secret=other`.

Time spans are texts with a unit: `\"250ms\"`, `\"30s\"`, `\"5m\"`, `\"1h\"`, `\"2d\"`. Keys that end in
`_bytes` are octets, keys that end in `_max` are limits and at least 1. Relative paths start at the
working directory. Port 0 takes any free port; the bound addresses are logged at the start.

This page is written from the source by `PENGATE_BLESS=1 cargo test --test reference`.
";

/// Walks the defaults beside the structs.
struct Reference {
    file: String,
    page: String,
}

impl Reference {
    fn of_defaults() -> Self {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
        let sources = ["src", "codecs/src"].map(|folder| structs::all(&root.join(folder)));
        let all: Vec<Struct> = sources.into_iter().flatten().collect();
        let mut reference = Self {
            file: FILE_HEAD.to_owned(),
            page: PAGE_HEAD.to_owned(),
        };
        let defaults = Config::default().to_toml();
        let defaults = defaults.as_table().unwrap();
        let config = structs::resolve(&all, "config", "Config", &keys(defaults));
        reference.tables(&all, config, "", defaults);
        reference
    }

    /// The keys of a table that are no tables themselves, then those that are.
    fn table(&mut self, all: &[Struct], of: &Struct, path: &str, values: &Table, first: bool) {
        let mut rows = String::new();
        for field in &of.fields {
            let value = values.get(&field.name);
            if value.is_some_and(is_tables) {
                continue;
            }
            let default = value.map_or("none".to_owned(), |value| format!("`{value}`"));
            let text = field.doc.join(" ").replace('|', "\\|");
            writeln!(rows, "| `{}` | {default} | {text} |", field.name).unwrap();
            if first {
                self.comment(&field.doc);
            }
            match value {
                Some(value) => writeln!(self.file, "{} = {value}", field.name).unwrap(),
                None if first => writeln!(self.file, "# {} = ...", field.name).unwrap(),
                None => {}
            }
        }
        if first && !rows.is_empty() {
            write!(
                self.page,
                "\n| key | default | meaning |\n| --- | --- | --- |\n{rows}"
            )
            .unwrap();
        }
        self.tables(all, of, path, values);
    }

    fn tables(&mut self, all: &[Struct], of: &Struct, path: &str, values: &Table) {
        for field in &of.fields {
            let Some(value) = values.get(&field.name).filter(|value| is_tables(value)) else {
                continue;
            };
            let example = value.get(0).unwrap_or(value).as_table().unwrap();
            let inner = structs::resolve(all, &of.module, &field.of, &keys(example));
            let path = match path {
                "" => field.name.clone(),
                path => format!("{path}.{}", field.name),
            };
            self.heading(field, &path, value.is_array());
            match value {
                Value::Array(items) => {
                    for (place, item) in items.iter().enumerate() {
                        if place > 0 {
                            self.file.push('\n');
                        }
                        writeln!(self.file, "[[{path}]]").unwrap();
                        self.table(all, inner, &path, item.as_table().unwrap(), place == 0);
                    }
                }
                value => {
                    writeln!(self.file, "[{path}]").unwrap();
                    self.table(all, inner, &path, value.as_table().unwrap(), true);
                }
            }
        }
    }

    fn heading(&mut self, field: &Field, path: &str, many: bool) {
        self.file.push('\n');
        self.comment(&field.doc);
        let title = if many {
            format!("[[{path}]]")
        } else {
            format!("[{path}]")
        };
        write!(self.page, "\n## `{title}`\n\n{}\n", field.doc.join("\n")).unwrap();
    }

    fn comment(&mut self, doc: &[String]) {
        assert!(
            !doc.is_empty(),
            "a key has no doc line; so far:\n{}",
            self.file
        );
        for line in doc {
            writeln!(self.file, "# {line}").unwrap();
        }
    }
}

fn keys(table: &Table) -> Vec<&str> {
    table.keys().map(String::as_str).collect()
}

/// A table, or a list of tables.
fn is_tables(value: &Value) -> bool {
    let is_list = |items: &Vec<Value>| items.iter().any(Value::is_table);
    value.is_table() || value.as_array().is_some_and(is_list)
}

fn compare(path: &str, expected: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path);
    if env::var_os("PENGATE_BLESS").is_some_and(|value| value == "1") {
        fs::write(&path, expected).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        found == expected,
        "{} is not what the source says; PENGATE_BLESS=1 cargo test --test reference writes:\n\n\
         {expected}",
        path.display()
    );
}

#[test]
fn the_default_file_is_written_from_the_source() {
    let reference = Reference::of_defaults();
    assert_eq!(Config::parse(&reference.file), Ok(Config::default()));
    compare("config/pengate.toml", &reference.file);
}

#[test]
fn the_page_is_written_from_the_source() {
    compare("docs/configuration.md", &Reference::of_defaults().page);
}

#[test]
fn a_struct_is_read_with_its_fields_and_found_by_its_module() {
    let text = "\
/// Not public.
struct Hidden {
    pub no: u8,
}

/// Options.
#[derive(Debug)]
pub struct Options {
    /// Set from elsewhere.
    #[serde(skip)]
    pub skipped: u8,
    /// How long (default
    /// `\"1s\"`).
    #[serde(with = \"duration\")]
    pub wait: Duration,
    /// Clients of [`Kind`].
    pub clients: Option<Vec<Client>>,
}
";
    let found = structs::parse("server::options", text);
    assert_eq!(found.len(), 1);
    let fields = found[0].fields.iter();
    let fields: Vec<_> = fields
        .map(|field| (&*field.name, &*field.of, field.doc.join(" ")))
        .collect();
    assert_eq!(
        fields,
        [
            (
                "wait",
                "Duration",
                "How long (default `\"1s\"`).".to_owned()
            ),
            ("clients", "Client", "Clients of `Kind`.".to_owned()),
        ]
    );

    let mut all = structs::parse("agent::pk", text);
    all.extend(found);
    all.extend(structs::parse("feed", &text.replace("clients", "peers")));
    let resolve = |of: &str, keys: &[&str]| &structs::resolve(&all, "gateway", of, keys).module;
    let keys = ["clients", "wait"];
    assert_eq!(resolve("crate::server::Options", &keys), "server::options");
    assert_eq!(resolve("pk::Options", &keys), "agent::pk");
    assert_eq!(
        resolve("Options", &["wait", "peers"]),
        "feed",
        "by its keys"
    );
    assert_eq!(
        resolve("FeedOptions", &["wait", "peers"]),
        "feed",
        "under another name"
    );
    assert_eq!(
        resolve("feed::Options", &["wait"]),
        "feed",
        "an option without a default"
    );
}
