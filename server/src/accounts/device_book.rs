//! The file behind [`Devices`], and when it is written.
//!
//! # Invariants
//!
//! - The file is there wholly or not at all. It may lag behind what is known, by [`DEVICES_FLUSH_MS`] while the disk
//!   takes it; forgetting somebody is written at once.
//!
//! [`DEVICES_FLUSH_MS`]: schema::limits::DEVICES_FLUSH_MS

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use schema::ids::{ChapterId, Generation, PersonId, PlanId};

use super::AccountsError;
use super::devices::{Devices, Standing};
use crate::core::devices::DeviceNews;
use crate::durable::{self, Readers};
use crate::log::space::Space;

/// Devices, and where they are kept.
#[derive(Debug)]
pub(super) struct DeviceBook {
    /// None for a book that is gone with its last handle.
    path: Option<PathBuf>,
    known: Mutex<Known>,
    /// Held while the file is written, so that an older state never takes the place of a newer one.
    writing: Mutex<()>,
}

/// Writes a book down now and then, and does not keep it open.
#[derive(Debug, Clone)]
pub struct DeviceFlusher {
    book: Weak<DeviceBook>,
    space: Option<Arc<Space>>,
}

impl DeviceFlusher {
    pub(super) fn new(book: &Arc<DeviceBook>, space: Option<Arc<Space>>) -> Self {
        let book = Arc::downgrade(book);
        Self { book, space }
    }

    /// Writes down what the file lacks; nothing once the book is closed.
    ///
    /// # Errors
    /// [`AccountsError`]; then it is tried with the next one.
    #[must_use]
    pub fn flush(&self) -> Option<Result<(), AccountsError>> {
        let book = self.book.upgrade()?;
        Some(match self.space.as_ref().and_then(|space| space.lacking()) {
            Some(reason) => Err(AccountsError::NoRoom(reason)),
            None => book.flush(),
        })
    }
}

#[derive(Debug, Default)]
struct Known {
    devices: Devices,
    /// Whether the file lacks something of it.
    is_ahead: bool,
}

impl DeviceBook {
    /// The book in a file, which need not be there.
    pub(super) fn open(path: PathBuf) -> Result<Self, AccountsError> {
        let devices = Self::look(&path)?;
        Ok(Self {
            path: Some(path),
            ..Self::in_memory(devices)
        })
    }

    /// What the file holds; writes nothing.
    pub(super) fn look(path: &Path) -> Result<Devices, AccountsError> {
        match durable::read(path)? {
            Some(bytes) => Devices::read(&bytes).map_err(AccountsError::in_file(path)),
            None => Ok(Devices::default()),
        }
    }

    /// A book that is gone with its last handle.
    pub(super) fn in_memory(devices: Devices) -> Self {
        Self {
            path: None,
            known: Mutex::new(Known {
                devices,
                is_ahead: false,
            }),
            writing: Mutex::new(()),
        }
    }

    /// Takes news in; written down with the next [`DeviceBook::flush`].
    pub(super) fn note(&self, news: &DeviceNews) {
        let mut known = self.known();
        known.is_ahead |= known.devices.note(news);
    }

    /// What devices did with the generations of a chapter before one.
    pub(super) fn standing(&self, plan: PlanId, chapter: ChapterId, before: Generation) -> Standing {
        self.known().devices.standing(plan, chapter, before)
    }

    /// Lets go of who somebody is; durable when it returns.
    pub(super) fn forget(&self, person: PersonId) -> Result<bool, AccountsError> {
        let was_known = {
            let mut known = self.known();
            let was_known = known.devices.forget(person);
            known.is_ahead |= was_known;
            was_known
        };
        self.flush()?;
        Ok(was_known)
    }

    /// Writes down what the file lacks.
    pub(super) fn flush(&self) -> Result<(), AccountsError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.known();
        let Some(path) = self.path.as_ref().filter(|_| known.is_ahead) else {
            return Ok(());
        };
        let bytes = known.devices.written()?;
        known.is_ahead = false;
        // The disk may take its time; what comes meanwhile goes into the next file.
        drop(known);
        let written = durable::replace(path, &bytes, Readers::Owner);
        if written.is_err() {
            self.known().is_ahead = true;
        }
        Ok(written?)
    }

    /// Everything, for a backup.
    pub(super) fn copy(&self) -> Devices {
        self.known().devices.clone()
    }

    /// Takes the place of what is known; durable when it returns.
    pub(super) fn replace(&self, devices: Devices) -> Result<(), AccountsError> {
        *self.known() = Known {
            devices,
            is_ahead: true,
        };
        self.flush()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
