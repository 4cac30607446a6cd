//! What is told of an export that holds together: counts, who signed, and the register with its change logs.
//!
//! Why it is one plain structure: the command line prints it, the page draws it, `--json` hands it on, and none of
//! them computes anything of its own.

use std::collections::BTreeMap;

use serde::Serialize;

use super::replay::{Oddity, Replay};
use super::seal::Cosigned;
use super::verifier::Report;
use crate::audit::{LogKey, TreeHash};
use crate::date_time;
use crate::domain::actor::ActorBound;
use crate::domain::change_log::{Cause, Entry};
use crate::domain::commitment::{Change, Content};
use crate::domain::values::Line;
use crate::ids::{CommitmentId, PartyId, PersonId, PlanId, Position, Revision};

/// What an export says.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// The plan.
    pub plan: PlanId,
    /// Its title at the end.
    pub title: Option<Line>,
    /// The log: plan and incarnation.
    pub origin: String,
    /// The program that wrote the file.
    pub program: String,
    /// When it was written.
    pub made_at: String,
    /// Whether every event is shown, with or without content.
    pub is_whole: bool,
    /// Events of the plan.
    pub size: u64,
    /// Of these: shown.
    pub shown: u64,
    /// Left out by a filter or for lack of right.
    pub left_out: u64,
    /// Shown without content, because it was erased.
    pub erased: u64,
    /// Shown without content, because whoever asked has no right to it.
    pub withheld: u64,
    /// Of the erased: those of which only the place is proved.
    pub unlinked: u64,
    /// Time of the first event shown.
    pub first_at: Option<String>,
    /// Time of the last event shown.
    pub last_at: Option<String>,
    /// Root over all events.
    pub root: TreeHash,
    /// What was signed, if anything.
    pub seal: Option<Sealed>,
    /// Changes of text.
    pub text_changes: u64,
    /// The commitments, as the events say them.
    pub register: Vec<Agreement>,
    /// Names of parties, titles of chapters, challenges and strands by their ids, as the plan's own events give them.
    pub names: BTreeMap<String, Line>,
    /// Events of which nothing, or not everything, could be made; the first of them.
    pub oddities: Vec<Oddity>,
    /// How many there are.
    pub oddities_count: u64,
}

/// Who signed for how much.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sealed {
    /// Events that the signatures are about.
    pub size: u64,
    /// Time of the last of these; nothing when a filter left it out.
    pub until: Option<String>,
    /// The key of the log that signed.
    pub key: LogKey,
    /// Whether the reader named the key; otherwise only the file does.
    pub is_key_trusted: bool,
    /// Who cosigned.
    pub cosigned: Vec<Cosigned>,
}

/// A commitment of the replayed register.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// Which.
    pub id: CommitmentId,
    /// What it says at the end.
    pub content: Option<Content>,
    /// Who changed what, oldest first.
    pub changes: Vec<Changed>,
    /// Where content is missing, so that the above may lack something.
    pub missing: Vec<Position>,
}

/// One entry of a change log.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Changed {
    /// Where.
    pub position: Position,
    /// When.
    pub at: String,
    /// For which party.
    pub party: Option<PartyId>,
    /// Its name.
    pub party_name: Option<Line>,
    /// By which person, by id.
    pub person: Option<PersonId>,
    /// How it came about.
    pub cause: CauseName,
    /// The revision that was brought back.
    pub restored_to: Option<Revision>,
    /// Why.
    pub reason: Option<Line>,
    /// Field by field.
    pub changes: Vec<Change>,
}

/// How a change came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum CauseName {
    /// The commitment was made.
    Created,
    /// Somebody edited it.
    Amended,
    /// An earlier content was brought back.
    Restored,
    /// It was stated anew, whole, because events before were erased.
    Restated,
    /// What happened was erased.
    Erased,
}

impl Summary {
    /// Of a report.
    #[must_use]
    pub fn of(report: &Report) -> Self {
        let Report {
            header,
            counts,
            replay,
            ..
        } = report;
        let told = date_time::format;
        let sealed = |seal: &super::Seal| Sealed {
            size: seal.head.size,
            until: seal.until.map(told),
            key: seal.key.clone(),
            is_key_trusted: seal.is_key_trusted,
            cosigned: seal.cosigned.clone(),
        };
        Self {
            plan: header.plan,
            title: replay.state.plan.as_ref().map(|plan| plan.title.clone()),
            origin: header.log().to_string(),
            program: header.program.clone(),
            made_at: header.made_at.clone(),
            is_whole: report.is_whole(),
            size: report.head.size,
            shown: counts.shown,
            left_out: counts.left_out,
            erased: counts.erased,
            withheld: counts.withheld,
            unlinked: counts.unlinked,
            first_at: report.period.map(|(first, _)| told(first)),
            last_at: report.period.map(|(_, last)| told(last)),
            root: report.head.root,
            seal: report.seal.as_ref().map(sealed),
            text_changes: replay.text_changes,
            register: register(replay),
            names: names(replay),
            oddities: replay.oddities.clone(),
            oddities_count: replay.oddities_count,
        }
    }
}

fn register(replay: &Replay) -> Vec<Agreement> {
    let agreement = |id| {
        let content = replay
            .state
            .commitments
            .get(&id)
            .map(|known| known.content.clone());
        let log = replay.change_logs.get(&id).into_iter().flatten();
        Agreement {
            id,
            content,
            changes: log.map(|entry| changed(replay, entry)).collect(),
            missing: replay.missing.get(&id).cloned().unwrap_or_default(),
        }
    };
    replay.commitments().into_iter().map(agreement).collect()
}

fn names(replay: &Replay) -> BTreeMap<String, Line> {
    let chapters = replay.state.chapters.iter();
    let mut names: BTreeMap<_, _> = chapters
        .map(|(id, chapter)| (id.to_string(), chapter.title.clone()))
        .collect();
    if let Some(plan) = &replay.state.plan {
        let parties = plan.parties.iter();
        names.extend(parties.map(|(id, party)| (id.to_string(), party.name.clone())));
        let challenges = plan.challenges.iter();
        names.extend(challenges.map(|(id, challenge)| (id.to_string(), challenge.title.clone())));
        let strands = plan.strands.iter();
        names.extend(strands.map(|(id, strand)| (id.to_string(), strand.title.clone())));
    }
    names
}

fn party_name(replay: &Replay, party: PartyId) -> Option<Line> {
    let plan = replay.state.plan.as_ref()?;
    plan.parties.get(&party).map(|party| party.name.clone())
}

fn changed(replay: &Replay, entry: &Entry) -> Changed {
    let caller = replay.actors.get(entry.at.who).and_then(ActorBound::caller);
    let (cause, restored_to, reason) = match &entry.cause {
        Cause::Created => (CauseName::Created, None, None),
        Cause::Amended => (CauseName::Amended, None, None),
        Cause::Restored { to, reason } => (CauseName::Restored, Some(*to), Some(reason.clone())),
        Cause::Restated => (CauseName::Restated, None, None),
        Cause::Erased => (CauseName::Erased, None, None),
    };
    Changed {
        position: entry.at.position,
        at: date_time::format(entry.at.recorded_at),
        party: caller.map(|caller| caller.party),
        party_name: caller.and_then(|caller| party_name(replay, caller.party)),
        person: caller.map(|caller| caller.person),
        cause,
        restored_to,
        reason,
        changes: entry.changes.clone(),
    }
}
