//! The ways in which regions write their plans: each must give the chapters a person would see.

use super::super::import;
use super::super::report::{FurnitureKind, Layout};
use super::conserved::assert_nothing_lost;
use super::{prose, titles};

fn plan(parts: &[&str]) -> String {
    parts
        .iter()
        .map(|title| format!("{title}\n\n{}\n\n{}\n\n", prose("zorg"), prose("welzijn")))
        .collect()
}

#[test]
fn one_title_and_chapters_below_it() {
    let text = "# Regioplan Venen\n\n".to_owned()
        + &plan(&["## Voorwoord", "## 1. Inleiding", "### 1.1 Doel", "## 2. Regio"]);
    assert_eq!(titles(&text), ["Voorwoord", "1. Inleiding", "2. Regio"]);
    let imported = import(text.as_bytes(), "Naamloos").unwrap();
    assert_eq!(imported.title.as_deref(), Some("Regioplan Venen"));
    let heading = imported.chapters[1]
        .blocks
        .iter()
        .find(|block| block.text() == "1.1 Doel")
        .unwrap();
    assert_eq!(heading.kind, schema::richtext::BlockKind::heading(1));
    assert_nothing_lost(&text, &imported);
}

#[test]
fn underlined_titles() {
    let text = plan(&[
        "Inleiding\n=========",
        "Doel\n----",
        "Opgaven\n=======",
        "Aanpak\n======",
    ]);
    assert_eq!(titles(&text), ["Inleiding", "Opgaven", "Aanpak"]);
}

#[test]
fn one_level_for_everything_but_numbered_chapters() {
    let text = plan(&[
        "# Hoofdstuk 1. Inleiding",
        "# Waarom nu",
        "# Hoofdstuk 2. Regio",
        "# In cijfers",
        "## Colofon",
    ]);
    assert_eq!(
        titles(&text),
        ["Hoofdstuk 1. Inleiding", "Hoofdstuk 2. Regio", "Colofon"]
    );
}

#[test]
fn numbered_chapters_with_others_of_their_level_between_front_and_back() {
    let parts = [
        "# Lieve lezer",
        "# 1. Inleiding",
        "## Doel",
        "# 2. Regio",
        "# Dankwoord",
        "# Bijlage A: Cijfers",
    ];
    assert_eq!(
        titles(&plan(&parts)),
        [
            "Lieve lezer",
            "1. Inleiding",
            "2. Regio",
            "Dankwoord",
            "Bijlage A: Cijfers"
        ]
    );
}

#[test]
fn plain_text_with_only_numbers() {
    let text = plan(&[
        "Regioplan Venen 2024",
        "1. Inleiding",
        "1.1 Aanleiding",
        "2. Regiobeeld",
        "3. Aanpak",
    ]);
    assert_eq!(titles(&text)[1..], ["1. Inleiding", "2. Regiobeeld", "3. Aanpak"]);
}

#[test]
fn a_numbered_list_is_no_row_of_chapters() {
    let list = "1. Wonen\n2. Werken\n3. Zorg\n\n";
    let text = format!(
        "INLEIDING\n\n{}\n\n{list}\nAANPAK\n\n{}\n\n{list}",
        prose("zorg"),
        prose("werk")
    );
    assert_eq!(titles(&text), ["INLEIDING", "AANPAK"]);
    let imported = import(text.as_bytes(), "Naamloos").unwrap();
    assert_eq!(imported.report.chapters[0].items, 3);
}

#[test]
fn plain_text_that_says_hoofdstuk() {
    let text = plan(&[
        "Hoofdstuk 1\nInleiding",
        "Waar het om gaat",
        "Hoofdstuk 2\nDe regio",
        "Bijlage 1 Cijfers",
    ]);
    assert_eq!(
        titles(&text),
        [
            "Hoofdstuk 1. Inleiding",
            "Hoofdstuk 2. De regio",
            "Bijlage 1 Cijfers"
        ]
    );
}

#[test]
fn a_number_and_its_title_on_two_headings() {
    let text = plan(&["# Hoofdstuk 1\n\n# Inleiding", "# Hoofdstuk 2\n\n# Regio"]);
    assert_eq!(titles(&text), ["Hoofdstuk 1. Inleiding", "Hoofdstuk 2. Regio"]);
}

#[test]
fn pasted_from_word_line_by_line() {
    let long = prose("samen werken aan zorg").repeat(4);
    let text = format!(
        "Voorwoord\n{long}\nInleiding\n{long}\nDoel van dit plan\n{long}\n•\tEen punt\n•\tNog een punt\nColofon\n{long}\n"
    );
    let imported = import(text.as_bytes(), "Naamloos").unwrap();
    assert_eq!(imported.report.layout, Layout::Paragraphs);
    let titles: Vec<&str> = imported
        .chapters
        .iter()
        .map(|chapter| chapter.title.as_str())
        .collect();
    // Nothing tells a chapter from a paragraph here; two chapters too many are mended sooner than one too few.
    assert_eq!(titles, ["Voorwoord", "Inleiding", "Doel van dit plan", "Colofon"]);
    assert_eq!(imported.report.chapters[2].items, 2);
    assert_nothing_lost(&text, &imported);
}

#[test]
fn capitals_in_broken_lines() {
    let body = "De partijen in de regio werken samen aan zorg die dichtbij is waar dat\nkan en verder weg waar dat moet, \
                en zij spreken af wie wat doet en op\nwelke schaal dat gebeurt en hoe wij van elkaar leren in de praktijk.\n\n";
    let text = format!(
        "ONZE OPGAVEN\n\n{0}{0}{0}{0}SAMEN AAN\nDE SLAG\n\n{0}{0}{0}",
        body
    );
    assert_eq!(titles(&text), ["ONZE OPGAVEN", "SAMEN AAN DE SLAG"]);
    let imported = import(text.as_bytes(), "Naamloos").unwrap();
    assert_eq!(imported.report.layout, Layout::Wrapped);
    assert_eq!(imported.report.chapters[0].paragraphs, 4);
}

#[test]
fn bold_lines_as_titles() {
    let text = plan(&["**1. Inleiding**", "**2. De regio in beeld**", "**3. Afspraken**"]);
    assert_eq!(
        titles(&text),
        ["1. Inleiding", "2. De regio in beeld", "3. Afspraken"]
    );
}

#[test]
fn a_table_of_contents_names_chapters_that_look_like_any_paragraph() {
    let contents = "Inhoud\n\nWoord vooraf ..... 2\nWaar wij staan ..... 4\nWaar wij heen gaan ..... 9\nWoordenlijst ..... 20\n\n";
    let parts = [
        "## Woord vooraf",
        "## Waar wij staan",
        "## Cijfers",
        "## Waar wij heen gaan",
        "## Samen",
        "## Woordenlijst",
    ];
    let text = contents.to_owned() + &plan(&parts);
    assert_eq!(
        titles(&text),
        [
            "Woord vooraf",
            "Waar wij staan",
            "Waar wij heen gaan",
            "Woordenlijst"
        ]
    );
    let imported = import(text.as_bytes(), "Naamloos").unwrap();
    assert!(
        imported
            .report
            .furniture
            .iter()
            .any(|found| found.kind == FurnitureKind::Contents)
    );
    assert_nothing_lost(&text, &imported);
}

#[test]
fn text_without_any_title_is_one_chapter() {
    assert_eq!(titles(&prose("van alles")), ["Naamloos"]);
    assert_eq!(titles(&format!("# Plan\n\n{}", prose("van alles"))), ["Plan"]);
}

#[test]
fn pages_with_headers_footers_and_numbers() {
    let page = |number: usize| {
        let work = "abcdefghijklmn".chars().nth(number).unwrap();
        format!(
            "Regioplan Venen 2024–2027\n\nDe partijen spreken af dat zij samen optrekken bij werk {work}, en dat zij\n\
                 dit elk jaar bezien in het licht van wat met {work} is bereikt en\n\nconcept voor bespreking | {number}\n\u{c}"
        )
    };
    let body: String = (2..14).map(page).collect();
    let text = format!(
        "HOOFDSTUK 1 INLEIDING\n\n{body}\nwat nog moet.\n\nHOOFDSTUK 2 DE REGIO\n\n{}",
        prose("de regio")
    );
    let imported = import(text.as_bytes(), "Naamloos").unwrap();
    let left: Vec<(&str, usize)> = imported
        .report
        .furniture
        .iter()
        .map(|found| (found.text.as_str(), found.spots.len()))
        .collect();
    assert_eq!(
        left,
        [
            ("Regioplan Venen 2024–2027", 12),
            ("concept voor bespreking | 2", 12)
        ]
    );
    assert_eq!(imported.chapters.len(), 2);
    assert_eq!(
        imported.report.chapters[0].paragraphs, 1,
        "sentences go on over pages: {:?}",
        imported.chapters[0]
    );
    assert_nothing_lost(&text, &imported);
}

#[test]
fn labels_that_recur_in_the_text_are_no_furniture() {
    let part = |nth: usize| {
        format!(
            "## Bouwsteen {nth}\n\nDoel\n\n{}\n\nAanpak\n\n{}\n\nStap {nth}\n\n{}\n\n",
            prose("het doel"),
            prose("de aanpak"),
            prose("de stap")
        )
    };
    let text = format!(
        "# Aanpak\n\n{}# Colofon\n\n{}",
        (1..9).map(part).collect::<String>(),
        prose("makers")
    );
    let imported = import(text.as_bytes(), "Naamloos").unwrap();
    assert_eq!(imported.report.furniture, []);
    assert_eq!(imported.chapters.len(), 2);
}

/// Everything that ends up in chapters.
fn text_of(imported: &super::super::Imported) -> String {
    let blocks = imported.chapters.iter().flat_map(|chapter| &chapter.blocks);
    blocks.map(|block| block.text() + "\n").collect()
}

#[test]
fn a_sentence_before_the_first_chapter_is_no_title_page() {
    for (file, sentence) in [
        (
            "Tekst voor de eerste kop.\n\n# Een\n\na\n\n# Twee\n\nb\n",
            "Tekst voor de eerste kop.",
        ),
        (
            "Beste inwoners,\n\nWij werken samen aan zorg.\n\n1 Inleiding\n\nTekst van de inleiding.\n\n2 Opgaven\n\nTekst van de opgaven.\n",
            "Beste inwoners,\nWij werken samen aan zorg.",
        ),
        (
            "# Regioplan Noordwest\n\nKorte inleiding van het plan.\n\n## Voorwoord\n\nBeste lezer.\n\n## Onze opgaven\n\nTekst.\n",
            "Korte inleiding van het plan.",
        ),
    ] {
        let imported = import(file.as_bytes(), "Naamloos").unwrap();
        assert!(
            text_of(&imported).contains(sentence),
            "{file}: {}",
            text_of(&imported)
        );
        assert_nothing_lost(file, &imported);
    }
}

#[test]
fn a_title_page_without_sentences_is_one() {
    let file =
        "# Regioplan Venen\n\nVersie 1.0\n\n3 november 2026\n\n".to_owned() + &plan(&["## Zorg", "## Wonen"]);
    let imported = import(file.as_bytes(), "Naamloos").unwrap();
    assert_eq!(titles(&file), ["Zorg", "Wonen"]);
    assert!(
        imported
            .report
            .furniture
            .iter()
            .any(|found| found.kind == FurnitureKind::Cover)
    );
}

#[test]
fn pages_that_are_alike_but_for_their_numbers_are_text() {
    let page = |nth: usize| {
        format!(
            "{nth} Opgave {nth}\n\nWat is de opgave?\nDe zorg is onder druk.\n\nDe gemeente is verantwoordelijk.\n\nTekst {nth} over iets.\n\n"
        )
    };
    let file = "Regioplan X\n\n".to_owned() + &(1..=10).map(page).collect::<Vec<_>>().join("\u{c}");
    let imported = import(file.as_bytes(), "Naamloos").unwrap();
    let text = text_of(&imported);
    assert_eq!(
        text.matches("De zorg is onder druk.").count(),
        10,
        "{}",
        imported.report
    );
    assert_nothing_lost(&file, &imported);
}

#[test]
fn furniture_is_never_most_of_a_file() {
    let page = |nth: usize| format!("Zorg en welzijn in de regio\nDoelen voor {nth}\nStap {nth}\n\n");
    let file = (1..=12).map(page).collect::<Vec<_>>().join("\u{c}");
    let imported = import(file.as_bytes(), "Naamloos").unwrap();
    let words = file.split_whitespace().count();
    assert!(imported.report.words() * 3 >= words * 2, "{}", imported.report);
    assert_nothing_lost(&file, &imported);
}

#[test]
fn code_keeps_its_lines_and_stays_apart_from_what_stands_around_it() {
    let file = "# Een\n\n> - lijst in citaat\n\n```\nlet codeblok is\n  met inspringing\n```\n\nen dan gewone tekst die klein begint\n\n# Twee\n\nb\n";
    let imported = import(file.as_bytes(), "Naamloos").unwrap();
    let blocks: Vec<String> = imported.chapters[0]
        .blocks
        .iter()
        .map(schema::richtext::Block::text)
        .collect();
    assert_eq!(
        blocks,
        [
            "lijst in citaat",
            "let codeblok is",
            "met inspringing",
            "en dan gewone tekst die klein begint"
        ]
    );
}
