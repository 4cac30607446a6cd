//! The check of what a page says about one event, and of a log that grew: bytes of the server in, one answer out.
//!
//! # Why it exists
//!
//! A server that shows a text and a proof of another event proves nothing of the text. So the proof is held against
//! what stands on the page: place, time, person, party, and for a commitment every field, old and new. And a server
//! that shows one past to this device and another one to the rest is caught by what the device remembers.
//!
//! # Invariants
//!
//! - The server is believed in nothing but the keys, which the pages show so that people can compare them.
//! - What a reader has no right to see is told as [`Said::Withheld`], never as checked.
//! - No clock, network or memory here: what a device remembers is handed over, and kept by the pages.
//!
//! # Reading order
//!
//! [`statement`] and [`growth`] are what is asked; [`Verified`] and [`Fault`] what is answered, as JSON.

mod fault;
mod held;
#[cfg(test)]
pub(crate) mod tests;

pub use fault::{Fault, FaultCode};
pub use held::Said;

use schema::audit::merkle::verify_consistency;
use schema::audit::{LogKey, ProofFile, SignedCheckpoint, TreeHash, TreeHead, Trust, Verdict, proof};
use schema::date_time;
use schema::ids::{PartyId, PersonId, PlanId, Position, TimestampMs};
use schema::limits::PROOF_FILE_BYTES_MAX;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Somebody acting for a party.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Who.
    pub person: PersonId,
    /// For whom.
    pub party: PartyId,
}

/// What stands on the page about an event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Statement {
    /// In which plan.
    pub plan: PlanId,
    /// At which place in its history.
    pub position: Position,
    /// When (RFC 3339).
    pub at: String,
    /// The people of whom one did it; nobody means the server itself. Nothing where the page does not say.
    #[serde(default)]
    pub people: Option<Vec<Actor>>,
    /// The chapter or commitment that it is about, by id.
    #[serde(default)]
    pub subject: Option<String>,
    /// The kind of event, where the page says more than one kind could.
    #[serde(default)]
    pub kind: Option<String>,
    /// What changed in a commitment, field by field.
    #[serde(default)]
    pub fields: Option<Vec<Value>>,
    /// The reason that stands beside the fields.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Size and root of a tree, as JSON writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Number of events.
    pub size: u64,
    /// The root over them.
    pub root: TreeHash,
}

/// A checkpoint whose signatures hold.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sealed {
    /// The log, by the name of its plan and of this life of it.
    pub origin: String,
    /// How far it goes.
    #[serde(flatten)]
    pub head: Head,
    /// The signed note as it came.
    pub note: String,
    /// The keys of the log that signed it.
    pub keys: Vec<LogKey>,
    /// Who cosigned, and when.
    pub cosigned: Vec<Cosigned>,
    /// How many must.
    pub required: usize,
    /// Whether enough did.
    pub is_met: bool,
}

/// One cosignature.
#[derive(Debug, Serialize)]
pub struct Cosigned {
    /// The witness.
    pub id: String,
    /// When (RFC 3339).
    pub at: String,
}

/// A statement that is what was recorded.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verified {
    /// Where it stands.
    pub position: Position,
    /// Under what.
    pub sealed: Sealed,
    /// Time and kind.
    pub time: Said,
    /// Who.
    pub person: Said,
    /// Who it was, where that is proved.
    pub actor: Option<Actor>,
    /// Where the event stands that says who its actor is; nothing where that is withheld.
    pub actor_position: Option<Position>,
    /// What.
    pub content: Said,
}

/// Checks what a page says about an event. `answer` and `actor` are `EventProof`s of the API: of the event, and of
/// the one that says who its actor is.
///
/// # Errors
/// [`Fault`] by the first thing that is not so.
pub fn statement(statement: &str, answer: &str, actor: Option<&str>) -> Result<Verified, Fault> {
    let said: Statement = read(statement)?;
    let answer: ProofFile = read(answer)?;
    let verified = proved(said.plan, &answer)?;
    if verified.position() != said.position {
        return Err(Fault::of(FaultCode::OtherPlace, "the proof is of another event"));
    }
    let actor = actor.map(|actor| proved(said.plan, &read(actor)?)).transpose()?;
    let held = held::against(&said, &verified, actor.as_ref())?;
    Ok(Verified {
        position: said.position,
        sealed: sealed(&answer.proof.checkpoint, &answer.trust, verified.witnesses),
        time: held.time,
        person: held.person,
        actor: held.actor,
        actor_position: verified.envelope.as_ref().map(|envelope| envelope.who.0),
        content: held.content,
    })
}

/// Checks the signatures under a checkpoint of a plan's log. `trust` is a `Trust` of the API.
///
/// # Errors
/// [`Fault`] when it is of another log, or a signature fails.
pub fn checkpoint(plan: &str, note: &str, trust: &str) -> Result<Sealed, Fault> {
    let plan: PlanId = plan
        .parse()
        .map_err(|error| Fault::of(FaultCode::Unreadable, &error))?;
    let trust: Trust = read(trust)?;
    let signed =
        SignedCheckpoint::parse(note.as_bytes()).map_err(|error| Fault::of(FaultCode::Unreadable, &error))?;
    if trust.origin.plan != plan || signed.checkpoint().origin != trust.origin.origin() {
        return Err(Fault::of(FaultCode::OtherLog, &signed.checkpoint().origin));
    }
    signed
        .verify_log(&trust.log_keys)
        .map_err(|error| Fault::of(FaultCode::LogSignature, &error))?;
    let witnesses = trust
        .quorum
        .judge(&signed)
        .map_err(|error| Fault::of(FaultCode::Cosignature, &error))?;
    Ok(sealed(&signed, &trust, witnesses))
}

/// Checks that a later tree begins with an earlier one. All are JSON: two [`Head`]s, and the list of hashes between.
///
/// # Errors
/// [`FaultCode::Forked`] when it does not: somebody was shown another past.
pub fn growth(earlier: &str, later: &str, path: &str) -> Result<(), Fault> {
    let head = |Head { size, root }: Head| TreeHead { size, root };
    let (earlier, later) = (head(read(earlier)?), head(read(later)?));
    let path: Vec<TreeHash> = read(path)?;
    verify_consistency(&earlier, &later, &path).map_err(|error| Fault::of(FaultCode::Forked, &error))
}

/// `{"ok": …}` or `{"fault": …}`.
#[must_use]
pub fn told<T: Serialize>(answer: Result<T, Fault>) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    enum Told<T> {
        Ok(T),
        Fault(Fault),
    }
    let told = answer.map_or_else(Told::Fault, Told::Ok);
    serde_json::to_string(&told).expect("an answer is text, numbers and lists")
}

fn proved(plan: PlanId, ProofFile { proof, trust }: &ProofFile) -> Result<proof::Verified, Fault> {
    if trust.origin.plan != plan {
        return Err(Fault::of(FaultCode::OtherLog, &trust.origin));
    }
    Ok(proof::verify(proof, trust)?)
}

fn sealed(note: &SignedCheckpoint, trust: &Trust, witnesses: Verdict) -> Sealed {
    let head = note.checkpoint().head;
    let signed = |key: &&LogKey| matches!(note.note().is_signed_by(key), Ok(true));
    let is_met = witnesses.is_met();
    let cosigned = |(id, at): (schema::audit::WitnessId, schema::audit::UnixSeconds)| Cosigned {
        id: id.to_string(),
        at: date_time::format(TimestampMs(at.get().saturating_mul(1_000))),
    };
    Sealed {
        origin: trust.origin.to_string(),
        head: Head {
            size: head.size,
            root: head.root,
        },
        note: note.to_string(),
        keys: trust.log_keys.iter().filter(signed).cloned().collect(),
        required: witnesses.required,
        is_met,
        cosigned: witnesses.cosigned.into_iter().map(cosigned).collect(),
    }
}

fn read<T: DeserializeOwned>(json: &str) -> Result<T, Fault> {
    if json.len() > PROOF_FILE_BYTES_MAX {
        return Err(Fault::of(FaultCode::Unreadable, "too long"));
    }
    serde_json::from_str(json).map_err(|error| Fault::of(FaultCode::Unreadable, &error))
}
