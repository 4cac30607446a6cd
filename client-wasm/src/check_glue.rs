//! The surface of [`crate::checking`] to JavaScript: all there is of the module inside the page that checks files.

use wasm_bindgen::prelude::*;

use crate::checking::{Checking, kept};

/// An export that is being checked.
#[wasm_bindgen]
pub struct ExportCheck {
    checking: Checking,
}

#[wasm_bindgen]
impl ExportCheck {
    /// `keys` are vkeys that the reader believes, one a line; none is fine.
    #[wasm_bindgen(constructor)]
    pub fn new(keys: &str) -> Result<ExportCheck, JsError> {
        let checking = Checking::begin(keys).map_err(|error| JsError::new(&error.to_string()))?;
        Ok(Self { checking })
    }

    /// The next bytes; whether more are wanted.
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        self.checking.push(bytes)
    }

    /// Events checked so far.
    pub fn checked(&self) -> f64 {
        self.checking.checked() as f64
    }

    /// The answer as JSON.
    pub fn finish(self) -> String {
        self.checking.finish()
    }
}

/// [`kept::answer`]: of a proof of one event; nothing for a file that is none.
#[wasm_bindgen(js_name = checkProof)]
pub fn check_proof(file: &str, keys: &str) -> Result<Option<String>, JsError> {
    kept::answer(file, keys).map_err(|error| JsError::new(&error.to_string()))
}
