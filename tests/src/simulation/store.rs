//! What a device keeps, as IndexedDB does: rows under sorted keys, written in transactions that come one by one.
//!
//! Why it is written out here: which row lies under which key, and which rows go with which, is decided in
//! `client-wasm/web/src/core/{runner,rows,store}.ts`. This is the same in Rust, so that a crash between two transactions and
//! a row that comes back under another order are tried with the rows as they are.

use std::collections::{BTreeMap, BTreeSet};

use client_wasm::desk::Effect;
use client_wasm::stored::{Kept, Outbox, RefusedWords, State, Tail};
use minicbor::{Decode, Encode};
use schema::ids::{BoundActor, Generation};
use schema::sync::ChapterKey;

use super::chance::Chance;

/// Rows of one chapter.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    state: Option<Vec<u8>>,
    tail: BTreeMap<(u64, u64), Vec<u8>>,
    outbox: BTreeMap<u64, ([u8; 32], Vec<u8>)>,
    refused: BTreeMap<String, Vec<u8>>,
    actors: BTreeSet<(Generation, BoundActor)>,
}

/// A device's store.
#[derive(Debug, Clone, Default)]
pub struct Store {
    chapters: BTreeMap<ChapterKey, Rows>,
}

/// One write of a transaction.
#[derive(Debug, Clone)]
pub enum Write {
    /// A change of one's own, under a key that grows.
    Outbox(ChapterKey, u64, [u8; 32], Vec<u8>),
    /// It is no longer waiting.
    DropOutbox(ChapterKey, u64),
    /// Accepted changes, under the revision after them and a number of chance.
    Tail(ChapterKey, (u64, u64), Vec<u8>),
    /// A snapshot; the tail up to it goes.
    State(ChapterKey, u64, Vec<u8>),
    /// The text of another generation; the whole tail and the actors in reserve go.
    Anew(ChapterKey, Vec<u8>),
    /// An actor in reserve.
    Actor(ChapterKey, Generation, BoundActor),
    /// It has written.
    DropActor(ChapterKey, Generation, BoundActor),
    /// Refused words.
    Refused(ChapterKey, String, Vec<u8>),
    /// They were let go.
    DropRefused(ChapterKey, String),
}

/// Keys of the outbox on one page: they grow from the time the page was opened.
#[derive(Debug, Clone)]
pub struct OutboxKeys {
    /// The last one given.
    last: u64,
    known: BTreeMap<[u8; 32], u64>,
}

impl OutboxKeys {
    /// Of a page opened at this time by the device's clock, UTC ms.
    pub fn from(now_ms: u64) -> Self {
        Self {
            last: now_ms * 1_000,
            known: BTreeMap::new(),
        }
    }

    /// Remembers which keys the rows of a chapter have.
    pub fn learn(&mut self, keys: impl IntoIterator<Item = ([u8; 32], u64)>) {
        self.known.extend(keys);
        self.last = self.known.values().copied().fold(self.last, u64::max);
    }

    fn next(&mut self, hash: [u8; 32]) -> u64 {
        self.last += 1;
        self.known.insert(hash, self.last);
        self.last
    }
}

fn bytes<T: Encode<()>>(row: &T) -> Vec<u8> {
    minicbor::to_vec(row).expect("writing to memory cannot fail")
}

fn row<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> T {
    minicbor::decode(bytes).expect("the device reads back what it wrote")
}

/// The write that a storing effect asks for; none for effects that store nothing.
pub fn write_of(effect: &Effect, keys: &mut OutboxKeys, chance: &mut Chance) -> Option<Write> {
    Some(match effect {
        Effect::StoreOutbox(key, row) => Write::Outbox(*key, keys.next(*row.hash), *row.hash, bytes(row)),
        Effect::DropOutbox(key, hash) => Write::DropOutbox(*key, *keys.known.get(hash)?),
        Effect::StoreTail(key, row) => Write::Tail(*key, (row.next.0, chance.below(u64::MAX)), bytes(row)),
        Effect::StoreState(key, row) => Write::State(*key, row.next.0, bytes(row)),
        Effect::StoreAnew(key, row) => Write::Anew(*key, bytes(row)),
        Effect::StoreActor(key, generation, actor) => Write::Actor(*key, *generation, *actor),
        Effect::DropActor(key, generation, actor) => Write::DropActor(*key, *generation, *actor),
        Effect::StoreRefused(key, words) => Write::Refused(*key, words.id.clone(), bytes(words)),
        Effect::DropRefused(key, id) => Write::DropRefused(*key, id.clone()),
        Effect::ReadKept(..) | Effect::DropKept(_) | Effect::Confirm(..) => {
            unreachable!("nothing is erased here")
        }
        Effect::Send(_)
        | Effect::Tell(..)
        | Effect::TellWindow(..)
        | Effect::TellOthers(..)
        | Effect::Report(..)
        | Effect::AskWriters(..)
        | Effect::Closed(_)
        | Effect::Goodbye(_)
        | Effect::ReadHeld
        | Effect::Reconnect => return None,
    })
}

impl Store {
    /// Carries a write out.
    pub fn apply(&mut self, write: Write) {
        match write {
            Write::Outbox(key, at, hash, row) => drop(self.rows(key).outbox.insert(at, (hash, row))),
            Write::DropOutbox(key, at) => drop(self.rows(key).outbox.remove(&at)),
            Write::Tail(key, at, row) => drop(self.rows(key).tail.insert(at, row)),
            Write::State(key, next, row) => {
                let rows = self.rows(key);
                rows.tail.retain(|(at, _), _| *at > next);
                rows.state = Some(row);
            }
            Write::Anew(key, row) => {
                let rows = self.rows(key);
                rows.tail.clear();
                rows.actors.clear();
                rows.state = Some(row);
            }
            Write::Actor(key, generation, actor) => drop(self.rows(key).actors.insert((generation, actor))),
            Write::DropActor(key, generation, actor) => {
                self.rows(key).actors.remove(&(generation, actor));
            }
            Write::Refused(key, id, row) => drop(self.rows(key).refused.insert(id, row)),
            Write::DropRefused(key, id) => drop(self.rows(key).refused.remove(&id)),
        }
    }

    fn rows(&mut self, key: ChapterKey) -> &mut Rows {
        self.chapters.entry(key).or_default()
    }

    /// Of which chapters something is stored.
    #[must_use]
    pub fn held(&self) -> Vec<ChapterKey> {
        self.chapters.keys().copied().collect()
    }

    /// Reads a chapter with one actor of its reserve, which is taken out when it writes: what there is, how many actors
    /// there are besides, and under which keys the outbox stands.
    pub fn open(&mut self, key: ChapterKey) -> (Kept, usize, Vec<([u8; 32], u64)>) {
        let rows = self.rows(key);
        let given = rows.actors.first();
        let kept = Kept {
            state: rows.state.as_deref().map(row::<State>),
            tail: rows.tail.values().map(|bytes| row::<Tail>(bytes)).collect(),
            outbox: rows
                .outbox
                .values()
                .map(|(_, bytes)| row::<Outbox>(bytes))
                .collect(),
            refused: rows
                .refused
                .values()
                .map(|bytes| row::<RefusedWords>(bytes))
                .collect(),
            actor: given.map(|(_, actor)| *actor),
            is_alone: true,
        };
        let keys = rows.outbox.iter().map(|(at, (hash, _))| (*hash, *at)).collect();
        (kept, rows.actors.len().saturating_sub(1), keys)
    }

    /// Own changes of a chapter that the device holds as not acknowledged.
    #[must_use]
    pub fn waiting(&self, key: &ChapterKey) -> usize {
        self.chapters.get(key).map_or(0, |rows| rows.outbox.len())
    }

    /// Every refused word on the device.
    pub fn refused(&self) -> impl Iterator<Item = RefusedWords> {
        let rows = self.chapters.values().flat_map(|rows| rows.refused.values());
        rows.map(|bytes| row::<RefusedWords>(bytes))
    }
}
