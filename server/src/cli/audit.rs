//! `schrijftafel audit …`: what outsiders can check.

use anyhow::Result;
use clap::{Args, Subcommand};

use super::verify::{self, VerifyArgs};

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
    /// first thing that is wrong.
    Verify(VerifyArgs),
}

/// Does what was asked.
///
/// # Errors
/// What was found, or why it could not be looked for.
pub fn run(args: AuditArgs) -> Result<()> {
    match args.command {
        AuditCommand::Verify(args) => verify::run(args),
    }
}
