//! What somebody must look at: the log is not what was signed, or a witness says so.
//!
//! Why it exists: an audit that only fails in a log line protects nobody. An alarm names plan, kind and place, stays
//! until its cause is gone, and is shown at every border: log line, `/readyz`, `witness-state`.

use schema::audit::WitnessId;
use schema::ids::{Position, TimestampMs};
use serde::Serialize;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmKind {
    /// An event is not what was signed.
    LogChanged,
    /// Events are gone that were signed.
    LogShorter,
    /// The tree cannot be read or built.
    LogUnreadable,
    /// A witness has seen another past.
    WitnessRefused,
    /// A witness has cosigned more events than this server signed.
    WitnessAhead,
}

/// One alarm of one plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// What is wrong.
    pub kind: AlarmKind,
    /// In words.
    pub detail: String,
    /// Since when.
    pub at: TimestampMs,
    /// The first event concerned, where it is known.
    pub position: Option<Position>,
    /// The witness that says so.
    pub witness: Option<WitnessId>,
}

impl Alarm {
    /// The tree cannot be read or built; it is tried again.
    #[must_use]
    pub fn unreadable(error: &dyn std::error::Error, at: TimestampMs) -> Self {
        Self {
            kind: AlarmKind::LogUnreadable,
            detail: error.to_string(),
            at,
            position: None,
            witness: None,
        }
    }

    /// Events are gone that were signed.
    #[must_use]
    pub fn shorter(signed: u64, there: u64, at: TimestampMs) -> Self {
        Self {
            kind: AlarmKind::LogShorter,
            detail: format!("{signed} events were signed, the log holds {there}"),
            at,
            position: Some(Position(there)),
            witness: None,
        }
    }

    /// An event is not what was signed.
    #[must_use]
    pub fn changed(signed: u64, position: Option<u64>, at: TimestampMs) -> Self {
        let detail = match position {
            Some(position) => format!("event {position} is not the one that was signed"),
            None => format!("one of the first {signed} events is not the one that was signed"),
        };
        Self {
            kind: AlarmKind::LogChanged,
            detail,
            at,
            position: position.map(Position),
            witness: None,
        }
    }
}
