//! A report on an absence, from actors to people: what is told once the server has said who wrote.
//!
//! # Invariants
//!
//! - Words that oneself wrote on another device are one's own: they are not told as those of others.
//! - A report waits for the names of one question at a time and is told without them when they cannot be had.

use std::collections::BTreeMap;

use schema::ids::BoundActor;
use schema::limits::WRITERS_ASKED_MAX;
use schema::sync::ChapterKey;
use schema::text::excerpt::beginning;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::chapter::meanwhile::{Edit, Paragraph};

/// Paragraphs that a report names; there may be more.
const PARAGRAPHS_MAX: usize = 5;
/// Stretches of words that a report quotes of what somebody put in, or took out, in one paragraph.
const QUOTES_MAX: usize = 3;
/// Letters of a paragraph's beginning in a report, and of a stretch that came or went.
const EXCERPT_LETTERS: usize = 90;

/// What is to be told, before it is known who the actors are.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Draft {
    /// Words of one's own that came in.
    pub added: usize,
    /// Words that one took out.
    pub removed: usize,
    /// Words that were not taken.
    pub refused: usize,
    /// Paragraphs in which others wrote too.
    pub shared: Vec<Paragraph>,
    /// The words waited for so long that it is worth a word by itself.
    pub is_long: bool,
    /// Nothing of one's own is to be told of.
    pub is_empty: bool,
}

/// Drafts by the number of the question that they wait for.
#[derive(Debug, Default)]
pub(in crate::desk) struct Drafts {
    waiting: BTreeMap<u32, (ChapterKey, Draft)>,
    asked: u32,
}

/// `WriterList` of the contract.
#[derive(Debug, Default, Deserialize)]
struct Writers {
    items: Vec<Writer>,
}

/// `Writer` of the contract; who it is passes through as it is.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Writer {
    text_actor: BoundActor,
    actor: Json,
    source: Json,
    is_you: bool,
}

impl Drafts {
    pub fn put(&mut self, key: ChapterKey, draft: Draft) -> u32 {
        self.asked = self.asked.wrapping_add(1);
        self.waiting.insert(self.asked, (key, draft));
        self.asked
    }

    pub fn take(&mut self, ticket: u32) -> Option<(ChapterKey, Draft)> {
        self.waiting.remove(&ticket)
    }

    /// The text that they quote is erased.
    pub fn forget_words(&mut self, key: ChapterKey) {
        for (of, draft) in self.waiting.values_mut() {
            if *of == key {
                draft.shared.clear();
            }
        }
    }
}

impl Draft {
    /// The actors of whom the report tells, as many as may be asked.
    pub fn actors(&self) -> Vec<BoundActor> {
        let edits = self.shared.iter().flat_map(|paragraph| &paragraph.edits);
        let mut actors: Vec<BoundActor> = Vec::new();
        for actor in edits.filter_map(|edit| edit.by) {
            if !actors.contains(&actor) {
                actors.push(actor);
            }
        }
        actors.truncate(WRITERS_ASKED_MAX);
        actors
    }

    /// What there is to say; nothing after a moment in which nobody else came near and all was taken.
    pub fn told(self, answer: &str) -> Option<Json> {
        let writers: Writers = serde_json::from_str(answer).unwrap_or_default();
        let writers = writers.items.into_iter();
        let writers: BTreeMap<BoundActor, Writer> = writers.map(|of| (of.text_actor, of)).collect();
        let shared = self.shared.iter();
        let shared: Vec<Json> = shared
            .filter_map(|paragraph| of_paragraph(paragraph, &writers))
            .take(PARAGRAPHS_MAX)
            .collect();
        let is_worth_it = self.is_long || self.refused > 0 || !shared.is_empty();
        (is_worth_it && !self.is_empty).then(|| {
            json!({
                "added": self.added,
                "removed": self.removed,
                "refused": self.refused,
                "shared": shared,
            })
        })
    }
}

/// A paragraph with what each person did in it; nothing when only oneself did.
fn of_paragraph(paragraph: &Paragraph, writers: &BTreeMap<BoundActor, Writer>) -> Option<Json> {
    let mut people: Vec<(Json, Edit)> = Vec::new();
    for edit in &paragraph.edits {
        let writer = edit.by.and_then(|actor| writers.get(&actor));
        if writer.is_some_and(|writer| writer.is_you) {
            continue;
        }
        let by = writer.map(|writer| json!({ "actor": writer.actor, "source": writer.source }));
        let by = by.unwrap_or(Json::Null);
        match people.iter_mut().find(|(known, _)| *known == by) {
            Some((_, known)) => {
                known.added.extend(edit.added.iter().cloned());
                known.removed.extend(edit.removed.iter().cloned());
            }
            None => people.push((by, edit.clone())),
        }
    }
    let edits: Vec<Json> = people
        .into_iter()
        .map(|(by, edit)| json!({ "by": by, "added": quotes(&edit.added), "removed": quotes(&edit.removed) }))
        .collect();
    let excerpt = beginning(&paragraph.text, EXCERPT_LETTERS);
    (!edits.is_empty()).then(|| json!({ "excerpt": excerpt, "edits": edits }))
}

fn quotes(stretches: &[String]) -> Vec<String> {
    let quoted = stretches.iter().take(QUOTES_MAX);
    quoted
        .map(|stretch| beginning(stretch, EXCERPT_LETTERS))
        .collect()
}
