//! The surface to JavaScript: bytes and JSON in, an array of effects out. No decisions here.

use js_sys::{Array, Uint8Array};
use minicbor::Decode;
use schema::ids::{BoundActor, DeviceId, Generation, PageSessionId};
use schema::sync::ChapterKey;
use wasm_bindgen::prelude::*;

use crate::bridge::{Place, TopRange};
use crate::desk::windows::Sight;
use crate::desk::{Desk, Effect};
use crate::stored::Kept;

/// The worker's core.
#[wasm_bindgen]
pub struct Core {
    desk: Desk,
}

/// An edit as the shell hands it over.
#[derive(serde::Deserialize)]
struct Edit {
    window: u32,
    base: u64,
    range: TopRange,
}

/// What the device kept of a chapter, row by row.
#[wasm_bindgen]
#[derive(Default)]
pub struct KeptRows {
    kept: Kept,
    pool: usize,
}

fn js_error(error: impl std::fmt::Display) -> JsError {
    JsError::new(&error.to_string())
}

fn row<T: for<'b> Decode<'b, ()>>(bytes: &[u8]) -> Result<T, JsError> {
    minicbor::decode(bytes).map_err(js_error)
}

#[wasm_bindgen]
impl KeptRows {
    /// Nothing kept yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// The state row.
    pub fn state(&mut self, bytes: &[u8]) -> Result<(), JsError> {
        self.kept.state = Some(row(bytes)?);
        Ok(())
    }

    /// A tail row, in order.
    pub fn tail(&mut self, bytes: &[u8]) -> Result<(), JsError> {
        self.kept.tail.push(row(bytes)?);
        Ok(())
    }

    /// An outbox row, in order.
    pub fn outbox(&mut self, bytes: &[u8]) -> Result<(), JsError> {
        self.kept.outbox.push(row(bytes)?);
        Ok(())
    }

    /// Refused words.
    pub fn refused(&mut self, bytes: &[u8]) -> Result<(), JsError> {
        self.kept.refused.push(row(bytes)?);
        Ok(())
    }

    /// The reserve of actors: how many are left besides the one given, and that one. `is_alone`: no other desk uses
    /// the store.
    pub fn actors(&mut self, left: usize, given: Option<Vec<u8>>, is_alone: bool) {
        self.pool = left;
        self.kept.is_alone = is_alone;
        self.kept.actor = given
            .and_then(|bytes| bytes.try_into().ok())
            .map(BoundActor::from_bytes);
    }
}

#[wasm_bindgen]
impl Core {
    /// `device` and `page` are UUIDs, `seed` 32 random bytes.
    #[wasm_bindgen(constructor)]
    pub fn new(device: &str, page: &str, seed: &[u8]) -> Result<Core, JsError> {
        let device: DeviceId = device.parse().map_err(js_error)?;
        let page: PageSessionId = page.parse().map_err(js_error)?;
        let seed = seed.try_into().map_err(js_error)?;
        Ok(Self {
            desk: Desk::new(device, page, seed),
        })
    }

    /// Whether a chapter is open.
    #[wasm_bindgen(js_name = isOpen)]
    pub fn is_open(&self, plan: &str, chapter: &str) -> Result<bool, JsError> {
        Ok(self.desk.is_open(&key(plan, chapter)?))
    }

    /// Opens a chapter for as long as something of it waits; a window that shows it joins.
    pub fn open(&mut self, plan: &str, chapter: &str, rows: KeptRows) -> Result<(), JsError> {
        self.desk.open_quietly(key(plan, chapter)?, &rows.kept, rows.pool);
        Ok(())
    }

    /// A window shows an open chapter.
    pub fn join(&mut self, plan: &str, chapter: &str, window: u32) -> Result<(), JsError> {
        self.desk.join(key(plan, chapter)?, window);
        Ok(())
    }

    /// A window no longer shows a chapter.
    pub fn leave(&mut self, now_ms: f64, plan: &str, chapter: &str, window: u32) -> Result<(), JsError> {
        self.desk.leave(ms(now_ms), key(plan, chapter)?, window);
        Ok(())
    }

    /// Closes what nobody shows and in which nothing waits.
    pub fn sweep(&mut self, now_ms: f64) {
        self.desk.sweep(ms(now_ms));
    }

    /// An edit of a window's editor as JSON: `{ window, base, range }`.
    pub fn edit(&mut self, now_ms: f64, plan: &str, chapter: &str, edit: &str) -> Result<(), JsError> {
        let Edit { window, base, range } = serde_json::from_str(edit).map_err(js_error)?;
        let sight = Sight {
            window,
            version: base,
        };
        self.desk.edit(ms(now_ms), key(plan, chapter)?, sight, &range);
        Ok(())
    }

    /// A window's editor has this state.
    pub fn seen(&mut self, plan: &str, chapter: &str, window: u32, version: f64) -> Result<(), JsError> {
        let sight = Sight {
            window,
            version: ms(version),
        };
        self.desk.seen(key(plan, chapter)?, sight);
        Ok(())
    }

    /// One's own selection; `places` is `[anchor, head]` as JSON.
    pub fn select(&mut self, plan: &str, chapter: &str, version: f64, places: &str) -> Result<(), JsError> {
        let (anchor, head): (Place, Place) = serde_json::from_str(places).map_err(js_error)?;
        self.desk.select(key(plan, chapter)?, ms(version), anchor, head);
        Ok(())
    }

    /// The device takes no more, or does again.
    #[wasm_bindgen(js_name = setFull)]
    pub fn set_full(&mut self, is_full: bool) {
        self.desk.set_full(is_full);
    }

    /// Changes of one's own that are not known to be stored.
    pub fn unstored(&self) -> usize {
        self.desk.unstored()
    }

    /// Lets refused words go.
    #[wasm_bindgen(js_name = discardRefused)]
    pub fn discard_refused(&mut self, plan: &str, chapter: &str, id: &str) -> Result<(), JsError> {
        self.desk.discard_refused(key(plan, chapter)?, id);
        Ok(())
    }

    /// Changes are on disk: their hashes, 32 bytes each, one after the other.
    pub fn stored(&mut self, hashes: &[u8]) {
        let hashes: Vec<[u8; 32]> = hashes
            .chunks_exact(32)
            .filter_map(|hash| hash.try_into().ok())
            .collect();
        self.desk.stored(&hashes);
    }

    /// The server's answer to an `ask-writers` with this number; empty when there is none.
    pub fn writers(&mut self, ticket: u32, answer: &str) {
        self.desk.writers(ticket, answer);
    }

    /// Of these chapters something is stored: `plan/chapter` each.
    pub fn held(&mut self, chapters: Vec<String>) -> Result<(), JsError> {
        let keys: Result<Vec<_>, _> = chapters.iter().map(|name| key_of(name)).collect();
        self.desk.held(keys?);
        Ok(())
    }

    /// What is stored of a chapter of which everything before a generation is erased.
    pub fn wipe(&mut self, now_ms: f64, chapter: &str, before: u32, rows: KeptRows) -> Result<(), JsError> {
        let before = Generation(before);
        self.desk.wipe(ms(now_ms), key_of(chapter)?, before, &rows.kept);
        Ok(())
    }

    /// What was to go before this is gone from the store, durably.
    pub fn wiped(&mut self, chapter: &str, before: u32) -> Result<(), JsError> {
        self.desk.wiped(key_of(chapter)?, Generation(before));
        Ok(())
    }

    /// The socket is open.
    pub fn connected(&mut self, now_ms: f64) {
        self.desk.connected(ms(now_ms));
    }

    /// There is reason to doubt that the socket still reaches the server.
    pub fn probe(&mut self, now_ms: f64) {
        self.desk.probe(ms(now_ms));
    }

    /// The socket is gone; connect again after so many milliseconds.
    pub fn disconnected(&mut self) -> f64 {
        self.desk.disconnected() as f64
    }

    /// The socket brought a message.
    pub fn received(&mut self, now_ms: f64, bytes: &[u8]) {
        self.desk.received(ms(now_ms), bytes);
    }

    /// Time passes.
    pub fn tick(&mut self, now_ms: f64) {
        self.desk.tick(ms(now_ms));
    }

    /// Somebody looks at a window.
    pub fn look(&mut self, now_ms: f64) {
        self.desk.look(ms(now_ms));
    }

    /// The page is about to be hidden.
    pub fn flush(&mut self, now_ms: f64) {
        self.desk.flush(ms(now_ms));
    }

    /// When `tick` is next needed, UTC ms.
    #[wasm_bindgen(js_name = dueMs)]
    pub fn due_ms(&self) -> Option<f64> {
        self.desk.due_ms().map(|due| due as f64)
    }

    /// What to do now: arrays of a kind, a chapter (`plan/chapter`) and what belongs to it.
    pub fn effects(&mut self) -> Array {
        self.desk.take_effects().into_iter().map(effect).collect()
    }
}

fn effect(effect: Effect) -> JsValue {
    let bytes = |bytes: &[u8]| JsValue::from(Uint8Array::from(bytes));
    let parts: Vec<JsValue> = match effect {
        Effect::Send(frame) => vec!["send".into(), JsValue::NULL, bytes(&frame)],
        Effect::StoreOutbox(key, row) => {
            vec!["store-outbox".into(), name(key), bytes(&*row.hash), encoded(&row)]
        }
        Effect::DropOutbox(key, hash) => vec!["drop-outbox".into(), name(key), bytes(&hash)],
        Effect::StoreTail(key, row) => {
            vec![
                "store-tail".into(),
                name(key),
                (row.next.0 as f64).into(),
                encoded(&row),
            ]
        }
        Effect::StoreState(key, row) => {
            vec![
                "store-state".into(),
                name(key),
                (row.next.0 as f64).into(),
                encoded(&row),
            ]
        }
        Effect::StoreAnew(key, row) => vec!["store-anew".into(), name(key), encoded(&row)],
        Effect::StoreActor(key, generation, actor) => {
            vec![
                "store-actor".into(),
                name(key),
                generation.0.into(),
                bytes(actor.as_bytes()),
            ]
        }
        Effect::DropActor(key, generation, actor) => {
            vec![
                "drop-actor".into(),
                name(key),
                generation.0.into(),
                bytes(actor.as_bytes()),
            ]
        }
        Effect::StoreRefused(key, words) => {
            vec![
                "store-refused".into(),
                name(key),
                words.id.as_str().into(),
                encoded(&words),
            ]
        }
        Effect::DropRefused(key, id) => vec!["drop-refused".into(), name(key), id.into()],
        Effect::Tell(key, message) => vec!["tell".into(), name(key), message.to_string().into()],
        Effect::ReadHeld => vec!["read-held".into()],
        Effect::ReadKept(key, before) => vec!["read-kept".into(), name(key), before.0.into()],
        Effect::DropKept(key) => vec!["drop-kept".into(), name(key)],
        Effect::Confirm(key, before) => vec!["confirm".into(), name(key), before.0.into()],
        Effect::TellWindow(key, window, message) => {
            vec![
                "tell-window".into(),
                name(key),
                message.to_string().into(),
                window.into(),
            ]
        }
        Effect::TellOthers(key, window, message) => {
            vec![
                "tell-others".into(),
                name(key),
                message.to_string().into(),
                window.into(),
            ]
        }
        Effect::Report(key, report) => vec!["report".into(), name(key), report.to_string().into()],
        Effect::AskWriters(key, ticket, actors) => {
            let actors: Vec<String> = actors.iter().map(ToString::to_string).collect();
            vec![
                "ask-writers".into(),
                name(key),
                ticket.into(),
                actors.join(",").into(),
            ]
        }
        Effect::Closed(key) => vec!["closed".into(), name(key)],
        Effect::Goodbye(code) => vec!["goodbye".into(), JsValue::NULL, code.into()],
        Effect::Reconnect => vec!["reconnect".into()],
    };
    parts.into_iter().collect::<Array>().into()
}

fn encoded<T: minicbor::Encode<()>>(row: &T) -> JsValue {
    let bytes = minicbor::to_vec(row).expect("writing to memory cannot fail");
    Uint8Array::from(bytes.as_slice()).into()
}

fn name((plan, chapter): ChapterKey) -> JsValue {
    format!("{plan}/{chapter}").into()
}

fn key(plan: &str, chapter: &str) -> Result<ChapterKey, JsError> {
    Ok((
        plan.parse().map_err(js_error)?,
        chapter.parse().map_err(js_error)?,
    ))
}

fn key_of(name: &str) -> Result<ChapterKey, JsError> {
    let (plan, chapter) = name.split_once('/').unwrap_or_default();
    key(plan, chapter)
}

/// JavaScript's numbers hold whole milliseconds and versions exactly.
fn ms(number: f64) -> u64 {
    number as u64
}
