//! `schrijftafel import-plan`: takes a plan over from an export, with every proof it had.

use std::fs::File;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use schema::export::{Fault, FaultKind};

use super::pace::Pace;
use super::verify::TrustArgs;
use crate::export::adopting::{AdoptPlanError, Step, adopt};
use crate::log::EventLog;
use crate::log::engine::{self, EngineKind};

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
    std::fs::create_dir_all(&args.data).with_context(|| format!("cannot make {}", args.data.display()))?;
    let log =
        engine::open_or_start(&args.data.join("log"), args.engine).context("the log cannot be opened")?;
    let log: &dyn EventLog = log.as_ref();
    let (mut pace, mut checked, mut written) = (Pace::default(), 0_u64, 0_u64);
    let adopted = adopt(log, file, &trusted, |step| {
        let (count, what) = match step {
            Step::Checked => (&mut checked, "checked"),
            Step::Written => (&mut written, "written"),
        };
        *count += 1;
        if pace.is_due() {
            eprintln!("{what}: {count} events");
        }
    });
    let adopted = adopted.map_err(|error| {
        let next = next_step(&error);
        anyhow::Error::new(error).context(format!("{name} was not taken over{next}"))
    })?;
    let header = &adopted.report.header;
    println!(
        "plan {} is taken over: {} events added, {} were here already; the root over all of them is {}",
        header.plan, adopted.added, adopted.known, adopted.report.head.root
    );
    println!(
        "its log was {}; keep the file: what was signed there is in it",
        header.log()
    );
    Ok(())
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
