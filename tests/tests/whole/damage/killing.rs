//! Killing a process of the program between two steps that lie microseconds apart (`killing.c`).

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tests::preload;

/// SIGKILL.
const KILLED: i32 = 9;

/// Runs a program and kills it before the rename with this number, counted from 1, of files and directories whose name
/// begins so. Says whether it came that far; otherwise it came to its end.
pub(super) fn is_killed_before(program: &mut Command, place: &Path, (name, rename): (&str, u32)) -> bool {
    let library = preload::compiled(place, "killing", include_str!("killing.c"));
    let more = vec![
        ("KILL_NAME", name.into()),
        ("KILL_BEFORE", rename.to_string().into()),
    ];
    let program = program.envs(preload::with(&library, more));
    let ended = program
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    ended.signal() == Some(KILLED)
}
