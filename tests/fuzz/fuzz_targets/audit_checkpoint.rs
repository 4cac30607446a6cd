//! Any bytes as a checkpoint, signed or not, and as what a witness answers: no panic, one written form.

#![no_main]

use libfuzzer_sys::fuzz_target;
use schema::audit::{Checkpoint, LogSigner, PlanOrigin, SignedCheckpoint, WitnessSigner};

fuzz_target!(|bytes: &[u8]| {
    let witness = WitnessSigner::from_seed("witness0.example".parse().expect("a name"), &[0x44; 32]);
    let log = LogSigner::from_seed("log.example".parse().expect("a name"), &[0x33; 32]);
    if let Ok(mut signed) = SignedCheckpoint::parse(bytes) {
        assert_eq!(signed.to_string().as_bytes(), bytes);
        assert_eq!(signed.checkpoint().to_string(), signed.note().text());
        let _ = signed.verify_log(&[log.verifier().clone()]);
        let _ = signed.cosigned_at(witness.verifier());
        let _ = signed.add_answer(bytes, &[witness.verifier().clone()]);
    }
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        assert_eq!(checkpoint.to_string(), text);
    }
    if let Ok(origin) = text.parse::<PlanOrigin>() {
        assert_eq!(origin.to_string(), text);
    }
});
