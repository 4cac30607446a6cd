//! Writes a planned restore on an automerge document, as changes of the restorer.
//!
//! # Invariants
//!
//! - The document stands at the revision that the plan was made on; the changes follow its heads. The history may know
//!   more by then: that merges with them.
//! - No change claims more than half of `CHANGE_OPS_MAX` operations, whatever the size of the chapter.

use std::collections::BTreeSet;

use automerge::{ActorId, Automerge, AutomergeError, Change, ChangeHash, ObjId, ReadDoc, legacy};

use super::super::elements::{Content, Element};
use super::super::id::ElementId;
use super::super::line::Line;
use super::homes::at_home;
use super::plan::{Action, RestorePlan};
use super::writer::Writer;
use super::{links, marks};
use crate::richtext::Block;
use crate::richtext::spans::text_of;
use crate::text::letters_back::{self, Unit};

/// In whose name, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// The automerge actor bound to the restorer.
    pub actor: ActorId,
    /// The time written in the changes.
    pub time: i64,
}

/// A restore that was written.
#[derive(Debug, Clone)]
pub struct Restored {
    /// The document after it.
    pub doc: Automerge,
    /// Its changes in order; none when there was nothing to do.
    pub changes: Vec<Change>,
    /// The actors that `links` count (hexadecimal).
    pub actors: Vec<String>,
    /// See `TextRestored::links`.
    pub links: Vec<[u64; 5]>,
}

/// Why a restore could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The document is not the text that the plan was made for.
    #[error("the document does not stand where the restore was planned")]
    NotAtHeads,
    /// The document has no text.
    #[error("the document holds no text")]
    NoText,
    /// automerge refused an edit.
    #[error("automerge refused an edit of the restore")]
    Automerge(#[from] AutomergeError),
    /// The changes hold other elements than were planned.
    #[error("the restore wrote {written} elements where {planned} were planned")]
    Miscounted {
        /// Elements in the changes.
        written: usize,
        /// Elements in the plan.
        planned: usize,
    },
}

impl RestorePlan<'_> {
    /// Writes the restore.
    ///
    /// # Errors
    /// [`RestoreError`]; the document given is then lost, as it may hold half of the restore.
    pub fn write(&self, doc: Automerge, author: &Author) -> Result<Restored, RestoreError> {
        let text = text_of(&doc).ok_or(RestoreError::NoText)?;
        if !self.stands_at(&doc.get_heads()) || doc.length(&text) != self.now.utf16_len() {
            return Err(RestoreError::NotAtHeads);
        }
        let mut doc = doc.with_actor(author.actor.clone());
        let (actions, come_home) = at_home(&self.actions, &self.homes, &self.now);
        let mut made = Vec::new();
        for change in letters_back::put_back_in(&mut doc, &self.units(&come_home), author.time)? {
            made.push(change.hash());
        }
        if doc.length(&text) != self.length_with(&come_home) {
            return Err(RestoreError::NotAtHeads);
        }
        let mut writer = Writer::new(doc, text, author.time, made);
        for edit in self.edits(&actions, &come_home) {
            writer.edit(&edit)?;
        }
        for edit in marks::edits(&writer.spans()?, &self.wanted_marks()) {
            writer.mark(edit)?;
        }
        self.finish(writer, &come_home)
    }

    /// What comes home, each with the name of the element that it comes back behind.
    fn units(&self, come_home: &BTreeSet<usize>) -> Vec<(ElementId, Unit)> {
        let mut units = Vec::with_capacity(come_home.len());
        for at in come_home {
            let gone = self
                .homes
                .get(at)
                .and_then(|home| self.now.history.name_of(home.node));
            let (Some(then), Some(gone)) = (self.then.elements.get(*at), gone) else {
                continue;
            };
            let unit = match then.content {
                Content::Char(letter) => Unit::Letter(letter),
                Content::Block(was) => {
                    let Line { kind, parents } = Line::read(self.then.block(was));
                    Unit::Marker(Block {
                        kind,
                        parents,
                        ..Block::default()
                    })
                }
                Content::Other => continue,
            };
            units.push((gone, unit));
        }
        units
    }

    fn length_with(&self, come_home: &BTreeSet<usize>) -> usize {
        let then = come_home.iter().filter_map(|at| self.then.elements.get(*at));
        self.now.utf16_len() + then.map(|then| self.then.width(then)).sum::<usize>()
    }

    /// Whether the last change that the plan knows is also the last one of a document with these heads.
    fn stands_at(&self, heads: &[ChangeHash]) -> bool {
        let history = self.now.history;
        let newest = history.last_change_until(self.now.revision());
        history
            .reached_by(heads)
            .is_some_and(|reached| Some(reached) == newest)
    }

    /// Links the elements that were written to those they bring back.
    fn finish(&self, writer: Writer, come_home: &BTreeSet<usize>) -> Result<Restored, RestoreError> {
        let (doc, text, made) = writer.close();
        let changes: Vec<Change> = made
            .iter()
            .filter_map(|hash| doc.get_change_by_hash(hash))
            .collect();
        let written: Vec<ElementId> = changes
            .iter()
            .flat_map(|change| inserted(change, &text))
            .collect();
        // What comes home was written before everything else.
        let coming = self.actions.iter().filter_map(|action| match action {
            Action::Insert(at) if !come_home.contains(at) => Some(*at),
            _ => None,
        });
        let coming = come_home.iter().copied().chain(coming);
        let then = coming.filter_map(|at| self.then.elements.get(at));
        let planned: Vec<ElementId> = then.flat_map(|then| self.originals(then)).collect();
        if written.len() != planned.len() {
            return Err(RestoreError::Miscounted {
                written: written.len(),
                planned: planned.len(),
            });
        }
        let (actors, links) = links::runs(&written.into_iter().zip(planned).collect::<Vec<_>>());
        Ok(Restored {
            doc,
            changes,
            actors,
            links,
        })
    }

    /// The first element that an element stands for, once for each element it is written as.
    fn originals(&self, then: &Element) -> Vec<ElementId> {
        let history = self.then.history;
        let mut letters = String::new();
        self.then.push_text(then, &mut letters);
        let count = if matches!(then.content, Content::Block(_)) {
            1
        } else {
            letters.chars().count()
        };
        history
            .name_of(history.origin(then.node))
            .map_or_else(Vec::new, |name| vec![name; count])
    }
}

/// Letters and markers that a change put in the text, in the order of its operations.
fn inserted(change: &Change, text: &ObjId) -> Vec<ElementId> {
    let ObjId::Id(counter, actor, _) = text else {
        return Vec::new();
    };
    let in_text = |obj: &legacy::ObjectId| matches!(obj, legacy::ObjectId::Id(id) if id.counter() == *counter && id.actor() == actor);
    let content =
        |action: &legacy::OpType| matches!(action, legacy::OpType::Put(_) | legacy::OpType::Make(_));
    let operations = change.decode().operations;
    let numbered = (change.start_op().get()..).zip(operations);
    let chosen = numbered.filter(|(_, op)| op.insert && in_text(&op.obj) && content(&op.action));
    chosen
        .map(|(counter, _)| ElementId {
            counter,
            actor: change.actor_id().clone(),
        })
        .collect()
}
