//! How much of one event somebody may see: that it is there, who did what when, or also its content.
//!
//! Why it exists: an export and a proof show the same events to the same people. What one withholds the other must not
//! give, so both ask here.

use schema::audit::Extent;
use schema::domain::policy::{self, Action, HistoryScope};
use schema::domain::{Caller, Refusal};
use schema::log::{Envelope, Stream};

use super::events::Scope;
use crate::views::PlanView;

/// How much of an event a caller may see.
#[must_use]
pub fn extent(view: &PlanView, caller: &Caller, envelope: &Envelope) -> Extent {
    if !Scope::of(view, caller).shows_event(view, envelope) {
        return Extent::Leaf;
    }
    match content(view, caller, envelope) {
        Ok(()) => Extent::Everything,
        Err(_) => Extent::Envelope,
    }
}

/// Whether a caller who may see that an event happened may see its content: text letter by letter only from where they
/// may play it back, commitments only if they may read them.
///
/// # Errors
/// The [`Refusal`] that names the rule.
pub fn content(view: &PlanView, caller: &Caller, envelope: &Envelope) -> Result<(), Refusal> {
    let may = |action| policy::may(&view.state, Some(caller), &action);
    match envelope.stream {
        Stream::Text(chapter, _) => match policy::history_scope(&view.state, Some(caller), chapter)? {
            HistoryScope::FromOffer(at) if envelope.position <= at.position => {
                Err(Refusal::HistoryNotOffered)
            }
            HistoryScope::FromOffer(_) | HistoryScope::Everything => Ok(()),
        },
        Stream::Commitment(id) => may(Action::ReadCommitments).or_else(|_| may(Action::ReadCommitment(id))),
        Stream::Plan | Stream::Rights | Stream::Actors | Stream::Chapter(_) => Ok(()),
    }
}
