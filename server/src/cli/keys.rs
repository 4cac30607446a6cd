//! `schrijftafel keys`: the keys that sign checkpoints, and their copy in a file that a passphrase opens.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, Subcommand};
use schema::audit::checkpoint::PLAN_ORIGIN_PREFIX;
use schema::limits::PASSPHRASE_CHARS_MIN;

use super::apart::ensure_apart;
use super::log::DataArgs;
use super::plain::say;
use crate::audit::same_keys;
use crate::clock;
use crate::counted::counted;
use crate::key_archive::{self, Fresh};
use crate::keys::Keys;
use schema::date_time as time;

/// Where the passphrase is read from, when nobody can be asked.
const VARIABLE: &str = "SCHRIJFTAFEL_PASSPHRASE";
/// The terminal of a process, which it can open only if it has one.
const TERMINAL: &str = "/dev/tty";

/// What can be done with the keys.
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
    /// Packs the keys into a file locked with a passphrase (asked for, or in SCHRIJFTAFEL_PASSPHRASE). Keep file and
    /// passphrase apart from each other and from the backups of data. The `age` program opens it too.
    Backup {
        /// The data directory.
        #[arg(long, env = "DATA", default_value = "data")]
        data: PathBuf,
        /// The file, outside the data directory. One that is there already is left as it is.
        #[arg(long)]
        to: PathBuf,
        /// Writes over a file that is there already.
        #[arg(long)]
        force: bool,
    },
    /// Unpacks the keys of such a file into a data directory that has none. Do it before the server starts: one that
    /// never signed makes a new key, one that did does not start without its keys.
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
        KeysCommand::List(args) => list(&args.data),
        KeysCommand::Rotate(args) => {
            args.ensure_there()?;
            same_keys::rotate(&args.data, clock::now_ms()).context("no key was made")?;
            list(&args.data)
        }
        KeysCommand::Backup { data, to, force } => backup(&data, &to, force),
        KeysCommand::Restore { from, data } => {
            let passphrase = passphrase("Passphrase: ")?;
            let count = key_archive::unpack(&from, &data.join("keys"), &passphrase)?;
            // The copy may be older than the time at which a key was wiped.
            Keys::of(&data).retire(clock::now_ms())?;
            say!(
                "{} of keys put into {}",
                counted(count, "file"),
                data.join("keys").display()
            );
            Ok(())
        }
    }
}

fn list(data: &Path) -> Result<()> {
    let name = PLAN_ORIGIN_PREFIX.trim_end_matches('/').parse()?;
    let periods = Keys::of(data).periods(&name)?;
    if periods.is_empty() {
        say!("no keys yet: the server makes the first one when it starts");
    }
    for period in periods {
        let until = period.until.map_or_else(|| "open".to_owned(), time::format);
        say!(
            "{}  from {}  until {until}\n   {}",
            period.number,
            time::format(period.from),
            period.key
        );
    }
    Ok(())
}

fn backup(data: &Path, to: &Path, force: bool) -> Result<()> {
    ensure_apart(data, to).context("the keys were not copied")?;
    ensure!(
        force || to.symlink_metadata().is_err(),
        "the keys were not copied: {} is there already, and may be the only copy of other keys. Name another file, or give \
         --force to write over it",
        to.display()
    );
    let passphrase = new_passphrase()?;
    // What may not sign any more is wiped by whoever signs next; a copy must not hold it longer than that.
    Keys::of(data)
        .retire(clock::now_ms())
        .context("the keys were not copied")?;
    let fresh = Fresh {
        file_key: clock::random_bytes(),
        salt: clock::random_bytes(),
        nonce: clock::random_bytes(),
    };
    let count = key_archive::pack(&data.join("keys"), to, &passphrase, &fresh)?;
    say!(
        "{} of keys put into {}, locked with the passphrase",
        counted(count, "file"),
        to.display()
    );
    Ok(())
}

fn passphrase(ask: &str) -> Result<String> {
    match std::env::var(VARIABLE) {
        Ok(passphrase) => Ok(passphrase),
        Err(_) if File::open(TERMINAL).is_err() => bail!(
            "there is no terminal at which to ask for the passphrase; give it in the environment variable {VARIABLE}"
        ),
        Err(_) => rpassword::prompt_password(ask).context("the passphrase cannot be read from the terminal"),
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
