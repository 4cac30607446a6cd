//! One event as a line: a CloudEvent 1.0 whose attribute `record` holds the stored bytes, all else for reading.
//!
//! # Why it exists
//!
//! A program that knows CloudEvents reads kinds, times and content without knowing our encoding; a verifier and a
//! server need the bytes that were hashed. Both stand on one line, and the readable half is made from the other.
//!
//! # Invariants
//!
//! - A line is a function of record, origin, actors so far, and whether the content is withheld.
//! - `data` is the payload itself, byte for byte, where that is JSON in one line. Text changes have no `data`: the
//!   automerge change stands in the record.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::audit::base64_text;
use crate::date_time;
use crate::domain::Refusal;
use crate::domain::actor::Actors;
use crate::ids::{ActorRef, CommandId, EventId, PartyId, PersonId, Position, Revision};
use crate::limits::KIND_NAME_BYTES_MAX;
use crate::log::{Payload, Record, Stream, Via};

/// What every line of an event begins with.
pub(super) const BEGINNING: &[u8] = b"{\"specversion\":";
/// Version of CloudEvents.
const SPEC_VERSION: &str = "1.0";
/// What the type of an event begins with; its kind follows.
pub const TYPE_PREFIX: &str = "nl.schrijftafel.";
/// Content type of payloads that are shown.
const JSON: &str = "application/json";

/// Why content is not there though it was not erased: the code of a refusal, `history-not-offered`. It is the server's
/// word, and nothing proves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Withheld(Cow<'static, str>);

/// Text that is no code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "a reason to withhold content is a code of 1 to {KIND_NAME_BYTES_MAX} lower-case letters and hyphens"
)]
pub struct WithheldError;

impl Withheld {
    /// The code of a refusal.
    #[must_use]
    pub fn of(refusal: Refusal) -> Self {
        Self(Cow::Borrowed(refusal.code()))
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Withheld {
    type Error = WithheldError;

    fn try_from(code: String) -> Result<Self, WithheldError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte == b'-';
        let fits = (1..=KIND_NAME_BYTES_MAX).contains(&code.len()) && code.bytes().all(allowed);
        fits.then_some(Self(Cow::Owned(code))).ok_or(WithheldError)
    }
}

/// What a line is written from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shown<'a> {
    pub record: &'a Record,
    pub withheld: Option<&'a Withheld>,
    pub source: &'a str,
    pub actors: &'a Actors,
}

/// The attributes in their order. Names are those of CloudEvents: lower-case letters and digits.
#[derive(Serialize)]
struct Attributes<'a> {
    specversion: &'static str,
    id: EventId,
    source: &'a str,
    r#type: String,
    subject: Stream,
    time: String,
    position: Position,
    revision: Revision,
    actor: ActorRef,
    #[serde(skip_serializing_if = "Option::is_none")]
    personid: Option<PersonId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    partyid: Option<PartyId>,
    via: Via,
    #[serde(skip_serializing_if = "Option::is_none")]
    causation: Option<EventId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    correlation: Option<CommandId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<&'a Withheld>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    datacontenttype: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a RawValue>,
    #[serde(serialize_with = "base64_text::serialize")]
    record: Vec<u8>,
}

/// What a line is read for; the rest of it must follow from this.
#[derive(Deserialize)]
pub(super) struct Read {
    #[serde(deserialize_with = "base64_text::deserialize")]
    pub record: Vec<u8>,
    #[serde(default)]
    pub withheld: Option<Withheld>,
    pub source: String,
}

impl Shown<'_> {
    /// Writes the line, without its end.
    pub fn write(&self, to: &mut Vec<u8>) {
        let envelope = &self.record.envelope;
        let data = self.record.payload.bytes().and_then(|bytes| readable(bytes));
        let caller = self.actors.get(envelope.who).and_then(|bound| bound.caller());
        let attributes = Attributes {
            specversion: SPEC_VERSION,
            id: envelope.id,
            source: self.source,
            r#type: format!("{TYPE_PREFIX}{}", envelope.kind),
            subject: envelope.stream,
            time: date_time::format(envelope.recorded_at),
            position: envelope.position,
            revision: envelope.revision,
            actor: envelope.who,
            personid: caller.map(|caller| caller.person),
            partyid: caller.map(|caller| caller.party),
            via: envelope.via,
            causation: envelope.causation,
            correlation: envelope.correlation,
            withheld: self.withheld,
            erased: self.withheld.is_none() && matches!(self.record.payload, Payload::Erased),
            datacontenttype: data.map(|_| JSON),
            data,
            record: self.record.encode(),
        };
        serde_json::to_writer(to, &attributes)
            .expect("attributes are text and numbers, and memory takes them");
    }
}

/// The payload as JSON, if it is JSON in one line without space around it.
fn readable(payload: &[u8]) -> Option<&RawValue> {
    let value: &RawValue = serde_json::from_slice(payload).ok()?;
    let is_one_line = !payload.iter().any(|byte| matches!(byte, b'\n' | b'\r'));
    (is_one_line && value.get().len() == payload.len()).then_some(value)
}
