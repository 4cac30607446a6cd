//! What the desk does while a chapter goes on in another generation with words that the server has not.

use schema::ids::{BoundActor, Generation, Revision};
use schema::sync::{ChannelEvent, ChapterKey};
use schema::text::generation::SameRun;
use schema::wire::{Have, Reason};

use super::{Desk, Effect, row_of};
use crate::chapter::moving::Moved;
use crate::stored::Tail;

impl Desk {
    pub(super) fn moving_event(&mut self, now_ms: u64, key: ChapterKey, event: ChannelEvent) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        match event {
            ChannelEvent::Moved(generation) => chapter.complete(generation),
            ChannelEvent::Missed(raws) => chapter.miss(raws),
            ChannelEvent::Traced(same) => self.go_along(now_ms, key, same.as_deref()),
            _ => {}
        }
    }

    /// Sees to it that what waits can be pushed: its actors are bound, and words of an ended generation have one to go
    /// along under.
    pub(super) fn prepare(&mut self, key: ChapterKey, generation: Generation, fresh: Option<BoundActor>) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        if chapter.generation == generation {
            for actor in chapter.waiting_actors() {
                self.client.bind(&key, generation, actor);
            }
        } else {
            chapter.expect(fresh);
        }
    }

    /// The right to write changed; words on their way into another generation need an actor of that one.
    pub(super) fn access(&mut self, key: ChapterKey, read_only: Option<Reason>) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        chapter.read_only = read_only;
        let (generation, is_pending) = (chapter.binds_for(), chapter.is_pending());
        let needs_actor = chapter.read_only.is_none() && (is_pending || chapter.actor.is_none());
        let asked = self.ask_actors(key, generation, needs_actor.into());
        if is_pending && let Some(chapter) = self.chapters.get_mut(&key) {
            chapter.expect(asked.first().copied());
        }
        self.tell_status(key);
    }

    /// The next generation is there and words go along: at once, or when what became of the old text is known.
    pub(super) fn meet(&mut self, now_ms: u64, key: ChapterKey, have: Have, document: Vec<u8>) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        match chapter.meet(have, document) {
            Some((generation, next, to)) => self.client.trace(&key, generation, next, to),
            None => self.go_along(now_ms, key, None),
        }
        self.tell_status(key);
    }

    /// Asks again what was not answered before the connection broke.
    pub(super) fn ask_anew(&mut self, key: ChapterKey) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        chapter.ask_anew();
        if let Some((generation, next, to)) = chapter.question() {
            self.client.trace(&key, generation, next, to);
        }
    }

    /// The chapter goes on in the next generation, with every word: one transaction of the store.
    pub(super) fn go_along(&mut self, now_ms: u64, key: ChapterKey, same: Option<&[SameRun]>) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        let start = chapter.question().map(|(_, _, to)| to).unwrap_or_default();
        let refused = chapter.refused.len();
        match chapter.go_along(now_ms, same) {
            Ok(Some(moved)) => self.went_along(key, (start, refused), moved),
            Ok(None) => {}
            Err(error) => self.fail(key, &error.to_string()),
        }
    }

    fn went_along(&mut self, key: ChapterKey, (start, refused): (Revision, usize), moved: Moved) {
        let Moved {
            shown,
            left,
            made,
            after,
            next,
            ended,
        } = moved;
        self.note_moved(key, ended);
        let state = self.chapters.get(&key).and_then(|chapter| chapter.met_row(start));
        self.client.take_outbox(&key);
        self.waiting.retain(|_, (of, _)| *of != key);
        self.effects
            .extend(state.map(|state| Effect::StoreAnew(key, state)));
        self.effects
            .extend(left.into_iter().map(|hash| Effect::DropOutbox(key, hash)));
        self.store_refused(key, refused);
        for change in made {
            self.waiting.insert(change.hash, (key, change.clone()));
            self.effects.push(Effect::StoreOutbox(key, row_of(&change)));
        }
        if !after.is_empty() {
            let row = Tail {
                next,
                changes: after.into_iter().map(Into::into).collect(),
                own: None,
            };
            self.effects.push(Effect::StoreTail(key, row));
        }
        self.tell_shown(key, shown, false);
        self.tell_peers(key);
        self.tell_status(key);
        // Where the server had all of it, nothing more is acknowledged.
        self.tell_reunion(key);
    }
}
