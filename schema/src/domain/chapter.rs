//! A chapter: its title, its place in the tree, its team, and whether its text may change.
//!
//! # Why it exists
//!
//! The text of a chapter is merged and never refused here; this stream is the lock beside it. Every accepted
//! text change is guarded by this stream's revision, so a frozen chapter takes no change, not even one that
//! was on its way.
//!
//! # Life
//!
//! `Drafting` (In bewerking) → `Offered` (Meelezen) → `Frozen` (Vastgelegd in a version) → back to
//! `Drafting` with a recorded reason. The position of the `chapter.frozen/1` event pins the exact text.

pub mod tree;

use serde::{Deserialize, Deserializer, Serialize};

pub use self::tree::Tree;
use super::policy::{self, Action};
use super::values::Line;
use super::{At, Caller, PlanState, Refusal};
use crate::ids::{ChapterId, TeamId};
use crate::limits::{CHAPTER_DEPTH_MAX, CHAPTERS_PER_PLAN_MAX};
use crate::log::Kind;

/// What can be asked of a chapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// Makes the chapter.
    Create {
        /// Its title.
        title: Line,
        /// Its place.
        #[serde(flatten)]
        place: Place,
        /// The team that writes it; without one, the team of the chapter above.
        #[serde(default)]
        team: Option<TeamId>,
    },
    /// Gives it another title.
    Rename {
        /// The new one.
        title: Line,
    },
    /// Puts it elsewhere in the tree.
    Move {
        /// Its new place.
        #[serde(flatten)]
        place: Place,
    },
    /// Says which team writes it.
    Assign {
        /// The team; none means the team of the chapter above.
        team: Option<TeamId>,
    },
    /// Renames, moves and assigns at once, all or nothing; what is not named stays.
    Amend {
        /// The new title.
        #[serde(default)]
        title: Option<Line>,
        /// The new place.
        #[serde(default)]
        place: Option<Place>,
        /// The team, if that changes: none means the team of the chapter above.
        #[serde(default, deserialize_with = "given")]
        team: Option<Option<TeamId>>,
    },
    /// Klaar voor meelezen: the Trekker hands it over.
    Offer,
    /// Freezes it in a named version.
    Freeze {
        /// The version's name: "concept voor BOSD 23 november".
        #[serde(default)]
        version: Option<Line>,
        /// Why.
        reason: Line,
    },
    /// Opens it for writing again.
    Reopen {
        /// Why.
        reason: Line,
    },
}

/// What can have happened to a chapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "payload", rename_all_fields = "camelCase")]
pub enum Event {
    /// It was made.
    #[serde(rename = "chapter.created/1")]
    Created {
        /// Title.
        title: Line,
        /// Place.
        #[serde(flatten)]
        place: Place,
        /// Team.
        team: Option<TeamId>,
    },
    /// It got another title.
    #[serde(rename = "chapter.renamed/1")]
    Renamed {
        /// The new one.
        title: Line,
    },
    /// It was put elsewhere.
    #[serde(rename = "chapter.moved/1")]
    Moved {
        /// Where it stands now.
        #[serde(flatten)]
        place: Place,
    },
    /// Another team writes it.
    #[serde(rename = "chapter.assigned/1")]
    Assigned {
        /// The team.
        team: Option<TeamId>,
    },
    /// It was offered for reading.
    #[serde(rename = "chapter.offered/1")]
    Offered {},
    /// It was frozen in a version.
    #[serde(rename = "chapter.frozen/1")]
    Frozen {
        /// The version's name.
        version: Option<Line>,
        /// Why.
        reason: Line,
    },
    /// It was opened again.
    #[serde(rename = "chapter.reopened/1")]
    Reopened {
        /// Why.
        reason: Line,
    },
}

/// A place in the chapter tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// The chapter above; none at the top.
    #[serde(default)]
    pub parent: Option<ChapterId>,
    /// The sibling before it; none means first.
    #[serde(default)]
    pub after: Option<ChapterId>,
}

/// Whether the text may change, and by whom (see the policy).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Phase {
    /// In bewerking.
    Drafting,
    /// Meelezen: offered by the team.
    Offered,
    /// Vastgelegd.
    Frozen {
        /// The version's name.
        version: Option<Line>,
    },
}

/// A moment that history outside the team is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// The event.
    pub at: At,
    /// The phase it began.
    pub phase: Phase,
}

/// The fold of one chapter's events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chapter {
    /// Title.
    pub title: Line,
    /// The chapter above.
    pub parent: Option<ChapterId>,
    /// Its own team; without one, that of the chapter above.
    pub team: Option<TeamId>,
    /// Whether the text may change.
    pub phase: Phase,
    /// Every offer, freeze and reopening, oldest first.
    pub moments: Vec<Moment>,
    /// When it was made.
    pub created: At,
}

impl Chapter {
    /// When the team first offered it.
    #[must_use]
    pub fn first_offer(&self) -> Option<At> {
        self.moments
            .iter()
            .find(|moment| moment.phase == Phase::Offered)
            .map(|moment| moment.at)
    }
}

/// Whether an event ends a part of a chapter's life: what stood before it was offered, frozen or opened again. The
/// kind says so, also of an event whose content was erased.
#[must_use]
pub fn is_milestone(kind: &Kind) -> bool {
    matches!(
        &*kind.name,
        "chapter.offered" | "chapter.frozen" | "chapter.reopened"
    )
}

impl Command {
    /// The chapter above which this command would put it.
    #[must_use]
    pub fn new_parent(&self) -> Option<ChapterId> {
        match self {
            Self::Create { place, .. } | Self::Move { place } => place.parent,
            Self::Amend { place, .. } => place.and_then(|place| place.parent),
            Self::Rename { .. }
            | Self::Assign { .. }
            | Self::Offer
            | Self::Freeze { .. }
            | Self::Reopen { .. } => None,
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
    id: ChapterId,
    command: &Command,
) -> Result<Vec<Event>, Refusal> {
    let action = match command {
        Command::Create { .. }
        | Command::Rename { .. }
        | Command::Move { .. }
        | Command::Assign { .. }
        | Command::Amend { .. } => Action::Structure,
        Command::Offer => Action::OfferChapter(id),
        Command::Freeze { .. } | Command::Reopen { .. } => Action::FreezeChapter(id),
    };
    policy::may(state, Some(caller), &action)?;
    let event = match (state.chapters.get(id), command) {
        (None, Command::Create { title, place, team }) => create(state, title, *place, *team)?,
        (None, _) => return Err(Refusal::NoSuchChapter),
        (Some(_), Command::Create { .. }) => return Err(Refusal::AlreadyExists),
        (Some(chapter), Command::Amend { title, place, team }) => {
            let parts = [
                title.clone().map(|title| Command::Rename { title }),
                place.map(|place| Command::Move { place }),
                team.map(|team| Command::Assign { team }),
            ];
            let events: Result<Vec<_>, _> = parts
                .iter()
                .flatten()
                .map(|part| change(state, id, chapter, part))
                .collect();
            return Ok(events?.into_iter().flatten().collect());
        }
        (Some(chapter), command) => change(state, id, chapter, command)?,
    };
    Ok(event.into_iter().collect())
}

fn create(
    state: &PlanState,
    title: &Line,
    place: Place,
    team: Option<TeamId>,
) -> Result<Option<Event>, Refusal> {
    ensure_team(state, team)?;
    state.chapters.ensure_place(place)?;
    if state.chapters.len() >= CHAPTERS_PER_PLAN_MAX {
        return Err(Refusal::TooMany);
    }
    if place
        .parent
        .is_some_and(|parent| state.chapters.lineage(parent).count() >= CHAPTER_DEPTH_MAX)
    {
        return Err(Refusal::TooMany);
    }
    Ok(Some(Event::Created {
        title: title.clone(),
        place,
        team,
    }))
}

fn change(
    state: &PlanState,
    id: ChapterId,
    chapter: &Chapter,
    command: &Command,
) -> Result<Option<Event>, Refusal> {
    let event = match (command.clone(), &chapter.phase) {
        (Command::Create { .. } | Command::Amend { .. }, _) => return Err(Refusal::AlreadyExists),
        (Command::Rename { title }, _) => (chapter.title != title).then_some(Event::Renamed { title }),
        (Command::Move { place }, _) => {
            state.chapters.ensure_movable(id, place)?;
            (state.chapters.place_of(id) != Some(place)).then_some(Event::Moved { place })
        }
        (Command::Assign { team }, _) => {
            ensure_team(state, team)?;
            (chapter.team != team).then_some(Event::Assigned { team })
        }
        (Command::Offer, Phase::Drafting) => Some(Event::Offered {}),
        (Command::Offer, Phase::Offered) => return Err(Refusal::ChapterAlreadyOffered),
        (Command::Offer, Phase::Frozen { .. }) => return Err(Refusal::ChapterFrozen),
        (Command::Freeze { version, reason }, Phase::Offered) => Some(Event::Frozen { version, reason }),
        (Command::Freeze { .. }, Phase::Drafting) => return Err(Refusal::ChapterNotOffered),
        (Command::Freeze { .. }, Phase::Frozen { .. }) => return Err(Refusal::ChapterFrozen),
        (Command::Reopen { .. }, Phase::Drafting) => return Err(Refusal::ChapterNotClosed),
        (Command::Reopen { reason }, Phase::Offered | Phase::Frozen { .. }) => {
            Some(Event::Reopened { reason })
        }
    };
    Ok(event)
}

fn ensure_team(state: &PlanState, team: Option<TeamId>) -> Result<(), Refusal> {
    let plan = state.plan.as_ref().ok_or(Refusal::NoSuchPlan)?;
    match team {
        Some(team) if !plan.teams.contains_key(&team) => Err(Refusal::NoSuchTeam),
        _ => Ok(()),
    }
}

/// Folds one fact. Total: what makes no sense here changes nothing.
pub fn evolve(tree: &mut Tree, at: At, id: ChapterId, event: &Event) {
    match event.clone() {
        Event::Created { title, place, team } => tree.plant(
            id,
            place,
            Chapter {
                title,
                parent: None,
                team,
                phase: Phase::Drafting,
                moments: Vec::new(),
                created: at,
            },
        ),
        Event::Moved { place } => tree.replant(id, place),
        event => {
            if let Some(chapter) = tree.get_mut(id) {
                chapter.fold(at, event);
            }
        }
    }
}

/// Folds an event whose content was erased: the phase it began, and nothing of what it said. Total.
pub fn evolve_erased(tree: &mut Tree, at: At, id: ChapterId, kind: &Kind) {
    let phase = match (&*kind.name, kind.version) {
        ("chapter.offered", 1) => Phase::Offered,
        ("chapter.frozen", 1) => Phase::Frozen { version: None },
        ("chapter.reopened", 1) => Phase::Drafting,
        _ => return,
    };
    if let Some(chapter) = tree.get_mut(id) {
        chapter.enter(at, phase);
    }
}

impl Chapter {
    fn fold(&mut self, at: At, event: Event) {
        match event {
            Event::Created { .. } | Event::Moved { .. } => {}
            Event::Renamed { title } => self.title = title,
            Event::Assigned { team } => self.team = team,
            Event::Offered {} => self.enter(at, Phase::Offered),
            Event::Frozen { version, .. } => self.enter(at, Phase::Frozen { version }),
            Event::Reopened { .. } => self.enter(at, Phase::Drafting),
        }
    }

    fn enter(&mut self, at: At, phase: Phase) {
        self.phase = phase.clone();
        self.moments.push(Moment { at, phase });
    }
}

fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests;
