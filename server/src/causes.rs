//! An error with all its causes, in one line that says nothing twice.
//!
//! Why it exists: an error that wraps another one names it in its own words where its readers would miss it, and holds it
//! as its source too. Whoever prints the whole chain, as the commands do, would say it once more. So what has been said
//! is left out here, at the one place where chains become text, whoever made the error. What the operating system says of
//! a disk is followed by what to do about it, for the same reason.

use std::io;

use rustix::io::Errno;

/// What an operator can do about what an operating system says of a disk.
const OF_DISKS: [(Errno, &str); 4] = [
    (Errno::NOSPC, "The disk is full: make room and try again"),
    (
        Errno::ROFS,
        "The disk may only be read: mount it to be written, or copy the directory to one that can be",
    ),
    (
        Errno::IO,
        "The disk fails: copy what can still be read to another one, and see what the system's log says of it",
    ),
    (
        Errno::ACCESS,
        "This user may not do that: run the command as the user of the server",
    ),
];

/// The error and its causes, each once, and what to do where it is the disk.
#[must_use]
pub fn told(error: &anyhow::Error) -> String {
    let mut told = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    // Also where a cause is only held as text.
    let of_disk = OF_DISKS.iter().find(|(errno, _)| {
        let said = io::Error::from(*errno).to_string();
        told.contains(&said)
    });
    match of_disk {
        Some((_, way_out)) => format!("{told}. {way_out}"),
        None => told,
    }
}

#[cfg(test)]
mod tests {
    use anyhow::Context;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("data/log cannot be read: {source}")]
    struct Unread {
        source: io::Error,
    }

    #[test]
    fn a_cause_that_was_named_is_not_named_again() {
        let source = io::Error::other("not a directory");
        let error = anyhow::Error::new(Unread { source }).context("nothing was checked");
        let once = "nothing was checked: data/log cannot be read: not a directory";
        assert_eq!(told(&error), once);
        assert_eq!(format!("{error:#}"), format!("{once}: not a directory"));
    }

    #[test]
    fn a_disk_that_refuses_is_said_with_what_to_do() {
        let full = io::Error::from(Errno::NOSPC);
        let error = anyhow::anyhow!("IO error: {full}").context("nothing was saved");
        let told = told(&error);
        assert!(
            told.starts_with("nothing was saved: IO error: No space left"),
            "{told}"
        );
        assert!(
            told.ends_with(". The disk is full: make room and try again"),
            "{told}"
        );
    }

    #[test]
    fn a_cause_that_was_not_named_follows() {
        let error = Err::<(), _>(io::Error::other("no room"));
        let error = error.context("the log stopped").context("nothing was saved");
        assert_eq!(
            told(&error.unwrap_err()),
            "nothing was saved: the log stopped: no room"
        );
    }
}
