//! The trees read without sled: the same as with it, whatever sled does to its pages meanwhile.

use std::collections::BTreeMap;
use std::ops::{Bound, Range};
use std::os::unix::fs::FileExt;

use crate::log::sled::disk::DiskTrees;
use crate::log::sled::file;
use crate::log::sled::trees::open_when_free;

use super::*;

/// Keys and sizes that go from one to the next without a pattern.
struct Course(u64);

impl Course {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

fn database(directory: &TempDir) -> ::sled::Db {
    let config = ::sled::Config::new()
        .path(directory.path())
        .cache_capacity(1 << 20);
    open_when_free(&config.flush_every_ms(None)).unwrap()
}

type Entries = BTreeMap<Vec<u8>, Vec<u8>>;

fn owned((key, value): (&Vec<u8>, &Vec<u8>)) -> (Vec<u8>, Vec<u8>) {
    (key.clone(), value.clone())
}

/// Every entry of a tree, from either end, and what is looked for between entries. sled is asked first: it writes when it reads.
fn assert_same(db: &::sled::Db, directory: &TempDir, course: &mut Course) {
    let entries = |name: &::sled::IVec| -> Entries {
        let tree = db.open_tree(name).unwrap();
        let all = tree.iter().map(Result::unwrap);
        all.map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
    };
    let names = db.tree_names();
    let trees: Vec<Entries> = names.iter().map(entries).collect();
    db.flush().unwrap();
    let disk = DiskTrees::open(directory.path()).unwrap();
    for (name, tree) in names.iter().zip(trees) {
        let last = [u8::MAX; 40];
        let (mut from, mut end) = (Vec::new(), last.to_vec());
        let (mut forward, mut backward) = (Entries::new(), Entries::new());
        while let Some((key, value)) = disk.first(name, &from..&last).unwrap() {
            from = [key.as_slice(), &[0]].concat();
            forward.insert(key, value);
        }
        while let Some((key, value)) = disk.last(name, &[]..&end).unwrap() {
            end.clone_from(&key);
            backward.insert(key, value);
        }
        assert!(forward == tree, "{} of {}", forward.len(), tree.len());
        assert!(backward == tree, "{} of {}", backward.len(), tree.len());
        for _ in 0..200 {
            let (one, other) = (key(course), key(course));
            let range: Range<&[u8]> = one.as_slice().min(&other)..one.as_slice().max(&other);
            let mut between =
                tree.range::<[u8], _>((Bound::Included(range.start), Bound::Excluded(range.end)));
            assert_eq!(
                disk.first(name, range.clone()).unwrap(),
                between.clone().next().map(owned)
            );
            assert_eq!(disk.last(name, range).unwrap(), between.next_back().map(owned));
            assert_eq!(disk.get(name, &one).unwrap().as_ref(), tree.get(&one));
        }
    }
}

fn key(course: &mut Course) -> Vec<u8> {
    let plan = [u8::try_from(course.next(5)).unwrap(); 16];
    let mut key = [plan.as_slice(), &course.next(3_000).to_be_bytes()].concat();
    if course.next(3) == 0 {
        key.extend([0, 3]);
    }
    key
}

#[test]
fn the_trees_are_the_same_without_sled_while_pages_divide_join_and_move() {
    let directory = TempDir::new().unwrap();
    let mut course = Course(7);
    for opening in 0..2 {
        let db = database(&directory);
        let trees = ["events", "index"].map(|name| db.open_tree(name).unwrap());
        for round in 0..6 {
            for _ in 0..400 {
                let mut batch = ::sled::Batch::default();
                for _ in 0..=course.next(20) {
                    // Now more comes, now more goes, so that pages also join.
                    if course.next(6) < [1, 5][round % 2] {
                        batch.remove(key(&mut course));
                    } else {
                        let bytes = match course.next(600) {
                            0 => 200_000,
                            _ => usize::try_from(course.next(2_000)).unwrap(),
                        };
                        batch.insert(key(&mut course), vec![u8::try_from(opening).unwrap(); bytes]);
                    }
                }
                trees[usize::try_from(course.next(2)).unwrap()]
                    .apply_batch(batch)
                    .unwrap();
            }
            db.flush().unwrap();
            assert_same(&db, &directory, &mut course);
        }
        drop((trees, db));
    }
}

#[test]
fn what_was_not_written_whole_is_left_out_without_sled() {
    let directory = TempDir::new().unwrap();
    let db = database(&directory);
    let tree = db.open_tree("events").unwrap();
    let value = vec![7; 1_000];
    for number in 0..2_000_u64 {
        tree.insert(number.to_be_bytes(), value.clone()).unwrap();
    }
    db.flush().unwrap();
    let path = directory.path().join(file::NAME);
    let file = std::fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    let starts = (0..file.metadata().unwrap().len()).step_by(file::SEGMENT_BYTES);
    let number = |start: &u64| file::number_of(&file::header_at(&file, *start).unwrap().unwrap());
    let last = starts.max_by_key(number).unwrap();
    // As where a write failed: from one place on nothing of what was written last came to the disk.
    let mut before = 2_001;
    for written in (0..file::SEGMENT_BYTES).rev().step_by(30_011) {
        let nothing = vec![0; file::SEGMENT_BYTES - written];
        file.write_all_at(&nothing, last + written as u64).unwrap();
        let trees = DiskTrees::open(directory.path()).unwrap();
        let (end, _) = trees.last(b"events", &[]..&[u8::MAX; 9]).unwrap().unwrap();
        let end = u64::from_be_bytes(end.try_into().unwrap());
        assert!(end < before, "{written}: {end}");
        for number in 0..=end {
            let found = trees.get(b"events", &number.to_be_bytes()).unwrap();
            assert_eq!(found.as_ref(), Some(&value), "{written}: {number} of {end}");
        }
        before = end + 1;
    }
    assert!(before < 2_000, "some was lost");
}
