//! The command line: what an operator can ask.
//!
//! Why it exists: a small IT team runs this with one binary and one directory. Every command says what it did, or
//! in one sentence why not, and exits with 1 then.

pub mod demo;
pub mod import;
pub mod importer;
pub mod link;
pub mod new_plan;
pub mod sample;
pub mod serve;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

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
    /// Runs the server with the sample plan, and prints a sign-in link for each of four demo people.
    Demo(ServeArgs),
    /// Makes a plan with its first organisation and person, and prints that person's sign-in link. The server must
    /// not be running on the same data.
    NewPlan(new_plan::NewPlanArgs),
    /// Turns a Markdown or plain-text file into chapters of a plan. The server must not be running on the same data.
    Import(import::ImportArgs),
    /// Makes a one-time sign-in link for a person. The server must not be running on the same data.
    SignInLink(link::LinkArgs),
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
    /// `https://host` under which browsers reach this server, when it stands behind a proxy.
    #[arg(long, env = "PUBLIC_ORIGIN")]
    pub public_origin: Option<String>,
}

/// Does what was asked.
///
/// # Errors
/// What went wrong, for the operator.
pub async fn run(cli: Cli) -> anyhow::Result<()> {
    match cli.command {
        Command::Serve(args) => serve::run(args).await,
        Command::Demo(args) => demo::run(args).await,
        Command::NewPlan(args) => new_plan::run(args).await,
        Command::Import(args) => import::run(args).await,
        Command::SignInLink(args) => link::run(args).await,
    }
}
