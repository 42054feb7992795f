//! How many partitions a data folder was made with.
//!
//! Rows and records are filed under partitions, so another number would look for them where they are
//! not. The first start writes the number beside log and state; every other start compares.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

use thiserror::Error;

use super::disk::make_folder;

/// Why a data folder cannot be used with the number of partitions that is configured.
#[derive(Debug, Error)]
pub enum PartitionsError {
    /// It was made with another number.
    #[error(
        "pen.partitions: {} was made with {found}, not {configured}; configure {found}, or another \
         data.folder",
        folder.display()
    )]
    Differ {
        /// The data folder.
        folder: PathBuf,
        /// The number it was made with.
        found: u16,
        /// The number that is configured.
        configured: u16,
    },
    /// The file that tells is not what we write.
    #[error("{}: no number of partitions is in it, such as {configured}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// The number that is configured.
        configured: u16,
    },
    /// The file that tells cannot be read or written.
    #[error("{}: {source}", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
}

/// Compares the number of partitions with the one that the folder was made with; a folder that does
/// not tell is told, durably. To be called with the folder's log open, whose lock keeps others out.
///
/// # Errors
/// [`PartitionsError`].
pub fn check_partitions(folder: &Path, configured: u16) -> Result<(), PartitionsError> {
    let file = folder.join(FILE);
    match fs::read_to_string(&file) {
        Ok(text) => {
            let found = text.trim_end().parse();
            let found = found.map_err(|_| PartitionsError::Unreadable { file, configured })?;
            if found != configured {
                let folder = folder.to_owned();
                return Err(PartitionsError::Differ {
                    folder,
                    found,
                    configured,
                });
            }
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            write(folder, configured).map_err(|source| PartitionsError::Io { file, source })
        }
        Err(source) => Err(PartitionsError::Io { file, source }),
    }
}

/// Under another name first, so that a loss of power leaves the whole file or none.
fn write(folder: &Path, partitions: u16) -> io::Result<()> {
    make_folder(folder)?;
    let new = folder.join(FILE_NEW);
    let mut file = File::create(&new)?;
    writeln!(file, "{partitions}")?;
    file.sync_all()?;
    fs::rename(new, folder.join(FILE))?;
    File::open(folder)?.sync_all()
}

const FILE: &str = "partitions";
const FILE_NEW: &str = "partitions.new";

#[cfg(test)]
mod tests {
    use super::*;

    fn told(folder: &Path, configured: u16) -> String {
        check_partitions(folder, configured)
            .map_or_else(|error| error.to_string(), |()| "ok".into())
    }

    #[test]
    fn a_folder_keeps_the_number_that_it_was_made_with() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("data");
        assert_eq!(told(&folder, 16), "ok");
        assert_eq!(fs::read_to_string(folder.join(FILE)).unwrap(), "16\n");
        assert_eq!(told(&folder, 16), "ok");
        let place = folder.display();
        assert_eq!(
            told(&folder, 256),
            format!(
                "pen.partitions: {place} was made with 16, not 256; configure 16, or another \
                 data.folder"
            )
        );
        assert_eq!(told(&folder, 16), "ok", "a refusal changes nothing");
    }

    #[test]
    fn a_start_that_lost_power_while_it_wrote_is_made_good() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE_NEW), "1").unwrap();
        assert_eq!(told(folder.path(), 16), "ok");
        assert_eq!(told(folder.path(), 16), "ok");
        assert!(!folder.path().join(FILE_NEW).exists());
    }

    #[test]
    fn a_file_that_tells_no_number_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        for text in ["", "many", "65536", "-1", "16 17"] {
            fs::write(&file, text).unwrap();
            let error = check_partitions(folder.path(), 16).unwrap_err();
            assert!(
                matches!(error, PartitionsError::Unreadable { .. }),
                "{text:?}: {error}"
            );
            assert_eq!(fs::read_to_string(&file).unwrap(), text);
        }
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        let error = check_partitions(folder.path(), 16).unwrap_err();
        assert!(matches!(error, PartitionsError::Io { .. }), "{error}");
    }
}
