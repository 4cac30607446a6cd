//! `schrijftafel keys list` and `keys rotate`: the keys that sign checkpoints.

use std::path::Path;

use anyhow::Result;
use clap::{Args, Subcommand};
use schema::audit::checkpoint::PLAN_ORIGIN_PREFIX;

use super::log::DataArgs;
use crate::clock;
use crate::http::time;
use crate::keys::Keys;

/// What can be done with keys.
#[derive(Debug, Clone, Args)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: KeysCommand,
}

/// The commands of `keys`.
#[derive(Debug, Clone, Subcommand)]
pub enum KeysCommand {
    /// Lists the keys, from when to when they sign, and their verifier keys for witnesses.
    List(DataArgs),
    /// Makes a new key. For 30 days the old one signs beside it; a running server takes it up by itself. Also makes
    /// the first key anew when all were lost.
    Rotate(DataArgs),
}

/// Does what was asked.
///
/// # Errors
/// When the keys cannot be read or written.
pub fn run(args: KeysArgs) -> Result<()> {
    match args.command {
        KeysCommand::List(args) => list(&args.data),
        KeysCommand::Rotate(args) => {
            Keys::of(&args.data).rotate(clock::now_ms())?;
            list(&args.data)
        }
    }
}

fn list(data: &Path) -> Result<()> {
    let name = PLAN_ORIGIN_PREFIX.trim_end_matches('/').parse()?;
    let periods = Keys::of(data).periods(&name)?;
    if periods.is_empty() {
        println!("no keys yet: the server makes the first one when it starts");
    }
    for period in periods {
        let until = period.until.map_or_else(|| "open".to_owned(), time::format);
        println!(
            "{}  from {}  until {until}\n   {}",
            period.number,
            time::format(period.from),
            period.key
        );
    }
    Ok(())
}
