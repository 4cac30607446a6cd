//! One chapter's past over all its generations: the events in order, and the history of the text.
//!
//! Revisions of the history are places in [`Past::events`]: those of all generations, one after the other.

mod read;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use schema::domain::actor::TextBinding;
use schema::domain::{At, Caller};
use schema::ids::{ActorRef, ChapterId, CommandId, Generation, PageSessionId, PlanId, Position, Revision};
use schema::log::Via;
use schema::text::history::quotes::Quotes;
use schema::text::history::restore::TextRestored;
use schema::text::history::sessions::{Bounds, Moment, Session, sessions};
use schema::text::history::{TextHistory, View};

use super::HistoryError;

const MINUTE_MS: u64 = 60_000;

/// A session of work, as a list of all shows it.
pub(super) const WHOLE: Bounds = Bounds {
    pause_ms: 15 * MINUTE_MS,
    longest_ms: u64::MAX,
};

/// A part of one: short enough to go back to the moment before a mistake.
const PART: Bounds = Bounds {
    pause_ms: MINUTE_MS,
    longest_ms: 5 * MINUTE_MS,
};

/// The past of one chapter, as far as it was read.
#[derive(Debug)]
pub struct Past {
    plan: PlanId,
    chapter: ChapterId,
    /// The text of all generations.
    history: TextHistory,
    events: Vec<Event>,
    generations: Vec<GenerationStart>,
    restores: BTreeMap<Position, Restore>,
    /// Restores whose words are still to be linked.
    unlinked: BTreeSet<Position>,
    /// Everybody who wrote.
    visitors: Visitors,
    /// Changes that ended their generation.
    quarantined: BTreeSet<String>,
    /// Events that fit nothing, by place in `events`.
    skipped: BTreeSet<usize>,
    /// Offers, freezes and reopenings: no session of work lasts over one.
    milestones: BTreeSet<Position>,
    /// The next revision of the chapter's own stream.
    state_next: u64,
}

/// Visits of people to the chapter: one page session has an actor in each generation.
#[derive(Debug, Default)]
struct Visitors {
    met: BTreeSet<ActorRef>,
    /// Those whose visits are not known yet, in their order.
    unread: VecDeque<ActorRef>,
    /// The first actor of each.
    first: BTreeMap<(PageSessionId, Caller), TextBinding>,
}

/// What the past knows of an event.
#[derive(Debug, Clone, Copy)]
struct Event {
    at: At,
    via: Via,
    command: Option<CommandId>,
}

/// Where a generation starts.
#[derive(Debug, Clone, Copy)]
struct GenerationStart {
    number: Generation,
    /// Its place in `events`.
    first: usize,
}

/// A restore that was made.
#[derive(Debug, Clone)]
pub struct Restore {
    /// Where, when and by whom.
    pub at: At,
    /// What it brought back.
    pub restored: TextRestored,
    command: Option<CommandId>,
}

/// A session with its places in the plan.
#[derive(Debug, Clone)]
pub struct HistorySession<A: Ord> {
    /// When, who, how much.
    pub session: Session<A>,
    /// The text before it.
    pub from: Position,
    /// The text after it.
    pub to: Position,
    /// By which way its first event came.
    pub via: Via,
    /// The changed words.
    pub quotes: Quotes,
}

impl Past {
    /// The revision of the text that stands at a position of the plan; without one, now.
    ///
    /// # Errors
    /// [`HistoryError::NoText`] when the text started later.
    pub fn revision_at(&self, position: Option<Position>) -> Result<Revision, HistoryError> {
        let until = position.unwrap_or(Position(u64::MAX));
        let after = self.events.partition_point(|event| event.at.position <= until);
        let place = after.checked_sub(1).ok_or(HistoryError::NoText)?;
        Ok(Revision(place as u64))
    }

    /// The event at a revision.
    #[must_use]
    pub fn at(&self, revision: Revision) -> Option<At> {
        Some(self.event(revision)?.at)
    }

    /// The text's history.
    #[must_use]
    pub const fn history(&self) -> &TextHistory {
        &self.history
    }

    /// The text as it was after a revision.
    #[must_use]
    pub fn view(&self, revision: Revision) -> View<'_> {
        self.history.view(revision)
    }

    /// Names the author of a revision by who its actor is.
    pub fn author<A>(&self, who: impl Fn(ActorRef) -> A) -> impl Fn(Revision) -> Option<A> {
        move |revision| self.event(revision).map(|event| who(event.at.who))
    }

    /// By which way a revision came.
    #[must_use]
    pub fn via(&self, revision: Revision) -> Option<Via> {
        Some(self.event(revision)?.via)
    }

    /// Where the last change stands that was made by such an actor by such a way.
    #[must_use]
    pub fn last_written(&self, is_such: impl Fn(ActorRef, Via) -> bool) -> Option<Position> {
        let mut written = self.events.iter().enumerate().rev();
        let last = written.find(|(place, event)| !self.is_start(*place) && is_such(event.at.who, event.via));
        last.map(|(_, event)| event.at.position)
    }

    /// Whether every change up to a position came out of a document.
    #[must_use]
    pub fn is_imported_until(&self, position: Position) -> bool {
        let until = self.events.iter().enumerate();
        let mut written =
            until.filter(|(place, event)| event.at.position <= position && !self.is_start(*place));
        written.all(|(_, event)| event.via == Via::Import)
    }

    /// The generation that is written in, and its document's place in the history.
    #[must_use]
    pub fn generation(&self) -> Option<Generation> {
        self.generations.last().map(|start| start.number)
    }

    /// The restore that stands at a position.
    #[must_use]
    pub fn restore(&self, position: Position) -> Option<&Restore> {
        self.restores.get(&position)
    }

    /// The restore that one of them took back; none when it is no undo.
    #[must_use]
    pub fn undone_by(&self, restore: &Restore) -> Option<&Restore> {
        let (_, first) = self.restores.range(restore.restored.to_position..).next()?;
        let is_before = first.at.position < restore.at.position;
        (is_before && restore.restored.takes_back(&first.restored)).then_some(first)
    }

    /// How much it holds.
    #[must_use]
    pub fn element_count(&self) -> usize {
        self.history.element_count() + self.events.len()
    }

    /// Sessions of work, oldest first. `who` says who an actor is.
    pub fn sessions<A: Ord + Clone>(&self, who: impl Fn(ActorRef) -> A) -> Vec<HistorySession<A>> {
        self.grouped(who, WHOLE, (None, Position(u64::MAX)))
    }

    /// The parts of what was written after a position and until another, oldest first.
    pub fn parts<A: Ord + Clone>(
        &self,
        who: impl Fn(ActorRef) -> A,
        (after, until): (Position, Position),
    ) -> Vec<HistorySession<A>> {
        self.grouped(who, PART, (Some(after), until))
    }

    fn grouped<A: Ord + Clone>(
        &self,
        who: impl Fn(ActorRef) -> A,
        bounds: Bounds,
        (after, until): (Option<Position>, Position),
    ) -> Vec<HistorySession<A>> {
        let by_command: BTreeMap<CommandId, Position> = self
            .restores
            .iter()
            .filter_map(|(position, restore)| Some((restore.command?, *position)))
            .collect();
        let written = self
            .events
            .iter()
            .enumerate()
            .filter(|(place, _)| !self.is_start(*place))
            .filter(|(_, event)| Some(event.at.position) > after && event.at.position <= until);
        let mut part = 0;
        let mut last: Option<&Event> = None;
        let moments = written.map(|(place, event)| Moment {
            part: {
                part += u64::from(last.is_some_and(|last| self.ends_part(last, event)));
                last = Some(event);
                part
            },
            revision: Revision(place as u64),
            at: event.at.recorded_at,
            author: who(event.at.who),
            restore: event
                .command
                .and_then(|command| by_command.get(&command))
                .map(|position| position.0),
        });
        let sessions = sessions(&self.history, moments, bounds);
        let quotes = self.history.quotes(&sessions);
        let placed = sessions.into_iter().zip(quotes);
        placed
            .filter_map(|(session, quotes)| self.place(session, quotes))
            .collect()
    }

    fn place<A: Ord>(&self, session: Session<A>, quotes: Quotes) -> Option<HistorySession<A>> {
        let before = session.first.0.checked_sub(1).map(Revision);
        Some(HistorySession {
            from: self.event(before?)?.at.position,
            to: self.event(session.last)?.at.position,
            via: self.event(session.first)?.via,
            session,
            quotes,
        })
    }

    /// Whether a part of the chapter's life ends between two events: an import is nobody's writing, and what was
    /// offered or frozen stands by itself.
    fn ends_part(&self, last: &Event, next: &Event) -> bool {
        let imported = (last.via == Via::Import) != (next.via == Via::Import);
        let milestone = self.milestones.range(last.at.position..).next();
        imported || milestone.is_some_and(|at| *at < next.at.position)
    }

    fn event(&self, revision: Revision) -> Option<&Event> {
        self.events.get(usize::try_from(revision.0).ok()?)
    }

    fn is_start(&self, place: usize) -> bool {
        self.generations.iter().any(|start| start.first == place)
    }
}
