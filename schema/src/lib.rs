//! What can be said in a plan and what it means: the part of Schrijftafel that server and browser share.
//!
//! # Why it exists
//!
//! The server refuses, the browser foretells the refusal, an outsider replays an export: all three must
//! come to the same answer, so all three run this code, compiled to native or to wasm.
//!
//! # Invariants
//!
//! - No tokio, files, clock or randomness. Time, ids, actor ids and salts are arguments.
//! - Bytes that are hashed are deterministic (CBOR of RFC 8949 §4.2.1, JSON of RFC 8785).
//! - Bytes from outside return `Err`; they never panic.
//!
//! # Reading order
//!
//! [`ids`] and [`limits`] name things, [`log`] is the shape of an event, [`domain`] what may be decided,
//! [`text`] what may be merged, [`richtext`] what a chapter looks like, [`wire`] and [`sync`] how both ends talk,
//! [`repo`] how programs with automerge-repo talk,
//! [`steady`] how both measure what lasts,
//! [`audit`] how any of it is proved to an outsider, [`export`] the file that proves a whole plan.

pub mod audit;
pub mod date_time;
pub mod domain;
pub mod export;
pub mod ids;
pub mod limits;
pub mod log;
pub mod repo;
pub mod richtext;
pub mod steady;
pub mod sync;
pub mod text;
pub mod wire;

/// The HTTP contract, in YAML: served by the server, tested against it, read by the pages' type generator.
pub const OPENAPI_YAML: &str = include_str!("../openapi.yaml");
