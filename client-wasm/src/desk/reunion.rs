//! What became of words that waited on this device, told once they have arrived or were refused.
//!
//! Why it exists: whoever wrote without a connection wants to know three things afterwards: is it there, did somebody
//! else write in the same paragraphs, and was something not taken. Counting changes answers none of them. Who the
//! others are, the server is asked before anything is told (see [`told`]).

mod told;

use std::collections::BTreeSet;

use schema::ids::Generation;
use schema::sync::ChapterKey;

use super::{Desk, Effect};
use crate::chapter::meanwhile::{self, Paragraph, Since};
use crate::chapter::moving::Ended;
use crate::chapter::{Chapter, steps};
use told::Draft;
pub(super) use told::Drafts;

/// Words that waited for less are not worth a report: the connection was gone for a moment.
const WAITED_MS: u64 = 10_000;

/// How a chapter stood when its waiting words began their way to the server.
#[derive(Debug, Clone)]
pub(super) struct Before {
    generation: Generation,
    /// What the server had, and the changes of one's own.
    since: Since,
    /// What these did.
    counts: Counts,
    /// What others did in a generation that ended meanwhile.
    earlier: Vec<Paragraph>,
    /// Which refused words were there already.
    refused: BTreeSet<String>,
    /// Since when the oldest of the words waited, UTC ms.
    since_ms: u64,
    /// A part of the words had arrived before the connection broke again.
    is_cut: bool,
}

/// Words of one's own: how many came, how many went.
type Counts = (usize, usize);

impl Desk {
    /// Notes how a chapter stands if something of it waits; after a cut, what is left of it, beside what everybody had
    /// before the first one.
    pub(super) fn note_before(&mut self, key: ChapterKey) {
        let (Some(chapter), Some(report)) = (self.chapters.get(&key), self.reports.get_mut(&key)) else {
            return;
        };
        if chapter.waiting() > 0 {
            let noted = Before::of(chapter);
            report.before = match report.before.take() {
                Some(first) => noted.map(|noted| noted.after(first)),
                None => noted,
            };
        }
    }

    /// A chapter goes on in another generation: what others did in the one before is to be told too.
    pub(super) fn note_moved(&mut self, key: ChapterKey, ended: Ended) {
        let generation = self.chapters.get(&key).map(|chapter| chapter.generation);
        let before = self
            .reports
            .get_mut(&key)
            .and_then(|report| report.before.as_mut());
        if let (Some(before), Some(generation)) = (before, generation) {
            before.moved(generation, ended);
        }
    }

    /// Tells what became of the words that waited, once all of them have an answer and it is known who the others are.
    pub(super) fn tell_reunion(&mut self, key: ChapterKey) {
        let caught_up = self
            .client
            .channel(&key)
            .is_some_and(|channel| channel.is_caught_up());
        let (Some(chapter), Some(report)) = (self.chapters.get_mut(&key), self.reports.get_mut(&key)) else {
            return;
        };
        let is_over = chapter.closed.is_some() || caught_up;
        if !is_over || !chapter.is_settled() {
            return;
        }
        let before = report.before.take();
        let Some(draft) = before.map(|before| before.draft(self.now_ms, chapter)) else {
            return;
        };
        let actors = draft.actors();
        if actors.is_empty() {
            self.tell_draft(key, draft, "");
        } else {
            let ticket = self.drafts.put(key, draft);
            self.effects.push(Effect::AskWriters(key, ticket, actors));
        }
    }

    /// The server said who some actors are (`WriterList` of its contract); empty when it cannot be asked.
    pub fn writers(&mut self, ticket: u32, answer: &str) {
        if let Some((key, draft)) = self.drafts.take(ticket) {
            self.tell_draft(key, draft, answer);
        }
    }

    /// The text of a chapter is erased: nothing of it is told.
    pub(super) fn forget_words(&mut self, key: ChapterKey) {
        self.drafts.forget_words(key);
        let report = self.reports.get_mut(&key);
        if let Some(before) = report.and_then(|report| report.before.as_mut()) {
            before.earlier.clear();
        }
    }

    fn tell_draft(&mut self, key: ChapterKey, draft: Draft, answer: &str) {
        let told = draft.told(answer);
        self.effects
            .extend(told.map(|report| Effect::Report(key, report)));
    }
}

impl Before {
    fn of(chapter: &Chapter) -> Option<Self> {
        let (base, counts) = chapter.accepted()?;
        Some(Self {
            generation: chapter.generation,
            since: Since {
                base,
                own: chapter.waiting_hashes(),
            },
            counts,
            earlier: Vec::new(),
            refused: chapter.refused.iter().map(|words| words.id.clone()).collect(),
            since_ms: chapter.waiting_since_ms().unwrap_or(u64::MAX),
            is_cut: false,
        })
    }

    /// The same, after a cut in which others may have been heard already.
    fn after(self, first: Self) -> Self {
        if self.generation != first.generation {
            return self;
        }
        let mut own = first.since.own;
        own.extend(self.since.own);
        Self {
            since: Since {
                base: first.since.base,
                own,
            },
            earlier: first.earlier,
            since_ms: first.since_ms.min(self.since_ms),
            is_cut: true,
            ..self
        }
    }

    fn moved(&mut self, generation: Generation, mut ended: Ended) {
        self.earlier
            .extend(meanwhile::paragraphs(&mut ended.doc, &self.since, &ended.actors));
        self.generation = generation;
        self.since = ended.next;
        // What had arrived in the generation that ended is no change of this one.
        self.is_cut = false;
    }

    fn draft(self, now_ms: u64, chapter: &mut Chapter) -> Draft {
        let refused = chapter
            .refused
            .iter()
            .filter(|words| !self.refused.contains(&words.id))
            .map(|words| steps::count_words(&words.text))
            .sum::<usize>();
        let since = Some(&self.since).filter(|_| self.is_cut && chapter.generation == self.generation);
        let counted = since.and_then(|since| chapter.own_words(since));
        let (added, removed) = counted.unwrap_or_else(|| self.waited(refused));
        Draft {
            added,
            removed,
            refused,
            is_long: now_ms.saturating_sub(self.since_ms) >= WAITED_MS,
            is_empty: added + removed + refused == 0,
            // Where words were refused the text lacks them: what differs there is not what others did.
            shared: if refused == 0 {
                self.shared(chapter)
            } else {
                Vec::new()
            },
        }
    }

    /// What waited, but for words that were refused.
    const fn waited(&self, refused: usize) -> Counts {
        let (added, removed) = self.counts;
        (
            added.saturating_sub(refused),
            if refused == 0 { removed } else { 0 },
        )
    }

    fn shared(self, chapter: &mut Chapter) -> Vec<Paragraph> {
        let mut shared = self.earlier;
        if chapter.generation == self.generation {
            shared.extend(chapter.meanwhile(&self.since));
        }
        shared
    }
}
