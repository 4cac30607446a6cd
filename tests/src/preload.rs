//! A library that stands between a program and the C library, compiled where a test needs it.
//!
//! Why it exists: what a disk does when the power goes or when it breaks cannot be asked of the operating system for one
//! process only. The program under test is the one that people run; only its calls to the disk are answered otherwise.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles C source into a library below `place`.
///
/// # Panics
/// When there is no C compiler (linking Rust programs takes one), or it refuses.
#[must_use]
pub fn compiled(place: &Path, name: &str, source: &str) -> PathBuf {
    let (file, library) = (place.join(format!("{name}.c")), place.join(format!("{name}.so")));
    std::fs::write(&file, source).expect("a directory of the test's own");
    let mut compiler = Command::new("cc");
    compiler
        .args(["-shared", "-fPIC", "-O1", "-pthread", "-o"])
        .arg(&library)
        .arg(&file);
    let done = compiler.output().expect("a C compiler");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success(), "{said}");
    library
}

/// What a process is told beside its arguments.
pub type Surroundings = Vec<(&'static str, OsString)>;

/// Puts a library before the C library of a process.
#[must_use]
pub fn with(library: &Path, more: Surroundings) -> Surroundings {
    let mut all = more;
    all.push(("LD_PRELOAD", library.as_os_str().to_owned()));
    all
}
