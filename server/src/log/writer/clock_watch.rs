//! Whether the wall clock can be believed: noticed by comparing it with the time that has passed.
//!
//! Why it exists: events keep the larger of the clock and the time before them, so a clock that was wrong for a moment
//! marks a plan for as long as it was ahead. An operator must hear of it when it happens.

use schema::ids::TimestampMs;

/// A difference smaller than this is the ordinary work of a time service.
const JUMP_MS: u64 = 1_000;

/// The wall clock went elsewhere than time did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Jump {
    /// It stands so many milliseconds too early.
    Back(u64),
    /// It stands so many milliseconds too late.
    Ahead(u64),
}

/// Watches one clock.
#[derive(Debug, Default)]
pub struct ClockWatch {
    last: Option<(TimestampMs, u64)>,
}

impl ClockWatch {
    /// Takes the wall clock and the milliseconds since some start that only passing time moves.
    pub fn look(&mut self, wall: TimestampMs, passed_ms: u64) -> Option<Jump> {
        let (last_wall, last_passed) = self.last.replace((wall, passed_ms))?;
        let expected = last_wall.0.saturating_add(passed_ms.saturating_sub(last_passed));
        if wall.0.saturating_add(JUMP_MS) < expected {
            Some(Jump::Back(expected - wall.0))
        } else if wall.0 > expected.saturating_add(JUMP_MS) {
            Some(Jump::Ahead(wall.0 - expected))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    //! Clocks that go back, leap, and are slewed.

    use super::*;

    const YEAR_MS: u64 = 365 * 24 * 3_600 * 1_000;

    fn watched(looks: &[(u64, u64)]) -> Vec<Option<Jump>> {
        let mut watch = ClockWatch::default();
        looks
            .iter()
            .map(|(wall, passed)| watch.look(TimestampMs(*wall), *passed))
            .collect()
    }

    #[test]
    fn a_jump_is_told_once_in_its_direction_and_size() {
        let start = 50 * YEAR_MS;
        let looks = [
            (start, 7),
            (start + YEAR_MS, 7),
            (start + YEAR_MS + 10, 17),
            (start + 20, 27),
        ];
        let expected = [None, Some(Jump::Ahead(YEAR_MS)), None, Some(Jump::Back(YEAR_MS))];
        assert_eq!(watched(&looks), expected);
    }

    #[test]
    fn silence_and_slewing_are_no_jumps() {
        let start = 50 * YEAR_MS;
        let looks = [
            (start, 0),
            (start + YEAR_MS, YEAR_MS),
            (start + YEAR_MS + 10_900, YEAR_MS + 10_000),
            (start + YEAR_MS + 20_000, YEAR_MS + 20_000),
        ];
        assert_eq!(watched(&looks), [None; 4]);
    }
}
