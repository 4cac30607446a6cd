//! Opening a log only to look at it: nothing of it is changed, and what keeps it from being called whole is said as it is.
//!
//! # Why it exists
//!
//! Whoever checks a log wants to know what is certain of it, what may be missing and what to do. That its end is torn, or that
//! nothing says how far it had come, is not all that can be known: what was signed beside it may be gone, and then a start
//! does not go on with it either.

use std::path::Path;

use super::{
    Engine, EngineError, EngineKind, Lives, Opening, doubt_of, ensure_as_signed, kind_of, segments_config,
    signed_beside,
};
use crate::log::ReadError;
use crate::log::acknowledged::EndError;
use crate::log::compact::{self, Held};
use crate::log::copy::Copied;
use crate::log::segments::{self, SegmentConfig, SegmentLog};
use crate::log::sled::{self, SledLog};

/// Opens a log and leaves every name and byte of it as it is.
pub(super) fn look(directory: &Path) -> Result<Box<dyn Engine>, EngineError> {
    // Nobody may open it meanwhile where it is copied, nor where its own lock is not there to say that it is looked at.
    let is_locked = directory.join(segments::disk::LOCK).exists();
    let is_alone = kind_of(directory) != Some(EngineKind::Segments) || !is_locked;
    let (log, held) = compact::standing(directory, is_alone)?;
    match kind_of(&log) {
        Some(EngineKind::Sled) => Ok(Box::new(look_at_sled(directory, &log, &held)?)),
        Some(EngineKind::Segments) => Ok(Box::new(look_at_segments(directory, &log)?.keeping(held))),
        None => Err(EngineError::NoLog(directory.display().to_string())),
    }
}

/// One of sled, read in a copy. What was signed of it in `directory` and is gone from its end is said before anything else of
/// that end: then a start does not take it off.
fn look_at_sled(directory: &Path, log: &Path, held: &Held) -> Result<SledLog, EngineError> {
    let doubt = doubt_of(log, &Lives::default())?;
    let (looked_at, error) = match SledLog::open_copy(Copied::of(log, held)?) {
        Ok(looked_at) => (looked_at, None),
        Err(error) => {
            let error = EngineError::from(error);
            if !is_of_the_end(&error) {
                return Err(error);
            }
            match SledLog::try_copy(Copied::of(log, held)?, false) {
                Ok(as_started) => (as_started, Some(error)),
                Err(_) => return Err(error),
            }
        }
    };
    if doubt.hides
        && let Some(lost) = sled::doubt::lost(log, &looked_at)?
    {
        return Err(sled::OpenError::from(lost).into());
    }
    let torn = doubt.torn(&looked_at);
    if error.is_none() && torn.is_none() {
        return Ok(looked_at);
    }
    ensure_as_signed(directory, &looked_at, &signed_beside(directory)?)?;
    Err(match (error, torn) {
        (_, Some(torn)) if !doubt.is_noted => {
            let reason = torn.to_string();
            sled::OpenError::from(EndError::TornAndMissing { reason }).into()
        }
        (Some(error), _) => error,
        (None, Some(torn)) => sled::OpenError::from(torn).into(),
        (None, None) => return Ok(looked_at),
    })
}

/// Whether only the log's end is in question: all that is there may be whole.
const fn is_of_the_end(error: &EngineError) -> bool {
    use {segments::OpenError as OfSegments, sled::OpenError as OfSled};
    match error {
        EngineError::Sled(OfSled::Read(error)) | EngineError::Segments(OfSegments::Read(error)) => {
            matches!(error, ReadError::Torn { .. })
        }
        EngineError::Sled(OfSled::Ends(end)) | EngineError::Segments(OfSegments::Ends(end)) => matches!(
            end,
            EndError::Unreadable | EndError::TornAndMissing { .. } | EndError::Missing
        ),
        _ => false,
    }
}

/// The same of one of segments, which is read where it lies.
fn look_at_segments(directory: &Path, log: &Path) -> Result<SegmentLog, EngineError> {
    let error = match SegmentLog::look(log, segments_config(log, Opening::Check)?) {
        Ok(looked_at) => return Ok(looked_at),
        Err(error) => EngineError::from(error),
    };
    if !is_of_the_end(&error) {
        return Err(error);
    }
    let as_started = SegmentConfig {
        begins: false,
        ..SegmentConfig::default()
    };
    if let Ok(looked_at) = SegmentLog::look(log, as_started) {
        ensure_as_signed(directory, &looked_at, &signed_beside(directory)?)?;
    }
    Err(error)
}
