//! How often a long command says how far it is.

use crate::clock;

/// Time between two words, in milliseconds.
const TELL_EVERY_MS: u64 = 1_000;

/// When something was last said; a command that is done sooner says nothing.
#[derive(Debug)]
pub struct Pace {
    told_ms: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            told_ms: clock::passed_ms(),
        }
    }
}

impl Pace {
    /// Whether it is time to say something.
    pub fn is_due(&mut self) -> bool {
        let now = clock::passed_ms();
        let is_due = now.saturating_sub(self.told_ms) >= TELL_EVERY_MS;
        if is_due {
            self.told_ms = now;
        }
        is_due
    }
}
