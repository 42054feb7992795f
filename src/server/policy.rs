//! Who may watch (TS 23.141 clause 7): the presentity's rules, then the operator's default.

use pengate_codecs::Stamp;
use serde::{Deserialize, Serialize};

use crate::pen::{Handling, PolicyChange, WatcherRule};

/// The rules of a presentity.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Policy {
    /// When they were decided.
    pub at: Stamp,
    pub rules: Vec<WatcherRule>,
}

impl From<PolicyChange> for Policy {
    fn from(change: PolicyChange) -> Self {
        Self {
            at: change.at,
            rules: change.rules,
        }
    }
}

/// What becomes of a watcher. Rules that name it count before those for everyone; among them a
/// block is final, else the most generous counts.
pub(super) fn handling(policy: Option<&Policy>, watcher: &str, default: Handling) -> Handling {
    let rules = policy.map_or(&[][..], |policy| &policy.rules);
    let personal = rules
        .iter()
        .filter(|rule| rule.watcher.as_deref() == Some(watcher));
    let general = rules.iter().filter(|rule| rule.watcher.is_none());
    strictest_block(personal.map(|rule| rule.handling))
        .or_else(|| strictest_block(general.map(|rule| rule.handling)))
        .unwrap_or(default)
}

fn strictest_block(handlings: impl Iterator<Item = Handling>) -> Option<Handling> {
    handlings.reduce(|left, right| match (left, right) {
        (Handling::Block, _) | (_, Handling::Block) => Handling::Block,
        (left, right) => left.max(right),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(watcher: Option<&str>, handling: Handling) -> WatcherRule {
        WatcherRule {
            watcher: watcher.map(Into::into),
            handling,
        }
    }

    fn decide(rules: Vec<WatcherRule>) -> Handling {
        let at = Stamp::default();
        handling(
            Some(&Policy { at, rules }),
            "sip:bob@ims.example",
            Handling::Allow,
        )
    }

    #[test]
    fn without_rules_the_default_counts() {
        assert_eq!(decide(vec![]), Handling::Allow);
        assert_eq!(
            handling(None, "sip:bob@ims.example", Handling::Confirm),
            Handling::Confirm
        );
    }

    #[test]
    fn a_rule_that_names_the_watcher_counts_before_one_for_everyone() {
        let bob = Some("sip:bob@ims.example");
        let everyone = rule(None, Handling::Block);
        assert_eq!(
            decide(vec![everyone.clone(), rule(bob, Handling::PoliteBlock)]),
            Handling::PoliteBlock
        );
        let other = rule(Some("sip:carol@ims.example"), Handling::Allow);
        assert_eq!(decide(vec![other, everyone]), Handling::Block);
    }

    #[test]
    fn a_block_is_final_and_else_the_most_generous_rule_counts() {
        let bob = Some("sip:bob@ims.example");
        let (block, allow) = (rule(bob, Handling::Block), rule(bob, Handling::Allow));
        assert_eq!(decide(vec![allow.clone(), block]), Handling::Block);
        assert_eq!(
            decide(vec![rule(bob, Handling::Confirm), allow]),
            Handling::Allow
        );
    }
}
