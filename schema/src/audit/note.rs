//! Signed notes (C2SP `signed-note`): a text and the signatures of several keys under it.
//!
//! # Why it exists
//!
//! A checkpoint has to be signed by the server, by its next key while keys change, and by witnesses that know
//! nothing of each other. A note carries all of that as a few lines of text that can be stored anywhere.
//!
//! # Invariants
//!
//! - Signatures of unknown keys are ignored; a signature that claims a known key (name and id) and fails
//!   condemns the note.
//! - What is signed are the exact bytes of the text, so they are kept as they came.

mod key;
mod line;
#[cfg(test)]
mod tests;

pub use key::{KeyError, KeyId, KeyName, LogKey, LogSigner, ParseKeyError, SigningKey, VerifierKey};
pub use line::NoteSignature;

use std::fmt;

use crate::limits::{NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX};

/// Text that is not a signed note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Larger than `NOTE_BYTES_MAX`.
    #[error("a note has at most {NOTE_BYTES_MAX} bytes")]
    TooLong,
    /// Not UTF-8, or a control character other than the newline.
    #[error("a note is UTF-8 text without control characters")]
    NotText,
    /// Not a text, an empty line, and signatures, each line with its end.
    #[error("a note is a text, an empty line, and signature lines")]
    Shape,
    /// A signature line that is not `— name base64`.
    #[error("signature {0} of the note is malformed")]
    Signature(usize),
    /// More than `NOTE_SIGNATURES_MAX`.
    #[error("a note has at most {NOTE_SIGNATURES_MAX} signatures")]
    TooManySignatures,
}

/// A signature under the name and id of a known key that this key did not make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the signature of {name} is not by that key")]
pub struct BadSignature {
    /// The known key's name.
    pub name: KeyName,
}

/// A text and the signatures under it, none of them checked yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl Note {
    /// A note without signatures yet. The text ends in a newline.
    ///
    /// # Errors
    /// [`NoteError`] when no note can carry this text.
    pub fn new(text: String) -> Result<Self, NoteError> {
        check_text(&text)?;
        if !text.ends_with('\n') {
            return Err(NoteError::Shape);
        }
        Ok(Self {
            text,
            signatures: Vec::new(),
        })
    }

    /// Reads a note with at least one signature.
    ///
    /// # Errors
    /// [`NoteError`] on anything else.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        check_text(whole)?;
        // The last empty line separates: the text may have empty lines of its own.
        let (text, lines) = whole.rsplit_once("\n\n").ok_or(NoteError::Shape)?;
        let signatures = parse_lines(lines)?;
        Ok(Self {
            text: format!("{text}\n"),
            signatures,
        })
    }

    /// The signed text, with its last newline.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in the order of their lines.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature made elsewhere. The same one twice is kept once.
    ///
    /// # Errors
    /// [`NoteError`] when the note would become too long.
    pub fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        if self.signatures.len() >= NOTE_SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        let lines: usize = self.signatures.iter().map(NoteSignature::line_bytes).sum();
        if self.text.len() + 1 + lines + signature.line_bytes() > NOTE_BYTES_MAX {
            return Err(NoteError::TooLong);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Signs the text.
    ///
    /// # Errors
    /// [`NoteError`] when the note would become too long.
    pub fn sign(&mut self, signer: &LogSigner) -> Result<(), NoteError> {
        let signature = signer.sign_bytes(self.text.as_bytes());
        self.add(NoteSignature::new(
            signer.verifier().name().clone(),
            signer.verifier().id(),
            signature.to_vec(),
        ))
    }

    /// Whether the key signed the text.
    ///
    /// # Errors
    /// [`BadSignature`] when a signature claims this key and fails: then nothing in the note counts.
    pub fn is_signed_by(&self, key: &LogKey) -> Result<bool, BadSignature> {
        let mut is_signed = false;
        for signature in self.claimed_by(key) {
            if !key.verify_bytes(self.text.as_bytes(), signature.bytes()) {
                return Err(key.bad_signature());
            }
            is_signed = true;
        }
        Ok(is_signed)
    }

    /// Whether the key signed the text, and the signature says that another one of the same name did: its id is damaged.
    #[must_use]
    pub fn is_signed_under_another_id(&self, key: &LogKey) -> bool {
        let mut lines = self.signatures.iter();
        lines.any(|line| {
            let is_of_another = line.name() == key.name() && line.id() != key.id();
            is_of_another && key.verify_bytes(self.text.as_bytes(), line.bytes())
        })
    }

    /// The signatures that name this key and carry its id.
    pub(super) fn claimed_by<'a, const TYPE: u8>(
        &'a self,
        key: &'a VerifierKey<TYPE>,
    ) -> impl Iterator<Item = &'a NoteSignature> {
        let is_by =
            move |signature: &&NoteSignature| signature.name() == key.name() && signature.id() == key.id();
        self.signatures.iter().filter(is_by)
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| write!(f, "{signature}"))
    }
}

/// Reads signature lines, each with its end: what follows the empty line of a note, or a witness answers.
///
/// # Errors
/// [`NoteError`] when there is none, or one is malformed.
pub fn parse_lines(lines: &str) -> Result<Vec<NoteSignature>, NoteError> {
    let lines = lines.strip_suffix('\n').ok_or(NoteError::Shape)?;
    let mut signatures = Vec::new();
    for (number, line) in lines.split('\n').enumerate() {
        if number >= NOTE_SIGNATURES_MAX {
            return Err(NoteError::TooManySignatures);
        }
        signatures.push(NoteSignature::parse(line).ok_or(NoteError::Signature(number))?);
    }
    Ok(signatures)
}

fn check_text(text: &str) -> Result<(), NoteError> {
    if text.len() > NOTE_BYTES_MAX {
        return Err(NoteError::TooLong);
    }
    let is_control = |byte: u8| byte < b' ' && byte != b'\n';
    if text.bytes().any(is_control) {
        return Err(NoteError::NotText);
    }
    Ok(())
}
