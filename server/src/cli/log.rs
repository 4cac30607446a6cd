//! `schrijftafel log verify`, `log compact`, `log move` and `log repair`: checking a log, writing it anew without erased
//! bytes or with another engine, mending it from a backup.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand};
use schema::ids::{PlanId, Position, TimestampMs};

use super::DONE_IN_PART;
use super::plain::{say, tell};
use super::progress::Progress;
use crate::accounts::Accounts;
use crate::admin::client::Client;
use crate::audit::same_keys;
use crate::audit::signed::{Missed, Signed};
use crate::backup::repair::{self, Outcome};
use crate::causes;
use crate::clock;
use crate::counted::counted;
use crate::log::compact::{self, Compacted};
use crate::log::engine::{self, EngineError, EngineKind, Opening};
use crate::log::{ReadError, order};

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
    /// Reads and checks every event: checksums, numbers, commitments, chain, index, and whether texts' events stand where
    /// their readers find them; and that nothing is missing of what was signed. Names plan and position of the first fault. Changes nothing: a log of
    /// sled is read in a copy, which needs as much free space as the log takes. A running server proves its events; its index is checked when it is stopped.
    Verify(DataArgs),
    /// Writes the log anew, so that the bytes of erased content are gone from the disk. What a crash tore at the end is
    /// cut off first, as a start does. Needs as much free space as the log takes. The server must not be running on the same data.
    Compact(DataArgs),
    /// Moves the log to another engine: copies and checks every event, then puts the new log in the old one's place
    /// and keeps the old one beside it. The server must not be running on the same data.
    Move(MoveArgs),
    /// Mends a damaged log from a backup: takes the backup, and what follows it in the log as far as it is proved.
    /// Refuses when an event can be had from neither. The damaged log is kept, as it is; one that is whole stays as it is.
    /// The server must not be running. Exits with 0 where nothing is missing of what was answered, and says so; with 3 where
    /// more may have been answered than its files tell: it then says how far each plan goes.
    Repair(RepairArgs),
}

/// What goes where.
#[derive(Debug, Clone, Args)]
pub struct MoveArgs {
    /// The engine: sled or segments.
    #[arg(long)]
    pub to: EngineKind,
    /// Which data.
    #[command(flatten)]
    pub data: DataArgs,
}

/// Which data, from which backup.
#[derive(Debug, Clone, Args)]
pub struct RepairArgs {
    /// The data directory.
    #[arg(long, env = "DATA", default_value = "data")]
    data: PathBuf,
    /// The directory of the backup.
    #[arg(long)]
    from: PathBuf,
}

/// Which data.
#[derive(Debug, Clone, Args)]
pub struct DataArgs {
    /// The data directory.
    #[arg(long, env = "DATA", default_value = "data")]
    pub data: PathBuf,
}

impl DataArgs {
    /// For a command that makes none where somebody mistyped its name.
    ///
    /// # Errors
    /// When there is no such directory.
    pub fn ensure_there(&self) -> Result<()> {
        ensure!(
            self.data.is_dir(),
            "there is no data of a server in {}; --data names another directory",
            self.data.display()
        );
        Ok(())
    }
}

/// Does what was asked.
///
/// # Errors
/// The fault that was found, or why it could not be looked for.
pub async fn run(args: LogArgs) -> Result<ExitCode> {
    let done = match args.command {
        LogCommand::Verify(args) => match Client::find(&args.data).await? {
            Some(server) => verify_running(&server).await,
            None => verify(&args.data),
        },
        LogCommand::Compact(args) => compact_log(&log_in(&args.data)?),
        LogCommand::Move(args) => move_log(&log_in(&args.data.data)?, args.to),
        LogCommand::Repair(args) => return repair(&args.data, &args.from),
    };
    done.map(|()| ExitCode::SUCCESS)
}

async fn verify_running(server: &Client) -> Result<()> {
    let verified = server.verify().await.context("the log is not as it should be")?;
    say!(
        "the log of the running server is whole: {}, {}; its index is checked when it is stopped",
        counted(verified.plans, "plan"),
        counted(verified.events, "event")
    );
    Ok(())
}

fn repair(data: &Path, from: &Path) -> Result<ExitCode> {
    let log = &log_in(data)?;
    let mut progress = Progress::default();
    let mut tell = |events| progress.tell(|| format!("{events} events taken over"));
    let repaired = repair::repair(log, from, &mut tell).context("the log was not mended")?;
    let repaired = match repaired {
        Outcome::Mended(repaired) => repaired,
        Outcome::Whole => {
            say!("the log is whole: there is nothing to mend, and nothing was changed");
            whole_beside(data, log)?;
            return Ok(ExitCode::SUCCESS);
        }
        Outcome::Finished(ends) => {
            say!(
                "the log is mended: an earlier repair had done it and was cut off, and its log is in its place now. The \
                 damaged log is kept beside it, as `log.damaged` or with a number after that name."
            );
            let done = tell_what_may_lack(&ends);
            whole_beside(data, log)?;
            return Ok(done);
        }
    };
    let cut = match repaired.cut {
        0 => String::new(),
        count => format!("; {count} events at the end, of a batch that is not whole, are left out"),
    };
    say!(
        "the log is mended: {} events were whole, {} come from the backup{cut}. The damaged log is kept in {}.",
        repaired.from_log,
        repaired.from_backup,
        repaired.kept_aside.display()
    );
    if let Some(other) = repaired.strange_note {
        say!(
            "Its file `acknowledged`, which says how far it had answered, was that of the log {other}, and counted for nothing."
        );
    }
    let beside = whole_beside(data, log);
    if let Err(damaged) = &beside {
        say!("{}", causes::told(damaged));
    }
    let done = tell_what_may_lack(&repaired.may_lack_after);
    Ok(match beside {
        Ok(()) => done,
        Err(_) => ExitCode::from(DONE_IN_PART),
    })
}

/// How far each plan goes, where more may have been answered than the files tell; otherwise that nothing is missing.
fn tell_what_may_lack(ends: &[(PlanId, Position)]) -> ExitCode {
    if ends.is_empty() {
        say!("Nothing is missing of what anybody was told was stored.");
        return ExitCode::SUCCESS;
    }
    say!(
        "What was stored last cannot be read whole, or nothing tells how far the log had come. What stood after these events and was answered before the damage is lost, unless a later backup or people's devices \
         hold it:"
    );
    for (plan, end) in ends {
        match end.0.checked_sub(1) {
            Some(last) => say!("  plan {plan}: kept up to event {last}"),
            None => say!("  plan {plan}: no event is kept"),
        }
    }
    ExitCode::from(DONE_IN_PART)
}

/// The same as `log verify` says, of a log that is whole.
fn whole_beside(data: &Path, log: &Path) -> Result<()> {
    let Some(life) = engine::noted_life(log) else {
        return Ok(());
    };
    let signed = Signed::of(data, life).context("what was signed cannot be read")?;
    ensure_whole_beside(data, &signed)
}

/// The log of a data directory that is there.
fn log_in(data: &Path) -> Result<PathBuf> {
    let log = log_of(data);
    ensure!(data.exists(), EngineError::NoLog(log.display().to_string()));
    Ok(log)
}

fn log_of(data: &Path) -> PathBuf {
    data.join("log")
}

fn verify(data: &Path) -> Result<()> {
    let log = engine::open_existing(&log_of(data), Opening::Check).context("the log cannot be verified")?;
    let mut signed = Signed::of(data, log.incarnation()).context("what was signed cannot be read")?;
    signed.check_ends(log.as_ref()).map_err(|missed| match missed {
        Missed::Events(error) => told(error),
        log @ Missed::Log { .. } => anyhow::Error::new(log).context("the log is not whole"),
    })?;
    let verified = order::verify_also(log.as_ref(), &mut |plan, record| signed.take(plan, record));
    let verified = verified.map_err(told)?;
    ensure_whole_beside(data, &signed)?;
    say!(
        "the log is whole: {}, {}, {}",
        counted(verified.plans, "plan"),
        counted(verified.events, "event"),
        counted(verified.blocks, "index block")
    );
    for plan in log.plans().into_iter().filter(|plan| !signed.is_signed(*plan)) {
        say!("of plan {plan} nothing was signed yet: the server signs it when it runs");
    }
    Ok(())
}

/// What lies beside a whole log and is not as it was: who checks hears of it, and who mends the log. The log is not to blame,
/// and mending it does not mend that.
fn ensure_whole_beside(data: &Path, signed: &Signed) -> Result<()> {
    let state = signed.damaged().first();
    let state = state.map(|damaged| format!("{damaged}. {}", damaged.way_out()));
    let accounts = Accounts::check(&data.join("accounts")).err();
    let keys = same_keys::ensure_all(data).err();
    let damaged: Vec<String> = state
        .into_iter()
        .chain(accounts.map(|damaged| damaged.to_string()))
        .chain(keys.map(|not_own| causes::told(&not_own.into())))
        .collect();
    ensure!(
        damaged.is_empty(),
        "every event of the log is whole, but {}",
        damaged.join(". And ")
    );
    Ok(())
}

fn told(error: ReadError) -> anyhow::Error {
    let what = match &error {
        ReadError::Misplaced { .. } => "the log is undamaged, but holds what its readers do not see",
        ReadError::NotAsSigned(_) => "the log is not the one that was signed",
        ReadError::Corrupt { .. } | ReadError::Torn { .. } | ReadError::Engine(_) => "the log is damaged",
    };
    anyhow::Error::new(error).context(what)
}

/// How often progress is told, in milliseconds.
const TELL_EVERY_MS: u64 = 1_000;

fn compact_log(directory: &Path) -> Result<()> {
    let done = compact::compact(directory, &mut telling()).context("the log was not compacted")?;
    say!("the log is compacted: {}", report(&done));
    Ok(())
}

fn move_log(directory: &Path, to: EngineKind) -> Result<()> {
    let moved = compact::move_to(directory, to, &mut telling());
    let (done, kept) = moved.context("the log was not moved")?;
    say!("the log is moved to the engine {to}: {}", report(&done));
    say!(
        "the old one is kept in {}; remove it when all is well",
        kept.display()
    );
    Ok(())
}

fn report(done: &Compacted) -> String {
    format!(
        "{}, {}, {} before, {} after",
        counted(done.verified.plans, "plan"),
        counted(done.verified.events, "event"),
        counted(done.before_bytes, "byte"),
        counted(done.after_bytes, "byte")
    )
}

/// Tells the operator how far it is.
fn telling() -> impl FnMut(compact::Progress) {
    let mut told_at = TimestampMs::default();
    move |progress| match progress {
        compact::Progress::Copied { events, total } => {
            let now = clock::now_ms();
            if events == total || now.0.saturating_sub(told_at.0) >= TELL_EVERY_MS {
                told_at = now;
                tell!("written anew: {events} of {}", counted(total, "event"));
            }
        }
        compact::Progress::Verifying => tell!("verifying the new log"),
        compact::Progress::Swapping => tell!("putting it in the old one's place"),
    }
}
