//! A block marker and a set of marks in the words of the rich-text model.
//!
//! Why it exists: the history holds what automerge holds; readers ask for "heading 2" and "bold".

use std::collections::BTreeMap;

use automerge::ScalarValue;
use automerge::hydrate::{self, Value};

use crate::richtext::{BlockKind, Container, Link, Marks};

/// What a line of text is, apart from its words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Line {
    /// Its kind.
    pub kind: BlockKind,
    /// What it stands in, outermost first.
    pub parents: Vec<Container>,
}

impl Line {
    /// The heading's level, if it is a heading.
    #[must_use]
    pub fn heading_level(&self) -> Option<u8> {
        match &self.kind {
            BlockKind::Heading(level) => Some(level.get()),
            _ => None,
        }
    }

    pub(super) fn read(marker: &hydrate::Map) -> Self {
        let name = marker.get("type").and_then(text).unwrap_or("paragraph");
        let attrs = match marker.get("attrs") {
            Some(Value::Map(attrs)) => Some(attrs),
            _ => None,
        };
        let kind = match (name, Container::named(name)) {
            (_, Some(container)) => container.opened_by(),
            ("paragraph", None) => BlockKind::Paragraph,
            ("heading", None) => {
                BlockKind::heading(attrs.and_then(|attrs| attrs.get("level")).map_or(1, number))
            }
            (other, None) => BlockKind::Unknown {
                name: other.to_owned(),
                attrs: "{}".to_owned(),
            },
        };
        let parents = match marker.get("parents") {
            Some(Value::List(parents)) => parents
                .iter()
                .filter_map(|parent| Container::named(text(&parent.value)?))
                .collect(),
            _ => Vec::new(),
        };
        Self { kind, parents }
    }
}

pub(super) fn read_marks(marks: &BTreeMap<&str, &ScalarValue>) -> Marks {
    let on = |name: &str| {
        marks
            .get(name)
            .is_some_and(|value| !matches!(value, ScalarValue::Boolean(false)))
    };
    Marks {
        strong: on("strong"),
        em: on("em"),
        link: marks.get("link").and_then(|value| read_link(value)),
    }
}

fn read_link(value: &ScalarValue) -> Option<Link> {
    let ScalarValue::Str(json) = value else {
        return None;
    };
    let json: serde_json::Value = serde_json::from_str(json).ok()?;
    Link::new(
        json.get("href")?.as_str()?,
        json.get("title").and_then(|title| title.as_str()),
    )
}

fn text(value: &Value) -> Option<&str> {
    match value {
        Value::Scalar(ScalarValue::Str(text)) => Some(text),
        _ => None,
    }
}

fn number(value: &Value) -> u64 {
    match value {
        Value::Scalar(ScalarValue::Uint(number)) => *number,
        Value::Scalar(ScalarValue::Int(number)) => u64::try_from(*number).unwrap_or(1),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a level is a small number"
        )]
        Value::Scalar(ScalarValue::F64(number)) => *number as u64,
        _ => 1,
    }
}
