//! `schrijftafel backup` and `backup verify`: a copy of log and accounts, made while the server runs or not.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::{Args, Subcommand};

use super::apart::ensure_apart;
use super::plain::{say, tell};
use super::progress::Progress;
use crate::accounts::Accounts;
use crate::admin::client::Client;
use crate::backup::make::{self, Made};
use crate::backup::source::{Opened, Source};
use crate::backup::verify;
use crate::clock;
use crate::counted::counted;
use crate::log::engine::{self, Opening};
use crate::log::space::may_only_be_read;

/// What to back up where.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct BackupArgs {
    /// Something else than making one.
    #[command(subcommand)]
    command: Option<BackupCommand>,
    /// The data directory.
    #[arg(long, env = "DATA", default_value = "data")]
    data: PathBuf,
    /// The directory of the backup, outside the data directory: a new one, or one of an earlier run, to which what is new
    /// is added.
    #[arg(long, required_unless_present = "without_to")]
    to: Option<PathBuf>,
    /// A directory named without `--to`: nothing is written there, and it is said how to name it.
    #[arg(hide = true)]
    without_to: Option<PathBuf>,
}

/// The commands of `backup`.
#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// Reads all of a backup and checks it: hashes, checksums, chain, commitments.
    Verify {
        /// The directory of the backup.
        #[arg(long)]
        from: PathBuf,
    },
}

/// Does what was asked.
///
/// # Errors
/// Why there is no backup, or what is wrong with the one there is.
pub async fn run(args: BackupArgs) -> Result<()> {
    match (args.command, args.without_to, args.to) {
        (Some(BackupCommand::Verify { from }), ..) => check(&from),
        (None, None, Some(to)) => back_up(&args.data, to).await,
        (None, named, _) => {
            let named = named.map_or_else(|| "DIRECTORY".to_owned(), |named| named.display().to_string());
            anyhow::bail!(
                "no backup was made: the directory of the backup is named with --to, as in `schrijftafel backup --data {} \
                 --to {named}`",
                args.data.display()
            )
        }
    }
}

fn check(from: &Path) -> Result<()> {
    let (manifest, verified) = verify::verify(from)?;
    say!(
        "the backup of {} is whole: {}, {}, {}, {}",
        schema::date_time::format(manifest.made_at_ms),
        counted(verified.plans, "plan"),
        counted(verified.events, "event"),
        counted(verified.files, "file"),
        counted(verified.bytes, "byte")
    );
    say!("{}", held_against(verified.signed_plans, verified.plans));
    Ok(())
}

/// What the chain alone would not show.
fn held_against(signed: u64, plans: u64) -> String {
    let rest = match plans - signed {
        0 => String::new(),
        rest => format!("; of {} it holds no checkpoint", counted(rest, "plan")),
    };
    format!(
        "of {} the events are those of the newest signed checkpoint in it{rest}",
        counted(signed, "plan")
    )
}

async fn back_up(data: &Path, to: PathBuf) -> Result<()> {
    ensure_apart(data, &to).context("no backup was made")?;
    let running = Client::find(data).await?;
    let shown = to.display().to_string();
    let made = match running {
        Some(server) => {
            let source = server.source().await.context("the server does not answer")?;
            tokio::task::spawn_blocking(move || make_of(&source, &to)).await?
        }
        None => {
            let data = data.to_owned();
            tokio::task::spawn_blocking(move || make_of_directory(&data, &to)).await?
        }
    };
    let made = made.context("no backup was made")?;
    for mended in &made.mended {
        tell!("the backup was damaged, and this file of it is written again from the log: {mended}");
    }
    if !made.mended.is_empty() {
        tell!(
            "Nothing is lost. Look after the disk of {shown}, and make the copies of this backup anew that lie elsewhere."
        );
    }
    say!(
        "the backup in {shown} is whole: {}, {} of which {} new, {}; {} written with {}, {} again",
        counted(made.plans, "plan"),
        counted(made.events, "event"),
        made.new_events,
        counted(made.bytes, "byte"),
        counted(made.files_written, "file"),
        counted(made.bytes_written, "byte"),
        made.files_again
    );
    Ok(())
}

fn make_of_directory(data: &Path, to: &Path) -> Result<Made> {
    let [log, accounts] = ["log", "accounts"].map(|name| data.join(name));
    make::ensure_goes_on(to, engine::noted_life(&log), &accounts)?;
    // What may only be read is backed up as it lies there: nothing can be put right first.
    let (log, accounts) = if may_only_be_read(data) {
        (
            engine::open_existing(&log, Opening::Check)?,
            Accounts::look(&accounts)?,
        )
    } else {
        (
            engine::open_existing(&log, Opening::Serve)?,
            Accounts::open(&accounts)?,
        )
    };
    let source = Opened {
        log: log.as_ref(),
        accounts: &accounts,
        data: Some(data),
    };
    make_of(&source, to)
}

fn make_of(source: &dyn Source, to: &Path) -> Result<Made> {
    let mut progress = Progress::default();
    let mut tell = |at: make::Progress| {
        progress.tell(|| {
            format!(
                "plan {} of {}: {} written",
                at.plan,
                at.plans,
                counted(at.events, "event")
            )
        });
    };
    Ok(make::make(source, to, clock::now_ms(), &mut tell)?)
}
