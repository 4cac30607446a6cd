//! `ErasedText`: what of a chapter's past an erasure closes, and which devices have not said that they let go of it.
//!
//! Why it stands apart: the rest of a request is folded from the log; devices are known outside it.

use schema::domain::erasure::{ErasedText, Erasure, Outcome};
use schema::ids::{ErasureId, PlanId, Position, TimestampMs};
use serde::Serialize;

use super::{PartyName, PersonName};
use crate::accounts::devices::{Standing, Unconfirmed};
use crate::http::names::Names;
use crate::http::time;
use crate::views::PlanView;

/// `ErasureText`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErasureText {
    closed_from: String,
    closed_to: Option<String>,
    /// None before the chapter goes on in a fresh generation: until then nothing is asked of devices.
    devices: Option<ErasureDevices>,
}

/// `ErasureDevices`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErasureDevices {
    confirmed: usize,
    unconfirmed: Vec<ErasureDevice>,
}

/// `ErasureDevice`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ErasureDevice {
    person: Option<PersonName>,
    party: PartyName,
    last_seen_at: String,
}

impl ErasureText {
    /// Of a request about the text of a chapter, as somebody of the Programmateam sees it.
    #[must_use]
    pub fn of(
        view: &PlanView,
        names: &Names<'_>,
        (plan, id): (PlanId, ErasureId),
        erasure: &Erasure,
    ) -> Option<Self> {
        let text = erasure.text?;
        let is_declined = matches!(erasure.outcome, Outcome::Declined { .. });
        let chapter = view.state.chapters.get(text.chapter).filter(|_| !is_declined)?;
        let from = closed_before(view, text, erasure);
        let closed_from = from.unwrap_or(chapter.created.recorded_at);
        let standing = text
            .renewed
            .map(|fresh| names.device_standing(plan, text.chapter, fresh));
        Some(Self {
            closed_from: time::format(closed_from),
            closed_to: closed_at(view, id, erasure).map(time::format),
            devices: standing.map(|standing| ErasureDevices::of(names, standing)),
        })
    }
}

/// From when to when an approved request closes the past of a chapter's text.
#[must_use]
pub fn closed_span(view: &PlanView, id: ErasureId, erasure: &Erasure) -> Option<(TimestampMs, TimestampMs)> {
    let text = erasure.text?;
    let created = view.state.chapters.get(text.chapter)?.created.recorded_at;
    let from = closed_before(view, text, erasure).unwrap_or(created);
    Some((from, closed_at(view, id, erasure)?))
}

/// Up to when the chapter's past is closed by this request; nothing before it is approved.
fn closed_at(view: &PlanView, id: ErasureId, erasure: &Erasure) -> Option<TimestampMs> {
    let Outcome::Approved { at, .. } = erasure.outcome else {
        return None;
    };
    let closed = view.state.erasures.closed_text(erasure.text?.chapter);
    let own = closed.filter(|closed| closed.by == id).map(|closed| closed.at);
    Some(own.unwrap_or(at).recorded_at)
}

/// Up to when the chapter's past was closed already, by the request before this one.
fn closed_before(view: &PlanView, text: ErasedText, erasure: &Erasure) -> Option<TimestampMs> {
    let approved = |erasure: &Erasure| match erasure.outcome {
        Outcome::Approved { at, .. } => Some(at),
        Outcome::Open | Outcome::Declined { .. } => None,
    };
    let own = approved(erasure).map_or(Position(u64::MAX), |at| at.position);
    let same_chapter = |other: &Erasure| other.text.is_some_and(|other| other.chapter == text.chapter);
    let others = view.state.erasures.iter().map(|(_, other)| other);
    let earlier = others.filter(|other| same_chapter(other)).filter_map(approved);
    let last = earlier
        .filter(|at| at.position < own)
        .max_by_key(|at| at.position);
    last.map(|at| at.recorded_at)
}

impl ErasureDevices {
    fn of(names: &Names<'_>, standing: Standing) -> Self {
        let device = |device: Unconfirmed| ErasureDevice {
            person: device.person.map(|person| names.person(person)),
            party: names.party(device.party),
            last_seen_at: time::format(device.seen_at),
        };
        Self {
            confirmed: standing.confirmed,
            unconfirmed: standing.unconfirmed.into_iter().map(device).collect(),
        }
    }
}
