//! Whether a log that failed can be closed.
//!
//! # Why it exists
//!
//! sled waits, when it is closed, until everything is written. Where it could not put a large value in a file of its own
//! it counts a writer for ever that is gone, tells nobody, and so never writes the buffer that this one was in. Who then
//! closes it waits for ever, with every reader behind it. So that is tried first, where nobody has to wait for it.

use std::sync::Arc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::SledLog;

/// How long sled may take to write what is left, on a disk that can be written again.
const PATIENCE: Duration = Duration::from_secs(5);

impl SledLog {
    /// Whether closing comes to an end. Of a log that has not failed it does.
    pub(super) fn is_closable(&self) -> bool {
        self.stopped.get().is_none() || *self.closable.get_or_init(|| self.tries_to_settle())
    }

    fn tries_to_settle(&self) -> bool {
        let (settled, answer) = mpsc::channel();
        let (trees, settle) = (Arc::clone(&self.trees), self.sealer.settling());
        let tried = thread::Builder::new()
            .name("log-closing".to_owned())
            .spawn(move || {
                // That it fails is no matter, only that it ends.
                let _outcome = settle().and_then(|()| trees.flush());
                // Before the answer: who closes the log is the last to hold it.
                drop(trees);
                let _nobody_waits = settled.send(());
            });
        tried.is_ok() && answer.recv_timeout(PATIENCE).is_ok()
    }
}
