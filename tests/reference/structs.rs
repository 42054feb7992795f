//! The options structs of the source with their doc lines.

use std::{fs, path::Path};

/// A struct with named fields.
#[derive(Debug)]
pub struct Struct {
    /// The module, such as `server::options`.
    pub module: String,
    /// Its name.
    pub name: String,
    /// Its fields in the order of the source.
    pub fields: Vec<Field>,
}

/// A public field.
#[derive(Debug)]
pub struct Field {
    /// Its name, which is the key.
    pub name: String,
    /// Its type without `Option` and `Vec` around it.
    pub of: String,
    /// Its doc lines.
    pub doc: Vec<String>,
}

/// Every public struct below `src`.
pub fn all(src: &Path) -> Vec<Struct> {
    let mut found = Vec::new();
    collect(src, src, &mut found);
    found
}

fn collect(src: &Path, folder: &Path, found: &mut Vec<Struct>) {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            collect(src, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inner = path.strip_prefix(src).unwrap().with_extension("");
            let names: Vec<_> = inner.iter().map(|name| name.to_str().unwrap()).collect();
            let module = names.join("::");
            let module = module.strip_suffix("::mod").unwrap_or(&module);
            found.extend(parse(module, &fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Reads formatted source: a field is a line.
pub fn parse(module: &str, text: &str) -> Vec<Struct> {
    let mut found: Vec<Struct> = Vec::new();
    let mut within = false;
    let mut doc = Vec::new();
    let mut skipped = false;
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(text) = trimmed.strip_prefix("///") {
            doc.push(text.trim().replace("[`", "`").replace("`]", "`"));
            continue;
        }
        if trimmed.starts_with("#[") {
            skipped |= trimmed.contains("serde(skip)");
            continue;
        }
        if let Some(name) = line
            .strip_prefix("pub struct ")
            .and_then(|rest| rest.strip_suffix(" {"))
        {
            found.push(Struct {
                module: module.to_owned(),
                name: name.to_owned(),
                fields: Vec::new(),
            });
            within = true;
        } else if line == "}" {
            within = false;
        } else if within && let Some(field) = field(trimmed, &doc).filter(|_| !skipped) {
            found.last_mut().unwrap().fields.push(field);
        }
        doc.clear();
        skipped = false;
    }
    found
}

fn field(line: &str, doc: &[String]) -> Option<Field> {
    let (name, of) = line
        .strip_prefix("pub ")?
        .strip_suffix(',')?
        .split_once(": ")?;
    let mut of = of;
    for wrapper in ["Option<", "Vec<"] {
        of = of
            .strip_prefix(wrapper)
            .and_then(|inner| inner.strip_suffix('>'))
            .unwrap_or(of);
    }
    Some(Field {
        name: name.to_owned(),
        of: of.to_owned(),
        doc: doc.to_vec(),
    })
}

/// The struct that `of` names within `module`, and that has a field for each of `keys`.
///
/// Of several the one counts whose name and module are those written, then the one whose module is
/// nearest. A name that `use` changed is found by the keys alone.
///
/// # Panics
/// When there is none.
pub fn resolve<'a>(all: &'a [Struct], module: &str, of: &str, keys: &[&str]) -> &'a Struct {
    let path = of.strip_prefix("crate::").unwrap_or(of);
    let (prefix, name) = path.rsplit_once("::").unwrap_or(("", path));
    let fits = |candidate: &&Struct| {
        let has = |key: &&str| candidate.fields.iter().any(|field| field.name == **key);
        let is_named = candidate.name == name;
        keys.iter().all(has) && (is_named || candidate.fields.len() == keys.len())
    };
    let rank = |candidate: &&Struct| {
        let within = format!("::{}::", candidate.module);
        (
            candidate.name != name,
            !prefix.is_empty() && !within.contains(&format!("::{prefix}::")),
            candidate.module != module,
            room(&candidate.module) != room(module),
            candidate.module.matches("::").count(),
        )
    };
    all.iter().filter(fits).min_by_key(rank).unwrap_or_else(|| {
        panic!("no struct `{of}` with the keys {keys:?} is found from `{module}`")
    })
}

fn room(module: &str) -> &str {
    module.split("::").next().unwrap_or(module)
}
