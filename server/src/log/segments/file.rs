//! The files of a log: their names, a segment file's header, and the files that are kept open.
//!
//! ```text
//!  0            8         12        16            24            32                         48
//!  ├────────────┼─────────┼─────────┼─────────────┼─────────────┼──────────────────────────┤
//!  │ "segment\0"│ CRC32C  │ format  │ number      │ salt        │ incarnation              │
//! ```

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use schema::ids::IncarnationId;
use schema::limits::SEGMENT_FILES_OPEN_MAX;

use super::disk::{Disk, DiskFile};
use super::erase::{Erasure, Overwritten};
use super::frame::Binding;
use crate::log::index::ReadCount;

/// The format of a log's files.
pub const FORMAT: u32 = 1;
/// Bytes of a segment file before its first frame.
pub const HEADER_BYTES: u32 = 48;

const MAGIC: [u8; 8] = *b"segment\0";

/// The name of a segment file.
#[must_use]
pub fn segment_name(number: u64) -> String {
    format!("{number:010}.seg")
}

/// The name of a sealed segment's index file.
#[must_use]
pub fn index_name(number: u64) -> String {
    format!("{number:010}.idx")
}

/// The name of what was cut off a segment at an offset.
#[must_use]
pub fn cut_name(number: u64, offset: u64) -> String {
    format!("{number:010}-{offset}.cut")
}

/// The number in a segment file's name.
#[must_use]
pub fn segment_number(name: &str) -> Option<u64> {
    let number = name.strip_suffix(".seg")?.parse().ok()?;
    (segment_name(number) == name).then_some(number)
}

/// A segment file's header.
#[must_use]
pub fn encode_header(binding: Binding, incarnation: IncarnationId) -> Vec<u8> {
    let covered = [
        FORMAT.to_be_bytes().as_slice(),
        &binding.number.to_be_bytes(),
        &binding.salt.to_be_bytes(),
        incarnation.as_bytes(),
    ]
    .concat();
    let checksum = crc32c::crc32c(&covered).to_be_bytes();
    [MAGIC.as_slice(), &checksum, &covered].concat()
}

/// What the header of segment `number` of this log binds frames to; nothing when it is not its header.
#[must_use]
pub fn decode_header(bytes: &[u8], number: u64, incarnation: IncarnationId) -> Option<Binding> {
    let salt = bytes.get(24..32)?.try_into().ok()?;
    let binding = Binding {
        number,
        salt: u64::from_be_bytes(salt),
    };
    (bytes == encode_header(binding, incarnation)).then_some(binding)
}

/// The life of the log that a whole header of any segment names.
#[must_use]
pub fn life_in_header(bytes: &[u8]) -> Option<IncarnationId> {
    let number = u64::from_be_bytes(bytes.get(16..24)?.try_into().ok()?);
    let incarnation = IncarnationId::from_bytes(bytes.get(32..48)?.try_into().ok()?);
    decode_header(bytes, number, incarnation).map(|_| incarnation)
}

/// Which of a segment's two files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FileKind {
    /// Its frames.
    Segment,
    /// Its index.
    Index,
}

/// The files that are open for reading: few, however many there are.
#[derive(Debug)]
pub struct Files {
    disk: Arc<dyn Disk>,
    open: Mutex<BTreeMap<(u64, FileKind), Arc<dyn DiskFile>>>,
    /// What a crash interrupted: segments are read as if it had been done, until it is.
    announced: Mutex<Vec<Erasure>>,
    /// What was read from them.
    pub count: ReadCount,
}

impl Files {
    /// None open yet.
    #[must_use]
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self {
            disk,
            open: Mutex::default(),
            announced: Mutex::default(),
            count: ReadCount::default(),
        }
    }

    /// The disk they lie on.
    #[must_use]
    pub fn disk(&self) -> &dyn Disk {
        self.disk.as_ref()
    }

    /// A file, opened if need be.
    ///
    /// # Errors
    /// When it is not there, or the disk fails.
    pub fn get(&self, number: u64, kind: FileKind) -> io::Result<Arc<dyn DiskFile>> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = open.get(&(number, kind)) {
            return Ok(Arc::clone(file));
        }
        let name = match kind {
            FileKind::Segment => segment_name(number),
            FileKind::Index => index_name(number),
        };
        let mut file = self.disk.open(&name)?;
        if kind == FileKind::Segment {
            let announced = self.announced.lock().unwrap_or_else(PoisonError::into_inner);
            file = Overwritten::of(file, number, &announced);
        }
        if open.len() >= SEGMENT_FILES_OPEN_MAX {
            // The oldest segment's: the newest are read most.
            open.pop_first();
        }
        open.insert((number, kind), Arc::clone(&file));
        Ok(file)
    }

    /// Reads segments from here on as if what was announced were done; with nothing announced, as they are.
    pub fn read_as_announced(&self, announced: Vec<Erasure>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        *self.announced.lock().unwrap_or_else(PoisonError::into_inner) = announced;
        open.clear();
    }

    /// Lets go of a file that was replaced.
    pub fn forget(&self, number: u64, kind: FileKind) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&(number, kind));
    }
}
