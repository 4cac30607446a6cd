//! `GET …/history`: sessions of work and moments of a chapter, newest first; of one stretch of it, the parts of that work.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use schema::domain::Caller;
use schema::domain::policy::{self, Action, HistoryScope};
use schema::ids::{ChapterId, PlanId, Position, Revision, TimestampMs};
use schema::log::Via;
use schema::text::history::quotes::{Places, Quote, Taken};
use schema::text::history::restore::TextRestored;
use serde::{Deserialize, Serialize};

use super::super::answer::Source;
use super::super::answer::erasure::ErasedNote;
use super::super::answer::history::{
    Contribution, Credit, Excerpt, HistoryEntry, HistoryKind, QuotedWords, UndoneRestore,
};
use super::super::app::App;
use super::super::events::page_limit;
use super::super::hands::{Hand, Hands};
use super::super::names::{Cast, Names};
use super::super::problem::ApiError;
use super::super::request::{Path, Query, SignedIn};
use super::super::time;
use super::Asked;
use crate::views::Subject;
use crate::views::chapter_history::{HistoryError, HistorySession, Past};

/// Which page.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Paging {
    before: Option<u64>,
    limit: Option<usize>,
    /// The text before a stretch of work: only the parts of it are asked for.
    from: Option<u64>,
    /// The text after it.
    to: Option<u64>,
}

impl Paging {
    fn stretch(&self) -> Option<(Position, Position)> {
        let until = self.to.map_or(Position(u64::MAX), Position);
        self.from.map(|from| (Position(from), until))
    }
}

/// `ChapterHistory`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChapterHistory {
    chapter_id: ChapterId,
    starts_at_offer: bool,
    erased: Option<ErasedNote>,
    erased_before: Option<Position>,
    items: Vec<HistoryEntry>,
    next: Option<Position>,
}

/// `GET …`.
///
/// # Errors
/// What the policy says.
pub async fn list(
    State(app): State<App>,
    Path(key): Path<(PlanId, ChapterId)>,
    Query(paging): Query<Paging>,
    who: SignedIn,
) -> Result<Json<ChapterHistory>, ApiError> {
    let limit = page_limit(paging.limit)?;
    let stretch = paging.stretch();
    let asked = app.past_of(key, &who.caller, &Action::ReadHistory(key.1), &[])?;
    let (scope, erased, mut items) = app.read(key.0, &who.caller, &Action::ReadHistory(key.1), |view| {
        let scope = policy::history_scope(&view.state, Some(&who.caller), key.1)?;
        let names = Names::new(&app.accounts, view).for_reader(who.reader());
        let moments = view
            .activity
            .before(None)
            .filter(|entry| entry.subject == Subject::Chapter(key.1));
        let erasures = HistoryEntry::erasures(view, &names, (key.1, TimestampMs(0)));
        Ok((
            scope,
            ErasedNote::of_text(view, key.1).map(|note| names.told(note)),
            moments
                .filter_map(|entry| HistoryEntry::of(entry, &names))
                .chain(erasures)
                .filter(|_| stretch.is_none())
                .collect::<Vec<_>>(),
        ))
    })?;
    let written = app.ask_past(key, move |past| {
        let hand = |actor| asked.cast.hand(actor);
        let sessions = match stretch {
            None => past.sessions(hand),
            Some(stretch) => past.parts(hand, stretch),
        };
        let reader = Reader::new(past, &asked);
        Ok(sessions
            .into_iter()
            .map(|session| reader.entry(session))
            .collect::<Vec<_>>())
    });
    match written.await {
        Err(ApiError::History(HistoryError::NoText)) => {}
        written => items.extend(written?),
    }
    let erased_before = match scope {
        HistoryScope::FromErasure(start) => Some(start.position),
        HistoryScope::Everything | HistoryScope::FromOffer(_) => None,
    };
    let starts_at_offer = matches!(scope, HistoryScope::FromOffer(_));
    let mut items: Vec<_> = items.into_iter().filter_map(|item| within(scope, item)).collect();
    items.sort_by_key(|item| std::cmp::Reverse((item.to_position, item.from_position)));
    items.retain(|item| paging.before.is_none_or(|before| item.to_position.0 < before));
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().map(|item| item.to_position).filter(|_| more);
    Ok(Json(ChapterHistory {
        chapter_id: key.1,
        starts_at_offer,
        erased,
        erased_before,
        items,
        next,
    }))
}

/// What of an entry lies within a scope. No stretch of work lasts over an offer, so the first one after it starts
/// from the text that was offered.
pub(super) fn within(scope: HistoryScope, item: HistoryEntry) -> Option<HistoryEntry> {
    match scope {
        HistoryScope::Everything => Some(item),
        // What became of the chapter is no word of its text, and stays.
        HistoryScope::FromErasure(_) if !item.is_of_text() => Some(item),
        HistoryScope::FromOffer(start) | HistoryScope::FromErasure(start) => {
            (item.to_position >= start.position).then(|| HistoryEntry {
                from_position: item.from_position.max(start.position),
                ..item
            })
        }
    }
}

/// One past as somebody may read it.
pub(super) struct Reader<'a> {
    past: &'a Past,
    cast: &'a Cast,
    hands: Hands<'a>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(past: &'a Past, asked: &'a Asked) -> Self {
        Self {
            past,
            cast: &asked.cast,
            hands: Hands::new(past, &asked.cast, asked.scope),
        }
    }

    /// Whose hand a revision is from.
    pub(super) fn hand(&self, revision: Revision) -> Option<Hand> {
        self.hands.of(revision)
    }

    pub(super) fn entry(&self, session: HistorySession<(Option<Caller>, Source)>) -> HistoryEntry {
        let past = self.past;
        let restore = session
            .session
            .restore
            .and_then(|position| past.restore(Position(position)));
        let kind = match (restore.is_some(), session.via) {
            (true, _) => HistoryKind::Restored,
            (false, Via::Import) => HistoryKind::Imported,
            (false, Via::Browser | Via::Token | Via::Restore | Via::Server) => HistoryKind::Work,
        };
        let work = session.session.work.iter();
        let people = work.map(|((caller, source), work)| Contribution {
            actor: self.cast.actor_of(*caller),
            source: *source,
            inserted_characters: work.inserted.into(),
            deleted_characters: work.deleted.into(),
        });
        let undone = restore.and_then(|restore| past.undone_by(restore));
        let restored = restore.map(|restore| &restore.restored);
        HistoryEntry {
            kind,
            from_position: session.from,
            to_position: session.to,
            started_at: time::format(session.session.started_at),
            ended_at: time::format(session.session.ended_at),
            people: people.collect(),
            inserted_words: self.quoted(session.quotes.came),
            deleted_words: self.quoted(session.quotes.went),
            state: None,
            version: None,
            reason: restored.and_then(|restored| restored.reason.clone()),
            restored_to: restored.map(|restored| restored.to_position),
            restored_at: restored.and_then(|restored| recorded_at(past, restored.to_position)),
            section_title: restored.and_then(TextRestored::section_title),
            section_heading: restored.and_then(TextRestored::section_heading),
            undoes: undone.map(|restore| UndoneRestore::at(restore.at.position, restore.at.recorded_at)),
            erased: None,
        }
    }

    pub(super) fn quoted(&self, Places { quotes, more }: Places) -> QuotedWords {
        let excerpts = quotes.into_iter().map(|Quote { words, taken }| Excerpt {
            words,
            written_by: self.writers(&taken),
        });
        QuotedWords {
            excerpts: excerpts.collect(),
            more,
        }
    }

    /// Who wrote what was taken out at one place: nobody is named where each took out their own words only.
    fn writers(&self, taken: &[Taken]) -> Vec<Credit> {
        let hands = taken
            .iter()
            .map(|taken| (self.hands.of(taken.written), self.hands.of(taken.taken_out)));
        let (writers, takers): (Vec<_>, Vec<_>) = hands.unzip();
        if writers == takers {
            return Vec::new();
        }
        let writers: BTreeSet<_> = writers.into_iter().collect();
        let credits = writers.into_iter().map(|writer| self.hands.actor(writer));
        credits.map(|(actor, source)| Credit { actor, source }).collect()
    }
}

/// When the text that stands at a position was last changed.
pub(super) fn recorded_at(past: &Past, position: Position) -> Option<String> {
    let at = past.at(past.revision_at(Some(position)).ok()?)?;
    Some(time::format(at.recorded_at))
}
