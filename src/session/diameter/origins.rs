//! Nodes that were heard of, and whether they lost their state (RFC 6733 clause 8.16).

use hashbrown::HashMap;
use smol_str::SmolStr;

/// What the Origin-State-Id of a node tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Told {
    /// Nothing new.
    Nothing,
    /// It grew: the node restarted.
    Restarted,
    /// The node is new, and another was forgotten for it.
    Forgot,
}

#[derive(Debug)]
struct Row {
    state: u32,
    /// When it was heard last, in messages.
    heard: u64,
}

/// Nodes by Origin-Host.
#[derive(Debug)]
pub(super) struct Origins {
    rows: HashMap<SmolStr, Row>,
    heard: u64,
    max: usize,
}

impl Origins {
    pub fn new(max: usize) -> Self {
        Self {
            rows: HashMap::new(),
            heard: 0,
            max,
        }
    }

    /// Notes the Origin-State-Id of a node. When there are too many nodes the one that was heard
    /// least recently is forgotten.
    pub fn note(&mut self, host: &str, state: u32) -> Told {
        self.heard += 1;
        let heard = self.heard;
        if let Some(row) = self.rows.get_mut(host) {
            row.heard = heard;
            let is_greater = row.state < state;
            row.state = row.state.max(state);
            return match is_greater {
                true => Told::Restarted,
                false => Told::Nothing,
            };
        }
        let is_full = self.rows.len() >= self.max;
        if is_full {
            self.forget_one();
        }
        if self.max > 0 {
            self.rows.insert(host.into(), Row { state, heard });
        }
        match is_full {
            true => Told::Forgot,
            false => Told::Nothing,
        }
    }

    /// All are looked at: only who makes up names comes here often.
    fn forget_one(&mut self) {
        let oldest = self.rows.iter().min_by_key(|(_, row)| row.heard);
        if let Some((host, _)) = oldest {
            let host = host.clone();
            self.rows.remove(&host);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_greater_number_is_a_restart() {
        let mut origins = Origins::new(2);
        let told: Vec<_> = [5, 5, 6, 5, 6]
            .map(|state| origins.note("hss", state))
            .into_iter()
            .collect();
        assert_eq!(
            told,
            [
                Told::Nothing,
                Told::Nothing,
                Told::Restarted,
                Told::Nothing,
                Told::Nothing
            ]
        );
    }

    #[test]
    fn the_one_heard_least_recently_makes_room() {
        let mut origins = Origins::new(2);
        origins.note("hss", 5);
        origins.note("other", 5);
        origins.note("hss", 5);
        assert_eq!(origins.note("stranger", 5), Told::Forgot);
        assert_eq!(origins.note("hss", 6), Told::Restarted);
        assert_eq!(origins.note("stranger", 6), Told::Restarted);
        assert_eq!(origins.note("other", 6), Told::Forgot, "it is new again");
        let mut none = Origins::new(0);
        assert_eq!(none.note("hss", 5), Told::Forgot);
        assert!(none.rows.is_empty());
    }
}
