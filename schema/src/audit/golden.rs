//! Golden bytes: what was once signed or published must be read forever, and written the same way today.
//!
//! `GOLDEN=write` writes the files anew after a deliberate change of format.

use std::path::PathBuf;

use super::sample::{self, COSIGNED_AT, Sample, log_signer, trust, witness};
use super::tile::{Tile, TileId, decode_bundle, encode_bundle};
use super::witness::AddCheckpoint;
use super::*;

/// A size whose tree has a partial tile at both levels.
const SIZE: u64 = 261;

fn check(name: &str, text: &str) -> String {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/audit")).join(name);
    if std::env::var_os("GOLDEN").is_some_and(|mode| mode == "write") {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
    }
    let golden = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(text, golden, "{name}: the bytes of the audit formats changed");
    golden
}

fn hex(bytes: &[u8]) -> String {
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.push('\n');
    text
}

#[test]
fn a_note() {
    let mut note = Note::new("Afgesproken op 23 november.\n\nMet alle partijen.\n".to_owned()).unwrap();
    note.sign(&log_signer()).unwrap();
    let golden = check("note-1.txt", &note.to_string());
    assert!(
        Note::parse(golden.as_bytes())
            .unwrap()
            .is_signed_by(log_signer().verifier())
            .unwrap()
    );
}

#[test]
fn keys() {
    let keys = format!("{}\n{}\n", log_signer().verifier(), witness(0).verifier());
    let golden = check("keys-1.txt", &keys);
    let (log, witness_key) = golden.trim_end().split_once('\n').unwrap();
    assert_eq!(log.parse().as_ref(), Ok(log_signer().verifier()));
    assert_eq!(witness_key.parse().as_ref(), Ok(witness(0).verifier()));
}

#[test]
fn a_checkpoint() {
    let sample = Sample::of(SIZE);
    let golden = check("checkpoint-1.txt", &sample.checkpoint().to_string());
    assert_eq!(
        SignedCheckpoint::parse(golden.as_bytes()),
        Ok(sample.checkpoint())
    );
}

#[test]
fn a_cosigned_checkpoint() {
    let sample = Sample::of(SIZE);
    let golden = check("checkpoint-cosigned-1.txt", &sample.cosigned().to_string());
    let checkpoint = SignedCheckpoint::parse(golden.as_bytes()).unwrap();
    let at = checkpoint.cosigned_at(witness(0).verifier()).unwrap();
    assert_eq!(at.map(UnixSeconds::get), Some(COSIGNED_AT));
}

#[test]
fn a_witness_request() {
    let sample = Sample::of(SIZE);
    let proof = merkle::consistency_proof(100, SIZE, |node| sample.node(node)).unwrap();
    let request = AddCheckpoint {
        old_size: 100,
        proof,
        checkpoint: sample.checkpoint(),
    };
    let golden = check("add-checkpoint-1.txt", &request.to_string());
    assert_eq!(AddCheckpoint::parse(golden.as_bytes()), Ok(request));
}

#[test]
fn tiles_of_both_levels() {
    let sample = Sample::of(SIZE);
    let read = |level, index| {
        let id = TileId::in_tree(level, index, SIZE).unwrap();
        Tile::read(id, |node| sample.node(node)).unwrap()
    };
    check("tile-0-001.p-5-1.hex", &hex(&read(0, 1).to_bytes()));
    check("tile-1-000.p-1-1.hex", &hex(&read(1, 0).to_bytes()));
}

#[test]
fn an_entry_bundle() {
    let leaves = Sample::of(SIZE).leaves().split_off(256);
    let bytes = encode_bundle(&leaves);
    check("tile-entries-001.p-5-1.hex", &hex(&bytes));
    assert_eq!(decode_bundle(&bytes), Ok(leaves));
}

#[test]
fn the_right_edge_of_a_tree() {
    let frontier = Sample::of(SIZE).frontier;
    check("frontier-261-1.hex", &hex(&frontier.to_bytes()));
    assert_eq!(Frontier::from_bytes(&frontier.to_bytes()), Ok(frontier));
}

#[test]
fn a_proof_and_what_it_is_checked_against() {
    let sample = Sample::of(SIZE);
    let proof = check(
        "proof-1.json",
        &(sample.proof(7, Extent::Everything).to_json() + "\n"),
    );
    let believed = check("trust-1.json", &(serde_json::to_string(&trust()).unwrap() + "\n"));
    let proof = Proof::from_json(proof.as_bytes()).unwrap();
    let verified = proof::verify(&proof, &serde_json::from_str(&believed).unwrap()).unwrap();
    assert_eq!(verified.origin, sample::ORIGIN);
    assert_eq!(verified.payload.as_deref(), Some(&b"woord 7"[..]));
    assert!(verified.witnesses.is_met());
}
