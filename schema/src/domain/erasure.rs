//! Erasing content (AVG, art. 17): asked by one person of the Programmateam on a named ground, approved by another.
//!
//! # Why it exists
//!
//! The log keeps everything for ever; a name typed in the wrong place may not stay in it. So the content of an event
//! can go while the event stays: that it happened, when and by whom is still proved, what it said is nowhere. Nobody
//! can do that alone, and why it was done stays known.
//!
//! # Invariants
//!
//! - What is in force does not change: the fold of the plan with the content and the fold without it are equal
//!   (tested over random histories). So what is erased must be past: first amend, then erase what it was.
//! - Who asks does not approve, nor does whoever made the sign-in link of one of the two for the other, by whatever
//!   links between.
//! - A request and what became of it are never erased themselves, nor who actors are (ids only), nor, event by event,
//!   the words of a chapter, which build on each other.
//! - The earlier text of a chapter goes as a whole or not at all: its changes build on each other, so the text as it
//!   stands is first written anew in a fresh generation.
//! - Every event of a commitment that holds the same past value goes with the one that was named.
//!
//! Reading order: [`target`] (what may be erased), the messages here, [`state`] (what became of requests).

pub mod state;
pub mod target;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use self::state::{ClosedText, ErasedText, Erasure, Erasures, Outcome, evolve};
pub use self::target::{Subject, Target, is_past};
use super::chapter::Phase;
use super::policy::{self, Action};
use super::values::Line;
use super::{Caller, Event as AnyEvent, PlanState, Refusal, commitment};
use crate::ids::{ChapterId, CommitmentId, ErasureId, Generation, PersonId, Position};
use crate::limits::{ERASURE_EVENTS_MAX, ERASURES_PER_PLAN_MAX};

/// What can be asked about erasing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// Asks to erase the content of events.
    Request {
        /// Which, 1 to `ERASURE_EVENTS_MAX`.
        targets: Vec<Target>,
        /// Whether all of them outside commitments are past: see [`is_past`]; only who holds the log can say.
        are_past: bool,
        /// On what legal ground.
        ground: Ground,
        /// What it is about, without naming whom.
        explanation: Line,
        /// How much goes.
        extent: Extent,
        /// Who made the sign-in link of the session in which it is asked, and the links before that.
        let_in_by: BTreeSet<PersonId>,
    },
    /// Asks to erase the earlier text of a chapter: everything but the text as it stands.
    RequestText {
        /// Which.
        chapter: ChapterId,
        /// On what legal ground.
        ground: Ground,
        /// What it is about, without naming whom.
        explanation: Line,
        /// How much goes.
        extent: Extent,
        /// Who made the sign-in link of the session in which it is asked, and the links before that.
        let_in_by: BTreeSet<PersonId>,
    },
    /// Agrees. Whoever holds the log erases after this.
    Approve {
        /// The same, at the moment of approval.
        are_past: bool,
        /// The same, of the session in which it is approved.
        let_in_by: BTreeSet<PersonId>,
    },
    /// Does not agree; by whoever asked: takes the request back.
    Decline {
        /// Why.
        reason: Line,
    },
}

/// The legal ground on which content is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ground {
    /// Recorded by mistake, and more than the plan needs (AVG art. 5 lid 1 c).
    NotNeededForPlan,
    /// No longer needed for what it was recorded for (AVG art. 17 lid 1 a).
    NoLongerNeeded,
    /// Consent was withdrawn (AVG art. 17 lid 1 b).
    ConsentWithdrawn,
    /// The person objects (AVG art. 17 lid 1 c).
    Objection,
    /// It should never have been recorded (AVG art. 17 lid 1 d).
    Unlawful,
    /// The law says so (AVG art. 17 lid 1 e).
    LegalDuty,
}

/// How much of an event goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Extent {
    /// What it said.
    Content,
    /// Also the salt by which its leaf can be told to be about this person at this time.
    ContentAndLink,
}

/// What can have happened to requests to erase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "payload",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Event {
    /// Somebody asked.
    #[serde(rename = "erasure.requested/1")]
    Requested {
        /// The request.
        id: ErasureId,
        /// Who.
        by: Caller,
        /// The events that were named.
        named: BTreeSet<Position>,
        /// What goes, by place: the named events and those that hold the same.
        targets: Vec<Target>,
        /// On what ground.
        ground: Ground,
        /// What it is about.
        explanation: Line,
        /// How much goes.
        extent: Extent,
        /// The chapter whose earlier text goes; then no event is named.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<ChapterId>,
        /// Who let the asker in, by sign-in links; none by the operator's.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        let_in_by: BTreeSet<PersonId>,
    },
    /// Somebody else agreed: from here on the content counts as gone.
    #[serde(rename = "erasure.approved/1")]
    Approved {
        /// The request.
        id: ErasureId,
        /// Who.
        by: Caller,
        /// What goes: what was asked, and what came to hold the same since.
        targets: Vec<Target>,
    },
    /// Somebody did not agree, or whoever asked took it back.
    #[serde(rename = "erasure.declined/1")]
    Declined {
        /// The request.
        id: ErasureId,
        /// Who.
        by: Caller,
        /// Why.
        reason: Line,
    },
    /// A chapter goes on in a fresh generation, which starts with its text as it stood: everything before is closed.
    #[serde(rename = "erasure.text-closed/1")]
    TextClosed {
        /// The request.
        id: ErasureId,
        /// The chapter.
        chapter: ChapterId,
        /// The fresh generation.
        generation: Generation,
    },
    /// The server erased all of it from its log, and folded its read models anew.
    #[serde(rename = "erasure.carried-out/1")]
    CarriedOut {
        /// The request.
        id: ErasureId,
    },
}

impl Event {
    /// The request it is about.
    #[must_use]
    pub const fn id(&self) -> ErasureId {
        match self {
            Self::Requested { id, .. }
            | Self::Approved { id, .. }
            | Self::Declined { id, .. }
            | Self::TextClosed { id, .. }
            | Self::CarriedOut { id } => *id,
        }
    }
}

/// Says which facts a command adds.
///
/// # Errors
/// The [`Refusal`] that names the rule.
pub fn decide(
    state: &PlanState,
    caller: &Caller,
    id: ErasureId,
    command: &Command,
) -> Result<Vec<AnyEvent>, Refusal> {
    policy::may(state, Some(caller), &Action::EraseContent)?;
    let by = *caller;
    match command {
        Command::Request {
            targets,
            are_past,
            ground,
            explanation,
            extent,
            let_in_by,
        } => {
            ensure_new(state, id, targets)?;
            let named = targets.iter().map(|target| target.position).collect();
            let targets = with_the_same(state, targets, &named, *are_past)?;
            Ok(vec![AnyEvent::Erasure(Event::Requested {
                id,
                by,
                named,
                targets,
                ground: *ground,
                explanation: explanation.clone(),
                extent: *extent,
                text: None,
                let_in_by: let_in_by.clone(),
            })])
        }
        Command::RequestText {
            chapter,
            ground,
            explanation,
            extent,
            let_in_by,
        } => {
            ensure_new_text(state, id, *chapter)?;
            Ok(vec![AnyEvent::Erasure(Event::Requested {
                id,
                by,
                named: BTreeSet::new(),
                targets: Vec::new(),
                ground: *ground,
                explanation: explanation.clone(),
                extent: *extent,
                text: Some(*chapter),
                let_in_by: let_in_by.clone(),
            })])
        }
        Command::Approve { are_past, let_in_by } => {
            ensure_other(open(state, id)?, by, let_in_by)?;
            approve(state, by, id, *are_past)
        }
        Command::Decline { reason } => {
            open(state, id)?;
            let reason = reason.clone();
            Ok(vec![AnyEvent::Erasure(Event::Declined { id, by, reason })])
        }
    }
}

/// That the content of a request was erased; none when there is nothing to say.
#[must_use]
pub fn carried_out(state: &PlanState, id: ErasureId) -> Option<AnyEvent> {
    let erasure = state.erasures.get(id)?;
    let due = erasure.is_due() && erasure.text.is_none_or(|text| text.renewed.is_some());
    due.then_some(AnyEvent::Erasure(Event::CarriedOut { id }))
}

/// The chapter that has to go on in a fresh generation before a request can be carried out; none when no request
/// asks for that, or when it does already.
#[must_use]
pub fn text_to_close(state: &PlanState, id: ErasureId) -> Option<ChapterId> {
    let erasure = state.erasures.get(id)?;
    let text = erasure.text.filter(|text| text.renewed.is_none());
    text.filter(|_| erasure.is_due()).map(|text| text.chapter)
}

fn approve(state: &PlanState, by: Caller, id: ErasureId, are_past: bool) -> Result<Vec<AnyEvent>, Refusal> {
    let erasure = open(state, id)?;
    if let Some(text) = erasure.text {
        ensure_unfrozen(state, text.chapter)?;
        let targets = Vec::new();
        return Ok(vec![AnyEvent::Erasure(Event::Approved { id, by, targets })]);
    }
    ensure_not_back(state, erasure)?;
    let targets = with_the_same(state, &erasure.targets, &erasure.named, are_past)?;
    let commitments: BTreeSet<CommitmentId> = targets.iter().filter_map(Target::commitment).collect();
    let restated = commitments.into_iter().filter_map(|id| {
        let content = state.commitments.get(&id)?.content.clone();
        let content = Box::new(content);
        Some(AnyEvent::Commitment(id, commitment::Event::Restated { content }))
    });
    let approved = AnyEvent::Erasure(Event::Approved { id, by, targets });
    Ok(std::iter::once(approved).chain(restated).collect())
}

/// Who approves is not who asked, nor can one of them be the other behind a link.
fn ensure_other(erasure: &Erasure, by: Caller, let_in_by: &BTreeSet<PersonId>) -> Result<(), Refusal> {
    if erasure.by.person == by.person {
        return Err(Refusal::ErasureOwnRequest);
    }
    let asker = erasure.by.person;
    let is_same_hand = let_in_by.contains(&asker) || erasure.let_in_by.contains(&by.person);
    // Nor may both have come in by the links of one third, who could then be either.
    if is_same_hand || !erasure.let_in_by.is_disjoint(let_in_by) {
        return Err(Refusal::ApproverLetInByAsker);
    }
    Ok(())
}

/// Nothing that was past when it was asked is in force again.
fn ensure_not_back(state: &PlanState, erasure: &Erasure) -> Result<(), Refusal> {
    let since = erasure.requested.position;
    let named = erasure
        .targets
        .iter()
        .filter(|target| erasure.named.contains(&target.position));
    let mut known = named.filter_map(|target| Some((target, state.commitments.get(&target.commitment()?)?)));
    if known.any(|(target, commitment)| commitment.came_back(target.position, since)) {
        return Err(Refusal::StillInForce);
    }
    Ok(())
}

fn open(state: &PlanState, id: ErasureId) -> Result<&Erasure, Refusal> {
    let erasure = state.erasures.get(id).ok_or(Refusal::NoSuchErasure)?;
    match erasure.outcome {
        Outcome::Open => Ok(erasure),
        Outcome::Declined { .. } | Outcome::Approved { .. } => Err(Refusal::ErasureNotOpen),
    }
}

fn ensure_new(state: &PlanState, id: ErasureId, targets: &[Target]) -> Result<(), Refusal> {
    if state.erasures.get(id).is_some() {
        return Err(Refusal::AlreadyExists);
    }
    if targets.is_empty() {
        return Err(Refusal::NothingToErase);
    }
    if targets.len() > ERASURE_EVENTS_MAX || state.erasures.len() >= ERASURES_PER_PLAN_MAX {
        return Err(Refusal::TooMany);
    }
    for target in targets {
        match state.erasures.about(target.position).map(|known| &known.outcome) {
            Some(Outcome::Approved { .. }) => return Err(Refusal::AlreadyErased),
            Some(Outcome::Open) => return Err(Refusal::ErasureAsked),
            Some(Outcome::Declined { .. }) | None => {}
        }
    }
    Ok(())
}

fn ensure_new_text(state: &PlanState, id: ErasureId, chapter: ChapterId) -> Result<(), Refusal> {
    if state.erasures.get(id).is_some() {
        return Err(Refusal::AlreadyExists);
    }
    if state.erasures.len() >= ERASURES_PER_PLAN_MAX {
        return Err(Refusal::TooMany);
    }
    let is_asked = |known: &Erasure| {
        known.text.is_some_and(|text| text.chapter == chapter)
            && (known.outcome == Outcome::Open || known.is_due())
    };
    if state.erasures.iter().any(|(_, known)| is_asked(known)) {
        return Err(Refusal::ErasureAsked);
    }
    ensure_unfrozen(state, chapter)
}

/// A version that was named is read at its own place, which closes with everything before: so its words are first
/// taken out, which needs the chapter to be open.
fn ensure_unfrozen(state: &PlanState, chapter: ChapterId) -> Result<(), Refusal> {
    let known = state.chapters.get(chapter).ok_or(Refusal::NoSuchChapter)?;
    match known.phase {
        Phase::Frozen { .. } => Err(Refusal::ChapterFrozen),
        Phase::Drafting | Phase::Offered => Ok(()),
    }
}

/// The targets that another request has not taken along, and every event of the same commitment that holds the same
/// past value as one that was named; in the order of the log.
fn with_the_same(
    state: &PlanState,
    targets: &[Target],
    named: &BTreeSet<Position>,
    are_past: bool,
) -> Result<Vec<Target>, Refusal> {
    let left = targets
        .iter()
        .filter(|target| state.erasures.erased(target.position).is_none());
    let mut all: BTreeMap<Position, Target> = left.map(|target| (target.position, *target)).collect();
    if all.is_empty() {
        return Err(Refusal::AlreadyErased);
    }
    let mut by_commitment: BTreeMap<CommitmentId, BTreeSet<Position>> = BTreeMap::new();
    for target in all.values().filter(|target| named.contains(&target.position)) {
        match target.commitment() {
            Some(id) => {
                by_commitment.entry(id).or_default().insert(target.position);
            }
            None if are_past => {}
            None => return Err(Refusal::StillInForce),
        }
    }
    for (id, positions) in by_commitment {
        let known = state.commitments.get(&id).ok_or(Refusal::NoSuchCommitment)?;
        if positions.iter().any(|position| !known.is_past(*position)) {
            return Err(Refusal::StillInForce);
        }
        let same = known
            .holding_the_same(&positions)
            .into_iter()
            .map(|position| Target {
                position,
                subject: Subject::Commitment { commitment: id },
            });
        all.extend(same.map(|target| (target.position, target)));
    }
    Ok(all.into_values().collect())
}

#[cfg(test)]
mod tests;
