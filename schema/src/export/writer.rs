//! Writing an export, record by record, into whatever the caller sends on.
//!
//! Why it checks what it writes: an export that does not verify is worse than none, and the fault would be found
//! only by whoever was handed the file.

use serde::Serialize;

use super::event_line::{Shown, Withheld};
use super::header::{Header, Trailer};
use crate::audit::{Frontier, SignedCheckpoint, TreeHash, base64_text};
use crate::domain::actor::Actors;
use crate::ids::Position;
use crate::limits::EXPORT_LEFT_OUT_LINE_MAX;
use crate::log::{Record, commitment};

/// What is shown of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Show {
    /// Everything that is there.
    Whole,
    /// All but the content.
    Withheld(Withheld),
    /// Nothing but its commitment: a filter leaves it out, or whoever asked may not even know of it.
    LeftOut,
}

/// Why an export cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WriteError {
    /// The log is damaged, or the caller left one out.
    #[error("event {0} does not follow from the one before it: the log is damaged")]
    NotProved(Position),
}

/// An export under way.
#[derive(Debug)]
pub struct Writer {
    header: Header,
    source: String,
    actors: Actors,
    chain: [u8; 32],
    frontier: Frontier,
    left_out: Vec<Commitment>,
    left_out_count: u64,
}

/// An envelope commitment in base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub(super) struct Commitment(#[serde(with = "base64_text")] pub [u8; 32]);

/// Neighbouring events that a filter left out.
#[derive(Debug, Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LeftOut {
    pub from: Position,
    pub commitments: Vec<Commitment>,
}

/// The line of [`LeftOut`].
#[derive(Debug, Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct LeftOutLine {
    pub left_out: LeftOut,
}

/// The line of [`Trailer`].
#[derive(Debug, Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TrailerLine {
    pub trailer: Trailer,
}

impl Writer {
    /// Begins an export with its first line.
    #[must_use]
    pub fn begin(header: Header, to: &mut Vec<u8>) -> Self {
        write_line(&header, to);
        Self {
            source: header.log().to_string(),
            header,
            actors: Actors::default(),
            chain: commitment::CHAIN_START,
            frontier: Frontier::new(),
            left_out: Vec::new(),
            left_out_count: 0,
        }
    }

    /// How many events were taken.
    #[must_use]
    pub const fn taken(&self) -> u64 {
        self.frontier.size()
    }

    /// The next event, in the order of positions.
    ///
    /// # Errors
    /// [`WriteError`]; then nothing more can be written.
    pub fn event(&mut self, record: &Record, show: Show, to: &mut Vec<u8>) -> Result<(), WriteError> {
        let position = record.envelope.position;
        let follows = position.0 == self.taken() && record.is_proved_after(self.header.plan, &self.chain);
        if !follows {
            return Err(WriteError::NotProved(position));
        }
        let leaf = record.leaf(self.header.plan);
        let appended = self
            .frontier
            .append(TreeHash::of_leaf(&leaf.to_bytes()), |_, _| {});
        appended.map_err(|_| WriteError::NotProved(position))?;
        self.chain = record.chain;
        match show {
            Show::LeftOut => {
                self.left_out.push(Commitment(leaf.envelope_commitment));
                self.left_out_count += 1;
                if self.left_out.len() >= EXPORT_LEFT_OUT_LINE_MAX {
                    self.close_gap(to);
                }
            }
            Show::Whole => self.show(record, None, to),
            Show::Withheld(why) => {
                let mut without = record.clone();
                without.erase_payload();
                self.show(&without, Some(&why), to);
            }
        }
        Ok(())
    }

    fn show(&mut self, record: &Record, withheld: Option<&Withheld>, to: &mut Vec<u8>) {
        if !self.left_out.is_empty() {
            self.gap_before(record.envelope.position.0, to);
        }
        // As a reader learns of them: what is left out or withheld tells of no actor.
        self.actors.fold(record);
        let shown = Shown {
            record,
            withheld,
            source: &self.source,
            actors: &self.actors,
        };
        shown.write(to);
        to.push(b'\n');
    }

    /// Ends the export with its last line.
    pub fn end(mut self, checkpoint: Option<SignedCheckpoint>, to: &mut Vec<u8>) {
        self.close_gap(to);
        let head = self.frontier.head();
        let trailer = Trailer {
            events: head.size - self.left_out_count,
            left_out: self.left_out_count,
            size: head.size,
            chain: TreeHash::from_bytes(self.chain),
            root: head.root,
            checkpoint,
        };
        write_line(&TrailerLine { trailer }, to);
    }

    fn close_gap(&mut self, to: &mut Vec<u8>) {
        if !self.left_out.is_empty() {
            self.gap_before(self.taken(), to);
        }
    }

    fn gap_before(&mut self, next: u64, to: &mut Vec<u8>) {
        let commitments = std::mem::take(&mut self.left_out);
        let from = Position(next - commitments.len() as u64);
        write_line(
            &LeftOutLine {
                left_out: LeftOut { from, commitments },
            },
            to,
        );
    }
}

/// A value as a line of its own.
pub(super) fn write_line<T: Serialize>(value: &T, to: &mut Vec<u8>) {
    serde_json::to_writer(&mut *to, value).expect("lines are text, numbers and lists, and memory takes them");
    to.push(b'\n');
}
