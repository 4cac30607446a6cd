//! The lines between the first and the last: each event in its place, proved, then folded.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{Counts, Report, Taken, ensure_as_written, malformed};
use crate::audit::{Frontier, TreeHash};
use crate::export::event_line::{self, Read, Shown, Withheld};
use crate::export::fault::FaultKind;
use crate::export::header::{Header, Trailer};
use crate::export::replay::Replay;
use crate::export::seal::{SignedPart, Trusted};
use crate::export::writer::{LeftOutLine, TrailerLine};
use crate::ids::{EventId, Position, Revision, TimestampMs};
use crate::limits::EXPORT_EVENTS_MAX;
use crate::log::{EnvelopeSalt, Leaf, Payload, Record, Stream, commitment};

/// What the lines of one beginning are.
const LEFT_OUT_BEGINNING: &[u8] = b"{\"leftOut\":";
const TRAILER_BEGINNING: &[u8] = b"{\"trailer\":";

/// Everything that the next line is judged by.
#[derive(Debug)]
pub(super) struct Body {
    header: Header,
    source: String,
    chain: [u8; 32],
    frontier: Frontier,
    signed: Option<SignedPart>,
    revisions: BTreeMap<Stream, Revision>,
    ids: BTreeSet<EventId>,
    period: Option<(TimestampMs, TimestampMs)>,
    counts: Counts,
    replay: Replay,
}

/// A line that is not the first.
#[derive(Debug)]
pub(super) enum Line {
    Event(Box<Record>, Option<Withheld>),
    LeftOut(u64),
    Trailer(Box<Trailer>),
}

impl Line {
    pub fn into_taken(self) -> Taken {
        match self {
            Self::Event(record, withheld) => Taken::Event(record, withheld),
            Self::LeftOut(count) => Taken::LeftOut(count),
            Self::Trailer(_) => Taken::Trailer,
        }
    }
}

impl Body {
    pub fn new(header: Header) -> Self {
        let mut body = Self {
            source: header.log().to_string(),
            header,
            chain: commitment::CHAIN_START,
            frontier: Frontier::new(),
            signed: None,
            revisions: BTreeMap::new(),
            ids: BTreeSet::new(),
            period: None,
            counts: Counts::default(),
            replay: Replay::default(),
        };
        body.note_signed(None);
        body
    }

    pub const fn header(&self) -> &Header {
        &self.header
    }

    pub const fn taken(&self) -> u64 {
        self.frontier.size()
    }

    pub fn line(&mut self, line: &[u8]) -> Result<Line, FaultKind> {
        if line.starts_with(event_line::BEGINNING) {
            self.event(line)
        } else if line.starts_with(LEFT_OUT_BEGINNING) {
            self.left_out(line)
        } else if line.starts_with(TRAILER_BEGINNING) {
            let read: TrailerLine = serde_json::from_slice(line).map_err(malformed)?;
            ensure_as_written(&read, line, "trailer")?;
            Ok(Line::Trailer(Box::new(read.trailer)))
        } else {
            Err(FaultKind::Malformed {
                what: "neither an event nor the end".to_owned(),
            })
        }
    }

    fn event(&mut self, line: &[u8]) -> Result<Line, FaultKind> {
        let read: Read = serde_json::from_slice(line).map_err(malformed)?;
        if read.source != self.source {
            let found = read.source.chars().take(128).collect();
            return Err(FaultKind::OtherLog { found });
        }
        let record = Record::decode(&read.record).map_err(|error| FaultKind::Malformed {
            what: error.to_string(),
        })?;
        let leaf = record.leaf(self.header.plan);
        self.ensure_next(record.envelope.position)?;
        let is_unlinked = matches!(record.envelope_salt, EnvelopeSalt::Erased { .. });
        if is_unlinked && record.payload != Payload::Erased {
            return Err(FaultKind::Unprovable);
        }
        if let Payload::Present { salt, bytes } = &record.payload
            && commitment::of_payload(salt, bytes) != record.envelope.payload_commitment
        {
            return Err(FaultKind::Content);
        }
        if record.chain != commitment::chain(&self.chain, &leaf) {
            return Err(FaultKind::Event);
        }
        self.ensure_fits(&record)?;
        if read.withheld.is_some() && record.payload != Payload::Erased {
            return Err(FaultKind::NotWithheld);
        }
        self.replay.fold(&record);
        self.ensure_line(&record, read.withheld.as_ref(), line)?;
        self.count(&record, read.withheld.is_some());
        self.grow(&leaf, Some(record.envelope.recorded_at))?;
        Ok(Line::Event(Box::new(record), read.withheld))
    }

    fn ensure_next(&self, found: Position) -> Result<(), FaultKind> {
        let expected = Position(self.taken());
        if expected.0 >= EXPORT_EVENTS_MAX {
            return Err(FaultKind::TooManyEvents);
        }
        if found == expected {
            Ok(())
        } else {
            Err(FaultKind::OutOfOrder { expected, found })
        }
    }

    /// What holds in every log, whoever signed it.
    fn ensure_fits(&mut self, record: &Record) -> Result<(), FaultKind> {
        let envelope = &record.envelope;
        if envelope.who.0 > envelope.position {
            return Err(FaultKind::ActorToCome);
        }
        let last = self.revisions.get(&envelope.stream);
        let expected = last.map_or(Revision(0), |last| last.next());
        // Where events are left out only the order of a stream can be told.
        let fits = if self.counts.left_out == 0 {
            envelope.revision == expected
        } else {
            envelope.revision >= expected
        };
        if !fits {
            return Err(FaultKind::Revision {
                stream: envelope.stream.to_string(),
                expected,
                found: envelope.revision,
            });
        }
        if self.period.is_some_and(|(_, last)| envelope.recorded_at < last) {
            return Err(FaultKind::TimeWentBack);
        }
        if !self.ids.insert(envelope.id) {
            return Err(FaultKind::IdTwice);
        }
        Ok(())
    }

    /// Whether all that can be read on the line is what the record says.
    fn ensure_line(
        &self,
        record: &Record,
        withheld: Option<&Withheld>,
        line: &[u8],
    ) -> Result<(), FaultKind> {
        let mut again = Vec::with_capacity(line.len());
        let shown = Shown {
            record,
            withheld,
            source: &self.source,
            actors: &self.replay.actors,
        };
        shown.write(&mut again);
        if again == line {
            return Ok(());
        }
        Err(FaultKind::NotAsWritten {
            what: first_difference(&again, line),
        })
    }

    fn count(&mut self, record: &Record, is_withheld: bool) {
        let envelope = &record.envelope;
        self.revisions.insert(envelope.stream, envelope.revision);
        let first = self.period.map_or(envelope.recorded_at, |(first, _)| first);
        self.period = Some((first, envelope.recorded_at));
        self.counts.shown += 1;
        if is_withheld {
            self.counts.withheld += 1;
        } else if record.payload == Payload::Erased {
            self.counts.erased += 1;
        }
        if matches!(record.envelope_salt, EnvelopeSalt::Erased { .. }) {
            self.counts.unlinked += 1;
        }
    }

    fn left_out(&mut self, line: &[u8]) -> Result<Line, FaultKind> {
        let read: LeftOutLine = serde_json::from_slice(line).map_err(malformed)?;
        ensure_as_written(&read, line, "leftOut")?;
        let left_out = read.left_out;
        self.ensure_next(left_out.from)?;
        for commitment in &left_out.commitments {
            self.ensure_next(Position(self.taken()))?;
            let leaf = Leaf {
                plan: self.header.plan,
                position: Position(self.taken()),
                envelope_commitment: commitment.0,
            };
            self.counts.left_out += 1;
            self.grow(&leaf, None)?;
        }
        Ok(Line::LeftOut(left_out.commitments.len() as u64))
    }

    fn grow(&mut self, leaf: &Leaf, recorded_at: Option<TimestampMs>) -> Result<(), FaultKind> {
        self.chain = commitment::chain(&self.chain, leaf);
        let hash = TreeHash::of_leaf(&leaf.to_bytes());
        let appended = self.frontier.append(hash, |_, _| {});
        appended.map_err(|_| FaultKind::TooManyEvents)?;
        self.note_signed(recorded_at);
        Ok(())
    }

    fn note_signed(&mut self, until: Option<TimestampMs>) {
        if self.header.checkpoint_size == Some(self.taken()) {
            let head = self.frontier.head();
            self.signed = Some(SignedPart { head, until });
        }
    }

    /// The last line: whether it is the end of what came, and who signed for it.
    pub fn end(&mut self, trailer: &Trailer, trusted: &Trusted) -> Result<Report, FaultKind> {
        let head = self.frontier.head();
        let counted = [
            (self.header.size, head.size),
            (trailer.size, head.size),
            (trailer.events, self.counts.shown),
            (trailer.left_out, self.counts.left_out),
        ];
        if let Some((stated, found)) = counted.into_iter().find(|(stated, found)| stated != found) {
            return Err(FaultKind::Count { stated, found });
        }
        if trailer.root != head.root || trailer.chain.as_bytes() != &self.chain {
            return Err(FaultKind::End);
        }
        let seal = trusted.judge(&self.header, self.signed, trailer.checkpoint.as_ref())?;
        Ok(Report {
            header: self.header.clone(),
            counts: self.counts,
            period: self.period,
            head,
            chain: self.chain,
            seal,
            replay: std::mem::take(&mut self.replay),
        })
    }
}

/// The name of the first attribute in which two lines differ, for whoever looks for it.
fn first_difference(wanted: &[u8], found: &[u8]) -> String {
    let read = |line| serde_json::from_slice::<Map<String, Value>>(line).unwrap_or_default();
    let (wanted, found) = (read(wanted), read(found));
    let names: BTreeSet<&String> = wanted.keys().chain(found.keys()).collect();
    let differs = |name: &&&String| wanted.get(**name) != found.get(**name);
    names.iter().find(differs).map_or_else(
        || "the way of writing".to_owned(),
        |name| name.chars().take(64).collect(),
    )
}
