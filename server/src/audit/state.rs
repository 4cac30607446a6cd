//! What is known of a plan's log outside its events: the checkpoints that were signed, how far each witness has come.
//!
//! # Why it exists
//!
//! The newest checkpoint is a promise that must outlive a crash: the server may never sign anything that does not
//! continue it. It is stored, with the cosignatures under it, before anybody sees it.
//!
//! # Invariants
//!
//! - [`State`] is written as one file, so checkpoint and witnesses never disagree.
//! - A file that is not as it was written says nothing of the log: what it quotes counts only as far as the server's own
//!   keys do not contradict it. Without it the newest earlier checkpoint counts, and the log is read whole before
//!   anything is signed again.
//! - A directory says that nothing was signed in it before the first hash is written there ([`State::store`] of an empty one):
//!   hashes without any file of checkpoints have lost one.
//! - A checkpoint has at most one cosignature per witness's key: other tools refuse notes in which a key signs twice.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use schema::audit::note::{self, NoteError};
use schema::audit::witness::AnswerError;
use schema::audit::{
    LogKey, NoteSignature, Quorum, SignedCheckpoint, TreeHead, UnixSeconds, WitnessId, WitnessKey,
};
use schema::ids::TimestampMs;
use schema::limits::{CHECKPOINTS_KEPT_MAX, CHECKPOINTS_RECENT_MAX};
use serde::{Deserialize, Serialize};

use super::Signers;
use super::alarm::{Alarm, AlarmKind};
use super::chain_mark::ChainMark;
use super::tree_files::TreeFiles;
use crate::durable::{self, Readers};

/// The file of [`State`].
const STATE_FILE: &str = "state.json";
/// The file of earlier checkpoints, one JSON object a line.
const EARLIER_FILE: &str = "checkpoints.jsonl";

/// Where a directory tells what was signed last.
#[must_use]
pub fn file_in(directory: &Path) -> PathBuf {
    directory.join(STATE_FILE)
}

/// A checkpoint and when it was signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stamped {
    /// By the server's clock.
    pub signed_at: TimestampMs,
    /// With every signature known under it.
    pub note: SignedCheckpoint,
    /// The chain value of the last event under it, which changes with every event before; none where a program signed that
    /// did not write it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<ChainMark>,
}

impl Stamped {
    /// What it states.
    #[must_use]
    pub const fn head(&self) -> TreeHead {
        self.note.checkpoint().head
    }
}

/// How far a witness has come, and what came of asking it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Events it last cosigned.
    pub cosigned_size: u64,
    /// When, by its own clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosigned_at: Option<u64>,
    /// What is wrong since, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trouble: Option<Trouble>,
}

/// Why a witness did not cosign when it was last asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Trouble {
    /// Which kind.
    pub kind: TroubleKind,
    /// In the witness's words, or the connection's.
    pub detail: String,
    /// Since when.
    pub at: TimestampMs,
}

/// Kinds of trouble with a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TroubleKind {
    /// It does not answer, or not as it should.
    Failing,
    /// It says that the log was rewritten.
    Refused,
    /// It has cosigned more than this server signed.
    Ahead,
}

/// Everything known of one plan's log outside its events. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct State {
    /// The newest checkpoint.
    pub newest: Option<Arc<Stamped>>,
    /// The newest checkpoint that enough witnesses cosigned.
    pub witnessed: Option<Arc<Stamped>>,
    /// Files or log are not as they were near this event: before anything is signed again the whole log is read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubted: Option<u64>,
    /// How far witnesses have come.
    #[serde(default)]
    pub witnesses: BTreeMap<WitnessId, Progress>,
    /// Signed lately and still open for cosignatures of slow witnesses; the newest is the last.
    #[serde(skip)]
    recent: Vec<Arc<Stamped>>,
    /// What is wrong with the log itself.
    #[serde(skip)]
    pub alarm: Option<Alarm>,
}

impl State {
    /// Reads the state of a directory; empty where nothing was signed yet. Of one that is damaged only what an earlier
    /// checkpoint says is left; the second value names its file then. `signers` are all that ever signed here.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn load(directory: &Path, signers: &Signers) -> io::Result<(Self, Option<DamagedState>)> {
        let path = file_in(directory);
        let stored = durable::read(&path)?;
        let has_earlier = !earlier(directory)?.is_empty();
        if stored.is_none()
            && !has_earlier
            && (signers.have_signed || TreeFiles::of(directory.to_owned()).is_begun()?)
        {
            let gone = DamagedState::AllGone(directory.to_owned());
            return Ok((Self::doubted(), Some(gone)));
        }
        let stored = stored.map(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let whole = match stored {
            Some(Some(state)) if state.newest.is_some() => {
                Some(state).filter(|state| state.is_as_signed(&signers.keys))
            }
            // Nothing was signed, unless the earlier checkpoints or the note beside `audit` tell otherwise.
            None | Some(Some(_)) if !has_earlier && !signers.have_signed => {
                Some(stored.flatten().unwrap_or_default())
            }
            _ => None,
        };
        if let Some(mut state) = whole {
            state.recent.extend(state.newest.clone());
            return Ok((state, None));
        }
        let signed = earlier(directory)?.into_iter().rev();
        let newest = signed
            .map(Arc::new)
            .find(|stamped| is_as_signed(stamped, &signers.keys));
        let left = Self {
            recent: newest.iter().cloned().collect(),
            newest,
            ..Self::doubted()
        };
        Ok((left, Some(DamagedState::Newest(path))))
    }

    /// Nothing signed, and the log is read before anything is.
    fn doubted() -> Self {
        Self {
            doubted: Some(0),
            ..Self::default()
        }
    }

    fn is_as_signed(&self, keys: &[LogKey]) -> bool {
        let mut quoted = self.newest.iter().chain(&self.witnessed);
        quoted.all(|stamped| is_as_signed(stamped, keys))
    }

    /// Writes the state, durably.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn store(&self, directory: &Path) -> io::Result<()> {
        let bytes = serde_json::to_vec(self).map_err(io::Error::other)?;
        durable::replace(&file_in(directory), &bytes, Readers::Default)
    }

    /// Takes up a checkpoint that was just signed.
    pub fn signed(&mut self, stamped: Stamped) {
        let stamped = Arc::new(stamped);
        self.newest = Some(stamped.clone());
        self.recent.push(stamped);
        if self.recent.len() > CHECKPOINTS_RECENT_MAX {
            self.recent.remove(0);
        }
    }

    /// Takes up what a witness answered for the checkpoint of `size` events.
    ///
    /// # Errors
    /// [`AnswerError`] when the answer is no cosignature of it.
    pub fn cosigned(&mut self, size: u64, by: Answered<'_>, quorum: &Quorum) -> Result<(), AnswerError> {
        let Some(place) = self.recent.iter_mut().find(|stamped| stamped.head().size == size) else {
            return Ok(());
        };
        let (note, at) = with_cosignatures(&place.note, by)?;
        *place = Arc::new(Stamped {
            note,
            ..(**place).clone()
        });
        let stamped = place.clone();
        let progress = self.witnesses.entry(by.witness.clone()).or_default();
        if size >= progress.cosigned_size {
            *progress = Progress {
                cosigned_size: size,
                cosigned_at: Some(at.get()),
                trouble: None,
            };
        }
        self.settle(stamped, quorum);
        Ok(())
    }

    fn settle(&mut self, stamped: Arc<Stamped>, quorum: &Quorum) {
        if self
            .newest
            .as_ref()
            .is_some_and(|newest| newest.head() == stamped.head())
        {
            self.newest = Some(stamped.clone());
        }
        let is_met =
            quorum.required() > 0 && quorum.judge(&stamped.note).is_ok_and(|verdict| verdict.is_met());
        let size_of = |known: &Option<Arc<Stamped>>| known.as_ref().map_or(0, |known| known.head().size);
        if is_met && stamped.head().size >= size_of(&self.witnessed) {
            self.witnessed = Some(stamped);
        }
    }

    /// Notes that a witness did not cosign. The first moment of the same trouble stays.
    pub fn troubled(&mut self, witness: &WitnessId, trouble: Trouble) {
        let known = &mut self.witnesses.entry(witness.clone()).or_default().trouble;
        match known {
            // A witness that refused once and now does not answer has still refused.
            Some(known) if known.kind != TroubleKind::Failing && trouble.kind == TroubleKind::Failing => {}
            Some(known) if known.kind == trouble.kind => known.detail = trouble.detail,
            _ => *known = Some(trouble),
        }
    }

    /// The newest checkpoint that holds an event and that enough witnesses cosigned; else the newest that holds it.
    #[must_use]
    pub fn covering(&self, index: u64) -> Option<&Arc<Stamped>> {
        let both = self.witnessed.iter().chain(&self.newest);
        both.into_iter().find(|stamped| index < stamped.head().size)
    }

    /// Everything somebody must look at.
    #[must_use]
    pub fn alarms(&self) -> Vec<Alarm> {
        let of_witness = |(witness, progress): (&WitnessId, &Progress)| {
            let trouble = progress.trouble.as_ref()?;
            let kind = match trouble.kind {
                TroubleKind::Failing => return None,
                TroubleKind::Refused => AlarmKind::WitnessRefused,
                TroubleKind::Ahead => AlarmKind::WitnessAhead,
            };
            Some(Alarm {
                kind,
                detail: trouble.detail.clone(),
                at: trouble.at,
                position: None,
                witness: Some(witness.clone()),
            })
        };
        let by_witnesses = self.witnesses.iter().filter_map(of_witness);
        self.alarm.iter().cloned().chain(by_witnesses).collect()
    }
}

/// What was signed is not told as it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DamagedState {
    /// The file of the newest checkpoint.
    #[error("{} is damaged or missing: it does not tell any more what was signed last", .0.display())]
    Newest(PathBuf),
    /// The files of all checkpoints, in this directory, where some were signed.
    #[error(
        "no signed checkpoint is left in {}: `state.json` and `checkpoints.jsonl` are gone, and nothing beside the log tells \
         any more how far it had come", .0.display()
    )]
    AllGone(PathBuf),
}

impl DamagedState {
    /// What whoever operates the server can do about it.
    #[must_use]
    pub const fn way_out(&self) -> &'static str {
        match self {
            Self::Newest(_) => {
                "The log was compared with the checkpoint before it, if one is left; the server reads the whole log and makes \
                 the file anew when it starts"
            }
            Self::AllGone(_) => {
                "Put them back from a copy of the data directory before you start. Without one the server signs anew what the \
                 log holds when it starts; a party or a witness can hold its last checkpoint against that"
            }
        }
    }
}

/// Whether a signature stands under it in the log's own name, and no key says that its own stands under something else or is
/// said to be another's. A checkpoint of a key that was lost passes.
fn is_as_signed(stamped: &Stamped, keys: &[LogKey]) -> bool {
    let note = stamped.note.note();
    let origin = stamped.note.checkpoint().origin.to_string();
    let has_own = note
        .signatures()
        .iter()
        .any(|one| one.name().to_string() == origin);
    let agrees = |key: &LogKey| note.is_signed_by(key).is_ok() && !note.is_signed_under_another_id(key);
    has_own && keys.iter().all(agrees)
}

/// A checkpoint with the witness's cosignatures under it, and when it made them. A key that stands under it already
/// is not added again.
fn with_cosignatures(
    note: &SignedCheckpoint,
    by: Answered<'_>,
) -> Result<(SignedCheckpoint, UnixSeconds), AnswerError> {
    let body = std::str::from_utf8(by.body).map_err(|_| NoteError::NotText)?;
    let lines = note::parse_lines(body)?;
    let (mut cosigned, mut latest) = (note.clone(), None);
    for key in by.keys {
        let is_by = |line: &&NoteSignature| line.name() == key.name() && line.id() == key.id();
        let Some(line) = lines.iter().find(is_by) else {
            continue;
        };
        if cosigned.cosigned_at(key)?.is_none() {
            cosigned.add(line.clone())?;
        }
        latest = latest.max(cosigned.cosigned_at(key)?);
    }
    latest.map(|at| (cosigned, at)).ok_or(AnswerError::NoneKnown)
}

/// What a witness answered.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// Which witness.
    pub witness: &'a WitnessId,
    /// Its keys.
    pub keys: &'a [WitnessKey],
    /// The body of its answer.
    pub body: &'a [u8],
}

/// Puts a checkpoint that is no longer the newest with the earlier ones. When there are twice as many as are kept, every
/// other one of the older half goes: what is left lies further apart the older it is.
///
/// # Errors
/// What the operating system says.
pub fn keep_earlier(directory: &Path, stamped: &Stamped) -> io::Result<()> {
    let path = directory.join(EARLIER_FILE);
    let line = |stamped: &Stamped| {
        serde_json::to_string(stamped)
            .map(|line| line + "\n")
            .map_err(io::Error::other)
    };
    durable::append(&path, line(stamped)?.as_bytes())?;
    let lines = durable::read(&path)?.unwrap_or_default();
    if lines.iter().filter(|byte| **byte == b'\n').count() < CHECKPOINTS_KEPT_MAX * 2 {
        return Ok(());
    }
    let kept = earlier(directory)?;
    let is_kept = |(number, _): &(usize, &Stamped)| *number >= CHECKPOINTS_KEPT_MAX || number % 2 == 0;
    let thinned: Vec<_> = kept
        .iter()
        .enumerate()
        .filter(is_kept)
        .map(|(_, stamped)| line(stamped))
        .collect::<Result<_, _>>()?;
    durable::replace(&path, thinned.concat().as_bytes(), Readers::Default)
}

/// The earlier checkpoints that are kept, oldest first. A line that a crash tore is left out.
///
/// # Errors
/// What the operating system says.
pub fn earlier(directory: &Path) -> io::Result<Vec<Stamped>> {
    let bytes = durable::read(&directory.join(EARLIER_FILE))?.unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n');
    Ok(lines
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect())
}
