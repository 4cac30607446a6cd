//! `HistoryEntry`: a stretch of work in a chapter, or a moment of it.

use schema::domain::erasure::{Erasure, Outcome};
use schema::domain::{Caller, Event, chapter};
use schema::ids::{ChapterId, ErasureId, Position, TimestampMs};
use schema::log::Kind;
use schema::text::history::restore::TextRestored;
use serde::Serialize;

use super::chapter::ChapterState;
use super::erased_text::closed_span;
use super::erasure::ErasedNote;
use super::{Actor, Source};
use crate::http::names::Names;
use crate::http::time;
use crate::views::{Entry, PlanView, Subject};

/// `HistoryEntry`.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HistoryEntry {
    /// What sort of entry.
    pub kind: HistoryKind,
    /// The text before it is at this position.
    pub from_position: Position,
    /// The text after it is at this position.
    pub to_position: Position,
    /// When it began.
    pub started_at: String,
    /// When it ended.
    pub ended_at: String,
    /// Who did how much; of an erasure, who asked for it and who approved.
    pub people: Vec<Contribution>,
    /// The words that came, where known.
    pub inserted_words: QuotedWords,
    /// The words that went, where known.
    pub deleted_words: QuotedWords,
    /// The new state, for `stateChanged`.
    pub state: Option<ChapterState>,
    /// The name of the version that it was frozen in.
    pub version: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// The position whose text came back, for `restored`; none when what a restore brought back is erased.
    pub restored_to: Option<Position>,
    /// The time of that text, for `restored`, where it is known.
    pub restored_at: Option<String>,
    /// The section restored; none means the whole chapter.
    pub section_title: Option<String>,
    /// What that section is known by.
    pub section_heading: Option<String>,
    /// The restore that it took back, for `restored`; none when it is no undo.
    pub undoes: Option<UndoneRestore>,
    /// That its content was erased, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<ErasedNote>,
}

/// The sorts of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum HistoryKind {
    /// People wrote until they paused.
    Work,
    /// The chapter was made.
    Created,
    /// Its text came from a document.
    Imported,
    /// Offered, frozen or reopened.
    StateChanged,
    /// Earlier text came back.
    Restored,
    /// It got another title.
    Renamed,
    /// The text of a time was erased, and what was told of it.
    Erased,
}

/// `Contribution`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contribution {
    /// Who.
    pub actor: Actor,
    /// Where the words come from.
    pub source: Source,
    /// Characters put in.
    pub inserted_characters: u64,
    /// Characters taken out.
    pub deleted_characters: u64,
}

/// `QuotedWords`: the first places that changed, and how many places there are beside these.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct QuotedWords {
    /// Place by place.
    pub excerpts: Vec<Excerpt>,
    /// Other places.
    pub more: usize,
}

/// `Excerpt`: whole words of one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Excerpt {
    /// The words.
    pub words: String,
    /// Who wrote what of them went, where somebody else took it out.
    pub written_by: Vec<Credit>,
}

/// `Credit`: whose words some are, and where they come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credit {
    /// Who.
    pub actor: Actor,
    /// Where the words come from.
    pub source: Source,
}

/// `UndoneRestore`: a restore that another one took back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UndoneRestore {
    position: Position,
    at: String,
}

impl UndoneRestore {
    /// The one that stands at a position and was recorded then.
    #[must_use]
    pub fn at(position: Position, recorded_at: TimestampMs) -> Self {
        Self {
            position,
            at: time::format(recorded_at),
        }
    }

    /// The one that the restore at a position took back; none when it is no undo.
    #[must_use]
    pub fn by(view: &PlanView, position: Position) -> Option<Self> {
        let undone = view.activity.at(view.undone_by(position)?)?;
        Some(Self::at(undone.last, undone.at))
    }
}

impl HistoryEntry {
    /// An entry of the activity that belongs to a chapter; `None` for what its history does not tell.
    #[must_use]
    pub fn of(entry: &Entry, names: &Names<'_>) -> Option<Self> {
        let told = match (&entry.subject, entry.event.as_deref()) {
            (Subject::Text(_), _) if entry.typed.is_some() => Told::of(text_kind(entry)),
            (Subject::Chapter(_), Some(Event::Chapter(_, event))) => moment(event)?,
            (Subject::Chapter(_), None) => erased_moment(&entry.kind)?,
            _ => return None,
        };
        let typed = entry.typed.unwrap_or_default();
        let restore = names.restored(entry);
        let restored = restore.map(|(_, restored)| restored);
        Some(Self {
            kind: told.kind,
            from_position: Position(entry.first.0.saturating_sub(1)),
            to_position: entry.last,
            started_at: time::format(entry.started_at),
            ended_at: time::format(entry.at),
            people: vec![Contribution {
                actor: names.actor(entry.who),
                source: names.source(entry.who),
                inserted_characters: typed.inserted,
                deleted_characters: typed.deleted,
            }],
            inserted_words: QuotedWords::default(),
            deleted_words: QuotedWords::default(),
            state: told.state,
            version: told.version,
            reason: told.reason.or_else(|| restored?.reason.clone()),
            restored_to: restored.map(|restored| restored.to_position),
            restored_at: None,
            section_title: restored.and_then(TextRestored::section_title),
            section_heading: restored.and_then(TextRestored::section_heading),
            undoes: restore.and_then(|(position, _)| names.undone_by(position)),
            erased: names.erased(entry.last),
        })
    }

    /// Whether it tells of words: of what became of the chapter itself it does not.
    #[must_use]
    pub const fn is_of_text(&self) -> bool {
        match self.kind {
            HistoryKind::Work | HistoryKind::Imported | HistoryKind::Restored => true,
            HistoryKind::Created | HistoryKind::StateChanged | HistoryKind::Renamed | HistoryKind::Erased => {
                false
            }
        }
    }

    /// Every time whose text of a chapter was erased, since some moment: in the place of what was told of it. What
    /// stands in the request is for whom the policy discloses it to.
    pub fn erasures<'a>(
        view: &'a PlanView,
        names: &'a Names<'_>,
        (chapter, since): (ChapterId, TimestampMs),
    ) -> impl Iterator<Item = Self> + 'a {
        let of_chapter = move |erasure: &Erasure| erasure.text.is_some_and(|text| text.chapter == chapter);
        let known = view.state.erasures.iter();
        let of_chapter = known.filter(move |(_, erasure)| of_chapter(erasure));
        of_chapter.filter_map(move |(id, erasure)| {
            let span = closed_span(view, id, erasure).filter(|(_, to)| *to >= since)?;
            let told = Self::erasure(view, names, (id, erasure), span)?;
            Some(match names.tells_erasures() {
                true => told,
                false => Self {
                    people: Vec::new(),
                    reason: None,
                    ..told
                },
            })
        })
    }

    fn erasure(
        view: &PlanView,
        names: &Names<'_>,
        (id, erasure): (ErasureId, &Erasure),
        (from, to): (TimestampMs, TimestampMs),
    ) -> Option<Self> {
        let Outcome::Approved { at, by, .. } = erasure.outcome else {
            return None;
        };
        let closed = view.state.erasures.closed_text(erasure.text?.chapter);
        let position = closed
            .filter(|closed| closed.by == id)
            .map_or(at, |closed| closed.at)
            .position;
        let person = |caller: &Caller| Contribution {
            actor: names.caller(caller),
            source: Source::Writer,
            inserted_characters: 0,
            deleted_characters: 0,
        };
        Some(Self {
            kind: HistoryKind::Erased,
            from_position: position,
            to_position: position,
            started_at: time::format(from),
            ended_at: time::format(to),
            people: vec![person(&erasure.by), person(&by)],
            inserted_words: QuotedWords::default(),
            deleted_words: QuotedWords::default(),
            state: None,
            version: None,
            reason: Some(erasure.explanation.to_string()),
            restored_to: None,
            restored_at: None,
            section_title: None,
            section_heading: None,
            undoes: None,
            erased: Some(names.told(ErasedNote::by(erasure, to))),
        })
    }
}

const fn text_kind(entry: &Entry) -> HistoryKind {
    match entry.via {
        schema::log::Via::Import => HistoryKind::Imported,
        schema::log::Via::Restore => HistoryKind::Restored,
        schema::log::Via::Browser | schema::log::Via::Token | schema::log::Via::Server => HistoryKind::Work,
    }
}

/// What an event tells of what became of a chapter.
struct Told {
    kind: HistoryKind,
    state: Option<ChapterState>,
    version: Option<String>,
    reason: Option<String>,
}

impl Told {
    const fn of(kind: HistoryKind) -> Self {
        Self {
            kind,
            state: None,
            version: None,
            reason: None,
        }
    }

    fn became(state: ChapterState) -> Self {
        Self {
            state: Some(state),
            ..Self::of(HistoryKind::StateChanged)
        }
    }
}

fn moment(event: &chapter::Event) -> Option<Told> {
    match event {
        chapter::Event::Created { .. } => Some(Told::of(HistoryKind::Created)),
        chapter::Event::Renamed { .. } => Some(Told::of(HistoryKind::Renamed)),
        chapter::Event::Moved { .. } | chapter::Event::Assigned { .. } => None,
        chapter::Event::Offered {} => Some(Told::became(ChapterState::Reading)),
        chapter::Event::Frozen { version, reason } => Some(Told {
            version: version.as_ref().map(ToString::to_string),
            reason: Some(reason.to_string()),
            ..Told::became(ChapterState::Frozen)
        }),
        chapter::Event::Reopened { reason } => Some(Told {
            reason: Some(reason.to_string()),
            ..Told::became(ChapterState::Drafting)
        }),
    }
}

/// What the kind alone tells of a moment whose content was erased.
fn erased_moment(kind: &Kind) -> Option<Told> {
    match &*kind.name {
        "chapter.created" => Some(Told::of(HistoryKind::Created)),
        "chapter.renamed" => Some(Told::of(HistoryKind::Renamed)),
        "chapter.offered" => Some(Told::became(ChapterState::Reading)),
        "chapter.frozen" => Some(Told::became(ChapterState::Frozen)),
        "chapter.reopened" => Some(Told::became(ChapterState::Drafting)),
        _ => None,
    }
}
