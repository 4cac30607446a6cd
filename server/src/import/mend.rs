//! What pages broke is made whole: sentences cut in two, footnotes and pull quotes in their middle, list numbers.
//!
//! Why it exists: a PDF has pages and a chapter has none. A person would close the gaps while reading; so does this,
//! and it says in the report what it moved. Letters are never changed, except a hyphen that a line end put in.

mod asides;
mod numbers;

use schema::richtext::BlockKind;

use super::layout::Shape;
use super::lines::{ends_sentence, starts_small, words};
use super::markdown::{Vocabulary, glue};
use super::piece::Piece;
use super::report::{Moved, Unsure, start};
use asides::Aside;

/// Blocks that may stand in the middle of a sentence.
const ASIDES_MAX: usize = 4;
/// A shorter text is a label or a name, not the first half of a sentence.
const HALF_WORDS_MIN: usize = 6;
/// An item may be shorter.
const HALF_ITEM_WORDS_MIN: usize = 2;

/// The blocks made whole, and what was done to them.
#[derive(Debug, Default)]
pub struct Mended {
    /// The blocks.
    pub pieces: Vec<Piece>,
    /// Blocks that now stand behind the paragraph they interrupted.
    pub moved: Vec<Moved>,
    /// Paragraphs that were joined.
    pub joined: usize,
    /// What a person should look at.
    pub unsure: Vec<Unsure>,
}

/// Makes blocks whole.
pub fn mend(pieces: Vec<Piece>, shape: Shape, vocabulary: &Vocabulary) -> Mended {
    let pieces = asides::quotes(asides::footnotes(titles(pieces)));
    let mut mended = Mended::default();
    for piece in pieces {
        match half_before(&mended.pieces, &piece, shape) {
            Some(index) => mended.join(index, &piece, vocabulary),
            None => {
                if piece.is_paragraph()
                    && piece.note.is_none()
                    && starts_small(&piece.text())
                    && words(&piece.text()) > 3
                {
                    mended.unsure.push(Unsure::StartsInSentence {
                        line: piece.line,
                        start: start(&piece.text()),
                    });
                }
                mended.pieces.push(piece);
            }
        }
    }
    mended.pieces = numbers::settle(std::mem::take(&mut mended.pieces), &mut mended.unsure);
    mended
}

impl Mended {
    fn join(&mut self, index: usize, rest: &Piece, vocabulary: &Vocabulary) {
        self.joined += 1;
        for aside in self.pieces.get(index + 1..).unwrap_or_default() {
            self.moved.push(Moved {
                line: aside.line,
                text: aside.text(),
            });
            if aside.heading().is_some() {
                self.unsure.push(Unsure::HeadingInSentence {
                    line: aside.line,
                    text: aside.text(),
                });
            }
        }
        if let Some(half) = self.pieces.get_mut(index) {
            glue(&mut half.block, &rest.text(), false, vocabulary);
            for run in &rest.block.content {
                half.block.push(&run.text, &run.marks);
            }
            half.refers.extend(rest.refers.iter().cloned());
            half.last_line_chars = rest.last_line_chars;
            half.spans.extend(rest.spans.iter().copied());
        }
    }
}

/// The block whose sentence this piece goes on with, looking back over what may stand between.
fn half_before(before: &[Piece], piece: &Piece, shape: Shape) -> Option<usize> {
    let text = piece.text();
    let fits = !piece.code
        && piece.block.kind == BlockKind::Paragraph
        && piece.note.is_none()
        && Aside::of(piece).is_none();
    if !fits {
        return None;
    }
    let small = starts_small(&text);
    let mut headings = 0;
    for (distance, (index, half)) in before.iter().enumerate().rev().take(ASIDES_MAX + 1).enumerate() {
        if half.code {
            return None;
        }
        if is_half(half, piece) {
            let full = distance == 0 && is_full_line(half, shape);
            let sure =
                headings == 0 || words(&half.text()) >= HALF_WORDS_MIN && words(&text) >= HALF_ITEM_WORDS_MIN;
            return (sure && (small || full)).then_some(index);
        }
        match half.heading() {
            Some(_) if headings == 0 && is_caption(half) => headings += 1,
            None if Aside::of(half).is_some() => {}
            _ => return None,
        }
    }
    None
}

/// A heading that may be the title of an illustration: nothing says that it opens a part of the plan.
fn is_caption(heading: &Piece) -> bool {
    let title = heading.text();
    super::numbering::numbering(&title).is_none() && super::named::named(&title).is_none()
}

/// A running text that breaks off in a sentence, in the same list or outside all.
fn is_half(half: &Piece, rest: &Piece) -> bool {
    let text = half.text();
    let item = half.block.kind != BlockKind::Paragraph;
    let enough =
        words(&text) >= if item { HALF_ITEM_WORDS_MIN } else { HALF_WORDS_MIN } || text.ends_with([',', '-']);
    let place = rest.block.parents.is_empty() || rest.block.parents == half.containers();
    half.is_running()
        && half.note.is_none()
        && Aside::of(half).is_none()
        && place
        && enough
        && !ends_sentence(&text)
}

/// Its last line filled the page, in a file whose lines are broken at a width and stand apart.
fn is_full_line(half: &Piece, shape: Shape) -> bool {
    shape
        .width
        .is_some_and(|width| half.last_line_chars * 20 >= width * 17)
}

/// `Hoofdstuk 1` right above `Inleiding` is one title.
fn titles(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let bare_number = out.last().is_some_and(|last| {
            let number = super::numbering::numbering(&last.text());
            last.heading().is_some() && number.is_some_and(|number| number.rest.is_empty())
        });
        let title = piece.heading().is_some() && super::numbering::numbering(&piece.text()).is_none();
        match out.last_mut().filter(|_| bare_number && title) {
            Some(last) => {
                let point = if ends_sentence(&last.text()) { " " } else { ". " };
                last.block.push(point, &schema::richtext::Marks::default());
                for run in &piece.block.content {
                    last.block.push(&run.text, &run.marks);
                }
                last.spans.extend(piece.spans);
            }
            None => out.push(piece),
        }
    }
    out
}

#[cfg(test)]
mod tests;
