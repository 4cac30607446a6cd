//! Reading a segment file from frame to frame, and looking on behind a damaged one.

use std::io;

use schema::ids::PlanId;
use schema::log::Record;

use super::disk::DiskFile;
use super::file::HEADER_BYTES;
use super::frame::{self, Binding, FRAME_BYTES_MAX, FRAME_HEADER_BYTES, Header, Place};

/// Bytes read from the file at once.
const WINDOW_BYTES: usize = 1 << 20;

/// A frame found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Where.
    pub place: Place,
    /// Its header.
    pub header: Header,
    /// Its record, or why its bytes are none although they are the ones written.
    pub record: Result<Record, String>,
}

/// What comes next in a file.
#[derive(Debug)]
pub enum Next {
    /// A whole frame.
    Frame(Box<Found>),
    /// No whole frame lies there.
    Damaged {
        /// The first byte that belongs to no whole frame.
        offset: u64,
        /// The plan that those bytes name, true or not.
        named: Option<PlanId>,
        /// What is wrong.
        what: &'static str,
    },
    /// The end.
    End,
}

/// A reader of one file, with a window of its bytes in memory.
#[derive(Debug)]
pub struct Scan<'f> {
    file: &'f dyn DiskFile,
    binding: Binding,
    end: u64,
    at: u64,
    window: Vec<u8>,
    window_start: u64,
}

impl<'f> Scan<'f> {
    /// Begins at the first frame; `end` is where the file ends for this reader.
    #[must_use]
    pub fn new(file: &'f dyn DiskFile, binding: Binding, end: u64) -> Self {
        Self {
            file,
            binding,
            end,
            at: u64::from(HEADER_BYTES),
            window: Vec::new(),
            window_start: 0,
        }
    }

    /// The next frame. After a damaged one the reader stays where it is.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn step(&mut self) -> io::Result<Next> {
        if self.at >= self.end {
            return Ok(Next::End);
        }
        match self.frame_at(self.at)? {
            Ok(found) => {
                self.at = found.place.end();
                Ok(Next::Frame(Box::new(found)))
            }
            Err(what) => {
                let named = self.bytes(self.at, FRAME_HEADER_BYTES)?.get(16..32);
                let named = named
                    .and_then(|plan| plan.try_into().ok())
                    .map(PlanId::from_bytes);
                Ok(Next::Damaged {
                    offset: self.at,
                    named,
                    what,
                })
            }
        }
    }

    /// The next whole frame at any byte after where the reader stands.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn look_on(&mut self) -> io::Result<Option<Found>> {
        let last = self.end.saturating_sub(FRAME_HEADER_BYTES as u64);
        while self.at < last {
            self.at += 1;
            if let Ok(found) = self.frame_at(self.at)? {
                // One before its end, because the next look begins one further.
                self.at = found.place.end() - 1;
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn frame_at(&mut self, at: u64) -> io::Result<Result<Found, &'static str>> {
        let (binding, left) = (self.binding, self.end - at);
        let Ok(offset) = u32::try_from(at) else {
            return Ok(Err("the file is too long"));
        };
        let Some(length) = frame::claimed_length(offset, self.bytes(at, FRAME_HEADER_BYTES)?) else {
            return Ok(Err("no frame begins there"));
        };
        if length as u64 > left {
            return Ok(Err("its frame is cut off"));
        }
        let bytes = self.bytes(at, length)?;
        Ok(frame::decode(binding, offset, bytes).map(|frame| Found {
            place: Place {
                offset,
                length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            },
            header: frame.header,
            record: Record::decode(frame.record).map_err(|error| error.to_string()),
        }))
    }

    /// `wanted` bytes from `at`, or as many as there are.
    fn bytes(&mut self, at: u64, wanted: usize) -> io::Result<&[u8]> {
        debug_assert!(wanted <= FRAME_BYTES_MAX);
        let there = usize::try_from(self.end.saturating_sub(at)).unwrap_or(usize::MAX);
        let wanted = wanted.min(there);
        let in_window = |scan: &Self| {
            let start = usize::try_from(at.checked_sub(scan.window_start)?).ok()?;
            let end = start.checked_add(wanted)?;
            (end <= scan.window.len()).then_some(start..end)
        };
        if in_window(self).is_none() {
            self.window.resize(wanted.max(WINDOW_BYTES).min(there), 0);
            self.window_start = at;
            self.file.read_at(at, &mut self.window)?;
        }
        let range = in_window(self).unwrap_or_default();
        Ok(self.window.get(range).unwrap_or_default())
    }
}
