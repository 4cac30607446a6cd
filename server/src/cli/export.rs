//! `schrijftafel export`: everything of one plan as one file that proves itself.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use schema::audit::PlanOrigin;
use schema::export::{Made, Show};
use schema::ids::PlanId;

use super::apart::ensure_apart;
use super::pace::Pace;
use super::plain::{say, tell};
use crate::clock;
use crate::counted::counted;
use crate::export::seals::AuditFiles;
use crate::export::{CheckpointSource, PROGRAM, PlanExport};
use crate::log::EventLog;
use crate::log::engine::{self, Opening};

/// What goes where.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// The plan's id.
    #[arg(long)]
    pub plan: PlanId,
    /// The data directory.
    #[arg(long, env = "DATA", default_value = "data")]
    pub data: PathBuf,
    /// The file to write, outside the data directory; there must be none of that name yet.
    #[arg(long)]
    pub out: PathBuf,
}

/// Writes the file.
///
/// # Errors
/// When the log cannot be opened or is damaged, the plan is not there, or the file cannot be written.
#[expect(
    clippy::needless_pass_by_value,
    reason = "every command takes its arguments so"
)]
pub fn run(args: ExportArgs) -> Result<()> {
    ensure_apart(&args.data, &args.out)?;
    let log =
        engine::open_existing(&args.data.join("log"), Opening::Check).context("the log cannot be opened")?;
    let log: &dyn EventLog = log.as_ref();
    let size = log.next_position(args.plan).0;
    if size == 0 {
        bail!("there is no plan {} in {}", args.plan, args.data.display());
    }
    let signed = AuditFiles::of(&args.data)?;
    let file = File::create_new(&args.out).with_context(|| match args.out.exists() {
        true => format!(
            "{} is there already, and no export is written over a file: name another with --out",
            args.out.display()
        ),
        false => format!(
            "cannot make {}, whose directory must be there",
            args.out.display()
        ),
    })?;
    let written = write(log, args.plan, size, &signed, file);
    if let Err(error) = written {
        // Half an export is no export; it would be found out, but only by whoever gets it.
        std::fs::remove_file(&args.out).ok();
        return Err(error.context(format!("{} was not written", args.out.display())));
    }
    say!(
        "{} of plan {} written to {}",
        counted(size, "event"),
        args.plan,
        args.out.display()
    );
    tell_next(&args.out);
    Ok(())
}

fn write(
    log: &dyn EventLog,
    plan: PlanId,
    size: u64,
    signed: &dyn CheckpointSource,
    file: File,
) -> Result<()> {
    let origin = PlanOrigin {
        plan,
        incarnation: log.incarnation(),
    };
    let made = Made {
        program: PROGRAM.to_owned(),
        at: clock::now_ms(),
        filter: None,
    };
    let mut export = PlanExport::begin(origin, size, made, signed.seals(origin));
    let mut to = BufWriter::new(file);
    let mut pace = Pace::default();
    while let Some(piece) = export.piece(log, |_| Show::Whole)? {
        to.write_all(&piece)?;
        if pace.is_due() {
            tell!("exported: {} of {}", export.taken(), counted(size, "event"));
        }
    }
    to.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(())
}

fn tell_next(out: &Path) {
    say!(
        "anybody can check it: schrijftafel audit verify {}",
        out.display()
    );
}
