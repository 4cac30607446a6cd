//! Requests that change something with a cookie must come from our own pages.
//!
//! Why it exists: browsers send cookies along whoever asks. They also say who asks: `Origin` on every unsafe
//! method, and `Sec-Fetch-Site`. Programs that send neither hold no cookies that somebody could borrow.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;

use super::app::{App, Settings};
use super::problem::{ApiError, Problem};

/// Lets safe methods and requests of our own origin through.
///
/// # Errors
/// [`Problem::ForeignOrigin`].
pub async fn same_origin(State(app): State<App>, request: Request, next: Next) -> Result<Response, ApiError> {
    let safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !safe && !is_own_origin(&app.settings, request.headers()) {
        return Err(Problem::ForeignOrigin.into());
    }
    Ok(next.run(request).await)
}

/// Whether headers say that our own pages (or no browser) ask. The socket asks this too.
#[must_use]
pub fn is_own_origin(settings: &Settings, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = headers.get(header::ORIGIN) else {
        return matches!(text("sec-fetch-site"), None | Some("same-origin" | "none"));
    };
    let Ok(origin) = origin.to_str() else { return false };
    match &settings.public_origin {
        Some(own) => origin == own,
        None => {
            let asked = origin.split_once("://").map(|(_, host)| host);
            asked.is_some() && asked == text(header::HOST.as_str())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(own: Option<&str>, headers: &[(&'static str, &str)]) -> bool {
        let headers = headers
            .iter()
            .map(|(name, value)| {
                (
                    name.parse::<header::HeaderName>().unwrap(),
                    value.parse().unwrap(),
                )
            })
            .collect();
        is_own_origin(
            &Settings {
                public_origin: own.map(str::to_owned),
                ..Settings::default()
            },
            &headers,
        )
    }

    #[test]
    fn our_own_pages_and_programs_may() {
        assert!(allowed(
            None,
            &[("host", "plan.example"), ("origin", "https://plan.example")]
        ));
        assert!(allowed(
            None,
            &[("host", "127.0.0.1:8080"), ("origin", "http://127.0.0.1:8080")]
        ));
        assert!(allowed(
            Some("https://plan.example"),
            &[("origin", "https://plan.example")]
        ));
        assert!(allowed(None, &[("host", "plan.example")]));
        assert!(allowed(None, &[("sec-fetch-site", "same-origin")]));
    }

    #[test]
    fn other_sites_may_not() {
        assert!(!allowed(
            None,
            &[("host", "plan.example"), ("origin", "https://evil.example")]
        ));
        assert!(!allowed(
            None,
            &[
                ("host", "plan.example"),
                ("origin", "https://plan.example.evil.example")
            ]
        ));
        assert!(!allowed(None, &[("host", "plan.example"), ("origin", "null")]));
        assert!(!allowed(None, &[("origin", "https://plan.example")]));
        assert!(!allowed(
            Some("https://plan.example"),
            &[("host", "x"), ("origin", "http://x")]
        ));
        assert!(!allowed(None, &[("sec-fetch-site", "cross-site")]));
        assert!(!allowed(None, &[("sec-fetch-site", "same-site")]));
    }
}
