//! Backups of small logs: what is written when, what is found damaged, what comes back.

use std::path::Path;
use std::sync::Arc;

use schema::domain::actor::{ActorBound, Identity};
use schema::domain::values::Line;
use schema::ids::*;
use schema::log::{Kind, NewEvent, Record, Salts, Stream, Via, Who};
use tempfile::TempDir;

use super::make::{self, Made};
use super::manifest::Manifest;
use super::source::Opened;
use super::{BackupError, verify};
use crate::accounts::{Accounts, Grantee, Person, Token};
use crate::log::{AppendRequest, EventLog, Extent, MemoryLog};

mod damage;
mod making;
mod mended;
mod mending;
mod restoring;
mod whole;

const PLAN: PlanId = PlanId::from_bytes([1; 16]);
const OTHER_PLAN: PlanId = PlanId::from_bytes([2; 16]);
const LIFE: IncarnationId = IncarnationId::from_bytes([3; 16]);
const CHAPTER: ChapterId = ChapterId::from_bytes([4; 16]);
const SANNE: PersonId = PersonId::from_bytes([5; 16]);
/// Stands in every payload, so that a scan of files finds what is left of any.
const SECRET: &str = "vertrouwelijk";

fn salts() -> Salts {
    Salts {
        envelope: crate::clock::random_bytes(),
        payload: crate::clock::random_bytes(),
    }
}

fn append(log: &dyn EventLog, plan: PlanId, numbers: std::ops::Range<u64>) {
    let event = |number: u64| NewEvent {
        id: EventId::from_bytes(u128::from(number + 1).to_be_bytes()),
        stream: match number {
            0 => Stream::Actors,
            _ => Stream::Text(CHAPTER, Generation(1)),
        },
        kind: Kind::new("text.changed", 1),
        who: Who::Actor(ActorRef(Position(0))),
        via: Via::Browser,
        causation: None,
        correlation: None,
        payload: Arc::from(format!("{SECRET} {number}.").as_bytes()),
    };
    let events: Vec<NewEvent> = numbers.map(event).collect();
    for chunk in events.chunks(2_000) {
        let request = AppendRequest {
            plan,
            events: chunk.to_vec(),
            guards: Vec::new(),
        };
        let mut salts = salts;
        for answer in log.append_group(TimestampMs(1), &mut salts, vec![request]) {
            answer.unwrap();
        }
    }
}

fn memory(events: u64) -> MemoryLog {
    let log = MemoryLog::new(LIFE);
    append(&log, PLAN, 0..events);
    log
}

fn people() -> Accounts {
    let accounts = Accounts::temporary();
    let name: Line = "Sanne".parse().unwrap();
    accounts.put_person(SANNE, &Person { name, mail: None }).unwrap();
    accounts
}

/// Nothing of it was signed.
fn opened<'a>(log: &'a dyn EventLog, accounts: &'a Accounts) -> Opened<'a> {
    Opened {
        log,
        accounts,
        data: None,
    }
}

fn back_up(log: &dyn EventLog, accounts: &Accounts, to: &Path) -> Result<Made, BackupError> {
    make::make(&opened(log, accounts), to, TimestampMs(1_000), &mut |_| {})
}

/// Every file below, by its path from there, with its bytes.
fn files_in(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![directory.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(directory).unwrap().display().to_string();
                files.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

fn holds(files: &[(String, Vec<u8>)], text: &str) -> bool {
    let text = text.as_bytes();
    files
        .iter()
        .any(|(_, bytes)| bytes.windows(text.len()).any(|window| window == text))
}

/// Every record of a plan in a backup.
fn backed_up(directory: &Path, plan: PlanId) -> Vec<Record> {
    let manifest = Manifest::read(directory).unwrap();
    let part = manifest.plans.iter().find(|part| part.plan == plan).unwrap();
    let mut records = Vec::new();
    verify::each_record(directory, manifest.incarnation, part, &mut |record| {
        records.push(record);
        Ok(())
    })
    .unwrap();
    records
}

fn in_log(log: &dyn EventLog, plan: PlanId) -> Vec<Record> {
    crate::log::upkeep::records_from(log, plan, Position(0))
        .collect::<Result<_, _>>()
        .unwrap()
}
