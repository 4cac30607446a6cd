//! An error with all its causes, in one line that says nothing twice.
//!
//! Why it exists: an error that wraps another one names it in its own words where its readers would miss it, and holds it
//! as its source too. Whoever prints the whole chain, as the commands do, would say it once more. So what has been said
//! is left out here, at the one place where chains become text, whoever made the error.

/// The error and its causes, each once.
#[must_use]
pub fn told(error: &anyhow::Error) -> String {
    let mut told = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use std::io;

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
    fn a_cause_that_was_not_named_follows() {
        let error = Err::<(), _>(io::Error::other("no room"));
        let error = error.context("the log stopped").context("nothing was saved");
        assert_eq!(
            told(&error.unwrap_err()),
            "nothing was saved: the log stopped: no room"
        );
    }
}
