//! The world: what happens when, in one thread, in an order that follows from the seed alone.

use std::collections::BTreeMap;

use schema::ids::ChapterId;
use schema::sync::ChapterKey;
use schrijftafel_server::core::{Effect, Input};

use super::chance::Chance;
use super::device::Device;
use super::ledger::Ledger;
use super::network::{ConnectionId, Network};
use super::programme::Programme;
use super::server_side::ServerSide;

/// When runs begin, UTC ms.
pub const BEGIN_MS: u64 = 1_700_000_000_000;
/// Troubles of the quiet: how long the world may take until everything has settled.
const SETTLE_MS: u64 = 150_000;

/// A page of a device: the device, and which page of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seat {
    /// Place in the world's devices.
    pub device: usize,
    /// Counts the pages of the device.
    pub page: u64,
}

/// Something that happens. What belongs to a life of the server or to a page means nothing after it.
#[derive(Debug)]
pub enum Happening {
    /// Time passes at the server.
    ServerTicks(u64),
    /// Something comes back to the core.
    ServerHears(u64, Box<Input>),
    /// Slow work is done.
    ServerWorks(u64, Box<Effect>),
    /// What waits is appended and flushed.
    ServerFlushes(u64),
    /// The server starts.
    ServerStarts,
    /// An engine that stopped is opened again.
    LogReopens(u64),
    /// A call arrives at the server.
    CallArrives(ConnectionId),
    /// The page learns that it is connected.
    CallAnswered(ConnectionId),
    /// A frame arrives at the server.
    Up(ConnectionId),
    /// A frame arrives at the page.
    Down(ConnectionId),
    /// The server learns that a connection is gone.
    ServerHearsCut(ConnectionId),
    /// The page learns that a connection is gone.
    PageHearsCut(ConnectionId),
    /// A page is opened on a device.
    PageOpens(usize),
    /// A page calls the server.
    PageCalls(Seat),
    /// Time passes at a page; the second counts how often it was set anew.
    PageTicks(Seat, Option<u64>),
    /// The next transaction of a device is on disk.
    PageStores(Seat),
    /// The editor looks at what the worker said.
    PageReads(Seat),
    /// A person comes back to a chapter.
    ChapterComesBack(Seat, ChapterKey),
    /// A person does something.
    PersonActs(usize),
    /// The programme team does something.
    ProgrammeActs,
    /// A command that has no answer is sent again.
    CommandAgain(u64),
    /// A chapter is restored: asks for the copy.
    RestoreBegins(ChapterId),
    /// Something goes wrong.
    Trouble,
}

/// See the module's text.
#[derive(Debug)]
pub struct World {
    /// Everything that is left to chance.
    pub(super) chance: Chance,
    /// True time, UTC ms.
    pub(super) now: u64,
    happenings: BTreeMap<(u64, u64), Happening>,
    sequence: u64,
    pub(super) server: ServerSide,
    pub(super) network: Network,
    pub(super) devices: Vec<Device>,
    pub(super) programme: Programme,
    pub(super) ledger: Ledger,
    /// Nothing goes wrong and nobody does anything.
    pub(super) is_quiet: bool,
    /// What happened, if it is to be told.
    pub(super) told: Option<Vec<String>>,
    /// Whether it is told at once.
    pub(super) aloud: bool,
}

impl World {
    /// A world in which nothing has happened.
    pub(super) fn new(seed: u64) -> Self {
        Self {
            chance: Chance::new(seed),
            now: BEGIN_MS,
            happenings: BTreeMap::new(),
            sequence: 0,
            server: ServerSide::new(seed),
            network: Network::default(),
            devices: Vec::new(),
            programme: Programme::default(),
            ledger: Ledger::default(),
            is_quiet: true,
            told: None,
            aloud: false,
        }
    }

    /// Lets something happen at a time.
    pub(super) fn at(&mut self, time: u64, what: Happening) {
        self.sequence += 1;
        self.happenings.insert((time.max(self.now), self.sequence), what);
    }

    /// Lets something happen after up to so many milliseconds.
    pub(super) fn within(&mut self, ms: u64, what: Happening) {
        let time = self.now + self.chance.below(ms + 1);
        self.at(time, what);
    }

    /// Says what happens, when somebody follows.
    pub(super) fn tell(&mut self, what: impl FnOnce() -> String) {
        if self.told.is_none() && !self.aloud {
            return;
        }
        let line = format!("{:>8} ms  {}", self.now - BEGIN_MS, what());
        if self.aloud {
            println!("{line}");
        }
        if let Some(told) = &mut self.told {
            told.push(line);
        }
    }

    /// Lets the next thing happen; false when nothing will.
    fn step(&mut self) -> bool {
        let Some(((time, _), what)) = self.happenings.pop_first() else {
            return false;
        };
        self.now = time;
        match what {
            Happening::ServerTicks(life) => self.server_ticks(life),
            Happening::ServerHears(life, input) => self.server_hears_in(life, *input),
            Happening::ServerWorks(life, effect) => self.server_works(life, *effect),
            Happening::ServerFlushes(life) => self.server_flushes(life),
            Happening::ServerStarts => self.server_starts(),
            Happening::LogReopens(life) => self.log_reopens(life),
            Happening::CallArrives(id) => self.call_arrives(id),
            Happening::CallAnswered(id) => self.call_answered(id),
            Happening::Up(id) => self.frame_arrives(id),
            Happening::Down(id) => self.page_receives(id),
            Happening::ServerHearsCut(id) => self.server_hears_cut(id),
            Happening::PageHearsCut(id) => self.page_hears_cut(id),
            Happening::PageOpens(device) => self.page_opens(device),
            Happening::PageCalls(seat) => self.page_calls(seat),
            Happening::PageTicks(seat, set) => self.page_ticks(seat, set),
            Happening::PageStores(seat) => self.page_stores(seat),
            Happening::PageReads(seat) => self.page_reads(seat),
            Happening::ChapterComesBack(seat, chapter) => self.chapter_comes_back(seat, chapter),
            Happening::PersonActs(device) => self.person_acts(device),
            Happening::ProgrammeActs => self.programme_acts(),
            Happening::CommandAgain(number) => self.command_again(number),
            Happening::RestoreBegins(chapter) => self.restore_begins(chapter),
            Happening::Trouble => self.trouble(),
        }
        true
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, ms: u64) -> Result<(), String> {
        let end = self.now + ms;
        while self
            .happenings
            .first_key_value()
            .is_some_and(|((time, _), _)| *time <= end)
        {
            self.step();
            self.is_right_so_far()?;
        }
        self.now = end;
        Ok(())
    }

    /// Lets things happen until something holds.
    pub(super) fn until(
        &mut self,
        what: &str,
        holds: impl Fn(&Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let end = self.now + SETTLE_MS;
        let mut lacking = String::new();
        while self.now < end {
            self.pass(250)?;
            match holds(self) {
                Ok(()) => return Ok(()),
                Err(why) => lacking = why,
            }
        }
        Err(format!("{what} does not come about: {lacking}"))
    }

    fn is_right_so_far(&self) -> Result<(), String> {
        match self.ledger.wrong.first() {
            Some(wrong) => Err(wrong.clone()),
            None => Ok(()),
        }
    }
}
