//! What every file owes its reader: an opening that says why it exists, a size one can hold in mind, no loose ends.

use crate::tree::{SourceFile, assert_none, files};

/// Of code: what explains it does not count.
const LINES_MAX: usize = 400;
const TEST_LINES_MAX: usize = 500;
/// Data and contracts are read by looking something up, not from top to bottom.
const LONG_BY_NATURE: [&str; 4] = ["schema/openapi.yaml", "CHANGELOG.md", "LICENSE", "i18n/"];

#[test]
fn every_source_file_opens_by_saying_what_it_is() {
    let silent: Vec<_> = files()
        .into_iter()
        .filter(|file| !opens_with_a_header(file))
        .map(|f| f.path)
        .collect();
    assert_none(
        "these files do not open with a comment that says what they are and why they exist",
        &silent,
    );
}

fn opens_with_a_header(file: &SourceFile) -> bool {
    let mut text = file.text.as_str();
    if text.starts_with("#!") && file.extension() != "rs" {
        text = text.split_once('\n').map_or("", |(_, rest)| rest);
    }
    let openings: &[&str] = match file.extension() {
        "rs" => &["//!"],
        "ts" | "tsx" | "js" | "mjs" => &["//", "/*"],
        "css" => &["/*"],
        "sh" | "yaml" | "yml" | "toml" if !is_manifest(&file.path) => &["#"],
        "" if file.path.ends_with("Makefile") || file.path.ends_with(".ci/run") => &["#"],
        _ => return true,
    };
    openings
        .iter()
        .any(|opening| text.trim_start().starts_with(opening))
}

fn is_manifest(path: &str) -> bool {
    ["Cargo.toml", "rustfmt.toml"]
        .iter()
        .any(|name| path.ends_with(name))
}

#[test]
fn no_file_is_longer_than_one_can_hold_in_mind() {
    let is_code = |file: &SourceFile| {
        matches!(
            file.extension(),
            "rs" | "ts" | "tsx" | "js" | "mjs" | "css" | "sh"
        )
    };
    let mut long = Vec::new();
    for file in files().into_iter().filter(is_code) {
        let says_something = |line: &&str| !line.trim().is_empty() && !line.trim_start().starts_with("//");
        let lines = file.text.lines().filter(says_something).count();
        let limit = if file.is_test() { TEST_LINES_MAX } else { LINES_MAX };
        if lines > limit && !LONG_BY_NATURE.iter().any(|name| file.path.contains(name)) {
            long.push(format!("{}: {lines} lines of code, at most {limit}", file.path));
        }
    }
    assert_none("these files hold more than one concept", &long);
}

#[test]
fn nothing_is_left_for_later() {
    let marks = [
        ["TO", "DO"],
        ["FIX", "ME"],
        ["HA", "CK:"],
        ["todo", "!("],
        ["unimplemented", "!("],
        ["dbg", "!("],
    ];
    let marks = marks.map(|halves| halves.concat());
    let is_ours = |file: &SourceFile| !file.is_generated() && file.path != "LICENSE";
    let left = find_lines(is_ours, |line| {
        marks.iter().find(|mark| line.contains(mark.as_str())).cloned()
    });
    assert_none("these lines leave something for later", &left);
}

#[test]
fn lints_are_expected_with_a_reason_never_allowed() {
    let allows = ["#[allow", "#![allow"].map(|start| format!("{start}("));
    let is_rust = |file: &SourceFile| file.extension() == "rs";
    let found = find_lines(is_rust, |line| {
        allows.iter().find(|allow| line.contains(allow.as_str())).cloned()
    });
    assert_none("use #[expect(…, reason = \"…\")]", &found);
}

#[test]
fn no_folder_hides_its_head_in_a_mod_rs() {
    let found: Vec<_> = files()
        .into_iter()
        .map(|file| file.path)
        .filter(|path| path.ends_with("/mod.rs"))
        .collect();
    assert_none("a module is foo.rs beside foo/", &found);
}

/// A fresh clone on a stranger's machine must not lead to somebody's folders or private registries.
#[test]
fn nothing_names_a_machine_or_a_private_registry() {
    let marks = [
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["file:", "///"],
        ["\"resolv", "ed\": "],
        ["ghp", "_"],
    ];
    let marks = marks.map(|halves| halves.concat());
    let found = find_lines(
        |_| true,
        |line| marks.iter().find(|mark| line.contains(mark.as_str())).cloned(),
    );
    assert_none("these lines belong to one machine", &found);
    let locked = files()
        .into_iter()
        .find(|file| file.path == "Cargo.lock")
        .expect("Cargo.lock is committed");
    let public = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    let strange: Vec<_> = locked
        .text
        .lines()
        .filter(|l| l.starts_with("source = ") && *l != public)
        .collect();
    assert!(
        strange.is_empty(),
        "Cargo.lock names another registry: {strange:?}"
    );
}

fn find_lines(wanted: impl Fn(&SourceFile) -> bool, fault: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for file in files().into_iter().filter(|file| wanted(file)) {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(fault) = fault(line) {
                found.push(format!("{}:{}: {fault}", file.path, number + 1));
            }
        }
    }
    found
}
