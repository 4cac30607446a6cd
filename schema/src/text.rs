//! Chapter text.
pub mod history;
