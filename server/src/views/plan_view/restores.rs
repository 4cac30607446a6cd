//! What came back in the texts of a plan, and which restore took back which.
//!
//! Why it exists: no event says that it undoes another one. It brings back the text that another restore changed, and
//! which one that was is looked up in the order of the chapter's restores.

use std::collections::BTreeMap;

use schema::ids::{ChapterId, Position};
use schema::text::history::restore::TextRestored;

/// Every restore of a plan whose content is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restores {
    known: BTreeMap<(ChapterId, Position), TextRestored>,
    chapters: BTreeMap<Position, ChapterId>,
}

impl Restores {
    /// Takes in the restore of a chapter that stands at a position.
    pub fn insert(&mut self, chapter: ChapterId, position: Position, restored: TextRestored) {
        self.known.insert((chapter, position), restored);
        self.chapters.insert(position, chapter);
    }

    /// The one at a position.
    #[must_use]
    pub fn at(&self, position: Position) -> Option<&TextRestored> {
        self.known.get(&(*self.chapters.get(&position)?, position))
    }

    /// Where the restore stands that the one at a position took back; none when it is no undo.
    #[must_use]
    pub fn undone_by(&self, position: Position) -> Option<Position> {
        let chapter = *self.chapters.get(&position)?;
        let undoing = self.known.get(&(chapter, position))?;
        let mut later = self.known.range((chapter, undoing.to_position)..);
        let ((of, at), first) = later.next()?;
        let is_before = *of == chapter && *at < position;
        (is_before && undoing.takes_back(first)).then_some(*at)
    }

    /// Whether there is one of a chapter.
    #[must_use]
    pub fn has(&self, chapter: ChapterId) -> bool {
        let next = self.known.range((chapter, Position(0))..).next();
        next.is_some_and(|((of, _), _)| *of == chapter)
    }

    /// Lets go of those of a chapter.
    pub fn forget(&mut self, chapter: ChapterId) {
        self.known.retain(|(of, _), _| *of != chapter);
        self.chapters.retain(|_, of| *of != chapter);
    }

    /// All of them, in the order of the plan.
    pub fn iter(&self) -> impl Iterator<Item = (ChapterId, Position, &TextRestored)> {
        let placed = |(position, chapter): (&Position, &ChapterId)| {
            Some((*chapter, *position, self.known.get(&(*chapter, *position))?))
        };
        self.chapters.iter().filter_map(placed)
    }
}
