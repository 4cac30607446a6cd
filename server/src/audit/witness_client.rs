//! Asking one witness for its cosignatures (C2SP `tlog-witness`): a thread of its own per witness.
//!
//! # Why it exists
//!
//! A witness may be slow, down, behind, or right when it says that the log was rewritten. None of that may hold up
//! another witness, or writing; so each is asked from its own thread, which forgets nothing when the server restarts.
//!
//! # Invariants
//!
//! - A cosignature is checked before it is stored, and stored before it is published.
//! - Only a proof that fails, or a witness that is ahead, is an alarm. Everything else is tried again, more slowly.

use std::sync::Arc;
use std::time::Duration;

use schema::audit::WitnessId;
use schema::audit::witness::{AddCheckpoint, AnswerError, parse_conflict};
use schema::ids::PlanId;
use schema::limits::{NOTE_BYTES_MAX, WITNESS_RETRY_MS, WITNESS_TIMEOUT_MS};

use super::Shared;
use super::bell::Bell;
use super::plan_log::{PlanLog, ProveError};
use super::state::{Answered, Stamped, Trouble, TroubleKind};
use super::witnesses::ConfiguredWitness;

/// Questions about one checkpoint: the first, one from where the witness says it is, one more if it moved meanwhile.
const TRIES: usize = 3;
/// Characters of a stranger's answer that are kept as detail.
const DETAIL_CHARS: usize = 300;

pub(super) struct WitnessClient {
    pub(super) shared: Arc<Shared>,
    pub(super) witness: ConfiguredWitness,
    pub(super) bell: Arc<Bell>,
}

/// Why a witness did not cosign.
#[derive(Debug, thiserror::Error)]
enum NotCosigned {
    #[error("{0}")]
    Connection(#[from] ureq::Error),
    #[error("the witness answered {status}: {text}")]
    Status { status: u16, text: String },
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error(transparent)]
    Proof(#[from] ProveError),
    #[error("the state of the log could not be stored")]
    Store(#[from] std::io::Error),
    #[error("the witness does not take the proof that this log continues the one it knows: {0}")]
    Refused(String),
    #[error("the witness has cosigned {theirs} events, this server has signed {ours}")]
    Ahead { theirs: u64, ours: u64 },
}

impl NotCosigned {
    const fn kind(&self) -> TroubleKind {
        match self {
            Self::Refused(_) => TroubleKind::Refused,
            Self::Ahead { .. } => TroubleKind::Ahead,
            _ => TroubleKind::Failing,
        }
    }
}

impl WitnessClient {
    /// Until the server ends.
    pub(super) fn run(self) {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_millis(WITNESS_TIMEOUT_MS)))
            .user_agent(concat!("schrijftafel/", env!("CARGO_PKG_VERSION")))
            .build()
            .into();
        let (shortest_ms, longest_ms) = WITNESS_RETRY_MS;
        let mut wait_ms = shortest_ms;
        loop {
            let all_well = self.round(&agent);
            wait_ms = if all_well {
                shortest_ms
            } else {
                (wait_ms * 2).min(longest_ms)
            };
            let heard = if all_well {
                self.bell.hear(Duration::from_millis(longest_ms))
            } else {
                // News do not cut this short: they are for a witness that has trouble already.
                self.bell.gather(Duration::from_millis(wait_ms));
                self.bell.hear(Duration::ZERO)
            };
            if heard.stop {
                return;
            }
        }
    }

    /// Asks for every plan that has something new. True when nothing is left to try again.
    fn round(&self, agent: &ureq::Agent) -> bool {
        let mut all_well = true;
        for (plan, plan_log) in self.shared.plans() {
            let state = plan_log.state();
            let Some(newest) = &state.newest else { continue };
            let known = state.witnesses.get(&self.witness.id);
            let has_all = known
                .is_some_and(|known| known.cosigned_size >= newest.head().size && known.trouble.is_none());
            // A log that is in doubt itself is nothing to ask strangers about.
            if has_all || plan_log.is_in_doubt() || state.doubted.is_some() {
                continue;
            }
            let size = known.map_or(0, |known| known.cosigned_size);
            if let Err(error) = self.ask(agent, &plan_log, newest.clone(), size) {
                all_well = false;
                self.note_trouble(plan, &plan_log, &error);
            }
            self.shared.tell_changed();
        }
        all_well
    }

    fn ask(
        &self,
        agent: &ureq::Agent,
        log: &PlanLog,
        stamped: Arc<Stamped>,
        known: u64,
    ) -> Result<(), NotCosigned> {
        let mut stamped = stamped;
        let mut old_size = known;
        for _ in 0..TRIES {
            let size = stamped.head().size;
            if old_size > size {
                // It may have moved on with a checkpoint that was signed meanwhile; otherwise it knows more than we do.
                stamped = newest_of(log, &stamped);
                let ours = stamped.head().size;
                if old_size > ours {
                    return Err(NotCosigned::Ahead {
                        theirs: old_size,
                        ours,
                    });
                }
                continue;
            }
            let request = AddCheckpoint {
                old_size,
                proof: log.consistency(old_size, Some(size))?.path,
                checkpoint: stamped.note.clone(),
            };
            match self.send(agent, &request)? {
                (200, body) => return self.take(log, size, &body),
                (409, body) => match parse_conflict(&body) {
                    Some(theirs) if theirs != old_size => old_size = theirs,
                    // Older witnesses answer so to another root of the same size.
                    Some(theirs) if theirs == size => return Err(NotCosigned::Refused(text_of(&body))),
                    _ => return Err(status(409, &body)),
                },
                (422, body) => return Err(NotCosigned::Refused(text_of(&body))),
                (other, body) => return Err(status(other, &body)),
            }
        }
        Err(NotCosigned::Status {
            status: 409,
            text: "the witness moves on faster than it is asked".to_owned(),
        })
    }

    fn send(&self, agent: &ureq::Agent, request: &AddCheckpoint) -> Result<(u16, Vec<u8>), NotCosigned> {
        let address = format!("{}/add-checkpoint", self.witness.url.trim_end_matches('/'));
        let mut answer = agent
            .post(&address)
            .content_type("text/plain; charset=utf-8")
            .send(request.to_string())?;
        let limit = u64::try_from(NOTE_BYTES_MAX).unwrap_or(u64::MAX);
        let body = answer.body_mut().with_config().limit(limit).read_to_vec()?;
        Ok((answer.status().as_u16(), body))
    }

    fn take(&self, log: &PlanLog, size: u64, body: &[u8]) -> Result<(), NotCosigned> {
        let answered = Answered {
            witness: &self.witness.id,
            keys: &self.witness.keys,
            body,
        };
        log.change(|state| {
            Ok::<_, NotCosigned>(state.cosigned(size, answered, &self.shared.config.witnesses.quorum)?)
        })?;
        tracing::debug!(origin = %log.origin(), size, witness = %self.witness.id, "cosigned by witness {}", self.witness.id);
        Ok(())
    }

    fn note_trouble(&self, plan: PlanId, log: &PlanLog, error: &NotCosigned) {
        let id: &WitnessId = &self.witness.id;
        let kind = error.kind();
        let before = log
            .state()
            .witnesses
            .get(id)
            .and_then(|known| known.trouble.as_ref().map(|known| known.kind));
        if before != Some(kind) {
            match kind {
                TroubleKind::Failing => {
                    tracing::warn!(%plan, witness = %id, "witness {id} did not cosign: {error}");
                }
                TroubleKind::Refused | TroubleKind::Ahead => {
                    tracing::error!(%plan, witness = %id, "audit alarm: {error}");
                }
            }
        }
        let trouble = Trouble {
            kind,
            detail: shortened(&error.to_string()),
            at: self.shared.now(),
        };
        let noted = log.change(|state| {
            state.troubled(id, trouble);
            Ok::<_, std::io::Error>(())
        });
        if let Err(error) = noted {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the trouble with witness {id} could not be stored"
            );
        }
    }
}

fn newest_of(log: &PlanLog, otherwise: &Arc<Stamped>) -> Arc<Stamped> {
    log.state().newest.clone().unwrap_or_else(|| otherwise.clone())
}

fn status(status: u16, body: &[u8]) -> NotCosigned {
    NotCosigned::Status {
        status,
        text: text_of(body),
    }
}

/// A stranger's words, cut and without control characters: they go into logs and onto pages.
fn text_of(body: &[u8]) -> String {
    shortened(String::from_utf8_lossy(body).trim())
}

fn shortened(text: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(DETAIL_CHARS).map(printable).collect()
}
