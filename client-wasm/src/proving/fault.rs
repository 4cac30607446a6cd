//! Why a statement is not proved, by a code that pages have words for.
//!
//! Why codes: "the server's signature is false" and "this is not what was recorded" ask different things of who reads
//! it; the words beside a code are for whoever gets the report.

use schema::audit::proof::ProofError;
use serde::Serialize;

/// What is not so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum FaultCode {
    /// Not a proof at all.
    Unreadable,
    /// Of another plan, or of another life of its log.
    OtherLog,
    /// Of another event.
    OtherPlace,
    /// The event does not stand where the server says.
    NotInLog,
    /// The log did not sign it.
    LogSignature,
    /// A witness's signature is false.
    Cosignature,
    /// Too few of the witnesses that the reader named cosigned.
    TooFewWitnesses,
    /// What the proof shows is not what the log commits to.
    Altered,
    /// The page says another time.
    OtherTime,
    /// The page names somebody else.
    OtherPerson,
    /// The page says that it is about something else.
    OtherSubject,
    /// The page says something else.
    OtherContent,
    /// The log does not go on from what was seen before.
    Forked,
}

/// Why nothing is proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{said}")]
pub struct Fault {
    /// Which rule.
    pub code: FaultCode,
    /// In English, for whoever gets the report.
    pub said: String,
}

impl Fault {
    pub(crate) fn of(code: FaultCode, said: &(impl ToString + ?Sized)) -> Self {
        Self {
            code,
            said: said.to_string(),
        }
    }
}

impl From<ProofError> for Fault {
    fn from(error: ProofError) -> Self {
        let code = match &error {
            ProofError::TooLong | ProofError::Json(_) => FaultCode::Unreadable,
            ProofError::OtherLog(_) | ProofError::OtherPlan => FaultCode::OtherLog,
            ProofError::Log(_) => FaultCode::LogSignature,
            ProofError::Witness(_) => FaultCode::Cosignature,
            ProofError::Inclusion(_) => FaultCode::NotInLog,
            ProofError::Disclosure(_) => FaultCode::Altered,
        };
        Self::of(code, &error)
    }
}
