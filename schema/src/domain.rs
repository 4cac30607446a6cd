//! What may be decided in a plan: its structure, people's rights, the state of chapters, the commitments.
//!
//! # Why it exists
//!
//! A CRDT merges; it cannot refuse. Everything that may be refused is asked for by a [`Command`], decided by
//! [`decide`] against the [`PlanState`] and kept as [`Event`]s. The server decides, the browser foretells the
//! same refusal, an outsider folds an export into the same state: all with this code.
//!
//! # Invariants
//!
//! - [`decide`] asks [`policy::may`] first, and says no by default.
//! - [`evolve`] is total: it takes every event ever stored. What makes no sense changes nothing but the revision.
//! - No clock, no randomness: ids arrive in commands, times in [`At`].
//! - The log holds ids of people, never their names.
//!
//! # Reading order
//!
//! [`values`] (checked text, dates, money) and [`refusal`]; the aggregates [`plan`], [`rights`], [`chapter`],
//! [`commitment`], [`erasure`]; [`policy`] (who may do what) and [`state`]; [`event`] (bytes in the log, by way of
//! [`canonical`]); [`actor`] (who an event's actor is) and [`change_log`] (who changed what).

pub mod actor;
pub mod canonical;
pub mod change_log;
pub mod chapter;
pub mod commitment;
pub mod erasure;
pub mod event;
pub mod plan;
pub mod policy;
pub mod refusal;
pub mod rights;
pub mod state;
pub mod values;

use serde::{Deserialize, Serialize};

use crate::ids::{
    ActorRef, ChapterId, CommitmentId, ErasureId, PartyId, PersonId, Position, Revision, TimestampMs,
};
use crate::log::{Envelope, Stream};

pub use event::{Event, ReadEventError};
pub use refusal::{Refusal, RefusalClass};
pub use state::{PlanState, evolve, evolve_erased, fold};

/// The person who acts and the party for which they act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Caller {
    /// The person.
    pub person: PersonId,
    /// The party they act for; their rights are those granted to this person for this party.
    pub party: PartyId,
}

/// What can be asked of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Command {
    /// The plan itself: structure, parties, teams.
    Plan(plan::Command),
    /// People's roles.
    Rights(rights::Command),
    /// A chapter's place and state.
    Chapter(ChapterId, chapter::Command),
    /// A commitment.
    Commitment(CommitmentId, commitment::Command),
    /// Content to be erased.
    Erasure(ErasureId, erasure::Command),
}

/// Where an event stands and whose it is: what folding needs of its envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    /// Place in the plan.
    pub position: Position,
    /// Place in its stream.
    pub revision: Revision,
    /// When.
    pub recorded_at: TimestampMs,
    /// The actor.
    pub who: ActorRef,
}

impl From<&Envelope> for At {
    fn from(envelope: &Envelope) -> Self {
        Self {
            position: envelope.position,
            revision: envelope.revision,
            recorded_at: envelope.recorded_at,
            who: envelope.who,
        }
    }
}

/// Says which facts a command adds to the plan, or why it adds none. An empty answer means: it is already so.
///
/// `now` is for rules that know a date; none of today's does.
///
/// # Errors
/// The [`Refusal`] that names the rule.
pub fn decide(
    state: &PlanState,
    caller: &Caller,
    _now: TimestampMs,
    command: &Command,
) -> Result<Vec<Event>, Refusal> {
    match command {
        Command::Plan(command) => plan::decide(state, caller, command),
        Command::Rights(command) => rights::decide(state, caller, command)
            .map(|events| events.into_iter().map(Event::Rights).collect()),
        Command::Chapter(chapter, command) => {
            chapter::decide(state, caller, *chapter, command).map(|events| {
                events
                    .into_iter()
                    .map(|event| Event::Chapter(*chapter, event))
                    .collect()
            })
        }
        Command::Commitment(commitment, command) => commitment::decide(state, caller, *commitment, command)
            .map(|events| {
                events
                    .into_iter()
                    .map(|event| Event::Commitment(*commitment, event))
                    .collect()
            }),
        Command::Erasure(erasure, command) => erasure::decide(state, caller, *erasure, command),
    }
}

impl Command {
    /// The stream whose revision a caller may expect (`If-Match`) and an answer reports.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self {
            Self::Plan(_) => Stream::Plan,
            Self::Rights(_) => Stream::Rights,
            Self::Chapter(chapter, _) => Stream::Chapter(*chapter),
            Self::Commitment(commitment, _) => Stream::Commitment(*commitment),
            Self::Erasure(..) => Stream::Erasures,
        }
    }

    /// Every stream the decision looked at: guard each at the revision that the state has of it
    /// (`NoStream` where it has none), so that no other node can have changed what the decision rests on.
    #[must_use]
    pub fn depends_on(&self, state: &PlanState) -> Vec<Stream> {
        let mut streams = std::collections::BTreeSet::from([Stream::Plan, Stream::Rights, self.stream()]);
        match self {
            Self::Plan(plan::Command::RemoveParty { .. }) => {
                streams.extend(state.commitments.keys().copied().map(Stream::Commitment));
            }
            Self::Plan(_) | Self::Rights(_) => {}
            Self::Chapter(chapter, command) => {
                let parent = command.new_parent();
                let looked_at = std::iter::once(*chapter).chain(parent);
                streams.extend(
                    looked_at
                        .flat_map(|id| state.chapters.lineage(id))
                        .map(Stream::Chapter),
                );
            }
            Self::Commitment(commitment, command) => {
                let now_in = state
                    .commitments
                    .get(commitment)
                    .and_then(|known| known.content.chapter);
                let looked_at = now_in.into_iter().chain(command.new_chapter());
                streams.extend(
                    looked_at
                        .flat_map(|id| state.chapters.lineage(id))
                        .map(Stream::Chapter),
                );
            }
            Self::Erasure(id, command) => {
                let text = match command {
                    erasure::Command::RequestText { chapter, .. } => Some(*chapter),
                    _ => state
                        .erasures
                        .get(*id)
                        .and_then(|known| known.text)
                        .map(|text| text.chapter),
                };
                streams.extend(text.map(Stream::Chapter));
                let asked = match command {
                    erasure::Command::Request { targets, .. } => targets.as_slice(),
                    erasure::Command::RequestText { .. }
                    | erasure::Command::Approve { .. }
                    | erasure::Command::Decline { .. } => {
                        state.erasures.get(*id).map_or(&[][..], |known| &known.targets)
                    }
                };
                let commitments = asked.iter().filter_map(erasure::Target::commitment);
                streams.extend(commitments.map(Stream::Commitment));
            }
        }
        streams.into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
