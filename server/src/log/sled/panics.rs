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
//! - A panic that is caught is told once, in the refusal: nothing of it is printed. Any other is printed as ever.
//! - Only reading is guarded. An append that panics leaves the writer's lock poisoned, which stops writing.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::log::ReadError;

/// sled cannot go on with its own files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the engine's own file, `db` in the directory of the log, is damaged or cut off; `schrijftafel log repair` makes a whole \
     log of a backup and what can still be read"
)]
pub struct EngineDamaged;

impl EngineDamaged {
    /// sled's own words tell an operator nothing; who looks for a fault in this program may want them.
    fn because(said: &str) -> Self {
        tracing::debug!("sled says: {said}");
        Self
    }

    /// What sled's error says of its files, if it says that they are damaged.
    pub(super) fn of(error: &::sled::Error) -> Option<Self> {
        match error {
            ::sled::Error::Corruption { at, .. } => Some(Self::because(&format!("corrupted data at {at:?}"))),
            _ => None,
        }
    }
}

impl From<EngineDamaged> for ReadError {
    fn from(damaged: EngineDamaged) -> Self {
        Self::Engine(damaged.to_string())
    }
}

/// How sled names the threads that read and write for it.
const SLEDS_THREADS: &str = "sled-io-";

/// Readings that are guarded now, all threads together.
static GUARDED: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Whether this thread is in one.
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// A guarded reading, until it is dropped.
struct Guarded {
    was_before: bool,
}

impl Guarded {
    fn begin() -> Self {
        silence_what_is_caught();
        GUARDED.fetch_add(1, Ordering::SeqCst);
        Self {
            was_before: IS_GUARDED.replace(true),
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        IS_GUARDED.set(self.was_before);
        GUARDED.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Lets what is printed of a panic pass for what is caught, once for the process.
fn silence_what_is_caught() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let print = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !is_caught() {
                print(panic);
            }
        }));
    });
}

/// Whether a panic of this thread ends in a refusal: its own, or of a thread of sled's for which somebody waits.
fn is_caught() -> bool {
    let is_sleds =
        |thread: std::thread::Thread| thread.name().is_some_and(|name| name.starts_with(SLEDS_THREADS));
    IS_GUARDED.get() || (GUARDED.load(Ordering::SeqCst) > 0 && is_sleds(std::thread::current()))
}

/// Reads, and answers with an error where sled panics.
///
/// # Errors
/// What reading says, or [`EngineDamaged`].
pub(super) fn caught<T, E: From<EngineDamaged>>(read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let _guarded = Guarded::begin();
    // What was being read is not looked at again: opening throws all of it away, and a reader holds nothing.
    catch_unwind(AssertUnwindSafe(read))
        .unwrap_or_else(|panic| Err(EngineDamaged::because(said(panic.as_ref())).into()))
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or("it panicked").lines().next().unwrap_or_default()
}
