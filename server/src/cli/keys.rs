//! `schrijftafel keys backup` and `keys restore`: the server's keys in a file that a passphrase opens.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use schema::limits::PASSPHRASE_CHARS_MIN;

use crate::clock;
use crate::key_archive::{self, Fresh};

/// Where the passphrase is read from, when nobody can be asked.
const VARIABLE: &str = "SCHRIJFTAFEL_PASSPHRASE";

/// What can be done with the keys.
#[derive(Debug, Clone, Args)]
pub struct KeysArgs {
    /// What to do.
    #[command(subcommand)]
    command: KeysCommand,
}

/// The commands of `keys`.
#[derive(Debug, Clone, Subcommand)]
enum KeysCommand {
    /// Packs the keys into a file locked with a passphrase (asked for, or in SCHRIJFTAFEL_PASSPHRASE). Keep file and
    /// passphrase apart from each other and from the backups of data. The `age` program opens it too.
    Backup {
        /// The data directory.
        #[arg(long, env = "DATA", default_value = "data")]
        data: PathBuf,
        /// The file.
        #[arg(long)]
        to: PathBuf,
    },
    /// Unpacks the keys of such a file into a data directory that has none. Do it before the server starts: a server
    /// without keys makes new ones.
    Restore {
        /// The file.
        #[arg(long)]
        from: PathBuf,
        /// The data directory.
        #[arg(long, env = "DATA", default_value = "data")]
        data: PathBuf,
    },
}

/// Does what was asked.
///
/// # Errors
/// Why not.
pub fn run(args: KeysArgs) -> Result<()> {
    match args.command {
        KeysCommand::Backup { data, to } => {
            let passphrase = new_passphrase()?;
            let fresh = Fresh {
                file_key: clock::random_bytes(),
                salt: clock::random_bytes(),
                nonce: clock::random_bytes(),
            };
            let count = key_archive::pack(&data.join("keys"), &to, &passphrase, &fresh)?;
            println!(
                "{count} files of keys are in {}, locked with the passphrase",
                to.display()
            );
        }
        KeysCommand::Restore { from, data } => {
            let passphrase = passphrase("Passphrase: ")?;
            let count = key_archive::unpack(&from, &data.join("keys"), &passphrase)?;
            println!("{count} files of keys are in {}", data.join("keys").display());
        }
    }
    Ok(())
}

fn passphrase(ask: &str) -> Result<String> {
    match std::env::var(VARIABLE) {
        Ok(passphrase) => Ok(passphrase),
        Err(_) => rpassword::prompt_password(ask)
            .with_context(|| format!("nobody can be asked for the passphrase; set {VARIABLE}")),
    }
}

fn new_passphrase() -> Result<String> {
    let first = passphrase("Passphrase: ")?;
    if first.chars().count() < PASSPHRASE_CHARS_MIN {
        bail!("a passphrase has at least {PASSPHRASE_CHARS_MIN} characters; four words will do");
    }
    if passphrase("The same again: ")? != first {
        bail!("these are two different passphrases");
    }
    Ok(first)
}
