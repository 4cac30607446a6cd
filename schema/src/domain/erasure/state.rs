//! What became of requests to erase: the fold of the stream `erasures`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Event, Extent, Ground, Target};
use crate::domain::values::Line;
use crate::domain::{At, Caller};
use crate::ids::{ChapterId, ErasureId, Generation, PersonId, Position};

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Erasure {
    /// When it was asked.
    pub requested: At,
    /// By whom.
    pub by: Caller,
    /// The events that were named.
    pub named: BTreeSet<Position>,
    /// What is to go, in the order of the log: the named events and those that hold the same.
    pub targets: Vec<Target>,
    /// On what ground.
    pub ground: Ground,
    /// What it is about.
    pub explanation: Line,
    /// How much goes.
    pub extent: Extent,
    /// The chapter whose earlier text is to go, if that is what was asked.
    pub text: Option<ErasedText>,
    /// Who let the asker in, by sign-in links.
    pub let_in_by: BTreeSet<PersonId>,
    /// What became of it.
    pub outcome: Outcome,
}

/// A chapter whose earlier text is asked to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErasedText {
    /// Which.
    pub chapter: ChapterId,
    /// The generation in which it goes on since this request was approved, once it does.
    pub renewed: Option<Generation>,
}

/// From where on the past of a chapter's text is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClosedText {
    /// Everything before this event is closed: the last approval, or the fresh generation that followed it.
    pub at: At,
    /// By which request.
    pub by: ErasureId,
    /// All generations before this one are erased, or about to be; none before the first fresh generation.
    pub generation: Option<Generation>,
}

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It waits for a second person.
    Open,
    /// It was declined, or taken back.
    Declined {
        /// When.
        at: At,
        /// By whom.
        by: Caller,
        /// Why.
        reason: Line,
    },
    /// It was approved.
    Approved {
        /// When.
        at: At,
        /// By whom.
        by: Caller,
        /// When the server had carried it out.
        carried_out: Option<At>,
    },
}

/// All requests of a plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erasures {
    known: BTreeMap<ErasureId, Erasure>,
    /// The last request about each event.
    about: BTreeMap<Position, ErasureId>,
    /// Chapters of which the earlier text went.
    closed: BTreeMap<ChapterId, ClosedText>,
}

impl Erasure {
    /// Whether it is approved and was not said to be carried out.
    #[must_use]
    pub const fn is_due(&self) -> bool {
        matches!(
            self.outcome,
            Outcome::Approved {
                carried_out: None,
                ..
            }
        )
    }
}

impl Erasures {
    /// A request.
    #[must_use]
    pub fn get(&self, id: ErasureId) -> Option<&Erasure> {
        self.known.get(&id)
    }

    /// Every request, by id.
    pub fn iter(&self) -> impl Iterator<Item = (ErasureId, &Erasure)> {
        self.known.iter().map(|(id, erasure)| (*id, erasure))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nobody ever asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The last request about an event.
    #[must_use]
    pub fn about(&self, position: Position) -> Option<&Erasure> {
        self.known.get(self.about.get(&position)?)
    }

    /// The request by which an event's content went, and when that was approved.
    #[must_use]
    pub fn erased(&self, position: Position) -> Option<(&Erasure, At)> {
        let erasure = self.about(position)?;
        match erasure.outcome {
            Outcome::Approved { at, .. } => Some((erasure, at)),
            Outcome::Open | Outcome::Declined { .. } => None,
        }
    }

    /// When something was last approved.
    #[must_use]
    pub fn last_approved(&self) -> Option<At> {
        let approved = self.known.values().filter_map(|erasure| match erasure.outcome {
            Outcome::Approved { at, .. } => Some(at),
            Outcome::Open | Outcome::Declined { .. } => None,
        });
        approved.max_by_key(|at| at.position)
    }

    /// From where on the past of a chapter's text is known, when what was before has gone.
    #[must_use]
    pub fn closed_text(&self, chapter: ChapterId) -> Option<ClosedText> {
        self.closed.get(&chapter).copied()
    }

    /// The request by which a chapter's text of a position went, and from where on it is known again.
    #[must_use]
    pub fn erased_text(&self, chapter: ChapterId, position: Position) -> Option<(&Erasure, At)> {
        let closed = self.closed_text(chapter)?;
        let erasure = self.known.get(&closed.by)?;
        (position < closed.at.position).then_some((erasure, closed.at))
    }

    /// Whether an event's content is approved to go and may be in the log still.
    #[must_use]
    pub fn is_waiting(&self, position: Position) -> bool {
        self.about(position).is_some_and(Erasure::is_due)
    }

    fn close(&mut self, chapter: ChapterId, at: At, by: ErasureId) -> &mut ClosedText {
        let fresh = ClosedText {
            at,
            by,
            generation: None,
        };
        let closed = self.closed.entry(chapter).or_insert(fresh);
        (closed.at, closed.by) = (at, by);
        closed
    }

    fn note(&mut self, id: ErasureId) {
        if let Some(erasure) = self.known.get(&id) {
            let positions = erasure.targets.iter().map(|target| target.position);
            self.about.extend(positions.map(|position| (position, id)));
        }
    }
}

/// Folds one fact. Total: what makes no sense here changes nothing.
pub fn evolve(erasures: &mut Erasures, at: At, event: &Event) {
    if let Event::Requested {
        id,
        by,
        named,
        targets,
        ground,
        explanation,
        extent,
        text,
        let_in_by,
    } = event
    {
        erasures.known.entry(*id).or_insert_with(|| Erasure {
            requested: at,
            by: *by,
            named: named.clone(),
            targets: targets.clone(),
            ground: *ground,
            explanation: explanation.clone(),
            extent: *extent,
            text: text.map(|chapter| ErasedText {
                chapter,
                renewed: None,
            }),
            let_in_by: let_in_by.clone(),
            outcome: Outcome::Open,
        });
        return erasures.note(*id);
    }
    let Some(erasure) = erasures.known.get_mut(&event.id()) else {
        return;
    };
    match (&mut erasure.outcome, event) {
        (Outcome::Open, Event::Approved { by, targets, .. }) => {
            erasure.outcome = Outcome::Approved {
                at,
                by: *by,
                carried_out: None,
            };
            erasure.targets.clone_from(targets);
            let text = erasure.text;
            erasures.note(event.id());
            if let Some(text) = text {
                erasures.close(text.chapter, at, event.id());
            }
        }
        (
            Outcome::Approved { .. },
            Event::TextClosed {
                chapter, generation, ..
            },
        ) => {
            if let Some(text) = erasure.text.as_mut().filter(|text| text.chapter == *chapter) {
                text.renewed = Some(*generation);
                erasures.close(*chapter, at, event.id()).generation = Some(*generation);
            }
        }
        (Outcome::Open, Event::Declined { by, reason, .. }) => {
            let (by, reason) = (*by, reason.clone());
            erasure.outcome = Outcome::Declined { at, by, reason };
        }
        (Outcome::Approved { carried_out, .. }, Event::CarriedOut { .. }) => {
            carried_out.get_or_insert(at);
        }
        _ => {}
    }
}
