//! Every rule of the protocol has a test that cites it, and nobody cites a rule that is not there.
//!
//! How it works: the rules are the items of `docs/protocol.md` that begin with a bold name. A citation is the word for a
//! rule (or rules) and their names behind it, in a comment or in what an assertion says; `P1 to P3` names three. Only
//! code that runs as a test counts: what tests share is no test.

use std::collections::{BTreeMap, BTreeSet};

use crate::tree::{SourceFile, assert_none, files};

/// This file speaks of citations and is none.
const HERE: &str = "tests/tests/tidy/rules.rs";
/// What tests share.
const SHARED: &str = "tests/src/";

/// A rule: the letter of its chapter and its number in it.
type Rule = (char, u32);

#[test]
fn every_rule_of_the_protocol_has_a_test_that_cites_it() {
    let all = files();
    let rules = rules_of(&protocol(&all).text);
    assert!(rules.len() > 30, "docs/protocol.md has {} rules", rules.len());
    let cited: BTreeSet<Rule> = all
        .iter()
        .filter(|file| is_code(file))
        .flat_map(|file| citations(tests_in(file)))
        .collect();
    let untested: Vec<_> = rules.difference(&cited).map(name).collect();
    assert_none("no test cites these rules of docs/protocol.md", &untested);
}

#[test]
fn nobody_cites_a_rule_that_is_not_there() {
    let all = files();
    let rules = rules_of(&protocol(&all).text);
    let mut strange = BTreeMap::new();
    for file in all.iter().filter(|file| is_code(file)) {
        for rule in citations(&file.text) {
            if !rules.contains(&rule) {
                strange.insert(
                    (file.path.as_str(), rule),
                    format!("{}: {}", file.path, name(&rule)),
                );
            }
        }
    }
    let strange: Vec<_> = strange.into_values().collect();
    assert_none("docs/protocol.md has no such rules", &strange);
}

#[test]
fn citations_are_read_as_people_write_them() {
    let found = |text| citations(text).into_iter().collect::<Vec<_>>();
    assert_eq!(found("(rule N4)"), [('N', 4)]);
    assert_eq!(
        found("rules N1, N2 and A4; P9"),
        [('N', 1), ('N', 2), ('A', 4)],
        "a name without the word is none"
    );
    assert_eq!(found("rules P1–P3"), found("(rules P1 to P3)"));
    assert_eq!(found("rules L1 to L3"), [('L', 1), ('L', 2), ('L', 3)]);
    assert_eq!(found("the rule that N4 cites, a rule Note"), []);
    assert_eq!(
        found("// as rule\n// N5 says"),
        [('N', 5)],
        "over the end of a line"
    );
    assert_eq!(
        rules_of("- **C1** The\n- **C12** A\ntext **C3** \n"),
        BTreeSet::from([('C', 1), ('C', 12)])
    );
}

fn protocol(all: &[SourceFile]) -> &SourceFile {
    let is_it = |file: &&SourceFile| file.path == "docs/protocol.md";
    all.iter().find(is_it).expect("docs/protocol.md exists")
}

fn is_code(file: &SourceFile) -> bool {
    matches!(file.extension(), "rs" | "ts" | "tsx" | "mjs" | "js") && file.path != HERE
}

/// The part of a file that runs as a test.
fn tests_in(file: &SourceFile) -> &str {
    if file.is_test() {
        return if file.path.starts_with(SHARED) {
            ""
        } else {
            &file.text
        };
    }
    let (_, within) = file
        .text
        .split_once("#[cfg(test)]\nmod tests {")
        .unwrap_or_default();
    within
}

fn rules_of(protocol: &str) -> BTreeSet<Rule> {
    let items = protocol.lines().filter_map(|line| line.strip_prefix("- **"));
    items.filter_map(|item| parse(item.split_once("**")?.0)).collect()
}

fn name((chapter, number): &Rule) -> String {
    format!("{chapter}{number}")
}

/// Every rule that a text cites, in order.
fn citations(text: &str) -> Vec<Rule> {
    // What is between two words of a comment over several lines is no word.
    let is_between = |c: char| c.is_whitespace() || matches!(c, '/' | '!' | '*');
    let words: Vec<&str> = text.split(is_between).filter(|word| !word.is_empty()).collect();
    let mut cited = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let word = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        if matches!(word, "rule" | "rules") {
            cited.extend(named(&words[at + 1..]));
        }
    }
    cited
}

/// The names that stand at the beginning of these words.
fn named(words: &[&str]) -> Vec<Rule> {
    let mut named: Vec<Rule> = Vec::new();
    let mut goes_to = false;
    for word in words {
        match *word {
            "and" if !named.is_empty() => continue,
            "to" if !named.is_empty() => {
                goes_to = true;
                continue;
            }
            _ => {}
        }
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_digit());
        let rules: Option<Vec<Rule>> = bare.split('–').map(parse).collect();
        let Some(rules) = rules else { break };
        for (place, rule) in rules.into_iter().enumerate() {
            if goes_to || place > 0 {
                let before = named.last().copied().unwrap_or(rule);
                named.extend((before.1 + 1..rule.1).map(|between| (rule.0, between)));
            }
            named.push(rule);
            goes_to = false;
        }
        // Behind a comma another may follow; behind anything else only `and` or `to`.
        let rest = &word[bare.len()..];
        if !rest.is_empty() && rest != "," {
            break;
        }
    }
    named
}

fn parse(name: &str) -> Option<Rule> {
    let mut letters = name.chars();
    let chapter = letters.next().filter(char::is_ascii_uppercase)?;
    let number = letters.as_str();
    let is_number = !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit());
    Some((chapter, number.parse().ok().filter(|_| is_number)?))
}
