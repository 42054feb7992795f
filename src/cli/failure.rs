//! How a subcommand ends when it does not end well.

use std::{io, path::Path, process::ExitCode};

use thiserror::Error;

use crate::config::Problems;

/// What a subcommand gives back.
pub type Outcome = Result<(), Failure>;

/// Why a subcommand could not do what it was asked. Its text is for the operator.
#[derive(Debug, Error)]
pub enum Failure {
    /// A file that was to be read, or a peer that was to answer, is not as it should be: exit 1.
    #[error("{0}")]
    Input(String),
    /// The command line or the environment is not as it should be: exit 2.
    #[error("{0}")]
    Usage(String),
    /// The configuration has problems: exit 2.
    #[error("{count} in {file}:\n{problems}", count = count(problems))]
    Config {
        /// The file's name, or what stands for it.
        file: String,
        /// All of them.
        problems: Problems,
    },
}

impl Failure {
    /// A file that was to be read could not be.
    #[must_use]
    pub fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::Input(format!("{}: {error}", path.display()))
    }

    /// What the process exits with.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(1),
            Self::Usage(_) | Self::Config { .. } => ExitCode::from(2),
        }
    }
}

fn count(problems: &Problems) -> String {
    match problems.0.len() {
        1 => "one problem".to_owned(),
        many => format!("{many} problems"),
    }
}
