//! The check of an export, line by line, as it comes: native and in the browser the same.
//!
//! # Why it exists
//!
//! Whoever holds the file and this code needs nobody's word for what the file shows, except the word of the keys
//! that they trust. The first thing that is wrong is named with its position, and nothing is said of what follows.
//!
//! # Invariants
//!
//! - A [`Report`] is given only after the last line, and only if every line was right.
//! - What an event says is looked at only after its content and its place in the chain are proved.

mod body;

use crate::audit::TreeHead;
use crate::ids::{Position, TimestampMs};
use crate::log::Record;

use super::FORMAT;
use super::event_line::Withheld;
use super::fault::{Fault, FaultKind};
use super::header::Header;
use super::replay::Replay;
use super::seal::{Seal, Trusted};
use super::writer::write_line;
use body::Body;

/// A check under way.
#[derive(Debug)]
pub struct Verifier {
    trusted: Trusted,
    line: u64,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    Beginning,
    Events(Box<Body>),
    Ended(Box<Report>),
}

/// What a line was, once it is checked.
#[derive(Debug)]
pub enum Taken {
    /// The first line.
    Header(Box<Header>),
    /// An event, and why its content is not there, if it was withheld.
    Event(Box<Record>, Option<Withheld>),
    /// So many events that are left out.
    LeftOut(u64),
    /// The last line.
    Trailer,
}

/// How many events of which sort.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Shown, with content or without.
    pub shown: u64,
    /// Left out by a filter, or because whoever asked may not know of them.
    pub left_out: u64,
    /// Shown without content, because it was erased. Whoever hands on a file could take content out of it in the
    /// same way, so what is left proves what happened and not why content is gone.
    pub erased: u64,
    /// Shown without content, because whoever asked has no right to it.
    pub withheld: u64,
    /// Of the erased: those whose first salt went too, so that kind, time and actor are only claimed.
    pub unlinked: u64,
}

/// An export that holds together.
#[derive(Debug)]
pub struct Report {
    /// Its first line.
    pub header: Header,
    /// How many events.
    pub counts: Counts,
    /// Time of the first and the last event shown.
    pub period: Option<(TimestampMs, TimestampMs)>,
    /// The tree of all events.
    pub head: TreeHead,
    /// Chain value of the last event.
    pub chain: [u8; 32],
    /// What was signed, if anything.
    pub seal: Option<Seal>,
    /// What the events come to. Of a selection, only as far as it goes.
    pub replay: Replay,
}

impl Report {
    /// Whether every event of the plan is shown, with or without content.
    #[must_use]
    pub const fn is_whole(&self) -> bool {
        self.header.filter.is_none() && self.counts.left_out == 0
    }
}

impl Verifier {
    /// A check against what the reader believes beforehand.
    #[must_use]
    pub const fn new(trusted: Trusted) -> Self {
        Self {
            trusted,
            line: 0,
            stage: Stage::Beginning,
        }
    }

    /// The next line, without its end.
    ///
    /// # Errors
    /// The first [`Fault`]; a check that met one says no more.
    pub fn line(&mut self, line: &[u8]) -> Result<Taken, Fault> {
        self.line += 1;
        let (number, position) = (self.line, self.position());
        self.take(line).map_err(|kind| Fault {
            line: number,
            position,
            kind,
        })
    }

    fn take(&mut self, line: &[u8]) -> Result<Taken, FaultKind> {
        match &mut self.stage {
            Stage::Beginning => {
                let header = read_header(line)?;
                self.stage = Stage::Events(Box::new(Body::new(header.clone())));
                Ok(Taken::Header(Box::new(header)))
            }
            Stage::Events(body) => {
                ensure_own_end(line)?;
                let taken = body.line(line)?;
                if let body::Line::Trailer(trailer) = taken {
                    let report = body.end(&trailer, &self.trusted)?;
                    self.stage = Stage::Ended(Box::new(report));
                    return Ok(Taken::Trailer);
                }
                Ok(taken.into_taken())
            }
            Stage::Ended(_) => Err(FaultKind::AfterEnd),
        }
    }

    /// A fault that the caller met, at this place: a line without end, a file that cannot be read as lines.
    #[must_use]
    pub fn fault(&self, kind: FaultKind) -> Fault {
        Fault {
            line: self.line + 1,
            position: self.position(),
            kind,
        }
    }

    /// Events taken so far, and how many the first line announces.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        match &self.stage {
            Stage::Beginning => (0, 0),
            Stage::Events(body) => (body.taken(), body.header().size),
            Stage::Ended(report) => (report.head.size, report.head.size),
        }
    }

    /// The event that must come; none before the first line and when all announced ones are there.
    fn position(&self) -> Option<Position> {
        let (taken, announced) = self.progress();
        (taken < announced).then_some(Position(taken))
    }

    /// What was found, after the last line.
    ///
    /// # Errors
    /// [`FaultKind::Truncated`] when the last line has not come.
    pub fn finish(self) -> Result<Report, Fault> {
        let fault = self.fault(if self.line == 0 {
            FaultKind::NotAnExport
        } else {
            FaultKind::Truncated
        });
        match self.stage {
            Stage::Ended(report) => Ok(*report),
            Stage::Beginning | Stage::Events(_) => Err(fault),
        }
    }
}

fn read_header(line: &[u8]) -> Result<Header, FaultKind> {
    #[derive(serde::Deserialize)]
    struct Named {
        format: String,
    }
    let named: Named = serde_json::from_slice(line).map_err(|_| FaultKind::NotAnExport)?;
    if named.format != FORMAT {
        return Err(FaultKind::OtherFormat {
            found: named.format.chars().take(64).collect(),
        });
    }
    ensure_own_end(line)?;
    let header: Header = serde_json::from_slice(line).map_err(malformed)?;
    if !header.is_sound() {
        let what = "header".to_owned();
        return Err(FaultKind::NotAsWritten { what });
    }
    ensure_as_written(&header, line, "header")?;
    Ok(header)
}

/// No line that is written has a carriage return outside its texts, where it is escaped.
fn ensure_own_end(line: &[u8]) -> Result<(), FaultKind> {
    if line.ends_with(b"\r") {
        return Err(FaultKind::LineEnds);
    }
    Ok(())
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn malformed(error: serde_json::Error) -> FaultKind {
    FaultKind::Malformed {
        what: error.to_string(),
    }
}

/// One value has one line.
fn ensure_as_written<T: serde::Serialize>(value: &T, line: &[u8], what: &str) -> Result<(), FaultKind> {
    let mut again = Vec::with_capacity(line.len() + 1);
    write_line(value, &mut again);
    if again.strip_suffix(b"\n") == Some(line) {
        Ok(())
    } else {
        Err(FaultKind::NotAsWritten {
            what: what.to_owned(),
        })
    }
}
