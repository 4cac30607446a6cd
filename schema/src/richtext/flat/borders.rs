//! Where a difference may begin and end: between words, wherever two texts leave a choice.
//!
//! Why it exists: two texts do not say which of two equal letters stayed. Taken letter by letter, a sentence that came in the
//! place of another "keeps" some of its letters and all of its spaces; whoever takes back the old sentence would take
//! those out of the new one, and its words would run into each other.

use super::align::Shared;
use super::units::Unit;

/// Common ends of two rows that differ in more than one insertion or deletion, without the halves of words.
pub(super) fn whole_words(
    (a, b): (&[Unit<'_>], &[Unit<'_>]),
    (mut head, mut tail): (usize, usize),
) -> (usize, usize) {
    let splits_head = |head: usize| splits(a, head) || splits(b, head);
    while head > 0 && splits_head(head) {
        head -= 1;
    }
    let splits_tail = |tail: usize| splits(a, a.len() - tail) || splits(b, b.len() - tail);
    while tail > 0 && splits_tail(tail) {
        tail -= 1;
    }
    (head, tail)
}

/// Common ends of two rows of which `longer` holds one stretch more, moved to where that stretch splits the fewest
/// words: "wijk " came into "de wil", not "jk wi".
pub(super) fn slid(longer: &[Unit<'_>], (head, tail): (usize, usize)) -> (usize, usize) {
    let len = longer.len() - head - tail;
    let words_split =
        |start: usize| usize::from(splits(longer, start)) + usize::from(splits(longer, start + len));
    let moves = (1..=head).take_while(|back| {
        let (before, last) = (longer.get(head - back), longer.get(head + len - back));
        before.zip(last).is_some_and(|(before, last)| before.same(last))
    });
    let back = std::iter::once(0)
        .chain(moves)
        .min_by_key(|back| words_split(head - back))
        .unwrap_or_default();
    (head - back, tail + back)
}

/// The runs that stay, without spaces and signs that stand alone between letters in the place of others. `as_one`: all that
/// went, went at once; a space of it that reads like one that came is then not the one that stayed.
pub(super) fn without_stray_spaces(
    (a, b): (&[Unit<'_>], &[Unit<'_>]),
    runs: &[Shared],
    as_one: bool,
) -> Vec<Shared> {
    let mut joined: Vec<Shared> = Vec::with_capacity(runs.len());
    for run in runs.iter().filter(|run| run.len > 0) {
        match joined.last_mut() {
            Some(last) if last.old + last.len == run.old && last.new + last.len == run.new => {
                last.len += run.len;
            }
            _ => joined.push(*run),
        }
    }
    let end = |run: &Shared| (run.old + run.len, run.new + run.len);
    let is_alone = |(index, run): (usize, &Shared)| {
        let before = index.checked_sub(1).and_then(|before| joined.get(before));
        let from = before.map_or((0, 0), end);
        let to = joined
            .get(index + 1)
            .map_or((a.len(), b.len()), |next| (next.old, next.new));
        let is_replaced =
            |(old, new): (usize, usize), (old_end, new_end)| old < old_end && (as_one || new < new_end);
        let mut letters = a.iter().skip(run.old).take(run.len);
        is_replaced(from, (run.old, run.new))
            && is_replaced(end(run), to)
            && letters.all(|unit| !unit.is_word() && !unit.is_marker())
    };
    let kept = joined.iter().enumerate().filter(|each| !is_alone(*each));
    kept.map(|(_, run)| *run).collect()
}

/// Whether a place in a row is within a word.
fn splits(row: &[Unit<'_>], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| row.get(before));
    before
        .zip(row.get(at))
        .is_some_and(|(before, after)| before.is_word() && after.is_word())
}

#[cfg(test)]
mod tests {
    use super::super::super::model::{Block, BlockKind};
    use super::super::super::spans::FlatText;
    use super::super::{FlatOp, Kept, apply, between, diff, diff_kept, rebase};
    use crate::richtext::spans;
    use crate::richtext::tests::empty_doc;
    use proptest::prelude::*;
    use proptest::sample::select;

    fn text(line: &str) -> FlatText {
        FlatText {
            blocks: vec![Block::new(BlockKind::Paragraph, line)],
            headless: false,
        }
    }

    fn inserted(old: &str, new: &str) -> Vec<(usize, String)> {
        let ops = diff(&text(old), &text(new).blocks).into_iter();
        let came = ops.filter_map(|op| match op {
            FlatOp::InsertText { at, text, .. } => Some((at - 1, text)),
            _ => None,
        });
        came.collect()
    }

    #[test]
    fn a_word_comes_between_words_also_beside_one_that_begins_alike() {
        assert_eq!(inserted("de wil", "de wijk wil"), [(3, "wijk ".to_owned())]);
        let gone = diff(&text("de wijk wil"), &text("de wil").blocks);
        assert_eq!(gone, [FlatOp::DeleteText { at: 4, len: 5 }]);
    }

    #[test]
    fn a_word_in_the_place_of_another_is_a_whole_word() {
        assert_eq!(
            inserted("de wil is er", "de wijk was er"),
            [(3, "wijk was".to_owned())]
        );
        assert_eq!(
            inserted("in de wijk nu", "in de wijken nu"),
            [(10, "en".to_owned())]
        );
    }

    /// Words that have letters in common, and none of which is a version of one of the other list.
    fn sentence(words: &'static [&'static str]) -> impl Strategy<Value = Vec<&'static str>> {
        prop::collection::vec(select(words), 1..7)
    }

    const OURS: &[&str] = &["de", "wijk", "buren", "zorgt", "regelt", "vervoer", "alle", "nu"];
    const THEIRS: &[&str] = &[
        "dit", "wil", "buurt", "zicht", "reis", "vader", "alom", "een", "naar",
    ];

    proptest! {
        /// One takes back what one wrote, at the moment at which somebody else puts other words in its place.
        #[test]
        fn what_came_in_the_place_of_a_sentence_is_not_taken_back_with_it(ours in sentence(OURS), theirs in sentence(THEIRS), around: bool) {
            let line = |words: &[&str]| {
                let (before, after) = if around { ("ervoor ", " erachter") } else { ("", "") };
                text(&format!("{before}{}{after}", words.join(" ")))
            };
            let (mut doc, place) = empty_doc(1);
            spans::seed(&mut doc, &place, &line(&theirs).blocks).unwrap();
            let (old, now) = (line(&ours), spans::read(&doc, &place).unwrap());
            let mine = rebase(&diff(&old, &line(&[]).blocks), &between(&old, &now));
            let merged = apply(&mut doc, &place, &mine).unwrap();
            let words: Vec<String> = merged.blocks[0].text().split_whitespace().map(str::to_owned).collect();
            let kept: Vec<&str> = words.iter().map(String::as_str).filter(|word| !word.starts_with("er")).collect();
            prop_assert_eq!(kept, theirs);
        }
    }

    /// The first letter of what is typed over a sentence.
    #[test]
    fn a_space_that_is_typed_over_a_sentence_is_none_of_its_own() {
        let kept = Kept {
            head: 1 + "De ".len(),
            tail: 1,
            whole: true,
        };
        let (old, new) = (text("De ploeg komt snel."), text("De  ."));
        let ops = diff_kept(&old, 0..1, &new.blocks, Some(kept));
        let typed = ops
            .iter()
            .any(|op| matches!(op, FlatOp::InsertText { text, .. } if text == " "));
        assert!(typed, "{ops:?}");
    }
}
