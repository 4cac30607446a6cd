//! Records and envelopes: what a log, a backup or an export gives back is read without trusting it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use schema::log::{Envelope, Leaf, Record};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(record) = Record::decode(bytes) {
        assert_eq!(record.encode(), bytes, "a record has one form");
    }
    if let Ok(envelope) = Envelope::decode(bytes) {
        assert_eq!(Envelope::decode(&envelope.encode()), Ok(envelope));
    }
    if let Ok(leaf) = Leaf::from_bytes(bytes) {
        assert_eq!(leaf.to_bytes(), bytes);
    }
});
