//! A plan as it was, folded from what its view of now holds.
//!
//! Why it exists: whoever lost an answer gets the first one again, also when others were there since. A log may hold
//! millions of keystrokes; what was decided are thousands of events, and the view has them all.
//!
//! # Invariants
//!
//! - State, change logs and names are those that a fold of the log up to there gives (tested on random histories).
//! - Of a stretch of typing that went on after that moment only the beginning is known, so a text may have been edited
//!   later than it says, by the same person for the same party.

use schema::domain::At;
use schema::ids::{Position, Revision};
use schema::log::Stream;

use super::{Edit, Moment, PlanView};
use crate::views::activity::{Entry, Subject};

impl Moment {
    /// The plan just before the event that follows a revision of one of its streams; all of it when none does. For
    /// showing: it has no activity, and goes on with no later event.
    #[must_use]
    pub fn before_next(&self, stream: Stream, revision: Option<Revision>) -> PlanView {
        let now = self.view();
        let (entries, ..) = now.activity.parts();
        let follows = |entry: &&Entry| {
            entry.subject.decided_in() == Some(stream) && Some(entry.decided_at().revision) > revision
        };
        let end = entries
            .values()
            .find(follows)
            .map_or(now.next, |entry| entry.last);
        let mut then = PlanView {
            actors: now.actors.clone(),
            next: end,
            ..PlanView::default()
        };
        for entry in entries.values().filter(|entry| entry.first < end) {
            match (entry.subject, entry.subject.decided_in()) {
                (_, Some(stream)) => {
                    then.take_decided(entry.decided_at(), (stream, &entry.kind), entry.event.as_deref());
                }
                (Subject::Text(chapter), None) if entry.typed.is_some() => {
                    let edit = edit_before(entry, end);
                    let known = then.text_edits.entry(chapter).or_insert(edit);
                    if known.at.position < edit.at.position {
                        *known = edit;
                    }
                }
                (_, None) => {}
            }
        }
        let before = now.restores.iter().take_while(|(_, at, _)| *at < end);
        before.for_each(|(chapter, at, restored)| then.restores.insert(chapter, at, restored.clone()));
        then
    }
}

/// The last edit of a stretch that is known to stand before a position.
fn edit_before(stretch: &Entry, end: Position) -> Edit {
    let last = stretch.decided_at();
    let at = if stretch.last < end {
        last
    } else {
        At {
            position: stretch.first,
            recorded_at: stretch.started_at,
            ..last
        }
    };
    Edit { at, via: stretch.via }
}
