//! Of which logs a checkpoint was ever signed in a data directory: a small file beside `audit`.
//!
//! # Why it exists
//!
//! Who loses `audit` whole has a log that looks as if nothing was ever signed, and a server that signs another history of
//! it without a word. So what was signed is also noted where `audit` is not.
//!
//! # Invariants
//!
//! - A log is noted after its first checkpoint was stored, so what is noted was signed.
//! - Lines are only added. One that cannot be read says nothing; the log is noted again.

use std::collections::BTreeSet;
use std::io;
use std::path::Path;

use schema::audit::PlanOrigin;

use crate::durable;

/// The file: the name of a log on each line.
pub(crate) const FILE: &str = "signed-logs";

/// The logs of which a checkpoint was signed in a data directory.
///
/// # Errors
/// What the operating system says.
pub fn all(data: &Path) -> io::Result<BTreeSet<PlanOrigin>> {
    let bytes = durable::read(&data.join(FILE))?.unwrap_or_default();
    let lines = String::from_utf8_lossy(&bytes);
    Ok(lines.lines().filter_map(|line| line.parse().ok()).collect())
}

/// Notes those of these logs that are not noted yet.
///
/// # Errors
/// What the operating system says.
pub fn note(data: &Path, signed: impl IntoIterator<Item = PlanOrigin>) -> io::Result<()> {
    let known = all(data)?;
    let new = signed.into_iter().filter(|origin| !known.contains(origin));
    // A line that a crash cut off ends here.
    let lines: String = new.map(|origin| format!("\n{origin}\n")).collect();
    if lines.is_empty() {
        return Ok(());
    }
    durable::append(&data.join(FILE), lines.as_bytes())
}
