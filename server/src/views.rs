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
//! Reading order: [`plan_view`] (one plan), [`activity`] (what happened), [`follower`] (keeping up).

pub mod activity;
pub mod chapter_history;
pub mod follower;
pub mod plan_view;

pub use activity::{Activity, Entry, Filter, Subject};
pub use follower::{Views, WaitError};
pub use plan_view::{Edit, PlanView};
