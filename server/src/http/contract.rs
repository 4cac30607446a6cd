//! `/openapi.json`: the contract itself, readable by any tool anywhere.

use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// The contract as JSON text, made from the YAML that people edit.
static CONTRACT: LazyLock<String> = LazyLock::new(|| {
    let contract: serde_json::Value =
        serde_yaml_ng::from_str(schema::OPENAPI_YAML).expect("a test reads the contract");
    contract.to_string()
});

/// `GET /openapi.json`.
pub async fn openapi() -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=300"),
        ),
    ];
    (headers, CONTRACT.as_str()).into_response()
}

/// `GET /api/v1`: where to read on.
pub async fn landing() -> axum::Json<serde_json::Value> {
    axum::Json(serde_json::json!({
        "title": "Schrijftafel",
        "version": super::API_VERSION,
        "contract": "/api/v1/openapi.json",
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_contract_says_the_version_that_is_served() {
        let contract: serde_json::Value = serde_json::from_str(&CONTRACT).unwrap();
        assert_eq!(contract["info"]["version"], crate::http::API_VERSION);
    }
}
