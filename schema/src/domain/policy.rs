//! Who may do what: the policy table, as one pure function over the rights at a position.
//!
//! # Why it exists
//!
//! Every endpoint, frame, subscription and command asks [`may`]; there is no second place where a right is
//! judged. The browser asks the same function to show only what one can do.
//!
//! # The table
//!
//! | | reads concept | writes text | edits commitments | freezes, restores, structures | audits |
//! |---|---|---|---|---|---|
//! | Trekker | all | own chapters; offers | of own chapters | – | yes |
//! | Schrijfteam | all | own chapters | of own chapters | – | yes |
//! | Coalitie | all | – | – | – | yes |
//! | Bestuurder, Contactpersoon | – | – | – | – | own party |
//! | Programmateam | all | once offered | – | yes | yes |
//! | Body member | – | – | – | – | yes |
//! | Resident, public | – | – | – | – | – |
//!
//! Parties, bodies and residents read versions put before them; putting a version before somebody is not
//! recorded yet, so until then they read none. Outside the team, a chapter's history starts at the first
//! offer, unless the plan opens it; so the live text, which holds its own history, opens for nobody else.
//! What of an event somebody may see is [`disclosure`], in one place for lists, exports and proofs; whom of the people
//! who make the plan, [`people_seen`].
//!
//! # Invariants
//!
//! - Default deny: a role that a rule does not name may not.
//! - A frozen chapter takes no text and no restore from anyone.
//! - A person's roles for one party give nothing to what they do for another.

mod disclosure;
mod scope;
mod standing;

pub use self::disclosure::{Disclosure, Matter, Reader, disclosure, sees_erasures, sees_rights_of};
pub use self::scope::Scope;
use serde::Serialize;

use self::standing::Standing;
use super::chapter::Phase;
use super::plan::HistoryOpenness;
use super::{At, Caller, PlanState, Refusal};
use crate::ids::{ChapterId, CommitmentId, PartyId, Position};

/// What somebody wants to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// See the plan's outline: titles, states, parties, names of teams.
    ReadPlan,
    /// See who takes part and in which role; [`people_seen`] says of which parties.
    ReadPeople,
    /// See who is in the team that writes a chapter.
    ReadTeam(ChapterId),
    /// Read a chapter as it is being written, and see who else is there.
    ReadConcept(ChapterId),
    /// Open a chapter's live text over `/sync`: its document plays back every letter of its generation.
    OpenText(ChapterId),
    /// Change a chapter's text.
    WriteText(ChapterId),
    /// Comment, propose a wording.
    Comment(ChapterId),
    /// Play back a chapter's history; [`history_scope`] says from where.
    ReadHistory(ChapterId),
    /// Bring back earlier text.
    RestoreText(ChapterId),
    /// Say that a chapter is ready for reading.
    OfferChapter(ChapterId),
    /// Freeze a chapter, or open it again.
    FreezeChapter(ChapterId),
    /// Read one commitment and who changed it; [`commitments_read`] says which these are.
    ReadCommitment(CommitmentId),
    /// Make a commitment in a chapter.
    CreateCommitment(ChapterId),
    /// Change a commitment.
    EditCommitment(CommitmentId),
    /// Bring back an earlier content of a commitment.
    RestoreCommitment(CommitmentId),
    /// Change parties, teams and the chapter tree.
    Structure,
    /// Give and take roles.
    GrantRights,
    /// See the events of the plan: what happened, by whom. Texts stay behind [`Action::ReadHistory`].
    Audit,
    /// See the events of the own party's people and commitments.
    AuditOwnParty,
    /// Take the plan's events out as a file.
    Export,
    /// Ask to erase content, approve that somebody else asked, see the requests.
    EraseContent,
}

/// From where on somebody may play back a chapter's history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HistoryScope {
    /// From the first letter.
    Everything,
    /// From the team's first offer: earlier changes are shown as one start text.
    FromOffer(At),
    /// From where the text was written anew: what was before is erased, for everybody.
    FromErasure(At),
}

impl HistoryScope {
    /// From where on; without one, from the first letter.
    #[must_use]
    pub const fn start(self) -> Option<At> {
        match self {
            Self::Everything => None,
            Self::FromOffer(at) | Self::FromErasure(at) => Some(at),
        }
    }

    /// Whether a position may be looked at.
    ///
    /// # Errors
    /// Why not.
    pub fn ensure(self, position: Position) -> Result<(), Refusal> {
        match self {
            Self::FromOffer(at) if position < at.position => Err(Refusal::HistoryNotOffered),
            Self::FromErasure(at) if position < at.position => Err(Refusal::HistoryErased),
            _ => Ok(()),
        }
    }
}

/// How many of what belongs to parties somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reach {
    /// Every one.
    All,
    /// Those of the party they act for.
    OwnParty,
    /// None.
    None,
}

impl Reach {
    /// Whether it goes as far as one that is of the own party, or is not.
    const fn includes(self, is_own: bool) -> bool {
        match self {
            Self::All => true,
            Self::OwnParty => is_own,
            Self::None => false,
        }
    }
}

/// Which commitments a caller may read: of a party are those that name it.
#[must_use]
pub fn commitments_read(state: &PlanState, caller: &Caller) -> Reach {
    Standing::of(state, caller).map_or(Reach::None, |standing| standing.commitments())
}

/// Which events a caller may see: of a party are those of its people, and of commitments that name it.
#[must_use]
pub fn events_seen(state: &PlanState, caller: &Caller) -> Reach {
    Standing::of(state, caller).map_or(Reach::None, |standing| standing.events())
}

/// Of whom a caller may see that they take part now, and in which role.
#[must_use]
pub fn people_seen(state: &PlanState, caller: &Caller) -> Reach {
    Standing::of(state, caller).map_or(Reach::None, |standing| standing.people())
}

/// Whether a caller may see who of a party takes part now, and in which role.
#[must_use]
pub fn sees_people_of(state: &PlanState, caller: &Caller, party: PartyId) -> bool {
    people_seen(state, caller).includes(party == caller.party)
}

/// Whether a caller may do something now; `None` is an anonymous visitor.
///
/// # Errors
/// The [`Refusal`] that names the rule.
pub fn may(state: &PlanState, caller: Option<&Caller>, action: &Action) -> Result<(), Refusal> {
    let caller = caller.ok_or(Refusal::NotSignedIn)?;
    if state.plan.is_none() {
        return Err(Refusal::NoSuchPlan);
    }
    let standing = Standing::of(state, caller).ok_or(Refusal::NotInPlan)?;
    let allow = |allowed: bool| if allowed { Ok(()) } else { Err(Refusal::NotAllowed) };
    match *action {
        Action::ReadPlan => Ok(()),
        Action::ReadPeople => allow(standing.people() != Reach::None),
        Action::ReadTeam(chapter) => {
            phase(state, chapter)?;
            allow(standing.audits())
        }
        Action::ReadConcept(chapter) | Action::Comment(chapter) => {
            phase(state, chapter)?;
            allow(standing.reads_concept())
        }
        Action::OpenText(chapter) => open_text(&standing, state, chapter),
        Action::WriteText(chapter) => write_text(&standing, state, chapter),
        Action::ReadHistory(chapter) => history(&standing, state, chapter).map(|_| ()),
        Action::RestoreText(chapter) => {
            allow(standing.programmateam)?;
            history(&standing, state, chapter)?;
            ensure_not_frozen(phase(state, chapter)?)
        }
        Action::OfferChapter(chapter) => {
            phase(state, chapter)?;
            if standing.leads(chapter_team(state, chapter)) {
                Ok(())
            } else {
                Err(Refusal::NotTrekker)
            }
        }
        Action::FreezeChapter(chapter) => {
            phase(state, chapter)?;
            allow(standing.programmateam)
        }
        Action::CreateCommitment(chapter) => {
            phase(state, chapter)?;
            own_chapter(&standing, state, Some(chapter))
        }
        Action::EditCommitment(commitment) => {
            let known = state
                .commitments
                .get(&commitment)
                .ok_or(Refusal::NoSuchCommitment)?;
            own_chapter(&standing, state, known.content.chapter)
        }
        Action::ReadCommitment(commitment) => {
            let known = state
                .commitments
                .get(&commitment)
                .ok_or(Refusal::NoSuchCommitment)?;
            allow(standing.commitments().includes(known.content.names(caller.party)))
        }
        Action::RestoreCommitment(commitment) => {
            state
                .commitments
                .get(&commitment)
                .ok_or(Refusal::NoSuchCommitment)?;
            allow(standing.programmateam)
        }
        Action::Structure | Action::GrantRights | Action::EraseContent => allow(standing.programmateam),
        Action::Audit | Action::Export => allow(standing.audits()),
        Action::AuditOwnParty => allow(standing.events() != Reach::None),
    }
}

/// From where on a caller may play back a chapter's history.
///
/// # Errors
/// The [`Refusal`] that names the rule.
pub fn history_scope(
    state: &PlanState,
    caller: Option<&Caller>,
    chapter: ChapterId,
) -> Result<HistoryScope, Refusal> {
    may(state, caller, &Action::ReadHistory(chapter))?;
    let caller = caller.ok_or(Refusal::NotSignedIn)?;
    known_history(
        &Standing::of(state, caller).ok_or(Refusal::NotInPlan)?,
        state,
        chapter,
    )
}

/// What of the history somebody may play back and there still is.
fn known_history(
    standing: &Standing,
    state: &PlanState,
    chapter: ChapterId,
) -> Result<HistoryScope, Refusal> {
    let scope = history(standing, state, chapter)?;
    // The fresh generation stands right behind the event that closed what was before.
    let closed = state.erasures.closed_text(chapter).map(|closed| At {
        position: closed.at.position.next(),
        ..closed.at
    });
    let later = closed.filter(|at| scope.start().is_none_or(|start| start.position < at.position));
    Ok(later.map_or(scope, HistoryScope::FromErasure))
}

fn phase(state: &PlanState, chapter: ChapterId) -> Result<&Phase, Refusal> {
    state
        .chapters
        .get(chapter)
        .map(|chapter| &chapter.phase)
        .ok_or(Refusal::NoSuchChapter)
}

fn chapter_team(state: &PlanState, chapter: ChapterId) -> Option<crate::ids::TeamId> {
    state.chapters.team_of(chapter)
}

fn ensure_not_frozen(phase: &Phase) -> Result<(), Refusal> {
    match phase {
        Phase::Frozen { .. } => Err(Refusal::ChapterFrozen),
        Phase::Drafting | Phase::Offered => Ok(()),
    }
}

/// The team writes until the freeze; the Programmateam, as eindredacteur, between hand-over and freeze.
fn write_text(standing: &Standing, state: &PlanState, chapter: ChapterId) -> Result<(), Refusal> {
    let phase = phase(state, chapter)?;
    let own = standing.belongs_to(chapter_team(state, chapter));
    match phase {
        _ if !own && !standing.programmateam && standing.in_a_team() => Err(Refusal::NotYourChapter),
        _ if !own && !standing.programmateam => Err(Refusal::NotAllowed),
        Phase::Frozen { .. } => Err(Refusal::ChapterFrozen),
        Phase::Drafting if !own => Err(Refusal::NotHandedOver),
        Phase::Drafting | Phase::Offered => Ok(()),
    }
}

/// Who may play back everything, and the Programmateam once the team has handed it the text to edit.
fn open_text(standing: &Standing, state: &PlanState, id: ChapterId) -> Result<(), Refusal> {
    let chapter = state.chapters.get(id).ok_or(Refusal::NoSuchChapter)?;
    if !standing.reads_concept() {
        return Err(Refusal::NotAllowed);
    }
    let edits = standing.programmateam && chapter.first_offer().is_some();
    match history(standing, state, id) {
        Ok(HistoryScope::Everything) => Ok(()),
        Ok(HistoryScope::FromOffer(_)) if edits => Ok(()),
        Ok(HistoryScope::FromOffer(_) | HistoryScope::FromErasure(_)) | Err(_) => {
            Err(Refusal::LiveTextWithheld)
        }
    }
}

fn own_chapter(standing: &Standing, state: &PlanState, chapter: Option<ChapterId>) -> Result<(), Refusal> {
    let team = chapter.and_then(|chapter| chapter_team(state, chapter));
    if standing.belongs_to(team) {
        Ok(())
    } else if standing.in_a_team() {
        Err(Refusal::NotYourChapter)
    } else {
        Err(Refusal::NotAllowed)
    }
}

fn history(standing: &Standing, state: &PlanState, id: ChapterId) -> Result<HistoryScope, Refusal> {
    let chapter = state.chapters.get(id).ok_or(Refusal::NoSuchChapter)?;
    if !standing.reads_concept() {
        return Err(Refusal::NotAllowed);
    }
    let opened = state
        .plan
        .as_ref()
        .is_some_and(|plan| plan.history == HistoryOpenness::Open);
    if opened || standing.belongs_to(chapter_team(state, id)) {
        return Ok(HistoryScope::Everything);
    }
    chapter
        .first_offer()
        .map(HistoryScope::FromOffer)
        .ok_or(Refusal::HistoryNotOffered)
}

#[cfg(test)]
mod tests;
