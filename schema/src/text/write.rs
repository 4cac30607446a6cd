//! Writes whole blocks into a text as honest changes, none of which holds more operations than a change may.
//!
//! Why it exists: an imported chapter and the start of a generation are longer than one change; acceptance
//! judges them like any other.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{AutoCommit, AutomergeError};

use super::genesis;
use crate::ids::TimestampMs;
use crate::limits::CHANGE_OPS_MAX;
use crate::richtext::flat::portions::cut;
use crate::richtext::model::{Block, utf16_len};
use crate::richtext::spans::{MarkName, insert_marker, set_mark};

/// Operations after which a change is closed.
const CLOSE_AT_OPS: u64 = CHANGE_OPS_MAX / 2;

/// Writes blocks at a UTF-16 position; returns the raw changes in order.
///
/// # Errors
/// When automerge refuses an edit.
pub fn blocks(
    doc: &mut AutoCommit,
    at: usize,
    blocks: &[Block],
    now: TimestampMs,
) -> Result<Vec<Vec<u8>>, AutomergeError> {
    let text = genesis::text_id();
    let mut changes = Vec::new();
    // From the last to the first: letters put behind bold ones would become bold.
    for block in blocks.iter().rev() {
        insert_marker(doc, &text, at, block)?;
        let mut end = at + 1;
        for piece in cut(&block.text()) {
            doc.splice_text(&text, end, 0, &piece)?;
            end += utf16_len(&piece);
            close(doc, CLOSE_AT_OPS, now, &mut changes);
        }
        let mut from = at + 1;
        for run in &block.content {
            let end = from + utf16_len(&run.text);
            for name in MarkName::ALL {
                if let Some(value) = name.value_in(&run.marks) {
                    set_mark(doc, &text, from..end, (name, value))?;
                }
            }
            from = end;
        }
        close(doc, CLOSE_AT_OPS, now, &mut changes);
    }
    close(doc, 1, now, &mut changes);
    Ok(changes)
}

/// Ends the change under way once it holds so many operations.
fn close(doc: &mut AutoCommit, ops_min: u64, now: TimestampMs, changes: &mut Vec<Vec<u8>>) {
    if (doc.pending_ops() as u64) < ops_min {
        return;
    }
    let time = i64::try_from(now.0 / 1_000).unwrap_or(i64::MAX);
    if doc
        .commit_with(CommitOptions::default().with_time(time))
        .is_some()
        && let Some(change) = doc.get_last_local_change()
    {
        changes.push(change.raw_bytes().to_vec());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::BoundActor;
    use crate::richtext::model::{BlockKind, Marks};
    use crate::richtext::spans;
    use crate::text::evidence::Evidence;

    #[test]
    fn bold_at_the_end_of_a_block_stays_in_it() {
        let bold = Marks {
            strong: true,
            ..Marks::default()
        };
        let mut first = Block::new(BlockKind::Paragraph, "zorg ");
        first.push("dichtbij", &bold);
        let written = vec![first, Block::new(BlockKind::Paragraph, "Verder")];
        let mut doc = genesis::new_doc(BoundActor::from_bytes([9; 16]));
        blocks(&mut doc, 0, &written, TimestampMs(0)).unwrap();
        assert_eq!(
            spans::read(doc.document(), &genesis::text_id()).unwrap().blocks,
            written
        );
    }

    #[test]
    fn a_long_text_becomes_changes_that_are_all_accepted() {
        let actor = BoundActor::from_bytes([9; 16]);
        let long = "Zorg 🏡 dichtbij. ".repeat(3_000);
        let written = vec![
            Block::new(BlockKind::heading(1), "Kop"),
            Block::new(BlockKind::Paragraph, &long),
        ];
        let mut doc = genesis::new_doc(actor);
        let changes = blocks(&mut doc, 0, &written, TimestampMs(0)).unwrap();
        assert!(changes.len() > 3);
        let mut evidence = Evidence::new();
        for change in &changes {
            evidence.admit(change, &[actor]).unwrap();
        }
        assert_eq!(
            spans::read(doc.document(), &genesis::text_id()).unwrap().blocks,
            written
        );
    }
}
