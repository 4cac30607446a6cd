//! The automerge-repo protocol: what its clients and this server say over `/sync/automerge-repo`.
//!
//! # Why it exists
//!
//! Any program that speaks automerge-repo may open a chapter and edit it. Its messages are CBOR maps that several
//! libraries write in several ways; everything that is liberal about them is here, and nothing that decides.
//!
//! # Invariants
//!
//! - [`decode`] and [`sync::read`] are total: any bytes give a message or an error, never a panic, and never more
//!   memory than a small multiple of the input.
//! - What [`encode`] writes, [`decode`] reads.
//!
//! # Reading order
//!
//! [`Said`] is everything that can be said, [`decode`] and [`encode`] its bytes. [`document_id`] names chapters as
//! these clients do, [`sync`] opens what travels inside, [`cbor`] reads the single values, [`presence`] is what passes.
//!
//! The form is that of `@automerge/automerge-repo-network-websocket` 2.5 (`messages.ts`), measured.

pub mod document_id;
pub mod presence;
pub mod sync;
mod cbor;

use minicbor::{Decoder, Encoder};

use crate::limits::{REPO_MESSAGE_BYTES_MAX, REPO_NAME_BYTES_MAX};

/// The version of the protocol that both sides speak.
pub const VERSION: &str = "1";

/// Who this server is to its clients. There is one of it on every connection.
pub const SERVER_PEER: &str = "schrijftafel";

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A client greets, first of all.
    Join {
        /// What it calls itself.
        sender: String,
        /// The versions it speaks.
        versions: Vec<String>,
    },
    /// The server greets back.
    Peer {
        /// The client.
        target: String,
    },
    /// A document's sync message: [`sync`] opens it.
    Sync {
        /// Who speaks.
        sender: String,
        /// To whom.
        target: String,
        /// The document, as these clients name it.
        document: String,
        /// Whether the sender has nothing of it and asks whether it is there (`request`).
        asks: bool,
        /// The sync message.
        data: Vec<u8>,
    },
    /// The sender cannot give a document.
    Unavailable {
        /// Who speaks.
        sender: String,
        /// To whom.
        target: String,
        /// The document.
        document: String,
    },
    /// What passes and is never stored.
    Ephemeral(Ephemeral),
    /// Something went wrong; the connection ends.
    Error {
        /// Who speaks.
        sender: String,
        /// To whom.
        target: String,
        /// What, in English.
        message: String,
    },
    /// The sender goes.
    Leave {
        /// Who.
        sender: String,
    },
    /// What means nothing here: news about others' storage, or a later version's message.
    Other,
}

/// What passes: where somebody is, or whatever their program says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ephemeral {
    /// Who said it first.
    pub sender: String,
    /// To whom it goes now.
    pub target: String,
    /// The document it is about.
    pub document: String,
    /// Grows with everything the sender says in `session`.
    pub count: u64,
    /// One run of the sender's program.
    pub session: String,
    /// CBOR.
    pub data: Vec<u8>,
}

/// Bytes that are no message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SaidError {
    /// Longer than a message may be.
    #[error("a message of {0} bytes is too long")]
    TooLong(usize),
    /// Not a CBOR map of this protocol.
    #[error("malformed message: {0}")]
    Malformed(String),
    /// A known message without a field it must have.
    #[error("a message of type {kind:?} needs {field:?}")]
    Lacks {
        /// Its type.
        kind: &'static str,
        /// The field.
        field: &'static str,
    },
}

/// The fields of all messages, as far as they were there.
#[derive(Debug, Default)]
struct Fields {
    kind: Option<String>,
    sender: Option<String>,
    target: Option<String>,
    document: Option<String>,
    message: Option<String>,
    session: Option<String>,
    versions: Vec<String>,
    count: Option<u64>,
    data: Option<Vec<u8>>,
}

/// Reads one message. Unknown fields are passed over; so are known ones that hold nothing.
///
/// # Errors
/// [`SaidError`].
pub fn decode(bytes: &[u8]) -> Result<Said, SaidError> {
    if bytes.len() > REPO_MESSAGE_BYTES_MAX {
        return Err(SaidError::TooLong(bytes.len()));
    }
    let mut decoder = Decoder::new(bytes);
    let fields = read_fields(&mut decoder).map_err(|error| SaidError::Malformed(error.to_string()))?;
    if decoder.position() < bytes.len() {
        return Err(SaidError::Malformed("bytes after its end".to_owned()));
    }
    fields.into_said()
}

fn read_fields(decoder: &mut Decoder<'_>) -> Result<Fields, minicbor::decode::Error> {
    let mut fields = Fields::default();
    let length = decoder.map()?;
    let mut read = 0;
    while length.map_or_else(|| cbor::is_before_break(decoder), |length| Ok(read < length))? {
        read += 1;
        let name = cbor::text(decoder, REPO_NAME_BYTES_MAX)?.unwrap_or_default();
        let max = REPO_NAME_BYTES_MAX;
        match name.as_str() {
            "type" => fields.kind = cbor::text(decoder, max)?,
            "senderId" => fields.sender = cbor::text(decoder, max)?,
            "targetId" => fields.target = cbor::text(decoder, max)?,
            "documentId" => fields.document = cbor::text(decoder, max)?,
            "sessionId" => fields.session = cbor::text(decoder, max)?,
            "message" => fields.message = cbor::text(decoder, REPO_MESSAGE_BYTES_MAX)?,
            "supportedProtocolVersions" => fields.versions = cbor::texts(decoder, max)?,
            "count" => fields.count = cbor::whole_number(decoder)?,
            "data" => fields.data = cbor::bytes(decoder)?,
            _ => decoder.skip()?,
        }
    }
    if length.is_none() {
        decoder.skip()?;
    }
    Ok(fields)
}

impl Fields {
    fn into_said(self) -> Result<Said, SaidError> {
        let kind = self.kind.clone().unwrap_or_default();
        let needed = |value: Option<String>, kind, field| value.ok_or(SaidError::Lacks { kind, field });
        let target = self.target.unwrap_or_default();
        Ok(match kind.as_str() {
            "join" => Said::Join {
                sender: needed(self.sender, "join", "senderId")?,
                versions: self.versions,
            },
            "peer" => Said::Peer { target },
            "sync" | "request" => Said::Sync {
                sender: needed(self.sender, "sync", "senderId")?,
                target,
                document: needed(self.document, "sync", "documentId")?,
                asks: kind == "request",
                data: self.data.ok_or(SaidError::Lacks {
                    kind: "sync",
                    field: "data",
                })?,
            },
            "doc-unavailable" => Said::Unavailable {
                sender: needed(self.sender, "doc-unavailable", "senderId")?,
                target,
                document: needed(self.document, "doc-unavailable", "documentId")?,
            },
            "ephemeral" => Said::Ephemeral(Ephemeral {
                sender: needed(self.sender, "ephemeral", "senderId")?,
                target,
                document: needed(self.document, "ephemeral", "documentId")?,
                count: self.count.unwrap_or_default(),
                session: self.session.unwrap_or_default(),
                data: self.data.ok_or(SaidError::Lacks {
                    kind: "ephemeral",
                    field: "data",
                })?,
            }),
            "error" => Said::Error {
                sender: self.sender.unwrap_or_default(),
                target,
                message: self.message.unwrap_or_default(),
            },
            "leave" => Said::Leave {
                sender: self.sender.unwrap_or_default(),
            },
            "" => {
                return Err(SaidError::Lacks {
                    kind: "",
                    field: "type",
                });
            }
            _ => Said::Other,
        })
    }
}

/// Writes a message as the library's own server writes it: a map with text keys, bytes as byte strings.
#[must_use]
pub fn encode(said: &Said) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut Encoder::new(&mut bytes), said).expect("writing to memory cannot fail");
    bytes
}

type Written = Result<(), minicbor::encode::Error<std::convert::Infallible>>;

fn write(to: &mut Encoder<&mut Vec<u8>>, said: &Said) -> Written {
    match said {
        Said::Join { sender, versions } => {
            head(to, 4, ("join", sender))?;
            to.str("peerMetadata")?.map(0)?;
            to.str("supportedProtocolVersions")?
                .array(versions.len() as u64)?;
            versions.iter().try_for_each(|version| to.str(version).map(drop))
        }
        Said::Peer { target } => {
            head(to, 5, ("peer", SERVER_PEER))?;
            to.str("targetId")?.str(target)?;
            to.str("selectedProtocolVersion")?.str(VERSION)?;
            to.str("peerMetadata")?.map(1)?;
            to.str("isEphemeral")?.bool(false).map(drop)
        }
        Said::Sync {
            sender,
            target,
            document,
            asks,
            data,
        } => {
            head(to, 5, (if *asks { "request" } else { "sync" }, sender))?;
            to.str("targetId")?.str(target)?;
            to.str("documentId")?.str(document)?;
            to.str("data")?.bytes(data).map(drop)
        }
        Said::Unavailable {
            sender,
            target,
            document,
        } => {
            head(to, 4, ("doc-unavailable", sender))?;
            to.str("targetId")?.str(target)?;
            to.str("documentId")?.str(document).map(drop)
        }
        Said::Ephemeral(said) => {
            head(to, 7, ("ephemeral", &said.sender))?;
            to.str("targetId")?.str(&said.target)?;
            to.str("documentId")?.str(&said.document)?;
            to.str("count")?.u64(said.count)?;
            to.str("sessionId")?.str(&said.session)?;
            to.str("data")?.bytes(&said.data).map(drop)
        }
        Said::Error {
            sender,
            target,
            message,
        } => {
            head(to, 4, ("error", sender))?;
            to.str("targetId")?.str(target)?;
            to.str("message")?.str(message).map(drop)
        }
        Said::Leave { sender } => head(to, 2, ("leave", sender)),
        Said::Other => to.map(1)?.str("type")?.str("other").map(drop),
    }
}

fn head(to: &mut Encoder<&mut Vec<u8>>, fields: u64, (kind, sender): (&str, &str)) -> Written {
    to.map(fields)?.str("type")?.str(kind)?;
    to.str("senderId")?.str(sender).map(drop)
}

#[cfg(test)]
mod tests;
