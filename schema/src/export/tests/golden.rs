//! Golden file: an export that was once handed out must be read forever, and written the same way today.
//!
//! `GOLDEN=write` writes it anew after a deliberate change of format.

use std::path::PathBuf;

use super::sample::*;
use crate::export::Trusted;

fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/export")).join(name)
}

fn check(name: &str, bytes: &[u8]) -> Vec<u8> {
    let path = path(name);
    if std::env::var_os("GOLDEN").is_some_and(|mode| mode == "write") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
    }
    let golden = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(golden == bytes, "{name}: the bytes of exports changed");
    golden
}

#[test]
fn a_signed_export() {
    let plan = Plan::sample();
    let file = plan.export_sealed(&plan.seals(plan.records.len() - 1, 2));
    let golden = check("plan-1.jsonl", &file);
    let keys = vec![log_signer().verifier().clone()];
    let witnesses = (0..2).map(|number| witness(number).verifier().clone()).collect();
    let report = verify(&golden, Trusted::new(keys, witnesses, 2).unwrap()).unwrap();
    assert_eq!(report.replay.state, plan.state);
}

/// What `audit verify` and the page are tried with.
#[test]
fn an_export_somebody_changed() {
    let plan = Plan::sample();
    let file = String::from_utf8(plan.export_sealed(&plan.seals(plan.records.len(), 2))).unwrap();
    let at = plan.position_of("commitment.amended");
    let tampered = file.replace("Nachtzorg in de hele regio", "Nachtzorg in de halve stad");
    assert_ne!(tampered, file);
    let golden = check("tampered-1.jsonl", tampered.as_bytes());
    let fault = verify(&golden, Trusted::default()).unwrap_err();
    assert_eq!(fault.position.map(|position| position.0), Some(at as u64));
}
