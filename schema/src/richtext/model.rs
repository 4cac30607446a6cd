//! The parts of a chapter: blocks with a kind, the containers around them, and runs of letters with marks.
//!
//! Why it exists: import, history, search and the editor all speak of the same blocks, and none of them should
//! know automerge or ProseMirror to do so.
//!
//! A list item and a quote are *containers that open with a block*: the block of kind [`BlockKind::BulletItem`]
//! opens the item and holds its first paragraph; what further stands in the item names it in [`Block::parents`].
//! Two items in a row are one list; a new block of kind [`BlockKind::Quote`] is a new quote.

use crate::limits::LINK_HREF_BYTES_MAX;

/// One text block: its kind, the containers it stands in (outermost first) and its letters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Block {
    /// What the block is.
    pub kind: BlockKind,
    /// The open items and quotes it stands in, outermost first; without the container it opens itself.
    pub parents: Vec<Container>,
    /// Its letters, in runs of equal marks. A line break inside the block is `\n`.
    pub content: Vec<Run>,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum BlockKind {
    /// Plain text.
    #[default]
    Paragraph,
    /// A heading.
    Heading(Level),
    /// Opens an item of a bulleted list.
    BulletItem,
    /// Opens an item of a numbered list.
    NumberedItem,
    /// Opens a block quote.
    Quote,
    /// A block of a newer schema, kept as it came: its type and its attributes as JSON text.
    Unknown {
        /// The `type` of its marker.
        name: String,
        /// Its `attrs` as a JSON object.
        attrs: String,
    },
}

/// A heading's level, 1 to 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Level(u8);

/// Something that blocks stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Container {
    /// An item of a bulleted list.
    BulletItem,
    /// An item of a numbered list.
    NumberedItem,
    /// A block quote.
    Quote,
}

/// Letters that share their marks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Run {
    /// The letters.
    pub text: String,
    /// How they look.
    pub marks: Marks,
}

/// How letters look and where they lead.
#[derive(Debug, Clone, PartialEq, Eq, Default, PartialOrd, Ord, Hash)]
pub struct Marks {
    /// Bold.
    pub strong: bool,
    /// Italic.
    pub em: bool,
    /// A link.
    pub link: Option<Link>,
}

/// Where letters lead. Holds only addresses that are safe to click.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    href: String,
    title: Option<String>,
}

impl Block {
    /// A block outside every list and quote, with unmarked text.
    #[must_use]
    pub fn new(kind: BlockKind, text: &str) -> Self {
        Self {
            kind,
            parents: Vec::new(),
            content: Run::plain(text),
        }
    }

    /// The letters without marks.
    #[must_use]
    pub fn text(&self) -> String {
        self.content.iter().map(|run| run.text.as_str()).collect()
    }

    /// Length of the letters in UTF-16 units, the unit of all positions.
    #[must_use]
    pub fn utf16_len(&self) -> usize {
        self.content.iter().map(|run| utf16_len(&run.text)).sum()
    }

    /// Adds letters at the end, joined to the last run where the marks are the same.
    pub fn push(&mut self, text: &str, marks: &Marks) {
        match self.content.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.marks == *marks => last.text.push_str(text),
            _ => self.content.push(Run {
                text: text.to_owned(),
                marks: marks.clone(),
            }),
        }
    }
}

impl BlockKind {
    /// A heading; levels outside 1 to 4 become the nearest.
    #[must_use]
    pub fn heading(level: u64) -> Self {
        Self::Heading(Level::nearest(level))
    }

    /// The container that this block opens, if it opens one.
    #[must_use]
    pub const fn opens(&self) -> Option<Container> {
        match self {
            Self::BulletItem => Some(Container::BulletItem),
            Self::NumberedItem => Some(Container::NumberedItem),
            Self::Quote => Some(Container::Quote),
            Self::Paragraph | Self::Heading(_) | Self::Unknown { .. } => None,
        }
    }

    /// The `type` of the block's marker.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Paragraph => "paragraph",
            Self::Heading(_) => "heading",
            Self::BulletItem => Container::BulletItem.name(),
            Self::NumberedItem => Container::NumberedItem.name(),
            Self::Quote => Container::Quote.name(),
            Self::Unknown { name, .. } => name,
        }
    }
}

impl Level {
    /// The deepest level.
    pub const DEEPEST: u8 = 4;

    /// The level nearest to a number.
    #[must_use]
    pub fn nearest(level: u64) -> Self {
        Self(
            u8::try_from(level)
                .unwrap_or(Self::DEEPEST)
                .clamp(1, Self::DEEPEST),
        )
    }

    /// The number, 1 to 4.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl Container {
    /// The name in `parents`, which is the `type` of the block that opens it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BulletItem => "unordered-list-item",
            Self::NumberedItem => "ordered-list-item",
            Self::Quote => "blockquote",
        }
    }

    /// The container of that name; `None` for names of a newer schema.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::BulletItem, Self::NumberedItem, Self::Quote]
            .into_iter()
            .find(|container| container.name() == name)
    }

    /// The kind of block that opens this container.
    #[must_use]
    pub const fn opened_by(self) -> BlockKind {
        match self {
            Self::BulletItem => BlockKind::BulletItem,
            Self::NumberedItem => BlockKind::NumberedItem,
            Self::Quote => BlockKind::Quote,
        }
    }

    /// Whether this is an item of a list, of either sort.
    #[must_use]
    pub const fn is_item(self) -> bool {
        matches!(self, Self::BulletItem | Self::NumberedItem)
    }
}

impl Run {
    /// Unmarked text as the content of a block: no run at all when it is empty.
    #[must_use]
    pub fn plain(text: &str) -> Vec<Self> {
        if text.is_empty() {
            Vec::new()
        } else {
            vec![Self {
                text: text.to_owned(),
                marks: Marks::default(),
            }]
        }
    }
}

impl Link {
    /// A link, if the address is one a reader may safely follow: `http`, `https`, `mailto`, `tel`, or a place
    /// on this site (`/…`, `#…`). Everything else (`javascript:`, `data:`, an overlong address) is no link.
    #[must_use]
    pub fn new(href: &str, title: Option<&str>) -> Option<Self> {
        let title = title.filter(|title| !title.is_empty() && title.len() <= LINK_HREF_BYTES_MAX);
        is_safe(href).then(|| Self {
            href: href.to_owned(),
            title: title.map(str::to_owned),
        })
    }

    /// The address.
    #[must_use]
    pub fn href(&self) -> &str {
        &self.href
    }

    /// What a reader sees on hovering.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }
}

fn is_safe(href: &str) -> bool {
    const SCHEMES: [&str; 4] = ["http://", "https://", "mailto:", "tel:"];
    let lower: String = href.chars().take(8).collect::<String>().to_ascii_lowercase();
    let local = href.starts_with('#')
        || (href.starts_with('/') && !href.starts_with("//") && !href.starts_with("/\\"));
    let plain = !href.chars().any(|c| c.is_control() || c.is_whitespace());
    plain
        && href.len() <= LINK_HREF_BYTES_MAX
        && (local || SCHEMES.iter().any(|scheme| lower.starts_with(scheme)))
}

/// Length of text in UTF-16 units.
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_are_safe_to_click_are_links() {
        for good in [
            "https://flevoland.nl/x",
            "HTTP://x",
            "mailto:a@b.nl",
            "tel:+31320",
            "/plan/3",
            "#doel",
        ] {
            assert!(Link::new(good, None).is_some(), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil",
            "/\\evil",
            "java\nscript:x",
            "",
            "x.nl",
        ] {
            assert!(Link::new(bad, None).is_none(), "{bad}");
        }
    }

    #[test]
    fn letters_with_the_same_marks_are_one_run() {
        let mut block = Block::default();
        let bold = Marks {
            strong: true,
            ..Marks::default()
        };
        for (text, marks) in [
            ("a", &bold),
            ("", &Marks::default()),
            ("b", &bold),
            ("c", &Marks::default()),
        ] {
            block.push(text, marks);
        }
        assert_eq!(block.content.len(), 2);
        assert_eq!(block.text(), "abc");
    }
}
