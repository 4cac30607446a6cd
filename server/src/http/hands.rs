//! Whose words they are, as a reader may know it: somebody's, a document's, or those history starts with for them.
//!
//! Why it exists: an imported plan was written by nobody here, and what a team typed before it offered a chapter is
//! not everyone's to look into. Both are said the same way wherever words are ascribed to people.

use schema::domain::policy::HistoryScope;
use schema::domain::{At, Caller};
use schema::ids::Revision;
use schema::log::Via;

use super::answer::{Actor, Authorship, Source};
use super::names::Cast;
use super::time;
use crate::views::chapter_history::Past;

/// Whose hand some words are from: words of equal hands belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hand {
    /// Of a person acting for a party; of nobody when the server did it.
    Writer(Option<Caller>),
    /// Out of a document that a program of this person held: they brought it, and that they wrote it is not proved.
    Brought(Caller),
    /// Out of a document that was imported.
    Document,
    /// Of the chapter's team, before it first offered the chapter.
    StartText,
    /// Of people who are not known any more: the text was written anew when what was before was erased.
    Rewritten,
}

/// Names the hands of one past for one reader.
pub struct Hands<'a> {
    past: &'a Past,
    cast: &'a Cast,
    /// From where on the reader may look into it.
    scope: HistoryScope,
    /// Whether all that stood there before came out of a document: then that is no secret of the team's.
    began_as_document: bool,
}

impl<'a> Hands<'a> {
    /// Hands as a reader may know them who may look into so much.
    #[must_use]
    pub fn new(past: &'a Past, cast: &'a Cast, scope: HistoryScope) -> Self {
        let start = scope.start();
        Self {
            past,
            cast,
            scope,
            began_as_document: start.is_some_and(|start| past.is_imported_until(start.position)),
        }
    }

    /// Whose hand a revision is from.
    #[must_use]
    pub fn of(&self, revision: Revision) -> Option<Hand> {
        let at = self.past.at(revision)?;
        let is_before = |start: At| at.position <= start.position;
        Some(match self.past.via(revision)? {
            _ if self.scope.start().is_some_and(is_before) => match self.scope {
                HistoryScope::FromErasure(_) => Hand::Rewritten,
                HistoryScope::FromOffer(_) | HistoryScope::Everything if self.began_as_document => {
                    Hand::Document
                }
                HistoryScope::FromOffer(_) | HistoryScope::Everything => Hand::StartText,
            },
            Via::Import => Hand::Document,
            Via::Browser | Via::Token | Via::Restore | Via::Server => match self.cast.caller(at.who) {
                Some(caller) if self.cast.is_brought(at.who) => Hand::Brought(caller),
                caller => Hand::Writer(caller),
            },
        })
    }

    /// The names of a hand; what was imported, offered or written anew has none.
    #[must_use]
    pub fn actor(&self, hand: Option<Hand>) -> (Actor, Source) {
        match hand {
            Some(Hand::Writer(caller)) => (self.cast.actor_of(caller), Source::Writer),
            Some(Hand::Brought(caller)) => (self.cast.actor_of(Some(caller)), Source::Brought),
            Some(Hand::Document) => (Actor::default(), Source::Document),
            Some(Hand::StartText) => (Actor::default(), Source::StartText),
            Some(Hand::Rewritten) => (Actor::default(), Source::Rewritten),
            None => (Actor::default(), Source::Writer),
        }
    }

    /// Who, when and where in the log. Of a start text it says only when the team offered it, of one
    /// written anew when that was.
    #[must_use]
    pub fn authorship(&self, revision: Revision) -> Option<Authorship> {
        let hand = self.of(revision)?;
        let at = match (hand, self.scope.start()) {
            (Hand::StartText | Hand::Rewritten, Some(start)) => start,
            (_, _) => self.past.at(revision)?,
        };
        let (actor, source) = self.actor(Some(hand));
        Some(Authorship {
            actor,
            source,
            at: time::format(at.recorded_at),
            position: at.position,
        })
    }
}
