//! First answers: what became of the commands of a plan, so that one that is sent again is not done again.
//!
//! Why it exists: a caller whose connection broke cannot know whether a command was done. They send it again under
//! the same key and get the first answer.
//!
//! # Invariants
//!
//! - A key belongs to its caller (`schema::log::event::kept_command_id`), an answer to what was asked: the id of a
//!   command's first event is derived from its content, so the log says after a restart whether a command that
//!   comes again is the same.
//! - Folding a command's events gives the answer it first got.
//! - A command that changed nothing left nothing in the log; it is remembered while the plan is loaded, and the
//!   oldest of them are forgotten first.

use std::collections::{BTreeMap, VecDeque};

use schema::ids::{CommandId, EventId, Position, Revision};
use schema::limits::UNCHANGED_ANSWERS_MAX;
use schema::log::event::{ContentDigest, command_event_id};
use schema::log::{Envelope, Stream};

use super::{CommandAnswer, CoreRefusal};

/// The answer of one command in the making, event by event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Course {
    stream: Option<Stream>,
    answer: CommandAnswer,
}

impl Course {
    /// Nothing became of it: everything was as asked, at this revision of the command's stream.
    #[must_use]
    pub fn unchanged(revision: Option<Revision>) -> Self {
        let answer = CommandAnswer {
            position: None,
            revision,
        };
        Self { stream: None, answer }
    }

    /// Takes the next event. A command's first event is in its own stream; texts count only where there is
    /// nothing else.
    pub fn note(&mut self, stream: Stream, position: Position, revision: Revision) {
        let is_text = matches!(stream, Stream::Text(..));
        let own = *self.stream.get_or_insert(stream);
        if is_text && own != stream {
            return;
        }
        self.answer.position = Some(position);
        if own == stream && !is_text {
            self.answer.revision = Some(revision);
        }
    }

    /// The answer after the last event.
    #[must_use]
    pub fn answer(&self) -> CommandAnswer {
        self.answer
    }
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Answers {
    /// The id of each command's first event, and its course.
    kept: BTreeMap<CommandId, (EventId, Course)>,
    unchanged: VecDeque<CommandId>,
}

impl Answers {
    /// Takes an event of the log that stands outside the texts.
    pub fn fold(&mut self, envelope: &Envelope) {
        if let Some(id) = envelope.correlation {
            let (_, course) = self.kept.entry(id).or_insert((envelope.id, Course::default()));
            course.note(envelope.stream, envelope.position, envelope.revision);
        }
    }

    /// Remembers what became of a command.
    pub fn keep(&mut self, id: CommandId, content: &ContentDigest, course: Course) {
        if course.answer.position.is_none() {
            self.unchanged.push_back(id);
        }
        self.kept.insert(id, (command_event_id(id, content, 0), course));
        if self.unchanged.len() > UNCHANGED_ANSWERS_MAX
            && let Some(oldest) = self.unchanged.pop_front()
        {
            self.kept.remove(&oldest);
        }
    }

    /// The first answer of a command that was done before.
    ///
    /// # Errors
    /// [`CoreRefusal::KeyReused`] when something else was asked under the key.
    pub fn find(&self, id: CommandId, content: &ContentDigest) -> Result<Option<CommandAnswer>, CoreRefusal> {
        match self.kept.get(&id) {
            None => Ok(None),
            Some((first, course)) if *first == command_event_id(id, content, 0) => Ok(Some(course.answer())),
            Some(_) => Err(CoreRefusal::KeyReused),
        }
    }
}
