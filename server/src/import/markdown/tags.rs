//! What each tag of Markdown means for the row of blocks.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, LinkType, Tag, TagEnd};
use schema::richtext::{BlockKind, Container};

use super::{Open, Reader};
use crate::import::report::Unsure;

impl Reader<'_> {
    pub(super) fn start(&mut self, tag: Tag<'_>, range: Range<usize>) {
        match tag {
            Tag::Paragraph => self.begin(BlockKind::Paragraph, None, range.start),
            Tag::Heading { level, .. } => {
                let level = level as usize;
                let kind = BlockKind::heading(u64::try_from(level).unwrap_or(u64::MAX));
                self.begin(kind, Some(level), range.start);
            }
            Tag::BlockQuote(_) => self.enter(Container::Quote, None),
            Tag::List(first) => {
                self.close();
                self.open.push(Open::List {
                    ordered: first.is_some(),
                });
            }
            Tag::Item => self.item(range.start),
            Tag::FootnoteDefinition(label) => {
                self.close();
                self.open.push(Open::Note {
                    label: label.to_string(),
                    named: false,
                });
            }
            Tag::CodeBlock(kind) => {
                self.close();
                if let CodeBlockKind::Fenced(info) = kind {
                    self.push(&info, range);
                    self.close();
                }
                self.code = true;
            }
            Tag::TableHead | Tag::TableRow => {
                self.letters.strong += usize::from(matches!(tag, Tag::TableHead));
                self.begin(BlockKind::Paragraph, None, range.start);
                self.cells = 0;
            }
            Tag::TableCell => {
                if self.cells > 0 {
                    self.push(" | ", range);
                }
                self.cells += 1;
            }
            Tag::HtmlBlock => {
                self.close();
                self.html_block = true;
            }
            inline => self.start_inline(inline, &range),
        }
    }

    fn start_inline(&mut self, tag: Tag<'_>, range: &Range<usize>) {
        match tag {
            Tag::Strong => self.letters.strong += 1,
            Tag::Emphasis => self.letters.em += 1,
            Tag::Link {
                link_type,
                dest_url,
                title,
                id,
            } => {
                let mail = if link_type == LinkType::Email {
                    "mailto:"
                } else {
                    ""
                };
                self.used_targets.insert(id.to_lowercase());
                self.link(&format!("{mail}{dest_url}"), &title, false);
            }
            Tag::Image {
                dest_url, title, id, ..
            } => {
                self.used_targets.insert(id.to_lowercase());
                let (line, target) = (self.source.line(range.start), dest_url.to_string());
                self.read.unsure.push(Unsure::ImageLeftOut { line, target });
                self.link(&dest_url, &title, true);
            }
            _ => {}
        }
    }

    pub(super) fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::TableRow => self.close(),
            TagEnd::TableHead => {
                self.letters.strong = self.letters.strong.saturating_sub(1);
                self.close();
            }
            TagEnd::BlockQuote(_) | TagEnd::Item | TagEnd::List(_) | TagEnd::FootnoteDefinition => {
                self.close();
                self.open.pop();
            }
            TagEnd::CodeBlock => self.code = false,
            TagEnd::HtmlBlock => {
                self.close();
                self.html_block = false;
            }
            TagEnd::Strong => self.letters.strong = self.letters.strong.saturating_sub(1),
            TagEnd::Emphasis => self.letters.em = self.letters.em.saturating_sub(1),
            TagEnd::Link | TagEnd::Image => self.unlink(),
            _ => {}
        }
    }
}
