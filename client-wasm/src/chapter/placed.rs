//! An edit of which some comes back where it stood: what it does to the text, and how that is written.
//!
//! Why it exists: the text is told of letters at places, and the document of letters behind those that went
//! ([`letters_back`]); both must say the same.

use automerge::{AutomergeError, Cursor};
use schema::ids::TimestampMs;
use schema::richtext::FlatText;
use schema::richtext::flat::FlatOp;
use schema::richtext::model::Marks;
use schema::sync::Outgoing;
use schema::text::letters_back::{self, Unit};

use super::Chapter;
use super::taken_out::What;

/// Where a unit that comes back stood, and its name; none for one that the editor put beside.
pub(super) type Back = Option<(usize, Cursor)>;

/// An edit of which some comes back where it stood.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// All that it does to the text.
    pub ops: Vec<FlatOp>,
    /// What of that is written as ever.
    pub others: Vec<FlatOp>,
    /// Letters and markers, each in the place of one that went.
    pub back: Vec<(Cursor, Unit)>,
}

impl Chapter {
    /// An edit, and what undo or redo brings back of it where it stood.
    pub(super) fn as_it_stood(&mut self, ops: Vec<FlatOp>, current: &FlatText, brings_back: bool) -> Placed {
        let placed = match &self.doc {
            Some(doc) if brings_back => self.taken_out.placed(doc, current, &ops),
            _ => Placed {
                ops,
                ..Placed::default()
            },
        };
        if let Some(doc) = &self.doc {
            self.taken_out.note(doc, current, &placed.ops);
        }
        placed
    }

    /// Writes an edit.
    pub(super) fn write_placed(
        &mut self,
        now_ms: u64,
        placed: &Placed,
    ) -> Result<Vec<Outgoing>, AutomergeError> {
        if placed.back.is_empty() {
            return self.write(now_ms, &placed.ops);
        }
        let mut made = self.write(now_ms, &placed.others)?;
        made.extend(self.put_back(now_ms, &placed.back)?);
        Ok(made)
    }

    /// Puts letters and markers back where they stood.
    pub(super) fn put_back(
        &mut self,
        now_ms: u64,
        units: &[(Cursor, Unit)],
    ) -> Result<Vec<Outgoing>, AutomergeError> {
        let mut made: Vec<Outgoing> = self.commit(now_ms).into_iter().collect();
        let Some(doc) = self.doc.as_mut() else {
            return Ok(made);
        };
        for change in letters_back::put_back(doc, units, TimestampMs(now_ms))? {
            made.push(self.outgoing(&change));
            self.given_back.note(&change)?;
        }
        Ok(made)
    }
}

impl Placed {
    /// Adds operations all of which bring something back.
    pub fn add_back(&mut self, group: &[FlatOp], back: &[Back]) {
        self.ops.extend(parted(group, back));
        let names = back.iter().map(|back| back.as_ref().map(|(_, name)| name));
        let mut blocks = group.iter().filter_map(|op| match op {
            FlatOp::InsertBlock { block, .. } => Some(block),
            _ => None,
        });
        for (what, name) in group.iter().flat_map(whats).zip(names) {
            let unit = match what {
                Some(letter) => Some(Unit::Letter(letter)),
                None => blocks.next().cloned().map(Unit::Marker),
            };
            self.back.extend(name.cloned().zip(unit));
        }
    }
}

impl Placed {
    /// Takes out nothing at these places, which lie at the ends of what is taken out.
    pub fn keep(&mut self, places: &[usize]) {
        for op in self.ops.iter_mut().chain(&mut self.others) {
            let FlatOp::DeleteText { at, len } = op else {
                continue;
            };
            for place in places {
                if place == at {
                    (*at, *len) = (*at + 1, *len - 1);
                } else if *place + 1 == *at + *len {
                    *len -= 1;
                }
            }
        }
        for ops in [&mut self.ops, &mut self.others] {
            ops.retain(|op| !matches!(op, FlatOp::DeleteText { len: 0, .. }));
        }
    }
}

/// The same units, each where it stood.
fn parted(group: &[FlatOp], back: &[Back]) -> Vec<FlatOp> {
    let mut parted: Vec<FlatOp> = Vec::new();
    let mut places = back.iter().map(|back| back.as_ref().map(|(place, _)| *place));
    for op in group {
        match op {
            FlatOp::InsertBlock { block, .. } => {
                let at = places.next().flatten();
                parted.extend(at.map(|at| FlatOp::InsertBlock {
                    at,
                    block: block.clone(),
                }));
            }
            FlatOp::InsertText { text, marks, .. } => {
                let mut last: Option<(usize, String)> = None;
                for letter in text.chars() {
                    let Some(at) = places.next().flatten() else {
                        continue;
                    };
                    match &mut last {
                        Some((place, letters)) if *place == at => letters.push(letter),
                        _ => {
                            parted.extend(
                                last.replace((at, letter.to_string()))
                                    .map(|run| insert(run, marks)),
                            );
                        }
                    }
                }
                parted.extend(last.map(|run| insert(run, marks)));
            }
            _ => {}
        }
    }
    parted
}

pub(super) fn insert((at, text): (usize, String), marks: &Marks) -> FlatOp {
    FlatOp::InsertText {
        at,
        text,
        marks: marks.clone(),
    }
}

pub(super) fn is_insert(op: &FlatOp) -> bool {
    matches!(op, FlatOp::InsertText { .. } | FlatOp::InsertBlock { .. })
}

/// What an operation inserts.
pub(super) fn whats(op: &FlatOp) -> Vec<What> {
    match op {
        FlatOp::InsertText { text, .. } => text.chars().map(Some).collect(),
        FlatOp::InsertBlock { .. } => vec![None],
        _ => Vec::new(),
    }
}
