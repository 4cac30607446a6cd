//! Reads an export file through the verifier, in pieces.

use std::io::{self, Read};

use schema::export::{Fault, Reading, Report, Stopped, Taken, Trusted};

/// Bytes read at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Why a file was not read to its end.
#[derive(Debug, thiserror::Error)]
pub enum CheckError<E> {
    /// The operating system does not give it.
    #[error("the file cannot be read")]
    Files(#[from] io::Error),
    /// It does not verify.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// Whoever took the events does not go on.
    #[error(transparent)]
    Taker(E),
}

/// Checks a file from its first line to its last. `taker` gets every line once it is right, and how far that is:
/// events so far, and events announced.
///
/// # Errors
/// [`CheckError`] by the first thing that is wrong.
pub fn check<E>(
    mut file: impl Read,
    trusted: Trusted,
    mut taker: impl FnMut(Taken) -> Result<(), E>,
) -> Result<Report, CheckError<E>> {
    let mut reading = Reading::new(trusted);
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        let length = match file.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let bytes = piece.get(..length).unwrap_or_default();
        reading.push(bytes, &mut taker).map_err(|stopped| match stopped {
            Stopped::Fault(fault) => CheckError::Fault(fault),
            Stopped::Taker(error) => CheckError::Taker(error),
        })?;
    }
    Ok(reading.finish()?)
}
