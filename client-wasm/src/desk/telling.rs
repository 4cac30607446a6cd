//! What the desk tells the page about a chapter: its text, what changed, who is there, whether all is kept.
//!
//! Why it stands apart: the page learns of a chapter by these messages only, whatever happened to it.

use schema::sync::ChapterKey;
use serde_json::{Value as Json, json};

use super::{Desk, Effect};
use crate::bridge::whole;
use crate::chapter::{Chapter, Shown};

impl Desk {
    pub(super) fn tell_shown(&mut self, key: ChapterKey, shown: Shown, confirms: bool) {
        match shown {
            Shown::Whole => self.tell_document(key, confirms),
            Shown::Ranges { version, ranges } => {
                let message = json!({
                    "type": "update",
                    "base": version - 1,
                    "version": version,
                    "confirms": confirms,
                    "ranges": ranges,
                });
                self.effects.push(Effect::Tell(key, message));
            }
        }
    }

    /// The whole document; `answers` says that the edit in flight was not taken and will not be in it.
    pub(super) fn tell_document(&mut self, key: ChapterKey, answers: bool) {
        let bridge = self
            .chapters
            .get(&key)
            .and_then(|chapter| chapter.bridge.as_ref());
        if let Some(bridge) = bridge {
            let (version, text) = bridge.current();
            let message =
                json!({ "type": "document", "version": version, "nodes": whole(&text), "answers": answers });
            self.effects.push(Effect::Tell(key, message));
        }
    }

    pub(super) fn tell_peers(&mut self, key: ChapterKey) {
        let Some(chapter) = self.chapters.get(&key) else {
            return;
        };
        let (Some(doc), Some(bridge)) = (&chapter.doc, &chapter.bridge) else {
            return;
        };
        let (version, text) = bridge.current();
        let peers = chapter.peers.to_json(doc, chapter.generation, (version, &text));
        self.effects
            .push(Effect::Tell(key, json!({ "type": "peers", "peers": peers })));
    }

    pub(super) fn tell_status(&mut self, key: ChapterKey) {
        let Some(chapter) = self.chapters.get(&key) else {
            return;
        };
        let caught_up = self
            .client
            .channel(&key)
            .is_some_and(|channel| channel.is_caught_up());
        let message = status(chapter, caught_up, self.log_stopped);
        self.effects.push(Effect::Tell(key, message));
    }
}

fn status(chapter: &Chapter, caught_up: bool, log_stopped: bool) -> Json {
    let status = match (&chapter.doc, caught_up, chapter.waiting()) {
        _ if chapter.closed.is_some() => "closed",
        (None, false, _) => "opening",
        (_, _, 1..) if log_stopped => "stopped",
        (_, false, _) => "offline",
        (_, true, 0) => "saved",
        (_, true, _) => "saving",
    };
    json!({
        "type": "status",
        "status": status,
        "canWrite": chapter.can_write(),
        "readOnlyReason": chapter.read_only_code(),
        "refused": chapter.refused_to_show(),
    })
}
