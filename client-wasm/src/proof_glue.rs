//! The surface of [`crate::proving`] to JavaScript: text in, an answer as JSON out.

use wasm_bindgen::prelude::*;

use crate::proving;

/// [`proving::statement`].
#[wasm_bindgen(js_name = checkStatement)]
pub fn check_statement(statement: &str, answer: &str, actor: Option<String>) -> String {
    proving::told(proving::statement(statement, answer, actor.as_deref()))
}

/// [`proving::checkpoint`].
#[wasm_bindgen(js_name = checkCheckpoint)]
pub fn check_checkpoint(plan: &str, note: &str, trust: &str) -> String {
    proving::told(proving::checkpoint(plan, note, trust))
}

/// [`proving::growth`].
#[wasm_bindgen(js_name = checkGrowth)]
pub fn check_growth(earlier: &str, later: &str, path: &str) -> String {
    proving::told(proving::growth(earlier, later, path))
}
