//! Laws of the rich text, over blocks as they come out of merges and strangers' programs.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, ObjId, ObjType, ROOT, ReadDoc, TextEncoding};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::model::{Block, BlockKind, Container, Link, Marks, Run};
use super::{document, spans, tree};

/// A document with an empty text, and that text.
pub(super) fn empty_doc(actor: u8) -> (AutoCommit, ObjId) {
    let mut doc = AutoCommit::new_with_encoding(TextEncoding::Utf16CodeUnit);
    doc.set_actor(ActorId::from([actor; 16]));
    let text = doc.put_object(ROOT, "text", ObjType::Text).unwrap();
    (doc, text)
}

/// Letters that break careless counting: emoji of several units, combining marks, right-to-left, joiners.
pub(super) fn letters() -> impl Strategy<Value = String> {
    let letter = prop_oneof![
        6 => proptest::char::range('a', 'e').prop_map(String::from),
        1 => Just(" ".to_owned()),
        3 => proptest::sample::select(vec![
            "🏠", "👩‍👩‍👧", "e\u{301}", "שלום", "\u{202e}x", "\u{fffc}", "\n", "ﬁ", "𝒳", "\u{200d}", "é", "\u{0}",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(letter, 0..8).prop_map(|parts| parts.concat())
}

pub(super) fn marks() -> impl Strategy<Value = Marks> {
    let link = proptest::option::weighted(0.2, (Just("https://x.nl/ü"), proptest::option::of(Just("t"))));
    (prop::bool::weighted(0.3), prop::bool::weighted(0.2), link).prop_map(|(strong, em, link)| Marks {
        strong,
        em,
        link: link.and_then(|(href, title)| Link::new(href, title)),
    })
}

fn containers() -> impl Strategy<Value = Vec<Container>> {
    let one = proptest::sample::select(vec![
        Container::BulletItem,
        Container::NumberedItem,
        Container::Quote,
    ]);
    prop::collection::vec(one, 0..4)
}

fn kind() -> impl Strategy<Value = BlockKind> {
    prop_oneof![
        4 => Just(BlockKind::Paragraph),
        1 => (0..9_u64).prop_map(BlockKind::heading),
        2 => Just(BlockKind::BulletItem),
        2 => Just(BlockKind::NumberedItem),
        2 => Just(BlockKind::Quote),
        1 => Just(BlockKind::Unknown { name: "table-cell".to_owned(), attrs: r#"{"row":"r1","span":2}"#.to_owned() }),
    ]
}

/// Any blocks, also such as no editor would write.
pub(super) fn any_blocks() -> impl Strategy<Value = Vec<Block>> {
    let runs = prop::collection::vec(
        (letters(), marks()).prop_map(|(text, marks)| Run { text, marks }),
        0..4,
    );
    let block = (kind(), containers(), runs).prop_map(|(kind, parents, content)| Block {
        kind,
        parents,
        content,
    });
    prop::collection::vec(block, 0..8)
}

/// A document that ProseMirror holds valid under our schema.
fn any_document() -> impl Strategy<Value = Json> {
    let paragraph = inline()
        .prop_map(|content| text_block("paragraph", None, content))
        .boxed();
    let heading = (1..5_u8, inline())
        .prop_map(|(n, content)| text_block("heading", Some(json!({ "level": n })), content));
    let leaf = prop_oneof![3 => paragraph.clone(), 1 => heading];
    let block = leaf.prop_recursive(4, 24, 4, move |inner| {
        let parts = (paragraph.clone(), prop::collection::vec(inner, 0..3))
            .prop_map(|(first, rest)| apart(std::iter::once(first).chain(rest).collect()));
        let items = prop::collection::vec(
            parts
                .clone()
                .prop_map(|parts| json!({ "type": "list_item", "content": parts })),
            1..4,
        );
        prop_oneof![
            parts.prop_map(|parts| json!({ "type": "blockquote", "content": parts })),
            (
                proptest::sample::select(vec!["bullet_list", "ordered_list"]),
                items
            )
                .prop_map(|(kind, items)| json!({ "type": kind, "content": items })),
        ]
    });
    prop::collection::vec(block, 1..6).prop_map(|blocks| json!({ "type": "doc", "content": apart(blocks) }))
}

/// Leaves out a list that follows a list of its own sort: together they are one.
fn apart(blocks: Vec<Json>) -> Vec<Json> {
    let mut kept: Vec<Json> = Vec::new();
    for block in blocks {
        let list = block["type"].as_str().is_some_and(|kind| kind.ends_with("_list"));
        if !(list && kept.last().is_some_and(|last| last["type"] == block["type"])) {
            kept.push(block);
        }
    }
    kept
}

fn text_block(kind: &str, attrs: Option<Json>, content: Vec<Json>) -> Json {
    let mut node = json!({ "type": kind });
    if let Some(attrs) = attrs {
        node["attrs"] = attrs;
    }
    if !content.is_empty() {
        node["content"] = content.into();
    }
    node
}

/// Inline nodes as ProseMirror keeps them: no empty text, no equal neighbours, marks in the schema's order.
fn inline() -> impl Strategy<Value = Vec<Json>> {
    prop::collection::vec((letters(), marks()), 0..4).prop_map(|runs| {
        let mut block = Block::default();
        runs.iter().for_each(|(text, marks)| block.push(text, marks));
        let document = document::from_blocks(&[block]);
        document["content"][0]["content"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    })
}

/// Whether a document obeys the content expressions of the schema.
fn assert_valid(node: &Json) {
    let children = node["content"].as_array().cloned().unwrap_or_default();
    let kinds: Vec<&str> = children
        .iter()
        .map(|child| child["type"].as_str().unwrap())
        .collect();
    let blocks = [
        "paragraph",
        "heading",
        "bullet_list",
        "ordered_list",
        "blockquote",
        "unknown_block",
    ];
    match node["type"].as_str().unwrap() {
        "doc" => assert!(!kinds.is_empty() && kinds.iter().all(|kind| blocks.contains(kind))),
        "bullet_list" | "ordered_list" => {
            assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == "list_item"));
        }
        "list_item" | "blockquote" => {
            assert_eq!(kinds.first(), Some(&"paragraph"));
            assert!(kinds.iter().all(|kind| blocks.contains(kind)));
        }
        "paragraph" | "heading" | "unknown_block" => {
            assert!(kinds.iter().all(|kind| ["text", "hard_break"].contains(kind)));
        }
        "text" => assert!(!node["text"].as_str().unwrap().is_empty()),
        "hard_break" => {}
        other => panic!("{other} is not in the schema"),
    }
    children.iter().for_each(assert_valid);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn every_row_of_blocks_has_one_valid_document_and_reads_back_in_normal_form(blocks in any_blocks()) {
        let normal = tree::normal(&blocks);
        prop_assert_eq!(&tree::normal(&normal), &normal);
        let document = document::from_blocks(&blocks);
        assert_valid(&document);
        prop_assert_eq!(document::to_blocks(&document).unwrap(), normal);
    }

    #[test]
    fn every_valid_document_survives_the_way_through_blocks(document in any_document()) {
        assert_valid(&document);
        let blocks = document::to_blocks(&document).unwrap();
        prop_assert_eq!(document::from_blocks(&blocks), document);
    }

    #[test]
    fn every_block_is_one_text_block_of_the_document(blocks in any_blocks()) {
        let normal = tree::normal(&blocks);
        let mut covered = 0;
        for node in document::top_nodes(&normal) {
            prop_assert_eq!(node.blocks.start, covered);
            covered = node.blocks.end;
            // A node alone says the same as the node in its place: what the editor replaces can be read alone.
            prop_assert_eq!(document::nodes_to_blocks(&[node.json]).unwrap(), &normal[node.blocks]);
        }
        prop_assert_eq!(covered, normal.len());
    }

    #[test]
    fn what_is_seeded_reads_back(blocks in any_blocks()) {
        let normal = tree::normal(&blocks);
        let (mut doc, text) = empty_doc(1);
        spans::seed(&mut doc, &text, &normal).unwrap();
        let read = spans::read(&doc, &text).unwrap();
        prop_assert!(!read.headless);
        prop_assert_eq!(&read.blocks, &normal);
        prop_assert_eq!(read.utf16_len(), doc.length(&text));
    }
}

#[test]
fn an_empty_text_is_one_empty_paragraph() {
    let (doc, text) = empty_doc(1);
    let read = spans::read(&doc, &text).unwrap();
    assert!(read.headless);
    assert_eq!(read.utf16_len(), 0);
    assert_eq!(
        document::from_blocks(&read.blocks),
        json!({ "type": "doc", "content": [{ "type": "paragraph" }] })
    );
}

/// What a hostile or newer program may put into a text: everything becomes blocks, positions stay true.
#[test]
fn odd_texts_are_read_without_losing_a_position() {
    let (mut doc, text) = empty_doc(1);
    doc.splice_text(&text, 0, 0, "los 🏠").unwrap();
    let numbered = doc.split_block(&text, 3).unwrap();
    doc.put(&numbered, "type", 7).unwrap();
    doc.put(&numbered, "parents", "geen lijst").unwrap();
    let deep = doc.split_block(&text, 4).unwrap();
    let name = doc.put_object(&deep, "type", ObjType::Text).unwrap();
    doc.splice_text(&name, 0, 0, "heading").unwrap();
    let attrs = doc.put_object(&deep, "attrs", ObjType::Map).unwrap();
    doc.put(&attrs, "level", 3.0).unwrap();
    let parents = doc.put_object(&deep, "parents", ObjType::List).unwrap();
    (0..1000).for_each(|at| doc.insert(&parents, at, "blockquote").unwrap());
    let newer = doc.split_block(&text, 5).unwrap();
    doc.put(&newer, "type", "video").unwrap();
    doc.insert(&text, 6, 42).unwrap();
    doc.insert_object(&text, 7, ObjType::List).unwrap();
    let bold = automerge::marks::Mark::new("strong".to_owned(), "ja", 0, 3);
    doc.mark(&text, bold, automerge::marks::ExpandMark::After)
        .unwrap();
    let bad_link = automerge::marks::Mark::new("link".to_owned(), r#"{"href":"javascript:1"}"#, 0, 3);
    doc.mark(&text, bad_link, automerge::marks::ExpandMark::None)
        .unwrap();

    let read = spans::read(&doc, &text).unwrap();
    assert_eq!(read.utf16_len(), doc.length(&text));
    let normal = tree::normal(&read.blocks);
    let seen: Vec<(&str, String, usize)> = normal
        .iter()
        .map(|block| (block.kind.name(), block.text(), block.parents.len()))
        .collect();
    assert_eq!(
        seen,
        [
            ("paragraph", "los".to_owned(), 0),
            ("paragraph", String::new(), 0),
            ("heading", String::new(), 0),
            ("video", "\u{fffc}\u{fffc} 🏠".to_owned(), 0),
        ]
    );
    assert_eq!(normal[0].content[0].marks, Marks::default());
    assert_eq!(normal[2].kind, BlockKind::heading(3));
    assert_valid(&document::from_blocks(&read.blocks));
}

#[test]
fn a_block_whose_container_is_gone_moves_out_one_step() {
    let inside = |kind, parents: &[Container], text| Block {
        parents: parents.to_vec(),
        ..Block::new(kind, text)
    };
    let row = [
        inside(BlockKind::Paragraph, &[], "a"),
        inside(
            BlockKind::Paragraph,
            &[Container::BulletItem],
            "in an item that was joined to a",
        ),
        inside(BlockKind::NumberedItem, &[], "was a bullet"),
        inside(BlockKind::BulletItem, &[Container::BulletItem], "stays under it"),
        inside(
            BlockKind::Paragraph,
            &[Container::Quote, Container::NumberedItem],
            "quote gone, item still there",
        ),
    ];
    let parents: Vec<Vec<Container>> = tree::normal(&row)
        .into_iter()
        .map(|block| block.parents)
        .collect();
    let one = vec![Container::NumberedItem];
    assert_eq!(parents, [vec![], vec![], vec![], one.clone(), one]);
}

#[test]
fn other_json_is_refused_by_the_name_of_the_node() {
    let table = json!({ "type": "doc", "content": [{ "type": "table" }] });
    assert_eq!(
        document::to_blocks(&table),
        Err(document::DocumentError::Node("table".to_owned()))
    );
    let deep = (0..100).fold(
        json!({ "type": "paragraph" }),
        |inner, _| json!({ "type": "blockquote", "content": [{ "type": "paragraph" }, inner] }),
    );
    let deep = json!({ "type": "doc", "content": [deep] });
    assert_eq!(document::to_blocks(&deep), Err(document::DocumentError::Depth));
    assert!(document::to_blocks(&Json::Null).is_err());
}
