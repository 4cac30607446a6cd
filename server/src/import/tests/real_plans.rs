//! Documents of real regions, read where they are shared; they are not part of this repository.

use super::super::report::FurnitureKind;
use super::super::{Imported, import};
use super::conserved::assert_nothing_lost;

/// A shared document, or `None` (said aloud) on a machine that does not have it.
fn shared(name: &str) -> Option<(String, Imported)> {
    let path = format!("{}/../../shared/seeds/{name}", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED, nothing is tested: {path} is missing");
        return None;
    };
    let imported = import(text.as_bytes(), "Naamloos").expect("a plan");
    assert_nothing_lost(&text, &imported);
    Some((text, imported))
}

#[test]
fn a_regioplan_of_115_pages_gives_the_chapters_a_person_would() {
    let Some((_, plan)) = shared("002_9c37f765959028e6.txt") else {
        return;
    };
    let titles: Vec<&str> = plan
        .chapters
        .iter()
        .map(|chapter| chapter.title.as_str())
        .collect();
    let starts = [
        "Voorwoord",
        "Hoofdstuk 1. Inleiding",
        "Hoofdstuk 2. ",
        "Hoofdstuk 3. ",
        "Hoofdstuk 4. ",
        "Hoofdstuk 5. ",
        "Hoofdstuk 6. ",
        "Hoofdstuk 7. ",
        "Woordenlijst",
        "Colofon",
    ];
    assert_eq!(titles.len(), starts.len(), "{titles:?}");
    assert!(
        titles
            .iter()
            .zip(starts)
            .all(|(title, start)| title.starts_with(start)),
        "{titles:?}"
    );
    let preface = plan
        .chapters
        .first()
        .and_then(|chapter| chapter.blocks.first())
        .unwrap();
    assert_eq!(preface.text(), "Lieve mensen van Flevoland,");
}

#[test]
fn its_navigation_bar_is_gone_and_its_sentences_are_whole() {
    let Some((_, plan)) = shared("002_9c37f765959028e6.txt") else {
        return;
    };
    let bar = plan
        .report
        .furniture
        .iter()
        .find(|found| found.kind == FurnitureKind::Navigation)
        .unwrap();
    assert_eq!(bar.spots.len(), 17);
    let text: String = plan
        .chapters
        .iter()
        .flat_map(|chapter| &chapter.blocks)
        .map(|block| block.text() + "\n")
        .collect();
    assert!(!text.contains("InleidingH2") && !text.contains("Bouw-\n"));
    // Cut by a page, by a footnote in the middle, and by a navigation bar with a pull quote.
    for whole in [
        "(na)zorg nodig hebben, maar zijn",
        "ruim de helft van de inwoners in Almere en een vijfde van de inwoners",
        "gemakkelijk binnen kunnen lopen met verschillende soorten vragen",
    ] {
        assert!(text.contains(whole), "{whole}");
    }
    assert!(plan.report.joined > 60);
}

#[test]
fn procesplannen_in_two_extractions_and_a_news_page() {
    if let Some((_, plan)) = shared("000_4bad208057a152bd.txt") {
        assert_eq!(plan.report.chapters.first().unwrap().title, "INLEIDING");
        assert_eq!(plan.chapters.last().unwrap().title, "VERVOLG");
        assert!((6..=16).contains(&plan.chapters.len()));
    }
    if let Some((_, plan)) = shared("001_32900abb2500e4b6.txt") {
        let titles: Vec<&str> = plan
            .chapters
            .iter()
            .map(|chapter| chapter.title.as_str())
            .collect();
        assert_eq!(titles.first(), Some(&"INLEIDING"));
        assert!(
            titles.contains(&"STRUCTUUR EN SAMENWERKING MET PARTNERS"),
            "{titles:?}"
        );
        assert_eq!(titles.last(), Some(&"VERVOLG"));
    }
    if let Some((_, plan)) = shared("004_cdaa9733a35fd25a.txt") {
        let titles: Vec<&str> = plan
            .chapters
            .iter()
            .map(|chapter| chapter.title.as_str())
            .collect();
        assert!(
            titles.contains(&"Gezamenlijk belang") && titles.contains(&"Stand van zaken"),
            "{titles:?}"
        );
    }
}
