//! `PlanEvent`: one thing that happened, with what the interface needs to say it in words.

use schema::domain::change_log;
use schema::domain::commitment::Change;
use schema::domain::erasure::{self, Ground};
use schema::domain::policy::Disclosure;
use schema::domain::{Event, chapter, commitment, plan, rights};
use schema::ids::{ErasureId, Position};
use schema::log::{Kind, Via};
use serde::Serialize;

use super::chapter::ChapterState;
use super::erasure::ErasedNote;
use super::history::UndoneRestore;
use super::right::RoleName;
use super::{Actor, PartyName, PersonName};
use crate::http::names::Names;
use crate::http::time;
use crate::views::activity::SubjectKind;
use crate::views::{Entry, PlanView, Subject};

/// `PlanEvent`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlanEvent {
    position: Position,
    first_position: Position,
    count: u64,
    at: String,
    started_at: String,
    kind: Kind,
    actor: Actor,
    via: Via,
    subject: SubjectName,
    details: Details,
    /// That they were erased, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    erased: Option<ErasedNote>,
    /// Why the details are left out, when they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<&'static str>,
}

/// What it happened to.
#[derive(Debug, Serialize)]
pub struct SubjectName {
    kind: SubjectKind,
    id: Option<String>,
    title: Option<String>,
}

/// What there is to say beside kind and subject.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<Change>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<ChapterState>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<RoleName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    party: Option<PartyName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inserted_characters: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deleted_characters: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery: Option<RecoveryTold>,
    #[serde(skip_serializing_if = "Option::is_none")]
    erasure_id: Option<ErasureId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ground: Option<Ground>,
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_of: Option<SubjectName>,
    #[serde(skip_serializing_if = "Option::is_none")]
    undoes: Option<UndoneRestore>,
}

/// What a recovery from a backup kept and is known to have lost.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryTold {
    kept: Position,
    made_at: String,
    last_known: Option<Position>,
    lost_count: Option<u64>,
}

impl RecoveryTold {
    fn of(recovery: &plan::Recovery) -> Self {
        Self {
            kept: recovery.kept,
            made_at: time::format(recovery.made_at_ms),
            last_known: recovery.last_known,
            lost_count: recovery
                .last_known
                .map(|last| last.0.saturating_sub(recovery.kept.0)),
        }
    }
}

impl PlanEvent {
    /// One entry of the activity, in names.
    #[must_use]
    pub fn of(view: &PlanView, names: &Names<'_>, entry: &Entry, disclosed: Disclosure) -> Self {
        let withheld = match disclosed {
            Disclosure::Content => None,
            Disclosure::Happened(refusal) | Disclosure::Nothing(refusal) => Some(refusal.code()),
        };
        Self {
            position: entry.last,
            first_position: entry.first,
            count: entry.count,
            at: time::format(entry.at),
            started_at: time::format(entry.started_at),
            kind: entry.kind.clone(),
            actor: names.actor(entry.who),
            via: entry.via,
            subject: subject(view, &entry.subject, disclosed.has_content()),
            details: match withheld {
                None => details(view, names, entry),
                Some(_) => Details::default(),
            },
            erased: names.erased(entry.last),
            withheld,
        }
    }
}

/// What it happened to. The title of a commitment is part of its content; all other titles are the outline.
pub(super) fn subject(view: &PlanView, subject: &Subject, disclosed: bool) -> SubjectName {
    let (id, title) = match subject {
        Subject::Plan | Subject::Rights | Subject::Erasure => {
            (None, view.state.plan.as_ref().map(|plan| plan.title.to_string()))
        }
        Subject::Chapter(id) | Subject::Text(id) => (
            Some(id.to_string()),
            view.state.chapters.get(*id).map(|known| known.title.to_string()),
        ),
        Subject::Commitment(id) => {
            let known = view.state.commitments.get(id);
            let title = known
                .filter(|_| disclosed)
                .and_then(|known| known.content.title.as_ref())
                .map(ToString::to_string);
            (Some(id.to_string()), title)
        }
    };
    SubjectName {
        kind: subject.kind(),
        id,
        title,
    }
}

fn details(view: &PlanView, names: &Names<'_>, entry: &Entry) -> Details {
    match entry.event.as_deref() {
        Some(Event::Plan(event)) => of_plan(view, names, event),
        Some(Event::Rights(event)) => of_rights(view, names, event),
        Some(Event::Chapter(_, event)) => of_chapter(view, event),
        Some(Event::Commitment(_, event)) => of_commitment(entry, event),
        Some(Event::Erasure(event)) => of_erasure(view, event),
        None if entry.typed.is_some() => of_words(entry),
        None => of_restore(view, entry),
    }
}

/// How much was written.
fn of_words(entry: &Entry) -> Details {
    Details {
        inserted_characters: entry.typed.map(|typed| typed.inserted),
        deleted_characters: entry.typed.map(|typed| typed.deleted),
        ..Details::default()
    }
}

/// A restore with the words that it wrote, or an event that this program does not know.
fn of_restore(view: &PlanView, entry: &Entry) -> Details {
    let words = view
        .activity
        .words_of(entry)
        .map_or_else(Details::default, of_words);
    let Some(restored) = view.restore_at(entry.last) else {
        return words;
    };
    Details {
        reason: restored.reason.clone(),
        title: restored.section_title(),
        undoes: UndoneRestore::by(view, entry.last),
        ..words
    }
}

fn of_plan(view: &PlanView, names: &Names<'_>, event: &plan::Event) -> Details {
    let none = Details::default();
    match event {
        plan::Event::Created { title, .. } | plan::Event::Renamed { title } => Details {
            title: Some(title.to_string()),
            ..none
        },
        plan::Event::AreasSet { .. } | plan::Event::HistorySet { .. } => none,
        plan::Event::PartyAdded { id, party } | plan::Event::PartyChanged { id, party } => Details {
            party: Some(PartyName {
                id: *id,
                name: party.name.to_string(),
            }),
            ..none
        },
        plan::Event::PartyRemoved { id, reason } => Details {
            party: Some(names.party(*id)),
            reason: Some(reason.to_string()),
            ..none
        },
        plan::Event::TeamFormed { name, .. } | plan::Event::TeamRenamed { name, .. } => Details {
            team: Some(name.to_string()),
            ..none
        },
        plan::Event::TeamEnded { id } => Details {
            team: team_name(view, *id),
            ..none
        },
        plan::Event::ChallengePut { challenge, .. } => Details {
            title: Some(challenge.title.to_string()),
            ..none
        },
        plan::Event::StrandPut { strand, .. } => Details {
            title: Some(strand.title.to_string()),
            ..none
        },
        plan::Event::Recovered(recovery) => Details {
            recovery: Some(RecoveryTold::of(recovery)),
            ..none
        },
    }
}

fn team_name(view: &PlanView, id: schema::ids::TeamId) -> Option<String> {
    view.state.plan.as_ref()?.teams.get(&id).map(ToString::to_string)
}

fn of_rights(view: &PlanView, names: &Names<'_>, event: &rights::Event) -> Details {
    let (person, party, role, reason) = match event {
        rights::Event::Granted {
            person, party, role, ..
        } => (person, party, role, None),
        rights::Event::Withdrawn {
            person,
            party,
            role,
            reason,
        } => (person, party, role, Some(reason.to_string())),
    };
    let team = match role {
        rights::Role::Schrijfteam { team, .. } => team_name(view, *team),
        _ => None,
    };
    Details {
        role: Some(role.into()),
        person: Some(names.person(*person)),
        party: Some(names.party(*party)),
        team,
        reason,
        ..Details::default()
    }
}

fn of_chapter(view: &PlanView, event: &chapter::Event) -> Details {
    let none = Details::default();
    match event {
        chapter::Event::Created { title, .. } | chapter::Event::Renamed { title } => Details {
            title: Some(title.to_string()),
            ..none
        },
        chapter::Event::Moved { .. } => none,
        chapter::Event::Assigned { team } => Details {
            team: team.and_then(|team| team_name(view, team)),
            ..none
        },
        chapter::Event::Offered {} => Details {
            state: Some(ChapterState::Reading),
            ..none
        },
        chapter::Event::Frozen { version, reason } => Details {
            state: Some(ChapterState::Frozen),
            title: version.as_ref().map(ToString::to_string),
            reason: Some(reason.to_string()),
            ..none
        },
        chapter::Event::Reopened { reason } => Details {
            state: Some(ChapterState::Drafting),
            reason: Some(reason.to_string()),
            ..none
        },
    }
}

fn of_commitment(entry: &Entry, event: &commitment::Event) -> Details {
    let at = schema::domain::At {
        position: entry.last,
        revision: schema::ids::Revision::default(),
        recorded_at: entry.at,
        who: entry.who,
    };
    let told = change_log::Entry::of(at, event);
    let reason = match told.cause {
        change_log::Cause::Restored { reason, .. } => Some(reason.to_string()),
        change_log::Cause::Created
        | change_log::Cause::Amended
        | change_log::Cause::Restated
        | change_log::Cause::Erased => None,
    };
    Details {
        fields: told.changes,
        reason,
        ..Details::default()
    }
}

/// Every step of a request tells what it is about.
fn of_erasure(view: &PlanView, event: &erasure::Event) -> Details {
    let Some(known) = view.state.erasures.get(event.id()) else {
        return Details::default();
    };
    let reason = match event {
        erasure::Event::Declined { reason, .. } => Some(reason.to_string()),
        _ => None,
    };
    Details {
        erasure_id: Some(event.id()),
        ground: Some(known.ground),
        explanation: Some(known.explanation.to_string()),
        event_count: known.text.is_none().then_some(known.targets.len()),
        text_of: known
            .text
            .map(|text| subject(view, &Subject::Chapter(text.chapter), true)),
        reason,
        ..Details::default()
    }
}
