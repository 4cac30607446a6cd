//! The one place where the server reads a clock or asks for randomness.
//!
//! Why it exists: everything else takes time, ids and salts as arguments, so that the whole system can be
//! simulated from one seed. `clippy.toml` forbids these calls anywhere else.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime};

use schema::ids::TimestampMs;

/// Wall-clock time in UTC milliseconds. May jump; the log makes it never decrease within a plan.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one clock of the server")]
pub fn now_ms() -> TimestampMs {
    let since_epoch = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    TimestampMs(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}

/// Milliseconds since this was first asked; only passing time moves it.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one steady clock of the server")]
pub fn passed_ms() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// `N` bytes from the operating system's random source.
///
/// # Panics
/// When the operating system has no random source: nothing can be kept secret then, so nothing may start.
#[must_use]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_random(&mut bytes);
    bytes
}

/// Fills `bytes` from the operating system's random source.
///
/// # Panics
/// As [`random_bytes`].
pub fn fill_random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system provides randomness");
}
