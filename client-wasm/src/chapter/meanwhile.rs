//! What others wrote and took out meanwhile in the paragraphs in which one wrote oneself, each word by who did it.
//!
//! # Why it exists
//!
//! Two states of a text do not say whose a word is: where two people wrote at one spot, comparing them gives one's own
//! words to somebody else. The changes say it, each is of one actor. So they are read as a history, and every word
//! that came or went is found with the change that did it. Who an actor is, the server says (`desk::reunion`).
//!
//! # Invariants
//!
//! - Letters of one's own are in no edit of somebody else, whoever wrote beside them.
//! - All letters of others that came or went in such a paragraph are in an edit of theirs.

use std::collections::{BTreeMap, BTreeSet};

use automerge::{AutoCommit, Change, ChangeHash};
use schema::ids::{BoundActor, Revision};
use schema::sync::reoffer::actor_of;
use schema::text::history::{Difference, DifferenceLine, Fate, TextHistory};

use super::steps;

/// From where on one wrote alone, and what of the later changes is one's own.
#[derive(Debug, Clone, Default)]
pub struct Since {
    /// The heads of the text that everybody had.
    pub base: Vec<ChangeHash>,
    /// Changes of one's own that others did not have yet.
    pub own: BTreeSet<ChangeHash>,
}

/// A paragraph in which both oneself and others changed something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// How it reads now; how it read before when nothing of it is left.
    pub text: String,
    /// What others did in it, in the order of the text.
    pub edits: Vec<Edit>,
}

/// What one actor did in a paragraph. Neither words added nor removed: how it looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Who; none for a change that no device can have made.
    pub by: Option<BoundActor>,
    /// Stretches of words that came.
    pub added: Vec<String>,
    /// Stretches of words that went.
    pub removed: Vec<String>,
}

/// Whose a change is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hand {
    Own,
    Other(Option<BoundActor>),
}

/// The shared paragraphs of a document. `actors` are those under which this device wrote. Nothing when the document
/// does not hold what everybody had: then it is another text.
pub fn paragraphs(doc: &mut AutoCommit, since: &Since, actors: &BTreeSet<BoundActor>) -> Vec<Paragraph> {
    let hand = |change: &Change| match actor_of(change) {
        _ if since.own.contains(&change.hash()) => Hand::Own,
        Some(actor) if actors.contains(&actor) => Hand::Own,
        actor => Hand::Other(actor),
    };
    // Reading a long history takes a while; mostly nobody else was there.
    let is_alone = |later: &[Change]| later.iter().all(|change| hand(change) == Hand::Own);
    if !holds_base(doc, since) || is_alone(&doc.get_changes(&since.base)) {
        return Vec::new();
    }
    let Some((difference, hands)) = read(doc, since, hand) else {
        return Vec::new();
    };
    let hand_of = |revision: Revision| hands.get(&revision).copied().unwrap_or(Hand::Other(None));
    let lines = difference.lines.iter();
    lines.filter_map(|line| paragraph(line, hand_of)).collect()
}

/// How many words came and how many went by the changes of one's own that others did not have yet, whoever wrote beside
/// them since. None when the document does not hold what everybody had.
pub fn own_words(doc: &mut AutoCommit, since: &Since) -> Option<(usize, usize)> {
    if !holds_base(doc, since) {
        return None;
    }
    let hand = |change: &Change| {
        let is_own = since.own.contains(&change.hash());
        if is_own { Hand::Own } else { Hand::Other(None) }
    };
    let (difference, hands) = read(doc, since, hand)?;
    let hand_of = |revision: Revision| hands.get(&revision).copied().unwrap_or(Hand::Other(None));
    let count = |side, is_counted: fn(&[Letter]) -> bool| {
        let lines = difference.lines.iter();
        let of_line = |line| {
            let letters = letters(line, side, hand_of);
            steps::words_of(&letters).filter(|word| is_counted(word)).count()
        };
        lines.map(of_line).sum::<usize>()
    };
    let came = count(Side::After, has_own);
    let went = count(Side::Before, |word| {
        has_own(word) && steps::is_taken_out(word, Option::is_some)
    });
    Some((came, went))
}

fn holds_base(doc: &mut AutoCommit, since: &Since) -> bool {
    let mut heads = since.base.iter();
    heads.all(|head| doc.get_change_by_hash(head).is_some())
}

/// What became of the text that everybody had, and whose each change is.
fn read(
    doc: &mut AutoCommit,
    since: &Since,
    hand: impl Fn(&Change) -> Hand,
) -> Option<(Difference, BTreeMap<Revision, Hand>)> {
    let later = doc.get_changes(&since.base);
    let later: BTreeSet<ChangeHash> = later.iter().map(Change::hash).collect();
    let (base, changes) = in_order(doc.get_changes(&[]), &later, &since.own);
    let mut history = TextHistory::new();
    let mut hands = BTreeMap::new();
    for (change, revision) in changes.iter().zip((0..).map(Revision)) {
        history.push(revision, change).ok()?;
        hands.insert(revision, hand(change));
    }
    let (before, after) = base.checked_sub(1).zip(history.revision())?;
    let hand_of = |revision: Revision| hands.get(&revision).copied().unwrap_or(Hand::Other(None));
    let difference = history.difference(Revision(before), after, hand_of);
    Some((difference, hands))
}

/// What everybody had first (and how much that is), then what one wrote on it alone, then the rest: what oneself and
/// somebody else both deleted counts as one's own.
fn in_order(
    changes: Vec<Change>,
    later: &BTreeSet<ChangeHash>,
    own: &BTreeSet<ChangeHash>,
) -> (u64, Vec<Change>) {
    let (later, mut ordered): (Vec<Change>, Vec<Change>) = changes
        .into_iter()
        .partition(|change| later.contains(&change.hash()));
    let base = ordered.len() as u64;
    let mut known: BTreeSet<ChangeHash> = ordered.iter().map(Change::hash).collect();
    let (first, rest): (Vec<Change>, Vec<Change>) = later.into_iter().partition(|change| {
        let is_first = own.contains(&change.hash()) && change.deps().iter().all(|dep| known.contains(dep));
        is_first && known.insert(change.hash())
    });
    ordered.extend(first.into_iter().chain(rest));
    (base, ordered)
}

fn paragraph(line: &DifferenceLine, hand_of: impl Fn(Revision) -> Hand) -> Option<Paragraph> {
    let hand_of = &hand_of;
    let by_runs = line.runs.iter().filter_map(|run| hand_in(run.fate, hand_of));
    let by_structure = line.structure.iter().filter_map(|change| change.by.map(hand_of));
    let mut hands: Vec<Hand> = Vec::new();
    for hand in by_runs.chain(by_structure) {
        if !hands.contains(&hand) {
            hands.push(hand);
        }
    }
    if !hands.contains(&Hand::Own) {
        return None;
    }
    let (was, is) = (
        letters(line, Side::Before, hand_of),
        letters(line, Side::After, hand_of),
    );
    let edits = hands.into_iter().filter_map(|hand| {
        let Hand::Other(by) = hand else { return None };
        Some(Edit {
            by,
            added: stretches(&is, hand),
            removed: stretches(&was, hand),
        })
    });
    let edits: Vec<Edit> = edits.collect();
    let text = |letters: &[Letter]| letters.iter().map(|(letter, _)| letter).collect::<String>();
    let now = text(&is);
    (!edits.is_empty()).then(|| Paragraph {
        text: if now.trim().is_empty() { text(&was) } else { now },
        edits,
    })
}

/// Whose run it is; nobody's when it was there and stays.
fn hand_in(fate: Fate, hand_of: impl Fn(Revision) -> Hand) -> Option<Hand> {
    match fate {
        Fate::Same => None,
        Fate::Inserted(revision) | Fate::Deleted(Some(revision)) => Some(hand_of(revision)),
        Fate::Deleted(None) => Some(Hand::Other(None)),
    }
}

/// A letter, and who brought it or took it out; nobody where it was and stays.
type Letter = (char, Option<Hand>);

/// Which of the two texts of a line.
#[derive(Clone, Copy)]
enum Side {
    Before,
    After,
}

fn letters(line: &DifferenceLine, side: Side, hand_of: impl Fn(Revision) -> Hand) -> Vec<Letter> {
    let runs = line.runs.iter().filter(|run| match (side, run.fate) {
        (_, Fate::Same) | (Side::Before, Fate::Deleted(_)) | (Side::After, Fate::Inserted(_)) => true,
        (Side::Before, Fate::Inserted(_)) | (Side::After, Fate::Deleted(_)) => false,
    });
    let letters = runs.flat_map(|run| {
        let hand = hand_in(run.fate, &hand_of);
        run.text.chars().map(move |letter| (letter, hand))
    });
    letters.collect()
}

fn has_own(word: &[Letter]) -> bool {
    word.iter().any(|(_, by)| *by == Some(Hand::Own))
}

/// The words that somebody touched, those that follow each other as one stretch. Of a word in which more hands wrote
/// it gives their letters only.
fn stretches(letters: &[Letter], hand: Hand) -> Vec<String> {
    let mut stretches: Vec<(usize, String)> = Vec::new();
    let words = letters.split(|(letter, _)| letter.is_whitespace());
    for (at, word) in words.filter(|word| !word.is_empty()).enumerate() {
        let theirs = |(_, by): &&Letter| *by == Some(hand);
        if !word.iter().any(|letter| theirs(&letter)) {
            continue;
        }
        let is_shared = word.iter().any(|(_, by)| by.is_some_and(|by| by != hand));
        let quoted = word.iter().filter(|letter| !is_shared || theirs(letter));
        let quoted: String = quoted.map(|(letter, _)| letter).collect();
        match stretches.last_mut() {
            Some((last, stretch)) if *last + 1 == at => {
                *last = at;
                stretch.push(' ');
                stretch.push_str(&quoted);
            }
            _ => stretches.push((at, quoted)),
        }
    }
    stretches.into_iter().map(|(_, stretch)| stretch).collect()
}

#[cfg(test)]
mod tests;
