//! What a reader saw at one revision: the visible elements in order, with their formatting and UTF-16 positions.
//!
//! Why it exists: blame, difference and restore all compare two of these. It says the same as automerge's `spans_at`
//! (property-tested), but element by element, so that every character can be asked where it came from.

use std::collections::BTreeMap;
use std::sync::Arc;

use automerge::hydrate;
use automerge::marks::MarkSet;
use automerge::{ScalarValue, Span, TextEncoding};

use super::id::{ElementId, OpKey};
use super::line::read_marks;
use super::replay::{MarkValue, Object, TextHistory};
use super::sequence::{Node, Sequence, Value, Version, shown};
use crate::ids::Revision;
use crate::richtext::Marks;

/// What automerge shows for an element that is neither text nor a block.
const PLACEHOLDER: &str = "\u{fffc}";

/// The text as it was after one revision.
#[derive(Debug, Clone)]
pub struct View<'h> {
    pub(super) history: &'h TextHistory,
    pub(super) revision: u32,
    pub(super) elements: Vec<Element>,
    pub(super) formats: Vec<Format<'h>>,
}

/// One visible element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    /// Its node in the text's sequence: the same in every view.
    pub node: u32,
    /// Its place among all elements, deleted ones included: comparable between views of one history.
    pub order: u32,
    /// Where it starts, in UTF-16 units.
    pub index: u32,
    /// The revision that brought what it shows.
    pub born: u32,
    /// Its formatting, in [`View::formats`].
    pub format: u32,
    pub content: Content,
}

/// What an element shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    Char(char),
    /// A block marker: the number of its map.
    Block(u32),
    /// Anything else: looked up again by [`View::other`].
    Other,
}

/// The marks over an element: name → value and the operation that set it. Removed marks stay with a null value.
pub(super) type Format<'h> = BTreeMap<&'h str, (&'h ScalarValue, OpKey)>;

impl TextHistory {
    /// The text as it was after `revision` (later than the last one: as it is now).
    #[must_use]
    pub fn view(&self, revision: Revision) -> View<'_> {
        let last = self.revision.unwrap_or(0);
        let revision = u32::try_from(revision.0).unwrap_or(last).min(last);
        let mut reader = Reader {
            history: self,
            revision,
            index: 0,
            open: BTreeMap::new(),
            values: BTreeMap::new(),
            formats: vec![Format::new()],
            stale: false,
        };
        let mut elements = Vec::new();
        if let Some(text) = self.text_sequence() {
            for (order, (node, element)) in text.walk().enumerate() {
                elements.extend(reader.read(element).map(|(version, content, width)| {
                    let index = reader.index;
                    reader.index = index.saturating_add(width);
                    Element {
                        node,
                        order: u32::try_from(order).unwrap_or(u32::MAX),
                        index,
                        born: version.born,
                        format: reader.format(),
                        content,
                    }
                }));
            }
        }
        View {
            history: self,
            revision,
            elements,
            formats: reader.formats,
        }
    }

    /// The content of a map at a revision, as automerge would hydrate it.
    pub(super) fn hydrate(&self, object: u32, revision: u32) -> hydrate::Value {
        match self.objects.get(object as usize) {
            Some(Object::Map(map)) => hydrate::Value::Map(self.hydrate_map(map, revision)),
            Some(Object::List(list)) => {
                let shown = list
                    .walk()
                    .filter_map(|(_, node)| shown(node.versions(), revision, &self.actors));
                hydrate::Value::List(
                    shown
                        .map(|version| self.hydrate_value(version, revision))
                        .collect::<Vec<_>>()
                        .into(),
                )
            }
            Some(Object::Text(text)) => {
                hydrate::Value::text(TextEncoding::Utf16CodeUnit, &self.plain(text, revision))
            }
            None => hydrate::Value::Scalar(ScalarValue::Null),
        }
    }

    /// What an element shows at a revision; none for marks and what does not show.
    pub(super) fn content_at(&self, node: u32, revision: u32) -> Option<Content> {
        let element = self.text_sequence()?.node(node)?;
        match &shown(element.versions(), revision, &self.actors)?.value {
            Value::Char(letter) => Some(Content::Char(*letter)),
            Value::Object(object) if matches!(self.objects.get(*object as usize)?, Object::Map(_)) => {
                Some(Content::Block(*object))
            }
            Value::MarkBegin(_) | Value::MarkEnd => None,
            Value::Object(_) | Value::Scalar(_) => Some(Content::Other),
        }
    }

    /// The content of a block marker at a revision.
    pub(super) fn block_at(&self, object: u32, revision: u32) -> hydrate::Map {
        match self.hydrate(object, revision) {
            hydrate::Value::Map(map) => map,
            _ => hydrate::Map::default(),
        }
    }

    fn hydrate_map(&self, map: &BTreeMap<String, Vec<Version>>, revision: u32) -> hydrate::Map {
        let mut hydrated = hydrate::Map::default();
        for (name, versions) in map {
            if let Some(version) = shown(versions.iter(), revision, &self.actors) {
                let value = self.hydrate_value(version, revision);
                let conflict = versions
                    .iter()
                    .filter(|version| version.holds_at(revision))
                    .count()
                    > 1;
                hydrated.insert(name.clone(), hydrate::MapValue { value, conflict });
            }
        }
        hydrated
    }

    fn hydrate_value(&self, version: &Version, revision: u32) -> hydrate::Value {
        match &version.value {
            Value::Char(char) => {
                hydrate::Value::Scalar(ScalarValue::Str(char.encode_utf8(&mut [0; 4]).into()))
            }
            Value::Scalar(value) => hydrate::Value::Scalar((**value).clone()),
            Value::Object(object) => self.hydrate(*object, revision),
            Value::MarkBegin(_) | Value::MarkEnd => hydrate::Value::Scalar(ScalarValue::Null),
        }
    }

    fn plain(&self, text: &Sequence, revision: u32) -> String {
        let mut plain = String::new();
        for (_, node) in text.walk() {
            match shown(node.versions(), revision, &self.actors).map(|version| &version.value) {
                Some(Value::Char(char)) => plain.push(*char),
                Some(value) => plain.push_str(other_text(value)),
                None => {}
            }
        }
        plain
    }
}

impl View<'_> {
    /// The revision shown.
    #[must_use]
    pub fn revision(&self) -> Revision {
        Revision(u64::from(self.revision))
    }

    /// The length of the text in UTF-16 units; a block marker counts one.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        self.elements
            .last()
            .map_or(0, |last| last.index as usize + self.width(last))
    }

    /// The element that covers a UTF-16 position.
    #[must_use]
    pub fn element_at(&self, index: usize) -> Option<ElementId> {
        self.history.name_of(self.element_covering(index)?.node)
    }

    pub(super) fn element_covering(&self, index: usize) -> Option<&Element> {
        let after = self
            .elements
            .partition_point(|element| element.index as usize <= index);
        let element = self.elements.get(after.checked_sub(1)?)?;
        (index < element.index as usize + self.width(element)).then_some(element)
    }

    /// The text as automerge's spans: what the rich-text model reads.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut text = String::new();
        let mut format = 0;
        for element in &self.elements {
            let breaks =
                matches!(element.content, Content::Block(_)) || !self.same_format(format, element.format);
            if breaks && !text.is_empty() {
                spans.push(self.text_span(std::mem::take(&mut text), format));
            }
            match element.content {
                Content::Block(object) => spans.push(Span::Block(self.block(object))),
                Content::Char(char) => text.push(char),
                Content::Other => text.push_str(self.other(element.node)),
            }
            format = element.format;
        }
        if !text.is_empty() {
            spans.push(self.text_span(text, format));
        }
        spans
    }

    /// The map of a block marker.
    pub(super) fn block(&self, object: u32) -> hydrate::Map {
        self.history.block_at(object, self.revision)
    }

    /// Appends what an element shows as text; a block marker shows nothing.
    pub(super) fn push_text(&self, element: &Element, to: &mut String) {
        match element.content {
            Content::Char(char) => to.push(char),
            Content::Block(_) => {}
            Content::Other => to.push_str(self.other(element.node)),
        }
    }

    /// How many UTF-16 units an element takes.
    pub(super) fn width(&self, element: &Element) -> usize {
        match element.content {
            Content::Char(char) => char.len_utf16(),
            Content::Block(_) => 1,
            Content::Other => self.other(element.node).encode_utf16().count(),
        }
    }

    /// The marks that show on an element.
    pub(super) fn marks(&self, format: u32) -> BTreeMap<&str, &ScalarValue> {
        let shown = self.formats.get(format as usize).into_iter().flatten();
        shown
            .filter(|(_, (value, _))| !value.is_null())
            .map(|(name, (value, _))| (*name, *value))
            .collect()
    }

    fn same_format(&self, a: u32, b: u32) -> bool {
        a == b || self.marks(a) == self.marks(b)
    }

    /// The marks of every format in the words of the rich-text model.
    pub(super) fn looks(&self) -> Vec<Marks> {
        (0..self.formats.len())
            .map(|format| read_marks(self.mark_set(u32::try_from(format).unwrap_or(0))))
            .collect()
    }

    pub(super) fn mark_set(&self, format: u32) -> MarkSet {
        self.marks(format)
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.clone()))
            .collect()
    }

    fn text_span(&self, text: String, format: u32) -> Span {
        let marks = self.mark_set(format);
        Span::Text {
            text,
            marks: (!marks.is_empty()).then(|| Arc::new(marks)),
        }
    }

    /// What an element shows that is neither a character nor a block.
    pub(super) fn other(&self, node: u32) -> &str {
        let history = self.history;
        let node = history.text_sequence().and_then(|text| text.node(node));
        let version = node.and_then(|node| shown(node.versions(), self.revision, &history.actors));
        version.map_or("", |version| other_text(&version.value))
    }
}

fn other_text(value: &Value) -> &str {
    match value {
        Value::Scalar(value) => match value.as_ref() {
            ScalarValue::Str(text) => text,
            _ => PLACEHOLDER,
        },
        Value::MarkBegin(_) | Value::MarkEnd => "",
        Value::Char(_) | Value::Object(_) => PLACEHOLDER,
    }
}

/// Walks the text with the marks that are open.
struct Reader<'h> {
    history: &'h TextHistory,
    revision: u32,
    index: u32,
    /// Open marks of each name in the order of their operations: the last one shows.
    open: BTreeMap<&'h str, Vec<OpKey>>,
    values: BTreeMap<OpKey, &'h MarkValue>,
    formats: Vec<Format<'h>>,
    /// Whether marks opened or closed since the last of `formats`.
    stale: bool,
}

impl<'h> Reader<'h> {
    /// The version, content and width of an element that shows; marks are noted and show nothing.
    fn read(&mut self, element: &'h Node) -> Option<(&'h Version, Content, u32)> {
        let version = shown(element.versions(), self.revision, &self.history.actors)?;
        match &version.value {
            Value::Char(char) => Some((
                version,
                Content::Char(*char),
                if *char > '\u{ffff}' { 2 } else { 1 },
            )),
            Value::Object(object)
                if matches!(self.history.objects.get(*object as usize), Some(Object::Map(_))) =>
            {
                Some((version, Content::Block(*object), 1))
            }
            Value::MarkBegin(mark) => {
                self.open_mark(version.key, self.history.marks.get(*mark as usize)?);
                None
            }
            Value::MarkEnd => {
                self.close_mark(OpKey {
                    counter: version.key.counter.checked_sub(1)?,
                    ..version.key
                });
                None
            }
            other => {
                let width = other_text(other).encode_utf16().count();
                Some((version, Content::Other, u32::try_from(width).unwrap_or(u32::MAX)))
            }
        }
    }

    fn open_mark(&mut self, key: OpKey, mark: &'h MarkValue) {
        let actors = &self.history.actors;
        let same_name = self.open.entry(&mark.name).or_default();
        let at = same_name.partition_point(|other| actors.compare(*other, key).is_lt());
        same_name.insert(at, key);
        self.values.insert(key, mark);
        self.stale = true;
    }

    fn close_mark(&mut self, begin: OpKey) {
        if let Some(mark) = self.values.remove(&begin) {
            self.open
                .entry(&mark.name)
                .or_default()
                .retain(|key| *key != begin);
            self.stale = true;
        }
    }

    /// The number of the marks over the element being read.
    fn format(&mut self) -> u32 {
        if self.stale {
            let last = self.open.values().filter_map(|same_name| same_name.last());
            let shown = last.filter_map(|key| self.values.get(key).map(|mark| (*key, *mark)));
            let format = shown.map(|(key, mark)| (mark.name.as_str(), (&mark.value, key)));
            self.formats.push(format.collect());
            self.stale = false;
        }
        u32::try_from(self.formats.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }
}
