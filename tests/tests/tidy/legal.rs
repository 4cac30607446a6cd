//! The licence: complete, official, and the same in every manifest.

use sha2::{Digest, Sha256};

use crate::tree::{assert_none, files};

/// The official English text of the European Union Public Licence 1.2, compared word by word with two independent
/// publications of it; trailing spaces removed.
const EUPL_SHA256: &str = "57fb42fbcd0b037ce528ed8f72f1ec095d67bc6825ecf1448ff39be1fe68a4b4";

#[test]
fn the_licence_is_the_official_text() {
    let licence = files()
        .into_iter()
        .find(|file| file.path == "LICENSE")
        .expect("LICENSE exists");
    let digest: String = Sha256::digest(&licence.text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(digest, EUPL_SHA256, "LICENSE is not the text of EUPL-1.2");
}

#[test]
fn every_manifest_names_the_licence() {
    let mut silent = Vec::new();
    for file in files() {
        let named = match file.path.rsplit('/').next() {
            Some("Cargo.toml") => ["license = \"EUPL-1.2\"", "license.workspace = true"].as_slice(),
            Some("package.json") => &["\"license\": \"EUPL-1.2\""],
            Some("publiccode.yml") => &["license: EUPL-1.2"],
            _ => continue,
        };
        if !named.iter().any(|line| file.text.contains(line)) {
            silent.push(file.path);
        }
    }
    assert_none("these manifests do not name EUPL-1.2", &silent);
}
