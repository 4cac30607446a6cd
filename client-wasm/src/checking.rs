//! The check of an export, or of the proof of one event ([`kept`]), in a browser: bytes in, one answer out, without a server.
//!
//! Why it is apart from the rest: the page that uses it is one file that works from anybody's disk, and needs nothing
//! of documents, outbox and editor.

pub mod kept;

use std::convert::Infallible;

use schema::audit::{LogKey, WitnessKey};
use schema::export::{Fault, Reading, Stopped, Summary, Trusted};
use serde::Serialize;

/// A file that is being checked. After a fault it takes no more.
pub struct Checking {
    reading: Reading,
    fault: Option<Fault>,
}

/// What is told at the end.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Answer<'a> {
    /// The first thing that is wrong.
    Fault {
        #[serde(flatten)]
        fault: &'a Fault,
        /// The same in English.
        said: String,
    },
    /// It holds together.
    Summary(Box<Summary>),
}

/// Text that is no list of keys.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// One line of it.
    #[error("{0:?} is not a key")]
    NotAKey(String),
    /// One key twice.
    #[error(transparent)]
    Quorum(#[from] schema::audit::quorum::QuorumError),
}

/// Keys that the reader believes.
struct Keys {
    of_log: Vec<LogKey>,
    of_witnesses: Vec<WitnessKey>,
}

impl Keys {
    /// One vkey a line, of the log and of witnesses.
    fn read(lines: &str) -> Result<Self, KeysError> {
        let (mut of_log, mut of_witnesses) = (Vec::new(), Vec::new());
        for line in lines.lines().map(str::trim).filter(|line| !line.is_empty()) {
            if let Ok(key) = line.parse::<LogKey>() {
                of_log.push(key);
            } else if let Ok(key) = line.parse::<WitnessKey>() {
                of_witnesses.push(key);
            } else {
                return Err(KeysError::NotAKey(line.chars().take(80).collect()));
            }
        }
        Ok(Self { of_log, of_witnesses })
    }

    /// As the verifiers take them: where there are witnesses, one of them must have cosigned.
    fn trusted(self) -> Result<Trusted, KeysError> {
        let required = usize::from(!self.of_witnesses.is_empty());
        Ok(Trusted::new(self.of_log, self.of_witnesses, required)?)
    }
}

impl Checking {
    /// Begins a check. `keys` are vkeys that the reader believes, one a line, of the log and of witnesses; where
    /// witnesses are among them, one of them must have cosigned.
    ///
    /// # Errors
    /// [`KeysError`] for a line that is none.
    pub fn begin(keys: &str) -> Result<Self, KeysError> {
        Ok(Self {
            reading: Reading::new(Keys::read(keys)?.trusted()?),
            fault: None,
        })
    }

    /// The next bytes of the file. Says whether more are wanted.
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        if self.fault.is_some() {
            return false;
        }
        match self.reading.push(bytes, |_| Ok::<_, Infallible>(())) {
            Ok(()) => {}
            Err(Stopped::Fault(fault)) => self.fault = Some(fault),
            Err(Stopped::Taker(never)) => match never {},
        }
        self.fault.is_none()
    }

    /// Events checked so far.
    #[must_use]
    pub fn checked(&self) -> u64 {
        self.reading.progress().0
    }

    /// The answer as JSON: `{"fault": …}` or `{"summary": …}`.
    #[must_use]
    pub fn finish(self) -> String {
        let found = match self.fault {
            Some(fault) => Err(fault),
            None => self.reading.finish(),
        };
        let answer = match &found {
            Ok(report) => Answer::Summary(Box::new(Summary::of(report))),
            Err(fault) => Answer::Fault {
                fault,
                said: fault.to_string(),
            },
        };
        serde_json::to_string(&answer).expect("an answer is text, numbers and lists")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[u8] = include_bytes!("../../tests/golden/export/plan-1.jsonl");
    const TAMPERED: &[u8] = include_bytes!("../../tests/golden/export/tampered-1.jsonl");

    fn answer(file: &[u8], keys: &str) -> serde_json::Value {
        let mut checking = Checking::begin(keys).unwrap();
        for piece in file.chunks(100) {
            if !checking.push(piece) {
                break;
            }
        }
        serde_json::from_str(&checking.finish()).unwrap()
    }

    #[test]
    fn a_good_file_is_told_with_its_register() {
        let told = answer(GOOD, "");
        let register = told["summary"]["register"].as_array().unwrap();
        assert_eq!(register.len(), 1);
        assert_eq!(told["summary"]["seal"]["isKeyTrusted"], false);
        let key = told["summary"]["seal"]["key"].as_str().unwrap();
        assert_eq!(answer(GOOD, key)["summary"]["seal"]["isKeyTrusted"], true);
    }

    #[test]
    fn a_changed_file_is_told_with_the_place() {
        let told = answer(TAMPERED, "");
        assert_eq!(told["fault"]["kind"]["code"], "notAsWritten");
        assert!(told["fault"]["position"].as_u64().unwrap() > 0);
    }

    #[test]
    fn a_key_that_is_none_is_named() {
        assert!(matches!(Checking::begin("\n wat? \n"), Err(KeysError::NotAKey(line)) if line == "wat?"));
    }
}
