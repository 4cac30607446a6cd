//! What an operator does beside a server: gives commands, and looks what lies on the disk.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Gives a command with some paths, and waits for it.
///
/// # Panics
/// When the program cannot be started.
#[must_use]
pub fn run(program: &str, arguments: &[&str], paths: &[(&str, &Path)]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).env("RUST_LOG", "warn");
    for (name, path) in paths {
        command.arg(name).arg(path);
    }
    command.output().expect("the program starts")
}

/// What a command said; asked also only to know that it went well.
///
/// # Panics
/// When it did not go well.
#[track_caller]
pub fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}{trouble}");
    text
}

/// Every file below a directory that holds the words. Nothing here is compressed or encrypted, so bytes are enough.
///
/// # Panics
/// When a file that is there cannot be read; one that is gone by then holds nothing.
#[must_use]
pub fn files_holding(directory: &Path, words: &str) -> Vec<PathBuf> {
    let mut holding = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(&next).expect("a directory that is there") {
            let path = entry.expect("an entry of it").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.is_file() {
                match std::fs::read(&path) {
                    Ok(bytes) => {
                        let found = bytes
                            .windows(words.len())
                            .any(|window| window == words.as_bytes());
                        holding.extend(found.then_some(path));
                    }
                    Err(error) => assert_eq!(error.kind(), ErrorKind::NotFound, "{}", path.display()),
                }
            }
        }
    }
    holding
}
