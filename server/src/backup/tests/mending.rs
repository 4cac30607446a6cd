//! A damaged log and its backup: what is mended, and what is refused with its place.

use super::*;
use crate::backup::repair::{Outcome, RepairError, Repaired, repair};
use crate::log::engine::{self, EngineKind, Opening};
use crate::log::segments;
use crate::log::sled::frame;
use crate::log::sled::pack::Place;
use crate::log::sled::tampering::{change_frames, change_value};

pub(super) const ENGINES: [EngineKind; 2] = [EngineKind::Sled, EngineKind::Segments];

/// A log of 3,000 events of which 2,000 are in the backup.
pub(super) struct Scene {
    pub(super) kind: EngineKind,
    pub(super) place: TempDir,
    pub(super) whole: Vec<Record>,
}

impl Scene {
    pub(super) fn new(kind: EngineKind) -> Self {
        let place = TempDir::new().unwrap();
        let scene = Self {
            kind,
            whole: Vec::new(),
            place,
        };
        let log = engine::create(&scene.log(), kind, LIFE).unwrap();
        append(log.as_ref(), PLAN, 0..2_000);
        back_up(log.as_ref(), &people(), &scene.backup()).unwrap();
        append(log.as_ref(), PLAN, 2_000..3_000);
        append(log.as_ref(), OTHER_PLAN, 0..5);
        let whole = in_log(log.as_ref(), PLAN);
        drop(log);
        engine::wait_until_closed(&scene.log()).unwrap();
        Self { whole, ..scene }
    }

    pub(super) fn log(&self) -> std::path::PathBuf {
        self.place.path().join("log")
    }

    pub(super) fn backup(&self) -> std::path::PathBuf {
        self.place.path().join("backup")
    }

    /// Changes what is stored behind the engine's back; `None` takes it away.
    pub(super) fn spoil(&self, position: u64, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) {
        engine::wait_until_closed(&self.log()).unwrap();
        match self.kind {
            EngineKind::Sled => self.spoil_in_sled(position, change),
            EngineKind::Segments => self.spoil_in_a_segment(position, change),
        }
        engine::wait_until_closed(&self.log()).unwrap();
    }

    fn spoil_in_sled(&self, position: u64, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) {
        let db = ::sled::open(self.log()).unwrap();
        let events = db.open_tree("events").unwrap();
        change_frames(&events, PLAN, position, |frames| {
            let frame = frames.remove(&position).unwrap();
            if let Some(changed) = change(frame) {
                frames.insert(position, changed);
            }
        });
        db.flush().unwrap();
    }

    /// Changes the lengths of the pack that holds an event of a log on sled.
    fn spoil_a_pack(&self, position: u64) -> Place {
        engine::wait_until_closed(&self.log()).unwrap();
        let db = ::sled::open(self.log()).unwrap();
        let events = db.open_tree("events").unwrap();
        let place = change_value(&events, PLAN, position, |value| value[5] ^= 1);
        assert!(place.count > 3, "{place:?}");
        db.flush().unwrap();
        drop((events, db));
        engine::wait_until_closed(&self.log()).unwrap();
        place
    }

    fn spoil_in_a_segment(&self, position: u64, change: impl Fn(Vec<u8>) -> Option<Vec<u8>>) {
        let remains = segments::remains::SegmentRemains::open(&self.log()).unwrap();
        let (binding, place, _) = remains.place_of(PLAN, Position(position)).unwrap();
        drop(remains);
        let path = self.log().join(segments::file::segment_name(binding.number));
        let mut bytes = std::fs::read(&path).unwrap();
        let range = place.offset as usize..(place.offset + place.length) as usize;
        let changed = change(bytes[range.clone()].to_vec());
        let changed = changed.unwrap_or_else(|| vec![0; range.len()]);
        bytes.splice(range, changed);
        std::fs::write(path, bytes).unwrap();
    }

    /// As if the server had died before it wrote down how far it had answered.
    fn forget_what_was_answered(&self) {
        std::fs::remove_file(self.log().join("acknowledged")).unwrap();
    }

    pub(super) fn is_refused(&self) -> bool {
        engine::open_existing(&self.log(), Opening::Serve).is_err()
    }

    pub(super) fn repair(&self) -> Result<Repaired, RepairError> {
        match repair(&self.log(), &self.backup(), &mut |_| {})? {
            Outcome::Mended(repaired) => Ok(repaired),
            other => panic!("there is something to mend: {other:?}"),
        }
    }

    pub(super) fn records(&self) -> Vec<Record> {
        let log = engine::open_existing(&self.log(), Opening::Check).unwrap();
        log.verify().unwrap();
        assert_eq!(log.incarnation(), LIFE);
        in_log(log.as_ref(), PLAN)
    }
}

pub(super) fn flip(mut frame: Vec<u8>) -> Option<Vec<u8>> {
    let middle = frame.len() / 2;
    frame[middle] ^= 4;
    Some(frame)
}

#[test]
fn damage_within_the_backup_is_mended_and_nothing_is_lost() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        for position in [0, 700, 701, 1_999] {
            scene.spoil(position, flip);
        }
        scene.spoil(1_200, |_| None);
        let found = engine::open_existing(&scene.log(), Opening::Check).map(|log| log.verify());
        assert!(!matches!(found, Ok(Ok(_))), "the log is damaged");
        drop(found);
        let repaired = scene.repair().unwrap();
        assert_eq!(
            (repaired.from_backup, repaired.from_log, repaired.cut),
            (5, 3_000, 0)
        );
        let kept = if kind == EngineKind::Sled {
            "db"
        } else {
            "0000000000.seg"
        };
        assert!(repaired.kept_aside.join(kept).exists());
        assert_eq!(scene.records(), scene.whole);
    }
}

#[test]
fn damage_after_the_backup_is_refused_with_its_place_and_the_log_is_left() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        scene.spoil(2_345, flip);
        scene.spoil(10, flip);
        let before = files_in(&scene.log()).len();
        let refused = scene.repair().unwrap_err();
        assert!(
            matches!(refused, RepairError::Lost { plan: PLAN, position, .. } if position == Position(2_345)),
            "{refused:?}"
        );
        assert!(refused.to_string().contains("2345") && refused.to_string().contains(&PLAN.to_string()));
        assert_eq!(files_in(&scene.log()).len(), before);
        assert!(!scene.place.path().join("log.damaged").exists());
    }
}

#[test]
fn a_damaged_pack_is_mended_as_a_whole_or_refused_at_its_first_event() {
    let scene = Scene::new(EngineKind::Sled);
    let within = scene.spoil_a_pack(700);
    let repaired = scene.repair().unwrap();
    let count = u64::from(within.count);
    assert_eq!(
        (repaired.from_backup, repaired.from_log, repaired.cut),
        (count, 3_005 - count, 0)
    );
    assert_eq!(scene.records(), scene.whole);
    let after = scene.spoil_a_pack(2_345);
    let refused = scene.repair().unwrap_err();
    assert!(
        matches!(refused, RepairError::Lost { plan: PLAN, position, .. } if position == after.first),
        "{refused:?}"
    );
}

#[test]
fn a_batch_whose_end_was_never_written_is_left_out() {
    let scene = Scene::new(EngineKind::Sled);
    scene.spoil(10, flip);
    for position in 2_990..3_000 {
        scene.spoil(position, |_| None);
    }
    scene.forget_what_was_answered();
    let repaired = scene.repair().unwrap();
    assert_eq!((repaired.from_backup, repaired.cut), (1, 990));
    assert_eq!(scene.records(), scene.whole[..2_000]);
}

/// A frame of a later group proves that what stood before it was durable; without one it may never have been answered.
#[test]
fn the_end_of_a_plan_in_a_segment_is_missed_unless_its_group_was_torn() {
    let scene = Scene::new(EngineKind::Segments);
    scene.forget_what_was_answered();
    scene.spoil(10, flip);
    scene.spoil(2_999, flip);
    let refused = scene.repair().unwrap_err();
    assert!(
        matches!(refused, RepairError::Lost { plan: PLAN, position, .. } if position == Position(2_999)),
        "{refused:?}"
    );
    for position in 2_990..2_999 {
        scene.spoil(position, |_| None);
    }
    let refused = scene.repair().unwrap_err();
    assert!(
        matches!(refused, RepairError::Lost { plan: PLAN, position, .. } if position == Position(2_990)),
        "{refused:?}"
    );

    let torn = Scene::new(EngineKind::Segments);
    let log = engine::open_existing(&torn.log(), Opening::Serve).unwrap();
    append(log.as_ref(), PLAN, 3_000..3_100);
    drop(log);
    torn.forget_what_was_answered();
    torn.spoil(10, flip);
    torn.spoil(3_050, flip);
    let repaired = torn.repair().unwrap();
    assert_eq!((repaired.from_backup, repaired.cut), (1, 50));
    assert_eq!(torn.records(), torn.whole);
}

/// A file of sled still holds some of what was taken away, and that is mended: what is refused is the first that it does
/// not hold.
#[test]
fn an_end_that_was_answered_and_is_gone_is_refused_by_name() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        match kind {
            EngineKind::Sled => (2_000..3_000).for_each(|position| scene.spoil(position, |_| None)),
            EngineKind::Segments => {
                let remains = segments::remains::SegmentRemains::open(&scene.log()).unwrap();
                let (binding, place, _) = remains.place_of(PLAN, Position(2_000)).unwrap();
                drop(remains);
                let path = scene.log().join(segments::file::segment_name(binding.number));
                let file = std::fs::File::options().write(true).open(path).unwrap();
                file.set_len(place.offset.into()).unwrap();
            }
        }
        assert!(scene.is_refused(), "{kind}: it is not written on");
        let refused = scene.repair().unwrap_err();
        assert!(
            matches!(refused, RepairError::Lost { plan, position, .. } if match plan {
                PLAN => (2_000..3_000).contains(&position.0),
                _ => position == Position(0),
            }),
            "{kind}: {refused:?}"
        );
    }
}

/// After an orderly stop sled has notes of where it was, and reads nothing at all when its file does not fit them.
#[test]
fn what_sled_itself_refuses_is_mended_from_what_it_still_reads() {
    let scene = Scene::new(EngineKind::Sled);
    let log = engine::open_existing(&scene.log(), Opening::Serve).unwrap();
    back_up(log.as_ref(), &people(), &scene.backup()).unwrap();
    drop(log);
    engine::wait_until_closed(&scene.log()).unwrap();
    let notes = std::fs::read_dir(scene.log())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert!(
        notes
            .into_iter()
            .any(|name| name.to_string_lossy().starts_with("snap."))
    );
    let path = scene.log().join("db");
    let mut db = std::fs::read(&path).unwrap();
    let used = db.iter().rposition(|byte| *byte != 0).unwrap();
    // Some of these bytes are padding, which nobody misses.
    (used / 2..used * 5 / 8).step_by(512).for_each(|at| db[at] ^= 4);
    std::fs::write(path, db).unwrap();
    assert!(scene.is_refused());
    let repaired = scene.repair().unwrap();
    assert!(repaired.from_backup > 0 && repaired.from_log > 0, "{repaired:?}");
    assert_eq!(scene.records(), scene.whole);
    let beside = std::fs::read_dir(scene.place.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name());
    assert!(
        !beside
            .into_iter()
            .any(|name| name.to_string_lossy().contains("reading")),
        "no copy stays"
    );
}

/// A log that was written anew, as by a compaction, is one group: that no later one follows proves nothing of it.
#[test]
fn damage_in_a_segment_that_was_written_at_once_is_no_torn_end() {
    let scene = Scene::new(EngineKind::Segments);
    let anew = scene.place.path().join("anew");
    let log = engine::create(&anew, EngineKind::Segments, LIFE).unwrap();
    log.adopt(PLAN, scene.whole.clone()).unwrap();
    drop(log);
    std::fs::remove_dir_all(scene.log()).unwrap();
    std::fs::rename(&anew, scene.log()).unwrap();
    scene.spoil(700, flip);
    assert!(scene.is_refused());
    let repaired = scene.repair().unwrap();
    assert_eq!((repaired.from_backup, repaired.cut), (1, 0));
    assert_eq!(scene.records(), scene.whole);
}

#[test]
fn a_forged_event_with_a_right_checksum_is_not_taken() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        let forged = |position: u64| {
            let mut record = scene.whole[usize::try_from(position).unwrap()].clone();
            record.payload = schema::log::Payload::Present {
                salt: [0; 32],
                bytes: Arc::from(&b"forged"[..]),
            };
            match kind {
                EngineKind::Sled => {
                    let key = frame::key(PLAN, Position(position));
                    let mark = crate::log::place::BatchMark {
                        index: 0,
                        remaining: 0,
                    };
                    Some(frame::encode(&key, mark, &record))
                }
                EngineKind::Segments => {
                    let remains = segments::remains::SegmentRemains::open(&scene.log()).unwrap();
                    let (binding, place, header) = remains.place_of(PLAN, Position(position)).unwrap();
                    segments::frame::refill(binding, place, header, &record)
                }
            }
        };
        scene.spoil(500, |_| forged(500));
        let repaired = scene.repair().unwrap();
        assert_eq!(repaired.from_backup, 1);
        assert_eq!(scene.records(), scene.whole);
    }
}

#[test]
fn what_was_erased_since_the_backup_stays_erased() {
    let scene = Scene::new(EngineKind::Sled);
    let log = engine::open_existing(&scene.log(), Opening::Serve).unwrap();
    for (position, extent) in [(30, Extent::Payload), (31, Extent::PayloadAndEnvelopeSalt)] {
        log.erase(PLAN, Position(position), extent).unwrap();
    }
    let whole = in_log(log.as_ref(), PLAN);
    drop(log);
    // One of the two is then damaged: only the note says that its content had gone.
    scene.spoil(31, flip);
    scene.repair().unwrap();
    assert_eq!(scene.records(), whole);
}

#[test]
fn what_was_erased_in_a_segment_stays_erased() {
    let scene = Scene::new(EngineKind::Segments);
    let log = engine::open_existing(&scene.log(), Opening::Serve).unwrap();
    log.erase(PLAN, Position(30), Extent::Payload).unwrap();
    let whole = in_log(log.as_ref(), PLAN);
    drop(log);
    scene.spoil(7, flip);
    scene.repair().unwrap();
    assert_eq!(scene.records(), whole);
}

#[test]
fn a_backup_of_another_log_does_not_mend_this_one() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        scene.spoil(3, flip);
        let other = MemoryLog::new(IncarnationId::from_bytes([77; 16]));
        append(&other, PLAN, 0..10);
        let strange = TempDir::new().unwrap();
        back_up(&other, &people(), strange.path()).unwrap();
        let refused = repair(&scene.log(), strange.path(), &mut |_| {});
        assert!(
            matches!(refused, Err(RepairError::Backup(BackupError::OtherLog { .. }))),
            "{refused:?}"
        );
    }
}

#[test]
fn segments_without_the_file_that_says_which_log_it_is_are_still_that_log() {
    let scene = Scene::new(EngineKind::Segments);
    scene.forget_what_was_answered();
    let damage: [fn(&Path); 2] = [
        |meta| std::fs::remove_file(meta).unwrap(),
        |meta| {
            let mut bytes = std::fs::read(meta).unwrap();
            bytes[20] ^= 1;
            std::fs::write(meta, bytes).unwrap();
        },
    ];
    for damage in damage {
        damage(&scene.log().join(segments::meta::META));
        assert!(scene.is_refused());
        let repaired = scene.repair().unwrap();
        assert_eq!((repaired.from_log, repaired.from_backup), (3_005, 0));
        assert_eq!(engine::kind_of(&scene.log()), Some(EngineKind::Segments));
        assert_eq!(scene.records(), scene.whole);
    }
}

/// What was answered after the backup cannot be told: taken from the backup under the same name, its places would be
/// given away a second time.
#[test]
fn a_log_of_which_nothing_can_be_read_is_not_mended_but_restored() {
    for kind in ENGINES {
        let scene = Scene::new(kind);
        for entry in std::fs::read_dir(scene.log()).unwrap() {
            let path = entry.unwrap().path();
            let is_empty_shell = matches!(path.file_name().unwrap().to_str(), Some("conf" | "lock"));
            if path.is_dir() {
                std::fs::remove_dir_all(path).unwrap();
            } else if !is_empty_shell {
                std::fs::remove_file(path).unwrap();
            }
        }
        let refused = scene.repair();
        assert!(matches!(refused, Err(RepairError::Nothing { .. })), "{refused:?}");
        assert!(!scene.place.path().join("log.compacting").exists());
    }
}
