//! Somebody comes back with the document of a generation that ended, and their words arrive once, where they were meant.

use automerge::transaction::Transactable;
use automerge::{Automerge, ReadDoc, marks::ExpandMark, marks::Mark};

use super::*;
use crate::ids::TimestampMs;
use crate::limits::CHANGE_OPS_MAX;
use crate::richtext::spans;
use crate::text::evidence::Evidence;
use crate::text::generation::start_from;
use crate::text::genesis::new_doc;

const CHAPTER: ChapterId = ChapterId::from_bytes([7; 16]);
const ANNA: BoundActor = BoundActor::from_bytes([1; 16]);
const PROGRAM: BoundActor = BoundActor::from_bytes([2; 16]);

/// Writes and commits; the change.
fn wrote(doc: &mut AutoCommit, write: impl FnOnce(&mut AutoCommit)) -> Arc<[u8]> {
    write(doc);
    doc.get_last_local_change().unwrap().raw_bytes().into()
}

fn typed(doc: &mut AutoCommit, at: usize, deleted: isize, text: &str) -> Arc<[u8]> {
    wrote(doc, |doc| doc.splice_text(text_id(), at, deleted, text).unwrap())
}

fn opened(copy: &Copy, actor: BoundActor) -> AutoCommit {
    let mut doc = AutoCommit::load_with_options(copy.snapshot(), load_options()).unwrap();
    doc.set_actor(actor_id(actor));
    doc
}

fn text(copy: &Copy) -> String {
    copy.doc().text(text_id()).unwrap().replace('\u{fffc}', "¶")
}

/// A generation that grew out of a copy.
fn grown(old: &Copy, generation: u32, actor: u8) -> Following {
    let actor = BoundActor::from_bytes([actor; 16]);
    Following {
        generation: Generation(generation),
        started: start_from(old.doc(), Reason::Growth, actor, TimestampMs(5)).unwrap(),
        changes: Vec::new(),
    }
}

/// The whole generation, judged as the server judges it.
fn whole(next: &Following) -> Copy {
    let mut evidence = Evidence::new();
    for raw in &next.started.seed {
        evidence.admit_trusted(raw).unwrap();
    }
    for raw in &next.changes {
        evidence.admit_trusted(raw).unwrap();
    }
    follow(&start_of(next).unwrap(), &next.changes).unwrap()
}

/// Chapter one ended with "Zorg dichtbij huis"; the program missed the last word and wrote others.
struct Ended {
    old: Copy,
    mine: Copy,
    program: AutoCommit,
    unsent: Vec<Arc<[u8]>>,
}

impl Ended {
    fn new() -> Self {
        let mut anna = new_doc(ANNA);
        let first = typed(&mut anna, 0, 0, "Zorg dichtbij");
        let early = follow(&Copy::new(), &[first]).unwrap();
        let last = typed(&mut anna, 13, 0, " huis");
        let old = follow(&early, &[last]).unwrap();
        Self {
            mine: old.clone(),
            old,
            program: opened(&early, PROGRAM),
            unsent: Vec::new(),
        }
    }

    fn types(&mut self, at: usize, deleted: isize, text: &str) {
        let raw = typed(&mut self.program, at, deleted, text);
        self.unsent.push(raw);
        self.mine = follow(&self.old, &self.unsent).unwrap();
    }

    fn carry(&self, following: &[Following]) -> Result<Vec<Vec<u8>>, FormerFailure> {
        let unsent = Unsent {
            chapter: CHAPTER,
            old: &self.old,
            mine: &self.mine,
            changes: &self.unsent,
        };
        carry_on(&unsent, following)
    }

    /// Carries, and has the last generation take it.
    fn carried(&self, following: &mut [Following]) -> bool {
        let made = self.carry(following).unwrap();
        let last = following.last_mut().unwrap();
        last.changes
            .extend(made.iter().map(|raw| Arc::from(raw.as_slice())));
        !made.is_empty()
    }
}

#[test]
fn words_arrive_beside_what_was_written_since() {
    let mut ended = Ended::new();
    ended.types(4, 0, ", altijd");
    ended.types(0, 1, "Z");
    let mut next = grown(&ended.old, 2, 0xee);
    let mut anna = opened(&start_of(&next).unwrap(), ANNA);
    let start = anna.text(text_id()).unwrap().encode_utf16().count();
    next.changes.push(typed(&mut anna, start, 0, " voor iedereen"));
    assert!(ended.carried(std::slice::from_mut(&mut next)));
    assert_eq!(text(&whole(&next)), "¶Zorg, altijd dichtbij huis voor iedereen");
}

#[test]
fn the_same_words_are_written_once_and_later_ones_beside_them() {
    let mut ended = Ended::new();
    ended.types(4, 0, " is");
    let mut next = [grown(&ended.old, 2, 0xee)];
    let once = ended.carry(&next).unwrap();
    assert_eq!(once, ended.carry(&next).unwrap(), "whoever carries them");
    assert!(ended.carried(&mut next));
    assert!(!ended.carried(&mut next), "they are there");
    ended.types(7, 0, " nu");
    ended.types(0, 4, "Hulp");
    assert!(ended.carried(&mut next));
    assert!(!ended.carried(&mut next));
    assert_eq!(text(&whole(&next[0])), "¶Hulp is nu dichtbij huis");
}

#[test]
fn words_go_through_every_generation_between() {
    let mut ended = Ended::new();
    ended.types(13, 0, " bij jou");
    let mut second = grown(&ended.old, 2, 0xee);
    let mut anna = opened(&start_of(&second).unwrap(), ANNA);
    second.changes.push(typed(&mut anna, 1, 4, "Hulp"));
    let third = grown(&whole(&second), 3, 0xed);
    let mut following = [second, third];
    assert!(ended.carried(&mut following));
    assert_eq!(text(&whole(&following[1])), "¶Hulp dichtbij bij jou huis");
    // What was carried into a generation that has ended too goes no second time.
    let mut ended = Ended::new();
    ended.types(4, 0, " is");
    let mut second = [grown(&ended.old, 2, 0xee)];
    assert!(ended.carried(&mut second));
    let [second] = second;
    let third = grown(&whole(&second), 3, 0xed);
    let mut following = [second, third];
    assert!(!ended.carried(&mut following));
    ended.types(0, 0, "De ");
    assert!(ended.carried(&mut following));
    assert_eq!(text(&whole(&following[1])), "¶De Zorg is dichtbij huis");
}

#[test]
fn marks_and_paragraphs_go_along() {
    let mut ended = Ended::new();
    let strong = |doc: &mut AutoCommit| {
        let mark = Mark::new("strong".to_owned(), true, 0, 4);
        doc.mark(text_id(), mark, ExpandMark::After).unwrap();
    };
    let raw = wrote(&mut ended.program, strong);
    ended.unsent.push(raw);
    let raw = wrote(&mut ended.program, |doc| {
        let heading = crate::richtext::Block::new(crate::richtext::model::BlockKind::heading(2), "");
        let ops = [FlatOp::InsertBlock {
            at: 4,
            block: heading,
        }];
        flat::apply(doc, &text_id(), &ops).unwrap();
        doc.commit();
    });
    ended.unsent.push(raw);
    ended.mine = follow(&ended.old, &ended.unsent).unwrap();
    let mut next = [grown(&ended.old, 2, 0xee)];
    assert!(ended.carried(&mut next));
    let shown = |doc: &Automerge| tree::normal(&spans::read(doc, &text_id()).unwrap().blocks);
    assert_eq!(shown(whole(&next[0]).doc()), shown(ended.mine.doc()));
}

#[test]
fn nothing_goes_over_a_failure_or_an_erasure() {
    let mut ended = Ended::new();
    ended.types(4, 0, " is");
    for reason in [Reason::Quarantine, Reason::Erasure] {
        let mut next = grown(&ended.old, 2, 0xee);
        next.started.reason = reason;
        let refused = ended.carry(&[next]);
        assert!(matches!(refused, Err(FormerFailure::NotGrown)), "{refused:?}");
    }
}

#[test]
fn what_makes_no_difference_makes_no_change() {
    let mut ended = Ended::new();
    ended.types(4, 0, "x");
    ended.types(4, 1, "");
    let next = [grown(&ended.old, 2, 0xee)];
    assert!(ended.carry(&next).unwrap().is_empty());
    assert!(
        Ended::new().carry(&next).unwrap().is_empty(),
        "nothing was unsent"
    );
}

#[test]
fn words_that_are_more_than_one_change_holds_go_along_whole_as_several() {
    let mut ended = Ended::new();
    let pasted = "Zorg 🏡 dichtbij. ".repeat(2_000);
    let length = pasted.encode_utf16().count();
    assert!(length > 30_000);
    ended.types(4, 0, &pasted);
    let mut next = [grown(&ended.old, 2, 0xee)];
    let made = ended.carry(&next).unwrap();
    let headers: Vec<_> = made.iter().map(|raw| inspect(raw).unwrap().header).collect();
    assert!(headers.len() > 2 && headers.iter().all(|header| header.ops <= CHANGE_OPS_MAX));
    assert!(ended.carried(&mut next));
    assert_eq!(text(&whole(&next[0])), format!("¶Zorg{pasted} dichtbij huis"));
    assert!(!ended.carried(&mut next), "they are there");

    // Of long words that were carried the same program deletes most again, across its emoji.
    ended.types(5, isize::try_from(length).unwrap() - 2, "");
    assert!(ended.carried(&mut next));
    let left: String = pasted.chars().next().into_iter().chain([' ']).collect();
    assert_eq!(text(&whole(&next[0])), format!("¶Zorg{left} dichtbij huis"));
}

#[test]
fn what_was_cut_off_halfway_is_completed() {
    let mut ended = Ended::new();
    ended.types(4, 0, &"dichtbij ".repeat(4_000));
    let mut next = [grown(&ended.old, 2, 0xee)];
    let made = ended.carry(&next).unwrap();
    assert!(made.len() > 2);
    next[0].changes.push(made[0].as_slice().into());
    assert!(ended.carried(&mut next));
    let expected = format!("¶Zorg{} dichtbij huis", "dichtbij ".repeat(4_000));
    assert_eq!(text(&whole(&next[0])), expected);
    assert!(!ended.carried(&mut next));
}
