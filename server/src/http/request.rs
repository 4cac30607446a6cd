//! What handlers take from a request: ids, bodies, queries, headers and who asks. Whatever is wrong with one of
//! them is a problem document that names it.

use std::collections::BTreeSet;
use std::str::FromStr;

use axum::Json;
use axum::body::Body as RawBody;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, OptionalFromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use schema::domain::Caller;
use schema::domain::policy::{Reader, Scope};
use schema::ids::{CommandId, PersonId, Revision};
use schema::limits::API_BODY_BYTES_MAX;
use schema::log::event::{ContentDigest, kept_command_id};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::app::App;
use super::problem::{ApiError, Problem};
use super::programs::{self, bearer};
use crate::accounts::Token;
use crate::clock;
use crate::core::Expected;

/// Header with which a page says whom it shows: `<person>.<party>`. A browser's windows have one cookie between them, and
/// what a window that still shows somebody does must not be recorded in the name of whoever signed in in another.
pub const ACTS_AS: &str = "schrijftafel-acts-as";

/// Name of the session cookie.
pub const SESSION_COOKIE: &str = "schrijftafel_session";

/// Parameters of the path.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = <axum::extract::Path<T> as FromRequestParts<S>>::from_request_parts(parts, state).await;
        let wrong = |error: PathRejection| Problem::BadRequest(error.body_text());
        Ok(Self(path.map_err(wrong)?.0))
    }
}

/// Parameters of the query.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let query = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        let wrong = |error: QueryRejection| Problem::BadRequest(error.body_text());
        Ok(Self(query.map_err(wrong)?.0))
    }
}

/// A JSON body: an object, as the contract says everywhere.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        match Json::<Map<String, Value>>::from_request(request, state).await {
            Ok(Json(body)) => {
                let read = serde_json::from_value(Value::Object(body));
                Ok(Self(
                    read.map_err(|error| Problem::BadRequest(error.to_string()))?,
                ))
            }
            Err(JsonRejection::MissingJsonContentType(error)) => {
                Err(Problem::UnsupportedMediaType(error.body_text()).into())
            }
            Err(error) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(Problem::TooLarge.into()),
            Err(error) => Err(Problem::BadRequest(error.body_text()).into()),
        }
    }
}

/// Somebody with a session, or a program of theirs.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// Who acts, for which party.
    pub caller: Caller,
    /// The session's token, or the program's.
    pub token: Token,
    /// Who made the link that the session began with, and the links before that.
    pub let_in_by: BTreeSet<PersonId>,
    /// How far the program goes; none for the person on our pages.
    pub within: Option<Scope>,
    /// By what they know the program.
    pub program: Option<String>,
}

impl SignedIn {
    /// How the policy knows who looks at events.
    #[must_use]
    pub const fn reader(&self) -> Reader {
        Reader {
            caller: self.caller,
            within: self.within,
        }
    }

    /// Whether a page that shows somebody, `<person>.<party>`, shows these.
    #[must_use]
    pub fn is_shown(&self, shown: &[u8]) -> bool {
        let Caller { person, party } = self.caller;
        shown == format!("{person}.{party}").as_bytes()
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiError> {
        let found = <Self as OptionalFromRequestParts<App>>::from_request_parts(parts, app).await?;
        found.ok_or_else(|| Problem::NotSignedIn.into())
    }
}

impl OptionalFromRequestParts<App> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, ApiError> {
        let found = match bearer(&parts.headers)? {
            None => signed_in(app, &parts.headers)?,
            Some(token) => {
                let pattern = parts.extensions.get().map_or("", MatchedPath::as_str);
                Some(programs::let_in(app, token, (&parts.method, pattern))?)
            }
        };
        let shown = parts.headers.get(ACTS_AS).zip(found.as_ref());
        if shown.is_some_and(|(shown, who)| !who.is_shown(shown.as_bytes())) {
            return Err(Problem::SomebodyElse.into());
        }
        Ok(found)
    }
}

/// Who a request's cookie says it is; the socket asks this too.
///
/// # Errors
/// When the accounts cannot be read.
pub fn signed_in(app: &App, headers: &HeaderMap) -> Result<Option<SignedIn>, ApiError> {
    Ok(session_token(headers).and_then(|token| signed_in_by(app, token)))
}

/// Whose session a token is.
fn signed_in_by(app: &App, token: Token) -> Option<SignedIn> {
    let session = app.accounts.session(&token, clock::now_ms())?;
    Some(SignedIn {
        caller: session.caller,
        token,
        let_in_by: session.let_in_by,
        within: None,
        program: None,
    })
}

fn session_token(headers: &HeaderMap) -> Option<Token> {
    let cookies = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let mut pairs = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(name, _)| *name == SESSION_COOKIE)
        .and_then(|(_, token)| token.parse().ok())
}

/// The identity of a command: `Idempotency-Key`, with what was asked under it.
#[derive(Debug, Clone, Copy)]
pub struct IdempotencyKey {
    /// The key.
    pub id: CommandId,
    /// Digest of method, address and body.
    pub content: ContentDigest,
}

impl<S: Send + Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let sent = header_text(&parts.headers, "idempotency-key")
            .ok_or_else(|| Problem::BadRequest("send a fresh UUID as Idempotency-Key".to_owned()))?;
        let id = sent
            .trim_matches('"')
            .parse()
            .map_err(|_| Problem::BadRequest("Idempotency-Key is not a UUID".to_owned()))?;
        // `note_content` has read every request with a key.
        let content = parts.extensions.get().copied().ok_or(Problem::TooLarge)?;
        Ok(Self { id, content })
    }
}

/// Notes what a request with an `Idempotency-Key` asks, so that the key cannot be used for something else.
///
/// # Errors
/// [`Problem::TooLarge`].
pub async fn note_content(request: Request, next: Next) -> Result<Response, ApiError> {
    if !request.headers().contains_key("idempotency-key") {
        return Ok(next.run(request).await);
    }
    let (mut parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, API_BODY_BYTES_MAX)
        .await
        .map_err(|_| Problem::TooLarge)?;
    let (method, address) = (parts.method.as_str(), parts.uri.to_string());
    let content = ContentDigest::of(&[method.as_bytes(), address.as_bytes(), &body]);
    parts.extensions.insert(content);
    Ok(next.run(Request::from_parts(parts, RawBody::from(body))).await)
}

/// The revision a change is based on: `If-Match`. None for `*`: whichever there is. Whether it is the current one is
/// judged with the command, after the right to it.
#[derive(Debug, Clone, Copy)]
pub struct IfMatch(pub Option<Expected>);

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let sent =
            header_text(&parts.headers, header::IF_MATCH.as_str()).ok_or(Problem::PreconditionRequired)?;
        if sent == "*" {
            return Ok(Self(None));
        }
        let tag = sent.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        let malformed = || Problem::BadRequest("If-Match is neither one ETag nor *".to_owned());
        let tag = tag.filter(|tag| !tag.contains('"')).ok_or_else(malformed)?;
        // Another server's tag matches nothing here.
        let revision = u64::from_str(tag).map(Revision);
        Ok(Self(Some(revision.map_or(Expected::Foreign, Expected::At))))
    }
}

/// The revision an asker has already: `If-None-Match`. A tag that this server never gave matches nothing.
#[derive(Debug, Clone, Copy)]
pub struct IfNoneMatch(pub Option<Revision>);

impl<S: Send + Sync> FromRequestParts<S> for IfNoneMatch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let sent = header_text(&parts.headers, header::IF_NONE_MATCH.as_str());
        let strong = sent.map(|sent| sent.trim_start_matches("W/"));
        let digits = strong.and_then(|sent| sent.strip_prefix('"')?.strip_suffix('"'));
        Ok(Self(
            digits.and_then(|digits| u64::from_str(digits).ok()).map(Revision),
        ))
    }
}

fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// A field of a patch: absent stays, `null` clears.
///
/// # Errors
/// What the value's own reading says.
pub fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// The id of what a command makes: the same for the same command, so that a retry names the same thing.
#[must_use]
pub fn made_id(purpose: &str, who: &SignedIn, key: IdempotencyKey) -> [u8; 16] {
    use sha2::{Digest, Sha256};
    let mut hasher = Sha256::new();
    hasher.update(b"schrijftafel/made-by-command/2");
    hasher.update(purpose.as_bytes());
    hasher.update(kept_command_id(who.caller.person, who.caller.party, key.id).as_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    let [id @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = digest;
    id
}
