//! One plan, folded for its readers: the decided state, who actors are, who edited what last, change logs.

mod checkpoint;
mod earlier;
mod restores;

use std::collections::BTreeMap;
use std::sync::Arc;

use schema::domain::actor::Actors;
use schema::domain::change_log::Entry as ChangeEntry;
use schema::domain::event::KNOWN_KINDS;
use schema::domain::values::Line;
use schema::domain::{At, Caller, Event, PlanState, erasure, evolve, evolve_erased, plan};
use schema::ids::{ActorRef, ChapterId, CommandId, CommitmentId, ErasureId, PartyId, Position};
use schema::log::course::{Courses, fold_course};
use schema::log::kinds::TEXT_RESTORED;
use schema::log::{Kind, Record, Stream, Via};
use schema::text::history::restore::TextRestored;

use super::activity::Activity;

pub use checkpoint::{CheckpointError, Facts, Fold, Moment, Origin};
use restores::Restores;

/// The last change of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edit {
    /// Where, when and by which actor.
    pub at: At,
    /// By which way.
    pub via: Via,
}

/// The read model of one plan.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PlanView {
    /// What was decided.
    pub state: PlanState,
    /// Who actors are.
    pub actors: Actors,
    /// What happened, in order.
    pub activity: Activity,
    text_edits: BTreeMap<ChapterId, Edit>,
    changes: BTreeMap<CommitmentId, Vec<ChangeEntry>>,
    /// Every name a party had, by the event that gave it.
    party_names: BTreeMap<PartyId, BTreeMap<Position, Line>>,
    restores: Restores,
    restored_by: BTreeMap<CommandId, Position>,
    courses: Courses,
    next: Position,
    /// The chain value of the last folded record: a checkpoint of another log is known by it.
    chain: [u8; 32],
}

impl PlanView {
    /// Takes in the next record; an earlier one changes nothing.
    pub fn fold(&mut self, record: &Record) {
        let envelope = &record.envelope;
        if envelope.position < self.next {
            return;
        }
        self.next = envelope.position.next();
        self.chain = record.chain;
        let at = At::from(envelope);
        fold_course(&mut self.courses, envelope);
        match envelope.stream {
            Stream::Actors => self.actors.fold(record),
            Stream::Text(chapter, _) => {
                self.fold_text(at, chapter, record);
            }
            Stream::Plan | Stream::Rights | Stream::Chapter(_) | Stream::Commitment(_) | Stream::Erasures => {
                self.fold_decided(at, record);
            }
        }
    }

    fn fold_text(&mut self, at: At, chapter: ChapterId, record: &Record) {
        if record.envelope.kind.name == "text.changed" {
            let via = record.envelope.via;
            self.text_edits.insert(chapter, Edit { at, via });
        }
        self.activity.add_text(&self.actors, chapter, record);
    }

    fn fold_decided(&mut self, at: At, record: &Record) {
        let envelope = &record.envelope;
        if let Stream::Chapter(chapter) = envelope.stream
            && envelope.kind == TEXT_RESTORED
        {
            self.fold_restore(chapter, record);
        }
        let event = record
            .payload
            .bytes()
            .and_then(|bytes| Event::read(&envelope.kind, &envelope.stream, bytes).ok())
            .map(Arc::new);
        self.take_decided(at, (envelope.stream, &envelope.kind), event.as_deref());
        self.activity.add_decided(record, event);
    }

    /// All that follows from a decided event, also when it comes from a checkpoint; from one that cannot be read, what
    /// its kind says.
    fn take_decided(&mut self, at: At, (stream, kind): (Stream, &Kind), event: Option<&Event>) {
        let Some(event) = event else {
            return self.take_erased(at, stream, kind);
        };
        evolve(&mut self.state, at, event);
        match event {
            Event::Commitment(id, event) => {
                self.changes
                    .entry(*id)
                    .or_default()
                    .push(ChangeEntry::of(at, event));
            }
            Event::Plan(plan::Event::PartyAdded { id, party } | plan::Event::PartyChanged { id, party }) => {
                let names = self.party_names.entry(*id).or_default();
                names.insert(at.position, party.name.clone());
            }
            Event::Erasure(erasure::Event::Approved { id, targets, .. }) => {
                targets.iter().for_each(|target| self.erase(target));
                self.forget_restores(*id);
            }
            Event::Erasure(erasure::Event::TextClosed { id, .. }) => self.forget_restores(*id),
            Event::Plan(_) | Event::Rights(_) | Event::Chapter(..) | Event::Erasure(_) => {}
        }
    }

    fn take_erased(&mut self, at: At, stream: Stream, kind: &Kind) {
        evolve_erased(&mut self.state, at, &stream, kind);
        if let Stream::Commitment(id) = stream
            && KNOWN_KINDS.contains(&kind.to_string().as_str())
        {
            let changes = self.changes.entry(id).or_default();
            changes.push(ChangeEntry::erased(at));
        }
    }

    /// Lets go of what an event said once it is approved to be erased: whoever looks while it is being carried out
    /// sees what will be seen afterwards.
    fn erase(&mut self, target: &erasure::Target) {
        let position = target.position;
        self.activity.erase(position);
        for names in self.party_names.values_mut() {
            names.remove(&position);
        }
        self.party_names.retain(|_, names| !names.is_empty());
        let commitment = target.commitment().and_then(|id| self.changes.get_mut(&id));
        let entries = commitment.into_iter().flatten();
        for entry in entries.filter(|entry| entry.at.position == position) {
            *entry = ChangeEntry::erased(entry.at);
        }
    }

    /// Lets go of what restores say of the earlier words of a chapter, once those are approved to be erased.
    fn forget_restores(&mut self, id: ErasureId) {
        let Some(text) = self.state.erasures.get(id).and_then(|known| known.text) else {
            return;
        };
        self.restores.forget(text.chapter);
        let restores = &self.restores;
        self.restored_by
            .retain(|_, position| restores.at(*position).is_some());
    }

    fn fold_restore(&mut self, chapter: ChapterId, record: &Record) {
        let restored = record
            .payload
            .bytes()
            .and_then(|bytes| TextRestored::read(bytes).ok());
        let Some(restored) = restored else { return };
        // Its links are for the history of the text; here only what it brought back matters.
        let restored = TextRestored {
            links: Vec::new(),
            actors: Vec::new(),
            ..restored
        };
        let position = record.envelope.position;
        self.restores.insert(chapter, position, restored);
        if let Some(command) = record.envelope.correlation {
            self.restored_by.insert(command, position);
        }
    }

    /// What became of each command that left an event outside texts: its first answer, for a retry.
    #[must_use]
    pub const fn courses(&self) -> &Courses {
        &self.courses
    }

    /// What was restored by the event at a position.
    #[must_use]
    pub fn restore_at(&self, position: Position) -> Option<&TextRestored> {
        self.restores.at(position)
    }

    /// Whether earlier text of a chapter came back at some time that is known.
    #[must_use]
    pub fn was_restored(&self, chapter: ChapterId) -> bool {
        self.restores.has(chapter)
    }

    /// Where the restore stands that the one at a position took back; none when it is no undo.
    #[must_use]
    pub fn undone_by(&self, position: Position) -> Option<Position> {
        self.restores.undone_by(position)
    }

    /// What a command restored, and where that stands.
    #[must_use]
    pub fn restored_by(&self, command: CommandId) -> Option<(Position, &TextRestored)> {
        let position = *self.restored_by.get(&command)?;
        Some((position, self.restore_at(position)?))
    }

    /// The position after the last folded event.
    #[must_use]
    pub const fn next_position(&self) -> Position {
        self.next
    }

    /// The position of the last folded event; 0 before the first.
    #[must_use]
    pub const fn last_position(&self) -> Position {
        Position(self.next.0.saturating_sub(1))
    }

    /// The last change of a chapter's text.
    #[must_use]
    pub fn text_edit(&self, chapter: ChapterId) -> Option<Edit> {
        self.text_edits.get(&chapter).copied()
    }

    /// Every change of a commitment, oldest first.
    #[must_use]
    pub fn changes(&self, commitment: CommitmentId) -> &[ChangeEntry] {
        self.changes.get(&commitment).map_or(&[], Vec::as_slice)
    }

    /// A party's name, also of one that left.
    #[must_use]
    pub fn party_name(&self, party: PartyId) -> Option<&Line> {
        self.party_names.get(&party)?.values().next_back()
    }

    /// The person and party behind an actor; `None` for the server itself.
    #[must_use]
    pub fn caller_of(&self, actor: ActorRef) -> Option<Caller> {
        self.actors.get(actor)?.caller()
    }
}

#[cfg(test)]
mod tests;
