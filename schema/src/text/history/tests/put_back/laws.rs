//! The laws of what is put back, over random histories with fresh documents in them.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::room::{Room, WRITERS, actions};
use super::{UNDOER, WRITER, delete, insert, text};
use crate::ids::Revision;
use crate::text::history::elements::Content;
use crate::text::history::restore::Scope;

const WORDS: [&str; 6] = ["de ", "wijk ", "niet ", "en ", "de ", "zorg "];

/// What happens to a text of [`WORDS`].
#[derive(Debug, Clone)]
enum Step {
    /// A word is taken out at once or letter by letter.
    TakeOut(usize, bool),
    /// Some words are written again, without their first letters.
    Write {
        word: usize,
        words: usize,
        skip: usize,
        at: u16,
    },
    /// Their writer writes another one.
    TypeBetween(usize, u16),
    /// The text of an earlier moment of this document is restored.
    Restore(u16),
    /// The chapter goes on in a fresh document.
    BeginAnew,
}

fn step() -> impl Strategy<Value = Step> {
    let word = || 0..WORDS.len();
    prop_oneof![
        3 => (word(), any::<bool>()).prop_map(|(word, one_by_one)| Step::TakeOut(word, one_by_one)),
        4 => (word(), 1..3usize, 0..3usize, any::<u16>())
            .prop_map(|(word, words, skip, at)| Step::Write { word, words, skip, at }),
        2 => (word(), any::<u16>()).prop_map(|(word, at)| Step::TypeBetween(word, at)),
        2 => any::<u16>().prop_map(Step::Restore),
        1 => Just(Step::BeginAnew),
    ]
}

proptest! {
    #![proptest_config(super::super::room::cases())]

    /// Two words of one writer that ever showed together show in the order they had then, whatever others took out and
    /// wrote in between, and whatever was typed in the gaps.
    #[test]
    fn no_row_gives_anybodys_words_another_order(
        steps in proptest::collection::vec(step(), 1..24),
    ) {
        let mut room = Room::written(&WORDS.concat());
        for step in steps {
            match step {
                Step::TakeOut(word, one_by_one) => {
                    let mut gone = WORDS[word];
                    while let Some(at) = text(&room).find(gone).filter(|_| !gone.is_empty()) {
                        let count = if one_by_one { 1 } else { gone.len() };
                        delete(&mut room, UNDOER, at as u16, count as u8);
                        gone = &gone[count..];
                    }
                }
                Step::Write { word, words, skip, at } => {
                    let row = WORDS[word..].iter().take(words).copied().collect::<String>();
                    insert(&mut room, UNDOER, at, &row[skip.min(row.len() - 1)..]);
                }
                Step::TypeBetween(word, at) => insert(&mut room, WRITER, at, WORDS[word]),
                Step::Restore(to) => {
                    room.restore(Revision(u64::from(to) % (room.last().0 + 1)), &Scope::Chapter);
                    room.sync_all();
                }
                Step::BeginAnew => room.begin_anew(),
            }
        }
        let mut order: BTreeMap<(u32, u32), bool> = BTreeMap::new();
        for revision in 0..=room.last().0 {
            let view = room.history.view(Revision(revision));
            let theirs = view.elements.iter().map(|each| room.history.origin(each.node));
            let theirs: Vec<u32> = theirs.filter(|first| {
                let born = room.history.born(*first).unwrap();
                room.writer(Revision(u64::from(born))) == WRITER
            }).collect();
            for (at, one) in theirs.iter().enumerate() {
                for other in &theirs[at + 1..] {
                    let key = (*one.min(other), *one.max(other));
                    let is_first = *order.entry(key).or_insert(one < other);
                    prop_assert_eq!(is_first, one < other, "{:?} at revision {}", key, revision);
                }
            }
        }
    }

    #[test]
    fn what_is_taken_out_and_put_back_gives_nobody_elses_words_another_author(
        history in actions(60), who in 0..WRITERS, at in any::<u16>(), count in 1..6u8, anew in 0..3u8,
    ) {
        let mut room = Room::after(&history);
        let before = room.last();
        delete(&mut room, who, at, count);
        let gone = gone(&room, before);
        let length = room.authors(room.last()).len();
        for _ in 0..anew {
            room.begin_anew();
        }
        // A text without a first paragraph gets one.
        let shift = room.authors(room.last()).len() - length;
        let text: Option<String> = gone.iter().map(|(_, letter)| *letter).collect();
        if let Some((at, text)) = gone.first().map(|(at, _)| *at).zip(text) {
            insert(&mut room, who, at + shift as u16, &text);
            let (first, last) = (room.authors(before), room.authors(room.last()));
            prop_assert_eq!(first.len() + shift, last.len());
            prop_assert!(first.iter().zip(&last[shift..]).all(|(first, last)| first == last || *last == Some(room.last())));
        }
        let view = room.history.view(room.last());
        let mut origins: Vec<u32> = view.elements.iter().map(|element| room.history.origin(element.node)).collect();
        let standing = origins.len();
        origins.sort_unstable();
        origins.dedup();
        prop_assert_eq!(origins.len(), standing, "one element stands for each");
    }
}

/// The elements that were there before and are not now: where they stood, and what letter they were.
fn gone(room: &Room, before: Revision) -> Vec<(u16, Option<char>)> {
    let (before, after) = (room.history.view(before), room.history.view(room.last()));
    let still = |node: u32| after.elements.iter().any(|element| element.node == node);
    let gone = before.elements.iter().filter(|element| !still(element.node));
    let letter = |content| match content {
        Content::Char(letter) => Some(letter),
        Content::Block(_) | Content::Other => None,
    };
    gone.map(|element| (element.index as u16, letter(element.content)))
        .collect()
}
