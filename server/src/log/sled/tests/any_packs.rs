//! However events are laid together, erased and cut: they read as they do with a key each.

use proptest::prelude::*;
use schema::limits::SLED_PACK_BYTES_MAX;
use schema::log::Envelope;
use schema::log::commitment::CHAIN_START;

use super::*;
use crate::log::place::{BatchMark, Staged};
use crate::log::sled::trees::batch_of;

#[derive(Debug, Clone)]
enum Step {
    /// Payloads of this many bytes, in one group.
    Append(Vec<usize>),
    /// What stands at these, as far as there is so much.
    Erase(Vec<u64>, Extent),
    /// As many from the end.
    Cut(u64),
}

fn steps() -> impl Strategy<Value = Step> {
    let bytes = prop_oneof![
        20 => 0..400_usize,
        2 => 0..SLED_PACK_BYTES_MAX,
        1 => SLED_PACK_BYTES_MAX - 400..2 * SLED_PACK_BYTES_MAX,
    ];
    let extents = prop::sample::select(vec![Extent::Payload, Extent::PayloadAndEnvelopeSalt]);
    prop_oneof![
        4 => prop::collection::vec(bytes, 1..60).prop_map(Step::Append),
        3 => (prop::collection::vec(0..200_u64, 1..20), extents)
            .prop_map(|(positions, extent)| Step::Erase(positions, extent)),
        1 => (1..40_u64).prop_map(Step::Cut),
    ]
}

fn staged(position: u64, bytes: usize) -> Staged {
    let envelope = Envelope {
        position: Position(position),
        stream: Stream::Plan,
        revision: Revision(position),
        id: event(position).id,
        kind: Kind::new("text.changed", 1),
        recorded_at: TimestampMs(position),
        who: ActorRef(Position(0)),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload_commitment: [0; 32],
    };
    let salts = Salts {
        envelope: [7; 32],
        payload: [8; 32],
    };
    let payload: Arc<[u8]> = std::iter::repeat_n(9, bytes).collect();
    Staged {
        record: Record::seal(PLAN, &CHAIN_START, envelope, salts, payload),
        mark: BatchMark {
            index: u16::try_from(position % 5).unwrap(),
            remaining: u16::try_from(bytes % 3).unwrap(),
        },
    }
}

/// One log with packs, one with a key per event, and what both must hold.
struct Twins {
    packed: (TempDir, Trees),
    apart: (TempDir, Trees),
    expected: Vec<(BatchMark, Record)>,
    cut: u64,
}

impl Twins {
    fn new() -> Self {
        let fresh = || {
            let directory = TempDir::new().unwrap();
            let trees = Trees::open(directory.path(), SledConfig::default()).unwrap();
            // Neighbours, whose entries sort right before and after.
            for plan in [PlanId::from_bytes([0; 16]), PlanId::from_bytes([2; 16])] {
                let neighbours: Vec<Staged> = (0..20).map(|position| staged(position, 9)).collect();
                let batch = batch_of(pack::entries(plan, &neighbours));
                trees.append(batch).unwrap();
            }
            (directory, trees)
        };
        Self {
            packed: fresh(),
            apart: fresh(),
            expected: Vec::new(),
            cut: 0,
        }
    }

    fn both(&self) -> [&Trees; 2] {
        [&self.packed.1, &self.apart.1]
    }

    fn take(&mut self, step: &Step) {
        let end = self.expected.len() as u64;
        match step {
            Step::Append(bytes) => {
                let group: Vec<Staged> = (end..).zip(bytes).map(|(at, bytes)| staged(at, *bytes)).collect();
                let together = pack::entries(PLAN, &group);
                let apart = group
                    .iter()
                    .flat_map(|one| pack::entries(PLAN, std::slice::from_ref(one)));
                self.packed.1.append(batch_of(together)).unwrap();
                self.apart.1.append(batch_of(apart)).unwrap();
                self.expected
                    .extend(group.into_iter().map(|one| (one.mark, one.record)));
            }
            Step::Erase(positions, extent) => {
                let there: Vec<Position> = positions
                    .iter()
                    .filter(|at| **at < end)
                    .copied()
                    .map(Position)
                    .collect();
                for trees in self.both() {
                    let batch = trees.changed(PLAN, &there, |record| extent.of(PLAN, record));
                    trees.append(batch.unwrap()).unwrap();
                }
                for position in there {
                    let (_, record) = &mut self.expected[usize::try_from(position.0).unwrap()];
                    *record = extent.of(PLAN, record.clone());
                }
            }
            Step::Cut(count) => {
                let first = end.saturating_sub(*count);
                for trees in self.both() {
                    assert_eq!(trees.cut_from(PLAN, Position(first)).unwrap(), end - first);
                }
                self.expected.truncate(usize::try_from(first).unwrap());
                self.cut += end - first;
            }
        }
    }

    fn check(&self, window: (u64, u64)) {
        let end = self.expected.len() as u64;
        for trees in self.both() {
            assert_eq!(
                trees.last_position(PLAN).unwrap(),
                end.checked_sub(1).map(Position)
            );
            assert_eq!(trees.plans().unwrap().contains(&PLAN), end > 0);
            let (first, until) = (window.0 % (end + 5), window.1 % (end + 5));
            let expected = self.expected.iter().skip(first as usize);
            let expected: Vec<_> = expected.take(until.saturating_sub(first) as usize).collect();
            let found = || {
                trees
                    .events(PLAN, Position(first), Position(until))
                    .map(Result::unwrap)
            };
            assert!(found().eq(expected.iter().map(|event| (**event).clone())));
            assert!(
                found()
                    .rev()
                    .eq(expected.iter().rev().map(|event| (**event).clone()))
            );
            for position in [first, until, end] {
                match self.expected.get(position as usize) {
                    Some(expected) => assert_eq!(&trees.event(PLAN, Position(position)).unwrap(), expected),
                    None => assert!(trees.event(PLAN, Position(position)).is_err()),
                }
            }
        }
    }
}

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    // Each case opens two logs on disk; soak runs ask for more by the environment.
    let cases = match std::env::var_os("PROPTEST_CASES") {
        Some(_) => default.cases,
        None => 24,
    };
    ProptestConfig { cases, ..default }
}

proptest! {
    #![proptest_config(config())]
    #[test]
    fn packs_read_as_a_key_per_event_does(
        steps in prop::collection::vec((steps(), any::<(u16, u16)>()), 1..25)
    ) {
        let mut twins = Twins::new();
        for (step, (first, until)) in &steps {
            twins.take(step);
            twins.check((u64::from(*first), u64::from(*until)));
        }
        twins.check((0, twins.expected.len() as u64));
        let Twins { packed, apart, cut, .. } = twins;
        for (directory, trees) in [packed, apart] {
            drop(trees);
            let db = raw(&directory);
            prop_assert_eq!(db.open_tree("cut").unwrap().len() as u64, cut);
            for plan in [[0; 16], [2; 16]].map(PlanId::from_bytes) {
                let lying = tampering::places(&db.open_tree("events").unwrap());
                let events = lying.iter().filter(|place| place.plan == plan).map(|place| u64::from(place.count));
                prop_assert_eq!(events.sum::<u64>(), 20);
            }
        }
    }
}
