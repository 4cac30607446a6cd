//! The words of one person that a session took away and that have not come back: quoted, and counted as that person
//! would count them.
//!
//! Why it exists: who was away when earlier text was restored has to learn which of their words went. What came back in
//! the same restore, or since, did not go for them; nor did what they had taken out themselves, and a restore brought back in between.

use std::collections::{BTreeMap, BTreeSet};

use super::super::blame::revision;
use super::super::replay::TextHistory;
use super::super::sequence::Version;
use super::super::sessions::Session;
use super::{Changed, Places, Span, Text, is_of_word};
use crate::ids::Revision;

/// What a session took of somebody's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnWords {
    /// How many words lost a letter of theirs.
    pub count: usize,
    /// Where.
    pub places: Places,
}

/// What one session took, while it is being read.
#[derive(Debug)]
struct Loss {
    span: Span,
    went: Changed,
    words: usize,
}

impl TextHistory {
    /// What each session took away of the words that `is_own` wrote, where it was the last that did and they did not come
    /// back.
    #[must_use]
    pub fn own_words_taken<A: Ord>(
        &self,
        sessions: &[Session<A>],
        is_own: impl Fn(Revision) -> bool,
    ) -> Vec<OwnWords> {
        let text = Text::of(self);
        let mut losses: Vec<Loss> = sessions
            .iter()
            .map(|session| Loss {
                span: Span::of(session),
                went: Changed::none(),
                words: 0,
            })
            .collect();
        let mut gone = Vec::new();
        for (place, (number, node)) in text.nodes.iter().enumerate() {
            for version in node.versions().filter(|version| is_of_word(version)) {
                let after = losses.partition_point(|loss| loss.span.first <= version.ended);
                let at = after.checked_sub(1);
                let took = |at: &usize| losses.get(*at).is_some_and(|loss| loss.span.took(version));
                let own = || is_own(revision(self.written_first(*number, version)));
                if let Some(at) = at.filter(took).filter(|_| own()) {
                    let (first, ended) = (self.origin(*number), version.ended);
                    gone.push((place, at, first, ended));
                }
            }
        }
        let ends = text.ends(gone.iter().map(|(_, _, first, _)| *first));
        for (place, at, first, ended) in gone {
            let ends = ends.get(&first).into_iter().flatten().rev();
            let mut ends = ends.filter(|end| !self.starts.contains(end));
            let went = ends.next() == Some(&ended);
            // What its author had taken out themselves only went again.
            let had_gone = ends.next().is_some_and(|before| is_own(revision(*before)));
            if let Some(loss) = losses.get_mut(at).filter(|_| went && !had_gone) {
                text.note_loss(loss, place);
            }
        }
        let taken = losses.into_iter().map(|loss| OwnWords {
            count: loss.words,
            places: text.quoted(loss.went),
        });
        taken.collect()
    }

    /// The revision that first wrote what an element shows.
    pub(super) fn written_first(&self, node: u32, version: &Version) -> u32 {
        self.born(self.origin(node)).unwrap_or(version.born)
    }
}

impl Text<'_> {
    /// When what some elements wrote first went, each time: never at last, where it stands.
    fn ends(&self, firsts: impl Iterator<Item = u32>) -> BTreeMap<u32, BTreeSet<u32>> {
        let mut ends: BTreeMap<u32, BTreeSet<u32>> = firsts.map(|first| (first, BTreeSet::new())).collect();
        for (number, node) in &self.nodes {
            if let Some(ends) = ends.get_mut(&self.history.origin(*number)) {
                ends.extend(node.versions().map(|version| version.ended));
            }
        }
        ends
    }

    fn note_loss(&self, loss: &mut Loss, place: usize) {
        let at = loss.span.first.saturating_sub(1);
        let same_word = loss
            .went
            .last
            .is_some_and(|(last, _)| self.is_one_word(last + 1..place, at));
        loss.words += usize::from(!same_word);
        self.push(&mut loss.went, (place, at));
    }

    /// Whether a word that stood around some places goes on over them.
    fn is_one_word(&self, between: std::ops::Range<usize>, revision: u32) -> bool {
        let mut signs = between.filter_map(|place| self.sign(place, revision));
        signs.all(|sign| !sign.is_between_words())
    }
}
