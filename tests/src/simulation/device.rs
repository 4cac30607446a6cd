//! A person's device and its page: the browser's own Rust, with a store, an editor and a network around it.
//!
//! # Why it exists
//!
//! `client-wasm/web/src/core/runner.ts` carries the desk's effects out; this does the same in the world's time. What a
//! page has not stored is gone with it, and what it stored is all that the next page finds.

use std::collections::{BTreeMap, VecDeque};

use client_wasm::desk::windows::{Sight, Window};
use client_wasm::desk::{Desk, Effect};
use schema::domain::Caller;
use schema::ids::{DeviceId, PageSessionId};
use schema::sync::ChapterKey;

use super::editor::{Editor, letters_in};
use super::ledger::{Hash, Typed, hex, letters_of};
use super::network::ConnectionId;
use super::store::{OutboxKeys, Store, Write, write_of};
use super::world::{Happening, Seat, World};

/// How often the page's core hears that time passes when nothing else happens.
const HEARTBEAT_MS: u64 = 1_000;
/// A page's only window.
const WINDOW: Window = 1;

/// A device.
#[derive(Debug)]
pub struct Device {
    /// Who uses it, for which party.
    pub caller: Caller,
    id: DeviceId,
    /// What it keeps.
    pub store: Store,
    /// What its clock says beyond the true time, ms.
    pub clock_offset: i64,
    /// The page that is open.
    pub page: Option<Page>,
    pages: u64,
    /// The chapters that its person looks at.
    pub chapters: Vec<ChapterKey>,
}

/// An open page.
#[derive(Debug)]
pub struct Page {
    /// Which one of its device.
    pub number: u64,
    pub(super) desk: Desk,
    /// What is shown, by chapter.
    pub editors: BTreeMap<ChapterKey, Editor>,
    pub(super) connection: Option<ConnectionId>,
    pub(super) transactions: VecDeque<Transaction>,
    keys: OutboxKeys,
    /// Counts how often the timer was set.
    set: u64,
}

/// Writes that go to disk together, and the own changes among them.
#[derive(Debug, Default)]
pub struct Transaction {
    writes: Vec<Write>,
    stored: Vec<Hash>,
    words: Vec<String>,
}

impl Device {
    /// A device that was never used.
    pub(super) fn new(caller: Caller, number: u8, chapters: Vec<ChapterKey>) -> Self {
        Self {
            caller,
            id: DeviceId::from_bytes([0xd0 | number; 16]),
            store: Store::default(),
            clock_offset: 0,
            page: None,
            pages: 0,
            chapters,
        }
    }

    /// The page, if it is that one.
    fn page_of(&mut self, seat: Seat) -> Option<&mut Page> {
        self.page.as_mut().filter(|page| page.number == seat.page)
    }
}

impl World {
    pub(super) fn device_time(&self, device: usize) -> u64 {
        self.now.saturating_add_signed(self.devices[device].clock_offset)
    }

    fn page_at(&mut self, seat: Seat) -> Option<&mut Page> {
        self.devices[seat.device].page_of(seat)
    }

    pub(super) fn page_opens(&mut self, device: usize) {
        if self.devices[device].page.is_some() {
            return;
        }
        let now = self.device_time(device);
        let (page_id, seed) = (self.chance.bytes(), self.chance.bytes());
        let it = &mut self.devices[device];
        it.pages += 1;
        let seat = Seat {
            device,
            page: it.pages,
        };
        it.page = Some(Page {
            number: seat.page,
            desk: Desk::new(it.id, PageSessionId::from_bytes(page_id), seed),
            editors: BTreeMap::new(),
            connection: None,
            transactions: VecDeque::new(),
            keys: OutboxKeys::from(now),
            set: 0,
        });
        self.tell(|| format!("device {device} opens page {}", seat.page));
        for chapter in self.devices[device].chapters.clone() {
            self.chapter_opens(seat, chapter);
        }
        self.at(self.now, Happening::PageCalls(seat));
        self.at(self.now + HEARTBEAT_MS, Happening::PageTicks(seat, None));
    }

    fn chapter_opens(&mut self, seat: Seat, chapter: ChapterKey) {
        let it = &mut self.devices[seat.device];
        let (kept, pool, keys) = it.store.open(chapter);
        let Some(page) = it.page_of(seat) else { return };
        page.keys.learn(keys);
        page.editors.insert(chapter, Editor::default());
        page.desk.open(chapter, &kept, pool);
        self.page_carries_out(seat);
    }

    /// The page ends: politely, with a last word to the store, or just so. Of what was on its way to disk the first
    /// transaction may still be done.
    pub(super) fn page_ends(&mut self, device: usize, politely: bool) {
        let now = self.device_time(device);
        let Some(number) = self.devices[device].page.as_ref().map(|page| page.number) else {
            return;
        };
        let seat = Seat { device, page: number };
        if politely {
            if let Some(page) = self.page_at(seat) {
                page.desk.flush(now);
            }
            self.page_carries_out(seat);
        }
        self.tell(|| {
            format!(
                "device {device} loses page {number}{}",
                if politely { " politely" } else { "" }
            )
        });
        let last = if politely || self.chance.once_in(2) { 1 } else { 0 };
        for _ in 0..last {
            self.transaction_is_done(seat);
        }
        self.ledger.page_died(device);
        let page = self.devices[device].page.take();
        if let Some(connection) = page.and_then(|page| page.connection) {
            self.page_closes(connection);
        }
        let wait = self.chance.pick(&[0, 500, 20_000]);
        self.within(wait, Happening::PageOpens(device));
    }

    pub(super) fn page_calls(&mut self, seat: Seat) {
        if self.page_at(seat).is_none_or(|page| page.connection.is_some()) {
            return;
        }
        let connection = self.call(seat);
        self.tell(|| format!("device {} calls on connection {connection}", seat.device));
        if let Some(page) = self.page_at(seat) {
            page.connection = Some(connection);
        }
    }

    pub(super) fn call_answered(&mut self, id: ConnectionId) {
        let Some(seat) = self.is_through(id) else { return };
        let now = self.device_time(seat.device);
        match self.page_at(seat).filter(|page| page.connection == Some(id)) {
            Some(page) => {
                page.desk.connected(now);
                self.page_carries_out(seat);
            }
            None => self.page_closes(id),
        }
    }

    pub(super) fn page_receives(&mut self, id: ConnectionId) {
        let Some((seat, bytes)) = self.take_down(id) else {
            return;
        };
        let now = self.device_time(seat.device);
        if let Some(page) = self.page_at(seat).filter(|page| page.connection == Some(id)) {
            page.desk.received(now, &bytes);
            self.page_carries_out(seat);
        }
    }

    pub(super) fn page_hears_cut(&mut self, id: ConnectionId) {
        if let Some(seat) = self.is_cut(id) {
            self.page_loses(seat, id);
        }
    }

    /// As the worker does when its socket is closed: again after a while.
    fn page_loses(&mut self, seat: Seat, id: ConnectionId) {
        let Some(page) = self.page_at(seat).filter(|page| page.connection == Some(id)) else {
            return;
        };
        page.connection = None;
        let wait = page.desk.disconnected();
        let wait = wait / 2 + self.chance.below(wait + 1);
        self.at(self.now + wait, Happening::PageCalls(seat));
        self.page_carries_out(seat);
    }

    pub(super) fn page_ticks(&mut self, seat: Seat, set: Option<u64>) {
        let now = self.device_time(seat.device);
        let Some(page) = self
            .page_at(seat)
            .filter(|page| set.is_none_or(|set| set == page.set))
        else {
            return;
        };
        page.desk.tick(now);
        if set.is_none() {
            self.at(self.now + HEARTBEAT_MS, Happening::PageTicks(seat, None));
        }
        self.page_carries_out(seat);
    }

    /// Carries out what the desk asks for, in its order; what is to be stored goes in one transaction.
    pub(super) fn page_carries_out(&mut self, seat: Seat) {
        let Some(page) = self.page_at(seat) else { return };
        let effects = page.desk.take_effects();
        let connection = page.connection;
        let mut transaction = Transaction::default();
        let (mut reconnects, mut goes_on) = (false, false);
        for effect in effects {
            if let Effect::StoreOutbox(_, row) = &effect {
                transaction.stored.push(*row.hash);
                self.ledger
                    .made(*row.hash, &row.raw, (seat.device, row.generation));
                let (hash, letters) = (hex(&row.hash), letters_of(&row.raw));
                self.tell(|| {
                    format!(
                        "device {} makes {hash}: +{}",
                        seat.device,
                        String::from_iter(letters)
                    )
                });
            }
            if let Effect::StoreRefused(_, words) = &effect {
                transaction.words.push(words.text.clone());
                let reason = words.reason.clone();
                self.tell(|| format!("device {} keeps words: {reason}", seat.device));
            }
            let chance = &mut self.chance;
            let page = self.devices[seat.device].page_of(seat);
            let write = page.and_then(|page| write_of(&effect, &mut page.keys, chance));
            transaction.writes.extend(write);
            match effect {
                Effect::Send(bytes) => {
                    if let Some(id) = connection {
                        self.send_up(id, bytes);
                    }
                }
                Effect::Tell(chapter, message) | Effect::TellWindow(chapter, WINDOW, message) => {
                    self.page_is_told(seat, chapter, message);
                }
                Effect::Reconnect => reconnects = true,
                Effect::ReadHeld => {
                    self.page_says_what_it_holds(seat);
                    goes_on = true;
                }
                _ => {}
            }
        }
        if !transaction.writes.is_empty() {
            self.transaction_begins(seat, transaction);
        }
        self.page_sets_timer(seat);
        if let Some(id) = connection.filter(|_| reconnects) {
            self.page_closes(id);
            self.page_loses(seat, id);
        }
        if goes_on {
            self.page_carries_out(seat);
        }
    }

    fn page_says_what_it_holds(&mut self, seat: Seat) {
        let it = &mut self.devices[seat.device];
        let held = it.store.held();
        if let Some(page) = it.page_of(seat) {
            page.desk.held(held);
        }
    }

    fn page_sets_timer(&mut self, seat: Seat) {
        let now = self.device_time(seat.device);
        let Some(page) = self.page_at(seat) else { return };
        page.set += 1;
        let set = page.set;
        if let Some(due) = page.desk.due_ms() {
            self.at(
                self.now + due.saturating_sub(now),
                Happening::PageTicks(seat, Some(set)),
            );
        }
    }

    fn transaction_begins(&mut self, seat: Seat, transaction: Transaction) {
        let slow = if self.is_quiet {
            5
        } else {
            self.chance.pick(&[2, 20, 400])
        };
        let Some(page) = self.page_at(seat) else { return };
        page.transactions.push_back(transaction);
        if page.transactions.len() == 1 {
            self.within(slow, Happening::PageStores(seat));
        }
    }

    pub(super) fn page_stores(&mut self, seat: Seat) {
        let stored = self.transaction_is_done(seat);
        let Some(page) = self.page_at(seat) else { return };
        if !page.transactions.is_empty() {
            self.within(20, Happening::PageStores(seat));
        }
        let Some(page) = self.page_at(seat) else { return };
        if !stored.is_empty() {
            page.desk.stored(&stored);
            self.page_carries_out(seat);
        }
    }

    /// The first transaction is on disk; answers the own changes in it.
    fn transaction_is_done(&mut self, seat: Seat) -> Vec<Hash> {
        let it = &mut self.devices[seat.device];
        let Some(done) = it.page_of(seat).and_then(|page| page.transactions.pop_front()) else {
            return Vec::new();
        };
        done.writes.into_iter().for_each(|write| it.store.apply(write));
        done.stored.iter().for_each(|hash| self.ledger.on_disk(hash));
        done.words
            .iter()
            .for_each(|words| self.ledger.words_on_disk(words));
        done.stored
    }

    fn page_is_told(&mut self, seat: Seat, chapter: ChapterKey, message: serde_json::Value) {
        let late = !self.is_quiet && self.chance.once_in(4);
        let Some(editor) = self.page_at(seat).and_then(|page| page.editors.get_mut(&chapter)) else {
            return;
        };
        editor.unread.push_back(message);
        let wait = if late { self.chance.below(200) } else { 0 };
        self.at(self.now + wait, Happening::PageReads(seat));
    }

    pub(super) fn page_reads(&mut self, seat: Seat) {
        let Some(page) = self.page_at(seat) else { return };
        for (chapter, editor) in &mut page.editors {
            while let Some(message) = editor.unread.pop_front() {
                editor.read(&message);
            }
            page.desk.seen(*chapter, sight(editor.version));
        }
    }

    /// A person does something in one of the chapters they look at.
    pub(super) fn person_acts(&mut self, device: usize) {
        if !self.is_quiet {
            let wait = self.chance.pick(&[30, 200, 1_500]);
            self.within(wait, Happening::PersonActs(device));
            if let Some(page) = self.devices[device].page.as_ref() {
                let seat = Seat {
                    device,
                    page: page.number,
                };
                let chapter =
                    self.devices[device].chapters[self.chance.place(self.devices[device].chapters.len())];
                self.person_edits(seat, chapter);
            }
        }
    }

    fn person_edits(&mut self, seat: Seat, chapter: ChapterKey) {
        let now = self.device_time(seat.device);
        let (chance, ledger) = (&mut self.chance, &mut self.ledger);
        let Some(page) = self.devices[seat.device].page_of(seat) else {
            return;
        };
        let Some(editor) = page.editors.get_mut(&chapter).filter(|editor| editor.can_write()) else {
            return;
        };
        let typed = Typed {
            device: seat.device,
            chapter,
        };
        let edit = editor.edit(chance, || ledger.fresh(typed));
        let base = editor.version;
        let shown = letters_in(&editor.nodes);
        let typed: String = letters_in(&edit.range.nodes)
            .into_iter()
            .filter(|it| !shown.contains(it))
            .collect();
        let deleted: String = edit.deleted.iter().collect();
        editor.awaits = true;
        ledger.delete(edit.deleted);
        page.desk.edit(now, chapter, sight(base), &edit.range);
        self.tell(|| {
            format!(
                "device {} edits chapter {} at state {base}: +{typed} -{deleted}",
                seat.device, chapter.1
            )
        });
        self.page_carries_out(seat);
    }
}

impl World {
    /// A person leaves a chapter and comes back to it on the same page.
    pub(super) fn chapter_is_left(&mut self) {
        let device = self.chance.place(self.devices.len());
        let now = self.device_time(device);
        let chapter = self.devices[device].chapters[0];
        let Some(page) = self.devices[device].page.as_mut() else {
            return;
        };
        if !page.editors.contains_key(&chapter) {
            return;
        }
        let seat = Seat {
            device,
            page: page.number,
        };
        page.desk.close(now, chapter);
        page.editors.remove(&chapter);
        self.tell(|| format!("device {device} leaves a chapter and comes back"));
        self.page_carries_out(seat);
        self.at(self.now, Happening::ChapterComesBack(seat, chapter));
    }

    /// The chapter is read from disk when everything that was on its way there has arrived.
    pub(super) fn chapter_comes_back(&mut self, seat: Seat, chapter: ChapterKey) {
        match self.page_at(seat).map(|page| page.transactions.is_empty()) {
            Some(true) => self.chapter_opens(seat, chapter),
            Some(false) => self.within(20, Happening::ChapterComesBack(seat, chapter)),
            None => {}
        }
    }
}

const fn sight(version: u64) -> Sight {
    Sight {
        window: WINDOW,
        version,
    }
}
