//! The command line: what an operator can ask.
//!
//! Why it exists: a small IT team runs this with one binary and one directory. Every command says what it did, or
//! in one sentence why not, and exits with 1 then. One that did what it could, and may not have been able to do all of it,
//! exits with [`DONE_IN_PART`].

mod apart;
pub mod audit;
pub mod backup;
pub mod demo;
pub mod export;
pub mod import;
pub mod import_plan;
pub mod importer;
pub mod keys;
pub mod link;
pub mod log;
pub mod new_plan;
pub mod pace;
pub mod plain;
pub mod progress;
pub mod restore;
pub mod sample;
pub mod serve;
pub mod verify;
mod verify_proof;
pub mod witness;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use self::plain::tell;
use crate::causes;
use crate::log::engine::EngineKind;

/// The exit status of a command that did what it could, where nobody can tell whether that was all.
pub const DONE_IN_PART: u8 = 3;
/// How long an end waits for what still works on a thread of its own.
const UNFINISHED_MAX: Duration = Duration::from_secs(5);

/// The `schrijftafel` command.
#[derive(Debug, Parser)]
#[command(
    name = "schrijftafel",
    version,
    about = "Writes a regioplan together, and proves who changed what."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be asked.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Runs the server.
    Serve(ServeArgs),
    /// Runs the server with the sample plan, and prints a sign-in link for each of five demo people.
    Demo(ServeArgs),
    /// Makes a plan with its first organisation and person, and prints that person's sign-in link. The server must
    /// not be running on the same data.
    NewPlan(new_plan::NewPlanArgs),
    /// Turns a Markdown or plain-text file into chapters of a plan. The server must not be running on the same data.
    Import(import::ImportArgs),
    /// Makes a one-time sign-in link for a person, whether the server is running or not.
    SignInLink(link::LinkArgs),
    /// Makes a backup of log and accounts, whether the server is running or not: everything the first time, later
    /// what is new. Keys are not in it; see `keys backup`.
    Backup(backup::BackupArgs),
    /// Makes a data directory from a backup. The log begins another life, and every plan's history says so.
    Restore(restore::RestoreArgs),
    /// Lists the keys that sign checkpoints, makes a new one, copies them to a locked file or back.
    Keys(keys::KeysArgs),
    /// Checks the log, or writes it anew.
    Log(log::LogArgs),
    /// Writes everything of a plan into one file that proves itself. The server must not be running on the same data.
    Export(export::ExportArgs),
    /// Takes a plan over from such a file, with every proof it had. The server must not be running on the same data.
    ImportPlan(import_plan::ImportPlanArgs),
    /// Checks what outsiders can check, compares the log with what was signed, tells witnesses which logs there are.
    Audit(audit::AuditArgs),
    /// Runs a witness: it cosigns how far logs have come and refuses when one was rewritten.
    Witness(witness::WitnessArgs),
}

/// Where and how to serve.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// The data directory.
    #[arg(long, env = "DATA", default_value = "data")]
    pub data: PathBuf,
    /// Address and port to listen on.
    #[arg(long, env = "LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    /// Address and port on which `/metrics` is told to those who watch over the server; without it, to nobody.
    #[arg(long, env = "METRICS")]
    pub metrics: Option<SocketAddr>,
    /// `https://host` under which browsers reach this server, when it stands behind a proxy.
    #[arg(long, env = "PUBLIC_ORIGIN")]
    pub public_origin: Option<String>,
    /// The engine that keeps the log, sled or segments. A log that is there says itself which one made it; another
    /// one asked for here is an error.
    #[arg(long, env = "ENGINE")]
    pub engine: Option<EngineKind>,
    /// Bytes of the disk that stay free: below this the server writes nothing and says so, and goes on by itself
    /// when there is room again.
    #[arg(long, env = "DISK_RESERVE", default_value_t = schema::limits::DISK_RESERVE_BYTES)]
    pub disk_reserve: u64,
    /// Operations that a chapter's document may hold beyond twice what its text needs, before the chapter goes on in a
    /// fresh one.
    #[arg(long, env = "GENERATION_SPARE_OPS", default_value_t = schema::limits::GENERATION_SPARE_OPS)]
    pub generation_spare_ops: u64,
    /// Bytes of memory that open chapters may take before those that nobody reads are closed at once.
    #[arg(long, env = "CHAPTERS_MEMORY", default_value_t = schema::limits::CHAPTERS_BYTES_MAX)]
    pub chapters_memory: u64,
    /// Seconds between two signed checkpoints of a plan, at least. Witnesses are asked as often.
    #[arg(long, env = "CHECKPOINT_SECONDS", default_value_t = schema::limits::CHECKPOINT_INTERVAL_MS / 1_000,
          value_parser = at_least_a_second)]
    pub checkpoint_seconds: u64,
}

/// A time between two checkpoints that is one.
fn at_least_a_second(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(0) => Err("a plan is signed once a second at most; give 1 or more".to_owned()),
        Ok(seconds) => Ok(seconds),
        Err(_) => Err("give a whole number of seconds, 1 or more".to_owned()),
    }
}

/// Does what was asked, and says how it ended.
///
/// # Errors
/// What went wrong, for the operator.
pub async fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let done = match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::NewPlan(args) => new_plan::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::SignInLink(args) => link::run(args).await,
        Command::Backup(args) => backup::run(args).await,
        Command::Restore(args) => restore::run(args).await,
        Command::Keys(args) => keys::run(args),
        Command::Log(args) => return log::run(args).await,
        Command::Export(args) => export::run(args),
        Command::ImportPlan(args) => import_plan::run(args),
        Command::Audit(args) => audit::run(args),
        Command::Witness(args) => witness::run(args).await,
    };
    done.map(|()| ExitCode::SUCCESS)
}

/// The whole program: reads the command line, does what was asked, and says in one line why not.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sled=off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            tell!("schrijftafel: no threads: {error}");
            return ExitCode::FAILURE;
        }
    };
    let status = runtime.block_on(run(cli)).unwrap_or_else(|error| {
        tell!("schrijftafel: {}", causes::told(&error));
        ExitCode::FAILURE
    });
    // Who still reads something long has nobody left to tell.
    runtime.shutdown_timeout(UNFINISHED_MAX);
    status
}
