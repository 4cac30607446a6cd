//! A row of change contents, each after its length as two bytes, admitted one after the other: what is
//! admitted is followed by the server's copy.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use schema::text::change::sealed;
use schema::text::evidence::Evidence;
use schema::text::follow::{Copy, follow};

fuzz_target!(|bytes: &[u8]| {
    let mut evidence = Evidence::new();
    let mut batch: Vec<Arc<[u8]>> = Vec::new();
    let mut rest = bytes;
    while let Some((length, after)) = rest.split_first_chunk::<2>() {
        let (contents, after) = after.split_at(usize::from(u16::from_le_bytes(*length)).min(after.len()));
        rest = after;
        if let Ok(admitted) = evidence.admit_trusted(&sealed(contents)) {
            batch.push(admitted.raw.into());
        }
    }
    if let Err(failure) = follow(&Copy::new(), &batch) {
        panic!("{failure}");
    }
});
