//! Where events of texts may stand in a plan's log.
//!
//! # Why it exists
//!
//! A chapter goes on in its newest generation and nobody reads an earlier one any further: a change of generation *g*
//! that stands behind the beginning of *g* + 1 was acknowledged and is in no reader's text. The guards of an append keep
//! that from happening; this says whether they did, long after and to anybody who has the log.
//!
//! # Invariants
//!
//! - Envelopes say everything that is asked, so it can be asked of a log with erased content too.
//! - A kind that is not known breaks no rule: newer programs may write what this one does not know.
//! - Whatever it is given, it goes on: a fault says what is wrong with one event, and the next is judged after it.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::actor::ACTOR_BOUND;
use crate::ids::{ActorRef, ChapterId, Generation, Position};
use crate::log::kinds::{TEXT_CHANGED, TEXT_GENERATION};
use crate::log::{Envelope, Stream, Via};

/// What the events of one plan so far say of its texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextOrder {
    chapters: BTreeMap<ChapterId, Chapter>,
    actors: BTreeSet<ActorRef>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Chapter {
    /// The newest generation, and where it began.
    newest: Option<(Generation, Position)>,
    /// Where the chapter was frozen, while it is.
    frozen: Option<Position>,
}

/// What is wrong with the place of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OrderFault {
    /// A change that no reader of the chapter sees.
    #[error(
        "it changes generation {generation} of chapter {chapter} after generation {newest} began at event {began}, so \
         its words are in nobody's text"
    )]
    AfterSuccessor {
        /// The chapter.
        chapter: ChapterId,
        /// The generation that it changes.
        generation: Generation,
        /// The generation in which the chapter goes on.
        newest: Generation,
        /// Where that one began.
        began: Position,
    },
    /// A change of a text that is not there.
    #[error("it changes generation {generation} of chapter {chapter}, which has not begun")]
    NotBegun {
        /// The chapter.
        chapter: ChapterId,
        /// The generation.
        generation: Generation,
    },
    /// The generations of a chapter are numbered from 1 without a gap, and each begins once.
    #[error("generation {generation} of chapter {chapter} begins where generation {expected} must come")]
    NotNext {
        /// The chapter.
        chapter: ChapterId,
        /// The generation that begins.
        generation: Generation,
        /// The one that must.
        expected: Generation,
    },
    /// A frozen chapter takes no change, but for what the server carries over into a next generation.
    #[error("it changes chapter {chapter}, which was frozen at event {frozen}")]
    Frozen {
        /// The chapter.
        chapter: ChapterId,
        /// Where it was frozen.
        frozen: Position,
    },
    /// Nothing before it says who wrote it.
    #[error("it names event {} as its author, and no author is bound there", .who.0)]
    NoAuthor {
        /// What it names.
        who: ActorRef,
    },
}

impl TextOrder {
    /// Takes in the next event of the plan.
    ///
    /// # Errors
    /// The first rule that its place breaks.
    pub fn take(&mut self, envelope: &Envelope) -> Result<(), OrderFault> {
        let name = &*envelope.kind.name;
        match envelope.stream {
            Stream::Actors if name == ACTOR_BOUND.name => {
                self.actors.insert(ActorRef(envelope.position));
                Ok(())
            }
            Stream::Chapter(chapter) => {
                self.chapter_event(chapter, envelope);
                Ok(())
            }
            Stream::Text(chapter, generation) if name == TEXT_GENERATION.name => {
                let begun = self.begins(chapter, generation, envelope.position);
                begun.and_then(|()| self.has_author(envelope.who))
            }
            Stream::Text(chapter, generation) if name == TEXT_CHANGED.name => {
                self.changes(chapter, generation, envelope.via)?;
                self.has_author(envelope.who)
            }
            _ => Ok(()),
        }
    }

    fn chapter_event(&mut self, chapter: ChapterId, envelope: &Envelope) {
        let chapter = self.chapters.entry(chapter).or_default();
        match &*envelope.kind.name {
            "chapter.frozen" => chapter.frozen = Some(envelope.position),
            "chapter.reopened" => chapter.frozen = None,
            _ => {}
        }
    }

    fn begins(
        &mut self,
        id: ChapterId,
        generation: Generation,
        position: Position,
    ) -> Result<(), OrderFault> {
        let chapter = self.chapters.entry(id).or_default();
        let expected = chapter.newest.map_or(Generation(1), |(newest, _)| newest.next());
        // The chapter goes on in it in any case: so its readers see it.
        if chapter.newest.is_none_or(|(newest, _)| newest < generation) {
            chapter.newest = Some((generation, position));
        }
        if generation == expected {
            Ok(())
        } else {
            Err(OrderFault::NotNext {
                chapter: id,
                generation,
                expected,
            })
        }
    }

    fn changes(&self, id: ChapterId, generation: Generation, via: Via) -> Result<(), OrderFault> {
        let chapter = self.chapters.get(&id).copied().unwrap_or_default();
        match chapter.newest {
            Some((newest, began)) if generation < newest => {
                return Err(OrderFault::AfterSuccessor {
                    chapter: id,
                    generation,
                    newest,
                    began,
                });
            }
            Some((newest, _)) if generation == newest => {}
            _ => {
                return Err(OrderFault::NotBegun {
                    chapter: id,
                    generation,
                });
            }
        }
        match chapter.frozen {
            Some(frozen) if via != Via::Server => Err(OrderFault::Frozen { chapter: id, frozen }),
            _ => Ok(()),
        }
    }

    fn has_author(&self, who: ActorRef) -> Result<(), OrderFault> {
        if self.actors.contains(&who) {
            Ok(())
        } else {
            Err(OrderFault::NoAuthor { who })
        }
    }
}

#[cfg(test)]
mod tests;
