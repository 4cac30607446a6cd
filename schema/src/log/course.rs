//! What became of a command, folded from its events: the answer that it first got, for when it is sent again.
//!
//! Why it exists: whoever writes a command down and whoever reads it back, from the log or from a checkpoint, must give
//! the same answer. So there is one fold, and it asks nothing but what every envelope says.
//!
//! # Invariants
//!
//! - Folding a command's events gives the answer it first got, wherever the fold was cut and taken up again.
//! - The id of a command's first event is derived from what was asked ([`command_event_id`]), so a course says whether
//!   a command that comes again asks the same.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::event::{ContentDigest, command_event_id};
use super::{Envelope, Stream};
use crate::ids::{CommandId, EventId, Position, Revision};

/// The course of one command, event by event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
pub struct Course {
    /// That of its first event: a command's first event is in its own stream.
    #[n(0)]
    stream: Option<Stream>,
    /// Position of its last event outside texts (of a text that was only written: of its last change).
    #[n(1)]
    pub position: Option<Position>,
    /// The last revision of its own stream; none for a text that was only written.
    #[n(2)]
    pub revision: Option<Revision>,
}

impl Course {
    /// Nothing became of it: everything was as asked, at this revision of the command's stream.
    #[must_use]
    pub const fn unchanged(revision: Option<Revision>) -> Self {
        Self {
            stream: None,
            position: None,
            revision,
        }
    }

    /// Takes the next event. Texts count only where there is nothing else.
    pub fn note(&mut self, stream: Stream, position: Position, revision: Revision) {
        let is_text = matches!(stream, Stream::Text(..));
        let own = *self.stream.get_or_insert(stream);
        if is_text && own != stream {
            return;
        }
        self.position = Some(position);
        if own == stream && !is_text {
            self.revision = Some(revision);
        }
    }
}

/// A command that was done: the id of its first event, and its course.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Done {
    /// See the module's text.
    #[n(0)]
    pub first: EventId,
    /// What became of it.
    #[n(1)]
    pub course: Course,
}

impl Done {
    /// A command that was done just now.
    #[must_use]
    pub fn now(id: CommandId, content: &ContentDigest, course: Course) -> Self {
        Self {
            first: command_event_id(id, content, 0),
            course,
        }
    }

    /// Whether this is what was asked under the command's id.
    #[must_use]
    pub fn is_of(&self, id: CommandId, content: &ContentDigest) -> bool {
        self.first == command_event_id(id, content, 0)
    }
}

/// Every command that left an event outside the texts of a plan.
pub type Courses = BTreeMap<CommandId, Done>;

/// Takes the next event of a plan; one of a text or of no command changes nothing.
pub fn fold_course(courses: &mut Courses, envelope: &Envelope) {
    let outside_texts = !matches!(envelope.stream, Stream::Text(..));
    if let Some(id) = envelope.correlation.filter(|_| outside_texts) {
        let done = courses.entry(id).or_insert(Done {
            first: envelope.id,
            course: Course::default(),
        });
        done.course
            .note(envelope.stream, envelope.position, envelope.revision);
    }
}
