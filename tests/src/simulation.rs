//! The whole system from one seed: server core, log, disk, network, browsers' cores and people, in one thread.
//!
//! # Why it exists
//!
//! Bugs of a distributed system live in orders of events that no example test thinks of: an acknowledgement lost with
//! the connection, a right withdrawn while a change is on its way, a power cut between the flush and the answer. Here a
//! seed decides every order, delay and fault; the same seed gives the same run, so what fails once can be looked at.
//!
//! What runs is the product: `server::core` over `server::log::SegmentLog` on a disk that can lose power
//! (`server::log::segments::treacherous`), and per page `client_wasm::desk`, the browser's half. What stands here is only
//! what surrounds them: threads, sockets, IndexedDB and the editor, whose order is the world's to choose.
//!
//! # A run
//!
//! The plan is made; then, in rounds, everybody types, rights come and go, texts are restored and things go wrong
//! ([`trouble`]) until it grows quiet; then everything must have settled and [`checks`] must hold.
//!
//! # Reading order
//!
//! [`world`] is the order of things, [`server_side`], [`network`] and [`device`] the three places, [`store`] and
//! [`editor`] what a page stands on, [`programme`] and [`restoring`] who decides, [`ledger`] and [`proofs`] what is
//! known to be true, [`frames`] what is said of it, [`checks`] what must hold.

pub mod chance;
pub mod checks;
pub mod device;
pub mod editor;
pub mod frames;
pub mod ledger;
pub mod network;
pub mod programme;
pub mod proofs;
pub mod restoring;
pub mod server_side;
pub mod store;
pub mod trouble;
pub mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use device::Device;
use programme::{CHAPTERS, READER, WRITERS, key};
use world::{Happening, World};

/// How long people type and things go wrong before it grows quiet, in the world's milliseconds.
const ROUND_MS: u64 = 12_000;

/// How long it must have been quiet: what was asked last, as an actor to write with, is answered by then.
const QUIET_MS: u64 = 6_000;

/// Runs a seed; `aloud` says each step.
///
/// # Errors
/// What does not hold.
pub fn run(seed: u64, aloud: bool) -> Result<(), String> {
    told(seed, (aloud, false)).map(|_| ())
}

/// Runs a seed and gives its steps.
///
/// # Errors
/// What does not hold.
pub fn steps(seed: u64) -> Result<Vec<String>, String> {
    told(seed, (false, true))
}

fn told(seed: u64, (aloud, kept): (bool, bool)) -> Result<Vec<String>, String> {
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let mut world = World::new(seed);
        world.aloud = aloud;
        world.told = kept.then(Vec::new);
        world.live()?;
        Ok(world.told.take().unwrap_or_default())
    }));
    ran.unwrap_or_else(|panic| {
        let what = panic.downcast_ref::<String>().cloned();
        let what = what.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(format!("panic: {}", what.unwrap_or_default()))
    })
}

impl World {
    fn live(&mut self) -> Result<(), String> {
        self.server_starts();
        self.found()?;
        self.people_come();
        let rounds = self.chance.of(1, 4);
        for round in 0..rounds {
            self.tell(|| format!("round {round}"));
            self.is_quiet = false;
            self.everything_begins();
            let length = self.chance.of(ROUND_MS / 4, ROUND_MS);
            self.pass(length)?;
            self.is_quiet = true;
            self.tell(|| "it grows quiet".to_owned());
            if round + 1 == rounds && self.chance.once_in(2) {
                self.programme_makes_peace();
            }
            self.grows_quiet()?;
            // Who was shut out and may come in again looks once more.
            if self.the_shut_out_look_again() {
                self.grows_quiet()?;
            }
            self.check()?;
        }
        Ok(())
    }

    /// Everything that is under way comes to an end, and stays there.
    fn grows_quiet(&mut self) -> Result<(), String> {
        self.until("the quiet", World::is_settled)?;
        self.pass(QUIET_MS)?;
        self.until("the quiet", World::is_settled)
    }

    fn people_come(&mut self) {
        let mut callers: Vec<_> = WRITERS.into_iter().take(1 + self.chance.place(3)).collect();
        // A second device of somebody, and a reader.
        if self.chance.once_in(2) {
            callers.push(WRITERS[0]);
        }
        if self.chance.once_in(2) {
            callers.push(READER);
        }
        for (number, caller) in (1..).zip(callers) {
            let count = if self.chance.once_in(3) { 2 } else { 1 };
            let chapters = CHAPTERS.into_iter().take(count).map(key).collect();
            self.devices.push(Device::new(caller, number, chapters));
            self.at(self.now, Happening::PageOpens(usize::from(number) - 1));
        }
    }

    fn the_shut_out_look_again(&mut self) -> bool {
        let is_shut_out = |device: &Device| {
            let editors = device.page.iter().flat_map(|page| page.editors.values());
            editors.into_iter().any(|editor| editor.word() == "closed")
        };
        let shut_out: Vec<usize> = (0..self.devices.len())
            .filter(|at| is_shut_out(&self.devices[*at]))
            .collect();
        shut_out.iter().for_each(|device| self.page_ends(*device, true));
        !shut_out.is_empty()
    }

    fn everything_begins(&mut self) {
        for device in 0..self.devices.len() {
            self.within(500, Happening::PersonActs(device));
        }
        self.within(4_000, Happening::ProgrammeActs);
        self.within(3_000, Happening::Trouble);
    }
}
