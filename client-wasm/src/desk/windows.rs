//! The windows of one browser: they share a chapter's document, and each has seen its own states of it.
//!
//! Why it exists: two documents of one person on one device would each send, store and merge for themselves. So
//! there is one desk, and a window is no more than a view on it. A chapter that no window shows any more stays until
//! the server has what was written in it.

use std::collections::{BTreeMap, BTreeSet};

use schema::sync::ChapterKey;
use serde_json::Value as Json;

use super::{Desk, Effect};
use crate::chapter::{Chapter, is_decision};
use crate::stored::Kept;

/// A window, as the shell numbers them.
pub type Window = u32;

/// A state of a chapter as a window has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// Whose editor.
    pub window: Window,
    /// The number of the state.
    pub version: u64,
}

/// Who shows which chapter.
#[derive(Debug, Default)]
pub(super) struct Windows {
    /// The newest state that each window has, by chapter.
    seen: BTreeMap<ChapterKey, BTreeMap<Window, u64>>,
    /// Chapters that are there only until nothing waits in them.
    lingering: BTreeSet<ChapterKey>,
}

impl Windows {
    /// A window has this state; answers the oldest that any window still needs.
    pub(super) fn seen(&mut self, key: ChapterKey, sight: Sight) -> u64 {
        let windows = self.seen.entry(key).or_default();
        windows.insert(sight.window, sight.version);
        windows.values().copied().min().unwrap_or(sight.version)
    }

    /// Whether others than this window show the chapter.
    pub(super) fn are_others(&self, key: &ChapterKey, window: Window) -> bool {
        let windows = self.seen.get(key);
        windows.is_some_and(|windows| windows.keys().any(|other| *other != window))
    }

    /// The chapter is closed.
    pub(super) fn forget(&mut self, key: &ChapterKey) {
        self.seen.remove(key);
        self.lingering.remove(key);
    }

    /// Whether that was the last one.
    fn leave(&mut self, key: &ChapterKey, window: Window) -> bool {
        let Some(windows) = self.seen.get_mut(key) else {
            return true;
        };
        windows.remove(&window);
        let is_last = windows.is_empty();
        if is_last {
            self.seen.remove(key);
        }
        is_last
    }
}

impl Desk {
    /// Whether the chapter is open.
    #[must_use]
    pub fn is_open(&self, key: &ChapterKey) -> bool {
        self.chapters.contains_key(key)
    }

    /// Opens a chapter that no window shows, for as long as something of it is to be sent.
    pub fn open_quietly(&mut self, key: ChapterKey, kept: &Kept, pool: usize) {
        self.open(key, kept, pool);
        self.windows.lingering.insert(key);
    }

    /// A window shows a chapter that is open, and is told how it stands.
    pub fn join(&mut self, key: ChapterKey, window: Window) {
        let version = self
            .chapters
            .get(&key)
            .and_then(|chapter| chapter.bridge.as_ref());
        let version = version.map_or(0, |bridge| bridge.current().0);
        self.windows.seen(key, Sight { window, version });
        self.windows.lingering.remove(&key);
        self.ask_again(key);
        // With its date: without a connection a window may be there to read.
        let changed_at = self.chapters.get_mut(&key).and_then(Chapter::changed_at_ms);
        let mut document = self.document_message(key, false);
        if let Some(fields) = document.as_mut().and_then(Json::as_object_mut) {
            fields.insert("at".to_owned(), changed_at.into());
        }
        let messages = [document, self.peers_message(key), self.status_message(key)];
        let tell = |message: Json| Effect::TellWindow(key, window, message);
        self.effects.extend(messages.into_iter().flatten().map(tell));
    }

    /// A chapter that the server closed is asked for again; where nobody was signed in, on a new connection.
    fn ask_again(&mut self, key: ChapterKey) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        match &chapter.closed {
            // Until the answer it stays closed: the connection is of the right person.
            Some(reason) if is_decision(reason) => self.ask_closed(self.now_ms, 0),
            Some(_) => {
                chapter.closed = None;
                let given_back = chapter.give_back();
                if let Some(shown) = given_back {
                    self.tell_shown(key, shown, false);
                }
                self.effects.push(Effect::Reconnect);
            }
            None => {}
        }
    }

    /// A window no longer shows a chapter. After the last one it stays until nothing waits.
    pub fn leave(&mut self, now_ms: u64, key: ChapterKey, window: Window) {
        if !self.is_open(&key) {
            return;
        }
        let now_ms = self.passing.at(now_ms);
        self.commit(now_ms, key);
        if self.windows.leave(&key, window) {
            self.windows.lingering.insert(key);
            self.sweep_at(now_ms);
        }
        self.flush_frames();
    }

    /// Closes the chapters that are there only for what waited, once nothing does.
    pub fn sweep(&mut self, now_ms: u64) {
        let now_ms = self.passing.at(now_ms);
        self.sweep_at(now_ms);
    }

    pub(super) fn sweep_at(&mut self, now_ms: u64) {
        let is_done = |key: &ChapterKey| self.chapters.get(key).is_none_or(Chapter::is_settled);
        let done: Vec<ChapterKey> = self.windows.lingering.iter().copied().filter(is_done).collect();
        for key in done {
            self.close_at(now_ms, key);
            self.effects.push(Effect::Closed(key));
        }
    }
}
