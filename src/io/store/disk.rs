//! The folder under the log, behind a trait so that tests can let it fail.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::io::sys;
use crate::pen::log::LogError;

/// A folder of files.
pub trait Disk: Send + Sync {
    /// The folder as the operator knows it.
    fn place(&self) -> String;

    /// Names of the files.
    ///
    /// # Errors
    /// What the system answers.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Makes an empty file, in place of one of that name.
    ///
    /// # Errors
    /// What the system answers.
    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// What the system answers.
    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>>;

    /// Renames a file, in place of one of the new name.
    ///
    /// # Errors
    /// What the system answers.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the system answers.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes the names of files durable.
    ///
    /// # Errors
    /// What the system answers.
    fn sync_names(&self) -> io::Result<()>;

    /// Octets that may still be written.
    ///
    /// # Errors
    /// What the system answers.
    fn free_bytes(&self) -> io::Result<u64>;
}

/// An open file.
pub trait DiskFile: Send {
    /// Length in octets.
    ///
    /// # Errors
    /// What the system answers.
    fn len(&self) -> io::Result<u64>;

    /// Whether there is no octet.
    ///
    /// # Errors
    /// What the system answers.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads some octets at an offset; none at the end.
    ///
    /// # Errors
    /// What the system answers.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize>;

    /// Writes some of the octets at an offset and tells how many.
    ///
    /// # Errors
    /// What the system answers.
    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<usize>;

    /// Makes what was written durable.
    ///
    /// # Errors
    /// What the system answers; then what was written since the last sync is lost.
    fn sync(&mut self) -> io::Result<()>;
}

/// A folder of the file system, locked against other processes.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Open for syncs of names.
    folder: File,
    /// Locked as long as it is open.
    _lock: File,
}

/// Name of the lock file.
pub(super) const LOCK: &str = "lock";

impl Folder {
    /// Opens the folder, makes it where it is missing, and locks it.
    ///
    /// # Errors
    /// [`LogError::Locked`] when another process holds it, else what the system answers.
    pub fn open(path: &Path) -> Result<Self, LogError> {
        let failed = |what: &str, source| LogError::Io {
            what: format!("cannot {what} {}", path.display()),
            source,
        };
        make_folder(path).map_err(|error| failed("make", error))?;
        let folder = File::open(path).map_err(|error| failed("open", error))?;
        let lock_path = path.join(LOCK);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&lock_path)
            .map_err(|error| failed("make the lock file in", error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(locked(path, &lock_path)),
            Err(TryLockError::Error(error)) => return Err(failed("lock", error)),
        }
        // Only for the message of whoever comes second: a failure here harms nobody.
        let _ = lock.set_len(0);
        let _ = write!(&lock, "process {}", std::process::id());
        Ok(Self {
            path: path.to_owned(),
            folder,
            _lock: lock,
        })
    }
}

/// Makes a folder where it is missing, and those above it, and makes their names durable: a synced
/// file is of no use in a folder that a power cut forgets.
pub(super) fn make_folder(path: &Path) -> io::Result<()> {
    let path = std::path::absolute(path)?;
    let missing = path.ancestors().take_while(|folder| !folder.exists());
    let parents: Vec<_> = missing.filter_map(Path::parent).collect();
    fs::create_dir_all(&path)?;
    parents
        .into_iter()
        .try_for_each(|parent| File::open(parent)?.sync_all())
}

fn locked(path: &Path, lock: &Path) -> LogError {
    let holder = fs::read_to_string(lock).unwrap_or_default();
    LogError::Locked {
        folder: path.display().to_string(),
        holder: match holder.trim() {
            "" => String::new(),
            holder => format!(" ({holder})"),
        },
    }
}

impl Disk for Folder {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn names(&self) -> io::Result<Vec<String>> {
        fs::read_dir(&self.path)?
            .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
            .collect()
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(self.path.join(name))?;
        Ok(Box::new(file))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .open(self.path.join(name))?;
        Ok(Box::new(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        self.folder.sync_all()
    }

    fn free_bytes(&self) -> io::Result<u64> {
        sys::free_bytes(&self.path)
    }
}

impl DiskFile for File {
    fn len(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        FileExt::read_at(self, into, offset)
    }

    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<usize> {
        FileExt::write_at(self, octets, offset)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Writes all octets at an offset, however many calls it takes.
pub(super) fn write_all(file: &mut dyn DiskFile, offset: u64, octets: &[u8]) -> io::Result<()> {
    let mut done = 0;
    while done < octets.len() {
        match file.write_at(offset + as_u64(done), &octets[done..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => done = done.saturating_add(count).min(octets.len()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Reads up to `len` octets from the start of a file into `octets`, in place of what it held.
pub(super) fn read_start(file: &dyn DiskFile, len: u64, octets: &mut Vec<u8>) -> io::Result<()> {
    let len = usize::try_from(file.len()?.min(len)).map_err(io::Error::other)?;
    octets.resize(len, 0);
    let mut done = 0;
    while done < len {
        match file.read_at(as_u64(done), &mut octets[done..]) {
            Ok(0) => break,
            Ok(count) => done = done.saturating_add(count).min(len),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    octets.truncate(done);
    Ok(())
}

/// A count of octets as an offset; never wider than 64 bits.
pub(super) fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}
