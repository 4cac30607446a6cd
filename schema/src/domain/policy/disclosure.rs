//! What of an event somebody may see: its content, only that it happened, or nothing.
//!
//! # Why it exists
//!
//! An event is told in many ways: in the list of what happened, in its details, in an export, in a proof. What is
//! refused to a reader of the thing itself must not come out of any of them, so all of them ask this one rule.
//!
//! # The rule
//!
//! | content of | is seen by |
//! |---|---|
//! | plan, chapters (title, place, state, team) | everyone with a role: it is the outline |
//! | who an actor is, bound with no mandate | everyone with a role: every event refers to it |
//! | roles and mandates, and who an actor is that was bound with one; who held a role once | who reads the concept; the party whose own people gave, took or have them |
//! | texts and their restores | who may play back that part of the chapter's history |
//! | commitments | who may read that commitment |
//! | requests to erase, and on what ground something is gone, wherever that is told | who reads the concept |
//!
//! A program that acts for a person sees what they see, without what its access token's scope leaves out
//! ([`Scope::ensure_shown`]): roles, mandates and requests to erase.
//!
//! That it happened, when and by whom: those who audit see it of every event; a Bestuurder or Contactpersoon of
//! what the own party's people did and of the commitments that name it. Who edited a chapter last is told alike, and
//! who takes part now to the same readers ([`people_seen`](super::people_seen)): who would be withheld here must not come out there.

use super::standing::Standing;
use super::{Action, HistoryScope, Scope, known_history, may};
use crate::domain::actor::ActorBound;
use crate::domain::{Caller, PlanState, Refusal};
use crate::ids::{ChapterId, CommitmentId, PartyId, Position};
use crate::log::{Kind, Stream};

/// Who looks: a person, or a program that acts for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader {
    /// Who, for which party.
    pub caller: Caller,
    /// How far the program goes; none for the person themselves.
    pub within: Option<Scope>,
}

/// What an event is about, as far as seeing it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Matter {
    /// The plan's structure.
    Plan,
    /// Who an actor is that was bound with no mandate: what every other event refers to.
    Actor,
    /// Somebody's role, or an actor that was bound with a mandate.
    Rights,
    /// A chapter's title, place, state or team.
    Chapter(ChapterId),
    /// A chapter's words.
    Text(ChapterId),
    /// A commitment.
    Commitment(CommitmentId),
    /// A request to erase content.
    Erasure,
}

impl Matter {
    /// What an event of a stream is about. A restore stands in the chapter's stream and is about its words. An actor
    /// may have been bound with mandates, which its kind does not tell: see [`Self::of_actor`].
    #[must_use]
    pub fn of(stream: &Stream, kind: &Kind) -> Self {
        match stream {
            Stream::Plan => Self::Plan,
            Stream::Rights => Self::Rights,
            Stream::Actors => Self::of_actor(None),
            Stream::Chapter(chapter) if kind.name.starts_with("text.") => Self::Text(*chapter),
            Stream::Chapter(chapter) => Self::Chapter(*chapter),
            Stream::Text(chapter, _) => Self::Text(*chapter),
            Stream::Commitment(commitment) => Self::Commitment(*commitment),
            Stream::Erasures => Self::Erasure,
        }
    }

    /// What the event that binds an actor is about. One that cannot be read may hold a mandate.
    #[must_use]
    pub fn of_actor(bound: Option<&ActorBound>) -> Self {
        match bound {
            Some(bound) if !bound.has_mandate() => Self::Actor,
            _ => Self::Rights,
        }
    }
}

/// How much of an event somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disclosure {
    /// All of it.
    Content,
    /// That it happened, what it is about, when and by whom; the refusal says why not more.
    Happened(Refusal),
    /// Nothing.
    Nothing(Refusal),
}

impl Disclosure {
    /// Whether there is anything to show.
    #[must_use]
    pub const fn is_shown(self) -> bool {
        !matches!(self, Self::Nothing(_))
    }

    /// Whether the content may be shown.
    #[must_use]
    pub const fn has_content(self) -> bool {
        matches!(self, Self::Content)
    }
}

/// What a reader may see of the event about `matter` that stands at `position`; `by` is who did it.
#[must_use]
pub fn disclosure(
    state: &PlanState,
    reader: Option<&Reader>,
    (matter, position): (Matter, Position),
    by: Option<Caller>,
) -> Disclosure {
    let Some(Reader { caller, within }) = reader else {
        return Disclosure::Nothing(Refusal::NotSignedIn);
    };
    let Some(standing) = Standing::of(state, caller) else {
        return Disclosure::Nothing(Refusal::NotInPlan);
    };
    let by_own = standing.party && by.is_some_and(|by| by.party == caller.party);
    let content = match matter {
        Matter::Plan | Matter::Actor | Matter::Chapter(_) => Ok(()),
        Matter::Rights if standing.reads_concept() || by_own => Ok(()),
        Matter::Erasure if standing.reads_concept() => Ok(()),
        Matter::Rights | Matter::Erasure => Err(Refusal::NotAllowed),
        Matter::Text(chapter) => plays_back(&standing, state, chapter, position),
        Matter::Commitment(commitment) => may(state, Some(caller), &Action::ReadCommitment(commitment)),
    };
    let shown = || within.map_or(Ok(()), |scope| scope.ensure_shown(matter));
    let content = content.and_then(|()| shown());
    let about_own = matches!(matter, Matter::Commitment(_)) && standing.party && content.is_ok();
    match content {
        _ if !standing.audits() && !by_own && !about_own => Disclosure::Nothing(Refusal::NotAllowed),
        Ok(()) => Disclosure::Content,
        Err(refusal) => Disclosure::Happened(refusal),
    }
}

/// Whether a reader may see of a party's people what nothing but the events about their rights tells: on what mandate
/// somebody holds a role, and who held one once. Who holds one now is [`people_seen`](super::people_seen).
#[must_use]
pub fn sees_rights_of(state: &PlanState, reader: &Reader, party: PartyId) -> bool {
    let of_party = Caller {
        party,
        ..reader.caller
    };
    let about = (Matter::Rights, Position::default());
    disclosure(state, Some(reader), about, Some(of_party)).has_content()
}

/// Whether a reader may see what stands in requests to erase: the ground above all.
#[must_use]
pub fn sees_erasures(state: &PlanState, reader: &Reader) -> bool {
    disclosure(state, Some(reader), (Matter::Erasure, Position::default()), None).has_content()
}

fn plays_back(
    standing: &Standing,
    state: &PlanState,
    chapter: ChapterId,
    position: Position,
) -> Result<(), Refusal> {
    match known_history(standing, state, chapter)? {
        scope @ (HistoryScope::Everything | HistoryScope::FromErasure(_)) => scope.ensure(position),
        HistoryScope::FromOffer(offer) if position > offer.position => Ok(()),
        HistoryScope::FromOffer(_) => Err(Refusal::HistoryNotOffered),
    }
}

#[cfg(test)]
mod tests;
