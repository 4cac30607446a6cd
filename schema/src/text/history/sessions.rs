//! Sessions of work: a chapter's text events as a person would list them.
//!
//! Why it exists: a chapter has a hundred thousand events and its history page a few dozen lines. A session is a
//! stretch in which people wrote, together or in turns, until all of them paused; a restore is a session of its own,
//! and no session lasts over the end of a part of the chapter's life (an import, an offer, a freeze).
//! Of each author it tells how many letters came and went by their hand.

use std::collections::BTreeMap;

use super::replay::TextHistory;
use super::sequence::{Value, Version};
use crate::ids::{Revision, TimestampMs};

/// What a history needs to know of the event at a revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment<A> {
    /// The revision.
    pub revision: Revision,
    /// When it was recorded.
    pub at: TimestampMs,
    /// Who did it, as coarse as the list should be: an actor, a person and party.
    pub author: A,
    /// The restore it belongs to, if it does: revisions with the same one are one session.
    pub restore: Option<u64>,
    /// The part of the chapter's life that it lies in, as the caller counts them: a session lies in one.
    pub part: u64,
}

/// A stretch of work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session<A: Ord> {
    /// Its first event: the text before it is at the revision before.
    pub first: Revision,
    /// Its last event.
    pub last: Revision,
    /// When the first event was recorded.
    pub started_at: TimestampMs,
    /// When the last was.
    pub ended_at: TimestampMs,
    /// The restore that it is, if it is one.
    pub restore: Option<u64>,
    /// What each author did.
    pub work: BTreeMap<A, Work>,
}

/// Letters that came and went by one hand, also those that came and went again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Work {
    /// Letters inserted.
    pub inserted: u32,
    /// Letters deleted.
    pub deleted: u32,
}

/// When a session is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// After a pause longer than this, in milliseconds.
    pub pause_ms: u64,
    /// After so many milliseconds, also when nobody pauses.
    pub longest_ms: u64,
}

/// Groups moments, given in the order of their revisions, into sessions in the same order.
#[must_use]
pub fn sessions<A: Ord + Clone>(
    history: &TextHistory,
    moments: impl IntoIterator<Item = Moment<A>>,
    bounds: Bounds,
) -> Vec<Session<A>> {
    let work = history.work();
    let mut sessions: Vec<Session<A>> = Vec::new();
    let mut part = None;
    for moment in moments {
        let goes_on = sessions.last().is_some_and(|session| {
            let paused = moment.at.0.saturating_sub(session.ended_at.0) > bounds.pause_ms;
            let is_long = moment.at.0.saturating_sub(session.started_at.0) > bounds.longest_ms;
            session.restore == moment.restore && part == Some(moment.part) && !paused && !is_long
        });
        part = Some(moment.part);
        if !goes_on {
            sessions.push(Session {
                first: moment.revision,
                last: moment.revision,
                started_at: moment.at,
                ended_at: moment.at,
                restore: moment.restore,
                work: BTreeMap::new(),
            });
        }
        if let Some(session) = sessions.last_mut() {
            session.last = moment.revision;
            session.ended_at = session.ended_at.max(moment.at);
            let done = work.get(&moment.revision).copied().unwrap_or_default();
            let total = session.work.entry(moment.author).or_default();
            total.inserted = total.inserted.saturating_add(done.inserted);
            total.deleted = total.deleted.saturating_add(done.deleted);
        }
    }
    sessions
}

impl TextHistory {
    /// Letters that came and went in each revision where any did.
    #[must_use]
    pub fn work(&self) -> BTreeMap<Revision, Work> {
        let mut work = vec![Work::default(); self.revision.map_or(0, |last| last as usize + 1)];
        for version in self.letters() {
            if let Some(work) = work.get_mut(version.born as usize) {
                work.inserted += 1;
            }
            if let Some(work) = work.get_mut(version.ended as usize) {
                work.deleted += 1;
            }
        }
        let numbered = (0_u32..)
            .zip(work)
            .filter(|(number, _)| !self.starts.contains(number));
        let done = numbered.filter(|(_, work)| *work != Work::default());
        done.map(|(number, work)| (Revision(number.into()), work))
            .collect()
    }

    /// Every letter that ever stood.
    fn letters(&self) -> impl Iterator<Item = &Version> {
        let text = self.text_sequence().into_iter();
        let versions = text
            .flat_map(|text| text.walk())
            .flat_map(|(_, node)| node.versions());
        versions.filter(|version| matches!(version.value, Value::Char(_) | Value::Scalar(_)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE_10: Bounds = Bounds {
        pause_ms: 10,
        longest_ms: u64::MAX,
    };

    fn moment(revision: u64, at: u64, author: char, restore: Option<u64>) -> Moment<char> {
        Moment {
            revision: Revision(revision),
            at: TimestampMs(at),
            author,
            restore,
            part: 0,
        }
    }

    fn first_and_last(sessions: &[Session<char>]) -> Vec<(u64, u64, String)> {
        let people = |session: &Session<char>| session.work.keys().collect();
        sessions
            .iter()
            .map(|session| (session.first.0, session.last.0, people(session)))
            .collect()
    }

    #[test]
    fn a_session_ends_when_everyone_pauses() {
        let moments = [
            moment(1, 0, 'a', None),
            moment(2, 8, 'b', None),
            moment(3, 16, 'a', None),
            moment(4, 27, 'a', None),
        ];
        let found = sessions(&TextHistory::new(), moments, PAUSE_10);
        assert_eq!(first_and_last(&found), [(1, 3, "ab".into()), (4, 4, "a".into())]);
        assert_eq!(
            (found[0].started_at, found[0].ended_at),
            (TimestampMs(0), TimestampMs(16))
        );
    }

    #[test]
    fn a_session_lasts_no_longer_than_it_may() {
        let moments = (0..6).map(|at| moment(at + 1, at * 10, 'a', None));
        let bounds = Bounds {
            longest_ms: 20,
            ..PAUSE_10
        };
        let found = sessions(&TextHistory::new(), moments, bounds);
        assert_eq!(first_and_last(&found), [(1, 3, "a".into()), (4, 6, "a".into())]);
    }

    #[test]
    fn no_session_lasts_over_the_end_of_a_part() {
        let moments = [(1, 0), (2, 0), (3, 1), (4, 0)].map(|(revision, part)| Moment {
            part,
            ..moment(revision, 0, 'a', None)
        });
        let found = sessions(&TextHistory::new(), moments, PAUSE_10);
        let spans: Vec<_> = found
            .iter()
            .map(|session| (session.first.0, session.last.0))
            .collect();
        assert_eq!(spans, [(1, 2), (3, 3), (4, 4)]);
    }

    #[test]
    fn a_restore_stands_by_itself() {
        let moments = [
            moment(1, 0, 'a', None),
            moment(2, 1, 'b', Some(7)),
            moment(3, 1, 'b', Some(7)),
            moment(4, 2, 'b', Some(9)),
            moment(5, 2, 'a', None),
        ];
        let found = sessions(&TextHistory::new(), moments, PAUSE_10);
        let spans: Vec<_> = found
            .iter()
            .map(|session| (session.first.0, session.last.0, session.restore))
            .collect();
        assert_eq!(
            spans,
            [(1, 1, None), (2, 3, Some(7)), (4, 4, Some(9)), (5, 5, None)]
        );
    }
}
