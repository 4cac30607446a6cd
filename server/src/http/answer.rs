//! What JSON looks like: the schemas of the contract, one struct each.

pub mod chapter;
pub mod commitment;
pub mod erased_text;
pub mod erasure;
pub mod event;
pub mod history;
pub mod plan;
pub mod proof;
pub mod right;
pub mod text;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schema::ids::{PartyId, PersonId, Position, Revision};
use serde::Serialize;

/// `PersonName`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PersonName {
    /// Who.
    pub id: PersonId,
    /// What colleagues call them.
    pub name: String,
}

/// `PartyName`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyName {
    /// Which.
    pub id: PartyId,
    /// Its name.
    pub name: String,
}

/// `Actor`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Actor {
    /// Absent for what the server did.
    pub person: Option<PersonName>,
    /// The party they worked for.
    pub party: Option<PartyName>,
}

/// `Source`: where words come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The actor wrote them.
    Writer,
    /// They came out of a document that a program of the actor held; that the actor wrote them is not proved.
    Brought,
    /// They were taken over from a document.
    Document,
    /// They stood there when the chapter's team first offered it.
    StartText,
    /// It stood there when what was before was erased: who wrote it is not known any more.
    Rewritten,
}

/// `Authorship` and `Edit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Authorship {
    /// Who.
    pub actor: Actor,
    /// Where the words come from.
    pub source: Source,
    /// When.
    pub at: String,
    /// Where in the log.
    pub position: Position,
}

/// A list: top-level answers are objects.
#[derive(Debug, Serialize)]
pub struct Items<T> {
    /// What is in it.
    pub items: Vec<T>,
}

/// A list that goes on.
#[derive(Debug, Serialize)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// Pass it as `before`; none on the last page.
    pub next: Option<Position>,
}

/// An answer with the revision of what it shows.
pub struct Revised<T> {
    /// 200, 201 or 304.
    pub status: StatusCode,
    /// The revision for `ETag`.
    pub revision: Option<Revision>,
    /// Where a new resource is.
    pub location: Option<String>,
    /// The body.
    pub body: T,
}

impl<T> Revised<T> {
    /// What is there.
    pub const fn found(revision: Option<Revision>, body: T) -> Self {
        Self {
            status: StatusCode::OK,
            revision,
            location: None,
            body,
        }
    }

    /// What was made.
    pub const fn created(revision: Option<Revision>, location: String, body: T) -> Self {
        Self {
            status: StatusCode::CREATED,
            revision,
            location: Some(location),
            body,
        }
    }
}

impl Revised<()> {
    /// What the asker has already.
    pub const fn unchanged(revision: Option<Revision>) -> Self {
        Self {
            status: StatusCode::NOT_MODIFIED,
            revision,
            location: None,
            body: (),
        }
    }
}

impl<T: Serialize> IntoResponse for Revised<T> {
    fn into_response(self) -> Response {
        let mut response = match self.status {
            StatusCode::NOT_MODIFIED => self.status.into_response(),
            status => (status, Json(self.body)).into_response(),
        };
        let headers = response.headers_mut();
        let tag = self.revision.map(|revision| format!("\"{revision}\""));
        for (name, value) in [(header::ETAG, tag), (header::LOCATION, self.location)] {
            if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
                headers.insert(name, value);
            }
        }
        response
    }
}
