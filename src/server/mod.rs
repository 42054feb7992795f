//! The server wing (TS 23.141 clause 5.1): documents, subscriptions, notifications.

pub mod compose;
mod duration;
pub mod facets;
