//! What the desk does with news about one chapter.

use minicbor::bytes::ByteVec;
use schema::ids::{BoundActor, Generation};
use schema::sync::{ChannelEvent, ChapterKey};
use schema::wire::{GENERATION_ENDED, Have, Reason};
use serde_json::json;

use super::{ACTOR_POOL, Desk, Effect, TAIL_MAX, row_of};
use crate::chapter::{Chapter, is_decision};
use crate::stored::Tail;

impl Desk {
    pub(super) fn chapter_event(&mut self, now_ms: u64, key: ChapterKey, event: ChannelEvent) {
        // Whatever comes, one's own open transaction is closed first: it is a change of its own.
        if matches!(
            event,
            ChannelEvent::Changes { .. }
                | ChannelEvent::Snapshot { .. }
                | ChannelEvent::Refused { .. }
                | ChannelEvent::Traced(_)
                | ChannelEvent::Moved(_)
                | ChannelEvent::Closed(_)
        ) {
            self.commit(now_ms, key);
        }
        match event {
            ChannelEvent::Opened {
                generation,
                schema_version,
                read_only,
                erased_before,
            } => {
                let stored = self.chapters.get_mut(&key).map(|chapter| {
                    chapter.erased_before = erased_before;
                    chapter.generation
                });
                self.opened(key, generation, schema_version, read_only);
                // Else a snapshot follows, which takes the place of what is stored.
                if stored >= erased_before {
                    self.confirm_open(key);
                }
            }
            ChannelEvent::Snapshot {
                generation,
                next,
                document,
            } => {
                self.start_over(now_ms, (key, generation), next, document);
            }
            ChannelEvent::Changes { next, changes } => {
                let raws = changes.into_iter().map(|(_, raw)| raw).collect();
                self.changes(key, next, raws);
                self.release(now_ms, key);
            }
            ChannelEvent::Acknowledged { hash, .. } => {
                self.log_stopped = false;
                self.acknowledged(key, hash);
            }
            ChannelEvent::Refused { reason, .. } => self.refused(now_ms, key, &reason),
            ChannelEvent::Bound(actors) => {
                for (actor, _) in actors {
                    self.bound(now_ms, key, actor);
                }
            }
            ChannelEvent::Restored(position) => self.tell_restored(key, position),
            ChannelEvent::Access(read_only) => self.access(key, read_only),
            event @ (ChannelEvent::Moved(_) | ChannelEvent::Missed(_) | ChannelEvent::Traced(_)) => {
                self.moving_event(now_ms, key, event);
            }
            ChannelEvent::CaughtUp => self.caught_up(key),
            ChannelEvent::Presence(peer) => {
                if let Some(chapter) = self.chapters.get_mut(&key) {
                    chapter.peers.note(peer);
                }
                self.tell_peers(key);
            }
            ChannelEvent::Left { peer } => {
                if let Some(chapter) = self.chapters.get_mut(&key) {
                    chapter.peers.left(peer);
                }
                self.tell_peers(key);
            }
            ChannelEvent::Closed(reason) => self.closed(now_ms, key, reason),
        }
    }

    fn opened(
        &mut self,
        key: ChapterKey,
        generation: Generation,
        schema_version: u16,
        read_only: Option<Reason>,
    ) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        let may_write = read_only.is_none();
        chapter.opened(schema_version, read_only);
        let actor = chapter.actor.filter(|_| chapter.generation == generation);
        let same = chapter.generation == generation;
        chapter.failed &= !same;
        let given_back = chapter.give_back();
        if may_write {
            let needed = usize::from(chapter.actor.is_none() || !same);
            let spare = self.reports.get_mut(&key).map_or(0, |report| {
                // Actors in reserve belong to the generation that was.
                report.pool = if same { report.pool } else { 0 };
                ACTOR_POOL.saturating_sub(report.pool)
            });
            // An actor in reserve may have been bound in another life of the log; one that is bound is bound once.
            if let Some(actor) = actor {
                self.client.bind(&key, generation, actor);
            }
            let asked = self.ask_actors(key, generation, needed + spare);
            self.claim(key);
            self.prepare(key, generation, asked.first().copied());
        }
        self.ask_anew(key);
        if let Some(shown) = given_back {
            self.tell_shown(key, shown, false);
        }
        self.tell_status(key);
    }

    /// Asks for the actors of one's own changes that the server lost.
    fn claim(&mut self, key: ChapterKey) {
        let Some(chapter) = self.chapters.get(&key) else {
            return;
        };
        for actor in chapter.claims() {
            self.client.bind(&key, chapter.generation, actor);
        }
    }

    /// Pushes what can go back to the server now, and shows it.
    fn release(&mut self, now_ms: u64, key: ChapterKey) {
        let recovering = self.chapters.get(&key).is_some_and(Chapter::is_recovering);
        if !recovering {
            return;
        }
        self.commit(now_ms, key);
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        match chapter.release() {
            Ok(released) if released.is_empty() => {}
            Ok(released) => {
                let shown = chapter.shown_again();
                for change in released {
                    self.client.push(&key, change);
                }
                self.tell_shown(key, shown, false);
                self.tell_status(key);
            }
            Err(error) => self.fail(key, &error.to_string()),
        }
    }

    /// What nobody has brought back after the wait stays as words.
    pub(super) fn stop_waiting(&mut self, now_ms: u64, key: ChapterKey) {
        self.commit(now_ms, key);
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        let before = chapter.refused.len();
        match chapter.give_up_waiting(now_ms) {
            Ok(left) => {
                self.effects
                    .extend(left.into_iter().map(|hash| Effect::DropOutbox(key, hash)));
                self.store_refused(key, before);
                self.tell_status(key);
            }
            Err(error) => self.fail(key, &error.to_string()),
        }
    }

    pub(super) fn ask_actors(
        &mut self,
        key: ChapterKey,
        generation: Generation,
        count: usize,
    ) -> Vec<BoundActor> {
        let drawn: Vec<BoundActor> = (0..count).map(|_| self.draw_actor()).collect();
        for actor in &drawn {
            self.client.bind(&key, generation, *actor);
        }
        drawn
    }

    pub(super) fn start_over(
        &mut self,
        now_ms: u64,
        (key, generation): (ChapterKey, Generation),
        next: schema::ids::Revision,
        document: Vec<u8>,
    ) {
        let incarnation = self
            .client
            .channel(&key)
            .and_then(|channel| channel.have())
            .map(|have| have.incarnation);
        let (Some(chapter), Some(incarnation)) = (self.chapters.get_mut(&key), incarnation) else {
            return;
        };
        let refused = chapter.refused.len();
        let is_another = chapter
            .have
            .as_ref()
            .is_some_and(|had| had.generation != generation);
        // What is stored and could not be read may be of any generation.
        let is_erased = chapter
            .erased_before
            .is_some_and(|before| chapter.generation < before);
        let store = if is_another || is_erased {
            Effect::StoreAnew
        } else {
            Effect::StoreState
        };
        let have = Have {
            incarnation,
            generation,
            next,
        };
        if let Err(error) = chapter.keep_what_failed(now_ms, generation, &document) {
            return self.fail(key, &error.to_string());
        }
        if chapter.goes_along(&have) {
            self.store_refused(key, refused);
            return self.meet(now_ms, key, have, document);
        }
        match chapter.start_over(now_ms, have, document) {
            Ok((left, shown)) => {
                let state = chapter.state_row();
                let again = chapter.take_to_store();
                let needs_actor = chapter.is_recovering() && chapter.actor.is_none();
                if !left.is_empty() || chapter.is_recovering() {
                    self.client.take_outbox(&key);
                    self.waiting.retain(|_, (of, _)| *of != key);
                }
                self.effects.extend(state.map(|state| store(key, state)));
                if is_erased {
                    self.forget_words(key);
                    self.confirm_open(key);
                }
                self.effects
                    .extend(left.into_iter().map(|hash| Effect::DropOutbox(key, hash)));
                self.effects.extend(
                    again
                        .into_iter()
                        .map(|change| Effect::StoreOutbox(key, row_of(&change))),
                );
                self.store_refused(key, refused);
                self.claim(key);
                if needs_actor {
                    self.ask_actors(key, generation, 1);
                }
                self.tell_shown(key, shown, false);
                self.tell_status(key);
            }
            Err(error) => self.fail(key, &error.to_string()),
        }
    }

    pub(super) fn changes(&mut self, key: ChapterKey, next: schema::ids::Revision, raws: Vec<Vec<u8>>) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        let Some(raws) = chapter.wait_with(next, raws) else {
            return;
        };
        if let Some(have) = &mut chapter.have {
            have.next = next;
        }
        if raws.is_empty() {
            return;
        }
        let row = Tail {
            next,
            changes: raws.iter().cloned().map(ByteVec::from).collect(),
            own: None,
        };
        match chapter.receive(self.now_ms, raws) {
            Ok((shown, made)) => {
                self.effects.push(Effect::StoreTail(key, row));
                made.into_iter().for_each(|change| self.store(key, change));
                if !shown.is_empty() {
                    for shown in shown {
                        self.tell_shown(key, shown, false);
                    }
                    self.tell_peers(key);
                    self.tell_status(key);
                }
                self.compact(key);
            }
            Err(error) => self.fail(key, &error.to_string()),
        }
    }

    fn compact(&mut self, key: ChapterKey) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        if chapter.tail_len() > TAIL_MAX {
            let may_write = chapter.read_only.is_none();
            if let Ok(Some(state)) = chapter.snapshot(may_write) {
                self.effects.push(Effect::StoreState(key, state));
            }
        }
    }

    fn acknowledged(&mut self, key: ChapterKey, hash: [u8; 32]) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        if let Some(raw) = chapter.acknowledged(hash) {
            let row = Tail {
                next: chapter.next(),
                changes: vec![raw.into()],
                own: Some(true),
            };
            self.effects.push(Effect::StoreTail(key, row));
            self.effects.push(Effect::DropOutbox(key, hash));
            self.compact(key);
        }
        self.tell_status(key);
        self.tell_reunion(key);
    }

    fn refused(&mut self, now_ms: u64, key: ChapterKey, reason: &Reason) {
        let Some(chapter) = self.chapters.get(&key) else {
            return;
        };
        // What was written in an ended generation waits to be carried into the next (rule N2).
        if chapter.unacknowledged.is_empty() || reason.code == GENERATION_ENDED {
            return;
        }
        let generation = chapter.generation;
        self.keep_as_words(now_ms, key, &reason.code);
        self.ask_actors(key, generation, 1);
    }

    /// One's own unacknowledged changes leave the text and the outbox, and stay as words.
    fn keep_as_words(&mut self, now_ms: u64, key: ChapterKey, code: &str) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        let before = chapter.refused.len();
        match chapter.refuse(now_ms, code) {
            Ok(left) => {
                self.client.take_outbox(&key);
                self.waiting.retain(|_, (of, _)| *of != key);
                self.effects
                    .extend(left.into_iter().map(|hash| Effect::DropOutbox(key, hash)));
                self.store_refused(key, before);
                self.tell_document(key, false);
                self.tell_status(key);
                self.tell_reunion(key);
            }
            Err(error) => self.fail(key, &error.to_string()),
        }
    }

    /// The chapter is closed to this person. When that is a decision, what waits is shown beside the text; when it may pass
    /// (nobody is signed in, too many chapters), it stays in it.
    fn closed(&mut self, now_ms: u64, key: ChapterKey, reason: Reason) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        let decided = is_decision(&reason);
        chapter.closed = Some(reason);
        if decided {
            match chapter.withhold() {
                Ok(true) => self.tell_document(key, false),
                Ok(false) => {}
                Err(error) => self.fail(key, &error.to_string()),
            }
        }
        if let Some(report) = self.reports.get_mut(&key) {
            report.closed_ms = now_ms;
        }
        self.tell_status(key);
    }

    fn bound(&mut self, now_ms: u64, key: ChapterKey, actor: BoundActor) {
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        let generation = chapter.binds_for();
        if chapter.claim_bound(actor) {
            return self.release(now_ms, key);
        }
        match chapter.bound(now_ms, actor) {
            Ok((true, shown)) => {
                if let Some((shown, kept)) = shown {
                    self.tell_shown(key, shown, false);
                    self.commit(now_ms, key);
                    self.effects.extend(kept.map(|id| Effect::DropRefused(key, id)));
                }
                self.tell_status(key);
            }
            Ok((false, _)) => {
                if let Some(report) = self.reports.get_mut(&key) {
                    report.pool += 1;
                }
                self.effects.push(Effect::StoreActor(key, generation, actor));
            }
            Err(error) => self.fail(key, &error.to_string()),
        }
    }

    fn caught_up(&mut self, key: ChapterKey) {
        self.tell_status(key);
        self.tell_reunion(key);
    }

    /// The document cannot go on: the page shows it and the connection starts anew; nothing stored is touched.
    pub(super) fn fail(&mut self, key: ChapterKey, what: &str) {
        self.effects
            .push(Effect::Tell(key, json!({ "type": "failed", "what": what })));
        self.effects.push(Effect::Reconnect);
    }

    pub(super) fn store_refused(&mut self, key: ChapterKey, from: usize) {
        let Some(chapter) = self.chapters.get(&key) else {
            return;
        };
        // The last one kept may have grown.
        let rows = chapter.refused.iter().skip(from.saturating_sub(1)).cloned();
        self.effects
            .extend(rows.map(|words| Effect::StoreRefused(key, words)));
    }
}
