//! A last group of events that a crash tore, of which nobody was answered: the log is opened as it is, without a copy of it.

use super::cut_short::{changed, write};
use super::last_group::{files_of, start};
use super::*;
use crate::log::engine::wait_until_closed;
use crate::log::sled::doubt::Doubt;

/// Events of the group that is torn: some messages of sled.
const TORN_EVENTS: u64 = 60;
/// Bytes between two places at which it is torn.
const STEP: usize = 997;

/// A log that a kill left while it wrote a group.
struct Killed {
    left: TempDir,
    /// Which bytes of sled's file the last group is. Everything before was answered, and is noted as answered.
    group: std::ops::Range<usize>,
    /// The note of what was answered, when the last group was too.
    answered: Vec<u8>,
}

impl Killed {
    fn after(groups: u64, has_notes: bool) -> Self {
        let home = TempDir::new().unwrap();
        let log = home.path().join("log");
        let read = |name: &str| std::fs::read(log.join(name)).unwrap();
        let open = || SledLog::open(&log, SledConfig::default()).unwrap();
        let mut opened = open();
        for number in 0..groups {
            if has_notes && number == groups / 2 {
                drop(opened);
                wait_until_closed(&log).unwrap();
                opened = open();
            }
            write(&opened, PLAN, number * 50..(number + 1) * 50);
        }
        // Nothing of the index is under way.
        opened.verify().unwrap();
        opened.level();
        let (noted, before) = (read("acknowledged"), read("db"));
        write(&opened, PLAN, groups * 50..groups * 50 + TORN_EVENTS);
        let left = TempDir::new().unwrap();
        let home_left = left.path().join("log");
        std::fs::create_dir_all(home_left.join("blobs")).unwrap();
        // The note is written by a thread of its own, at its time.
        for file in std::fs::read_dir(&log)
            .unwrap()
            .map(|entry| entry.unwrap().path())
        {
            let name = file.file_name().unwrap().to_owned();
            if file.is_file() && !name.to_string_lossy().starts_with("acknowledged") {
                std::fs::copy(&file, home_left.join(name)).unwrap();
            }
        }
        opened.level();
        let answered = read("acknowledged");
        std::fs::write(home_left.join("acknowledged"), noted).unwrap();
        let after = std::fs::read(home_left.join("db")).unwrap();
        let is_new = |at: &usize| before.get(*at) != Some(&after[*at]) && after[*at] != 0;
        let first = (0..after.len()).find(is_new).unwrap();
        let last = (0..after.len()).rfind(is_new).unwrap();
        Self {
            left,
            group: first..last + 1,
            answered,
        }
    }

    fn torn_at(&self, at: usize, is_cut: bool) -> TempDir {
        changed(&self.left, |bytes| {
            if is_cut {
                bytes.truncate(at);
            } else {
                bytes[at..self.group.end].fill(0);
            }
        })
    }
}

#[test]
fn a_torn_group_of_which_nobody_was_answered_costs_no_copy_of_the_log() {
    let (mut torn, mut copied) = (0, 0);
    for (groups, has_notes) in [(12, false), (12, true), (100, true)] {
        let killed = Killed::after(groups, has_notes);
        let group = &killed.group;
        let length = std::fs::metadata(killed.left.path().join("log").join("db"))
            .unwrap()
            .len();
        let end = Position(groups * 50);
        for at in group.clone().skip(1).step_by(STEP) {
            for is_cut in [false, true] {
                let place = killed.torn_at(at, is_cut);
                let log = place.path().join("log");
                let scene = format!(
                    "{groups} groups, notes {has_notes}, torn at {at} of {group:?} of {length}, cut: {is_cut}"
                );
                let doubt = Doubt::of(&log, std::iter::empty()).unwrap();
                copied += u32::from(doubt.is_any());
                assert!(is_cut || !doubt.is_any(), "{scene}: {doubt:?}");
                let before = files_of(&place);
                let opened = match start(&place) {
                    Ok(opened) => opened,
                    // Cutting takes away what lies behind the group in the file, too.
                    Err(error) => {
                        assert!(is_cut && doubt.is_any(), "{scene}: {error}: {doubt:?}");
                        assert!(
                            files_of(&place) == before,
                            "{scene}: a refused start changed something"
                        );
                        continue;
                    }
                };
                assert_eq!(opened.next_position(PLAN), end, "{scene}");
                // Of its very first bytes nothing need tell.
                let is_told = doubt.torn(opened.as_ref()).is_some();
                assert!(is_told || at < group.start + 64, "{scene}: nothing is said");
                torn += 1;
                opened.verify().unwrap_or_else(|error| panic!("{scene}: {error}"));
            }
        }
    }
    println!("{torn} torn, {copied} copied");
    assert!(torn > 40 && copied <= torn / 2);
}

/// Where the torn group was answered nothing may be cut off: the log is looked at in a copy, and refused as it is.
#[test]
fn a_torn_group_that_was_answered_is_refused_as_it_is() {
    for has_notes in [false, true] {
        let killed = Killed::after(12, has_notes);
        let middle = killed.group.start + killed.group.len() / 2;
        let place = killed.torn_at(middle, false);
        let log = place.path().join("log");
        std::fs::write(log.join("acknowledged"), &killed.answered).unwrap();
        assert!(Doubt::of(&log, std::iter::empty()).unwrap().is_any());
        let before = files_of(&place);
        assert!(start(&place).is_err());
        assert!(files_of(&place) == before, "a refused start changed something");
    }
}
