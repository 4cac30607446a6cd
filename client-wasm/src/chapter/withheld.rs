//! Words that waited when the chapter was closed to their author: they stand beside the text, and stay changes.
//!
//! # Why it exists
//!
//! Whether a change had arrived when the right to read ended, this device may not know: the answer can be lost. Called not
//! saved and written anew, its words would stand in the text twice. So it stays in the outbox, and once the chapter is open
//! again the server is offered it (rule P2) or asked what became of it (rule N4), as after any other cut.
//!
//! # Invariants
//!
//! - While words are withheld the document holds them and the editor does not show them.
//! - Letters that were on their way from the editor are of the same words, and wait with them.

use automerge::{AutoCommit, AutomergeError};
use schema::richtext::flat::{self, FlatOp};
use schema::sync::Outgoing;

use super::{Chapter, Shown, moving, steps, text};
use crate::bridge::{Bridge, TopRange};
use crate::stored::RefusedWords;

/// The id under which they are shown; others are numbers.
pub const WITHHELD: &str = "withheld";

/// What stands beside the text.
#[derive(Debug)]
pub(super) struct Withheld {
    words: RefusedWords,
    /// The states with these words in them, of which the last that an editor has is…
    bridge: Bridge,
    /// …this one.
    last: u64,
}

impl Chapter {
    /// The words to tell of.
    pub(super) fn withheld_words(&self) -> Option<&RefusedWords> {
        let words = self.withheld.as_ref().map(|withheld| &withheld.words);
        words.filter(|words| !words.text.trim().is_empty())
    }

    /// Takes what waits out of what the editor shows; answers whether anything did.
    ///
    /// # Errors
    /// When what was accepted cannot be read.
    pub fn withhold(&mut self) -> Result<bool, AutomergeError> {
        if self.doc.is_none() || self.unacknowledged.is_empty() || self.withheld.is_some() {
            return Ok(false);
        }
        let Some(bridge) = self.bridge.clone() else {
            return Ok(false);
        };
        let (accepted, mine) = self.own_beside()?;
        self.withheld = Some(Withheld {
            words: self.words_of(&mine),
            last: bridge.current().0,
            bridge,
        });
        self.show_text(text::of(&accepted), None);
        Ok(true)
    }

    /// The chapter is open again: the editor lacks what was withheld.
    pub fn give_back(&mut self) -> Option<Shown> {
        self.withheld.take()?;
        Some(self.show(None))
    }

    /// Takes an edit that the editor made before it heard of the closing. Answers the changes that wait with the others; what
    /// is shown stays without them.
    ///
    /// # Errors
    /// A code when it cannot wait with them; then it is among the refused words.
    pub fn edit_withheld(
        &mut self,
        now_ms: u64,
        base: u64,
        edit: &TopRange,
    ) -> Result<Vec<Outgoing>, String> {
        let (Some(withheld), Some(shown)) = (&self.withheld, &self.bridge) else {
            return Err("not-open".to_owned());
        };
        let knows_them = base <= withheld.last;
        let bridge = if knows_them { &withheld.bridge } else { shown };
        let mut ops = match bridge.translate(base, edit) {
            Ok(ops) => ops,
            Err(error) => {
                self.keep_refused(now_ms, &steps::words(&edit.nodes), "not-understood");
                return Err(error.to_string());
            }
        };
        if !knows_them {
            let (_, mine) = self.own_beside().map_err(|error| error.to_string())?;
            ops = flat::rebase_behind(&ops, &mine);
        }
        if !self.can_keep() {
            let code = self.read_only_code().unwrap_or("not-allowed").to_owned();
            self.keep_edit(now_ms, &ops, &code);
            return Err(code);
        }
        let mut made = self.write(now_ms, &ops).map_err(|error| error.to_string())?;
        made.extend(self.commit(now_ms));
        let (_, mine) = self.own_beside().map_err(|error| error.to_string())?;
        let (words, now) = (self.words_of(&mine), self.text());
        if let Some(withheld) = &mut self.withheld {
            withheld.words = words;
            withheld.bridge.advance(now, None);
        }
        Ok(made)
    }

    /// The author lets what is withheld go. Returns the hashes that leave the outbox.
    ///
    /// # Errors
    /// When what was accepted cannot be read.
    pub fn let_go(&mut self) -> Result<Vec<[u8; 32]>, AutomergeError> {
        let accepted = self.rebuilt(false)?;
        self.withheld = None;
        self.actor = None;
        self.show_first(accepted);
        Ok(self.unacknowledged.drain(..).map(|change| change.hash).collect())
    }

    fn words_of(&self, mine: &[FlatOp]) -> RefusedWords {
        RefusedWords {
            id: WITHHELD.to_owned(),
            text: steps::inserted(mine),
            reason: self.read_only_code().unwrap_or("not-allowed").to_owned(),
            at: self.waiting_since_ms().unwrap_or_default(),
            // They come back as the changes that they are.
            before: None,
            behind: None,
        }
    }

    /// The accepted document, and what this device did to it.
    fn own_beside(&self) -> Result<(AutoCommit, Vec<FlatOp>), AutomergeError> {
        let mut accepted = self.rebuilt(false)?;
        let mine = moving::own_change(&mut accepted, &mut self.rebuilt(true)?);
        Ok((accepted, mine))
    }
}
