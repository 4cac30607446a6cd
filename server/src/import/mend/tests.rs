//! Sentences that pages broke.

use super::*;
use crate::import::report::ImportReport;
use schema::richtext::Block;

fn import(text: &str) -> (Vec<Block>, ImportReport) {
    let imported = crate::import::import(text.as_bytes(), "Naamloos").expect("a text");
    (
        imported
            .chapters
            .into_iter()
            .flat_map(|chapter| chapter.blocks)
            .collect(),
        imported.report,
    )
}

fn texts(text: &str) -> Vec<String> {
    import(text).0.iter().map(Block::text).collect()
}

const HALF: &str = "Wij werken samen met alle partijen in de regio";

#[test]
fn a_sentence_cut_by_a_page_is_whole() {
    let found = texts(&format!("# A\n\n{HALF}\n\nen daarbuiten.\n\n# B\n\nKlaar."));
    assert_eq!(found, [format!("{HALF} en daarbuiten."), "Klaar.".to_owned()]);
}

#[test]
fn what_stood_in_its_middle_follows_it_and_is_reported() {
    let (blocks, report) = import(&format!(
        "# A\n\n{HALF}<sup>1</sup> die\n\n1) Ook buiten de regio.\n\n***‘Samen lukt het.’***\n\ndat willen.\n\n# B\n\nKlaar."
    ));
    let found: Vec<String> = blocks.iter().map(Block::text).collect();
    assert_eq!(
        found[..3],
        [
            format!("{HALF}[1] die dat willen."),
            "1) Ook buiten de regio.".into(),
            "‘Samen lukt het.’".into()
        ]
    );
    assert_eq!(blocks[2].kind, BlockKind::Quote);
    assert_eq!(report.moved.len(), 2);
}

#[test]
fn finished_sentences_and_items_stay_apart() {
    let text = format!(
        "# A\n\n{HALF}.\n\nen dit begint klein maar staat los.\n\n- punt een\n\n- punt twee\n\nLinda de Boer\n\nnamens de gemeente\n\n# B\n\nKlaar."
    );
    assert_eq!(texts(&text).len(), 7);
    assert!(
        import(&text)
            .1
            .unsure
            .iter()
            .any(|unsure| matches!(unsure, Unsure::StartsInSentence { .. }))
    );
}

#[test]
fn a_sentence_never_runs_over_the_title_of_a_chapter() {
    let found = texts(&format!("# 1. A\n\n{HALF}\n\n# 2. B\n\nen verder."));
    assert_eq!(found, [HALF.to_owned(), "en verder.".to_owned()]);
}

#[test]
fn a_list_goes_on_over_a_page() {
    let (blocks, _) = import(
        "# A\n\n1. Wij leggen alles vast in hun eigen\n\nzorggegevens.\n\n2. En dan verder.\n\n# B\n\nKlaar.",
    );
    let kinds: Vec<BlockKind> = blocks.iter().map(|block| block.kind.clone()).collect();
    assert_eq!(
        kinds,
        [
            BlockKind::NumberedItem,
            BlockKind::NumberedItem,
            BlockKind::Paragraph
        ]
    );
    assert_eq!(
        blocks[0].text(),
        "Wij leggen alles vast in hun eigen zorggegevens."
    );
}

#[test]
fn a_number_that_counting_does_not_give_stays() {
    let (blocks, report) = import("# A\n\n1. een\n2. twee\n4. vier\n\n# B\n\nKlaar.");
    // Markdown itself counts 1, 2, 3: the file said 4.
    assert_eq!(blocks[2].text(), "4. vier");
    assert!(report.unsure.contains(&Unsure::NumberKept {
        line: 5,
        number: "4.".to_owned()
    }));
}

#[test]
fn footnotes_go_with_the_chapter_that_refers_to_them() {
    let text = "# A\n\nZorg[^1] hier.\n\n# B\n\nMeer[^2] daar.\n\n[^1]: Noot een.\n\n[^2]: Noot twee.\n";
    assert_eq!(
        texts(text),
        [
            "Zorg[1] hier.",
            "[1] Noot een.",
            "Meer[2] daar.",
            "[2] Noot twee."
        ]
    );
}
