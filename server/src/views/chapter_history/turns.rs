//! Whose turn it is to read a chapter's past: a few at a time, and not more waiting than may be.
//!
//! # Why it exists
//!
//! Who asks for a past that is being read waits for it, on a thread. Without this a few hundred askers of one slow
//! chapter took every thread the server has, and then nobody got an answer to anything that needs one.
//!
//! # Invariants
//!
//! - At most [`PAST_READERS_MAX`] ask one chapter at once; those that wait take no thread.
//! - Who goes away gives their place free, whether they waited or read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use schema::ids::{ChapterId, PlanId};
use schema::limits::{PAST_READERS_MAX, PAST_WAITING_MAX};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns of every chapter that somebody asks. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Turns {
    chapters: Arc<Mutex<Chapters>>,
}

type Chapters = BTreeMap<(PlanId, ChapterId), Arc<Chapter>>;

#[derive(Debug)]
struct Chapter {
    /// For those who ask, reading or waiting.
    places: Arc<Semaphore>,
    /// For those who read.
    readers: Arc<Semaphore>,
}

/// A turn, for as long as it is held.
#[derive(Debug)]
pub struct Turn {
    _reads: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Turns {
    /// Waits for one's turn; none where too many wait already.
    pub async fn next(&self, chapter: (PlanId, ChapterId)) -> Option<Turn> {
        let chapter = self.chapter(chapter);
        let place = Arc::clone(&chapter.places).try_acquire_owned().ok()?;
        let reads = Arc::clone(&chapter.readers).acquire_owned().await.ok()?;
        Some(Turn {
            _reads: reads,
            _place: place,
        })
    }

    fn chapter(&self, key: (PlanId, ChapterId)) -> Arc<Chapter> {
        let mut chapters = self.chapters.lock().unwrap_or_else(PoisonError::into_inner);
        // Of a chapter that nobody asks every place is free.
        chapters.retain(|_, chapter| {
            chapter.places.available_permits() < PLACES || Arc::strong_count(chapter) > 1
        });
        let chapter = chapters.entry(key).or_insert_with(|| {
            Arc::new(Chapter {
                places: Arc::new(Semaphore::new(PLACES)),
                readers: Arc::new(Semaphore::new(PAST_READERS_MAX)),
            })
        });
        Arc::clone(chapter)
    }
}

const PLACES: usize = PAST_READERS_MAX + PAST_WAITING_MAX;

#[cfg(test)]
mod tests {
    use super::*;

    const CHAPTER: (PlanId, ChapterId) = (PlanId::from_bytes([1; 16]), ChapterId::from_bytes([2; 16]));
    const OTHER: (PlanId, ChapterId) = (PlanId::from_bytes([1; 16]), ChapterId::from_bytes([3; 16]));

    /// A yield lets some of the others go on, not all.
    async fn until_all_wait() {
        for _ in 0..PAST_WAITING_MAX {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn few_read_a_chapter_at_once_and_a_bounded_number_waits() {
        let turns = Turns::default();
        let mut reading = Vec::new();
        for _ in 0..PAST_READERS_MAX {
            reading.push(turns.next(CHAPTER).await.unwrap());
        }
        let ask = || {
            let turns = turns.clone();
            tokio::spawn(async move { turns.next(CHAPTER).await.is_some() })
        };
        let mut waiting: Vec<_> = (0..PAST_WAITING_MAX).map(|_| ask()).collect();
        until_all_wait().await;
        assert!(waiting.iter().all(|waits| !waits.is_finished()));
        assert!(turns.next(CHAPTER).await.is_none(), "too many wait");
        assert!(
            turns.next(OTHER).await.is_some(),
            "another chapter is asked at once"
        );

        let gone = waiting.pop().unwrap();
        gone.abort();
        assert!(gone.await.unwrap_err().is_cancelled());
        let late = ask();
        until_all_wait().await;
        assert!(!late.is_finished(), "in the place of who went away");

        reading.clear();
        waiting.push(late);
        for waits in waiting {
            assert!(waits.await.unwrap());
        }
        turns.next(OTHER).await.unwrap();
        let known: Vec<_> = turns.chapters.lock().unwrap().keys().copied().collect();
        assert_eq!(known, [OTHER], "nothing is kept of whom nobody asks");
    }
}
