//! A proved event held against what a page says of it.
//!
//! # Why it exists
//!
//! The proof is mathematics and the same for everybody; this is about what the words on a page claim, and says of each
//! claim whether it was checked or could not be.
//!
//! Payloads are compared as the JSON they are, not read into the types of the domain: those bring a third of a megabyte
//! (every aggregate, the tables of Unicode) to a module that a phone loads to compare two texts. Tests hold it against
//! what the domain writes.

use schema::audit::proof::Verified;
use schema::date_time;
use schema::log::{Envelope, Kind, Stream};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Actor, Fault, FaultCode, Statement};

/// Kind of the event that says who an actor is (`schema/src/domain/actor.rs`).
const ACTOR_BOUND: Kind = Kind::new("actor.bound", 1);

/// As much of `actor.bound/1` as says who.
#[derive(Deserialize)]
struct Bound {
    identity: Identity,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "camelCase")]
enum Identity {
    Person(Actor),
    Server,
}

/// What the events of a commitment hold: changes beside what else, or the first content.
#[derive(Deserialize)]
#[serde(untagged)]
enum Recorded {
    Changes {
        changes: Vec<Value>,
        #[serde(default)]
        reason: Option<String>,
    },
    Content {
        content: Map<String, Value>,
    },
}

/// How a claim of the page came out. One that is not so is a [`Fault`] instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Said {
    /// It is what was recorded.
    AsRecorded,
    /// The reader's rights, or an erasure, withhold what it would be held against.
    Withheld,
    /// The page claims nothing that could be held against anything.
    NotClaimed,
}

/// What came out.
pub(super) struct Held {
    pub time: Said,
    pub person: Said,
    pub actor: Option<Actor>,
    pub content: Said,
}

/// Holds an event against a statement. `actor` is the proved event that says who its actor is.
///
/// # Errors
/// [`Fault`] by the first claim that is not so.
pub(super) fn against(said: &Statement, event: &Verified, actor: Option<&Verified>) -> Result<Held, Fault> {
    let Some(envelope) = &event.envelope else {
        return Ok(Held {
            time: Said::Withheld,
            person: Said::Withheld,
            actor: None,
            content: Said::Withheld,
        });
    };
    time_and_kind(said, envelope)?;
    subject(said, envelope)?;
    let (person, actor) = person(said, envelope, actor)?;
    Ok(Held {
        time: Said::AsRecorded,
        person,
        actor,
        content: content(said, event.payload.as_deref())?,
    })
}

fn time_and_kind(said: &Statement, envelope: &Envelope) -> Result<(), Fault> {
    let at = date_time::format(envelope.recorded_at);
    if date_time::parse(&said.at) != Some(envelope.recorded_at) {
        return Err(Fault::of(
            FaultCode::OtherTime,
            &format!("recorded at {at}, shown as {}", said.at),
        ));
    }
    match &said.kind {
        Some(kind) if *kind != envelope.kind.to_string() => Err(Fault::of(
            FaultCode::OtherContent,
            &format!("recorded as {}, shown as {kind}", envelope.kind),
        )),
        _ => Ok(()),
    }
}

fn subject(said: &Statement, envelope: &Envelope) -> Result<(), Fault> {
    let recorded = match envelope.stream {
        Stream::Chapter(chapter) | Stream::Text(chapter, _) => chapter.to_string(),
        Stream::Commitment(commitment) => commitment.to_string(),
        // A statement about the plan or somebody's role names them by other ids than their stream has.
        Stream::Plan | Stream::Rights | Stream::Actors | Stream::Erasures => return Ok(()),
    };
    match &said.subject {
        Some(subject) if *subject != recorded => Err(Fault::of(
            FaultCode::OtherSubject,
            &format!("recorded of {recorded}, shown of {subject}"),
        )),
        _ => Ok(()),
    }
}

fn person(
    said: &Statement,
    envelope: &Envelope,
    bound: Option<&Verified>,
) -> Result<(Said, Option<Actor>), Fault> {
    let Some(bound) = bound else {
        return Ok((Said::Withheld, None));
    };
    if bound.position() != envelope.who.0 {
        return Err(Fault::of(FaultCode::OtherPlace, "the proof is of another actor"));
    }
    let Some(payload) = &bound.payload else {
        return Ok((Said::Withheld, None));
    };
    let is_actor = bound.kind() == Some(&ACTOR_BOUND);
    let read = serde_json::from_slice::<Bound>(payload).ok().filter(|_| is_actor);
    let read = read.ok_or_else(|| Fault::of(FaultCode::OtherPerson, "what the event names is no actor"))?;
    let actor = match read.identity {
        Identity::Person(actor) => Some(actor),
        Identity::Server => None,
    };
    let Some(people) = &said.people else {
        return Ok((Said::NotClaimed, actor));
    };
    let is_one = actor.map_or(people.is_empty(), |actor| people.contains(&actor));
    if is_one {
        Ok((Said::AsRecorded, actor))
    } else {
        let recorded = actor.map_or_else(|| "the server".to_owned(), |actor| actor.person.to_string());
        Err(Fault::of(
            FaultCode::OtherPerson,
            &format!("recorded as done by {recorded}"),
        ))
    }
}

fn content(said: &Statement, payload: Option<&[u8]>) -> Result<Said, Fault> {
    let Some(fields) = &said.fields else {
        return Ok(Said::NotClaimed);
    };
    let Some(payload) = payload else {
        return Ok(Said::Withheld);
    };
    let recorded =
        serde_json::from_slice(payload).map_err(|error| Fault::of(FaultCode::OtherContent, &error))?;
    let is_same = match recorded {
        Recorded::Changes { changes, reason } => changes == *fields && reason == said.reason,
        Recorded::Content { content } => said.reason.is_none() && is_first_content(&content, fields),
    };
    if is_same {
        Ok(Said::AsRecorded)
    } else {
        Err(Fault::of(
            FaultCode::OtherContent,
            "the fields are not those that were recorded",
        ))
    }
}

/// Whether the fields are those of a new commitment that were filled in: nothing before, and each as it was recorded.
fn is_first_content(content: &Map<String, Value>, fields: &[Value]) -> bool {
    let filled = content.iter().filter(|(_, value)| !is_empty(Some(value)));
    let shown = |(field, value): (&String, &Value)| {
        let is_field = |shown: &&Value| shown.get("field").and_then(Value::as_str) == Some(field);
        let mut of_field = fields.iter().filter(is_field);
        let one = of_field.next();
        let is_new = one.is_some_and(|one| one.get("new") == Some(value) && is_empty(one.get("old")));
        is_new && of_field.next().is_none()
    };
    let mut count = 0;
    filled.inspect(|_| count += 1).all(shown) && count == fields.len()
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => false,
    }
}
