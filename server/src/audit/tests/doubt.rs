//! Damaged files are built again; a log that is not what was signed is not signed again.

use std::fs;

use super::*;

fn world() -> World {
    World::of(log_of(9, 600, None))
}

#[test]
fn what_was_written_after_the_last_checkpoint_is_not_believed() {
    let world = world();
    let mut bytes = fs::read(world.file("hashes-0")).unwrap();
    bytes.extend([7; 45]);
    fs::write(world.file("hashes-0"), bytes).unwrap();
    let log = world.log.clone();
    let world = world.restarted(log);
    assert_eq!(fs::metadata(world.file("hashes-0")).unwrap().len(), 600 * 32);
    assert_eq!(world.verified(599).head.size, 600);
}

#[test]
fn lost_cut_and_damaged_files_are_built_again() {
    let damage: [fn(&Path); 3] = [
        |file| fs::remove_file(file).unwrap(),
        |file| fs::write(file, [0; 64]).unwrap(),
        |file| {
            let mut bytes = fs::read(file).unwrap();
            bytes[40] ^= 1;
            fs::write(file, bytes).unwrap();
        },
    ];
    for damage in damage {
        for name in ["hashes-0", "hashes-1"] {
            let world = world();
            damage(&world.file(name));
            let log = world.log.clone();
            let mut world = world.restarted(log);
            assert_eq!(world.alarm(), None, "{name}");
            for position in [0, 1, 300, 599] {
                // Damage far from the right edge shows when it is in the way of a proof, and is mended then.
                if matches!(world.prove(position), Err(ProveError::Damaged)) {
                    world.signing.round();
                }
                assert_eq!(world.verified(position).head.size, 600, "{name}");
            }
            assert_eq!(world.plan_log().state().doubted, None);
            world.plan_log().consistency(3, Some(599)).unwrap();
            assert!(!world.file("rebuilt").exists());
        }
    }
}

#[test]
fn a_changed_event_is_found_when_it_is_proved_and_nothing_is_signed_any_more() {
    let mut world = world().restarted(log_of(9, 600, Some(3)));
    assert_eq!(world.alarm(), None, "opening looks at the end only");
    assert_eq!(world.verified(4).head.size, 600);
    assert!(matches!(world.prove(3), Err(ProveError::NotAsSigned(3))));
    let alarm = Some((AlarmKind::LogChanged, Some(Position(3))));
    assert_eq!(world.alarm(), alarm);
    write(&world.log, 10, None);
    world.signing.want(PLAN);
    world.signing.round();
    assert_eq!((world.signed(), world.alarm()), (600, alarm));
    // After a restart the whole log is read before anything is signed.
    let log = world.log.clone();
    let world = world.restarted(log);
    assert_eq!((world.signed(), world.alarm()), (600, alarm));
    // With the true log back, signing goes on.
    let world = world.restarted(log_of(9, 620, None));
    assert_eq!(world.alarm(), None);
    assert_eq!(world.verified(3).head.size, 600);
}

#[test]
fn another_end_is_found_when_the_log_is_opened() {
    let world = world().restarted(log_of(9, 610, Some(599)));
    assert_eq!(world.alarm(), Some((AlarmKind::LogChanged, Some(Position(599)))));
    assert_eq!(world.signed(), 600);
}

#[test]
fn without_the_files_the_place_is_not_known_but_nothing_is_signed_either() {
    let world = world();
    fs::remove_file(world.file("hashes-0")).unwrap();
    let world = world.restarted(log_of(9, 610, Some(3)));
    assert_eq!(world.alarm(), Some((AlarmKind::LogChanged, None)));
    assert_eq!(world.signed(), 600);
}

#[test]
fn a_log_that_lost_events_is_not_signed() {
    let world = world().restarted(log_of(9, 599, None));
    assert_eq!(world.alarm(), Some((AlarmKind::LogShorter, Some(Position(599)))));
    assert_eq!(world.signed(), 600);
}

#[test]
fn reading_everything_finds_what_opening_does_not() {
    let world = world();
    let check = |world: &World, log: &MemoryLog| checking::check(log, &world.plan_log()).unwrap();
    assert_eq!(check(&world, &world.log), Ok(600));
    let changed = check(&world, &log_of(9, 600, Some(257))).unwrap_err();
    assert_eq!(
        (changed.kind, changed.position),
        (AlarmKind::LogChanged, Some(Position(257)))
    );
    let shorter = check(&world, &log_of(9, 300, None)).unwrap_err();
    assert_eq!(
        (shorter.kind, shorter.position),
        (AlarmKind::LogShorter, Some(Position(300)))
    );
}

#[test]
fn signed_before_and_no_key_any_more_stops_the_server_by_name() {
    let world = world();
    fs::remove_dir_all(world.data.path().join("keys")).unwrap();
    let opened = Audit::open(world.log.clone(), world.data.path(), AuditConfig::default());
    assert!(opened.err().unwrap().to_string().contains("keys rotate"));
}
