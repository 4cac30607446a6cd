//! What is known of devices: never better than the truth, and of nobody who was forgotten.

use schema::domain::Caller;
use schema::ids::{ChapterId, DeviceId, Generation, PlanId};
use schema::limits::{DEVICE_SEEN_STEP_MS, DEVICES_PER_PERSON_MAX};

use super::*;
use crate::accounts::devices::Unconfirmed;
use crate::core::devices::{DeviceFact, DeviceNews};

const PLAN: PlanId = PlanId::from_bytes([7; 16]);
const CHAPTER: ChapterId = ChapterId::from_bytes([8; 16]);
const FIRST: Generation = Generation(1);
const SECOND: Generation = Generation(2);

fn news(device: u8, what: DeviceFact, at: TimestampMs) -> DeviceNews {
    DeviceNews {
        device: DeviceId::from_bytes([device.wrapping_add(100); 16]),
        who: Caller {
            person: SANNE.person,
            party: SANNE.party,
        },
        plan: PLAN,
        at,
        what,
    }
}

fn note(accounts: &Accounts, device: u8, what: DeviceFact) {
    accounts.note_device(&news(device, what, NOW));
}

/// How many confirmed, and how many did not.
fn standing(accounts: &Accounts, before: Generation) -> (usize, usize) {
    let standing = accounts.device_standing(PLAN, CHAPTER, before);
    (standing.confirmed, standing.unconfirmed.len())
}

#[test]
fn a_device_is_waited_for_until_it_let_go_and_only_if_it_stored_something() {
    let accounts = Accounts::temporary();
    note(&accounts, 1, DeviceFact::Opened(CHAPTER, FIRST));
    note(&accounts, 2, DeviceFact::Holds(vec![CHAPTER]));
    note(&accounts, 3, DeviceFact::Opened(CHAPTER, SECOND));
    note(&accounts, 4, DeviceFact::Wiped(CHAPTER, SECOND));
    assert_eq!(
        standing(&accounts, SECOND),
        (0, 2),
        "3 came after, 4 stored nothing"
    );
    note(&accounts, 1, DeviceFact::Wiped(CHAPTER, SECOND));
    note(&accounts, 3, DeviceFact::Wiped(CHAPTER, SECOND));
    assert_eq!(standing(&accounts, SECOND), (1, 1));
    note(&accounts, 1, DeviceFact::Opened(CHAPTER, SECOND));
    note(&accounts, 1, DeviceFact::Holds(vec![CHAPTER]));
    assert_eq!(standing(&accounts, SECOND), (1, 1));
    assert_eq!(
        standing(&accounts, Generation(3)),
        (0, 3),
        "of a later erasure it did not say so"
    );
    note(&accounts, 1, DeviceFact::Opened(CHAPTER, FIRST));
    assert_eq!(
        standing(&accounts, SECOND),
        (0, 2),
        "set back, it stores it again"
    );
}

#[test]
fn devices_are_written_soon_survive_and_travel_in_a_backup() {
    let directory = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(directory.path()).unwrap();
    accounts.invite(SANNE, &token(1), NOW).unwrap();
    accounts.sign_in(&token(1), &token(2), NOW).unwrap().unwrap();
    note(&accounts, 1, DeviceFact::Opened(CHAPTER, FIRST));
    let file = directory.path().join("devices.json");
    assert!(!file.exists(), "not at every opening");
    let flusher = accounts.device_flusher();
    flusher.flush().unwrap().unwrap();
    let written = std::fs::read(&file).unwrap();
    let seen_again = news(
        1,
        DeviceFact::Holds(vec![CHAPTER]),
        later(DEVICE_SEEN_STEP_MS - 1),
    );
    accounts.note_device(&seen_again);
    std::fs::remove_file(&file).unwrap();
    accounts.flush_devices().unwrap();
    assert!(!file.exists(), "nothing worth a write");
    std::fs::write(&file, &written).unwrap();
    let copy = accounts.copy_out().unwrap();
    drop(accounts);
    assert!(flusher.flush().is_none(), "it keeps nothing open");
    let accounts = Accounts::open(directory.path()).unwrap();
    let waiting = accounts.device_standing(PLAN, CHAPTER, SECOND).unconfirmed;
    let one = Unconfirmed {
        person: Some(SANNE.person),
        party: SANNE.party,
        seen_at: NOW,
    };
    assert_eq!(waiting, [one]);
    let elsewhere = tempfile::tempdir().unwrap();
    let restored = Accounts::open(elsewhere.path()).unwrap();
    restored.copy_in(&copy, true, NOW).unwrap();
    assert_eq!(standing(&restored, SECOND), (0, 1));
    assert!(elsewhere.path().join("devices.json").exists());
    drop(restored);
    let main = std::fs::read_to_string(elsewhere.path().join("accounts.json")).unwrap();
    assert!(!main.contains("devices"), "{main}");
    drop(accounts);
    let newer = String::from_utf8(written)
        .unwrap()
        .replace("\"format\":1", "\"format\":2");
    std::fs::write(&file, newer).unwrap();
    let newer = Accounts::open(directory.path()).unwrap_err().to_string();
    assert!(
        newer.contains("devices.json") && newer.contains("format 2"),
        "{newer}"
    );
}

#[test]
fn a_damaged_file_of_devices_says_what_it_is_for_and_opens_once_it_is_away() {
    let directory = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(directory.path()).unwrap();
    note(&accounts, 1, DeviceFact::Opened(CHAPTER, FIRST));
    accounts.flush_devices().unwrap();
    drop(accounts);
    let file = directory.path().join("devices.json");
    let written = std::fs::read(&file).unwrap();
    std::fs::write(&file, &written[..written.len() / 2]).unwrap();
    let told = Accounts::open(directory.path()).unwrap_err().to_string();
    assert!(
        told.contains("devices.json is damaged") && told.contains("move it away"),
        "{told}"
    );
    assert!(Accounts::check(directory.path()).is_err());
    std::fs::rename(&file, directory.path().join("away")).unwrap();
    let accounts = Accounts::open(directory.path()).unwrap();
    assert_eq!(standing(&accounts, SECOND), (0, 0));
    note(&accounts, 1, DeviceFact::Opened(CHAPTER, FIRST));
    assert_eq!(standing(&accounts, SECOND), (0, 1), "it says again what it holds");
}

#[test]
fn who_is_forgotten_has_no_device_and_their_device_is_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(directory.path()).unwrap();
    note(&accounts, 1, DeviceFact::Opened(CHAPTER, FIRST));
    accounts.flush_devices().unwrap();
    let file = directory.path().join("devices.json");
    let holds = || {
        std::fs::read_to_string(&file)
            .unwrap()
            .contains(&SANNE.person.to_string())
    };
    assert!(holds());
    accounts.forget_person(SANNE.person).unwrap();
    assert!(!holds(), "gone from the file when it answers");
    note(&accounts, 2, DeviceFact::Opened(CHAPTER, FIRST));
    accounts.flush_devices().unwrap();
    assert!(!holds(), "nor noted later by a connection that is about to end");
    let waiting = accounts.device_standing(PLAN, CHAPTER, SECOND).unconfirmed;
    assert_eq!(waiting.len(), 1);
    assert_eq!((waiting[0].person, waiting[0].party), (None, SANNE.party));
}

#[test]
fn of_one_person_the_devices_last_seen_are_kept() {
    let accounts = Accounts::temporary();
    for n in 0..=DEVICES_PER_PERSON_MAX {
        let at = later(n as u64 * DEVICE_SEEN_STEP_MS);
        accounts.note_device(&news(n as u8, DeviceFact::Opened(CHAPTER, FIRST), at));
    }
    let waiting = accounts.device_standing(PLAN, CHAPTER, SECOND).unconfirmed;
    assert_eq!(waiting.len(), DEVICES_PER_PERSON_MAX);
    assert_eq!(
        waiting[0].seen_at,
        later(DEVICE_SEEN_STEP_MS),
        "those not seen for longest first"
    );
}

#[test]
fn the_last_sign_of_life_is_known_at_once_and_written_down_now_and_then() {
    let directory = tempfile::tempdir().unwrap();
    let accounts = Accounts::open(directory.path()).unwrap();
    accounts.note_device(&news(1, DeviceFact::Seen, NOW));
    assert_eq!(
        standing(&accounts, SECOND),
        (0, 0),
        "it stores nothing that is known"
    );
    note(&accounts, 1, DeviceFact::Opened(CHAPTER, FIRST));
    accounts.flush_devices().unwrap();
    let seen = |accounts: &Accounts| accounts.device_standing(PLAN, CHAPTER, SECOND).unconfirmed[0].seen_at;
    accounts.note_device(&news(1, DeviceFact::Seen, later(60_000)));
    assert_eq!(seen(&accounts), later(60_000));
    accounts.note_device(&news(1, DeviceFact::Seen, later(1_000)));
    assert_eq!(
        seen(&accounts),
        later(60_000),
        "another window of it that left before"
    );
    let file = directory.path().join("devices.json");
    std::fs::remove_file(&file).unwrap();
    accounts.flush_devices().unwrap();
    assert!(!file.exists(), "not worth a write");
    accounts.note_device(&news(1, DeviceFact::Seen, later(DEVICE_SEEN_STEP_MS)));
    accounts.flush_devices().unwrap();
    drop(accounts);
    let accounts = Accounts::open(directory.path()).unwrap();
    assert_eq!(seen(&accounts), later(DEVICE_SEEN_STEP_MS));
}
