//! What becomes of a panic in sled: a named refusal.
//!
//! # Why it exists
//!
//! sled 0.34.7 panics over much of what it finds in a damaged file, in opening it most of all ("tried to serialize
//! Uninitialized" where a damaged page was skipped). A damaged log is bad input, which is an error here, with what to
//! do about it. What panics in sled's own threads reaches the caller as a panic too: it waits for their answers.
//!
//! # Invariants
//!
//! - Only reading is guarded. An append that panics leaves the writer's lock poisoned, which stops writing.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::log::ReadError;

/// sled cannot go on with its own files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the engine's own file is damaged (sled: {0}); `schrijftafel log repair` makes a whole log of a backup and what can \
     still be read"
)]
pub struct EngineDamaged(String);

impl EngineDamaged {
    /// What sled's error says of its files, if it says that they are damaged.
    pub(super) fn of(error: &::sled::Error) -> Option<Self> {
        match error {
            ::sled::Error::Corruption { at: Some(at), .. } => Some(Self(format!("corrupted data at {at:?}"))),
            ::sled::Error::Corruption { at: None, .. } => Some(Self("corrupted data".to_owned())),
            _ => None,
        }
    }
}

impl From<EngineDamaged> for ReadError {
    fn from(damaged: EngineDamaged) -> Self {
        Self::Engine(damaged.to_string())
    }
}

/// Reads, and answers with an error where sled panics.
///
/// # Errors
/// What reading says, or [`EngineDamaged`].
pub(super) fn caught<T, E: From<EngineDamaged>>(read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    // What was being read is not looked at again: opening throws all of it away, and a reader holds nothing.
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|panic| Err(EngineDamaged(said(panic.as_ref())).into()))
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked")
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned()
}
