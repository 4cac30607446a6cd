//! Feeds the bytes of a file to a [`Verifier`] as they come, so that a reader never holds more than one line.

use super::fault::{Fault, FaultKind};
use super::seal::Trusted;
use super::verifier::{Report, Taken, Verifier};
use crate::limits::EXPORT_LINE_BYTES_MAX;

/// A file that is being checked.
#[derive(Debug)]
pub struct Reading {
    verifier: Verifier,
    begun: Vec<u8>,
}

/// Why reading ends before the file does.
#[derive(Debug, thiserror::Error)]
pub enum Stopped<E> {
    /// The export is wrong here.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Whoever took the events does not go on.
    #[error(transparent)]
    Taker(E),
}

impl Reading {
    /// Nothing read yet.
    #[must_use]
    pub const fn new(trusted: Trusted) -> Self {
        Self {
            verifier: Verifier::new(trusted),
            begun: Vec::new(),
        }
    }

    /// The next bytes; every line that they complete is checked and handed to `taker`.
    ///
    /// # Errors
    /// [`Stopped`] at the first fault, or when `taker` fails. Nothing can be read after it.
    pub fn push<E>(
        &mut self,
        mut bytes: &[u8],
        mut taker: impl FnMut(Taken) -> Result<(), E>,
    ) -> Result<(), Stopped<E>> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = bytes.split_at(end);
            bytes = rest.get(1..).unwrap_or_default();
            let taken = if self.begun.is_empty() {
                self.verifier.line(line)?
            } else {
                self.keep(line)?;
                self.verifier.line(&std::mem::take(&mut self.begun))?
            };
            taker(taken).map_err(Stopped::Taker)?;
        }
        Ok(self.keep(bytes)?)
    }

    /// Events checked so far, and how many the first line announces.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        self.verifier.progress()
    }

    /// What was found, at the end of the file.
    ///
    /// # Errors
    /// [`Fault`] when the file ends before its last line does.
    pub fn finish(self) -> Result<Report, Fault> {
        if self.begun.is_empty() {
            return self.verifier.finish();
        }
        let kind = match self.verifier.progress() {
            (0, 0) => FaultKind::NotAnExport,
            _ => FaultKind::Truncated,
        };
        Err(self.verifier.fault(kind))
    }

    fn keep(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if self.begun.len() + bytes.len() > EXPORT_LINE_BYTES_MAX {
            return Err(self.verifier.fault(FaultKind::LineTooLong));
        }
        self.begun.extend_from_slice(bytes);
        Ok(())
    }
}
