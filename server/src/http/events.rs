//! `/plans/{planId}/events`: what happened, newest first, filtered and paged.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use schema::domain::policy::{Action, Disclosure, Matter, Reader, disclosure};
use schema::ids::{PartyId, PersonId, PlanId, Position, TimestampMs};
use schema::log::Stream;
use serde::Deserialize;

use super::answer::Page;
use super::answer::event::PlanEvent;
use super::app::App;
use super::names::Names;
use super::problem::{ApiError, Problem};
use super::request::{Path, Query, SignedIn};
use super::time;
use crate::views::activity::SubjectKind;
use crate::views::{Entry, Filter, PlanView, Subject};

/// Entries on a page unless asked otherwise, and at most.
const LIMIT: usize = 50;
const LIMIT_MAX: usize = 200;

/// The filters of the contract.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Filters {
    person_id: Option<PersonId>,
    party_id: Option<PartyId>,
    subject: Option<SubjectKind>,
    from: Option<String>,
    until: Option<String>,
    before: Option<u64>,
    limit: Option<usize>,
}

impl Filters {
    /// As the views take them.
    ///
    /// # Errors
    /// 400 for something that is no date-time.
    pub fn filter(&self) -> Result<Filter, Problem> {
        Ok(Filter {
            person: self.person_id,
            party: self.party_id,
            subject: self.subject,
            from: moment("from", self.from.as_deref())?,
            until: moment("until", self.until.as_deref())?,
        })
    }

    /// What an export would leave events out by, as it was asked for; nothing for all events.
    #[must_use]
    pub fn given(&self) -> Option<BTreeMap<String, String>> {
        let subject = self
            .subject
            .and_then(|subject| serde_json::to_value(subject).ok());
        let given = [
            ("personId", self.person_id.map(|id| id.to_string())),
            ("partyId", self.party_id.map(|id| id.to_string())),
            (
                "subject",
                subject.and_then(|name| name.as_str().map(str::to_owned)),
            ),
            ("from", self.from.clone()),
            ("until", self.until.clone()),
        ];
        let given = given
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let given: BTreeMap<_, _> = given.collect();
        (!given.is_empty()).then_some(given)
    }

    /// Before which position.
    #[must_use]
    pub fn before(&self) -> Option<Position> {
        self.before.map(Position)
    }
}

/// How many entries a page has.
///
/// # Errors
/// 400 outside the contract's bounds.
pub fn page_limit(limit: Option<usize>) -> Result<usize, Problem> {
    let limit = limit.unwrap_or(LIMIT);
    let outside = || Problem::BadRequest(format!("limit lies between 1 and {LIMIT_MAX}"));
    (1..=LIMIT_MAX)
        .contains(&limit)
        .then_some(limit)
        .ok_or_else(outside)
}

/// A date-time of a query.
///
/// # Errors
/// 400 that names the parameter.
pub fn moment(name: &str, text: Option<&str>) -> Result<Option<TimestampMs>, Problem> {
    let wrong = || Problem::BadRequest(format!("{name} is not a date-time like 2026-11-23T14:05:00Z"));
    text.map(|text| time::parse(text).ok_or_else(wrong)).transpose()
}

/// `GET …`.
///
/// # Errors
/// What the policy says.
pub async fn list(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    Query(filters): Query<Filters>,
    who: SignedIn,
) -> Result<Json<Page<PlanEvent>>, ApiError> {
    let (filter, limit) = (filters.filter()?, page_limit(filters.limit)?);
    app.read(plan, &who.caller, &Action::AuditOwnParty, |view| {
        let reader = who.reader();
        let names = Names::new(&app.accounts, view).for_reader(reader);
        let asked = |entry: &&Entry| {
            let by = view.caller_of(entry.who);
            let shown = || disclosure_of(view, &reader, entry).is_shown();
            let mut sorts = sorts_of(entry);
            sorts.any(|sort| filter.takes(by, sort, entry.at)) && !entry.is_words_of_restore() && shown()
        };
        let mut wanted = view.activity.before(filters.before()).filter(asked);
        let entries: Vec<_> = wanted.by_ref().take(limit).collect();
        let more = wanted.next().is_some();
        let next = entries.last().map(|entry| entry.last).filter(|_| more);
        let items = entries
            .into_iter()
            .map(|entry| PlanEvent::of(view, &names, entry, disclosure_of(view, &reader, entry)))
            .collect();
        Ok(Json(Page { items, next }))
    })
}

/// What an entry is about. A restore is told once: of its chapter, with the words that it wrote.
fn sorts_of(entry: &Entry) -> impl Iterator<Item = SubjectKind> {
    let words = entry.is_restore().then_some(SubjectKind::Text);
    std::iter::once(entry.subject.kind()).chain(words)
}

/// How much of an entry a reader may see. An entry lies on one side of an offer, so its first event decides.
fn disclosure_of(view: &PlanView, reader: &Reader, entry: &Entry) -> Disclosure {
    let matter = match entry.subject {
        Subject::Plan => Matter::Plan,
        Subject::Rights => Matter::Rights,
        Subject::Chapter(chapter) => Matter::of(&Stream::Chapter(chapter), &entry.kind),
        Subject::Text(chapter) => Matter::Text(chapter),
        Subject::Commitment(commitment) => Matter::Commitment(commitment),
        Subject::Erasure => Matter::Erasure,
    };
    let by = view.caller_of(entry.who);
    disclosure(&view.state, Some(reader), (matter, entry.first), by)
}
