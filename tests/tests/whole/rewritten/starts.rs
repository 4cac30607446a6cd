//! A start, and every command that opens a log to write, refuses one that is another history than the signed one, as far as what
//! is stored beside the checkpoint tells.

use std::fs;
use std::path::Path;

use schema::log::Record;
use schrijftafel_server::log::engine::EngineKind;
use tests::audited::{AuditedServer, free_address};

use crate::damage::copy_tree;
use crate::damage::gone::{asked, signed_and_killed};
use crate::damage::signed::refused_start;

use super::{put_in_place, records_in, sealed_anew, with_another_end};

/// What it is, the events in it, and what is lost beside it.
type Scene = (&'static str, Vec<Record>, fn(&Path));

#[test]
fn a_log_that_was_sealed_anew_is_refused_by_name_and_left_as_it_is() {
    let place = tempfile::tempdir().unwrap();
    let [whole, data, backup] = ["whole", "data", "backup"].map(|name| place.path().join(name));
    let address = free_address().unwrap();
    signed_and_killed(&whole, &address);
    let signed = records_in(&whole.join("log"));
    let events = format!("the first {} events are not those that were signed", signed.len());
    let scenes: [Scene; 4] = [
        ("all is told", sealed_anew(signed.clone()), |_| {}),
        (
            "only the chain value is left",
            sealed_anew(signed.clone()),
            lose_hashes,
        ),
        ("another end", with_another_end(signed.clone()), |_| {}),
        ("only the hashes are left", with_another_end(signed), lose_chain),
    ];
    for (kind, other) in [(EngineKind::Sled, "segments"), (EngineKind::Segments, "sled")] {
        for (what, records, lose) in &scenes {
            copy_tree(&whole, &data);
            put_in_place(&data.join("log"), kind, records.clone());
            lose(&data.join("audit"));
            let mut refusals = vec![refused_start(&data, &address)];
            for command in [
                &["log", "compact"][..],
                &["log", "move", "--to", other],
                &["log", "verify"],
            ] {
                let (is_done, said) = asked(command, &[("--data", &data)]);
                assert!(!is_done, "{kind}, {what}: {command:?}");
                refusals.push(said);
            }
            let (is_done, said) = asked(&["backup"], &[("--data", &data), ("--to", &backup)]);
            assert!(!is_done && !backup.exists(), "{kind}, {what}");
            refusals.push(said);
            for said in refusals {
                let plan = AuditedServer::plan().to_string();
                for words in [&events, &plan, "not the one that was signed", "audit check"] {
                    assert!(said.contains(words), "{kind}, {what}: {words}: {said}");
                }
            }
            assert_eq!(&records_in(&data.join("log")), records, "{kind}, {what}");
            fs::remove_dir_all(&data).unwrap();
        }
    }
}

/// The file of the state of the sample plan's log, as text.
fn change_state(audit: &Path, change: impl Fn(&str) -> String) {
    let files = crate::damage::files_below(audit).into_iter();
    for state in files.filter(|file| file.ends_with("state.json")) {
        fs::write(&state, change(&fs::read_to_string(&state).unwrap())).unwrap();
    }
}

/// As a program left it that did not write the chain value down.
fn lose_chain(audit: &Path) {
    change_state(audit, |text| {
        let mut state: serde_json::Value = serde_json::from_str(text).unwrap();
        let newest = state["newest"].as_object_mut().unwrap();
        assert!(newest.remove("chain").is_some());
        state.to_string()
    });
}

fn lose_hashes(audit: &Path) {
    for file in crate::damage::files_below(audit) {
        if file.file_name().unwrap().to_string_lossy().starts_with("hashes-") {
            fs::remove_file(file).unwrap();
        }
    }
}

/// A bit in what nobody signed: the log is not to blame for it.
#[test]
fn a_chain_value_that_is_damaged_says_nothing_of_the_log() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let address = free_address().unwrap();
    signed_and_killed(&data, &address);
    change_state(&data.join("audit"), |text| {
        let (before, after) = text.split_once(r#""chain":""#).unwrap();
        let flipped = if after.starts_with('1') { '0' } else { '1' };
        format!(r#"{before}"chain":"{flipped}{}"#, &after[1..])
    });
    signed_and_killed(&data, &address);
}
