//! What people write in Markdown, as blocks.

use schema::richtext::{Block, Container};

use super::*;
use crate::import::layout;
use crate::import::lines::split;
use crate::import::source;

fn blocks(text: &str) -> Vec<Block> {
    read_text(text)
        .pieces
        .into_iter()
        .map(|piece| piece.block)
        .collect()
}

fn read_text(text: &str) -> Read {
    let lines = split(text);
    let shape = layout::Shape {
        layout: crate::import::report::Layout::Markdown,
        width: None,
    };
    read(&source::write(&lines, shape, &std::collections::BTreeMap::new()))
}

/// Kind, containers and text of each block.
fn outline(text: &str) -> Vec<(BlockKind, Vec<Container>, String)> {
    blocks(text)
        .into_iter()
        .map(|block| (block.kind.clone(), block.parents.clone(), block.text()))
        .collect()
}

#[test]
fn lists_in_lists_name_what_they_stand_in() {
    use Container::{BulletItem as Bullet, NumberedItem as Number};
    let found = outline("- een\n- twee\n  1. a\n  2. b\n\n     nog iets\n- drie\n");
    let of = |kind: &BlockKind, parents: &[Container], text: &str| {
        (kind.clone(), parents.to_vec(), text.to_owned())
    };
    assert_eq!(
        found,
        [
            of(&BlockKind::BulletItem, &[], "een"),
            of(&BlockKind::BulletItem, &[], "twee"),
            of(&BlockKind::NumberedItem, &[Bullet], "a"),
            of(&BlockKind::NumberedItem, &[Bullet], "b"),
            of(&BlockKind::Paragraph, &[Bullet, Number], "nog iets"),
            of(&BlockKind::BulletItem, &[], "drie"),
        ]
    );
}

#[test]
fn a_quote_opens_with_its_first_paragraph() {
    let found = outline("> eerste\n>\n> tweede\n\ndaarna");
    assert_eq!(found[0], (BlockKind::Quote, vec![], "eerste".to_owned()));
    assert_eq!(
        found[1],
        (BlockKind::Paragraph, vec![Container::Quote], "tweede".to_owned())
    );
    assert_eq!(found[2], (BlockKind::Paragraph, vec![], "daarna".to_owned()));
}

#[test]
fn signs_of_another_list_inside_an_item_are_its_bullet() {
    assert_eq!(
        outline("- > tekst")[0],
        (BlockKind::BulletItem, vec![], "tekst".to_owned())
    );
    assert_eq!(
        outline("- 1) tekst")[0],
        (BlockKind::NumberedItem, vec![], "tekst".to_owned())
    );
}

#[test]
fn marks_and_links_keep_their_letters() {
    let block = blocks("Een **vet *en schuin*** en [hier](https://a.nl \"uitleg\").").remove(0);
    let runs: Vec<(&str, bool, bool)> = block
        .content
        .iter()
        .map(|run| (run.text.as_str(), run.marks.strong, run.marks.em))
        .collect();
    assert_eq!(
        runs,
        [
            ("Een ", false, false),
            ("vet ", true, false),
            ("en schuin", true, true),
            (" en ", false, false),
            ("hier", false, false),
            (".", false, false)
        ]
    );
    let link = block.content[4].marks.link.as_ref().unwrap();
    assert_eq!((link.href(), link.title()), ("https://a.nl", Some("uitleg")));
}

#[test]
fn addresses_are_links_and_unsafe_ones_are_text() {
    let block = blocks("Zie https://a.nl/x_y. En [dit](javascript:alert) of [bijlage](b.pdf).").remove(0);
    assert_eq!(
        block.text(),
        "Zie https://a.nl/x_y. En dit (javascript:alert) of bijlage (b.pdf)."
    );
    let links: Vec<&str> = block
        .content
        .iter()
        .filter(|run| run.marks.link.is_some())
        .map(|run| run.text.as_str())
        .collect();
    assert_eq!(links, ["https://a.nl/x_y"]);
}

#[test]
fn line_ends_inside_a_sentence_are_spaces_and_cut_words_are_whole() {
    assert_eq!(
        blocks("de regio-\nafspraken zijn regio-afspraken")
            .remove(0)
            .text(),
        "de regio-afspraken zijn regio-afspraken"
    );
    assert_eq!(
        blocks("draag-  \nkrachtige zorg-\nen welzijn").remove(0).text(),
        "draagkrachtige zorg- en welzijn"
    );
    assert_eq!(
        blocks("Postbus 1  \n1234 AB Venen").remove(0).text(),
        "Postbus 1\n1234 AB Venen"
    );
}

#[test]
fn tables_code_and_pictures_lose_no_word() {
    let found = outline(
        "| Partij | Rol |\n|---|---|\n| GGD | adviseert |\n\n```\nregel een\nregel twee\n```\n\n![de kaart](k.png)",
    );
    let texts: Vec<&str> = found.iter().map(|(_, _, text)| text.as_str()).collect();
    assert_eq!(
        texts,
        [
            "Partij | Rol",
            "GGD | adviseert",
            "regel een",
            "regel twee",
            "de kaart"
        ]
    );
    let unsure = read_text("![de kaart](k.png)").unsure;
    assert_eq!(
        unsure,
        [Unsure::ImageLeftOut {
            line: 1,
            target: "k.png".to_owned()
        }]
    );
}

#[test]
fn footnotes_are_marked_where_they_are_used_and_named_where_they_stand() {
    let read =
        read_text("Zorg[^a] en<sup>2</sup> meer.\n\n[^a]: Ook welzijn.\n\n<sup>2</sup>) En preventie.");
    let texts: Vec<String> = read.pieces.iter().map(Piece::text).collect();
    assert_eq!(
        texts,
        ["Zorg[a] en[2] meer.", "[a] Ook welzijn.", "2) En preventie."]
    );
    assert_eq!(read.pieces[0].refers, ["a", "2"]);
    assert_eq!(read.pieces[1].note.as_deref(), Some("a"));
}

#[test]
fn html_gives_its_text() {
    let found = outline(
        "<div><p>Eerste <b>vet</b> &amp; meer</p><p>Tweede</p></div>\n\nMet <em>klem</em><br>nieuw <!-- weg -->.",
    );
    let texts: Vec<&str> = found.iter().map(|(_, _, text)| text.as_str()).collect();
    assert_eq!(texts, ["Eerste vet & meer", "Tweede", "Met klem nieuw ."]);
}

#[test]
fn a_bold_heading_is_a_heading() {
    let block = blocks("## **Ik maak me zorgen**").remove(0);
    assert_eq!(block, Block::new(BlockKind::heading(2), "Ik maak me zorgen"));
}
