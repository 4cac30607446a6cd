//! `ChapterBlame`, `ChapterDifference` and their parts: lines, runs and marks of a text.

use std::collections::BTreeMap;

use schema::ids::{ChapterId, Position, Revision};
use schema::richtext::{BlockKind, Marks};
use schema::text::history::{
    BlameLine, Difference, DifferenceLine, DifferenceRun as Run, Fate, Line, Mark, Passing as Words,
    Structure, StructureChange as Changed,
};
use serde::Serialize;
use serde_json::{Value, json};

use super::Authorship;
use super::history::Contribution;
use crate::http::hands::{Hand, Hands};
use crate::views::chapter_history::Past;

/// `BlockStyle`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BlockStyle {
    r#type: &'static str,
    level: Option<u8>,
    depth: usize,
}

impl From<&Line> for BlockStyle {
    fn from(line: &Line) -> Self {
        let r#type = match &line.kind {
            BlockKind::Paragraph | BlockKind::Unknown { .. } => "paragraph",
            BlockKind::Heading(_) => "heading",
            BlockKind::BulletItem => "unorderedListItem",
            BlockKind::NumberedItem => "orderedListItem",
            BlockKind::Quote => "blockquote",
        };
        Self {
            r#type,
            level: line.heading_level(),
            depth: line.parents.len(),
        }
    }
}

/// `TextMark`s of some words.
fn marks(marks: &Marks) -> Vec<Value> {
    let strong = marks.strong.then_some(Mark::Strong);
    let em = marks.em.then_some(Mark::Em);
    let link = marks.link.clone().map(Mark::Link);
    [link, em, strong]
        .into_iter()
        .flatten()
        .map(|of| mark(&of))
        .collect()
}

fn mark(mark: &Mark) -> Value {
    match mark {
        Mark::Strong => json!({ "type": "strong" }),
        Mark::Em => json!({ "type": "em" }),
        Mark::Link(link) => {
            json!({ "type": "link", "attrs": { "href": link.href(), "title": link.title() } })
        }
    }
}

/// `ChapterBlame`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChapterBlame {
    chapter_id: ChapterId,
    at: Position,
    blocks: Vec<BlameBlock>,
}

#[derive(Debug, Serialize)]
struct BlameBlock {
    style: BlockStyle,
    runs: Vec<BlameRun>,
}

#[derive(Debug, Serialize)]
struct BlameRun {
    text: String,
    marks: Vec<Value>,
    written: Option<Authorship>,
    restored: Option<Authorship>,
}

impl ChapterBlame {
    /// Who wrote the text that stands at a revision.
    #[must_use]
    pub fn of(
        (chapter_id, at): (ChapterId, Position),
        past: &Past,
        revision: Revision,
        hands: &Hands<'_>,
    ) -> Self {
        let lines = past.view(revision).blame(|revision| hands.of(revision));
        Self {
            chapter_id,
            at,
            blocks: lines.iter().map(|line| blame_block(line, hands)).collect(),
        }
    }
}

fn blame_block(line: &BlameLine, hands: &Hands<'_>) -> BlameBlock {
    let runs = line.runs.iter().map(|run| BlameRun {
        text: run.text.clone(),
        marks: marks(&run.marks),
        written: hands.authorship(run.written),
        restored: run.restored.and_then(|restored| hands.authorship(restored)),
    });
    BlameBlock {
        style: (&line.line).into(),
        runs: runs.collect(),
    }
}

/// `ChapterDifference`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChapterDifference {
    chapter_id: ChapterId,
    from: Position,
    to: Position,
    inserted_characters: u64,
    deleted_characters: u64,
    people: Vec<Share>,
    blocks: Vec<DifferenceBlock>,
    passing: Vec<Passing>,
}

/// What one hand did between two texts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Share {
    #[serde(flatten)]
    contribution: Contribution,
    put_back_characters: u64,
}

/// Words that one wrote and another took out between the two texts.
#[derive(Debug, Serialize)]
struct Passing {
    text: String,
    written: Option<Authorship>,
    deleted: Option<Authorship>,
}

#[derive(Debug, Serialize)]
struct DifferenceBlock {
    style: BlockStyle,
    change: &'static str,
    runs: Vec<DifferenceRun>,
    structure: Vec<StructureChange>,
}

#[derive(Debug, Serialize)]
struct DifferenceRun {
    change: &'static str,
    text: String,
    marks: Vec<Value>,
    by: Option<Authorship>,
    written: Option<Authorship>,
}

#[derive(Debug, Default, Serialize)]
struct StructureChange {
    what: &'static str,
    before: Option<BlockStyle>,
    after: Option<BlockStyle>,
    mark: Option<Value>,
    text: Option<String>,
    by: Option<Authorship>,
}

impl ChapterDifference {
    /// A difference between two texts of a past.
    #[must_use]
    pub fn of(
        (chapter_id, from, to): (ChapterId, Position, Position),
        difference: &Difference,
        hands: &Hands<'_>,
    ) -> Self {
        let sum = |counts: &mut dyn Iterator<Item = &u32>| counts.map(|count| u64::from(*count)).sum();
        Self {
            chapter_id,
            from,
            to,
            inserted_characters: sum(&mut difference.inserted.values()),
            deleted_characters: sum(&mut difference.deleted.values()),
            people: people(difference, from, hands),
            blocks: difference.lines.iter().map(|line| block(line, hands)).collect(),
            passing: difference
                .passing
                .iter()
                .map(|words| passing(words, hands))
                .collect(),
        }
    }
}

fn passing(words: &Words, hands: &Hands<'_>) -> Passing {
    Passing {
        text: words.text.clone(),
        written: hands.authorship(words.written),
        deleted: hands.authorship(words.deleted),
    }
}

/// Who did how much since a position, most first.
fn people(difference: &Difference, from: Position, hands: &Hands<'_>) -> Vec<Share> {
    let mut work: BTreeMap<Option<Hand>, [u64; 3]> = BTreeMap::new();
    for (revision, count) in &difference.inserted {
        work.entry(hands.of(*revision)).or_default()[0] += u64::from(*count);
    }
    for (revision, count) in &difference.deleted {
        // A look backwards knows no deleter.
        if let Some(revision) = revision {
            work.entry(hands.of(*revision)).or_default()[1] += u64::from(*count);
        }
    }
    for run in difference.lines.iter().flat_map(|line| &line.runs) {
        if let (Fate::Inserted(by), Some(written)) = (run.fate, run.written) {
            let count = run.text.chars().count() as u64;
            work.entry(hands.of(by)).or_default()[2] += count;
            // Who wrote it in this very time added it, whoever took it out and put it back since.
            let is_new = hands.authorship(written).is_some_and(|of| of.position > from);
            if is_new {
                work.entry(hands.of(written)).or_default()[0] += count;
            }
        }
    }
    let mut people: Vec<_> = work
        .into_iter()
        .map(
            |(hand, [inserted_characters, deleted_characters, put_back_characters])| {
                let (actor, source) = hands.actor(hand);
                Share {
                    contribution: Contribution {
                        actor,
                        source,
                        inserted_characters,
                        deleted_characters,
                    },
                    put_back_characters,
                }
            },
        )
        .collect();
    people.sort_by_key(|Share { contribution: of, .. }| {
        std::cmp::Reverse(of.inserted_characters + of.deleted_characters)
    });
    people
}

fn block(line: &DifferenceLine, hands: &Hands<'_>) -> DifferenceBlock {
    let change = match (&line.before, &line.after) {
        (None, _) => "inserted",
        (Some(_), None) => "deleted",
        (Some(_), Some(_)) if line.is_same() => "same",
        (Some(_), Some(_)) => "changed",
    };
    let style = line
        .after
        .as_ref()
        .or(line.before.as_ref())
        .map_or_else(|| (&Line::default()).into(), Into::into);
    DifferenceBlock {
        style,
        change,
        runs: line.runs.iter().map(|of| run(of, hands)).collect(),
        structure: line.structure.iter().map(|of| structure(of, hands)).collect(),
    }
}

fn run(run: &Run, hands: &Hands<'_>) -> DifferenceRun {
    let (change, by) = match run.fate {
        Fate::Same => ("same", None),
        Fate::Inserted(by) => ("inserted", hands.authorship(by)),
        Fate::Deleted(by) => ("deleted", by.and_then(|by| hands.authorship(by))),
    };
    DifferenceRun {
        change,
        text: run.text.clone(),
        marks: marks(&run.marks),
        by,
        written: run.written.and_then(|written| hands.authorship(written)),
    }
}

fn structure(changed: &Changed, hands: &Hands<'_>) -> StructureChange {
    let by = changed.by.and_then(|by| hands.authorship(by));
    let told = match &changed.what {
        Structure::Style { before, after } => StructureChange {
            what: "style",
            before: Some(before.into()),
            after: Some(after.into()),
            ..StructureChange::default()
        },
        Structure::Split => StructureChange {
            what: "split",
            ..StructureChange::default()
        },
        Structure::Joined => StructureChange {
            what: "joined",
            ..StructureChange::default()
        },
        Structure::Added => StructureChange {
            what: "added",
            ..StructureChange::default()
        },
        Structure::Removed => StructureChange {
            what: "removed",
            ..StructureChange::default()
        },
        Structure::MarkAdded { mark: of, text } => of_mark("markAdded", of, text),
        Structure::MarkRemoved { mark: of, text } => of_mark("markRemoved", of, text),
    };
    StructureChange { by, ..told }
}

fn of_mark(what: &'static str, of: &Mark, text: &str) -> StructureChange {
    StructureChange {
        what,
        mark: Some(mark(of)),
        text: Some(text.to_owned()),
        ..StructureChange::default()
    }
}
