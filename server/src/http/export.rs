//! `/plans/{planId}/event-export`: the plan as an open file that proves itself.
//!
//! Why it is not the list again: people read stretches of work, programs and outsiders read events. Content that the
//! caller may not see is there as the reason why, and what a filter leaves out with its commitment, so an export is
//! complete in what happened and silent on what is not theirs.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use schema::audit::PlanOrigin;
use schema::domain::policy::{Action, Disclosure, Matter, Reader};
use schema::domain::{Caller, Refusal};
use schema::export::{Made, Show, Withheld};
use schema::ids::{ActorRef, PlanId};
use schema::log::Record;

use super::app::App;
use super::events::Filters;
use super::problem::ApiError;
use super::request::{Path, Query, SignedIn};
use super::shown;
use crate::clock;
use crate::export::{CheckpointSource, PROGRAM, PlanExport};
use crate::views::{Filter, PlanView, Subject};

/// `GET …`.
///
/// # Errors
/// What the policy says.
pub async fn export(
    State(app): State<App>,
    Path(plan): Path<PlanId>,
    Query(filters): Query<Filters>,
    who: SignedIn,
) -> Result<Response, ApiError> {
    let filter = filters.filter()?;
    let origin = PlanOrigin {
        plan,
        incarnation: app.log.incarnation(),
    };
    let seals = app.audit.seals(origin);
    let end = app.read(
        plan,
        &who.caller,
        &Action::Export,
        |view| Ok(view.next_position()),
    )?;
    let made = Made {
        program: PROGRAM.to_owned(),
        at: clock::now_ms(),
        filter: filters.given(),
    };
    let asked = Asked {
        export: PlanExport::begin(origin, end.0, made, seals),
        app,
        plan,
        reader: who.reader(),
        filter,
    };
    let pieces = stream::try_unfold(asked, Asked::piece);
    let name = format!("attachment; filename=\"{plan}.jsonl\"");
    let disposition = HeaderValue::try_from(name).expect("an id is header text");
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/jsonl"),
        ),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, Body::from_stream(pieces)).into_response())
}

/// An export on its way to somebody.
struct Asked {
    app: App,
    plan: PlanId,
    reader: Reader,
    filter: Filter,
    export: PlanExport,
}

impl Asked {
    /// One piece of the answer, and what the next one is made from. An error cuts the answer off: its beginning is
    /// on its way already, and a reader misses the last line.
    async fn piece(mut self) -> anyhow::Result<Option<(Bytes, Self)>> {
        let reading = tokio::task::spawn_blocking(move || {
            let Self {
                app,
                plan,
                reader,
                filter,
                export,
            } = &mut self;
            let log = app.log.clone();
            let sight = Sight {
                app,
                plan: *plan,
                reader: *reader,
                filter,
            };
            let piece = export.piece(log.as_ref(), |record| sight.of(record));
            (piece, self)
        });
        let (piece, asked) = reading.await?;
        Ok(piece?.map(|piece| (Bytes::from(piece), asked)))
    }
}

/// What the reader asked for and may see.
struct Sight<'a> {
    app: &'a App,
    plan: PlanId,
    reader: Reader,
    filter: &'a Filter,
}

impl Sight<'_> {
    /// Actors are always there, for what refers to them, and so is the outline, which gives parties and chapters their
    /// names.
    fn of(&self, record: &Record) -> Show {
        let envelope = &record.envelope;
        let by = self.caller_of(envelope.who);
        let matter = Matter::of(&envelope.stream, &envelope.kind);
        let gives_names = matches!(matter, Matter::Plan | Matter::Chapter(_));
        if !gives_names
            && let Some(subject) = Subject::of(&envelope.stream)
            && !self.filter.takes(by, subject.kind(), envelope.recorded_at)
        {
            return Show::LeftOut;
        }
        let look = |view: &PlanView| shown::disclosed(view, &self.reader, envelope);
        let disclosed = self.app.views.look(self.plan, look);
        match disclosed.unwrap_or(Disclosure::Nothing(Refusal::NoSuchPlan)) {
            Disclosure::Nothing(_) => Show::LeftOut,
            Disclosure::Happened(refusal) => Show::Withheld(Withheld::of(refusal)),
            Disclosure::Content => Show::Whole,
        }
    }

    fn caller_of(&self, actor: ActorRef) -> Option<Caller> {
        self.app
            .views
            .look(self.plan, |view| view.caller_of(actor))
            .flatten()
    }
}
