//! Facets in the state store.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Entry, Facets, History, NameId, Names, Value};

/// Octets that are no stored facets of this version.
#[derive(Clone, Copy, Debug, Eq, Error, PartialEq)]
#[error("unreadable facets")]
pub struct FacetsError;

/// Numbers of names are a shard's own, so the names go along: numbers in `entries` are places in
/// `names`, counted from 1.
#[derive(Deserialize, Serialize)]
struct Stored<'a> {
    version: u8,
    #[serde(borrow)]
    names: Vec<&'a str>,
    entries: Vec<Entry>,
    history: History,
}

const VERSION: u8 = 2;

impl Facets {
    /// For the state store. Equal states give equal octets, whatever the shard.
    #[must_use]
    pub fn to_bytes(&self, names: &Names) -> Vec<u8> {
        let mut stored = Stored {
            version: VERSION,
            names: Vec::new(),
            entries: self.entries.clone(),
            history: self.history.clone(),
        };
        for entry in &mut stored.entries {
            let (reporter, apn) = numbers(entry);
            *reporter = localise(names.reporters.text(*reporter), &mut stored.names);
            if let Some(apn) = apn {
                *apn = localise(names.access_points.text(*apn), &mut stored.names);
            }
        }
        // Writing to memory does not fail, and none of our types refuses to be serialised.
        postcard::to_allocvec(&stored).unwrap_or_default()
    }

    /// From the state store.
    ///
    /// # Errors
    /// [`FacetsError`] when the octets are not what this version writes.
    pub fn from_bytes(octets: &[u8], names: &mut Names) -> Result<Self, FacetsError> {
        let stored: Stored<'_> = postcard::from_bytes(octets).map_err(|_| FacetsError)?;
        if stored.version != VERSION {
            return Err(FacetsError);
        }
        let mut entries = stored.entries;
        for entry in &mut entries {
            let (reporter, apn) = numbers(entry);
            *reporter = names.reporters.intern(name(*reporter, &stored.names)?);
            if let Some(apn) = apn {
                *apn = names.access_points.intern(name(*apn, &stored.names)?);
            }
        }
        if entries.windows(2).any(|two| two[0].key() >= two[1].key()) {
            return Err(FacetsError);
        }
        entries.shrink_to_fit();
        let history = stored.history;
        Ok(Self { entries, history })
    }
}

/// The names that an entry refers to: who told it, and an access point.
const fn numbers(entry: &mut Entry) -> (&mut NameId, Option<&mut NameId>) {
    let apn = match &mut entry.value {
        Value::Context { apn, .. } => Some(apn),
        _ => None,
    };
    (&mut entry.reporter, apn)
}

fn localise<'a>(name: &'a str, used: &mut Vec<&'a str>) -> NameId {
    if name.is_empty() {
        return NameId::NONE;
    }
    let place = used.iter().position(|other| *other == name);
    let place = place.unwrap_or_else(|| {
        used.push(name);
        used.len() - 1
    });
    u32::try_from(place + 1).map_or(NameId::NONE, NameId::from_place)
}

/// The name at a place of a row; empty for none.
fn name<'a>(number: NameId, used: &[&'a str]) -> Result<&'a str, FacetsError> {
    match number.place().checked_sub(1) {
        Some(place) => used.get(place).copied().ok_or(FacetsError),
        None => Ok(""),
    }
}
