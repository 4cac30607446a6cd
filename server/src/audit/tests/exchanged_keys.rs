//! Keys of another server in the place of those that signed: nothing is signed with them, and whoever lost the right ones
//! says so first.

use std::fs;

use super::*;
use crate::log::EventLog;

const LIFE: u8 = 9;

/// Two servers, the second with the keys of the first, and the keys that the second signed with.
fn exchanged() -> (World, World, TempDir) {
    let config = || AuditConfig {
        interval_ms: 0,
        ..AuditConfig::default()
    };
    let world = |life| World::over(log_of(life, 3, None), tempfile::tempdir().unwrap(), config());
    let (other, own) = (world(LIFE + 1), world(LIFE));
    let kept = tempfile::tempdir().unwrap();
    fs::rename(keys_of(&own), kept.path().join("keys")).unwrap();
    copy(&keys_of(&other), &keys_of(&own));
    (other, own, kept)
}

fn keys_of(world: &World) -> PathBuf {
    world.data.path().join("keys")
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

fn refused(world: &World) -> Option<String> {
    ensure_signable(world.data.path())
        .err()
        .map(|error| error.to_string())
}

#[test]
fn a_start_refuses_keys_that_did_not_sign_here_and_names_both() {
    let (_other, own, kept) = exchanged();
    let said = refused(&own).unwrap();
    let name = name_of(own.plan_log().origin());
    for data in [kept.path(), own.data.path()] {
        let key = &Keys::of(data).periods(&name).unwrap()[0].key;
        assert!(said.contains(&key.id().to_string()), "{said}");
    }
    let state = own.file("state.json");
    for words in ["keys rotate", state.to_str().unwrap()] {
        assert!(said.contains(words), "{words}: {said}");
    }
    fs::remove_dir_all(keys_of(&own)).unwrap();
    copy(&kept.path().join("keys"), &keys_of(&own));
    assert_eq!(refused(&own), None);
}

#[test]
fn a_server_whose_keys_are_exchanged_signs_no_more_and_goes_on_with_the_right_ones() {
    let (_other, mut own, kept) = exchanged();
    let before = fs::read(own.file("state.json")).unwrap();
    write(&own.log, 2, None);
    own.signing.round();
    assert_eq!(own.signed(), 3);
    assert!(matches!(own.alarm(), Some((AlarmKind::LogUnreadable, None))));
    let newest = |state: &[u8]| serde_json::from_slice::<serde_json::Value>(state).unwrap()["newest"].clone();
    let after = fs::read(own.file("state.json")).unwrap();
    assert_eq!(newest(&after), newest(&before));
    fs::remove_dir_all(keys_of(&own)).unwrap();
    copy(&kept.path().join("keys"), &keys_of(&own));
    for _ in 0..=5 {
        own.signing.round();
    }
    assert_eq!((own.signed(), own.alarm()), (own.log.next_position(PLAN).0, None));
}

#[test]
fn keys_that_were_rotated_or_declared_lost_sign_on() {
    let (other, own, _kept) = exchanged();
    // Another server's keys are not made the own ones by one more.
    assert!(same_keys::rotate(own.data.path(), TimestampMs(START_MS)).is_err());
    fs::remove_dir_all(keys_of(&own)).unwrap();
    same_keys::rotate(own.data.path(), TimestampMs(START_MS)).unwrap();
    assert_eq!(refused(&own), None);
    write(&own.log, 2, None);
    let log = own.log.clone();
    let own = own.restarted(log);
    assert_eq!((own.signed(), own.alarm()), (5, None));
    same_keys::rotate(own.data.path(), TimestampMs(START_MS + 1)).unwrap();
    assert_eq!(refused(&own), None);

    // What was declared lost here is not lost beside another server's log.
    fs::remove_dir_all(keys_of(&other)).unwrap();
    copy(&keys_of(&own), &keys_of(&other));
    assert!(refused(&other).is_some());
}
