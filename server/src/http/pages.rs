//! The pages: the built web app, embedded in the program; unknown addresses get its first page.
//!
//! Why embedded: one file to install, and pages that always fit their server. A program built without the web app
//! says so instead of failing to build.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::problem::{ApiError, Problem};

#[derive(RustEmbed)]
#[folder = "../client-wasm/web/dist"]
struct Dist;

/// Only our own scripts, styles and socket; wasm may compile; nobody frames us.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
     style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; \
     worker-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const FIRST_PAGE: &str = "index.html";

/// The page that checks exports: one file with its script and style inside, which loads nothing and sends nothing.
const VERIFY_PAGE: &str = "controleren.html";

/// What [`VERIFY_PAGE`] needs, and no connection.
const VERIFY_PAGE_POLICY: &str = "default-src 'none'; script-src 'unsafe-inline' 'wasm-unsafe-eval'; \
     style-src 'unsafe-inline'; img-src data:; font-src data:; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// Serves a file of the web app, or its first page for an address of the app itself.
///
/// # Errors
/// 404 for a missing asset or a program without pages, 405 for other methods.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    if !matches!(method, Method::GET | Method::HEAD) {
        return Err(Problem::NoSuchMethod.into());
    }
    let path = uri.path().trim_start_matches('/');
    let is_asset = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let name = if path.is_empty() { FIRST_PAGE } else { path };
    match Dist::get(name) {
        Some(file) => Ok(answer(name, &file, &headers)),
        None if is_asset => Err(Problem::NoSuchResource.into()),
        None => match Dist::get(FIRST_PAGE) {
            Some(file) => Ok(answer(FIRST_PAGE, &file, &headers)),
            None => Err(Problem::NoPages.into()),
        },
    }
}

fn answer(name: &str, file: &EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String = file
        .metadata
        .sha256_hash()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let tag = format!("\"{hash}\"");
    // Names under `assets/` carry a hash of their content; everything else is asked for again.
    let cache = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = if headers
        .get(header::IF_NONE_MATCH)
        .is_some_and(|known| known.as_bytes() == tag.as_bytes())
    {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(file.data.to_vec()).into_response()
    };
    let answer = response.headers_mut();
    answer.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        answer.insert(header::ETAG, tag);
    }
    if let Ok(kind) = HeaderValue::try_from(content_type(name)) {
        answer.insert(header::CONTENT_TYPE, kind);
    }
    if name == VERIFY_PAGE {
        let policy = HeaderValue::from_static(VERIFY_PAGE_POLICY);
        answer.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn content_type(name: &str) -> String {
    let kind = mime_guess::from_path(name).first_or_octet_stream();
    if kind.type_() == mime_guess::mime::TEXT {
        format!("{kind}; charset=utf-8")
    } else {
        kind.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_and_scripts_have_the_types_browsers_insist_on() {
        assert_eq!(content_type("assets/core-1a2b.wasm"), "application/wasm");
        assert_eq!(content_type("assets/index.js"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("index.html"), "text/html; charset=utf-8");
    }
}
