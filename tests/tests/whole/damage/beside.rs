//! What lies beside a whole log and is damaged: who checks the log and who would mend it say the same, and what to do.

use std::fs;
use std::path::{Path, PathBuf};

use tests::audited::free_address;

use super::gone::{asked, signed_and_killed};
use super::{copy_tree, files_below, verify};

#[test]
fn a_check_and_a_repair_say_the_same_of_damage_beside_the_log() {
    let place = tempfile::tempdir().unwrap();
    let [data, backup] = ["data", "backup"].map(|name| place.path().join(name));
    signed_and_killed(&data, &free_address().unwrap());
    assert!(asked(&["backup"], &[("--data", &data), ("--to", &backup)]).0);

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

/// One bit in what the newest checkpoint says of who signed it.
#[test]
fn a_flipped_bit_in_the_id_of_a_key_is_named_as_damage_of_its_file() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let address = free_address().unwrap();
    signed_and_killed(&data, &address);
    let state = named(&data.join("audit"), "state.json");
    let mut bytes = fs::read(&state).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let signature = text.split_once('\u{2014}').unwrap().1;
    let id = signature.trim_start().split_once(' ').unwrap().1;
    let at = text.len() - id.len();
    bytes[at + 1] ^= 1;
    fs::write(&state, bytes).unwrap();
    let (is_whole, said) = verify(&data);
    let shown = state.display().to_string();
    assert!(!is_whole && said.contains(&shown), "{said}");
    assert!(!said.contains("keys rotate"), "{said}");
    signed_and_killed(&data, &address);
}

/// A key that is cut off: the start says which file, and the ways out.
#[test]
fn a_damaged_key_is_named_with_what_to_do() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    signed_and_killed(&data, &free_address().unwrap());
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
