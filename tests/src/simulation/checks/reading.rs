//! What the server itself reads of a text, for whoever asks: its own copy, and the end of the chapter's history.

use std::sync::Arc;

use schema::ids::{ChapterId, Generation};
use schema::richtext::spans;
use schema::text::follow::Copy;
use schema::text::genesis;
use schrijftafel_server::core::{CoreRefusal, Input};
use schrijftafel_server::views::chapter_history::Past;
use serde_json::Value as Json;

use super::super::programme::{CHAPTERS, PLAN};
use super::super::world::World;
use super::log::nodes_of;

/// A copy that was asked for.
#[derive(Debug)]
pub struct AskedCopy {
    chapter: ChapterId,
    came: Option<Arc<Copy>>,
}

impl AskedCopy {
    pub(in crate::simulation) fn comes(&mut self, copied: Result<(Generation, Arc<Copy>), CoreRefusal>) {
        self.came = copied.ok().map(|(_, copy)| copy);
    }
}

impl World {
    /// Asks for the server's copy of every chapter, and waits until they are there.
    pub(super) fn copies_come(&mut self) -> Result<(), String> {
        self.programme.copies.clear();
        for chapter in CHAPTERS {
            let ticket = self.programme.ticket();
            let asked = AskedCopy { chapter, came: None };
            self.programme.copies.insert(ticket, asked);
            self.server_hears(Input::ReadCopy {
                ticket,
                plan: PLAN,
                chapter,
            });
        }
        self.until("the server's copy", |world| {
            let asked = world.programme.copies.values();
            match asked.into_iter().find(|asked| asked.came.is_none()) {
                None => Ok(()),
                Some(asked) => Err(format!("chapter {}", asked.chapter)),
            }
        })
    }

    /// The copy reads what a replay of the log gives.
    pub(super) fn check_copy(&self, chapter: ChapterId, text: &[Json]) -> Result<(), String> {
        let asked = self.programme.copies.values();
        let copies = asked.filter(|asked| asked.chapter == chapter);
        for copy in copies.filter_map(|asked| asked.came.as_ref()) {
            let read = spans::read(copy.doc(), &genesis::text_id()).map_err(|error| error.to_string())?;
            is_same("the server's copy", &nodes_of(&read), text)?;
        }
        Ok(())
    }

    /// The last moment of a chapter's history reads so too.
    pub(super) fn check_history(&self, chapter: ChapterId, text: &[Json]) -> Result<(), String> {
        let mut past = Past::new(PLAN, chapter);
        past.catch_up(self.server.log()?)
            .map_err(|error| error.to_string())?;
        let now = past.revision_at(None).map_err(|error| error.to_string())?;
        let shown = spans::from_spans(past.view(now).spans());
        is_same("the history's last moment", &nodes_of(&shown), text)
    }
}

fn is_same(what: &str, shown: &[Json], text: &[Json]) -> Result<(), String> {
    match shown == text {
        true => Ok(()),
        false => Err(format!(
            "{what} is\n{}\nand the log says\n{}",
            Json::from(shown.to_vec()),
            Json::from(text.to_vec())
        )),
    }
}
