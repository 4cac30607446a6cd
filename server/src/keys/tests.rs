//! Keys change with an overlap, and nothing of a secret is left when its time is over.

use tempfile::TempDir;

use super::*;

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const START: TimestampMs = TimestampMs(1_790_000_000_000);

fn name() -> KeyName {
    "schrijftafel.org/plan/x".parse().unwrap()
}

fn keys() -> (TempDir, Keys) {
    let data = tempfile::tempdir().unwrap();
    let keys = Keys::of(data.path());
    (data, keys)
}

fn signing(keys: &Keys, at: u64) -> Vec<LogKey> {
    let signers = keys.signers(&name(), TimestampMs(at)).unwrap();
    signers.iter().map(|signer| signer.verifier().clone()).collect()
}

#[test]
fn the_first_key_is_made_once() {
    let (_data, keys) = keys();
    keys.ensure(false).unwrap();
    let first = keys.periods(&name()).unwrap();
    keys.ensure(false).unwrap();
    assert_eq!(keys.periods(&name()).unwrap(), first);
    assert_eq!((first.len(), first[0].until), (1, None));
}

#[test]
fn keys_that_are_gone_are_not_quietly_made_anew() {
    let (_data, keys) = keys();
    assert!(matches!(keys.ensure(true), Err(KeysError::Lost(_))));
    keys.rotate(START).unwrap();
    keys.ensure(true).unwrap();
}

#[test]
fn both_keys_sign_for_thirty_days_and_then_the_old_seed_is_wiped() {
    let (data, keys) = keys();
    keys.make(1, START).unwrap();
    keys.rotate(TimestampMs(START.0 + DAY_MS)).unwrap();
    let [old, new] = keys.periods(&name()).unwrap().try_into().unwrap();
    let end = START.0 + DAY_MS + KEY_OVERLAP_MS;
    assert_eq!((old.until, new.until), (Some(TimestampMs(end)), None));
    assert_eq!(signing(&keys, end - 1), [new.key.clone(), old.key.clone()]);
    assert_eq!(signing(&keys, end), std::slice::from_ref(&new.key));

    let file = data.path().join("keys/log-key-0001.json");
    assert!(std::fs::read_to_string(&file).unwrap().contains("seed"));
    keys.retire(TimestampMs(end)).unwrap();
    assert!(!std::fs::read_to_string(&file).unwrap().contains("seed"));
    assert_eq!(keys.periods(&name()).unwrap()[0], old);
}

#[test]
fn the_newest_key_signs_whatever_the_clock_says() {
    let (_data, keys) = keys();
    keys.make(1, START).unwrap();
    assert_eq!(signing(&keys, 0).len(), 1);
    assert_eq!(signing(&keys, u64::MAX).len(), 1);
}

#[test]
fn a_damaged_key_is_named() {
    let (data, keys) = keys();
    keys.make(1, START).unwrap();
    std::fs::write(data.path().join("keys/log-key-0001.json"), "{}").unwrap();
    let error = keys.signers(&name(), START).unwrap_err().to_string();
    assert!(error.contains("log-key-0001.json"), "{error}");
}

#[test]
fn files_of_others_are_left_alone() {
    let (data, keys) = keys();
    keys.make(1, START).unwrap();
    std::fs::write(data.path().join("keys/notes.txt"), "?").unwrap();
    std::fs::write(data.path().join("keys/log-key-7.json"), "?").unwrap();
    assert_eq!(keys.periods(&name()).unwrap().len(), 1);
}
