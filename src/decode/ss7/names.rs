//! Names of members and values as the specifications spell them.

use hashbrown::HashMap;
use pengate_codecs::{cap, map};

/// The spelling of every name in the modules, by its type and itself without case and hyphens.
#[derive(Debug)]
pub(super) struct Names(HashMap<String, &'static str>);

impl Names {
    /// Those of MAP and CAP. A type of one name in both has members of the same names.
    pub(super) fn new() -> Self {
        let mut names = HashMap::new();
        for line in [map::MODULE, cap::MODULE].into_iter().flat_map(lines) {
            names.extend(line);
        }
        Self(names)
    }

    /// How a member or value of a type is spelled; as the table has it when no module knows it.
    pub(super) fn of<'n>(&self, of: &str, name: &'n str) -> &'n str {
        self.0.get(&key(of, name)).copied().unwrap_or(name)
    }
}

/// The names of each line of a module: a definition begins where its name is followed by `::=`.
fn lines(module: &'static str) -> impl Iterator<Item = Vec<(String, &'static str)>> {
    let mut of = "";
    module.lines().map(move |line| {
        let line = line.split("--").next().unwrap_or_default();
        let mut rest = line;
        if let Some((name, members)) = line.split_once("::=") {
            (of, rest) = (name.trim(), members);
        }
        rest.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-')
            .filter(|word| word.starts_with(|first: char| first.is_ascii_lowercase()))
            .map(|word| (key(of, word), word))
            .collect()
    })
}

fn key(of: &str, name: &str) -> String {
    let plain = |name: &str, key: &mut String| {
        let kept = name.chars().filter(char::is_ascii_alphanumeric);
        key.extend(kept.map(|letter| letter.to_ascii_lowercase()));
    };
    let mut key = String::with_capacity(of.len() + name.len() + 1);
    plain(of, &mut key);
    key.push('.');
    plain(name, &mut key);
    key
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::line::{Key, Line};

    #[test]
    fn no_name_takes_the_place_of_what_is_told_of_every_message() {
        let mut taken = Vec::new();
        for name in Names::new().0.into_values() {
            let mut line = Line::default();
            for key in Key::ALL {
                line.envelope(key, "ours");
            }
            line.text(name, "theirs");
            let told: serde_json::Value = serde_json::from_slice(line.finish()).unwrap();
            for key in Key::ALL {
                assert_eq!(told[key.name()], "ours", "{name}");
            }
            let own = told
                .as_object()
                .unwrap()
                .keys()
                .find(|key| told[*key] == "theirs");
            if own.unwrap() != name {
                taken.push(name);
            }
        }
        // CAP, initialDP.
        assert_eq!(taken, ["carrier"]);
    }

    #[test]
    fn names_are_those_of_the_specifications() {
        let names = Names::new();
        for (of, name, spelled) in [
            ("NoteMmEventArg", "event_met", "eventMet"),
            (
                "NoteMmEventArg",
                "location_information_gprs",
                "locationInformationGPRS",
            ),
            ("LocationInformation", "vlr_number", "vlr-number"),
            ("InitialDpArg", "imsi", "iMSI"),
            ("UpdateLocationArg", "imsi", "imsi"),
            ("EventTypeBcsm", "OCalledPartyBusy", "oCalledPartyBusy"),
            ("NoteMmEventArg", "no_such_name", "no_such_name"),
        ] {
            assert_eq!(names.of(of, name), spelled);
        }
    }
}
