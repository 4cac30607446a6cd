//! Tables in the flat text: row and cell markers, and the rule that makes one table of any row of them.
//!
//! # Why it exists
//!
//! Two people change one table at once: one adds a column, the other a row at the same place. In the flat text
//! their markers then stand in an order that no editor would write. Every reader must see the same table in it,
//! with every letter. Decided in `docs/adr/0004-tables.md` with the first schema; the interface comes later.
//!
//! # The repair rule
//!
//! 1. A row stands where its id first comes, as a row marker or as a cell of it.
//! 2. A cell belongs to the row and column in its attributes, wherever the merge put it; without a row of its
//!    own it belongs to the row before it.
//! 3. A second cell for one row and column joins the first as further paragraphs.
//! 4. The first row with two columns says which comes first; a column new in a later row stands behind its left
//!    neighbour there.
//! 5. Letters behind a row marker (their cell's marker was deleted) stand in the row's first cell.
//! 6. Where a row lacks a column, an empty cell is shown; typing in it writes its marker.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::model::{Block, BlockKind};

/// The marker that opens a row: `attrs {table, row}`.
pub const ROW: &str = "table-row";
/// The marker that opens a cell and holds its first paragraph: `attrs {table, row, column}`.
pub const CELL: &str = "table-cell";

/// A table as it is shown: every row has every column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Column ids, left to right.
    pub columns: Vec<String>,
    /// The rows, top to bottom.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its id.
    pub id: String,
    /// One cell per column: the indexes of the blocks that are its paragraphs; none for an empty cell.
    pub cells: Vec<Vec<usize>>,
}

/// The tables that begin in a row of blocks, each with the first of its blocks; other blocks are passed over.
#[must_use]
pub fn tables(blocks: &[Block]) -> Vec<(usize, Table)> {
    let parts: Vec<Option<Part>> = blocks.iter().map(Part::of).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(part) = parts.get(at) {
        let Some(first) = part else {
            at += 1;
            continue;
        };
        let same = |part: &Option<Part>| part.as_ref().is_some_and(|part| part.table == first.table);
        let end = parts
            .iter()
            .skip(at)
            .position(|part| !same(part))
            .map_or(parts.len(), |run| at + run);
        let run = parts
            .iter()
            .enumerate()
            .take(end)
            .skip(at)
            .filter_map(|(index, part)| Some((index, part.as_ref()?)));
        found.push((at, Draft::of(run, blocks).finish()));
        at = end;
    }
    found
}

/// A row or cell marker with its ids. Attributes that are missing or no text are the empty id.
struct Part {
    table: String,
    row: Option<String>,
    column: Option<String>,
}

impl Part {
    fn of(block: &Block) -> Option<Self> {
        let BlockKind::Unknown { name, attrs } = &block.kind else {
            return None;
        };
        let attrs: BTreeMap<String, Json> = serde_json::from_str(attrs).unwrap_or_default();
        let id = |key: &str| attrs.get(key).and_then(Json::as_str).map(str::to_owned);
        match name.as_str() {
            ROW => Some(Self {
                table: id("table").unwrap_or_default(),
                row: id("row"),
                column: None,
            }),
            CELL => {
                let column = Some(id("column").unwrap_or_default());
                Some(Self {
                    table: id("table").unwrap_or_default(),
                    row: id("row"),
                    column,
                })
            }
            _ => None,
        }
    }
}

/// A cell's column and its blocks so far.
type DraftCell = (String, Vec<usize>);

/// A table on the way: rows in order, and per row its columns in the order of the text.
#[derive(Default)]
struct Draft {
    rows: Vec<(String, Vec<DraftCell>)>,
    /// Blocks with letters behind a row marker, by row.
    strays: Vec<(usize, usize)>,
}

impl Draft {
    fn of<'a>(parts: impl Iterator<Item = (usize, &'a Part)>, blocks: &[Block]) -> Self {
        let mut draft = Self::default();
        let mut current = String::new();
        for (index, part) in parts {
            current = part.row.clone().unwrap_or(current);
            let row = draft.row(&current);
            match &part.column {
                Some(column) => draft.cell(row, column, index),
                None if blocks.get(index).is_some_and(|block| block.utf16_len() > 0) => {
                    draft.strays.push((row, index));
                }
                None => {}
            }
        }
        draft
    }

    fn row(&mut self, id: &str) -> usize {
        self.rows
            .iter()
            .position(|(known, _)| known == id)
            .unwrap_or_else(|| {
                self.rows.push((id.to_owned(), Vec::new()));
                self.rows.len() - 1
            })
    }

    fn cell(&mut self, row: usize, column: &str, block: usize) {
        let Some((_, cells)) = self.rows.get_mut(row) else {
            return;
        };
        match cells.iter_mut().find(|(known, _)| known == column) {
            Some((_, blocks)) => blocks.push(block),
            None => cells.push((column.to_owned(), vec![block])),
        }
    }

    fn finish(mut self) -> Table {
        let mut columns = self.columns();
        if columns.is_empty() {
            columns.push(String::new());
        }
        let first = columns.first().cloned().unwrap_or_default();
        for (row, block) in std::mem::take(&mut self.strays) {
            self.cell(row, &first, block);
        }
        let rows = self.rows.into_iter().map(|(id, cells)| {
            let mut cells: BTreeMap<String, Vec<usize>> = cells.into_iter().collect();
            let mut in_order: Vec<Vec<usize>> = columns
                .iter()
                .map(|column| cells.remove(column).unwrap_or_default())
                .collect();
            in_order.iter_mut().for_each(|blocks| blocks.sort_unstable());
            Row { id, cells: in_order }
        });
        Table {
            rows: rows.collect(),
            columns,
        }
    }

    fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for (_, cells) in &self.rows {
            let mut place = 0;
            for (column, _) in cells {
                place = match columns.iter().position(|known| known == column) {
                    Some(known) => known + 1,
                    None => {
                        columns.insert(place, column.clone());
                        place + 1
                    }
                };
            }
        }
        columns
    }
}

#[cfg(test)]
mod tests;
