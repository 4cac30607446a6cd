//! What the desk tells the page about a chapter: its text, what changed, who is there, whether all is kept.
//!
//! Why it stands apart: the page learns of a chapter by these messages only, whatever happened to it.

use schema::ids::Position;
use schema::sync::ChapterKey;
use serde_json::{Value as Json, json};

use super::windows::Window;
use super::{Desk, Effect};
use crate::bridge::{News, whole};
use crate::chapter::{Chapter, Shown};

impl Desk {
    /// What the editors lack of a chapter now.
    pub(super) fn tell_shown(&mut self, key: ChapterKey, shown: Shown, confirms: bool) {
        match shown {
            Shown::Whole => self.tell_document(key, confirms),
            Shown::News(news) => self.effects.push(Effect::Tell(key, update(&news, confirms))),
        }
    }

    /// The same after an edit: it confirms what the window that made it has under way, and nothing of another one.
    pub(super) fn tell_answered(&mut self, key: ChapterKey, shown: Shown, by: Window) {
        match shown {
            Shown::News(news) if self.windows.are_others(&key, by) => {
                let (answer, others) = (update(&news, true), update(&news, false));
                self.effects.push(Effect::TellWindow(key, by, answer));
                self.effects.push(Effect::TellOthers(key, by, others));
            }
            shown => self.tell_shown(key, shown, true),
        }
    }

    /// An edit was not taken: the window that made it starts from the whole document.
    pub(super) fn tell_untaken(&mut self, key: ChapterKey, by: Window) {
        if self.windows.are_others(&key, by) {
            let message = self.document_message(key, true);
            self.effects
                .extend(message.map(|message| Effect::TellWindow(key, by, message)));
        } else {
            self.tell_document(key, true);
        }
    }

    /// The whole document; `answers` says that the edit in flight was not taken and will not be in it.
    pub(super) fn tell_document(&mut self, key: ChapterKey, answers: bool) {
        let message = self.document_message(key, answers);
        self.effects
            .extend(message.map(|message| Effect::Tell(key, message)));
    }

    pub(super) fn document_message(&self, key: ChapterKey, answers: bool) -> Option<Json> {
        let bridge = self.chapters.get(&key)?.bridge.as_ref()?;
        let (version, text) = bridge.current();
        Some(json!({ "type": "document", "version": version, "nodes": whole(&text), "answers": answers }))
    }

    pub(super) fn tell_peers(&mut self, key: ChapterKey) {
        let message = self.peers_message(key);
        self.effects
            .extend(message.map(|message| Effect::Tell(key, message)));
    }

    pub(super) fn peers_message(&self, key: ChapterKey) -> Option<Json> {
        let chapter = self.chapters.get(&key)?;
        let (doc, bridge) = (chapter.doc.as_ref()?, chapter.bridge.as_ref()?);
        let (version, text) = bridge.current();
        let peers = chapter.peers.to_json(doc, chapter.generation, (version, &text));
        Some(json!({ "type": "peers", "peers": peers }))
    }

    /// Earlier text was brought back; where that stands in the plan.
    pub(super) fn tell_restored(&mut self, key: ChapterKey, position: Position) {
        let message = json!({ "type": "restored", "position": position.0 });
        self.effects.push(Effect::Tell(key, message));
    }

    pub(super) fn tell_status(&mut self, key: ChapterKey) {
        let message = self.status_message(key);
        self.effects
            .extend(message.map(|message| Effect::Tell(key, message)));
    }

    /// The same of a chapter that is not open: which words are kept of it.
    pub(super) fn tell_status_of(&mut self, key: ChapterKey, chapter: &Chapter) {
        let device = Device {
            caught_up: false,
            log_stopped: self.log_stopped,
            is_full: self.is_full,
        };
        self.effects.push(Effect::Tell(key, status(chapter, device)));
    }

    pub(super) fn status_message(&self, key: ChapterKey) -> Option<Json> {
        let chapter = self.chapters.get(&key)?;
        let caught_up = self
            .client
            .channel(&key)
            .is_some_and(|channel| channel.is_caught_up());
        let device = Device {
            caught_up,
            log_stopped: self.log_stopped,
            is_full: self.is_full,
        };
        Some(status(chapter, device))
    }
}

/// What a chapter's status depends on besides the chapter.
#[derive(Clone, Copy)]
struct Device {
    caught_up: bool,
    log_stopped: bool,
    is_full: bool,
}

fn update(news: &News, confirms: bool) -> Json {
    json!({
        "type": "update",
        "base": news.version - 1,
        "version": news.version,
        "confirms": confirms,
        "ranges": news.ranges,
        "stayed": news.stayed,
    })
}

fn status(chapter: &Chapter, device: Device) -> Json {
    let status = match (&chapter.doc, device.caught_up, chapter.waiting()) {
        _ if chapter.closed.is_some() => "closed",
        (None, false, _) => "opening",
        (_, _, 1..) if device.log_stopped => "stopped",
        (_, false, _) => "offline",
        (_, true, 0) => "saved",
        (_, true, _) => "saving",
    };
    // Words that neither the device nor the server can take are not to be typed.
    let has_nowhere = device.is_full && !device.caught_up;
    json!({
        "type": "status",
        "status": status,
        "canWrite": chapter.can_write() && !has_nowhere,
        "readOnlyReason": chapter.read_only_code().or(has_nowhere.then_some("device-full")),
        "refused": chapter.refused_to_show(),
        // What is withheld is told as words.
        "waiting": if chapter.is_withheld() { 0 } else { chapter.waiting() },
        "unkept": if device.is_full { chapter.waiting_words() } else { None },
        "erasedBefore": chapter.erased_before.map(|before| before.0),
    })
}
