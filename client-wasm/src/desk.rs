//! The worker's whole state: the connection and every open chapter, as events in and effects out.

mod chapters;
mod closing;
mod moving;
mod reunion;
mod storing;
mod telling;
pub mod windows;
mod wiping;

use std::collections::BTreeMap;

use schema::ids::{BoundActor, DeviceId, Generation, PageSessionId};
use schema::steady::SteadyTime;
use schema::sync::{ChapterKey, Client, ClientEvent, Outgoing};
use schema::wire::{CHANGE_FAILED, LOG_UNAVAILABLE};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};

use crate::bridge::{Place, TopRange};
use crate::chapter::Chapter;
use crate::chapter::withheld::WITHHELD;
use crate::presence;
use crate::stored::{Kept, Outbox, RefusedWords, State, Tail};
use closing::ASK_AGAIN_MS;
use windows::{Sight, Window, Windows};

/// Actors kept in reserve on the device, so that a page opened offline has one to write with.
const ACTOR_POOL: usize = 2;
/// Accepted changes after which the device's snapshot is made anew.
const TAIL_MAX: usize = 200;

/// What the worker's shell must do. Consecutive `Store…`, `Drop…` and `Forget…` effects go in one transaction of
/// strict durability.
#[derive(Debug)]
pub enum Effect {
    /// Send to the server.
    Send(Vec<u8>),
    /// Store a change of one's own; then call [`Desk::stored`].
    StoreOutbox(ChapterKey, Outbox),
    /// It is acknowledged, refused or carried over.
    DropOutbox(ChapterKey, [u8; 32]),
    /// Store accepted changes.
    StoreTail(ChapterKey, Tail),
    /// Store a snapshot, and drop the tail rows it contains.
    StoreState(ChapterKey, State),
    /// Store the text of another generation in place of everything accepted before it: nothing of that stays, nor any
    /// actor in reserve.
    StoreAnew(ChapterKey, State),
    /// Put a bound actor in reserve.
    StoreActor(ChapterKey, Generation, BoundActor),
    /// An actor of the reserve has written: no other page may take it.
    DropActor(ChapterKey, Generation, BoundActor),
    /// Store refused words.
    StoreRefused(ChapterKey, RefusedWords),
    /// The author let refused words go.
    DropRefused(ChapterKey, String),
    /// Say of which chapters something is stored, with [`Desk::held`].
    ReadHeld,
    /// Read what is stored of a chapter, and hand it to [`Desk::wipe`] with this generation.
    ReadKept(ChapterKey, Generation),
    /// Delete what is stored of a chapter but for refused words and the outbox, unless it is other than what was read.
    DropKept(ChapterKey),
    /// Once everything before this is durable, call [`Desk::wiped`]; never after a write failed.
    Confirm(ChapterKey, Generation),
    /// Tell every window that shows a chapter something about it.
    Tell(ChapterKey, Json),
    /// Tell one of them.
    TellWindow(ChapterKey, Window, Json),
    /// Tell all but one of them.
    TellOthers(ChapterKey, Window, Json),
    /// Tell every window, whatever it shows, what became of words that waited.
    Report(ChapterKey, Json),
    /// Ask the server whose these actors of a chapter's text are, and hand its answer to [`Desk::writers`] with this
    /// number.
    AskWriters(ChapterKey, u32, Vec<BoundActor>),
    /// A chapter that no window shows is closed: nothing of it waits any more.
    Closed(ChapterKey),
    /// The server says goodbye, with a code; a [`Effect::Reconnect`] follows.
    Goodbye(String),
    /// Take the connection down and connect again.
    Reconnect,
}

/// See the module's text.
#[derive(Debug)]
pub struct Desk {
    client: Client,
    chapters: BTreeMap<ChapterKey, Chapter>,
    waiting: BTreeMap<[u8; 32], (ChapterKey, Outgoing)>,
    reports: BTreeMap<ChapterKey, Report>,
    /// Reports that wait for the names of others.
    drafts: reunion::Drafts,
    windows: Windows,
    /// The device does not take what is to be stored.
    is_full: bool,
    /// The server said that it cannot save now, and has acknowledged nothing since.
    log_stopped: bool,
    /// The last time that was told, UTC ms.
    now_ms: u64,
    effects: Vec<Effect>,
    seed: [u8; 32],
    drawn: u64,
    /// A clock that is set back makes no letter wait.
    passing: SteadyTime,
}

/// What is remembered of a chapter between the connections.
#[derive(Debug, Default, Clone)]
struct Report {
    /// How it stood before its waiting words went to the server, until it is told what became of them.
    before: Option<reunion::Before>,
    /// Actors in reserve.
    pool: usize,
    /// When the server last said that the chapter is closed, UTC ms.
    closed_ms: u64,
}

impl Desk {
    /// A desk of a device and page. `seed` is 32 random bytes: actor ids are drawn from it.
    #[must_use]
    pub fn new(device: DeviceId, page: PageSessionId, seed: [u8; 32]) -> Self {
        Self {
            client: Client::new(device, page),
            chapters: BTreeMap::new(),
            waiting: BTreeMap::new(),
            reports: BTreeMap::new(),
            drafts: reunion::Drafts::default(),
            windows: Windows::default(),
            is_full: false,
            log_stopped: false,
            now_ms: 0,
            effects: Vec::new(),
            seed,
            drawn: 0,
            passing: SteadyTime::default(),
        }
    }

    /// Opens a chapter with what the device kept; `pool` says how many actors are in reserve there.
    pub fn open(&mut self, key: ChapterKey, kept: &Kept, pool: usize) {
        let chapter = Chapter::new(kept);
        self.client
            .open(key, chapter.have.clone(), chapter.unacknowledged.clone());
        self.reports.insert(
            key,
            Report {
                pool,
                ..Report::default()
            },
        );
        self.chapters.insert(key, chapter);
        self.note_before(key);
        self.tell_document(key, false);
        self.tell_status(key);
        self.flush_frames();
    }

    /// Closes a chapter on this page. What was typed stays stored.
    pub fn close(&mut self, now_ms: u64, key: ChapterKey) {
        let now_ms = self.passing.at(now_ms);
        self.close_at(now_ms, key);
    }

    fn close_at(&mut self, now_ms: u64, key: ChapterKey) {
        self.commit(now_ms, key);
        self.client.close(&key);
        // From here on the server says it here when text of it is erased (rule N5).
        self.client.held([key]);
        self.chapters.remove(&key);
        self.reports.remove(&key);
        self.windows.forget(&key);
        self.flush_frames();
    }

    /// An edit of a window's editor, made on the state that it has.
    pub fn edit(&mut self, now_ms: u64, key: ChapterKey, base: impl Into<Sight>, edit: &TopRange) {
        let (now_ms, base) = (self.passing.at(now_ms), base.into());
        let Some(chapter) = self.chapters.get_mut(&key) else {
            return;
        };
        if chapter.is_withheld() {
            return self.edit_withheld(now_ms, key, base, edit);
        }
        let refused = chapter.refused.len();
        match chapter.edit(now_ms, base.version, edit) {
            Ok((shown, made)) => {
                for change in made {
                    self.store(key, change);
                }
                // First that it is not yet saved: the page may not say so for a moment in between.
                self.tell_status(key);
                self.tell_answered(key, shown, base.window);
            }
            Err(_) => {
                self.store_refused(key, refused);
                self.tell_untaken(key, base.window);
                self.tell_status(key);
            }
        }
    }

    /// A window's editor has this state.
    pub fn seen(&mut self, key: ChapterKey, sight: impl Into<Sight>) {
        let oldest = self.windows.seen(key, sight.into());
        if let Some(bridge) = self
            .chapters
            .get_mut(&key)
            .and_then(|chapter| chapter.bridge.as_mut())
        {
            bridge.seen(oldest);
        }
    }

    /// One's own selection, in a state of the editor.
    pub fn select(&mut self, key: ChapterKey, version: u64, anchor: Place, head: Place) {
        let Some(chapter) = self.chapters.get(&key) else {
            return;
        };
        let doc = chapter.doc.as_ref().filter(|_| !chapter.is_withheld());
        let (Some(doc), Some(bridge)) = (doc, &chapter.bridge) else {
            return;
        };
        let place = |place| bridge.position_now(version, place);
        let (Some(anchor), Some(head)) = (place(anchor), place(head)) else {
            return;
        };
        if let Some(payload) = presence::payload(doc, chapter.generation, anchor, head) {
            self.client.set_presence(&key, payload);
            self.flush_frames();
        }
    }

    /// Own changes are on disk: they may be sent (rule P1).
    pub fn stored(&mut self, hashes: &[[u8; 32]]) {
        for hash in hashes {
            if let Some((key, change)) = self.waiting.remove(hash) {
                self.client.push(&key, change);
            }
        }
        self.flush_frames();
    }

    /// The author has copied refused words, or lets them go.
    pub fn discard_refused(&mut self, key: ChapterKey, id: &str) {
        if id == WITHHELD {
            return self.let_go(key);
        }
        // Also of a chapter that is not open: the words may be shown on any page.
        self.effects.push(Effect::DropRefused(key, id.to_owned()));
        if let Some(chapter) = self.chapters.get_mut(&key) {
            chapter.refused.retain(|words| words.id != id);
            self.tell_status(key);
        }
    }

    /// The socket is open.
    pub fn connected(&mut self, now_ms: u64) {
        let now_ms = self.passing.at(now_ms);
        let keys: Vec<ChapterKey> = self.chapters.keys().copied().collect();
        for key in keys {
            self.commit(now_ms, key);
            self.note_before(key);
        }
        self.client.connected(now_ms);
        self.flush_frames();
    }

    /// The socket is gone; connect again after so many milliseconds.
    pub fn disconnected(&mut self) -> u64 {
        let wait = self.client.disconnected();
        let keys: Vec<ChapterKey> = self.chapters.keys().copied().collect();
        for key in keys {
            if let Some(chapter) = self.chapters.get_mut(&key) {
                chapter.peers.clear();
                chapter.claims_are_void();
            }
            self.tell_peers(key);
            self.tell_status(key);
        }
        wait
    }

    /// The socket brought a message.
    pub fn received(&mut self, now_ms: u64, bytes: &[u8]) {
        let now_ms = self.passing.at(now_ms);
        self.now_ms = now_ms;
        match self.client.receive(now_ms, bytes) {
            Ok(events) => {
                for event in events {
                    match event {
                        ClientEvent::Online { .. } => self.effects.push(Effect::ReadHeld),
                        ClientEvent::Wipe(key, before) => self.wipe_asked(key, before),
                        ClientEvent::Chapter(key, event) => self.chapter_event(now_ms, key, event),
                        ClientEvent::Bye { reason, .. } => {
                            self.log_stopped = reason.code == LOG_UNAVAILABLE;
                            let failed = reason.code == CHANGE_FAILED;
                            self.chapters
                                .values_mut()
                                .for_each(|chapter| chapter.failed |= failed);
                            self.effects.push(Effect::Goodbye(reason.code));
                            self.effects.push(Effect::Reconnect);
                        }
                    }
                }
            }
            Err(_) => self.effects.push(Effect::Reconnect),
        }
        self.sweep_at(now_ms);
        self.flush_frames();
    }

    /// There is reason to doubt the connection: the server is asked whether it still hears.
    pub fn probe(&mut self, now_ms: u64) {
        let now_ms = self.passing.at(now_ms);
        self.client.probe(now_ms);
        self.flush_frames();
    }

    /// Time passes.
    pub fn tick(&mut self, now_ms: u64) {
        let now_ms = self.passing.at(now_ms);
        self.now_ms = now_ms;
        if self.client.tick(now_ms).is_err() {
            self.effects.push(Effect::Reconnect);
        }
        self.ask_closed(now_ms, ASK_AGAIN_MS);
        let due: Vec<ChapterKey> = self
            .chapters
            .iter()
            .filter(|(_, chapter)| chapter.due_ms().is_some_and(|due| due <= now_ms))
            .map(|(key, _)| *key)
            .collect();
        for key in due {
            self.commit(now_ms, key);
        }
        let over = |chapter: &Chapter| chapter.recovery_due_ms().is_some_and(|due| due <= now_ms);
        let waited: Vec<ChapterKey> = self
            .chapters
            .iter()
            .filter(|(_, chapter)| over(chapter))
            .map(|(key, _)| *key)
            .collect();
        for key in waited {
            self.stop_waiting(now_ms, key);
        }
        self.flush_frames();
    }

    /// Closes every open transaction: the page is about to be hidden.
    pub fn flush(&mut self, now_ms: u64) {
        let now_ms = self.passing.at(now_ms);
        let keys: Vec<ChapterKey> = self.chapters.keys().copied().collect();
        for key in keys {
            self.commit(now_ms, key);
        }
    }

    /// When [`Desk::tick`] is next needed for a transaction, by the clock, UTC ms.
    #[must_use]
    pub fn due_ms(&self) -> Option<u64> {
        let chapters = self.chapters.values();
        chapters
            .flat_map(|chapter| [chapter.due_ms(), chapter.recovery_due_ms()])
            .flatten()
            .min()
            .map(|due| self.passing.on_the_clock(due))
    }

    /// What to do now, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    fn commit(&mut self, now_ms: u64, key: ChapterKey) {
        let change = self
            .chapters
            .get_mut(&key)
            .filter(|chapter| chapter.is_dirty())
            .and_then(|chapter| chapter.commit(now_ms));
        if let Some(change) = change {
            self.store(key, change);
        }
        self.tell_status(key);
    }

    fn store(&mut self, key: ChapterKey, change: Outgoing) {
        let row = row_of(&change);
        self.waiting.insert(change.hash, (key, change));
        let chapter = self.chapters.get_mut(&key);
        if let Some((generation, actor)) = chapter.and_then(Chapter::take_fresh_actor) {
            self.effects.push(Effect::DropActor(key, generation, actor));
        }
        self.effects.push(Effect::StoreOutbox(key, row));
    }

    fn flush_frames(&mut self) {
        self.effects
            .extend(self.client.take_frames().into_iter().map(Effect::Send));
    }

    /// 16 bytes that nobody else has drawn.
    fn draw_actor(&mut self) -> BoundActor {
        self.drawn += 1;
        let digest: [u8; 32] = Sha256::new()
            .chain_update(self.seed)
            .chain_update(self.drawn.to_be_bytes())
            .finalize()
            .into();
        let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
        BoundActor::from_bytes(id)
    }
}

/// A change as the outbox keeps it.
fn row_of(change: &Outgoing) -> Outbox {
    Outbox {
        hash: change.hash.into(),
        generation: change.generation,
        raw: change.raw.clone().into(),
    }
}

#[cfg(test)]
mod tests;
