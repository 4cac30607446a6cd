//! `schrijftafel import-plan`: takes a plan over from an export, with every proof it had.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use schema::export::{Fault, FaultKind, Report, Summary};

use super::pace::Pace;
use super::plain::{say, tell};
use super::verify::{self, TrustArgs};
use crate::counted::{counted, were};
use crate::export::adopting::{AdoptPlanError, Checked};
use crate::log::engine::{self, Engine, EngineKind};

/// Said before why.
const UNOPENED: &str = "the log cannot be opened";

/// From where, to where.
#[derive(Debug, Clone, Args)]
pub struct ImportPlanArgs {
    /// The export.
    pub file: PathBuf,
    /// The data directory, made if it is not there.
    #[arg(long, env = "DATA", default_value = "data")]
    pub data: PathBuf,
    /// The engine that keeps the log, if there is none yet.
    #[arg(long, env = "ENGINE")]
    pub engine: Option<EngineKind>,
    /// Takes over also events that no signed checkpoint in the file is of: for these nobody vouches but whoever made the file.
    #[arg(long)]
    pub accept_unsigned: bool,
    /// Whom to believe.
    #[command(flatten)]
    pub trust: TrustArgs,
}

/// Takes the plan over.
///
/// # Errors
/// When the export does not verify, is not whole, or the plan is here with other events.
#[expect(
    clippy::needless_pass_by_value,
    reason = "every command takes its arguments so"
)]
pub fn run(args: ImportPlanArgs) -> Result<()> {
    let name = args.file.display();
    let file = File::open(&args.file).with_context(|| format!("cannot open {name}"))?;
    let trusted = args.trust.trusted()?;
    let place = args.data.join("log");
    // A log that is there is opened first, so that what keeps it from being opened is said before a long check.
    let log = match engine::is_begun(&place).context(UNOPENED)? {
        true => Some(open(&place, args.engine)?),
        false => None,
    };
    let refused = |error: AdoptPlanError| {
        let next = next_step(&error);
        anyhow::Error::new(error).context(format!("{name} was not taken over{next}"))
    };
    let checked = Checked::of(file, &trusted, telling("checked")).map_err(refused)?;
    for line in verify::whose_word(&Summary::of(checked.report())) {
        say!("{line}");
    }
    if !args.accept_unsigned {
        ensure_signed(checked.report()).with_context(|| format!("{name} was not taken over"))?;
    }
    let log = match log {
        Some(log) => log,
        None => {
            std::fs::create_dir_all(&args.data)
                .with_context(|| format!("cannot make {}", args.data.display()))?;
            open(&place, args.engine)?
        }
    };
    let adopted = checked.adopt(log.as_ref(), telling("written")).map_err(refused)?;
    let header = &adopted.report.header;
    say!(
        "plan {} is taken over: {} added, {} here already; the root over all of them is {}",
        header.plan,
        counted(adopted.added, "event"),
        were(adopted.known),
        adopted.report.head.root
    );
    say!(
        "its log was {}; keep the file: what was signed there is in it",
        header.log()
    );
    Ok(())
}

/// What nobody signed for can be anything that whoever made the file wanted, and holds together all the same.
fn ensure_signed(report: &Report) -> Result<()> {
    let (size, signed) = (
        report.head.size,
        report.seal.as_ref().map_or(0, |seal| seal.head.size),
    );
    ensure!(
        signed >= size,
        "of its {} no signature is there for {}. Make the export again when the server that keeps the plan has signed them, which \
         it does within a minute; or take them over unsigned, with --accept-unsigned",
        counted(size, "event"),
        if signed == 0 {
            "any".to_owned()
        } else {
            format!("the last {}", size - signed)
        }
    );
    Ok(())
}

fn open(place: &Path, engine: Option<EngineKind>) -> Result<Box<dyn Engine>> {
    engine::open_or_start(place, engine).context(UNOPENED)
}

/// Counts lines, and says now and then how far it is.
fn telling(what: &'static str) -> impl FnMut() {
    let (mut pace, mut count) = (Pace::default(), 0_u64);
    move || {
        count += 1;
        if pace.is_due() {
            tell!("{what}: {}", counted(count, "event"));
        }
    }
}

/// What to do about a file that is not taken over, where its fault tells.
const fn next_step(error: &AdoptPlanError) -> &'static str {
    match error {
        AdoptPlanError::Fault(Fault {
            kind: FaultKind::NotAnExport,
            ..
        }) => " (`schrijftafel export` makes an export; a text is taken in by `schrijftafel import`)",
        AdoptPlanError::Fault(Fault {
            kind: FaultKind::Truncated,
            ..
        }) => {
            ", because it was not copied whole: copy it anew from where it was made, or make the export again"
        }
        _ => "",
    }
}
