//! Loss of power at every possible instant, failing flushes and full disks: nothing answered is missing or doubled.
//!
//! A script of appends and erasures is run once for every step the engine makes on its disk, with the trouble at
//! that step; then the log is opened again (sometimes with the power going in the midst of that), compared record
//! for record with the memory engine, and the script goes on to its end. `POWER_SEEDS` sets how many scripts (3).

use std::ops::Range;

use super::*;
use crate::log::MemoryLog;
use crate::log::segments::disk::Disk;
use crate::log::segments::treacherous::{Treacherous, Trouble};

const PLANS: [PlanId; 3] = [
    PlanId::from_bytes([1; 16]),
    PlanId::from_bytes([2; 16]),
    PlanId::from_bytes([3; 16]),
];
/// Two or three groups fill a file.
const SEGMENT_BYTES: u64 = 6 << 10;

#[derive(Debug, Clone)]
enum Act {
    Append(Vec<AppendRequest>),
    Erase(PlanId, Vec<Position>, Extent),
    Reopen,
}

/// xorshift64*.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % end
    }

    fn of(&mut self, range: Range<u64>) -> u64 {
        range.start + self.below(range.end - range.start)
    }

    fn plan(&mut self) -> PlanId {
        PLANS[self.below(3) as usize]
    }
}

fn script(seed: u64) -> Vec<Act> {
    let mut chance = Chance(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut next = 0;
    let mut lengths = BTreeMap::new();
    let mut act = |chance: &mut Chance| match chance.below(10) {
        0 => Act::Reopen,
        1 | 2 => erasure(chance, &lengths),
        _ => Act::Append(
            (0..chance.of(1..4))
                .map(|_| request(chance, &mut next, &mut lengths))
                .collect(),
        ),
    };
    (0..16).map(|_| act(&mut chance)).collect()
}

fn erasure(chance: &mut Chance, lengths: &BTreeMap<PlanId, u64>) -> Act {
    let plan = chance.plan();
    match lengths.get(&plan) {
        None => Act::Reopen,
        Some(length) => {
            let extents = [Extent::Payload, Extent::PayloadAndEnvelopeSalt];
            let extent = extents[chance.below(2) as usize];
            // Several at once lie in more than one segment, and one is named twice.
            let first = chance.below(*length);
            let several = [first, first / 2, first / 3, 0, length - 1, first];
            let count = if first.is_multiple_of(2) { several.len() } else { 1 };
            let positions = several.into_iter().take(count).map(Position).collect();
            Act::Erase(plan, positions, extent)
        }
    }
}

fn request(chance: &mut Chance, next: &mut u64, lengths: &mut BTreeMap<PlanId, u64>) -> AppendRequest {
    let plan = chance.plan();
    let count = chance.of(1..5);
    let numbers = *next..*next + count;
    *next += count;
    *lengths.entry(plan).or_default() += count;
    let bytes = match chance.below(8) {
        // Over more than one page.
        0 => chance.of(3_000..9_000),
        _ => chance.of(0..300),
    };
    AppendRequest {
        plan,
        events: numbers.map(|number| event(number, bytes as usize)).collect(),
        guards: Vec::new(),
    }
}

/// Does one act; false when the log would not.
fn perform(log: &dyn EventLog, now: usize, act: &Act) -> bool {
    match act {
        Act::Append(group) => {
            let answers = append_group_at(log, now as u64, group.clone());
            answers.iter().all(Result::is_ok)
        }
        Act::Erase(plan, positions, extent) => log.erase_all(*plan, positions, *extent).is_ok(),
        Act::Reopen => true,
    }
}

/// What a log holds that did the first `count` acts.
fn held_after(acts: &[Act], count: usize) -> BTreeMap<PlanId, Vec<Record>> {
    let memory = MemoryLog::new(IncarnationId::from_bytes([9; 16]));
    for (now, act) in acts.iter().enumerate().take(count) {
        assert!(perform(&memory, now, act));
    }
    PLANS.map(|plan| (plan, all(&memory, plan))).into_iter().collect()
}

/// A log that does a script on a disk, and how far it was answered.
struct Run<'a> {
    disk: &'a Treacherous,
    acts: &'a [Act],
    done: usize,
    log: Option<SegmentLog>,
}

impl<'a> Run<'a> {
    fn new(disk: &'a Treacherous, acts: &'a [Act]) -> Self {
        Self {
            disk,
            acts,
            done: 0,
            log: None,
        }
    }

    fn open(&mut self) -> Result<(), OpenError> {
        self.log = None;
        self.log = Some(SegmentLog::open_on(
            Arc::new(self.disk.clone()),
            config(SEGMENT_BYTES),
        )?);
        Ok(())
    }

    /// Goes on until the script ends or something goes wrong; whether it ended.
    fn go_on(&mut self) -> bool {
        if self.log.is_none() && self.open().is_err() {
            return false;
        }
        while let Some(act) = self.acts.get(self.done) {
            let went_well = match act {
                Act::Reopen => self.open().is_ok(),
                _ => self.log.as_ref().is_some_and(|log| perform(log, self.done, act)),
            };
            if !went_well {
                return false;
            }
            self.done += 1;
        }
        true
    }

    /// Opens the log again as its operator would: whatever happened, it opens.
    fn open_again(&mut self, cut_at: Option<u64>) {
        self.log = None;
        self.disk.restart();
        if let Some(step) = cut_at {
            self.disk.plan(Some(Trouble::PowerCut(step)));
            let opened = self.open();
            assert!(opened.is_ok() || self.disk.is_dark(), "{opened:?}");
            self.log = None;
            if !self.disk.is_dark() {
                self.disk.cut_power();
            }
            self.disk.restart();
        }
        self.open().expect("a log opens after any loss of power");
    }

    /// Everything answered is there, nothing else but whole batches of the group that was under way.
    fn check(&self) {
        let log = self.log.as_ref().unwrap();
        log.verify().unwrap();
        let (sure, perhaps) = (
            held_after(self.acts, self.done),
            held_after(self.acts, (self.done + 1).min(self.acts.len())),
        );
        for plan in PLANS {
            let held = all(log, plan);
            let (sure, perhaps) = (&sure[&plan], &perhaps[&plan]);
            assert!(held.len() >= sure.len(), "answered events are missing");
            assert!(held.len() <= perhaps.len(), "there are events that nobody sent");
            for (at, record) in held.iter().enumerate() {
                assert!(
                    sure.get(at) == Some(record) || perhaps[at] == *record,
                    "event {at}"
                );
            }
            assert!(
                self.batch_ends(plan, sure.len()).contains(&held.len()),
                "half a batch"
            );
        }
    }

    /// The lengths a plan may have while the next act is under way.
    fn batch_ends(&self, plan: PlanId, sure: usize) -> Vec<usize> {
        let mut ends = vec![sure];
        if let Some(Act::Append(group)) = self.acts.get(self.done) {
            for request in group.iter().filter(|request| request.plan == plan) {
                ends.push(ends.last().unwrap() + request.events.len());
            }
        }
        ends
    }

    /// Does the rest, the act that was under way once more, and compares the whole.
    fn finish(&mut self) {
        self.check();
        assert!(self.go_on(), "without trouble everything goes well");
        let log = self.log.as_ref().unwrap();
        log.verify().unwrap();
        let expected = held_after(self.acts, self.acts.len());
        for plan in PLANS {
            assert_eq!(all(log, plan), expected[&plan]);
        }
    }
}

fn seeds() -> Range<u64> {
    let count = std::env::var("POWER_SEEDS").map_or(3, |text| text.parse().expect("POWER_SEEDS is a number"));
    1..count + 1
}

/// Steps of a script on a disk where nothing goes wrong.
fn steps_of(acts: &[Act]) -> u64 {
    let disk = Treacherous::new(1);
    let mut run = Run::new(&disk, acts);
    assert!(run.go_on());
    run.finish();
    let names = disk.list().unwrap();
    assert!(
        names.iter().filter(|name| name.ends_with(".idx")).count() > 2,
        "{names:?}"
    );
    disk.steps()
}

#[test]
fn power_lost_at_any_step_loses_and_doubles_nothing() {
    let (mut cuts, mut torn) = (0, 0);
    for seed in seeds() {
        let acts = script(seed);
        for step in 1..=steps_of(&acts) {
            let disk = Treacherous::new(seed << 20 | step);
            disk.plan(Some(Trouble::PowerCut(step)));
            let mut run = Run::new(&disk, &acts);
            assert!(!run.go_on(), "the power goes before the end");
            let again = (step % 3 == 0).then_some(step % 7 + 1);
            run.open_again(again);
            cuts += 1;
            torn += usize::from(!run.log.as_ref().unwrap().cuts().is_empty());
            run.finish();
        }
    }
    println!("{cuts} losses of power, {torn} torn ends cut");
    assert!(
        cuts > 200 && torn > 20,
        "{cuts} cuts, {torn} torn: too little was tried"
    );
}

#[test]
fn a_failed_flush_at_any_step_loses_nothing_even_if_the_power_goes_later() {
    let mut failed = 0;
    for seed in seeds() {
        let acts = script(seed);
        for step in 1..=steps_of(&acts) {
            let disk = Treacherous::new(seed << 20 | step);
            disk.plan(Some(Trouble::FailedFlush(step)));
            let mut run = Run::new(&disk, &acts);
            if run.go_on() {
                continue;
            }
            failed += 1;
            if let Some(log) = &run.log {
                assert!(matches!(log.health(), Health::Stopped { .. }));
            }
            disk.plan(None);
            run.open().unwrap();
            run.finish();
            disk.cut_power();
            run.open_again(None);
            run.finish();
        }
    }
    assert!(failed > 50, "only {failed} flushes failed");
}

#[test]
fn a_disk_that_fills_at_any_byte_loses_nothing() {
    let mut full = 0;
    for seed in seeds() {
        let acts = script(seed);
        for room in (0..60_000).step_by(1_117) {
            let disk = Treacherous::new(seed << 20 | room);
            disk.plan(Some(Trouble::NoRoom(room)));
            let mut run = Run::new(&disk, &acts);
            if run.go_on() {
                continue;
            }
            full += 1;
            disk.plan(None);
            run.open().unwrap();
            run.check();
            run.log = None;
            disk.cut_power();
            run.open_again(None);
            run.finish();
        }
    }
    assert!(full > 30, "only {full} disks were full");
}
