//! The past of chapters, kept ready for questions: who wrote what, what differs, what a restore would do.
//!
//! # Why it exists
//!
//! A chapter's past is read from every change it ever had. Reading them takes a second or two for a long chapter, a
//! question over what was read takes milliseconds; so the read past of the chapters asked for last is kept, and only
//! what the log got since is added before each answer.
//!
//! # Invariants
//!
//! - A past holds nothing that is not in the log; it can be thrown away at any time, and is, by size.
//! - No change is applied to an automerge document here; one that fits nothing is passed over and named in the log.
//!
//! Reading order: [`past`] is one chapter, this file keeps the last ones, [`turns`] says who may ask when.

pub mod past;
pub mod turns;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use schema::ids::{ChapterId, PlanId, Position};
use schema::limits::HISTORY_ELEMENTS_MAX;

pub use past::{HistorySession, Past, Restore};

use crate::log::{EventLog, ReadError};

/// Why a question about the past has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The log cannot be read.
    #[error("the history cannot be read from the log")]
    Log(#[from] ReadError),
    /// The chapter has no text, or had none yet.
    #[error("the chapter has no text there")]
    NoText,
    /// So many events fit nothing that the rest cannot be trusted.
    #[error("the text of chapter {chapter} cannot be read back after position {after}")]
    Unreadable {
        /// The chapter.
        chapter: ChapterId,
        /// The last position that was read.
        after: Position,
    },
}

/// The pasts of the chapters asked for last. Clones share them. Calls block: run them on threads of their own.
#[derive(Clone)]
pub struct ChapterHistories {
    log: Arc<dyn EventLog>,
    kept: Arc<Mutex<Kept>>,
    turns: turns::Turns,
    elements_max: usize,
}

#[derive(Default)]
struct Kept {
    pasts: BTreeMap<(PlanId, ChapterId), Keeping>,
    asked: u64,
}

struct Keeping {
    past: Arc<RwLock<Past>>,
    /// When it was last asked for, counted in questions.
    asked: u64,
    /// Its size after the last question.
    elements: usize,
}

impl ChapterHistories {
    /// Reads pasts from a log.
    #[must_use]
    pub fn new(log: Arc<dyn EventLog>) -> Self {
        Self {
            log,
            kept: Arc::default(),
            turns: turns::Turns::default(),
            elements_max: HISTORY_ELEMENTS_MAX,
        }
    }

    /// The same with another bound on what is kept.
    #[must_use]
    pub fn keeping(self, elements_max: usize) -> Self {
        Self { elements_max, ..self }
    }

    /// Waits until it is one's turn to [`Self::ask`] about a chapter, and holds it while that is kept; none where too many
    /// wait already.
    pub async fn turn(&self, chapter: (PlanId, ChapterId)) -> Option<turns::Turn> {
        self.turns.next(chapter).await
    }

    /// Asks a question about a chapter's past, as long as the log is now.
    ///
    /// # Errors
    /// [`HistoryError`] when the past cannot be read, or what the question says.
    pub fn ask<T, E: From<HistoryError>>(
        &self,
        (plan, chapter): (PlanId, ChapterId),
        question: impl FnOnce(&Past) -> Result<T, E>,
    ) -> Result<T, E> {
        let past = self.keep(plan, chapter);
        let behind = past
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_behind(self.log.as_ref());
        if behind.map_err(HistoryError::from)? {
            past.write()
                .unwrap_or_else(PoisonError::into_inner)
                .catch_up(self.log.as_ref())?;
        }
        let past = past.read().unwrap_or_else(PoisonError::into_inner);
        self.weigh((plan, chapter), past.element_count());
        question(&past)
    }

    /// Lets go of the pasts of a plan's chapters, after something in them was erased.
    pub fn forget(&self, plan: PlanId) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.pasts.retain(|(of, _), _| *of != plan);
    }

    /// How many pasts are kept.
    #[must_use]
    pub fn kept(&self) -> usize {
        self.kept
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pasts
            .len()
    }

    fn keep(&self, plan: PlanId, chapter: ChapterId) -> Arc<RwLock<Past>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let asked = kept.asked;
        let keeping = kept.pasts.entry((plan, chapter)).or_insert_with(|| Keeping {
            past: Arc::new(RwLock::new(Past::new(plan, chapter))),
            asked,
            elements: 0,
        });
        keeping.asked = asked;
        Arc::clone(&keeping.past)
    }

    /// Notes the size of a past, and lets go of those asked for longest ago while all are too large.
    fn weigh(&self, key: (PlanId, ChapterId), elements: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(keeping) = kept.pasts.get_mut(&key) {
            keeping.elements = elements;
        }
        while kept.pasts.len() > 1
            && kept.pasts.values().map(|keeping| keeping.elements).sum::<usize>() > self.elements_max
        {
            let oldest = kept
                .pasts
                .iter()
                .min_by_key(|(_, keeping)| keeping.asked)
                .map(|(key, _)| *key);
            oldest.and_then(|oldest| kept.pasts.remove(&oldest));
        }
    }
}

#[cfg(test)]
mod tests;
