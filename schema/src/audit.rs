//! Proof that a plan's log was never rewritten: its Merkle tree, signed checkpoints, witnesses, and proofs of
//! single events that anybody can check offline.
//!
//! # Why it exists
//!
//! No party of a plan is the boss of another, and that includes whoever runs the server. So the server signs
//! how far the log has come, witnesses that the parties run sign that it only grew, and each event can be
//! proved against both. Server, witness, browser and `audit verify` all run this code.
//!
//! # Invariants
//!
//! - The formats are those of C2SP (`signed-note`, `tlog-checkpoint`, `tlog-tiles`, `tlog-witness`,
//!   `tlog-cosignature`), to the letter, so that strangers' tools check our logs and ours check theirs.
//! - Decoders are total: bytes from outside give an error, never a panic, and one value has one form.
//! - Nothing here reads a clock or makes a key: times and seeds are arguments.
//!
//! # Reading order
//!
//! [`merkle`] (hash of everything so far), [`tile`] (how its hashes are published), [`note`] (text under
//! signatures), [`checkpoint`] (what is signed), [`cosignature`] and [`witness`] (who else signs, and when they
//! refuse), [`quorum`] (whose word is enough), [`disclosure`] (what is shown of one event), [`proof`] (all of it
//! together). The bytes are drawn in `docs/storage.md`; the reasons are in `docs/adr/0014-transparency-log.md`.

pub(crate) mod base64_text;
pub mod checkpoint;
pub mod cosignature;
pub mod disclosure;
#[cfg(test)]
mod golden;
pub mod merkle;
pub mod note;
pub mod proof;
pub mod quorum;
#[cfg(test)]
mod sample;
pub mod tile;
mod tree_hash;
pub mod witness;

pub use checkpoint::{Checkpoint, Origin, PlanOrigin, SignedCheckpoint};
pub use cosignature::{UnixSeconds, WitnessKey, WitnessSigner};
pub use disclosure::{Disclosure, Extent};
pub use merkle::{Frontier, NodeId, TreeHead};
pub use note::{LogKey, LogSigner, Note, NoteSignature};
pub use proof::{Proof, ProofFile, Trust, Verified};
pub use quorum::{Quorum, Verdict, Witness, WitnessId};
pub use tree_hash::TreeHash;
