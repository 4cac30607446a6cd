//! The protocol is a numbered document. Whoever changes the frames or the sync state machine reads it again.
//!
//! How it works: `docs/protocol.md` carries the digest of the code it describes. When the code changes, bring the
//! document up to date and put the digest this test prints in its place.

use sha2::{Digest, Sha256};

use crate::tree::{SourceFile, files};

const DESCRIBED: [&str; 2] = ["schema/src/wire", "schema/src/sync"];

#[test]
fn the_protocol_document_was_read_with_the_last_change_of_the_frames() {
    let all = files();
    let document = all
        .iter()
        .find(|file| file.path == "docs/protocol.md")
        .expect("docs/protocol.md exists");
    let digest = digest_of(&all);
    assert!(
        document.text.contains(&format!("<!-- describes {digest} -->")),
        "the frames or the sync state machine changed: bring docs/protocol.md up to date, then let it say\n  \
         <!-- describes {digest} -->"
    );
}

fn digest_of(all: &[SourceFile]) -> String {
    let is_described =
        |file: &&SourceFile| DESCRIBED.iter().any(|start| file.path.starts_with(start)) && !file.is_test();
    let mut described: Vec<_> = all.iter().filter(is_described).collect();
    described.sort_by(|a, b| a.path.cmp(&b.path));
    assert!(!described.is_empty(), "the frames are in {DESCRIBED:?}");
    let mut digest = Sha256::new();
    for file in described {
        digest.update(format!("{}\0{}\0", file.path, file.text.len()));
        digest.update(&file.text);
    }
    digest
        .finalize()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
