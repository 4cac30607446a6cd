//! Tables of contents as people and programs make them.

use super::*;
use crate::import::lines::split;

fn entries(text: &str) -> Vec<(String, usize)> {
    let found = find(&split(text)).expect("a table of contents");
    found
        .entries
        .into_iter()
        .map(|entry| (entry.text, entry.depth))
        .collect()
}

#[test]
fn dots_and_page_numbers() {
    let text = "Inhoud\n\nVoorwoord ........ 3\n1. Inleiding . . . . 5\n1.1 Aanleiding\t6\n2. Een lange titel die\n   \
                doorloopt op de volgende regel ..... 12\n\nVoorwoord\n\nBeste lezer, hier begint het.";
    assert_eq!(
        entries(text),
        [
            ("Voorwoord".to_owned(), 1),
            ("1. Inleiding".to_owned(), 1),
            ("1.1 Aanleiding".to_owned(), 2),
            (
                "2. Een lange titel die doorloopt op de volgende regel".to_owned(),
                1
            ),
        ]
    );
}

#[test]
fn links_and_tables_and_bold() {
    let links = "# Plan\n\n## Inhoudsopgave\n\n- [Inleiding](#inleiding)\n  - [Doel](#doel)\n- [Regio](#regio)\n\n## Inleiding";
    assert_eq!(entries(links).len(), 3);
    let table = "Inhoud\n\n| H1 Inleiding | 2 |\n| H2 Regio | 8 |\n\n# Hoofdstuk 1. Inleiding\n";
    assert_eq!(
        entries(table),
        [("H1 Inleiding".to_owned(), 1), ("H2 Regio".to_owned(), 1)]
    );
    let bold = "# Inhoudsopgave\n\n<b>Voorwoord</b>\t<b>2</b>\n<b>H1 Inleiding</b>\t<b>8</b>\n\n# Hoofdstuk 1. Inleiding";
    assert_eq!(entries(bold).len(), 2);
}

#[test]
fn names_only_end_where_the_text_begins() {
    let text = "INHOUD\n\nInleiding\n\nCriteria\n\nVervolg\n\nINLEIDING\n\nEr was eens.\n\nCRITERIA\n\nDit.\n\nVERVOLG\n\nDat.";
    let found = find(&split(text)).unwrap();
    assert_eq!(found.entries.len(), 3);
    assert_eq!(split(text).get(found.last).unwrap().text, "Vervolg");
}

#[test]
fn a_list_without_a_title_that_names_what_follows() {
    let text = "Plan gereed\n\n• Intro\n• Verbinding\n• Uitdagingen\n• Vervolg\n\nEr is hard gewerkt.\n\nVerbinding\n\nTekst.\n\n\
                Uitdagingen\n\nTekst.\n\nVervolg\n\nTekst.";
    assert_eq!(entries(text).len(), 4);
}

#[test]
fn an_ordinary_list_is_none() {
    assert_eq!(
        find(&split(
            "# Plan\n\n- melk\n- brood\n- kaas\n- eieren\n\n## Inhoud\n\nWij schrijven over de inhoud."
        )),
        None
    );
}

#[test]
fn entries_find_their_headings() {
    let entry = Entry::read(split("H4 Bouwstenen\t30").first().unwrap()).unwrap();
    assert!(entry.answers("Hoofdstuk 4. Bouwstenen voor een zorgzame regio") > entry.answers("Bouwstenen"));
    assert_eq!(entry.answers("Hoofdstuk 5. Bouwstenen"), 0);
    assert_eq!(entry.answers("Iets anders"), 0);
}
