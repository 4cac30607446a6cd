//! The fingerprints of the events whose ids are not in a file yet.
//!
//! Why it exists: every append asks for its ids and adds them. In a sorted set of a hundred thousand that was the
//! largest part of what an append costs beside the disk; order is needed only once, when they are written. A table that
//! grows moves all it holds, during which appends wait, so there are several small ones instead of a large one.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

/// Tables, chosen by a fingerprint's upper four bits.
const TABLES: usize = 16;

/// Fingerprints, each with the place of its event among those that are counted here.
#[derive(Debug, Default)]
pub struct Prints {
    /// The hash is keyed at random: whoever chooses ids cannot make it slow.
    places: [HashMap<u64, u32>; TABLES],
    /// Events whose fingerprint another one had before.
    others: BTreeSet<(u64, u32)>,
}

impl Prints {
    /// Takes the next event in.
    pub fn push(&mut self, print: u64, place: u32) {
        let table = self.places.get_mut(table_of(print));
        match table.map(|table| table.entry(print)) {
            Some(Entry::Vacant(free)) => {
                free.insert(place);
            }
            _ => {
                self.others.insert((print, place));
            }
        }
    }

    /// The events with this fingerprint.
    pub fn with(&self, print: u64) -> impl Iterator<Item = u32> + '_ {
        let others = self.others.range((print, 0)..=(print, u32::MAX));
        let table = self.places.get(table_of(print));
        let first = table.and_then(|table| table.get(&print)).copied();
        first.into_iter().chain(others.map(|(_, place)| *place))
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        let places: usize = self.places.iter().map(HashMap::len).sum();
        (places + self.others.len()) as u64
    }

    /// All of them in order.
    #[must_use]
    pub fn sorted(&self) -> Vec<(u64, u32)> {
        let places = self.places.iter().flatten();
        let places = places.map(|(print, place)| (*print, *place));
        let mut all: Vec<_> = places.chain(self.others.iter().copied()).collect();
        all.sort_unstable();
        all
    }
}

fn table_of(print: u64) -> usize {
    usize::try_from(print >> 60).expect("four bits")
}

#[cfg(test)]
mod tests {
    //! Two ids with one fingerprint cannot be met by chance, so they are made.

    use super::*;

    #[test]
    fn events_with_the_same_fingerprint_are_all_found_and_all_written() {
        let mut prints = Prints::default();
        for (place, print) in (0..).zip([9, 4, 9, 7, 9, u64::MAX]) {
            prints.push(print, place);
        }
        assert_eq!(prints.count(), 6);
        assert_eq!(prints.with(9).collect::<Vec<_>>(), [0, 2, 4]);
        assert_eq!(prints.with(7).collect::<Vec<_>>(), [3]);
        assert_eq!(prints.with(8).count(), 0);
        let all = [(4, 1), (7, 3), (9, 0), (9, 2), (9, 4), (u64::MAX, 5)];
        assert_eq!(prints.sorted(), all);
    }
}
