//! Finding and reading the configuration.

use std::{borrow::Cow, fs, io, path::Path};

use super::{Common, Failure};
use crate::{
    config::{Config, EMBEDDED, Origin, Problem, Problems, Secret, Subscribers},
    options::Network,
    session::radius::Clients,
};
use pengate_codecs::radius;

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

/// The secret of each network of RADIUS clients, files read.
///
/// # Errors
/// Every file that cannot be read or is empty.
pub fn secrets(config: &Config) -> Result<Vec<(Network, Secret)>, Problems> {
    let mut problems = Problems::default();
    let mut secrets = Vec::new();
    for (place, client) in config.radius.clients.iter().enumerate() {
        let secret = match (&client.secret, &client.secret_file) {
            (Some(secret), _) => Ok(secret.clone()),
            (None, Some(path)) => secret_in(path),
            // The configuration is checked: one of the two is there.
            (None, None) => continue,
        };
        match secret {
            Ok(secret) => secrets.push((client.network, secret)),
            Err(what) => problems.0.push(Problem {
                origin: Origin::Default,
                key: format!("radius.clients[{place}].secret_file"),
                what,
            }),
        }
    }
    if problems.0.is_empty() {
        Ok(secrets)
    } else {
        Err(problems)
    }
}

/// The clients of RADIUS with their secrets, ready for the rooms.
///
/// # Errors
/// As [`secrets`].
pub fn clients(config: &Config) -> Result<Clients, Problems> {
    let secrets = secrets(config)?.into_iter();
    Ok(secrets
        .map(|(network, secret)| (network, radius::Secret::new(secret.as_bytes())))
        .collect())
}

fn secret_in(path: &Path) -> Result<Secret, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let secret = line.strip_suffix('\r').unwrap_or(line);
    if secret.is_empty() {
        return Err(format!("{}: empty; a secret is needed", path.display()));
    }
    Ok(Secret::new(secret))
}

/// The text of the subscribers file; of the default one a copy within the program when there is no
/// such file.
///
/// # Errors
/// The file cannot be read.
pub fn subscribers(config: &Config) -> Result<Cow<'static, str>, Problem> {
    let path = &config.subscribers.file;
    match fs::read_to_string(path) {
        Ok(text) => Ok(text.into()),
        Err(error)
            if error.kind() == io::ErrorKind::NotFound
                && path.as_os_str() == Subscribers::DEFAULT_FILE =>
        {
            Ok(EMBEDDED.subscribers.into())
        }
        Err(error) => Err(Problem {
            origin: Origin::Default,
            key: "subscribers.file".to_owned(),
            what: format!("{}: {error}", path.display()),
        }),
    }
}
