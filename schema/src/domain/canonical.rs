//! Canonical JSON (RFC 8785) of domain content, restricted to what every reader keeps exact.
//!
//! Why it exists: payloads are hashed, pledged and proved; the same content must have the same bytes in every
//! language. Numbers are integers within ±(2⁵³ − 1), everything else is a string; text is in NFC.

use serde::Serialize;
use serde_json::{Map, Number, Value};
use unicode_normalization::UnicodeNormalization;

const INTEGER_MAX: u64 = (1 << 53) - 1;

/// Content that has no canonical form here.
#[derive(Debug, thiserror::Error)]
pub enum CanonicalError {
    /// A fraction or an integer that some readers round.
    #[error("the number {0} is not an integer within ±(2^53 - 1)")]
    Number(Number),
    /// It does not become JSON at all.
    #[error("it cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}

/// The canonical bytes of a value.
///
/// # Errors
/// [`CanonicalError`] for floats, large integers and maps whose keys are no text.
pub fn to_vec<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CanonicalError> {
    let mut bytes = Vec::new();
    write(&serde_json::to_value(value)?, &mut bytes)?;
    Ok(bytes)
}

fn write(value: &Value, to: &mut Vec<u8>) -> Result<(), CanonicalError> {
    match value {
        Value::Null => to.extend(b"null"),
        Value::Bool(true) => to.extend(b"true"),
        Value::Bool(false) => to.extend(b"false"),
        Value::Number(number) => to.extend(exact(number)?.bytes()),
        Value::String(text) => string(text, to)?,
        Value::Array(items) => {
            to.push(b'[');
            for (index, item) in items.iter().enumerate() {
                comma(index, to);
                write(item, to)?;
            }
            to.push(b']');
        }
        Value::Object(members) => object(members, to)?,
    }
    Ok(())
}

/// Members stand in the order of their keys' UTF-16 units (RFC 8785 §3.2.3).
fn object(members: &Map<String, Value>, to: &mut Vec<u8>) -> Result<(), CanonicalError> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    to.push(b'{');
    for (index, (key, value)) in sorted.into_iter().enumerate() {
        comma(index, to);
        string(key, to)?;
        to.push(b':');
        write(value, to)?;
    }
    to.push(b'}');
    Ok(())
}

fn exact(number: &Number) -> Result<String, CanonicalError> {
    let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
    if size.is_some_and(|size| size <= INTEGER_MAX) {
        Ok(number.to_string())
    } else {
        Err(CanonicalError::Number(number.clone()))
    }
}

/// serde_json's escapes are those of RFC 8785: only the quote, the backslash and controls, shortest form.
fn string(text: &str, to: &mut Vec<u8>) -> Result<(), CanonicalError> {
    let normal: String = text.nfc().collect();
    serde_json::to_writer(to, &normal)?;
    Ok(())
}

fn comma(index: usize, to: &mut Vec<u8>) {
    if index > 0 {
        to.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn canonical(value: &Value) -> String {
        String::from_utf8(to_vec(value).unwrap()).unwrap()
    }

    #[test]
    fn keys_stand_in_utf16_order() {
        // RFC 8785 §3.2.3: the emoji (surrogates D83D…) comes before U+FB33, unlike in UTF-8.
        let value =
            json!({"\u{20ac}": 1, "\r": 2, "\u{fb33}": 3, "1": 4, "\u{1f600}": 5, "\u{80}": 6, "\u{f6}": 7});
        let keys: Vec<_> = canonical(&value)
            .matches(|c: char| c.is_ascii_digit())
            .map(str::to_owned)
            .collect();
        assert_eq!(keys, ["2", "1", "4", "6", "7", "1", "5", "3"]);
    }

    #[test]
    fn text_is_escaped_shortest_and_normal() {
        assert_eq!(
            canonical(&json!("\u{8}\u{1}\"\\/é e\u{301}")),
            "\"\\b\\u0001\\\"\\\\/é é\""
        );
    }

    #[test]
    fn only_exact_integers_have_a_form() {
        assert_eq!(
            canonical(&json!({"a": -9_007_199_254_740_991_i64})),
            "{\"a\":-9007199254740991}"
        );
        assert!(to_vec(&json!(9_007_199_254_740_992_u64)).is_err());
        assert!(to_vec(&json!(0.5)).is_err());
    }
}
