//! The one vocabulary of what network elements tell.
