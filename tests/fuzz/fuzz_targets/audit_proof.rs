//! Any bytes as a proof in JSON, checked against the trust of the corpus: no panic, and what is read is written
//! and read again alike.

#![no_main]

use libfuzzer_sys::fuzz_target;
use schema::audit::proof::{Proof, Trust, verify};

const TRUST: &str = include_str!("../../golden/audit/trust-1.json");

fuzz_target!(|bytes: &[u8]| {
    let Ok(proof) = Proof::from_json(bytes) else {
        return;
    };
    let again = Proof::from_json(proof.to_json().as_bytes()).expect("what was written is read");
    assert_eq!(again, proof);
    let trust: Trust = serde_json::from_str(TRUST).expect("the trust of the corpus");
    let _ = verify(&proof, &trust);
});
