//! Time that only passes: what a clock says, without its jumps back.
//!
//! # Why it exists
//!
//! A clock that is set back by an hour must not make anybody wait an hour: a letter for its transaction, a reader for
//! news, a dead connection for its end. Both ends measure what lasts with this, and ask the clock itself only where a
//! moment is meant.
//!
//! # Invariants
//!
//! - It never decreases, and goes on with the clock from wherever that jumped to.
//! - A jump forward is time passed: what waited is late, which harms nothing.

/// See the module's text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SteadyTime {
    last_ms: u64,
    /// How far the clock was set back, all together.
    ahead_ms: u64,
}

impl SteadyTime {
    /// The time that has passed when the clock says `now_ms`.
    pub fn at(&mut self, now_ms: u64) -> u64 {
        let passed = now_ms.saturating_add(self.ahead_ms);
        if passed < self.last_ms {
            self.ahead_ms += self.last_ms - passed;
        }
        self.last_ms = self.last_ms.max(passed);
        self.last_ms
    }

    /// What the clock will say at a time.
    #[must_use]
    pub const fn on_the_clock(&self, passed_ms: u64) -> u64 {
        passed_ms.saturating_sub(self.ahead_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_set_back_goes_on_from_where_it_was() {
        let mut time = SteadyTime::default();
        assert_eq!(
            [1_000, 1_500, 200, 300, 100].map(|now| time.at(now)),
            [1_000, 1_500, 1_500, 1_600, 1_600]
        );
        assert_eq!(time.on_the_clock(1_900), 400);
        assert_eq!(time.at(400), 1_900);
    }

    #[test]
    fn a_clock_set_ahead_has_passed() {
        let mut time = SteadyTime::default();
        assert_eq!(
            [1_000, 9_000, 9_100].map(|now| time.at(now)),
            [1_000, 9_000, 9_100]
        );
    }
}
