//! Errors as problem details (RFC 9457), and the one place that knows status codes.
//!
//! Which error where: handlers return [`ApiError`]; what the domain refuses comes from the core or the policy and
//! becomes one by `?`; what is wrong with a request itself is a [`Problem`].

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schema::domain::{Refusal, RefusalClass};
use schema::ids::Position;
use schema::limits::{LOG_RETRY_MS, VIEW_RETRY_SECS};
use schema::text::history::restore::RestoreError;
use serde::Serialize;

use crate::accounts::AccountsError;
use crate::audit::ProveError;
use crate::core::CoreRefusal;
use crate::keys::KeysError;
use crate::log::ReadError;
use crate::views::chapter_history::HistoryError;
use crate::views::{Unready, WaitError};

/// Prefix of every problem's `type`.
const TYPE_PREFIX: &str = "urn:schrijftafel:problem:";

/// What is wrong with a request itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Not understood; says which part.
    #[error("{0}")]
    BadRequest(String),
    /// The body has another type than the contract says.
    #[error("{0}")]
    UnsupportedMediaType(String),
    /// The body is too large.
    #[error("the body is larger than {} bytes", schema::limits::API_BODY_BYTES_MAX)]
    TooLarge,
    /// Signed out, or the session has ended.
    #[error("nobody is signed in")]
    NotSignedIn,
    /// The page that asks shows somebody else than is signed in.
    #[error("somebody else is signed in than the page shows; load it again")]
    SomebodyElse,
    /// The sign-in link is unknown, used or too old.
    #[error("this sign-in link is not valid, has been used or is too old")]
    LinkNotValid,
    /// The access token is unknown, withdrawn or too old.
    #[error("this access token is not known, was withdrawn or is too old")]
    TokenNotValid,
    /// A cookie came with a request from another site.
    #[error("this request comes from another site")]
    ForeignOrigin,
    /// Unknown address.
    #[error("there is no such resource")]
    NoSuchResource,
    /// This program was built without the web app.
    #[error("this program was built without its pages; the API is at /api/v1")]
    NoPages,
    /// Unknown event.
    #[error("there is no event {0}")]
    NoSuchEvent(Position),
    /// The event is recorded, and no checkpoint holds it yet.
    #[error("the event is recorded; the next signature comes within a minute")]
    NotSignedYet,
    /// The log is not what was signed: nothing is proved or signed until somebody has looked.
    #[error("the log is not what was signed: {0}")]
    LogNotAsSigned(String),
    /// Too many ask for the same at once.
    #[error("too many ask for this at the moment; ask again")]
    Busy,
    /// Unknown plan.
    #[error("there is no such plan")]
    NoSuchPlan,
    /// Known address, other method.
    #[error("this resource does not know this method")]
    NoSuchMethod,
    /// A position that nothing stands at yet.
    #[error("nothing stands at that position yet")]
    NoSuchPosition,
    /// Nobody is known by this id.
    #[error("no person is known by this id")]
    NoSuchPerson,
    /// Unknown access token, or somebody else's.
    #[error("there is no such access token")]
    NoSuchAccessToken,
    /// As many as one person may have.
    #[error(
        "there are {} access tokens already; withdraw one first",
        schema::limits::ACCESS_TOKENS_MAX
    )]
    TooManyAccessTokens,
    /// What is asked is already so.
    #[error("nothing would change")]
    NoChange,
    /// Restores by others kept coming before this one.
    #[error("earlier text was brought back in this chapter at the same moment; look again")]
    TextMovedOn,
    /// `If-Match` is needed here.
    #[error("send the ETag you based this on as If-Match")]
    PreconditionRequired,
}

impl Problem {
    const fn code_and_status(&self) -> (&'static str, StatusCode) {
        match self {
            Self::BadRequest(_) => ("bad-request", StatusCode::BAD_REQUEST),
            Self::UnsupportedMediaType(_) => ("unsupported-media-type", StatusCode::UNSUPPORTED_MEDIA_TYPE),
            Self::TooLarge => ("too-large", StatusCode::PAYLOAD_TOO_LARGE),
            Self::NotSignedIn => ("not-signed-in", StatusCode::UNAUTHORIZED),
            Self::SomebodyElse => ("somebody-else", StatusCode::FORBIDDEN),
            Self::LinkNotValid => ("link-not-valid", StatusCode::UNAUTHORIZED),
            Self::TokenNotValid => ("token-not-valid", StatusCode::UNAUTHORIZED),
            Self::ForeignOrigin => ("foreign-origin", StatusCode::FORBIDDEN),
            Self::NoSuchResource => ("not-found", StatusCode::NOT_FOUND),
            Self::NoPages => ("no-pages", StatusCode::NOT_FOUND),
            Self::NoSuchEvent(_) => ("no-such-event", StatusCode::NOT_FOUND),
            Self::NotSignedYet => ("not-signed-yet", StatusCode::CONFLICT),
            Self::LogNotAsSigned(_) => ("log-not-as-signed", StatusCode::CONFLICT),
            Self::Busy => ("busy", StatusCode::SERVICE_UNAVAILABLE),
            Self::NoSuchPlan => ("no-such-plan", StatusCode::NOT_FOUND),
            Self::NoSuchMethod => ("method-not-allowed", StatusCode::METHOD_NOT_ALLOWED),
            Self::NoSuchPosition => ("no-such-position", StatusCode::BAD_REQUEST),
            Self::NoSuchPerson => ("no-such-person", StatusCode::UNPROCESSABLE_ENTITY),
            Self::NoSuchAccessToken => ("no-such-access-token", StatusCode::NOT_FOUND),
            Self::TooManyAccessTokens => ("too-many-access-tokens", StatusCode::CONFLICT),
            Self::NoChange => ("no-change", StatusCode::CONFLICT),
            Self::TextMovedOn => ("text-moved-on", StatusCode::CONFLICT),
            Self::PreconditionRequired => ("precondition-required", StatusCode::PRECONDITION_REQUIRED),
        }
    }
}

/// Why a request was not done.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// The request itself.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// A rule of the domain.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The core.
    #[error(transparent)]
    Core(#[from] CoreRefusal),
    /// The read models are behind.
    #[error("stored, but not readable yet; ask again")]
    Behind(#[from] WaitError),
    /// The read models are being folded from the log, or cannot be.
    #[error(transparent)]
    Unready(#[from] Unready),
    /// The accounts.
    #[error("the accounts are not available")]
    Accounts(#[source] AccountsError),
    /// The disk is full.
    #[error(transparent)]
    NoRoom(AccountsError),
    /// The log.
    #[error("the log cannot be read")]
    Log(#[from] ReadError),
    /// The past of a chapter.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// A restore that could not be written.
    #[error("the restore could not be written")]
    Restore(#[source] RestoreError),
    /// The files of a plan's tree.
    #[error("the proof cannot be made")]
    Prove(#[source] ProveError),
    /// The keys.
    #[error("the keys cannot be read")]
    Keys(#[from] KeysError),
    /// A program error that ended this request only.
    #[error("this request failed")]
    Failed(#[source] tokio::task::JoinError),
}

impl From<AccountsError> for ApiError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::NoRoom(_) => Self::NoRoom(error),
            _ => Self::Accounts(error),
        }
    }
}

impl ApiError {
    fn code_and_status(&self) -> (&'static str, StatusCode) {
        match self {
            Self::Problem(problem) => problem.code_and_status(),
            Self::Refused(refusal) | Self::Core(CoreRefusal::Refused(refusal)) => {
                (refusal.code(), status_of(refusal.class()))
            }
            Self::Core(CoreRefusal::Stale { .. }) => ("revision-mismatch", StatusCode::PRECONDITION_FAILED),
            Self::Core(CoreRefusal::KeyReused) => {
                ("idempotency-key-reused", StatusCode::UNPROCESSABLE_ENTITY)
            }
            Self::Core(CoreRefusal::Change(_)) => ("text-moved-on", StatusCode::CONFLICT),
            Self::Core(CoreRefusal::NotFound) => ("not-found", StatusCode::NOT_FOUND),
            Self::Core(CoreRefusal::NotWriting(_)) | Self::NoRoom(_) => {
                ("log-unavailable", StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::Core(CoreRefusal::Unavailable(_)) | Self::Behind(_) => {
                ("busy", StatusCode::SERVICE_UNAVAILABLE)
            }
            Self::Unready(Unready::Building { .. }) => ("building", StatusCode::SERVICE_UNAVAILABLE),
            Self::Unready(Unready::Failed { .. }) => ("failed", StatusCode::SERVICE_UNAVAILABLE),
            Self::History(HistoryError::NoText) => ("no-text", StatusCode::NOT_FOUND),
            Self::Accounts(_)
            | Self::Log(_)
            | Self::History(_)
            | Self::Restore(_)
            | Self::Prove(_)
            | Self::Keys(_)
            | Self::Failed(_) => ("failed", StatusCode::INTERNAL_SERVER_ERROR),
        }
    }
}

const fn status_of(class: RefusalClass) -> StatusCode {
    match class {
        RefusalClass::SignIn => StatusCode::UNAUTHORIZED,
        RefusalClass::Forbidden => StatusCode::FORBIDDEN,
        RefusalClass::NotFound => StatusCode::NOT_FOUND,
        RefusalClass::Conflict => StatusCode::CONFLICT,
        RefusalClass::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

#[derive(Serialize)]
struct Details {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: String,
}

/// On an answer that refuses: the code, for whoever logs it.
#[derive(Debug, Clone, Copy)]
pub struct Refused(pub &'static str);

impl ApiError {
    /// Whether somebody may not, as opposed to something that is wrong or does not work.
    fn is_refusal(&self) -> bool {
        let may_not = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        matches!(self, Self::Refused(_) | Self::Core(CoreRefusal::Refused(_)))
            || may_not.contains(&self.code_and_status().1)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (code, status) = self.code_and_status();
        // That the log does not write is told once, where it stops; whoever asks while views are folded is told how
        // far that is, which is no failure.
        let told = code == "log-unavailable" || matches!(self, Self::Unready(Unready::Building { .. }));
        if status.is_server_error() && !told {
            tracing::error!(error = &self as &dyn std::error::Error, "request failed: {self}");
        }
        let details = Details {
            r#type: format!("{TYPE_PREFIX}{code}"),
            title: status.canonical_reason().unwrap_or("Problem"),
            status: status.as_u16(),
            detail: self.to_string(),
        };
        let content_type = HeaderValue::from_static("application/problem+json");
        let refused = self.is_refusal().then_some(Refused(code));
        let mut answer = (status, [(header::CONTENT_TYPE, content_type)], Json(details)).into_response();
        if let Some(refused) = refused {
            answer.extensions_mut().insert(refused);
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            let seconds = match &self {
                Self::Unready(Unready::Building { .. }) => VIEW_RETRY_SECS,
                _ => u64::from(LOG_RETRY_MS) / 1_000,
            };
            answer
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        answer
    }
}

/// Answers an address below `/api/v1` that is not in the contract.
pub async fn no_such_resource() -> ApiError {
    Problem::NoSuchResource.into()
}

/// Answers a method that a resource does not know.
pub async fn no_such_method() -> ApiError {
    Problem::NoSuchMethod.into()
}
