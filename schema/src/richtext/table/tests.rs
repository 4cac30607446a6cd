//! Concurrent edits of one table converge to one table that holds every letter, whatever the markers' order.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{ActorId, AutoCommit, ObjId};
use proptest::prelude::*;

use super::super::flat::{self, FlatOp};
use super::super::model::Marks;
use super::super::spans;
use super::super::tests::empty_doc;
use super::*;

fn marker(name: &str, row: &str, column: Option<&str>) -> Block {
    let mut attrs = BTreeMap::from([("table", "t"), ("row", row)]);
    attrs.extend(column.map(|column| ("column", column)));
    let attrs = serde_json::to_string(&attrs).unwrap();
    Block {
        kind: BlockKind::Unknown {
            name: name.to_owned(),
            attrs,
        },
        ..Block::default()
    }
}

/// A table of two rows and two columns with a paragraph before and after it.
fn start() -> (AutoCommit, ObjId) {
    let (mut doc, text) = empty_doc(1);
    let mut blocks = vec![Block::new(BlockKind::Paragraph, "voor")];
    for row in ["r1", "r2"] {
        blocks.push(marker(ROW, row, None));
        blocks.extend(["a", "b"].map(|column| marker(CELL, row, Some(column))));
    }
    blocks.push(Block::new(BlockKind::Paragraph, "na"));
    spans::seed(&mut doc, &text, &blocks).unwrap();
    (doc, text)
}

#[derive(Debug, Clone)]
enum Act {
    AddRow,
    AddColumn,
    DropRow,
    DropColumn,
    Type,
    /// Deletes any marker, as a program that knows no tables might.
    Join,
}

fn acts() -> impl Strategy<Value = Vec<(Act, usize)>> {
    let act = prop_oneof![
        2 => Just(Act::AddRow), 2 => Just(Act::AddColumn), 1 => Just(Act::DropRow), 1 => Just(Act::DropColumn),
        4 => Just(Act::Type), 1 => Just(Act::Join),
    ];
    prop::collection::vec((act, 0..100_usize), 1..7)
}

/// Where each block begins, and where the last ends.
fn starts(blocks: &[Block]) -> Vec<usize> {
    blocks
        .iter()
        .scan(0, |at, block| {
            let start = *at;
            *at += 1 + block.utf16_len();
            Some(start)
        })
        .collect()
}

fn removal(blocks: &[Block], gone: &BTreeSet<usize>) -> Vec<FlatOp> {
    let starts = starts(blocks);
    gone.iter()
        .flat_map(|index| {
            let letters = FlatOp::DeleteText {
                at: starts[*index] + 1,
                len: blocks[*index].utf16_len(),
            };
            [FlatOp::DeleteBlock { at: starts[*index] }, letters]
        })
        .filter(|op| !matches!(op, FlatOp::DeleteText { len: 0, .. }))
        .collect()
}

/// Does one act as an editor would: on the table as it is shown. New ids and letters are named by `who`.
fn act(doc: &mut AutoCommit, text: &ObjId, (act, which): &(Act, usize), who: (char, usize)) {
    let blocks = spans::read(doc, text).unwrap().blocks;
    let starts = starts(&blocks);
    let Some((first, table)) = tables(&blocks).into_iter().next() else {
        return;
    };
    let row = &table.rows[which % table.rows.len()];
    let column = which % table.columns.len();
    let fresh = format!("{}{}", who.0, who.1);
    let letter =
        char::from_u32(if who.0 == 'x' { 0xE000 } else { 0xF000 } + u32::try_from(who.1).unwrap()).unwrap();
    let in_row = |row: &Row| row.cells.iter().flatten().copied().max();
    let ops = match act {
        Act::AddRow => {
            // Behind the row: where another one may put the last cell of that row.
            let at = in_row(row).map_or(starts[first], |last| starts[last] + 1 + blocks[last].utf16_len());
            let cells = table
                .columns
                .iter()
                .map(|column| marker(CELL, &fresh, Some(column)));
            std::iter::once(marker(ROW, &fresh, None))
                .chain(cells)
                .map(|block| FlatOp::InsertBlock { at, block })
                .collect()
        }
        Act::AddColumn => new_column(&blocks, &table, column, &fresh),
        Act::DropRow => {
            let own = |index: &usize| {
                Part::of(&blocks[*index]).is_some_and(|part| part.row.as_deref() == Some(&row.id))
            };
            removal(
                &blocks,
                &(0..blocks.len())
                    .filter(own)
                    .chain(row.cells.iter().flatten().copied())
                    .collect(),
            )
        }
        Act::DropColumn => removal(
            &blocks,
            &table
                .rows
                .iter()
                .flat_map(|row| row.cells[column].iter().copied())
                .collect(),
        ),
        Act::Type => {
            let Some(index) = row.cells[column].first() else {
                return;
            };
            vec![FlatOp::InsertText {
                at: starts[*index] + 1,
                text: letter.to_string(),
                marks: Marks::default(),
            }]
        }
        // Not the text's first one: every position here is counted from a text that begins with a marker.
        Act::Join => vec![FlatOp::DeleteBlock {
            at: starts[1 + which % (starts.len() - 1)],
        }],
    };
    flat::apply(doc, text, &ops).unwrap();
}

/// A cell in every row, behind the one of the column to its left.
fn new_column(blocks: &[Block], table: &Table, left: usize, id: &str) -> Vec<FlatOp> {
    let starts = starts(blocks);
    let neighbour = |row: &Row| {
        row.cells[left]
            .last()
            .copied()
            .or(row.cells.iter().flatten().copied().max())
    };
    let place = |row: &Row| neighbour(row).map(|index| starts[index] + 1 + blocks[index].utf16_len());
    let cell = |row: &Row| Some((place(row)?, marker(CELL, &row.id, Some(id))));
    let mut places: Vec<(usize, Block)> = table.rows.iter().filter_map(cell).collect();
    places.sort_by_key(|(at, _)| *at);
    places
        .into_iter()
        .map(|(at, block)| FlatOp::InsertBlock { at, block })
        .collect()
}

fn letters(blocks: &[Block]) -> String {
    blocks.iter().map(Block::text).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(120))]

    #[test]
    fn concurrent_edits_become_one_table_with_every_letter(mine in acts(), theirs in acts()) {
        let (mut doc, text) = start();
        let mut other = doc.fork().with_actor(ActorId::from([2; 16]));
        for (number, one) in mine.iter().enumerate() {
            act(&mut doc, &text, one, ('x', number));
        }
        for (number, one) in theirs.iter().enumerate() {
            act(&mut other, &text, one, ('y', number));
        }
        let kept = |doc: &AutoCommit| letters(&spans::read(doc, &text).unwrap().blocks).chars().filter(|c| *c >= '\u{E000}').collect::<BTreeSet<_>>();
        let typed: BTreeSet<char> = kept(&doc).union(&kept(&other)).copied().collect();
        doc.merge(&mut other).unwrap();
        other.merge(&mut doc).unwrap();
        let blocks = spans::read(&doc, &text).unwrap().blocks;
        let found = tables(&blocks);
        prop_assert_eq!(&found, &tables(&spans::read(&other, &text).unwrap().blocks));
        prop_assert_eq!(kept(&doc), typed);
        for (_, table) in &found {
            let ids: BTreeSet<&str> = table.rows.iter().map(|row| row.id.as_str()).collect();
            prop_assert_eq!(ids.len(), table.rows.len());
            prop_assert_eq!(table.columns.iter().collect::<BTreeSet<_>>().len(), table.columns.len());
            prop_assert!(table.rows.iter().all(|row| row.cells.len() == table.columns.len()));
        }
        // Every block of a table with letters is shown, once.
        let shown: Vec<usize> = found.iter().flat_map(|(_, table)| table.rows.iter().flat_map(|row| row.cells.iter().flatten().copied())).collect();
        let wanted = (0..blocks.len()).filter(|at| Part::of(&blocks[*at]).is_some_and(|part| part.column.is_some()) || (Part::of(&blocks[*at]).is_some() && blocks[*at].utf16_len() > 0));
        prop_assert_eq!(shown.iter().copied().collect::<BTreeSet<_>>(), wanted.collect::<BTreeSet<_>>());
        prop_assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), shown.len());
    }
}

#[test]
fn a_new_column_and_a_new_row_at_the_same_place_both_find_theirs() {
    let (mut doc, text) = start();
    let mut other = doc.fork().with_actor(ActorId::from([2; 16]));
    let second = 1;
    act(&mut doc, &text, &(Act::AddColumn, second), ('x', 0));
    act(&mut other, &text, &(Act::AddRow, 0), ('y', 0));
    doc.merge(&mut other).unwrap();
    let (_, table) = tables(&spans::read(&doc, &text).unwrap().blocks).remove(0);
    assert_eq!(table.columns, ["a", "b", "x0"]);
    let rows: Vec<(&str, Vec<usize>)> = table
        .rows
        .iter()
        .map(|row| (row.id.as_str(), row.cells.iter().map(Vec::len).collect()))
        .collect();
    assert_eq!(
        rows,
        [
            ("r1", vec![1, 1, 1]),
            ("y0", vec![1, 1, 0]),
            ("r2", vec![1, 1, 1])
        ]
    );
}

#[test]
fn nonsense_in_the_attributes_is_a_table_too() {
    let odd = |attrs: &str| Block {
        kind: BlockKind::Unknown {
            name: CELL.to_owned(),
            attrs: attrs.to_owned(),
        },
        ..Block::default()
    };
    let found = tables(&[
        odd("no json"),
        odd(r#"{"row":7,"column":[]}"#),
        odd(r#"{"table":"u"}"#),
    ]);
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].1.rows[0].cells, [vec![0, 1]]);
}
