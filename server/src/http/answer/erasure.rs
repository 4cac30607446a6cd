//! `Erasure` and `ErasedNote`: requests to erase content, and that something was erased.

use schema::domain::commitment::Field;
use schema::domain::erasure::{self, Ground, Outcome, Subject, Target};
use schema::domain::policy::{self, Action};
use schema::domain::{At, Caller, Refusal};
use schema::ids::{ChapterId, ErasureId, PlanId, Position, TimestampMs};
use schema::log::Kind;
use serde::Serialize;

use super::Actor;
use super::erased_text::ErasureText;
use super::event::{SubjectName, subject};
use crate::http::names::Names;
use crate::http::time;
use crate::views::{self, PlanView};

/// `Erasure`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Erasure {
    id: ErasureId,
    state: State,
    ground: Ground,
    explanation: String,
    extent: erasure::Extent,
    requested_at: String,
    requested_by: Actor,
    decided_at: Option<String>,
    decided_by: Option<Actor>,
    reason: Option<String>,
    carried_out_at: Option<String>,
    events: Vec<ErasureEvent>,
    text_of: Option<SubjectName>,
    text: Option<ErasureText>,
    may_approve: bool,
    may_decline: bool,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
enum State {
    Open,
    Declined,
    /// Declined by whoever asked.
    Withdrawn,
    Approved,
    CarriedOut,
}

/// `ErasureEvent`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErasureEvent {
    position: Position,
    kind: Kind,
    at: String,
    actor: Actor,
    subject: SubjectName,
    stays_in_force: Vec<Field>,
}

/// `ErasedNote`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErasedNote {
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ground: Option<Ground>,
}

impl ErasedNote {
    /// Only that it was, and when.
    #[must_use]
    pub fn without_ground(self) -> Self {
        Self { ground: None, ..self }
    }

    /// Of the event at a position, if its content was erased.
    #[must_use]
    pub fn of(view: &PlanView, position: Position) -> Option<Self> {
        let erasures = &view.state.erasures;
        let of_text = || {
            let entry = view.activity.at(position)?;
            match entry.subject {
                views::Subject::Text(chapter) => erasures.erased_text(chapter, position),
                // What it brought back and why went with the text.
                views::Subject::Chapter(chapter) if entry.is_restore() => {
                    erasures.erased_text(chapter, position)
                }
                _ => None,
            }
        };
        let (erasure, approved) = erasures.erased(position).or_else(of_text)?;
        Some(Self {
            at: time::format(approved.recorded_at),
            ground: Some(erasure.ground),
        })
    }

    /// Of the earlier text of a chapter, if that was erased.
    #[must_use]
    pub fn of_text(view: &PlanView, chapter: ChapterId) -> Option<Self> {
        let closed = view.state.erasures.closed_text(chapter)?;
        let erasure = view.state.erasures.get(closed.by)?;
        Some(Self::by(erasure, closed.at.recorded_at))
    }

    /// By a request, when.
    #[must_use]
    pub fn by(erasure: &erasure::Erasure, at: TimestampMs) -> Self {
        Self {
            at: time::format(at),
            ground: Some(erasure.ground),
        }
    }
}

impl Erasure {
    /// A request as somebody of the Programmateam sees it.
    ///
    /// # Errors
    /// [`Refusal::NoSuchErasure`].
    pub fn of(
        view: &PlanView,
        names: &Names<'_>,
        caller: &Caller,
        (plan, id): (PlanId, ErasureId),
    ) -> Result<Self, Refusal> {
        let known = view.state.erasures.get(id).ok_or(Refusal::NoSuchErasure)?;
        let (state, decided, reason, carried_out) = told(known);
        let is_open = state == State::Open;
        let may = policy::may(&view.state, Some(caller), &Action::EraseContent).is_ok();
        Ok(Self {
            id,
            state,
            ground: known.ground,
            explanation: known.explanation.to_string(),
            extent: known.extent,
            requested_at: time::format(known.requested.recorded_at),
            requested_by: names.caller(&known.by),
            decided_at: decided.map(|(at, _)| time::format(at.recorded_at)),
            decided_by: decided.map(|(_, by)| names.caller(&by)),
            reason,
            carried_out_at: carried_out.map(|at| time::format(at.recorded_at)),
            events: known
                .targets
                .iter()
                .filter_map(|target| ErasureEvent::of(view, names, target))
                .collect(),
            text_of: known
                .text
                .map(|text| subject(view, &views::Subject::Chapter(text.chapter), true)),
            text: ErasureText::of(view, names, (plan, id), known),
            may_approve: may && is_open && known.by.person != caller.person,
            may_decline: may && is_open,
        })
    }

    /// Newest first, for lists.
    #[must_use]
    pub fn sort_key(view: &PlanView, id: ErasureId) -> std::cmp::Reverse<Option<Position>> {
        let known = view.state.erasures.get(id);
        std::cmp::Reverse(known.map(|known| known.requested.position))
    }
}

type Told = (State, Option<(At, Caller)>, Option<String>, Option<At>);

fn told(known: &erasure::Erasure) -> Told {
    match &known.outcome {
        Outcome::Open => (State::Open, None, None, None),
        Outcome::Declined { at, by, reason } => {
            let state = if by.person == known.by.person {
                State::Withdrawn
            } else {
                State::Declined
            };
            (state, Some((*at, *by)), Some(reason.to_string()), None)
        }
        Outcome::Approved { at, by, carried_out } => {
            let state = if carried_out.is_some() {
                State::CarriedOut
            } else {
                State::Approved
            };
            (state, Some((*at, *by)), None, *carried_out)
        }
    }
}

impl ErasureEvent {
    fn of(view: &PlanView, names: &Names<'_>, target: &Target) -> Option<Self> {
        let entry = view.activity.at(target.position)?;
        let about = match target.subject {
            Subject::Plan => views::Subject::Plan,
            Subject::Rights => views::Subject::Rights,
            Subject::Chapter { chapter } => views::Subject::Chapter(chapter),
            Subject::Commitment { commitment } => views::Subject::Commitment(commitment),
        };
        Some(Self {
            position: target.position,
            kind: entry.kind.clone(),
            at: time::format(entry.at),
            actor: names.actor(entry.who),
            subject: subject(view, &about, true),
            stays_in_force: stays_in_force(view, target),
        })
    }
}

/// What the event said of a commitment that it says now; erasing the event leaves that.
fn stays_in_force(view: &PlanView, target: &Target) -> Vec<Field> {
    let known = target.commitment().and_then(|id| view.state.commitments.get(&id));
    known.map_or_else(Vec::new, |known| known.in_force(target.position).collect())
}
