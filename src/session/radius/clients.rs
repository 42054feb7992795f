//! Who may send, and with which secret.

use std::net::IpAddr;

use pengate_codecs::radius::Secret;

use crate::options::Network;

/// Secrets by network; the most particular network counts.
#[derive(Debug, Default)]
pub struct Clients {
    /// Longest prefix first.
    rows: Vec<(Network, Secret)>,
}

impl Clients {
    /// Whether there is no client at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The secret of a client.
    #[must_use]
    pub fn secret_of(&self, client: IpAddr) -> Option<&Secret> {
        self.rows
            .iter()
            .find(|(network, _)| network.contains(client))
            .map(|(_, secret)| secret)
    }
}

impl FromIterator<(Network, Secret)> for Clients {
    fn from_iter<I: IntoIterator<Item = (Network, Secret)>>(rows: I) -> Self {
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by_key(|(network, _)| std::cmp::Reverse(network.prefix()));
        Self { rows }
    }
}
