//! A disk in memory that fails as told, and forgets at a power cut what was not synced.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use pengate::io::store::{Disk, DiskFile};

const BLOCK: usize = 512;

#[derive(Clone, Default)]
pub struct SimDisk(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    names: BTreeMap<String, usize>,
    names_synced: BTreeMap<String, usize>,
    files: Vec<Content>,
    /// Handles of an earlier life do nothing.
    life: u32,
    pub faults: Faults,
    pub syncs: u64,
    pub written: u64,
}

#[derive(Clone, Default)]
struct Content {
    octets: Vec<u8>,
    synced: Vec<u8>,
    /// Blocks written since the last sync was tried. As on a real system, a sync that fails leaves
    /// them clean: the next sync does not try them again.
    dirty: BTreeSet<usize>,
}

impl Content {
    fn sync(&mut self) {
        self.synced.resize(self.octets.len(), 0);
        for block in std::mem::take(&mut self.dirty) {
            let from = block * BLOCK;
            let to = (from + BLOCK).min(self.octets.len());
            self.synced[from..to].copy_from_slice(&self.octets[from..to]);
        }
    }
}

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Writes of segments take no more octets than this in one call.
    pub write_octets_max: Option<usize>,
    /// Writes fail with this error.
    pub write: Option<io::ErrorKind>,
    /// Syncs fail with this error, and forget what they should have kept.
    pub sync: Option<io::ErrorKind>,
    /// Syncs answer well and do nothing.
    pub lying_sync: bool,
    /// Room on the disk, where it is not endless.
    pub free: Option<u64>,
    /// Syncs of files wait as long as this is set.
    pub hold_sync: bool,
    /// The power is cut as soon as the name of a new segment is durable, and all that may be lost
    /// is lost.
    pub cut_at_segment: bool,
}

impl SimDisk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    /// Changes what goes wrong.
    pub fn faults(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.state().faults);
    }

    /// Syncs of files so far.
    pub fn syncs(&self) -> u64 {
        self.state().syncs
    }

    /// Octets written so far.
    pub fn written(&self) -> u64 {
        self.state().written
    }

    /// A copy of the disk as a process would find it that starts now: what is in memory counts.
    pub fn snapshot(&self) -> Self {
        let state = self.state();
        Self(Arc::new(Mutex::new(State {
            names: state.names.clone(),
            names_synced: state.names_synced.clone(),
            files: state.files.clone(),
            ..State::default()
        })))
    }

    /// Cuts the power: of what was not synced, every block and every name is kept or lost as
    /// `chance` says. Faults are gone afterwards.
    pub fn power_cut(&self, chance: &mut dyn FnMut() -> bool) {
        self.state().power_cut(chance);
    }

    /// Changes octets of a file behind everybody's back.
    pub fn spoil(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let inode = state.names[name];
        let content = &mut state.files[inode];
        change(&mut content.octets);
        content.synced = content.octets.clone();
    }

    /// Names of the segments, in order.
    pub fn segments(&self) -> Vec<String> {
        let names = self.state().names.keys().cloned().collect::<Vec<_>>();
        names
            .into_iter()
            .filter(|name| name.ends_with(".pen"))
            .collect()
    }
}

impl State {
    fn power_cut(&mut self, chance: &mut dyn FnMut() -> bool) {
        for content in &mut self.files {
            content.octets = after_cut(content, chance);
            content.synced = content.octets.clone();
            content.dirty.clear();
        }
        if !chance() {
            self.names = self.names_synced.clone();
        }
        self.names_synced = self.names.clone();
        self.life += 1;
        self.faults = Faults::default();
    }
}

fn after_cut(content: &Content, chance: &mut dyn FnMut() -> bool) -> Vec<u8> {
    let len = if chance() {
        content.octets.len()
    } else {
        content.synced.len()
    };
    let mut octets = content.synced.clone();
    octets.resize(len, 0);
    for (at, block) in octets.chunks_mut(BLOCK).enumerate() {
        let from = at * BLOCK;
        let to = (from + block.len()).min(content.octets.len());
        if from < to && content.octets[from..to] != block[..to - from] && chance() {
            block[..to - from].copy_from_slice(&content.octets[from..to]);
        }
    }
    octets
}

struct SimFile {
    disk: SimDisk,
    inode: usize,
    life: u32,
}

impl SimFile {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.state();
        if state.life != self.life {
            return Err(io::Error::other("the power was cut"));
        }
        Ok(state)
    }
}

impl Disk for SimDisk {
    fn place(&self) -> String {
        "a simulated disk".to_owned()
    }

    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        state.files.push(Content::default());
        let inode = state.files.len() - 1;
        state.names.insert(name.to_owned(), inode);
        let life = state.life;
        Ok(Box::new(SimFile {
            disk: self.clone(),
            inode,
            life,
        }))
    }

    fn open(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let state = self.state();
        let inode = *state.names.get(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(SimFile {
            disk: self.clone(),
            inode,
            life: state.life,
        }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        let inode = state.names.remove(from).ok_or(io::ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), inode);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let gone = self.state().names.remove(name);
        gone.map(drop).ok_or(io::ErrorKind::NotFound.into())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        let segments = |names: &BTreeMap<String, usize>| {
            names.keys().filter(|name| name.ends_with(".pen")).count()
        };
        let new = segments(&state.names) > segments(&state.names_synced);
        state.names_synced = state.names.clone();
        if new && state.faults.cut_at_segment {
            state.power_cut(&mut || false);
        }
        Ok(())
    }

    fn free_bytes(&self) -> io::Result<u64> {
        Ok(self.state().faults.free.unwrap_or(u64::MAX))
    }
}

impl DiskFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(u64::try_from(self.state()?.files[self.inode].octets.len()).unwrap())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let state = self.state()?;
        let from = usize::try_from(offset).unwrap();
        let octets = state.files[self.inode]
            .octets
            .get(from..)
            .unwrap_or_default();
        let count = octets.len().min(into.len());
        into[..count].copy_from_slice(&octets[..count]);
        Ok(count)
    }

    fn write_at(&mut self, offset: u64, octets: &[u8]) -> io::Result<usize> {
        let mut state = self.state()?;
        if let Some(kind) = state.faults.write {
            return Err(kind.into());
        }
        let count = octets
            .len()
            .min(state.faults.write_octets_max.unwrap_or(usize::MAX));
        let from = usize::try_from(offset).unwrap();
        let blocks = from / BLOCK..(from + count).div_ceil(BLOCK);
        state.files[self.inode].dirty.extend(blocks);
        let file = &mut state.files[self.inode].octets;
        if file.len() < from + count {
            file.resize(from + count, 0);
        }
        file[from..from + count].copy_from_slice(&octets[..count]);
        state.written += u64::try_from(count).unwrap();
        Ok(count)
    }

    fn sync(&mut self) -> io::Result<()> {
        while self.state()?.faults.hold_sync {
            std::thread::sleep(std::time::Duration::from_micros(200));
        }
        let mut state = self.state()?;
        state.syncs += 1;
        if let Some(kind) = state.faults.sync {
            state.files[self.inode].dirty.clear();
            return Err(kind.into());
        }
        if !state.faults.lying_sync {
            state.files[self.inode].sync();
        }
        Ok(())
    }
}
