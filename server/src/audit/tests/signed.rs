//! Holding a log against what was signed of it, without a server.

use super::*;
use crate::audit::signed::Signed;
use crate::log::ReadError;

const EVENTS: u64 = 300;
/// The life of [`log_of`] with this number.
const LIFE: u8 = 9;

fn signed_in(world: &World) -> Signed {
    Signed::of(world.data.path(), IncarnationId::from_bytes([LIFE; 16])).unwrap()
}

/// The position of the first fault that reading a log against what was signed finds.
fn fault(world: &World, log: &MemoryLog) -> Option<Position> {
    let mut signed = signed_in(world);
    let faults = signed.check_ends(log).and_then(|()| {
        let records = opening::read(log, PLAN, 0, 4_096).unwrap();
        records.iter().try_for_each(|record| signed.take(PLAN, record))
    });
    match faults {
        Ok(()) => None,
        Err(ReadError::Corrupt {
            plan: PLAN, position, ..
        }) => Some(position),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn a_log_may_go_on_from_what_was_signed_and_lack_or_change_nothing_of_it() {
    let world = World::of(log_of(LIFE, EVENTS, None));
    assert_eq!(world.signed(), EVENTS);
    let ends: Vec<_> = signed_in(&world).ends().collect();
    assert_eq!(ends, [(PLAN, Position(EVENTS))]);
    assert_eq!(fault(&world, &log_of(LIFE, EVENTS, None)), None);
    assert_eq!(fault(&world, &log_of(LIFE, EVENTS + 20, None)), None);
    let shorter = log_of(LIFE, EVENTS - 1, None);
    assert_eq!(fault(&world, &shorter), Some(Position(EVENTS - 1)));
    assert_eq!(fault(&world, &log_of(LIFE, 0, None)), Some(Position(0)));
    let changed = log_of(LIFE, EVENTS, Some(12));
    assert_eq!(fault(&world, &changed), Some(Position(EVENTS - 1)));
    let changed_later = log_of(LIFE, EVENTS + 20, Some(EVENTS));
    assert_eq!(fault(&world, &changed_later), None);
}

#[test]
fn another_life_of_a_log_is_not_held_against_what_was_signed_of_this_one() {
    let world = World::of(log_of(LIFE, EVENTS, None));
    let other = Signed::of(world.data.path(), IncarnationId::from_bytes([LIFE + 1; 16])).unwrap();
    assert_eq!(other.ends().count(), 0);
    let nothing = Signed::of(
        &world.data.path().join("elsewhere"),
        IncarnationId::from_bytes([LIFE; 16]),
    );
    assert_eq!(nothing.unwrap().ends().count(), 0);
}
