//! A disk that does everything a real one is allowed to do when the power goes, a flush fails, or room ends.
//!
//! # Why it exists
//!
//! A killed process loses nothing the operating system holds, so it proves little. Here, what was written and not
//! flushed is lost page by page, a later page may stay where an earlier one goes, a page may be torn at a sector, a
//! file's new length may stay without its content, names that were not flushed come and go one by one, and a failed
//! flush drops what it should have written while reading goes on showing it. The engine's own tests lose power on it
//! at every step; the simulation of the whole system stands on it.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a disk for tests: a mistake of its own is to end the test"
)]

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use super::disk::{Disk, DiskFile};

const PAGE_BYTES: u64 = 4_096;
const SECTOR_BYTES: u64 = 512;

/// The disk; clones are the same one.
#[derive(Debug, Clone, Default)]
pub struct Treacherous {
    world: Arc<Mutex<World>>,
}

/// What goes wrong, and at which step: every call that changes or flushes something is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The power goes in the midst of the step.
    PowerCut(u64),
    /// The step, if it flushes a file, fails.
    FailedFlush(u64),
    /// No file grows after so many bytes.
    NoRoom(u64),
}

#[derive(Debug, Default)]
struct World {
    files: Vec<Content>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    pending_names: Vec<Naming>,
    steps: u64,
    trouble: Option<Trouble>,
    is_dark: bool,
    chance: u64,
}

#[derive(Debug, Default)]
struct Content {
    seen: Vec<u8>,
    durable: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write(u64, Vec<u8>),
    Cut(u64),
}

#[derive(Debug, Clone)]
enum Naming {
    Made(String, usize),
    Renamed(String, String, usize),
    Removed(String),
}

impl Treacherous {
    /// An empty disk whose choices follow from a seed.
    pub fn new(seed: u64) -> Self {
        let disk = Self::default();
        disk.lock().chance = seed | 1;
        disk
    }

    /// Lets something go wrong from now on; steps are counted from here.
    pub fn plan(&self, trouble: Option<Trouble>) {
        let mut world = self.lock();
        world.steps = 0;
        world.trouble = trouble;
    }

    /// Steps since the last plan.
    pub fn steps(&self) -> u64 {
        self.lock().steps
    }

    /// Whether the power is gone.
    pub fn is_dark(&self) -> bool {
        self.lock().is_dark
    }

    /// Takes the power away now.
    pub fn cut_power(&self) {
        self.lock().cut_power();
    }

    /// Gives the power back: what is seen is what was kept.
    pub fn restart(&self) {
        let mut world = self.lock();
        world.is_dark = false;
        world.trouble = None;
        world.names = world.durable_names.clone();
        for file in &mut world.files {
            file.seen = file.durable.clone();
        }
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap()
    }
}

impl World {
    /// Counts a step; the power may go with it, after `half_done` has left its traces.
    fn step(&mut self, half_done: impl FnOnce(&mut Self)) -> io::Result<()> {
        self.check_light()?;
        self.steps += 1;
        if self.trouble == Some(Trouble::PowerCut(self.steps)) {
            half_done(self);
            self.cut_power();
        }
        self.check_light()
    }

    fn check_light(&self) -> io::Result<()> {
        if self.is_dark {
            Err(io::Error::other("the power is gone"))
        } else {
            Ok(())
        }
    }

    /// xorshift64*; true in so many of four cases.
    fn likely(&mut self, of_four: u64) -> bool {
        self.chance ^= self.chance >> 12;
        self.chance ^= self.chance << 25;
        self.chance ^= self.chance >> 27;
        (self.chance.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 40) % 4 < of_four
    }

    fn cut_power(&mut self) {
        self.is_dark = true;
        // From "nothing that was not flushed is there" to "all of it is".
        let kept_of_four = (0..4).filter(|_| self.likely(2)).count() as u64;
        for naming in std::mem::take(&mut self.pending_names) {
            if self.likely(kept_of_four) {
                naming.apply(&mut self.durable_names);
            }
        }
        for file in 0..self.files.len() {
            self.settle(file, kept_of_four);
        }
    }

    /// Decides page by page what of the unflushed changes reaches the platter.
    fn settle(&mut self, file: usize, kept_of_four: u64) {
        for change in std::mem::take(&mut self.files[file].pending) {
            match change {
                Change::Cut(size) if self.likely(kept_of_four) => {
                    self.files[file].durable.truncate(size as usize);
                }
                Change::Cut(_) => {}
                Change::Write(offset, bytes) => self.settle_write(file, (offset, &bytes), kept_of_four),
            }
        }
    }

    fn settle_write(&mut self, file: usize, (offset, bytes): (u64, &[u8]), kept_of_four: u64) {
        if self.likely(kept_of_four) {
            let end = offset as usize + bytes.len();
            let length = self.files[file].durable.len().max(end);
            self.files[file].durable.resize(length, 0);
        }
        let end = offset + bytes.len() as u64;
        let mut at = offset;
        while at < end {
            let page_end = end.min((at / PAGE_BYTES + 1) * PAGE_BYTES);
            let torn_at = (at / SECTOR_BYTES + 1) * SECTOR_BYTES;
            let kept_end = match (self.likely(kept_of_four), self.likely(1)) {
                (false, _) => at,
                (true, true) => page_end.min(torn_at),
                (true, false) => page_end,
            };
            let kept = &bytes[(at - offset) as usize..(kept_end - offset) as usize];
            write(&mut self.files[file].durable, at, kept);
            at = page_end;
        }
    }

    /// How much of a write the disk has room for.
    fn room_for(&mut self, grows_by: u64) -> u64 {
        match &mut self.trouble {
            Some(Trouble::NoRoom(left)) => {
                let taken = grows_by.min(*left);
                *left -= taken;
                taken
            }
            _ => grows_by,
        }
    }
}

impl Naming {
    fn apply(self, names: &mut BTreeMap<String, usize>) {
        match self {
            Self::Made(name, file) => drop(names.insert(name, file)),
            Self::Renamed(from, to, file) => {
                names.remove(&from);
                names.insert(to, file);
            }
            Self::Removed(name) => drop(names.remove(&name)),
        }
    }
}

fn write(to: &mut Vec<u8>, offset: u64, bytes: &[u8]) {
    if bytes.is_empty() {
        return;
    }
    let (start, end) = (offset as usize, offset as usize + bytes.len());
    to.resize(to.len().max(end), 0);
    to[start..end].copy_from_slice(bytes);
}

impl Treacherous {
    fn file(&self, number: usize) -> Arc<dyn DiskFile> {
        Arc::new(Handle {
            disk: self.clone(),
            number,
        })
    }

    /// Changes names at once for who looks, and on the platter some time.
    fn rename_to(&self, naming: impl Fn(&mut World) -> io::Result<Naming>) -> io::Result<()> {
        let mut world = self.lock();
        world.check_light()?;
        let naming = naming(&mut world)?;
        world.pending_names.push(naming.clone());
        world.step(|_| ())?;
        naming.apply(&mut world.names);
        Ok(())
    }
}

fn not_found() -> io::Error {
    io::Error::from(io::ErrorKind::NotFound)
}

impl Disk for Treacherous {
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let world = self.lock();
        world.check_light()?;
        let number = *world.names.get(name).ok_or_else(not_found)?;
        drop(world);
        Ok(self.file(number))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        self.rename_to(|world| {
            world.files.push(Content::default());
            Ok(Naming::Made(name.to_owned(), world.files.len() - 1))
        })?;
        self.open(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.rename_to(|world| {
            let number = *world.names.get(from).ok_or_else(not_found)?;
            Ok(Naming::Renamed(from.to_owned(), to.to_owned(), number))
        })
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.rename_to(|world| match world.names.contains_key(name) {
            true => Ok(Naming::Removed(name.to_owned())),
            false => Err(not_found()),
        })
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let world = self.lock();
        world.check_light()?;
        Ok(world.names.keys().cloned().collect())
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut world = self.lock();
        world.step(|_| ())?;
        for naming in std::mem::take(&mut world.pending_names) {
            naming.apply(&mut world.durable_names);
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Handle {
    disk: Treacherous,
    number: usize,
}

impl DiskFile for Handle {
    fn size(&self) -> io::Result<u64> {
        let world = self.disk.lock();
        world.check_light()?;
        Ok(world.files[self.number].seen.len() as u64)
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let world = self.disk.lock();
        world.check_light()?;
        let range = offset as usize..offset as usize + into.len();
        let bytes = world.files[self.number].seen.get(range);
        let bytes = bytes.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        into.copy_from_slice(bytes);
        Ok(())
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let mut world = self.disk.lock();
        let size = world.files[self.number].seen.len() as u64;
        let inside = size.saturating_sub(offset).min(bytes.len() as u64);
        let taken = inside + world.room_for(bytes.len() as u64 - inside);
        let written = &bytes[..taken as usize];
        let change = Change::Write(offset, written.to_vec());
        world.step(|world| world.files[self.number].pending.push(change.clone()))?;
        let file = &mut world.files[self.number];
        write(&mut file.seen, offset, written);
        file.pending.push(change);
        if written.len() < bytes.len() {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        Ok(())
    }

    fn cut_to(&self, size: u64) -> io::Result<()> {
        let mut world = self.disk.lock();
        world.step(|world| world.files[self.number].pending.push(Change::Cut(size)))?;
        let file = &mut world.files[self.number];
        file.seen.truncate(size as usize);
        file.pending.push(Change::Cut(size));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut world = self.disk.lock();
        world.step(|_| ())?;
        if world.trouble == Some(Trouble::FailedFlush(world.steps)) {
            world.settle(self.number, 2);
            return Err(io::Error::other("the flush failed"));
        }
        // Only what still waits: what an earlier flush failed to write is seen, and stays lost.
        let file = &mut world.files[self.number];
        for change in std::mem::take(&mut file.pending) {
            match change {
                Change::Cut(size) => file.durable.truncate(size as usize),
                Change::Write(offset, bytes) => write(&mut file.durable, offset, &bytes),
            }
        }
        Ok(())
    }
}
