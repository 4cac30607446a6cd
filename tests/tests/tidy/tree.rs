//! The files of the repository as the rules see them: what git tracks or would track, with its text.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One text file of the repository.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// From the root, with forward slashes.
    pub path: String,
    /// Its whole content.
    pub text: String,
}

impl SourceFile {
    /// The part of the name after the last dot.
    pub fn extension(&self) -> &str {
        Path::new(&self.path)
            .extension()
            .and_then(|ext| ext.to_str())
            .unwrap_or("")
    }

    /// Whether it only runs in tests.
    pub fn is_test(&self) -> bool {
        let in_test_folder = self
            .path
            .split('/')
            .any(|part| matches!(part, "tests" | "conformance" | "golden"));
        in_test_folder || self.path.ends_with("tests.rs") || self.path.contains(".test.")
    }

    /// Whether a machine wrote it from another file.
    pub fn is_generated(&self) -> bool {
        self.path.ends_with("-lock.json") || self.path.ends_with("Cargo.lock")
    }
}

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests crate lies in the workspace")
        .to_path_buf()
}

/// Every file git tracks, or would after `git add`, that is text and still exists.
pub fn files() -> Vec<SourceFile> {
    let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").args(arguments).current_dir(root()).output();
    let listed = listed.expect("git lists the files of the repository");
    assert!(
        listed.status.success(),
        "git ls-files: {}",
        String::from_utf8_lossy(&listed.stderr)
    );
    let names = String::from_utf8(listed.stdout).expect("file names are UTF-8");
    let found: Vec<_> = names.split_terminator('\0').filter_map(read).collect();
    assert!(found.len() > 20, "git lists only {} files", found.len());
    found
}

fn read(path: &str) -> Option<SourceFile> {
    let text = std::fs::read_to_string(root().join(path)).ok()?;
    Some(SourceFile {
        path: path.to_owned(),
        text,
    })
}

/// Fails with every breach named.
pub fn assert_none(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n  {}", breaches.join("\n  "));
}
