//! A plan whose events were decided as on a server: structure, rights, a chapter with letters, an agreement that was
//! made, changed and brought back.

use std::sync::Arc;

use crate::audit::checkpoint::Checkpoint;
use crate::audit::{
    Frontier, LogSigner, PlanOrigin, SignedCheckpoint, TreeHash, TreeHead, UnixSeconds, WitnessSigner,
};
use crate::domain::commitment::{Content, Patch};
use crate::domain::values::Line;
use crate::domain::{
    At, Caller, Command, Event, PlanState, actor, chapter, commitment, decide, evolve, plan, rights,
};
use crate::export::header::{KeyPeriod, Made, Seals};
use crate::export::{Fault, Header, Report, Show, Stopped, Trusted, Writer};
use crate::ids::{
    ActorRef, ChapterId, CommitmentId, EventId, Generation, IncarnationId, PartyId, PersonId, PlanId,
    Position, Revision, TeamId, TimestampMs,
};
use crate::log::{Envelope, Kind, Record, Salts, Stream, Via, commitment as hashing};

pub(super) const PLAN: PlanId = PlanId::from_bytes([0x11; 16]);
pub(super) const ORIGIN: PlanOrigin = PlanOrigin {
    plan: PLAN,
    incarnation: IncarnationId::from_bytes([0x22; 16]),
};
pub(super) const NIGHT_CARE: CommitmentId = CommitmentId::from_bytes([30; 16]);
pub(super) const CARE: ChapterId = ChapterId::from_bytes([10; 16]);
const TEAM: TeamId = TeamId::from_bytes([20; 16]);
const BUREAU: Caller = Caller {
    person: PersonId::from_bytes([1; 16]),
    party: PartyId::from_bytes([1; 16]),
};
const AT_MS: u64 = 1_790_000_000_000;

pub(super) fn line(text: &str) -> Line {
    text.parse().unwrap()
}

/// A plan's log and what it folds to.
#[derive(Debug, Clone, Default)]
pub(super) struct Plan {
    pub records: Vec<Record>,
    pub state: PlanState,
}

impl Plan {
    pub fn sample() -> Self {
        let mut plan = Self::begun();
        plan.letters(2);
        let content = Content {
            title: Some(line("Nachtzorg samen organiseren")),
            chapter: Some(CARE),
            owner: Some(BUREAU.party),
            ..Content::default()
        };
        plan.amend(commitment::Command::Create {
            content: Box::new(content),
        });
        plan.rename("Nachtzorg in de hele regio");
        plan.letters(1);
        plan.amend(commitment::Command::Restore {
            to: Revision(0),
            reason: line("te snel gewijzigd"),
        });
        plan
    }

    /// A plan with an actor, a team and a chapter.
    pub fn begun() -> Self {
        let mut plan = Self::default();
        let party = plan::Party {
            name: line("Programmabureau"),
            sector: line("programma"),
        };
        let bound = actor::ActorBound::person(&PlanState::default(), &BUREAU);
        plan.append(Stream::Actors, actor::ACTOR_BOUND, &bound.payload());
        plan.command(&Command::Plan(plan::Command::Create {
            title: line("Regioplan Waterland"),
            areas: Vec::new(),
            party,
        }));
        plan.command(&Command::Plan(plan::Command::FormTeam {
            id: TEAM,
            name: line("Zorg"),
        }));
        plan.command(&Command::Rights(rights::Command::Grant {
            person: BUREAU.person,
            party: BUREAU.party,
            role: rights::Role::Schrijfteam {
                team: TEAM,
                as_role: rights::TeamRole::Lead,
            },
            mandate: None,
        }));
        let create = chapter::Command::Create {
            title: line("Zorg"),
            place: chapter::Place::default(),
            team: Some(TEAM),
        };
        plan.command(&Command::Chapter(CARE, create));
        plan
    }

    pub fn rename(&mut self, title: &str) {
        let patch = Patch {
            title: Some(Some(line(title))),
            ..Patch::default()
        };
        self.amend(commitment::Command::Amend {
            patch: Box::new(patch),
        });
    }

    pub fn amend(&mut self, command: commitment::Command) {
        self.command(&Command::Commitment(NIGHT_CARE, command));
    }

    pub fn letters(&mut self, count: u8) {
        for _ in 0..count {
            let letter = [0x85, 0x6f, 0x4a, 0x83, self.records.len() as u8];
            self.append(
                Stream::Text(CARE, Generation(1)),
                Kind::new("text.changed", 1),
                &letter,
            );
        }
    }

    pub fn command(&mut self, command: &Command) {
        let events = decide(&self.state, &BUREAU, TimestampMs(0), command).unwrap();
        for event in events {
            self.append(event.stream(), event.kind(), &event.payload());
        }
    }

    pub fn append(&mut self, stream: Stream, kind: Kind, payload: &[u8]) {
        let position = self.records.len() as u64;
        let in_stream = self
            .records
            .iter()
            .filter(|record| record.envelope.stream == stream);
        let byte = u8::try_from(position % 251).unwrap();
        let envelope = Envelope {
            position: Position(position),
            stream,
            revision: Revision(in_stream.count() as u64),
            id: EventId::from_bytes([byte; 16]),
            kind,
            recorded_at: TimestampMs(AT_MS + position * 1_000),
            who: ActorRef(Position(0)),
            via: Via::Browser,
            causation: None,
            correlation: None,
            payload_commitment: [0; 32],
        };
        self.seal(envelope, payload);
    }

    /// Puts an event behind the others as it is asked for, sound or not.
    pub fn seal(&mut self, envelope: Envelope, payload: &[u8]) {
        let byte = u8::try_from(self.records.len() % 251).unwrap();
        let salts = Salts {
            envelope: [byte; 32],
            payload: [byte ^ 0xff; 32],
        };
        let chain = self
            .records
            .last()
            .map_or(hashing::CHAIN_START, |last| last.chain);
        let record = Record::seal(PLAN, &chain, envelope, salts, Arc::from(payload));
        let envelope = &record.envelope;
        if !matches!(envelope.stream, Stream::Actors | Stream::Text(..)) {
            self.state.revisions.insert(envelope.stream, envelope.revision);
        }
        if let Ok(event) = Event::read(&envelope.kind, &envelope.stream, payload) {
            evolve(&mut self.state, At::from(envelope), &event);
        }
        self.records.push(record);
    }

    /// The same events with one of them changed, everything after it sealed anew: what somebody does who has the
    /// whole log and no key.
    pub fn rewritten(&self, at: usize, change: impl Fn(&mut Envelope, &mut Vec<u8>)) -> Self {
        let mut forged = Self::default();
        for (index, record) in self.records.iter().enumerate() {
            let mut envelope = record.envelope.clone();
            let mut payload = record.payload.bytes().unwrap().to_vec();
            if index == at {
                change(&mut envelope, &mut payload);
            }
            forged.seal(envelope, &payload);
        }
        forged
    }

    pub fn head(&self) -> TreeHead {
        self.head_of(self.records.len())
    }

    pub fn head_of(&self, size: usize) -> TreeHead {
        let mut frontier = Frontier::new();
        for record in self.records.iter().take(size) {
            let leaf = TreeHash::of_leaf(&record.leaf(PLAN).to_bytes());
            frontier.append(leaf, |_, _| {}).unwrap();
        }
        frontier.head()
    }

    pub fn position_of(&self, kind: &str) -> usize {
        let is_it = |record: &Record| record.envelope.kind.name == kind;
        self.records.iter().position(is_it).unwrap()
    }

    pub fn commitment_events(&self) -> Vec<(At, commitment::Event)> {
        let read = |record: &Record| {
            let envelope = &record.envelope;
            let payload = record.payload.bytes()?;
            match Event::read(&envelope.kind, &envelope.stream, payload).ok()? {
                Event::Commitment(_, event) => Some((At::from(envelope), event)),
                _ => None,
            }
        };
        self.records.iter().filter_map(read).collect()
    }

    pub fn export(&self) -> Vec<u8> {
        self.export_as(made(None), &Seals::default(), |_| Show::Whole)
    }

    pub fn export_sealed(&self, seals: &Seals) -> Vec<u8> {
        self.export_as(made(None), seals, |_| Show::Whole)
    }

    pub fn export_as(&self, made: Made, seals: &Seals, show: impl Fn(&Record) -> Show) -> Vec<u8> {
        export_of(&self.records, ORIGIN, (made, seals), show)
    }

    /// The line of a record that an export could not have.
    pub fn line_of(&self, record: &Record) -> String {
        let mut actors = actor::Actors::default();
        self.records.iter().for_each(|record| actors.fold(record));
        let mut line = Vec::new();
        let shown = crate::export::event_line::Shown {
            record,
            withheld: None,
            source: &ORIGIN.to_string(),
            actors: &actors,
        };
        shown.write(&mut line);
        String::from_utf8(line).unwrap()
    }

    /// Signed over its first `size` events, cosigned by `cosigners` witnesses.
    pub fn seals(&self, size: usize, cosigners: u8) -> Seals {
        let checkpoint = Checkpoint::new(ORIGIN.origin(), self.head_of(size));
        let mut checkpoint = SignedCheckpoint::sign(checkpoint, &log_signer()).unwrap();
        for number in 0..cosigners {
            let at = UnixSeconds::new(1_790_000_100 + u64::from(number)).unwrap();
            checkpoint.add(witness(number).cosign(&checkpoint, at)).unwrap();
        }
        let voice = |number| crate::audit::Witness {
            id: format!("partij-{number}").parse().unwrap(),
            keys: vec![witness(number).verifier().clone()],
        };
        Seals {
            keys: vec![KeyPeriod {
                key: log_signer().verifier().clone(),
                from: Some("2026-01-01T00:00:00.000Z".to_owned()),
                until: None,
            }],
            witnesses: (0..2).map(voice).collect(),
            checkpoint: Some(checkpoint),
        }
    }
}

pub(super) fn export_of(
    records: &[Record],
    origin: PlanOrigin,
    (made, seals): (Made, &Seals),
    show: impl Fn(&Record) -> Show,
) -> Vec<u8> {
    let mut file = Vec::new();
    let header = Header::new(origin, records.len() as u64, made, seals);
    let mut writer = Writer::begin(header, &mut file);
    for record in records {
        writer.event(record, show(record), &mut file).unwrap();
    }
    writer.end(seals.checkpoint.clone(), &mut file);
    file
}

pub(super) fn made(filter: Option<std::collections::BTreeMap<String, String>>) -> Made {
    Made {
        program: "schrijftafel/0.1.0".to_owned(),
        at: TimestampMs(AT_MS + 3_600_000),
        filter,
    }
}

pub(super) fn log_signer() -> LogSigner {
    LogSigner::from_seed(ORIGIN.to_string().parse().unwrap(), &[0x33; 32])
}

pub(super) fn witness(number: u8) -> WitnessSigner {
    let name = format!("witness{number}.example").parse().unwrap();
    WitnessSigner::from_seed(name, &[0x44 + number; 32])
}

pub(super) fn verify(file: &[u8], trusted: Trusted) -> Result<Report, Fault> {
    let mut reading = crate::export::Reading::new(trusted);
    match reading.push(file, |_| Ok::<_, std::convert::Infallible>(())) {
        Ok(()) => reading.finish(),
        Err(Stopped::Fault(fault)) => Err(fault),
        Err(Stopped::Taker(never)) => match never {},
    }
}

pub(super) fn lines_of(file: &[u8]) -> Vec<String> {
    let text = std::str::from_utf8(file).unwrap();
    text.lines().map(str::to_owned).collect()
}

pub(super) fn joined<S: AsRef<str>>(lines: &[S]) -> Vec<u8> {
    let mut file = Vec::new();
    for line in lines {
        file.extend(line.as_ref().as_bytes());
        file.push(b'\n');
    }
    file
}
