//! Whose question about an ended generation is read next (rule N4): one at a time of each person, and then a rest.
//!
//! Why it exists: to answer, the server reads the generation and every one after it. Whoever may open a chapter may ask,
//! as often as they open it or come back. Without turns one person in a loop would keep the workers from everybody.
//!
//! # Invariants
//!
//! - Of one person at most one question is read at a time, and the next one only after a rest as long as the last one
//!   took: one person has at most half of one worker.
//! - A question that waits is not forgotten as long as its connection has the chapter open, so a device that comes back
//!   on a bad line hears what it needs, later.
//! - Of one connection and chapter at most one question waits.

use std::collections::{BTreeMap, VecDeque};

use schema::ids::{ChapterId, PersonId, PlanId, TimestampMs};

use super::SessionId;
use super::trace::TraceRequest;

/// On which connection, about which chapter.
pub type Asker = (SessionId, PlanId, ChapterId);

/// A question that waits for its turn, or has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// Who gets the answer.
    pub asker: Asker,
    /// What is asked.
    pub request: TraceRequest,
}

/// The questions of one person.
#[derive(Debug, Default)]
struct Turn {
    /// What is being read, and since when.
    reading: Option<(Asker, TimestampMs)>,
    /// When the rest after the last one is over.
    rested_at: TimestampMs,
    waiting: VecDeque<Question>,
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Turns {
    people: BTreeMap<PersonId, Turn>,
}

impl Turn {
    fn next(&mut self, now: TimestampMs) -> Option<Question> {
        if self.reading.is_some() || now < self.rested_at {
            return None;
        }
        let next = self.waiting.pop_front()?;
        self.reading = Some((next.asker, now));
        Some(next)
    }

    fn is_over(&self, now: TimestampMs) -> bool {
        self.reading.is_none() && self.waiting.is_empty() && self.rested_at <= now
    }
}

impl Turns {
    /// Takes a question; gives back what is to be read now, if anything.
    pub fn ask(&mut self, now: TimestampMs, person: PersonId, question: Question) -> Option<Question> {
        let turn = self.people.entry(person).or_default();
        turn.waiting.retain(|waits| waits.asker != question.asker);
        turn.waiting.push_back(question);
        turn.next(now)
    }

    /// A question was read, or need not be; gives back the person's next one, if that may be read at once.
    pub fn done(&mut self, now: TimestampMs, asker: &Asker) -> Option<Question> {
        let reads = |turn: &&mut Turn| matches!(&turn.reading, Some((of, _)) if of == asker);
        let turn = self.people.values_mut().find(reads)?;
        let (_, since) = turn.reading.take()?;
        turn.rested_at = TimestampMs(now.0 + now.0.saturating_sub(since.0));
        turn.next(now)
    }

    /// The connection has the chapter open no longer: what it wanted to know is not read any more.
    pub fn left(&mut self, asker: &Asker) {
        for turn in self.people.values_mut() {
            turn.waiting.retain(|waits| waits.asker != *asker);
        }
    }

    /// Time has passed: what may be read now, at most one question of each person.
    pub fn due(&mut self, now: TimestampMs) -> Vec<Question> {
        let due = self
            .people
            .values_mut()
            .filter_map(|turn| turn.next(now))
            .collect();
        self.people.retain(|_, turn| !turn.is_over(now));
        due
    }
}
