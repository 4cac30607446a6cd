//! Progress of a long command, told now and then on standard error.

use schema::ids::TimestampMs;

use super::plain::tell;
use crate::clock;

/// How often, in milliseconds.
const EVERY_MS: u64 = 1_000;

/// When it was last told.
#[derive(Debug, Default)]
pub struct Progress {
    told_at: TimestampMs,
}

impl Progress {
    /// Tells, unless it has just been told.
    pub fn tell(&mut self, what: impl FnOnce() -> String) {
        let now = clock::now_ms();
        if now.0.saturating_sub(self.told_at.0) >= EVERY_MS {
            self.told_at = now;
            tell!("{}", what());
        }
    }
}
