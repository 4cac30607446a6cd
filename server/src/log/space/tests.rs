//! Room on a real file system.

use super::*;

#[test]
fn there_is_room_until_the_reserve_is_larger_than_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().to_owned();
    assert_eq!(Space::new(path.clone(), 0).lacking(), None);
    assert_eq!(Space::new(path.clone(), 1).lacking(), None);
    let lacking = Space::new(path, u64::MAX).lacking().unwrap();
    assert!(lacking.contains("are kept in reserve"), "{lacking}");
}

#[test]
fn a_directory_that_is_gone_is_no_room() {
    let space = Space::new("/nowhere/at/all".into(), 1);
    let lacking = space.lacking().unwrap();
    assert!(lacking.contains("cannot be told"), "{lacking}");
    assert!(space.probe().is_err());
}

#[test]
fn a_probe_leaves_nothing() {
    let directory = tempfile::tempdir().unwrap();
    Space::new(directory.path().to_owned(), 1).probe().unwrap();
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
