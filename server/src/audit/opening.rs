//! Opening a plan's tree: going on with the files that are there, or building them again from the log.
//!
//! # Why it exists
//!
//! Start-up must not grow with the log, so the files are believed as far as the last signed checkpoint vouches for
//! them: its root is computed from a few slices. What was written after it is not vouched for and is read again.
//!
//! # Invariants
//!
//! - Only a log that gives the root that was signed is ever signed again. Otherwise there is an [`Alarm`], with the
//!   first event that differs where the old files still tell.

use schema::audit::{TreeHash, TreeHead};
use schema::ids::PlanId;
use schema::log::Record;

use super::alarm::Alarm;
use super::plan_log::PlanLog;
use super::tree_files::{GrowingTree, TreeFiles};
use crate::clock;
use crate::durable::{self, Readers};
use crate::log::{Direction, EventLog, ReadError, ReadRequest, Selector};

/// Events read in one call.
const PAGE: usize = 1_024;

/// Why a tree could not be gone on with now.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// Its files.
    #[error("the files of the tree cannot be used")]
    Files(#[from] std::io::Error),
    /// The log.
    #[error(transparent)]
    Log(#[from] ReadError),
}

/// The tree of a plan as far as it is signed, ready to grow; or what is wrong with the log.
///
/// # Errors
/// [`TreeError`] when files or log cannot be read: try again later.
pub fn open(log: &dyn EventLog, plan_log: &PlanLog) -> Result<Result<GrowingTree, Alarm>, TreeError> {
    let plan = plan_log.origin().plan;
    let state = plan_log.state();
    let signed = state
        .newest
        .as_ref()
        .map_or_else(TreeHead::empty, |newest| newest.head());
    let there = log.next_position(plan).0;
    if there < signed.size {
        return Ok(Err(Alarm::shorter(signed.size, there, clock::now_ms())));
    }
    let files = plan_log.files();
    let is_doubted = state.doubted.is_some();
    if state.newest.is_none() && !is_doubted {
        plan_log.say_unsigned()?;
    }
    if !is_doubted
        && files.cut(signed.size)?
        && files.root(signed.size)? == signed.root
        && ends_alike(log, plan, files, signed.size)?
    {
        return Ok(Ok(files.grow_from(signed.size)?));
    }
    tracing::warn!(origin = %plan_log.origin(), size = signed.size, "building the tree again from the log");
    rebuild(log, plan_log, signed)
}

/// Whether the last signed event is the one in the files: a cheap look at whether both tell of the same log.
fn ends_alike(log: &dyn EventLog, plan: PlanId, files: &TreeFiles, size: u64) -> Result<bool, TreeError> {
    let Some(last) = size.checked_sub(1) else {
        return Ok(true);
    };
    let records = read(log, plan, last, 1)?;
    let Some(record) = records.first() else {
        return Ok(false);
    };
    Ok(files.leaf(last)? == leaf_hash(plan, record))
}

fn rebuild(
    log: &dyn EventLog,
    plan_log: &PlanLog,
    signed: TreeHead,
) -> Result<Result<GrowingTree, Alarm>, TreeError> {
    let directory = plan_log.directory().join("rebuilt");
    if directory.exists() {
        std::fs::remove_dir_all(&directory)?;
    }
    durable::make_directory(&directory, Readers::Default)?;
    let rebuilt = TreeFiles::of(directory.clone());
    let mut tree = rebuilt.grow_from(0)?;
    extend(log, plan_log.origin().plan, &mut tree, signed.size)?;
    tree.sync()?;
    if tree.frontier().head() != signed {
        let position = first_difference(plan_log.files(), &rebuilt, signed);
        return Ok(Err(Alarm::changed(signed.size, position, clock::now_ms())));
    }
    plan_log.files().take_over(&rebuilt)?;
    std::fs::remove_dir_all(&directory)?;
    plan_log.change(|state| {
        state.doubted = None;
        Ok::<(), std::io::Error>(())
    })?;
    Ok(Ok(plan_log.files().grow_from(signed.size)?))
}

/// Where the log left what was signed, if the old files still hold what was signed.
fn first_difference(old: &TreeFiles, rebuilt: &TreeFiles, signed: TreeHead) -> Option<u64> {
    if old.root(signed.size).ok()? != signed.root {
        return None;
    }
    old.first_difference(rebuilt, signed.size).ok().flatten()
}

/// Adds the log's events to the tree up to `end`, and writes them. Fewer where the log is shorter.
///
/// # Errors
/// [`TreeError`]; then the tree must be opened again.
pub fn extend(log: &dyn EventLog, plan: PlanId, tree: &mut GrowingTree, end: u64) -> Result<(), TreeError> {
    loop {
        let next = tree.frontier().size();
        let wanted = usize::try_from(end.saturating_sub(next))
            .unwrap_or(PAGE)
            .min(PAGE);
        if wanted == 0 {
            return Ok(());
        }
        let records = read(log, plan, next, wanted)?;
        if records.is_empty() {
            return Ok(());
        }
        for record in &records {
            tree.append(leaf_hash(plan, record))?;
        }
        tree.write()?;
    }
}

/// Events of a plan from a position on.
///
/// # Errors
/// When the log cannot be read.
pub fn read(log: &dyn EventLog, plan: PlanId, from: u64, limit: usize) -> Result<Vec<Record>, ReadError> {
    log.read(&ReadRequest {
        plan,
        selector: Selector::All,
        from,
        direction: Direction::Forward,
        limit,
    })
}

/// What stands in the tree for an event.
#[must_use]
pub fn leaf_hash(plan: PlanId, record: &Record) -> TreeHash {
    TreeHash::of_leaf(&record.leaf(plan).to_bytes())
}
