//! Any bytes as a change chunk, and any contents in a chunk with a right checksum: no panic, and what is let
//! through automerge parses and decodes in bounded time.

#![no_main]

use automerge::Change;
use libfuzzer_sys::fuzz_target;
use schema::text::change::{inspect, sealed};

fuzz_target!(|bytes: &[u8]| {
    let _ = inspect(bytes);
    if let Ok(inspected) = inspect(&sealed(bytes))
        && let Ok(change) = Change::try_from(inspected.raw.as_slice())
    {
        assert_eq!(change.len() as u64, inspected.header.ops);
        assert_eq!(change.hash(), inspected.header.hash);
        assert_eq!(change.decode().operations.len(), change.len());
    }
});
