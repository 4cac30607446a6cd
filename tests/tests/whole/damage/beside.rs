//! What lies beside a whole log and is damaged: who checks the log and who would mend it say the same, and what to do.

use std::fs;
use std::path::{Path, PathBuf};

use tests::audited::{AuditedServer, free_address};

use super::gone::asked;
use super::killed::SCHRIJFTAFEL;
use super::{copy_tree, files_below, verify};

#[test]
fn a_check_and_a_repair_say_the_same_of_damage_beside_the_log() {
    let place = tempfile::tempdir().unwrap();
    let [data, backup] = ["data", "backup"].map(|name| place.path().join(name));
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, &free_address().unwrap()).unwrap();
    server.signed_by(1).unwrap();
    server.running.kill();
    fs::remove_file(data.join("admin.sock")).unwrap();
    assert!(asked(&["backup"], &[("--data", &data), ("--to", &backup)]).0);
    assert_eq!(verify(&data), (true, String::new()));

    let damaged = [
        ("audit", "state.json", "makes the file anew when it starts"),
        ("accounts", "accounts.json", "Restore a backup"),
    ];
    for (directory, name, way_out) in damaged {
        let copy = place.path().join("copy");
        copy_tree(&data, &copy);
        let file = named(&copy.join(directory), name);
        let bytes = fs::read(&file).unwrap();
        fs::write(&file, &bytes[..bytes.len() / 2]).unwrap();
        let (is_whole, checked) = verify(&copy);
        let (is_mended, mended) = asked(&["log", "repair"], &[("--data", &copy), ("--from", &backup)]);
        assert!(!is_whole && !is_mended, "{checked}{mended}");
        assert_eq!(checked, mended);
        for words in [
            &file.display().to_string(),
            way_out,
            "every event of the log is whole",
        ] {
            assert!(checked.contains(words), "{words}: {checked}");
        }
        assert!(!checked.contains("EOF"), "{checked}");
        fs::remove_dir_all(&copy).unwrap();
    }
}

/// A key that is cut off: the start says which file, and the ways out.
#[test]
fn a_damaged_key_is_named_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut server = AuditedServer::start(SCHRIJFTAFEL.as_ref(), &data, &free_address().unwrap()).unwrap();
    server.signed_by(1).unwrap();
    server.running.kill();
    let key = named(&data.join("keys"), "log-key-0001.json");
    fs::write(&key, "{").unwrap();
    let said = super::signed::refused_start(&data, &free_address().unwrap());
    for words in [&key.display().to_string(), "keys restore", "keys rotate"] {
        assert!(said.contains(words), "{words}: {said}");
    }
}

fn named(directory: &Path, name: &str) -> PathBuf {
    let mut files = files_below(directory).into_iter();
    files.find(|file| file.ends_with(name)).unwrap()
}
