//! `schrijftafel log verify` and `log compact`: checking a log, and writing it anew without erased bytes.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use schema::ids::TimestampMs;

use crate::clock;
use crate::log::compact::{self, Progress};
use crate::log::engine::{self, Opening};

/// What can be done with the log.
#[derive(Debug, Clone, Args)]
pub struct LogArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LogCommand,
}

/// The commands of `log`.
#[derive(Debug, Clone, Subcommand)]
pub enum LogCommand {
    /// Reads and checks every event: checksums, numbers, commitments, chain, index. Names plan and position of the
    /// first fault. Changes no event. The server must not be running on the same data.
    Verify(DataArgs),
    /// Writes the log anew, so that the bytes of erased content are gone from the disk. Needs as much free space as
    /// the log takes. The server must not be running on the same data.
    Compact(DataArgs),
}

/// Which data.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// The data directory.
    #[arg(long, env = "DATA", default_value = "data")]
    pub data: PathBuf,
}

/// Does what was asked.
///
/// # Errors
/// The fault that was found, or why it could not be looked for.
pub fn run(args: LogArgs) -> Result<()> {
    match args.command {
        LogCommand::Verify(args) => verify(&log_of(&args.data)),
        LogCommand::Compact(args) => compact_log(&log_of(&args.data)),
    }
}

fn log_of(data: &Path) -> PathBuf {
    data.join("log")
}

fn verify(directory: &Path) -> Result<()> {
    let log = engine::open_existing(directory, Opening::Check).context("the log cannot be verified")?;
    let verified = log.verify().context("the log is damaged")?;
    println!(
        "the log is whole: {} plans, {} events, {} index blocks",
        verified.plans, verified.events, verified.blocks
    );
    Ok(())
}

/// How often progress is told, in milliseconds.
const TELL_EVERY_MS: u64 = 1_000;

fn compact_log(directory: &Path) -> Result<()> {
    let mut told_at = TimestampMs::default();
    let mut tell = |progress| match progress {
        Progress::Copied { events, total } => {
            let now = clock::now_ms();
            if events == total || now.0.saturating_sub(told_at.0) >= TELL_EVERY_MS {
                told_at = now;
                eprintln!("written anew: {events} of {total} events");
            }
        }
        Progress::Verifying => eprintln!("verifying the new log"),
        Progress::Swapping => eprintln!("putting it in the old one's place"),
    };
    let done = compact::compact(directory, &mut tell).context("the log was not compacted")?;
    println!(
        "the log is compacted: {} plans, {} events, {} bytes before, {} bytes after",
        done.verified.plans, done.verified.events, done.before_bytes, done.after_bytes
    );
    Ok(())
}
