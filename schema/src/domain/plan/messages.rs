//! What can be asked of a plan's structure, what can have happened to it, and the things both speak of.

use serde::{Deserialize, Serialize};

use crate::domain::values::{Line, Prose};
use crate::ids::{ChallengeId, IncarnationId, PartyId, Position, StrandId, TeamId, TimestampMs};

/// What can be asked of a plan's structure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Command {
    /// Makes the plan; the caller becomes its first Programmateam member, for `party`.
    Create {
        /// Its title.
        title: Line,
        /// The areas it is about.
        #[serde(default)]
        areas: Vec<Line>,
        /// The party that the caller acts for.
        party: Party,
    },
    /// Gives it another title.
    Rename {
        /// The new title.
        title: Line,
    },
    /// Says which areas it is about.
    SetAreas {
        /// All of them.
        areas: Vec<Line>,
    },
    /// Opens or closes the history before the first offer to everyone who reads the concept.
    SetHistory {
        /// Who may play it back.
        openness: HistoryOpenness,
    },
    /// Takes a party into the plan.
    AddParty {
        /// Its id, made by the caller.
        id: PartyId,
        /// Name and sector.
        party: Party,
    },
    /// Corrects a party's name or sector.
    ChangeParty {
        /// Which.
        id: PartyId,
        /// Name and sector.
        party: Party,
    },
    /// A party leaves.
    RemoveParty {
        /// Which.
        id: PartyId,
        /// Why.
        reason: Line,
    },
    /// Forms a writing team.
    FormTeam {
        /// Its id, made by the caller.
        id: TeamId,
        /// Its name.
        name: Line,
    },
    /// Gives a team another name.
    RenameTeam {
        /// Which.
        id: TeamId,
        /// Its name.
        name: Line,
    },
    /// Ends a team without chapters and members.
    EndTeam {
        /// Which.
        id: TeamId,
    },
    /// Adds or rewrites a challenge.
    PutChallenge {
        /// Its id, made by the caller.
        id: ChallengeId,
        /// What it is.
        challenge: Challenge,
    },
    /// Adds or rewrites a strand.
    PutStrand {
        /// Its id, made by the caller.
        id: StrandId,
        /// What it is.
        strand: Strand,
    },
}

/// What can have happened to a plan's structure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    content = "payload",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Event {
    /// The plan was made.
    #[serde(rename = "plan.created/1")]
    Created {
        /// Title.
        title: Line,
        /// Areas.
        areas: Vec<Line>,
    },
    /// It got another title.
    #[serde(rename = "plan.renamed/1")]
    Renamed {
        /// The new one.
        title: Line,
    },
    /// Its areas were set.
    #[serde(rename = "plan.areas.set/1")]
    AreasSet {
        /// All of them.
        areas: Vec<Line>,
    },
    /// Its early history was opened or closed.
    #[serde(rename = "plan.history.set/1")]
    HistorySet {
        /// Who may play it back.
        openness: HistoryOpenness,
    },
    /// A party came in.
    #[serde(rename = "party.added/1")]
    PartyAdded {
        /// Which.
        id: PartyId,
        /// Name and sector.
        party: Party,
    },
    /// A party's name or sector was corrected.
    #[serde(rename = "party.changed/1")]
    PartyChanged {
        /// Which.
        id: PartyId,
        /// Name and sector.
        party: Party,
    },
    /// A party left.
    #[serde(rename = "party.removed/1")]
    PartyRemoved {
        /// Which.
        id: PartyId,
        /// Why.
        reason: Line,
    },
    /// A team was formed.
    #[serde(rename = "team.formed/1")]
    TeamFormed {
        /// Which.
        id: TeamId,
        /// Its name.
        name: Line,
    },
    /// A team got another name.
    #[serde(rename = "team.renamed/1")]
    TeamRenamed {
        /// Which.
        id: TeamId,
        /// Its name.
        name: Line,
    },
    /// A team ended.
    #[serde(rename = "team.ended/1")]
    TeamEnded {
        /// Which.
        id: TeamId,
    },
    /// A challenge was added or rewritten.
    #[serde(rename = "challenge.put/1")]
    ChallengePut {
        /// Which.
        id: ChallengeId,
        /// What it is now.
        challenge: Challenge,
    },
    /// A strand was added or rewritten.
    #[serde(rename = "strand.put/1")]
    StrandPut {
        /// Which.
        id: StrandId,
        /// What it is now.
        strand: Strand,
    },
    /// It was recovered from a backup: from here on it stands in another life of the log.
    #[serde(rename = "plan.recovered/1")]
    Recovered(Recovery),
}

/// What a recovery from a backup kept and is known to have lost. Decides nothing: the plan is as the events before
/// it say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Recovery {
    /// The life of the log that the backup was made of.
    pub incarnation: IncarnationId,
    /// The last event of the backup; everything up to it is as it was.
    pub kept: Position,
    /// When the backup was made, UTC ms.
    pub made_at_ms: TimestampMs,
    /// The last event that the old log is known to have had, as the operator or a witness says.
    #[serde(default)]
    pub last_known: Option<Position>,
    /// The last checkpoint known of the old log: a C2SP signed note, without its last line break.
    #[serde(default)]
    pub checkpoint: Option<Prose>,
}

impl Recovery {
    /// The first and last position known to be lost; none when nothing is known.
    #[must_use]
    pub fn lost(&self) -> Option<(Position, Position)> {
        let last = self.last_known.filter(|last| *last > self.kept)?;
        Some((self.kept.next(), last))
    }
}

/// An organisation in the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Party {
    /// Its name.
    pub name: Line,
    /// Its sector, as the region names it: "gemeente", "huisartsenzorg".
    pub sector: Line,
}

/// Who may play back what was typed before the first offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum HistoryOpenness {
    /// The chapter's own team; others from the first offer on.
    #[default]
    FromOffer,
    /// Everyone who reads the concept.
    Open,
}

/// A regio-opgave: prioritised, with the reasoning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Challenge {
    /// In a few words.
    pub title: Line,
    /// 1 is first; none yet while the region has not chosen.
    #[serde(default)]
    pub priority: Option<u16>,
    /// Why this priority.
    #[serde(default)]
    pub reasoning: Option<Prose>,
}

/// What commitments serve: an ambition, a building block, a transformation (regions name the kinds).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Strand {
    /// In a few words.
    pub title: Line,
    /// The region's own name for this level.
    pub kind: Line,
    /// The strand it is part of.
    #[serde(default)]
    pub parent: Option<StrandId>,
}
