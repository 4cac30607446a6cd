//! Every code with which the server refuses something over the sync protocol stands in `docs/protocol.md` or in one of the two
//! enums that it names, and has a sentence in both languages.
//!
//! Why it exists: a code without a sentence is shown as "the server cannot do this", and whoever wrote the words does not
//! learn what to do about it.

use std::collections::BTreeSet;

use schema::domain::Refusal;
use serde_json::Value;

use crate::tree::{SourceFile, assert_none, files};

const LANGUAGES: [&str; 2] = ["nl", "en"];

#[test]
fn every_code_of_the_protocol_has_a_sentence_in_both_languages() {
    let all = files();
    let mut codes = codes_of_the_document(&all);
    codes.extend(codes_of_changes(&all));
    codes.extend(Refusal::ALL.iter().map(|refusal| refusal.code().to_owned()));
    assert!(codes.len() > 80, "{} codes are not all of them", codes.len());
    for language in LANGUAGES {
        let path = format!("client-wasm/web/src/i18n/{language}.json");
        let words: Value = serde_json::from_str(&text_of(&all, &path)).expect("the words are JSON");
        let has_none = |code: &&String| !words["problem"][code.as_str()].is_string();
        let silent: Vec<String> = codes.iter().filter(has_none).cloned().collect();
        assert_none(
            &format!("{path} has no sentence under `problem` for these codes"),
            &silent,
        );
    }
}

#[test]
fn every_code_that_the_core_says_stands_in_the_protocol() {
    let all = files();
    let mut known = codes_of_the_document(&all);
    known.extend(codes_of_changes(&all));
    known.extend(Refusal::ALL.iter().map(|refusal| refusal.code().to_owned()));
    let is_core = |file: &&SourceFile| {
        let path = file.path.as_str();
        (path.starts_with("server/src/core") || path == "schema/src/wire.rs") && !file.is_test()
    };
    let mut said = BTreeSet::new();
    for file in all.iter().filter(is_core) {
        // A literal, or the constant that holds it.
        for start in ["Reason::new(", "&str = ", "code: ", "refused("] {
            let rest = file.text.split(start).skip(1);
            said.extend(rest.filter_map(|rest| literal(rest.trim_start())));
        }
    }
    assert!(
        said.contains("malformed-frame") && said.contains("change-failed"),
        "{said:?}"
    );
    let strange: Vec<String> = said.into_iter().filter(|code| !known.contains(code)).collect();
    assert_none("docs/protocol.md, under Codes, lacks these", &strange);
}

/// The code at the start of a text, if one stands there in quotes.
fn literal(text: &str) -> Option<String> {
    let code = text.strip_prefix('"')?.split('"').next()?;
    let is_code = !code.is_empty()
        && code
            .chars()
            .all(|letter| letter == '-' || letter.is_ascii_lowercase());
    is_code.then(|| code.to_owned())
}

/// Those that the document lists one by one.
fn codes_of_the_document(all: &[SourceFile]) -> BTreeSet<String> {
    let document = text_of(all, "docs/protocol.md");
    let (_, list) = document.split_once("\n## Codes\n").expect("it lists its codes");
    // Every other piece between backticks is a code, or the path of an enum.
    let quoted = list.split('`').skip(1).step_by(2);
    let codes = quoted.filter_map(|quoted| literal(&format!("\"{quoted}\"")));
    codes.collect()
}

/// The variants of `ChangeRefusal`, as they are serialised.
fn codes_of_changes(all: &[SourceFile]) -> BTreeSet<String> {
    let source = text_of(all, "schema/src/text/refusal.rs");
    let variants = source.lines().filter_map(|line| {
        let name = line.strip_prefix("    ")?.strip_suffix(',')?;
        let is_name = name.starts_with(|first: char| first.is_ascii_uppercase())
            && name.chars().all(|letter| letter.is_ascii_alphabetic());
        is_name.then(|| kebab(name))
    });
    let codes: BTreeSet<String> = variants.collect();
    assert!(codes.contains("library-failed"), "{codes:?}");
    codes
}

fn kebab(name: &str) -> String {
    let mut code = String::new();
    for letter in name.chars() {
        if letter.is_ascii_uppercase() && !code.is_empty() {
            code.push('-');
        }
        code.push(letter.to_ascii_lowercase());
    }
    code
}

fn text_of(all: &[SourceFile], path: &str) -> String {
    let file = all.iter().find(|file| file.path == path);
    file.unwrap_or_else(|| panic!("{path} exists")).text.clone()
}
