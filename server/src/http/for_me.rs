//! `/plans/{planId}/for-me`: what others changed for the caller's party and chapters.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use schema::domain::chapter::Phase;
use schema::domain::policy::{self, Action};
use schema::domain::rights::Role;
use schema::domain::{Caller, Event, chapter};
use schema::ids::{ChapterId, CommitmentId, PlanId, TimestampMs};
use serde::{Deserialize, Serialize};

use super::answer::commitment::CommitmentChange;
use super::answer::history::HistoryEntry;
use super::app::App;
use super::events::moment;
use super::names::Names;
use super::problem::ApiError;
use super::request::{Path, Query, SignedIn};
use super::time;
use crate::clock;
use crate::views::{Entry, PlanView, Subject};

/// How far back without `since`.
const LOOK_BACK_MS: u64 = 14 * 24 * 60 * 60 * 1_000;
/// Most changes told, of commitments and per chapter.
const ITEMS_MAX: usize = 50;

/// Since when.
#[derive(Deserialize)]
pub struct Since {
    since: Option<String>,
}

/// `ForMe`.
#[derive(Serialize)]
pub struct ForMe {
    since: String,
    commitments: Vec<ChangedCommitment>,
    chapters: Vec<ChangedChapter>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangedCommitment {
    commitment_id: CommitmentId,
    title: String,
    change: CommitmentChange,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChangedChapter {
    chapter_id: ChapterId,
    title: String,
    entries: Vec<HistoryEntry>,
}

/// `GET …`.
///
/// # Errors
/// What the policy says.
pub async fn get(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    Query(query): Query<Since>,
    who: SignedIn,
) -> Result<Json<ForMe>, ApiError> {
    let look_back = TimestampMs(clock::now_ms().0.saturating_sub(LOOK_BACK_MS));
    let since = moment("since", query.since.as_deref())?.unwrap_or(look_back);
    app.read(plan, &who.caller, &Action::ReadPlan, |view| {
        let names = Names::new(&app.accounts, view).for_reader(who.reader());
        Ok(Json(ForMe {
            since: time::format(since),
            commitments: commitments(view, &names, &who.caller, since),
            chapters: chapters(view, &names, &who.caller, since),
        }))
    })
}

/// Changes by others of commitments that the party owns or takes part in, newest first.
fn commitments(
    view: &PlanView,
    names: &Names<'_>,
    caller: &Caller,
    since: TimestampMs,
) -> Vec<ChangedCommitment> {
    let own = view.state.commitments.iter().filter(|(id, known)| {
        let may = policy::may(&view.state, Some(caller), &Action::ReadCommitment(**id));
        known.content.names(caller.party) && may.is_ok()
    });
    let mut changes: Vec<_> = own
        .flat_map(|(id, known)| view.changes(*id).iter().map(move |entry| (*id, known, entry)))
        .filter(|(.., entry)| entry.at.recorded_at >= since && view.caller_of(entry.at.who) != Some(*caller))
        .collect();
    changes.sort_by_key(|(.., entry)| std::cmp::Reverse(entry.at.position));
    let told = changes
        .into_iter()
        .take(ITEMS_MAX)
        .map(|(commitment_id, known, entry)| ChangedCommitment {
            commitment_id,
            title: known
                .content
                .title
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            change: CommitmentChange::of(entry, names),
        });
    told.collect()
}

/// What others did in the chapters of the caller's teams, and that earlier text of them was erased; elsewhere, that a
/// chapter is offered or frozen.
fn chapters(view: &PlanView, names: &Names<'_>, caller: &Caller, since: TimestampMs) -> Vec<ChangedChapter> {
    let mut entries: BTreeMap<ChapterId, Vec<HistoryEntry>> = BTreeMap::new();
    // Entries lie by their last event, so time only goes back from here.
    for entry in view.activity.before(None).take_while(|entry| entry.at >= since) {
        let (Subject::Chapter(id) | Subject::Text(id)) = entry.subject else {
            continue;
        };
        let told = entries.entry(id).or_default();
        let by_other = view.caller_of(entry.who) != Some(*caller);
        if by_other && told.len() < ITEMS_MAX && is_for(view, caller, id, entry) {
            // One line stands for all words of a time that is erased.
            let is_kept = |told: &HistoryEntry| told.erased.is_none() || !told.is_of_text();
            told.extend(HistoryEntry::of(entry, names).filter(is_kept));
        }
    }
    let order = view.state.chapters.in_reading_order();
    let changed = order.into_iter().filter_map(|(_, id)| {
        let mut entries = entries.remove(&id).unwrap_or_default();
        if is_own(view, caller, id) {
            entries.extend(HistoryEntry::erasures(view, names, (id, since)));
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.to_position));
        }
        if entries.is_empty() {
            return None;
        }
        let title = view.state.chapters.get(id)?.title.to_string();
        Some(ChangedChapter {
            chapter_id: id,
            title,
            entries,
        })
    });
    changed.collect()
}

/// Whether a chapter is of one of the caller's teams.
fn is_own(view: &PlanView, caller: &Caller, id: ChapterId) -> bool {
    let team = view.state.chapters.team_of(id);
    view.state.rights.roles(caller).any(|role| match role {
        Role::Schrijfteam { team: of, .. } => Some(*of) == team,
        _ => false,
    })
}

/// Whether an entry is news for the caller: of their team's chapter in any case, of another one when it put the chapter in
/// the state in which they find it, or brought back earlier text of one that they were offered.
fn is_for(view: &PlanView, caller: &Caller, id: ChapterId, entry: &Entry) -> bool {
    let reads = policy::may(&view.state, Some(caller), &Action::ReadConcept(id)).is_ok();
    let stands = is_offer_that_stands(view, id, entry) || is_restore_of_offered(view, id, entry);
    is_own(view, caller, id) || (reads && stands)
}

/// Whether it brought back earlier text of a chapter since that was offered, as it still is: else what is told last of the
/// chapter would be that it was offered, and who read it then would find another text.
fn is_restore_of_offered(view: &PlanView, id: ChapterId, entry: &Entry) -> bool {
    let known = view.state.chapters.get(id);
    let offer = known.and_then(|known| known.moments.last());
    offer.is_some_and(|offer| {
        offer.phase == Phase::Offered && entry.is_words_of_restore() && entry.first > offer.at.position
    })
}

/// Whether a chapter was offered or frozen, and still is: what was opened again is no longer ready for reading.
fn is_offer_that_stands(view: &PlanView, id: ChapterId, entry: &Entry) -> bool {
    let Some(Event::Chapter(_, event)) = entry.event.as_deref() else {
        return false;
    };
    let phase = view.state.chapters.get(id).map(|known| &known.phase);
    match event {
        chapter::Event::Offered {} => matches!(phase, Some(Phase::Offered)),
        chapter::Event::Frozen { .. } => matches!(phase, Some(Phase::Frozen { .. })),
        chapter::Event::Created { .. }
        | chapter::Event::Renamed { .. }
        | chapter::Event::Moved { .. }
        | chapter::Event::Assigned { .. }
        | chapter::Event::Reopened { .. } => false,
    }
}
