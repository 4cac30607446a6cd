//! Whole files: the real plan, other people's layouts, bad files, and that nothing is lost.

mod conserved;
mod layouts;
mod real_plans;

use schema::limits::{CHAPTER_UTF16_MAX, IMPORT_BYTES_MAX, IMPORT_CHAPTERS_MAX};

use super::report::Unsure;
use super::*;

/// The titles of the chapters of a text.
fn titles(text: &str) -> Vec<String> {
    let imported = import(text.as_bytes(), "Naamloos").expect("a plan");
    imported
        .chapters
        .into_iter()
        .map(|chapter| chapter.title)
        .collect()
}

/// Prose that no rule can take for a title.
fn prose(about: &str) -> String {
    format!(
        "In dit deel gaat het over {about}, en wel in gewone zinnen die lang genoeg zijn om tekst te heten."
    )
}

#[test]
fn bad_files_are_refused_and_say_why() {
    let error = |bytes: &[u8]| import(bytes, "Naamloos").expect_err("an error");
    assert_eq!(error(b""), ImportError::Empty);
    assert_eq!(error(b"\n \n"), ImportError::Empty);
    assert_eq!(
        error(b"%PDF-1.4\n\xe2"),
        ImportError::OtherFormat { format: "a PDF" }
    );
    assert!(matches!(
        error(b"een\ntwee \xff"),
        ImportError::NotUtf8 {
            line: 2,
            column: 6,
            byte: 0xff
        }
    ));
    assert!(matches!(
        error(b"een\0twee"),
        ImportError::Binary { line: 1, column: 4 }
    ));
    let large = vec![b'a'; usize::try_from(IMPORT_BYTES_MAX).unwrap() + 1];
    assert!(
        error(&large)
            .to_string()
            .starts_with("the file is 20971521 bytes")
    );
}

#[test]
fn a_file_of_page_numbers_holds_no_plan() {
    let pages: String = (1..40)
        .map(|page| format!("Pagina {page} van 40\n\n\u{c}"))
        .collect();
    let error = import(pages.as_bytes(), "Naamloos").unwrap_err();
    assert_eq!(
        error,
        ImportError::OnlyFurniture {
            what: "page number".to_owned()
        }
    );
}

#[test]
fn a_file_of_titles_is_no_plan() {
    let many: String = (0..=IMPORT_CHAPTERS_MAX)
        .map(|nth| format!("# Titel {nth} x\n\ntekst\n\n"))
        .collect();
    let error = import(many.as_bytes(), "Naamloos").unwrap_err();
    assert_eq!(
        error,
        ImportError::TooManyChapters {
            chapters: IMPORT_CHAPTERS_MAX + 1,
            max: IMPORT_CHAPTERS_MAX
        }
    );
}

#[test]
fn a_tab_in_a_heading_is_a_space_in_the_title() {
    assert_eq!(
        titles("# **Doel**\tzorg\n\nTekst.\n\n# Twee\n\nTekst.\n"),
        ["Doel zorg", "Twee"]
    );
}

#[test]
fn a_title_that_no_chapter_can_have_is_refused_with_its_line() {
    // Number and title are one title, too long together.
    let title = "zorg".to_owned() + &" zorg".repeat(58);
    let text = format!("# Hoofdstuk 1\n\n# {title}\n\nTekst.\n\n# Hoofdstuk 2\n\nTekst.\n");
    let error = import(text.as_bytes(), "Naamloos").unwrap_err();
    assert!(matches!(error, ImportError::Title { line: 1, .. }), "{error}");
}

#[test]
fn a_heading_longer_than_any_title_is_a_paragraph() {
    let long = "zorg ".repeat(80);
    let text = format!("# Een\n\nTekst.\n\n{long}\n-\n\n# Drie\n\nTekst.\n");
    let imported = import(text.as_bytes(), "Naamloos").unwrap();
    assert_eq!(imported.chapters.len(), 2);
    assert!(
        imported.chapters[0]
            .blocks
            .iter()
            .any(|block| block.text() == long.trim())
    );
    conserved::assert_nothing_lost(&text, &imported);
}

#[test]
fn a_long_chapter_is_cut_at_its_headings() {
    let section = |nth: usize| {
        format!(
            "## Paragraaf {nth}\n\n{}\n\n",
            (prose("lengte") + "\n\n").repeat(600)
        )
    };
    let text = format!(
        "# Kort\n\nTekst.\n\n# Lang\n\n{}",
        (0..8).map(section).collect::<String>()
    );
    let imported = import(text.as_bytes(), "Naamloos").unwrap();
    let titles: Vec<&str> = imported
        .chapters
        .iter()
        .map(|chapter| chapter.title.as_str())
        .collect();
    assert_eq!(titles, ["Kort", "Lang (1/2)", "Lang (2/2)"]);
    assert!(
        imported
            .report
            .chapters
            .iter()
            .all(|chapter| chapter.utf16 <= CHAPTER_UTF16_MAX)
    );
    assert!(imported.report.unsure.contains(&Unsure::ChapterSplit {
        title: "Lang".to_owned(),
        parts: 2
    }));
    conserved::assert_nothing_lost(&text, &imported);
}

#[test]
fn a_paragraph_that_fits_no_chapter_is_refused_with_its_line() {
    let text = format!("# Titel\n\nKort.\n\n{}\n", "woord ".repeat(60_000));
    let error = import(text.as_bytes(), "Naamloos").unwrap_err();
    assert_eq!(
        error,
        ImportError::ParagraphTooLong {
            line: 5,
            utf16: 359_999,
            max: CHAPTER_UTF16_MAX - 1
        }
    );
    let longest = |length| format!("# Titel\n\n{}\n", "a".repeat(length));
    let fits = import(longest(CHAPTER_UTF16_MAX - 1).as_bytes(), "Naamloos").unwrap();
    assert_eq!(fits.report.chapters[0].utf16, CHAPTER_UTF16_MAX - 1);
    import(longest(CHAPTER_UTF16_MAX).as_bytes(), "Naamloos").unwrap_err();
}

#[test]
fn deep_nesting_and_hostile_markup_come_out_as_text() {
    for text in [
        ">".repeat(50_000) + " diep\n",
        (0..300).map(|depth| " ".repeat(depth * 2) + "- item\n").collect(),
        "[".repeat(20_000) + "tekst",
        "*a ".repeat(20_000),
        "<".repeat(20_000) + "tekst",
        "# \n## \n### a\n".repeat(200),
    ] {
        let imported = import(text.as_bytes(), "Naamloos").unwrap();
        assert!(imported.report.words() > 0);
        assert!(
            imported
                .chapters
                .iter()
                .flat_map(|chapter| &chapter.blocks)
                .all(|block| block.parents.len() <= 6)
        );
    }
}
