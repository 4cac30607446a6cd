//! The browser's half of Schrijftafel: document, outbox, offline state and editor bridge, for a web worker.
//!
//! # Why it exists
//!
//! What is typed must survive a cut, a reload and a refusal, and must merge the same way as on the server. So
//! the worker runs the same automerge, the same protocol machine and the same rich-text rules, compiled to wasm.
//!
//! # Invariants
//!
//! - No I/O, clock or randomness here: [`desk::Desk`] takes events and gives [`desk::Effect`]s; `web/src/core/worker.ts`
//!   carries them out. The whole is therefore tested natively.
//! - A change is stored before it is sent: the effect that stores it comes first, and sending waits for
//!   [`desk::Desk::stored`].
//!
//! # Reading order
//!
//! [`desk`] is the worker's whole state, [`chapter`] one open chapter, [`bridge`] what the editor sees of it,
//! [`stored`] what the device keeps, [`presence`] cursors; `glue` is the thin surface to JavaScript.
//! [`checking`] checks an export without a server, [`proving`] what a page says about one event; each stands behind a
//! surface of its own (`check_glue`, `proof_glue`), in a module of its own.

pub mod bridge;
pub mod chapter;
pub mod checking;
pub mod desk;
pub mod presence;
pub mod proving;
pub mod stored;

#[cfg(all(target_arch = "wasm32", feature = "export-check"))]
mod check_glue;
#[cfg(all(target_arch = "wasm32", feature = "pages"))]
mod glue;
#[cfg(all(target_arch = "wasm32", feature = "proof"))]
mod proof_glue;
