//! A sentence that goes on in letters that the restorer did not see stays, from its beginning.
//!
//! Why it exists: whoever reads a preview and then decides sees a sentence that somebody is typing only as far as it was.
//! What came since stays; without what it goes on from, half a word would stand behind the sentence before.
//!
//! # Invariants
//!
//! - Only what one writer typed counts, letter behind letter, with nothing of others between.
//! - Only where the sentence ends in what was not seen: who adds to the middle of one that goes was not typing it.
//! - No more stays than the sentence, and the marker of its paragraph if it begins one.
//! - Where nothing was written since, everything goes as it was asked.

use super::super::elements::{Content, View};
use super::plan::Action;
use crate::text::sentences;

/// Lets stay what goes on in letters that were not seen, and counts it as not seen: nothing that comes back parts it.
pub(super) fn let_stay(actions: &mut [Action], now: &View<'_>, unseen: &mut [bool]) {
    if !unseen.contains(&true) {
        return;
    }
    let mut next: Option<Behind> = None;
    for action in actions.iter_mut().rev() {
        let (Action::Keep { now: at, .. } | Action::Leave(at) | Action::Delete(at)) = *action else {
            continue;
        };
        let behind = next.filter(|behind| !begins_another(now, (at, behind.at)));
        let goes_on = behind.is_some_and(|behind| behind.is_typed && is_one_writer(now, (at, behind.at)));
        if matches!(action, Action::Delete(_)) && goes_on {
            *action = Action::Leave(at);
            if let Some(unseen) = unseen.get_mut(at) {
                *unseen = true;
            }
        }
        let ends_in_cut = behind.is_some_and(|behind| behind.is_cut);
        let stays = matches!(action, Action::Leave(_)) && unseen.get(at).copied().unwrap_or_default();
        next = Some(Behind {
            at,
            is_typed: stays && !ends_in_cut,
            is_cut: ends_in_cut || matches!(action, Action::Delete(_)),
        });
    }
}

/// What stands, or stood, behind an element.
#[derive(Clone, Copy)]
struct Behind {
    at: usize,
    /// It was not seen, and its sentence goes on in nothing that goes.
    is_typed: bool,
    /// It goes, or something behind it in its sentence does: what was typed before that came in the middle of what was seen.
    is_cut: bool,
}

fn is_one_writer(now: &View<'_>, (one, other): (usize, usize)) -> bool {
    let writer = |at: usize| Some(now.history.writer_of(now.elements.get(at)?.node));
    writer(one) == writer(other)
}

/// Whether a new sentence, or a new paragraph, begins with the second of two elements.
fn begins_another(now: &View<'_>, (one, next): (usize, usize)) -> bool {
    let content = |at: usize| now.elements.get(at).map(|element| element.content);
    match (content(one), content(next)) {
        (Some(Content::Char(one)), Some(Content::Char(next))) => sentences::begins(one, next),
        (_, Some(Content::Block(_))) => true,
        _ => false,
    }
}
