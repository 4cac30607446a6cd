//! Read models: what pages need, folded from the log.
//!
//! # Why it exists
//!
//! Answering "who edited this last" by reading the log would take as long as the plan is old. Each plan has one
//! [`PlanView`], folded event by event; folding again from zero gives the same (tested).
//!
//! # Invariants
//!
//! - A view holds nothing that is not in the log; it can be thrown away at any time.
//! - A view shows only what is durable: it follows the log, never the core.
//! - Whoever wrote at a position can wait for it: [`Views::at_least`].
//!
//! - A start does not fold the whole log: it reads a checkpoint and what came after it.
//!
//! Reading order: [`plan_view`] (one plan), [`activity`] (what happened), [`follower`] (keeping up), [`opening`]
//! (starting, and folding anew), [`checkpoints`] (the files), [`shelf`] (which view is shown).

pub mod activity;
pub mod chapter_history;
pub mod checkpoints;
pub mod follower;
pub mod opening;
pub mod plan_view;
pub mod shelf;

pub use activity::{Activity, Entry, Filter, Subject};
pub use checkpoints::Checkpoints;
pub use follower::{Views, WaitError};
pub use opening::{RebuildError, Unready};
pub use plan_view::{Edit, Fold, PlanView};
pub use shelf::Standing;
