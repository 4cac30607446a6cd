//! Frames of the protocol, from strangers on the line in both directions.

#![no_main]

use libfuzzer_sys::fuzz_target;
use schema::wire::{decode_client, decode_server, encode};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(frame) = decode_client(bytes) {
        assert_eq!(decode_client(&encode(&frame)).as_ref(), Ok(&frame));
    }
    if let Ok(frame) = decode_server(bytes) {
        assert_eq!(decode_server(&encode(&frame)).as_ref(), Ok(&frame));
    }
});
