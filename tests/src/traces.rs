//! Real editing traces (josephg/editing-traces, CC BY 4.0), read from `../shared/traces`; never copied here.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::Deserialize;

/// A trace of several people, as a graph of transactions.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConcurrentTrace {
    /// The text when all is merged.
    pub end_content: String,
    /// How many people.
    pub num_agents: usize,
    /// In an order in which parents come first.
    pub txns: Vec<Txn>,
}

/// One transaction.
#[derive(Debug, Deserialize)]
pub struct Txn {
    /// Indexes of the transactions it follows.
    pub parents: Vec<usize>,
    /// Who.
    pub agent: usize,
    /// `[position, deleted, inserted]`, in code points.
    pub patches: Vec<(usize, usize, String)>,
}

/// A trace of one person.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SequentialTrace {
    /// The text at the end.
    pub end_content: String,
    /// In order.
    pub txns: Vec<SequentialTxn>,
}

/// One transaction of a sequential trace.
#[derive(Debug, Deserialize)]
pub struct SequentialTxn {
    /// `[position, deleted, inserted]`, in code points.
    pub patches: Vec<(usize, usize, String)>,
}

/// Where the real input lies, beside the repository.
#[must_use]
pub fn shared() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared"))
}

/// Reads a trace by file name.
///
/// # Errors
/// When it is missing: the message says where it is expected.
pub fn read<T: for<'de> Deserialize<'de>>(name: &str) -> Result<T> {
    let path = shared().join("traces").join(name);
    open(&path).and_then(|file| parse(file))
}

/// Reads a trace for a test that proves nothing without it: where the real input is missing the test says so and ends.
/// `make test` says it too, before it begins.
#[must_use]
#[track_caller]
pub fn read_or_skip<T: for<'de> Deserialize<'de>>(name: &str) -> Option<T> {
    let path = shared().join("traces").join(name);
    if !path.exists() {
        eprintln!("SKIPPED, nothing is tested: {} is missing", path.display());
        return None;
    }
    let read = open(&path).and_then(|file| parse(file));
    Some(read.unwrap_or_else(|error| panic!("{}: {error:#}", path.display())))
}

fn open(path: &std::path::Path) -> Result<std::fs::File> {
    std::fs::File::open(path).with_context(|| format!("this test needs the real input {}", path.display()))
}

fn parse<T: for<'de> Deserialize<'de>>(file: std::fs::File) -> Result<T> {
    let mut json = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut json)?;
    Ok(serde_json::from_str(&json)?)
}
