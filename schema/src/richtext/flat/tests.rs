//! Laws of flat changes, against real automerge documents.

use std::collections::BTreeSet;

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ObjId, ReadDoc};
use proptest::prelude::*;

use super::super::model::{Block, BlockKind, Container, Marks, Run};
use super::super::spans::{self, FlatText};
use super::super::tests::{any_blocks, empty_doc};
use super::super::tree;
use super::align::Shared;
use super::*;

/// A document with these blocks; headless if the first is a plain paragraph and `headless` is wanted.
fn doc_with(blocks: &[Block], headless: bool) -> (AutoCommit, ObjId, FlatText) {
    let (mut doc, text) = empty_doc(1);
    let normal = tree::normal(blocks);
    spans::seed(&mut doc, &text, &normal).unwrap();
    if headless && same_marker(&normal[0], &Block::default()) {
        doc.splice_text(&text, 0, 1, "").unwrap();
    }
    let read = spans::read(&doc, &text).unwrap();
    (doc, text, read)
}

/// One thing a person does in an editor.
#[derive(Debug, Clone)]
enum Act {
    Type,
    Erase(usize),
    Split,
    Join,
    Turn(BlockKind),
    Bold(usize),
    Drop,
}

fn acts() -> impl Strategy<Value = Vec<(prop::sample::Index, prop::sample::Index, Act)>> {
    let kind = proptest::sample::select(vec![
        BlockKind::Paragraph,
        BlockKind::heading(2),
        BlockKind::BulletItem,
        BlockKind::Quote,
    ]);
    let act = prop_oneof![
        4 => Just(Act::Type),
        2 => (1..12_usize).prop_map(Act::Erase),
        2 => Just(Act::Split),
        2 => Just(Act::Join),
        1 => kind.prop_map(Act::Turn),
        1 => (1..12_usize).prop_map(Act::Bold),
        1 => Just(Act::Drop),
    ];
    prop::collection::vec(
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), act),
        1..6,
    )
}

/// Does the acts on blocks. What is typed is one letter of its own each, counted from `first`.
fn act(
    blocks: &[Block],
    acts: &[(prop::sample::Index, prop::sample::Index, Act)],
    first: u32,
) -> (Vec<Block>, BTreeSet<char>) {
    let mut blocks = tree::normal(blocks);
    let mut typed = BTreeSet::new();
    for (number, (which, place, act)) in acts.iter().enumerate() {
        let at = which.index(blocks.len());
        let mut letters: Vec<(char, Marks)> = blocks[at]
            .content
            .iter()
            .flat_map(|run| run.text.chars().map(|letter| (letter, run.marks.clone())))
            .collect();
        let from = place.index(letters.len() + 1);
        match act {
            Act::Type => {
                let letter = char::from_u32(first + u32::try_from(number).unwrap()).unwrap();
                typed.insert(letter);
                letters.insert(from, (letter, Marks::default()));
            }
            Act::Erase(len) => {
                letters.drain(from..(from + len).min(letters.len()));
            }
            Act::Bold(len) => {
                letters
                    .iter_mut()
                    .skip(from)
                    .take(*len)
                    .for_each(|(_, marks)| marks.strong = !marks.strong);
            }
            Act::Split => {
                let rest = letters.split_off(from);
                let next = with_letters(&blocks[at], &rest);
                blocks.insert(at + 1, next);
            }
            Act::Join if at + 1 < blocks.len() => {
                let next = blocks.remove(at + 1);
                letters.extend(
                    next.content
                        .iter()
                        .flat_map(|run| run.text.chars().map(|letter| (letter, run.marks.clone()))),
                );
            }
            Act::Turn(kind) => blocks[at].kind = kind.clone(),
            Act::Drop if blocks.len() > 1 => {
                blocks.remove(at);
                continue;
            }
            Act::Join | Act::Drop => {}
        }
        blocks[at] = with_letters(&blocks[at], &letters);
    }
    let blocks = tree::normal(&blocks);
    let there: BTreeSet<char> = blocks
        .iter()
        .flat_map(|block| block.text().chars().collect::<Vec<_>>())
        .collect();
    typed.retain(|letter| there.contains(letter));
    (blocks, typed)
}

fn with_letters(block: &Block, letters: &[(char, Marks)]) -> Block {
    let mut made = marker_of(block);
    letters
        .iter()
        .for_each(|(letter, marks)| made.push(&letter.to_string(), marks));
    made
}

fn count(text: &FlatText, wanted: char) -> usize {
    text.blocks
        .iter()
        .map(|block| block.text().chars().filter(|letter| *letter == wanted).count())
        .sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_difference_makes_the_one_of_the_other(a in any_blocks(), b in any_blocks(), headless: bool) {
        let (mut doc, text, old) = doc_with(&a, headless);
        let wanted = tree::normal(&b);
        let written = apply(&mut doc, &text, &diff(&old, &wanted)).unwrap();
        prop_assert_eq!(&written.blocks, &wanted);
        prop_assert_eq!(spans::read(&doc, &text).unwrap(), written);
    }

    #[test]
    fn what_a_person_does_becomes_just_that(a in any_blocks(), acts in acts(), headless: bool) {
        let (mut doc, text, old) = doc_with(&a, headless);
        let (wanted, _) = act(&old.blocks, &acts, 0xE000);
        let written = apply(&mut doc, &text, &diff(&old, &wanted)).unwrap();
        prop_assert_eq!(&written.blocks, &wanted);
        prop_assert!(diff(&written, &wanted).is_empty());
    }

    #[test]
    fn whatever_is_said_to_have_stayed_the_change_is_whole(a in any_blocks(), acts in acts(), head in 0..12_usize, tail in 0..12_usize, whole: bool, headless: bool) {
        let (mut doc, text, old) = doc_with(&a, headless);
        let (wanted, _) = act(&old.blocks, &acts, 0xE000);
        let ops = diff_kept(&old, 0..old.blocks.len(), &wanted, Some(Kept { head, tail, whole }));
        prop_assert_eq!(apply(&mut doc, &text, &ops).unwrap().blocks, wanted);
    }

    #[test]
    fn whatever_is_said_of_each_unit_the_change_is_whole(a in any_blocks(), acts in acts(), runs in prop::collection::vec((0..20_usize, 0..20_usize, 0..6_usize), 0..5), headless: bool) {
        let (mut doc, text, old) = doc_with(&a, headless);
        let (wanted, _) = act(&old.blocks, &acts, 0xE000);
        let stayed: Vec<Shared> = runs.into_iter().map(|(old, new, len)| Shared { old, new, len }).collect();
        let ops = diff_stayed(&old, 0..old.blocks.len(), &wanted, &stayed);
        prop_assert_eq!(apply(&mut doc, &text, &ops).unwrap().blocks, wanted);
    }

    #[test]
    fn a_range_is_replaced_and_the_rest_left_alone(a in any_blocks(), b in any_blocks(), cut: (prop::sample::Index, prop::sample::Index), headless: bool) {
        let (mut doc, text, old) = doc_with(&a, headless);
        let ends = [cut.0.index(old.blocks.len() + 1), cut.1.index(old.blocks.len() + 1)];
        let range = ends[0].min(ends[1])..ends[0].max(ends[1]);
        let new = tree::normal(&b);
        let mut wanted = old.blocks.clone();
        wanted.splice(range.clone(), new.clone());
        let written = apply(&mut doc, &text, &diff_range(&old, range, &new)).unwrap();
        prop_assert_eq!(tree::normal(&written.blocks), tree::normal(&wanted));
    }

    #[test]
    fn a_rebased_change_loses_no_letter_of_either_side(a in any_blocks(), mine in acts(), theirs in acts(), headless: bool) {
        let (mut doc, text, base) = doc_with(&a, headless);
        let (my_blocks, my_letters) = act(&base.blocks, &mine, 0xE000);
        let (their_blocks, their_letters) = act(&base.blocks, &theirs, 0xF000);
        let their_ops = diff(&base, &their_blocks);
        let after_them = apply(&mut doc, &text, &their_ops).unwrap();
        let rebased = rebase(&diff(&base, &my_blocks), &their_ops);
        let merged = apply(&mut doc, &text, &rebased).unwrap();
        for letter in my_letters.iter().chain(&their_letters) {
            prop_assert_eq!(count(&merged, *letter), 1, "{:?} in {:?}", letter, merged);
        }
        prop_assert_eq!(merged.utf16_len(), doc.length(&text));
        // With nothing of my own, I stand where they stand.
        prop_assert!(rebase(&[], &their_ops).is_empty());
        prop_assert_eq!(after_them.blocks, their_blocks);
    }
}

fn paragraphs(texts: &[&str]) -> FlatText {
    FlatText {
        blocks: texts
            .iter()
            .map(|text| Block::new(BlockKind::Paragraph, text))
            .collect(),
        headless: false,
    }
}

#[test]
fn the_enter_key_is_one_marker() {
    let split = diff(
        &paragraphs(&["HelloWorld"]),
        &paragraphs(&["Hello", "World"]).blocks,
    );
    assert_eq!(
        split,
        [FlatOp::InsertBlock {
            at: 6,
            block: Block::default()
        }]
    );
    let joined = diff(
        &paragraphs(&["Hello", "World"]),
        &paragraphs(&["HelloWorld"]).blocks,
    );
    assert_eq!(joined, [FlatOp::DeleteBlock { at: 6 }]);
}

/// Two texts cannot say which of two equal letters is the new one; who typed it can.
#[test]
fn letters_typed_before_equal_letters_are_the_ones_typed() {
    let insert = |headless: bool| {
        let old = FlatText {
            headless,
            ..paragraphs(&["Sanne typt."])
        };
        let new = paragraphs(&["Sanne typt door B. Sanne typt."]);
        let kept = Kept {
            head: 1,
            tail: 11,
            whole: true,
        };
        diff_kept(&old, 0..1, &new.blocks, Some(kept))
    };
    for (headless, start) in [(false, 1), (true, 0)] {
        let ops = insert(headless);
        let [FlatOp::InsertText { at, text, .. }] = ops.as_slice() else {
            panic!("{ops:?}");
        };
        assert_eq!((*at, text.as_str()), (start, "Sanne typt door B. "));
    }
    let removed = diff_kept(
        &paragraphs(&["de zorg de zorg"]),
        0..1,
        &paragraphs(&["de zorg"]).blocks,
        Some(Kept {
            head: 1,
            tail: 7,
            whole: true,
        }),
    );
    assert_eq!(removed, [FlatOp::DeleteText { at: 1, len: 8 }]);
}

/// Who selected a word and put another in its place wrote all of that one; of a selected sentence the equal words stay.
#[test]
fn a_word_in_the_place_of_another_shares_no_letter_with_it() {
    let replaced = |whole: bool, (old, new): (&str, &str)| {
        let (tail, head) = (" in de wijk.".len(), 1 + "De ".len());
        let text = |word: &str| paragraphs(&[&format!("De {word} in de wijk.")]);
        let ops = diff_kept(
            &text(old),
            0..1,
            &text(new).blocks,
            Some(Kept { head, tail, whole }),
        );
        let typed = ops.iter().filter_map(|op| match op {
            FlatOp::InsertText { text, .. } => Some(text.clone()),
            _ => None,
        });
        typed.collect::<Vec<String>>()
    };
    assert_eq!(replaced(true, ("zorgen", "zorgverlener")), ["zorgverlener"]);
    assert_eq!(
        replaced(true, ("zorg voor ouderen", "zorg voor ouders")),
        ["ouders"]
    );
    assert_eq!(
        replaced(false, ("zorg", "zorgen")),
        ["en"],
        "two places, of which this is what lies between"
    );
}

/// Undo takes what was typed and gives back what that replaced, with the word and the full stop that both have; also where
/// what it takes stands around words that stay.
#[test]
fn what_undo_gives_back_shares_nothing_with_what_it_takes() {
    let gone = "De ploeg, wij dus, komt snel.";
    let insert = FlatOp::InsertText {
        at: 1,
        text: gone.to_owned(),
        marks: Marks::default(),
    };
    let run = |old, new, len| Shared { old, new, len };
    let delete = |at, len| FlatOp::DeleteText { at, len };
    let behind = 1 + gone.len();
    for (typed, shown, between, deleted) in [
        ("Wij komen snel.", gone.to_owned(), None, vec![delete(1, 15)]),
        (
            "Wij Qab komen snel.",
            format!("{gone}Qab "),
            Some(run(5, behind, 4)),
            vec![delete(1, 4), delete(9, 11)],
        ),
    ] {
        for headless in [false, true] {
            let text = |sentence: &str| FlatText {
                headless,
                ..paragraphs(&[&format!("{sentence} Klaar.")])
            };
            let tail = run(1 + typed.len(), 1 + shown.len(), 7);
            let stayed: Vec<Shared> = [Some(run(0, 0, 1)), between, Some(tail)]
                .into_iter()
                .flatten()
                .collect();
            let mut expected = vec![insert.clone()];
            expected.extend(deleted.clone());
            for op in expected.iter_mut().filter(|_| headless) {
                let (FlatOp::InsertText { at, .. } | FlatOp::DeleteText { at, .. }) = op else {
                    continue;
                };
                *at -= 1;
            }
            let ops = diff_stayed(&text(typed), 0..1, &text(&shown).blocks, &stayed);
            assert_eq!(ops, expected);
        }
    }
}

#[test]
fn what_is_not_true_of_the_texts_is_not_believed() {
    let (old, new) = (paragraphs(&["een", "twee"]), paragraphs(&["een", "drie"]));
    let whole = true;
    for (head, tail) in [(0, 0), (3, 4), (9, 9), (usize::MAX, 0), (0, usize::MAX), (5, 2)] {
        let (mut doc, text, old) = doc_with(&old.blocks, false);
        let ops = diff_kept(&old, 0..2, &new.blocks, Some(Kept { head, tail, whole }));
        assert_eq!(apply(&mut doc, &text, &ops).unwrap().blocks, new.blocks);
    }
}

#[test]
fn turning_a_paragraph_into_a_heading_touches_no_letter() {
    let old = paragraphs(&["a", "Titel 🏠", "b"]);
    let mut new = old.blocks.clone();
    new[1].kind = BlockKind::heading(2);
    assert!(matches!(
        diff(&old, &new).as_slice(),
        [FlatOp::UpdateBlock { at: 2, .. }]
    ));
}

#[test]
fn a_changed_word_keeps_the_letters_that_stay() {
    let old = paragraphs(&["de gemeente en de zorgverzekeraar werken samen"]);
    let new = paragraphs(&["de gemeenten en alle zorgverzekeraars werken samen"]);
    let inserted: Vec<String> = diff(&old, &new.blocks)
        .into_iter()
        .filter_map(|op| match op {
            FlatOp::InsertText { text, .. } => Some(text),
            _ => None,
        })
        .collect();
    assert_eq!(inserted, ["n", "alle", "s"], "\"alle\" is no version of \"de\"");
}

#[test]
fn bold_over_a_whole_paragraph_is_one_mark_also_around_a_new_word() {
    let old = paragraphs(&["een twee drie"]);
    let strong = Marks {
        strong: true,
        ..Marks::default()
    };
    let new = Block {
        content: vec![Run {
            text: "een nieuw twee drie".to_owned(),
            marks: strong,
        }],
        ..Block::default()
    };
    let ops = diff(&old, std::slice::from_ref(&new));
    assert_eq!(
        ops.iter().filter(|op| matches!(op, FlatOp::Mark { .. })).count(),
        1
    );
    let (mut doc, text, old) = doc_with(&old.blocks, false);
    assert_eq!(
        apply(&mut doc, &text, &diff(&old, std::slice::from_ref(&new)))
            .unwrap()
            .blocks,
        [new]
    );
}

/// Bold over letters that are gone still reaches the place where they were; new letters there are not bold.
#[test]
fn letters_do_not_inherit_marks_from_the_dead() {
    let strong = Marks {
        strong: true,
        ..Marks::default()
    };
    let mut block = Block::default();
    [
        ("a", &Marks::default()),
        ("vet", &strong),
        ("b", &Marks::default()),
    ]
    .into_iter()
    .for_each(|(t, m)| block.push(t, m));
    let (mut doc, text, old) = doc_with(&[block], false);
    let without = paragraphs(&["ab"]).blocks;
    let old = apply(&mut doc, &text, &diff(&old, &without)).unwrap();
    let wanted = paragraphs(&["axyb"]).blocks;
    assert_eq!(
        apply(&mut doc, &text, &diff(&old, &wanted)).unwrap().blocks,
        wanted
    );
}

#[test]
fn a_deletion_spares_what_others_typed_in_it() {
    let base = paragraphs(&["weg hiermee"]);
    let others = diff(&base, &paragraphs(&["weg NIET hiermee"]).blocks);
    let mine = rebase(&diff(&base, &paragraphs(&[""]).blocks), &others);
    let (mut doc, text, _) = doc_with(&base.blocks, false);
    apply(&mut doc, &text, &others).unwrap();
    assert!(
        apply(&mut doc, &text, &mine).unwrap().blocks[0]
            .text()
            .contains("NIET")
    );
}

#[test]
fn a_whole_new_text_of_a_chapter_is_bounded_work() {
    let words = |salt: usize| {
        (0..60)
            .map(|n| {
                Block::new(
                    BlockKind::Paragraph,
                    &(0..100)
                        .map(|w| format!("w{} ", (n * w + salt) % 9973))
                        .collect::<String>(),
                )
            })
            .collect::<Vec<_>>()
    };
    let (mut doc, text, old) = doc_with(&words(1), false);
    let wanted = words(5000);
    assert_eq!(
        apply(&mut doc, &text, &diff(&old, &wanted)).unwrap().blocks,
        wanted
    );
    // A row without end that has nothing in common is called different, not searched.
    let nested = Block {
        parents: vec![Container::Quote],
        ..Block::default()
    };
    assert_eq!(diff(&old, &old.blocks), []);
    assert!(!diff(&old, &[nested]).is_empty());
}

/// A fresh text gets its first marker when its first block becomes a heading, and keeps it.
#[test]
fn a_first_marker_that_came_moves_positions_too() {
    let base = FlatText {
        headless: true,
        ..paragraphs(&["abc"])
    };
    let since = paragraphs(&["abc"]);
    assert_eq!(diff(&base, &since.blocks), []);
    let mine = diff(&base, &paragraphs(&["abXc"]).blocks);
    let moved = rebase(&mine, &between(&base, &since));
    assert!(
        matches!(moved.as_slice(), [FlatOp::InsertText { at: 3, .. }]),
        "{moved:?}"
    );
    let back = rebase(
        &diff(&since, &paragraphs(&["abXc"]).blocks),
        &between(&since, &base),
    );
    assert!(
        matches!(back.as_slice(), [FlatOp::InsertText { at: 2, .. }]),
        "{back:?}"
    );
}

#[test]
fn portions_do_what_the_whole_does_and_none_is_more_than_a_change_may_hold() {
    let bold = Marks {
        strong: true,
        ..Marks::default()
    };
    let long = "Zorg 🏡 dichtbij. ".repeat(1_500);
    let mut first = Block::new(BlockKind::Paragraph, &long);
    first.push("vet", &bold);
    let before = vec![
        first,
        Block::new(BlockKind::heading(2), "Kop"),
        Block::new(BlockKind::Paragraph, &long),
    ];
    let mut other = Block::new(BlockKind::Paragraph, "Anders ");
    other.push(&"🏡 vet ".repeat(3_000), &bold);
    let after = vec![
        other,
        Block::new(BlockKind::heading(3), "Kop"),
        Block::new(BlockKind::Paragraph, "Kort"),
    ];
    let (mut doc, text, read) = doc_with(&before, false);
    let ops = diff(&read, &after);
    let portions = in_changes(&ops, || read.clone());
    assert!(portions.len() > 4, "{} portions", portions.len());
    doc.commit();
    for portion in portions {
        apply(&mut doc, &text, &portion).unwrap();
        assert!(doc.pending_ops() <= crate::limits::CHANGE_OPS_MAX as usize);
        doc.commit();
    }
    assert_eq!(spans::read(&doc, &text).unwrap().blocks, after);
}
