//! Writes a flat change into an automerge text at its present heads.
//!
//! Why it exists: which marks a new letter inherits depends on marks around it, also on those over letters long
//! deleted. That is not foretold but read: after the change the new letters are compared with what they shall be.

use automerge::transaction::Transactable;
use automerge::{AutomergeError, ObjId};

use super::super::model::{Marks, utf16_len};
use super::super::spans::{self, FlatText, MarkName};
use super::FlatOp;

/// Does the operations and says what the text is then.
///
/// # Errors
/// When `text` is no text of the document, or a position is outside it; then a part may have been done, and the
/// caller rolls the transaction back.
pub fn apply(doc: &mut impl Transactable, text: &ObjId, ops: &[FlatOp]) -> Result<FlatText, AutomergeError> {
    for op in ops {
        match op {
            FlatOp::Mark {
                start,
                end,
                name,
                value: Some(value),
            } => {
                spans::set_mark(doc, text, *start..*end, (*name, value.clone()))?;
            }
            FlatOp::Mark {
                start,
                end,
                name,
                value: None,
            } => spans::clear_mark(doc, text, *start..*end, *name)?,
            FlatOp::UpdateBlock { at, from, to } => spans::update_marker(doc, text, *at, (from, to))?,
            _ => {}
        }
    }
    for op in ops.iter().rev() {
        match op {
            FlatOp::Mark { .. } | FlatOp::UpdateBlock { .. } => {}
            FlatOp::InsertText {
                at, text: letters, ..
            } => doc.splice_text(text, *at, 0, letters)?,
            FlatOp::InsertBlock { at, block } => spans::insert_marker(doc, text, *at, block)?,
            FlatOp::DeleteText { at, len } => doc.splice_text(text, *at, len.cast_signed(), "")?,
            FlatOp::DeleteBlock { at } => doc.splice_text(text, *at, 1, "")?,
        }
    }
    let written = spans::read(doc, text)?;
    let mends = mends(&written, &inserted(ops));
    if mends.is_empty() {
        return Ok(written);
    }
    for (start, end, name, marks) in mends {
        match name.value_in(&marks) {
            Some(value) => spans::set_mark(doc, text, start..end, (name, value))?,
            None => spans::clear_mark(doc, text, start..end, name)?,
        }
    }
    spans::read(doc, text)
}

/// Where the inserted letters stand in the changed text, with the marks they shall have.
fn inserted(ops: &[FlatOp]) -> Vec<(usize, usize, &Marks)> {
    let (mut grown, mut shrunk) = (0, 0);
    let mut found = Vec::new();
    for op in ops {
        match op {
            FlatOp::Mark { .. } | FlatOp::UpdateBlock { .. } => {}
            FlatOp::InsertText { at, text, marks } => {
                let start = at + grown - shrunk;
                grown += utf16_len(text);
                found.push((start, at + grown - shrunk, marks));
            }
            FlatOp::InsertBlock { .. } => grown += 1,
            FlatOp::DeleteText { len, .. } => shrunk += len,
            FlatOp::DeleteBlock { .. } => shrunk += 1,
        }
    }
    found
}

/// The inserted stretches whose marks came out otherwise. Both rows ascend, so each is walked once.
fn mends(written: &FlatText, inserted: &[(usize, usize, &Marks)]) -> Vec<(usize, usize, MarkName, Marks)> {
    let mut mends = Vec::new();
    let mut wanted = inserted;
    for (at, end, found) in runs(written) {
        while let [(_, stop, _), rest @ ..] = wanted
            && *stop <= at
        {
            wanted = rest;
        }
        for (start, stop, marks) in wanted.iter().take_while(|(start, ..)| *start < end) {
            let (from, to) = ((*start).max(at), (*stop).min(end));
            let wrong = MarkName::ALL
                .into_iter()
                .filter(|name| name.value_in(marks) != name.value_in(found));
            mends.extend(wrong.map(|name| (from, to, name, (*marks).clone())));
        }
    }
    mends
}

/// The runs of a text with their places.
fn runs(text: &FlatText) -> Vec<(usize, usize, &Marks)> {
    let mut at = 0;
    let mut found = Vec::new();
    for (index, block) in text.blocks.iter().enumerate() {
        at += usize::from(!(text.headless && index == 0));
        for run in &block.content {
            let end = at + utf16_len(&run.text);
            found.push((at, end, &run.marks));
            at = end;
        }
    }
    found
}
