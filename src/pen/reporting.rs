//! Reporting on demand (TS 23.141 clause 4.3.2): the server tells the agent who is watched.

use super::Presentity;

/// Switches reporting of a presentity on or off.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Reporting {
    /// Whom.
    pub presentity: Presentity,
    /// Whether anybody watches who is shown what the network tells.
    pub watched: bool,
    /// Whether any of them is shown the place.
    pub place: bool,
}
