//! Takes in what others wrote, and says what stayed of the text.
//!
//! Why it exists: only here the document still knows which letters stayed when others' changes came, and only here it shows
//! that one's own words lost their block.

use std::collections::BTreeSet;

use automerge::{AutomergeError, Change, ChangeHash, Cursor, ReadDoc};
use schema::richtext::FlatText;
use schema::richtext::flat::align::Shared;
use schema::richtext::flat::{self, FlatOp};
use schema::richtext::model::Block;
use schema::sync::Outgoing;
use schema::text::genesis;
use schema::text::letters_back::Unit;

use super::{Chapter, Shown, own_blocks, text};
use crate::bridge::Bridge;

impl Chapter {
    /// Takes changes that the server has accepted. What the editor lacks then, and what one wrote to keep a block of one's
    /// own words.
    ///
    /// # Errors
    /// When they cannot be applied; the chapter is then to be opened anew.
    pub fn receive(
        &mut self,
        now_ms: u64,
        raws: Vec<Vec<u8>>,
    ) -> Result<(Vec<Shown>, Vec<Outgoing>), AutomergeError> {
        let Some(doc) = self.doc.as_mut() else {
            return Ok((Vec::new(), Vec::new()));
        };
        let changes: Result<Vec<_>, _> = raws.iter().map(|raw| Change::from_bytes(raw.clone())).collect();
        let changes = changes?;
        let known = self.tail.len();
        // While the cursor stands at the heads, the document notes what changes and need not compare two states of all.
        doc.update_diff_cursor();
        let heads = doc.diff_cursor();
        doc.apply_changes(changes)?;
        self.tail.extend(raws);
        if doc.get_heads() == heads {
            doc.reset_diff_cursor();
            return Ok((Vec::new(), Vec::new()));
        }
        let now = text::of(doc);
        let before = self.bridge.as_ref().map(|bridge| bridge.current().1);
        let lengths = before
            .as_ref()
            .map(|before| (before.utf16_len(), now.utf16_len()));
        let stayed = lengths.and_then(|lengths| text::stayed(doc, &heads, lengths));
        doc.reset_diff_cursor();
        let shown = self.show_text(now, stayed.as_deref());
        let (Some(before), Some(stayed)) = (before, stayed) else {
            return Ok((vec![shown], Vec::new()));
        };
        let markers = self.lost_blocks((&before, &heads), &stayed, known);
        let doubled = self.given_back_twice(known)?;
        if markers.is_empty() && doubled.is_empty() {
            return Ok((vec![shown], Vec::new()));
        }
        let (_, now) = self.bridge.as_ref().map(Bridge::current).unwrap_or_default();
        let mut ops = doubled.clone();
        for (name, block) in &markers {
            if let Some(doc) = &self.doc {
                let at = doc.get_cursor_position(genesis::text_id(), name, None)?;
                let block = block.clone();
                ops.push(FlatOp::InsertBlock { at, block });
            }
        }
        ops.sort_by_key(|op| (op.at(), !matches!(op, FlatOp::InsertBlock { .. })));
        let mut made = Vec::new();
        if !doubled.is_empty() {
            made.extend(self.write(now_ms, &doubled)?);
        }
        if !markers.is_empty() {
            let markers = markers.into_iter();
            let units: Vec<_> = markers.map(|(name, block)| (name, Unit::Marker(block))).collect();
            made.extend(self.put_back(now_ms, &units)?);
        }
        let again = self.show(Some(&flat::stayed(now.utf16_len(), &ops)));
        Ok((vec![shown, again], made))
    }

    /// Letters that one gave back and that somebody else, who had taken them out too, gave back before: theirs stay. The tail
    /// held `known` changes before.
    fn given_back_twice(&mut self, known: usize) -> Result<Vec<FlatOp>, AutomergeError> {
        match &self.doc {
            Some(doc) if !self.given_back.is_empty() && self.can_write() => {
                let unsent: BTreeSet<[u8; 32]> = self.unacknowledged.iter().map(|own| own.hash).collect();
                let received = self.tail.get(known..).unwrap_or_default();
                self.given_back.doubled(doc, received, &unsent)
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The markers of blocks of one's own words that somebody took out without having seen those. The tail held `known`
    /// changes before.
    fn lost_blocks(
        &mut self,
        (before, heads): (&FlatText, &[ChangeHash]),
        stayed: &[Shared],
        known: usize,
    ) -> Vec<(Cursor, Block)> {
        if !self.can_write() {
            return Vec::new();
        }
        let own: Vec<String> = self
            .own
            .iter()
            .map(|actor| genesis::actor_id(*actor).to_string())
            .collect();
        let (_, now) = self.bridge.as_ref().map(Bridge::current).unwrap_or_default();
        let received = own_blocks::Received {
            before,
            now: &now,
            stayed,
            heads,
            raws: self.tail.get(known..).unwrap_or_default(),
        };
        let doc = self.doc.as_mut();
        doc.map_or_else(Vec::new, |doc| own_blocks::lost(doc, &received, &own))
    }
}
