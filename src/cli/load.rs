//! Finding and reading the configuration.

use std::{fs, io, path::Path};

use super::{Common, Failure};
use crate::config::{Config, EMBEDDED};

/// A configuration and where it came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// The file's name, or what stands for it.
    pub origin: String,
}

/// The file that is read when none is named.
const DEFAULT_FILE: &str = "config/pengate.toml";

/// What stands for a file's name when the embedded copy is used.
const EMBEDDED_NAME: &str = "the embedded configuration";

/// Reads the configuration that holds: the file of `--config`, else the default file, else the copy
/// within the program; changed by `--set`.
///
/// # Errors
/// [`Failure::Usage`] when the file cannot be read, [`Failure::Config`] with all its problems.
pub fn load(common: &Common) -> Result<Loaded, Failure> {
    let (origin, text) = read(common.config.as_deref())?;
    match Config::parse_with(&text, &common.settings) {
        Ok(config) => Ok(Loaded { config, origin }),
        Err(problems) => Err(Failure::Config {
            file: origin,
            problems,
        }),
    }
}

fn read(file: Option<&Path>) -> Result<(String, String), Failure> {
    let path = file.unwrap_or_else(|| Path::new(DEFAULT_FILE));
    match fs::read_to_string(path) {
        Ok(text) => Ok((path.display().to_string(), text)),
        Err(error) if file.is_none() && error.kind() == io::ErrorKind::NotFound => {
            Ok((EMBEDDED_NAME.to_owned(), EMBEDDED.config.to_owned()))
        }
        Err(error) => Err(Failure::Usage(format!("{}: {error}", path.display()))),
    }
}
