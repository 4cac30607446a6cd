//! Restoring: a data directory from a backup, as another life of the log that says so.
//!
//! # Invariants
//!
//! - The backup is checked whole before anything is written.
//! - Everything is written under `restoring/` and moved into place at the end; while that name is there, the server
//!   does not start, and running the restore again begins anew.
//! - No access token and no sign-in link works afterwards: the backup does not know which were withdrawn or used after
//!   it was made.
//! - Records keep their bytes, so every root, proof and place is what it was. Only the events that tell of the
//!   recovery are new.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use schema::domain::Event;
use schema::domain::actor::{ACTOR_BOUND, ActorBound};
use schema::domain::plan::{self, Recovery};
use schema::domain::values::Prose;
use schema::ids::{ActorRef, IncarnationId, PlanId, Position, TimestampMs};
use schema::limits::ACCOUNTS_RESERVE_BYTES;
use schema::log::kinds::derived_event_id;
use schema::log::{NewEvent, Record, Salts, Stream, Via, Who};

use super::manifest::{Manifest, PlanPart};
use super::{BackupError, disk, files, verify};
use crate::accounts::{Accounts, Ended};
use crate::log::engine::{self, EngineKind};
use crate::log::space::ensure_room;
use crate::log::{AppendRequest, EventLog};

/// The name of what is not whole yet.
pub const RESTORING: &str = "restoring";
/// Records taken over at a time, with one flush.
const PAGE_EVENTS: usize = 4_096;
/// What a first start makes for each event: the hashes of audit, and read models.
const STARTED_EVENT_BYTES: u64 = 48;
/// What it makes in any case, and what an engine makes before its first event.
const STARTED_BYTES: u64 = 4 << 20;

/// What the operator knows beside the backup.
#[derive(Debug, Default)]
pub struct Known {
    /// The last event that a plan is known to have had.
    pub last: BTreeMap<PlanId, Position>,
    /// The last checkpoint known of a plan: a signed note.
    pub checkpoints: BTreeMap<PlanId, Prose>,
    /// The engine of the new log; none for the default.
    pub engine: Option<EngineKind>,
    /// Nobody stays signed in.
    pub end_sessions: bool,
}

impl Known {
    fn kind(&self) -> EngineKind {
        self.engine.unwrap_or(EngineKind::Sled)
    }
}

/// The new life.
pub struct NewLife {
    /// Its id, 16 random bytes.
    pub incarnation: IncarnationId,
    /// When it begins.
    pub now: TimestampMs,
    /// Fresh salts per event.
    pub salts: fn() -> Salts,
}

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Plans.
    pub plans: u64,
    /// Events of the backup.
    pub events: u64,
    /// When the backup was made.
    pub made_at_ms: TimestampMs,
    /// The life that ended.
    pub old: IncarnationId,
    /// Events known to be lost, all plans together; none when nobody knows of any plan.
    pub lost: Option<u64>,
    /// Access tokens and sign-in links that worked until now, and do not any more.
    pub ended: Ended,
}

/// Restores a backup into an empty directory, or one that is not there yet.
///
/// # Errors
/// [`BackupError`]; the directory is as it was, or not there, as before.
pub fn restore(
    from: &Path,
    data: &Path,
    known: &Known,
    life: &NewLife,
    tell: &mut dyn FnMut(u64),
) -> Result<Restored, BackupError> {
    let (manifest, _) = verify::verify(from)?;
    let named = known.last.keys().chain(known.checkpoints.keys());
    for plan in named {
        if manifest.plans.iter().all(|part| part.plan != *plan) {
            return Err(BackupError::NoSuchPlan(*plan));
        }
    }
    ensure_room(data, room_of(&manifest, known.kind()))?;
    let place = Place::take(data)?;
    let ended = match place.fill(from, &manifest, &Told { known, life }, tell) {
        Ok(ended) => ended,
        Err(error) => {
            place.give_up();
            return Err(error);
        }
    };
    place.finish().map_err(files("cannot put in its place", data))?;
    let lost = manifest.plans.iter().filter_map(|part| {
        let last = known.last.get(&part.plan)?;
        Some(last.next().0.saturating_sub(part.next.0))
    });
    let lost: Vec<u64> = lost.collect();
    Ok(Restored {
        plans: manifest.plans.len() as u64,
        events: manifest.events(),
        made_at_ms: manifest.made_at_ms,
        old: manifest.incarnation,
        lost: (!lost.is_empty()).then(|| lost.iter().sum()),
        ended,
    })
}

/// What the restored directory takes, and what its server makes at the first start: keys, audit files, read models. Without
/// the reserve of the accounts nobody could sign in then.
fn room_of(manifest: &Manifest, kind: EngineKind) -> u64 {
    let records = manifest.bytes().saturating_sub(manifest.accounts.bytes);
    let parts = [
        kind.room_for(records),
        manifest.accounts.bytes,
        manifest.events().saturating_mul(STARTED_EVENT_BYTES),
        STARTED_BYTES,
        ACCOUNTS_RESERVE_BYTES,
    ];
    parts.into_iter().fold(0, u64::saturating_add)
}

/// Whether a restore into a directory was cut off.
#[must_use]
pub fn is_unfinished(data: &Path) -> bool {
    data.join(RESTORING).exists()
}

/// Where it is restored to.
struct Place<'a> {
    data: &'a Path,
    restoring: PathBuf,
    /// It was not there before.
    is_new: bool,
}

impl<'a> Place<'a> {
    fn take(data: &'a Path) -> Result<Self, BackupError> {
        let restoring = data.join(RESTORING);
        let is_new = !data.exists();
        begin(data).map_err(files("cannot make", data))?;
        let clear = || {
            if restoring.exists() {
                // Left by a restore that was cut off; what it had moved already is of no other use.
                for name in ["log", "accounts"] {
                    remove(&data.join(name))?;
                }
                remove(&restoring)?;
            }
            Ok(std::fs::read_dir(data)?.next().is_none())
        };
        match clear().map_err(files("cannot use", data))? {
            true => disk::make_private_dir(&restoring).map_err(files("cannot make", &restoring))?,
            false => return Err(BackupError::NotEmpty(data.display().to_string())),
        }
        Ok(Self {
            data,
            restoring,
            is_new,
        })
    }

    fn fill(
        &self,
        from: &Path,
        manifest: &Manifest,
        told: &Told<'_>,
        tell: &mut dyn FnMut(u64),
    ) -> Result<Ended, BackupError> {
        self.log(from, manifest, told, tell)?;
        self.accounts(from, manifest, !told.known.end_sessions, told.life.now)
    }

    /// Clears away what was begun. Of what cannot be removed now, `restoring` tells the next one.
    fn give_up(self) {
        // An engine's threads may write by the name of its directory.
        let _ = engine::wait_until_closed(&self.restoring.join("log"));
        let cleared = remove(&self.restoring);
        if cleared.is_ok() && self.is_new {
            let _ = std::fs::remove_dir(self.data);
        }
    }

    fn log(
        &self,
        from: &Path,
        manifest: &Manifest,
        told: &Told<'_>,
        tell: &mut dyn FnMut(u64),
    ) -> Result<(), BackupError> {
        let directory = self.restoring.join("log");
        let log = engine::create(&directory, told.known.kind(), told.life.incarnation)?;
        let mut events = 0;
        for part in &manifest.plans {
            let mut page: Vec<Record> = Vec::with_capacity(PAGE_EVENTS);
            let mut adopt = |page: &mut Vec<Record>| {
                events += page.len() as u64;
                tell(events);
                log.adopt(part.plan, std::mem::take(page))
                    .map_err(BackupError::from)
            };
            verify::each_record(from, manifest.incarnation, part, &mut |record| {
                page.push(record);
                if page.len() < PAGE_EVENTS {
                    return Ok(());
                }
                adopt(&mut page)
            })?;
            adopt(&mut page)?;
            told.of(log.as_ref(), manifest, part)?;
        }
        log.verify()?;
        drop(log);
        engine::wait_until_closed(&directory).map_err(files("cannot wait for", &directory))
    }

    /// What ended with it.
    fn accounts(
        &self,
        from: &Path,
        manifest: &Manifest,
        sessions: bool,
        now: TimestampMs,
    ) -> Result<Ended, BackupError> {
        let copy = verify::accounts(from, manifest)?;
        let accounts = Accounts::open(&self.restoring.join("accounts"))?;
        Ok(accounts.copy_in(&copy, sessions, now)?)
    }

    /// The name `restoring` goes last: until then everything begins anew.
    fn finish(&self) -> std::io::Result<()> {
        for name in ["accounts", "log"] {
            disk::rename(&self.restoring.join(name), &self.data.join(name))?;
        }
        std::fs::remove_dir(&self.restoring)?;
        disk::sync_dir(self.data)
    }
}

/// Makes a directory that says from its first moment on that it is being restored into: one that is empty would be taken
/// for a new server's. One that is there already is looked at by the caller.
fn begin(data: &Path) -> std::io::Result<()> {
    let Some(name) = data.file_name().filter(|_| !data.exists()) else {
        return disk::make_private_dir(data);
    };
    let place = disk::parent_of(data);
    let mut unfinished = name.to_owned();
    unfinished.push(".begins");
    let unfinished = place.join(unfinished);
    disk::make_private_dir(&unfinished.join(RESTORING))?;
    std::fs::rename(&unfinished, data)?;
    disk::sync_dir(place)
}

fn remove(directory: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What every plan is told of its recovery.
struct Told<'a> {
    known: &'a Known,
    life: &'a NewLife,
}

impl Told<'_> {
    /// Appends the recovery of a plan, with the server as its actor.
    fn of(&self, log: &dyn EventLog, manifest: &Manifest, part: &PlanPart) -> Result<(), BackupError> {
        let Some(kept) = part.next.0.checked_sub(1).map(Position) else {
            return Ok(());
        };
        let backed_up = part.checkpoint.as_ref().and_then(|note| note.parse().ok());
        let recovery = plan::Event::Recovered(Recovery {
            incarnation: manifest.incarnation,
            kept,
            made_at_ms: manifest.made_at_ms,
            last_known: self.known.last.get(&part.plan).copied(),
            checkpoint: self.known.checkpoints.get(&part.plan).cloned().or(backed_up),
        });
        let recovery = Event::Plan(recovery);
        let server = ActorBound::server();
        let id = |purpose: &[u8]| derived_event_id(purpose, &[self.life.incarnation.as_bytes()]);
        let new = |id, stream, kind, who, payload: Vec<u8>| NewEvent {
            id,
            stream,
            kind,
            who,
            via: Via::Server,
            causation: None,
            correlation: None,
            payload: payload.into(),
        };
        let events = vec![
            new(
                id(b"recovery-actor"),
                Stream::Actors,
                ACTOR_BOUND,
                Who::Itself,
                server.payload(),
            ),
            new(
                id(b"recovery"),
                recovery.stream(),
                recovery.kind(),
                Who::Actor(ActorRef(part.next)),
                recovery.payload(),
            ),
        ];
        let request = AppendRequest {
            plan: part.plan,
            events,
            guards: Vec::new(),
        };
        let mut salts = self.life.salts;
        let answers = log.append_group(self.life.now, &mut salts, vec![request]);
        answers.into_iter().try_for_each(|answer| answer.map(drop))?;
        Ok(())
    }
}
