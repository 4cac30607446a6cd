//! Knows whether the module on disk was made from the sources on disk.
//!
//! Why it exists: `make demo` and `make test` both ask for the module; a build with whole-program optimisation
//! takes a minute or more, and modification times do not survive a fresh checkout. So the content decides.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::{Layout, Module};

const STAMP: &str = ".built-from";
const INPUTS: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "schema/Cargo.toml",
    "schema/src",
    "client-wasm/Cargo.toml",
    "client-wasm/src",
    "client-wasm/build-tool/src",
    "client-wasm/build-tool/package-lock.json",
];

/// A digest of every file the module is made from, names included.
pub fn of_sources(layout: &Layout) -> Result<String> {
    let mut digest = Sha256::new();
    for input in INPUTS {
        for file in files_below(&layout.root.join(input))? {
            let name = file
                .strip_prefix(&layout.root)
                .unwrap_or(&file)
                .to_string_lossy()
                .into_owned();
            let content = fs::read(&file).with_context(|| format!("cannot read {name}"))?;
            digest.update(format!("{name}\0{}\0", content.len()));
            digest.update(&content);
        }
    }
    Ok(digest
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// Whether the module on disk was made from sources with this digest.
pub fn is_built(module: &Module, wanted: &str) -> bool {
    let complete = ["client_wasm.js", "client_wasm.d.ts", "client_wasm_bg.wasm"]
        .iter()
        .all(|name| module.pkg.join(name).is_file());
    complete && fs::read_to_string(module.pkg.join(STAMP)).is_ok_and(|stamp| stamp == wanted)
}

/// Notes what the module on disk was made from.
pub fn remember(module: &Module, built: &str) -> Result<()> {
    fs::write(module.pkg.join(STAMP), built).context("cannot write the build stamp")
}

fn files_below(path: &Path) -> Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_path_buf()]);
    }
    let entries = fs::read_dir(path).with_context(|| format!("cannot list {}", path.display()))?;
    let mut children = entries
        .map(|entry| entry.map(|e| e.path()))
        .collect::<Result<Vec<_>, _>>()?;
    children.sort();
    let mut files = Vec::new();
    for child in children {
        files.extend(files_below(&child)?);
    }
    Ok(files)
}
