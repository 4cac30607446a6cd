//! Every reason to refuse a change to a text, each with a stable code.
//!
//! Why it exists: the code travels to the client, which keeps the refused words and says why; it must mean
//! the same in every version. The codes are the kebab-case names of the variants.

use serde::{Deserialize, Serialize};

/// Why a change was not accepted. Serialised as its code, e.g. `"unknown-parents"`.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, thiserror::Error,
)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeRefusal {
    /// More bytes than `CHANGE_BYTES_MAX`, or than `CHANGE_INFLATED_BYTES_MAX` once inflated.
    #[error("the change is larger than a change may be")]
    TooLarge,
    /// Not the bytes of an automerge change.
    #[error("the bytes are not a well-formed change")]
    Malformed,
    /// A document or a bundle where one change was expected.
    #[error("the chunk is not a single change")]
    NotAChange,
    /// The first bytes of the hash do not match.
    #[error("the checksum does not match the contents")]
    ChecksumWrong,
    /// The columns claim more than `CHANGE_OPS_MAX` operations or predecessors.
    #[error("the change claims more operations than a change may hold")]
    TooManyOperations,
    /// More parents than `CHANGE_PARENTS_MAX`.
    #[error("the change names more parents than a change may have")]
    TooManyParents,
    /// A map key or the name of a mark is longer than `CHANGE_NAME_BYTES_MAX`.
    #[error("a key or the name of a mark is too long")]
    NameTooLong,
    /// The message is longer than `CHANGE_MESSAGE_BYTES_MAX`.
    #[error("the message of the change is too long")]
    MessageTooLong,
    /// The time is negative or after the year 9999.
    #[error("the time of the change is out of range")]
    TimeOutOfRange,
    /// Bytes after the columns: automerge's author footer, or something foreign.
    #[error("the change carries bytes that mean nothing here")]
    ForeignBytes,
    /// The library cannot take the change apart, though its bytes are well formed: a fault of the library.
    #[error("the library failed on the change")]
    LibraryFailed,
    /// Encoding the same content again gives another hash.
    #[error("the change is not in its canonical encoding")]
    NotCanonical,
    /// The change was made under an actor that is not the sender's.
    #[error("the actor of the change is not the sender's")]
    WrongActor,
    /// A parent is not known here (yet).
    #[error("a parent of the change is not known")]
    UnknownParents,
    /// The same parent twice, or none at all.
    #[error("the parents of the change are none or repeated")]
    BadParents,
    /// The actor's sequence number was already used by another change.
    #[error("the actor already made another change with this sequence number")]
    SequenceTaken,
    /// The actor's sequence number leaves a gap.
    #[error("the sequence number does not follow the actor's last")]
    SequenceGap,
    /// The parents do not include the actor's own previous change.
    #[error("the parents do not include the actor's own previous change")]
    OwnPastMissing,
    /// The first operation does not come after those of the parents, or far after all that is known.
    #[error("the first operation does not follow those of the parents")]
    StartOpWrong,
    /// An operation's counter does not fit in 32 bits.
    #[error("an operation counter is too large")]
    CounterTooLarge,
    /// An operation on the root or on an object that is no part of the text.
    #[error("an operation lies outside the text")]
    OutsideText,
    /// An operation refers to one that does not exist.
    #[error("an operation refers to one that is not known")]
    UnknownReference,
    /// An operation refers to one that its own parents do not include.
    #[error("an operation refers to one outside the change's own past")]
    OutsideOwnPast,
    /// An operation follows or changes something that is not an element of that object.
    #[error("an operation refers to something that is not an element of its object")]
    NotAnElement,
    /// A predecessor belongs to another element or key, or is a deletion or a mark.
    #[error("a predecessor is not a living value of the same element or key")]
    WrongPredecessor,
    /// An operation that a text does not have: a counter, a table, a deeper object, a number as a character.
    #[error("an operation is of a kind that a text does not have")]
    UnsupportedOperation,
    /// The chapter would grow beyond `CHAPTER_UTF16_MAX`.
    #[error("the chapter would become longer than a chapter may be")]
    TextTooLong,
    /// The text would have more names of marks than `MARK_NAMES_MAX`.
    #[error("the text has marks of as many names as a text may have")]
    TooManyMarkNames,
    /// The value of a mark is larger than `MARK_VALUE_BYTES_MAX`.
    #[error("the value of a mark is larger than it may be")]
    MarkValueTooLarge,
    /// The begin and the end of a mark do not stand together, or its end lies before its begin.
    #[error("a mark is not a begin and an end in that order")]
    MarkUnpaired,
}

impl ChangeRefusal {
    /// Whether it happens to a client that follows the protocol: what its change builds on was refused just before, or the
    /// text is full, of letters or of names of marks. Everything else is the work of a program that errs, or of one that means harm.
    #[must_use]
    pub const fn may_be_honest(self) -> bool {
        matches!(
            self,
            Self::UnknownParents | Self::TextTooLong | Self::TooManyMarkNames
        )
    }

    /// The stable code, as it is serialised.
    #[must_use]
    pub fn code(self) -> String {
        match serde_json::to_value(self) {
            Ok(serde_json::Value::String(code)) => code,
            _ => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_kebab_case_and_read_back() {
        assert_eq!(ChangeRefusal::UnknownParents.code(), "unknown-parents");
        assert_eq!(
            serde_json::from_str::<ChangeRefusal>("\"outside-own-past\"").unwrap(),
            ChangeRefusal::OutsideOwnPast
        );
    }
}
