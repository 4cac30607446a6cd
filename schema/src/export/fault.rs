//! What can be wrong with an export, and where it is first wrong.
//!
//! Why every fault is a name with its facts: a command line says it in English, a page in Dutch, a program by code.

use std::fmt;

use serde::Serialize;

use crate::ids::{Position, Revision};
use crate::limits::{EXPORT_EVENTS_MAX, EXPORT_LINE_BYTES_MAX};

/// The first thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The line of the file, from 1.
    pub line: u64,
    /// The event that should stand there, unless it is the first line or the last.
    pub position: Option<Position>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FaultKind {
    /// Longer than any line that is written.
    #[error("the line is longer than {EXPORT_LINE_BYTES_MAX} bytes")]
    LineTooLong,
    /// The first line is no header.
    #[error("this is not an export of Schrijftafel")]
    NotAnExport,
    /// A header of another version.
    #[error("the format {found:?} is not known to this program")]
    OtherFormat {
        /// What it says.
        found: String,
    },
    /// Not one of the lines that stand in an export.
    #[error("the line is none that stands in an export: {what}")]
    Malformed {
        /// What the reader said.
        what: String,
    },
    /// Readable, but not the one form of what it says.
    #[error("{what:?} on the line is not what the stored event says")]
    NotAsWritten {
        /// The part that differs.
        what: String,
    },
    /// It has a carriage return before its end.
    #[error(
        "the line ends as Windows ends lines (CR LF), so a mail or text program changed the file on its way; take it as it \
         was made, or give its lines back the end that they had (LF)"
    )]
    LineEnds,
    /// Another plan's event, or another incarnation's.
    #[error("the event is of another log: {found:?}")]
    OtherLog {
        /// What its source says.
        found: String,
    },
    /// An event is missing, stands there twice, or was moved.
    #[error("event {found} stands where event {expected} must come")]
    OutOfOrder {
        /// What must come.
        expected: Position,
        /// What came.
        found: Position,
    },
    /// The content is another one.
    #[error("the content is not the one that was recorded")]
    Content,
    /// Who, when, what kind, or the event altogether is another one; or the one before it is, and its own chain value
    /// was computed anew.
    #[error("the event does not follow from what stands before it: it is not the one that was recorded here")]
    Event,
    /// The numbers of a stream have a hole or a double.
    #[error("revision {found} of {stream} stands where revision {expected} must come")]
    Revision {
        /// The stream.
        stream: String,
        /// What must come.
        expected: Revision,
        /// What came.
        found: Revision,
    },
    /// The same event a second time.
    #[error("an event with this id came before")]
    IdTwice,
    /// Time runs backwards.
    #[error("the event is dated before the one that it follows")]
    TimeWentBack,
    /// Its actor is not known yet.
    #[error("the event names an actor that comes after it")]
    ActorToCome,
    /// Content beside an envelope that nothing links to the tree any more.
    #[error("there is content, but the salt that would prove it is not there")]
    Unprovable,
    /// It says that content is withheld, and shows it.
    #[error("the content is said to be withheld, and is there")]
    NotWithheld,
    /// More than a verifier takes.
    #[error("an export has at most {EXPORT_EVENTS_MAX} events")]
    TooManyEvents,
    /// No last line.
    #[error("the file ends before its last line: something is missing at the end")]
    Truncated,
    /// Lines after the last one.
    #[error("something follows the last line")]
    AfterEnd,
    /// The first or the last line counts otherwise.
    #[error("{stated} events are stated, {found} are there")]
    Count {
        /// What the line states.
        stated: u64,
        /// What is there.
        found: u64,
    },
    /// The last line states another chain value or root.
    #[error("the events are not those that the last line was written for")]
    End,
    /// The last line has another checkpoint than the first announces.
    #[error("the checkpoint is not the one that the first line announces")]
    OtherCheckpoint,
    /// The checkpoint states another root: somebody rewrote the file, and made it fit in itself.
    #[error("the first {size} events are not those that were signed")]
    NotAsSigned {
        /// How many the checkpoint is of.
        size: u64,
    },
    /// There is no checkpoint, or none that is signed.
    #[error("nothing is signed, and a signature is asked for")]
    NotSigned,
    /// The file has a checkpoint and no key for it.
    #[error("there is a checkpoint, but neither the file nor the reader names a key for it")]
    NoKey,
    /// None of the keys that the reader trusts signed it.
    #[error("none of the keys you trust signed the checkpoint")]
    ForeignKey,
    /// A signature of the log is false.
    #[error("the signature under the checkpoint is false: {name}")]
    Signature {
        /// Whose.
        name: String,
    },
    /// A cosignature is false.
    #[error("the cosignature of {name} is false")]
    Cosignature {
        /// Whose.
        name: String,
    },
    /// The file's witnesses are no list of witnesses.
    #[error("the witnesses that the first line names are no list of witnesses: {what}")]
    Witnesses {
        /// Why not.
        what: String,
    },
    /// Too few witnesses.
    #[error("{found} of the witnesses you trust cosigned, {required} are asked for")]
    TooFewWitnesses {
        /// How many are asked for.
        required: usize,
        /// How many cosigned.
        found: usize,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.position {
            Some(position) => write!(f, "event {position} (line {}): {}", self.line, self.kind),
            None => write!(f, "line {}: {}", self.line, self.kind),
        }
    }
}

impl std::error::Error for Fault {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.kind)
    }
}
