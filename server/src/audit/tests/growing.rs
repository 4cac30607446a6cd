//! Trees that grow, are signed in time, and go on after a restart.

use schema::audit::merkle;
use schema::audit::tile::{Tile, TileId};

use super::*;

#[test]
fn every_event_is_proved_by_what_schema_checks() {
    for events in [1, 2, 255, 256, 257, 600] {
        let world = World::of(log_of(9, events, None));
        assert_eq!(world.signed(), events);
        for position in [0, events / 2, events - 1] {
            let verified = world.verified(position);
            assert_eq!((verified.position().0, verified.head.size), (position, events));
            let payload = String::from_utf8(verified.payload.unwrap()).unwrap();
            assert_eq!(payload, format!("{{\"title\":\"{position} false\"}}"));
        }
    }
}

#[test]
fn a_restarted_server_goes_on_with_its_files() {
    let world = World::of(log_of(9, 300, None));
    let before = world.plan_log().state().newest.clone().unwrap();
    write(&world.log, 400, None);
    let log = world.log.clone();
    let mut world = world.restarted(log);
    // Less than a minute went by.
    assert_eq!(world.plan_log().state().newest.clone().unwrap(), before);
    assert_eq!(world.plan_log().files().leaf(699).unwrap(), leaf(&world, 699));
    let audit = world.audit.clone();
    audit.shared.bell.ask(PLAN);
    assert_eq!(world.verified(299).head.size, 300);
    world.signing.round();
    let all = world.plan_log().consistency(10, None).unwrap();
    merkle::verify_consistency(&all.old, &all.new, &all.path).unwrap();
}

fn leaf(world: &World, position: u64) -> schema::audit::TreeHash {
    let records = opening::read(world.log.as_ref(), PLAN, position, 1).unwrap();
    opening::leaf_hash(PLAN, &records[0])
}

/// A clock that a test sets.
static NOW: AtomicU64 = AtomicU64::new(START_MS);

fn set_clock(ms: u64) {
    NOW.store(ms, Ordering::SeqCst);
}

#[test]
fn checkpoints_come_once_a_minute_sooner_on_demand_and_also_when_the_clock_went_back() {
    let config = AuditConfig {
        now: || TimestampMs(NOW.load(Ordering::SeqCst)),
        ..AuditConfig::default()
    };
    let mut world = World::over(log_of(9, 3, None), tempfile::tempdir().unwrap(), config);
    let mut step = |clock: u64, asked: bool| {
        set_clock(clock);
        write(&world.log, 1, None);
        if asked {
            world.signing.want(PLAN);
        }
        world.signing.round();
        world.signed()
    };
    assert_eq!(step(START_MS + 59_999, false), 3);
    assert_eq!(step(START_MS + 60_000, false), 5);
    assert_eq!(step(START_MS + 64_999, true), 5);
    assert_eq!(step(START_MS + 65_000, false), 7, "who asked is not forgotten");
    assert_eq!(step(START_MS + 70_500, false), 7);
    // The clock goes back a year: signing goes on, once a minute again.
    assert_eq!(step(START_MS - 31_536_000_000, false), 9);
    assert_eq!(step(START_MS - 31_536_000_000 + 30_000, false), 9);
    assert_eq!(step(START_MS - 31_536_000_000 + 60_000, false), 11);
    assert_eq!(world.verified(0).head.size, 11);
    let kept = state::earlier(world.plan_log().directory()).unwrap();
    let sizes: Vec<_> = kept.iter().map(|stamped| stamped.head().size).collect();
    assert_eq!(sizes, [3, 5, 7, 9]);
    for old in sizes {
        let proved = world.plan_log().consistency(old, None).unwrap();
        let head = kept
            .iter()
            .find(|stamped| stamped.head().size == old)
            .unwrap()
            .head();
        assert_eq!(proved.old, head);
    }
}

#[test]
fn without_new_events_nothing_is_signed() {
    let mut world = World::over(
        log_of(9, 3, None),
        tempfile::tempdir().unwrap(),
        AuditConfig {
            interval_ms: 0,
            ..AuditConfig::default()
        },
    );
    let before = world.plan_log().state().newest.clone();
    world.signing.want(PLAN);
    world.signing.round();
    assert_eq!(world.plan_log().state().newest.clone(), before);
}

#[test]
fn after_a_change_of_keys_both_sign() {
    let mut world = World::over(
        log_of(9, 3, None),
        tempfile::tempdir().unwrap(),
        AuditConfig {
            interval_ms: 0,
            ..AuditConfig::default()
        },
    );
    Keys::of(world.data.path()).rotate(clock::now_ms()).unwrap();
    write(&world.log, 1, None);
    world.signing.round();
    let newest = world.plan_log().state().newest.clone().unwrap();
    assert_eq!(
        (newest.head().size, newest.note.note().signatures().len()),
        (4, 2)
    );
    for period in world.audit.keys(world.plan_log().origin()).unwrap() {
        newest.note.verify_log(&[period.key]).unwrap();
    }
    assert_eq!(world.verified(3).head.size, 4);
}

#[test]
fn tiles_are_slices_of_what_is_signed() {
    let mut world = World::of(log_of(9, 600, None));
    let tile = |world: &World, level, index, width| {
        let id = TileId::new(level, index, width).unwrap();
        let bytes = world.plan_log().tile(id).unwrap()?;
        Some(Tile::from_bytes(id, &bytes).unwrap())
    };
    assert_eq!(tile(&world, 0, 0, 256).unwrap().hashes()[7], leaf(&world, 7));
    assert_eq!(tile(&world, 0, 2, 88).unwrap().hashes()[87], leaf(&world, 599));
    assert_eq!(tile(&world, 0, 2, 3).unwrap().hashes().len(), 3);
    assert_eq!(tile(&world, 1, 0, 2).unwrap().hashes().len(), 2);
    assert_eq!(
        (
            tile(&world, 0, 2, 89),
            tile(&world, 1, 0, 3),
            tile(&world, 2, 0, 1)
        ),
        (None, None, None)
    );
    // Written, but not signed yet.
    write(&world.log, 300, None);
    world.signing.round();
    assert_eq!(world.signed(), 600);
    assert_eq!(tile(&world, 0, 2, 89), None);
}

#[test]
fn a_restore_from_backup_is_another_log_with_the_same_beginning() {
    let world = World::of(log_of(9, 300, None));
    let (old_origin, old) = (
        world.plan_log().origin(),
        world.plan_log().consistency(0, Some(250)).unwrap(),
    );
    let world = world.restarted(log_of(10, 250, None));
    assert_ne!(world.plan_log().origin(), old_origin);
    assert_eq!(world.alarm(), None);
    assert_eq!(world.plan_log().consistency(0, None).unwrap().new, old.new);
}
