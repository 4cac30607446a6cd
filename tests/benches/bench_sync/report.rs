//! What was measured, for people and for a program that puts it beside other servers.
//!
//! Every line goes to the output; with `BENCH_JSON` naming a file it is also added there as one JSON object, so that
//! the comparison with the peers reads figures and not prose.

use std::io::Write;

use anyhow::{Context, Result};

/// One figure: name, value, and how many digits of it mean something.
pub type Figure<'a> = (&'a str, f64, usize);

/// Says what a piece of work came to.
///
/// # Errors
/// When the file that `BENCH_JSON` names cannot be written.
pub fn say(work: &str, figures: &[Figure<'_>]) -> Result<()> {
    let told: Vec<String> = figures
        .iter()
        .map(|(name, value, digits)| format!("{name} {value:.digits$}"))
        .collect();
    println!("{work}: {}", told.join(", "));
    let Ok(file) = std::env::var("BENCH_JSON") else {
        return Ok(());
    };
    let values: serde_json::Map<_, _> = figures
        .iter()
        .map(|(name, value, _)| ((*name).to_owned(), (*value).into()))
        .collect();
    let line = serde_json::json!({ "work": work, "figures": values });
    let mut to = std::fs::File::options()
        .create(true)
        .append(true)
        .open(&file)
        .with_context(|| format!("cannot write {file}"))?;
    Ok(writeln!(to, "{line}")?)
}
