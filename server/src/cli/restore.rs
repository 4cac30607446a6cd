//! `schrijftafel restore`: a data directory from a backup, as another life of the log that says so.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::Args;
use schema::audit::{PlanOrigin, SignedCheckpoint};
use schema::date_time;
use schema::domain::values::Prose;
use schema::ids::{IncarnationId, PlanId, Position};
use schema::log::Salts;

use super::apart::ensure_apart;
use super::plain::say;
use super::progress::Progress;
use crate::backup::manifest::Manifest;
use crate::backup::restore::{self, Known, NewLife};
use crate::clock;
use crate::counted::counted;
use crate::log::engine::EngineKind;

/// What to restore where.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The directory of the backup.
    #[arg(long)]
    from: PathBuf,
    /// The data directory to make: it must be empty, or not there.
    #[arg(long, env = "DATA", default_value = "data")]
    data: PathBuf,
    /// The last event the lost log is known to have had, so that the plan's history can say what is missing:
    /// POSITION, or PLAN=POSITION when the backup holds several plans. May be given once per plan.
    #[arg(long, value_name = "[PLAN=]POSITION")]
    last_known: Vec<String>,
    /// A file with the last checkpoint that anybody has of a plan, from a witness or a page that was open: its size
    /// says which events are lost. May be given once per plan.
    #[arg(long, value_name = "FILE")]
    checkpoint: Vec<PathBuf>,
    /// The engine of the new log, sled (the default) or segments.
    #[arg(long, env = "ENGINE")]
    engine: Option<EngineKind>,
    /// Signs everybody out. Without it, sessions are as they were in the backup. Sign-in links and access tokens of
    /// programs end with or without it.
    #[arg(long)]
    end_sessions: bool,
}

/// Restores.
///
/// # Errors
/// Why not; nothing was written then, or what was begun is begun anew the next time.
pub async fn run(args: RestoreArgs) -> Result<()> {
    tokio::task::spawn_blocking(move || restore_now(&args)).await?
}

fn restore_now(args: &RestoreArgs) -> Result<()> {
    let manifest = Manifest::read(&args.from)?;
    ensure_apart(&args.data, &args.from).context("nothing was restored")?;
    let known = known(args, &manifest)?;
    let life = NewLife {
        incarnation: IncarnationId::from_bytes(clock::random_bytes()),
        now: clock::now_ms(),
        salts: || Salts {
            envelope: clock::random_bytes(),
            payload: clock::random_bytes(),
        },
    };
    let total = manifest.events();
    let mut progress = Progress::default();
    let mut tell = |events| progress.tell(|| format!("{events} of {} restored", counted(total, "event")));
    let restored =
        restore::restore(&args.from, &args.data, &known, &life, &mut tell).context("nothing was restored")?;
    let lost = match restored.lost {
        None => "what was saved after that is lost unless people's devices bring it back".to_owned(),
        Some(0) => "nothing is known to be lost".to_owned(),
        Some(count) => {
            let later = counted(count, "later event");
            format!("known to be lost unless people's devices bring it back: {later}")
        }
    };
    say!(
        "restored from the backup of {}: {} with {}; {lost}. The log begins another life: {} after {}.",
        date_time::format(restored.made_at_ms),
        counted(restored.plans, "plan"),
        counted(restored.events, "event"),
        life.incarnation,
        restored.old
    );
    if restored.ended.access_tokens > 0 {
        say!(
            "Access tokens of programs that have ended: {}. The backup does not know which were withdrawn after it was \
             made; people make new ones on the page Koppelingen.",
            restored.ended.access_tokens
        );
    }
    if restored.ended.links > 0 {
        say!(
            "Sign-in links that have ended: {}. The backup does not know which were used after it was made; who waits for \
             one gets another, in the pages or by `schrijftafel sign-in-link`.",
            restored.ended.links
        );
    }
    if !args.end_sessions {
        say!(
            "Whoever was signed in when the backup was made is signed in again, also who has signed out since; \
             --end-sessions signs everybody out."
        );
    }
    Ok(())
}

fn known(args: &RestoreArgs, manifest: &Manifest) -> Result<Known> {
    let mut known = Known {
        engine: args.engine,
        end_sessions: args.end_sessions,
        ..Known::default()
    };
    for text in &args.last_known {
        let (plan, position) = last_known(text, manifest)?;
        known.last.insert(plan, position);
    }
    for file in &args.checkpoint {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        let stated = Stated::read(&text, manifest)
            .with_context(|| format!("{} is no checkpoint of a plan in the backup", file.display()))?;
        let note: Prose = text
            .parse()
            .with_context(|| format!("{} is no checkpoint", file.display()))?;
        known.checkpoints.insert(stated.plan, note);
        note_last(&mut known.last, &stated);
    }
    Ok(known)
}

fn note_last(last: &mut BTreeMap<PlanId, Position>, stated: &Stated) {
    let Some(position) = stated.size.checked_sub(1).map(Position) else {
        return;
    };
    let known = last.entry(stated.plan).or_insert(position);
    *known = position.max(*known);
}

fn last_known(text: &str, manifest: &Manifest) -> Result<(PlanId, Position)> {
    let (plan, position) = match (text.split_once('='), manifest.plans.as_slice()) {
        (Some((plan, position)), _) => {
            let named = plan.parse();
            let named = named
                .with_context(|| format!("{plan:?} is no plan's id; write --last-known PLAN=POSITION"))?;
            (named, position)
        }
        (None, [only]) => (only.plan, text),
        (None, plans) => bail!(
            "the backup holds {} plans; say of which with --last-known PLAN=POSITION",
            plans.len()
        ),
    };
    let position = position
        .parse()
        .with_context(|| format!("{position:?} is no position; --last-known takes the number of an event"))?;
    Ok((plan, Position(position)))
}

/// What a checkpoint states. Its signatures are for whoever reads the plan's history to check: the note is kept whole.
#[derive(Debug, PartialEq, Eq)]
struct Stated {
    plan: PlanId,
    size: u64,
}

impl Stated {
    fn read(note: &str, manifest: &Manifest) -> Result<Self> {
        let signed = SignedCheckpoint::parse(note.as_bytes())?;
        let checkpoint = signed.checkpoint();
        let origin: PlanOrigin = checkpoint.origin.as_str().parse()?;
        if origin.incarnation != manifest.incarnation {
            bail!(
                "it is of the life {} of the log, the backup of {}",
                origin.incarnation,
                manifest.incarnation
            );
        }
        Ok(Self {
            plan: origin.plan,
            size: checkpoint.head.size,
        })
    }
}

#[cfg(test)]
mod tests;
