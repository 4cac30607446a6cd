//! The tree of events as another program sees it: what tests spoil, and how its entries lie.

use std::collections::BTreeMap;

use ::sled::Tree;
use schema::ids::{PlanId, Position};

use super::pack::{self, Place, Stored};

/// The entry that holds an event.
pub(crate) fn entry_of(events: &Tree, plan: PlanId, position: u64) -> (Place, Vec<u8>) {
    let (key, value) = events
        .get_lt(pack::last_key(plan, Position(position)))
        .unwrap()
        .unwrap();
    let place = Place::of(&key).unwrap();
    assert!(place.plan == plan && place.holds(Position(position)), "{place:?}");
    (place, value.to_vec())
}

/// Changes the frames of the entry that holds an event, by position. What is left is stored in packs of its own.
pub(crate) fn change_frames(
    events: &Tree,
    plan: PlanId,
    position: u64,
    change: impl FnOnce(&mut BTreeMap<u64, Vec<u8>>),
) {
    let (place, value) = entry_of(events, plan, position);
    let stored = Stored::read(&place.key(), value.into()).unwrap();
    let frames = stored.frames().unwrap();
    let mut frames = frames
        .map(|(position, frame)| (position.0, frame.to_vec()))
        .collect();
    change(&mut frames);
    events.remove(place.key()).unwrap().unwrap();
    let mut run: Vec<Vec<u8>> = Vec::new();
    for (position, frame) in &frames {
        run.push(frame.clone());
        if !frames.contains_key(&(position + 1)) {
            let count = run.len() as u64;
            let place = Place {
                plan,
                first: Position(position + 1 - count),
                count: u16::try_from(count).unwrap(),
            };
            events.insert(place.key(), pack::encode(&place, &run)).unwrap();
            run.clear();
        }
    }
}

/// Changes the stored value of the entry that holds an event.
pub(crate) fn change_value(
    events: &Tree,
    plan: PlanId,
    position: u64,
    change: impl FnOnce(&mut Vec<u8>),
) -> Place {
    let (place, mut value) = entry_of(events, plan, position);
    change(&mut value);
    // What was written before is not to be found by whoever reads the file without sled.
    events.remove(place.key()).unwrap().unwrap();
    events.insert(place.key(), value).unwrap();
    place
}

/// How all entries lie.
pub(crate) fn places(events: &Tree) -> Vec<Place> {
    events
        .iter()
        .map(|entry| Place::of(&entry.unwrap().0).unwrap())
        .collect()
}

/// Stores every event under a key of its own, as programs before packs did.
pub(crate) fn take_apart(events: &Tree) {
    for place in places(events) {
        let value = events.remove(place.key()).unwrap().unwrap();
        let stored = Stored::read(&place.key(), value).unwrap();
        for (position, frame) in stored.frames().unwrap() {
            events
                .insert(super::frame::key(place.plan, position), frame)
                .unwrap();
        }
    }
}
