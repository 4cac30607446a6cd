//! What a repair says of what it could not tell, and what it leaves alone.

use std::collections::BTreeMap;

use super::mending::{ENGINES, Scene, flip};
use super::*;
use crate::backup::repair::{Outcome, repair};
use crate::log::compact;
use crate::log::engine::{self, EngineKind, Opening};
use crate::log::sled::doubt::Doubt;

const STRANGER: IncarnationId = IncarnationId::from_bytes([77; 16]);

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
        let file = scene.log().join(match kind {
            EngineKind::Sled => "db",
            EngineKind::Segments => "0000000000.seg",
        });
        let mut bytes = std::fs::read(&file).unwrap();
        let used = bytes.iter().rposition(|byte| *byte != 0).unwrap();
        bytes[used - 20] ^= 1;
        std::fs::write(&file, bytes).unwrap();
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
