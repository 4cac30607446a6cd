//! Between automerge and blocks: reading any span sequence, and writing blocks as letters and markers.
//!
//! Why it exists: the letters of a chapter come out of a merge, or from a stranger's program, so a block marker
//! may be missing, be of a type we do not know or carry nonsense. [`read`] makes blocks of all of it.
//!
//! # Invariants
//!
//! - Reading is total and keeps positions: every marker becomes one block, every other unit one letter, so
//!   that [`FlatText::utf16_len`] is automerge's length of the text.
//! - What is written reads back as it was meant.

use std::collections::BTreeMap;

use automerge::hydrate;
use automerge::iter::Span;
use automerge::marks::{ExpandMark, Mark, MarkSet};
use automerge::transaction::Transactable;
use automerge::{AutomergeError, ChangeHash, ObjId, ObjType, ROOT, ReadDoc, ScalarValue, Value};
use serde_json::Value as Json;

use super::model::{Block, BlockKind, Container, Link, Marks, utf16_len};
use crate::limits::CONTAINER_DEPTH_MAX;

/// The blocks of a text in the order of its letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlatText {
    /// The blocks; at least one.
    pub blocks: Vec<Block>,
    /// Whether the first block stands there without a marker of its own, as in a fresh text.
    pub headless: bool,
}

impl FlatText {
    /// Length in UTF-16 units, one per marker: automerge's own length of the text.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        let letters: usize = self.blocks.iter().map(Block::utf16_len).sum();
        letters + self.blocks.len() - usize::from(self.headless)
    }

    /// Whether nothing at all stands in the text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.utf16_len() == 0
    }
}

impl Default for FlatText {
    fn default() -> Self {
        Self {
            blocks: vec![Block::default()],
            headless: true,
        }
    }
}

/// The rich text of a chapter's document; `None` if the document holds none.
pub fn text_of(doc: &impl ReadDoc) -> Option<ObjId> {
    match doc.get(ROOT, "text") {
        Ok(Some((Value::Object(ObjType::Text), id))) => Some(id),
        _ => None,
    }
}

/// The blocks of a text now.
///
/// # Errors
/// Only if `text` is no text of this document.
pub fn read(doc: &impl ReadDoc, text: &ObjId) -> Result<FlatText, AutomergeError> {
    Ok(from_spans(doc.spans(text)?))
}

/// The blocks of a text as it was at `heads`.
///
/// # Errors
/// Only if `text` is no text of this document.
pub fn read_at(doc: &impl ReadDoc, text: &ObjId, heads: &[ChangeHash]) -> Result<FlatText, AutomergeError> {
    Ok(from_spans(doc.spans_at(text, heads)?))
}

/// The blocks of any span sequence.
#[must_use]
pub fn from_spans(spans: impl IntoIterator<Item = Span>) -> FlatText {
    let mut blocks: Vec<Block> = Vec::new();
    let mut headless = false;
    for span in spans {
        match span {
            Span::Block(marker) => blocks.push(read_marker(&marker)),
            Span::Text { text, marks } => {
                if blocks.is_empty() {
                    headless = true;
                    blocks.push(Block::default());
                }
                let marks = marks.as_deref().map(read_marks).unwrap_or_default();
                if let Some(block) = blocks.last_mut() {
                    block.push(&text, &marks);
                }
            }
        }
    }
    if blocks.is_empty() {
        FlatText::default()
    } else {
        FlatText { blocks, headless }
    }
}

/// Writes blocks into a fresh, empty text. Positions are 0 to the length of the blocks, first marker included.
///
/// # Errors
/// Only if `text` is no text of this document.
pub fn seed(doc: &mut impl Transactable, text: &ObjId, blocks: &[Block]) -> Result<(), AutomergeError> {
    let mut at = 0;
    for block in blocks {
        insert_marker(doc, text, at, block)?;
        at += 1 + block.utf16_len();
        doc.splice_text(text, at - block.utf16_len(), 0, &block.text())?;
    }
    let mut at = 0;
    for block in blocks {
        at += 1;
        for run in &block.content {
            let end = at + utf16_len(&run.text);
            for name in MarkName::ALL {
                if let Some(value) = name.value_in(&run.marks) {
                    set_mark(doc, text, at..end, (name, value))?;
                }
            }
            at = end;
        }
    }
    Ok(())
}

/// The marks of the schema by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkName {
    /// Bold.
    Strong,
    /// Italic.
    Em,
    /// A link.
    Link,
}

impl MarkName {
    /// Every mark.
    pub const ALL: [Self; 3] = [Self::Strong, Self::Em, Self::Link];

    /// The name in automerge and in the editor.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strong => "strong",
            Self::Em => "em",
            Self::Link => "link",
        }
    }

    /// The value this mark has among the marks of a run; `None` if it is not set.
    #[must_use]
    pub fn value_in(self, marks: &Marks) -> Option<ScalarValue> {
        match self {
            Self::Strong => marks.strong.then_some(ScalarValue::Boolean(true)),
            Self::Em => marks.em.then_some(ScalarValue::Boolean(true)),
            Self::Link => marks
                .link
                .as_ref()
                .map(|link| ScalarValue::Str(link_json(link).as_str().into())),
        }
    }

    /// Typing at the end of bold text is bold; typing behind a link is not part of the link.
    const fn expand(self) -> ExpandMark {
        match self {
            Self::Strong | Self::Em => ExpandMark::After,
            Self::Link => ExpandMark::None,
        }
    }
}

/// Sets a mark over a range.
pub(crate) fn set_mark(
    doc: &mut impl Transactable,
    text: &ObjId,
    range: std::ops::Range<usize>,
    (name, value): (MarkName, ScalarValue),
) -> Result<(), AutomergeError> {
    let mark = Mark::new(name.as_str().to_owned(), value, range.start, range.end);
    doc.mark(text, mark, name.expand())
}

/// Takes a mark away over a range.
pub(super) fn clear_mark(
    doc: &mut impl Transactable,
    text: &ObjId,
    range: std::ops::Range<usize>,
    name: MarkName,
) -> Result<(), AutomergeError> {
    doc.unmark(text, name.as_str(), range.start, range.end, name.expand())
}

/// Inserts the marker of a block.
pub(crate) fn insert_marker(
    doc: &mut impl Transactable,
    text: &ObjId,
    at: usize,
    block: &Block,
) -> Result<(), AutomergeError> {
    let marker = doc.split_block(text, at)?;
    doc.put(&marker, "type", block.kind.name())?;
    write_parents(doc, &marker, &block.parents)?;
    let attrs = doc.put_object(&marker, "attrs", ObjType::Map)?;
    write_level(doc, &attrs, &block.kind)?;
    doc.put(&marker, "isEmbed", false)
}

/// Changes the marker of a block in place, only in what differs, so that a concurrent change of the rest stands.
/// A marker that is no longer there is left alone.
pub(super) fn update_marker(
    doc: &mut impl Transactable,
    text: &ObjId,
    at: usize,
    (from, to): (&Block, &Block),
) -> Result<(), AutomergeError> {
    let Some((Value::Object(ObjType::Map), marker)) = doc.get(text, at)? else {
        return Ok(());
    };
    if from.kind.name() != to.kind.name() {
        doc.put(&marker, "type", to.kind.name())?;
    }
    if from.parents != to.parents {
        write_parents(doc, &marker, &to.parents)?;
    }
    if from.kind == to.kind {
        return Ok(());
    }
    let attrs = match doc.get(&marker, "attrs")? {
        Some((Value::Object(ObjType::Map), attrs)) => attrs,
        _ => doc.put_object(&marker, "attrs", ObjType::Map)?,
    };
    let stale: Vec<String> = doc.keys(&attrs).collect();
    for key in stale {
        doc.delete(&attrs, key.as_str())?;
    }
    write_level(doc, &attrs, &to.kind)
}

fn write_parents(
    doc: &mut impl Transactable,
    marker: &ObjId,
    parents: &[Container],
) -> Result<(), AutomergeError> {
    let list = doc.put_object(marker, "parents", ObjType::List)?;
    parents
        .iter()
        .enumerate()
        .try_for_each(|(at, parent)| doc.insert(&list, at, parent.name()))
}

/// Writes what a kind keeps in its attributes. An unknown kind's attributes come back as flat values: nested
/// ones of a newer schema are only ever copied by a program that knows that schema.
fn write_level(doc: &mut impl Transactable, attrs: &ObjId, kind: &BlockKind) -> Result<(), AutomergeError> {
    match kind {
        BlockKind::Heading(level) => doc.put(attrs, "level", i64::from(level.get())),
        BlockKind::Unknown { attrs: json, .. } => {
            let fields: BTreeMap<String, Json> = serde_json::from_str(json).unwrap_or_default();
            fields
                .iter()
                .try_for_each(|(key, value)| doc.put(attrs, key.as_str(), scalar_of(value)))
        }
        BlockKind::Paragraph | BlockKind::BulletItem | BlockKind::NumberedItem | BlockKind::Quote => Ok(()),
    }
}

fn scalar_of(value: &Json) -> ScalarValue {
    match value {
        Json::Null => ScalarValue::Null,
        Json::Bool(value) => ScalarValue::Boolean(*value),
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(whole), _) => ScalarValue::Int(whole),
            (None, Some(part)) => ScalarValue::F64(part),
            (None, None) => ScalarValue::Null,
        },
        Json::String(text) => ScalarValue::Str(text.as_str().into()),
        Json::Array(_) | Json::Object(_) => ScalarValue::Str(value.to_string().as_str().into()),
    }
}

fn read_marker(marker: &hydrate::Map) -> Block {
    let name = marker.get("type").and_then(string_of).unwrap_or_default();
    let parents = match marker.get("parents") {
        Some(hydrate::Value::List(list)) => known_parents(list),
        _ => Vec::new(),
    };
    Block {
        kind: read_kind(name, marker.get("attrs")),
        parents,
        content: Vec::new(),
    }
}

fn known_parents(list: &hydrate::List) -> Vec<Container> {
    let names = list.iter().filter_map(|item| string_of(&item.value));
    names
        .filter_map(|name| Container::named(&name))
        .take(CONTAINER_DEPTH_MAX)
        .collect()
}

fn read_kind(name: String, attrs: Option<&hydrate::Value>) -> BlockKind {
    match name.as_str() {
        "" | "paragraph" => BlockKind::Paragraph,
        "heading" => BlockKind::heading(attrs.map_or(1, level_in)),
        _ => match Container::named(&name) {
            Some(container) => container.opened_by(),
            None => BlockKind::Unknown {
                name,
                attrs: attrs.map_or_else(|| "{}".to_owned(), attrs_json),
            },
        },
    }
}

fn level_in(attrs: &hydrate::Value) -> u64 {
    let hydrate::Value::Map(map) = attrs else { return 1 };
    match map.get("level") {
        Some(hydrate::Value::Scalar(ScalarValue::Int(level))) => u64::try_from(*level).unwrap_or(1),
        Some(hydrate::Value::Scalar(ScalarValue::Uint(level))) => *level,
        // JavaScript has one sort of number: 2 may come as 2.0.
        Some(hydrate::Value::Scalar(ScalarValue::F64(level))) => {
            (1..=4_u8).rfind(|n| f64::from(*n) <= *level).map_or(1, u64::from)
        }
        _ => 1,
    }
}

fn attrs_json(attrs: &hydrate::Value) -> String {
    let json = json_of(attrs, 0);
    if json.is_object() {
        json.to_string()
    } else {
        "{}".to_owned()
    }
}

/// JSON of a value from outside; below the depth where a reader would stop, nothing.
fn json_of(value: &hydrate::Value, depth: usize) -> Json {
    match value {
        _ if depth > CONTAINER_DEPTH_MAX => Json::Null,
        hydrate::Value::Scalar(ScalarValue::Boolean(value)) => Json::Bool(*value),
        hydrate::Value::Scalar(ScalarValue::Int(value)) => (*value).into(),
        hydrate::Value::Scalar(ScalarValue::Uint(value)) => (*value).into(),
        hydrate::Value::Scalar(ScalarValue::F64(value)) => (*value).into(),
        hydrate::Value::Scalar(_) | hydrate::Value::Text(_) => {
            string_of(value).map_or(Json::Null, Json::String)
        }
        hydrate::Value::List(list) => list.iter().map(|item| json_of(&item.value, depth + 1)).collect(),
        hydrate::Value::Map(map) => {
            let fields: BTreeMap<&String, Json> = map
                .iter()
                .map(|(key, field)| (key, json_of(&field.value, depth + 1)))
                .collect();
            fields
                .into_iter()
                .map(|(key, value)| (key.clone(), value))
                .collect()
        }
    }
}

/// Text as a scalar, or as a text object: JavaScript writes either.
fn string_of(value: &hydrate::Value) -> Option<String> {
    match value {
        hydrate::Value::Scalar(ScalarValue::Str(text)) => Some(text.to_string()),
        hydrate::Value::Text(text) => Some(text.to_string()),
        _ => None,
    }
}

fn read_marks(set: &MarkSet) -> Marks {
    let mut marks = Marks::default();
    for (name, value) in set.iter() {
        match (name, value) {
            ("strong", ScalarValue::Boolean(true)) => marks.strong = true,
            ("em", ScalarValue::Boolean(true)) => marks.em = true,
            ("link", ScalarValue::Str(json)) => marks.link = read_link(json),
            _ => {}
        }
    }
    marks
}

fn read_link(json: &str) -> Option<Link> {
    let fields: BTreeMap<String, Json> = serde_json::from_str(json).ok()?;
    Link::new(
        fields.get("href")?.as_str()?,
        fields.get("title").and_then(Json::as_str),
    )
}

fn link_json(link: &Link) -> String {
    serde_json::json!({ "href": link.href(), "title": link.title() }).to_string()
}
