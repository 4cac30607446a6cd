//! The chapter tree: which chapter stands under and after which.
//!
//! Why it exists: two moves that are each sound can make a circle together. `Tree::ensure_movable` refuses
//! that before it happens, and folding keeps every chapter reachable from the top whatever the events say.

use std::collections::BTreeMap;

use super::{Chapter, Place};
use crate::domain::Refusal;
use crate::ids::{ChapterId, TeamId};
use crate::limits::CHAPTER_DEPTH_MAX;

/// Every chapter, and the order of siblings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    chapters: BTreeMap<ChapterId, Chapter>,
    children: BTreeMap<Option<ChapterId>, Vec<ChapterId>>,
}

impl Tree {
    /// A chapter.
    #[must_use]
    pub fn get(&self, id: ChapterId) -> Option<&Chapter> {
        self.chapters.get(&id)
    }

    /// Every chapter, by id.
    pub fn iter(&self) -> impl Iterator<Item = (ChapterId, &Chapter)> {
        self.chapters.iter().map(|(id, chapter)| (*id, chapter))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.chapters.len()
    }

    /// Whether there is none yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.chapters.is_empty()
    }

    /// The chapters under one (or at the top), in order.
    #[must_use]
    pub fn children(&self, parent: Option<ChapterId>) -> &[ChapterId] {
        self.children.get(&parent).map_or(&[], Vec::as_slice)
    }

    /// Every chapter in reading order, with its level from 0.
    #[must_use]
    pub fn in_reading_order(&self) -> Vec<(usize, ChapterId)> {
        let mut order = Vec::with_capacity(self.len());
        let mut waiting: Vec<(usize, ChapterId)> = Vec::new();
        waiting.extend(self.children(None).iter().rev().map(|id| (0, *id)));
        while let Some((level, id)) = waiting.pop() {
            order.push((level, id));
            waiting.extend(
                self.children(Some(id))
                    .iter()
                    .rev()
                    .map(|child| (level + 1, *child)),
            );
        }
        order
    }

    /// The chapter itself (if it exists) and those above it, upwards.
    pub fn lineage(&self, id: ChapterId) -> impl Iterator<Item = ChapterId> {
        let exists = |id: &ChapterId| self.chapters.contains_key(id);
        std::iter::successors(Some(id).filter(exists), |id| self.get(*id)?.parent)
    }

    /// The team that writes a chapter: its own or the nearest above.
    #[must_use]
    pub fn team_of(&self, id: ChapterId) -> Option<TeamId> {
        self.lineage(id).find_map(|id| self.get(id)?.team)
    }

    /// Where a chapter stands.
    #[must_use]
    pub fn place_of(&self, id: ChapterId) -> Option<Place> {
        let parent = self.get(id)?.parent;
        let siblings = self.children(parent);
        let before = siblings.iter().take_while(|sibling| **sibling != id).last();
        Some(Place {
            parent,
            after: before.copied(),
        })
    }

    /// Checks that a place exists.
    pub(super) fn ensure_place(&self, place: Place) -> Result<(), Refusal> {
        if place
            .parent
            .is_some_and(|parent| !self.chapters.contains_key(&parent))
        {
            return Err(Refusal::NoSuchChapter);
        }
        if place
            .after
            .is_some_and(|after| !self.children(place.parent).contains(&after))
        {
            return Err(Refusal::NotASibling);
        }
        Ok(())
    }

    /// Checks that a chapter may move to a place.
    pub(super) fn ensure_movable(&self, id: ChapterId, place: Place) -> Result<(), Refusal> {
        self.ensure_place(place)?;
        if place.after == Some(id) {
            return Err(Refusal::NotASibling);
        }
        let Some(parent) = place.parent else { return Ok(()) };
        if self.lineage(parent).any(|above| above == id) {
            return Err(Refusal::ChapterUnderItself);
        }
        let depth = self.lineage(parent).count() + self.height(id);
        if depth > CHAPTER_DEPTH_MAX {
            Err(Refusal::TooMany)
        } else {
            Ok(())
        }
    }

    /// Levels from a chapter down, itself included.
    fn height(&self, id: ChapterId) -> usize {
        let mut level = vec![id];
        let mut height = 0;
        while !level.is_empty() {
            height += 1;
            level = level
                .iter()
                .flat_map(|id| self.children(Some(*id)))
                .copied()
                .collect();
        }
        height
    }

    pub(super) fn get_mut(&mut self, id: ChapterId) -> Option<&mut Chapter> {
        self.chapters.get_mut(&id)
    }

    /// Adds a chapter; a known id or an unknown parent changes nothing.
    pub(super) fn plant(&mut self, id: ChapterId, place: Place, chapter: Chapter) {
        let parent_exists = place
            .parent
            .is_none_or(|parent| self.chapters.contains_key(&parent));
        if !parent_exists || self.chapters.contains_key(&id) {
            return;
        }
        self.chapters.insert(
            id,
            Chapter {
                parent: place.parent,
                ..chapter
            },
        );
        self.insert_sibling(id, place);
    }

    /// Moves a chapter; an unknown one, or a place under itself, changes nothing.
    pub(super) fn replant(&mut self, id: ChapterId, place: Place) {
        let parent_exists = place
            .parent
            .is_none_or(|parent| self.chapters.contains_key(&parent));
        let circle = place
            .parent
            .is_some_and(|parent| self.lineage(parent).any(|above| above == id));
        if !parent_exists || circle {
            return;
        }
        let Some(chapter) = self.chapters.get_mut(&id) else {
            return;
        };
        let left = std::mem::replace(&mut chapter.parent, place.parent);
        if let Some(siblings) = self.children.get_mut(&left) {
            siblings.retain(|sibling| *sibling != id);
        }
        self.insert_sibling(id, place);
    }

    /// Puts it after its sibling; at the end when that one is no longer there.
    fn insert_sibling(&mut self, id: ChapterId, place: Place) {
        let siblings = self.children.entry(place.parent).or_default();
        let index = match place.after {
            None => 0,
            Some(after) => siblings
                .iter()
                .position(|sibling| *sibling == after)
                .map_or(siblings.len(), |found| found + 1),
        };
        siblings.insert(index, id);
    }
}
