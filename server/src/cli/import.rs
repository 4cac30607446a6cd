//! `schrijftafel import`: a file becomes the chapters of a plan.
//!
//! The file is read and checked whole before anything is written; the chapters then go the way of every other command
//! and change, under the person who imports, and the report says what was recognised and left out. A run that was cut
//! off is done again with the same file: what is there stays, the rest is added.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use schema::domain::Caller;
use schema::domain::policy::{self, Action};
use schema::ids::{PersonId, PlanId};
use schema::limits::{CHAPTERS_PER_PLAN_MAX, IMPORT_BYTES_MAX};

use super::importer::Importer;
use super::plain::say;
use crate::counted::{counted, were};
use crate::http::app::{App, Settings};
use crate::import::{ImportError, Imported, import};
use crate::node::Node;

/// What to import where.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The file: Markdown or plain text, UTF-8.
    file: PathBuf,
    /// The data directory.
    #[arg(long, env = "DATA", default_value = "data")]
    data: PathBuf,
    /// The plan to add the chapters to. Without it nothing is written: the report says what would be.
    #[arg(long, requires = "person")]
    plan: Option<PlanId>,
    /// Who imports: somebody with the right to structure the plan.
    #[arg(long)]
    person: Option<PersonId>,
}

/// Reads the file, reports, and writes if a plan is named.
///
/// # Errors
/// When the file cannot be imported, there is no such plan, or the person may not.
pub async fn run(args: ImportArgs) -> Result<()> {
    let bytes = read(&args.file)?;
    let imported = divide(&args.file, &bytes)?;
    say!("{}", imported.report.to_string().trim_end());
    let (Some(plan), Some(person)) = (args.plan, args.person) else {
        say!("\nNothing was written: name --plan and --person to do so.");
        return Ok(());
    };
    let node = Node::open_existing(&args.data, Settings::default()).await?;
    let written = write(&node.app, (plan, person), &imported, &bytes).await;
    node.close();
    written
}

async fn write(
    app: &App,
    (plan, person): (PlanId, PersonId),
    imported: &Imported,
    bytes: &[u8],
) -> Result<()> {
    let caller = importer_of(app, plan, person)?;
    let known = app.views.look(plan, |view| view.state.chapters.len());
    let (known, new) = (known.unwrap_or_default(), imported.chapters.len());
    ensure!(
        known + new <= CHAPTERS_PER_PLAN_MAX,
        "the plan has {} and the file {new}; a plan has at most {CHAPTERS_PER_PLAN_MAX}",
        counted(known, "chapter")
    );
    let importer = Importer::new(app, plan, caller, bytes);
    say!();
    let mut added = 0;
    for (number, chapter) in (1..).zip(&imported.chapters) {
        let written = importer.chapter(chapter, None).await?;
        added += usize::from(!written.was_there);
        let was_there = if written.was_there {
            " (was there already)"
        } else {
            ""
        };
        say!("chapter {number} of {new}: {}{was_there}", chapter.title);
    }
    say!(
        "\n{} written, {} there already.",
        counted(added, "chapter"),
        were(new - added)
    );
    Ok(())
}

/// The person, for the party for which they may structure the plan.
fn importer_of(app: &App, plan: PlanId, person: PersonId) -> Result<Caller> {
    let found = app.views.look(plan, |view| {
        let roles = view.state.rights.people().filter(|(id, _, _)| *id == person);
        let callers: Vec<_> = roles.map(|(person, party, _)| Caller { person, party }).collect();
        let may = |caller: &&Caller| policy::may(&view.state, Some(*caller), &Action::Structure).is_ok();
        (callers.iter().find(may).copied(), callers.is_empty())
    });
    match found {
        None => bail!("there is no plan {plan} here"),
        Some((Some(caller), _)) => Ok(caller),
        Some((None, true)) => bail!("person {person} has no role in plan {plan}"),
        Some((None, false)) => {
            bail!("person {person} may not add chapters to plan {plan}: only its programme team may")
        }
    }
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let size = std::fs::metadata(file)
        .with_context(|| format!("cannot read {}", file.display()))?
        .len();
    if size > IMPORT_BYTES_MAX {
        let too_large = ImportError::TooLarge {
            bytes: size,
            max: IMPORT_BYTES_MAX,
        };
        return Err(too_large).with_context(|| format!("cannot import {}", file.display()));
    }
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn divide(file: &Path, bytes: &[u8]) -> Result<Imported> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    import(bytes, &name).with_context(|| format!("cannot import {}", file.display()))
}
