//! Between blocks and the editor's document (ProseMirror JSON), both ways.
//!
//! Why it exists: the editor shows a tree, the merge keeps a row. Server, tests and browser must agree on which
//! tree belongs to which row, so the translation is a pure function here and not a part of the editor.
//!
//! # The editor's schema
//!
//! `doc` > block+; `paragraph`, `heading {level}`, `bullet_list` and `ordered_list` > `list_item`, `blockquote`,
//! `unknown_block {name, attrs}`; an item and a quote hold a paragraph and then any blocks. Text carries `link
//! {href, title}`, `em`, `strong`, in this order; a line break is a `hard_break`.
//!
//! # Invariants
//!
//! - [`from_blocks`] is total and gives a valid document.
//! - `to_blocks(from_blocks(b)) == normal(b)`; `from_blocks(to_blocks(d)) == d` for every valid document in which
//!   no two lists of one sort stand side by side (they are one list) and nothing is deeper than
//!   `CONTAINER_DEPTH_MAX`.

use std::ops::Range;

use serde_json::{Map, Value as Json, json};

use super::model::{Block, BlockKind, Container, Link, Marks};
use super::tree::{self, Node};
use crate::limits::DOCUMENT_DEPTH_MAX;

/// Why JSON is no document of our schema.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// A node that the schema does not have at this place.
    #[error("a node of type {0:?} cannot stand here")]
    Node(String),
    /// Lists and quotes stand inside each other without end.
    #[error("the document is nested more than {DOCUMENT_DEPTH_MAX} deep")]
    Depth,
}

/// A node directly under the document, and the blocks it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct TopNode {
    /// The node as ProseMirror JSON.
    pub json: Json,
    /// The blocks, as indexes into the row.
    pub blocks: Range<usize>,
}

/// The document of any blocks.
#[must_use]
pub fn from_blocks(blocks: &[Block]) -> Json {
    let content: Vec<Json> = top_nodes(&tree::normal(blocks))
        .into_iter()
        .map(|node| node.json)
        .collect();
    json!({ "type": "doc", "content": content })
}

/// The document's top nodes; `blocks` must be in normal form ([`tree::normal`]).
#[must_use]
pub fn top_nodes(blocks: &[Block]) -> Vec<TopNode> {
    tree::build(blocks)
        .into_iter()
        .map(|(node, blocks)| TopNode {
            json: node_json(&node),
            blocks,
        })
        .collect()
}

/// The blocks of a document, in normal form.
///
/// # Errors
/// When the JSON is no document of our schema.
pub fn to_blocks(document: &Json) -> Result<Vec<Block>, DocumentError> {
    match type_of(document) {
        "doc" => nodes_to_blocks(children(document)),
        other => Err(DocumentError::Node(other.to_owned())),
    }
}

/// The blocks of nodes that stand in a row directly under the document; none for no nodes.
///
/// # Errors
/// When a node is none of our schema.
pub fn nodes_to_blocks(nodes: &[Json]) -> Result<Vec<Block>, DocumentError> {
    let mut reader = Reader::default();
    nodes.iter().try_for_each(|node| reader.block(node))?;
    Ok(if reader.blocks.is_empty() {
        Vec::new()
    } else {
        tree::normal(&reader.blocks)
    })
}

/// Walks a document and keeps the containers it is in.
#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    within: Vec<Container>,
}

impl Reader {
    fn block(&mut self, node: &Json) -> Result<(), DocumentError> {
        match type_of(node) {
            "paragraph" => self.text(BlockKind::Paragraph, node),
            "heading" => {
                let level = attr(node, "level").and_then(Json::as_u64).unwrap_or(1);
                self.text(BlockKind::heading(level), node)
            }
            "unknown_block" => {
                let text = |key| {
                    attr(node, key)
                        .and_then(Json::as_str)
                        .unwrap_or_default()
                        .to_owned()
                };
                self.text(
                    BlockKind::Unknown {
                        name: text("name"),
                        attrs: text("attrs"),
                    },
                    node,
                )
            }
            "blockquote" => self.container(Container::Quote, node),
            "bullet_list" => self.list(Container::BulletItem, node),
            "ordered_list" => self.list(Container::NumberedItem, node),
            other => Err(DocumentError::Node(other.to_owned())),
        }
    }

    fn list(&mut self, item: Container, node: &Json) -> Result<(), DocumentError> {
        children(node).iter().try_for_each(|child| match type_of(child) {
            "list_item" => self.container(item, child),
            other => Err(DocumentError::Node(other.to_owned())),
        })
    }

    /// The first paragraph opens the container; one that starts otherwise gets an empty one.
    fn container(&mut self, container: Container, node: &Json) -> Result<(), DocumentError> {
        if self.within.len() >= DOCUMENT_DEPTH_MAX {
            return Err(DocumentError::Depth);
        }
        let rest = match children(node).split_first() {
            Some((first, rest)) if type_of(first) == "paragraph" => {
                self.text(container.opened_by(), first)?;
                rest
            }
            _ => {
                self.text(container.opened_by(), &Json::Null)?;
                children(node)
            }
        };
        self.within.push(container);
        rest.iter().try_for_each(|child| self.block(child))?;
        self.within.pop();
        Ok(())
    }

    fn text(&mut self, kind: BlockKind, node: &Json) -> Result<(), DocumentError> {
        let mut block = Block {
            kind,
            parents: self.within.clone(),
            content: Vec::new(),
        };
        for inline in children(node) {
            let marks = read_marks(inline);
            match type_of(inline) {
                "text" => block.push(
                    inline.get("text").and_then(Json::as_str).unwrap_or_default(),
                    &marks,
                ),
                "hard_break" => block.push("\n", &marks),
                other => return Err(DocumentError::Node(other.to_owned())),
            }
        }
        self.blocks.push(block);
        Ok(())
    }
}

fn type_of(node: &Json) -> &str {
    node.get("type").and_then(Json::as_str).unwrap_or_default()
}

fn children(node: &Json) -> &[Json] {
    node.get("content")
        .and_then(Json::as_array)
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn attr<'a>(node: &'a Json, key: &str) -> Option<&'a Json> {
    node.get("attrs")?.get(key)
}

fn read_marks(inline: &Json) -> Marks {
    let mut marks = Marks::default();
    for mark in inline.get("marks").and_then(Json::as_array).into_iter().flatten() {
        match type_of(mark) {
            "strong" => marks.strong = true,
            "em" => marks.em = true,
            "link" => {
                let href = attr(mark, "href").and_then(Json::as_str).unwrap_or_default();
                marks.link = Link::new(href, attr(mark, "title").and_then(Json::as_str));
            }
            _ => {}
        }
    }
    marks
}

fn node_json(node: &Node<'_>) -> Json {
    match node {
        Node::Text(block) => text_block_json(block),
        Node::Quote(parts) => with_content("blockquote", parts.iter().map(node_json).collect()),
        Node::List { numbered, items } => {
            let item =
                |parts: &Vec<Node<'_>>| with_content("list_item", parts.iter().map(node_json).collect());
            with_content(
                if *numbered { "ordered_list" } else { "bullet_list" },
                items.iter().map(item).collect(),
            )
        }
    }
}

fn text_block_json(block: &Block) -> Json {
    let content = inline_json(block);
    match &block.kind {
        BlockKind::Heading(level) => with_attrs("heading", json!({ "level": level.get() }), content),
        BlockKind::Unknown { name, attrs } => {
            with_attrs("unknown_block", json!({ "name": name, "attrs": attrs }), content)
        }
        BlockKind::Paragraph | BlockKind::BulletItem | BlockKind::NumberedItem | BlockKind::Quote => {
            with_content("paragraph", content)
        }
    }
}

fn with_attrs(kind: &str, attrs: Json, content: Vec<Json>) -> Json {
    let mut node = with_content(kind, content);
    if let Some(fields) = node.as_object_mut() {
        fields.insert("attrs".to_owned(), attrs);
    }
    node
}

/// As ProseMirror's `toJSON`: a node without children has no `content`.
fn with_content(kind: &str, content: Vec<Json>) -> Json {
    let mut fields = Map::from_iter([("type".to_owned(), Json::from(kind))]);
    if !content.is_empty() {
        fields.insert("content".to_owned(), Json::from(content));
    }
    Json::Object(fields)
}

fn inline_json(block: &Block) -> Vec<Json> {
    let mut nodes = Vec::new();
    for run in &block.content {
        let marks = marks_json(&run.marks);
        for (line, text) in run.text.split('\n').enumerate() {
            if line > 0 {
                nodes.push(marked(json!({ "type": "hard_break" }), &marks));
            }
            if !text.is_empty() {
                nodes.push(marked(json!({ "type": "text", "text": text }), &marks));
            }
        }
    }
    nodes
}

fn marked(mut node: Json, marks: &[Json]) -> Json {
    if let (Some(fields), false) = (node.as_object_mut(), marks.is_empty()) {
        fields.insert("marks".to_owned(), Json::from(marks));
    }
    node
}

fn marks_json(marks: &Marks) -> Vec<Json> {
    let link = marks
        .link
        .as_ref()
        .map(|link| json!({ "type": "link", "attrs": { "href": link.href(), "title": link.title() } }));
    let em = marks.em.then(|| json!({ "type": "em" }));
    let strong = marks.strong.then(|| json!({ "type": "strong" }));
    [link, em, strong].into_iter().flatten().collect()
}
