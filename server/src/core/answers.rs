//! First answers: what became of the commands of a plan, so that one that is sent again is not done again.
//!
//! Why it exists: a caller whose connection broke cannot know whether a command was done. They send it again under
//! the same key and get the first answer.
//!
//! # Invariants
//!
//! - A key belongs to its caller (`schema::log::event::kept_command_id`), an answer to what was asked
//!   (`schema::log::course`), so the log says after a restart whether a command that comes again is the same.
//! - A command that changed nothing left nothing in the log; it is remembered while the plan is loaded, and the
//!   oldest of them are forgotten first.

use std::collections::VecDeque;
use std::sync::Arc;

use schema::domain::Refusal;
use schema::ids::{CommandId, Position, Revision};
use schema::limits::UNCHANGED_ANSWERS_MAX;
use schema::log::Envelope;
use schema::log::course::{Course, Courses, Done, fold_course};
use schema::log::event::ContentDigest;
use schema::text::evidence::ChangeRefusal;

/// What became of a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CommandAnswer {
    /// Position of its last event outside texts (of a text that was only written: of its last change); absent when
    /// everything already was as asked.
    pub position: Option<Position>,
    /// The revision of its stream afterwards; none for a text that was only written.
    pub revision: Option<Revision>,
}

/// Why a command did nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CoreRefusal {
    /// A rule of the domain.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Somebody was earlier: the stream is no longer where the caller saw it.
    #[error("the expected revision is not the current one{}", current_text(*.current))]
    Stale {
        /// Where it is now.
        current: Option<Revision>,
    },
    /// The caller's key was used before, for something else.
    #[error("this key was used before, for something else; take a fresh one")]
    KeyReused,
    /// A change that the server made itself was not accepted: content moved under it; try again.
    #[error("the text moved on: {0}")]
    Change(ChangeRefusal),
    /// No such plan or chapter.
    #[error("not found")]
    NotFound,
    /// The log cannot be read now, or the server is stopping.
    #[error("not available: {0}")]
    Unavailable(String),
    /// The log does not write now; why is for the operator.
    #[error("nothing can be saved now: the server has no room or cannot write; try again later")]
    NotWriting(Arc<str>),
}

fn current_text(current: Option<Revision>) -> String {
    current
        .map(|revision| format!(", {revision}"))
        .unwrap_or_default()
}

/// See the module's text.
#[derive(Debug, Default)]
pub struct Answers {
    kept: Courses,
    unchanged: VecDeque<CommandId>,
}

impl Answers {
    /// Those of the commands that were done before the plan was first touched.
    #[must_use]
    pub fn known(kept: Courses) -> Self {
        let unchanged = VecDeque::new();
        Self { kept, unchanged }
    }

    /// Takes an event of the log.
    pub fn fold(&mut self, envelope: &Envelope) {
        fold_course(&mut self.kept, envelope);
    }

    /// Remembers what became of a command.
    pub fn keep(&mut self, id: CommandId, content: &ContentDigest, course: Course) {
        if course.position.is_none() {
            self.unchanged.push_back(id);
        }
        self.kept.insert(id, Done::now(id, content, course));
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
            Some(done) if done.is_of(id, content) => Ok(Some(done.course.into())),
            Some(_) => Err(CoreRefusal::KeyReused),
        }
    }

    /// Whether a command can be answered without doing anything: by its first answer or by a refusal.
    #[must_use]
    pub fn knows(&self, id: CommandId) -> bool {
        self.kept.contains_key(&id)
    }
}

impl From<Course> for CommandAnswer {
    fn from(course: Course) -> Self {
        Self {
            position: course.position,
            revision: course.revision,
        }
    }
}
