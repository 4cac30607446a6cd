//! How much memory the open chapters take, and which are closed when that is too much.
//!
//! Why it exists: a plan's overview, an export or a search touches many chapters for a moment. They stay open for a
//! while, because people come back; a thousand of them would not fit the machine. What is closed is in the log and
//! is read again when somebody wants it, so only what nobody reads goes, the longest unread first.
//!
//! The size is an estimate from what is counted anyway; measuring it would cost more than it is worth.

use schema::ids::{ChapterId, PlanId, TimestampMs};

use super::Core;
use super::chapter::LiveChapter;

impl Core {
    /// How many connections are open, for tests and simulations.
    #[must_use]
    pub fn session_count(&self) -> usize {
        self.sessions.len()
    }

    /// How many plans are in memory or on their way.
    #[must_use]
    pub fn plan_count(&self) -> usize {
        self.plans.len()
    }

    /// What all open chapters take, in bytes.
    #[must_use]
    pub fn chapters_bytes(&self) -> u64 {
        let chapters = self.plans.values().flat_map(|room| room.chapters.values());
        chapters
            .filter_map(LiveChapter::live)
            .map(super::chapter::Live::bytes)
            .sum()
    }

    /// Closes chapters that nobody reads until the others fit.
    pub(super) fn keep_within_memory(&mut self) {
        let bytes_max = self.limits.chapters_bytes_max;
        let mut bytes = self.chapters_bytes();
        if bytes <= bytes_max {
            return;
        }
        for (_, plan, chapter, of_it) in self.unread() {
            let room = self.plans.get_mut(&plan);
            if let Some(closed) = room.and_then(|room| room.chapters.remove(&chapter)) {
                self.channels.remove(&closed.channel);
                bytes = bytes.saturating_sub(of_it);
            }
            if bytes <= bytes_max {
                return;
            }
        }
    }

    /// Chapters that can be closed without anybody noticing, the longest unread first, with their size.
    fn unread(&self) -> Vec<(TimestampMs, PlanId, ChapterId, u64)> {
        let mut unread = Vec::new();
        // What waits in a plan may be about any of its chapters.
        for (plan, room) in self.plans.iter().filter(|(_, room)| room.is_quiet()) {
            for (chapter, open) in room.chapters.iter().filter(|(_, open)| open.is_unread()) {
                let bytes = open.live().map_or(0, super::chapter::Live::bytes);
                unread.push((open.idle_since, *plan, *chapter, bytes));
            }
        }
        unread.sort_unstable();
        unread
    }
}
