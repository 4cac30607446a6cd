//! `schrijftafel audit …`: checking an export, comparing a log with what was signed, telling witnesses which logs there
//! are.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use schema::audit::PlanOrigin;
use schema::audit::checkpoint::PLAN_ORIGIN_PREFIX;
use serde_json::json;

use super::log::DataArgs;
use super::plain::say;
use super::verify::{self, VerifyArgs};
use crate::audit::signed::Signed;
use crate::audit::state::DamagedState;
use crate::audit::{PlanLog, checking, same_keys, signers};
use crate::counted::counted;
use crate::keys::Keys;
use crate::log::EventLog;
use crate::log::engine::{self, Opening};

/// What can be checked.
#[derive(Debug, Clone, Args)]
pub struct AuditArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// The commands of `audit`.
#[derive(Debug, Clone, Subcommand)]
pub enum AuditCommand {
    /// Checks an export without a server: every event, its place, the signatures; replays the register. Names the
    /// first thing that is wrong. Checks in the same way the proof of one event that the pages save.
    Verify(VerifyArgs),
    /// Reads every event and compares the logs with their newest checkpoints. Names plan and position of the first
    /// event that is not the one that was signed. The server must not be running on the same data.
    Check(DataArgs),
    /// Prints the configuration of a witness that trusts every log of this server, as its `logs.toml`; or, for other
    /// people's witnesses, every log by itself.
    WitnessConfig(WitnessConfigArgs),
}

/// Which configuration.
#[derive(Debug, Clone, Args)]
pub struct WitnessConfigArgs {
    /// The data directory; the server may be running.
    #[command(flatten)]
    pub data: DataArgs,
    /// Every log by itself, as JSON: witnesses by others know no prefixes.
    #[arg(long)]
    pub each_log: bool,
}

/// Does what was asked.
///
/// # Errors
/// What was found, or why it could not be looked for.
pub fn run(args: AuditArgs) -> Result<()> {
    match args.command {
        AuditCommand::Verify(args) => verify::run(args),
        AuditCommand::Check(args) => check(&args.data),
        AuditCommand::WitnessConfig(args) if args.each_log => each_log(&args.data.data),
        AuditCommand::WitnessConfig(args) => by_prefix(&args.data.data),
    }
}

fn check(data: &Path) -> Result<()> {
    let log = engine::open_existing(&data.join("log"), Opening::Check).context("the log cannot be opened")?;
    let (mut plans, mut events) = (0, 0);
    for plan in log.plans() {
        let origin = PlanOrigin {
            plan,
            incarnation: log.incarnation(),
        };
        let directory = directory_of(data, origin);
        let signers = signers(data, origin);
        if !directory.is_dir() {
            ensure!(!signers.have_signed, "{}", DamagedState::AllGone(directory));
            continue;
        }
        let plan_log = PlanLog::open(origin, directory, &signers)?;
        match checking::check(log.as_ref() as &dyn EventLog, &plan_log)? {
            Ok(compared) => events += compared,
            Err(alarm) => bail!("plan {plan}: {}", alarm.detail),
        }
        plans += 1;
    }
    let signed = Signed::of(data, log.incarnation()).context("what was signed cannot be read")?;
    signed
        .check_lives(log.as_ref())
        .context("the log is not the one that was signed")?;
    same_keys::ensure_all(data).context("every signed event is as it was signed, but the keys are not")?;
    let (plans, events) = (counted(plans, "plan"), counted(events, "event"));
    say!("every signed event is as it was signed: {plans}, {events}");
    Ok(())
}

fn directory_of(data: &Path, origin: PlanOrigin) -> std::path::PathBuf {
    data.join("audit")
        .join(origin.plan.to_string())
        .join(origin.incarnation.to_string())
}

fn by_prefix(data: &Path) -> Result<()> {
    let name = PLAN_ORIGIN_PREFIX.trim_end_matches('/').parse()?;
    let periods = Keys::of(data).periods(&name)?;
    ensure!(
        !periods.is_empty(),
        "there are no keys in {} yet: the server makes the first one when it starts",
        data.display()
    );
    say!("[[log]]\nprefix = \"{PLAN_ORIGIN_PREFIX}\"\nkeys = [");
    for period in periods {
        say!("  \"{}\",", period.key);
    }
    say!("]");
    Ok(())
}

fn each_log(data: &Path) -> Result<()> {
    let keys = Keys::of(data);
    let mut logs = Vec::new();
    for origin in origins(data)? {
        let periods = keys.periods(&origin.to_string().parse()?)?;
        let vkeys: Vec<_> = periods.into_iter().map(|period| period.key).collect();
        logs.push(json!({ "origin": origin.to_string(), "vkeys": vkeys }));
    }
    say!("{}", serde_json::to_string_pretty(&json!({ "logs": logs }))?);
    Ok(())
}

/// The logs that were published here, in every incarnation.
fn origins(data: &Path) -> Result<Vec<PlanOrigin>> {
    let mut origins = Vec::new();
    let directory = data.join("audit");
    let plans = std::fs::read_dir(&directory)
        .with_context(|| format!("nothing is published in {}", directory.display()))?;
    for plan in plans {
        for incarnation in std::fs::read_dir(plan?.path())? {
            let path = incarnation?.path();
            let mut names = path.iter().rev().filter_map(std::ffi::OsStr::to_str);
            let (incarnation, plan) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
            origins.push(format!("{PLAN_ORIGIN_PREFIX}{plan}/{incarnation}").parse()?);
        }
    }
    origins.sort();
    Ok(origins)
}
