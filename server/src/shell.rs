//! The shell: what turns sockets, the log and the API into inputs of the core, and carries its effects out.
//!
//! Why it exists: the core is pure; somebody has to own threads, channels and time. One thread owns the core and
//! takes inputs one by one; slow work (reading, following, flushing) runs elsewhere and comes back as an input.
//!
//! # Invariants
//!
//! - Every queue is bounded. A connection whose queue is full is ended; it comes back and resumes by revision,
//!   which is the catch-up of a slow reader.
//! - A panic in slow work becomes an error of that chapter, not of the server.
//!
//! Reading order: [`runtime`] (the thread and its handle), [`load`] (reading plans and chapters), [`trace`] (ended
//! generations), [`connection`] (what waits for one reader), [`socket`], [`repo`] (the same for strangers' clients).

pub mod connection;
pub mod load;
pub mod repo;
pub mod runtime;
pub mod socket;
pub mod trace;

pub use runtime::{CoreHandle, CoreSetup, FollowFn};
