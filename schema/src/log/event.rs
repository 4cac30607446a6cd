//! What a caller asks the log to append; the log adds position, revision, time and commitments.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use minicbor::{Decode, Decoder, Encode, Encoder, decode, encode};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::ids::{ActorRef, ChapterId, CommandId, EventId, Generation, PartyId, PersonId};
use crate::limits::KIND_NAME_BYTES_MAX;
use crate::log::Stream;

/// Kind and version of an event, shown as `text.changed/1`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// Dotted lower-case name: `commitment.amended`.
    pub name: Cow<'static, str>,
    /// Version of the payload's shape, from 1.
    pub version: u16,
}

impl Kind {
    /// A kind known at compile time.
    #[must_use]
    pub const fn new(name: &'static str, version: u16) -> Self {
        Self {
            name: Cow::Borrowed(name),
            version,
        }
    }

    /// Whether the name has the stored form: 1 to `KIND_NAME_BYTES_MAX` of `a-z`, `0-9`, `.`, `-` and `_`,
    /// and the version is at least 1.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        let allowed = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
        (1..=KIND_NAME_BYTES_MAX).contains(&self.name.len())
            && self.version > 0
            && self.name.bytes().all(allowed)
    }
}

/// Text that is not `name/version`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of event: expected lower-case name/version")]
pub struct ParseKindError;

impl FromStr for Kind {
    type Err = ParseKindError;

    fn from_str(text: &str) -> Result<Self, ParseKindError> {
        let (name, version) = text.split_once('/').ok_or(ParseKindError)?;
        let version = version.parse().map_err(|_| ParseKindError)?;
        let kind = Self {
            name: Cow::Owned(name.to_owned()),
            version,
        };
        if kind.is_valid() && kind.to_string() == text {
            Ok(kind)
        } else {
            Err(ParseKindError)
        }
    }
}

/// One text string, `text.changed/1`.
impl<C> Encode<C> for Kind {
    fn encode<W: encode::Write>(
        &self,
        to: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let version = self.version.to_string();
        let mut text = String::with_capacity(self.name.len() + 1 + version.len());
        text.push_str(&self.name);
        text.push('/');
        text.push_str(&version);
        to.str(&text)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Kind {
    fn decode(from: &mut Decoder<'b>, _: &mut C) -> Result<Self, decode::Error> {
        from.str()?.parse().map_err(decode::Error::message)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.name, self.version)
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

/// By which way an event came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
#[cbor(index_only)]
#[serde(rename_all = "camelCase")]
pub enum Via {
    /// A person in the interface.
    #[n(0)]
    Browser,
    /// A program with an API token.
    #[n(1)]
    Token,
    /// `schrijftafel import` or another command of the operator.
    #[n(2)]
    Import,
    /// A restore of earlier content.
    #[n(3)]
    Restore,
    /// The server itself (a quarantine, a new generation).
    #[n(4)]
    Server,
}

/// Who did it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The actor bound at that position.
    Actor(ActorRef),
    /// This very event binds its own actor (`actor.bound/1`): its actor reference is its own position.
    Itself,
}

/// An event before the log has placed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// Identity for idempotency: a known id returns its first position; other content under it is refused.
    pub id: EventId,
    /// The stream it goes to.
    pub stream: Stream,
    /// Kind and version of `payload`.
    pub kind: Kind,
    /// Who did it.
    pub who: Who,
    /// By which way.
    pub via: Via,
    /// The event that this one follows from.
    pub causation: Option<EventId>,
    /// The command that this one belongs to.
    pub correlation: Option<CommandId>,
    /// Canonical JSON (RFC 8785) for domain events, the raw automerge change for `text.changed/1`.
    pub payload: Arc<[u8]>,
}

/// The event id of a text change: the first 16 bytes of SHA-256 over a domain tag, chapter, generation
/// (4 bytes, big endian) and change hash. The same change offered twice is therefore one event.
#[must_use]
pub fn text_event_id(chapter: ChapterId, generation: Generation, change_hash: &[u8; 32]) -> EventId {
    let mut hasher = Sha256::new();
    hasher.update(b"schrijftafel/text-event/1");
    hasher.update(chapter.as_bytes());
    hasher.update(generation.0.to_be_bytes());
    hasher.update(change_hash);
    first_16(&hasher.finalize())
}

/// Digest of what a command asks. A key that comes again with another digest was used for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ContentDigest([u8; 32]);

impl ContentDigest {
    /// SHA-256 over a domain tag and `parts`, each with its length (8 bytes, big endian) before it.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(b"schrijftafel/command-content/1");
        for part in parts {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
        Self(hasher.finalize().into())
    }
}

/// The identity under which a command is kept: the first 16 bytes of SHA-256 over a domain tag, the person, the
/// party and the key that they chose. So a key belongs to its caller: nobody gets another's answer by it, and
/// whoever reads it in an export can do nothing with it.
#[must_use]
pub fn kept_command_id(person: PersonId, party: PartyId, key: CommandId) -> CommandId {
    let mut hasher = Sha256::new();
    hasher.update(b"schrijftafel/kept-command/1");
    hasher.update(person.as_bytes());
    hasher.update(party.as_bytes());
    hasher.update(key.as_bytes());
    CommandId::from_bytes(*first_16(&hasher.finalize()).as_bytes())
}

/// The event id of the `index`-th event of a command: derived like [`text_event_id`] from command id, content and
/// index. So the log itself says whether a command that comes again asks the same.
#[must_use]
pub fn command_event_id(command: CommandId, content: &ContentDigest, index: u32) -> EventId {
    let mut hasher = Sha256::new();
    hasher.update(b"schrijftafel/command-event/2");
    hasher.update(command.as_bytes());
    hasher.update(content.0);
    hasher.update(index.to_be_bytes());
    first_16(&hasher.finalize())
}

fn first_16(digest: &[u8]) -> EventId {
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(digest) {
        *to = *from;
    }
    EventId::from_bytes(id)
}
