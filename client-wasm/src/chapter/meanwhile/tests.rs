//! Oneself, Bram and Carla change one text apart from each other; what is told of it names each with their own letters.

use automerge::transaction::Transactable;
use proptest::prelude::*;
use schema::richtext::{FlatText, document, flat};
use schema::text::{genesis, shown};
use serde_json::json;

use super::*;

const OWN: BoundActor = BoundActor::from_bytes([1; 16]);
const BRAM: BoundActor = BoundActor::from_bytes([2; 16]);
const CARLA: BoundActor = BoundActor::from_bytes([3; 16]);

/// One thing somebody does to the text as they have it; numbers are taken modulo what is there.
#[derive(Debug, Clone, Copy)]
struct Act {
    at: usize,
    takes: usize,
    puts: usize,
    spaced: bool,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = (0..60_usize, 0..4_usize, 0..4_usize, any::<bool>());
    let act = act.prop_map(|(at, takes, puts, spaced)| Act {
        at,
        takes,
        puts,
        spaced,
    });
    proptest::collection::vec(act, 0..5)
}

/// Three paragraphs of digits.
fn everybodys() -> AutoCommit {
    let mut doc = genesis::new_doc(BoundActor::from_bytes([9; 16]));
    let paragraph =
        |text: &str| json!({ "type": "paragraph", "content": [{ "type": "text", "text": text }] });
    let nodes = ["123 456 789", "1 22 333", "98 76"].map(paragraph);
    let blocks = document::nodes_to_blocks(&nodes).unwrap();
    let ops = flat::diff(&FlatText::default(), &blocks);
    flat::apply(&mut doc, &genesis::text_id(), &ops).unwrap();
    doc.commit();
    doc
}

/// The text as somebody has it after their acts: they take out what is there, and put in their own letter.
fn acted(base: &AutoCommit, who: BoundActor, letter: &str, acts: &[Act]) -> AutoCommit {
    let mut doc = base.clone();
    doc.set_actor(genesis::actor_id(who));
    for act in acts {
        let text = shown::of(&doc);
        // Markers stay: which paragraph is which must be known afterwards.
        let mut from = 0;
        let ends = text.blocks.iter().enumerate().map(|(at, block)| {
            let start = from + usize::from(at > 0 || !text.headless);
            from = start + block.utf16_len();
            (start, from)
        });
        let ends: Vec<(usize, usize)> = ends.collect();
        let (start, end) = ends[act.at % ends.len()];
        let at = start + act.at % (end - start + 1);
        let takes = act.takes.min(end - at);
        let puts = letter.repeat(act.puts);
        let puts = if act.spaced { format!(" {puts} ") } else { puts };
        doc.splice_text(genesis::text_id(), at, takes as isize, &puts)
            .unwrap();
        doc.commit();
    }
    doc
}

/// What is told when all have heard of each other, and oneself has gone on writing.
fn told(
    base: &mut AutoCommit,
    own: &mut AutoCommit,
    others: &mut [AutoCommit],
    later: &[Act],
) -> (FlatText, Vec<Paragraph>) {
    let since = Since {
        base: base.get_heads(),
        own: own
            .get_changes(&base.get_heads())
            .iter()
            .map(Change::hash)
            .collect(),
    };
    let mut merged = own.clone();
    for other in others {
        merged.merge(other).unwrap();
    }
    let mut merged = acted(&merged, OWN, "o", later);
    let paragraphs = paragraphs(&mut merged, &since, &[OWN].into());
    (shown::of(&merged), paragraphs)
}

fn count(quotes: &[String], letter: char) -> usize {
    quotes
        .iter()
        .flat_map(|quote| quote.chars())
        .filter(|each| *each == letter)
        .count()
}

proptest! {
    #[test]
    fn own_letters_are_never_told_and_those_of_others_always(own in acts(), bram in acts(), carla in acts(), later in acts()) {
        let mut base = everybodys();
        let mut mine = acted(&base, OWN, "o", &own);
        let mut others = [acted(&base, BRAM, "b", &bram), acted(&base, CARLA, "c", &carla)];
        let (text, told) = told(&mut base, &mut mine, &mut others, &later);
        for edit in told.iter().flat_map(|paragraph| &paragraph.edits) {
            let (mark, foreign) = if edit.by == Some(BRAM) { ('b', 'c') } else { ('c', 'b') };
            prop_assert!(edit.by == Some(BRAM) || edit.by == Some(CARLA));
            let quotes = [edit.added.clone(), edit.removed.clone()].concat();
            prop_assert_eq!(count(&quotes, 'o'), 0, "{:?}", edit);
            prop_assert_eq!(count(&quotes, foreign), 0, "{:?}", edit);
            prop_assert_eq!(count(&edit.removed, mark), 0);
        }
        // Whatever others put where one's own letters stand is quoted, each letter once.
        for (who, letter) in [(BRAM, 'b'), (CARLA, 'c')] {
            let shared = text.blocks.iter().map(|block| block.text()).filter(|words| words.contains('o'));
            let stands: usize = shared.map(|words| words.chars().filter(|each| *each == letter).count()).sum();
            let edits = told.iter().filter(|paragraph| paragraph.text.contains('o')).flat_map(|paragraph| &paragraph.edits);
            let quoted: usize = edits.filter(|edit| edit.by == Some(who)).map(|edit| count(&edit.added, letter)).sum();
            prop_assert_eq!(quoted, stands, "{:?} {:?}", text, told);
        }
    }
}

#[test]
fn a_word_that_somebody_changed_is_quoted_whole_as_it_was_and_as_it_is() {
    let mut base = everybodys();
    let at = |at, takes, puts| {
        [Act {
            at,
            takes,
            puts,
            spaced: false,
        }]
    };
    // Of the first paragraph: Bram puts a letter in "456" in the place of the "5"; one's own letter stands before it all.
    let mut mine = acted(&base, OWN, "o", &at(0, 0, 1));
    let mut bram = base.clone();
    bram.set_actor(genesis::actor_id(BRAM));
    bram.splice_text(genesis::text_id(), 5, 1, "b").unwrap();
    bram.commit();
    let (_, told) = told(&mut base, &mut mine, &mut [bram], &[]);
    let edit = Edit {
        by: Some(BRAM),
        added: vec!["4b6".to_owned()],
        removed: vec!["456".to_owned()],
    };
    assert_eq!(
        told,
        [Paragraph {
            text: "o123 4b6 789".to_owned(),
            edits: vec![edit]
        }]
    );
}

#[test]
fn what_both_took_out_is_nobody_elses_doing() {
    let mut base = everybodys();
    let act = [Act {
        at: 0,
        takes: 3,
        puts: 0,
        spaced: false,
    }];
    let mut mine = acted(&base, OWN, "o", &act);
    let mut others = [acted(&base, BRAM, "b", &act)];
    assert_eq!(told(&mut base, &mut mine, &mut others, &[]).1, []);
}

#[test]
fn a_document_without_what_everybody_had_tells_nothing() {
    let base = everybodys();
    let act = [Act {
        at: 0,
        takes: 0,
        puts: 2,
        spaced: false,
    }];
    let mut mine = acted(&base, OWN, "o", &act);
    let since = Since {
        base: mine.get_heads(),
        own: BTreeSet::new(),
    };
    let mut other = acted(&base, BRAM, "b", &act);
    assert_eq!(paragraphs(&mut other, &since, &[OWN].into()), []);
}
