//! An automerge document being written, in changes of bounded size.

use automerge::error::UpdateObjectError;
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{CommitOptions, OwnedTransaction, Transactable};
use automerge::{Automerge, AutomergeError, ChangeHash, ObjId, ObjType, ReadDoc, ScalarValue, Span, hydrate};

use super::edits::{Edit, SPLICE_LETTERS_MAX};
use super::marks::MarkEdit;
use super::write::RestoreError;
use crate::limits::{CHANGE_BYTES_MAX, CHANGE_OPS_MAX};

/// A change of a restore is closed when it has this many operations.
const CLOSE_AT_OPS: usize = (CHANGE_OPS_MAX / 2) as usize - SPLICE_LETTERS_MAX;

/// … or this many bytes of content.
const CLOSE_AT_BYTES: usize = CHANGE_BYTES_MAX / 4;
/// What a block marker is counted for.
const BLOCK_BYTES: usize = 256;

/// A document being written, in changes of bounded size.
pub(super) struct Writer {
    state: State,
    text: ObjId,
    time: i64,
    made: Vec<ChangeHash>,
    /// Bytes of content in the change that is open.
    bytes: usize,
}

/// Taken out and put back: automerge passes the document from hand to hand.
enum State {
    Closed(Box<Automerge>),
    Open(Box<OwnedTransaction>),
    Passing,
}

impl Writer {
    /// Goes on behind changes that were made already.
    pub fn new(doc: Automerge, text: ObjId, time: i64, made: Vec<ChangeHash>) -> Self {
        Self {
            state: State::Closed(Box::new(doc)),
            text,
            time,
            made,
            bytes: 0,
        }
    }

    pub fn edit(&mut self, edit: &Edit) -> Result<(), RestoreError> {
        let text = self.text.clone();
        match edit {
            Edit::Splice {
                at,
                delete,
                text: letters,
            } => {
                let delete = isize::try_from(*delete).unwrap_or(isize::MAX);
                self.transaction(letters.len())
                    .splice_text(text, *at, delete, letters)?;
            }
            Edit::InsertBlock { at, block } => {
                let tx = self.transaction(BLOCK_BYTES);
                let marker = tx.split_block(text, *at)?;
                update(tx, &marker, block)?;
            }
            Edit::UpdateBlock { at, block } => {
                let tx = self.transaction(BLOCK_BYTES);
                if let Some((_, marker)) = tx.get(text, *at)? {
                    update(tx, &marker, block)?;
                }
            }
        }
        Ok(())
    }

    pub fn mark(&mut self, edit: MarkEdit) -> Result<(), RestoreError> {
        let text = self.text.clone();
        let bytes = edit.name.len()
            + if let ScalarValue::Str(value) = &edit.value {
                value.len()
            } else {
                8
            };
        let MarkEdit { range, name, value } = edit;
        // As the editor does it: behind bold text one goes on in bold, behind a link one does not.
        let expand = if name == "strong" || name == "em" {
            ExpandMark::After
        } else {
            ExpandMark::None
        };
        let mark = Mark::new(name, value, range.start, range.end);
        self.transaction(bytes).mark(text, mark, expand)?;
        Ok(())
    }

    pub fn spans(&self) -> Result<Vec<Span>, AutomergeError> {
        match &self.state {
            State::Closed(doc) => Ok(doc.spans(&self.text)?.collect()),
            State::Open(tx) => Ok(tx.spans(&self.text)?.collect()),
            State::Passing => Ok(Vec::new()),
        }
    }

    /// The open change, or a new one when that is full.
    fn transaction(&mut self, bytes: usize) -> &mut OwnedTransaction {
        let full = matches!(&self.state, State::Open(tx) if tx.pending_ops() >= CLOSE_AT_OPS);
        if full || self.bytes + bytes > CLOSE_AT_BYTES {
            self.commit();
        }
        self.bytes += bytes;
        self.state = match std::mem::replace(&mut self.state, State::Passing) {
            State::Closed(doc) => State::Open(Box::new(
                (*doc)
                    .into_transaction(None, None)
                    .expect("without a patch log there is none to mismatch"),
            )),
            other => other,
        };
        match &mut self.state {
            State::Open(tx) => tx,
            _ => unreachable!("a transaction was open or was just opened"),
        }
    }

    fn commit(&mut self) {
        self.bytes = 0;
        self.state = match std::mem::replace(&mut self.state, State::Passing) {
            State::Open(tx) => {
                let (doc, hash, _) = tx.commit_with(CommitOptions::default().with_time(self.time));
                self.made.extend(hash);
                State::Closed(Box::new(doc))
            }
            other => other,
        };
    }

    pub fn close(mut self) -> (Automerge, ObjId, Vec<ChangeHash>) {
        self.commit();
        match self.state {
            State::Closed(doc) => (*doc, self.text, self.made),
            _ => unreachable!("a commit closes the document"),
        }
    }
}

fn update(tx: &mut OwnedTransaction, marker: &ObjId, block: &hydrate::Map) -> Result<(), RestoreError> {
    tx.update_object(marker, &hydrate::Value::Map(block.clone()))
        .map_err(|error| match error {
            UpdateObjectError::Automerge(error) => RestoreError::Automerge(error),
            UpdateObjectError::ChangeType => RestoreError::Automerge(AutomergeError::InvalidOp(ObjType::Map)),
        })
}
