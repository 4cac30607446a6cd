//! Words that come back when a restore is undone come at borders of the words that were typed since.

use std::collections::BTreeSet;

use automerge::ReadDoc;
use proptest::prelude::*;
use proptest::sample::select;

use super::room::{Action, Room, text_of};
use crate::ids::Revision;
use crate::text::history::restore::Scope;

const PATTERNS: &[&str] = &["xx", "xxx", " xx", "xx ", " xx ", "xx xxx", " "];

/// Letters of which each is typed once: the same letter in two texts is the same one.
#[derive(Default)]
struct Letters(u32);

impl Letters {
    fn of(&mut self, pattern: &str) -> String {
        let mut next = |letter: char| {
            if letter == ' ' {
                return letter;
            }
            self.0 += 1;
            char::from_u32(0x4e00 + self.0).unwrap()
        };
        pattern.chars().map(&mut next).collect()
    }
}

/// A restore, what was typed at the same moment and after it, and the undoing of the restore.
struct Undone {
    /// The text that comes back.
    then: String,
    /// The text with what was typed since.
    now: String,
    after: String,
    typed: BTreeSet<char>,
    /// What of it was typed by who saw all that comes back: it may stand within that.
    knowing: BTreeSet<char>,
}

type Typing = Vec<(u16, &'static str)>;

fn undone(
    first: &Typing,
    (cuts, second): &(Vec<(u16, u8)>, Typing),
    (meanwhile, since): &(Typing, Typing),
) -> Undone {
    let (mut room, mut letters) = (Room::new(), Letters::default());
    let mut write = |room: &mut Room, who: usize, typing: &Typing| -> Vec<String> {
        let typed = typing.iter().map(|(at, pattern)| {
            let text = letters.of(pattern);
            room.type_text(who, *at, &text);
            text
        });
        typed.collect()
    };
    write(&mut room, 0, first);
    room.sync_all();
    let to = room.last();
    for (at, count) in cuts {
        room.act(&Action::Delete {
            who: 0,
            at: *at,
            count: *count,
        });
    }
    write(&mut room, 0, second);
    room.sync_all();
    let before = room.last();
    let letters_of = |typed: &[String]| typed.concat().chars().filter(|letter| *letter != ' ').collect();
    let mut typed = write(&mut room, 1, meanwhile);
    let knowing = letters_of(&typed);
    room.restore(to, &Scope::Chapter);
    let seen = room.last();
    room.sync_all();
    typed.extend(write(&mut room, 0, since));
    room.sync_all();
    let (then, now) = (text(&room, before), text(&room, room.last()));
    room.restore_seen(seen, before);
    Undone {
        then,
        now,
        after: text(&room, room.last()),
        typed: letters_of(&typed),
        knowing,
    }
}

fn text(room: &Room, at: Revision) -> String {
    let doc = room.doc_at(at);
    doc.text(text_of(&doc)).unwrap()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
}

fn typing(most: usize) -> impl Strategy<Value = Typing> {
    prop::collection::vec((any::<u16>(), select(PATTERNS)), 1..most)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(super::room::cases().cases * 4))]

    #[test]
    fn words_come_back_whole_and_cut_none_that_was_typed_since(
        first in typing(4),
        edits in (prop::collection::vec((any::<u16>(), 1..8_u8), 0..4), typing(4)),
        others in (prop::collection::vec((any::<u16>(), select(&PATTERNS[..2])), 0..3), typing(4)),
    ) {
        let Undone { then, now, after, typed, knowing } = undone(&first, &edits, &others);
        let said = format!("{then:?} came back in {now:?}: {after:?}");
        let is_typed = |letter: &char| typed.contains(letter);
        let in_order = |text: &str| text.chars().filter(is_typed).collect::<String>();
        prop_assert_eq!(in_order(&after), in_order(&now), "{}", said);
        // What came back whole: none of its letters stood, and nobody typed within it who still saw it.
        let is_within = |word: &str| {
            let stretch = after.split(|letter| word.starts_with(letter)).nth(1);
            stretch.and_then(|rest| rest.split(|letter| word.ends_with(letter)).next()).unwrap_or_default().to_owned()
        };
        let is_whole = |word: &&str| !word.chars().any(|letter| now.contains(letter)) && !is_within(word).chars().any(|letter| knowing.contains(&letter));
        let whole: Vec<&str> = words(&then).filter(is_whole).collect();
        for word in &whole {
            prop_assert!(after.contains(word), "{word:?} is parted: {said}");
        }
        // Who typed within what went, and goes on there, stands beside the rest by chance.
        for word in words(&now).filter(|_| knowing.is_empty()) {
            let pairs = word.char_indices().zip(word.chars().skip(1));
            for ((_, left), right) in pairs.filter(|((_, left), right)| is_typed(left) || is_typed(right)) {
                let (Some(from), Some(to)) = (after.find(left), after.find(right)) else { continue };
                let between = after.get(from + left.len_utf8()..to).unwrap_or_default();
                let came = whole.iter().find(|word| word.chars().any(|letter| between.contains(letter)));
                prop_assert_eq!(came, None, "within {}: {}", word, said);
            }
        }
    }
}

/// Undoes a restore that took out `gone`, after somebody typed.
fn came_back((text, gone): (&str, &str), (behind, typed): (&str, &str)) -> String {
    let mut room = Room::new();
    let start = room
        .doc_at(room.last())
        .length(text_of(&room.doc_at(room.last())));
    let place = |words: &str, in_text: &str| (start + in_text.find(words).unwrap() + words.len()) as u16;
    let (without, at) = (text.replacen(gone, "", 1), text.find(gone).unwrap());
    room.type_text(0, start as u16, &without);
    room.sync_all();
    let to = room.last();
    room.type_text(0, (start + at) as u16, gone);
    room.sync_all();
    let before = room.last();
    room.restore(to, &Scope::Chapter);
    let seen = room.last();
    room.sync_all();
    room.type_text(0, place(behind, &without), typed);
    room.sync_all();
    room.restore_seen(seen, before);
    let restored = self::text(&room, room.last());
    restored.replace('\u{fffc}', "")
}

#[test]
fn who_goes_on_in_a_word_finds_it_whole() {
    assert_eq!(
        came_back(("de oude wijk", " oude"), ("de", "ze")),
        "deze oude wijk"
    );
    assert_eq!(
        came_back(("de oude wijk", "oude "), ("de ", "stads")),
        "de oude stadswijk"
    );
    assert_eq!(
        came_back(("de oude wijk", " oude"), ("de", " hele")),
        "de oude hele wijk"
    );
    assert_eq!(
        came_back(("zorg en welzijn", " en "), ("zorg", "zaam")),
        "zorgzaamwelzijn en "
    );
}

#[test]
fn a_letter_that_comes_back_into_its_word_stays_in_it() {
    assert_eq!(came_back(("de wijken", "k"), ("de wijen", "s")), "de wijkens");
}

/// Somebody is typing a sentence when its neighbour's goes, and goes on until that comes back.
#[test]
fn a_sentence_that_was_typed_meanwhile_is_not_torn_by_one_that_reads_like_it() {
    let mut room = Room::written("hulp nodig heeft, belt.");
    let first = room.last();
    room.type_text(1, 16, " aap noot en een mies van Joris");
    room.sync_all();
    let seen = room.last();
    room.type_text(2, 25, " ");
    room.sync_all();
    let before = room.last();
    room.restore_seen(seen, first);
    let restored = room.last();
    room.sync_all();
    room.type_text(2, 17, "en een vuur van Sanne");
    room.sync_all();
    assert_eq!(
        text(&room, room.last()),
        "hulp nodig heeft en een vuur van Sanne, belt."
    );
    room.restore_seen(restored, before);
    assert_eq!(
        text(&room, room.last()),
        "hulp nodig heeft aap noot en een vuur van Sanne en een mies van Joris, belt."
    );
}
