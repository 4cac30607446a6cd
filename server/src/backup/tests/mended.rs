//! What a repair says of what it could not tell, and what it leaves alone.

use std::collections::BTreeMap;

use super::mending::{ENGINES, Scene, flip};
use super::*;
use crate::backup::repair::{Outcome, repair};
use crate::log::compact;
use crate::log::engine::{self, EngineKind, Opening};
use crate::log::sled::doubt::Doubt;

const STRANGER: IncarnationId = IncarnationId::from_bytes([77; 16]);

const GROUPS: u64 = 12;

/// The file that events are written to.
fn file_of(scene: &Scene) -> std::path::PathBuf {
    scene.log().join(match scene.kind {
        EngineKind::Sled => "db",
        EngineKind::Segments => "0000000000.seg",
    })
}

/// One past the last byte of it that holds anything.
fn used(scene: &Scene) -> u64 {
    let bytes = std::fs::read(file_of(scene)).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap() as u64 + 1
}

/// The note of what was answered as another log of the same engine has it.
fn exchange_the_note(scene: &Scene) {
    let other = scene.place.path().join("other");
    let log = engine::create(&other, scene.kind, STRANGER).unwrap();
    append(log.as_ref(), PLAN, 0..10);
    drop(log);
    engine::wait_until_closed(&other).unwrap();
    std::fs::copy(other.join("acknowledged"), scene.log().join("acknowledged")).unwrap();
}

#[test]
fn a_log_that_is_whole_is_left_as_it_is() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        let before = files_in(scene.place.path());
        let mended = repair(&scene.log(), &scene.backup(), &mut |_| {}).unwrap();
        assert_eq!(mended, Outcome::Whole, "{kind}");
        assert!(files_in(scene.place.path()) == before, "{kind}");
    }
}

#[test]
fn damage_that_tells_of_itself_leaves_nothing_open() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        scene.spoil(700, flip);
        assert_eq!(scene.repair().unwrap().may_lack_after, [], "{kind}");
    }
}

/// Somebody may have been answered in the last second before a crash, of which the note does not tell yet.
#[test]
fn where_the_end_is_not_whole_it_is_said_how_far_every_plan_goes() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        let noted = std::fs::read(scene.log().join("acknowledged")).unwrap();
        let log = engine::open_existing(&scene.log(), Opening::Serve).unwrap();
        append(log.as_ref(), PLAN, 3_000..3_005);
        drop(log);
        engine::wait_until_closed(&scene.log()).unwrap();
        std::fs::write(scene.log().join("acknowledged"), noted).unwrap();
        let used = used(&scene) as usize;
        change_file(&scene, |bytes| bytes[used - 21] ^= 1);
        let repaired = scene.repair().unwrap();
        let ends: BTreeMap<PlanId, Position> = repaired.may_lack_after.iter().copied().collect();
        let log = engine::open_existing(&scene.log(), Opening::Check).unwrap();
        assert_eq!(
            ends,
            BTreeMap::from([PLAN, OTHER_PLAN].map(|plan| (plan, log.next_position(plan)))),
            "{kind}: {repaired:?}"
        );
        assert_eq!(ends[&PLAN], Position(3_000), "{kind}: {ends:?}");
    }
}

/// A log as a kill leaves it, of groups of one append; the note of what was answered is from after so many of them.
fn killed_after(kind: EngineKind, noted_after: u64) -> (Scene, Vec<u64>) {
    let scene = Scene::new(kind);
    let log = engine::open_existing(&scene.log(), Opening::Serve).unwrap();
    let mut noted = Vec::new();
    let mut ends = Vec::new();
    for number in 0..GROUPS {
        if number == noted_after {
            log.level();
            noted = std::fs::read(scene.log().join("acknowledged")).unwrap();
        }
        append(log.as_ref(), PLAN, 3_000 + number * 5..3_005 + number * 5);
        ends.push(used(&scene));
    }
    let left = scene.place.path().join("left");
    for (name, bytes) in files_in(&scene.log()) {
        let file = left.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    drop(log);
    engine::wait_until_closed(&scene.log()).unwrap();
    std::fs::remove_dir_all(scene.log()).unwrap();
    std::fs::rename(left, scene.log()).unwrap();
    std::fs::write(scene.log().join("acknowledged"), noted).unwrap();
    (scene, ends)
}

fn change_file(scene: &Scene, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(file_of(scene)).unwrap();
    change(&mut bytes);
    std::fs::write(file_of(scene), bytes).unwrap();
}

/// Damage before an event that was noted as answered can hide nothing that was not; damage after it may.
#[test]
fn what_stood_before_a_noted_event_was_noted_too() {
    for (damaged, may_lack) in [(3, false), (9, true)] {
        let (scene, ends) = killed_after(EngineKind::Sled, 6);
        {
            let log = engine::open_existing(&scene.log(), Opening::Check).unwrap();
            back_up(log.as_ref(), &people(), &scene.backup()).unwrap();
        }
        change_file(&scene, |bytes| bytes[ends[damaged] as usize - 40] ^= 1);
        let repaired = scene.repair().unwrap();
        assert_eq!(
            !repaired.may_lack_after.is_empty(),
            may_lack,
            "{damaged}: {repaired:?}"
        );
        assert_eq!(scene.records().len() as u64, 3_000 + GROUPS * 5, "{damaged}");
    }
}

/// What was never written to its end was not flushed, so nobody was told that it was stored.
#[test]
fn a_last_group_that_was_never_written_to_its_end_was_answered_to_nobody() {
    for kind in ENGINES {
        let (scene, ends) = killed_after(kind, 6);
        let [before, last] = ends[ends.len() - 2..] else {
            unreachable!()
        };
        change_file(&scene, |bytes| {
            let at = (before + (last - before) / 2) as usize;
            match kind {
                EngineKind::Sled => bytes[at..].fill(0),
                EngineKind::Segments => bytes.truncate(at),
            }
        });
        let repaired = scene.repair().unwrap();
        assert_eq!(repaired.may_lack_after, [], "{kind}: {repaired:?}");
        let kept = scene.records().len() as u64;
        assert_eq!(kept, 3_000 + (GROUPS - 1) * 5, "{kind}");
    }
}

#[test]
fn a_note_of_another_log_counts_for_nothing_and_is_named() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        exchange_the_note(&scene);
        assert!(scene.is_refused(), "{kind}");
        let repaired = scene.repair().unwrap();
        assert_eq!(repaired.strange_note, Some(STRANGER), "{kind}");
        assert_eq!((repaired.from_log, repaired.from_backup), (3_005, 0), "{kind}");
        assert_eq!(
            repaired.may_lack_after,
            [(PLAN, Position(3_000)), (OTHER_PLAN, Position(5))],
            "{kind}"
        );
        assert_eq!(scene.records(), scene.whole, "{kind}");
    }
}

/// A doubtful log is copied at the start, and said to be doubtful.
#[test]
fn a_log_that_was_written_anew_is_not_doubted_at_the_next_start() {
    let scene = Scene::new(EngineKind::Sled);
    let is_doubted = || Doubt::of(&scene.log(), std::iter::empty()).unwrap().is_any();
    scene.spoil(700, flip);
    scene.repair().unwrap();
    assert!(!is_doubted(), "by a repair");
    compact::compact(&scene.log(), &mut |_| {}).unwrap();
    assert!(!is_doubted(), "by a compaction");
}
