//! From the flat row of blocks to the tree that people see, and the normal form in which the two agree.
//!
//! Why it exists: merges leave blocks whose containers are gone (someone joined a list item to the paragraph
//! above it while another wrote a second paragraph in it). What then stands where is decided here, once, for
//! editor, reading view and export.
//!
//! # The repair rule
//!
//! Parents are matched from the outside in against the containers open at that place. One that is not open
//! there is skipped; a bulleted item stands in for a numbered one and the other way round. So nothing is
//! invented, nothing is hidden, and a block whose container went away moves out one step.

use super::model::{Block, BlockKind, Container};
use crate::limits::CONTAINER_DEPTH_MAX;

/// A part of the tree; it borrows blocks in normal form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'a> {
    /// A block with its letters; those that open a container come here as that container's first paragraph.
    Text(&'a Block),
    /// Items of one list.
    List {
        /// Numbered or bulleted.
        numbered: bool,
        /// Each item's parts; the first is the paragraph that opens it.
        items: Vec<Vec<Node<'a>>>,
    },
    /// A block quote's parts; the first is the paragraph that opens it.
    Quote(Vec<Node<'a>>),
}

/// The same blocks with parents repaired and runs joined. What [`build`] wants, and what every document has.
#[must_use]
pub fn normal(blocks: &[Block]) -> Vec<Block> {
    let mut open: Vec<Container> = Vec::new();
    let mut repaired: Vec<Block> = blocks.iter().map(|block| settle(&mut open, block)).collect();
    if repaired.is_empty() {
        repaired.push(Block::default());
    }
    repaired
}

/// The tree of blocks in normal form, with the range of blocks each top node was made of.
#[must_use]
pub fn build(blocks: &[Block]) -> Vec<(Node<'_>, std::ops::Range<usize>)> {
    let mut nodes = Vec::new();
    let mut at = 0;
    while at < blocks.len() {
        let end = extent(blocks, at);
        let row = blocks.get(at..end).unwrap_or_default();
        nodes.extend(node(row, 0).map(|node| (node, at..end)));
        at = end;
    }
    nodes
}

/// Whether two blocks in a row, both in normal form and outside everything, belong to one list.
fn same_list(first: &Block, next: &Block) -> bool {
    first.kind.opens().is_some_and(Container::is_item)
        && first.kind == next.kind
        && first.parents == next.parents
}

/// The end of the node that starts at `at`: past what stands in it, and past further items of the same list.
fn extent(blocks: &[Block], at: usize) -> usize {
    let Some(first) = blocks.get(at) else { return at };
    let rest = blocks.iter().enumerate().skip(at + 1);
    let outside = |block: &Block| block.parents.len() <= first.parents.len() && !same_list(first, block);
    rest.into_iter()
        .find(|(_, block)| outside(block))
        .map_or(blocks.len(), |(end, _)| end)
}

/// The node of a row of blocks that starts at `depth` and holds nothing else.
fn node(row: &[Block], depth: usize) -> Option<Node<'_>> {
    let first = row.first()?;
    Some(match first.kind.opens() {
        None => Node::Text(first),
        Some(Container::Quote) => Node::Quote(inside(row, depth)),
        Some(item) => {
            let starts = row
                .iter()
                .enumerate()
                .filter(|(_, block)| block.parents.len() == depth)
                .map(|(at, _)| at);
            let mut items: Vec<Vec<Node<'_>>> = Vec::new();
            let mut starts = starts.peekable();
            while let Some(start) = starts.next() {
                let end = starts.peek().copied().unwrap_or(row.len());
                items.push(inside(row.get(start..end).unwrap_or_default(), depth));
            }
            Node::List {
                numbered: item == Container::NumberedItem,
                items,
            }
        }
    })
}

/// The parts of one container: its opening paragraph, then what stands in it.
fn inside(row: &[Block], depth: usize) -> Vec<Node<'_>> {
    let mut parts: Vec<Node<'_>> = row.first().map(Node::Text).into_iter().collect();
    let mut at = 1;
    while at < row.len() {
        let end = extent(row, at);
        parts.extend(node(row.get(at..end).unwrap_or_default(), depth + 1));
        at = end;
    }
    parts
}

/// One block's place under the repair rule; `open` becomes the containers open after it.
fn settle(open: &mut Vec<Container>, block: &Block) -> Block {
    let mut kept = 0;
    for parent in &block.parents {
        let matches = open
            .get(kept)
            .is_some_and(|at| at == parent || (at.is_item() && parent.is_item()));
        kept += usize::from(matches);
    }
    let opens = block.kind.opens();
    open.truncate(if opens.is_some() {
        kept.min(CONTAINER_DEPTH_MAX - 1)
    } else {
        kept
    });
    let parents = open.clone();
    open.extend(opens);
    let mut settled = Block {
        kind: block.kind.clone(),
        parents,
        content: Vec::new(),
    };
    for run in &block.content {
        settled.push(&run.text, &run.marks);
    }
    settled
}

/// Whether a block of this kind is shown as a plain paragraph (its container shows the rest).
#[must_use]
pub const fn is_paragraph(kind: &BlockKind) -> bool {
    matches!(
        kind,
        BlockKind::Paragraph | BlockKind::BulletItem | BlockKind::NumberedItem | BlockKind::Quote
    )
}
