//! What a program may at most that acts for a person with an access token.
//!
//! Why it exists: a token lies in a file of somebody's program, and outlives the moment it was made for. So it opens
//! less than its maker may: never rights, people, erasures or decisions, and only reading unless writing was asked for.
//! What it may not do it is not shown either, however it asks: the address of the thing, a list of events, a file of them.
//! A scope gives nothing: the person's rights are asked first, at every change.

use serde::{Deserialize, Serialize};

use super::{Action, Matter};
use crate::domain::Refusal;

/// How far an access token goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Reads what the person may read.
    Read,
    /// Also writes texts and commitments.
    Write,
}

impl Scope {
    /// Whether a token of this scope may be used for something.
    ///
    /// # Errors
    /// [`Refusal::TokenReadsOnly`], [`Refusal::NotForPrograms`].
    pub const fn ensure(self, action: &Action) -> Result<(), Refusal> {
        match action {
            Action::ReadPlan
            | Action::ReadPeople
            | Action::ReadTeam(_)
            | Action::ReadConcept(_)
            | Action::OpenText(_)
            | Action::ReadHistory(_)
            | Action::ReadCommitment(_)
            | Action::Audit
            | Action::AuditOwnParty
            | Action::Export => Ok(()),
            Action::WriteText(_)
            | Action::Comment(_)
            | Action::RestoreText(_)
            | Action::CreateCommitment(_)
            | Action::EditCommitment(_)
            | Action::RestoreCommitment(_) => match self {
                Self::Write => Ok(()),
                Self::Read => Err(Refusal::TokenReadsOnly),
            },
            Action::OfferChapter(_)
            | Action::FreezeChapter(_)
            | Action::Structure
            | Action::GrantRights
            | Action::EraseContent => Err(Refusal::NotForPrograms),
        }
    }

    /// Whether a token of this scope may be shown the content of an event. That the event happened is the history of
    /// the plan, and is shown.
    ///
    /// # Errors
    /// [`Refusal::NotForPrograms`].
    pub const fn ensure_shown(self, matter: Matter) -> Result<(), Refusal> {
        match (self, matter) {
            (Self::Read | Self::Write, Matter::Rights | Matter::Erasure) => Err(Refusal::NotForPrograms),
            (
                Self::Read | Self::Write,
                Matter::Plan | Matter::Actor | Matter::Chapter(_) | Matter::Text(_) | Matter::Commitment(_),
            ) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::ChapterId;

    #[test]
    fn reading_reads_writing_also_writes_and_neither_decides() {
        let chapter = ChapterId::from_bytes([1; 16]);
        let both = |action| (Scope::Read.ensure(&action), Scope::Write.ensure(&action));
        assert_eq!(both(Action::OpenText(chapter)), (Ok(()), Ok(())));
        let reads_only = (Err(Refusal::TokenReadsOnly), Ok(()));
        assert_eq!(both(Action::WriteText(chapter)), reads_only);
        assert_eq!(both(Action::CreateCommitment(chapter)), reads_only);
        let never = (Err(Refusal::NotForPrograms), Err(Refusal::NotForPrograms));
        for action in [
            Action::GrantRights,
            Action::EraseContent,
            Action::Structure,
            Action::FreezeChapter(chapter),
        ] {
            assert_eq!(both(action), never);
        }
    }
}
