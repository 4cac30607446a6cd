//! Nothing is lost: letter by letter, the file is its chapters and its furniture, in order.

use std::collections::BTreeSet;

use proptest::prelude::*;
use schema::richtext::BlockKind;

use super::super::lines::without_tags;
use super::super::report::{FurnitureKind, Layout, Unsure};
use super::super::{Imported, import};

/// Compares the letters of the file, less the furniture the report lists, with those of the chapters. What was moved
/// behind its paragraph is compared on its own.
pub fn assert_nothing_lost(file: &str, imported: &Imported) {
    let moved: Vec<String> = imported
        .report
        .moved
        .iter()
        .map(|moved| letters(&moved.text))
        .collect();
    let (mut expected, mut found) = (letters_of_file(file, imported), letters_of_chapters(imported));
    let linked = imported.report.moved.iter().any(|moved| {
        file.lines()
            .skip(moved.line - 1)
            .take(8)
            .any(|line| line.contains("]("))
    });
    if linked
        || moved
            .iter()
            .any(|text| text.len() < 14 || expected.matches(text.as_str()).count() != 1)
    {
        // What moved cannot be told from other text here: only the letters are compared, not their order.
        (expected, found) = (sorted(&expected), sorted(&found));
    }
    (expected, found) = (without(expected, &moved), without(found, &moved));
    if expected != found {
        let same = expected
            .chars()
            .zip(found.chars())
            .take_while(|(one, other)| one == other)
            .count();
        let from = same.saturating_sub(40);
        let near = |text: &str| text.chars().skip(from).take(120).collect::<String>();
        panic!(
            "lost or changed at letter {same}:\n file     …{}\n chapters …{}",
            near(&expected),
            near(&found)
        );
    }
}

fn letters(text: &str) -> String {
    text.chars().filter(|letter| letter.is_alphabetic()).collect()
}

fn sorted(text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    letters.sort_unstable();
    letters.into_iter().collect()
}

fn without(text: String, parts: &[String]) -> String {
    parts.iter().fold(text, |text, part| text.replacen(part, "", 1))
}

fn letters_of_file(file: &str, imported: &Imported) -> String {
    let spots = imported
        .report
        .furniture
        .iter()
        .filter(|found| found.kind != FurnitureKind::Comment);
    let gone: BTreeSet<usize> = spots
        .flat_map(|found| &found.spots)
        .flat_map(|spot| spot.first_line..=spot.last_line)
        .collect();
    let mut lines: Vec<String> = file.split('\n').map(str::to_owned).collect();
    // A title cannot lead anywhere; the report names the address that is left out.
    for unsure in &imported.report.unsure {
        if let Unsure::LinkInTitle { line, target } = unsure
            && let Some(title) = lines
                .iter_mut()
                .skip(line - 1)
                .find(|line| line.contains(target.as_str()))
        {
            *title = title.replacen(target.as_str(), "", 1);
        }
    }
    let markup = imported.report.layout == Layout::Markdown;
    let kept = lines
        .iter()
        .enumerate()
        .filter(|(index, _)| !gone.contains(&(index + 1)));
    kept.map(|(_, line)| {
        if markup {
            letters(&without_tags(line))
        } else {
            letters(line)
        }
    })
    .collect()
}

fn letters_of_chapters(imported: &Imported) -> String {
    let mut out = String::new();
    let named: BTreeSet<usize> = imported
        .report
        .unsure
        .iter()
        .filter(|unsure| {
            matches!(
                unsure,
                Unsure::TitleFromContents { .. } | Unsure::TextBeforeFirstHeading { .. }
            )
        })
        .filter_map(Unsure::line)
        .collect();
    for chapter in &imported.chapters {
        let part =
            chapter.title.ends_with(')') && chapter.title.contains('/') && !chapter.title.contains("(1/");
        let given = named.contains(&chapter.line) || chapter.title == "Naamloos" || part;
        if !given {
            out.push_str(&letters(&chapter.title));
        }
        for block in &chapter.blocks {
            for run in &block.content {
                out.push_str(&letters(&run.text));
                let href = run
                    .marks
                    .link
                    .as_ref()
                    .map(|link| link.href())
                    .unwrap_or_default();
                if href != run.text {
                    out.push_str(&letters(href));
                }
            }
        }
    }
    out
}

/// Words and signs that set off every rule there is.
const NASTY: [&str; 42] = [
    "zorg",
    "Zorg",
    "ZORG",
    "zorg-",
    "en",
    "welzijn.",
    "Welzijn",
    "de",
    "gemeente",
    "Hoofdstuk",
    "hoofdstuk",
    "H",
    "1",
    "2.",
    "3)",
    "1.",
    "1.1",
    "#",
    "##",
    "###",
    "-",
    "*",
    "•",
    ">",
    "|",
    "**",
    "**Doel**",
    "*inwoner*",
    "Inhoud",
    "Voorwoord",
    "Colofon",
    "Pagina",
    "7",
    "....",
    "\t",
    "    ",
    "‘stem’",
    "[hier](https://a.nl/b)",
    "`x`",
    "---",
    "===",
    "a)",
];

fn file() -> impl Strategy<Value = String> {
    let line =
        prop::collection::vec(prop::sample::select(NASTY.to_vec()), 0..9).prop_map(|words| words.join(" "));
    prop::collection::vec(line, 1..60).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn no_file_loses_a_letter(file in file()) {
        match import(file.as_bytes(), "Naamloos") {
            Ok(imported) => assert_nothing_lost(&file, &imported),
            Err(error) => prop_assert!(letters(&file).is_empty() || error.to_string().contains("recognised"), "{error}"),
        }
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        drop(import(&bytes, "Naamloos"));
    }
}

#[test]
fn all_cover_and_no_chapter_is_still_a_plan() {
    let imported = import("# Regioplan\n".as_bytes(), "Naamloos").unwrap();
    assert_eq!(imported.chapters.len(), 1);
    assert!(
        imported
            .chapters
            .iter()
            .all(|chapter| chapter.blocks.iter().all(|b| b.kind != BlockKind::Quote))
    );
}
