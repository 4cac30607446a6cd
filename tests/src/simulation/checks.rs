//! What must hold whenever it has grown quiet.
//!
//! - Everybody who may open a chapter sees the text that a replay of the log gives; so do the server's own copy and,
//!   of the first chapter, the last moment of the history ([`reading`]).
//! - Nobody waits: outboxes are empty, every push on a living connection was answered, once (rule P2).
//! - No letter is lost: each stands in the text, was deleted, or is among the words its author kept. None stands twice,
//!   but for what a restore brought back, what was written until a change of its generation failed, and what two devices
//!   took along into the next.
//! - Words are kept because somebody decided so, never because of a fault of ours.
//! - What was acknowledged stands in the log at the place that was told.
//! - The log holds no change without a right to it at its place ([`log`](mod@log)).
//! - The read model equals a fold from zero, also through its checkpoint; published trees are continued.

pub mod log;
pub mod reading;

use std::collections::{BTreeMap, BTreeSet};

use schema::domain::policy::{Action, may};
use schema::domain::{PlanState, Refusal};
use schema::ids::ChapterId;
use schema::sync::ChapterKey;
use schema::wire::CHANGE_FAILED;
use schrijftafel_server::views::PlanView;
use serde_json::Value as Json;

use super::editor::{Editor, letters_in};
use super::network::Connection;
use super::programme::{CHAPTERS, PLAN, key};
use super::server_side::page;
use super::world::World;
use log::Told;

/// Reason of words that could not yet be written into the next generation.
const NOT_CARRIED: &str = "not-carried";

impl World {
    /// Whether nothing is under way any more.
    pub(super) fn is_settled(&self) -> Result<(), String> {
        self.server.is_settled()?;
        self.programme.is_settled()?;
        for (number, device) in self.devices.iter().enumerate() {
            let page = device
                .page
                .as_ref()
                .ok_or_else(|| format!("device {number} has no page"))?;
            // An end that has not heard that the wire is broken believes what was last true.
            if !page.connection.is_some_and(|id| self.is_whole(id)) {
                return Err(format!("device {number} is not connected"));
            }
            if !page.transactions.is_empty() {
                return Err(format!("device {number} writes to its disk"));
            }
            for (chapter, editor) in &page.editors {
                let waits = device.store.waiting(chapter);
                // What waited when the chapter was closed to its reader goes on waiting, beside the text (rule G2).
                let is_said = match editor.word() {
                    "saved" => waits == 0,
                    word => word == "closed",
                };
                let is_done = is_said && editor.unread.is_empty();
                if !is_done || editor.awaits {
                    let word = editor.word();
                    return Err(format!(
                        "device {number} is {word:?} in chapter {}, {waits} changes wait",
                        chapter.1
                    ));
                }
            }
        }
        let (pages, sessions) = (self.devices.len(), self.server.sessions());
        if pages != sessions {
            return Err(format!(
                "{pages} pages are open and the server counts {sessions} connections"
            ));
        }
        match self.ledger.unanswered(|id| self.is_whole(id)) {
            None => Ok(()),
            Some(push) => Err(push),
        }
    }

    /// Whether both ends have a connection open and something passes.
    fn is_whole(&self, id: u64) -> bool {
        let connection = self.network.connections.get(&id);
        connection.is_some_and(Connection::is_whole)
    }

    /// Checks everything; the world has settled.
    pub(super) fn check(&mut self) -> Result<(), String> {
        self.copies_come()?;
        let log = self.server.log()?;
        let records = page(log, 0, usize::MAX);
        let told = Told::read(&records)?;
        for (hash, position) in self.ledger.acknowledged() {
            told.holds(hash, position)?;
        }
        self.server.published.check(log)?;
        self.check_view(&records)?;
        self.check_words()?;
        let mut texts = BTreeMap::new();
        for chapter in CHAPTERS {
            let text = told.text(chapter)?;
            self.check_copy(chapter, &text)?;
            self.check_editors(&told.state, chapter, &text)?;
            // Reading all that was ever written costs most of all checks: one chapter tells as much as two.
            if chapter == CHAPTERS[0] {
                self.check_history(chapter, &text)?;
            }
            texts.insert(key(chapter), letters_in(&text));
        }
        self.check_letters(&told, &texts)
    }

    /// Words are kept because of a decision, or of a fault of the library that the world has; never because of one of ours.
    fn check_words(&self) -> Result<(), String> {
        for (number, device) in self.devices.iter().enumerate() {
            for words in device.store.refused() {
                let is_of_the_world = [NOT_CARRIED, CHANGE_FAILED].contains(&words.reason.as_str());
                if Refusal::from_code(&words.reason).is_none() && !is_of_the_world {
                    return Err(format!(
                        "device {number} keeps words because of {:?}: {}",
                        words.reason, words.text
                    ));
                }
            }
        }
        Ok(())
    }

    fn check_view(&self, records: &[schema::log::Record]) -> Result<(), String> {
        let mut fresh = PlanView::default();
        records.iter().for_each(|record| fresh.fold(record));
        let running = self.server.running.as_ref().ok_or("the server is down")?;
        let mut view = running.view.clone();
        records.iter().for_each(|record| view.fold(record));
        match view == fresh {
            true => Ok(()),
            false => Err("the read model is not what a fold from zero gives".to_owned()),
        }
    }

    fn check_editors(&self, state: &PlanState, chapter: ChapterId, text: &[Json]) -> Result<(), String> {
        for (number, device) in self.devices.iter().enumerate() {
            let editor = device
                .page
                .as_ref()
                .and_then(|page| page.editors.get(&(PLAN, chapter)));
            let Some(editor) = editor else { continue };
            let caller = Some(&device.caller);
            let opens = may(state, caller, &Action::OpenText(chapter)).is_ok();
            let writes = opens && may(state, caller, &Action::WriteText(chapter)).is_ok();
            is_right(editor, opens, writes, text).map_err(|wrong| format!("device {number}: {wrong}"))?;
        }
        Ok(())
    }

    fn check_letters(&self, told: &Told, texts: &BTreeMap<ChapterKey, Vec<char>>) -> Result<(), String> {
        let words: Vec<BTreeSet<char>> = self
            .devices
            .iter()
            .map(|device| {
                let kept = device.store.refused().map(|words| words.text);
                let editors = device.page.iter().flat_map(|page| page.editors.values());
                let shown = editors.flat_map(Editor::words_beside);
                let words: Vec<String> = kept.chain(shown).collect();
                words.iter().flat_map(|words| words.chars()).collect()
            })
            .collect();
        for (letter, typed) in self.ledger.kept() {
            let count = texts[&typed.chapter]
                .iter()
                .filter(|stands| **stands == letter)
                .count();
            let is_kept = words[typed.device].contains(&letter);
            let is_set_aside = told.set_aside.contains(&letter);
            if count == 0 && !is_kept && !is_set_aside {
                return Err(format!("the letter {letter} of device {} is lost", typed.device));
            }
            // When a change failed, what a device has and what the server has differ by more than what it did not send:
            // they are compared by the word (rule N4), and a word that both sides changed stands twice.
            let most = self.ledger.copies_max(letter, told.compared.contains(&letter));
            if count > most {
                return Err(format!(
                    "the letter {letter} of device {} stands {count} times, {most} at most",
                    typed.device
                ));
            }
        }
        Ok(())
    }
}

fn is_right(editor: &Editor, opens: bool, writes: bool, text: &[Json]) -> Result<(), String> {
    if let Some(what) = &editor.failed {
        return Err(format!("the document failed: {what}"));
    }
    if !opens {
        return match editor.word() {
            "closed" => Ok(()),
            word => Err(format!("is {word:?} where it may not read")),
        };
    }
    if editor.word() != "saved" || editor.status["canWrite"] != writes {
        return Err(format!("may write: {writes}; is told {}", editor.status));
    }
    if editor.nodes != text {
        return Err(format!(
            "shows\n{}\nand the log says\n{}",
            Json::from(editor.nodes.clone()),
            Json::from(text.to_vec())
        ));
    }
    Ok(())
}
