//! What a person sees of a chapter and does to it: the editor's nodes, and edits as the editor hands them over.
//!
//! Every letter that is typed in a run is one that was never typed before in it, and a word of its own (what was written
//! while a page was away is aligned by the word), so what became of a letter can be
//! followed through merging, refusal, carrying over and restoring without asking the code under test.

use std::collections::VecDeque;

use client_wasm::bridge::TopRange;
use serde_json::{Value as Json, json};

use super::chance::Chance;

/// One chapter on a page.
#[derive(Debug, Default)]
pub struct Editor {
    /// The top nodes as shown.
    pub nodes: Vec<Json>,
    /// The number of the state they are.
    pub version: u64,
    /// What the worker said and the page has not yet looked at.
    pub unread: VecDeque<Json>,
    /// The last status told.
    pub status: Json,
    /// An edit was handed over and not yet confirmed.
    pub awaits: bool,
    /// What the worker said when the document could not go on.
    pub failed: Option<String>,
}

/// An edit, and the letters that it takes away.
#[derive(Debug)]
pub struct Edit {
    /// As the editor says it.
    pub range: TopRange,
    /// Letters that were there and are not any more.
    pub deleted: Vec<char>,
}

/// A letter with its marks.
type Letter = (char, Json);

impl Editor {
    /// Words that are shown beside the text.
    pub fn words_beside(&self) -> Vec<String> {
        let words = self.status["refused"].as_array().into_iter().flatten();
        words
            .filter_map(|words| words["text"].as_str().map(str::to_owned))
            .collect()
    }

    /// Looks at one message of the worker.
    pub fn read(&mut self, message: &Json) {
        match message["type"].as_str().unwrap_or_default() {
            "document" => {
                self.nodes = message["nodes"].as_array().cloned().unwrap_or_default();
                self.version = message["version"].as_u64().unwrap_or_default();
                if message["answers"] == true {
                    self.awaits = false;
                }
            }
            "update" => {
                assert_eq!(
                    message["base"], self.version,
                    "the page is told of a state it cannot reach"
                );
                for range in message["ranges"].as_array().into_iter().flatten() {
                    let range: TopRange = serde_json::from_value(range.clone()).expect("ranges are ranges");
                    self.nodes.splice(range.from..range.to, range.nodes);
                }
                self.version = message["version"].as_u64().unwrap_or_default();
                if message["confirms"] == true {
                    self.awaits = false;
                }
            }
            "status" => self.status = message.clone(),
            "failed" => self.failed = Some(message.to_string()),
            _ => {}
        }
    }

    /// Whether the editor takes letters.
    #[must_use]
    pub fn can_write(&self) -> bool {
        self.status["canWrite"] == true && !self.nodes.is_empty() && !self.awaits
    }

    /// The status in one word.
    #[must_use]
    pub fn word(&self) -> &str {
        self.status["status"].as_str().unwrap_or("none")
    }

    /// Does something to the text; `fresh` gives letters that nobody has typed yet.
    pub fn edit(&self, chance: &mut Chance, fresh: impl FnMut() -> char) -> Edit {
        let at = chance.place(self.nodes.len());
        let Some(letters) = letters_of(&self.nodes[at]) else {
            return self.beside(at, fresh);
        };
        match chance.below(20) {
            0..=11 => self.typed(at, letters, (chance, fresh)),
            12 | 13 => self.cut(at, letters, chance),
            14 => self.split(at, &letters, chance),
            15 => self.joined(at, &letters),
            16 => self.marked(at, letters, chance),
            17 => self.styled(at, &letters, chance),
            18 => self.replaced(at, fresh),
            _ => self.beside(at, fresh),
        }
    }

    fn typed(
        &self,
        at: usize,
        mut letters: Vec<Letter>,
        (chance, mut fresh): (&mut Chance, impl FnMut() -> char),
    ) -> Edit {
        let place = chance.place(letters.len() + 1);
        let marks = place
            .checked_sub(1)
            .map_or(Json::Null, |before| letters[before].1.clone());
        let count = if chance.once_in(8) {
            chance.of(5, 40)
        } else {
            chance.of(1, 4)
        };
        let new: String = (0..count).flat_map(|_| [fresh(), ' ']).collect();
        let new: Vec<Letter> = new.chars().map(|letter| (letter, marks.clone())).collect();
        letters.splice(place..place, new);
        self.becomes(at..at + 1, vec![rebuilt(&self.nodes[at], &letters)])
    }

    fn cut(&self, at: usize, mut letters: Vec<Letter>, chance: &mut Chance) -> Edit {
        let from = chance.place(letters.len() + 1);
        let to = (from + chance.place(6)).min(letters.len());
        letters.drain(from..to);
        self.becomes(at..at + 1, vec![rebuilt(&self.nodes[at], &letters)])
    }

    fn split(&self, at: usize, letters: &[Letter], chance: &mut Chance) -> Edit {
        let (head, tail) = letters.split_at(chance.place(letters.len() + 1));
        let second = json!({ "type": "paragraph" });
        self.becomes(
            at..at + 1,
            vec![rebuilt(&self.nodes[at], head), rebuilt(&second, tail)],
        )
    }

    fn joined(&self, at: usize, letters: &[Letter]) -> Edit {
        match self.nodes.get(at + 1).and_then(letters_of) {
            Some(next) => {
                let whole = [letters, next.as_slice()].concat();
                self.becomes(at..at + 2, vec![rebuilt(&self.nodes[at], &whole)])
            }
            None => self.becomes(at..at + 1, vec![rebuilt(&self.nodes[at], letters)]),
        }
    }

    fn marked(&self, at: usize, mut letters: Vec<Letter>, chance: &mut Chance) -> Edit {
        let mark = json!([{ "type": chance.pick(&["strong", "em"]) }]);
        let from = chance.place(letters.len() + 1);
        for (_, marks) in letters.iter_mut().skip(from).take(5) {
            *marks = if *marks == mark { Json::Null } else { mark.clone() };
        }
        self.becomes(at..at + 1, vec![rebuilt(&self.nodes[at], &letters)])
    }

    fn styled(&self, at: usize, letters: &[Letter], chance: &mut Chance) -> Edit {
        let text = rebuilt(&json!({ "type": "paragraph" }), letters);
        let node = match chance.below(4) {
            0 => text,
            1 => json!({ "type": "blockquote", "content": [text] }),
            2 => json!({ "type": "bullet_list", "content": [{ "type": "list_item", "content": [text] }] }),
            level => rebuilt(
                &json!({ "type": "heading", "attrs": { "level": level } }),
                letters,
            ),
        };
        self.becomes(at..at + 1, vec![node])
    }

    /// A whole node gives way to others: a paste over a selection.
    fn replaced(&self, at: usize, mut fresh: impl FnMut() -> char) -> Edit {
        let pasted = (0..3).map(|_| paragraph((0..4).flat_map(|_| [fresh(), ' ']).collect()));
        self.becomes(at..at + 1, pasted.collect())
    }

    fn beside(&self, at: usize, mut fresh: impl FnMut() -> char) -> Edit {
        let new = paragraph(String::from_iter([fresh(), ' ', fresh()]));
        self.becomes(at..at + 1, vec![self.nodes[at].clone(), new])
    }

    fn becomes(&self, range: std::ops::Range<usize>, nodes: Vec<Json>) -> Edit {
        let kept = letters_in(&nodes);
        let before = letters_in(&self.nodes[range.clone()]);
        Edit {
            range: TopRange {
                from: range.start,
                to: range.end,
                nodes,
                kept: None,
                back: None,
            },
            deleted: before
                .into_iter()
                .filter(|letter| !kept.contains(letter))
                .collect(),
        }
    }
}

/// Every letter of some nodes, in order.
#[must_use]
pub fn letters_in(nodes: &[Json]) -> Vec<char> {
    let mut letters = Vec::new();
    for node in nodes {
        letters.extend(node["text"].as_str().into_iter().flat_map(str::chars));
        letters.extend(letters_in(node["content"].as_array().map_or(&[], Vec::as_slice)));
    }
    letters
}

fn paragraph(text: String) -> Json {
    json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] })
}

/// The letters of a node that holds text and nothing else.
fn letters_of(node: &Json) -> Option<Vec<Letter>> {
    let is_text_block = matches!(node["type"].as_str(), Some("paragraph" | "heading"));
    let texts = node["content"].as_array().map_or(&[][..], Vec::as_slice);
    if !is_text_block || texts.iter().any(|text| text["type"] != "text") {
        return None;
    }
    let of = |text: &Json| {
        let marks = text["marks"].clone();
        let letters: Vec<char> = text["text"].as_str().unwrap_or_default().chars().collect();
        letters.into_iter().map(move |letter| (letter, marks.clone()))
    };
    Some(texts.iter().flat_map(of).collect())
}

/// The node with these letters in it.
fn rebuilt(node: &Json, letters: &[Letter]) -> Json {
    let mut content = Vec::new();
    for run in letters.chunk_by(|a, b| a.1 == b.1) {
        let text: String = run.iter().map(|(letter, _)| letter).collect();
        let mut node = json!({ "type": "text", "text": text });
        if run[0].1.is_array() {
            node["marks"] = run[0].1.clone();
        }
        content.push(node);
    }
    let mut node = node.clone();
    match (node.as_object_mut(), content.is_empty()) {
        (Some(fields), true) => drop(fields.remove("content")),
        (Some(fields), false) => drop(fields.insert("content".to_owned(), Json::from(content))),
        (None, _) => {}
    }
    node
}
