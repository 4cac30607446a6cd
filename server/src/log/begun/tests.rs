//! Where a log may begin, and where none may: a refused start leaves every byte and name as it was.

use std::collections::BTreeMap;
use std::fs;

use schema::ids::{IncarnationId, PlanId};
use tempfile::TempDir;

use super::*;
use crate::log::engine::{self, Opening};

const ENGINES: [EngineKind; 2] = [EngineKind::Sled, EngineKind::Segments];

/// A data directory with such files in it; a name that ends in `/` is an empty directory.
fn data_with(names: &[&str]) -> TempDir {
    let data = TempDir::new().unwrap();
    for name in names {
        let path = data.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
    }
    data
}

/// Every name below, and what it holds if it is a file.
fn all_below(directory: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(all_below(&path));
        }
        found.insert(path.clone(), fs::read(&path).ok());
    }
    found
}

#[test]
fn a_log_begins_where_nothing_was_left_by_one() {
    let fresh: [&[&str]; 6] = [
        &[],
        &["log/"],
        // As a start of either engine that was cut off leaves it.
        &["log/conf", "log/db", "log/blobs/"],
        &["log/lock"],
        // A disk of its own; and what a server is given before its first start.
        &["log/lost+found/"],
        &["keys/log-key-0001.json", "witnesses.toml", "accounts/", "audit/"],
    ];
    for names in fresh {
        let data = data_with(names);
        let log = data.path().join("log");
        let opened = engine::open_or_start(&log, None).unwrap_or_else(|error| panic!("{names:?}: {error}"));
        assert_eq!(opened.plans(), [], "{names:?}");
    }
}

#[test]
fn no_log_begins_where_one_was() {
    let lost: [&[&str]; 9] = [
        &["accounts/accounts.json"],
        &["audit/plan/life/state.json"],
        &["views/plan"],
        &["accounts/accounts.json", "log/"],
        &["log/acknowledged"],
        &["log/acknowledged", "log/conf"],
        &["log/lock", "accounts/accounts.json"],
        &["log/conf", "accounts/accounts.json"],
        // sled would begin in an empty file.
        &["log/conf", "log/db", "log/blobs/", "accounts/accounts.json"],
    ];
    for names in lost {
        for asked in [None, Some(EngineKind::Sled), Some(EngineKind::Segments)] {
            let data = data_with(names);
            let log = data.path().join("log");
            let before = all_below(data.path());
            let opened = engine::open_or_start(&log, asked).map(|log| log.incarnation());
            assert!(opened.is_err(), "{names:?}");
            assert!(engine::open_existing(&log, Opening::Serve).is_err(), "{names:?}");
            assert!(engine::open_existing(&log, Opening::Check).is_err(), "{names:?}");
            assert!(all_below(data.path()) == before, "{names:?}");
        }
    }
}

#[test]
fn the_refusal_says_what_tells_that_there_was_a_log_and_what_to_do() {
    let data = data_with(&["audit/plan/life/state.json"]);
    let log = data.path().join("log");
    for refused in [
        engine::open_or_start(&log, None).err(),
        engine::open_existing(&log, Opening::Check).err(),
        engine::open_existing(&log, Opening::Serve).err(),
        engine::remains_of(&log, IncarnationId::from_bytes([7; 16])).err(),
    ] {
        let refused = refused.unwrap().to_string();
        for words in [
            "is gone",
            "audit was left by it",
            "restore",
            "move the whole data",
        ] {
            assert!(refused.contains(words), "{refused}");
        }
    }
}

#[test]
fn nothing_begins_beside_what_is_no_log_or_of_both_engines() {
    let strange: [(&[&str], &str); 2] = [
        (&["log/photographs.zip"], "holds photographs.zip, but no log"),
        (&["log/conf", "log/0000000000.seg"], "files of both engines"),
    ];
    for (names, words) in strange {
        let data = data_with(names);
        let log = data.path().join("log");
        let before = all_below(data.path());
        let refused = engine::open_or_start(&log, None).err().unwrap().to_string();
        assert!(refused.contains(words), "{refused}");
        let refused = engine::open_existing(&log, Opening::Check).err().unwrap();
        assert!(refused.to_string().contains(words), "{refused}");
        assert!(all_below(data.path()) == before, "{names:?}");
    }
}

#[test]
fn an_engine_is_known_by_any_of_its_files() {
    let own = [
        (EngineKind::Sled, ["conf", "db", "blobs/x", "snap.00"]),
        (
            EngineKind::Segments,
            ["meta", "lock", "0000000003.seg", "0000000000.idx"],
        ),
    ];
    for (kind, names) in own {
        for name in names {
            let data = data_with(&[&format!("log/{name}"), "log/acknowledged"]);
            assert_eq!(engine::kind_of(&data.path().join("log")), Some(kind), "{name}");
        }
    }
}

/// Lost with the file that says which log it is, a log of either engine is not taken for a new one or for the other's.
#[test]
fn a_log_that_lost_the_file_that_says_which_it_is_is_refused_as_its_engines() {
    for (kind, lost, words) in [
        (EngineKind::Segments, "meta", "file `meta` is missing"),
        (EngineKind::Sled, "db", "is gone"),
    ] {
        let data = data_with(&[]);
        let log = data.path().join("log");
        let begun = engine::create(&log, kind, IncarnationId::from_bytes([7; 16])).unwrap();
        drop(begun);
        engine::wait_until_closed(&log).unwrap();
        fs::remove_file(log.join(lost)).unwrap();
        let before = all_below(data.path());
        assert_eq!(engine::kind_of(&log), Some(kind));
        let refused = engine::open_or_start(&log, None).err().unwrap().to_string();
        assert!(refused.contains(words), "{kind}: {refused}");
        assert!(engine::open_existing(&log, Opening::Check).is_err(), "{kind}");
        assert!(all_below(data.path()) == before, "{kind}");
    }
}

/// sled makes its own settings anew.
#[test]
fn a_log_of_sled_opens_without_its_settings() {
    let data = data_with(&[]);
    let log = data.path().join("log");
    let life = IncarnationId::from_bytes([7; 16]);
    drop(engine::create(&log, EngineKind::Sled, life).unwrap());
    engine::wait_until_closed(&log).unwrap();
    fs::remove_file(log.join("conf")).unwrap();
    let opened = engine::open_or_start(&log, None).unwrap();
    assert_eq!(opened.incarnation(), life);
    assert_eq!(opened.next_position(PlanId::from_bytes([1; 16])).0, 0);
}

/// A restore moves accounts in before the log; so does whoever puts a log back beside what it left.
#[test]
fn a_log_that_is_there_opens_beside_what_it_left() {
    for kind in ENGINES {
        let data = data_with(&["accounts/accounts.json", "views/plan"]);
        let log = data.path().join("log");
        let life = IncarnationId::from_bytes([7; 16]);
        drop(engine::create(&log, kind, life).unwrap());
        engine::wait_until_closed(&log).unwrap();
        assert_eq!(engine::open_or_start(&log, None).unwrap().incarnation(), life);
    }
}

/// sled passes over a segment whose header is damaged, and finds nothing then.
#[test]
fn a_log_in_which_sled_finds_nothing_any_more_is_no_new_one() {
    let data = data_with(&[]);
    let log = data.path().join("log");
    drop(engine::create(&log, EngineKind::Sled, IncarnationId::from_bytes([7; 16])).unwrap());
    engine::wait_until_closed(&log).unwrap();
    fs::remove_file(log.join("acknowledged")).unwrap();
    let file = log.join(copy::SLED_FILE);
    let mut bytes = fs::read(&file).unwrap();
    bytes[2] ^= 1;
    fs::write(&file, bytes).unwrap();
    let before = all_below(data.path());
    for refused in [
        engine::open_or_start(&log, None).err(),
        engine::open_existing(&log, Opening::Check).err(),
    ] {
        let refused = refused.expect("it is refused").to_string();
        assert!(refused.contains("says no more which log it holds"), "{refused}");
    }
    assert!(all_below(data.path()) == before);
}

/// The engine would begin another file of events under the name of the one that is gone.
#[test]
fn a_log_of_segments_that_lost_its_segments_is_no_new_one_and_a_check_makes_none() {
    for left in [&["accounts/accounts.json"][..], &[]] {
        let data = data_with(left);
        let log = data.path().join("log");
        drop(engine::create(&log, EngineKind::Segments, IncarnationId::from_bytes([7; 16])).unwrap());
        engine::wait_until_closed(&log).unwrap();
        fs::remove_file(log.join("0000000000.seg")).unwrap();
        fs::remove_file(log.join("acknowledged")).unwrap();
        let before = all_below(data.path());
        let checked = engine::open_existing(&log, Opening::Check).err();
        assert!(checked.is_some(), "{left:?}");
        assert!(all_below(data.path()) == before, "{left:?}");
        let started = engine::open_or_start(&log, None).err();
        assert_eq!(started.is_some(), !left.is_empty(), "{started:?}");
    }
}
