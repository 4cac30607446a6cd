//! Stub: replaced within the hour.
