//! The trees as they lie in sled's files, read without sled.
//!
//! # Why it exists
//!
//! sled writes when it reads: it divides a page that has grown, joins one that has shrunk, and ends what was begun of
//! both. Once a write has failed it refuses all of that, and so it refuses to read whatever lies in or below such a page;
//! nor does it give a page that it let go of before it was flushed. Which events that takes depends on how pages happen to
//! lie. Everything that was answered was flushed before, so it can be read from the files, and this does so.
//!
//! # Invariants
//!
//! - Nothing is written, and what is read is checked by the checksum of its message.
//! - The trees are as they were after some message of sled's file, and after every one that was flushed: messages are
//!   taken in the order in which they were written, up to the first that is not there. Any such moment is one at which sled
//!   could have been killed, so its pages lead to every entry.
//! - It looks for messages once, when it is opened, and is for when sled writes no more: sled uses the places of old
//!   messages again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::ops::{Bound, Range};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::blobs;
use super::file::{self, Kind, SEGMENT_BYTES};
use super::page::{Change, Held, Page};
use table::{At, State};

mod table;

/// The page that says at which pages the trees begin.
const ROOTS: u64 = 0;
/// Pages on the way to an entry, with those aside: far more than there ever are.
const STEPS_MAX: usize = 10_000;

/// A key and its value.
pub(super) type Entry = (Vec<u8>, Vec<u8>);

/// The trees on the disk.
#[derive(Debug)]
pub(super) struct DiskTrees {
    log: PathBuf,
    file: File,
    /// What is known of each page, by its number.
    pages: Vec<State>,
    /// Where each tree begins.
    roots: BTreeMap<Vec<u8>, u64>,
    /// The page of entries that was read last, with its tree: what is read next mostly lies in it.
    last: Mutex<Option<(Vec<u8>, Arc<Now>)>>,
}

/// A page with the changes since it was written whole.
#[derive(Debug)]
struct Now {
    next: u64,
    lowest: Vec<u8>,
    highest: Vec<u8>,
    entries: BTreeMap<Vec<u8>, Vec<u8>>,
    /// None where it holds entries.
    pages: Option<Vec<(Vec<u8>, u64)>>,
}

/// Which page is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The one that a key belongs to.
    At,
    /// The one that the last key before it belongs to.
    Before,
}

impl Side {
    fn begins(self, lowest: &[u8], key: &[u8]) -> bool {
        match self {
            Self::At => lowest <= key,
            Self::Before => lowest < key,
        }
    }

    fn is_behind(self, page: &Now, key: &[u8]) -> bool {
        let is_behind = match self {
            Self::At => key >= page.highest.as_slice(),
            Self::Before => key > page.highest.as_slice(),
        };
        is_behind && !page.highest.is_empty()
    }
}

impl DiskTrees {
    /// Reads sled's notes and what was written since.
    ///
    /// # Errors
    /// What the operating system says, or that the files are not as sled writes them.
    pub(super) fn open(log: &Path) -> io::Result<Self> {
        let file = File::open(log.join(file::NAME))?;
        let pages = table::of(log, &file)?;
        let mut trees = Self {
            log: log.to_owned(),
            file,
            pages,
            roots: BTreeMap::new(),
            last: Mutex::default(),
        };
        let (base, _) = trees.messages_of(ROOTS)?;
        let (kind, said) = trees.payload(base)?;
        trees.roots = match kind {
            Kind::Roots => table::roots(&said).ok_or_else(strange)?,
            _ => return Err(strange()),
        };
        Ok(trees)
    }

    /// The value under a key.
    ///
    /// # Errors
    /// As all that is read: what the operating system says, or that a message is not as sled wrote it.
    pub(super) fn get(&self, tree: &[u8], key: &[u8]) -> io::Result<Option<Vec<u8>>> {
        Ok(self.leaf(tree, key, Side::At)?.entries.get(key).cloned())
    }

    /// The first entry of a range.
    pub(super) fn first(&self, tree: &[u8], range: Range<&[u8]>) -> io::Result<Option<Entry>> {
        let mut from = range.start.to_vec();
        while from.as_slice() < range.end {
            let page = self.leaf(tree, &from, Side::At)?;
            let behind = (Bound::Included(from.as_slice()), Bound::Excluded(range.end));
            if let Some(found) = page.entries.range::<[u8], _>(behind).next() {
                return Ok(Some(owned(found)));
            }
            if page.highest.is_empty() {
                break;
            }
            from.clone_from(&page.highest);
        }
        Ok(None)
    }

    /// The last entry of a range.
    pub(super) fn last(&self, tree: &[u8], range: Range<&[u8]>) -> io::Result<Option<Entry>> {
        let mut end = range.end.to_vec();
        while range.start < end.as_slice() {
            let page = self.leaf(tree, &end, Side::Before)?;
            let before = (Bound::Included(range.start), Bound::Excluded(end.as_slice()));
            if let Some(found) = page.entries.range::<[u8], _>(before).next_back() {
                return Ok(Some(owned(found)));
            }
            end.clone_from(&page.lowest);
        }
        Ok(None)
    }

    /// The page of entries that a key leads to.
    fn leaf(&self, tree: &[u8], key: &[u8], side: Side) -> io::Result<Arc<Now>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, page)) = &*last
            && of == tree
            && side.begins(&page.lowest, key)
            && !side.is_behind(page, key)
        {
            return Ok(Arc::clone(page));
        }
        let page = Arc::new(self.look_for(tree, key, side)?);
        *last = Some((tree.to_vec(), Arc::clone(&page)));
        Ok(page)
    }

    fn look_for(&self, tree: &[u8], key: &[u8], side: Side) -> io::Result<Now> {
        let mut number = *self.roots.get(tree).ok_or_else(strange)?;
        for _ in 0..STEPS_MAX {
            let page = self.page(number)?;
            number = if side.is_behind(&page, key) {
                // Divided, and the page above does not tell yet.
                page.next
            } else if let Some(pages) = &page.pages {
                let below = pages.iter().rfind(|(lowest, _)| side.begins(lowest, key));
                below.ok_or_else(strange)?.1
            } else {
                return Ok(page);
            };
        }
        Err(strange())
    }

    fn page(&self, number: u64) -> io::Result<Now> {
        let (base, changes) = self.messages_of(number)?;
        let (kind, said) = self.payload(base)?;
        if !matches!(kind, Kind::Node | Kind::BlobNode) {
            return Err(strange());
        }
        let page = Page::read(&said).ok_or_else(strange)?;
        let value = |value: Range<usize>| said.get(value).unwrap_or_default().to_vec();
        let (entries, mut pages) = match page.held {
            Held::Entries(entries) => (entries, None),
            Held::Pages(pages) => (Vec::new(), Some(pages)),
        };
        let entries = entries.into_iter().map(|entry| (entry.key, value(entry.value)));
        let mut entries: BTreeMap<_, _> = entries.collect();
        let mut merges = page.merges;
        for at in changes {
            let (_, said) = self.payload(*at)?;
            match (Change::read(&said).ok_or_else(strange)?, &mut pages) {
                (Change::Set { key, value }, None) => {
                    let value = said.get(value).unwrap_or_default().to_vec();
                    entries.insert([page.prefix, key].concat(), value);
                }
                (Change::Removed(key), None) => {
                    entries.remove(&[page.prefix, key].concat());
                }
                (Change::Merges(below), _) => merges = below,
                (Change::Merged, Some(pages)) => pages.retain(|(_, below)| *below != merges),
                (Change::Other, _) => {}
                _ => return Err(strange()),
            }
        }
        Ok(Now {
            next: page.next,
            lowest: page.lowest.to_vec(),
            highest: page.highest.to_vec(),
            entries,
            pages,
        })
    }

    fn messages_of(&self, page: u64) -> io::Result<(At, &[At])> {
        let state = usize::try_from(page).ok().and_then(|page| self.pages.get(page));
        match state {
            Some(State::There { base, changes }) => Ok((*base, changes)),
            _ => Err(strange()),
        }
    }

    /// What a message holds, or the file that it names.
    fn payload(&self, at: At) -> io::Result<(Kind, Vec<u8>)> {
        let mut bytes = vec![0; at.bytes];
        self.file.read_exact_at(&mut bytes, at.offset)?;
        let number = at.time / SEGMENT_BYTES as u64;
        let message = file::message_of(&bytes, number, 0).ok_or_else(strange)?;
        let said = match message.kind {
            Kind::BlobNode | Kind::BlobLink => {
                let (_, blob) = blobs::named(&self.log, message.payload).ok_or_else(strange)?;
                blobs::held(&blob).ok_or_else(strange)?.to_vec()
            }
            _ => message.payload.to_vec(),
        };
        Ok((message.kind, said))
    }
}

fn owned((key, value): (&Vec<u8>, &Vec<u8>)) -> Entry {
    (key.clone(), value.clone())
}

fn strange() -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        "the engine's files are not as it writes them",
    )
}
