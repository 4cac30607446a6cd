//! A state's file with a flipped bit, cut short or gone: it accuses no log, and it is made anew.

use std::fs;

use super::*;
use crate::audit::signed::Signed;
use crate::audit::state::DamagedState;

const EVENTS: u64 = 300;
const LATER: u64 = 40;
const LIFE: u8 = 9;

/// A log that was signed twice.
fn world() -> World {
    let config = AuditConfig {
        interval_ms: 0,
        ..AuditConfig::default()
    };
    let mut world = World::over(log_of(LIFE, EVENTS, None), tempfile::tempdir().unwrap(), config);
    write(&world.log, LATER, None);
    world.signing.round();
    assert_eq!(world.signed(), EVENTS + LATER);
    world
}

fn state_file(world: &World) -> PathBuf {
    world.file("state.json")
}

fn signed_in(world: &World) -> Signed {
    Signed::of(world.data.path(), IncarnationId::from_bytes([LIFE; 16])).unwrap()
}

/// Whether a whole log has all that was signed, events included.
fn is_accused(world: &World) -> bool {
    let mut signed = signed_in(world);
    let records = opening::read(world.log.as_ref(), PLAN, 0, 4_096).unwrap();
    signed.check_ends(world.log.as_ref()).is_err()
        || records.iter().any(|record| signed.take(PLAN, record).is_err())
}

#[test]
fn no_flipped_bit_in_it_accuses_a_whole_log() {
    let world = world();
    let whole = fs::read(state_file(&world)).unwrap();
    let mut damaged = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 7);
        fs::write(state_file(&world), bytes).unwrap();
        assert!(!is_accused(&world), "byte {at}");
        damaged += usize::from(!signed_in(&world).damaged().is_empty());
    }
    assert!(damaged > whole.len() / 2, "{damaged} of {}", whole.len());
    fs::write(state_file(&world), &whole).unwrap();
    assert_eq!(signed_in(&world).damaged(), []);
}

/// Behind the name of a signature stand the key's id and the signature, in base64 together.
#[test]
fn no_flipped_bit_in_the_id_of_a_key_accuses_the_keys() {
    let world = world();
    let whole = fs::read_to_string(state_file(&world)).unwrap();
    let name = world.plan_log().origin().to_string();
    let ids: Vec<usize> = whole
        .match_indices(&format!("\u{2014} {name} "))
        .map(|(at, found)| at + found.len())
        .collect();
    assert!(!ids.is_empty());
    for at in ids.into_iter().flat_map(|id| id..id + 5) {
        for bit in 0..7 {
            let mut bytes = whole.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            fs::write(state_file(&world), bytes).unwrap();
            assert_eq!(signed_in(&world).damaged().len(), 1, "byte {at}, bit {bit}");
            ensure_signable(world.data.path()).unwrap();
        }
    }
}

#[test]
fn of_a_damaged_one_the_checkpoint_before_counts() {
    let world = world();
    let damage: [fn(&Path); 5] = [
        |file| fs::remove_file(file).unwrap(),
        |file| fs::write(file, "").unwrap(),
        |file| fs::write(file, "{\"newest\":null}").unwrap(),
        // The name in front of a signature.
        |file| {
            let text = fs::read_to_string(file).unwrap();
            fs::write(file, text.replace("\u{2014} ", "\u{2014} x")).unwrap();
        },
        // Whole, and of more events than were ever signed.
        |file| {
            let text = fs::read_to_string(file).unwrap();
            fs::write(file, text.replace("\\n340\\n", "\\n940\\n")).unwrap();
        },
    ];
    let whole = fs::read(state_file(&world)).unwrap();
    for (number, damage) in damage.into_iter().enumerate() {
        fs::write(state_file(&world), &whole).unwrap();
        damage(&state_file(&world));
        let signed = signed_in(&world);
        assert_eq!(signed.damaged().len(), 1, "{number}");
        assert_eq!(signed.ends().collect::<Vec<_>>(), [(PLAN, Position(EVENTS))]);
        // What is missing of that is still told.
        let shorter = log_of(LIFE, EVENTS - 1, None);
        assert!(signed.check_ends(shorter.as_ref()).is_err(), "{number}");
    }
}

#[test]
fn the_server_makes_it_anew_after_it_has_read_the_whole_log() {
    let mut world = world();
    for damage in [&b""[..], b"{}", b"nothing"] {
        fs::write(state_file(&world), damage).unwrap();
        let log = world.log.clone();
        world = world.restarted(log);
        assert_eq!(world.alarm(), None);
        assert_eq!(world.plan_log().state().doubted, None);
        assert_eq!(world.signed(), EVENTS + LATER);
        assert_eq!(signed_in(&world).damaged(), []);
        assert_eq!(world.verified(3).head.size, EVENTS + LATER);
    }
}

#[test]
fn a_log_that_changed_meanwhile_is_not_signed_again() {
    let world = world();
    fs::remove_file(state_file(&world)).unwrap();
    let changed = log_of(LIFE, EVENTS + LATER, Some(12));
    let world = world.restarted(changed);
    assert_eq!(world.alarm().unwrap().0, AlarmKind::LogChanged);
    assert_eq!(world.signed(), EVENTS);
}

#[test]
fn that_all_checkpoints_are_gone_is_told_and_the_next_is_signed_after_reading_the_log() {
    let world = world();
    fs::remove_file(world.file("checkpoints.jsonl")).unwrap();
    assert_eq!(signed_in(&world).damaged(), []);
    fs::remove_file(state_file(&world)).unwrap();
    let signed = signed_in(&world);
    assert_eq!(signed.ends().count(), 0);
    assert!(matches!(signed.damaged(), [DamagedState::AllGone(_)]));
    let log = world.log.clone();
    let world = world.restarted(log);
    assert_eq!(world.alarm(), None);
    assert_eq!(world.signed(), EVENTS + LATER);
    assert_eq!(signed_in(&world).damaged(), []);
    fs::remove_file(state_file(&world)).unwrap();
    fs::write(world.file("hashes-0"), "").unwrap();
    fs::remove_dir_all(world.data.path().join("audit")).unwrap();
    assert!(matches!(signed_in(&world).damaged(), [DamagedState::AllGone(_)]));
    fs::remove_file(world.data.path().join("signed-logs")).unwrap();
    assert_eq!(
        signed_in(&world).damaged(),
        [],
        "nothing tells that anything was signed"
    );
}

/// A kill between the first hash and the first signature leaves this.
#[test]
fn hashes_of_which_nothing_was_signed_yet_are_no_sign_of_a_loss() {
    let world = World::of(log_of(LIFE, EVENTS, None));
    fs::remove_file(world.data.path().join("signed-logs")).unwrap();
    let empty = serde_json::to_vec(&State::default()).unwrap();
    fs::write(state_file(&world), empty).unwrap();
    assert!(fs::metadata(world.file("hashes-0")).unwrap().len() > 0);
    let signed = signed_in(&world);
    assert_eq!(signed.damaged(), []);
    assert!(!signed.is_signed(PLAN));
    let log = world.log.clone();
    let world = world.restarted(log);
    assert_eq!(world.signed(), EVENTS);
    assert!(signed_in(&world).is_signed(PLAN));
}

/// The first checkpoint had none before it: nothing tells any more what was signed, and nothing is alleged.
#[test]
fn the_only_checkpoint_is_made_again() {
    let world = World::of(log_of(LIFE, EVENTS, None));
    for damage in ["{\"nevest\":null}", "torn"] {
        fs::write(state_file(&world), damage).unwrap();
        assert_eq!(signed_in(&world).ends().count(), 0);
        assert_eq!(signed_in(&world).damaged().len(), 1, "{damage}");
    }
    let log = world.log.clone();
    let world = world.restarted(log);
    assert_eq!(world.signed(), EVENTS);
    assert_eq!(signed_in(&world).damaged(), []);
}

/// Keys that were declared lost contradict nothing that was signed with them.
#[test]
fn a_checkpoint_of_a_lost_key_is_believed() {
    let world = world();
    fs::remove_dir_all(world.data.path().join("keys")).unwrap();
    Keys::of(world.data.path()).rotate(clock::now_ms()).unwrap();
    assert_eq!(signed_in(&world).damaged(), []);
    assert_eq!(signed_in(&world).ends().count(), 1);
    let log = world.log.clone();
    assert_eq!(world.restarted(log).alarm(), None);
}
